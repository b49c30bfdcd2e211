//! Counter-guarantees: needed before a commitment, kept while the debt lasts, or waived.

use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, command, yuan};

/// 20,000.00 approved under `bank`, which needs counter-guarantees of three tenths.
fn approved() -> Ledger {
    let mut terms = bank();
    terms["version"] = json!(2);
    loan_terms(&mut terms)["guarantee"]["counter_guarantee"] = json!({"share": "0.3"});
    funded().and([
        publish("2023-01-01", terms),
        apply("L-1", "bank", "20000.00", 12),
        approve("L-1", "20000.00", "0.06", "equal_principal"),
    ])
}

#[test]
fn a_commitment_needs_counter_guarantees_of_the_share_or_a_waiver() {
    let ledger = approved();
    let refusal = ledger.when(commit("L-1")).refused_as("counter_guarantee_missing");
    assert_eq!(
        refusal.figures()[1..],
        [("needed", "6000.00".to_owned()), ("registered", "0.00".to_owned()),]
    );
    let ledger = ledger.and([secure("L-1", "H-1", "4000.00")]);
    ledger.when(commit("L-1")).refused_as("counter_guarantee_missing");
    ledger.when(secure("L-1", "H-1", "2000.00")).refused_as("already_exists");
    ledger.clone().and([secure("L-1", "H-2", "2000.00")]).when(commit("L-1")).accepted();
    ledger.clone().and([waive("L-1")]).when(commit("L-1")).accepted();
    // Before the commitment nothing is owed, and what was given can go back.
    let ledger = ledger.and([release("L-1", "H-1", "4000.00")]);
    ledger.when(release("L-1", "H-1", "0.01")).refused_as("unknown_counter_guarantee");
    ledger.when(secure("L-1", "H-1", "1.00")).refused_as("already_exists");
}

#[test]
fn it_is_released_in_parts_as_the_debt_is_covered() {
    let ledger = approved()
        .and([secure("L-1", "H-1", "4000.00"), secure("L-1", "H-2", "3000.00"), commit("L-1")])
        .and([disburse("L-1", "2023-06-20", 3)]);
    let then = ledger.when(release("L-1", "H-1", "1000.00")).accepted();
    assert_eq!(
        (then.data()["left"].clone(), then.events[0].entry().postings().len()),
        ("3000.00".into(), 0)
    );
    let refusal = then.ledger.when(release("L-1", "H-2", "0.01")).refused_as("release_uncovers");
    assert_eq!(
        refusal.figures()[2..],
        [("registered", "6000.00".to_owned()), ("needed", "6000.00".to_owned()),]
    );
    ledger.when(release("L-1", "H-2", "3000.01")).refused_as("release_over_value");
    // 5,000.00 repaid: three tenths of the rest are 4,500.00.
    let repaid = then.ledger.and([repay("L-1", "2023-09-20", "5306.67")]);
    assert_eq!(repaid.balance("memo:bank_loan", "-/-/bank"), yuan("15000.00"));
    let left = repaid.and([release("L-1", "H-2", "1500.00")]);
    left.when(release("L-1", "H-2", "0.01")).refused_as("release_uncovers");
}

#[test]
fn what_was_compensated_is_covered_until_it_is_recovered() {
    let ledger = approved()
        .and([receive_for("guard", "city", "20000.00", Some("bank"))])
        .and([secure("L-1", "H-1", "6000.00"), commit("L-1"), disburse("L-1", "2023-06-20", 3)])
        .and([compensate("L-1", "2023-12-19", "5000.00", "0.00")]);
    ledger.when(release("L-1", "H-1", "0.01")).refused_as("release_uncovers");
    let ledger = ledger.and([recover("L-1", "2023-12-20", "fund", "5000.00", "0.00")]);
    ledger.when(release("L-1", "H-1", "1500.00")).accepted();
}

#[test]
fn a_settled_loan_is_remembered_until_its_house_is_given_back() {
    let late = |on: &str| {
        let data = json!({"fund": "aid", "source": "city", "amount": "1.00", "document": "late"});
        command("fund.receive", on, data)
    };
    let ledger = approved()
        .and([secure("L-1", "H-1", "6000.00"), commit("L-1"), disburse("L-1", "2023-06-20", 3)])
        .and([prepay("L-1", "2023-06-20", "20000.00"), late("2025-01-01")]);
    assert_eq!(ledger.state.loans.len(), 1);
    let ledger = ledger.and([release("L-1", "H-1", "6000.00")]);
    assert!(ledger.state.loans.is_empty() && ledger.state.counter_guarantees.is_empty());
    ledger.when(release("L-1", "H-1", "1.00")).refused_as("loan_closed");
}

#[test]
fn somebody_gives_it_and_the_programme_is_guaranteed() {
    let with = |loan: &str, guarantors: Vec<String>| {
        let data = json!({
            "counter_guarantee": "J-1", "kind": "joint_guarantee", "guarantors": guarantors,
            "value": "1.00", "registration": "contract 7",
        });
        on_loan("counter_guarantee.register", loan, "2023-06-02", data)
    };
    let ledger = approved().and([apply_as("L-2", "plain", "store", 2, "5000.00", 12)]);
    let group: Vec<String> = (1..=5).map(person).collect();
    let then = ledger.when(with("L-1", group.clone())).accepted();
    assert_eq!(then.data()["guarantors"], json!(group));
    assert_eq!(then.events[0].subject(), "loan/L-1");
    ledger.when(with("L-1", vec![])).refused_as("terms_invalid");
    ledger.when(with("L-1", (1..=51).map(person).collect())).refused_as("terms_invalid");
    ledger.when(with("L-2", group)).refused_as("no_guarantee");
    ledger.when(waive("L-2")).refused_as("no_guarantee");
}

#[test]
fn of_a_cancelled_loan_nothing_is_kept() {
    let ledger = approved().and([secure("L-1", "H-1", "4000.00"), cancel("L-1")]);
    assert!(ledger.state.counter_guarantees.is_empty());
    ledger.when(waive("L-1")).refused_as("loan_closed");
}
