//! Rules of loans and guarantees.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::command;
use crate::support::world::*;

reach! {
    fn wrong_stage() {
        empty().and([apply("L-1", "bank", "5000.00", 12)]).when(disburse("L-1", "2023-07-01", 3)).refused(
            Stage::Rule,
            &[("loan", "L-1"), ("stage", "applied"), ("needed", "approved")],
        )
    }

    fn lender_mismatch() {
        let data = json!({
            "loan": "L-1", "programme": "plain", "category": "store", "borrower": person(1),
            "amount": "5000.00", "months": 12,
        });
        empty()
            .when(command("loan.apply", "2023-06-01", data))
            .refused(Stage::Rule, &[("programme", "plain"), ("lender", "bank")])
    }

    fn open_loan_exists() {
        empty().and([apply("L-1", "bank", "5000.00", 12)]).when(apply("L-2", "bank", "5000.00", 12)).refused(
            Stage::Rule,
            &[("borrower", &person(1)), ("open", "1"), ("maximum", "1")],
        )
    }

    fn approved_over_applied() {
        empty()
            .and([apply("L-1", "bank", "5000.00", 12)])
            .when(approve("L-1", "5000.01", "0.05", "bullet"))
            .refused(
                Stage::Rule,
                &[("loan", "L-1"), ("applied", "5000.00"), ("approved", "5000.01")],
            )
    }

    fn method_not_allowed() {
        empty()
            .and([apply("L-1", "bank", "5000.00", 12)])
            .when(approve("L-1", "5000.00", "0.05", "flat"))
            .refused(
                Stage::Rule,
                &[
                    ("method", "flat"),
                    ("allowed", "equal_instalment, equal_principal, interest_only, bullet"),
                ],
            )
    }

    fn guarantee_missing() {
        funded()
            .and([apply("L-1", "bank", "5000.00", 12), approve("L-1", "5000.00", "0.05", "bullet")])
            .when(disburse("L-1", "2023-07-01", 12))
            .refused(Stage::Rule, &[("loan", "L-1"), ("fund", "guard")])
    }

    fn guarantee_exists() {
        funded()
            .and([apply("L-1", "bank", "5000.00", 12), approve("L-1", "5000.00", "0.05", "bullet")])
            .and([commit("L-1")])
            .when(commit("L-1"))
            .refused(Stage::Rule, &[("loan", "L-1"), ("amount", "4500.00")])
    }

    fn no_guarantee() {
        funded()
            .and([apply("L-1", "own", "5000.00", 12), approve("L-1", "5000.00", "0.05", "bullet")])
            .when(commit("L-1"))
            .refused(Stage::Rule, &[("programme", "own")])
    }

    fn before_disbursement() {
        funded()
            .and(lend("L-1", "own", "5000.00", "0", "bullet", (12, 12), "2023-07-01"))
            .when(repay("L-1", "2023-06-30", "1.00"))
            .refused(
                Stage::Rule,
                &[("loan", "L-1"), ("disbursed_on", "2023-07-01"), ("date", "2023-06-30")],
            )
    }

    fn prepayment_not_possible() {
        funded()
            .and(lend("L-1", "own", "6000.00", "0.06", "flat", (12, 1), "2023-07-01"))
            .when(prepay("L-1", "2023-07-15", "1000.00"))
            .refused(Stage::Rule, &[("loan", "L-1"), ("reason", "its interest is flat")])
    }

    fn prepayment_too_small() {
        funded()
            .and(lend("L-1", "own", "6000.00", "0.06", "equal_principal", (12, 1), "2023-07-01"))
            .when(prepay("L-1", "2023-07-16", "15.00"))
            .refused(
                Stage::Rule,
                &[("loan", "L-1"), ("amount", "15.00"), ("accrued", "15.00")],
            )
    }
}

#[test]
fn a_term_has_months() {
    let refusal = empty().when(apply("L-1", "bank", "5000.00", 0)).refused_as("terms_invalid");
    assert_eq!(refusal.figures()[0], ("field", "months".to_owned()));
}

#[test]
fn due_days_divide_the_term() {
    let ledger = funded()
        .and([apply("L-1", "own", "5000.00", 12), approve("L-1", "5000.00", "0.05", "bullet")]);
    for every in [0, 5, 24] {
        let refusal = ledger.when(disburse("L-1", "2023-07-01", every)).refused_as("terms_invalid");
        assert_eq!(refusal.figures()[0], ("field", "every".to_owned()));
    }
    // A bullet loan is due once.
    ledger.when(disburse("L-1", "2023-07-01", 3)).refused_as("terms_invalid");
    ledger.when(disburse("L-1", "2023-07-01", 12)).accepted();
}

#[test]
fn a_first_due_day_does_not_stretch_the_term() {
    let method = "interest_only";
    let ledger = funded()
        .and([apply("L-1", "own", "5000.00", 12), approve("L-1", "5000.00", "0.05", method)]);
    let disburse = |first: &str| {
        command(
            "loan.disburse",
            "2023-07-01",
            json!({"loan": "L-1", "every": 3, "first_due_on": first}),
        )
    };
    ledger.when(disburse("2023-10-01")).accepted();
    ledger.when(disburse("2023-07-20")).accepted();
    for late in ["2023-10-02", "2190-01-01"] {
        let refusal = ledger.when(disburse(late)).refused_as("terms_invalid");
        assert_eq!(refusal.figures()[0], ("field", "first_due_on".to_owned()));
    }
    ledger.when(disburse("2023-07-01")).refused_as("terms_invalid");
}

#[test]
fn what_is_paid_ahead_forbids_prepayment_until_it_is_due() {
    let ledger = funded()
        .and(lend("L-1", "own", "6000.00", "0.06", "equal_principal", (12, 1), "2023-07-01"))
        .and([repay("L-1", "2023-07-15", "100.00")]);
    let refusal =
        ledger.when(prepay("L-1", "2023-07-20", "5000.00")).refused_as("prepayment_not_possible");
    assert!(refusal.chinese().contains("该日之后的分期已部分或全部支付"), "{refusal}");
    ledger.when(prepay("L-1", "2023-08-01", "5000.00")).accepted();
}

#[test]
fn the_stages_of_a_loan_follow_each_other() {
    let applied = funded().and([apply("L-1", "bank", "5000.00", 12)]);
    applied.when(repay("L-1", "2023-07-01", "1.00")).refused_as("wrong_stage");
    applied.when(refund("L-1", "2023-07-01", "1.00")).refused_as("wrong_stage");
    applied.when(commit("L-1")).refused_as("wrong_stage");
    let approved = applied.and([approve("L-1", "5000.00", "0.05", "bullet")]);
    approved.when(approve("L-1", "5000.00", "0.05", "bullet")).refused_as("wrong_stage");
    let active = approved.and([commit("L-1"), disburse("L-1", "2023-07-01", 12)]);
    let refusal = active.when(cancel("L-1")).refused_as("wrong_stage");
    assert_eq!(refusal.english(), "loan L-1 is active; it must be applied or approved for this");
    assert!(refusal.chinese().contains("已放款"), "{refusal}");
    active.when(disburse("L-1", "2023-07-01", 12)).refused_as("wrong_stage");
}
