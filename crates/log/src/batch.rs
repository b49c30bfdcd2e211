//! What is appended to a log and read from it.

use almoner_proof::{Hash, Tile};
use sha2::{Digest, Sha256};

use crate::CommandDigest;
use crate::record::{MAX_RECORD_BYTES, first_half};

/// Records that are appended together, all or none, with everything that belongs to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The position of the first record.
    pub first: u64,
    /// The records, back to back.
    pub bytes: Vec<u8>,
    /// Where each record ends in `bytes`.
    pub ends: Vec<usize>,
    /// The tiles that this batch completes.
    pub tiles: Vec<Tile>,
    /// The commands that the records answer.
    pub commands: Vec<CommandEntry>,
    /// The signed checkpoint of the log as it is after this batch.
    pub checkpoint: String,
    /// The number of records after this batch: the position of its last one.
    pub size: u64,
    /// The root of the tree after this batch.
    pub root: Hash,
}

/// Which records a command led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandEntry {
    /// The command's idempotency key.
    pub key: CommandKey,
    /// What the command said.
    pub digest: CommandDigest,
    /// The position of its first record.
    pub first: u64,
    /// The position of its last record.
    pub last: u64,
}

/// The first 16 bytes of SHA-256 over an idempotency key: as long for every key, and nothing to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandKey(pub [u8; 16]);

/// The end of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of records: the position of the last one.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
    /// The signed checkpoint; none for the empty log.
    pub checkpoint: Option<String>,
}

/// Records as they were read, without gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    pub(crate) first: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) ends: Vec<usize>,
}

impl Batch {
    /// The records and their positions, in order.
    pub fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        (self.first..).zip(pieces(&self.bytes, &self.ends))
    }

    /// The first thing about the batch that does not fit, if any: a programming error, found before
    /// it reaches the log.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let count = self.ends.len() as u64;
        let positions = self.first..=self.size;
        let whole_records = || {
            let starts = std::iter::once(&0).chain(&self.ends);
            let mut lengths = starts.zip(&self.ends).map(|(start, end)| end.checked_sub(*start));
            lengths.all(|length| matches!(length, Some(1..=MAX_RECORD_BYTES)))
                && self.ends.last() == Some(&self.bytes.len())
        };
        let commands_inside = || {
            let inside = |entry: &CommandEntry| {
                positions.contains(&entry.first)
                    && positions.contains(&entry.last)
                    && entry.first <= entry.last
            };
            self.commands.iter().all(inside)
        };
        if self.first == 0 || count == 0 || i64::try_from(self.size).is_err() {
            Some("positions")
        } else if self.first.checked_add(count - 1) != Some(self.size) {
            Some("size")
        } else if !whole_records() {
            Some("records")
        } else if !commands_inside() {
            Some("commands")
        } else if self.tiles.iter().any(|tile| tile.hashes.len() != TILE_BYTES) {
            Some("tiles")
        } else {
            None
        }
    }
}

/// A complete tile has 256 hashes of 32 bytes.
pub(crate) const TILE_BYTES: usize = 8192;

impl CommandKey {
    /// The key of a command id.
    #[must_use]
    pub fn of(command_id: &str) -> Self {
        Self(first_half(Sha256::digest(command_id).into()))
    }
}

impl Records {
    /// The position of the first record; what was asked for when there are none.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The position after the last record: where to read on.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.first + self.ends.len() as u64
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The records and their positions, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        (self.first..).zip(pieces(&self.bytes, &self.ends))
    }
}

/// The pieces of `bytes` between one end and the next.
fn pieces<'a>(bytes: &'a [u8], ends: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(&0).chain(ends);
    starts.zip(ends).map(|(start, end)| bytes.get(*start..*end).unwrap_or_default())
}
