//! How loans stand for a given as-of: worked out from their payments and schedules.
//!
//! A payment counts when it is recorded up to the position and effective up to the day, and is not
//! reversed up to the position: what is reversed was a mistake on every day. Money events of a loan
//! follow each other in time and are reversed last first, so the last one that counts says it all:
//! everything about the loan is as it was recorded right at that one's position.

use std::collections::BTreeMap;

use almoner_domain::arrears::Class;
use almoner_domain::date::Date;
use almoner_domain::money::Money;
use almoner_domain::rate::Rate;
use almoner_domain::schedule::Method;
use almoner_log::{DatabaseError, Row, Value};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{Bounds, Snapshot, damaged, date, money, named, position};

/// How far a loan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoanStage {
    /// Applied for.
    Applied,
    /// Approved and not yet lent.
    Approved,
    /// Declined or withdrawn.
    Cancelled,
    /// Lent.
    Active,
    /// Lent, and the bank was compensated for all that was open (代偿), by a guarantee fund and those who share its
    /// loss; the borrower still owes it.
    Compensated,
    /// Lent, and nothing is owed any more in either direction.
    Settled,
}

/// What happened to a loan that is lent: money that moved, or a contract that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The position of its record.
    pub position: u64,
    /// What it was.
    pub kind: PaymentKind,
    /// The day on which it was.
    pub paid_on: Date,
    /// How much money moved.
    pub amount: Money,
    /// The principal lent or repaid.
    pub principal: Money,
    /// The interest paid.
    pub interest: Money,
    /// The part of the principal that was repaid early.
    pub prepaid_principal: Money,
    /// The part of the interest that was paid for the days before an early repayment.
    pub prepaid_interest: Money,
    /// What was more than everything owed.
    pub overpaid: Money,
    /// The guarantee that began or ended with it.
    pub guarantee: Money,
    /// Penalty and compound interest charged, paid or waived.
    pub penalty: Money,
    /// The annual rate from here on, where that is new.
    pub annual_rate: Option<Rate>,
    /// The repayment method from here on, where that is new.
    pub method: Option<Method>,
    /// The last due day from here on, where that is new.
    pub maturity: Option<Date>,
    /// For a rescheduling: how the loan is observed.
    pub observed: Option<Observed>,
    /// The position of the record that reversed it.
    pub reversed_at: Option<u64>,
    /// What it covered, instalment by instalment.
    pub allocations: Vec<Allocation>,
}

/// What happened to a loan that is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// To the borrower: lent.
    Disbursement,
    /// From the borrower.
    Repayment,
    /// To the borrower: overpaid money goes back.
    Refund,
    /// To the bank, in place of the borrower (代偿): the borrower still owes the instalments.
    Compensation,
    /// From the borrower or a guarantor after compensation (追偿).
    Recovery,
    /// Principal put off (展期).
    Extension,
    /// A new plan for what is open (重组).
    Rescheduling,
    /// A floating rate set anew (重定价).
    RateReset,
    /// Penalty and compound interest charged (罚息).
    Penalty,
    /// Penalty and compound interest waived (减免).
    Waiver,
}

/// A rescheduled loan is observed: until a day it is no better than of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The class that it is at least of.
    pub class: Class,
    /// The last day of that.
    pub until: Date,
}

/// What the contract of a lent loan says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// The annual rate.
    pub annual_rate: Rate,
    /// The repayment method.
    pub method: Method,
    /// The last due day.
    pub maturity: Date,
}

/// What a payment covered of an instalment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The instalment.
    pub number: u16,
    /// Principal covered.
    pub principal: Money,
    /// Interest covered.
    pub interest: Money,
}

/// An instalment of the schedule that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// 1, 2, 3 …
    pub number: u16,
    /// The day of the contract.
    pub due_on: Date,
    /// The last day on which it is paid in time.
    pub payable_until: Date,
    /// Principal due.
    pub principal: Money,
    /// Interest due.
    pub interest: Money,
    /// Principal not yet paid.
    pub open_principal: Money,
    /// Interest not yet paid.
    pub open_interest: Money,
}

/// How a lent loan stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The payments that count, reversed ones that are known included, by position.
    pub payments: Vec<Payment>,
    pub instalments: Vec<Instalment>,
    pub open_principal: Money,
    pub open_interest: Money,
    pub overpaid: Money,
    pub open_penalty: Money,
    /// Principal for which the bank was compensated, until all of it is recovered.
    pub compensated: Money,
    pub guaranteed: Money,
    pub annual_rate: Option<Rate>,
    pub method: Option<Method>,
    pub maturity: Option<Date>,
    pub observed: Option<Observed>,
    /// The last disbursement that counts.
    pub disbursement: Option<(u64, Date, Money)>,
}

/// The rows of one loan from which its standing follows.
#[derive(Clone, Debug, Default)]
struct LoanRows {
    payments: Vec<Payment>,
    instalments: Vec<InstalmentRow>,
}

#[derive(Clone, Debug)]
struct InstalmentRow {
    valid_from: u64,
    valid_until: Option<u64>,
    instalment: Instalment,
}

impl LoanStage {
    /// The name in views and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Approved => "approved",
            Self::Cancelled => "cancelled",
            Self::Active => "active",
            Self::Compensated => "compensated",
            Self::Settled => "settled",
        }
    }
}

impl Standing {
    pub fn stage(&self) -> LoanStage {
        let open = [self.open_principal, self.open_interest, self.overpaid, self.open_penalty];
        if self.open_principal.is_zero() && self.compensated.is_positive() {
            LoanStage::Compensated
        } else if open.iter().all(|amount| amount.is_zero()) {
            LoanStage::Settled
        } else {
            LoanStage::Active
        }
    }
}

/// How loans stand, by name; those without any payment that counts are left out.
pub(crate) async fn standings(
    snapshot: &mut Snapshot,
    loans: &[String],
    bounds: Bounds,
) -> Result<BTreeMap<String, Standing>, ViewsError> {
    let mut rows: BTreeMap<String, LoanRows> = BTreeMap::new();
    if loans.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql =
        "SELECT loan, position, kind, paid_on, amount, principal, interest, prepaid_principal,
                   prepaid_interest, overpaid, guarantee, reversed_at, penalty, class,
                   observed_until_on, annual_rate, method, maturity_on
               FROM payment WHERE view_set = $1 AND loan IN ($list) ORDER BY loan, position";
    for row in of_loans(snapshot, sql, loans).await? {
        let payment = read_payment(&row)?;
        rows.entry(row.text(0)?.to_owned()).or_default().payments.push(payment);
    }
    let sql = "SELECT loan, position, number, principal, interest FROM allocation
               WHERE view_set = $1 AND loan IN ($list) ORDER BY loan, position, number";
    for row in of_loans(snapshot, sql, loans).await? {
        let at = position(row.integer(1)?)?;
        let payments = rows.get_mut(row.text(0)?).map(|rows| &mut rows.payments);
        let payment = payments.and_then(|all| all.iter_mut().find(|one| one.position == at));
        let payment = payment.ok_or_else(|| damaged(format!("payment {at} is missing")))?;
        payment.allocations.push(Allocation {
            number: instalment_number(row.integer(2)?)?,
            principal: money(&row, 3)?,
            interest: money(&row, 4)?,
        });
    }
    let sql = "SELECT loan, number, due_on, payable_until_on, principal, interest, valid_from,
                   valid_until
               FROM instalment WHERE view_set = $1 AND loan IN ($list)
               ORDER BY loan, number, valid_from";
    for row in of_loans(snapshot, sql, loans).await? {
        let instalment = read_instalment(&row)?;
        rows.entry(row.text(0)?.to_owned()).or_default().instalments.push(instalment);
    }
    let standing = |(loan, rows): (String, LoanRows)| Some((loan, rows.standing(bounds)?));
    Ok(rows.into_iter().filter_map(standing).collect())
}

impl LoanRows {
    fn standing(self, bounds: Bounds) -> Option<Standing> {
        let known = |at: u64| i64::try_from(at).is_ok_and(|at| at <= bounds.position);
        let mut standing = Standing::default();
        let mut last = None;
        let mut covered: BTreeMap<u16, (Money, Money)> = BTreeMap::new();
        for mut payment in self.payments {
            let on_time = i64::from(payment.paid_on.day_number()) <= bounds.day;
            if !known(payment.position) || !on_time {
                continue;
            }
            payment.reversed_at = payment.reversed_at.filter(|at| known(*at));
            if payment.reversed_at.is_none() {
                standing.count(&payment);
                last = Some(payment.position);
                for allocation in &payment.allocations {
                    let sum = covered.entry(allocation.number).or_default();
                    sum.0 += allocation.principal;
                    sum.1 += allocation.interest;
                }
            }
            standing.payments.push(payment);
        }
        // Where nothing counts any more, the mistakes are still worth showing.
        let holds = |row: &InstalmentRow| {
            last.is_some_and(|last| {
                row.valid_from <= last && row.valid_until.is_none_or(|until| until > last)
            })
        };
        for row in self.instalments.into_iter().filter(holds) {
            let mut instalment = row.instalment;
            let (principal, interest) = covered.remove(&instalment.number).unwrap_or_default();
            instalment.open_principal = instalment.principal - principal;
            instalment.open_interest = instalment.interest - interest;
            standing.open_interest += instalment.open_interest;
            standing.instalments.push(instalment);
        }
        (!standing.payments.is_empty()).then_some(standing)
    }
}

impl Standing {
    /// How the loan is observed on a day, if it is: what is repaid is observed no more.
    pub fn observed_on(&self, on: Date) -> Option<Observed> {
        let mut open = self.instalments.iter().map(|one| one.open_principal + one.open_interest);
        let is_repaid = self.open_penalty.is_zero() && open.all(Money::is_zero);
        self.observed.filter(|observed| on <= observed.until && !is_repaid)
    }

    /// The class that a rescheduled loan is at least of on a day.
    pub fn observed_class(&self, on: Date) -> Class {
        self.observed_on(on).map_or(Class::Normal, |observed| observed.class)
    }

    /// What the contract says; nothing before the loan is lent.
    pub fn contract(&self) -> Option<Contract> {
        let (annual_rate, method, maturity) = (self.annual_rate?, self.method?, self.maturity?);
        Some(Contract { annual_rate, method, maturity })
    }

    fn count(&mut self, payment: &Payment) {
        self.annual_rate = payment.annual_rate.or(self.annual_rate);
        self.method = payment.method.or(self.method);
        self.maturity = payment.maturity.or(self.maturity);
        match payment.kind {
            PaymentKind::Disbursement => {
                self.open_principal += payment.principal;
                self.guaranteed += payment.guarantee;
                self.disbursement = Some((payment.position, payment.paid_on, payment.amount));
            }
            PaymentKind::Repayment => {
                self.open_principal -= payment.principal;
                self.overpaid += payment.overpaid;
                self.open_penalty -= payment.penalty;
                self.guaranteed -= payment.guarantee;
            }
            PaymentKind::Refund => self.overpaid -= payment.amount,
            PaymentKind::Compensation => {
                self.open_principal -= payment.principal;
                self.compensated += payment.principal;
                self.guaranteed -= payment.guarantee;
            }
            // The last one covers the instalments that were claimed.
            PaymentKind::Recovery => {
                self.compensated -= payment.allocations.iter().map(|one| one.principal).sum();
            }
            PaymentKind::Extension | PaymentKind::RateReset => {}
            PaymentKind::Rescheduling => self.observed = payment.observed,
            PaymentKind::Penalty => self.open_penalty += payment.penalty,
            PaymentKind::Waiver => self.open_penalty -= payment.penalty,
        }
    }
}

/// Runs a query for a list of loans, which stands where the text says `$list`.
async fn of_loans(
    snapshot: &mut Snapshot,
    sql: &str,
    loans: &[String],
) -> Result<Vec<Row>, DatabaseError> {
    let places: Vec<String> = (0..loans.len()).map(|number| format!("${}", number + 2)).collect();
    let mut values = vec![Value::from(snapshot.set)];
    values.extend(loans.iter().map(|loan| Value::from(loan.as_str())));
    snapshot.rows(&sql.replace("$list", &places.join(", ")), &values).await
}

fn read_payment(row: &Row) -> Result<Payment, ViewsError> {
    Ok(Payment {
        position: position(row.integer(1)?)?,
        kind: named(row.text(2)?)?,
        paid_on: date(row.integer(3)?)?,
        amount: money(row, 4)?,
        principal: money(row, 5)?,
        interest: money(row, 6)?,
        prepaid_principal: money(row, 7)?,
        prepaid_interest: money(row, 8)?,
        overpaid: money(row, 9)?,
        guarantee: money(row, 10)?,
        reversed_at: row.optional_integer(11)?.map(position).transpose()?,
        penalty: money(row, 12)?,
        observed: match row.optional_text(13)? {
            Some(class) => Some(Observed { class: named(class)?, until: date(row.integer(14)?)? }),
            None => None,
        },
        annual_rate: row.optional_text(15)?.map(named).transpose()?,
        method: row.optional_text(16)?.map(named).transpose()?,
        maturity: row.optional_integer(17)?.map(date).transpose()?,
        allocations: Vec::new(),
    })
}

fn read_instalment(row: &Row) -> Result<InstalmentRow, ViewsError> {
    let (principal, interest) = (money(row, 4)?, money(row, 5)?);
    Ok(InstalmentRow {
        valid_from: position(row.integer(6)?)?,
        valid_until: row.optional_integer(7)?.map(position).transpose()?,
        instalment: Instalment {
            number: instalment_number(row.integer(1)?)?,
            due_on: date(row.integer(2)?)?,
            payable_until: date(row.integer(3)?)?,
            principal,
            interest,
            open_principal: principal,
            open_interest: interest,
        },
    })
}

fn instalment_number(number: i64) -> Result<u16, ViewsError> {
    u16::try_from(number).map_err(|_| damaged(format!("there is an instalment {number}")))
}
