//! The publisher: from the log to the streams.

use std::future::Future;
use std::time::Duration;

use almoner_log::{Store, StoreError};
use tokio::sync::watch;
use tokio::time::Instant;

mod acknowledgement;
mod checkpoints;
mod compare;
mod records;

use checkpoints::CheckpointEnd;

use crate::connection::{ConnectError, Connection, Link, LinkState, NatsError, with_causes};
use crate::stream::StreamNames;

/// Puts a store's records and checkpoints on their streams, in order and each once.
///
/// The stream is its own bookmark: at the start and after every error the publisher asks where the
/// stream ends, holds that against the log and goes on from there. Two publishers of one ledger
/// disturb each other but do no harm.
#[derive(Debug)]
pub struct Publisher {
    store: Store,
    link: Link,
    names: StreamNames,
    status: watch::Sender<PublisherStatus>,
    progress: Progress,
}

/// How far a publisher is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublisherStatus {
    /// Whether the connection to NATS stands.
    pub connected: bool,
    /// The NATS server's version, once there was a connection.
    pub server_version: Option<String>,
    /// Up to which position the stream is known to hold the log's records.
    pub published: u64,
    /// The size of the last published checkpoint.
    pub checkpoint: u64,
    /// What went wrong last; none once publishing succeeds again.
    pub last_error: Option<String>,
    /// Set when the publisher has given up: see [`PublishError::is_final`].
    pub stopped: bool,
}

/// Why nothing, or not everything, was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Stream and log hold different histories. Somebody has to find out which is the true one.
    #[error(
        "the feed and the log of {ledger} have different histories from position {position} on: {fork}"
    )]
    Forked {
        /// The ledger.
        ledger: String,
        /// The first position at which they are known to differ.
        position: u64,
        /// In what they differ.
        fork: Fork,
    },
    /// A record that was published is no longer in the stream, though later ones are.
    #[error("the stream {stream} has lost the record at position {position}")]
    Lost {
        /// The stream.
        stream: String,
        /// The lowest missing position.
        position: u64,
    },
    /// The stream exists, but is made in a way that could lose messages.
    #[error("the stream {stream} has a wrong setting: {setting}")]
    Setting {
        /// The stream.
        stream: String,
        /// The setting as NATS calls it.
        setting: &'static str,
    },
    /// The stream did not take a message. What it holds is looked up before anything else is sent.
    #[error("the stream did not store position {position}: {reason}")]
    NotStored {
        /// The record's position, or the checkpoint's size.
        position: u64,
        /// What the server said.
        reason: String,
    },
    /// The stream did not answer in time. Whether it stored the message is looked up.
    #[error("the stream did not confirm position {position} in time")]
    NotConfirmed {
        /// The record's position, or the checkpoint's size.
        position: u64,
    },
    /// A record in the log does not say itself that it is this ledger's record at that position.
    #[error("the log's record at position {position} is damaged")]
    Record {
        /// The record's position.
        position: u64,
    },
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[from] StoreError),
    /// NATS is away or refuses.
    #[error(transparent)]
    Nats(#[from] NatsError),
}

/// In what the histories of stream and log differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fork {
    /// The stream holds another record at the position.
    OtherRecord,
    /// The log ends before the position, the stream does not.
    LongerThanLog,
    /// The last published checkpoint is none of this log.
    OtherCheckpoint,
}

/// What the publisher knows of the streams.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Whether the streams were held against the log and nothing doubtful has happened since.
    compared: bool,
    /// Up to here the stream holds our records: compared, or confirmed without a doubt.
    published: u64,
    /// The highest position that was ever sent. What lies between may be stored or not.
    sent: u64,
    /// The end of the checkpoint stream.
    checkpoints: CheckpointEnd,
    /// When the last checkpoint was sent.
    checkpoint_sent: Option<Instant>,
}

/// Checkpoints come at most this often, except the last one.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);

/// How often stream and log are looked at when nothing seems to happen. Another server may append
/// and publish, somebody may meddle with the stream.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// How long a single [`Publisher::publish_pending`] waits for a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How long the publisher tries to publish the rest when it is told to stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How often a single [`Publisher::publish_pending`] goes on after it was disturbed.
const TRIES: u32 = 5;

/// The pause after a first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

type Result<T> = std::result::Result<T, PublishError>;

impl Publisher {
    /// A publisher for the store's ledger. The connection is made in the background: NATS need not
    /// be there yet.
    ///
    /// # Errors
    /// When the credentials or the address cannot be used at all.
    pub async fn connect(
        connection: &Connection,
        store: Store,
    ) -> std::result::Result<Self, ConnectError> {
        Ok(Self {
            link: connection.open().await?,
            names: StreamNames::new(store.ledger()),
            store,
            status: watch::Sender::default(),
            progress: Progress::default(),
        })
    }

    /// How far the publisher is, now and from now on.
    pub fn status(&self) -> watch::Receiver<PublisherStatus> {
        self.status.subscribe()
    }

    /// Publishes what the log has and what it gets, until `stop` is ready or the sender of `durable`
    /// is gone; then it tries for a moment to publish the rest.
    ///
    /// `durable` is the position up to which the log is on disk; it only wakes the publisher. Outages
    /// of NATS or the database are reported in the [`status`](Self::status) and waited out.
    ///
    /// # Errors
    /// Only those that waiting cannot mend: see [`PublishError::is_final`].
    pub async fn run(
        &mut self,
        mut durable: watch::Receiver<u64>,
        stop: impl Future<Output = ()>,
    ) -> Result<()> {
        tokio::select! {
            result = self.keep_publishing(&mut durable) => result?,
            () = stop => {}
        }
        if !self.link.state().connected {
            return Ok(());
        }
        match tokio::time::timeout(STOP_LIMIT, self.publish_pending()).await {
            Ok(Err(error)) if error.is_final() => Err(error),
            // What is not published now is published at the next start.
            _ => Ok(()),
        }
    }

    /// Publishes once what the log has now, with the last checkpoint, and returns the position up to
    /// which everything is published.
    ///
    /// # Errors
    /// Any that stands in the way; it may be tried again.
    pub async fn publish_pending(&mut self) -> Result<u64> {
        self.link.connected_within(CONNECT_LIMIT).await?;
        let mut result = self.try_publish_pending().await;
        for _ in 1..TRIES {
            // Somebody else published meanwhile, or an answer got lost: compare and go on.
            if !matches!(result, Err(PublishError::NotStored { .. })) {
                break;
            }
            result = self.try_publish_pending().await;
        }
        self.report(&result);
        result.map(|()| self.progress.published)
    }

    async fn try_publish_pending(&mut self) -> Result<()> {
        self.publish_records().await?;
        self.publish_checkpoint().await
    }

    /// Publishes until the sender of `durable` is gone, and mends what can be mended.
    async fn keep_publishing(&mut self, durable: &mut watch::Receiver<u64>) -> Result<()> {
        let mut pause = FIRST_PAUSE;
        loop {
            let link = self.wait_for_connection().await;
            let before = self.progress.published;
            let result = self.publish_until_trouble(durable, link.connections).await;
            self.report(&result);
            let Err(error) = result else { return Ok(()) };
            if error.is_final() {
                return Err(error);
            }
            if self.progress.published > before {
                pause = FIRST_PAUSE;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits until NATS is there, and says meanwhile why it is not.
    async fn wait_for_connection(&mut self) -> LinkState {
        loop {
            let link = self.link.state();
            self.report_link();
            if link.connected {
                return link;
            }
            self.link.changed().await;
        }
    }

    async fn publish_until_trouble(
        &mut self,
        durable: &mut watch::Receiver<u64>,
        connection: u64,
    ) -> Result<()> {
        loop {
            // What is appended from here on wakes us again.
            durable.mark_unchanged();
            self.publish_records().await?;
            if self.checkpoint_due() <= Instant::now() {
                self.publish_checkpoint().await?;
            }
            self.report(&Ok(()));
            let missing = self.progress.checkpoints.size < self.progress.published;
            tokio::select! {
                changed = durable.changed() => if changed.is_err() { return Ok(()) },
                () = tokio::time::sleep_until(self.checkpoint_due()), if missing => {}
                () = tokio::time::sleep(LOOK_INTERVAL) => self.progress.compared = false,
                error = self.link.lost(connection) => {
                    self.progress.compared = false;
                    return Err(error.into());
                }
            }
        }
    }

    fn checkpoint_due(&self) -> Instant {
        let sent = self.progress.checkpoint_sent;
        sent.map_or_else(Instant::now, |sent| sent + CHECKPOINT_INTERVAL)
    }

    fn report(&mut self, result: &Result<()>) {
        let link = self.link.state();
        let mut status = PublisherStatus {
            connected: link.connected,
            server_version: self.link.server_version(),
            published: self.progress.published,
            checkpoint: self.progress.checkpoints.size,
            last_error: None,
            stopped: false,
        };
        if let Err(error) = result {
            status.last_error = Some(with_causes(error));
            status.stopped = error.is_final();
        }
        self.tell(status);
    }

    /// Reports the connection; what went wrong stays until something goes right.
    fn report_link(&self) {
        let link = self.link.state();
        let mut status = self.status.borrow().clone();
        status.connected = link.connected;
        status.server_version = self.link.server_version();
        if link.last_error.is_some() {
            status.last_error = link.last_error;
        }
        self.tell(status);
    }

    /// Publishes the status and writes what is new in it to the program's log.
    fn tell(&self, status: PublisherStatus) {
        let ledger = self.names.ledger.as_str();
        let old = self.status.borrow().clone();
        if status.server_version != old.server_version
            && let Some(version) = &status.server_version
        {
            tracing::info!(ledger, version, "publishing to NATS");
            if old.server_version.is_none() && !self.link.client.is_server_compatible(2, 10, 0) {
                tracing::warn!(
                    ledger,
                    version,
                    "this NATS server is older than 2.10 and cannot be told to write each message \
                     to disk before it confirms it (`sync_interval: always`); what it loses in a \
                     power failure is published again"
                );
            }
        }
        if status.last_error != old.last_error
            && let Some(error) = &status.last_error
        {
            tracing::warn!(ledger, published = status.published, error, "the feed is held up");
        }
        self.status.send_if_modified(|old| {
            let changed = *old != status;
            *old = status;
            changed
        });
    }
}

impl PublishError {
    /// Whether waiting and trying again cannot help, because what was published is not what the log
    /// holds, or is gone.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Forked { .. } | Self::Lost { .. })
    }
}

impl std::fmt::Display for Fork {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::OtherRecord => "the feed holds another record there",
            Self::LongerThanLog => "the log ends before it",
            Self::OtherCheckpoint => "a checkpoint was published that is none of this log",
        })
    }
}
