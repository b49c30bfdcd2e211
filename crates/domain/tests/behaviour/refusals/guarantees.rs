//! Refusals around compensation and counter-guarantees.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::Ledger;
use crate::support::world::*;

/// 10,000.00 without interest under `bank`, due on 2025-01-01.
fn lent() -> Ledger {
    funded().and([receive_for("guard", "city", "9000.00", Some("bank"))]).and(lend(
        "L-1",
        "bank",
        "10000.00",
        "0",
        "bullet",
        (12, 12),
        "2024-01-01",
    ))
}

fn compensated() -> Ledger {
    lent().and([compensate("L-1", "2025-04-01", "10000.00", "0.00")])
}

/// A loan under a `bank` that needs counter-guarantees of a tenth.
fn secured() -> Ledger {
    let mut terms = bank();
    terms["version"] = json!(2);
    loan_terms(&mut terms)["guarantee"]["counter_guarantee"] = json!({"share": "0.1"});
    funded().and([
        publish("2023-01-01", terms),
        apply("L-1", "bank", "5000.00", 12),
        approve("L-1", "5000.00", "0", "bullet"),
    ])
}

reach! {
    fn not_compensated() {
        lent()
            .when(recover("L-1", "2025-04-01", "fund", "1.00", "0.00"))
            .refused(Stage::Reference, &[("loan", "L-1")])
    }

    fn unknown_counter_guarantee() {
        lent()
            .when(release("L-1", "H-1", "1.00"))
            .refused(Stage::Reference, &[("loan", "L-1"), ("counter_guarantee", "H-1")])
    }

    fn no_compensation() {
        let mut terms = bank();
        terms["version"] = json!(2);
        loan_terms(&mut terms)["guarantee"].as_object_mut().unwrap().remove("compensation");
        funded()
            .and([publish("2023-01-01", terms)])
            .and(lend("L-1", "bank", "10000.00", "0", "bullet", (12, 12), "2024-01-01"))
            .when(compensate("L-1", "2025-04-01", "1.00", "0.00"))
            .refused(Stage::Rule, &[("programme", "bank")])
    }

    fn loan_compensated() {
        compensated()
            .when(prepay("L-1", "2025-04-01", "1.00"))
            .refused(Stage::Rule, &[("loan", "L-1"), ("open", "10000.00")])
    }

    fn nothing_to_recover() {
        compensated()
            .and([recover("L-1", "2025-04-02", "fund", "10000.00", "0.00")])
            .when(write_off("L-1", "2025-04-02"))
            .refused(Stage::Rule, &[("loan", "L-1")])
    }

    fn claim_written_off() {
        compensated()
            .and([write_off("L-1", "2025-05-01")])
            .when(write_off("L-1", "2025-05-01"))
            .refused(Stage::Rule, &[("loan", "L-1")])
    }

    fn not_overdue_enough() {
        lent()
            .when(compensate("L-1", "2025-03-31", "1.00", "0.00"))
            .refused(Stage::Rule, &[("loan", "L-1"), ("days", "89"), ("needed", "90")])
    }

    fn claim_too_late() {
        lent().and([]).when(compensate("L-1", "2025-07-02", "1.00", "0.00")).refused(
            Stage::Rule,
            &[
                ("loan", "L-1"),
                ("maturity", "2025-01-01"),
                ("claim_until", "2025-07-01"),
                ("date", "2025-07-02"),
            ],
        )
    }

    fn demand_outside_limitation() {
        compensated().when(demand("L-1", "2028-04-02")).refused(
            Stage::Rule,
            &[
                ("loan", "L-1"),
                ("from", "2025-04-01"),
                ("last", "2028-04-01"),
                ("date", "2028-04-02"),
            ],
        )
    }

    fn bank_not_suspended() {
        lent().when(resume_bank("2025-04-01", "icbc")).refused(
            Stage::Rule,
            &[
                ("bank", "icbc"),
                ("fund", "guard"),
                ("outstanding", "0.00"),
                ("guaranteed", "9000.00"),
            ],
        )
    }

    fn no_reshare_left() {
        compensated()
            .and([claim_reshare("L-1", "2025-04-01")])
            .when(claim_reshare("L-1", "2025-04-01"))
            .refused(
                Stage::Rule,
                &[("loan", "L-1"), ("paid", "8000.00"), ("rate", "0.15"), ("claimed", "1200.00")],
            )
    }

    fn counter_guarantee_missing() {
        secured().when(commit("L-1")).refused(
            Stage::Rule,
            &[("loan", "L-1"), ("needed", "500.00"), ("registered", "0.00")],
        )
    }

    fn claim_over_overdue() {
        lent().when(compensate("L-1", "2025-04-01", "10000.00", "0.01")).refused(
            Stage::Limit,
            &[
                ("loan", "L-1"),
                ("claimed_principal", "10000.00"),
                ("principal", "10000.00"),
                ("claimed_interest", "0.01"),
                ("interest", "0.00"),
            ],
        )
    }

    fn costs_over_recovery() {
        compensated().when(recover("L-1", "2025-05-01", "fund", "1.00", "1.01")).refused(
            Stage::Limit,
            &[("loan", "L-1"), ("costs", "1.01"), ("amount", "1.00")],
        )
    }

    fn recovery_over_open() {
        compensated().when(recover("L-1", "2025-05-01", "fund", "10100.01", "100.00")).refused(
            Stage::Limit,
            &[
                ("loan", "L-1"),
                ("amount", "10100.01"),
                ("costs", "100.00"),
                ("net", "10000.01"),
                ("open", "10000.00"),
                ("surplus", "0.01"),
            ],
        )
    }

    fn settlement_over_open() {
        compensated()
            .and([recover("L-1", "2025-05-01", "bank", "100.00", "0.00")])
            .when(settle("L-1", "2025-05-01", "received", "80.01"))
            .refused(
                Stage::Limit,
                &[("loan", "L-1"), ("party", "icbc"), ("amount", "80.01"), ("open", "80.00")],
            )
    }

    fn reshare_over_claim() {
        compensated()
            .when(receive_reshare("L-1", "2025-05-01", "0.01"))
            .refused(Stage::Limit, &[("loan", "L-1"), ("amount", "0.01"), ("open", "0.00")])
    }

    fn bank_suspended() {
        compensated()
            .and([
                apply_as("L-2", "bank", "store", 2, "5000.00", 12),
                approve("L-2", "5000.00", "0", "bullet"),
            ])
            .when(commit("L-2"))
            .refused(
                Stage::Limit,
                &[
                    ("bank", "icbc"),
                    ("fund", "guard"),
                    ("outstanding", "8000.00"),
                    ("guaranteed", "0.00"),
                    ("rate", "0.2"),
                ],
            )
    }

    fn release_over_value() {
        secured().and([secure("L-1", "H-1", "1.00")]).when(release("L-1", "H-1", "1.01")).refused(
            Stage::Limit,
            &[("counter_guarantee", "H-1"), ("released", "1.01"), ("value", "1.00")],
        )
    }

    fn release_uncovers() {
        secured()
            .and([secure("L-1", "H-1", "500.00"), commit("L-1")])
            .when(release("L-1", "H-1", "0.01"))
            .refused(
                Stage::Limit,
                &[
                    ("loan", "L-1"),
                    ("released", "0.01"),
                    ("registered", "500.00"),
                    ("needed", "500.00"),
                ],
            )
    }
}
