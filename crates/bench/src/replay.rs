//! One large log on SQLite: verified and replayed, started from, seen through views, published.

use std::path::Path;
use std::time::{Duration, Instant};

use almoner_audit::{ReplayTo, Source, verify_and_replay};
use almoner_domain::event::Event;
use almoner_feed::{Connection, Publisher};
use almoner_ledger::{Ledger, Memory};
use almoner_log::{MAX_READ, Record, Store};
use almoner_proof::{SigningKey, leaf_hash};
use almoner_test_servers::{Nats, nats_servers};
use anyhow::Context;
use async_nats::jetstream;
use futures::stream::{FuturesOrdered, StreamExt};

use crate::append::new_ledger;
use crate::measure::{fsync_probe, line, per_second, print};
use crate::workload;

/// How many publications may wait for their acknowledgement, in ours and in the raw figure.
const IN_FLIGHT: usize = 1_000;

/// How many records are published.
const PUBLISHED: u64 = 100_000;

/// Which parts are wanted.
#[derive(Clone, Copy)]
pub struct Wanted {
    pub replay: bool,
    pub start: bool,
    pub views: bool,
    pub feed: bool,
}

/// Builds the log once and measures what is wanted on it.
pub async fn run(wanted: Wanted, records: u64, rounds: usize) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let fsync = fsync_probe(directory.path())?;
    let url = format!("sqlite://{}", directory.path().join("large.db").display());
    let started = Instant::now();
    let store = build(&url, directory.path(), records).await?;
    let size = store.head().await?.size;
    eprintln!("a log of {size} records in {:.1} s", started.elapsed().as_secs_f64());
    if wanted.replay {
        verify_and_replay_beside_a_plain_read(&store, size, rounds, fsync).await?;
    }
    if wanted.start {
        start_from_snapshot_beside_a_replay(&store, rounds, fsync).await?;
    }
    if wanted.views {
        let mut pairs = Vec::new();
        for _ in 0..rounds.min(1) {
            let raw = read_hash_parse(&store).await?;
            let started = Instant::now();
            almoner_views::rebuild(&store).await?;
            pairs.push((per_second(size, started.elapsed()), per_second(size, raw)));
        }
        let against = "reading, hashing and parsing the same rows";
        print(&line("view rebuild, SQLite", against, "records/s", &pairs, None, fsync))?;
    }
    if wanted.feed {
        for binary in nats_servers()? {
            publish_beside_plain_publishing(&binary, &store, size.min(PUBLISHED), rounds, fsync)
                .await?;
        }
    }
    Ok(())
}

/// A log of loans and subsidies, made by the writer, with its snapshot.
async fn build(url: &str, directory: &Path, records: u64) -> anyhow::Result<Store> {
    let (ledger, store) = new_ledger(url, directory).await?;
    let (loans, mut under_way) = (records / 20, FuturesOrdered::new());
    // A fifth of the records are loans; of the rest, three in eight are repayments, the others subsidies,
    // most of them approved and paid, some still waiting.
    for number in 0..loans {
        for submission in workload::loan(number)? {
            under_way.push_back(submit(ledger.clone(), submission));
            if under_way.len() >= 2_000 {
                under_way.next().await.context("nothing under way")??;
            }
        }
    }
    while let Some(done) = under_way.next().await {
        done?;
    }
    for number in 0..(records - 4 * loans) {
        let submission = match number % 4 {
            0 => workload::repayment(number / 4 % loans.max(1), number)?,
            1 => workload::approval(number)?,
            2 => workload::payment(number - 1)?,
            // A line in eight still waits for its payment.
            _ if number % 8 == 3 => workload::approval(number)?,
            _ => workload::repayment(number / 4 % loans.max(1), number)?,
        };
        under_way.push_back(submit(ledger.clone(), submission));
        if under_way.len() >= 2_000 {
            under_way.next().await.context("nothing under way")??;
        }
    }
    while let Some(done) = under_way.next().await {
        done?;
    }
    ledger.stop().await;
    Ok(store)
}

async fn submit(ledger: Ledger, submission: almoner_ledger::Submission) -> anyhow::Result<()> {
    // Each in a task of its own would lose their order; a plain future keeps it.
    tokio::task::unconstrained(ledger.submit(submission)).await?;
    Ok(())
}

fn key() -> anyhow::Result<SigningKey> {
    Ok(SigningKey::new("almoner/bench", [7; 32])?)
}

async fn verify_and_replay_beside_a_plain_read(
    store: &Store,
    size: u64,
    rounds: usize,
    fsync: f64,
) -> anyhow::Result<()> {
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let raw = read_hash_parse(store).await?;
        let source = Source::Store(store.clone());
        let started = Instant::now();
        let to = ReplayTo { position: None, arrears_on: None };
        let (verdict, replay) =
            verify_and_replay(&source, &key()?.verifier_key(), &[], to, &mut |_, _| {}).await?;
        let ours = started.elapsed();
        let replay = replay?;
        anyhow::ensure!(verdict.is_good(), "the log does not verify: {:?}", verdict.findings);
        anyhow::ensure!(replay.trial_balance().is_zero(), "the books do not balance");
        pairs.push((per_second(size, ours), per_second(size, raw)));
    }
    let against = "reading, SHA-256 and typed parse of the same rows";
    print(&line("verify and replay, SQLite", against, "records/s", &pairs, Some(0.6), fsync))
}

/// The raw limit: every row read, hashed and parsed, one after the other.
async fn read_hash_parse(store: &Store) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut from = 1;
    let mut sum = 0_u64;
    loop {
        let records = store.read(from, MAX_READ).await?;
        if records.is_empty() {
            break;
        }
        for (_, bytes) in records.iter() {
            sum = sum.wrapping_add(u64::from(leaf_hash(bytes)[0]));
            let record = Record::decode(bytes)?;
            let event = Event::decode(record.kind, record.data)?;
            sum = sum.wrapping_add(event.kind().len() as u64);
        }
        from = records.next();
    }
    let took = started.elapsed();
    // Used, so that no work can be left out.
    anyhow::ensure!(sum > 0, "nothing was read");
    Ok(took)
}

async fn start_from_snapshot_beside_a_replay(
    store: &Store,
    rounds: usize,
    fsync: f64,
) -> anyhow::Result<()> {
    let verifier = key()?.verifier_key();
    // A key that did not sign the snapshot does not believe it, and replays the log.
    let other = SigningKey::new("almoner/bench", [8; 32])?.verifier_key();
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        let replayed = Memory::load(store, &other).await?;
        let raw = started.elapsed();
        let started = Instant::now();
        let loaded = Memory::load(store, &verifier).await?;
        let ours = started.elapsed();
        anyhow::ensure!(loaded.state() == replayed.state(), "snapshot and replay differ");
        pairs.push((ours.as_secs_f64(), raw.as_secs_f64()));
    }
    let against = "replaying all of it (less is better)";
    print(&line("start-up with a snapshot, SQLite", against, "seconds", &pairs, Some(0.1), fsync))
}

async fn publish_beside_plain_publishing(
    binary: &Path,
    store: &Store,
    count: u64,
    rounds: usize,
    fsync: f64,
) -> anyhow::Result<()> {
    let mut pairs = Vec::new();
    let mut version = String::new();
    for _ in 0..rounds {
        let nats = Nats::start(binary)?;
        version = nats.version().to_string();
        let raw = publish_plainly(&nats.url(), store, count).await?;
        drop(nats);
        let nats = Nats::start(binary)?;
        let mut publisher = Publisher::connect(&Connection::new(nats.url()), store.clone()).await?;
        let mut status = publisher.status();
        let started = Instant::now();
        let published = tokio::spawn(async move { publisher.publish_pending().await });
        // All of the log is published; the clock stops at the same count as the raw figure.
        while status.borrow_and_update().published < count {
            if status.changed().await.is_err() {
                break;
            }
        }
        let ours = started.elapsed();
        published.abort();
        pairs.push((per_second(count, ours), raw));
    }
    let work = format!("feed publish, nats-server {version}");
    let against = "plain pipelined JetStream publishing of the same bytes";
    print(&line(&work, against, "records/s", &pairs, Some(0.7), fsync))
}

async fn publish_plainly(url: &str, store: &Store, count: u64) -> anyhow::Result<f64> {
    let context = jetstream::new(async_nats::connect(url).await?);
    let stream = jetstream::stream::Config {
        name: "RAW".into(),
        subjects: vec!["raw".into()],
        ..Default::default()
    };
    context.create_stream(stream).await?;
    let mut under_way = FuturesOrdered::new();
    let (mut from, mut sent) = (1, 0);
    let started = Instant::now();
    while sent < count {
        let records = store.read(from, MAX_READ).await?;
        for (_, bytes) in records.iter() {
            if sent == count {
                break;
            }
            let acknowledged = context.publish("raw", bytes.to_vec().into()).await?;
            under_way.push_back(async move { acknowledged.await });
            sent += 1;
            if under_way.len() >= IN_FLIGHT {
                under_way.next().await.context("nothing under way")??;
            }
        }
        from = records.next();
    }
    while let Some(done) = under_way.next().await {
        done?;
    }
    Ok(per_second(count, started.elapsed()))
}
