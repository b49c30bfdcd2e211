//! The way to the disk: one task appends batches, one makes them durable and gives the receipts.
//!
//! Appending does not wait for the disk, so the next batch is appended while the one before is flushed;
//! the store keeps their order (see [`almoner_log::Store::append`]). A receipt leaves after the flush.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use almoner_log::Store;
use tokio::sync::{mpsc, watch};

use crate::LedgerError;
use crate::batch::Decided;
use crate::signer::Signer;
use crate::writer::Waiting;

/// How many appended batches may wait for the flush; more means that the disk cannot keep up, and
/// deciding waits.
const BATCHES_BEFORE_FLUSH: usize = 16;

/// The signer's file is replaced at most this often.
const REMEMBER_EVERY: Duration = Duration::from_millis(100);

/// What the two tasks work with.
pub struct Commit {
    pub store: Store,
    pub signer: Arc<Signer>,
    pub under_way: Arc<AtomicUsize>,
    pub durable: Arc<watch::Sender<u64>>,
}

/// How the way to the disk ended: everyone who still waits, in order, and what failed, if anything.
pub struct Ended {
    pub unanswered: Vec<Waiting>,
    pub failure: Option<LedgerError>,
}

impl Commit {
    /// Appends and flushes until the channel is closed or something fails.
    pub async fn run(self, mut decided: mpsc::Receiver<Decided>) -> Ended {
        let (appended, flushing) = mpsc::channel(BATCHES_BEFORE_FLUSH);
        let commit = Arc::new(self);
        let flusher = tokio::spawn(commit.clone().flush_all(flushing));
        let mut unanswered = Vec::new();
        let mut failure = None;
        loop {
            let next = tokio::select! {
                next = decided.recv() => next,
                // The flusher has failed: everyone may be waiting for it, and nothing more come.
                () = appended.closed() => None,
            };
            let Some(mut next) = next else { break };
            match commit.append(&mut next).await {
                Ok(()) => {
                    if let Err(mpsc::error::SendError(next)) = appended.send(next).await {
                        // The flusher has failed and says why below.
                        unanswered.extend(waiting(next));
                        break;
                    }
                }
                Err(error) => {
                    unanswered.extend(waiting(next));
                    failure = Some(error);
                    break;
                }
            }
        }
        drop(appended);
        decided.close();
        while let Some(next) = decided.recv().await {
            unanswered.extend(waiting(next));
        }
        let flushed = flusher.await.unwrap_or_else(|error| Ended {
            unanswered: Vec::new(),
            failure: Some(LedgerError::Stopped(error.to_string())),
        });
        // Those before the flush came first.
        let unanswered = flushed.unanswered.into_iter().chain(unanswered).collect();
        Ended { unanswered, failure: flushed.failure.or(failure) }
    }

    async fn append(&self, next: &mut Decided) -> Result<(), LedgerError> {
        let batch = &mut next.batch;
        if batch.ends.is_empty() {
            return Ok(());
        }
        batch.checkpoint = self.signer.sign(batch.size, batch.root)?;
        // Alone, one synchronous commit is quicker than append and flush; the flusher then finds
        // nothing left to do.
        if self.under_way.load(Ordering::Relaxed) <= next.answers.len() {
            self.store.append_durably(batch).await?;
            next.on_disk = true;
        } else {
            self.store.append(batch).await?;
        }
        Ok(())
    }

    async fn flush_all(self: Arc<Self>, mut appended: mpsc::Receiver<Decided>) -> Ended {
        let mut pending: Vec<Decided> = Vec::new();
        let mut remembered = Instant::now();
        let mut checkpoint = String::new();
        let mut failure = None;
        while appended.recv_many(&mut pending, BATCHES_BEFORE_FLUSH).await > 0 {
            let on_disk = pending.iter().all(|decided| decided.on_disk);
            if !on_disk && let Err(error) = self.store.flush().await {
                failure = Some(error.into());
                break;
            }
            if let Some(newest) = self.answer(&mut pending) {
                checkpoint = newest;
            }
            if remembered.elapsed() >= REMEMBER_EVERY || appended.is_empty() && appended.is_closed()
            {
                self.remember(&checkpoint);
                remembered = Instant::now();
            }
        }
        self.remember(&checkpoint);
        appended.close();
        while let Some(next) = appended.recv().await {
            pending.push(next);
        }
        Ended { unanswered: pending.into_iter().flat_map(waiting).collect(), failure }
    }

    /// Gives the receipts; returns the newest checkpoint.
    fn answer(&self, pending: &mut Vec<Decided>) -> Option<String> {
        let mut checkpoint = None;
        for decided in pending.drain(..) {
            if !decided.batch.ends.is_empty() {
                checkpoint = Some(decided.batch.checkpoint);
            }
            // Readers learn of the position before the clerk does, so that a clerk can ask for it.
            self.durable.send_if_modified(|durable| {
                let grows = decided.batch.size > *durable;
                *durable = decided.batch.size.max(*durable);
                grows
            });
            for (waiting, receipt) in decided.answers {
                waiting.answer(Ok(receipt));
            }
        }
        checkpoint
    }

    fn remember(&self, checkpoint: &str) {
        if checkpoint.is_empty() {
            return;
        }
        if let Err(error) = self.signer.remember(checkpoint) {
            // The records are safe; only the notice of a restored backup would come later.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the signer's memory was not written"
            );
        }
    }
}

fn waiting(decided: Decided) -> impl Iterator<Item = Waiting> {
    decided.answers.into_iter().map(|(waiting, _)| waiting)
}
