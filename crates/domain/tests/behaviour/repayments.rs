//! Repayments in the order of the programme: partial, exact, ahead, too much, and refunds.

use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{Ledger, yuan};

/// 30,000.00 at 6 % lent by `aid`, 20,000.00 of it from the union and 10,000.00 from the city: three
/// instalments of 10,000.00 on the first of February, March and April, with 150.00, 100.00 and 50.00.
fn lent() -> Ledger {
    funded().and(lend("L-1", "own", "30000.00", "0.06", "equal_principal", (3, 1), "2024-01-01"))
}

/// How a loan stood: position, date of change, day to which interest was charged.
fn before(position: u64, changed_on: &str, accrued_to: &str) -> Value {
    json!({"position": position, "changed_on": changed_on, "accrued_to": accrued_to})
}

fn covered(number: u16, due_on: &str, principal: &str, interest: &str) -> Value {
    json!({"number": number, "due_on": due_on, "principal": principal, "interest": interest})
}

#[test]
fn a_partial_payment_covers_interest_first_and_then_principal() {
    let ledger = lent();
    let disbursed = ledger.position();
    let ledger = ledger
        .when(repay("L-1", "2024-02-01", "100.00"))
        .then([(
            "loan.repaid.v1",
            json!({
                "loan": "L-1", "programme": "own", "amount": "100.00",
                "allocations": [covered(1, "2024-02-01", "0.00", "100.00")],
                "overpaid": "0.00", "fund": "aid", "source": "union", "guarantee_released": "0.00",
                "before": before(disbursed, "2024-01-01", "2024-01-01"),
            }),
        )])
        .posts(&[
            ("assets:fund_bank", "aid/union/own", "100.00"),
            ("income:loan_interest", "aid/union/own", "-100.00"),
        ]);
    let first = ledger.position();
    // The rest of the interest, then half of the principal, back to the sources in proportion.
    let ledger = ledger
        .when(repay("L-1", "2024-02-02", "5050.00"))
        .then([(
            "loan.repaid.v1",
            json!({
                "loan": "L-1", "programme": "own", "amount": "5050.00",
                "allocations": [covered(1, "2024-02-01", "5000.00", "50.00")],
                "overpaid": "0.00", "fund": "aid",
                "shares": [
                    {"source": "union", "amount": "3333.33"},
                    {"source": "city", "amount": "1666.67"},
                ],
                "source": "union", "guarantee_released": "0.00",
                "before": before(first, "2024-02-01", "2024-01-01"),
            }),
        )])
        .posts(&[
            ("assets:fund_bank", "aid/union/own", "3333.33"),
            ("assets:loan_receivable", "aid/union/own", "-3333.33"),
            ("assets:fund_bank", "aid/city/own", "1666.67"),
            ("assets:loan_receivable", "aid/city/own", "-1666.67"),
            ("assets:fund_bank", "aid/union/own", "50.00"),
            ("income:loan_interest", "aid/union/own", "-50.00"),
        ]);
    assert_eq!(ledger.balance("assets:loan_receivable", "aid/city/own"), yuan("8333.33"));
}

#[test]
fn principal_comes_first_where_the_programme_says_so() {
    let mut version = own();
    version["version"] = json!(2);
    version["effective_from"] = json!("2023-01-01");
    loan_terms(&mut version)["application_order"] = json!(["principal", "interest"]);
    let ledger = funded().and([publish("2023-01-01", version)]).and(lend(
        "L-1",
        "own",
        "30000.00",
        "0.06",
        "equal_principal",
        (3, 1),
        "2024-01-01",
    ));
    let data = ledger.when(repay("L-1", "2024-03-01", "10200.00")).accepted().data();
    // Instalment by instalment: the first is whole before the second gets anything.
    let expected =
        [covered(1, "2024-02-01", "10000.00", "150.00"), covered(2, "2024-03-01", "50.00", "0.00")];
    assert_eq!(data["allocations"], json!(expected));
}

#[test]
fn an_exact_payment_settles_an_instalment_and_the_last_one_the_loan() {
    let ledger = lent()
        .and([repay("L-1", "2024-02-01", "10150.00"), repay("L-1", "2024-03-05", "10100.00")]);
    let borrower = person(1).parse().unwrap();
    let first = apply("L-2", "own", "5000.00", 3);
    let second = apply("L-3", "own", "5000.00", 3);
    ledger.clone().and([first.clone()]).when(second.clone()).refused_as("open_loan_exists");
    let ledger = ledger.and([repay("L-1", "2024-04-01", "10050.00")]);
    assert_eq!(ledger.state.open_loans(borrower), 0);
    assert_eq!(ledger.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "settled");
    assert_eq!(ledger.balance("assets:loan_receivable", "aid/union/own"), yuan("0.00"));
    assert_eq!(ledger.balance("assets:loan_receivable", "aid/city/own"), yuan("0.00"));
    assert_eq!(ledger.balance("income:loan_interest", "aid/union/own"), yuan("-300.00"));
    ledger.and([first]).when(second).accepted();
}

#[test]
fn money_ahead_of_time_pays_the_next_instalments_as_they_stand() {
    let ledger = lent();
    let data = ledger.when(repay("L-1", "2024-01-10", "10200.00")).accepted().data();
    let expected =
        [covered(1, "2024-02-01", "10000.00", "150.00"), covered(2, "2024-03-01", "0.00", "50.00")];
    assert_eq!(data["allocations"], json!(expected));
    let ledger = ledger.and([repay("L-1", "2024-01-10", "10200.00")]);
    let data = ledger.when(repay("L-1", "2024-01-20", "1.00")).accepted().data();
    assert_eq!(data["before"]["paid_ahead_to"], "2024-03-01");
    assert_eq!(data["before"]["accrued_to"], "2024-02-01");
}

#[test]
fn what_is_more_than_everything_owed_is_held_for_the_borrower_and_refunded() {
    let ledger = lent().and([repay("L-1", "2024-03-02", "20250.00")]);
    let before_last = ledger.position();
    let ledger = ledger
        .when(repay("L-1", "2024-03-02", "10060.00"))
        .then([(
            "loan.repaid.v1",
            json!({
                "loan": "L-1", "programme": "own", "amount": "10060.00",
                "allocations": [covered(3, "2024-04-01", "10000.00", "50.00")],
                "overpaid": "10.00", "fund": "aid",
                "shares": [
                    {"source": "union", "amount": "6666.67"},
                    {"source": "city", "amount": "3333.33"},
                ],
                "source": "union", "guarantee_released": "0.00",
                "before": before(before_last, "2024-03-02", "2024-03-01"),
            }),
        )])
        .posts(&[
            ("assets:fund_bank", "aid/union/own", "6666.67"),
            ("assets:loan_receivable", "aid/union/own", "-6666.67"),
            ("assets:fund_bank", "aid/city/own", "3333.33"),
            ("assets:loan_receivable", "aid/city/own", "-3333.33"),
            ("assets:fund_bank", "aid/union/own", "50.00"),
            ("income:loan_interest", "aid/union/own", "-50.00"),
            ("assets:fund_bank", "aid/union/own", "10.00"),
            ("liabilities:overpayment", "aid/union/own", "-10.00"),
        ]);
    // What belongs to the borrower cannot be lent, and the borrower may borrow again meanwhile.
    let all = [apply("L-2", "own", "50000.00", 3)];
    let refusal = ledger
        .clone()
        .and(all)
        .when(approve("L-2", "50000.00", "0", "bullet"))
        .refused_as("fund_overdrawn");
    assert_eq!(refusal.figures()[3], ("available", "40300.00".to_owned()));
    assert_eq!(ledger.state.open_loans(person(1).parse().unwrap()), 0);
    assert_eq!(ledger.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "active");

    let repaid = ledger.position();
    let mut before = before(repaid, "2024-03-02", "2024-04-01");
    before["paid_ahead_to"] = json!("2024-04-01");
    let ledger = ledger
        .when(refund("L-1", "2024-03-05", "10.00"))
        .then([(
            "loan.refunded.v1",
            json!({
                "loan": "L-1", "programme": "own", "amount": "10.00", "fund": "aid",
                "source": "union", "before": before,
            }),
        )])
        .posts(&[
            ("liabilities:overpayment", "aid/union/own", "10.00"),
            ("assets:fund_bank", "aid/union/own", "-10.00"),
        ]);
    assert_eq!(ledger.state.loans[&"L-1".parse().unwrap()].stage_name().english(), "settled");
}

#[test]
fn a_bank_keeps_what_it_is_overpaid_outside_the_books() {
    let ledger = funded().and(lend("L-1", "plain", "6000.00", "0", "bullet", (1, 1), "2024-01-01"));
    let ledger = ledger.when(repay("L-1", "2024-01-10", "6001.00")).accepted().posts(&[
        ("memo_contra:bank_loan", "-/-/plain", "6000.00"),
        ("memo:bank_loan", "-/-/plain", "-6000.00"),
    ]);
    ledger.when(refund("L-1", "2024-01-11", "1.00")).accepted().posts(&[]);
}

#[test]
fn principal_goes_back_to_the_sources_by_largest_remainder() {
    // T2: 998.47 by 50/25/15/10; T7: 103,456.79 and then 8,765.50 by 80/20.
    let lent = |shares: &[(&str, &str)], amount: &str| {
        let money =
            shares.iter().map(|(source, amount)| receive_for("aid", source, amount, Some("own")));
        empty().and(money).and(lend("L-1", "own", amount, "0", "bullet", (12, 12), "2024-01-01"))
    };
    let returned = |ledger: &Ledger, amount: &str| {
        let data = ledger.when(repay("L-1", "2024-02-01", amount)).accepted().data();
        let parts: Vec<String> = data["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| share["amount"].as_str().unwrap().to_owned())
            .collect();
        parts
    };
    let four =
        [("union", "5000.00"), ("city", "2500.00"), ("firm", "1500.00"), ("public", "1000.00")];
    let ledger = lent(&four, "10000.00");
    assert_eq!(returned(&ledger, "998.47"), ["499.23", "249.62", "149.77", "99.85"]);

    let ledger = lent(&[("union", "160000.00"), ("city", "40000.00")], "200000.00");
    assert_eq!(returned(&ledger, "103456.79"), ["82765.43", "20691.36"]);
    assert_eq!(returned(&ledger, "8765.50"), ["7012.40", "1753.10"]);
}

#[test]
fn payments_follow_each_other_in_time() {
    let ledger = lent().and([repay("L-1", "2024-02-10", "100.00")]);
    ledger.when(repay("L-1", "2024-02-09", "1.00")).refused_as("before_disbursement");
    ledger.when(refund("L-1", "2024-02-09", "1.00")).refused_as("before_disbursement");
    ledger.when(repay("L-1", "2024-02-10", "1.00")).accepted();
}

#[test]
fn a_settled_loan_is_known_for_400_days_and_then_only_by_name() {
    let ledger = lent().and([repay("L-1", "2024-04-01", "30300.00")]);
    let later = |on: &str| {
        let data =
            json!({"fund": "aid", "source": "city", "amount": "1.00", "document": "receipt"});
        crate::support::command("fund.receive", on, data)
    };
    let repaid = ledger.position();
    let ledger = ledger.and([later("2025-05-06")]);
    ledger.when(reverse(repaid)).accepted();
    let ledger = ledger.and([later("2025-05-07")]);
    assert!(ledger.state.loans.is_empty());
    ledger.when(reverse(repaid)).refused_as("loan_closed");
    ledger.when(repay("L-1", "2025-05-07", "1.00")).refused_as("loan_closed");
    ledger.when(apply("L-1", "own", "5000.00", 3)).refused_as("already_exists");
}
