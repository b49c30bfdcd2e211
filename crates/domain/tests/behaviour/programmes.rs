//! Programmes: versions by date, and terms that cannot stand.

use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{command, date};

/// Publishes version 2 of `help` with another cap, from a day on.
fn second(
    effective_from: &str,
    effective_to: Option<&str>,
    cap: &str,
) -> almoner_domain::command::Command {
    let mut version = help();
    version["version"] = json!(2);
    version["effective_from"] = json!(effective_from);
    version["terms"]["subsidy"]["per_payment"] = json!(cap);
    if let Some(to) = effective_to {
        version["effective_to"] = json!(to);
    }
    publish("2024-01-01", version)
}

#[test]
fn a_version_is_recorded_as_it_was_published() {
    let mut version = bank();
    version["programme"] = json!("new");
    let then = empty()
        .when(publish("2024-01-01", version.clone()))
        .then([("programme.published.v1", version)]);
    assert_eq!(then.events[0].subject(), "programme/new");
    then.posts(&[]);
}

#[test]
fn a_version_without_a_number_is_the_next_one() {
    let mut version = free();
    version["programme"] = json!("new");
    version.as_object_mut().unwrap().remove("version");
    let mut ledger = empty();
    for number in [1, 2] {
        let then = ledger.when(publish("2024-01-01", version.clone())).accepted();
        assert_eq!(then.data()["version"], number);
        ledger = ledger.and([publish("2024-01-01", version.clone())]);
    }
}

#[test]
fn the_version_in_force_on_the_effective_date_decides() {
    // Grants are made on 1 May 2024.
    let ledger = funded().and([second("2024-05-02", None, "700.00")]);
    ledger.when(grant("S-1", 1, "p", "500.01")).refused_as("payment_over_cap");
    let ledger = funded().and([second("2024-05-01", None, "700.00")]);
    let then = ledger.when(grant("S-1", 1, "p", "700.00")).accepted();
    assert_eq!(then.data()["version"], 2);
    ledger.when(grant("S-1", 1, "p", "700.01")).refused_as("payment_over_cap");
}

#[test]
fn a_version_that_has_ended_gives_way_to_the_one_before() {
    let ledger = funded().and([second("2024-01-01", Some("2024-04-30"), "700.00")]);
    let then = ledger.when(grant("S-1", 1, "p", "500.00")).accepted();
    assert_eq!(then.data()["version"], 1);
}

#[test]
fn a_loan_keeps_the_version_under_which_it_was_applied_for() {
    let mut version = own();
    version["version"] = json!(2);
    version["effective_from"] = json!("2023-06-02");
    let terms = loan_terms(&mut version);
    terms["maximum_rate"] = json!("0.01");
    terms["methods"] = json!(["bullet"]);
    let publish = publish("2023-06-02", version);
    let ledger = funded().and([apply("L-1", "own", "5000.00", 12), publish]);
    let then = ledger.when(approve("L-1", "5000.00", "0.08", "flat")).accepted();
    let data = then.ledger.when(disburse("L-1", "2023-07-01", 1)).accepted().data();
    assert_eq!(data["version"], 1);
}

#[test]
fn a_programme_is_asked_for_by_number_and_by_date() {
    let ledger = funded().and([second("2024-05-01", None, "700.00")]);
    let help = "help".parse().unwrap();
    let in_force = |on: &str| ledger.state.version_in_force(&help, date(on)).unwrap().version;
    assert_eq!(in_force("2024-04-30"), 1);
    assert_eq!(in_force("2024-05-01"), 2);
    assert!(ledger.state.version_in_force(&help, date("2019-12-31")).is_err());
    assert_eq!(ledger.state.programme_version(&help, 2).unwrap().version, 2);
    assert!(ledger.state.programme_version(&help, 0).is_none());
    assert!(ledger.state.programme_version(&help, 3).is_none());
}

#[test]
fn terms_that_cannot_stand_name_their_field() {
    let refused = |field: &str, change: fn(&mut Value)| {
        let mut version = bank();
        version["programme"] = json!("new");
        change(&mut version);
        let refusal = empty().when(publish("2024-01-01", version)).refused_as("terms_invalid");
        assert_eq!(refusal.figures()[0], ("field", field.to_owned()), "{refusal}");
    };
    refused("effective_to", |version| version["effective_to"] = json!("2019-12-31"));
    let set = |field: &str, value: Value, named: &str| {
        let mut version = bank();
        version["programme"] = json!("new");
        let terms = &mut version["terms"]["loan"];
        *terms.pointer_mut(field).unwrap() = value;
        let refusal = empty().when(publish("2024-01-01", version)).refused_as("terms_invalid");
        assert_eq!(refusal.figures()[0], ("field", named.to_owned()), "{refusal}");
    };
    set("/categories", json!([]), "categories");
    set("/categories/1/category", json!("stall"), "categories");
    set("/categories/1/minimum", json!("300000.01"), "categories");
    set("/categories/1/maximum", json!("10000000000.01"), "categories");
    set("/maximum_months", json!(0), "maximum_months");
    set("/methods", json!([]), "methods");
    set("/application_order", json!(["interest"]), "application_order");
    set("/application_order", json!(["interest", "interest"]), "application_order");
    set("/open_loans_per_borrower", json!(0), "open_loans_per_borrower");
    set("/classes/1/over_days", json!(0), "classes");
    set("/guarantee/share", json!("0"), "guarantee.share");
    set("/discount/mode", json!({"interest_share": "0"}), "discount");
    set("/discount/mode", json!({"benchmark_share": "0"}), "discount");
    set("/discount/mode", json!({"points": "0"}), "discount");
    set("/discount/mode", json!({"staged": ["1"]}), "discount");
    set("/discount/mode", json!({"staged": ["0", "0"]}), "discount");
    let twice = json!({"tier": "city", "weight": 1});
    for (field, value) in [
        ("principal_cap", json!("0.00")),
        ("tolerance", json!("0.00")),
        ("loans_per_borrower", json!(0)),
        ("split", json!([{"tier": "city", "weight": 0}])),
        ("split", json!([twice, twice])),
    ] {
        let mut discount = bank()["terms"]["loan"]["discount"].clone();
        discount[field] = value;
        set("/discount", discount, "discount");
    }
    set("/discount/months", json!(0), "discount");

    let union = json!({"source": "union", "weight": 1});
    let over = |source: &str| json!({"source": source, "weight": 1, "takes_over": true});
    for borne_by in [
        json!([{"source": "union", "weight": 0}]),
        json!([union, union]),
        json!([over("union"), over("city")]),
    ] {
        let version = subsidy_version("new", json!({"borne_by": borne_by}));
        let refusal = empty().when(publish("2024-01-01", version)).refused_as("terms_invalid");
        assert_eq!(refusal.figures()[0], ("field", "borne_by".to_owned()));
    }
    let stranger = json!({"borne_by": [{"source": "stranger", "weight": 1}]});
    let version = subsidy_version("new", stranger);
    empty().when(publish("2024-01-01", version)).refused_as("unknown_source");

    for field in ["per_payment", "per_household_year"] {
        let mut version = help();
        version["programme"] = json!("new");
        version["terms"]["subsidy"][field] = json!("0.00");
        let refusal = empty().when(publish("2024-01-01", version)).refused_as("terms_invalid");
        assert_eq!(refusal.figures()[0], ("field", field.to_owned()));
    }
}

#[test]
fn a_calendar_is_published_by_year_and_replaced_by_year() {
    let table = |year: i16, holidays: &[&str], worked: &[&str]| {
        let data = json!({
            "year": year, "holidays": holidays, "working_weekends": worked, "document": "notice",
        });
        command("calendar.publish", "2023-12-01", data)
    };
    let ledger = empty().and([table(2024, &["2024-05-01", "2024-05-02"], &["2024-05-11"])]);
    let worked = |ledger: &crate::support::Ledger, day: &str| {
        ledger.state.calendar.is_working_day(date(day))
    };
    assert!(!worked(&ledger, "2024-05-01"));
    assert!(worked(&ledger, "2024-05-11"));
    let ledger = ledger.and([table(2025, &["2025-01-01"], &[]), table(2024, &["2024-05-01"], &[])]);
    assert!(!worked(&ledger, "2025-01-01"));
    assert!(worked(&ledger, "2024-05-02"));
    assert!(!worked(&ledger, "2024-05-11"));
    ledger.when(table(2024, &["2025-05-01"], &[])).refused_as("terms_invalid");
    ledger.when(table(-1, &[], &[])).refused_as("terms_invalid");
    ledger.when(table(2200, &[], &[])).refused_as("terms_invalid");
    ledger.when(table(2024, &[], &["2024-05-06"])).refused_as("terms_invalid");
    ledger.when(table(2024, &["2024-05-11"], &["2024-05-11"])).refused_as("terms_invalid");
}
