//! Random steps around paid discounts: advances, their settlement, what comes back, money of an upper tier.

use almoner_domain::command::Command;
use almoner_domain::event::Event;
use almoner_domain::interest_discount::ClaimStage;
use almoner_domain::money::Money;
use serde_json::json;

use super::Step;
use crate::support::{Ledger, command};

impl Step {
    /// Advances, their settlement, discounts that come back, and money of an upper tier.
    pub(super) fn settlement(&self, ledger: &Ledger) -> Command {
        let programme = self.pick(["bank", "plain"]);
        let (on, amount) = ("2023-06-01", self.amount(2_000));
        match self.kind {
            215..217 => {
                let data = json!({
                    "advance": format!("A-{}", self.one % 6), "programme": programme, "fund": "aid",
                    "bank": "icbc", "year": 2023, "amount": amount, "document": "advance",
                });
                command("interest_discount.advance", on, data)
            }
            217..220 => {
                let advances = &ledger.state.advances;
                let open = advances.iter().find(|(_, advance)| advance.settled.is_none());
                let claims: Vec<_> = ledger
                    .state
                    .claims
                    .iter()
                    .filter(|(_, claim)| {
                        claim.stage == ClaimStage::Claimed
                            && open.is_none_or(|(_, open)| open.programme == claim.programme)
                    })
                    .map(|(name, _)| name)
                    .take(1 + self.three as usize % 2)
                    .collect();
                let advance = open.map_or("A-1", |(name, _)| name.as_str());
                let data = json!({"advance": advance, "claims": claims, "document": "settlement"});
                command("interest_discount.settle", on, data)
            }
            220..223 => {
                let lines: Vec<(u64, Money)> = (1..)
                    .zip(&ledger.log)
                    .filter_map(|(position, (_, event))| match event {
                        Event::DiscountClaimed(line) => Some((position, line)),
                        _ => None,
                    })
                    .filter(|(_, line)| {
                        let claim = ledger.state.claims.get(&line.claim);
                        claim.is_some_and(|claim| matches!(claim.stage, ClaimStage::Paid(_)))
                    })
                    .map(|(position, line)| (position, line.discount))
                    .collect();
                let (line, paid) = match lines.len() {
                    0 => (u64::from(self.one % 20), Money::from_yuan(1)),
                    count => lines[self.one as usize % count],
                };
                let whole = self.two.is_multiple_of(2);
                let amount = if whole { paid.to_string() } else { self.amount(paid.fen()) };
                let data = json!({"line": line, "amount": amount, "reason": "claimed too much"});
                command("interest_discount.return", on, data)
            }
            _ => {
                let data = json!({
                    "fund": "aid", "source": self.source(), "programme": "plain",
                    "tier": self.pick(["central", "city", "moon"]), "amount": amount,
                    "basis": "statutory_share", "year": 2023, "document": "award",
                });
                command("interest_discount.upper_tier_receive", on, data)
            }
        }
    }
}
