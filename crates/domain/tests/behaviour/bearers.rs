//! Who bears a subsidy: sources of a fund by weights, as enterprise, finance and society by thirds.

use serde_json::{Value, json};

use crate::support::Ledger;
use crate::support::world::*;

/// A fund with money of three sources for a programme that each bears a third of.
fn thirds(money: [&str; 3]) -> Ledger {
    let bearer = |source: &str| match source {
        "city" => json!({"source": source, "weight": 1, "takes_over": true}),
        _ => json!({"source": source, "weight": 1}),
    };
    let borne_by: Vec<Value> = ["firm", "city", "public"].map(bearer).into();
    let version = subsidy_version("living", json!({"fund": "centre", "borne_by": borne_by}));
    let sources = ["firm", "city", "public"];
    empty().and([open("centre", &sources, None), publish("2020-01-01", version)]).and(
        sources
            .into_iter()
            .zip(money)
            .filter(|(_, amount)| *amount != "0.00")
            .map(|(source, amount)| receive_for("centre", source, amount, Some("living"))),
    )
}

fn shares(ledger: &Ledger, amount: &str) -> Vec<(String, String)> {
    let then = ledger.when(grant_of("S-1", "living", (1, 1001), "2024-05", amount)).accepted();
    let shares = then.data()["shares"].as_array().unwrap().clone();
    let text = |share: &Value, field: &str| share[field].as_str().unwrap().to_owned();
    shares.iter().map(|share| (text(share, "source"), text(share, "amount"))).collect()
}

fn are(shares: Vec<(String, String)>, expected: &[(&str, &str)]) {
    let shares = shares.iter().map(|(source, amount)| (source.as_str(), amount.as_str()));
    let shares: Vec<_> = shares.collect();
    assert_eq!(shares, expected);
}

#[test]
fn each_bears_its_part_and_the_fen_that_is_left_goes_to_the_first() {
    let ledger = thirds(["500.00", "500.00", "500.00"]);
    let expected = [("firm", "33.34"), ("city", "33.33"), ("public", "33.33")];
    are(shares(&ledger, "100.00"), &expected);
    are(shares(&ledger, "0.01"), &expected.map(|(source, _)| (source, "0.01"))[..1]);
}

#[test]
fn the_source_that_takes_over_bears_what_others_cannot_pay_and_then_the_fund_in_its_order() {
    // The firm has ten yuan of its hundred: finance bears the rest, until it has nothing either.
    let ledger = thirds(["10.00", "500.00", "500.00"]);
    let expected = [("firm", "10.00"), ("city", "190.00"), ("public", "100.00")];
    are(shares(&ledger, "300.00"), &expected);
    let ledger = thirds(["500.00", "500.00", "0.00"]);
    are(shares(&ledger, "300.00"), &[("firm", "100.00"), ("city", "200.00")]);
    let ledger = thirds(["500.00", "120.00", "0.00"]);
    are(shares(&ledger, "300.00"), &[("firm", "180.00"), ("city", "120.00")]);
    let ledger = thirds(["0.00", "500.00", "0.00"]);
    are(shares(&ledger, "300.00"), &[("city", "300.00")]);
    let ledger = thirds(["0.00", "150.00", "500.00"]);
    are(shares(&ledger, "300.00"), &[("city", "150.00"), ("public", "150.00")]);
}

#[test]
fn more_than_all_have_is_refused() {
    let ledger = thirds(["100.00", "100.00", "100.00"]);
    ledger.when(grant_of("S-1", "living", (1, 1001), "p", "300.01")).refused_as("fund_overdrawn");
    let ledger = ledger.and([grant_of("S-1", "living", (1, 1001), "p", "300.00")]);
    assert_eq!(
        ledger.balance("memo:commitment", "centre/firm/living"),
        crate::support::yuan("100.00")
    );
}

#[test]
fn sources_that_are_not_named_bear_what_those_that_are_have_not() {
    let version = subsidy_version("half", json!({"borne_by": [{"source": "city", "weight": 1}]}));
    let ledger = empty().and([
        publish("2020-01-01", version),
        receive_for("aid", "union", "50.00", Some("half")),
        receive_for("aid", "city", "80.00", Some("half")),
    ]);
    let then = ledger.when(grant_of("S-1", "half", (1, 1001), "p", "100.00")).accepted();
    let expected =
        json!([{"source": "city", "amount": "80.00"}, {"source": "union", "amount": "20.00"}]);
    assert_eq!(then.data()["shares"], expected);
}
