//! Wage cases: filed, coordinated, recovered in parts, paid by worker.

use serde_json::json;

use crate::support::arrears::*;
use crate::support::world::*;
use crate::support::{Ledger, given, yuan};

fn filed() -> Ledger {
    given([file("W-1", &[(1, "100.00"), (2, "50.00")], "150.00")])
}

#[test]
fn a_case_is_recovered_in_parts_held_and_paid_by_worker() {
    let ledger = given([])
        .when(file("W-1", &[(1, "100.00"), (2, "50.00")], "150.00"))
        .then([(
            "wage_arrears.filed.v1",
            json!({
                "case": "W-1", "employer": person(900), "workers": 2,
                "claims": [
                    {"worker": person(1), "amount": "100.00"},
                    {"worker": person(2), "amount": "50.00"},
                ],
                "total": "150.00", "document": "complaint 1",
            }),
        )])
        .posts(&[
            ("memo:wage_arrears", "-/-/-", "150.00"),
            ("memo_contra:wage_arrears", "-/-/-", "-150.00"),
        ]);
    let ledger = ledger.when(coordinate("W-1")).accepted().posts(&[]);
    let ledger = ledger.when(recover_wages("W-1", "90.00")).accepted().posts(&[
        ("memo:wages_held", "-/-/-", "90.00"),
        ("memo_contra:wages_held", "-/-/-", "-90.00"),
        ("memo_contra:wage_arrears", "-/-/-", "90.00"),
        ("memo:wage_arrears", "-/-/-", "-90.00"),
    ]);
    let ledger = ledger.when(pay_wages("W-1", &[(1, "70.00")], "70.00")).accepted().posts(&[
        ("memo_contra:wages_held", "-/-/-", "70.00"),
        ("memo:wages_held", "-/-/-", "-70.00"),
    ]);
    assert_eq!(ledger.balance("memo:wages_held", "-/-/-"), yuan("20.00"));
    assert_eq!(ledger.balance("memo:wage_arrears", "-/-/-"), yuan("60.00"));
    let ledger = ledger.and([
        recover_wages("W-1", "60.00"),
        pay_wages("W-1", &[(1, "30.00"), (2, "50.00")], "80.00"),
    ]);
    let case = &ledger.state.wage_cases[&"W-1".parse().unwrap()];
    assert!(case.unpaid.is_empty());
    assert_eq!((case.held, case.open()), (yuan("0.00"), yuan("0.00")));
}

#[test]
fn no_worker_is_paid_more_than_claimed_and_no_case_more_than_held() {
    let ledger = filed().and([recover_wages("W-1", "120.00")]);
    ledger.when(pay_wages("W-1", &[(2, "50.01")], "50.01")).refused_as("lines_refused");
    ledger.when(pay_wages("W-1", &[(3, "1.00")], "1.00")).refused_as("lines_refused");
    ledger
        .when(pay_wages("W-1", &[(1, "100.00"), (2, "50.00")], "150.00"))
        .refused_as("wages_not_held");
    ledger.when(pay_wages("W-1", &[(1, "1.00")], "2.00")).refused_as("batch_total_differs");
    let ledger = ledger.and([pay_wages("W-1", &[(2, "50.00")], "50.00")]);
    ledger.when(pay_wages("W-1", &[(2, "0.01")], "0.01")).refused_as("lines_refused");
}

#[test]
fn of_two_wrong_things_the_one_of_the_earlier_stage_is_named() {
    let ledger = filed().and([recover_wages("W-1", "120.00")]);
    let mut early = pay_wages("W-1", &[(2, "50.01")], "50.01");
    early.effective_on = "2024-03-09".parse().unwrap();
    ledger.when(early).refused_as("before_original");
    let mut early = pay_wages("W-1", &[(2, "0.00")], "0.00");
    early.effective_on = "2024-03-09".parse().unwrap();
    ledger.when(early).refused_as("lines_refused");
}

#[test]
fn nothing_is_recorded_before_the_case_was_filed() {
    let ledger = filed();
    for command in [recover_wages("W-1", "1.00"), coordinate("W-1")] {
        let mut early = command;
        early.effective_on = "2024-01-09".parse().unwrap();
        ledger.when(early).refused_as("before_original");
    }
}

#[test]
fn records_of_a_case_are_reversed_last_first() {
    let one = filed();
    let two = one.clone().and([recover_wages("W-1", "150.00")]);
    let three = two.clone().and([pay_wages("W-1", &[(1, "100.00"), (2, "50.00")], "150.00")]);
    three.when(reverse(one.position())).refused_as("reverse_later_first");
    three.when(reverse(two.position())).refused_as("reverse_later_first");
    let back = three.clone().and([reverse(three.position())]);
    assert_eq!(back.state.wage_cases, two.state.wage_cases);
    let back = back.and([reverse(two.position())]);
    assert_eq!(back.state.wage_cases, one.state.wage_cases);
    let back = back.and([reverse(one.position())]);
    assert!(back.state.wage_cases.is_empty());
    assert_eq!(back.balances(), given([]).balances());
    back.and([file("W-1", &[(1, "9.00")], "9.00")]);
}

/// Seed S3-12: 38.04 million for 2,253 workers, 16,884.15 each on average; the last gets the rest of the division.
#[test]
fn the_published_recovery_is_paid_to_the_fen() {
    let mut parts = vec!["16884.15"; 2_252];
    let rest = yuan("38040000.00") - parts.iter().map(|part| yuan(part)).sum();
    let rest = rest.to_string();
    parts.push(&rest);
    let lines: Vec<(u32, &str)> = (1..).zip(parts).collect();
    let ledger = given([
        file("W-1", &lines, "38040000.00"),
        recover_wages("W-1", "38040000.00"),
        pay_wages("W-1", &lines, "38040000.00"),
    ]);
    assert_eq!(ledger.balance("memo:wages_held", "-/-/-"), yuan("0.00"));
    assert_eq!(ledger.balance("memo:wage_arrears", "-/-/-"), yuan("0.00"));
}
