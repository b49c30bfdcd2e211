//! The one task that owns the state.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use almoner_domain::command::{Context, decide};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::refusal::Refusal;
use almoner_domain::state::Original;
use almoner_log::{Millis, Record, Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::batch::Decided;
use crate::commit::{Commit, Ended};
use crate::memory::Memory;
use crate::signer::Signer;
use crate::submission::{Receipt, Submission, SubmitError};
use crate::{Clock, Health, LedgerError};

/// A snapshot is written after this many records at the earliest …
const SNAPSHOT_EVERY: u64 = 100_000;
/// … and after one record for each so many bytes of the last snapshot: writing them costs each record the
/// same, however large the state has become.
const SNAPSHOT_BYTES_PER_RECORD: u64 = 50;

/// How long to wait before the log is loaded again after a failure, at first and at most.
const RETRY_FIRST: Duration = Duration::from_millis(20);
const RETRY_LONGEST: Duration = Duration::from_secs(2);

/// What the mailbox holds.
pub enum Message {
    /// A command.
    Submit(Waiting),
    /// Finish and stop; answered when done.
    Stop(oneshot::Sender<()>),
}

/// A command and who waits for its receipt.
pub struct Waiting {
    pub submission: Submission,
    pub answer: oneshot::Sender<Result<Receipt, SubmitError>>,
    pub under_way: UnderWay,
}

impl Waiting {
    /// Gives the answer. Whoever does not wait any more will ask again with the same key.
    pub fn answer(self, answer: Result<Receipt, SubmitError>) {
        // First, so that the next command of the same submitter does not count beside this one.
        drop(self.under_way);
        let _ = self.answer.send(answer);
    }
}

/// Counts a command as under way for as long as it lives, whatever becomes of the command.
pub struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    pub fn one_more(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The writer and everything it works with.
pub struct Writer {
    pub store: Store,
    pub signer: Arc<Signer>,
    pub clock: Clock,
    pub messages: mpsc::Receiver<Message>,
    pub under_way: Arc<AtomicUsize>,
    pub durable: Arc<watch::Sender<u64>>,
    pub health: watch::Sender<Health>,
}

/// One life of the writer: from a loaded state to a stop or a failure.
struct Life {
    memory: Memory,
    decided: Decided,
    to_disk: mpsc::Sender<Decided>,
    commit: JoinHandle<Ended>,
    snapshot_at: u64,
}

impl Life {
    /// The batch decided so far, complete but for its signature; an empty one takes its place.
    fn take_decided(&mut self) -> Decided {
        let mut decided = std::mem::replace(&mut self.decided, Decided::after(&self.memory));
        decided.batch.root = self.memory.tree.root();
        decided
    }
}

/// The way to the disk is closed: the life is over.
struct Closed;

impl Writer {
    /// Runs until it is told to stop, all handles are gone, or the log turns out to be damaged.
    pub async fn run(mut self, memory: Memory) {
        let mut memory = Some(memory);
        let mut backlog = VecDeque::new();
        let mut retry = RETRY_FIRST;
        loop {
            let loaded = match memory.take() {
                Some(memory) => Ok(memory),
                None => self.load_again().await,
            };
            match loaded {
                Ok(memory) => {
                    self.health.send_replace(Health::Recording);
                    let before = memory.position();
                    let (stop, failure) = self.live(memory, &mut backlog).await;
                    if *self.durable.borrow() > before {
                        retry = RETRY_FIRST;
                    }
                    if let Some(stop) = stop {
                        // Whoever told it to stop may have gone.
                        let _ = stop.map(|done| done.send(()));
                        self.health.send_replace(Health::Stopped("it was told to stop".into()));
                        return;
                    }
                    if let Some(error) = failure {
                        // Another writer was first: nothing is broken, so decide again at once.
                        if matches!(
                            error,
                            LedgerError::Store(
                                StoreError::Conflict | StoreError::OutOfOrder { .. }
                            )
                        ) {
                            tracing::info!("another writer appended; deciding again");
                            continue;
                        }
                        self.recovering(&error);
                    }
                }
                Err(error) if is_final(&error) => {
                    self.stop_for_good(&error, backlog);
                    return;
                }
                Err(error) => self.recovering(&error),
            }
            tokio::time::sleep(retry).await;
            retry = (retry * 2).min(RETRY_LONGEST);
        }
    }

    async fn load_again(&self) -> Result<Memory, LedgerError> {
        self.signer.check(&self.store).await?;
        Memory::load(&self.store, &self.signer.verifier_key()).await
    }

    /// Decides and passes on until told to stop (then the first is given) or something fails.
    /// What has no receipt is in the backlog afterwards.
    async fn live(
        &mut self,
        memory: Memory,
        backlog: &mut VecDeque<Waiting>,
    ) -> (Option<Option<oneshot::Sender<()>>>, Option<LedgerError>) {
        let commit = Commit {
            store: self.store.clone(),
            signer: self.signer.clone(),
            under_way: self.under_way.clone(),
            durable: self.durable.clone(),
        };
        // One batch is handed over at a time: while the one before is appended, this one grows.
        let (to_disk, batches) = mpsc::channel(1);
        let mut life = Life {
            decided: Decided::after(&memory),
            snapshot_at: memory.position() + SNAPSHOT_EVERY,
            memory,
            to_disk,
            commit: tokio::spawn(commit.run(batches)),
        };
        let stop = self.decide_all(&mut life, backlog).await;
        if stop.is_ok() {
            // The last batch; when the way is closed it comes back with the others below.
            let last = life.take_decided();
            if let Err(mpsc::error::SendError(last)) = life.to_disk.send(last).await {
                life.decided = last;
            }
        }
        drop(life.to_disk);
        let ended = life.commit.await.unwrap_or_else(|error| Ended {
            unanswered: Vec::new(),
            failure: Some(LedgerError::Stopped(error.to_string())),
        });
        let undecided = std::mem::take(backlog);
        backlog.extend(ended.unanswered);
        backlog.extend(life.decided.answers.into_iter().map(|(waiting, _)| waiting));
        backlog.extend(undecided);
        match (stop, ended.failure) {
            (Ok(stop), None) => {
                if let Some(bytes) = self.snapshot(&life.memory) {
                    save_snapshot(&self.store, life.memory.position(), &bytes).await;
                }
                (Some(stop), None)
            }
            (Ok(stop), Some(error)) => {
                // Told to stop while the disk failed: those who wait learn that it is unknown.
                self.answer_all(backlog, &error);
                (Some(stop), None)
            }
            (Err(Closed), failure) => (None, failure),
        }
    }

    async fn decide_all(
        &mut self,
        life: &mut Life,
        backlog: &mut VecDeque<Waiting>,
    ) -> Result<Option<oneshot::Sender<()>>, Closed> {
        let to_disk = life.to_disk.clone();
        loop {
            // All that is at hand is decided before a batch is handed over: a batch costs the disk about as
            // much as a hundred records.
            while !life.decided.is_full() && !self.is_half_of_all(&life.decided) {
                let message = match backlog.pop_front() {
                    Some(waiting) => Some(Message::Submit(waiting)),
                    None => self.at_hand().await,
                };
                match message {
                    None => break,
                    Some(Message::Submit(waiting)) => {
                        self.decide_one(life, waiting, backlog).await?;
                    }
                    // Everything that was submitted before is decided.
                    Some(Message::Stop(done)) => return Ok(Some(done)),
                }
            }
            let (waits, room) =
                (!life.decided.is_empty(), !life.decided.is_full() && backlog.is_empty());
            tokio::select! {
                biased;
                permit = to_disk.reserve(), if waits => {
                    let permit = permit.map_err(|_| Closed)?;
                    permit.send(life.take_decided());
                    life.memory.keys.forget_durable(*self.durable.borrow());
                    self.snapshot_when_due(life);
                }
                // The way to the disk may fail while nothing is left to hand over.
                () = to_disk.closed() => return Err(Closed),
                message = self.messages.recv(), if room => match message {
                    None => return Ok(None),
                    Some(Message::Submit(waiting)) => backlog.push_back(waiting),
                    Some(Message::Stop(done)) => return Ok(Some(done)),
                }
            }
        }
    }

    /// Whether a batch has half of all commands that are under way: then it goes, so that one half is on its
    /// way to the disk while the other is decided.
    fn is_half_of_all(&self, decided: &Decided) -> bool {
        !decided.is_empty() && decided.answers.len() * 2 >= self.under_way.load(Ordering::Relaxed)
    }

    /// The next message that is there, after those who are just about to send one have had the chance.
    async fn at_hand(&mut self) -> Option<Message> {
        if let Ok(message) = self.messages.try_recv() {
            return Some(message);
        }
        tokio::task::yield_now().await;
        self.messages.try_recv().ok()
    }

    /// Decides one command: a refusal is answered at once, an accepted one joins the batch.
    async fn decide_one(
        &self,
        life: &mut Life,
        waiting: Waiting,
        backlog: &mut VecDeque<Waiting>,
    ) -> Result<(), Closed> {
        let outcome = match self.outcome(life, &waiting.submission).await {
            Ok(outcome) => outcome,
            Err(closed) => {
                backlog.push_front(waiting);
                return Err(closed);
            }
        };
        match outcome {
            Ok(receipt) => life.decided.answers.push((waiting, receipt)),
            Err(error) => waiting.answer(Err(error)),
        }
        Ok(())
    }

    async fn outcome(
        &self,
        life: &mut Life,
        submission: &Submission,
    ) -> Result<Result<Receipt, SubmitError>, Closed> {
        // A store that cannot be asked ends this life; the command is decided again in the next.
        let known = life.memory.keys.find(submission.command_key(), &self.store).await;
        if let Some(entry) = known.map_err(|_| Closed)? {
            let (key, first, last) = (submission.key().to_owned(), entry.first, entry.last);
            return Ok(if entry.digest == submission.digest() {
                Ok(Receipt { key, first, last, replayed: true })
            } else {
                Err(Refusal::KeyReused { key, position: first }.into())
            });
        }
        let command = submission.command();
        let original = match command.refers_to() {
            Some(position) => self.look_up(life, position).await?,
            None => None,
        };
        let time = self.time(life.memory.last_time, command.effective_on);
        let context = Context {
            today: Date::of_moment(time.0),
            original: original.as_ref().map(|(position, effective_on, event)| Original {
                position: *position,
                effective_on: *effective_on,
                event,
            }),
            actor: submission.actor(),
        };
        Ok(match decide(&life.memory.state, command, context) {
            Err(refusal) => Err(refusal.into()),
            Ok(events) => {
                let ledger = self.store.ledger();
                life.decided.accept(&mut life.memory, submission, time, ledger, &events)
            }
        })
    }

    /// The record that a command refers to. One that is still on its way to the disk is waited for.
    async fn look_up(
        &self,
        life: &mut Life,
        position: u64,
    ) -> Result<Option<(u64, Date, Event)>, Closed> {
        if position == 0 || position > life.memory.position() {
            return Ok(None);
        }
        if position >= life.decided.batch.first && !life.decided.is_empty() {
            let decided = life.take_decided();
            if let Err(mpsc::error::SendError(decided)) = life.to_disk.send(decided).await {
                life.decided = decided;
                return Err(Closed);
            }
        }
        let mut durable = self.durable.subscribe();
        tokio::select! {
            reached = durable.wait_for(|durable| *durable >= position) => {
                reached.map_err(|_| Closed)?;
            }
            () = life.to_disk.closed() => return Err(Closed),
        }
        let records = self.store.read(position, 1).await.map_err(|_| Closed)?;
        let found = records.iter().next().and_then(|(_, bytes)| {
            let record = Record::decode(bytes).ok()?;
            let event = Event::decode(record.kind, record.data).ok()?;
            Some((position, record.effective_date.parse().ok()?, event))
        });
        found.map(Some).ok_or(Closed)
    }

    /// The recorded time: it never runs backwards.
    fn time(&self, last: Millis, effective_on: Date) -> Millis {
        let now = match self.clock {
            Clock::System => now(),
            Clock::OfEffectiveDate => Millis(effective_on.moment_at(10)),
        };
        if now < last && self.clock == Clock::System {
            tracing::warn!(%now, %last, "the clock runs behind the last record; the record's time is used");
        }
        now.max(last)
    }

    fn snapshot_when_due(&self, life: &mut Life) {
        let position = life.memory.position();
        if position < life.snapshot_at {
            return;
        }
        life.snapshot_at = position + SNAPSHOT_EVERY;
        let Some(bytes) = self.snapshot(&life.memory) else { return };
        let worth = bytes.len() as u64 / SNAPSHOT_BYTES_PER_RECORD;
        life.snapshot_at = position + worth.max(SNAPSHOT_EVERY);
        let (store, mut durable) = (self.store.clone(), self.durable.subscribe());
        tokio::spawn(async move {
            if durable.wait_for(|durable| *durable >= position).await.is_ok() {
                save_snapshot(&store, position, &bytes).await;
            }
        });
    }

    fn snapshot(&self, memory: &Memory) -> Option<Vec<u8>> {
        if memory.position() == 0 {
            return None;
        }
        let snapshot = memory.snapshot(&self.signer);
        snapshot.inspect_err(|error| tracing::warn!(%error, "no snapshot was made")).ok()
    }

    fn recovering(&self, error: &LedgerError) {
        let why = chain(error);
        tracing::warn!(%why, "the writer lost the log and tries again");
        self.health.send_replace(Health::Recovering(why));
    }

    fn stop_for_good(&mut self, error: &LedgerError, mut backlog: VecDeque<Waiting>) {
        tracing::error!(why = %chain(error), "the writer stops");
        self.health.send_replace(Health::Stopped(chain(error)));
        self.messages.close();
        while let Ok(message) = self.messages.try_recv() {
            if let Message::Submit(waiting) = message {
                backlog.push_back(waiting);
            }
        }
        self.answer_all(&mut backlog, error);
    }

    fn answer_all(&self, backlog: &mut VecDeque<Waiting>, error: &LedgerError) {
        for waiting in backlog.drain(..) {
            waiting.answer(Err(LedgerError::Stopped(chain(error)).into()));
        }
    }
}

async fn save_snapshot(store: &Store, position: u64, bytes: &[u8]) {
    if let Err(error) = store.save_snapshot(position, Memory::snapshot_format(), bytes).await {
        tracing::warn!(error = %chain(&error), position, "the snapshot was not kept");
    }
}

/// Whether trying again is of no use: the log itself is wrong, or not the one that was signed.
fn is_final(error: &LedgerError) -> bool {
    use crate::SignerError;
    match error {
        LedgerError::Store(StoreError::Damaged(_)) | LedgerError::Replay { .. } => true,
        LedgerError::Signer(error) => {
            !matches!(error, SignerError::Store(_) | SignerError::Memory { .. })
        }
        _ => false,
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
