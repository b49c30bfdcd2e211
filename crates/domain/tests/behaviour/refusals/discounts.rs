//! Rules and limits of interest discounts.

use almoner_domain::command::Action;
use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::Ledger;
use crate::support::world::*;

const QUARTER: (&str, &str) = ("2024-01-01", "2024-04-01");

/// 36,000.00 at 4 % under `bank`, disbursed on 1 January 2024: 4.00 of interest a day.
fn lent() -> Ledger {
    funded().and(lend("L-1", "bank", "36000.00", "0.04", "interest_only", (24, 3), "2024-01-01"))
}

reach! {
    fn no_discount() {
        funded()
            .and(lend("L-1", "own", "6000.00", "0.04", "bullet", (12, 12), "2024-01-01"))
            .when(claim("C-1", "own", QUARTER, &[("L-1", "1.00", "1.00")], "1.00"))
            .line_refused(1, Stage::Rule, &[("programme", "own")])
    }

    fn file_received_already() {
        let ledger = funded().and([receive_file("C-1", "bank", 'a', "1.00")]);
        let position = ledger.position().to_string();
        ledger
            .when(receive_file("C-1", "bank", 'a', "1.00"))
            .refused(Stage::Rule, &[("claim", "C-1"), ("position", &position)])
    }

    fn claim_file_differs() {
        let ledger = lent().and([receive_file("C-1", "bank", 'a', "1.00")]);
        let position = ledger.position().to_string();
        let figures = [("claim", "C-1"), ("position", position.as_str()), ("programme", "bank"), ("bank", "icbc")];
        ledger.when(receive_file("C-1", "plain", 'b', "1.00")).refused(Stage::Rule, &figures);
        let mut of_another = claim("C-1", "bank", QUARTER, &[("L-1", "364.00", "1.00")], "1.00");
        let Action::DiscountClaim(filed) = &mut of_another.action else { panic!() };
        filed.bank = Some("ccb".parse().unwrap());
        ledger.when(of_another).refused(Stage::Rule, &figures)
    }

    fn claim_programme_differs() {
        lent().when(claim("C-1", "plain", QUARTER, &[("L-1", "364.00", "1.00")], "1.00")).line_refused(
            1,
            Stage::Rule,
            &[("loan", "L-1"), ("programme", "bank"), ("claimed", "plain")],
        )
    }

    fn claim_fund_differs() {
        let mut version = plain();
        version["version"] = json!(2);
        version["effective_from"] = json!("2023-05-01");
        loan_terms(&mut version)["discount"]["fund"] = json!("guard");
        let first = lend("L-1", "plain", "6000.00", "0.04", "bullet", (12, 12), "2024-01-01");
        let second = lend("L-2", "plain", "6000.00", "0.04", "bullet", (12, 12), "2024-01-01");
        let lines = [("L-1", "1.00", "1.00"), ("L-2", "1.00", "1.00")];
        funded().and(first).and([publish("2023-05-01", version)]).and(second)
            .when(claim("C-1", "plain", QUARTER, &lines, "2.00"))
            .line_refused(
                2,
                Stage::Rule,
                &[("loan", "L-2"), ("fund", "guard"), ("claimed", "aid")],
            )
    }

    fn loan_in_claim() {
        let ledger = lent();
        let disbursed = ledger.position();
        let ledger = ledger.and([claim("C-1", "bank", QUARTER, &[("L-1", "364.00", "182.00")], "182.00")]);
        let claimed = ledger.last("interest_discount.claimed.v1").to_string();
        ledger
            .when(reverse(disbursed))
            .refused(Stage::Rule, &[("loan", "L-1"), ("position", &claimed)])
    }

    fn period_invalid() {
        lent()
            .when(claim("C-1", "bank", ("2024-04-01", "2024-04-01"), &[("L-1", "1.00", "1.00")], "1.00"))
            .refused(Stage::Rule, &[("from", "2024-04-01"), ("to", "2024-04-01")])
    }

    fn interest_already_discounted() {
        lent()
            .and([claim("C-1", "bank", QUARTER, &[("L-1", "364.00", "182.00")], "182.00")])
            .when(claim("C-2", "bank", ("2024-03-31", "2024-05-01"), &[("L-1", "1.00", "0.50")], "0.50"))
            .line_refused(
                1,
                Stage::Rule,
                &[("loan", "L-1"), ("until", "2024-04-01"), ("from", "2024-03-31")],
            )
    }

    fn beyond_discount_period() {
        lent()
            .when(claim("C-1", "bank", ("2025-12-01", "2026-01-02"), &[("L-1", "1.00", "0.50")], "0.50"))
            .line_refused(
                1,
                Stage::Rule,
                &[("loan", "L-1"), ("last", "2026-01-01"), ("to", "2026-01-02")],
            )
    }

    fn discount_period_not_over() {
        let mut early = claim("C-1", "bank", QUARTER, &[("L-1", "364.00", "182.00")], "182.00");
        early.effective_on = "2024-03-31".parse().unwrap();
        lent().when(early).line_refused(
            1,
            Stage::Rule,
            &[("to", "2024-04-01"), ("effective_on", "2024-03-31")],
        )
    }

    fn claim_wrong_stage() {
        lent()
            .and([claim("C-1", "bank", QUARTER, &[("L-1", "364.00", "182.00")], "182.00")])
            .when(on_claim("pay", "C-1"))
            .refused(
                Stage::Rule,
                &[("claim", "C-1"), ("stage", "claimed"), ("needed", "approved")],
            )
    }

    fn interest_over_actual() {
        lent()
            .when(claim("C-1", "bank", QUARTER, &[("L-1", "364.01", "182.00")], "182.00"))
            .line_refused(
                1,
                Stage::Limit,
                &[("loan", "L-1"), ("claimed", "364.01"), ("actual", "364.00")],
            )
    }

    fn discount_over_share() {
        lent()
            .when(claim("C-1", "bank", QUARTER, &[("L-1", "363.99", "182.01")], "182.01"))
            .line_refused(
                1,
                Stage::Limit,
                &[
                    ("loan", "L-1"),
                    ("claimed", "182.01"),
                    ("maximum", "182.00"),
                ],
            )
    }
}

#[test]
fn a_loan_stands_once_in_a_claim() {
    let line = ("L-1", "364.00", "182.00");
    let refused =
        lent().when(claim("C-1", "bank", QUARTER, &[line, line], "364.00")).refused_lines();
    assert_eq!(refused[0].0, 2);
    assert_eq!(refused[0].1.code(), "interest_already_discounted");
}

#[test]
fn interest_before_disbursement_is_not_discounted() {
    let early =
        claim("C-1", "bank", ("2023-12-31", "2024-04-01"), &[("L-1", "1.00", "0.50")], "0.50");
    let refused = lent().when(early).refused_lines();
    assert_eq!(refused[0].1.code(), "before_disbursement");
}

#[test]
fn a_loan_not_yet_lent_bears_no_interest() {
    let ledger = funded().and([apply("L-1", "bank", "5000.00", 12)]);
    let refused = ledger
        .when(claim(
            "C-1",
            "bank",
            QUARTER,
            &[("L-1", "1.00", "0.50"), ("L-2", "1.00", "0.50")],
            "1.00",
        ))
        .refused_lines();
    assert_eq!(refused[0].1.code(), "wrong_stage");
    assert_eq!(refused[1].1.code(), "unknown_loan");
}

#[test]
fn a_paid_claim_is_neither_approved_nor_rejected_again() {
    let ledger = lent()
        .and([claim("C-1", "bank", QUARTER, &[("L-1", "364.00", "182.00")], "182.00")])
        .and([on_claim("approve", "C-1"), on_claim("pay", "C-1")]);
    for what in ["approve", "reject", "pay"] {
        let refusal = ledger.when(on_claim(what, "C-1")).refused_as("claim_wrong_stage");
        assert_eq!(refusal.figures()[1], ("stage", "paid".to_owned()));
    }
}
