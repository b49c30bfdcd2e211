//! Penalty interest on overdue and misused loans, compound interest on unpaid interest.

use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, yuan};

/// A version of a programme with penalty interest, covered in this order.
fn strict(mut version: serde_json::Value, order: &[&str], day_count: &str) -> Ledger {
    version["version"] = json!(2);
    let terms = loan_terms(&mut version);
    terms.insert("penalty".into(), penalty());
    terms["application_order"] = json!(order);
    terms["day_count"] = json!(day_count);
    funded().and([publish("2020-01-01", version)])
}

const FIRST: [&str; 4] = ["penalty", "compound", "interest", "principal"];
const LAST: [&str; 4] = ["interest", "principal", "compound", "penalty"];

/// Policy vector T6: 100,000.00 at 3.95 %, with 987.50 of interest due with the principal on 1 March 2024.
fn overdue(order: &[&str]) -> Ledger {
    strict(plain(), order, "30/360").and(lend(
        "L-1",
        "plain",
        "100000.00",
        "0.0395",
        "bullet",
        (3, 3),
        "2023-12-01",
    ))
}

#[test]
fn thirty_days_of_one_and_a_half_times_the_rate_and_compound_interest() {
    let then = overdue(&FIRST).when(charge_penalty("L-1", "2024-04-01")).accepted();
    let data = then.data();
    let line = |on, amount| json!({"on": on, "from": "2024-03-01", "to": "2024-04-01", "amount": amount, "rate": "0.05925"});
    assert_eq!(
        data["lines"],
        json!([line("overdue_principal", "100000.00"), line("overdue_interest", "987.50")])
    );
    assert_eq!((&data["penalty"], &data["compound"]), (&json!("493.75"), &json!("4.88")));
    // A bank lends: the amounts are counted by programme.
    let ledger = then.posts(&[
        ("memo:penalty", "-/-/plain", "498.63"),
        ("memo_contra:penalty", "-/-/plain", "-498.63"),
    ]);
    ledger.when(charge_penalty("L-1", "2024-04-01")).refused_as("nothing_to_charge");
    // The next day bears 16.46 and 0.16.
    let data = ledger.when(charge_penalty("L-1", "2024-04-02")).accepted().data();
    assert_eq!((&data["penalty"], &data["compound"]), (&json!("16.46"), &json!("0.16")));
    assert_eq!(data["charged_to_before"], "2024-04-01");
}

#[test]
fn a_payment_covers_penalty_first_or_last_as_the_programme_says() {
    let charged = |order: &[&str]| overdue(order).and([charge_penalty("L-1", "2024-04-01")]);
    let then = charged(&FIRST).when(repay("L-1", "2024-04-01", "1500.00")).accepted();
    let data = then.data();
    assert_eq!(data["charges"], json!({"penalty": "493.75", "compound": "4.88"}));
    assert_eq!(
        data["allocations"],
        json!([{"number": 1, "due_on": "2024-03-01", "principal": "13.87", "interest": "987.50"}])
    );
    let ledger = then.posts(&[
        ("memo_contra:penalty", "-/-/plain", "498.63"),
        ("memo:penalty", "-/-/plain", "-498.63"),
        ("memo_contra:bank_loan", "-/-/plain", "13.87"),
        ("memo:bank_loan", "-/-/plain", "-13.87"),
    ]);
    // From here on the rest of the principal bears penalty, and no interest is left to compound.
    let data = ledger.when(charge_penalty("L-1", "2024-05-01")).accepted().data();
    assert_eq!((&data["penalty"], &data["compound"]), (&json!("493.68"), &json!("0.00")));

    let ledger = charged(&LAST);
    let data = ledger.when(repay("L-1", "2024-04-01", "1500.00")).accepted().data();
    assert_eq!(data.get("charges"), None);
    assert_eq!(data["allocations"][0]["principal"], "512.50");
    let data = ledger.when(repay("L-1", "2024-04-01", "100990.00")).accepted().data();
    assert_eq!(data["charges"], json!({"penalty": "0.00", "compound": "2.50"}));
    // A loan with penalty interest unpaid is not settled.
    let ledger = ledger.and([repay("L-1", "2024-04-01", "100990.00")]);
    assert_eq!(ledger.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "active");
    assert_eq!(ledger.state.open_loans(person(1).parse().unwrap()), 1);
    let ledger = ledger.and([repay("L-1", "2024-04-01", "500.00")]);
    assert_eq!(ledger.balance("memo:penalty", "-/-/plain"), yuan("0.00"));
    let loan = &ledger.state.loans[&"L-1".parse().unwrap()];
    let almoner_domain::loan::Stage::Active(active) = &loan.stage else { panic!("{loan:?}") };
    assert!(active.is_repaid());
    // 3.87 more than everything.
    assert_eq!(active.overpaid(), yuan("3.87"));
}

#[test]
fn a_fund_that_lends_earns_the_penalty_when_it_is_paid() {
    let ledger = strict(own(), &FIRST, "whole_period").and(lend(
        "L-1",
        "own",
        "30000.00",
        "0.06",
        "equal_principal",
        (3, 1),
        "2024-01-01",
    ));
    // A month of 10,000.00 at 9 %, and of 150.00.
    let then = ledger.when(charge_penalty("L-1", "2024-03-01")).accepted();
    let ledger = then.posts(&[
        ("memo:penalty", "aid/union/own", "76.13"),
        ("memo_contra:penalty", "aid/union/own", "-76.13"),
    ]);
    let then = ledger.when(repay("L-1", "2024-03-01", "76.13")).accepted();
    let paid = then.posts(&[
        ("memo_contra:penalty", "aid/union/own", "76.13"),
        ("memo:penalty", "aid/union/own", "-76.13"),
        ("assets:fund_bank", "aid/union/own", "76.13"),
        ("income:penalty_interest", "aid/union/own", "-76.13"),
    ]);
    let back = paid.clone().and([reverse_on("2024-03-01", paid.position())]);
    assert_eq!(back.state.loans, ledger.state.loans);
    assert_eq!(back.balances(), ledger.balances());
}

#[test]
fn a_payment_on_the_next_working_day_is_in_time() {
    let mut version = own();
    version["version"] = json!(2);
    let terms = loan_terms(&mut version);
    terms.insert("penalty".into(), penalty());
    terms["application_order"] = json!(FIRST);
    terms["working_days"] = json!(true);
    // 1 September 2024 is a Sunday.
    let ledger = funded().and([publish("2020-01-01", version)]).and(lend(
        "L-1",
        "own",
        "12000.00",
        "0.06",
        "bullet",
        (2, 2),
        "2024-07-01",
    ));
    ledger.when(repay("L-1", "2024-09-02", "12120.00")).accepted();
    let data = ledger.when(charge_penalty("L-1", "2024-09-03")).accepted().data();
    assert_eq!(data["lines"][0]["from"], "2024-09-02");
}

#[test]
fn a_misused_loan_bears_the_heavier_rate_and_only_that() {
    let ledger = strict(plain(), &FIRST, "30/360")
        .and(lend("L-1", "plain", "30000.00", "0.06", "equal_principal", (3, 1), "2024-01-01"))
        .and([record_misuse("L-1", "2024-02-20", "2024-02-16")]);
    let data = ledger.when(charge_penalty("L-1", "2024-03-01")).accepted().data();
    // The first instalment was overdue for fifteen days at 9 %, then fifteen at 12 %; what is not due bears 6 %
    // more than its instalments hold.
    let line = |on, from, to, amount, rate| json!({"on": on, "from": from, "to": to, "amount": amount, "rate": rate});
    assert_eq!(
        data["lines"],
        json!([
            line("overdue_principal", "2024-02-01", "2024-02-16", "10000.00", "0.09"),
            line("overdue_interest", "2024-02-01", "2024-02-16", "150.00", "0.09"),
            line("overdue_principal", "2024-02-16", "2024-03-01", "10000.00", "0.12"),
            line("overdue_interest", "2024-02-16", "2024-03-01", "150.00", "0.12"),
            line("misused_principal", "2024-02-16", "2024-03-01", "20000.00", "0.06"),
        ])
    );
    // 37.50 + 50.00 + 50.00, and 0.5625 + 0.75.
    assert_eq!((&data["penalty"], &data["compound"]), (&json!("137.50"), &json!("1.31")));
    let back = ledger.clone().and([reverse_on("2024-02-20", ledger.position())]);
    let data = back.when(charge_penalty("L-1", "2024-03-01")).accepted().data();
    assert_eq!(data["penalty"], "75.00");
}

#[test]
fn a_charge_can_be_reversed() {
    let ledger = overdue(&FIRST);
    let charged = ledger.clone().and([charge_penalty("L-1", "2024-04-01")]);
    let back = charged.clone().and([reverse_on("2024-04-01", charged.position())]);
    assert_eq!(back.state.loans, ledger.state.loans);
    assert_eq!(back.balances(), ledger.balances());
}

#[test]
fn loans_from_before_2004_bear_rates_of_their_own() {
    let mut version = plain();
    version["version"] = json!(2);
    let terms = loan_terms(&mut version);
    // 0.021 and 0.05 percent a day.
    terms.insert(
        "penalty".into(),
        json!({"overdue": {"annual": "0.0756"}, "misuse": {"annual": "0.18"}, "compound": false}),
    );
    terms["application_order"] = json!(FIRST);
    let ledger = funded()
        .and([publish("2020-01-01", version)])
        .and(lend("L-1", "plain", "20000.00", "0.0585", "interest_only", (2, 1), "2024-01-01"))
        .and([repay("L-1", "2024-02-01", "100.75")]);
    // From 1 March on 20,000.00 are overdue: ten days of 4.20. The interest of 94.25 does not compound.
    let data = ledger.when(charge_penalty("L-1", "2024-03-11")).accepted().data();
    assert_eq!((&data["penalty"], &data["compound"]), (&json!("42.00"), &json!("0.00")));
    // Misused from 20 February on: ten days of what 18 % is more than 5.85 %, then ten of 10.00.
    let ledger = ledger.and([record_misuse("L-1", "2024-03-01", "2024-02-20")]);
    let data = ledger.when(charge_penalty("L-1", "2024-03-11")).accepted().data();
    assert_eq!(data["lines"][1]["rate"], "0.1215");
    assert_eq!(data["penalty"], "167.50");
}

#[test]
fn what_is_waived_need_not_be_paid() {
    let paid = overdue(&LAST)
        .and([charge_penalty("L-1", "2024-04-01"), repay("L-1", "2024-04-01", "100987.50")]);
    let then = paid.when(waive_penalty("L-1", "2024-04-02", "493.75", "4.88")).accepted();
    let waived = then.posts(&[
        ("memo_contra:penalty", "-/-/plain", "498.63"),
        ("memo:penalty", "-/-/plain", "-498.63"),
    ]);
    assert_eq!(waived.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "settled");
    assert_eq!(waived.state.open_loans(person(1).parse().unwrap()), 0);
    let back = waived.clone().and([reverse_on("2024-04-02", waived.position())]);
    assert_eq!(back.state.loans, paid.state.loans);
    assert_eq!(back.state.open_loans(person(1).parse().unwrap()), 1);
    paid.when(waive_penalty("L-1", "2024-04-02", "0.00", "0.00")).refused_as("amount_zero");
    paid.when(waive_penalty("L-1", "2024-04-02", "493.76", "0.00")).refused_as("waiver_over_owed");
}

#[test]
fn misuse_over_a_rate_reset_bears_each_rate_for_its_own_days() {
    let ledger = strict(own(), &FIRST, "30/360").and([
        apply("L-1", "own", "24000.00", 12),
        approve_floating("L-1", "24000.00", "interest_only", false),
        disburse("L-1", "2024-01-01", 3),
        repay("L-1", "2024-04-01", "300.00"),
        repay("L-1", "2024-07-01", "300.00"),
        reset_rate("L-1", "2024-07-01", "0.0345", "2024-06-20"),
        record_misuse("L-1", "2024-08-01", "2024-06-01"),
    ]);
    // As much again as the contract: a month at 5 %, and a month at 4.6 %.
    let data = ledger.when(charge_penalty("L-1", "2024-08-01")).accepted().data();
    assert_eq!(data["lines"].as_array().unwrap().len(), 2, "{data}");
    assert_eq!(data["penalty"], "192.00");
}
