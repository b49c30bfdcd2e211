//! A bureau with a log, and a look at the streams past our own code.

use std::future::Future;
use std::time::Duration;

use almoner_feed::{Connection, Publisher, PublisherStatus};
use almoner_log::{Batch, CommandDigest, CommandEntry, CommandKey, Millis, Record, Store};
use almoner_proof::{Checkpoint, SigningKey, TileBuilder, VerifierKey, leaf_hash};
use almoner_test_servers::{Nats, nats_servers};
use async_nats::HeaderMap;
use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use async_nats::jetstream::{self, stream};
use futures::StreamExt;
use tempfile::TempDir;
use tokio::sync::watch;

pub const LEDGER: &str = "411700";

/// No scenario takes so long unless something hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a scenario on a fresh server of every version.
pub async fn on_every_server<F: Future<Output = ()>>(scenario: impl Fn(Nats) -> F) {
    for binary in nats_servers().unwrap() {
        let nats = Nats::start(&binary).unwrap();
        let version = nats.version().to_owned();
        println!("NATS {version}");
        let done = tokio::time::timeout(LIMIT, scenario(nats)).await;
        assert!(done.is_ok(), "it hangs on NATS {version}");
    }
}

/// A ledger's log as the ledger writes it: well-formed records, two for each command, and a signed
/// checkpoint after each batch.
pub struct Bureau {
    pub store: Store,
    pub key: SigningKey,
    tree: TileBuilder,
    durable: watch::Sender<u64>,
    /// Told apart by this, so that two bureaus may have the same beginning and different ends.
    branch: &'static str,
    _directory: Option<TempDir>,
}

impl Bureau {
    /// A bureau with an empty log in an SQLite file.
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("log.db").display());
        Self { _directory: Some(directory), ..Self::at(&url).await }
    }

    /// A bureau with an empty log in the database at this URL.
    pub async fn at(url: &str) -> Self {
        Self {
            store: Store::create(url, LEDGER).await.unwrap(),
            key: SigningKey::new(&format!("almoner/{LEDGER}"), [7; 32]).unwrap(),
            tree: TileBuilder::new(),
            durable: watch::Sender::new(0),
            branch: "main",
            _directory: None,
        }
    }

    /// A bureau with this many records.
    pub async fn with(records: u64) -> Self {
        let mut bureau = Self::new().await;
        bureau.append(records).await;
        bureau
    }

    /// From here on its records differ from those of a bureau with another branch.
    pub fn branch_off(&mut self, branch: &'static str) {
        self.branch = branch;
    }

    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    pub fn durable(&self) -> watch::Receiver<u64> {
        self.durable.subscribe()
    }

    pub fn verifier_key(&self) -> VerifierKey {
        self.key.verifier_key()
    }

    pub fn record(&self, position: u64) -> Vec<u8> {
        record(position, self.branch)
    }

    /// Appends records, up to 1,000 in a batch.
    pub async fn append(&mut self, records: u64) {
        let end = self.size() + records;
        while self.size() < end {
            let size = end.min(self.size() + 1_000);
            let batch = self.batch(size);
            self.store.append_durably(&batch).await.unwrap();
            self.durable.send_replace(size);
        }
    }

    fn batch(&mut self, size: u64) -> Batch {
        let first = self.size() + 1;
        let (mut bytes, mut ends, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
        let mut commands: Vec<CommandEntry> = Vec::new();
        for position in first..=size {
            let record = self.record(position);
            self.tree.append(leaf_hash(&record), &mut tiles);
            bytes.extend_from_slice(&record);
            ends.push(bytes.len());
            let key = CommandKey::of(&command_id(position, self.branch));
            match commands.last_mut() {
                Some(last) if last.key == key => last.last = position,
                _ => commands.push(CommandEntry {
                    key,
                    digest: digest(position, self.branch),
                    first: position,
                    last: position,
                }),
            }
        }
        let root = self.tree.root();
        let checkpoint = Checkpoint::new(self.key.name(), size, root).sign(&self.key).unwrap();
        Batch { first, bytes, ends, tiles, commands, checkpoint, size, root }
    }

    pub async fn publisher(&self, nats: &Nats) -> Publisher {
        Publisher::connect(&Connection::new(nats.url()), self.store.clone()).await.unwrap()
    }

    /// Holds what the stream has against what was appended: every record once, in order, at the
    /// sequence of its position, byte for byte.
    pub async fn assert_published(&self, nats: &Nats) {
        let messages = messages(nats, &format!("ALMONER_{LEDGER}")).await;
        assert_eq!(messages.len() as u64, self.size());
        for ((position, expected), message) in self.records().await.iter().zip(&messages) {
            assert_eq!(message.sequence, *position);
            assert_eq!(message.payload, *expected, "position {position}");
        }
    }

    async fn records(&self) -> Vec<(u64, Vec<u8>)> {
        let mut all = Vec::new();
        loop {
            let records = self.store.read(all.len() as u64 + 1, 10_000).await.unwrap();
            if records.is_empty() {
                return all;
            }
            all.extend(records.iter().map(|(position, bytes)| (position, bytes.to_vec())));
        }
    }
}

/// About 600 bytes, as real ones.
fn record(position: u64, branch: &str) -> Vec<u8> {
    let kinds = ["loan.disbursed.v1", "loan.repaid.v1", "subsidy.paid.v1"];
    let command = position.div_ceil(2);
    let data = format!(
        r#"{{"amount":"{}.{:02}","note":"{branch}","entries":"{}"}}"#,
        position % 90_000,
        position % 100,
        "0123456789".repeat(22)
    );
    let record = Record {
        position,
        ledger: LEDGER,
        kind: kinds[position as usize % kinds.len()],
        subject: &format!("loan/L-2002-{:05}", command % 10_000),
        time: Millis(1_032_487_200_000 + position as i64),
        effective_date: "2002-09-20",
        command_id: &command_id(position, branch),
        command_digest: digest(position, branch),
        actor: "clerk:017",
        data: &data,
    };
    let mut bytes = Vec::new();
    record.encode(&mut bytes).unwrap();
    bytes
}

fn command_id(position: u64, branch: &str) -> String {
    format!("{branch}-{}", position.div_ceil(2))
}

fn digest(position: u64, branch: &str) -> CommandDigest {
    CommandDigest::of(command_id(position, branch).as_bytes())
}

/// Waits until a publisher says so of itself.
pub async fn until(
    status: &mut watch::Receiver<PublisherStatus>,
    what: impl Fn(&PublisherStatus) -> bool,
) -> PublisherStatus {
    status.wait_for(what).await.unwrap().clone()
}

/// JetStream as an administrator without our crate has it.
pub async fn jetstream(nats: &Nats) -> jetstream::Context {
    jetstream::new(async_nats::connect(nats.url()).await.unwrap())
}

pub struct StoredMessage {
    pub sequence: u64,
    pub subject: String,
    pub headers: HeaderMap,
    pub payload: Vec<u8>,
}

impl StoredMessage {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.as_str()).unwrap_or_default()
    }
}

/// Everything that a stream holds.
pub async fn messages(nats: &Nats, name: &str) -> Vec<StoredMessage> {
    let stream = jetstream(nats).await.get_stream(name).await.unwrap();
    let count = stream.cached_info().state.messages;
    let config = Config {
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::None,
        ..Config::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut incoming = consumer.messages().await.unwrap().take(count as usize);
    let mut messages = Vec::new();
    while let Some(message) = incoming.next().await {
        let message = message.unwrap();
        messages.push(StoredMessage {
            sequence: message.info().unwrap().stream_sequence,
            subject: message.subject.to_string(),
            headers: message.headers.clone().unwrap_or_default(),
            payload: message.payload.to_vec(),
        });
    }
    messages
}

/// Takes all but the last messages out of a stream, which even one that denies deletes allows to an
/// administrator, and covers the traces.
pub async fn trim(nats: &Nats, name: &str, keep: i64) {
    let jetstream = jetstream(nats).await;
    let kept = jetstream.get_stream(name).await.unwrap().cached_info().config.clone();
    let trimmed =
        stream::Config { max_messages: keep, discard: stream::DiscardPolicy::Old, ..kept.clone() };
    jetstream.update_stream(trimmed).await.unwrap();
    jetstream.update_stream(kept).await.unwrap();
}
