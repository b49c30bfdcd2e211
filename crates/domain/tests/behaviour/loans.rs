//! Loans before repayment: applied for, approved, cancelled, lent by a bank or a fund.

use serde_json::json;

use crate::support::world::*;
use crate::support::{command, yuan};

#[test]
fn a_loan_lent_by_a_bank_is_a_memo_and_its_guarantee_becomes_a_liability() {
    let ledger = funded();
    let ledger = ledger
        .when(apply("L-1", "bank", "20000.00", 12))
        .then([(
            "loan.applied.v1",
            json!({
                "loan": "L-1", "programme": "bank", "version": 1, "category": "store",
                "borrower": person(1), "bank": "icbc", "amount": "20000.00", "months": 12,
            }),
        )])
        .posts(&[]);
    let ledger = ledger
        .when(approve("L-1", "18000.00", "0.05", "interest_only"))
        .then([(
            "loan.approved.v1",
            json!({
                "loan": "L-1", "programme": "bank", "amount": "18000.00", "annual_rate": "0.05",
                "method": "interest_only",
            }),
        )])
        .posts(&[]);
    let ledger = ledger
        .when(commit("L-1"))
        .then([(
            "guarantee.committed.v1",
            json!({"loan": "L-1", "programme": "bank", "fund": "guard", "amount": "16200.00"}),
        )])
        .posts(&[
            ("memo:guarantee_commitment", "guard/-/bank", "16200.00"),
            ("memo_contra:guarantee_commitment", "guard/-/bank", "-16200.00"),
        ]);
    let committed = json!({"position": ledger.position(), "effective_on": "2023-06-03"});
    // 18,000.00 x 5 % over 92, 92, 91 and 90 days of a year of 360.
    let ledger = ledger
        .when(disburse("L-1", "2023-07-01", 3))
        .then([(
            "loan.disbursed.v1",
            json!({
                "loan": "L-1", "programme": "bank", "version": 1, "borrower": person(1),
                "amount": "18000.00", "annual_rate": "0.05", "method": "interest_only",
                "day_count": "actual/360", "rounding": "half_up", "months": 12, "every": 3,
                "guarantee_fund": "guard", "guaranteed": "16200.00", "rests_on": committed,
                "instalments": [
                    {"number": 1, "due_on": "2023-10-01", "principal": "0.00", "interest": "230.00"},
                    {"number": 2, "due_on": "2024-01-01", "principal": "0.00", "interest": "230.00"},
                    {"number": 3, "due_on": "2024-04-01", "principal": "0.00", "interest": "227.50"},
                    {"number": 4, "due_on": "2024-07-01", "principal": "18000.00", "interest": "227.50"},
                ],
            }),
        )])
        .posts(&[
            ("memo:bank_loan", "-/-/bank", "18000.00"),
            ("memo_contra:bank_loan", "-/-/bank", "-18000.00"),
            ("memo_contra:guarantee_commitment", "guard/-/bank", "16200.00"),
            ("memo:guarantee_commitment", "guard/-/bank", "-16200.00"),
            ("memo:guarantee_liability", "guard/-/bank", "16200.00"),
            ("memo_contra:guarantee_liability", "guard/-/bank", "-16200.00"),
        ]);
    assert_eq!(ledger.state.open_loans(person(1).parse().unwrap()), 1);
}

#[test]
fn a_loan_lent_by_a_fund_takes_its_money_from_the_sources() {
    let ledger = funded().and([apply("L-1", "own", "30000.00", 6)]);
    let shares = json!([
        {"source": "union", "amount": "20000.00"},
        {"source": "city", "amount": "10000.00"},
    ]);
    let ledger = ledger
        .when(approve("L-1", "30000.00", "0.06", "bullet"))
        .then([(
            "loan.approved.v1",
            json!({
                "loan": "L-1", "programme": "own", "amount": "30000.00", "annual_rate": "0.06",
                "method": "bullet", "fund": "aid", "shares": shares,
            }),
        )])
        .posts(&[
            ("memo:commitment", "aid/union/own", "20000.00"),
            ("memo_contra:commitment", "aid/union/own", "-20000.00"),
            ("memo:commitment", "aid/city/own", "10000.00"),
            ("memo_contra:commitment", "aid/city/own", "-10000.00"),
        ]);
    // What is held for the loan is not there for another.
    let other = [apply_as("L-2", "own", "store", 2, "30000.00", 6)];
    let held = ledger
        .clone()
        .and(other)
        .when(approve("L-2", "10000.01", "0", "bullet"))
        .refused_as("fund_overdrawn");
    assert_eq!(held.figures()[3], ("available", "10000.00".to_owned()));

    let approved = json!({"position": ledger.position(), "effective_on": "2023-06-02"});
    let then = ledger.when(disburse("L-1", "2023-07-01", 6)).then([(
        "loan.disbursed.v1",
        json!({
            "loan": "L-1", "programme": "own", "version": 1, "borrower": person(1),
            "amount": "30000.00", "annual_rate": "0.06", "method": "bullet",
            "day_count": "whole_period", "rounding": "half_up", "months": 6, "every": 6,
            "fund": "aid", "shares": shares, "guaranteed": "0.00", "rests_on": approved,
            "instalments": [
                {"number": 1, "due_on": "2024-01-01", "principal": "30000.00", "interest": "900.00"},
            ],
        }),
    )]);
    then.posts(&[
        ("assets:loan_receivable", "aid/union/own", "20000.00"),
        ("assets:fund_bank", "aid/union/own", "-20000.00"),
        ("assets:loan_receivable", "aid/city/own", "10000.00"),
        ("assets:fund_bank", "aid/city/own", "-10000.00"),
        ("memo_contra:commitment", "aid/union/own", "20000.00"),
        ("memo:commitment", "aid/union/own", "-20000.00"),
        ("memo_contra:commitment", "aid/city/own", "10000.00"),
        ("memo:commitment", "aid/city/own", "-10000.00"),
    ]);
}

#[test]
fn a_cancelled_loan_gives_back_money_guarantee_and_the_place_of_its_borrower() {
    let ledger = funded()
        .and([apply("L-1", "own", "5000.00", 6), approve("L-1", "5000.00", "0.06", "bullet")]);
    ledger
        .when(cancel("L-1"))
        .then([(
            "loan.cancelled.v1",
            json!({
                "loan": "L-1", "programme": "own", "reason": "withdrawn", "fund": "aid",
                "shares": [{"source": "union", "amount": "5000.00"}], "guarantee": "0.00",
            }),
        )])
        .posts(&[
            ("memo_contra:commitment", "aid/union/own", "5000.00"),
            ("memo:commitment", "aid/union/own", "-5000.00"),
        ]);

    let ledger = funded()
        .and([apply("L-1", "bank", "5000.00", 6), approve("L-1", "5000.00", "0.06", "bullet")])
        .and([commit("L-1")]);
    let ledger = ledger
        .when(cancel("L-1"))
        .then([(
            "loan.cancelled.v1",
            json!({
                "loan": "L-1", "programme": "bank", "reason": "withdrawn",
                "guarantee_fund": "guard", "guarantee": "4500.00",
            }),
        )])
        .posts(&[
            ("memo_contra:guarantee_commitment", "guard/-/bank", "4500.00"),
            ("memo:guarantee_commitment", "guard/-/bank", "-4500.00"),
        ]);
    ledger.when(apply("L-2", "bank", "5000.00", 6)).accepted();

    let applied = funded().and([apply("L-1", "bank", "5000.00", 6)]);
    let data = applied.when(cancel("L-1")).accepted().data();
    assert_eq!(
        data,
        json!({"loan": "L-1", "programme": "bank", "reason": "withdrawn", "guarantee": "0.00"})
    );
}

#[test]
fn due_days_that_are_not_worked_are_payable_until_the_next_working_day() {
    let mut version = own();
    version["version"] = json!(2);
    version["effective_from"] = json!("2023-01-01");
    loan_terms(&mut version)["working_days"] = json!(true);
    let calendar = json!({
        "year": 2023, "holidays": ["2023-10-02", "2023-10-03"], "working_weekends": ["2023-10-07"],
        "document": "notice",
    });
    let lent = funded()
        .and([publish("2023-01-01", version), command("calendar.publish", "2023-01-01", calendar)])
        .and([
            apply("L-1", "own", "6000.00", 3),
            approve("L-1", "6000.00", "0.06", "interest_only"),
        ])
        .when(disburse("L-1", "2023-07-01", 1))
        .accepted();
    let days: Vec<_> = lent.data()["instalments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["due_on"].clone(), one.get("payable_until").cloned()))
        .collect();
    assert_eq!(
        days,
        [
            (json!("2023-08-01"), None),
            (json!("2023-09-01"), None),
            // Sunday 1 October, then two holidays.
            (json!("2023-10-01"), Some(json!("2023-10-04"))),
        ]
    );
}

#[test]
fn equal_instalments_are_those_of_the_policy_vector() {
    // T5: 200,000.00 at 3.95 % over 36 months.
    let ledger = funded().and([
        receive_for("aid", "city", "200000.00", Some("own")),
        apply("L-1", "own", "200000.00", 36),
        approve("L-1", "200000.00", "0.0395", "equal_instalment"),
    ]);
    let disbursed = ledger.when(disburse("L-1", "2023-11-15", 1)).accepted().data();
    let instalments = disbursed["instalments"].as_array().unwrap();
    let amount = |index: usize, part: &str| yuan(instalments[index][part].as_str().unwrap());
    let total = |index| amount(index, "principal") + amount(index, "interest");
    assert_eq!(instalments.len(), 36);
    assert!((0..35).all(|index| total(index) == yuan("5900.35")));
    assert_eq!(total(35), yuan("5900.33"));
    assert_eq!(amount(0, "interest"), yuan("658.33"));
    let interest =
        (0..36).map(|index| amount(index, "interest")).sum::<almoner_domain::money::Money>();
    assert_eq!(interest, yuan("12412.58"));
}
