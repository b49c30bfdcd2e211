//! Rosters: all lines or none, one treasury payment, lines paid and returned one by one.

use serde_json::json;

use crate::support::world::*;
use crate::support::{command, written, yuan};

#[test]
fn a_roster_is_approved_line_by_line_and_as_a_whole() {
    let lines = [(1, 11, "500.00"), (2, 12, "250.50")];
    let then = funded().when(roster("B-1", "2024-05", &lines, "750.50")).accepted();
    let kinds: Vec<_> = then.events.iter().map(almoner_domain::event::Event::kind).collect();
    assert_eq!(kinds, ["subsidy.approved.v1", "subsidy.approved.v1", "subsidy_batch.approved.v1"]);
    assert_eq!(
        written(&then.events[1]).1,
        json!({
            "subsidy": "B-1.2", "batch": "B-1", "programme": "help", "version": 1,
            "beneficiary": person(2), "household": person(12), "year": 2024, "period": "2024-05",
            "amount": "250.50", "fund": "aid", "shares": [{"source": "union", "amount": "250.50"}],
        })
    );
    assert_eq!(
        written(&then.events[2]).1,
        json!({
            "batch": "B-1", "programme": "help", "period": "2024-05", "lines": 2, "total": "750.50",
            "document": "notice 1",
        })
    );
    let ledger = then.posts(&[
        ("memo:commitment", "aid/union/help", "500.00"),
        ("memo_contra:commitment", "aid/union/help", "-500.00"),
        ("memo:commitment", "aid/union/help", "250.50"),
        ("memo_contra:commitment", "aid/union/help", "-250.50"),
    ]);
    let paid = ledger.when(pay_roster("B-1", "750.50")).accepted();
    let kinds: Vec<_> = paid.events.iter().map(almoner_domain::event::Event::kind).collect();
    assert_eq!(kinds, ["subsidy.paid.v1", "subsidy.paid.v1", "subsidy_batch.paid.v1"]);
    assert_eq!(
        written(&paid.events[2]).1,
        json!({"batch": "B-1", "programme": "help", "lines": 2, "total": "750.50", "document": "order 1"})
    );
    assert_eq!(paid.ledger.balance("expenses:subsidy", "aid/union/help"), yuan("750.50"));
    assert_eq!(paid.ledger.balance("memo:commitment", "aid/union/help"), yuan("0.00"));
    assert!(paid.ledger.state.subsidies.is_empty());
    assert!(paid.ledger.state.batches.is_empty());
}

#[test]
fn caps_count_the_lines_of_the_same_roster() {
    let ledger = funded().and([grant_of("S-1", "help", (9, 11), "old", "400.00")]);
    // Household 11 has 1,600.00 left: the fourth line of 500.00 passes it, one of 100.00 fits.
    let line = |beneficiary, amount: &'static str| (beneficiary, 11, amount);
    let lines = [
        line(1, "500.00"),
        line(2, "500.00"),
        line(3, "500.00"),
        line(4, "500.00"),
        line(5, "100.00"),
    ];
    let refused = ledger.when(roster("B-1", "p", &lines, "2100.00")).refused_lines();
    let [(4, refusal)] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!(refusal.code(), "household_over_cap");
    let figures = refusal.figures();
    assert_eq!(figures[4], ("used", "1900.00".to_owned()));
    assert_eq!(figures[6], ("left", "100.00".to_owned()));
    let fitting: Vec<_> = lines.into_iter().filter(|line| line.0 != 4).collect();
    ledger.when(roster("B-1", "p", &fitting, "1600.00")).accepted();
}

#[test]
fn a_person_stands_once_in_a_roster() {
    let lines = [(1, 11, "1.00"), (2, 12, "1.00"), (1, 13, "1.00")];
    let refused = funded().when(roster("B-1", "p", &lines, "3.00")).refused_lines();
    assert_eq!(refused[0].0, 3);
    assert_eq!(refused[0].1.code(), "subsidy_paid_already");
}

#[test]
fn lines_paid_or_withdrawn_alone_leave_the_rest_to_the_roster() {
    let lines = [(1, 11, "1.00"), (2, 12, "2.00"), (3, 13, "4.00")];
    let ledger =
        funded().and([roster("B-1", "p", &lines, "7.00"), pay("B-1.1"), withdraw("B-1.3")]);
    ledger.when(pay_roster("B-1", "7.00")).refused_as("batch_total_differs");
    let paid = ledger.when(pay_roster("B-1", "2.00")).accepted();
    assert_eq!(written(&paid.events[1]).1["lines"], 1);
    let alone = ledger.and([pay("B-1.2")]);
    alone.when(pay_roster("B-1", "2.00")).refused_as("unknown_batch");
}

#[test]
fn a_line_reversed_waits_in_its_roster_again() {
    let lines = [(1, 11, "1.00"), (2, 12, "2.00")];
    let ledger = funded().and([roster("B-1", "p", &lines, "3.00"), pay_roster("B-1", "3.00")]);
    let second = ledger.position() - 1;
    let ledger = ledger.and([reverse(second)]);
    ledger.when(pay_roster("B-1", "2.00")).accepted();
    ledger.when(pay("B-1.2")).accepted();
    ledger.when(pay("B-1.1")).refused_as("unknown_subsidy");
    ledger.when(roster("B-1", "q", &lines, "3.00")).refused_as("already_exists");
}

#[test]
fn lines_are_paid_in_the_order_of_the_roster() {
    let lines: Vec<_> = (1..=11).map(|number| (number, number, "1.00")).collect();
    let ledger = funded().and([roster("B-1", "p", &lines, "11.00")]);
    let paid = ledger.when(pay_roster("B-1", "11.00")).accepted();
    let names: Vec<String> = paid.events[..11]
        .iter()
        .map(|event| written(event).1["grant"]["subsidy"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<String> = (1..=11).map(|number| format!("B-1.{number}")).collect();
    assert_eq!(names, expected);
}

#[test]
fn a_roster_needs_a_subsidy_programme_in_force() {
    let data = |programme: &str| {
        json!({
            "batch": "B", "programme": programme, "period": "p", "total": "1.00", "document": "d",
            "lines": [{"beneficiary": person(1), "household": person(1), "amount": "1.00"}],
        })
    };
    let approve = |on: &str, programme: &str| command("subsidy_batch.approve", on, data(programme));
    funded().when(approve("2024-01-01", "bank")).refused_as("wrong_programme_kind");
    funded().when(approve("2024-01-01", "none")).refused_as("unknown_programme");
    funded().when(approve("2019-12-31", "help")).refused_as("no_version_in_force");
}
