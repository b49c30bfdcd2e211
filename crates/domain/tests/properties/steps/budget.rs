//! Random steps of the budget: years, allocation documents, matching duties, notices, reissues.

use std::collections::BTreeMap;

use almoner_domain::command::Command;
use almoner_domain::event::Event;
use almoner_domain::fund::{Fund, OpenPledge};
use almoner_domain::money::Money;

use super::Step;
use crate::support::Ledger;
use crate::support::world::*;

/// The year that can be closed next, if any.
fn first_open(ledger: &Ledger) -> i16 {
    ledger.state.budget_years.open.first().copied().unwrap_or(2022)
}

impl Step {
    pub(super) fn of_the_budget(&self, ledger: &Ledger) -> Command {
        let none = Fund {
            sources: Vec::new(),
            multiplier: None,
            pledges: BTreeMap::new(),
            matching: BTreeMap::new(),
            allocations: BTreeMap::new(),
            gifts: BTreeMap::new(),
        };
        let fund = ledger.state.funds.get(&"aid".parse().unwrap()).unwrap_or(&none);
        let name = format!("A-{}", self.one % 5);
        match self.kind {
            185..187 => open_year([2022, 2023, 2023][(self.one % 3) as usize]),
            187..189 => close_year(first_open(ledger)),
            189..192 => {
                let year = 2022 + self.two % 2;
                let amount = self.amount(60_000);
                register(&name, self.source(), Some("help"), (year, 1 + self.three % 3), &amount)
            }
            192..195 => {
                let known = self.pick_name(fund.allocations.keys(), &name);
                let promise = fund.allocations.get(&known.parse().unwrap()).map(|it| &it.promise);
                let (source, amount) = self.of_promise(promise);
                receive_by("allocation", &known, &source, Some("help"), &amount)
            }
            // A year must be closed before anything is carried out of it.
            195..197 if !ledger.state.budget_years.open.is_empty() => {
                close_year(first_open(ledger))
            }
            195..197 => {
                let year = ledger.state.budget_years.closed_to.unwrap_or(2023);
                carry(&self.pick_name(fund.allocations.keys(), &name), year, "1.00")
            }
            197..199 => {
                let known = self.pick_name(fund.allocations.keys(), &name);
                return_surplus(&known, "2023-06-01", &self.amount(200))
            }
            199..200 => require(&name, self.source(), &self.amount(60_000)),
            200..201 => {
                let known = self.pick_name(fund.matching.keys(), &name);
                let (source, amount) = self.of_promise(fund.matching.get(&known.parse().unwrap()));
                receive_by("matching", &known, &source, None, &amount)
            }
            201..202 => withdraw_pledge(&self.pick_name(fund.pledges.keys(), "P-1")),
            202..203 => post_notice(
                &self.pick_name(ledger.state.batches.keys(), "B-1"),
                "2023-01-01",
                "2023-01-07",
            ),
            205..207 => give_in_kind(&name, self.source(), 1 + self.two % 9, "6.50"),
            207.. => {
                let known = self.pick_name(fund.gifts.keys(), &name);
                hand_out(&known, self.two % 5, 1 + self.three % 6)
            }
            _ => self.reissue(ledger),
        }
    }

    fn pick_name<'a>(
        &self,
        names: impl Iterator<Item = &'a almoner_domain::id::Id>,
        other: &str,
    ) -> String {
        let names: Vec<_> = names.collect();
        match names.len() {
            0 => other.to_owned(),
            count => names[self.one as usize % count].to_string(),
        }
    }

    /// The source of a promise, and a part of what is open on it, or a little more.
    fn of_promise(&self, promise: Option<&OpenPledge>) -> (String, String) {
        match promise {
            None => ("city".to_owned(), "1.00".to_owned()),
            Some(promise) => {
                let part =
                    promise.open.fen() / i64::from(1 + self.two % 3) + i64::from(self.three % 2);
                (promise.source.to_string(), Money::from_fen(part).to_string())
            }
        }
    }

    fn reissue(&self, ledger: &Ledger) -> Command {
        let whole: Vec<u64> = ledger
            .log
            .iter()
            .filter_map(|(_, event)| match event {
                Event::SubsidyReturned(back) if back.freed_period.is_some() => Some(back.payment),
                _ => None,
            })
            .collect();
        match whole.len() {
            0 => reissue(u64::from(self.one % 20)),
            count => reissue(whole[self.one as usize % count]),
        }
    }
}
