//! How much is discounted: every mode of the policy, and periods inside which something changes.

use almoner_domain::refusal::Stage;
use serde_json::{Value, json};

use crate::discount_world::*;
use crate::support::world::*;
use crate::support::{command, written, yuan};

const QUARTER: (&str, &str) = ("2022-06-21", "2022-09-21");

/// 200,000.00 at 5.35 %, 92 days, LPR 3.85 %: what is discounted, by the mode.
fn discounts(mode: Value, interest: &str, discount: &str) {
    discounts_with(json!({"mode": mode}), QUARTER, interest, discount);
}

fn discounts_with(terms: Value, period: (&str, &str), interest: &str, discount: &str) {
    let ledger = with(terms.clone()).and(lend_on(
        "L-1",
        1,
        "200000.00",
        "0.0535",
        "interest_only",
        "2022-06-21",
    ));
    let then = ledger.when(claim_of("C-1", period, interest, discount)).accepted();
    let line = written(&then.events[0]).1;
    assert_eq!(line["actual_interest"], interest, "{terms}");
    assert_eq!(line["computed"], discount, "{terms}");
    let more = |amount: &str| (yuan(amount) + yuan("0.01")).to_string();
    ledger.when(claim_of("C-1", period, interest, &more(discount))).refused_lines();
    ledger.when(claim_of("C-1", period, &more(interest), discount)).refused_lines();
}

#[test]
fn each_mode_discounts_its_part_of_the_interest() {
    discounts(json!("full_interest"), "2734.44", "2734.44");
    // 3.85 % and at most 1.00 above it; where the contract charges less, what it charges.
    discounts(json!({"full_benchmark": "0.01"}), "2734.44", "2478.89");
    discounts(json!({"full_benchmark": "0.03"}), "2734.44", "2734.44");
    discounts(json!({"benchmark_share": "0.5"}), "2734.44", "983.89");
    discounts(json!({"interest_share": "0.5"}), "2734.44", "1367.22");
    discounts(json!({"points": "0.02"}), "2734.44", "1022.22");
    discounts(json!({"points": "0.06"}), "2734.44", "2734.44");
}

#[test]
fn the_policy_vector_of_the_threshold() {
    // T3: the borrower pays 2.35 %, the budget 3.00 %.
    discounts(json!({"above_threshold": "0.015"}), "2734.44", "1533.33");
    // A threshold above the contract leaves nothing to discount, one below zero everything.
    let ledger = with(json!({"mode": {"above_threshold": "0"}})).and(lend_on(
        "L-1",
        1,
        "200000.00",
        "0.0385",
        "interest_only",
        "2022-06-21",
    ));
    let refused = ledger.when(claim_of("C-1", QUARTER, "1967.78", "0.01")).refused_lines();
    assert_eq!(refused[0].1.figures()[2], ("maximum", "0.00".to_owned()));
    discounts(json!({"above_threshold": "0.05"}), "2734.44", "2734.44");
}

#[test]
fn a_staged_discount_falls_by_loan_year_and_thirds_are_exact() {
    let staged = json!({"mode": {"staged": ["1", "2/3", "1/3"]}});
    // 92 days whole and 92 days of two thirds around the first anniversary.
    let across = ("2023-03-21", "2023-09-21");
    discounts_with(staged.clone(), across, "5468.89", "4557.41");
    // 90 days of the third year: a third of 2,675.00.
    discounts_with(staged, ("2024-06-21", "2024-09-19"), "2675.00", "891.67");
}

#[test]
fn the_principal_cap_goes_with_any_mode() {
    let capped = |mode: Value| json!({"mode": mode, "principal_cap": "10000.00"});
    discounts_with(capped(json!({"interest_share": "0.5"})), QUARTER, "136.72", "68.36");
    discounts_with(capped(json!({"above_threshold": "0.015"})), QUARTER, "136.72", "76.67");
}

#[test]
fn a_mode_by_reference_rate_needs_one_in_the_contract() {
    let ledger = with(json!({"mode": {"above_threshold": "0.015"}}));
    let ledger = ledger.and([apply("L-1", "new", "6000.00", 12)]);
    ledger
        .when(approve("L-1", "6000.00", "0.04", "bullet"))
        .refused(Stage::Rule, &[("programme", "new"), ("version", "1")]);
    let signed = |published_on: &str| {
        let data = json!({
            "loan": "L-1", "amount": "6000.00", "annual_rate": "0.04", "method": "interest_only",
            "reference_rate": {"name": "lpr-1y", "value": "0.0355", "published_on": published_on},
        });
        command("loan.approve", "2023-06-20", data)
    };
    let refusal = ledger.when(signed("2023-06-21")).refused_as("terms_invalid");
    assert_eq!(refusal.figures()[0].1, "reference_rate.published_on");
    let ledger = ledger.and([signed("2023-06-20")]);
    let then = ledger.when(disburse("L-1", "2023-07-01", 3)).accepted();
    assert_eq!(
        then.data()["reference_rate"],
        json!({"name": "lpr-1y", "value": "0.0355", "published_on": "2023-06-20"})
    );
}

#[test]
fn overdue_principal_is_not_discounted_before_or_after_it_is_paid() {
    // 3,000.00 are due each quarter.
    let ledger =
        with(half()).and(lend_on("L-1", 1, "36000.00", "0.04", "equal_principal", "2024-01-01"));
    let computed = |ledger: &crate::support::Ledger, name: &str, interest: &str, discount: &str| {
        let then = ledger.when(claim_of(name, SECOND, interest, discount)).accepted();
        written(&then.events[0]).1
    };
    // Nothing is paid: from the first due day on 33,000.00 are not overdue.
    let line = computed(&ledger, "C-1", "333.67", "166.83");
    assert_eq!(line["segments"][0]["principal"], "33000.00");
    // Paid a month late: the same, and the day after the payment changes nothing.
    let late = ledger.clone().and([repay("L-1", "2024-05-01", "3364.00")]);
    assert_eq!(computed(&late, "C-1", "333.67", "166.83")["segments"], line["segments"]);
    let paid = late.position();
    let undone = late.and([reverse(paid)]);
    assert_eq!(undone.state.loans, ledger.state.loans);
    // Paid in time, the figures are no others.
    let in_time = ledger.and([repay("L-1", "2024-04-01", "3364.00")]);
    assert_eq!(computed(&in_time, "C-1", "333.67", "166.83")["segments"], line["segments"]);
}

#[test]
fn early_repayment_ends_the_discount_of_that_principal_on_that_day() {
    // 12,000.00 repaid on 1 March, the rest on 16 March.
    let ledger = lent(half())
        .and([prepay("L-1", "2024-03-01", "12240.00"), prepay("L-1", "2024-03-16", "24040.00")]);
    let then = ledger.when(claim_of("C-1", FIRST, "280.00", "140.00")).accepted();
    let segments = &written(&then.events[0]).1["segments"];
    let row = |from: &str, to: &str, principal: &str| json!({"from": from, "to": to, "version": 1, "principal": principal, "rate": "0.04", "share": "0.5"});
    assert_eq!(
        *segments,
        json!([
            row("2024-01-01", "2024-03-01", "36000.00"),
            row("2024-03-01", "2024-03-16", "24000.00"),
        ])
    );
}

#[test]
fn a_rate_changed_retroactively_cuts_the_period_and_the_corrected_line_is_claimed_anew() {
    let ledger = lent(half()).and([
        claim_of("C-1", FIRST, "364.00", "182.00"),
        on_claim("approve", "C-1"),
        on_claim("pay", "C-1"),
    ]);
    let line = ledger.last("interest_discount.claimed.v1");
    // In summer a document lowers the share to 40 % from 15 February on, for loans already lent, too.
    let changed = json!({"mode": {"interest_share": "0.4"}, "earlier_loans_from": "2024-02-15"});
    let ledger = ledger.and([version(2, "2024-02-15", changed)]);
    // What was paid stays; it is returned and claimed anew by what holds now.
    ledger.when(claim_of("C-2", FIRST, "364.00", "163.60")).refused_lines();
    let ledger = ledger.and([give_back_line(line, "182.00")]);
    let refused = ledger.when(claim_of("C-2", FIRST, "364.00", "163.61")).refused_lines();
    assert_eq!(refused[0].1.figures()[2], ("maximum", "163.60".to_owned()));
    let then = ledger.when(claim_of("C-2", FIRST, "364.00", "163.60")).accepted();
    let segments = &written(&then.events[0]).1["segments"];
    let row = |from: &str, to: &str, version: u32, share: &str| json!({"from": from, "to": to, "version": version, "principal": "36000.00", "rate": "0.04", "share": share});
    assert_eq!(
        *segments,
        json!([
            row("2024-01-01", "2024-02-15", 1, "0.5"),
            row("2024-02-15", "2024-04-01", 2, "0.4"),
        ])
    );
}

#[test]
fn extension_days_and_days_after_maturity_are_never_discounted() {
    let ledger = lent(half());
    let after = ("2026-12-21", "2027-01-02");
    let refused = ledger.when(claim_of("C-1", after, "44.00", "22.00")).refused_lines();
    assert_eq!(refused[0].1.code(), "beyond_discount_period");
    ledger.when(claim_of("C-1", ("2026-12-21", "2027-01-01"), "44.00", "22.00")).accepted();
}

#[test]
fn interest_settled_on_the_twentieth_counts_that_day_and_the_last_period_is_short() {
    // T1 and T2: lent on 15 November, settled to the end of 20 December and of 20 March.
    let ledger = with(half());
    let mut commands = lend_on("L-1", 1, "200000.00", "0.0395", "interest_only", "2023-11-15");
    commands.pop();
    let ledger = ledger.and(commands);
    let by = |every: u16, day: u8| {
        let data = json!({"loan": "L-1", "every": every, "settlement_day": day});
        command("loan.disburse", "2023-11-15", data)
    };
    let then = ledger.when(by(3, 20)).accepted();
    let instalments = then.data()["instalments"].as_array().unwrap().clone();
    let due = |index: usize| {
        let one = &instalments[index];
        (one["due_on"].as_str().unwrap().to_owned(), one["interest"].as_str().unwrap().to_owned())
    };
    assert_eq!(instalments.len(), 13);
    assert_eq!(due(0), ("2023-12-21".to_owned(), "790.00".to_owned()));
    assert_eq!(due(1), ("2024-03-21".to_owned(), "1996.94".to_owned()));
    // From 21 September to 15 November: 55 days.
    assert_eq!(due(12), ("2026-11-15".to_owned(), "1206.94".to_owned()));
    let first = ("2023-11-15", "2023-12-21");
    then.ledger.when(claim_of("C-1", first, "790.00", "395.00")).accepted();
    for (every, day) in [(3, 0), (3, 28), (2, 20), (0, 20)] {
        ledger.when(by(every, day)).refused_as("terms_invalid");
    }
    let both =
        json!({"loan": "L-1", "every": 3, "settlement_day": 20, "first_due_on": "2023-12-21"});
    ledger.when(command("loan.disburse", "2023-11-15", both)).refused_as("terms_invalid");
}

#[test]
fn a_discount_that_a_later_document_brings_begins_on_its_day() {
    let mut first = bank();
    first["programme"] = json!("new");
    let terms = loan_terms(&mut first);
    terms.remove("guarantee");
    terms.remove("discount");
    let later = json!({"mode": {"interest_share": "0.5"}, "earlier_loans_from": "2024-02-15"});
    let ledger = funded().and([publish("2020-01-01", first)]).and(lend_on(
        "L-1",
        1,
        "36000.00",
        "0.04",
        "interest_only",
        "2024-01-01",
    ));
    let refused = ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).refused_lines();
    assert_eq!(refused[0].1.code(), "no_discount");
    let ledger = ledger.and([version(2, "2024-02-15", later)]);
    // 46 days of 4.00.
    ledger.when(claim_of("C-1", FIRST, "184.00", "92.01")).refused_lines();
    ledger.when(claim_of("C-1", FIRST, "184.00", "92.00")).accepted();
    let before = claim_of("C-1", ("2024-01-01", "2024-02-15"), "180.00", "90.00");
    let refused = ledger.when(before).refused_lines();
    assert_eq!(refused[0].1.code(), "no_discount");
}

#[test]
fn later_rules_hold_for_earlier_loans_in_whichever_order_they_were_recorded() {
    // The rules of February are recorded before those of January, under which the loan is lent.
    let later = json!({"mode": {"interest_share": "0.4"}, "earlier_loans_from": "2024-02-15"});
    let first = json!({"mode": {"interest_share": "0.5"}});
    let ledger = funded()
        .and([version(1, "2024-02-15", later), version(2, "2024-01-01", first)])
        .and(lend_on("L-1", 1, "36000.00", "0.04", "interest_only", "2024-01-01"));
    ledger.when(claim_of("C-1", FIRST, "364.00", "163.61")).refused_lines();
    ledger.when(claim_of("C-1", FIRST, "364.00", "163.60")).accepted();
}

#[test]
fn days_after_the_months_of_the_rules_in_force_are_not_discounted_by_later_rules() {
    // Two months by the first rules, to 1 March; the second hold from 15 March on, for the whole term.
    let ledger = lent(json!({"mode": {"interest_share": "0.5"}, "months": 2}));
    let later = json!({"mode": {"interest_share": "0.5"}, "earlier_loans_from": "2024-03-15"});
    let ledger = ledger.and([version(2, "2024-03-15", later)]);
    // 60 and 17 days of 4.00.
    ledger.when(claim_of("C-1", FIRST, "308.00", "154.01")).refused_lines();
    let then = ledger.when(claim_of("C-1", FIRST, "308.00", "154.00")).accepted();
    let segments = written(&then.events[0]).1["segments"].clone();
    let days: Vec<_> = segments
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["from"].as_str().unwrap(), row["to"].as_str().unwrap()))
        .collect();
    assert_eq!(days, [("2024-01-01", "2024-03-01"), ("2024-03-15", "2024-04-01")]);
}

#[test]
fn a_cap_and_a_stage_cut_a_period_together_with_a_repayment() {
    // 12,000.00 of 36,000.00 repaid on 1 March of the second year, at most 30,000.00 discounted: 1 day of
    // 3.33 whole, then by two thirds 59 days of 3.33 and 31 days of 2.67.
    let terms = json!({"mode": {"staged": ["1", "2/3", "1/3"]}, "principal_cap": "30000.00"});
    let ledger = lent(terms)
        .and([repay("L-1", "2025-01-01", "1464.00"), prepay("L-1", "2025-03-01", "12236.00")]);
    let period = ("2024-12-31", "2025-04-01");
    let then = ledger.when(claim_of("C-1", period, "282.67", "189.56")).accepted();
    ledger.when(claim_of("C-1", period, "282.67", "189.57")).refused_lines();
    let segments = written(&then.events[0]).1["segments"].clone();
    let rows: Vec<_> = segments
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["from"].as_str().unwrap(),
                row["principal"].as_str().unwrap(),
                row["share"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("2024-12-31", "30000.00", "1"),
            ("2025-01-01", "30000.00", "2/3"),
            ("2025-03-01", "24000.00", "2/3"),
        ]
    );
}
