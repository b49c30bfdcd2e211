//! What goes wrong in practice and concerns more than one concept.

use almoner_domain::command::Command;
use serde_json::json;

use crate::support::world::*;
use crate::support::{command, yuan};

fn on(day: &str, mut command: Command) -> Command {
    command.effective_on = day.parse().unwrap();
    command
}

#[test]
fn a_payment_of_december_that_the_bank_returns_in_january_is_made_again_in_the_new_year() {
    let lines = [(1, 11, "100.00"), (2, 12, "400.00")];
    let ledger = funded().and([
        open_year(2023),
        on("2023-12-20", roster("B-12", "2023-12", &lines, "500.00")),
        on("2023-12-28", pay_roster("B-12", "500.00")),
    ]);
    let payment = ledger.position() - 1;
    let ledger = ledger.and([close_year(2023)]);
    // The year is closed: what comes back is money of the new one.
    ledger.when(on("2023-12-31", give_back(payment, "400.00"))).refused_as("year_closed");
    let ledger = ledger.and([on("2024-01-16", give_back(payment, "400.00"))]);
    assert_eq!(ledger.balance("expenses:subsidy", "aid/union/help"), yuan("100.00"));
    let ledger = ledger
        .and([on("2024-01-17", reissue(payment)), on("2024-01-18", pay_roster("B-12", "400.00"))]);
    assert_eq!(ledger.balance("expenses:subsidy", "aid/union/help"), yuan("500.00"));
    // It stays December's: nobody is paid for that month again.
    let again = on("2024-01-19", grant("S-1", 2, "2023-12", "5.00"));
    ledger.when(again).refused_as("subsidy_paid_already");
}

#[test]
fn of_a_post_whose_holder_died_in_the_month_the_days_after_come_back() {
    let ledger = funded().and([grant("S-1", 1, "2024-05", "310.00"), pay("S-1")]);
    let payment = ledger.position();
    // He died on the tenth: 21 of 31 days come back, for a named reason.
    let data = json!({"payment": payment, "amount": "210.00", "reason": "died on 10 May"});
    let then = ledger.when(command("subsidy.return", "2024-05-20", data)).accepted();
    assert_eq!(then.data()["reason"], "died on 10 May");
    let ledger = then.posts(&[
        ("assets:fund_bank", "aid/union/help", "210.00"),
        ("expenses:subsidy", "aid/union/help", "-210.00"),
    ]);
    // What he had a right to stays paid; the month is not free for another payment.
    let again = on("2024-05-21", grant("S-2", 1, "2024-05", "5.00"));
    ledger.when(again).refused_as("subsidy_paid_already");
    let rest = give_back(payment, "100.01");
    ledger.when(on("2024-05-22", rest)).refused_as("return_over_paid");
}

#[test]
fn a_borrower_of_one_county_who_holds_a_post_in_another_is_one_person_in_the_log() {
    // Each is allowed by its own programme; what shows it is the same pseudonym in both records.
    let ledger = funded().and([apply("L-1", "own", "6000.00", 12)]);
    let then = ledger.when(grant("S-1", 1, "2024-05", "300.00")).accepted();
    let (_, application) = ledger.record(ledger.position()).unwrap();
    let (_, application) = crate::support::written(application);
    assert_eq!(then.data()["beneficiary"], application["borrower"]);
    // A programme that must not go with another says so in its terms, in both directions.
    let terms = json!({"exclusive": {"programmes": ["help"]}});
    let ledger = then.ledger.and([
        publish("2020-01-01", subsidy_version("other-county", terms)),
        receive_for("aid", "city", "900.00", Some("other-county")),
    ]);
    let both = grant_of("S-2", "other-county", (1, 1), "2024-05", "5.00");
    ledger.when(both).refused_as("exclusive_programme");
}
