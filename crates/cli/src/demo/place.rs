//! The data file of a place: commands as they stand, what is derived around them, and what is published.

use std::collections::BTreeMap;

use almoner_domain::command::{Action, Command};
use almoner_domain::id::Id;
use almoner_domain::programme::{LoanTerms, Terms};
use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use super::derived::named;
use super::loans::LoanLines;
use super::many::{Certificates, HandOuts};
use super::premiums::PremiumLines;
use super::published::{NotRun, Record};
use super::receipts::Receipts;
use super::rosters::Roster;
use super::steps::{Step, What};
use super::wages::WageCases;

/// The data file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its name in keys; programmes and funds that belong to it begin with it.
    pub place: Id,
    /// Its name in English.
    pub name: String,
    /// Its name in Chinese.
    pub zh: String,
    /// What the names of its derived loans and claims begin with.
    prefix: String,
    /// Commands as they stand.
    #[serde(default)]
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
    /// Certificates of many holders.
    #[serde(default)]
    certificates: Vec<Certificates>,
    /// Gifts in kind that many get.
    #[serde(default)]
    hand_outs: Vec<HandOuts>,
    /// Wage cases.
    #[serde(default)]
    wages: Vec<WageCases>,
    /// Premium arrears of enterprises.
    #[serde(default)]
    premiums: Vec<PremiumLines>,
    /// The records of the seed facts that these commands run.
    #[serde(default)]
    pub record: Vec<Record>,
    /// The records of which there is nothing to run.
    #[serde(default)]
    pub not_money: Vec<NotRun>,
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

impl Place {
    /// Everything that happens in the place; what happens on one day stands in its order.
    pub fn steps(&self) -> anyhow::Result<Vec<Step>> {
        let place = self.place.as_str();
        let mut steps = Vec::new();
        let mut loan_terms: BTreeMap<Id, LoanTerms> = BTreeMap::new();
        for (number, given) in (1..).zip(&self.command) {
            let Command { effective_on, action } = given.read()?;
            if let Action::ProgrammePublish(version) = &action
                && let Terms::Loan(terms) = &version.terms
            {
                loan_terms.insert(version.programme.clone(), terms.clone());
            }
            let key = format!("demo-{place}-{number:02}-{}", action.kind());
            steps.push(Step { key, on: effective_on, what: What::Command(action) });
        }
        for receipts in &self.receipts {
            steps.extend(receipts.steps(place)?);
        }
        let mut first = 1;
        for (group, lines) in (1..).zip(&self.loans) {
            let terms = loan_terms.get(&lines.programme);
            let terms = terms.with_context(|| format!("{} lends nothing", lines.programme))?;
            steps.extend(lines.steps(place, &self.prefix, terms, first, group)?);
            first += lines.amounts.lines;
        }
        for roster in &self.rosters {
            steps.extend(roster.steps(place)?);
        }
        for certificates in &self.certificates {
            steps.extend(certificates.steps(place)?);
        }
        for hand_outs in &self.hand_outs {
            steps.extend(hand_outs.steps(place)?);
        }
        for cases in &self.wages {
            steps.extend(cases.steps(place)?);
        }
        for lines in &self.premiums {
            steps.extend(lines.steps(place)?);
        }
        Ok(steps)
    }
}

fn fill_in_pseudonyms(value: &mut Value) -> anyhow::Result<()> {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("pseudonym:") {
                *text = named(name)?.to_string();
            }
        }
        Value::Array(values) => values.iter_mut().try_for_each(fill_in_pseudonyms)?,
        Value::Object(fields) => fields.values_mut().try_for_each(fill_in_pseudonyms)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}
