//! Limits that would be passed.

use almoner_domain::refusal::Stage;

use crate::support::world::*;

reach! {
    fn term_too_long() {
        empty()
            .when(apply("L-1", "bank", "5000.00", 37))
            .refused(Stage::Limit, &[("months", "37"), ("maximum", "36")])
    }

    fn rate_too_high() {
        empty()
            .and([apply("L-1", "bank", "5000.00", 12)])
            .when(approve("L-1", "5000.00", "0.0801", "bullet"))
            .refused(Stage::Limit, &[("rate", "0.0801"), ("maximum", "0.08")])
    }

    fn loan_outside_band() {
        empty().when(apply("L-1", "bank", "4999.99", 12)).refused(
            Stage::Limit,
            &[
                ("category", "store"),
                ("requested", "4999.99"),
                ("minimum", "5000.00"),
                ("maximum", "300000.00"),
            ],
        )
    }

    fn fund_overdrawn() {
        funded()
            .and([receive_for("aid", "firm", "70.00", None), apply("L-1", "own", "50000.00", 12)])
            .when(approve("L-1", "40000.01", "0", "bullet"))
            .refused(
                Stage::Limit,
                &[
                    ("fund", "aid"),
                    ("purpose", "own"),
                    ("needed", "40000.01"),
                    ("available", "40000.00"),
                    ("unallocated", "70.00"),
                ],
            )
    }

    fn pledge_exceeded() {
        empty()
            .and([pledge("P-1", "union", "5.00"), receive_pledged("P-1", "union", "3.00")])
            .when(receive_pledged("P-1", "union", "2.01"))
            .refused(
                Stage::Limit,
                &[("pledge", "P-1"), ("open", "2.00"), ("received", "2.01")],
            )
    }

    fn capacity_exceeded() {
        // 5 x 10,000.00 guarantee 55,555.55 at 90 %, rounded half up; here one loan is live and one committed.
        funded()
            .and(lend("L-1", "bank", "20000.00", "0.05", "bullet", (12, 12), "2023-07-01"))
            .and([apply_as("L-2", "bank", "store", 2, "20000.00", 12)])
            .and([approve("L-2", "20000.00", "0.05", "bullet"), commit("L-2")])
            .and([apply_as("L-3", "bank", "store", 3, "15555.57", 12)])
            .and([approve("L-3", "15555.57", "0.05", "bullet")])
            .when(commit("L-3"))
            .refused(
                Stage::Limit,
                &[
                    ("fund", "guard"),
                    ("needed", "14000.01"),
                    ("capacity", "14000.00"),
                    ("multiplier", "5"),
                    ("balance", "10000.00"),
                    ("liability", "18000.00"),
                    ("commitments", "18000.00"),
                ],
            )
    }

    fn payment_over_cap() {
        funded().when(grant("S-1", 1, "p", "500.01")).refused(
            Stage::Limit,
            &[("programme", "help"), ("amount", "500.01"), ("cap", "500.00")],
        )
    }

    fn household_over_cap() {
        let months = ["a", "b", "c"].map(|period| grant(&format!("S-{period}"), 1, period, "500.00"));
        funded().and(months).and([grant("S-d", 1, "d", "499.99")]).when(grant("S-e", 1, "e", "0.02")).refused(
            Stage::Limit,
            &[
                ("programme", "help"),
                ("household", &person(1001)),
                ("year", "2024"),
                ("amount", "0.02"),
                ("used", "1999.99"),
                ("cap", "2000.00"),
                ("left", "0.01"),
            ],
        )
    }

    fn return_over_paid() {
        let ledger = funded().and([grant("S-1", 1, "p", "5.00"), pay("S-1")]);
        let payment = ledger.position();
        ledger.and([give_back(payment, "3.00")]).when(give_back(payment, "2.01")).refused(
            Stage::Limit,
            &[("position", &payment.to_string()), ("amount", "2.01"), ("open", "2.00")],
        )
    }

    fn demand_over_paid() {
        let ledger = funded().and([grant("S-1", 1, "p", "5.00"), pay("S-1")]);
        let payment = ledger.position();
        ledger
            .and([give_back(payment, "3.00"), demand_back(payment, "1.50")])
            .when(demand_back(payment, "0.51"))
            .refused(
                Stage::Limit,
                &[
                    ("position", &payment.to_string()),
                    ("amount", "0.51"),
                    ("paid", "5.00"),
                    ("returned", "3.00"),
                    ("demanded", "1.50"),
                    ("left", "0.50"),
                ],
            )
    }

    fn refund_over_overpaid() {
        funded()
            .and(lend("L-1", "plain", "5000.00", "0", "bullet", (1, 1), "2023-07-01"))
            .and([repay("L-1", "2023-07-02", "5000.50")])
            .when(refund("L-1", "2023-07-03", "0.51"))
            .refused(
                Stage::Limit,
                &[("loan", "L-1"), ("amount", "0.51"), ("overpaid", "0.50")],
            )
    }

    fn reversal_overdraws() {
        let ledger = empty().and([receive_for("aid", "union", "5.00", Some("help"))]);
        let received = ledger.position();
        ledger.and([grant("S-1", 1, "p", "2.00")]).when(reverse(received)).refused(
            Stage::Limit,
            &[
                ("position", &received.to_string()),
                ("fund", "aid"),
                ("needed", "5.00"),
                ("available", "3.00"),
            ],
        )
    }
}

#[test]
fn limits_themselves_are_accepted() {
    let ledger = funded();
    ledger.when(apply("L-1", "bank", "5000.00", 36)).accepted();
    ledger.when(apply("L-1", "bank", "300000.00", 1)).accepted();
    let months =
        ["a", "b", "c", "d"].map(|period| grant(&format!("S-{period}"), 1, period, "500.00"));
    ledger.and(months).when(grant("S-e", 1, "e", "0.01")).refused_as("household_over_cap");
}

#[test]
fn an_allocation_takes_what_its_own_source_has_received() {
    let ledger = empty()
        .and([receive_for("aid", "union", "5.00", None), receive_for("aid", "city", "7.00", None)]);
    ledger.when(allocate("union", "help", "5.01")).refused(
        Stage::Limit,
        &[
            ("fund", "aid"),
            ("purpose", "allocation of source union"),
            ("needed", "5.01"),
            ("available", "5.00"),
            ("unallocated", "7.00"),
        ],
    );
}

#[test]
fn the_band_holds_for_what_is_approved_too() {
    empty()
        .and([apply("L-1", "bank", "6000.00", 12)])
        .when(approve("L-1", "4999.99", "0.05", "bullet"))
        .refused_as("loan_outside_band");
}
