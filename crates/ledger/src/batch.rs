//! One batch while it is decided: from accepted commands to record bytes, leaves and answers.

use almoner_domain::event::Event;
use almoner_domain::refusal::Refusal;
use almoner_log::{Batch, CommandEntry, MAX_RECORD_BYTES, Millis, Record, RecordError};
use almoner_proof::leaf_hash;

use crate::LedgerError;
use crate::memory::Memory;
use crate::submission::{Receipt, Submission, SubmitError};
use crate::writer::Waiting;

/// A batch is passed on at the latest with this many records …
const FULL_RECORDS: usize = 1_000;
/// … or this many bytes.
const FULL_BYTES: usize = 4 << 20;

/// Decided commands on their way to the disk, and who waits for them.
pub struct Decided {
    /// What is appended; the checkpoint is signed when it is passed on. Without records when every
    /// command in it had been recorded before.
    pub batch: Batch,
    /// Who waits, with the receipt that is due once everything up to here is on disk.
    pub answers: Vec<(Waiting, Receipt)>,
    /// Whether it is on disk already and needs no flush.
    pub on_disk: bool,
}

impl Decided {
    /// An empty batch after what the memory holds.
    pub fn after(memory: &Memory) -> Self {
        let batch = Batch {
            first: memory.position() + 1,
            bytes: Vec::new(),
            ends: Vec::new(),
            tiles: Vec::new(),
            commands: Vec::new(),
            checkpoint: String::new(),
            size: memory.position(),
            root: memory.tree.root(),
        };
        Self { batch, answers: Vec::new(), on_disk: false }
    }

    /// Whether nobody waits for it.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Whether it should be passed on before more is decided.
    pub fn is_full(&self) -> bool {
        self.batch.ends.len() >= FULL_RECORDS || self.batch.bytes.len() >= FULL_BYTES
    }

    /// Takes in the events of an accepted command: writes the records and changes the memory. Nothing
    /// changes when a record cannot be written.
    pub fn accept(
        &mut self,
        memory: &mut Memory,
        submission: &Submission,
        time: Millis,
        ledger: &str,
        events: &[Event],
    ) -> Result<Receipt, SubmitError> {
        let (bytes_before, records_before) = (self.batch.bytes.len(), self.batch.ends.len());
        let first = memory.position() + 1;
        if let Err(error) = self.write(submission, time, ledger, first, events) {
            self.batch.bytes.truncate(bytes_before);
            self.batch.ends.truncate(records_before);
            return Err(error);
        }
        let effective_on = submission.command().effective_on;
        let mut start = bytes_before;
        for ((position, event), &end) in
            (first..).zip(events).zip(&self.batch.ends[records_before..])
        {
            memory.state.evolve(position, effective_on, event);
            memory.tree.append(leaf_hash(&self.batch.bytes[start..end]), &mut self.batch.tiles);
            start = end;
        }
        memory.last_time = time;
        let last = memory.position();
        let entry = CommandEntry {
            key: submission.command_key(),
            digest: submission.digest(),
            first,
            last,
        };
        memory.keys.insert(entry);
        self.batch.commands.push(entry);
        self.batch.size = last;
        Ok(Receipt { key: submission.key().into(), first, last, replayed: false })
    }

    fn write(
        &mut self,
        submission: &Submission,
        time: Millis,
        ledger: &str,
        first: u64,
        events: &[Event],
    ) -> Result<(), SubmitError> {
        let effective_date = submission.command().effective_on.to_string();
        let mut data = Vec::new();
        for (position, event) in (first..).zip(events) {
            data.clear();
            event.encode(&mut data);
            let record = Record {
                position,
                ledger,
                kind: event.kind(),
                subject: &event.subject(),
                time,
                effective_date: &effective_date,
                command_id: submission.key(),
                command_digest: submission.digest(),
                actor: submission.actor(),
                // JSON is written as UTF-8.
                data: std::str::from_utf8(&data).unwrap_or_default(),
            };
            record.encode(&mut self.batch.bytes).map_err(|error| cannot_write(position, error))?;
            self.batch.ends.push(self.batch.bytes.len());
        }
        Ok(())
    }
}

fn cannot_write(position: u64, error: RecordError) -> SubmitError {
    match error {
        RecordError::TooLong(bytes) => {
            SubmitError::Refused(Refusal::RecordTooLarge { bytes, maximum: MAX_RECORD_BYTES })
        }
        other => LedgerError::Replay { position, problem: other.to_string() }.into(),
    }
}
