//! Rows of interest discount claims.

use almoner_domain::id::Id;
use almoner_domain::interest_discount::{Approved, Claimed, Filed, Paid, Rejected, Settled};

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

    pub(super) fn discount_approved(&mut self, record: &Recorded<'_>, event: &Approved) {
        let sql = "UPDATE claim SET approved_at = $3 WHERE view_set = $1 AND claim = $2";
        self.statement(record, sql, values![self.set, event.claim.as_str(), record.position]);
    }

    pub(super) fn discount_rejected(&mut self, record: &Recorded<'_>, event: &Rejected) {
        let sql = "UPDATE claim SET rejected_at = $3 WHERE view_set = $1 AND claim = $2";
        self.statement(record, sql, values![self.set, event.claim.as_str(), record.position]);
    }

    pub(super) fn discount_paid(&mut self, record: &Recorded<'_>, event: &Paid) {
        let sql = "UPDATE claim SET paid_at = $3 WHERE view_set = $1 AND claim = $2";
        self.statement(record, sql, values![self.set, event.claim.as_str(), record.position]);
    }

    /// A settlement approves and pays its claims at once.
    pub(super) fn discount_settled(&mut self, record: &Recorded<'_>, event: &Settled) {
        let sql =
            "UPDATE claim SET approved_at = $3, paid_at = $3 WHERE view_set = $1 AND claim = $2";
        // The claims are other subjects than the advance: their rows are written first.
        self.close_group();
        for settled in &event.claims {
            let values = values![self.set, settled.claim.as_str(), record.position];
            self.statement(record, sql, values);
        }
    }

    /// The claims are filed again.
    pub(super) fn reverse_settlement(&mut self, record: &Recorded<'_>, event: &Settled) {
        let sql = "UPDATE claim SET approved_at = NULL, paid_at = NULL WHERE view_set = $1 AND claim = $2";
        self.close_group();
        for settled in &event.claims {
            self.statement(record, sql, values![self.set, settled.claim.as_str()]);
        }
    }

    /// The claim waits for payment again.
    pub(super) fn reverse_discount(&mut self, record: &Recorded<'_>, event: &Paid) {
        let sql = "UPDATE claim SET paid_at = NULL WHERE view_set = $1 AND claim = $2";
        self.statement(record, sql, values![self.set, event.claim.as_str()]);
    }
}

/// The shares of the interest that were discounted in the segments of a line, each once in order.
fn shares(event: &Claimed) -> String {
    let mut shares: Vec<String> =
        event.segments.iter().map(|segment| segment.share.to_string()).collect();
    shares.dedup();
    shares.join(" ")
}
