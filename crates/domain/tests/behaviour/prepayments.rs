//! Early repayment: interest for the days used, and the rest anew.

use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, yuan};

/// 30,000.00 at 6 % in three instalments of principal, lent by `aid`.
fn lent() -> Ledger {
    funded().and(lend("L-1", "own", "30000.00", "0.06", "equal_principal", (3, 1), "2024-01-01"))
}

#[test]
fn a_part_repaid_early_pays_the_days_used_and_spreads_the_rest_anew() {
    let ledger = lent();
    // 15 days of 5.00 a day; then 24,000.00 in three parts, interest from 16 January on.
    let then = ledger.when(prepay("L-1", "2024-01-16", "6075.00")).accepted();
    let data = then.data();
    assert_eq!(data["allocations"], json!([]));
    assert_eq!(
        data["prepaid"],
        json!({
            "interest": "75.00",
            "principal": "6000.00",
            "replaced": [
                {"number": 1, "due_on": "2024-02-01", "principal": "10000.00", "interest": "150.00"},
                {"number": 2, "due_on": "2024-03-01", "principal": "10000.00", "interest": "100.00"},
                {"number": 3, "due_on": "2024-04-01", "principal": "10000.00", "interest": "50.00"},
            ],
            "after": [
                {"number": 1, "due_on": "2024-02-01", "principal": "8000.00", "interest": "64.00"},
                {"number": 2, "due_on": "2024-03-01", "principal": "8000.00", "interest": "80.00"},
                {"number": 3, "due_on": "2024-04-01", "principal": "8000.00", "interest": "40.00"},
            ],
        })
    );
    let ledger = then.posts(&[
        ("assets:fund_bank", "aid/union/own", "4000.00"),
        ("assets:loan_receivable", "aid/union/own", "-4000.00"),
        ("assets:fund_bank", "aid/city/own", "2000.00"),
        ("assets:loan_receivable", "aid/city/own", "-2000.00"),
        ("assets:fund_bank", "aid/union/own", "75.00"),
        ("income:loan_interest", "aid/union/own", "-75.00"),
    ]);
    // The new instalments are what is due from here on.
    let data = ledger.when(repay("L-1", "2024-02-01", "8064.00")).accepted().data();
    assert_eq!(
        data["allocations"],
        json!([{"number": 1, "due_on": "2024-02-01", "principal": "8000.00", "interest": "64.00"}])
    );
    let settled = ledger.and([
        repay("L-1", "2024-02-01", "8064.00"),
        repay("L-1", "2024-03-01", "8080.00"),
        repay("L-1", "2024-04-01", "8040.00"),
    ]);
    assert_eq!(settled.balance("assets:loan_receivable", "aid/union/own"), yuan("0.00"));
    assert_eq!(settled.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "settled");
}

#[test]
fn what_is_due_is_paid_before_anything_is_prepaid() {
    // On 6 February the first instalment is due; five days of 20,000.00 have passed since.
    let data = lent().when(prepay("L-1", "2024-02-06", "15166.67")).accepted().data();
    assert_eq!(
        data["allocations"],
        json!([{"number": 1, "due_on": "2024-02-01", "principal": "10000.00", "interest": "150.00"}])
    );
    assert_eq!(data["prepaid"]["interest"], "16.67");
    assert_eq!(data["prepaid"]["principal"], "5000.00");
    assert_eq!(data["prepaid"]["after"][0]["number"], 2);
    // No more than what is due: nothing is prepaid.
    let data = lent().when(prepay("L-1", "2024-02-06", "10150.00")).accepted().data();
    assert_eq!(data.get("prepaid"), None);
}

#[test]
fn a_loan_prepaid_wholly_is_settled_and_the_rest_is_held() {
    let then = lent().when(prepay("L-1", "2024-01-16", "30080.00")).accepted();
    let data = then.data();
    assert_eq!(data["prepaid"]["principal"], "30000.00");
    assert_eq!(data["prepaid"]["after"], json!([]));
    assert_eq!(data["overpaid"], "5.00");
    let ledger = then.ledger.and([refund("L-1", "2024-01-17", "5.00")]);
    assert_eq!(ledger.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "settled");
    assert_eq!(ledger.balance("income:loan_interest", "aid/union/own"), yuan("-75.00"));
}

#[test]
fn after_the_last_due_day_there_is_nothing_to_prepay() {
    let data = lent().when(prepay("L-1", "2024-05-01", "30310.00")).accepted().data();
    assert_eq!(data.get("prepaid"), None);
    assert_eq!(data["overpaid"], "10.00");
}

#[test]
fn a_second_prepayment_charges_the_days_since_the_first() {
    let ledger = lent().and([prepay("L-1", "2024-01-16", "6075.00")]);
    // Ten days of 24,000.00 at 6 %: 4.00 a day.
    let data = ledger.when(prepay("L-1", "2024-01-26", "1040.00")).accepted().data();
    assert_eq!(data["prepaid"]["interest"], "40.00");
    assert_eq!(data["prepaid"]["principal"], "1000.00");
    // On a due day paid by the payment itself no interest has run.
    let data = ledger.when(prepay("L-1", "2024-02-01", "9064.00")).accepted().data();
    assert_eq!(data["prepaid"]["interest"], "0.00");
    assert_eq!(data["prepaid"]["principal"], "1000.00");
}

#[test]
fn a_bullet_loan_pays_at_its_end_what_has_run_since_the_prepayment() {
    let ledger =
        funded().and(lend("L-1", "own", "12000.00", "0.06", "bullet", (12, 12), "2024-01-01"));
    // Six months of 60.00 a month; then 6,000.00 for the other six.
    let data = ledger.when(prepay("L-1", "2024-07-01", "6360.00")).accepted().data();
    assert_eq!(data["prepaid"]["interest"], "360.00");
    assert_eq!(
        data["prepaid"]["after"],
        json!([{"number": 1, "due_on": "2025-01-01", "principal": "6000.00", "interest": "180.00"}])
    );
}
