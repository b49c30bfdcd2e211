//! Interest discount: claimed, approved, paid, rejected; by the actual interest of the ledger's own events.

use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{Ledger, command, yuan};

const FIRST: (&str, &str) = ("2024-01-01", "2024-04-01");
const SECOND: (&str, &str) = ("2024-04-01", "2024-07-01");

/// 36,000.00 at 4 % under `bank`, disbursed on 1 January 2024: 4.00 of interest a day, half discounted.
fn lent() -> Ledger {
    funded().and(lend("L-1", "bank", "36000.00", "0.04", "interest_only", (24, 3), "2024-01-01"))
}

fn claim_of(
    name: &str,
    period: (&str, &str),
    interest: &str,
    discount: &str,
) -> almoner_domain::command::Command {
    claim(name, "bank", period, &[("L-1", interest, discount)], discount)
}

#[test]
fn a_claim_is_filed_approved_and_paid_as_three_facts() {
    let ledger = lent();
    let then = ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).then([
        (
            "interest_discount.claimed.v1",
            json!({
                "claim": "C-1", "line": 1, "loan": "L-1", "programme": "bank",
                "from": "2024-01-01", "to": "2024-04-01", "actual_interest": "364.00",
                "interest": "364.00",
                "segments": [{
                    "from": "2024-01-01", "to": "2024-04-01", "version": 1,
                    "principal": "36000.00", "rate": "0.04", "share": "0.5",
                }],
                "computed": "182.00", "discount": "182.00",
            }),
        ),
        (
            "interest_discount.filed.v1",
            json!({
                "claim": "C-1", "programme": "bank", "bank": "icbc", "fund": "aid", "lines": 1,
                "total": "182.00", "document": "claim list",
            }),
        ),
    ]);
    let ledger = then.posts(&[]);
    let shares = json!([{"source": "union", "amount": "182.00"}]);
    let ledger = ledger
        .when(on_claim("approve", "C-1"))
        .then([(
            "interest_discount.approved.v1",
            json!({"claim": "C-1", "programme": "bank", "fund": "aid", "total": "182.00", "shares": shares}),
        )])
        .posts(&[
            ("memo:commitment", "aid/union/bank", "182.00"),
            ("memo_contra:commitment", "aid/union/bank", "-182.00"),
        ]);
    let ledger = ledger
        .when(on_claim("pay", "C-1"))
        .then([(
            "interest_discount.paid.v1",
            json!({"claim": "C-1", "programme": "bank", "fund": "aid", "total": "182.00", "shares": shares}),
        )])
        .posts(&[
            ("expenses:interest_discount", "aid/union/bank", "182.00"),
            ("assets:fund_bank", "aid/union/bank", "-182.00"),
            ("memo_contra:commitment", "aid/union/bank", "182.00"),
            ("memo:commitment", "aid/union/bank", "-182.00"),
        ]);
    ledger.when(claim_of("C-2", SECOND, "364.00", "182.00")).accepted();
    ledger.when(claim_of("C-2", FIRST, "1.00", "0.50")).refused_lines();
}

#[test]
fn a_rejected_claim_frees_its_money_and_its_period() {
    let ledger = lent().and([claim_of("C-1", FIRST, "364.00", "182.00")]);
    let rejected = ledger.when(on_claim("reject", "C-1")).then([(
        "interest_discount.rejected.v1",
        json!({"claim": "C-1", "programme": "bank", "reason": "wrong list"}),
    )]);
    let ledger = rejected.posts(&[]);
    ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).refused_as("already_exists");
    let ledger =
        ledger.and([claim_of("C-2", FIRST, "364.00", "182.00"), on_claim("approve", "C-2")]);
    let shares = json!([{"source": "union", "amount": "182.00"}]);
    let ledger = ledger
        .when(on_claim("reject", "C-2"))
        .then([(
            "interest_discount.rejected.v1",
            json!({
                "claim": "C-2", "programme": "bank", "reason": "wrong list", "fund": "aid",
                "shares": shares,
            }),
        )])
        .posts(&[
            ("memo_contra:commitment", "aid/union/bank", "182.00"),
            ("memo:commitment", "aid/union/bank", "-182.00"),
        ]);
    ledger.when(on_claim("approve", "C-2")).refused_as("unknown_claim");
    ledger.when(claim_of("C-3", FIRST, "364.00", "182.00")).accepted();
}

#[test]
fn a_quarter_rejected_late_frees_no_later_one() {
    let ledger = lent().and([
        claim_of("C-1", FIRST, "364.00", "182.00"),
        claim_of("C-2", SECOND, "364.00", "182.00"),
        on_claim("reject", "C-1"),
    ]);
    let refused = ledger.when(claim_of("C-3", SECOND, "364.00", "182.00")).refused_lines();
    assert_eq!(refused[0].1.code(), "interest_already_discounted");
    let both = ("2024-01-01", "2024-07-01");
    let refused = ledger.when(claim_of("C-3", both, "364.00", "182.00")).refused_lines();
    assert_eq!(refused[0].1.figures()[1], ("until", "2024-07-01".to_owned()));
    // The first quarter can be claimed again, though the second is claimed already.
    ledger.when(claim_of("C-3", FIRST, "364.00", "182.00")).accepted();
}

#[test]
fn a_payment_reversed_leaves_a_claim_that_can_be_paid_anew_or_rejected() {
    let ledger = lent().and([
        claim_of("C-1", FIRST, "364.00", "181.00"),
        on_claim("approve", "C-1"),
        on_claim("pay", "C-1"),
    ]);
    let paid = ledger.position();
    let ledger = ledger.when(reverse(paid)).accepted().posts(&[
        ("expenses:interest_discount", "aid/union/bank", "-181.00"),
        ("assets:fund_bank", "aid/union/bank", "181.00"),
        ("memo_contra:commitment", "aid/union/bank", "-181.00"),
        ("memo:commitment", "aid/union/bank", "181.00"),
    ]);
    ledger.when(on_claim("pay", "C-1")).accepted();
    let ledger =
        ledger.and([on_claim("reject", "C-1"), claim_of("C-2", FIRST, "364.00", "182.00")]);
    assert_eq!(ledger.balance("memo:commitment", "aid/union/bank"), yuan("0.00"));
    ledger.and([on_claim("approve", "C-2")]).when(on_claim("pay", "C-2")).accepted();
}

#[test]
fn a_claim_frees_the_disbursement_when_it_is_rejected() {
    let ledger = lent();
    let disbursed = ledger.position();
    let ledger = ledger.and([claim_of("C-1", FIRST, "364.00", "182.00")]);
    ledger.when(reverse(disbursed)).refused_as("loan_in_claim");
    ledger.and([on_claim("reject", "C-1")]).when(reverse(disbursed)).accepted();
}

#[test]
fn interest_follows_the_principal_inside_the_period() {
    // 12,000.00 repaid on 1 March: 60 days of 36,000.00 and 31 of 24,000.00 at 4 %.
    let ledger = lent().and([prepay("L-1", "2024-03-01", "12240.00")]);
    let claimed = ledger.when(claim_of("C-1", FIRST, "322.67", "161.33")).accepted();
    assert_eq!(crate::support::written(&claimed.events[0]).1["actual_interest"], "322.67");
    let refused = ledger.when(claim_of("C-1", FIRST, "322.68", "161.34")).refused_lines();
    assert_eq!(refused[0].1.code(), "interest_over_actual");
    // The discount is half of the exact 322.666…, rounded once: 161.33.
    let refused = ledger.when(claim_of("C-1", FIRST, "322.67", "161.34")).refused_lines();
    assert_eq!(refused[0].1.code(), "discount_over_share");
    // A settled loan bears no interest after its last day.
    let settled = ledger.and([prepay("L-1", "2024-04-11", "30000.00")]);
    let after = ("2024-04-11", "2024-07-01");
    let refused = settled.when(claim_of("C-1", after, "0.01", "0.01")).refused_lines();
    assert_eq!(refused[0].1.code(), "loan_repaid_early");
    settled.when(claim_of("C-1", ("2024-04-01", "2024-07-01"), "26.67", "13.33")).accepted();
}

#[test]
fn the_policy_vectors_of_actual_days() {
    // T1: 200,000.00 at 3.95 % issued on 15 November, settled on 20 December: 36 days.
    // T2: the next quarter has 91 days.
    let mut version = bank();
    version["programme"] = json!("new");
    loan_terms(&mut version).remove("guarantee");
    let ledger = funded().and([publish("2020-01-01", version)]).and(lend(
        "L-1",
        "new",
        "200000.00",
        "0.0395",
        "interest_only",
        (36, 3),
        "2023-11-15",
    ));
    let of = |name: &str, period, interest: &str, discount: &str| {
        claim(name, "new", period, &[("L-1", interest, discount)], discount)
    };
    let (first, second) = (("2023-11-15", "2023-12-21"), ("2023-12-21", "2024-03-21"));
    ledger.when(of("C-1", first, "790.01", "395.00")).refused_lines();
    let ledger = ledger.and([of("C-1", first, "790.00", "395.00")]);
    ledger.when(of("C-2", second, "1996.95", "998.47")).refused_lines();
    ledger.when(of("C-2", second, "1996.94", "998.48")).refused_lines();
    ledger.when(of("C-2", second, "1996.94", "998.47")).accepted();
}

#[test]
fn interest_is_discounted_on_the_principal_up_to_the_cap_and_in_advance_where_the_programme_says_so()
 {
    // `plain` discounts all interest of the first 10,000.00 for a year: 36,000.00 at 3.6 % would bear 3.60 a day.
    let ledger = funded().and(lend(
        "L-1",
        "plain",
        "36000.00",
        "0.036",
        "interest_only",
        (24, 3),
        "2024-01-01",
    ));
    let of =
        |period, amount: &str| claim("C-1", "plain", period, &[("L-1", amount, amount)], amount);
    let mut early = of(FIRST, "91.00");
    early.effective_on = "2024-01-01".parse().unwrap();
    ledger.when(early).accepted();
    ledger.when(of(FIRST, "91.01")).refused_lines();
    // Once 30,000.00 are repaid, the 6,000.00 left are under the cap: 60 days of 1.00, 31 of 0.60.
    let repaid = ledger.clone().and([prepay("L-1", "2024-03-01", "30216.00")]);
    repaid.when(of(FIRST, "78.60")).accepted();
    repaid.when(of(FIRST, "78.61")).refused_lines();
    let refused = ledger.when(of(("2024-12-01", "2025-01-02"), "1.00")).refused_lines();
    assert_eq!(refused[0].1.code(), "beyond_discount_period");
}

#[test]
fn a_loan_is_discounted_by_its_own_version_when_the_programme_has_changed_or_ended() {
    let mut version = bank();
    version["version"] = json!(2);
    version["effective_from"] = json!("2024-01-01");
    loan_terms(&mut version).remove("discount");
    let ledger = lent().and([publish("2024-01-01", version)]);
    ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).accepted();

    let mut ended = plain();
    ended["programme"] = json!("ended");
    ended["effective_to"] = json!("2023-12-31");
    let ledger = funded().and([publish("2020-01-01", ended)]).and(lend(
        "L-1",
        "ended",
        "9000.00",
        "0.04",
        "interest_only",
        (12, 3),
        "2024-01-01",
    ));
    let late = claim("C-1", "ended", FIRST, &[("L-1", "91.00", "91.00")], "91.00");
    ledger.when(late).accepted();
}

#[test]
fn discount_and_maturity_end_on_the_day_before() {
    let ledger = lent();
    ledger.when(claim_of("C-1", ("2025-12-31", "2026-01-01"), "4.00", "2.00")).accepted();
    ledger.when(claim_of("C-1", ("2025-12-31", "2026-01-02"), "4.00", "2.00")).refused_lines();
}

#[test]
fn a_claim_of_many_loans_names_each_line_and_draws_once() {
    let loans = (1..=3).flat_map(|number| {
        let loan = format!("L-{number}");
        vec![
            apply_as(&loan, "plain", "store", number, "9000.00", 12),
            approve(&loan, "9000.00", "0.04", "interest_only"),
            disburse(&loan, "2024-01-01", 3),
        ]
    });
    let ledger = funded().and(loans);
    let lines = [("L-1", "91.00", "91.00"), ("L-2", "91.00", "90.00"), ("L-3", "91.00", "1.00")];
    let then = ledger.when(claim("C-1", "plain", FIRST, &lines, "182.00")).accepted();
    let numbers: Vec<Value> = then.events[..3]
        .iter()
        .map(|event| crate::support::written(event).1["line"].clone())
        .collect();
    assert_eq!(numbers, [json!(1), json!(2), json!(3)]);
    let ledger = then.ledger;
    assert_eq!(ledger.state.claims[&"C-1".parse().unwrap()].total, yuan("182.00"));

    // One bad line refuses all, and nothing is claimed.
    let lines = [("L-1", "91.00", "91.00"), ("L-2", "91.01", "90.00")];
    let ledger = ledger.and([on_claim("reject", "C-1")]);
    ledger.when(claim("C-2", "plain", FIRST, &lines, "181.00")).refused_lines();
    ledger.when(claim("C-2", "plain", FIRST, &lines[..1], "91.00")).accepted();
}

#[test]
fn a_claim_beyond_the_money_of_the_fund_is_not_approved() {
    let all = json!({"subsidy": "S", "programme": "free", "beneficiary": person(9),
        "household": person(9), "period": "p", "amount": "1.00"});
    let ledger = empty()
        .and([
            receive_for("aid", "city", "181.99", Some("bank")),
            receive_for("guard", "city", "10000.00", None),
        ])
        .and(lend("L-1", "bank", "36000.00", "0.04", "interest_only", (24, 3), "2024-01-01"))
        .and([claim_of("C-1", FIRST, "364.00", "182.00")]);
    ledger.when(on_claim("approve", "C-1")).refused_as("fund_overdrawn");
    ledger.when(command("subsidy.approve", "2024-05-01", all)).refused_as("fund_overdrawn");
    let ledger = ledger.and([receive_for("aid", "union", "0.01", Some("bank"))]);
    let then = ledger.when(on_claim("approve", "C-1")).accepted();
    assert_eq!(
        then.data()["shares"],
        json!([{"source": "union", "amount": "0.01"}, {"source": "city", "amount": "181.99"}])
    );
}
