//! What `almoner demo` loads: programmes that reports on re-employment between 2002 and 2024 describe, as
//! commands to a new ledger, and the published figures that its own must equal.
//!
//! The reports give totals. Where a ledger needs single loans, lines and people, they are derived: made
//! so that they sum to the totals exactly, and marked `D` in their names or `derived` in their texts.
//! Each place has a file in `data/` that says what is published and what is derived, holds every record of
//! the seed facts beside the figures of the ledger, and names those that are not money. Nothing is left
//! to chance: the same commands come out every time, pseudonyms included.

mod derived;
mod loans;
mod many;
mod measure;
mod place;
mod premiums;
mod published;
mod receipts;
mod repayments;
mod rosters;
mod steps;
mod wages;

use almoner_domain::command::Command;
use almoner_ledger::Submission;
use anyhow::Context;
use serde::Deserialize;

pub use place::Place;
pub use published::{Comparison, Figure, Row, Said, Status, SumRow};

/// Who gives the commands.
pub const ACTOR: &str = "clerk:demo";

/// The places, in the order in which commands of the same day follow each other.
const PLACES: [(&str, &str); 10] = [
    ("henan", include_str!("demo/data/henan.toml")),
    ("zhumadian", include_str!("demo/data/zhumadian.toml")),
    ("zhengzhou", include_str!("demo/data/zhengzhou.toml")),
    ("kaifeng", include_str!("demo/data/kaifeng.toml")),
    ("xinyang", include_str!("demo/data/xinyang.toml")),
    ("heilongjiang", include_str!("demo/data/heilongjiang.toml")),
    ("shuangyashan", include_str!("demo/data/shuangyashan.toml")),
    ("heihe", include_str!("demo/data/heihe.toml")),
    ("shanxi", include_str!("demo/data/shanxi.toml")),
    ("dingxi", include_str!("demo/data/dingxi.toml")),
];

const REFUSED: &str = include_str!("demo/data/refused.toml");

/// The commands, in the order of their effective dates. They must be submitted to an empty ledger in
/// this order, because returns and reversals name the positions of the records that they refer to.
///
/// # Errors
/// When a data file cannot be read, or its totals cannot be split within its limits.
pub fn submissions() -> anyhow::Result<Vec<Submission>> {
    let mut steps = Vec::new();
    for place in places()? {
        steps.extend(place.steps().with_context(|| format!("demo data of {}", place.place))?);
    }
    steps::in_order(steps)
}

/// The data files.
fn places() -> anyhow::Result<Vec<Place>> {
    let read = |(name, text)| toml::from_str(text).with_context(|| format!("demo data of {name}"));
    PLACES.into_iter().map(read).collect()
}

/// A command that the ledger must refuse once everything else is recorded.
pub struct RefusedExample {
    /// What is tried, and against which published rule.
    pub about: Said,
    /// The code of the refusal.
    pub code: String,
    /// The command.
    pub submission: Submission,
}

/// Commands to submit at the end, each of which a rule or limit forbids.
///
/// # Errors
/// When the data file cannot be read.
pub fn refused_examples() -> anyhow::Result<Vec<RefusedExample>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        example: Vec<Example>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        about: Said,
        code: String,
        command: place::Given,
    }
    let file: File = toml::from_str(REFUSED).context("demo data of refused commands")?;
    let numbered = (1..).zip(file.example);
    let examples = numbered.map(|(number, example)| {
        let Command { effective_on, action } = example.command.read()?;
        let key = format!("demo-refused-{number:02}-{}", action.kind());
        let submission = Submission::new(&key, ACTOR, Command { effective_on, action })?;
        Ok(RefusedExample { about: example.about, code: example.code, submission })
    });
    examples.collect()
}

#[cfg(test)]
mod tests;
