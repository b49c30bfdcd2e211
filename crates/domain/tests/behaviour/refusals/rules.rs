//! Rules of programmes, funds, subsidies and reversals.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::world::*;

reach! {
    fn version_not_newer() {
        empty().when(publish("2024-01-01", help())).refused(
            Stage::Rule,
            &[("programme", "help"), ("version", "1"), ("needed", "2")],
        )
    }

    fn terms_invalid() {
        let mut version = bank();
        version["version"] = json!(2);
        loan_terms(&mut version)["maximum_months"] = json!(121);
        empty().when(publish("2024-01-01", version)).refused(
            Stage::Rule,
            &[("field", "maximum_months"), ("problem", "from 1 to 120 is accepted")],
        )
    }

    fn no_version_in_force() {
        let mut version = free();
        version["programme"] = json!("ended");
        version["effective_to"] = json!("2024-04-30");
        empty()
            .and([publish("2020-01-01", version)])
            .when(grant_of("S-1", "ended", (1, 1), "p", "1.00"))
            .refused(Stage::Rule, &[("programme", "ended"), ("date", "2024-05-01")])
    }

    fn wrong_programme_kind() {
        empty().when(apply("L-1", "help", "5000.00", 12)).refused(
            Stage::Rule,
            &[("programme", "help"), ("kind", "subsidy"), ("needed", "loan")],
        )
    }

    fn not_a_guarantee_fund() {
        let mut version = bank();
        version["version"] = json!(2);
        loan_terms(&mut version)["guarantee"]["fund"] = json!("aid");
        empty().when(publish("2024-01-01", version)).refused(Stage::Rule, &[("fund", "aid")])
    }

    fn subsidy_paid_already() {
        funded()
            .and([grant("S-1", 1, "2024-05", "1.00"), pay("S-1")])
            .when(grant("S-2", 1, "2024-05", "1.00"))
            .refused(
                Stage::Rule,
                &[("programme", "help"), ("beneficiary", &person(1)), ("period", "2024-05")],
            )
    }

    fn batch_total_differs() {
        funded().when(roster("B", "p", &[(1, 1, "2.00"), (2, 2, "3.00")], "4.50")).refused(
            Stage::Rule,
            &[("stated", "4.50"), ("sum", "5.00"), ("difference", "-0.50")],
        )
    }

    fn not_reversible() {
        empty().when(reverse(1)).refused(
            Stage::Rule,
            &[("position", "1"), ("kind", "fund.opened.v1")],
        )
    }

    fn already_reversed() {
        let ledger = funded();
        let position = ledger.last("fund.received.v1");
        ledger
            .and([reverse(position)])
            .when(reverse(position))
            .refused(Stage::Rule, &[("position", &position.to_string())])
    }

    fn reverse_later_first() {
        let ledger = empty().and([pledge("P-1", "union", "9.00")]);
        let pledged = ledger.position();
        let ledger = ledger.and(["2.00", "3.00"].map(|amount| receive_pledged("P-1", "union", amount)));
        let (position, later) = (pledged.to_string(), ledger.position().to_string());
        ledger
            .when(reverse(pledged))
            .refused(Stage::Rule, &[("position", &position), ("later", &later)])
    }

    fn before_original() {
        let ledger = funded().and([grant("S-1", 1, "p", "1.00"), pay("S-1")]);
        let position = ledger.position();
        ledger.when(reverse_on("2024-05-01", position)).refused(
            Stage::Rule,
            &[
                ("position", &position.to_string()),
                ("effective_on", "2024-05-02"),
                ("date", "2024-05-01"),
            ],
        )
    }

    fn not_a_payment() {
        let ledger = funded().and([grant("S-1", 1, "p", "1.00")]);
        let position = ledger.position();
        ledger.when(give_back(position, "1.00")).refused(
            Stage::Rule,
            &[("position", &position.to_string()), ("kind", "subsidy.approved.v1")],
        )
    }
}

#[test]
fn lists_say_by_how_much_they_differ_from_their_total() {
    let ledger = funded().and([roster("B", "p", &[(1, 1, "2.00")], "2.00")]);
    let refusal = ledger.when(pay_roster("B", "2.01")).refused_as("batch_total_differs");
    assert_eq!(refusal.figures()[2], ("difference", "0.01".to_owned()));
}

#[test]
fn nothing_comes_back_of_a_payment_that_is_reversed() {
    let ledger = funded().and([grant("S-1", 1, "p", "1.00"), pay("S-1")]);
    let payment = ledger.position();
    ledger.and([reverse(payment)]).when(give_back(payment, "1.00")).refused_as("already_reversed");
}
