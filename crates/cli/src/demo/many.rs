//! What many people get one by one: certificates, gifts in kind.

use almoner_domain::certificate::Issued;
use almoner_domain::command::Action;
use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_domain::in_kind::HandOut;
use serde::Deserialize;

use super::derived::pseudonym;
use super::steps::{Step, What};

/// Certificates issued to many holders, the same number a day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificates {
    series: Id,
    region: Id,
    /// How many.
    number: u32,
    /// The first day.
    from: Date,
    /// On how many days from then on.
    days: u32,
}

impl Certificates {
    /// One command a holder.
    pub fn steps(&self, place: &str) -> anyhow::Result<Vec<Step>> {
        let label = |what: &str| format!("{place}/{}/{}/{what}", self.series, self.region);
        let (certificates, holders) = (label("certificate"), label("holder"));
        let one = |number: u32| {
            let issued = Issued {
                certificate: pseudonym(&certificates, number),
                series: self.series.clone(),
                holder: pseudonym(&holders, number),
                region: self.region.clone(),
                valid_until: None,
                document: "derived: one of the certificates that are published as a number"
                    .parse()?,
            };
            Ok(Step {
                key: format!("demo-{place}-certificate-{}-{}-{number}", self.series, self.region),
                on: day(self.from, self.days, number, self.number)?,
                what: What::Command(Action::CertificateIssue(issued)),
            })
        };
        (1..=self.number).map(one).collect()
    }
}

/// A gift in kind that many get the same of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOuts {
    fund: Id,
    gift: Id,
    /// What the people are called in the labels of their pseudonyms.
    people: String,
    /// How many people.
    number: u32,
    /// How many units each of them gets.
    each: u32,
    /// The first day.
    from: Date,
    /// On how many days from then on.
    days: u32,
}

impl HandOuts {
    /// One command a person.
    pub fn steps(&self, place: &str) -> anyhow::Result<Vec<Step>> {
        let label = format!("{place}/{}", self.people);
        let one = |number: u32| {
            let hand_out = HandOut {
                fund: self.fund.clone(),
                gift: self.gift.clone(),
                beneficiary: pseudonym(&label, number),
                quantity: self.each,
                document: "derived: list on which it was signed for".parse()?,
            };
            Ok(Step {
                key: format!("demo-{place}-gift-{}-{number}", self.gift),
                on: day(self.from, self.days, number, self.number)?,
                what: What::Command(Action::InKindHandOut(hand_out)),
            })
        };
        (1..=self.number).map(one).collect()
    }
}

/// The day of one of many that are spread evenly over some days.
fn day(from: Date, days: u32, number: u32, of: u32) -> anyhow::Result<Date> {
    let later = u64::from(number - 1) * u64::from(days) / u64::from(of);
    Ok(from.plus_days(i32::try_from(later)?))
}
