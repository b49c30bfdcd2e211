//! Everything about one loan.

use almoner_domain::arrears::{Class, class, days_past_due};
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::rate::Rate;
use almoner_domain::schedule::Method;
use almoner_log::Store;
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::arrears::thresholds;
use crate::claim_line::{ClaimLine, claim_lines};
use crate::loan_row::{LOAN_COLUMNS, LoanRow};
use crate::snapshot::{AsOf, Bounds, Snapshot, damaged};
use crate::standing::{Contract, Instalment, LoanStage, Observed, Payment, Standing, standings};
use crate::table::values;

/// A loan: how it came about, its schedule, its payments, what is open and what is overdue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanAnswer {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version of the programme that decides over it.
    pub version: u32,
    /// The category within the programme.
    pub category: Id,
    /// Who borrows.
    pub borrower: Pseudonym,
    /// The handling bank (经办银行), where a bank lends.
    pub bank: Option<Id>,
    /// How far it has come.
    pub stage: LoanStage,
    /// The term in months.
    pub months: u16,
    /// The amount applied for.
    pub applied_amount: Money,
    /// The day of the application.
    pub applied_on: Date,
    /// What was approved.
    pub approval: Option<Approval>,
    /// The guarantee that was committed.
    pub guarantee: Option<Commitment>,
    /// The day on which it was declined or withdrawn.
    pub cancelled_on: Option<Date>,
    /// How it was lent.
    pub disbursement: Option<Disbursement>,
    /// What the contract says now, which an extension, a rescheduling or a rate reset may have changed since the
    /// approval.
    pub contract: Option<Contract>,
    /// How it is observed after a rescheduling, while that lasts.
    pub observed: Option<Observed>,
    /// The schedule that holds.
    pub instalments: Vec<Instalment>,
    /// What happened to it since it was lent, reversed payments included, in the order of the log.
    pub payments: Vec<Payment>,
    /// Principal not yet repaid.
    pub open_principal: Money,
    /// Interest of the schedule not yet paid.
    pub open_interest: Money,
    /// Paid beyond what was owed, and not yet refunded.
    pub overpaid: Money,
    /// Penalty and compound interest charged and not paid.
    pub open_penalty: Money,
    /// Principal for which the bank was compensated (代偿), whoever bears the loss, until all of it is recovered.
    pub compensated: Money,
    /// The day for which the following is said.
    pub on: Date,
    /// Principal overdue.
    pub overdue_principal: Money,
    /// Interest overdue.
    pub overdue_interest: Money,
    /// The earliest unpaid due day of what is overdue.
    pub overdue_since: Option<Date>,
    /// Days past due, counted from that day.
    pub days_past_due: i32,
    /// The class by the rule table of the programme version, and while a rescheduled loan is observed no better than
    /// that says; none before the loan is lent.
    pub class: Option<Class>,
    /// The interest discounts claimed for it.
    pub claims: Vec<ClaimLine>,
}

/// What was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The day of the approval.
    pub on: Date,
    /// The principal.
    pub amount: Money,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The repayment method.
    pub method: Method,
    /// The fund that lends, unless a bank does.
    pub fund: Option<Id>,
}

/// The guarantee of a fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// The day on which it was committed.
    pub on: Date,
    /// The guarantee fund.
    pub fund: Id,
    /// The principal that it committed itself for.
    pub amount: Money,
    /// Of that, what is live now: nothing before the loan is lent, less with each repayment.
    pub live: Money,
}

/// How a loan was lent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disbursement {
    /// The position of its record.
    pub position: u64,
    /// The day on which the money left.
    pub on: Date,
    /// The principal.
    pub amount: Money,
}

/// Everything about a loan; `None` when there is no such loan at that time. What is overdue is said for
/// the effective day asked for, or else for `today`.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn loan(
    store: &Store,
    loan: &Id,
    as_of: AsOf,
    today: Date,
) -> Result<Option<LoanAnswer>, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let sql = format!("SELECT {LOAN_COLUMNS} FROM loan WHERE view_set = $1 AND loan = $2");
    let rows = snapshot.rows(&sql, &values![snapshot.set, loan.as_str()]).await?;
    let Some(row) = rows.first().map(LoanRow::read).transpose()? else { return Ok(None) };
    let mut found = standings(&mut snapshot, std::slice::from_ref(&row.name), bounds).await?;
    let standing = found.remove(&row.name).unwrap_or_default();
    let Some(stage) = row.stage(&standing, bounds) else { return Ok(None) };

    let on = as_of.effective.unwrap_or(today);
    let overdue = || standing.instalments.iter().filter(|one| one.is_overdue(on));
    let overdue_since = overdue().map(|one| one.due_on).min();
    let days_past_due = days_past_due(overdue_since, on);
    let class = match standing.disbursement {
        Some(_) => {
            let thresholds = thresholds(&mut snapshot).await?;
            let key = (row.programme.clone(), row.version);
            let table = thresholds.get(&key).ok_or_else(|| damaged("a programme is missing"))?;
            Some(class(days_past_due, table).max(standing.observed_class(on)))
        }
        None => None,
    };
    Ok(Some(LoanAnswer {
        position: snapshot.known(as_of),
        loan: loan.clone(),
        programme: row.programme.clone(),
        version: row.version,
        category: row.category.clone(),
        borrower: row.borrower,
        bank: row.bank.clone(),
        stage,
        months: row.months,
        applied_amount: row.applied.amount,
        applied_on: row.applied.on,
        approval: row.approval(bounds),
        guarantee: guarantee(&row, &standing, bounds),
        cancelled_on: row.cancelled.filter(|step| step.counts(bounds)).map(|step| step.on),
        disbursement: standing.disbursement.map(|(position, on, amount)| Disbursement {
            position,
            on,
            amount,
        }),
        contract: standing.contract(),
        observed: standing.observed_on(on),
        compensated: standing.compensated,
        overdue_principal: overdue().map(|one| one.open_principal).sum(),
        overdue_interest: overdue().map(|one| one.open_interest).sum(),
        overdue_since,
        days_past_due,
        class,
        on,
        claims: claim_lines(&mut snapshot, loan, bounds).await?,
        open_principal: standing.open_principal,
        open_interest: standing.open_interest,
        overpaid: standing.overpaid,
        open_penalty: standing.open_penalty,
        instalments: standing.instalments,
        payments: standing.payments,
    }))
}

impl Instalment {
    /// Whether something of it is unpaid on a day after the last on which it could be paid in time.
    pub(crate) fn is_overdue(&self, on: Date) -> bool {
        self.payable_until < on && (self.open_principal + self.open_interest).is_positive()
    }
}

fn guarantee(row: &LoanRow, standing: &Standing, bounds: Bounds) -> Option<Commitment> {
    let committed = row.guaranteed.filter(|step| step.counts(bounds))?;
    Some(Commitment {
        on: committed.on,
        fund: row.guarantee_fund.clone()?,
        amount: committed.amount,
        live: standing.guaranteed,
    })
}
