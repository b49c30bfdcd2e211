//! Records that have arrived and wait for a checkpoint that covers them.

use almoner_log::{Batch, CommandDigest, CommandEntry, CommandKey, Record};
use almoner_proof::{TileBuilder, leaf_hash};

use super::FollowError;

/// At most so many bytes wait. With a publisher of ours a checkpoint comes every second.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// Records without gap, back to back, from the first position that is not proved.
#[derive(Debug)]
pub(super) struct Waiting {
    first: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// For each record the command that it answers.
    commands: Vec<(CommandKey, CommandDigest)>,
}

impl Waiting {
    /// Nothing yet; the next record is the one after `position`.
    pub(super) fn after(position: u64) -> Self {
        Self { first: position + 1, bytes: Vec::new(), ends: Vec::new(), commands: Vec::new() }
    }

    /// The position of the last record, of those handed over if none waits.
    pub(super) fn last(&self) -> u64 {
        self.first - 1 + self.ends.len() as u64
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let pieces = starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(*start..*end));
        (self.first..).zip(pieces)
    }

    /// Adds the message at a position of the stream, which must be this ledger's next record.
    pub(super) fn take(
        &mut self,
        ledger: &str,
        position: u64,
        bytes: &[u8],
    ) -> Result<(), FollowError> {
        let expected = self.last() + 1;
        if position != expected {
            return Err(FollowError::Missing { position: expected });
        }
        let record =
            Record::decode(bytes).map_err(|source| FollowError::NotARecord { position, source })?;
        if record.position != position || record.ledger != ledger {
            let (id, ledger) = (record.position, record.ledger.to_owned());
            return Err(FollowError::WrongPlace { position, id, ledger });
        }
        if self.bytes.len() + bytes.len() > MOST_BYTES {
            let count = self.ends.len() as u64;
            return Err(FollowError::Uncovered { proved: self.first - 1, count });
        }
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
        self.commands.push((CommandKey::of(record.command_id), record.command_digest));
        Ok(())
    }

    /// The records up to `size` with everything that belongs to them. They are appended to the tree,
    /// whose root must then be the one that the checkpoint in the note signs.
    pub(super) fn batch(&self, size: u64, note: &str, tree: &mut TileBuilder) -> Batch {
        let mut batch = Batch {
            first: self.first,
            bytes: Vec::new(),
            ends: Vec::new(),
            tiles: Vec::new(),
            commands: Vec::new(),
            checkpoint: note.to_owned(),
            size,
            root: tree.root(),
        };
        for ((position, bytes), (key, digest)) in self.iter().zip(&self.commands) {
            if position > size {
                break;
            }
            tree.append(leaf_hash(bytes), &mut batch.tiles);
            batch.bytes.extend_from_slice(bytes);
            batch.ends.push(batch.bytes.len());
            // The records of a command follow each other.
            match batch.commands.last_mut() {
                Some(last) if last.key == *key => last.last = position,
                _ => batch.commands.push(CommandEntry {
                    key: *key,
                    digest: *digest,
                    first: position,
                    last: position,
                }),
            }
        }
        batch.root = tree.root();
        batch
    }

    /// Lets go of the records up to `size`.
    pub(super) fn drop_up_to(&mut self, size: u64) {
        let count = usize::try_from(size + 1 - self.first).unwrap_or(usize::MAX);
        let count = count.min(self.ends.len());
        let start = self.ends.drain(..count).next_back().unwrap_or(0);
        self.bytes.drain(..start);
        self.commands.drain(..count);
        for end in &mut self.ends {
            *end -= start;
        }
        self.first = size + 1;
    }
}
