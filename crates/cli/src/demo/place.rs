//! The data file of a place: commands as they stand, and what is derived around them.

use std::collections::BTreeMap;

use almoner_domain::command::{Action, Command};
use almoner_domain::id::Id;
use almoner_domain::programme::{LoanTerms, Terms};
use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use super::derived::pseudonym;
use super::loans::LoanLines;
use super::receipts::Receipts;
use super::rosters::Roster;
use super::steps::{Step, What};

/// The data file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Its name in keys.
    place: String,
    /// What the names of its derived loans and claims begin with.
    prefix: String,
    /// Commands as they stand.
    command: Vec<Given>,
    /// Money received from many givers.
    #[serde(default)]
    receipts: Vec<Receipts>,
    /// Loans.
    #[serde(default)]
    loans: Vec<LoanLines>,
    /// Rosters of subsidies.
    #[serde(default)]
    rosters: Vec<Roster>,
}

/// A command as it stands in a data file. A text in its data that begins with `pseudonym:` is a label
/// and a number, `pseudonym:dingxi/graduate/17`, and stands for the pseudonym.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The effective date.
    on: String,
    /// The command name.
    name: String,
    /// Its data.
    data: toml::Table,
}

impl Given {
    /// Reads it as the ledger does.
    pub fn read(&self) -> anyhow::Result<Command> {
        let mut data = serde_json::to_value(&self.data)?;
        fill_in_pseudonyms(&mut data)?;
        Command::read(&self.name, &self.on, &data.to_string())
            .with_context(|| format!("{} of {}", self.name, self.on))
    }
}

/// Everything that happens in a place; what happens on one day stands in its order.
pub fn steps(text: &str) -> anyhow::Result<Vec<Step>> {
    let place: Place = toml::from_str(text)?;
    let mut steps = Vec::new();
    let mut loan_terms: BTreeMap<Id, LoanTerms> = BTreeMap::new();
    for (number, given) in (1..).zip(&place.command) {
        let Command { effective_on, action } = given.read()?;
        if let Action::ProgrammePublish(version) = &action
            && let Terms::Loan(terms) = &version.terms
        {
            loan_terms.insert(version.programme.clone(), terms.clone());
        }
        let key = format!("demo-{}-{number:02}-{}", place.place, action.kind());
        steps.push(Step { key, on: effective_on, what: What::Command(action) });
    }
    for receipts in &place.receipts {
        steps.extend(receipts.steps(&place.place)?);
    }
    let mut first = 1;
    for (group, lines) in (1..).zip(&place.loans) {
        let terms = loan_terms.get(&lines.programme);
        let terms = terms.with_context(|| format!("{} lends nothing", lines.programme))?;
        steps.extend(lines.steps(&place.place, &place.prefix, terms, first, group)?);
        first += lines.amounts.lines;
    }
    for roster in &place.rosters {
        steps.extend(roster.steps(&place.place)?);
    }
    Ok(steps)
}

fn fill_in_pseudonyms(value: &mut Value) -> anyhow::Result<()> {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("pseudonym:") {
                let (label, number) = name.rsplit_once('/').context("a pseudonym has no number")?;
                *text = pseudonym(label, number.parse()?).to_string();
            }
        }
        Value::Array(values) => values.iter_mut().try_for_each(fill_in_pseudonyms)?,
        Value::Object(fields) => fields.values_mut().try_for_each(fill_in_pseudonyms)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}
