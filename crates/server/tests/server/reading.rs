//! Questions and their answers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    a_clerk_sees_the_own_entry_at_once
    both_kinds_of_as_of_are_answered
    a_loan_and_its_arrears_are_told_for_any_day
    pages_make_up_the_whole_list_as_it_was_when_it_was_begun
}

async fn a_clerk_sees_the_own_entry_at_once(place: Place) {
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    for number in 1..=30 {
        let position = caller.record(&receive(&format!("k-{number}"), "F", "1.00")).await;
        let fund = caller.ask(&format!("funds/F?at_least={position}")).await;
        assert!(fund["position"].as_u64().unwrap() >= position);
        assert_eq!(fund["total"]["bank"], format!("{number}.00"));
    }
    server.stop().await;
}

async fn both_kinds_of_as_of_are_answered(place: Place) {
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    caller.record(&receive_on("k-1", "F", "10.00", "2024-03-01")).await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    // Recorded later, but true before.
    let last = caller.record(&receive_on("k-2", "F", "5.00", "2024-02-01")).await;
    caller.ask(&format!("funds?at_least={last}")).await;
    let bank = async |question: &str| {
        let fund = caller.ask(&format!("funds/F?{question}")).await;
        (fund["position"].as_u64().unwrap(), fund["total"]["bank"].as_str().unwrap().to_owned())
    };
    let said = |position: u64, amount: &str| (position, amount.to_owned());
    assert_eq!(bank("").await, said(3, "15.00"));
    assert_eq!(bank("at=2").await, said(2, "10.00"));
    assert_eq!(bank("as_of=2024-02-15").await, said(3, "5.00"));
    assert_eq!(bank("as_of=2024-02-15&at=2").await, said(2, "0.00"));
    let time = caller.ask("records/2").await["time"].as_str().unwrap().to_owned();
    assert_eq!(bank(&format!("known_at={time}")).await, said(2, "10.00"));
    let abroad = format!("known_at={}%2B00:00", time.trim_end_matches('Z'));
    assert_eq!(bank(&abroad).await, said(2, "10.00"));
    assert_eq!(
        caller.get("funds/F?known_at=2001-01-01T00:00:00Z").await.problem(404)["code"],
        "unknown_fund"
    );

    let balance = caller.ask("trial-balance?at=2").await;
    assert_eq!(balance["position"], 2);
    assert_eq!((&balance["debit"], &balance["sum"]), (&json!("10.00"), &json!("0.00")));
    let journal = caller.ask("journal?as_of=2024-02-15&account=assets:fund_bank&fund=F").await;
    assert_eq!(journal["items"].as_array().unwrap().len(), 1);
    assert_eq!(journal["items"][0]["position"], 3);
    assert_eq!(journal["items"][0]["postings"][0]["amount"], "5.00");
    assert_eq!(journal["next_cursor"], Value::Null);
    server.stop().await;
}

async fn a_loan_and_its_arrears_are_told_for_any_day(place: Place) {
    let (server, caller) = place.start().await;
    caller.record_all(&lending_fund()).await;
    caller.record_all(&lend("L-1", 1)).await;
    let repaid = json!({"loan": "L-1", "amount": "1060.00", "surplus": "next_instalments"});
    let last = caller.record(&command("repay", "loan.repay", "2023-07-05", repaid)).await;

    let loan = caller.ask(&format!("loans/L-1?as_of=2023-08-10&at_least={last}")).await;
    assert_eq!(loan["stage"], "active");
    assert_eq!(loan["open_principal"], "11000.00");
    assert_eq!(
        (&loan["overdue_principal"], &loan["days_past_due"]),
        (&json!("1000.00"), &json!(5))
    );
    assert_eq!(loan["class"], "special_mention");

    let arrears = caller.ask("arrears?on=2023-08-10").await;
    assert_eq!((&arrears["on"], &arrears["position"]), (&json!("2023-08-10"), &json!(last)));
    assert_eq!(arrears["items"][0]["loan"], "L-1");
    assert_eq!(arrears["items"][0]["overdue_principal"], "1000.00");
    assert_eq!(arrears["programmes"][0]["overdue_loans"], 1);
    let arrears = caller.ask("arrears?on=2023-08-05").await;
    assert_eq!(arrears["items"], json!([]));
    // Without the repayment it was overdue on that day.
    let arrears = caller.ask(&format!("arrears?on=2023-08-05&at={}", last - 1)).await;
    assert_eq!(arrears["items"][0]["since"], "2023-07-05");
    let today = caller.ask("arrears").await;
    assert_eq!(today["items"][0]["overdue_principal"], "11000.00");

    for (filter, found) in [
        ("programme=own", 1),
        ("programme=other", 0),
        ("stage=active", 1),
        ("stage=settled", 0),
        (&format!("borrower={}", person(1)), 1),
        (&format!("borrower={}", person(2)), 0),
    ] {
        let loans = caller.ask(&format!("loans?{filter}")).await;
        assert_eq!(loans["items"].as_array().unwrap().len(), found, "{filter}");
    }
    server.stop().await;
}

async fn pages_make_up_the_whole_list_as_it_was_when_it_was_begun(place: Place) {
    let (server, caller) = place.start().await;
    caller.record_all(&lending_fund()).await;
    let mut last = 0;
    for fund in ["B", "D", "C"] {
        caller.record(&open_fund(fund, fund)).await;
    }
    for number in 1..=7 {
        last = caller.record_all(&lend(&format!("L-{number}"), number)).await;
    }
    caller.ask(&format!("funds?at_least={last}")).await;
    for (list, name, all) in [
        ("funds?as_of=2023-12-31", "fund", 4),
        ("loans", "loan", 7),
        ("loans?programme=own&stage=active", "loan", 7),
        ("arrears?on=2023-12-01", "loan", 7),
        ("journal?from=2023-06-01", "position", 21),
    ] {
        let glue = if list.contains('?') { '&' } else { '?' };
        let mut page = caller.ask(&format!("{list}{glue}limit=2")).await;
        let position = page["position"].clone();
        let mut found = page["items"].as_array().unwrap().clone();
        let resource = list.split('?').next().unwrap();
        let mut pages = 1;
        while let Some(cursor) = page["next_cursor"].as_str() {
            // What is recorded in between does not show.
            let key = format!("{list}-{pages}");
            let fund = format!("G-{}", key.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
            let later = caller.record(&open_fund(&key, &fund)).await;
            page = caller.ask(&format!("{resource}?limit=2&cursor={cursor}")).await;
            assert_eq!(page["position"], position);
            assert!(page["items"].as_array().unwrap().len() <= 2);
            found.extend(page["items"].as_array().unwrap().clone());
            caller.ask(&format!("funds?at_least={later}")).await;
            pages += 1;
        }
        let whole = caller.ask(&format!("{list}{glue}limit=500&at={position}")).await;
        assert_eq!(found.len(), all, "{list}");
        assert_eq!(json!(found), whole["items"], "{list}");
        let mut names: Vec<String> = found.iter().map(|item| item[name].to_string()).collect();
        names.dedup();
        assert_eq!(names.len(), all, "{list}");
    }
    // A cursor knows its list, and stands alone.
    let cursor = caller.ask("loans?limit=2").await["next_cursor"].as_str().unwrap().to_owned();
    for path in [format!("arrears?cursor={cursor}"), format!("loans?cursor={cursor}&stage=active")]
    {
        assert_eq!(caller.get(&path).await.problem(400)["code"], "bad_parameter");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_given_without_bodies() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    let answer = send(caller.request(Method::HEAD, "records/1")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, "");
    let length: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert_eq!(length, caller.get("records/1").await.text.len());
    server.stop().await;
}
