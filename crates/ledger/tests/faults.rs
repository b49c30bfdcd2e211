//! PostgreSQL stopped, started and crashed under load: no receipt is lost, nothing is recorded twice.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use almoner_domain::command::Command;
use almoner_ledger::{Clock, Ledger, Options, Submission};
use almoner_log::{Record, Store};
use almoner_proof::SigningKey;
use almoner_test_servers::{Postgres, PostgresOptions};

const SUBMITTERS: usize = 16;
const COMMANDS: usize = 150;

fn submission(key: &str, kind: &str, data: &str) -> Submission {
    Submission::new(key, "clerk:1", Command::read(kind, "2024-05-20", data).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_postgres_is_restarted_and_crashed_under_load() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let url = postgres.create_database().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(&url, "test").await.unwrap();
    let key = SigningKey::new("almoner/test", [3; 32]).unwrap();
    let signer_memory = directory.path().join("signed");
    let options = Options { store: store.clone(), key, signer_memory, clock: Clock::System };
    let ledger = Ledger::start(options).await.unwrap();
    let fund = r#"{"fund":"F","name":"Fund","sources":[{"source":"union","kind":"union","name":"Union"}]}"#;
    ledger.submit(submission("fund", "fund.open", fund)).await.unwrap();

    let receipts = Arc::new(Mutex::new(BTreeMap::new()));
    let tasks: Vec<_> = (0..SUBMITTERS)
        .map(|submitter| {
            let (ledger, receipts) = (ledger.clone(), receipts.clone());
            tokio::spawn(async move {
                for number in 0..COMMANDS {
                    let key = format!("k-{submitter}-{number}");
                    let data =
                        r#"{"fund":"F","source":"union","amount":"1.00","document":"receipt"}"#;
                    let receipt =
                        ledger.submit(submission(&key, "fund.receive", data)).await.unwrap();
                    receipts.lock().unwrap().insert(key, receipt.first);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        })
        .collect();
    for crash in [false, true, true] {
        tokio::time::sleep(Duration::from_millis(200)).await;
        postgres = tokio::task::spawn_blocking(move || {
            if crash {
                postgres.kill_9().unwrap();
            } else {
                postgres.stop().unwrap();
            }
            postgres.start_again().unwrap();
            postgres
        })
        .await
        .unwrap();
    }
    for task in tasks {
        task.await.unwrap();
    }
    ledger.stop().await;

    // Every receipt names the record of its command, and every command has one record.
    let receipts = receipts.lock().unwrap().clone();
    assert_eq!(receipts.len(), SUBMITTERS * COMMANDS);
    let mut found = BTreeMap::new();
    let mut from = 1;
    loop {
        let records = store.read(from, 1_000).await.unwrap();
        if records.is_empty() {
            break;
        }
        for (position, bytes) in records.iter() {
            let record = Record::decode(bytes).unwrap();
            assert!(found.insert(record.command_id.to_owned(), position).is_none());
        }
        from = records.next();
    }
    assert_eq!(found.remove("fund"), Some(1));
    assert_eq!(found, receipts);
    // The tree still fits the records and tiles.
    assert_eq!(store.resume_tiles().await.unwrap().size(), store.head().await.unwrap().size);
}
