//! `almoner schedule`.

use serde_json::{Value, json};

use crate::place::Place;

/// The example of the rule book: 200,000 over 36 months at 3.95 %, equal instalments.
fn terms(changes: Value) -> String {
    let mut terms = json!({"principal": "200000.00", "annual_rate": "0.0395",
        "disbursed_on": "2023-11-15", "first_due_on": "2023-12-15", "number": 36, "every": 1,
        "unit": "month", "method": "equal_instalment", "day_count": "whole_period",
        "rounding": "half_up"});
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => terms.as_object_mut().unwrap().remove(name),
            value => terms.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    terms.to_string()
}

fn schedule(changes: Value) -> Value {
    let place = Place::new();
    place.run_with_input(&["schedule", "-", "--json"], terms(changes).as_bytes()).done().json()
}

#[test]
fn equal_instalments_come_out_to_the_fen() {
    let schedule = schedule(json!({}));
    let instalments = schedule["instalments"].as_array().unwrap();
    assert_eq!(instalments.len(), 36);
    assert_eq!(
        instalments[0],
        json!({"number": 1, "from": "2023-11-15", "due_on": "2023-12-15", "days": 30,
            "principal": "5242.02", "interest": "658.33", "total": "5900.35",
            "balance": "194757.98"})
    );
    for instalment in &instalments[..35] {
        assert_eq!(instalment["total"], "5900.35");
    }
    assert_eq!(instalments[35]["total"], "5900.33");
    assert_eq!(instalments[35]["balance"], "0.00");
    assert_eq!(schedule["total_interest"], "12412.58");
    assert_eq!(schedule["total_principal"], "200000.00");
    assert_eq!(schedule.as_object().unwrap().len(), 3);
}

#[test]
fn every_method_unit_and_option_is_followed() {
    let first = |changes: Value| schedule(changes)["instalments"][0].clone();
    let amounts = |instalment: &Value| {
        ["principal", "interest"].map(|part| instalment[part].as_str().unwrap().to_owned())
    };
    assert_eq!(amounts(&first(json!({"method": "equal_principal"}))), ["5555.56", "658.33"]);
    assert_eq!(amounts(&first(json!({"method": "interest_only"}))), ["0.00", "658.33"]);
    assert_eq!(amounts(&first(json!({"method": "flat"}))), ["5555.56", "658.33"]);
    // The interest of three years: 200,000 x 3.95 % x 3.
    let bullet = schedule(json!({"method": "bullet"}));
    assert_eq!(amounts(&bullet["instalments"][35]), ["200000.00", "23700.00"]);
    let by_day = |day_count: &str| {
        amounts(&first(json!({"day_count": day_count, "method": "interest_only"})))
    };
    assert_eq!(by_day("actual/360"), ["0.00", "658.33"]);
    assert_eq!(by_day("actual/365"), ["0.00", "649.32"]);
    let weekly = first(json!({"unit": "week", "every": 2, "first_due_on": null}));
    assert_eq!([&weekly["due_on"], &weekly["days"]], [&json!("2023-11-29"), &json!(14)]);
    let daily = first(json!({"unit": "day", "every": 10, "first_due_on": null}));
    assert_eq!(daily["due_on"], "2023-11-25");
    assert_eq!(first(json!({"instalment_multiple": "1.00"}))["total"], "5900.00");
    assert_eq!(amounts(&first(json!({"principal_grace": 2}))), ["0.00", "658.33"]);
    assert_eq!(amounts(&first(json!({"interest_grace": 1})))[1], "0.00");
}

#[test]
fn people_get_a_table_in_their_language() {
    let place = Place::new();
    place.write("terms.json", terms(json!({"number": 3, "method": "equal_principal"})));
    let english = place.run(&["schedule", "terms.json"]).done();
    assert_eq!(english.out, include_str!("data/schedule.txt"), "{}", english.out);
    let chinese = place.run(&["schedule", "terms.json", "--lang", "zh"]).done().out;
    assert!(chinese.starts_with(" 期数   起息日 "), "{chinese}");
    // Nothing but the terms is read or written.
    assert_eq!(place.files(), ["terms.json"]);
}

#[test]
fn bad_terms_end_with_2_and_the_name_of_the_field() {
    let place = Place::new();
    for (changes, field) in [
        (json!({"principal": "0.00"}), "principal"),
        (json!({"principal": "200000"}), "principal"),
        (json!({"principal": 200_000}), "principal"),
        (json!({"principal": "-1.00"}), "principal"),
        (json!({"principal": null}), "principal"),
        (json!({"annual_rate": "3.95"}), "annual_rate"),
        (json!({"annual_rate": 0.0395}), "annual_rate"),
        (json!({"disbursed_on": "2023-02-30"}), "disbursed_on"),
        (json!({"first_due_on": "2023-11-15"}), "first_due_on"),
        (json!({"number": 0}), "number"),
        (json!({"number": 601}), "number"),
        (json!({"number": 1.5}), "number"),
        (json!({"every": 0}), "every"),
        (json!({"unit": "year"}), "unit"),
        (json!({"method": "balloon"}), "method"),
        (json!({"day_count": "actual/366"}), "day_count"),
        (json!({"rounding": "up"}), "rounding"),
        (json!({"instalment_multiple": "0.00"}), "instalment_multiple"),
        (json!({"principal_grace": 36}), "principal_grace"),
        (json!({"interest_grace": -1}), "interest_grace"),
        (json!({"fee": "1.00"}), "fee"),
    ] {
        let ran = place.run_with_input(&["schedule", "-", "--json"], terms(changes).as_bytes());
        let ran = ran.ended(2);
        assert_eq!(ran.out, "");
        let names = format!("error: the terms cannot be read at {field}: ");
        let follows = format!("error: the terms cannot be followed at {field}: ");
        let missing = format!("error: the terms cannot be read: missing field `{field}`");
        let named = [&names, &follows, &missing].iter().any(|text| ran.err.starts_with(*text));
        assert!(named, "{field}: {}", ran.err);
    }
}

#[test]
fn what_is_no_terms_at_all_ends_with_2() {
    let place = Place::new();
    for text in ["", "[]", "{", "200000.00", &terms(json!({})).repeat(2)] {
        let ran = place.run_with_input(&["schedule", "-"], text.as_bytes()).ended(2);
        assert!(ran.err.starts_with("error: the terms cannot be read"), "{text}: {ran:?}");
    }
    let long = format!("{}{}", terms(json!({})), " ".repeat(70_000));
    let ran = place.run_with_input(&["schedule", "-"], long.as_bytes()).ended(2);
    ran.said(&["error: standard input is longer than 65536 bytes"]);
}
