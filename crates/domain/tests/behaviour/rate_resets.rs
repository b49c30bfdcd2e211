//! Floating rates: reset on the days of the contract, with interest and discount by the rate of each day.

use serde_json::json;

use crate::support::Ledger;
use crate::support::world::*;

/// 24,000.00 at LPR 3.85 % + 1.15, reset on 1 July, in four quarters of interest from 1 April 2024 on.
fn lent(programme: &str, amount: &str, method: &str, (every, on): (u16, &str)) -> Ledger {
    let ledger = funded()
        .and([apply("L-1", programme, amount, 12), approve_floating("L-1", amount, method, false)]);
    let guaranteed = if programme == "bank" { ledger.and([commit("L-1")]) } else { ledger };
    guaranteed.and([disburse("L-1", on, every)])
}

#[test]
fn on_a_due_day_the_interest_of_all_later_instalments_changes() {
    let ledger = lent("own", "24000.00", "interest_only", (3, "2024-01-01"));
    let then = ledger.when(reset_rate("L-1", "2024-07-01", "0.0345", "2024-06-20")).accepted();
    let data = then.data();
    assert_eq!((&data["rate_before"], &data["rate"]), (&json!("0.05"), &json!("0.046")));
    assert_eq!(data["reference_rate"]["value"], "0.0345");
    assert_eq!(
        data["replaced"],
        json!([
            {"number": 3, "due_on": "2024-10-01", "principal": "0.00", "interest": "300.00"},
            {"number": 4, "due_on": "2025-01-01", "principal": "24000.00", "interest": "300.00"},
        ])
    );
    assert_eq!(
        data["after"],
        json!([
            {"number": 3, "due_on": "2024-10-01", "principal": "0.00", "interest": "276.00"},
            {"number": 4, "due_on": "2025-01-01", "principal": "24000.00", "interest": "276.00"},
        ])
    );
    let reset = then.posts(&[]);
    let back = reset.clone().and([reverse_on("2024-07-01", reset.position())]);
    assert_eq!(back.state.loans, ledger.state.loans);
}

#[test]
fn between_due_days_each_rate_bears_its_own_days() {
    // 1 June to 1 September: a month at 5 %, two at 4.6 %.
    let ledger = lent("own", "24000.00", "equal_principal", (3, "2024-03-01")).and([repay(
        "L-1",
        "2024-06-01",
        "6300.00",
    )]);
    let ledger = ledger.and([reset_rate("L-1", "2024-07-01", "0.0345", "2024-06-20")]);
    let data = ledger.when(repay("L-1", "2024-09-01", "6213.00")).accepted().data();
    // 75.00 and 138.00.
    assert_eq!(
        data["allocations"],
        json!([{"number": 2, "due_on": "2024-09-01", "principal": "6000.00", "interest": "213.00"}])
    );
    // What is repaid early has run at both rates, too: 75.00 and 69.00.
    let data = ledger.when(prepay("L-1", "2024-08-01", "18144.00")).accepted().data();
    assert_eq!(data["prepaid"]["interest"], "144.00");
    assert_eq!(data["prepaid"]["principal"], "18000.00");
    // An extension keeps what has run before the reset: 75.00, then 138.00 on 18,000.00.
    let data = ledger.when(extend("L-1", "2024-08-01", 3, 3)).accepted().data();
    assert_eq!(
        data["after"][0],
        json!({"number": 2, "due_on": "2024-09-01", "principal": "0.00", "interest": "213.00"})
    );
}

#[test]
fn a_bullet_loan_pays_both_rates_at_its_end() {
    let ledger = lent("own", "24000.00", "bullet", (12, "2024-01-01")).and([reset_rate(
        "L-1",
        "2024-07-01",
        "0.0345",
        "2024-06-20",
    )]);
    // Six months at 5 % and six at 4.6 %.
    let data = ledger.when(repay("L-1", "2025-01-01", "25152.00")).accepted().data();
    assert_eq!(data["allocations"][0]["interest"], "1152.00");
}

#[test]
fn principal_that_was_put_off_stays_put_off() {
    let ledger = lent("own", "24000.00", "equal_principal", (3, "2024-01-01"))
        .and([extend("L-1", "2024-02-01", 6, 3), repay("L-1", "2024-04-01", "300.00")])
        .and([repay("L-1", "2024-07-01", "300.00")]);
    let parts = |data: &serde_json::Value| -> Vec<String> {
        let list = data.as_array().unwrap().iter();
        list.map(|one| one["principal"].as_str().unwrap().to_owned()).collect()
    };
    let reset = reset_rate("L-1", "2024-07-01", "0.0345", "2024-06-20");
    let data = ledger.when(reset).accepted().data();
    assert_eq!(parts(&data["after"]), ["6000.00"; 4]);
    let early = lent("own", "24000.00", "equal_principal", (3, "2024-01-01")).and([extend(
        "L-1",
        "2024-02-01",
        6,
        3,
    )]);
    let data = early.when(prepay("L-1", "2024-04-01", "12300.00")).accepted().data();
    let expected = ["0.00", "3000.00", "3000.00", "3000.00", "3000.00"];
    assert_eq!(parts(&data["prepaid"]["after"]), expected);
}

#[test]
fn interest_is_discounted_by_the_rate_of_each_day() {
    // 1 June to 1 September 2024 of 24,000.00: 30 days of 3.333…, 62 days of 3.0666….
    let ledger = lent("bank", "24000.00", "interest_only", (3, "2024-06-01")).and([reset_rate(
        "L-1",
        "2024-07-01",
        "0.0345",
        "2024-06-20",
    )]);
    let claim = |interest: &str, discount: &str| {
        let line = [("L-1", interest, discount)];
        claim("C-1", "bank", ("2024-06-01", "2024-09-01"), &line, discount)
    };
    let data = ledger.when(repay("L-1", "2024-09-01", "290.13")).accepted().data();
    assert_eq!(data["allocations"][0]["interest"], "290.13");
    ledger.when(claim("290.14", "145.07")).refused_as("lines_refused");
    let accepted = ledger.when(claim("290.13", "145.07")).accepted();
    let (_, line) = crate::support::written(&accepted.events[0]);
    let rates: Vec<_> = line["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["from"].as_str().unwrap(), one["rate"].as_str().unwrap()))
        .collect();
    assert_eq!(rates, [("2024-06-01", "0.05"), ("2024-07-01", "0.046")]);
}

#[test]
fn a_rate_is_not_reset_inside_days_that_are_discounted_already() {
    let ledger = lent("bank", "24000.00", "interest_only", (3, "2024-06-01"));
    let line = [("L-1", "306.66", "153.33")];
    let claimed = ("2024-06-01", "2024-09-01");
    let ledger = ledger.and([claim("C-1", "bank", claimed, &line, "153.33")]);
    let reset = reset_rate("L-1", "2024-07-01", "0.0345", "2024-06-20");
    ledger.when(reset.clone()).refused_as("loan_in_claim");
    let reset = ledger.and([on_claim("reject", "C-1")]).and([reset]);
    // Nor is a reset taken back under a claim that was computed at its rate.
    let position = reset.position();
    let line = [("L-1", "290.13", "145.07")];
    let claimed = reset.and([claim("C-2", "bank", claimed, &line, "145.07")]);
    claimed.when(reverse_on("2024-09-02", position)).refused_as("loan_in_claim");
    claimed.and([on_claim("reject", "C-2")]).when(reverse_on("2024-09-02", position)).accepted();
}

#[test]
fn a_rate_follows_no_value_older_than_that_of_the_contract() {
    let ledger = lent("own", "24000.00", "bullet", (12, "2024-01-01"));
    ledger
        .when(reset_rate("L-1", "2024-07-01", "0.0345", "2019-08-20"))
        .refused_as("terms_invalid");
}

#[test]
fn a_contract_says_how_its_rate_follows() {
    let applied = funded().and([apply("L-1", "own", "24000.00", 12)]);
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut data = json!({
            "loan": "L-1", "amount": "24000.00", "annual_rate": "0.035", "method": "bullet",
            "reference_rate": {"name": "lpr-1y", "value": "0.0385", "published_on": "2021-12-20"},
            "floating": {"margin": {"below": "0.0035"}, "reset": {"monthly": {"day": 20}}},
        });
        change(&mut data);
        crate::support::command("loan.approve", "2023-06-02", data)
    };
    applied.when(with(&|_| {})).accepted();
    let changes: [&dyn Fn(&mut serde_json::Value); 5] = [
        &|data| data["annual_rate"] = json!("0.0385"),
        &|data| drop(data.as_object_mut().unwrap().remove("reference_rate")),
        &|data| data["floating"]["reset"] = json!({"monthly": {"day": 29}}),
        &|data| data["floating"]["reset"] = json!({"yearly": {"month": 13, "day": 1}}),
        &|data| data["floating"]["reset"] = json!({"yearly": {"month": 1, "day": 0}}),
    ];
    for change in changes {
        applied.when(with(change)).refused_as("terms_invalid");
    }
    // A programme of fixed rates.
    let mut fixed = own();
    fixed["version"] = json!(2);
    loan_terms(&mut fixed).remove("resets");
    let ledger = funded().and([publish("2020-01-01", fixed), apply("L-1", "own", "24000.00", 12)]);
    ledger.when(with(&|_| {})).refused_as("contract_change_not_allowed");
}
