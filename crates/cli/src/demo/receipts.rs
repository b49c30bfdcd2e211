//! Donations of many units, derived from their number and sum.

use almoner_domain::command::Action;
use almoner_domain::date::Date;
use almoner_domain::fund::Received;
use almoner_domain::id::Id;
use serde::Deserialize;

use super::derived::Amounts;
use super::steps::{Step, What};

/// Money that many givers of a source pay in, one after the other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipts {
    fund: Id,
    source: Id,
    amounts: Amounts,
    /// The first day.
    from: Date,
    /// On how many days from then on.
    days: u32,
}

impl Receipts {
    /// One receipt a giver.
    pub fn steps(&self, place: &str) -> anyhow::Result<Vec<Step>> {
        let amounts = self.amounts.split(&format!("{place}/receipts/{}", self.source))?;
        let steps = (0..).zip(amounts).map(|(index, amount): (u32, _)| {
            let later = u64::from(index) * u64::from(self.days) / u64::from(self.amounts.lines);
            let number = index + 1;
            let received = Received {
                fund: self.fund.clone(),
                source: self.source.clone(),
                amount,
                pledge: None,
                purpose: None,
                allocation: None,
                matching: None,
                receipt: None,
                document: format!("derived: donation of unit {number} of {}", self.source)
                    .parse()?,
            };
            Ok(Step {
                key: format!("demo-{place}-receipt-{}-{number:02}", self.source),
                on: self.from.plus_days(i32::try_from(later)?),
                what: What::Command(Action::FundReceive(received)),
            })
        });
        steps.collect()
    }
}
