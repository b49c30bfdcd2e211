//! The writer of a ledger: commands in, records out, one order for all (design section 5).
//!
//! [`Ledger::submit`] hands a command to the one task that owns the state. That task takes what waits,
//! decides each command, and passes whole batches on: one task appends them, one makes them durable and
//! gives the receipts. While a batch is on its way to the disk, the next is decided. When anything goes
//! wrong on the way, the state is thrown away and loaded again from the log, and what has no receipt yet
//! is decided again; its key tells whether it was in the log after all.

mod batch;
mod commit;
mod keys;
mod memory;
mod signer;
mod submission;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use almoner_log::{Store, StoreError};
use almoner_proof::SigningKey;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

pub use memory::Memory;
pub use signer::{Signer, SignerError};
pub use submission::{MAX_KEY_CHARACTERS, Receipt, Submission, SubmitError};

use writer::{Message, UnderWay, Waiting};

/// How many commands may wait for the writer; who comes after waits outside.
const MAILBOX: usize = 4_096;

/// What a ledger is started with.
pub struct Options {
    /// The log.
    pub store: Store,
    /// The key that signs its checkpoints; its name is the checkpoint origin.
    pub key: SigningKey,
    /// The file, outside the database, in which the signer keeps what it signed last.
    pub signer_memory: PathBuf,
    /// Where the time comes from.
    pub clock: Clock,
}

/// Where the recorded time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// Ten in the morning of each command's effective date, never backwards: for showing a history
    /// as if it were recorded when it happened.
    OfEffectiveDate,
}

/// How the writer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It records.
    Recording,
    /// It lost the database, and tries again; the text says why.
    Recovering(String),
    /// It stopped for good; the text says why.
    Stopped(String),
}

/// A failure of the machine, not a refusal.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The log cannot be read or written.
    #[error("the log failed")]
    Store(#[from] StoreError),
    /// The signer refuses.
    #[error("the signer refuses")]
    Signer(#[from] SignerError),
    /// A record cannot be understood by this program.
    #[error("record {position} cannot be replayed: {problem}")]
    Replay {
        /// Its position.
        position: u64,
        /// What is wrong.
        problem: String,
    },
    /// The writer has stopped.
    #[error("the ledger has stopped: {0}")]
    Stopped(String),
}

/// A running ledger. Clones submit to the same writer.
#[derive(Clone)]
pub struct Ledger {
    mailbox: mpsc::Sender<Message>,
    /// How many commands are on their way; the writer learns from it how large a batch is worth handing over.
    under_way: Arc<AtomicUsize>,
    durable: watch::Receiver<u64>,
    health: watch::Receiver<Health>,
}

impl Ledger {
    /// Loads the state (newest snapshot and the records after it), holds the log against what the
    /// signer remembers, and starts the writer.
    ///
    /// # Errors
    /// When the log cannot be read or does not extend what was signed before.
    pub async fn start(options: Options) -> Result<Self, LedgerError> {
        let signer = Signer::new(options.key, options.signer_memory, options.store.ledger())?;
        signer.check(&options.store).await?;
        let memory = Memory::load(&options.store, &signer.verifier_key()).await?;
        let (mailbox, messages) = mpsc::channel(MAILBOX);
        let (durable_sender, durable) = watch::channel(memory.position());
        let (health_sender, health) = watch::channel(Health::Recording);
        let under_way = Arc::new(AtomicUsize::new(0));
        let writer = writer::Writer {
            store: options.store,
            signer: Arc::new(signer),
            clock: options.clock,
            messages,
            under_way: under_way.clone(),
            durable: Arc::new(durable_sender),
            health: health_sender,
        };
        tokio::spawn(writer.run(memory));
        Ok(Self { mailbox, under_way, durable, health })
    }

    /// Submits a command and waits for its receipt, which is given when its records are on disk (P8).
    ///
    /// # Errors
    /// A refusal, or a failure of the machine. After a failure the same submission can be sent again.
    pub async fn submit(&self, submission: Submission) -> Result<Receipt, SubmitError> {
        let (answer, answered) = oneshot::channel();
        let stopped = || SubmitError::Fault(LedgerError::Stopped(self.why_stopped()));
        let under_way = UnderWay::one_more(&self.under_way);
        let waiting = Waiting { submission, answer, under_way };
        if self.mailbox.send(Message::Submit(waiting)).await.is_err() {
            return Err(stopped());
        }
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// The position up to which everything is on disk, as it grows.
    #[must_use]
    pub fn durable(&self) -> watch::Receiver<u64> {
        self.durable.clone()
    }

    /// How the writer is.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Waits until the writer has recovered from nothing for so long: it tries again and again, and nothing gets on
    /// disk. Gives the reason.
    pub async fn stuck_for(&self, patience: Duration) -> LedgerError {
        let (mut health, mut durable) = (self.health.clone(), self.durable.clone());
        let is_recovering = |health: &Health| matches!(health, Health::Recovering(_));
        loop {
            if health.wait_for(is_recovering).await.is_err() {
                return LedgerError::Stopped(self.why_stopped());
            }
            let at = *durable.borrow();
            let got_on = timeout(patience, durable.wait_for(|durable| *durable > at)).await;
            if got_on.is_err() && is_recovering(&health.borrow()) {
                return LedgerError::Stopped(self.why_stopped());
            }
        }
    }

    /// Finishes what waits, writes a snapshot, and stops the writer for all clones.
    pub async fn stop(self) {
        let (done, stopped) = oneshot::channel();
        if self.mailbox.send(Message::Stop(done)).await.is_ok() {
            // An error means that the writer has stopped already.
            let _ = stopped.await;
        }
    }

    fn why_stopped(&self) -> String {
        match &*self.health.borrow() {
            Health::Stopped(why) | Health::Recovering(why) => why.clone(),
            Health::Recording => "it was told to stop".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use almoner_domain::command::Command;

    #[tokio::test]
    async fn a_submit_that_is_given_up_counts_no_longer() {
        let (mailbox, mut messages) = mpsc::channel(1);
        let under_way = Arc::new(AtomicUsize::new(0));
        let ledger = Ledger {
            mailbox,
            under_way: under_way.clone(),
            durable: watch::channel(0).1,
            health: watch::channel(Health::Recording).1,
        };
        let submit = |key| {
            let command =
                Command::read("loan.refund", "2024-05-01", r#"{"loan":"L-1","amount":"5.00"}"#);
            ledger.submit(Submission::new(key, "clerk:1", command.unwrap()).unwrap())
        };
        // The first is given up while it waits for its answer, the second before there was room for it.
        assert!(timeout(Duration::from_millis(5), submit("a")).await.is_err());
        assert!(timeout(Duration::from_millis(5), submit("b")).await.is_err());
        assert_eq!(under_way.load(Ordering::Relaxed), 1, "the first is still in the mailbox");
        drop(messages.recv().await);
        assert_eq!(under_way.load(Ordering::Relaxed), 0);
        drop(messages);
        assert!(submit("c").await.is_err());
        assert_eq!(under_way.load(Ordering::Relaxed), 0);
    }
}
