//! Budget years: what is closed stays closed, and is corrected in the new year.

use almoner_domain::command::Command;
use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, command, date, yuan};

fn closed() -> Ledger {
    // A household of 2022 and one of 2023.
    let mut early = grant("S-1", 1, "2022-05", "300.00");
    early.effective_on = "2022-05-01".parse().unwrap();
    let mut late = grant("S-2", 1, "2023-05", "200.00");
    late.effective_on = "2023-05-01".parse().unwrap();
    funded().and([early, late, open_year(2022), open_year(2023), close_year(2022)])
}

#[test]
fn a_year_is_opened_and_closed_once_and_in_order() {
    let opened = json!({"year": 2022, "document": "budget 1"});
    let then = empty().when(open_year(2022)).then([("budget_year.opened.v1", opened)]);
    assert_eq!(then.events[0].subject(), "budget_year/2022");
    let ledger = then.posts(&[]).and([open_year(2023)]);
    ledger.when(open_year(2022)).refused_as("year_wrong_stage");
    ledger.when(close_year(2023)).refused_as("earlier_year_open");
    ledger.when(close_year(2024)).refused_as("year_wrong_stage");
    let closed = json!({"year": 2022, "document": "accounts 1", "balances": []});
    let then = ledger.when(close_year(2022)).then([("budget_year.closed.v1", closed)]);
    let ledger = then.posts(&[]);
    ledger.when(close_year(2022)).refused_as("year_wrong_stage");
    ledger.when(open_year(2022)).refused_as("year_wrong_stage");
    ledger.when(open_year(2021)).refused_as("year_wrong_stage");
    ledger.when(close_year(2023)).accepted();
    // A year may be closed on its last day.
    let mut on_the_last = close_year(2023);
    on_the_last.effective_on = "2023-12-31".parse().unwrap();
    ledger.when(on_the_last).accepted();
    empty().when(open_year(i16::MAX)).refused_as("terms_invalid");
}

#[test]
fn the_close_holds_the_balances_of_the_last_day_for_all_purposes_together() {
    let receive = |on: &str, purpose, amount: &str| {
        let mut received = receive_for("aid", "city", amount, purpose);
        received.effective_on = date(on);
        received
    };
    // Both years are worked on, and neither needs to be open for that.
    let ledger = empty().and([
        receive("2022-12-31", None, "5.00"),
        receive("2023-01-01", None, "100.00"),
        receive("2022-03-01", Some("help"), "7.00"),
        open_year(2022),
        receive("2023-02-01", Some("help"), "200.00"),
        receive("2022-06-01", None, "1.00"),
    ]);
    let mistake = ledger.position();
    let ledger = ledger.and([reverse_on("2022-06-02", mistake)]);
    let balances = |bank: &str| {
        let of = |account: &str, side: &str| json!({"account": account, "fund": "aid", "source": "city", "side": side, "amount": bank});
        json!([of("assets:fund_bank", "debit"), of("equity:fund_capital", "credit")])
    };
    let closed = json!({"year": 2022, "document": "accounts 1", "balances": balances("12.00")});
    let then = ledger.when(close_year(2022)).then([("budget_year.closed.v1", closed)]);
    let ledger = then.posts(&[]).and([open_year(2023)]);
    let closed = json!({"year": 2023, "document": "accounts 1", "balances": balances("312.00")});
    ledger.when(close_year(2023)).then([("budget_year.closed.v1", closed)]);
}

#[test]
fn nothing_is_dated_into_a_closed_year() {
    let ledger = closed();
    let mut received = receive_for("aid", "city", "5.00", None);
    ledger.when(received.clone()).accepted();
    received.effective_on = "2022-12-31".parse().unwrap();
    ledger.when(received).refused_as("year_closed");
    // What cannot be referred to at all is said first.
    let mut unknown = pay("S-9");
    unknown.effective_on = "2022-12-31".parse().unwrap();
    ledger.when(unknown).refused_as("unknown_subsidy");
}

#[test]
fn a_mistake_of_a_closed_year_is_reversed_in_the_new_one() {
    let mut received = receive_for("aid", "city", "5.00", None);
    received.effective_on = "2022-06-01".parse().unwrap();
    let ledger = empty().and([received]);
    let position = ledger.position();
    let ledger = ledger.and([open_year(2022), close_year(2022)]);
    ledger.when(reverse_on("2022-12-31", position)).refused_as("year_closed");
    let ledger = ledger.and([reverse_on("2023-01-16", position)]);
    assert_eq!(ledger.balance("assets:fund_bank", "aid/city/-"), yuan("0.00"));
}

#[test]
fn a_closed_year_forgets_its_household_caps_and_stays_forgotten() {
    let ledger = closed();
    let help = "help".parse().unwrap();
    let household = person(1001).parse().unwrap();
    let used = |ledger: &Ledger, year| ledger.state.household_used(&help, household, year);
    assert_eq!(used(&ledger, 2022), yuan("0.00"));
    assert_eq!(used(&ledger, 2023), yuan("200.00"));
    // A payment of December that the bank sends back in January (workflows 7, case 5).
    let ledger = ledger.and([pay("S-1")]);
    let payment = ledger.position();
    let ledger = ledger.and([give_back(payment, "300.00")]);
    assert_eq!(used(&ledger, 2022), yuan("0.00"));
    assert_eq!(ledger.balance("expenses:subsidy", "aid/union/help"), yuan("0.00"));
    let ledger =
        ledger.and([reissue(payment), Command { effective_on: date("2024-06-01"), ..pay("S-1") }]);
    assert_eq!(used(&ledger, 2022), yuan("0.00"));
    assert_eq!(postcard::from_bytes(&ledger.bytes()), Ok(ledger.state.clone()));
}

fn kept() -> Ledger {
    let receive = receive_by("allocation", "A-1", "city", Some("help"), "900.00");
    empty().and([
        register("A-1", "city", Some("help"), (2022, 2), "1000.00"),
        receive,
        open_year(2022),
        open_year(2023),
        close_year(2022),
    ])
}

#[test]
fn unspent_money_is_carried_over_with_its_age() {
    let carried = json!({
        "fund": "aid", "allocation": "A-1", "year": 2022, "age": 1, "amount": "900.00",
        "document": "carry 1",
    });
    let then = kept().when(carry("A-1", 2022, "900.00")).then([("allocation.carried.v1", carried)]);
    let ledger = then.posts(&[]);
    ledger.when(carry("A-1", 2022, "1.00")).refused_as("carried_already");
    ledger.when(carry("A-1", 2023, "1.00")).refused_as("carry_before_close");
    let ledger = ledger.and([close_year(2023)]);
    ledger.when(carry("A-1", 2023, "1.00")).refused_as("kept_too_long");
    // A wrong amount is reversed and carried over anew.
    let ledger = ledger.clone().and([reverse(ledger.last("allocation.carried.v1"))]);
    ledger.when(carry("A-1", 2022, "899.00")).accepted();
    kept().when(carry("A-1", 2022, "900.01")).refused_as("more_than_kept");
}

#[test]
fn what_comes_or_goes_after_the_year_does_not_change_what_is_carried_out_of_it() {
    // 60.00 received and 20.00 spent in 2022; 40.00 received and 30.00 spent in 2023.
    let dated = |mut command: Command, on: &str| {
        command.effective_on = date(on);
        command
    };
    let receive = |amount| receive_by("allocation", "A-1", "city", Some("help"), amount);
    let ledger = empty().and([
        dated(register("A-1", "city", Some("help"), (2022, 2), "100.00"), "2022-01-01"),
        dated(receive("60.00"), "2022-01-02"),
        dated(grant("S-1", 1, "2022-05", "20.00"), "2022-05-01"),
        dated(pay("S-1"), "2022-05-02"),
        open_year(2022),
        dated(receive("40.00"), "2023-01-02"),
        dated(grant("S-2", 1, "2023-05", "30.00"), "2023-01-05"),
        dated(pay("S-2"), "2023-01-06"),
        close_year(2022),
    ]);
    ledger.when(carry("A-1", 2022, "40.01")).refused_as("more_than_kept");
    let carried = ledger.and([carry("A-1", 2022, "40.00")]);
    // What it rests on is not taken away under it.
    for kind in ["allocation.registered.v1", "fund.received.v1"] {
        carried.when(reverse(carried.last(kind))).refused_as("reverse_later_first");
    }
}

#[test]
fn money_kept_for_two_years_goes_back_to_where_it_came_from() {
    let ledger = kept();
    ledger.when(return_surplus("A-1", "2023-12-31", "1.00")).refused_as("not_yet_surplus");
    // 100.00 are committed; they stay.
    let ledger = ledger.and([grant("S-1", 1, "2023-05", "100.00")]);
    ledger.when(return_surplus("A-1", "2024-05-02", "800.01")).refused_as("more_than_kept");
    let data = json!({
        "fund": "aid", "allocation": "A-1", "source": "city", "purpose": "help", "age": 2,
        "amount": "800.00", "document": "surplus 1",
    });
    let ledger = ledger
        .when(return_surplus("A-1", "2024-05-02", "800.00"))
        .then([("allocation.surplus_returned.v1", data)])
        .posts(&[
            ("equity:fund_capital", "aid/city/help", "800.00"),
            ("assets:fund_bank", "aid/city/help", "-800.00"),
        ]);
    let position = ledger.position();
    ledger.when(return_surplus("A-1", "2024-05-02", "0.01")).refused_as("more_than_kept");
    let ledger = ledger.and([reverse(position)]);
    ledger.when(return_surplus("A-1", "2024-05-02", "800.00")).accepted();
}

#[test]
fn publishing_is_dated_like_everything_else() {
    let data = json!({"year": 2022, "holidays": [], "working_weekends": [], "document": "d"});
    closed().when(command("calendar.publish", "2022-01-01", data)).refused_as("year_closed");
}
