//! Allocation documents, matching duties, pledges by the month, donation receipts.

use almoner_domain::command::{Action, Command};
use serde_json::json;

use crate::support::world::*;
use crate::support::{command, date, yuan};

#[test]
fn an_allocation_document_is_received_in_parts_and_never_above_its_ceiling() {
    let registered = json!({
        "fund": "aid", "allocation": "A-1", "source": "city", "tier": "province",
        "channel": "direct", "purpose": "help", "year": 2024, "keep_years": 2,
        "amount": "33250000.00", "document": "notice 56",
    });
    let register = || register("A-1", "city", Some("help"), (2024, 2), "33250000.00");
    let ledger =
        empty().when(register()).then([("allocation.registered.v1", registered)]).posts(&[
            ("memo:allocation", "aid/city/-", "33250000.00"),
            ("memo_contra:allocation", "aid/city/-", "-33250000.00"),
        ]);
    ledger.when(register()).refused_as("already_exists");
    // A document is no money.
    ledger.when(grant("S-1", 1, "p", "0.01")).refused_as("fund_overdrawn");
    let receive = |amount| receive_by("allocation", "A-1", "city", Some("help"), amount);
    let ledger = ledger.when(receive("20000000.00")).accepted().posts(&[
        ("assets:fund_bank", "aid/city/help", "20000000.00"),
        ("equity:fund_capital", "aid/city/help", "-20000000.00"),
        ("memo_contra:allocation", "aid/city/-", "20000000.00"),
        ("memo:allocation", "aid/city/-", "-20000000.00"),
    ]);
    let first = ledger.position();
    ledger.when(receive("13250000.01")).refused_as("promise_exceeded");
    let ledger = ledger.and([receive("13250000.00")]);
    assert_eq!(ledger.balance("memo:allocation", "aid/city/-"), yuan("0.00"));
    let document = ledger.last("allocation.registered.v1");
    ledger.when(reverse(document)).refused_as("reverse_later_first");
    // A receipt reversed is open again.
    let ledger = ledger.and([reverse(first)]);
    ledger.when(receive("20000000.01")).refused_as("promise_exceeded");
    ledger.when(receive("20000000.00")).accepted();
}

#[test]
fn money_of_an_allocation_document_keeps_to_its_source_and_purpose() {
    let ledger = empty().and([register("A-1", "city", Some("help"), (2024, 2), "100.00")]);
    let receive = |source, purpose| receive_by("allocation", "A-1", source, purpose, "1.00");
    ledger.when(receive("union", Some("help"))).refused_as("unknown_promise");
    ledger.when(receive("city", Some("free"))).refused_as("unknown_promise");
    ledger.when(receive("city", None)).refused_as("unknown_promise");
    ledger.when(register("A-2", "city", None, (2024, 0), "1.00")).refused_as("terms_invalid");
    ledger
        .when(register("A-2", "city", Some("none"), (2024, 1), "1.00"))
        .refused_as("unknown_programme");
}

#[test]
fn a_matching_duty_is_short_until_it_is_put_in_place() {
    // Except one district no county has put in its matching money (Heihe 2003).
    let data = json!({
        "fund": "aid", "matching": "M-1", "source": "city", "amount": "1800000.00",
        "document": "notice 2",
    });
    let ledger = empty()
        .when(require("M-1", "city", "1800000.00"))
        .then([("matching.required.v1", data)])
        .posts(&[
            ("memo:matching", "aid/city/-", "1800000.00"),
            ("memo_contra:matching", "aid/city/-", "-1800000.00"),
        ]);
    ledger.when(require("M-1", "city", "1.00")).refused_as("already_exists");
    let duty = ledger.position();
    let undone = ledger.clone().and([reverse(duty)]);
    assert_eq!(undone.balance("memo:matching", "aid/city/-"), yuan("0.00"));
    undone.when(require("M-1", "city", "1.00")).accepted();
    let receive = |source, amount| receive_by("matching", "M-1", source, None, amount);
    ledger.when(receive("union", "1.00")).refused_as("unknown_promise");
    let ledger = ledger.and([receive("city", "600000.00")]);
    assert_eq!(ledger.balance("memo:matching", "aid/city/-"), yuan("1200000.00"));
    assert_eq!(ledger.balance("assets:fund_bank", "aid/city/-"), yuan("600000.00"));
    ledger.when(receive("city", "1200000.01")).refused_as("promise_exceeded");
}

/// 4 yuan a month from each of 250 cadres for a year, from the last day of January.
fn by_the_month(total: &str) -> Command {
    let data = json!({
        "fund": "aid", "pledge": "P-1", "source": "public", "amount": total, "document": "call 1",
        "monthly": {"amount": "1000.00", "months": 12, "first_due_on": "2003-01-31"},
    });
    command("fund.pledge", "2002-12-01", data)
}

#[test]
fn a_pledge_by_the_month_adds_up_and_says_what_is_due() {
    empty().when(by_the_month("12000.01")).refused_as("batch_total_differs");
    let pledge = by_the_month("12000.00");
    empty().when(pledge.clone()).accepted();
    let Action::FundPledge(pledge) = pledge.action else { panic!("no pledge") };
    for (day, due) in [
        ("2003-01-30", "0.00"),
        ("2003-01-31", "1000.00"),
        ("2003-02-27", "1000.00"),
        ("2003-02-28", "2000.00"),
        ("2003-12-31", "12000.00"),
        ("2010-01-01", "12000.00"),
    ] {
        assert_eq!(pledge.monthly.as_ref().unwrap().due_by(date(day)), yuan(due), "{day}");
    }
    let mut twice = json!({
        "fund": "aid", "pledge": "P-1", "source": "public", "amount": "12.00", "document": "call 1",
        "monthly": {"amount": "1.00", "months": 12, "first_due_on": "2003-01-31"},
    });
    twice["due_on"] = json!("2003-12-31");
    empty().when(command("fund.pledge", "2002-12-01", twice)).refused_as("terms_invalid");
}

#[test]
fn a_pledge_that_never_arrives_is_given_up() {
    let ledger = empty()
        .and([pledge("P-1", "public", "800.00"), receive_pledged("P-1", "public", "300.00")]);
    let data = json!({
        "fund": "aid", "pledge": "P-1", "source": "public", "amount": "500.00",
        "reason": "hardship", "document": "notice 3",
    });
    let ledger =
        ledger.when(withdraw_pledge("P-1")).then([("fund.pledge_withdrawn.v1", data)]).posts(&[
            ("memo_contra:pledge", "aid/public/-", "500.00"),
            ("memo:pledge", "aid/public/-", "-500.00"),
        ]);
    ledger.when(withdraw_pledge("P-1")).refused_as("unknown_pledge");
    ledger.when(receive_pledged("P-1", "public", "0.01")).refused_as("unknown_pledge");
    // Neither is the promise reversed after that.
    let promise = ledger.last("fund.pledged.v1");
    ledger.when(reverse(promise)).refused_as("reverse_later_first");
    let withdrawal = ledger.position();
    ledger.and([reverse(withdrawal)]).when(receive_pledged("P-1", "public", "500.00")).accepted();
}

#[test]
fn the_number_of_a_donation_receipt_is_used_once() {
    let give = |fund: &str, receipt: &str| {
        let data = json!({
            "fund": fund, "source": "city", "amount": "5.00", "document": "donation",
            "receipt": receipt,
        });
        command("fund.receive", "2023-01-01", data)
    };
    let ledger = empty().and([give("aid", "R-1")]);
    let position = ledger.position();
    ledger.when(give("aid", "R-1")).refused_as("already_exists");
    ledger.when(give("guard", "R-1")).accepted();
    ledger.when(give("aid", "R-2")).accepted();
    // A void receipt is not written again.
    ledger.and([reverse(position)]).when(give("aid", "R-1")).refused_as("already_exists");
}

#[test]
fn a_gift_in_kind_is_a_memo_until_it_is_handed_out() {
    // Goose chicks, given free (Shuangyashan 2003).
    let ledger = empty().when(give_in_kind("G-1", "public", 20, "6.50")).accepted().posts(&[
        ("memo:in_kind", "aid/public/-", "130.00"),
        ("memo_contra:in_kind", "aid/public/-", "-130.00"),
    ]);
    ledger.when(give_in_kind("G-1", "public", 1, "6.50")).refused_as("already_exists");
    ledger.when(give_in_kind("G-2", "public", 0, "6.50")).refused_as("amount_zero");
    ledger.when(give_in_kind("G-2", "public", 1, "0.00")).refused_as("amount_zero");
    let most = give_in_kind("G-2", "public", 2, "600000000000.00");
    ledger.when(most).refused_as("terms_invalid");
    ledger.when(hand_out("G-2", 1, 1)).refused_as("unknown_promise");
    ledger.when(hand_out("G-1", 1, 0)).refused_as("amount_zero");
    let data = json!({
        "fund": "aid", "gift": "G-1", "source": "public", "beneficiary": person(1),
        "quantity": 5, "value": "32.50", "document": "list 1",
    });
    let ledger =
        ledger.when(hand_out("G-1", 1, 5)).then([("in_kind.handed_out.v1", data)]).posts(&[
            ("memo_contra:in_kind", "aid/public/-", "32.50"),
            ("memo:in_kind", "aid/public/-", "-32.50"),
        ]);
    let ledger = ledger.and([hand_out("G-1", 2, 15)]);
    assert_eq!(ledger.balance("memo:in_kind", "aid/public/-"), yuan("0.00"));
    assert_eq!(ledger.balance("assets:fund_bank", "aid/public/-"), yuan("0.00"));
    ledger.when(hand_out("G-1", 1, 1)).refused_as("gift_exceeded");
}

#[test]
fn a_gift_in_kind_is_reversed_after_what_was_handed_out_of_it() {
    let ledger = empty().and([give_in_kind("G-1", "public", 20, "6.50")]);
    let received = ledger.position();
    let mut early = hand_out("G-1", 1, 20);
    early.effective_on = date("2022-12-31");
    ledger.when(early).refused_as("before_original");
    let ledger = ledger.and([hand_out("G-1", 1, 20)]);
    let handed_out = ledger.position();
    ledger.when(reverse(received)).refused_as("reverse_later_first");
    let ledger = ledger.and([reverse(handed_out)]);
    assert_eq!(ledger.balance("memo:in_kind", "aid/public/-"), yuan("130.00"));
    ledger.when(hand_out("G-1", 2, 20)).accepted();
    ledger.when(hand_out("G-1", 2, 21)).refused_as("gift_exceeded");
    let ledger = ledger.and([reverse(received)]);
    assert_eq!(ledger.balance("memo:in_kind", "aid/public/-"), yuan("0.00"));
    ledger.when(hand_out("G-1", 2, 1)).refused_as("unknown_promise");
    ledger.when(give_in_kind("G-1", "public", 20, "6.00")).accepted();
}

fn on_the_last(mut command: Command) -> Command {
    command.effective_on = date("2022-12-31");
    command
}

#[test]
fn what_is_spent_or_older_than_the_document_is_not_carried_over() {
    let ledger = empty().and([
        register("A-1", "city", Some("help"), (2022, 2), "1000.00"),
        receive_by("allocation", "A-1", "city", Some("help"), "1000.00"),
        on_the_last(grant_of("S-1", "help", (1, 1), "2022-12", "400.00")),
        on_the_last(pay("S-1")),
        open_year(2022),
        close_year(2022),
    ]);
    ledger.when(carry("A-1", 2021, "1.00")).refused_as("terms_invalid");
    ledger.when(carry("A-1", 2022, "600.01")).refused_as("more_than_kept");
    ledger.when(carry("A-1", 2022, "600.00")).accepted();
}

#[test]
fn a_document_of_which_a_surplus_went_back_is_not_reversed_before_that() {
    let ledger = empty().and([
        register("A-1", "city", Some("help"), (2022, 1), "1000.00"),
        receive_by("allocation", "A-1", "city", Some("help"), "1000.00"),
    ]);
    let receipt = ledger.position();
    let ledger = ledger.and([
        return_surplus("A-1", "2024-06-01", "100.00"),
        receive_for("aid", "city", "5000.00", Some("help")),
        reverse(receipt),
    ]);
    let registration = ledger.last("allocation.registered.v1");
    ledger.when(reverse(registration)).refused_as("reverse_later_first");
    let surplus = ledger.last("allocation.surplus_returned.v1");
    ledger.and([reverse(surplus)]).when(reverse(registration)).accepted();
}
