//! The writer on both databases: order, keys, fences, snapshots, and what the signer remembers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use almoner_domain::command::Command;
use almoner_domain::event::Event;
use almoner_domain::refusal::Refusal;
use almoner_ledger::{
    Clock, Health, Ledger, LedgerError, Memory, Options, Receipt, Signer, SignerError, Submission,
    SubmitError,
};
use almoner_log::{Record, Store};
use almoner_proof::{Checkpoint, SigningKey};
use almoner_test_servers::shared_postgres;
use tempfile::TempDir;

/// A store of its own, and a place for the signer's memory.
struct Place {
    url: String,
    directory: TempDir,
}

impl Place {
    fn sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite://{}", directory.path().join("ledger.db").display());
        Self { url, directory }
    }

    fn postgres() -> Self {
        let url = shared_postgres().unwrap().create_database().unwrap();
        Self { url, directory: TempDir::new().unwrap() }
    }

    fn memory(&self) -> std::path::PathBuf {
        self.directory.path().join("signed")
    }

    async fn create(&self) -> Store {
        Store::create(&self.url, "test").await.unwrap()
    }

    async fn start(&self) -> Ledger {
        start(&self.url, &self.memory()).await.unwrap()
    }
}

fn key() -> SigningKey {
    SigningKey::new("almoner/test", [3; 32]).unwrap()
}

async fn start(url: &str, memory: &Path) -> Result<Ledger, LedgerError> {
    let store = Store::open(url, Some("test")).await?;
    let signer_memory = memory.to_owned();
    Ledger::start(Options { store, key: key(), signer_memory, clock: Clock::System }).await
}

fn submission(key: &str, kind: &str, data: &str) -> Submission {
    Submission::new(key, "clerk:1", Command::read(kind, "2024-05-20", data).unwrap()).unwrap()
}

fn open_fund(key: &str, fund: &str) -> Submission {
    let data = format!(
        r#"{{"fund":"{fund}","name":"Fund","sources":[{{"source":"union","kind":"union","name":"Union"}}]}}"#
    );
    submission(key, "fund.open", &data)
}

fn receive(key: &str, amount: &str) -> Submission {
    let data =
        format!(r#"{{"fund":"F","source":"union","amount":"{amount}","document":"receipt"}}"#);
    submission(key, "fund.receive", &data)
}

async fn refused(ledger: &Ledger, submission: Submission) -> Refusal {
    match ledger.submit(submission).await {
        Err(SubmitError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Every record of a store, decoded, with its command key.
async fn records(store: &Store) -> Vec<(u64, String, Event)> {
    let mut found = Vec::new();
    loop {
        let from = found.len() as u64 + 1;
        let batch = store.read(from, 1_000).await.unwrap();
        if batch.is_empty() {
            return found;
        }
        for (position, bytes) in batch.iter() {
            let record = Record::decode(bytes).unwrap();
            let event = Event::decode(record.kind, record.data).unwrap();
            found.push((position, record.command_id.to_owned(), event));
        }
    }
}

/// Runs a test on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Place::sqlite()).await; })* }
        mod postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Place::postgres()).await; })* }
    };
}

on_both! {
    a_retry_gets_the_first_receipt_and_another_body_is_refused
    a_refusal_writes_nothing
    many_submitters_get_one_order_without_gaps
    two_writers_of_one_ledger_record_everything_once
    a_start_from_a_snapshot_knows_what_a_replay_knows
    a_cut_log_is_noticed_at_start_up
    a_record_still_on_its_way_can_be_reversed
    every_batch_ends_with_a_checkpoint_that_the_key_signed
    two_clerks_who_want_the_last_capacity_at_once_do_not_both_get_it
    a_clock_that_was_wrong_does_not_turn_time_back
}

async fn a_retry_gets_the_first_receipt_and_another_body_is_refused(place: Place) {
    let store = place.create().await;
    let ledger = place.start().await;
    let first = ledger.submit(open_fund("k-1", "F")).await.unwrap();
    assert_eq!(first, Receipt { key: "k-1".into(), first: 1, last: 1, replayed: false });
    ledger.submit(receive("k-2", "5.00")).await.unwrap();
    let again = ledger.submit(open_fund("k-1", "F")).await.unwrap();
    assert_eq!(again, Receipt { replayed: true, ..first.clone() });
    let other = refused(&ledger, open_fund("k-1", "G")).await;
    assert_eq!(other, Refusal::KeyReused { key: "k-1".into(), position: 1 });
    ledger.stop().await;

    // Keys outlive the process, from the snapshot and without it.
    let ledger = place.start().await;
    let again = ledger.submit(receive("k-2", "5.00")).await.unwrap();
    assert!(again.replayed && again.first == 2, "{again:?}");
    // A retry is answered though the rules would refuse it now: the fund exists.
    assert!(ledger.submit(open_fund("k-1", "F")).await.unwrap().replayed);
    ledger.stop().await;
    assert_eq!(store.head().await.unwrap().size, 2);
}

async fn a_refusal_writes_nothing(place: Place) {
    let store = place.create().await;
    let ledger = place.start().await;
    assert_eq!(refused(&ledger, receive("k-1", "5.00")).await.code(), "unknown_fund");
    assert_eq!(store.head().await.unwrap().size, 0);
    // The key of a refused command is free.
    ledger.submit(open_fund("k-1", "F")).await.unwrap();
    assert_eq!(store.head().await.unwrap().size, 1);
    ledger.stop().await;
}

async fn many_submitters_get_one_order_without_gaps(place: Place) {
    let store = place.create().await;
    let ledger = place.start().await;
    ledger.submit(open_fund("fund", "F")).await.unwrap();
    let receipts = futures::future::join_all((0..500).map(|number| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            ledger.submit(receive(&format!("k-{number}"), "1.00")).await.unwrap()
        })
    }))
    .await;
    let mut positions: Vec<u64> =
        receipts.into_iter().map(|receipt| receipt.unwrap().first).collect();
    positions.sort_unstable();
    assert_eq!(positions, (2..=501).collect::<Vec<u64>>());
    let found = records(&store).await;
    assert_eq!(found.len(), 501);
    ledger.stop().await;
}

async fn two_writers_of_one_ledger_record_everything_once(place: Place) {
    let store = place.create().await;
    let first = place.start().await;
    first.submit(open_fund("fund", "F")).await.unwrap();
    let second = place.start().await;
    let tasks = (0..200).map(|number| {
        // Half of the keys are submitted to both writers.
        let to = [&first, &second][number % 2].clone();
        let also = (number % 4 < 2).then(|| [&second, &first][number % 2].clone());
        tokio::spawn(async move {
            let receipt = to.submit(receive(&format!("k-{number}"), "1.00")).await.unwrap();
            if let Some(also) = also {
                let again = also.submit(receive(&format!("k-{number}"), "1.00")).await.unwrap();
                assert!(again.replayed);
                assert_eq!(again.first, receipt.first);
            }
        })
    });
    for task in futures::future::join_all(tasks).await {
        task.unwrap();
    }
    let found = records(&store).await;
    let mut keys: Vec<&str> = found.iter().map(|(_, key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((found.len(), keys.len()), (201, 201));
    assert_eq!(*first.health().borrow(), Health::Recording);
    first.stop().await;
    second.stop().await;
}

async fn a_start_from_a_snapshot_knows_what_a_replay_knows(place: Place) {
    let store = place.create().await;
    let ledger = place.start().await;
    ledger.submit(open_fund("fund", "F")).await.unwrap();
    for number in 0..50 {
        ledger.submit(receive(&format!("k-{number}"), "1.00")).await.unwrap();
    }
    let before = Memory::load(&store, &key().verifier_key()).await.unwrap();
    // Stopping writes the snapshot.
    ledger.stop().await;
    let after = Memory::load(&store, &key().verifier_key()).await.unwrap();
    assert_eq!((after.position(), after.state()), (before.position(), before.state()));
    // A snapshot that another key signed is not believed; the log is replayed instead.
    let other = SigningKey::new("almoner/test", [4; 32]).unwrap().verifier_key();
    let replayed = Memory::load(&store, &other).await.unwrap();
    assert_eq!(replayed.state(), before.state());
}

async fn a_cut_log_is_noticed_at_start_up(place: Place) {
    place.create().await;
    let ledger = place.start().await;
    ledger.submit(open_fund("fund", "F")).await.unwrap();
    ledger.submit(receive("k-1", "1.00")).await.unwrap();
    ledger.stop().await;
    // The signer has seen more than an empty ledger of the same name has.
    let other = Place { url: Place::sqlite().url, directory: TempDir::new().unwrap() };
    let url = format!("sqlite://{}", other.directory.path().join("restored.db").display());
    Store::create(&url, "test").await.unwrap();
    let cut = start(&url, &place.memory()).await;
    assert!(
        matches!(cut, Err(LedgerError::Signer(SignerError::LogCut { size: 0, signed: 2 }))),
        "{:?}",
        cut.err()
    );
    // As many records with another content are another past.
    let ledger = start(&url, &other.directory.path().join("signed")).await.unwrap();
    ledger.submit(open_fund("fund", "G")).await.unwrap();
    ledger.submit(open_fund("fund-2", "H")).await.unwrap();
    ledger.stop().await;
    let rewritten = start(&url, &place.memory()).await;
    assert!(matches!(rewritten, Err(LedgerError::Signer(SignerError::LogRewritten { signed: 2 }))));
}

async fn a_record_still_on_its_way_can_be_reversed(place: Place) {
    place.create().await;
    let ledger = place.start().await;
    ledger.submit(open_fund("fund", "F")).await.unwrap();
    let reverse = |position: u64| {
        let data =
            format!(r#"{{"position":{position},"reason":"wrong fund","document":"memo 1"}}"#);
        submission(&format!("reverse-{position}"), "reversal.record", &data)
    };
    // Submitted together: the second refers to a record that has no receipt yet.
    let (received, reversed) =
        tokio::join!(ledger.submit(receive("k-1", "5.00")), ledger.submit(reverse(2)));
    assert_eq!(received.unwrap().first, 2);
    assert_eq!(reversed.unwrap().first, 3);
    assert_eq!(refused(&ledger, reverse(9)).await, Refusal::UnknownRecord { position: 9 });
    ledger.stop().await;
}

async fn every_batch_ends_with_a_checkpoint_that_the_key_signed(place: Place) {
    let store = place.create().await;
    let ledger = place.start().await;
    ledger.submit(open_fund("fund", "F")).await.unwrap();
    ledger.submit(receive("k-1", "5.00")).await.unwrap();
    ledger.stop().await;
    let head = store.head().await.unwrap();
    let opened = Checkpoint::open(&head.checkpoint.unwrap(), &[key().verifier_key()]).unwrap();
    assert_eq!((opened.size, opened.root), (2, head.root));
    let signer = Signer::new(key(), place.memory(), "test").unwrap();
    assert_eq!(signer.remembered().unwrap().unwrap().size, 2);
    let other = SigningKey::new("almoner/other", [3; 32]).unwrap();
    assert!(matches!(
        Signer::new(other, place.memory(), "test"),
        Err(SignerError::OtherLedger { .. })
    ));
}

async fn two_clerks_who_want_the_last_capacity_at_once_do_not_both_get_it(place: Place) {
    let _store = place.create().await;
    let ledger = place.start().await;
    let world = [
        ("fund.open", r#"{"fund":"G","name":"Guarantee","sources":[{"source":"city","kind":"fiscal","name":"City"}],"multiplier":5}"#.to_owned()),
        ("fund.receive", r#"{"fund":"G","source":"city","amount":"10000.00","document":"receipt"}"#.to_owned()),
        ("programme.publish", r#"{"programme":"bank","version":1,"name":"loans","place":"city","document":"notice","effective_from":"2020-01-01","terms":{"loan":{"lender":"bank","categories":[{"category":"person","name":"person","minimum":"100.00","maximum":"50000.00"}],"maximum_months":24,"maximum_rate":"0.06","methods":["bullet"],"day_count":"actual/360","rounding":"half_up","application_order":["interest","principal"],"open_loans_per_borrower":1,"working_days":false,"guarantee":{"fund":"G","share":"1"},"classes":[]}}}"#.to_owned()),
    ];
    for (number, (kind, data)) in world.iter().enumerate() {
        ledger.submit(submission(&format!("w-{number}"), kind, data)).await.unwrap();
    }
    // In each round two loans of 50,000.00 want the 50,000.00 that the fund can still guarantee.
    for round in 0..10 {
        for clerk in ["a", "b"] {
            let loan = format!("L-{round}-{clerk}");
            let borrower = format!("{:032x}", round * 2 + u32::from(clerk == "a"));
            for (kind, data) in [
                (
                    "loan.apply",
                    format!(
                        r#"{{"loan":"{loan}","programme":"bank","category":"person","borrower":"{borrower}","bank":"icbc","amount":"50000.00","months":12}}"#
                    ),
                ),
                (
                    "loan.approve",
                    format!(
                        r#"{{"loan":"{loan}","amount":"50000.00","annual_rate":"0.05","method":"bullet"}}"#
                    ),
                ),
            ] {
                ledger.submit(submission(&format!("{kind}-{loan}"), kind, &data)).await.unwrap();
            }
        }
        let commit = |clerk: &str| {
            let data = format!(r#"{{"loan":"L-{round}-{clerk}"}}"#);
            let submission = submission(&format!("c-{round}-{clerk}"), "guarantee.commit", &data);
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.submit(submission).await })
        };
        let (first, second) = (commit("a"), commit("b"));
        let outcomes = [first.await.unwrap(), second.await.unwrap()];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let is_refused = |outcome: &Result<Receipt, SubmitError>| {
            matches!(outcome, Err(SubmitError::Refused(Refusal::CapacityExceeded { .. })))
        };
        assert!(outcomes.iter().any(is_refused), "{outcomes:?}");
        // The one that has it gives it up, and there is room for the next round.
        let clerk = if outcomes[0].is_ok() { "a" } else { "b" };
        let data = format!(r#"{{"loan":"L-{round}-{clerk}","reason":"withdrawn"}}"#);
        ledger.submit(submission(&format!("x-{round}"), "loan.cancel", &data)).await.unwrap();
    }
    ledger.stop().await;
}

async fn a_clock_that_was_wrong_does_not_turn_time_back(place: Place) {
    let store = place.create().await;
    // Once the clock of the machine was five years ahead.
    let ahead = Clock::OfEffectiveDate;
    let options =
        Options { store: store.clone(), key: key(), signer_memory: place.memory(), clock: ahead };
    let ledger = Ledger::start(options).await.unwrap();
    let (kind, data) = (
        "fund.open",
        r#"{"fund":"F","name":"Fund","sources":[{"source":"union","kind":"union","name":"Union"}]}"#,
    );
    let command = Command::read(kind, "2099-01-01", data).unwrap();
    ledger.submit(Submission::new("k-1", "clerk:1", command).unwrap()).await.unwrap();
    ledger.stop().await;

    let ledger = place.start().await;
    ledger.submit(receive("k-2", "5.00")).await.unwrap();
    // What is dated beyond the last record is still refused, whatever the clock says.
    let data = r#"{"fund":"F","source":"union","amount":"5.00","document":"receipt"}"#;
    let command = Command::read("fund.receive", "2099-01-02", data).unwrap();
    let late = refused(&ledger, Submission::new("k-3", "clerk:1", command).unwrap()).await;
    assert_eq!(late.code(), "date_in_future");
    ledger.stop().await;
    let batch = store.read(1, 10).await.unwrap();
    let times: Vec<_> =
        batch.iter().map(|(_, bytes)| Record::decode(bytes).unwrap().time).collect();
    assert_eq!(times.len(), 2);
    assert!(times[0] <= times[1], "{times:?}");
}
