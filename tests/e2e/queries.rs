//! The questions, asked of the half year. Its amounts:
//!
//! - `relief` gets 300,000 from `fiscal` and 20,000 from `union`, who pledged 50,000. Of it 100,000 are
//!   for `stalls`, 10,000 for `startup`, 10,000 for `living`.
//! - L-1 lends 12,000 of `stalls` at 3.6 % in twelve equal principal parts; 1,036 and 1,033 are repaid, a
//!   payment of 9,999 (position 22) is recorded by mistake and reversed (position 23).
//! - L-2 of a bank lends 200,000 at 3.95 %; the interest of 91 days is 1,996.94, half is discounted.
//! - `living` pays 500 and a roster of 500 and 400.

use serde_json::{Value, json};

use crate::place::{Place, Ran};

fn line<'a>(funds: &'a Value, fund: usize, source: &str, purpose: Value) -> &'a Value {
    let lines = funds["funds"][fund]["lines"].as_array().unwrap();
    lines.iter().find(|line| line["source"] == source && line["purpose"] == purpose).unwrap()
}

#[test]
fn funds_show_what_became_of_every_yuan() {
    let place = Place::with_half_year();
    let funds = place.run(&["funds", "--json"]).done().json();
    assert_eq!(funds["position"], 37);
    let names: Vec<_> = funds["funds"].as_array().unwrap().iter().map(|one| &one["fund"]).collect();
    assert_eq!(names, ["guarantee", "relief"]);
    assert_eq!(
        funds["funds"][1]["total"],
        json!({"pledged": "30000.00", "received": "320000.00", "interest": "69.00",
            "committed": "0.00", "spent": "2398.47", "lent": "10000.00", "bank": "307670.53",
            "advanced": "0.00", "compensated": "0.00", "left": "307670.53"})
    );
    let stalls = line(&funds, 1, "fiscal", json!("stalls"));
    assert_eq!([&stalls["lent"], &stalls["bank"]], ["10000.00", "90069.00"]);
    assert_eq!(line(&funds, 1, "fiscal", json!("startup"))["bank"], "9001.53");
    assert_eq!(line(&funds, 1, "union", json!("living"))["bank"], "8600.00");
    assert_eq!(line(&funds, 1, "fiscal", Value::Null)["bank"], "190000.00");
    assert_eq!(
        funds["funds"][0]["guarantees"],
        json!({"multiplier": 5, "liability": "200000.00", "commitments": "0.00", "free": "300000.00"})
    );
    let pledge = &funds["funds"][1]["promises"][0];
    assert_eq!([&pledge["amount"], &pledge["received"]], ["50000.00", "20000.00"]);
}

#[test]
fn funds_are_shown_as_tables_in_both_languages() {
    let place = Place::with_half_year();
    let english = place.run(&["funds", "relief"]).done();
    assert_eq!(english.out, include_str!("data/funds_relief.txt"), "{}", english.out);
    let chinese = place.run(&["funds", "relief", "--lang", "zh"]).done();
    assert_eq!(chinese.out, include_str!("data/funds_relief_zh.txt"), "{}", chinese.out);
    let of_environment =
        Ran::of(place.command(&["funds", "relief"]).env("LANG", "zh_CN.UTF-8").output().unwrap());
    assert_eq!(of_environment.out, chinese.out);
}

#[test]
fn a_question_can_be_about_an_earlier_date_or_an_earlier_knowledge() {
    let place = Place::with_half_year();
    // On the day of the allocations nothing was lent yet.
    let funds = place.run(&["funds", "relief", "--as-of", "2024-01-05", "--json"]).done().json();
    assert_eq!(funds["funds"][0]["total"]["bank"], "320000.00");
    assert_eq!(funds["funds"][0]["total"]["lent"], "0.00");

    // Before the mistake was reversed, the ledger believed in it.
    let loan =
        |options: &[&str]| place.run(&[&["loan", "L-1", "--json"], options].concat()).done().json();
    assert_eq!(loan(&["--at", "22"])["open_principal"], "1196.00");
    assert_eq!(loan(&["--at", "23"])["open_principal"], "11000.00");
    assert_eq!(loan(&[])["open_principal"], "10000.00");
    assert_eq!(loan(&["--as-of", "2024-02-15"])["open_principal"], "11000.00");
    assert_eq!(loan(&["--at", "22", "--as-of", "2024-02-14"])["open_principal"], "12000.00");

    // Everything was recorded just now.
    place.run(&["loan", "L-1", "--known-at", "2024-12-31"]).ended(1).said(&[
        "error: there is no loan L-1 (recorded up to position 0)",
        "hint: `almoner journal` shows what was recorded, `almoner arrears` what is overdue",
    ]);
    assert_eq!(loan(&["--known-at", "2199-01-01T00:00:00+08:00"])["open_principal"], "10000.00");
}

#[test]
fn arrears_follow_from_the_day_of_the_question() {
    let place = Place::with_half_year();
    let arrears = |on: &str| place.run(&["arrears", "--as-of", on, "--json"]).done().json();
    // Due on Monday the 15th, overdue from the 16th on.
    assert_eq!(arrears("2024-04-15")["loans"], json!([]));
    let next_day = arrears("2024-04-16");
    assert_eq!(next_day["loans"][0]["days_past_due"], 1);
    assert_eq!(next_day["loans"][0]["class"], "special_mention");

    // April, May and June; 15 June is a Saturday, so that it may be paid until the 17th.
    let june = arrears("2024-06-18");
    let loan = &june["loans"][0];
    assert_eq!([&loan["overdue_principal"], &loan["overdue_interest"]], ["3000.00", "81.00"]);
    assert_eq!(arrears("2024-06-17")["loans"][0]["overdue_principal"], "2000.00");
    let stalls = &june["programmes"][0];
    assert_eq!([&stalls["par_60"], &stalls["par_90"]], ["10000.00", "0.00"]);
    assert_eq!(arrears("2024-07-16")["loans"][0]["class"], "substandard");

    let text = place.run(&["arrears", "--as-of", "2024-06-18"]).done().out;
    assert!(text.contains(" L-1    stalls "), "{text}");
    let text = place.run(&["arrears", "--as-of", "2024-03-01", "--lang", "zh"]).done().out;
    assert!(text.starts_with("2024-03-01 没有逾期\n"), "{text}");

    // Who asks what was known at a moment asks about that day; what is known tomorrow, nobody can tell today.
    let known = place.run(&["arrears", "--known-at", "2024-12-31"]).done().out;
    assert_eq!(known, "nothing is overdue on 2024-12-31\n");
    let later = place.run(&["arrears", "--known-at", "2199-01-01", "--json"]).done().json();
    assert_eq!(later, place.run(&["arrears", "--json"]).done().json());
}

#[test]
fn a_loan_is_told_with_its_schedule_and_payments() {
    let place = Place::with_half_year();
    let text = place.run(&["loan", "L-1", "--as-of", "2024-06-30"]).done().out;
    assert_eq!(text, include_str!("data/loan_1.txt"), "{text}");
    let loan = place.run(&["loan", "L-2", "--as-of", "2024-06-30", "--json"]).done().json();
    assert_eq!(loan["stage"], "active");
    assert_eq!(loan["guarantee"]["live"], "200000.00");
    assert_eq!(loan["instalments"][0]["interest"], "1996.94");
    assert_eq!(loan["claims"][0]["discount"], "998.47");
    assert_eq!(loan["days_past_due"], 0);
    place.run(&["loan", "L-9"]).ended(1).said(&[
        "error: there is no loan L-9",
        "hint: `almoner journal` shows what was recorded, `almoner arrears` what is overdue",
    ]);
}

#[test]
fn the_journal_holds_every_event_and_every_entry_sums_to_zero() {
    let place = Place::with_half_year();
    let events = place.run(&["journal", "--json"]).done().json_lines();
    assert_eq!(events.len(), 37);
    for (position, event) in (1..).zip(&events) {
        assert_eq!(event["position"], position);
        let fen = |posting: &Value| -> i64 {
            posting["amount"].as_str().unwrap().replace('.', "").parse().unwrap()
        };
        assert_eq!(event["postings"].as_array().unwrap().iter().map(fen).sum::<i64>(), 0);
    }
    assert_eq!(events[22]["reverses"], 22);
    assert_eq!(events[21]["reversed_at"], 23);

    let positions = |options: &[&str]| -> Vec<u64> {
        let ran = place.run(&[&["journal", "--json"], options].concat()).done();
        ran.json_lines().iter().map(|event| event["position"].as_u64().unwrap()).collect()
    };
    assert_eq!(positions(&["--subject", "loan/L-1"]), [14, 15, 16, 21, 22, 23, 24]);
    assert_eq!(positions(&["--account", "memo:guarantee_liability"]), [20]);
    assert_eq!(positions(&["--fund", "guarantee", "--limit", "2"]), [10, 19]);
    assert_eq!(positions(&["--from", "2024-06-01", "--after", "35"]), [36, 37]);
    assert_eq!(positions(&["--to", "2024-01-01"]), [1]);
    assert_eq!(positions(&["--at", "3", "--after", "1"]), [2, 3]);
    assert_eq!(positions(&["--limit", "0"]), [0; 0]);

    let text = place.run(&["journal", "--after", "20", "--limit", "1"]).done().out;
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "21  2024-02-15  loan.repaid.v1  loan/L-1  clerk:017",
            "    assets:fund_bank                             1,000.00  relief / fiscal / stalls",
            "    assets:loan_receivable                      -1,000.00  relief / fiscal / stalls",
            "    assets:fund_bank                                36.00  relief / fiscal / stalls",
            "    income:loan_interest                           -36.00  relief / fiscal / stalls",
        ]
    );
}

#[test]
fn the_trial_balance_is_zero_at_every_position() {
    let place = Place::with_half_year();
    for position in 0..=37 {
        let at = position.to_string();
        let balance = place.run(&["trial-balance", "--at", &at, "--json"]).done().json();
        assert_eq!(balance["sum"], "0.00");
        assert_eq!(balance["debit"], balance["credit"]);
    }
    let balance = place.run(&["trial-balance", "--json"]).done().json();
    let lines = balance["lines"].as_array().unwrap();
    let bank: Vec<_> = lines.iter().filter(|line| line["account"] == "assets:fund_bank").collect();
    assert_eq!(bank[0]["debit"], "100000.00");
    assert_eq!(bank[1]["debit"], "307670.53");
    let text = place.run(&["trial-balance", "--lang", "zh"]).done().out;
    assert!(text.contains(" assets:fund_bank "), "{text}");
    assert!(text.contains("资金专户存款"), "{text}");
    place
        .run(&["trial-balance", "--at", "38"])
        .ended(1)
        .said(&["error: the ledger ends at position 37, before 38"]);
}

#[test]
fn views_are_brought_up_to_date_before_every_question() {
    let place = Place::with_ledger();
    assert_eq!(place.run(&["funds"]).done().out, "there are no funds\n");
    place.write("half_year.ndjson", crate::place::HALF_YEAR);
    place.run(&["record", "half_year.ndjson"]).done();
    assert_eq!(place.run(&["funds", "--json"]).done().json()["position"], 37);
    let line = r#"{"command":"fund.receive","key":"more","effective_date":"2024-06-10","data":{"fund":"guarantee","source":"city","amount":"1.00","document":"指标文9"}}"#;
    place.run_with_input(&["record", "-"], line.as_bytes()).done();
    let funds = place.run(&["funds", "guarantee", "--json"]).done().json();
    assert_eq!(funds["funds"][0]["total"]["bank"], "100001.00");
}
