//! Rows of loans: the loan, its payments, its schedule.

use almoner_domain::guarantee_fund::Committed;
use almoner_domain::id::Id;
use almoner_domain::loan::application::{Applied, Approved, Cancelled};
use almoner_domain::loan::disbursement::Disbursed;
use almoner_domain::loan::instalment::Instalment;
use almoner_domain::loan::repayment::{Refunded, Repaid};
use almoner_domain::money::Money;

use super::{Changes, Recorded};
use crate::table::{Change, Table, values};

/// The amounts in a row of money that moved; what a kind does not have is zero.
#[derive(Default)]
struct Payment {
    amount: Money,
    principal: Money,
    interest: Money,
    prepaid_principal: Money,
    prepaid_interest: Money,
    overpaid: Money,
    guarantee: Money,
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
            ..Payment::default()
        };
        self.payment(record, &event.loan, "disbursement", &payment);
    }

    pub(super) fn loan_repaid(&mut self, record: &Recorded<'_>, event: &Repaid) {
        if event.prepaid.is_some() {
            let sql = "UPDATE instalment SET valid_until = $3
                       WHERE view_set = $1 AND loan = $2 AND valid_until IS NULL AND due_on > $4";
            let day = record.effective_on.day_number();
            let values = values![self.set, event.loan.as_str(), record.position, day];
            self.statement(record, sql, values);
        }
        if let Some(prepaid) = &event.prepaid {
            self.instalments(record, &event.loan, &prepaid.after);
        }
        for allocation in &event.allocations {
            self.insert(
                Table::Allocation,
                values![
                    self.set,
                    event.loan.as_str(),
                    record.position,
                    i64::from(allocation.number),
                    allocation.principal.fen(),
                    allocation.interest.fen(),
                ],
            );
        }
        self.repaid_open(event, |amount| -amount);
        let mut payment = Payment {
            amount: event.amount,
            principal: event.principal(),
            interest: event.interest(),
            overpaid: event.overpaid,
            guarantee: event.guarantee_released,
            ..Payment::default()
        };
        if let Some(prepaid) = &event.prepaid {
            payment.prepaid_principal = prepaid.principal;
            payment.prepaid_interest = prepaid.interest;
        }
        self.payment(record, &event.loan, "repayment", &payment);
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
                   open_principal = 0, open_interest = 0, overpaid = 0
                   WHERE view_set = $1 AND loan = $2";
        self.statement(record, sql, values![self.set, loan]);
        self.reverse_payment(record, reversed);
    }

    pub(super) fn reverse_repayment(
        &mut self,
        record: &Recorded<'_>,
        event: &Repaid,
        reversed: i64,
    ) {
        let loan = event.loan.as_str();
        if event.prepaid.is_some() {
            let sql = "UPDATE instalment SET valid_until = $4
                       WHERE view_set = $1 AND loan = $2 AND valid_from = $3 AND valid_until IS NULL";
            self.statement(record, sql, values![self.set, loan, reversed, record.position]);
            let sql = "INSERT INTO instalment (view_set, loan, number, valid_from, due_on,
                           payable_until_on, principal, interest, open_principal, open_interest)
                       SELECT view_set, loan, number, $4, due_on,
                           payable_until_on, principal, interest, open_principal, open_interest
                       FROM instalment WHERE view_set = $1 AND loan = $2 AND valid_until = $3";
            self.statement(record, sql, values![self.set, loan, reversed, record.position]);
        }
        let sql = "UPDATE allocation SET reversed_at = $4
                   WHERE view_set = $1 AND loan = $2 AND position = $3";
        self.statement(record, sql, values![self.set, loan, reversed, record.position]);
        self.reverse_payment(record, reversed);
        self.repaid_open(event, |amount| amount);
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

    fn reverse_payment(&mut self, record: &Recorded<'_>, reversed: i64) {
        let sql = "UPDATE payment SET reversed_at = $3 WHERE view_set = $1 AND position = $2";
        self.statement(record, sql, values![self.set, reversed, record.position]);
    }

    /// What a repayment takes from what is open, or gives back.
    fn repaid_open(&mut self, event: &Repaid, sign: impl Fn(Money) -> Money) {
        let mut covered = Money::ZERO;
        for allocation in &event.allocations {
            covered += allocation.interest;
            let key = (event.loan.clone(), allocation.number);
            let open = self.group.instalments_open.entry(key).or_default();
            open.0 += sign(allocation.principal);
            open.1 += sign(allocation.interest);
        }
        // The new schedule bears other interest than the one that it replaces.
        if let Some(prepaid) = &event.prepaid {
            covered += interest(&prepaid.replaced) - interest(&prepaid.after);
        }
        // Overpaid money is owed in the other direction.
        let overpaid = -sign(event.overpaid);
        self.open(&event.loan, sign(event.principal()), sign(covered), overpaid);
    }

    fn instalments(&mut self, record: &Recorded<'_>, loan: &Id, list: &[Instalment]) {
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

    fn payment(&mut self, record: &Recorded<'_>, loan: &Id, kind: &str, payment: &Payment) {
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
            ],
        );
    }

    /// Adds to what is open of a loan.
    fn open(&mut self, loan: &Id, principal: Money, interest: Money, overpaid: Money) {
        let open = self.group.loans_open.entry(loan.clone()).or_default();
        open.0 += principal;
        open.1 += interest;
        open.2 += overpaid;
    }
}

fn interest(instalments: &[Instalment]) -> Money {
    instalments.iter().map(|instalment| instalment.interest).sum()
}
