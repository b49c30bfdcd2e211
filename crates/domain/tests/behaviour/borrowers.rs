//! Who may borrow: heads of partnerships, loans in a lifetime, spouses, joint groups.

use almoner_domain::command::Command;
use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{Ledger, command};

/// `plain` with 110,000.00 a head up to 300,000.00, and what is asked of borrowers.
pub fn asking(borrowers: Value) -> Ledger {
    let mut version = plain();
    version["version"] = json!(2);
    let terms = loan_terms(&mut version);
    terms.insert("borrowers".into(), borrowers);
    terms["categories"].as_array_mut().unwrap().push(json!({
        "category": "partners", "name": "合伙创业", "minimum": "10000.00", "maximum": "300000.00",
        "per_head": "110000.00",
    }));
    funded().and([publish("2020-01-01", version)])
}

/// An application of a person for 12,000.00 for a year, with more.
pub fn apply_with(loan: &str, borrower: u32, more: Value) -> Command {
    let mut data = json!({
        "loan": loan, "programme": "plain", "category": "store", "borrower": person(borrower),
        "bank": "icbc", "amount": "12000.00", "months": 12,
    });
    for (field, value) in more.as_object().unwrap() {
        data[field] = value.clone();
    }
    command("loan.apply", "2023-06-01", data)
}

/// Applied for, approved, and lent as one amount.
pub fn lend_to(loan: &str, borrower: u32, on: &str) -> Vec<Command> {
    vec![
        apply_with(loan, borrower, json!({})),
        approve(loan, "12000.00", "0.06", "bullet"),
        disburse(loan, on, 12),
    ]
}

pub fn partners(heads: u32, amount: &str) -> Command {
    apply_with("P-1", 1, json!({"category": "partners", "heads": heads, "amount": amount}))
}

pub fn group(borrower: u32, others: &[u32]) -> Command {
    let mut group = apply_with(
        "G-1",
        borrower,
        json!({"joint_group": others.iter().map(|other| person(*other)).collect::<Vec<_>>()}),
    );
    group.effective_on = "2024-08-01".parse().unwrap();
    group
}

#[test]
fn a_partnership_is_lent_so_much_for_each_head_up_to_the_maximum() {
    let ledger = asking(json!({}));
    let data = ledger.when(partners(2, "220000.00")).accepted().data();
    assert_eq!(data["heads"], 2);
    ledger.when(partners(2, "220000.01")).refused_as("loan_outside_band");
    ledger.when(partners(3, "300000.00")).accepted();
    ledger.when(partners(3, "300000.01")).refused_as("loan_outside_band");
    ledger.when(partners(0, "10000.00")).refused_as("terms_invalid");
    let counted = apply_with("L-1", 1, json!({"heads": 2}));
    ledger.when(counted).refused_as("terms_invalid");
    let mut version = plain();
    version["version"] = json!(3);
    loan_terms(&mut version)["categories"][0]["per_head"] = json!("0.00");
    ledger.when(publish("2020-01-01", version)).refused_as("terms_invalid");
}

#[test]
fn loans_are_counted_for_life_when_they_are_lent() {
    let ledger = asking(json!({"loans": 2})).and(lend_to("L-1", 1, "2023-06-05"));
    let who = person(1).parse().unwrap();
    assert_eq!(ledger.state.lent_loans(who), 1);
    // Two may wait; the third is not lent.
    let ledger = ledger.and(lend_to("L-2", 1, "2023-06-05"));
    ledger.when(apply_with("L-3", 1, json!({}))).refused_as("loans_over_lifetime");
    ledger.when(apply_with("L-3", 2, json!({}))).accepted();
    let back = ledger.clone().and([reverse_on("2023-06-05", ledger.position())]);
    assert_eq!(back.state.lent_loans(who), 1);
    let waiting = back
        .and([apply_with("L-3", 1, json!({})), approve("L-3", "12000.00", "0.06", "bullet")])
        .and([disburse("L-2", "2023-06-06", 12)]);
    waiting.when(disburse("L-3", "2023-06-06", 12)).refused_as("loans_over_lifetime");
    // What is repaid counts on.
    let repaid = ledger.and([prepay("L-1", "2023-06-10", "13000.00")]);
    assert_eq!(repaid.state.lent_loans(who), 2);
}

#[test]
fn a_spouse_is_asked_for_by_the_programme() {
    let lent = |terms| asking(terms).and(lend_to("L-1", 2, "2023-06-05"));
    let with_spouse = |spouse: u32| apply_with("L-2", 1, json!({"spouse": person(spouse)}));
    let strict = lent(json!({"spouse": "no_open_loan"}));
    strict.when(with_spouse(2)).refused_as("spouse_has_loan");
    let data = strict.when(with_spouse(3)).accepted().data();
    assert_eq!(data["spouse"], person(3));
    strict.when(with_spouse(1)).refused_as("terms_invalid");
    lent(json!({})).when(with_spouse(2)).accepted();
    // Once it is repaid, it does not stand in the way.
    let repaid = strict.and([prepay("L-1", "2023-06-10", "13000.00")]);
    repaid.when(with_spouse(2)).accepted();
}

#[test]
fn a_spouse_who_was_named_stands_in_the_way_of_the_other() {
    let ledger = asking(json!({"spouse": "no_open_loan"}));
    let (one, two) = (person(1).parse().unwrap(), person(2).parse().unwrap());
    let named = ledger.and([apply_with("L-1", 2, json!({"spouse": person(1)}))]);
    assert_eq!((named.state.loans_of_spouse(one), named.state.loans_of_spouse(two)), (1, 0));
    let apply = || apply_with("L-2", 1, json!({}));
    named.when(apply()).refused_as("lent_to_spouse");
    named.clone().and([cancel("L-1")]).when(apply()).accepted();
    let lent = named.and([approve("L-1", "12000.00", "0.06", "bullet")]);
    let lent = lent.and([disburse("L-1", "2023-06-05", 12)]);
    lent.when(apply()).refused_as("lent_to_spouse");
    let repaid = lent.and([prepay("L-1", "2023-06-10", "13000.00")]);
    repaid.when(apply()).accepted();
    // A payment that is reversed opens the loan again.
    let back = repaid.clone().and([reverse_on("2023-06-10", repaid.position())]);
    back.when(apply()).refused_as("lent_to_spouse");
}

#[test]
fn a_joint_group_has_members_none_of_whom_is_in_arrears() {
    let ledger = asking(json!({"joint_group": {"members": 5}}));
    let data = ledger.when(group(1, &[2, 3, 4, 5])).accepted().data();
    assert_eq!(data["joint_group"], json!([person(2), person(3), person(4), person(5)]));
    for twice in [[2, 3, 4, 4], [1, 2, 3, 4]] {
        ledger.when(group(1, &twice)).refused_as("terms_invalid");
    }
    asking(json!({})).when(group(1, &[2, 3, 4, 5])).refused_as("terms_invalid");
    // Lent under `own`, due on 1 July 2024 and not paid.
    let lent = ledger.and([
        apply_as("L-1", "own", "store", 3, "12000.00", 12),
        approve("L-1", "12000.00", "0.06", "bullet"),
        disburse("L-1", "2023-07-01", 12),
    ]);
    lent.when(group(1, &[2, 3, 4, 5])).refused_as("group_member_in_arrears");
    lent.when(group(3, &[1, 2, 4, 5])).refused_as("group_member_in_arrears");
    lent.when(group(1, &[2, 4, 5, 6])).accepted();
    let paid = lent.and([repay("L-1", "2024-08-01", "12720.00")]);
    paid.when(group(1, &[2, 3, 4, 5])).accepted();
}

#[test]
fn terms_of_borrowers_can_be_met() {
    for borrowers in [json!({"loans": 0}), json!({"joint_group": {"members": 1}})] {
        let mut version = plain();
        version["version"] = json!(2);
        loan_terms(&mut version).insert("borrowers".into(), borrowers);
        empty().when(publish("2020-01-01", version)).refused_as("terms_invalid");
    }
}
