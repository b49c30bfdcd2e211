//! Rules and limits of changes to contracts that run.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, command};

/// 12,000.00 under `bank`, guaranteed to 10,800.00, for a year from 1 January 2024 in quarters.
fn lent() -> Ledger {
    funded().and(lend("L-1", "bank", "12000.00", "0.06", "equal_principal", (12, 3), "2024-01-01"))
}

/// 36,000.00 at 6 % under `own` with penalty interest, in three quarters of principal from 1 January 2024 on.
fn strict() -> Ledger {
    let mut strict = own();
    strict["version"] = json!(2);
    loan_terms(&mut strict).insert("penalty".into(), penalty());
    loan_terms(&mut strict)["application_order"] =
        json!(["penalty", "compound", "interest", "principal"]);
    funded().and([publish("2020-01-01", strict)]).and(lend(
        "L-1",
        "own",
        "36000.00",
        "0.06",
        "equal_principal",
        (9, 3),
        "2024-01-01",
    ))
}

/// 12,000.00 under `own` at LPR + 1.15, reset on 1 July.
fn floating() -> Ledger {
    funded().and([
        apply("L-1", "own", "12000.00", 24),
        approve_floating("L-1", "12000.00", "interest_only", false),
        disburse("L-1", "2024-01-01", 3),
    ])
}

reach! {
    fn contract_change_not_allowed() {
        let mut strict = own();
        strict["version"] = json!(2);
        loan_terms(&mut strict).remove("extension");
        funded()
            .and([publish("2020-01-01", strict)])
            .and(lend("L-1", "own", "12000.00", "0.06", "bullet", (12, 12), "2024-01-01"))
            .when(extend("L-1", "2024-02-01", 12, 12))
            .refused(
                Stage::Rule,
                &[("programme", "own"), ("version", "2"), ("kind", "extension")],
            )
    }

    fn contract_change_not_possible() {
        funded()
            .and(lend("L-1", "own", "12000.00", "0.06", "flat", (12, 3), "2024-01-01"))
            .when(reschedule("L-1", "2024-02-01", "bullet", (12, 12)))
            .refused(
                Stage::Rule,
                &[("loan", "L-1"), ("kind", "rescheduling"), ("reason", "its interest is flat")],
            )
    }

    fn extension_too_late() {
        lent().when(extend("L-1", "2025-01-01", 3, 3)).refused(
            Stage::Rule,
            &[("loan", "L-1"), ("maturity", "2025-01-01"), ("date", "2025-01-01")],
        )
    }

    fn consent_missing() {
        let data = json!({"months": 3, "every": 3});
        lent().when(on_loan("loan.extend", "L-1", "2024-02-01", data)).refused(
            Stage::Rule,
            &[("loan", "L-1"), ("kind", "extension"), ("guaranteed", "10800.00")],
        )
    }

    fn penalty_not_charged() {
        strict().when(repay("L-1", "2024-04-11", "100.00")).refused(
            Stage::Rule,
            &[("loan", "L-1"), ("amount", "31.35"), ("date", "2024-04-11")],
        )
    }

    fn nothing_to_charge() {
        strict()
            .when(charge_penalty("L-1", "2024-04-01"))
            .refused(Stage::Rule, &[("loan", "L-1"), ("date", "2024-04-01")])
    }

    fn misuse_recorded_already() {
        strict()
            .and([record_misuse("L-1", "2024-02-10", "2024-02-01")])
            .when(record_misuse("L-1", "2024-02-11", "2024-02-03"))
            .refused(Stage::Rule, &[("loan", "L-1"), ("from", "2024-02-01")])
    }

    fn misuse_outside_time() {
        strict().when(record_misuse("L-1", "2024-02-10", "2023-12-31")).refused(
            Stage::Rule,
            &[
                ("loan", "L-1"),
                ("from", "2023-12-31"),
                ("first", "2024-01-01"),
                ("last", "2024-02-10"),
            ],
        )
    }

    fn rate_fixed() {
        lent()
            .when(reset_rate("L-1", "2024-07-01", "0.0345", "2024-06-20"))
            .refused(Stage::Rule, &[("loan", "L-1")])
    }

    fn not_a_reset_day() {
        floating().when(reset_rate("L-1", "2024-07-02", "0.0345", "2024-06-20")).refused(
            Stage::Rule,
            &[("loan", "L-1"), ("date", "2024-07-02"), ("next", "2025-07-01")],
        )
    }

    fn waiver_over_owed() {
        strict()
            .and([charge_penalty("L-1", "2024-04-11")])
            .when(waive_penalty("L-1", "2024-04-11", "30.00", "1.36"))
            .refused(
                Stage::Limit,
                &[
                    ("loan", "L-1"),
                    ("penalty", "30.00"),
                    ("compound", "1.36"),
                    ("penalty_owed", "30.00"),
                    ("compound_owed", "1.35"),
                ],
            )
    }

    fn contract_changes_over_limit() {
        lent().and([extend("L-1", "2024-02-01", 3, 3)]).when(extend("L-1", "2024-02-02", 3, 3)).refused(
            Stage::Limit,
            &[("loan", "L-1"), ("kind", "extension"), ("count", "1"), ("maximum", "1")],
        )
    }

    fn contract_change_too_long() {
        lent().when(extend("L-1", "2024-02-01", 15, 3)).refused(
            Stage::Limit,
            &[("kind", "extension"), ("months", "15"), ("maximum", "12")],
        )
    }
}

#[test]
fn a_rescheduling_keeps_to_its_terms() {
    let ledger = lent();
    ledger
        .when(reschedule("L-1", "2024-02-01", "bullet", (27, 27)))
        .refused_as("contract_change_too_long");
    ledger.when(reschedule("L-1", "2024-02-01", "flat", (6, 6))).refused_as("method_not_allowed");
    ledger.when(reschedule("L-1", "2024-02-01", "bullet", (6, 3))).refused_as("terms_invalid");
    let data = json!({"method": "bullet", "months": 6, "every": 6});
    ledger
        .when(on_loan("loan.reschedule", "L-1", "2024-02-01", data))
        .refused_as("consent_missing");
    let twice = ["2024-02-01", "2024-02-02"].map(|on| reschedule("L-1", on, "bullet", (6, 6)));
    let third = reschedule("L-1", "2024-02-03", "bullet", (6, 6));
    ledger.and(twice).when(third).refused_as("contract_changes_over_limit");
}

#[test]
fn a_change_needs_open_principal_and_no_instalment_paid_ahead() {
    let ahead = lent().and([repay("L-1", "2024-02-01", "100.00")]);
    ahead.when(extend("L-1", "2024-02-01", 3, 3)).refused_as("contract_change_not_possible");
    let settled = lent().and([prepay("L-1", "2024-02-01", "12062.00")]);
    settled.when(extend("L-1", "2024-02-01", 3, 3)).refused_as("contract_change_not_possible");
    settled
        .when(reschedule("L-1", "2024-02-01", "bullet", (6, 6)))
        .refused_as("contract_change_not_possible");
    for (months, every) in [(0, 1), (6, 0), (6, 4)] {
        lent().when(extend("L-1", "2024-02-01", months, every)).refused_as("terms_invalid");
    }
}

#[test]
fn a_compensated_loan_is_not_changed() {
    let money = receive_for("guard", "city", "10000.00", Some("bank"));
    let overdue = lent().and([money, compensate("L-1", "2024-07-01", "3000.00", "182.00")]);
    overdue.when(extend("L-1", "2024-07-02", 3, 3)).refused_as("loan_compensated");
    overdue.when(reschedule("L-1", "2024-07-02", "bullet", (6, 6))).refused_as("loan_compensated");
}

#[test]
fn terms_of_changes_have_times_and_months() {
    for (field, times, months) in [("extension", 0, 12), ("extension", 1, 0), ("extension", 1, 121)]
    {
        let mut version = bank();
        version["version"] = json!(2);
        loan_terms(&mut version)[field] = json!({"times": times, "months": months});
        empty().when(publish("2020-01-01", version)).refused_as("terms_invalid");
    }
    for (times, observed) in [(0, 12), (1, 0), (1, 121)] {
        let mut version = bank();
        version["version"] = json!(2);
        loan_terms(&mut version)["rescheduling"] = json!({
            "times": times, "months": 12, "class": "special_mention", "observed_months": observed,
        });
        empty().when(publish("2020-01-01", version)).refused_as("terms_invalid");
    }
}

#[test]
fn misuse_is_not_recorded_before_what_is_charged() {
    let ledger = strict().and([charge_penalty("L-1", "2024-04-11")]);
    ledger.when(record_misuse("L-1", "2024-04-12", "2024-04-10")).refused_as("misuse_outside_time");
    ledger.when(record_misuse("L-1", "2024-04-12", "2024-04-13")).refused_as("misuse_outside_time");
    ledger.when(record_misuse("L-1", "2024-04-12", "2024-04-11")).accepted();
}

#[test]
fn what_penalty_interest_runs_on_does_not_change_before_it_is_charged() {
    let ledger = strict();
    ledger
        .when(reschedule("L-1", "2024-04-11", "bullet", (6, 6)))
        .refused_as("penalty_not_charged");
    let charged = ledger.and([charge_penalty("L-1", "2024-04-11")]);
    charged.when(reschedule("L-1", "2024-04-11", "bullet", (6, 6))).accepted();
    charged.when(repay("L-1", "2024-04-12", "1.00")).refused_as("penalty_not_charged");
}

#[test]
fn a_programme_without_penalty_interest_charges_none() {
    for command in
        [charge_penalty("L-1", "2024-06-01"), record_misuse("L-1", "2024-06-01", "2024-05-01")]
    {
        let refusal = lent().when(command).refused_as("contract_change_not_allowed");
        assert_eq!(refusal.figures()[2], ("kind", "penalty interest".to_owned()));
    }
}

#[test]
fn penalty_and_compound_have_their_places_in_the_order() {
    let with = |order: serde_json::Value| {
        let mut version = own();
        version["version"] = json!(2);
        loan_terms(&mut version).insert("penalty".into(), penalty());
        loan_terms(&mut version)["application_order"] = order;
        publish("2020-01-01", version)
    };
    let ledger = empty();
    for order in [
        json!(["interest", "principal"]),
        json!(["penalty", "interest", "principal"]),
        json!(["interest", "penalty", "principal", "compound"]),
        json!(["penalty", "penalty", "compound", "interest", "principal"]),
    ] {
        ledger.when(with(order)).refused_as("terms_invalid");
    }
    ledger.when(with(json!(["principal", "interest", "compound", "penalty"]))).accepted();
    let mut version = own();
    version["version"] = json!(2);
    loan_terms(&mut version)["application_order"] = json!(["penalty", "interest", "principal"]);
    ledger.when(publish("2020-01-01", version)).refused_as("terms_invalid");
}

#[test]
fn a_reset_follows_the_rate_of_the_contract_as_published() {
    let ledger = floating();
    let other = json!({"loan": "L-1", "reference_rate": {
        "name": "lpr-5y", "value": "0.0345", "published_on": "2024-06-20",
    }});
    ledger.when(command("loan.reset_rate", "2024-07-01", other)).refused_as("terms_invalid");
    let reset = |lpr, published_on| reset_rate("L-1", "2024-07-01", lpr, published_on);
    ledger.when(reset("0.0345", "2024-07-02")).refused_as("terms_invalid");
    let refusal = ledger.when(reset("0.0686", "2024-06-20")).refused_as("rate_too_high");
    assert_eq!(refusal.figures()[0], ("rate", "0.0801".to_owned()));
    let reset_once = ledger.clone().and([reset("0.0345", "2024-06-20")]);
    reset_once.when(reset("0.0345", "2024-06-20")).refused_as("not_a_reset_day");
    let settled = ledger.and([prepay("L-1", "2024-06-01", "13000.00")]);
    settled.when(reset("0.0345", "2024-06-20")).refused_as("contract_change_not_possible");
}
