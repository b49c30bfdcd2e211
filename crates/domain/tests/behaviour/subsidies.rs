//! Subsidies one by one: approved, paid, withdrawn, returned in parts; caps by payment, household and year.

use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, date, yuan};

fn paid() -> Ledger {
    // 10.00 from the union, the rest from the city.
    empty()
        .and([
            receive_for("aid", "union", "10.00", Some("help")),
            receive_for("aid", "city", "5000.00", Some("help")),
        ])
        .and([grant("S-1", 1, "2024-05", "300.00"), pay("S-1")])
}

#[test]
fn a_subsidy_is_committed_when_approved_and_leaves_when_paid() {
    let ledger = funded();
    let data = json!({
        "subsidy": "S-1", "programme": "help", "version": 1, "beneficiary": person(1),
        "household": person(1001), "year": 2024, "period": "2024-05", "amount": "300.00",
        "fund": "aid", "shares": [{"source": "union", "amount": "300.00"}],
    });
    let ledger = ledger
        .when(grant("S-1", 1, "2024-05", "300.00"))
        .then([("subsidy.approved.v1", data.clone())])
        .posts(&[
            ("memo:commitment", "aid/union/help", "300.00"),
            ("memo_contra:commitment", "aid/union/help", "-300.00"),
        ]);
    let rests_on = json!({"position": ledger.position(), "effective_on": "2024-05-01"});
    let paid = json!({"grant": data, "rests_on": rests_on});
    let ledger = ledger.when(pay("S-1")).then([("subsidy.paid.v1", paid)]).posts(&[
        ("expenses:subsidy", "aid/union/help", "300.00"),
        ("assets:fund_bank", "aid/union/help", "-300.00"),
        ("memo_contra:commitment", "aid/union/help", "300.00"),
        ("memo:commitment", "aid/union/help", "-300.00"),
    ]);
    assert_eq!(ledger.balance("memo:commitment", "aid/union/help"), yuan("0.00"));
}

#[test]
fn a_withdrawn_approval_frees_money_period_and_household() {
    let ledger = funded().and([grant("S-1", 1, "2024-05", "300.00")]);
    let (_, grant_data) = crate::support::written(&ledger.log.last().unwrap().1);
    let ledger = ledger
        .when(withdraw("S-1"))
        .then([("subsidy.cancelled.v1", json!({"reason": "withdrawn", "grant": grant_data}))])
        .posts(&[
            ("memo:commitment", "aid/union/help", "-300.00"),
            ("memo_contra:commitment", "aid/union/help", "300.00"),
        ]);
    let household = person(1001).parse().unwrap();
    assert_eq!(
        ledger.state.household_used(&"help".parse().unwrap(), household, 2024),
        yuan("0.00")
    );
    ledger.when(pay("S-1")).refused_as("unknown_subsidy");
    ledger.when(grant("S-1", 1, "2024-05", "300.00")).refused_as("already_exists");
    ledger.when(grant("S-2", 1, "2024-05", "300.00")).accepted();
}

#[test]
fn a_return_in_parts_goes_back_to_the_sources_in_proportion_to_what_each_still_bears() {
    let ledger = paid();
    let payment = ledger.position();
    let data = |amount: &str, shares| {
        json!({
            "subsidy": "S-1", "payment": payment, "programme": "help", "beneficiary": person(1),
            "household": person(1001), "year": 2024, "amount": amount, "reason": "card closed",
            "fund": "aid", "shares": shares,
        })
    };
    let first = data(
        "25.00",
        json!([{"source": "union", "amount": "0.83"}, {"source": "city", "amount": "24.17"}]),
    );
    let ledger =
        ledger.when(give_back(payment, "25.00")).then([("subsidy.returned.v1", first)]).posts(&[
            ("assets:fund_bank", "aid/union/help", "0.83"),
            ("expenses:subsidy", "aid/union/help", "-0.83"),
            ("assets:fund_bank", "aid/city/help", "24.17"),
            ("expenses:subsidy", "aid/city/help", "-24.17"),
        ]);
    // The household's cap is free by as much, the period only when all has come back.
    let household = person(1001).parse().unwrap();
    let used =
        |ledger: &Ledger| ledger.state.household_used(&"help".parse().unwrap(), household, 2024);
    assert_eq!(used(&ledger), yuan("275.00"));
    ledger.when(grant("S-2", 1, "2024-05", "1.00")).refused_as("subsidy_paid_already");
    let shares =
        json!([{"source": "union", "amount": "9.17"}, {"source": "city", "amount": "265.83"}]);
    let mut last = data("275.00", shares);
    last["freed_period"] = json!("2024-05");
    let ledger =
        ledger.when(give_back(payment, "275.00")).then([("subsidy.returned.v1", last)]).posts(&[
            ("assets:fund_bank", "aid/union/help", "9.17"),
            ("expenses:subsidy", "aid/union/help", "-9.17"),
            ("assets:fund_bank", "aid/city/help", "265.83"),
            ("expenses:subsidy", "aid/city/help", "-265.83"),
        ]);
    assert_eq!(used(&ledger), yuan("0.00"));
    ledger.when(give_back(payment, "0.01")).refused_as("return_over_paid");
    ledger.when(grant("S-2", 1, "2024-05", "1.00")).accepted();
}

#[test]
fn money_demanded_back_is_owed_until_it_has_come_in_parts() {
    let ledger = paid();
    let payment = ledger.position();
    let demanded = json!({
        "subsidy": "S-1", "payment": payment, "programme": "help", "fund": "aid",
        "beneficiary": person(1), "amount": "200.00", "reason": "paid after death",
        "document": "finding 1",
    });
    let ledger = ledger
        .when(demand_back(payment, "200.00"))
        .then([("subsidy.demanded.v1", demanded)])
        .posts(&[
            ("memo:subsidy_demand", "aid/-/help", "200.00"),
            ("memo_contra:subsidy_demand", "aid/-/help", "-200.00"),
        ]);
    let demand = ledger.position();
    let mut early = give_back(payment, "1.00");
    early.effective_on = date("2024-05-09");
    ledger.when(early).refused_as("before_original");
    ledger.when(reverse(payment)).refused_as("reverse_later_first");
    let owed = |ledger: &Ledger| ledger.balance("memo:subsidy_demand", "aid/-/help");
    let first = ledger.when(give_back(payment, "150.00")).accepted();
    assert_eq!(first.data()["demanded"], json!("150.00"));
    let returned = first.ledger.position();
    assert_eq!(owed(&first.ledger), yuan("50.00"));
    first.ledger.when(reverse(demand)).refused_as("reverse_later_first");
    // More may come than was demanded.
    let last = first.ledger.when(give_back(payment, "90.00")).accepted();
    assert_eq!(last.data()["demanded"], json!("50.00"));
    assert_eq!(owed(&last.ledger), yuan("0.00"));
    // A return that was booked by mistake is owed again; a demand made by mistake is owed no more.
    let again = last.ledger.clone().and([reverse(last.ledger.position()), reverse(returned)]);
    assert_eq!(owed(&again), yuan("200.00"));
    let again = again.and([reverse(demand)]);
    assert_eq!(owed(&again), yuan("0.00"));
    again.when(reverse(payment)).accepted();
    let whole = again.when(give_back(payment, "300.00")).accepted();
    assert_eq!(whole.data().get("demanded"), None);
}

#[test]
fn a_household_has_its_cap_by_programme_and_calendar_year() {
    let of = |subsidy: &str, beneficiary, on: &str| {
        let mut command = grant_of(subsidy, "help", (beneficiary, 77), subsidy, "500.00");
        command.effective_on = on.parse().unwrap();
        command
    };
    // Several members of one household share it.
    let ledger =
        funded().and((1..=4).map(|number| of(&format!("S-{number}"), number, "2024-12-31")));
    ledger.when(of("S-5", 5, "2024-12-31")).refused_as("household_over_cap");
    ledger.when(of("S-5", 5, "2025-01-01")).accepted();
    let other = [receive_for("aid", "city", "500.00", Some("free"))];
    ledger.and(other).when(grant_of("S-5", "free", (5, 77), "p", "500.00")).accepted();
}

#[test]
fn money_that_came_back_counts_for_the_year_of_its_approval() {
    let mut late = grant("S-1", 1, "2024-05", "300.00");
    late.effective_on = "2023-12-30".parse().unwrap();
    let ledger = funded().and([late, pay("S-1")]);
    let payment = ledger.position();
    let data = ledger.when(give_back(payment, "300.00")).accepted().data();
    assert_eq!(data["year"], 2023);
}

#[test]
fn nobody_is_paid_twice_for_a_period_by_one_programme() {
    let ledger = funded().and([
        receive_for("aid", "city", "9.00", Some("free")),
        grant("S-1", 1, "2024-05", "1.00"),
    ]);
    ledger.when(grant("S-2", 1, "2024-05", "1.00")).refused_as("subsidy_paid_already");
    ledger.when(grant("S-2", 1, "2024-06", "1.00")).accepted();
    ledger.when(grant("S-2", 2, "2024-05", "1.00")).accepted();
    ledger.when(grant_of("S-2", "free", (1, 1), "2024-05", "1.00")).accepted();
}
