//! What payments leave outstanding, and since when a loan is overdue, as Apache Fineract tells it. The cases are data
//! from its tests (Apache-2.0), of loans without interest.

use std::path::PathBuf;

use almoner_domain::arrears::standing;
use almoner_domain::command::Command;
use almoner_domain::date::Date;
use almoner_domain::loan::{Active, Stage};
use almoner_domain::money::Money;
use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{Ledger, command, date, yuan};

/// The cases that hold payments or delinquency of one instalment. Others pay a part down at disbursement.
const CASES: [&str; 14] = [
    "COB-53",
    "COB-78",
    "InlineCOB-5",
    "Loan-404",
    "Loan-439",
    "Loan-516",
    "Loan-553",
    "Loan-586",
    "Loan-619",
    "Loan-701",
    "Loan-815",
    "Loan-849",
    "Loan-866",
    "LoanCBR-52",
];

/// A loan becomes delinquent three days after its due day there.
const GRACE_DAYS: i32 = 3;

#[test]
fn payments_leave_what_they_leave_there() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/fineract_loans.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: the Fineract cases are not here ({})", path.display());
        return;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    for id in CASES {
        let case = file["cases"].as_array().unwrap().iter().find(|case| case["id"] == id);
        let case = case.unwrap_or_else(|| panic!("{id} is no case"));
        assert!(held(id, &case["timeline"]) > 0, "{id} says nothing");
    }
}

#[test]
fn one_of_the_cases_kept_here() {
    let timeline = json!([
        {"op": "disburse", "date": "2023-01-01", "amount": "1000.00"},
        {"op": "repay", "type": "REPAYMENT", "date": "2023-01-03", "amount": "450.00"},
        {"op": "repay", "type": "REPAYMENT", "date": "2023-01-05", "amount": "250.00"},
        {"op": "expect_outstanding", "amount": "300.00"},
        {"op": "repay", "type": "REPAYMENT", "date": "2023-01-02", "amount": "400.00"},
        {"op": "expect_outstanding", "amount": "0.00"},
        {"op": "expect_overpaid", "amount": "100.00"},
    ]);
    assert_eq!(held("Loan-439", &timeline), 3);
}

/// Plays a case; how many of its figures were held.
fn held(id: &str, timeline: &Value) -> usize {
    let (mut base, mut today) = (funded(), date("2022-01-01"));
    let mut payments: Vec<(Date, String)> = Vec::new();
    let mut refunds: Vec<Command> = Vec::new();
    let mut held = 0;
    for step in timeline.as_array().unwrap() {
        if let Some(day) = step["date"].as_str() {
            today = date(day);
        }
        let amount = step["amount"].as_str().unwrap_or_default();
        // What is recorded late is recorded by reversing what came after it: the ledger is then as if all had been
        // recorded in turn.
        let mut in_turn = payments.clone();
        in_turn.sort_by_key(|(on, _)| *on);
        let in_turn = in_turn.iter().map(|(on, amount)| repay("L-1", &on.to_string(), amount));
        let now = || base.clone().and(in_turn.clone()).and(refunds.clone());
        match step["op"].as_str().unwrap() {
            "disburse" => base = base.and(lend_for_thirty_days(amount, today)),
            "repay" => payments.push((today, amount.to_owned())),
            "undo" => {
                let which = payments.iter().position(|(on, _)| *on == today).unwrap();
                payments.remove(which);
            }
            "credit_balance_refund" => refunds.push(refund("L-1", &today.to_string(), amount)),
            "expect_outstanding" => {
                let open = active(&now()).open.unpack();
                let left: Money = open.iter().map(|due| due.principal + due.interest).sum();
                assert_eq!(left, yuan(amount), "{id}: {step}");
                held += 1;
            }
            "expect_overpaid" => {
                assert_eq!(active(&now()).overpaid(), yuan(amount), "{id}: {step}");
                held += 1;
            }
            "expect_delinquency_range" => {
                let ledger = now();
                let loan = &ledger.state.loans[&"L-1".parse().unwrap()];
                let since = standing(&ledger.state, loan, today).unwrap().overdue.since;
                let expected = step["delinquent_date"].as_str().map(date);
                assert_eq!(since.map(|day| day.plus_days(GRACE_DAYS)), expected, "{id}: {step}");
                held += 1;
            }
            "set_date" | "approve" | "close_of_business" => {}
            other => panic!("{id}: {other}"),
        }
    }
    held
}

fn lend_for_thirty_days(amount: &str, on: Date) -> Vec<Command> {
    let due_on = on.plus_days(30).to_string();
    let data = json!({"loan": "L-1", "every": 1, "first_due_on": due_on});
    vec![
        Command { effective_on: on, ..apply_as("L-1", "own", "stall", 1, amount, 1) },
        Command { effective_on: on, ..approve("L-1", amount, "0", "bullet") },
        command("loan.disburse", &on.to_string(), data),
    ]
}

fn active(ledger: &Ledger) -> Active {
    match &ledger.state.loans[&"L-1".parse().unwrap()].stage {
        Stage::Active(active) => (**active).clone(),
        other => panic!("{other:?}"),
    }
}
