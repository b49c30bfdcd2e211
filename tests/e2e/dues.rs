//! What is owed beyond loans, asked of cases in which every kind of event comes up; what they amount to is worked out
//! in the tests of the views.

use serde_json::{Value, json};

use crate::place::Place;

/// The cases, each with a key of its own.
fn place() -> Place {
    let place = Place::with_ledger();
    let lines = include_str!("../data/other_kinds.ndjson").lines().enumerate();
    let line = |(number, line): (usize, &str)| {
        let mut command: Value = serde_json::from_str(line).unwrap();
        command["key"] = json!(format!("case-{number}"));
        command.to_string()
    };
    place.write("cases.ndjson", lines.map(line).collect::<Vec<_>>().join("\n"));
    place.run(&["record", "cases.ndjson"]).done();
    place
}

/// Prints for people, in lines that fit a terminal.
fn text(place: &Place, arguments: &[&str]) -> String {
    let text = place.run(arguments).done().out;
    for line in text.lines() {
        let width: usize = line.chars().map(|one| if one < '\u{2E80}' { 1 } else { 2 }).sum();
        assert!(width <= 100, "{width} columns: {line}");
    }
    text
}

const ENTERPRISE: &str = "000003b6000000000000000000abcdef";

#[test]
fn premiums_are_told_by_enterprise_insurance_and_month() {
    let place = place();
    let english = text(&place, &["premiums", "--as-of", "2013-01-03"]);
    assert_eq!(english, include_str!("data/premiums.txt"), "{english}");
    let chinese = text(&place, &["premiums", "--as-of", "2013-01-03", "--lang", "zh"]);
    assert_eq!(chinese, include_str!("data/premiums_zh.txt"), "{chinese}");

    let told = |options: &[&str]| {
        let options = [&["premiums", "--as-of", "2013-12-31", "--json"], options].concat();
        place.run(&options).done().json()
    };
    // The first month is paid, and only told when asked for.
    let open = told(&[]);
    assert_eq!(open["on"], "2013-12-31");
    assert_eq!(open["arrears"].as_array().unwrap().len(), 1);
    let one = &open["arrears"][0];
    assert_eq!([&one["insurance"], &one["month"]], ["medical", "2010-02"]);
    assert_eq!([&one["open"], &one["late_fee_open"]], ["16600.75", "2988.14"]);
    assert_eq!(told(&["--all"])["arrears"].as_array().unwrap().len(), 2);
    let of_enterprise = told(&["--enterprise", ENTERPRISE]);
    assert_eq!(of_enterprise["arrears"].as_array().unwrap().len(), 1);
    assert_eq!(told(&["--enterprise", &"a".repeat(32)])["arrears"], json!([]));
    let before = text(&place, &["premiums", "--as-of", "2009-12-31"]);
    assert!(before.ends_with("\n\nno premiums are owed on 2009-12-31\n"), "{before}");
}

#[test]
fn mortgages_are_told_with_what_became_of_each_item() {
    let place = place();
    let english = text(&place, &["mortgages", "--all", "--as-of", "2013-01-05"]);
    assert_eq!(english, include_str!("data/mortgages.txt"), "{english}");
    let chinese = text(&place, &["mortgages", "--as-of", "2013-01-02", "--lang", "zh"]);
    assert_eq!(chinese, include_str!("data/mortgages_zh.txt"), "{chinese}");
    let items = place.run(&["mortgages", "--as-of", "2013-01-03", "--json"]).done().json();
    assert_eq!(items["items"].as_array().unwrap().len(), 1);
    assert_eq!([&items["items"][0]["item"], &items["items"][0]["stage"]], ["hall-2", "expired"]);
    let now = text(&place, &["mortgages", "--enterprise", ENTERPRISE]);
    assert_eq!(now, "nothing is mortgaged\n");
}

#[test]
fn wages_are_told_by_case_and_worker() {
    let place = place();
    let english = text(&place, &["wages", "--as-of", "2024-02-10"]);
    assert_eq!(english, include_str!("data/wages.txt"), "{english}");
    let chinese = text(&place, &["wages", "W-1", "--lang", "zh"]);
    assert_eq!(chinese, include_str!("data/wages_zh.txt"), "{chinese}");
    let case = place.run(&["wages", "W-1", "--json"]).done().json();
    assert_eq!(case["cases"][0]["workers"][0]["unpaid"], "6884.15");
    let other = place.run(&["wages", "--enterprise", &"a".repeat(32)]).done().out;
    assert_eq!(other, "no wages are owed\n");
    place
        .run(&["wages", "W-9"])
        .ended(1)
        .said(&["error: there is no wage case W-9", "hint: `almoner wages --all` lists them all"]);
}

#[test]
fn what_is_demanded_back_is_told_by_programme_and_payment() {
    let place = Place::with_half_year();
    let none = text(&place, &["demands"]);
    assert!(none.ends_with("nothing is demanded back\n"), "{none}");
    let lines = [
        (
            "2024-07-01",
            "subsidy.demand",
            json!({"payment": 31, "amount": "500.00", "reason": "重复享受", "document": "追回决定1"}),
        ),
        (
            "2024-07-02",
            "subsidy.demand",
            json!({"payment": 36, "amount": "400.00", "reason": "就业后仍领取", "document": "追回决定2"}),
        ),
        (
            "2024-07-10",
            "subsidy.return",
            json!({"payment": 31, "amount": "120.50", "reason": "追回"}),
        ),
        (
            "2024-07-12",
            "subsidy.return",
            json!({"payment": 36, "amount": "400.00", "reason": "追回"}),
        ),
    ];
    let command = |(index, (on, kind, data)): (usize, &(&str, &str, Value))| {
        json!({"command": kind, "key": format!("d-{index}"), "effective_date": on, "data": data})
            .to_string()
    };
    place.write(
        "demands.ndjson",
        lines.iter().enumerate().map(command).collect::<Vec<_>>().join("\n"),
    );
    place.run(&["record", "demands.ndjson"]).done();

    let english = text(&place, &["demands", "--all", "--as-of", "2024-07-31"]);
    assert_eq!(english, include_str!("data/demands.txt"), "{english}");
    let chinese = text(&place, &["demands", "--as-of", "2024-07-11", "--lang", "zh"]);
    assert_eq!(chinese, include_str!("data/demands_zh.txt"), "{chinese}");
    let told = |options: &[&str]| {
        let answer = place.run(&[&["demands", "--json"], options].concat()).done().json();
        let demands = answer["demands"].as_array().unwrap().clone();
        demands.into_iter().map(|one| one["open"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(told(&[]), ["379.50"]);
    assert_eq!(told(&["--as-of", "2024-07-09"]), ["500.00", "400.00"]);
    assert_eq!(told(&["--as-of", "2024-06-30"]), Vec::<Value>::new());
    assert_eq!(told(&["--all"]), ["379.50", "0.00"]);
    // What was known when: both demands, then the first return, then its sum in two.
    assert_eq!(told(&["--at", "39"]), ["500.00", "400.00"]);
    assert_eq!(told(&["--at", "40"]), ["379.50", "400.00"]);
    assert_eq!(told(&["--beneficiary", "00000000000000000000000000000004", "--all"]), ["0.00"]);
    assert_eq!(told(&["--known-at", "2020-01-01T00:00:00Z"]), Vec::<Value>::new());
}

#[test]
fn certificates_are_told_against_those_due() {
    let place = place();
    let english = text(&place, &["certificates", "--as-of", "2003-02-01"]);
    assert_eq!(english, include_str!("data/certificates.txt"), "{english}");
    let chinese =
        text(&place, &["certificates", "reemployment", "--as-of", "2006-01-01", "--lang", "zh"]);
    assert_eq!(chinese, include_str!("data/certificates_zh.txt"), "{chinese}");
    let figures = place.run(&["certificates", "--json"]).done().json();
    assert_eq!([&figures["regions"][0]["held"], &figures["regions"][0]["missing"]], [0, 66_077]);
    place.run(&["certificates", "medical"]).ended(1).said(&[
        "error: there is no series of certificates medical",
        "hint: `almoner certificates` lists them all",
    ]);
}

#[test]
fn promises_are_told_with_year_purpose_carry_over_and_what_was_sent_back() {
    let place = place();
    let english = text(&place, &["funds", "U-1", "--as-of", "2021-02-28"]);
    assert_eq!(english, include_str!("data/funds_promises.txt"), "{english}");
    let chinese = text(&place, &["funds", "U-1", "--as-of", "2024-12-31", "--lang", "zh"]);
    assert_eq!(chinese, include_str!("data/funds_promises_zh.txt"), "{chinese}");
}

#[test]
fn discounts_are_told_by_how_far_they_are() {
    let place = place();
    let told = text(&place, &["discounts", "discounted", "--to", "2022-07-01"]);
    assert_eq!(
        told,
        "\
interest discounts, accrued to before 2022-07-01
 programme    accrued   claimed   approved   paid   returned
─────────────────────────────────────────────────────────────
 discounted    182.00    180.00       0.00   0.00       0.00
"
    );
    // The first quarter, of 90 days, is claimed; the second has 91.
    let json = place.run(&["discounts", "--to", "2022-04-02", "--json"]).done().json();
    assert_eq!(json["programmes"]["discounted"]["accrued"], "2.00");
    place.run(&["discounts", "nothing"]).ended(1).said(&[
        "error: there is no programme nothing",
        "hint: `almoner discounts` lists those that discount interest",
    ]);
    // Who has only the public key may ask.
    std::fs::remove_file(place.path("almoner.key")).unwrap();
    let chinese = text(&place, &["discounts", "--to", "2022-07-01", "--lang", "zh"]);
    assert!(chinese.starts_with("贴息情况，计至 2022-07-01 前\n 项目 "), "{chinese}");
}

#[test]
fn a_loan_is_told_with_what_holds_now_and_how_far_its_discount_is() {
    let place = place();
    let rescheduled = text(&place, &["loan", "K-7", "--as-of", "2022-05-31"]);
    assert_eq!(rescheduled, include_str!("data/loan_rescheduled.txt"), "{rescheduled}");
    let claimed = place.run(&["loan", "K-3", "--json"]).done().json();
    assert_eq!(
        [&claimed["claims"][0]["stage"], &claimed["claims"][0]["paid"]],
        ["claimed", "0.00"]
    );
    let compensated = place.run(&["loan", "K-1", "--json"]).done().json();
    assert_eq!(compensated["stage"], "compensated");
}
