//! Commands that must be refused, on the ledger of the half year: the right code, the figures that
//! explain it, exit code 1, and nothing written.

use serde_json::{Value, json};

use crate::place::Place;

/// Submits one command and holds the refusal against code and figures; the ledger must stay as it is.
#[track_caller]
fn refused(place: &Place, command: &str, on: &str, data: &Value, code: &str, figures: &Value) {
    let line = json!({"command": command, "key": "refused", "effective_date": on, "data": data});
    line_refused(place, &line.to_string(), code, figures);
}

#[track_caller]
fn line_refused(place: &Place, line: &str, code: &str, figures: &Value) {
    let ran = place.run_with_input(&["record", "-", "--json"], line.as_bytes()).ended(1);
    let refusal = &ran.json()["refusal"];
    assert_eq!(refusal["code"], code, "{ran:#?}");
    for (name, value) in figures.as_object().unwrap() {
        assert_eq!(&refusal["figures"][name], value, "{name} of {ran:#?}");
    }
    // Every figure stands in the text, so that it explains itself.
    let english = refusal["english"].as_str().unwrap();
    for (name, value) in refusal["figures"].as_object().unwrap() {
        assert!(english.contains(value.as_str().unwrap()), "{name}: {english}");
    }
    let chinese = refusal["chinese"].as_str().unwrap();
    assert!(chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{chinese}");
    assert_eq!(place.size(), 37);
}

#[test]
fn forms_that_cannot_be_read_name_the_field() {
    let place = Place::with_half_year();
    let receive =
        json!({"fund": "relief", "source": "union", "amount": "5.00", "document": "票据"});
    let bad = |change: Value, field: &str, accepted: &str| {
        let mut data = receive.clone();
        data.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let line = json!({"command": "fund.receive", "key": "refused", "effective_date": "2024-06-10", "data": data});
        let ran = place.run_with_input(&["record", "-", "--json"], line.to_string().as_bytes());
        let refusal = ran.ended(1).json()["refusal"].clone();
        assert_eq!(refusal["code"], "form_invalid", "{refusal:#}");
        assert_eq!(refusal["stage"], "form");
        assert_eq!(refusal["figures"]["field"], field, "{refusal:#}");
        let problem = refusal["figures"]["problem"].as_str().unwrap();
        assert!(problem.contains(accepted), "{problem}");
    };
    bad(json!({"colour": "red"}), "data.colour", "`document`");
    bad(json!({"amount": "-5.00"}), "data.amount", "exactly two places");
    bad(json!({"amount": "5.001"}), "data.amount", "exactly two places");
    bad(json!({"amount": "5"}), "data.amount", "\"20000.00\"");
    bad(json!({"amount": 5}), "data.amount", "a string");
    bad(json!({"amount": null}), "data.amount", "a string");
    bad(json!({"amount": "9999999999999.00"}), "data.amount", "1000000000000.00");
    bad(json!({"fund": ["relief"]}), "data.fund", "a string");
    bad(json!({"fund": "救助"}), "data.fund", "A-Z a-z 0-9");
    bad(
        json!({"document": "13800138000"}),
        "data.document",
        "no telephone, card or citizen numbers",
    );
    assert_eq!(place.size(), 37);
}

#[test]
fn a_command_without_key_name_or_with_an_impossible_date_is_refused() {
    let place = Place::with_half_year();
    let with = |field: &str, value: Option<Value>| {
        let mut line = json!({"command": "subsidy.pay", "key": "refused", "effective_date": "2024-06-10", "data": {"subsidy": "S-9"}});
        match value {
            Some(value) => line.as_object_mut().unwrap().insert(field.into(), value),
            None => line.as_object_mut().unwrap().remove(field),
        };
        line.to_string()
    };
    for (line, field) in [
        (with("key", None), "key"),
        (with("key", Some(json!("two words"))), "key"),
        (with("command", Some(json!("subsidy.give"))), "command"),
        (with("effective_date", Some(json!("2024-02-30"))), "effective_date"),
        (with("effective_date", Some(json!("30.6.2024"))), "effective_date"),
    ] {
        line_refused(&place, &line, "form_invalid", &json!({"field": field}));
    }
    let tomorrow = with("effective_date", Some(json!("2199-01-01")));
    line_refused(&place, &tomorrow, "date_in_future", &json!({"effective_on": "2199-01-01"}));
}

#[test]
fn loans_outside_their_programme_are_refused() {
    let place = Place::with_half_year();
    let apply = |change: Value| {
        let mut data = json!({"loan": "L-9", "programme": "stalls", "category": "stall",
            "borrower": format!("{:032x}", 9), "amount": "5000.00", "months": 12});
        data.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        data
    };
    let on = "2024-06-10";
    let case = |change: Value, code: &str, figures: Value| {
        refused(&place, "loan.apply", on, &apply(change), code, &figures);
    };
    case(
        json!({"amount": "20000.01"}),
        "loan_outside_band",
        json!({"requested": "20000.01", "minimum": "1000.00", "maximum": "20000.00"}),
    );
    case(json!({"amount": "999.99"}), "loan_outside_band", json!({"requested": "999.99"}));
    case(json!({"months": 25}), "term_too_long", json!({"months": "25", "maximum": "24"}));
    case(json!({"programme": "shops"}), "unknown_programme", json!({"programme": "shops"}));
    case(json!({"category": "shop"}), "unknown_category", json!({"known": "stall"}));
    case(json!({"loan": "L-1"}), "already_exists", json!({"id": "L-1"}));
    case(json!({"bank": "rural-bank"}), "lender_mismatch", json!({"lender": "fund"}));
    case(
        json!({"borrower": format!("{:032x}", 1)}),
        "open_loan_exists",
        json!({"open": "1", "maximum": "1"}),
    );
    // The programme began in 2024.
    let before = apply(json!({}));
    let date = json!({"date": "2023-12-31"});
    refused(&place, "loan.apply", "2023-12-31", &before, "no_version_in_force", &date);
}

#[test]
fn money_that_is_not_there_is_refused() {
    let place = Place::with_half_year();
    let on = "2024-06-10";
    let left = json!({"needed": "190000.01", "available": "190000.00"});
    let data = json!({"fund": "relief", "source": "fiscal", "purpose": "stalls",
        "amount": "190000.01", "document": "指标文9"});
    refused(&place, "fund.allocate", on, &data, "fund_overdrawn", &left);

    let data = json!({"fund": "relief", "source": "union", "pledge": "union-2024",
        "amount": "30000.01", "document": "捐赠票据9"});
    let open = json!({"open": "30000.00", "received": "30000.01"});
    refused(&place, "fund.receive", on, &data, "pledge_exceeded", &open);

    let data = json!({"position": 8, "reason": "错", "document": "审批9"});
    refused(&place, "reversal.record", on, &data, "reversal_overdraws", &json!({"position": "8"}));
}

#[test]
fn caps_of_subsidies_hold() {
    let place = Place::with_half_year();
    let approve = |change: Value| {
        let mut data = json!({"subsidy": "S-9", "programme": "living", "period": "2024-07",
            "beneficiary": format!("{:032x}", 3), "household": format!("{:032x}", 103),
            "amount": "200.00"});
        data.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        data
    };
    let case = |change: Value, code: &str, figures: Value| {
        refused(&place, "subsidy.approve", "2024-06-10", &approve(change), code, &figures);
    };
    case(
        json!({"amount": "500.01"}),
        "payment_over_cap",
        json!({"amount": "500.01", "cap": "500.00"}),
    );
    case(
        json!({"amount": "200.01"}),
        "household_over_cap",
        json!({"used": "1000.00", "cap": "1200.00", "left": "200.00", "year": "2024"}),
    );
    case(json!({"period": "2024-05"}), "subsidy_paid_already", json!({"period": "2024-05"}));
    case(json!({"subsidy": "S-1"}), "already_exists", json!({"id": "S-1"}));
    // What is left is accepted.
    let line = json!({"command": "subsidy.approve", "key": "good", "effective_date": "2024-06-10",
        "data": approve(json!({}))});
    place.run_with_input(&["record", "-"], line.to_string().as_bytes()).done();
}

#[test]
fn guarantees_beyond_the_funds_capacity_are_refused() {
    let place = Place::with_half_year();
    // Five times 100,000 less the 200,000 of L-2 leaves 300,000.
    let borrower = format!("{:032x}", 9);
    let steps = [
        json!({"command": "loan.apply", "key": "a", "effective_date": "2024-06-10", "data": {"loan": "L-3", "programme": "startup", "category": "person", "borrower": borrower, "bank": "rural-bank", "amount": "300000.00", "months": 12}}),
        json!({"command": "loan.approve", "key": "b", "effective_date": "2024-06-10", "data": {"loan": "L-3", "amount": "300000.00", "annual_rate": "0.0395", "method": "interest_only"}}),
        json!({"command": "reversal.record", "key": "c", "effective_date": "2024-06-10", "data": {"position": 10, "reason": "错", "document": "审批9"}}),
        json!({"command": "guarantee.commit", "key": "d", "effective_date": "2024-06-10", "data": {"loan": "L-3"}}),
    ];
    let text = steps.map(|step| step.to_string()).join("\n");
    let ran = place.run_with_input(&["record", "-", "--json"], text.as_bytes()).ended(1);
    let refusal = &ran.json_lines()[3]["refusal"];
    assert_eq!(refusal["code"], "capacity_exceeded", "{ran:#?}");
    assert_eq!(refusal["figures"]["balance"], "0.00");
    assert_eq!(refusal["figures"]["liability"], "200000.00");
}

#[test]
fn the_same_thing_is_not_paid_recorded_or_reversed_twice() {
    let place = Place::with_half_year();
    let on = "2024-06-10";
    let case = |command: &str, data: Value, code: &str, figures: Value| {
        refused(&place, command, on, &data, code, &figures);
    };
    case("subsidy.pay", json!({"subsidy": "S-1"}), "unknown_subsidy", json!({"subsidy": "S-1"}));
    case(
        "subsidy_batch.pay",
        json!({"batch": "B-1", "total": "900.00", "document": "付款单9"}),
        "unknown_batch",
        json!({"batch": "B-1"}),
    );
    case(
        "reversal.record",
        json!({"position": 22, "reason": "再冲", "document": "审批9"}),
        "already_reversed",
        json!({"position": "22"}),
    );
    case(
        "loan.disburse",
        json!({"loan": "L-1", "every": 1}),
        "wrong_stage",
        json!({"stage": "active"}),
    );
    case(
        "interest_discount.claim",
        json!({"claim": "C-2", "programme": "startup", "bank": "rural-bank", "from": "2024-03-20",
            "to": "2024-04-20", "total": "340.14", "document": "申报表9",
            "lines": [{"loan": "L-2", "interest": "680.28", "discount": "340.14"}]}),
        "lines_refused",
        json!({"lines": "1", "refused": "1"}),
    );
    // The key of the first receipt, with another amount.
    let line = json!({"command": "fund.receive", "key": "k-009", "effective_date": "2024-01-04",
        "data": {"fund": "relief", "source": "union", "amount": "20000.01", "pledge": "union-2024",
            "document": "捐赠票据1"}});
    let used = json!({"key": "k-009", "position": "9"});
    line_refused(&place, &line.to_string(), "key_reused", &used);
}

#[test]
fn of_a_roster_all_bad_lines_are_named_and_none_is_recorded() {
    let place = Place::with_half_year();
    let line = |number: u32, amount: &str| json!({"beneficiary": format!("{number:032x}"), "household": format!("{number:032x}"), "amount": amount});
    let data = json!({"batch": "B-2", "programme": "living", "period": "2024-07", "document": "公示9",
        "lines": [line(21, "500.00"), line(22, "500.01"), line(21, "100.00"), line(23, "400.00")],
        "total": "1500.01"});
    let command = json!({"command": "subsidy_batch.approve", "key": "refused",
        "effective_date": "2024-06-10", "data": data});
    let ran = place.run_with_input(&["record", "-", "--json"], command.to_string().as_bytes());
    let refusal = ran.ended(1).json()["refusal"].clone();
    assert_eq!(refusal["code"], "lines_refused");
    let lines: Vec<_> = refusal["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (&line["line"], &line["refusal"]["code"]))
        .map(|(line, code)| (line.as_u64().unwrap(), code.as_str().unwrap()))
        .collect();
    assert_eq!(lines, [(2, "payment_over_cap"), (3, "subsidy_paid_already")]);
    assert_eq!(place.size(), 37);

    let ran = place.run_with_input(&["record", "-"], command.to_string().as_bytes()).ended(1);
    assert!(ran.out.contains("\n      line 2: 500.01 yuan exceed the cap"), "{ran:#?}");
}
