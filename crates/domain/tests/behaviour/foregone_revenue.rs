//! Fees and taxes reduced or waived, by department.

use crate::support::arrears::*;
use crate::support::world::reverse;
use crate::support::{given, yuan};

/// Seed S1-06: three fees waived in Heihe; the parts sum to 695,500.00.
#[test]
fn waived_fees_are_counted_by_department() {
    let ledger = given([
        relief("commerce", "fee", "registration-fee", 1264, "29500.00"),
        relief("commerce", "fee", "business-fee", 1264, "589000.00"),
        relief("commerce", "fee", "market-fee", 1264, "77000.00"),
    ]);
    let ledger =
        ledger.when(relief("tax", "tax", "business-tax", 339, "134000.00")).accepted().posts(&[
            ("memo:foregone_revenue", "-/tax/-", "134000.00"),
            ("memo_contra:foregone_revenue", "-/tax/-", "-134000.00"),
        ]);
    assert_eq!(ledger.balance("memo:foregone_revenue", "-/commerce/-"), yuan("695500.00"));
}

/// Seeds S3-04 and S3-05, and refunds of unemployment premiums, are kinds of their own.
#[test]
fn every_kind_of_relief_is_told_apart() {
    let kinds = ["fee", "tax", "service_charge", "premium_reduction", "stabilisation_refund"];
    let ledger = given(kinds.map(|kind| relief("labour", kind, "one", 2606, "4072900.00")));
    assert_eq!(ledger.position(), 5);
}

#[test]
fn a_wrong_report_is_reversed_and_recorded_anew() {
    let wrong = relief("commerce", "fee", "registration-fee", 1264, "2950.00");
    let right = relief("commerce", "fee", "registration-fee", 1264, "29500.00");
    let ledger = given([wrong]);
    ledger.when(right.clone()).refused_as("relief_recorded_already");
    let position = ledger.position();
    let ledger = ledger.and([reverse(position), right]);
    assert_eq!(ledger.balance("memo:foregone_revenue", "-/commerce/-"), yuan("29500.00"));
}

#[test]
fn a_period_has_a_day() {
    let mut command = relief("commerce", "fee", "one", 1, "1.00");
    let almoner_domain::command::Action::ReliefRecord(report) = &mut command.action else {
        panic!("{command:?}")
    };
    report.to = "2002-12-31".parse().unwrap();
    given([]).when(command).refused_as("form_invalid");
}
