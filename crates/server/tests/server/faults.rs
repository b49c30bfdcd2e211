//! The database goes away under the service.

use std::time::Duration;

use almoner_log::Store;
use almoner_test_servers::{Postgres, PostgresOptions};
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn fault_a_crash_of_the_database_is_waited_out_and_every_command_recorded_once() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let place = Place::at(postgres.create_database().unwrap());
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    // Clerks who do what they are told: send again with the same key until there is a receipt.
    let clerks: Vec<_> = (0..8)
        .map(|clerk| {
            let caller = caller.clone();
            tokio::spawn(async move {
                let mut receipts = Vec::new();
                for number in 0..60 {
                    let key = format!("k-{clerk}-{number}");
                    loop {
                        let answer = caller.post(&receive(&key, "F", "1.00")).await;
                        if answer.status.is_success() {
                            receipts.push((key, answer.json()["first"].as_u64().unwrap()));
                            break;
                        }
                        assert_eq!(answer.problem(503)["code"], "outcome_unknown");
                        assert!(answer.header("retry-after").is_some());
                    }
                }
                receipts
            })
        })
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        postgres.kill_9().unwrap();
        postgres.start_again().unwrap();
    }
    let mut receipts = Vec::new();
    for clerk in clerks {
        receipts.extend(clerk.await.unwrap());
    }
    let keys = keys_in_log(&place.store().await).await;
    assert_eq!(keys.len(), 481);
    for (key, position) in receipts {
        assert_eq!(keys[position as usize - 1], key);
    }
    // The views come along.
    let fund = async || caller.get("funds/F?at_least=481").await;
    let mut answer = fund().await;
    for _ in 0..20 {
        if answer.status == 200 {
            break;
        }
        answer = fund().await;
    }
    assert_eq!(answer.json()["total"]["received"], "480.00", "{answer:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_without_its_database_the_service_says_so_and_gives_nothing_away() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let place = Place::at(postgres.create_database().unwrap());
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    postgres.stop().unwrap();

    let request =
        caller.request(reqwest::Method::POST, "commands").json(&receive("k-1", "F", "1.00"));
    let answer = send(request.header("accept-language", "zh")).await;
    let problem = answer.problem(503);
    assert_eq!(problem["code"], "outcome_unknown");
    assert!(problem["detail"].as_str().unwrap().contains("同一幂等键"), "{problem}");
    assert_eq!(answer.header("retry-after"), Some("2"));
    let asked = caller.get("funds").await;
    assert!(["unavailable", "timeout"].contains(&asked.problem(503)["code"].as_str().unwrap()));
    for text in [&answer.text, &asked.text] {
        for inside in ["postgres", "127.0.0.1", "sqlx", "Connection", "SELECT"] {
            assert!(!text.contains(inside), "{text}");
        }
    }
    let ready = caller.with(None).get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["ready"], false);
    assert_eq!(ready.json()["views"], json!({"state": "unreachable", "position": null}));
    // The writer tries for a while before it gives its connection up.
    let mut state = json!(null);
    for _ in 0..30 {
        let answer = caller.post(&receive("k-1", "F", "1.00")).await;
        assert_eq!(answer.problem(503)["code"], "outcome_unknown");
        state = caller.get("/readyz").await.json()["ledger"]["state"].clone();
        if state == "recovering" {
            break;
        }
    }
    assert_eq!(state, "recovering");
    assert_eq!(caller.get("/livez").await.status, 200);

    postgres.start_again().unwrap();
    // The same key: whether the first try got through or not, it is recorded once.
    let mut answer = caller.post(&receive("k-1", "F", "1.00")).await;
    while !answer.status.is_success() {
        answer.problem(503);
        answer = caller.post(&receive("k-1", "F", "1.00")).await;
    }
    let store = Store::open(&place.url, Some(LEDGER)).await.unwrap();
    assert_eq!(keys_in_log(&store).await, ["fund", "k-1"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_a_stop_without_the_database_ends_in_time() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let place = Place::at(postgres.create_database().unwrap());
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    postgres.kill_9().unwrap();
    let waiting = tokio::spawn({
        let caller = caller.clone();
        async move { caller.post(&receive("k-1", "F", "1.00")).await.status }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = std::time::Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(60), "stopping took {:?}", begun.elapsed());
    assert_eq!(waiting.await.unwrap(), 503);
    postgres.start_again().unwrap();
    let (server, caller) = place.start_again().await;
    assert!(caller.post(&receive("k-1", "F", "1.00")).await.status.is_success());
    server.stop().await;
}
