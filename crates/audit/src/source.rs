//! Where an auditor gets the records: a store, or a bundle that was exported from one.
//!
//! Neither is trusted. [`Store`]'s own reads refuse a log that contradicts itself, so the audit reads
//! the tables as they are: it is there to say what is wrong with them.

use std::io;
use std::path::{Path, PathBuf};

use almoner_log::{DatabaseError, Store, StoreError};
use almoner_proof::{Tile, TileId, TreeHashes};

mod bundle;
mod store;

use bundle::BundleReader;
use store::StoreReader;

pub(crate) use bundle::{CHECKPOINT, RECORDS, TILES, VERIFIER_KEY};

/// Where the records are.
#[derive(Clone, Debug)]
pub enum Source {
    /// A store, in either engine. It is only read.
    Store(Store),
    /// The folder of a bundle; see [`crate::export()`] for what is in it.
    Bundle(PathBuf),
}

/// Why a source cannot be read. What is wrong with the records themselves is a finding, not an error.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the bundle cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
}

/// How many positions a chunk covers: whole tiles, and few enough that some chunks of the longest
/// records fit in memory.
pub(crate) const CHUNK: u64 = 2048;

/// Some records as they are stored, in order, with what is stored about them.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The positions under which they are stored: rising, but with gaps where records are missing.
    pub positions: Vec<u64>,
    /// The records, back to back.
    pub bytes: Vec<u8>,
    /// Where each record ends in `bytes`.
    pub ends: Vec<usize>,
    /// The last position that this chunk covers; the next begins behind it.
    pub last: u64,
    /// Stored tiles whose last hash lies in this chunk; a bundle has partial ones too.
    pub tiles: Vec<Tile>,
    /// Stored checkpoints for a size in this chunk.
    pub checkpoints: Vec<StoredCheckpoint>,
    /// Stored entry bundles and their indices; none at all where the source is to have none.
    pub entries: Option<Vec<(u64, Vec<u8>)>>,
}

/// A checkpoint as it is stored, not yet believed.
#[derive(Debug)]
pub(crate) struct StoredCheckpoint {
    /// The size it is stored for.
    pub size: u64,
    /// The root stored beside it, where there is one.
    pub root: Option<Vec<u8>>,
    /// The signed note.
    pub note: String,
}

/// What a source says of itself when the reading begins. A log that grows meanwhile is read to here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extent {
    /// The last position.
    pub end: u64,
    /// The size of the last checkpoint; zero when there is none.
    pub signed: u64,
    /// How many complete tiles are stored, where that can be known.
    pub tiles: Option<u64>,
    /// How many records stand where nobody reads them, at positions below 1.
    pub stray: u64,
    /// Whether partial tiles and entry bundles are stored.
    pub is_bundle: bool,
    /// The verifier key that the source itself names.
    pub key: Option<String>,
}

/// What to read beside the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing.
    Nothing,
    /// Tiles, entry bundles and checkpoints.
    Everything,
}

/// Reads a source from its beginning to where it ended when the reading began.
#[derive(Debug)]
pub(crate) enum Reader {
    Store(StoreReader),
    // Moved to a thread that may wait for the disk, and back.
    Bundle(Option<BundleReader>),
}

impl Chunk {
    /// The records and their positions, in order.
    pub(crate) fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let pieces =
            starts.zip(&self.ends).map(|(&start, &end)| self.bytes.get(start..end).unwrap_or(&[]));
        self.positions.iter().copied().zip(pieces)
    }
}

impl Source {
    /// What the source says of itself.
    pub(crate) async fn extent(&self) -> Result<Extent, SourceError> {
        match self {
            Self::Store(store) => store::extent(store).await,
            Self::Bundle(folder) => bundle::extent(folder),
        }
    }

    /// Begins to read the records up to `end`.
    pub(crate) async fn reader(&self, end: u64, beside: Beside) -> Result<Reader, SourceError> {
        match self {
            Self::Store(store) => {
                Ok(Reader::Store(StoreReader::new(store.clone(), end, beside).await?))
            }
            Self::Bundle(folder) => {
                Ok(Reader::Bundle(Some(BundleReader::open(folder, end, beside)?)))
            }
        }
    }

    /// The signed checkpoint for a size.
    pub(crate) async fn checkpoint(&self, size: u64) -> Result<Option<String>, SourceError> {
        match self {
            Self::Store(store) => store::checkpoint(store, size).await,
            Self::Bundle(folder) => bundle::checkpoint(folder, size),
        }
    }

    /// One record; none when it is not there.
    pub(crate) async fn record(&self, position: u64) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Store(store) => {
                let records = store.read(position, 1).await?;
                Ok(records.iter().next().map(|(_, bytes)| bytes.to_vec()))
            }
            Self::Bundle(folder) => bundle::record(folder, position),
        }
    }

    /// The tiles named, for making proofs.
    pub(crate) async fn tree_hashes(&self, tiles: &[TileId]) -> Result<TreeHashes, SourceError> {
        match self {
            Self::Store(store) => Ok(store.tree_hashes(tiles).await?),
            Self::Bundle(folder) => bundle::tree_hashes(folder, tiles),
        }
    }
}

impl Reader {
    /// The next records; none behind the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        match self {
            Self::Store(reader) => reader.next().await,
            Self::Bundle(reader) => {
                let Some(mut there) = reader.take() else { return Ok(None) };
                let reading = tokio::task::spawn_blocking(move || {
                    let chunk = there.next();
                    (there, chunk)
                });
                let (back, chunk) = crate::pass::finished(reading.await);
                *reader = Some(back);
                chunk
            }
        }
    }
}

impl From<DatabaseError> for SourceError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

impl SourceError {
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}
