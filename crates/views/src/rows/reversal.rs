//! What a reversal takes back of the rows of the reversed event.

use almoner_domain::event::Event;
use almoner_domain::reversal_entry::Reversed;

use super::{Changes, Recorded};
use crate::table::values;

/// The statement that marks the rows of a record in a table as reversed.
macro_rules! mark {
    ($table:literal) => {
        concat!("UPDATE ", $table, " SET reversed_at = $3 WHERE view_set = $1 AND position = $2")
    };
}

impl Changes<'_> {
    pub(super) fn reversal_recorded(&mut self, record: &Recorded<'_>, event: &Reversed) {
        let reversed = i64::try_from(event.position).unwrap_or(i64::MAX);
        self.mark_reversed(record, mark!("event"), reversed);
        match &*event.original {
            Event::FundPledged(_) | Event::AllocationRegistered(_) | Event::MatchingRequired(_) => {
                self.mark_reversed(record, mark!("promise"), reversed);
            }
            Event::FundReceived(_)
            | Event::PledgeWithdrawn(_)
            | Event::SurplusReturned(_)
            | Event::AllocationCarried(_) => {
                self.mark_reversed(record, mark!("receipt"), reversed);
            }
            Event::LoanDisbursed(disbursed) => {
                self.reverse_disbursement(record, disbursed, reversed);
            }
            Event::LoanRepaid(repaid) => {
                self.reverse_repayment(record, &event.original, repaid, reversed);
            }
            Event::LoanExtended(_) | Event::LoanRescheduled(_) | Event::LoanRateReset(_) => {
                self.reverse_schedule_change(record, &event.original, reversed);
            }
            Event::LoanPenaltyCharged(charged) => {
                let charged_now = charged.penalty + charged.compound;
                self.reverse_penalty(record, &charged.loan, -charged_now, reversed);
            }
            Event::LoanPenaltyWaived(waived) => {
                self.reverse_penalty(record, &waived.loan, waived.charges.total(), reversed);
            }
            Event::LoanRefunded(refunded) => self.reverse_refund(record, refunded, reversed),
            Event::GuaranteeCompensated(event) => {
                self.reverse_compensation(record, event, reversed)
            }
            Event::GuaranteeRecovered(event) => self.reverse_recovery(record, event, reversed),
            Event::DiscountPaid(_) | Event::DiscountSettled(_) | Event::DiscountReturned(_) => {
                self.mark_reversed(record, mark!("claim_step"), reversed);
            }
            Event::SubsidyPaid(paid) => self.reverse_subsidy(record, &paid.grant, reversed),
            Event::SubsidyReturned(returned) => {
                self.subsidy_returned(record, returned, -returned.amount);
                self.mark_reversed(record, mark!("demand"), reversed);
            }
            Event::SubsidyDemanded(_) => {
                self.mark_reversed(record, mark!("demand"), reversed);
            }
            Event::PremiumAssessed(_) | Event::PremiumPaid(_) => {
                self.mark_reversed(record, mark!("premium"), reversed);
            }
            Event::MortgageAuctioned(_) => {
                self.mark_reversed(record, mark!("premium"), reversed);
                self.mark_reversed(record, mark!("mortgage"), reversed);
            }
            Event::WagesFiled(_) | Event::WagesRecovered(_) | Event::WagesPaid(_) => {
                self.mark_reversed(record, mark!("wage"), reversed);
            }
            // Of the others, nothing but entries is taken back.
            _ => {}
        }
    }

    pub(super) fn reverse_payment(&mut self, record: &Recorded<'_>, reversed: i64) {
        self.mark_reversed(record, mark!("payment"), reversed);
    }

    fn mark_reversed(&mut self, record: &Recorded<'_>, sql: &'static str, reversed: i64) {
        self.statement(record, sql, values![self.set, reversed, record.position]);
    }
}
