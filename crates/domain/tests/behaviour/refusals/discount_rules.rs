//! Refusals of returns, advances, tiers, and of banks that claim what is not theirs.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::discount_world::*;
use crate::support::command;
use crate::support::world::*;

fn by_another_bank() -> almoner_domain::command::Command {
    let data = json!({
        "claim": "C-2", "programme": "new", "bank": "ccb", "from": "2024-01-01", "to": "2024-04-01",
        "lines": [{"loan": "L-1", "interest": "364.00", "discount": "182.00"}],
        "total": "182.00", "document": "claim list",
    });
    command("interest_discount.claim", "2024-04-01", data)
}

reach! {
    fn reference_rate_missing() {
        // The loan is signed without a reference rate; a later document brings a mode that needs one.
        let threshold = json!({
            "mode": {"above_threshold": "0.015"}, "earlier_loans_from": "2024-02-01",
        });
        let mut plain = lend_on("L-1", 1, "36000.00", "0.04", "interest_only", "2024-01-01");
        let data = json!({"loan": "L-1", "amount": "36000.00", "annual_rate": "0.04", "method": "interest_only"});
        plain[1] = command("loan.approve", "2024-01-01", data);
        with(half())
            .and(plain)
            .and([version(2, "2024-02-01", threshold)])
            .when(claim_of("C-1", FIRST, "364.00", "182.00"))
            .line_refused(1, Stage::Rule, &[("programme", "new"), ("version", "2")])
    }

    fn claim_bank_differs() {
        lent(half()).when(by_another_bank()).line_refused(
            1,
            Stage::Rule,
            &[("loan", "L-1"), ("bank", "icbc"), ("claimed", "ccb")],
        )
    }

    fn claimed_by_two_banks() {
        lent(half())
            .and([claim_of("C-1", FIRST, "364.00", "182.00")])
            .when(by_another_bank())
            .line_refused(
                1,
                Stage::Rule,
                &[("loan", "L-1"), ("bank", "icbc"), ("claimed", "ccb"), ("until", "2024-04-01")],
            )
    }

    fn loan_repaid_early() {
        lent(half())
            .and([prepay("L-1", "2024-03-01", "12240.00")])
            .when(claim_of("C-1", FIRST, "364.00", "182.00"))
            .line_refused(
                1,
                Stage::Rule,
                &[("loan", "L-1"), ("on", "2024-03-01"), ("maximum", "161.33")],
            )
    }

    fn interest_not_paid() {
        lent(json!({"mode": {"interest_share": "0.5"}, "way": "pay_first"}))
            .and([repay("L-1", "2024-04-01", "363.99")])
            .when(claim_of("C-1", FIRST, "364.00", "182.00"))
            .line_refused(
                1,
                Stage::Rule,
                &[("loan", "L-1"), ("due_on", "2024-04-01"), ("open", "0.01"), ("to", "2024-04-01")],
            )
    }

    fn not_a_claim_line() {
        let ledger = lent(half());
        let position = ledger.position();
        ledger.when(give_back_line(position, "1.00")).refused(
            Stage::Rule,
            &[("position", &position.to_string()), ("kind", "loan.disbursed.v1")],
        )
    }

    fn advance_settled() {
        let ledger = lent(half()).and([
            advance("A-1", "10.00"),
            claim_of("C-1", FIRST, "364.00", "182.00"),
            claim_of("C-2", SECOND, "364.00", "182.00"),
            settle_advance("A-1", &["C-1"]),
        ]);
        let position = ledger.position().to_string();
        ledger
            .when(settle_advance("A-1", &["C-2"]))
            .refused(Stage::Rule, &[("advance", "A-1"), ("position", &position)])
    }

    fn claim_not_of_advance() {
        let other = lend("L-2", "plain", "6000.00", "0.04", "bullet", (12, 12), "2024-01-01");
        lent(half())
            .and(other)
            .and([
                advance("A-1", "10.00"),
                claim("C-1", "plain", FIRST, &[("L-2", "60.67", "60.67")], "60.67"),
            ])
            .when(settle_advance("A-1", &["C-1"]))
            .refused(
                Stage::Rule,
                &[("claim", "C-1"), ("advance", "A-1"), ("programme", "new"), ("bank", "icbc")],
            )
    }

    fn discount_over_cap() {
        lent(json!({"mode": {"interest_share": "0.5"}, "principal_cap": "9000.00"}))
            .when(claim_of("C-1", FIRST, "364.00", "182.00"))
            .line_refused(
                1,
                Stage::Limit,
                &[("loan", "L-1"), ("claimed", "182.00"), ("cap", "9000.00"), ("maximum", "45.50")],
            )
    }

    fn discounted_loans_over_limit() {
        let one = json!({"mode": {"interest_share": "0.5"}, "loans_per_borrower": 1});
        lent(one)
            .and(lend_on("L-2", 1, "36000.00", "0.04", "interest_only", "2024-01-01"))
            .and([claim("C-1", "new", FIRST, &[("L-2", "364.00", "182.00")], "182.00")])
            .when(claim_of("C-2", FIRST, "364.00", "182.00"))
            .line_refused(
                1,
                Stage::Limit,
                &[("borrower", &person(1)), ("count", "1"), ("maximum", "1")],
            )
    }

    fn unknown_advance() {
        lent(half()).when(settle_advance("A-9", &["C-1"])).refused(Stage::Reference, &[("advance", "A-9")])
    }

    fn unknown_tier() {
        let terms = json!({
            "mode": {"interest_share": "0.5"},
            "split": [{"tier": "province", "weight": 1}, {"tier": "city", "weight": 1}],
        });
        lent(terms).when(upper_tier("central", "1.00")).refused(
            Stage::Reference,
            &[("programme", "new"), ("tier", "central"), ("known", "city, province")],
        )
    }
}

#[test]
fn an_advance_and_a_settlement_are_made_once_of_what_there_is() {
    let ledger = lent(half()).and([advance("A-1", "10.00")]);
    ledger.when(advance("A-1", "10.00")).refused_as("already_exists");
    ledger.when(advance("A-2", "19990.01")).refused_as("fund_overdrawn");
    ledger.when(settle_advance("A-1", &[])).refused_as("too_many_lines");
    ledger.when(settle_advance("A-1", &["C-1"])).refused_as("unknown_claim");
    let ledger = ledger.and([claim_of("C-1", FIRST, "364.00", "182.00")]);
    ledger.when(settle_advance("A-1", &["C-1", "C-1"])).refused_as("claim_wrong_stage");
    let ledger = ledger.and([on_claim("approve", "C-1")]);
    ledger.when(settle_advance("A-1", &["C-1"])).refused_as("claim_wrong_stage");
    let line = ledger.last("interest_discount.claimed.v1");
    ledger.when(give_back_line(line, "1.00")).refused_as("claim_wrong_stage");
}
