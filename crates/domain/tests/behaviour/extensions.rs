//! Extension: principal not yet due is put off, overdue principal is not, and the discount stays as it was.

use almoner_domain::loan::Stage;
use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, date};

/// 30,000.00 at 6 % in three monthly instalments of principal, lent by `aid`.
fn lent() -> Ledger {
    funded().and(lend("L-1", "own", "30000.00", "0.06", "equal_principal", (3, 1), "2024-01-01"))
}

#[test]
fn principal_not_yet_due_is_put_off_and_what_is_overdue_stays() {
    let then = lent().when(extend("L-1", "2024-02-10", 2, 1)).accepted();
    assert_eq!(
        then.data(),
        json!({
            "loan": "L-1", "programme": "own", "version": 1, "months": 2, "every": 1,
            "maturity_before": "2024-04-01", "maturity": "2024-06-01",
            "replaced": [
                {"number": 2, "due_on": "2024-03-01", "principal": "10000.00", "interest": "100.00"},
                {"number": 3, "due_on": "2024-04-01", "principal": "10000.00", "interest": "50.00"},
            ],
            // 100.00 a month on 20,000.00; then as it was agreed, two months later.
            "after": [
                {"number": 2, "due_on": "2024-03-01", "principal": "0.00", "interest": "100.00"},
                {"number": 3, "due_on": "2024-04-01", "principal": "0.00", "interest": "100.00"},
                {"number": 4, "due_on": "2024-05-01", "principal": "10000.00", "interest": "100.00"},
                {"number": 5, "due_on": "2024-06-01", "principal": "10000.00", "interest": "50.00"},
            ],
            "consent": "letter 1", "document": "approval 1",
            "before": {"position": lent().position(), "changed_on": "2024-01-01", "accrued_to": "2024-01-01"},
        })
    );
    let ledger = then.posts(&[]);
    let data = ledger.when(repay("L-1", "2024-03-01", "10250.00")).accepted().data();
    assert_eq!(
        data["allocations"],
        json!([
            {"number": 1, "due_on": "2024-02-01", "principal": "10000.00", "interest": "150.00"},
            {"number": 2, "due_on": "2024-03-01", "principal": "0.00", "interest": "100.00"},
        ])
    );
    let settled = ledger.and([
        repay("L-1", "2024-03-01", "10250.00"),
        repay("L-1", "2024-04-01", "100.00"),
        repay("L-1", "2024-05-01", "10100.00"),
        repay("L-1", "2024-06-01", "10050.00"),
    ]);
    assert_eq!(settled.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "settled");
}

#[test]
fn a_bullet_loan_pays_the_interest_of_the_whole_time_at_its_new_end() {
    let ledger =
        funded().and(lend("L-1", "bank", "12000.00", "0.06", "bullet", (12, 12), "2024-01-01"));
    // 366 days of 2.00 until now; 731 days with the extension.
    let data = ledger.when(extend("L-1", "2024-12-31", 12, 12)).accepted().data();
    assert_eq!(data["replaced"][0]["interest"], "732.00");
    assert_eq!(
        data["after"],
        json!([{"number": 1, "due_on": "2026-01-01", "principal": "12000.00", "interest": "1462.00"}])
    );
    ledger.when(extend("L-1", "2024-12-31", 12, 6)).refused_as("terms_invalid");
}

#[test]
fn days_by_which_principal_is_extended_are_not_discounted() {
    let lent = funded().and(lend(
        "L-1",
        "bank",
        "24000.00",
        "0.06",
        "equal_principal",
        (12, 3),
        "2024-01-01",
    ));
    let extended = lent.clone().and([extend("L-1", "2024-02-01", 6, 3)]);
    let second = |interest, discount| {
        claim("C-1", "bank", ("2024-04-01", "2024-07-01"), &[("L-1", interest, discount)], discount)
    };
    // The borrower pays interest on all 24,000.00: 91 days of 4.00. By the first contract 6,000.00 were due on
    // 1 April: 91 days of 3.00 are discounted, whether or not it was extended.
    let refusal = extended.when(second("364.00", "182.00")).refused_as("lines_refused");
    assert!(refusal.english().contains("the actual interest that may be discounted is 273.00"));
    extended.when(second("273.00", "136.50")).accepted();
    let paid = lent.and([repay("L-1", "2024-04-01", "6364.00")]);
    paid.when(second("273.00", "136.50")).accepted();
    // After the first maturity nothing is.
    let after =
        claim("C-1", "bank", ("2025-01-01", "2025-04-01"), &[("L-1", "1.00", "0.50")], "0.50");
    let refusal = extended.when(after).refused_as("lines_refused");
    assert!(refusal.english().contains("[beyond_discount_period]"), "{refusal}");
}

#[test]
fn the_guarantee_period_runs_from_the_new_maturity() {
    let ledger = funded()
        .and(lend("L-1", "bank", "12000.00", "0.06", "bullet", (12, 12), "2024-01-01"))
        .and([extend("L-1", "2024-12-31", 12, 12)]);
    let claim = |on| compensate("L-1", on, "12000.00", "1462.00");
    ledger.when(claim("2026-07-02")).refused_as("claim_too_late");
    let refusal = ledger.when(claim("2026-07-01")).refused_as("fund_overdrawn");
    assert!(refusal.english().contains("10769.60"), "80 % of 13,462.00: {refusal}");
}

#[test]
fn an_extension_can_be_reversed() {
    let ledger = lent().and([extend("L-1", "2024-02-10", 2, 1)]);
    let back = ledger.clone().and([reverse_on("2024-02-10", ledger.position())]);
    assert_eq!(back.state.loans, lent().state.loans);
    // What came after it is reversed first.
    let paid = ledger.clone().and([repay("L-1", "2024-03-01", "10.00")]);
    paid.when(reverse(ledger.position())).refused_as("reverse_later_first");
    let again = back.and([extend("L-1", "2024-02-11", 3, 3)]);
    let loan = &again.state.loans[&"L-1".parse().unwrap()];
    let Stage::Active(active) = &loan.stage else { panic!("{loan:?}") };
    assert_eq!(
        (active.maturity, active.first_maturity()),
        (date("2024-07-01"), date("2024-04-01"))
    );
}
