//! Rows of what changes the contract of a loan: new schedules, penalty interest.

use almoner_domain::event::Event;
use almoner_domain::id::Id;
use almoner_domain::loan::penalty::PenaltyCharged;
use almoner_domain::loan::waiver::PenaltyWaived;
use almoner_domain::money::Money;

use super::loan::Payment;
use super::{Changes, Recorded};
use crate::table::values;

impl Changes<'_> {
    /// No money moves, but the loan stands otherwise: that is a row of its payments, too.
    pub(super) fn schedule_changed(&mut self, record: &Recorded<'_>, kind: &str) {
        let Some(change) = record.event.schedule_change() else { return };
        self.replace_schedule(record, &record.event);
        self.allocations(record, change.loan, change.moved);
        self.cover(change.loan, change.moved, |amount| -amount);
        self.open(change.loan, Money::ZERO, change.interest(), Money::ZERO);
        let maturity = change.maturity.map(|(_, after)| after);
        let mut payment = Payment { maturity, ..Payment::default() };
        match &record.event {
            Event::LoanRescheduled(event) => {
                payment.observed = Some((event.class, event.observed_until));
                payment.method = Some(event.method);
            }
            Event::LoanRateReset(event) => payment.annual_rate = Some(event.rate),
            _ => {}
        }
        self.payment(record, change.loan, kind, &payment);
    }

    pub(super) fn reverse_schedule_change(
        &mut self,
        record: &Recorded<'_>,
        original: &Event,
        reversed: i64,
    ) {
        let Some(change) = original.schedule_change() else { return };
        self.bring_schedule_back(record, original, reversed);
        self.reverse_allocations(record, change.loan, reversed);
        self.reverse_payment(record, reversed);
        self.cover(change.loan, change.moved, |amount| amount);
        self.open(change.loan, Money::ZERO, -change.interest(), Money::ZERO);
    }

    /// Ends the instalments that an event replaces, and adds the new ones.
    pub(super) fn replace_schedule(&mut self, record: &Recorded<'_>, event: &Event) {
        let Some(change) = event.schedule_change() else { return };
        let loan = change.loan.as_str();
        if let Some(first) = change.first_number() {
            let sql = "UPDATE instalment SET valid_until = $3
                       WHERE view_set = $1 AND loan = $2 AND valid_until IS NULL AND number >= $4";
            self.statement(record, sql, values![self.set, loan, record.position, i64::from(first)]);
        }
        if let Some((_, maturity)) = change.maturity {
            let sql = "UPDATE loan SET maturity_on = $3 WHERE view_set = $1 AND loan = $2";
            self.statement(record, sql, values![self.set, loan, maturity.day_number()]);
        }
        self.instalments(record, change.loan, change.after);
    }

    /// Ends the instalments that an event added, or what the reversal of a later one brought back of them, and
    /// brings back those that it replaced.
    pub(super) fn bring_schedule_back(
        &mut self,
        record: &Recorded<'_>,
        original: &Event,
        reversed: i64,
    ) {
        let Some(change) = original.schedule_change() else { return };
        let loan = change.loan.as_str();
        if let Some(first) = change.first_number() {
            let sql = "UPDATE instalment SET valid_until = $3
                       WHERE view_set = $1 AND loan = $2 AND valid_until IS NULL AND number >= $4";
            self.statement(record, sql, values![self.set, loan, record.position, i64::from(first)]);
        }
        if let Some((maturity, _)) = change.maturity {
            let sql = "UPDATE loan SET maturity_on = $3 WHERE view_set = $1 AND loan = $2";
            self.statement(record, sql, values![self.set, loan, maturity.day_number()]);
        }
        let sql = "INSERT INTO instalment (view_set, loan, number, valid_from, due_on,
                       payable_until_on, principal, interest, open_principal, open_interest)
                   SELECT view_set, loan, number, $4, due_on,
                       payable_until_on, principal, interest, open_principal, open_interest
                   FROM instalment WHERE view_set = $1 AND loan = $2 AND valid_until = $3";
        self.statement(record, sql, values![self.set, loan, reversed, record.position]);
    }

    pub(super) fn penalty_charged(&mut self, record: &Recorded<'_>, event: &PenaltyCharged) {
        let charged = event.penalty + event.compound;
        self.open_penalty(&event.loan, charged);
        let payment = Payment { penalty: charged, ..Payment::default() };
        self.payment(record, &event.loan, "penalty", &payment);
    }

    pub(super) fn penalty_waived(&mut self, record: &Recorded<'_>, event: &PenaltyWaived) {
        let waived = event.charges.total();
        self.open_penalty(&event.loan, -waived);
        let payment = Payment { penalty: waived, ..Payment::default() };
        self.payment(record, &event.loan, "waiver", &payment);
    }

    /// A charge or a waiver is taken back: what is open changes by so much.
    pub(super) fn reverse_penalty(
        &mut self,
        record: &Recorded<'_>,
        loan: &Id,
        open: Money,
        reversed: i64,
    ) {
        self.reverse_payment(record, reversed);
        self.open_penalty(loan, open);
    }
}
