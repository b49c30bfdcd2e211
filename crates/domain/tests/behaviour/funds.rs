//! Funds: promised, received, given a purpose, drawn on.

use serde_json::json;

use crate::support::world::*;
use crate::support::{command, given, yuan};

#[test]
fn a_fund_has_its_sources_in_the_order_in_which_they_are_drawn_on() {
    let data = json!({
        "fund": "aid", "name": "小额贷款贴息基金",
        "sources": [
            {"source": "union", "kind": "union", "name": "市县总工会"},
            {"source": "city", "kind": "fiscal", "name": "地方财政"},
            {"source": "firm", "kind": "enterprise", "name": "企事业单位"},
            {"source": "public", "kind": "donation", "name": "社会各界"},
        ],
    });
    let then = given([])
        .when(command("fund.open", "2002-09-16", data.clone()))
        .then([("fund.opened.v1", data)]);
    assert_eq!(then.events[0].subject(), "fund/aid");
    let ledger = then.posts(&[]);
    let fund = &ledger.state.funds[&"aid".parse().unwrap()];
    let names: Vec<_> = fund.sources.iter().map(|source| source.as_str()).collect();
    assert_eq!(names, ["union", "city", "firm", "public"]);
    assert_eq!(fund.multiplier, None);
}

#[test]
fn a_fund_needs_sources_each_once_and_a_multiplier_above_zero() {
    given([]).when(open("aid", &[], None)).refused_as("terms_invalid");
    given([]).when(open("aid", &["city", "city"], None)).refused_as("terms_invalid");
    given([]).when(open("aid", &["city"], Some(0))).refused_as("terms_invalid");
    given([]).when(open("aid", &["s"; 51], None)).refused_as("terms_invalid");
}

#[test]
fn a_pledge_is_no_money_until_it_is_received() {
    let ledger = empty()
        .when(pledge("P-1", "public", "800.00"))
        .then([(
            "fund.pledged.v1",
            json!({
                "fund": "aid", "pledge": "P-1", "source": "public", "amount": "800.00",
                "document": "agreement 1",
            }),
        )])
        .posts(&[
            ("memo:pledge", "aid/public/-", "800.00"),
            ("memo_contra:pledge", "aid/public/-", "-800.00"),
        ]);
    let refusal = ledger.when(allocate("public", "help", "0.01")).refused_as("fund_overdrawn");
    assert_eq!(refusal.figures()[3], ("available", "0.00".to_owned()));

    let ledger = ledger.when(receive_pledged("P-1", "public", "300.00")).accepted().posts(&[
        ("assets:fund_bank", "aid/public/-", "300.00"),
        ("equity:fund_capital", "aid/public/-", "-300.00"),
        ("memo_contra:pledge", "aid/public/-", "300.00"),
        ("memo:pledge", "aid/public/-", "-300.00"),
    ]);
    assert_eq!(ledger.balance("memo:pledge", "aid/public/-"), yuan("500.00"));
    let ledger = ledger.and([allocate("public", "help", "300.00"), grant("S-1", 1, "p", "300.00")]);
    ledger.when(grant("S-2", 2, "p", "0.01")).refused_as("fund_overdrawn");
    // The rest arrives; more than was pledged is recorded without the pledge.
    let ledger = ledger.and([receive_pledged("P-1", "public", "500.00")]);
    assert_eq!(ledger.balance("memo:pledge", "aid/public/-"), yuan("0.00"));
    ledger.when(receive_for("aid", "public", "12.00", None)).accepted();
}

#[test]
fn an_allocation_moves_bank_money_and_capital_to_its_purpose() {
    empty()
        .and([receive_for("aid", "city", "900.00", None)])
        .when(allocate("city", "help", "400.00"))
        .then([(
            "fund.allocated.v1",
            json!({
                "fund": "aid", "source": "city", "purpose": "help", "amount": "400.00",
                "document": "allocation 1",
            }),
        )])
        .posts(&[
            ("assets:fund_bank", "aid/city/help", "400.00"),
            ("assets:fund_bank", "aid/city/-", "-400.00"),
            ("equity:fund_capital", "aid/city/-", "400.00"),
            ("equity:fund_capital", "aid/city/help", "-400.00"),
        ]);
}

#[test]
fn money_restricted_by_its_giver_serves_that_purpose_only() {
    let ledger =
        empty().when(receive_for("aid", "firm", "50.00", Some("free"))).accepted().posts(&[
            ("assets:fund_bank", "aid/firm/free", "50.00"),
            ("equity:fund_capital", "aid/firm/free", "-50.00"),
        ]);
    ledger.when(grant("S-1", 1, "p", "1.00")).refused_as("fund_overdrawn");
    ledger.when(allocate("firm", "help", "1.00")).refused_as("fund_overdrawn");
    ledger.when(grant_of("S-1", "free", (1, 1), "p", "50.00")).accepted();
}

#[test]
fn payments_draw_on_the_sources_in_the_order_of_the_fund() {
    let ledger = empty().and([
        receive_for("aid", "public", "40.00", Some("help")),
        receive_for("aid", "union", "10.00", Some("help")),
        receive_for("aid", "city", "20.00", Some("help")),
    ]);
    let ledger = ledger.when(grant("S-1", 1, "p", "35.00")).accepted().posts(&[
        ("memo:commitment", "aid/union/help", "10.00"),
        ("memo_contra:commitment", "aid/union/help", "-10.00"),
        ("memo:commitment", "aid/city/help", "20.00"),
        ("memo_contra:commitment", "aid/city/help", "-20.00"),
        ("memo:commitment", "aid/public/help", "5.00"),
        ("memo_contra:commitment", "aid/public/help", "-5.00"),
    ]);
    // The second of two commands that want the last money is refused.
    let first = grant("S-2", 2, "p", "35.00");
    let second = grant("S-3", 3, "p", "0.01");
    ledger.when(second.clone()).accepted();
    ledger.and([first]).when(second).refused_as("fund_overdrawn");
}
