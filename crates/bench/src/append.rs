//! Commands recorded a second, beside plain inserts of the same bytes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use almoner_ledger::{Clock, Ledger, Options};
use almoner_log::Store;
use almoner_proof::SigningKey;
use almoner_test_servers::{Postgres, PostgresOptions};
use anyhow::Context;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use crate::measure::{fsync_probe, line, per_second, print};
use crate::workload;

/// How many commands a second are made ready for each submitter, and for all at least and at most: more
/// than can be recorded.
const RATE_PER_SUBMITTER: u64 = 2_500;
const RATE_LEAST: u64 = 10_000;
const RATE_MOST: u64 = 250_000;

/// How many real records the raw inserts cycle through.
const SAMPLE: u32 = 4_000;

/// Measures every row of the table in the README.
pub async fn run(seconds: Duration, rounds: usize, only: &str) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let postgres = Postgres::start(PostgresOptions::default())?;
    let records = Arc::new(sample(directory.path()).await?);

    let cases = [
        (
            "append, PostgreSQL, 256 submitters",
            "UNNEST inserts of 1,000 rows",
            256,
            Raw::Unnest,
            0.6,
        ),
        (
            "append, PostgreSQL, 16 submitters",
            "one-row inserts on 16 connections",
            16,
            Raw::OneRow(16),
            0.8,
        ),
        (
            "append, PostgreSQL, 1 submitter",
            "one-row inserts on 1 connection",
            1,
            Raw::OneRow(1),
            0.7,
        ),
    ];
    for (work, against, submitters, raw, promised) in cases {
        if !work.contains(only) {
            continue;
        }
        let mut pairs = Vec::new();
        let fsync = fsync_probe(directory.path())?;
        for _ in 0..rounds {
            let raw = raw_postgres(&postgres.create_database()?, raw, &records, seconds).await?;
            let url = postgres.create_database()?;
            let ours = submit(&url, directory.path(), submitters, seconds).await?;
            pairs.push((ours, raw));
        }
        print(&line(work, against, "records/s", &pairs, Some(promised), fsync))?;
    }

    for (submitters, promised) in [(256, Some(0.6)), (16, None), (1, None)] {
        let work = format!("append, SQLite, {submitters} submitters");
        if !work.contains(only) {
            continue;
        }
        let mut pairs = Vec::new();
        let fsync = fsync_probe(directory.path())?;
        for round in 0..rounds {
            let path = directory.path().join(format!("raw-{submitters}-{round}.db"));
            let rows = if submitters == 256 { 1_000 } else { 1 };
            let raw = raw_sqlite(&path, rows, &records, seconds).await?;
            let path = directory.path().join(format!("ours-{submitters}-{round}.db"));
            let url = format!("sqlite://{}", path.display());
            let ours = submit(&url, directory.path(), submitters, seconds).await?;
            pairs.push((ours, raw));
        }
        let against =
            if submitters == 256 { "transactions of 1,000 rows" } else { "transactions of 1 row" };
        print(&line(&work, against, "records/s", &pairs, promised, fsync))?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Raw {
    /// 1,000 rows a statement on one connection.
    Unnest,
    /// One row a statement on this many connections.
    OneRow(usize),
}

/// Starts a new ledger in a store, with the world set up.
pub async fn new_ledger(url: &str, directory: &Path) -> anyhow::Result<(Ledger, Store)> {
    let store = Store::create(url, "bench").await?;
    let key = SigningKey::new("almoner/bench", [7; 32])?;
    let unique = url.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let signer_memory = directory.join(format!("{unique}.signed"));
    let options = Options { store: store.clone(), key, signer_memory, clock: Clock::System };
    let ledger = Ledger::start(options).await?;
    for submission in workload::world()? {
        ledger.submit(submission).await?;
    }
    Ok((ledger, store))
}

/// Our figure: so many submitters, each with one command under way.
async fn submit(
    url: &str,
    directory: &Path,
    submitters: u64,
    seconds: Duration,
) -> anyhow::Result<f64> {
    let (ledger, _) = new_ledger(url, directory).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicU64::new(0));
    // Warm: connections open, statements prepared.
    for number in 0..200 {
        ledger.submit(workload::approval(9_000_000_000 + number)?).await?;
    }
    // What is submitted is ready before the clock starts, as the raw rows are.
    let each = (RATE_PER_SUBMITTER * submitters).clamp(RATE_LEAST, RATE_MOST) * seconds.as_secs()
        / submitters;
    let mut ready = Vec::new();
    for submitter in 0..submitters {
        let numbers = submitter * each..(submitter + 1) * each;
        ready.push(numbers.map(workload::approval).collect::<anyhow::Result<Vec<_>>>()?);
    }
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for submissions in ready {
        let (ledger, stop, count) = (ledger.clone(), stop.clone(), count.clone());
        tasks.spawn(async move {
            for submission in submissions {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                ledger.submit(submission).await?;
                count.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    // Until the time is up, or the first has nothing more to submit.
    tokio::select! {
        () = tokio::time::sleep(seconds) => {}
        ended = tasks.join_next() => ended.context("no submitters")???,
    }
    let figure = per_second(count.load(Ordering::Relaxed), started.elapsed());
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    ledger.stop().await;
    Ok(figure)
}

/// Records of the kind that is measured, as they stand in a log.
async fn sample(directory: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let url = format!("sqlite://{}", directory.join("sample.db").display());
    let (ledger, store) = new_ledger(&url, directory).await?;
    let submissions = (0..u64::from(SAMPLE)).map(|number| {
        let ledger = ledger.clone();
        async move { anyhow::Ok(ledger.submit(workload::approval(number)?).await?) }
    });
    futures::future::try_join_all(submissions).await?;
    let records = store.read(10, SAMPLE).await?;
    let records: Vec<Vec<u8>> = records.iter().map(|(_, bytes)| bytes.to_vec()).collect();
    ledger.stop().await;
    anyhow::ensure!(!records.is_empty(), "no sample records");
    Ok(records)
}

async fn raw_postgres(
    url: &str,
    raw: Raw,
    records: &Arc<Vec<Vec<u8>>>,
    seconds: Duration,
) -> anyhow::Result<f64> {
    let mut connection = PgConnection::connect(url).await?;
    connection
        .execute("CREATE TABLE raw (position BIGINT PRIMARY KEY, bytes BYTEA NOT NULL)")
        .await?;
    let stop = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicU64::new(0));
    let position = Arc::new(AtomicU64::new(1));
    let connections = match raw {
        Raw::Unnest => 1,
        Raw::OneRow(connections) => connections,
    };
    let mut tasks = Vec::new();
    let started = Instant::now();
    for _ in 0..connections {
        let mut connection = PgConnection::connect(url).await?;
        let (stop, count, position, records) =
            (stop.clone(), count.clone(), position.clone(), records.clone());
        tasks.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                match raw {
                    Raw::OneRow(_) => {
                        let number = position.fetch_add(1, Ordering::Relaxed);
                        let record = &records[usize::try_from(number)? % records.len()];
                        sqlx::query("INSERT INTO raw (position, bytes) VALUES ($1, $2)")
                            .bind(i64::try_from(number)?)
                            .bind(record.as_slice())
                            .execute(&mut connection)
                            .await?;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    Raw::Unnest => {
                        let first = i64::try_from(position.fetch_add(1_000, Ordering::Relaxed))?;
                        let positions: Vec<i64> = (first..first + 1_000).collect();
                        let rows: Vec<&[u8]> =
                            records.iter().cycle().take(1_000).map(Vec::as_slice).collect();
                        sqlx::query("INSERT INTO raw (position, bytes) SELECT * FROM UNNEST($1::BIGINT[], $2::BYTEA[])")
                            .bind(positions)
                            .bind(rows)
                            .execute(&mut connection)
                            .await?;
                        count.fetch_add(1_000, Ordering::Relaxed);
                    }
                }
            }
            anyhow::Ok(())
        }));
    }
    tokio::time::sleep(seconds).await;
    let figure = per_second(count.load(Ordering::Relaxed), started.elapsed());
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await??;
    }
    Ok(figure)
}

async fn raw_sqlite(
    path: &Path,
    rows: usize,
    records: &[Vec<u8>],
    seconds: Duration,
) -> anyhow::Result<f64> {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.context("raw SQLite")?;
    for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"] {
        connection.execute(pragma).await?;
    }
    connection
        .execute("CREATE TABLE raw (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
        .await?;
    // Many rows a statement is the quickest way that the driver has.
    let chunk = rows.min(100);
    let values: Vec<String> =
        (0..chunk).map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2)).collect();
    let insert = format!("INSERT INTO raw (position, bytes) VALUES {}", values.join(", "));
    let mut count: u64 = 0;
    let mut source = records.iter().cycle();
    let started = Instant::now();
    while started.elapsed() < seconds {
        connection.execute("BEGIN IMMEDIATE").await?;
        for _ in 0..rows / chunk {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(insert.as_str()));
            for record in source.by_ref().take(chunk) {
                count += 1;
                query = query.bind(i64::try_from(count)?).bind(record.as_slice());
            }
            query.execute(&mut connection).await?;
        }
        connection.execute("COMMIT").await?;
    }
    Ok(per_second(count, started.elapsed()))
}
