//! Rows of premium arrears: what was assessed, and what was settled of it.

use almoner_domain::money::Money;
use almoner_domain::premium_arrears::Assessed;
use almoner_domain::premium_arrears::payment::Settlement;

use super::{Changes, Recorded, word};
use crate::table::{Table, values};

impl Changes<'_> {
    pub(super) fn premium_assessed(&mut self, record: &Recorded<'_>, event: &Assessed) {
        self.insert(
            Table::Premium,
            values![
                self.set,
                record.position,
                1_i64,
                "assessed",
                event.programme.as_str(),
                event.enterprise.to_string(),
                word(&event.insurance),
                event.month.to_string(),
                event.amount.fen(),
                Money::ZERO.fen(),
                Money::ZERO.fen(),
                Some(event.due_on.day_number()),
                record.effective_on.day_number(),
            ],
        );
    }

    /// What a payment, or the proceeds of an auction, settled.
    pub(super) fn premium_settled(
        &mut self,
        record: &Recorded<'_>,
        kind: &str,
        settlement: &Settlement,
    ) {
        for (line, one) in (1_i64..).zip(&settlement.allocations) {
            self.insert(
                Table::Premium,
                values![
                    self.set,
                    record.position,
                    line,
                    kind,
                    settlement.programme.as_str(),
                    settlement.enterprise.to_string(),
                    word(&one.insurance),
                    one.month.to_string(),
                    one.premium.fen(),
                    one.charged.fen(),
                    one.late_fee.fen(),
                    None::<i32>,
                    record.effective_on.day_number(),
                ],
            );
        }
    }
}
