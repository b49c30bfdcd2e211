//! Rows of interest discount claims.

use almoner_domain::id::Id;
use almoner_domain::interest_discount::{Claimed, Filed, Returned, Settled};
use almoner_domain::money::Money;

use super::{Changes, Recorded};
use crate::table::{Table, values};

impl Changes<'_> {
    pub(super) fn discount_claimed(&mut self, record: &Recorded<'_>, event: &Claimed) {
        self.insert(
            Table::ClaimLine,
            values![
                self.set,
                record.position,
                event.claim.as_str(),
                event.line,
                event.loan.as_str(),
                event.from.day_number(),
                event.to.day_number(),
                event.actual_interest.fen(),
                event.interest.fen(),
                shares(event),
                event.discount.fen(),
            ],
        );
    }

    pub(super) fn discount_filed(&mut self, record: &Recorded<'_>, event: &Filed) {
        self.insert(
            Table::Claim,
            values![
                self.set,
                event.claim.as_str(),
                event.programme.as_str(),
                event.bank.as_ref().map(Id::as_str),
                event.fund.as_str(),
                event.lines,
                event.total.fen(),
                event.document.as_str(),
                record.effective_on.day_number(),
                record.position,
            ],
        );
    }

    /// A settlement approves and pays its claims at once.
    pub(super) fn discount_settled(&mut self, record: &Recorded<'_>, event: &Settled) {
        for settled in &event.claims {
            self.claim_step(record, &settled.claim, "settled");
        }
    }

    pub(super) fn discount_returned(&mut self, record: &Recorded<'_>, event: &Returned) {
        let line = i64::try_from(event.line).unwrap_or(i64::MAX);
        self.claim_row(record, &event.claim, "returned", Some(line), event.amount);
    }

    pub(super) fn claim_step(&mut self, record: &Recorded<'_>, claim: &Id, kind: &str) {
        self.claim_row(record, claim, kind, None, Money::ZERO);
    }

    fn claim_row(
        &mut self,
        record: &Recorded<'_>,
        claim: &Id,
        kind: &str,
        line: Option<i64>,
        returned: Money,
    ) {
        self.insert(
            Table::ClaimStep,
            values![
                self.set,
                record.position,
                claim.as_str(),
                kind,
                line,
                returned.fen(),
                record.effective_on.day_number(),
            ],
        );
    }
}

/// The shares of the interest that were discounted in the segments of a line, each once in order.
fn shares(event: &Claimed) -> String {
    let mut shares: Vec<String> =
        event.segments.iter().map(|segment| segment.share.to_string()).collect();
    shares.dedup();
    shares.join(" ")
}
