//! Guarantees: capacity taken and given back as principal is repaid, to exactly nothing.

use almoner_domain::guarantee_fund::Capacity;
use almoner_domain::money::Money;

use crate::support::world::*;
use crate::support::{Ledger, yuan};

fn capacity(ledger: &Ledger) -> Capacity {
    Capacity::of(&ledger.state, &"guard".parse().unwrap()).unwrap()
}

/// A loan of a borrower approved under `bank`.
fn approved(loan: &str, borrower: u32, amount: &str) -> Vec<almoner_domain::command::Command> {
    vec![
        apply_as(loan, "bank", "store", borrower, amount, 12),
        approve(loan, amount, "0.06", "equal_principal"),
    ]
}

#[test]
fn capacity_is_the_multiplier_of_the_balance_less_liability_and_commitments() {
    let ledger = funded();
    assert_eq!(capacity(&ledger).free(), yuan("50000.00"));
    let ledger = ledger.and(approved("L-1", 1, "20000.00")).and([commit("L-1")]);
    let committed = capacity(&ledger);
    assert_eq!((committed.liability, committed.commitments), (Money::ZERO, yuan("18000.00")));
    assert_eq!(committed.free(), yuan("32000.00"));
    let ledger = ledger.and([disburse("L-1", "2024-01-01", 3)]);
    let live = capacity(&ledger);
    assert_eq!((live.liability, live.commitments), (yuan("18000.00"), Money::ZERO));
    assert_eq!(live.free(), yuan("32000.00"));
    assert_eq!(Capacity::of(&ledger.state, &"aid".parse().unwrap()), None);
}

#[test]
fn the_guarantee_falls_with_the_principal_and_comes_to_exactly_nothing() {
    // 10,000.01 in four parts of 2,500.00 and the rest: 90 % of each balance, rounded half up.
    let ledger = funded()
        .and(approved("L-1", 1, "10000.01"))
        .and([commit("L-1"), disburse("L-1", "2024-01-01", 3)]);
    let liability = |ledger: &Ledger| ledger.balance("memo:guarantee_liability", "guard/-/bank");
    assert_eq!(liability(&ledger), yuan("9000.01"));
    let ledger = ledger.when(repay("L-1", "2024-04-01", "2651.67")).accepted();
    assert_eq!(ledger.data()["guarantee_released"], "2250.00");
    let ledger = ledger.posts(&[
        ("memo_contra:bank_loan", "-/-/bank", "2500.00"),
        ("memo:bank_loan", "-/-/bank", "-2500.00"),
        ("memo_contra:guarantee_liability", "guard/-/bank", "2250.00"),
        ("memo:guarantee_liability", "guard/-/bank", "-2250.00"),
    ]);
    assert_eq!(liability(&ledger), yuan("6750.01"));
    // A payment of interest only releases nothing.
    let ledger = ledger.when(repay("L-1", "2024-04-02", "1.00")).accepted();
    assert_eq!(ledger.data()["guarantee_released"], "0.00");
    let settled = ledger.ledger.and([prepay("L-1", "2024-07-01", "9000.00")]);
    assert_eq!(liability(&settled), Money::ZERO);
    assert_eq!(settled.balance("memo:bank_loan", "-/-/bank"), Money::ZERO);
    assert_eq!(capacity(&settled).free(), yuan("50000.00"));
}

#[test]
fn of_two_commands_that_want_the_last_capacity_the_second_is_refused() {
    let ledger = funded().and(approved("L-1", 1, "55555.55")).and(approved("L-2", 2, "5000.00"));
    ledger.when(commit("L-1")).accepted();
    ledger.when(commit("L-2")).accepted();
    let refusal =
        ledger.clone().and([commit("L-1")]).when(commit("L-2")).refused_as("capacity_exceeded");
    assert_eq!(refusal.figures()[2], ("capacity", "0.00".to_owned()));
    let refusal = ledger.and([commit("L-2")]).when(commit("L-1")).refused_as("capacity_exceeded");
    assert_eq!(refusal.figures()[2], ("capacity", "45500.00".to_owned()));
}

#[test]
fn when_the_fund_falls_what_is_guaranteed_stays_and_nothing_new_is_accepted() {
    let ledger = funded();
    let received = ledger.position();
    let ledger = ledger
        .and([receive_for("guard", "city", "100.00", None)])
        .and(approved("L-1", 1, "20000.00"))
        .and([commit("L-1")])
        .and(approved("L-2", 2, "5000.00"))
        .and([reverse_on("2023-12-31", received)]);
    assert_eq!(capacity(&ledger).free(), yuan("-17500.00"));
    let refusal = ledger.when(commit("L-2")).refused_as("capacity_exceeded");
    assert!(refusal.english().contains("leaves -17500.00"), "{refusal}");
    // What was committed goes on, and comes back.
    let ledger =
        ledger.and([disburse("L-1", "2024-01-01", 12), prepay("L-1", "2024-01-01", "20000.00")]);
    assert_eq!(capacity(&ledger).free(), yuan("500.00"));
}

#[test]
fn a_reversed_repayment_is_guaranteed_again() {
    let ledger = funded()
        .and(approved("L-1", 1, "20000.00"))
        .and([commit("L-1"), disburse("L-1", "2024-01-01", 12)]);
    let ledger = ledger.and([prepay("L-1", "2024-01-01", "20000.00")]);
    let repaid = ledger.position();
    let ledger = ledger.and([reverse(repaid)]);
    assert_eq!(capacity(&ledger).liability, yuan("18000.00"));
}
