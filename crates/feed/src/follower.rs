//! The follower: from the streams to an auditor, with proof.

use std::time::Duration;

use almoner_log::{Batch, RecordError};
use almoner_proof::{Checkpoint, CheckpointError, TileBuilder, VerifierKey};
use tokio::time::Instant;

mod source;
mod waiting;

use source::{Source, Trouble};
use waiting::Waiting;

use crate::connection::{ConnectError, Connection, Link, LinkState, NatsError, with_causes};
use crate::stream::{StreamNames, find, message};

/// Reads a ledger's records from the feed and proves them.
///
/// Records are numbered by the stream; each must say the same position itself. They wait in memory
/// until a checkpoint arrives that covers them, grow the follower's own Merkle tree and must give the
/// root that the log signed. Only then are they handed over, as [`Batch`]es ready for a store.
///
/// What the follower cannot know is whether the log shows others the same history: compare
/// checkpoints with theirs.
#[derive(Debug)]
pub struct Follower {
    link: Link,
    names: StreamNames,
    origin: String,
    key: [VerifierKey; 1],
    patience: Duration,
    /// The tree of everything proved.
    tree: TileBuilder,
    /// Records that no checkpoint covers yet.
    waiting: Waiting,
    /// The checkpoint that comes next. The one after it is not looked at before this one is proved.
    ahead: Option<SignedCheckpoint>,
    reading: Option<Reading>,
    /// Since when a checkpoint has been waiting for records.
    overdue: Option<Instant>,
}

#[derive(Debug)]
struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
}

/// The two streams as they come in over one connection.
#[derive(Debug)]
struct Reading {
    connection: u64,
    records: Source,
    checkpoints: Source,
}

/// Why the feed cannot be followed any further: what it holds is not what the log signed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// A record is missing though a checkpoint covers it, or though later ones are there.
    #[error("the record at position {position} is missing in the feed")]
    Missing {
        /// The lowest missing position.
        position: u64,
    },
    /// A message is no record.
    #[error("the message at position {position} is no record")]
    NotARecord {
        /// Its position in the stream.
        position: u64,
        /// Why not.
        source: RecordError,
    },
    /// A record names another place than the one where it stands.
    #[error("the record at position {position} says it is number {id} of {ledger}")]
    WrongPlace {
        /// Its position in the stream.
        position: u64,
        /// The position it names.
        id: u64,
        /// The ledger it names.
        ledger: String,
    },
    /// The records do not have the signed root: at least one of them was changed, or the checkpoint
    /// is of another history.
    #[error(
        "the records up to position {size} are not those that the log signed; those up to {proved} are"
    )]
    Root {
        /// Up to here everything is proved.
        proved: u64,
        /// The size of the checkpoint that does not fit.
        size: u64,
    },
    /// A checkpoint is malformed, or not signed by the log.
    #[error("checkpoint number {sequence} of the feed is not good")]
    Checkpoint {
        /// Its place in the checkpoint stream.
        sequence: u64,
        /// Why not.
        source: CheckpointError,
    },
    /// A good checkpoint of another log.
    #[error("checkpoint number {sequence} of the feed is of the log {origin}")]
    OtherLog {
        /// Its place in the checkpoint stream.
        sequence: u64,
        /// The log that it names.
        origin: String,
    },
    /// A checkpoint covers less than one before it: the log went back.
    #[error("checkpoint number {sequence} of the feed goes back from {before} records to {size}")]
    Shrunk {
        /// Its place in the checkpoint stream.
        sequence: u64,
        /// How many records it covers.
        size: u64,
        /// How many an earlier one covers.
        before: u64,
    },
    /// More records have arrived without a checkpoint than may be kept.
    #[error("no checkpoint covers the {count} records after position {proved}")]
    Uncovered {
        /// Up to here everything is proved.
        proved: u64,
        /// How many records wait.
        count: u64,
    },
}

/// How long records may be late that a checkpoint covers. A publisher sends a checkpoint only after
/// them, but a server that crashed may have lost its end and get it again.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause before the streams are opened again.
const PAUSE: Duration = Duration::from_millis(500);

type Result<T> = std::result::Result<T, FollowError>;

impl Follower {
    /// A follower of a ledger's feed. `key` is the log's verifier key; `tree` is what the caller has
    /// already: of his own store, or [`TileBuilder::new`] to begin at position 1. The connection is
    /// made in the background: NATS need not be there yet.
    ///
    /// # Errors
    /// When the credentials or the address cannot be used at all.
    pub async fn connect(
        connection: &Connection,
        ledger: &str,
        key: VerifierKey,
        tree: TileBuilder,
    ) -> std::result::Result<Self, ConnectError> {
        Ok(Self {
            link: connection.open().await?,
            names: StreamNames::new(ledger),
            origin: format!("almoner/{ledger}"),
            key: [key],
            patience: PATIENCE,
            waiting: Waiting::after(tree.size()),
            tree,
            ahead: None,
            reading: None,
            overdue: None,
        })
    }

    /// Sets how long records may be late that a checkpoint covers; a minute if not set.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The next records that a checkpoint proves: all after the last ones, up to the checkpoint.
    ///
    /// Waits for as long as there are none; outages of NATS are waited out. May be dropped and
    /// called again without losing anything, so that a caller can look around in the meantime.
    ///
    /// # Errors
    /// When the feed is not what the log signed. The follower does not go on after that.
    pub async fn next(&mut self) -> Result<Batch> {
        loop {
            if let Some(batch) = self.prove()? {
                return Ok(batch);
            }
            match self.read().await {
                Ok(()) => {}
                Err(Trouble::Feed(error)) => return Err(error),
                Err(Trouble::Nats(error)) => {
                    let error = with_causes(&error);
                    tracing::info!(ledger = self.names.ledger, error, "the feed is interrupted");
                    self.reading = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// The tree of all records that were handed over.
    pub fn proved(&self) -> &TileBuilder {
        &self.tree
    }

    /// The records that have arrived but are not yet covered by a checkpoint, with their positions.
    /// They may still turn out to be false.
    pub fn not_yet_covered(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.waiting.iter()
    }

    /// Whether the connection to NATS stands, and if not, what went wrong.
    pub fn connection(&self) -> std::result::Result<(), NatsError> {
        let LinkState { connected, last_error: reason, .. } = self.link.state();
        if connected { Ok(()) } else { Err(NatsError::NotConnected { reason }) }
    }

    /// Proves records with the checkpoint ahead, if they are all there.
    fn prove(&mut self) -> Result<Option<Batch>> {
        let Some(SignedCheckpoint { checkpoint, note }) = &self.ahead else { return Ok(None) };
        let (proved, size) = (self.tree.size(), checkpoint.size);
        if size > self.waiting.last() {
            self.overdue.get_or_insert_with(Instant::now);
            return Ok(None);
        }
        let mut tree = self.tree.clone();
        let batch = self.waiting.batch(size, note, &mut tree);
        if batch.root != checkpoint.root {
            return Err(FollowError::Root { proved, size });
        }
        self.ahead = None;
        self.overdue = None;
        // A checkpoint of what is proved already says nothing new.
        if size == proved {
            return Ok(None);
        }
        self.waiting.drop_up_to(size);
        self.tree = tree;
        Ok(Some(batch))
    }

    /// Takes the next message of either stream.
    async fn read(&mut self) -> std::result::Result<(), Trouble> {
        let link = self.link.connected().await;
        if self.reading.as_ref().is_some_and(|reading| reading.connection != link.connections) {
            self.reading = None;
        }
        if self.reading.is_none() {
            self.reading = Some(self.open(link.connections).await?);
        }
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let late = self.overdue.map(|since| since + self.patience);
        tokio::select! {
            biased;
            checkpoint = reading.checkpoints.next(), if self.ahead.is_none() => {
                let (sequence, payload) = checkpoint?;
                self.take_checkpoint(sequence, &payload)?;
            }
            record = reading.records.next() => {
                let (position, payload) = record?;
                self.waiting.take(&self.names.ledger, position, &payload)?;
            }
            lost = self.link.lost(reading.connection) => return Err(lost.into()),
            () = sleep_until(late) => self.check_overdue().await?,
        }
        Ok(())
    }

    /// Opens both streams where the follower stands.
    async fn open(&mut self, connection: u64) -> std::result::Result<Reading, Trouble> {
        self.ahead = None;
        self.overdue = None;
        let from = self.first_checkpoint_of(self.tree.size()).await?;
        let jetstream = &self.link.jetstream;
        let checkpoints = Source::open(jetstream, &self.names.checkpoints, from).await?;
        let next = self.waiting.last() + 1;
        let records = Source::open(jetstream, &self.names.records, next).await?;
        Ok(Reading { connection, records, checkpoints })
    }

    fn take_checkpoint(&mut self, sequence: u64, payload: &[u8]) -> Result<()> {
        let signed = self.open_checkpoint(sequence, payload)?;
        let size = signed.checkpoint.size;
        let before = self.tree.size();
        if size < before {
            return Err(FollowError::Shrunk { sequence, size, before });
        }
        self.ahead = Some(signed);
        Ok(())
    }

    fn open_checkpoint(&self, sequence: u64, payload: &[u8]) -> Result<SignedCheckpoint> {
        let bad = |source| FollowError::Checkpoint { sequence, source };
        let note = str::from_utf8(payload)
            .map_err(|_| bad(CheckpointError::Malformed("it is not UTF-8")))?;
        let checkpoint = Checkpoint::open(note, &self.key).map_err(bad)?;
        if checkpoint.origin != self.origin {
            return Err(FollowError::OtherLog { sequence, origin: checkpoint.origin });
        }
        Ok(SignedCheckpoint { checkpoint, note: note.to_owned() })
    }

    /// The sequence of the first checkpoint that covers at least `size` records, found by halving;
    /// the sequence after the last one if there is none yet. One that is not good counts as if it
    /// did, so that it is read and complained about in its turn.
    async fn first_checkpoint_of(&self, size: u64) -> std::result::Result<u64, Trouble> {
        let stream = self.names.checkpoints.as_str();
        let Some((_, state)) = find(&self.link.jetstream, stream).await? else {
            return Err(Trouble::absent(stream));
        };
        let mut low = state.first_sequence.max(1);
        let mut high = if size == 0 { low } else { state.last_sequence + 1 };
        while low < high {
            let middle = low + (high - low) / 2;
            let found = message(&self.link.jetstream, stream, middle).await?;
            let signed = found.and_then(|it| self.open_checkpoint(middle, &it.payload).ok());
            if signed.is_some_and(|signed| signed.checkpoint.size < size) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Records that a checkpoint covers are late. Are they in the stream at all?
    async fn check_overdue(&mut self) -> std::result::Result<(), Trouble> {
        let stream = self.names.records.as_str();
        let last = match find(&self.link.jetstream, stream).await? {
            Some((_, state)) => state.last_sequence,
            None => 0,
        };
        let covered = self.ahead.as_ref().map_or(0, |next| next.checkpoint.size);
        if last < covered {
            let position = last.min(self.waiting.last()) + 1;
            return Err(FollowError::Missing { position }.into());
        }
        // They are there and on their way.
        self.overdue = Some(Instant::now());
        Ok(())
    }
}

/// Waits for a moment, or for ever if there is none.
async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
