//! Published figures, and the ledger's own to hold beside them.

use std::fmt;

use almoner_domain::account::Entry;
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use anyhow::Context;
use serde::Deserialize;

use super::measure::{Measure, Tally, average};
use super::place::Place;

const UNRECONCILED: &str = include_str!("data/unreconciled.toml");

/// A record of the seed facts that a place runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The record.
    pub seed: String,
    /// The programme or fund.
    pub programme: Id,
    /// The day for which its figures are true, where they do not say another.
    as_of: Date,
    /// Its figures.
    figure: Vec<Published>,
    /// Its figures of which the ledger knows nothing: people, classes, visits, by their names in the facts.
    #[serde(default)]
    pub beside: Vec<String>,
    /// What of its money is not run, and why.
    #[serde(default)]
    pub partly: Option<Said>,
}

/// A published figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// What it says.
    pub what: String,
    /// The same in Chinese.
    pub zh: String,
    /// Its name in the seed facts; none for what follows from them or only shows a rule.
    #[serde(default)]
    pub name: Option<String>,
    /// The day for which it is true; that of the record when absent.
    #[serde(default)]
    as_of: Option<Date>,
    /// The figure.
    pub figure: Figure,
    /// How sure it is.
    pub status: Status,
    /// Whether the report says "more than" it.
    #[serde(default)]
    pub at_least: bool,
    /// The ledger's amount is spread over this published number.
    #[serde(default)]
    per: Option<i64>,
    /// The report rounds to whole multiples of this.
    #[serde(default)]
    pub rounded_to: Option<Money>,
    /// How the ledger comes to its own.
    pub measure: Measure,
}

/// A record of which there is nothing to run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotRun {
    /// The record.
    pub seed: String,
    /// Why.
    pub why: Said,
}

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
pub struct Said {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// A sum of the sources that does not come out, as the checks of the seed facts name it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreconciled {
    /// The check.
    pub check: String,
    /// The records that it is about.
    pub seeds: Vec<String>,
    /// What is held against what.
    pub what: Said,
    /// The one number.
    pub left: String,
    /// The other.
    pub right: String,
    /// The one less the other.
    pub difference: String,
    /// Of what.
    pub unit: Said,
    /// Why it does not come out.
    pub why: Said,
    /// What the ledger has of it, where it has something.
    #[serde(default)]
    ledger: Option<Held>,
}

/// What the ledger must have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    figure: Figure,
    as_of: Date,
    measure: Measure,
}

/// How sure a published figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As printed.
    Stated,
    /// Printed with an error whose correction is plausible.
    Corrected,
    /// Computed from figures that are printed.
    Derived,
    /// Not published: an example that shows what the rule does.
    Example,
}

impl Status {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Corrected => "corrected",
            Self::Derived => "derived",
            Self::Example => "example",
        }
    }
}

/// A figure, or the difference of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Money.
    Amount(Money),
    /// How many.
    Count(i64),
    /// A share.
    Percent(i64),
    /// A share that no percentage says exactly.
    Fraction {
        /// So many parts,
        parts: i64,
        /// of so many.
        of: i64,
    },
}

impl Figure {
    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        match self {
            Self::Amount(amount) => amount.is_zero(),
            Self::Count(number) | Self::Percent(number) => number == 0,
            // A part of nothing is no share at all.
            Self::Fraction { parts, of } => parts == 0 && of != 0,
        }
    }

    fn less(self, other: Self) -> Self {
        match (self, other) {
            (Self::Amount(ours), Self::Amount(theirs)) => Self::Amount(ours - theirs),
            (Self::Count(ours), Self::Count(theirs)) => Self::Count(ours.saturating_sub(theirs)),
            (Self::Percent(ours), Self::Percent(theirs)) => {
                Self::Percent(ours.saturating_sub(theirs))
            }
            (Self::Fraction { parts, of }, Self::Fraction { parts: their, of: theirs }) => {
                let less = (parts.saturating_mul(theirs)).saturating_sub(their.saturating_mul(of));
                Self::Fraction { parts: less, of: of.saturating_mul(theirs) }
            }
            // A figure that is measured as something else is off by all of itself.
            (ours, _) => ours,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::Count(count) => f.pad(&count.to_string()),
            Self::Percent(percent) => f.pad(&format!("{percent} %")),
            Self::Fraction { parts: 0, of: 1.. } => f.pad("0"),
            Self::Fraction { parts, of } => f.pad(&format!("{parts}/{of}")),
        }
    }
}

impl Published {
    fn own(&self, tally: &Tally) -> Figure {
        let mut figure = self.measure.figure(tally, self.figure);
        if let (Figure::Amount(amount), Some(number)) = (figure, self.per) {
            figure = Figure::Amount(average(amount, number));
        }
        if let (Figure::Amount(amount), Some(multiple)) = (figure, self.rounded_to) {
            let times = average(amount, multiple.fen()).fen();
            figure = Figure::Amount(Money::from_fen(times * multiple.fen()));
        }
        figure
    }
}

/// The published figures beside those of a ledger, whose events are taken in one by one.
pub struct Comparison {
    /// The places, with what they run and do not run.
    pub places: Vec<Place>,
    // In the order of the places' records and figures.
    tallies: Vec<Tally>,
    sums: Vec<(Unreconciled, Tally)>,
}

/// One line of the comparison.
pub struct Row<'a> {
    /// Where.
    pub place: &'a Place,
    /// The record that it stands in.
    pub record: &'a Record,
    /// What is published.
    pub published: &'a Published,
    /// The day for which it is true.
    pub as_of: Date,
    /// What the ledger says.
    pub ledger: Figure,
    /// The ledger's figure less the published one.
    pub difference: Figure,
}

/// A sum that does not come out, and what the ledger has of it.
pub struct SumRow<'a> {
    /// The sum.
    pub sum: &'a Unreconciled,
    /// What the ledger has, and whether that is what it must have.
    pub ledger: Option<(Figure, bool)>,
}

fn figures(places: &[Place]) -> impl Iterator<Item = (&Place, &Record, &Published)> {
    let records = places.iter().flat_map(|place| place.record.iter().map(move |one| (place, one)));
    records.flat_map(|(place, record)| {
        record.figure.iter().map(move |published| (place, record, published))
    })
}

impl Comparison {
    /// A comparison with an empty ledger.
    ///
    /// # Errors
    /// When a data file cannot be read.
    pub fn new() -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            sum: Vec<Unreconciled>,
        }
        let file: File = toml::from_str(UNRECONCILED).context("demo data of unreconciled sums")?;
        let places = super::places()?;
        let tallies = figures(&places).map(|_| Tally::default()).collect();
        let sums = file.sum.into_iter().map(|sum| (sum, Tally::default())).collect();
        Ok(Self { places, tallies, sums })
    }

    /// Takes an event of the ledger in; those of the whole log must come, in any order.
    pub fn take(&mut self, effective_on: Date, event: &Event) {
        let entry: Entry = event.entry();
        for ((_, record, published), tally) in figures(&self.places).zip(&mut self.tallies) {
            if effective_on <= published.as_of.unwrap_or(record.as_of) {
                published.measure.take(event, &entry, published.figure, tally);
            }
        }
        for (sum, tally) in &mut self.sums {
            if let Some(held) = sum.ledger.as_ref().filter(|held| effective_on <= held.as_of) {
                held.measure.take(event, &entry, held.figure, tally);
            }
        }
    }

    /// The lines, in the order of the published figures.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        figures(&self.places).zip(&self.tallies).map(|((place, record, published), tally)| {
            let ledger = published.own(tally);
            let difference = ledger.less(published.figure);
            let as_of = published.as_of.unwrap_or(record.as_of);
            Row { place, record, published, as_of, ledger, difference }
        })
    }

    /// The sums that do not come out.
    pub fn sums(&self) -> impl Iterator<Item = SumRow<'_>> {
        self.sums.iter().map(|(sum, tally)| {
            let ledger = sum.ledger.as_ref().map(|held| {
                let figure = held.measure.figure(tally, held.figure);
                (figure, figure == held.figure)
            });
            SumRow { sum, ledger }
        })
    }

    /// The records that are not run.
    pub fn not_run(&self) -> impl Iterator<Item = (&Place, &NotRun)> {
        self.places.iter().flat_map(|place| place.not_money.iter().map(move |one| (place, one)))
    }
}

#[cfg(test)]
mod tests;
