//! x

use std::collections::VecDeque;
use std::error::Error;
use std::time::{Duration, Instant};

use almoner_feed::{Connection, Publisher};
use almoner_log::{Batch, CommandDigest, CommandEntry, CommandKey, Millis, Record, Store};
use almoner_proof::{Checkpoint, SigningKey, TileBuilder, leaf_hash};
use almoner_test_servers::{Nats, nats_servers};
use async_nats::jetstream::stream::{Config, DiscardPolicy};
use bytes::Bytes;
use futures::StreamExt;

const LEDGER: &str = "411700";
const WINDOW: usize = 1_000;
const ROUNDS: usize = 9;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let records: u64 = match std::env::args().nth(1) {
        Some(number) => number.parse()?,
        None => 100_000,
    };
    let directory = tempfile::tempdir()?;
    let url = format!("sqlite://{}", directory.path().join("log.db").display());
    let store = Store::create(&url, LEDGER).await?;
    let payloads = fill(&store, records).await?;
    let length = payloads.iter().map(Bytes::len).sum::<usize>() / payloads.len().max(1);
    println!("{records} records of {length} bytes, {WINDOW} under way, medians of {ROUNDS} rounds");
    for binary in nats_servers()? {
        let mut rounds = Vec::new();
        let mut version = String::new();
        for _ in 0..ROUNDS {
            let nats = Nats::start(&binary)?;
            version = nats.version().to_owned();
            let a = cpu();
            let r1 = raw(&nats, &payloads).await?;
            let b = cpu();
            let r2 = raw_with_own_inbox(&nats, &payloads).await?;
            let c = cpu();
            let r3 = published(&nats, &store, records).await?;
            let d = cpu();
            let f = |x: (u64,u64), y: (u64,u64)| format!("client {} server {}", y.0-x.0, y.1-x.1);
            println!("raw {} | own {} | publisher {} | wall {:?} {:?} {:?}", f(a,b), f(b,c), f(c,d), r1, r2, r3);
            rounds.push([per_second(records, r1), per_second(records, r2), per_second(records, r3)]);
        }
        let medians =
            [0, 1, 2].map(|way| median(rounds.iter().filter_map(|it| it.get(way).copied())));
        let percent =
            median(rounds.iter().map(|[raw, _, publisher]| publisher * 100 / (*raw).max(1)));
        let [raw, own_inbox, publisher] = medians;
        println!(
            "NATS {version}: raw {raw}/s, raw with own inbox {own_inbox}/s, \
             publisher {publisher}/s; publisher {percent} % of raw"
        );
    }
    Ok(())
}

/// Fills the store and returns its records.
async fn fill(store: &Store, records: u64) -> Result<Vec<Bytes>> {
    let key = SigningKey::new(&format!("almoner/{LEDGER}"), [7; 32])?;
    let mut tree = TileBuilder::new();
    let mut payloads = Vec::new();
    while tree.size() < records {
        let first = tree.size() + 1;
        let size = records.min(tree.size() + 1_000);
        let (mut bytes, mut ends, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
        for position in first..=size {
            let start = bytes.len();
            record(position, &mut bytes)?;
            ends.push(bytes.len());
            let record = bytes.get(start..).unwrap_or_default();
            tree.append(leaf_hash(record), &mut tiles);
            payloads.push(Bytes::copy_from_slice(record));
        }
        let root = tree.root();
        let checkpoint = Checkpoint::new(key.name(), size, root).sign(&key)?;
        let entry = CommandEntry {
            key: CommandKey::of(&format!("k-{first}")),
            digest: CommandDigest::of(b"bench"),
            first,
            last: size,
        };
        let commands = vec![entry];
        let batch = Batch { first, bytes, ends, tiles, commands, checkpoint, size, root };
        store.append_durably(&batch).await?;
    }
    Ok(payloads)
}

fn record(position: u64, out: &mut Vec<u8>) -> Result<()> {
    let data = format!(r#"{{"amount":"20000.00","entries":"{}"}}"#, "0123456789".repeat(25));
    let record = Record {
        position,
        ledger: LEDGER,
        kind: "loan.disbursed.v1",
        subject: "loan/L-2002-0007",
        time: Millis(1_032_487_200_000),
        effective_date: "2002-09-20",
        command_id: &format!("k-{position}"),
        command_digest: CommandDigest::of(b"bench"),
        actor: "clerk:017",
        data: &data,
    };
    Ok(record.encode(out)?)
}

async fn raw(nats: &Nats, payloads: &[Bytes]) -> Result<Duration> {
    let jetstream = async_nats::jetstream::new(async_nats::connect(nats.url()).await?);
    jetstream.create_stream(stream("RAW", "raw.>")).await?;
    let begin = Instant::now();
    let mut under_way = VecDeque::new();
    for payload in payloads {
        if under_way.len() == WINDOW
            && let Some(answer) = under_way.pop_front()
        {
            confirmed(answer).await?;
        }
        under_way.push_back(jetstream.publish("raw.loan.disbursed", payload.clone()).await?);
    }
    for answer in under_way {
        confirmed(answer).await?;
    }
    Ok(begin.elapsed())
}

async fn confirmed(answer: async_nats::jetstream::context::PublishAckFuture) -> Result<()> {
    answer.await?;
    Ok(())
}

async fn raw_with_own_inbox(nats: &Nats, payloads: &[Bytes]) -> Result<Duration> {
    let client = async_nats::connect(nats.url()).await?;
    let jetstream = async_nats::jetstream::new(client.clone());
    jetstream.create_stream(stream("OWN", "own.>")).await?;
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await?;
    let begin = Instant::now();
    let mut under_way = 0;
    for payload in payloads {
        if under_way == WINDOW {
            answers.next().await.ok_or("no answer")?;
            under_way -= 1;
        }
        client.publish_with_reply("own.loan.disbursed", inbox.clone(), payload.clone()).await?;
        under_way += 1;
    }
    for _ in 0..under_way {
        answers.next().await.ok_or("no answer")?;
    }
    Ok(begin.elapsed())
}

async fn published(nats: &Nats, store: &Store, records: u64) -> Result<Duration> {
    let mut publisher = Publisher::connect(&Connection::new(nats.url()), store.clone()).await?;
    let begin = Instant::now();
    let published = publisher.publish_pending().await?;
    if published != records {
        return Err(format!("published only {published}").into());
    }
    Ok(begin.elapsed())
}

fn stream(name: &str, subject: &str) -> Config {
    Config {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        ..Config::default()
    }
}

fn per_second(records: u64, taken: Duration) -> u64 {
    let milliseconds = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX).max(1);
    records * 1_000 / milliseconds
}

fn median(numbers: impl Iterator<Item = u64>) -> u64 {
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}

fn cpu() -> (u64, u64) {
    let ticks = |pid: &str| { let s = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default(); let Some((_, r)) = s.rsplit_once(')') else { return (0, String::new(), 0) }; let v: Vec<&str> = r.split_whitespace().collect(); (v[11].parse::<u64>().unwrap() + v[12].parse::<u64>().unwrap(), s.clone(), v[1].parse::<u32>().unwrap()) };
    let me = std::process::id();
    let mut server = 0;
    for e in std::fs::read_dir("/proc").unwrap().flatten() {
        let n = e.file_name().to_string_lossy().to_string();
        if n.parse::<u32>().is_err() { continue; }
        let (t, s, parent) = ticks(&n);
        if parent == me && s.contains("nats-server") { server += t; }
    }
    (ticks("self").0, server)
}
