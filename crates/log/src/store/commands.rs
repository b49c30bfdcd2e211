//! Which records a command led to.
//!
//! The records themselves say it, so nothing is stored for a single command: that would cost as much
//! as the record. Once the log has grown by another run of [`RUN`] positions, the entries of all
//! commands that begin in the run are stored together, cut into buckets by their keys. Those after
//! the last complete run are held in memory, read from the records when they are first needed.

use std::collections::HashMap;

use super::{Result, Store, damaged, integer};
use crate::{Batch, CommandDigest, CommandEntry, CommandKey, Database, Record, Value};

/// How many positions are a run.
const RUN: u64 = 65_536;

/// How many records are read at once.
const READ_AT_ONCE: u64 = 5_000;

/// Tries the one row of each run that may have the key: `$2` runs, bucket `$3`, key `$4`.
macro_rules! find_in_runs {
    ($has_key:literal) => {
        concat!(
            "WITH RECURSIVE runs (number) AS (
                 SELECT CAST(0 AS BIGINT) UNION ALL
                 SELECT number + 1 FROM runs WHERE number + 1 < $2
             )
             SELECT entries FROM (
                 SELECT (SELECT entries FROM command
                         WHERE ledger = $1 AND run = number AND bucket = $3 AND ",
            $has_key,
            ") AS entries
                 FROM runs
             ) AS tried
             WHERE entries IS NOT NULL"
        )
    };
}

/// A bucket has about sixteen entries of a run of single-record commands.
const BUCKET_BITS: u32 = 12;

/// Key, digest, first and last position.
const ENTRY_BYTES: usize = 48;

/// One row of the table `command`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandRow {
    /// The run, from 0: it has the commands that begin at positions `run` × [`RUN`] + 1 onwards.
    pub run: i64,
    /// The first bits of the keys.
    pub bucket: i32,
    /// The entries, one after the other.
    pub entries: Vec<u8>,
}

/// The commands after the last complete run.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The next position to look at; 0 when nothing is known yet.
    next: u64,
    /// The command of the record before that, which the next record may be of too.
    before: Option<CommandKey>,
    entries: HashMap<CommandKey, CommandEntry>,
}

impl Store {
    /// The durable records that a command led to, if it is in the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_command(&self, key: CommandKey) -> Result<Option<CommandEntry>> {
        Ok(self.find_commands(&[key]).await?.pop())
    }

    /// The entries of those commands that are in the log, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_commands(&self, keys: &[CommandKey]) -> Result<Vec<CommandEntry>> {
        let mut recent = self.recent.lock().await;
        if let Some(found) = self.find_all(&mut recent, keys).await? {
            return Ok(found);
        }
        // What was remembered was lost in a crash of the database.
        *recent = Recent::default();
        let found = self.find_all(&mut recent, keys).await?;
        found.ok_or_else(|| damaged("the stored commands are not those of the records"))
    }

    /// `None` when an entry does not hold: only the record itself tells.
    async fn find_all(
        &self,
        recent: &mut Recent,
        keys: &[CommandKey],
    ) -> Result<Option<Vec<CommandEntry>>> {
        self.catch_up(recent, self.end().await?).await?;
        let mut found = Vec::new();
        for key in keys {
            let entry = match recent.entries.get(key) {
                Some(entry) => Some(*entry),
                None => self.find_in_runs(*key, complete_runs(recent.next - 1)).await?,
            };
            let Some(entry) = entry else { continue };
            if !self.begins_with(&entry).await? {
                return Ok(None);
            }
            found.push(entry);
        }
        Ok(Some(found))
    }

    /// The command rows to store with a batch: none, unless it completes a run.
    pub(super) async fn commands_completed_by(
        &self,
        recent: &mut Recent,
        batch: &Batch,
    ) -> Result<Vec<CommandRow>> {
        let before = batch.first - 1;
        if complete_runs(before) == complete_runs(batch.size) {
            return Ok(Vec::new());
        }
        if recent.next > batch.first {
            *recent = Recent::default();
        }
        self.catch_up(recent, before).await?;
        Ok(recent.completed_by(batch))
    }

    /// Looks at the records up to `size` that were not looked at yet, as far as they are needed.
    async fn catch_up(&self, recent: &mut Recent, size: u64) -> Result<()> {
        let last_of_runs = complete_runs(size) * RUN;
        if recent.next <= last_of_runs {
            *recent = Recent { next: last_of_runs + 1, ..Recent::default() };
            if last_of_runs > 0 {
                let records = self.read(last_of_runs, 1).await?;
                let key = records.iter().next().map(|(position, bytes)| read_key(position, bytes));
                recent.before = key.transpose()?.map(|(key, _)| key);
            }
        }
        while recent.next <= size {
            let count = (size + 1 - recent.next).min(READ_AT_ONCE);
            let records = self.read(recent.next, count as u32).await?;
            if records.is_empty() {
                break;
            }
            for (position, bytes) in records.iter() {
                let (key, digest) = read_key(position, bytes)?;
                recent.add_record(position, key, digest);
            }
        }
        Ok(())
    }

    /// The entry of a command that begins in one of the complete runs.
    async fn find_in_runs(&self, key: CommandKey, runs: u64) -> Result<Option<CommandEntry>> {
        if runs == 0 {
            return Ok(None);
        }
        let sql = match &self.database {
            Database::Sqlite { .. } => find_in_runs!("instr(entries, $4) > 0"),
            Database::Postgres(_) => find_in_runs!("position($4 IN entries) > 0"),
        };
        let values =
            [self.number.into(), integer(runs), bucket(key).into(), Value::from(&key.0[..])];
        let rows = self.database.rows(sql, &values).await?;
        for row in &rows {
            if let Some(entry) = find_in_row(row.bytes(0)?, key) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Whether the record at which an entry begins is durable and of the entry's command.
    async fn begins_with(&self, entry: &CommandEntry) -> Result<bool> {
        let records = self.read(entry.first, 1).await?;
        let Some((position, bytes)) = records.iter().next() else { return Ok(false) };
        Ok(read_key(position, bytes)? == (entry.key, entry.digest))
    }
}

impl Recent {
    /// Takes in a batch that was appended. Does nothing when the records before it are not known.
    pub(super) fn add_batch(&mut self, batch: &Batch) {
        if self.next == 0 && batch.first == 1 {
            self.next = 1;
        }
        if self.next == batch.first {
            self.next = batch.size + 1;
            self.before = None;
            self.entries.extend(batch.commands.iter().map(|entry| (entry.key, *entry)));
            self.forget_complete_runs();
        }
    }

    /// Takes in a record that was read.
    fn add_record(&mut self, position: u64, key: CommandKey, digest: CommandDigest) {
        if self.before == Some(key) {
            // When it began in a complete run, it is stored there.
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.last = position;
            }
        } else {
            let entry = CommandEntry { key, digest, first: position, last: position };
            self.entries.insert(key, entry);
        }
        self.before = Some(key);
        self.next = position + 1;
    }

    /// The rows to store with a batch that completes a run or more. Everything before it must be
    /// known.
    fn completed_by(&self, batch: &Batch) -> Vec<CommandRow> {
        let runs = complete_runs(batch.first - 1)..complete_runs(batch.size);
        let place = |entry: &CommandEntry| (complete_runs(entry.first - 1), bucket(entry.key));
        let all = self.entries.values().chain(&batch.commands);
        let mut entries: Vec<&CommandEntry> =
            all.filter(|entry| runs.contains(&place(entry).0)).collect();
        entries.sort_unstable_by_key(|entry| (place(entry), entry.first));
        let rows = entries.chunk_by(|a, b| place(a) == place(b)).map(|entries| {
            let (run, bucket) = place(entries[0]);
            let entries = entries.iter().flat_map(|entry| entry_bytes(entry)).collect();
            CommandRow { run: run as i64, bucket, entries }
        });
        rows.collect()
    }

    fn forget_complete_runs(&mut self) {
        let stored = complete_runs(self.next - 1) * RUN;
        if self.entries.len() as u64 > self.next - 1 - stored {
            self.entries.retain(|_, entry| entry.first > stored);
        }
    }
}

fn entry_bytes(entry: &CommandEntry) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    bytes[..16].copy_from_slice(&entry.key.0);
    bytes[16..32].copy_from_slice(&entry.digest.0);
    bytes[32..40].copy_from_slice(&entry.first.to_be_bytes());
    bytes[40..].copy_from_slice(&entry.last.to_be_bytes());
    bytes
}

fn read_entry(bytes: &[u8; ENTRY_BYTES]) -> CommandEntry {
    let (numbers, _) = bytes[32..].as_chunks::<8>();
    let number = |index: usize| numbers.get(index).map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let (halves, _) = bytes.as_chunks::<16>();
    let half = |index: usize| halves.get(index).copied().unwrap_or_default();
    CommandEntry {
        key: CommandKey(half(0)),
        digest: CommandDigest(half(1)),
        first: number(0),
        last: number(1),
    }
}

/// How many runs are complete in a log of this size: also the number of the run that is not.
fn complete_runs(size: u64) -> u64 {
    size / RUN
}

/// The bucket of a key.
fn bucket(key: CommandKey) -> i32 {
    let [first, second, ..] = key.0;
    i32::from(u16::from_be_bytes([first, second]) >> (u16::BITS - BUCKET_BITS))
}

/// The entry of a key among a row's entries.
fn find_in_row(entries: &[u8], key: CommandKey) -> Option<CommandEntry> {
    let (entries, _) = entries.as_chunks::<ENTRY_BYTES>();
    entries.iter().map(read_entry).find(|entry| entry.key == key)
}

/// The command of a record.
fn read_key(position: u64, bytes: &[u8]) -> Result<(CommandKey, CommandDigest)> {
    let record = Record::decode(bytes)
        .map_err(|error| damaged(format!("record {position} cannot be read: {error}")))?;
    Ok((CommandKey::of(record.command_id), record.command_digest))
}
