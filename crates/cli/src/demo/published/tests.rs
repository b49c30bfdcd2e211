//! The data files against the seed facts, where these lie beside the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::*;

/// The seed facts; `None` where the project is built without them.
fn facts() -> Option<Value> {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/domain/seed_facts.json");
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(error) => {
            println!("skipped: {} cannot be read: {error}", path.display());
            None
        }
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a Vec<Value> {
    value[field].as_array().unwrap()
}

#[test]
fn every_record_of_the_seed_facts_is_run_or_named_as_not_money_exactly_once() {
    let comparison = Comparison::new().unwrap();
    let run = comparison.places.iter().flat_map(|place| &place.record).map(|one| &one.seed);
    let not_run = comparison.not_run().map(|(_, one)| &one.seed);
    let ours: Vec<&String> = run.chain(not_run).collect();
    let once: BTreeSet<&str> = ours.iter().map(|seed| seed.as_str()).collect();
    assert_eq!(once.len(), ours.len(), "a record is named twice");
    assert_eq!(once.len(), 105);

    let Some(facts) = facts() else { return };
    let theirs = list(&facts, "records").iter().map(|record| text(record, "id")).collect();
    assert_eq!(once, theirs);
}

#[test]
fn published_figures_are_those_of_the_seed_facts_and_none_is_left_out() {
    let comparison = Comparison::new().unwrap();
    let Some(facts) = facts() else { return };
    let records: BTreeMap<&str, &Value> =
        list(&facts, "records").iter().map(|record| (text(record, "id"), record)).collect();
    for record in comparison.places.iter().flat_map(|place| &place.record) {
        let figures = list(records[record.seed.as_str()], "figures");
        let mut named = Vec::new();
        for published in &record.figure {
            let told = format!("{}: {}", record.seed, published.what);
            let Some(name) = &published.name else {
                assert!(matches!(published.status, Status::Derived | Status::Example), "{told}");
                continue;
            };
            named.push(name.as_str());
            let fact = figures.iter().find(|fact| text(fact, "name") == name);
            let fact = fact.unwrap_or_else(|| panic!("{told} is not in the facts"));
            let figure = match published.figure {
                Figure::Amount(amount) => {
                    assert_eq!(fact["unit"], Value::Null, "{told}");
                    amount == yuan(text(fact, "amount_yuan"))
                }
                Figure::Count(number) => text(fact, "value") == number.to_string(),
                Figure::Percent(number) => {
                    assert!(text(fact, "unit").starts_with("percent"), "{told}");
                    text(fact, "value") == number.to_string()
                }
                Figure::Fraction { parts, of } => {
                    assert_eq!(text(fact, "unit"), "fraction", "{told}");
                    // The facts cut it off after ten places.
                    text(fact, "value") == format!("0.{:010}", parts * 10_000_000_000 / of)
                }
            };
            assert!(figure, "{told} is {} in the data and {fact} in the facts", published.figure);
            assert_eq!(text(fact, "status"), published.status.as_str(), "{told}");
            let printed = text(fact, "as_printed").to_lowercase();
            let at_least = printed.contains("more than") || printed.contains("exceeded");
            assert_eq!(published.at_least, at_least, "{told}");
        }
        for name in &record.beside {
            let fact = figures.iter().find(|fact| text(fact, "name") == name).unwrap();
            let is_money = fact.get("amount_yuan").is_some();
            assert!(!is_money || record.partly.is_some(), "{}: {name} is money", record.seed);
        }
        named.extend(record.beside.iter().map(String::as_str));
        let all: Vec<&str> = figures.iter().map(|fact| text(fact, "name")).collect();
        assert_eq!(sorted(named), sorted(all), "{}", record.seed);
    }
}

#[test]
fn the_thirteen_sums_that_do_not_come_out_are_those_of_the_checks() {
    let comparison = Comparison::new().unwrap();
    assert_eq!(comparison.sums().count(), 13);
    let Some(facts) = facts() else { return };
    let ours = comparison.sums().map(|row| {
        let Unreconciled { check, left, right, difference, .. } = row.sum;
        [check, left, right, difference].map(String::as_str)
    });
    let checks = list(&facts, "checks").iter();
    let theirs = checks
        .filter(|check| text(check, "status") == "does_not_reconcile")
        .map(|check| ["id", "left", "right", "difference"].map(|field| text(check, field)));
    assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
    let ids: BTreeSet<&str> =
        list(&facts, "records").iter().map(|record| text(record, "id")).collect();
    for seed in comparison.sums().flat_map(|row| &row.sum.seeds) {
        assert!(ids.contains(seed.as_str()), "{seed}");
    }
}

fn yuan(text: &str) -> Money {
    let text = if text.contains('.') { text.to_owned() } else { format!("{text}.00") };
    text.parse().unwrap()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}
