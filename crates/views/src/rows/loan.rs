//! Rows of loans: the loan, its payments, its schedule.

use almoner_domain::arrears::Class;
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::guarantee_fund::Committed;
use almoner_domain::guarantee_fund::compensation::Compensated;
use almoner_domain::guarantee_fund::recovery::Recovered;
use almoner_domain::id::Id;
use almoner_domain::loan::application::{Applied, Approved, Cancelled};
use almoner_domain::loan::disbursement::Disbursed;
use almoner_domain::loan::instalment::Instalment;
use almoner_domain::loan::repayment::{Allocation, Refunded, Repaid};
use almoner_domain::money::Money;
use almoner_domain::rate::Rate;
use almoner_domain::schedule::Method;

use super::{Changes, Recorded};
use crate::table::{Change, Table, values};

/// What stands in a row of money that moved or of a contract that changed; what a kind does not have is zero or none.
#[derive(Default)]
pub(super) struct Payment {
    pub amount: Money,
    pub principal: Money,
    pub interest: Money,
    pub prepaid_principal: Money,
    pub prepaid_interest: Money,
    pub overpaid: Money,
    pub guarantee: Money,
    pub penalty: Money,
    pub observed: Option<(Class, Date)>,
    pub annual_rate: Option<Rate>,
    pub method: Option<Method>,
    pub maturity: Option<Date>,
}

impl Changes<'_> {
    pub(super) fn loan_applied(&mut self, record: &Recorded<'_>, event: &Applied) {
        self.insert(
            Table::Loan,
            values![
                self.set,
                event.loan.as_str(),
                event.programme.as_str(),
                event.version,
                event.category.as_str(),
                event.borrower.to_string(),
                event.bank.as_ref().map(Id::as_str),
                i64::from(event.months),
                event.amount.fen(),
                record.effective_on.day_number(),
                record.position,
            ],
        );
    }

    pub(super) fn loan_approved(&mut self, record: &Recorded<'_>, event: &Approved) {
        let rate = event.annual_rate.to_string();
        let fund = event.fund.as_ref().map_or("", Id::as_str);
        let said = values![event.amount.fen(), rate, event.method.as_str(), fund];
        self.change(Change::LoanApproved, &event.loan, record, said);
    }

    pub(super) fn guarantee_committed(&mut self, record: &Recorded<'_>, event: &Committed) {
        let said = values![event.fund.as_str(), event.amount.fen()];
        self.change(Change::LoanGuaranteed, &event.loan, record, said);
    }

    pub(super) fn loan_cancelled(&mut self, record: &Recorded<'_>, event: &Cancelled) {
        self.change(Change::LoanCancelled, &event.loan, record, []);
    }

    pub(super) fn loan_disbursed(&mut self, record: &Recorded<'_>, event: &Disbursed) {
        let maturity = event.instalments.last().map_or(record.effective_on, |last| last.due_on);
        let said = values![maturity.day_number()];
        self.change(Change::LoanDisbursed, &event.loan, record, said);
        self.instalments(record, &event.loan, &event.instalments);
        self.open(&event.loan, event.amount, interest(&event.instalments), Money::ZERO);
        let payment = Payment {
            amount: event.amount,
            principal: event.amount,
            guarantee: event.guaranteed,
            annual_rate: Some(event.annual_rate),
            method: Some(event.method),
            maturity: Some(maturity),
            ..Payment::default()
        };
        self.payment(record, &event.loan, "disbursement", &payment);
    }

    pub(super) fn loan_repaid(&mut self, record: &Recorded<'_>, event: &Repaid) {
        self.replace_schedule(record, &record.event);
        self.allocations(record, &event.loan, &event.allocations);
        self.repaid_open(event, |amount| -amount);
        let mut payment = Payment {
            amount: event.amount,
            principal: event.principal(),
            interest: event.interest(),
            overpaid: event.overpaid,
            guarantee: event.guarantee_released,
            penalty: event.charged().total(),
            ..Payment::default()
        };
        if let Some(prepaid) = &event.prepaid {
            payment.prepaid_principal = prepaid.principal;
            payment.prepaid_interest = prepaid.interest;
        }
        self.payment(record, &event.loan, "repayment", &payment);
    }

    pub(super) fn loan_compensated(&mut self, record: &Recorded<'_>, event: &Compensated) {
        self.open(&event.loan, -event.principal, Money::ZERO, Money::ZERO);
        self.compensated(&event.loan, event.principal);
        let payment = Payment {
            amount: event.principal + event.interest,
            principal: event.principal,
            interest: event.interest,
            guarantee: event.guarantee_released,
            ..Payment::default()
        };
        self.payment(record, &event.loan, "compensation", &payment);
    }

    pub(super) fn loan_recovered(&mut self, record: &Recorded<'_>, event: &Recovered) {
        self.allocations(record, &event.loan, &event.discharged);
        let covered = self.cover(&event.loan, &event.discharged, |amount| -amount);
        self.open(&event.loan, Money::ZERO, -covered, Money::ZERO);
        self.compensated(&event.loan, -principal(&event.discharged));
        let payment = Payment { amount: event.amount, ..Payment::default() };
        self.payment(record, &event.loan, "recovery", &payment);
    }

    pub(super) fn loan_refunded(&mut self, record: &Recorded<'_>, event: &Refunded) {
        self.open(&event.loan, Money::ZERO, Money::ZERO, -event.amount);
        let payment = Payment { amount: event.amount, ..Payment::default() };
        self.payment(record, &event.loan, "refund", &payment);
    }

    pub(super) fn reverse_disbursement(
        &mut self,
        record: &Recorded<'_>,
        event: &Disbursed,
        reversed: i64,
    ) {
        let loan = event.loan.as_str();
        let sql = "UPDATE instalment SET valid_until = $3
                   WHERE view_set = $1 AND loan = $2 AND valid_until IS NULL";
        self.statement(record, sql, values![self.set, loan, record.position]);
        let sql = "UPDATE loan SET disbursed_on = NULL, disbursed_at = NULL, maturity_on = NULL,
                   open_principal = 0, open_interest = 0, overpaid = 0, open_penalty = 0,
                   compensated = 0
                   WHERE view_set = $1 AND loan = $2";
        self.statement(record, sql, values![self.set, loan]);
        self.reverse_payment(record, reversed);
    }

    pub(super) fn reverse_repayment(
        &mut self,
        record: &Recorded<'_>,
        original: &Event,
        event: &Repaid,
        reversed: i64,
    ) {
        self.bring_schedule_back(record, original, reversed);
        self.reverse_allocations(record, &event.loan, reversed);
        self.reverse_payment(record, reversed);
        self.repaid_open(event, |amount| amount);
    }

    pub(super) fn reverse_compensation(
        &mut self,
        record: &Recorded<'_>,
        event: &Compensated,
        reversed: i64,
    ) {
        self.reverse_payment(record, reversed);
        self.open(&event.loan, event.principal, Money::ZERO, Money::ZERO);
        self.compensated(&event.loan, -event.principal);
    }

    pub(super) fn reverse_recovery(
        &mut self,
        record: &Recorded<'_>,
        event: &Recovered,
        reversed: i64,
    ) {
        self.reverse_allocations(record, &event.loan, reversed);
        self.reverse_payment(record, reversed);
        let covered = self.cover(&event.loan, &event.discharged, |amount| amount);
        self.open(&event.loan, Money::ZERO, covered, Money::ZERO);
        self.compensated(&event.loan, principal(&event.discharged));
    }

    pub(super) fn reverse_refund(
        &mut self,
        record: &Recorded<'_>,
        event: &Refunded,
        reversed: i64,
    ) {
        self.reverse_payment(record, reversed);
        self.open(&event.loan, Money::ZERO, Money::ZERO, event.amount);
    }

    pub(super) fn reverse_allocations(&mut self, record: &Recorded<'_>, loan: &Id, reversed: i64) {
        let sql = "UPDATE allocation SET reversed_at = $4
                   WHERE view_set = $1 AND loan = $2 AND position = $3";
        self.statement(record, sql, values![self.set, loan.as_str(), reversed, record.position]);
    }

    /// What a repayment takes from what is open, or gives back.
    fn repaid_open(&mut self, event: &Repaid, sign: impl Fn(Money) -> Money) {
        let mut covered = self.cover(&event.loan, &event.allocations, &sign);
        // The new schedule bears other interest than the one that it replaces.
        if let Some(prepaid) = &event.prepaid {
            covered += interest(&prepaid.replaced) - interest(&prepaid.after);
        }
        self.open_penalty(&event.loan, sign(event.charged().total()));
        // Overpaid money is owed in the other direction.
        let overpaid = -sign(event.overpaid);
        self.open(&event.loan, sign(event.principal()), sign(covered), overpaid);
    }

    /// Takes what was allocated from the open instalments, or gives it back; the sum of its interest.
    pub(super) fn cover(
        &mut self,
        loan: &Id,
        allocations: &[Allocation],
        sign: impl Fn(Money) -> Money,
    ) -> Money {
        let mut interest = Money::ZERO;
        for allocation in allocations {
            interest += allocation.interest;
            let open =
                self.group.instalments_open.entry((loan.clone(), allocation.number)).or_default();
            open.0 += sign(allocation.principal);
            open.1 += sign(allocation.interest);
        }
        interest
    }

    pub(super) fn allocations(
        &mut self,
        record: &Recorded<'_>,
        loan: &Id,
        allocations: &[Allocation],
    ) {
        for allocation in allocations {
            self.insert(
                Table::Allocation,
                values![
                    self.set,
                    loan.as_str(),
                    record.position,
                    i64::from(allocation.number),
                    allocation.principal.fen(),
                    allocation.interest.fen(),
                ],
            );
        }
    }

    pub(super) fn instalments(&mut self, record: &Recorded<'_>, loan: &Id, list: &[Instalment]) {
        for instalment in list {
            self.insert(
                Table::Instalment,
                values![
                    self.set,
                    loan.as_str(),
                    i64::from(instalment.number),
                    record.position,
                    instalment.due_on.day_number(),
                    instalment.payable_until().day_number(),
                    instalment.principal.fen(),
                    instalment.interest.fen(),
                    instalment.principal.fen(),
                    instalment.interest.fen(),
                ],
            );
        }
    }

    pub(super) fn payment(
        &mut self,
        record: &Recorded<'_>,
        loan: &Id,
        kind: &str,
        payment: &Payment,
    ) {
        self.insert(
            Table::Payment,
            values![
                self.set,
                record.position,
                loan.as_str(),
                kind,
                record.effective_on.day_number(),
                payment.amount.fen(),
                payment.principal.fen(),
                payment.interest.fen(),
                payment.prepaid_principal.fen(),
                payment.prepaid_interest.fen(),
                payment.overpaid.fen(),
                payment.guarantee.fen(),
                payment.penalty.fen(),
                payment.observed.map(|(class, _)| class.as_str()),
                payment.observed.map(|(_, until)| until.day_number()),
                payment.annual_rate.map(|rate| rate.to_string()),
                payment.method.map(Method::as_str),
                payment.maturity.map(|date| date.day_number()),
            ],
        );
    }

    /// Adds to what is open of a loan.
    pub(super) fn open(&mut self, loan: &Id, principal: Money, interest: Money, overpaid: Money) {
        let open = self.group.loans_open.entry(loan.clone()).or_default();
        open.principal += principal;
        open.interest += interest;
        open.overpaid += overpaid;
    }

    fn compensated(&mut self, loan: &Id, principal: Money) {
        self.group.loans_open.entry(loan.clone()).or_default().compensated += principal;
    }

    pub(super) fn open_penalty(&mut self, loan: &Id, penalty: Money) {
        self.group.loans_open.entry(loan.clone()).or_default().penalty += penalty;
    }
}

fn principal(allocations: &[Allocation]) -> Money {
    allocations.iter().map(|one| one.principal).sum()
}

fn interest(instalments: &[Instalment]) -> Money {
    instalments.iter().map(|instalment| instalment.interest).sum()
}
