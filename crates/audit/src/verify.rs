//! Verify: holds records, tiles, signatures and earlier checkpoints against each other (P2, P3).
//!
//! What each attack on a log leaves behind:
//!
//! | attack | finding |
//! | --- | --- |
//! | a record is changed | `changed` at its position |
//! | a record is deleted, inserted, two are swapped | `missing`, `displaced` |
//! | a record and its tiles are rewritten | `root` over the records since the last good checkpoint |
//! | so are the checkpoints, with the real key | `rewritten`, if an earlier checkpoint was kept |
//! | the tail is cut, an old backup restored | `shortened`, if an earlier checkpoint was kept |
//!
//! So keep the newest checkpoint of each good [`Verdict`] and give it to the next verification.
//! Nothing here can find a fact that was never recorded.

use almoner_proof::{
    Checkpoint, CheckpointError, Hash, TILE_WIDTH, Tile, VerifierKey, entry_bundle, leaf_hash,
};
use serde::Serialize;

use crate::parse::{BadRecord, Parsed, parse_all};
use crate::pass::{Progress, Range, pass};
use crate::source::{Beside, Chunk, Source, SourceError, StoredCheckpoint};

pub(crate) mod finding;
mod fold;
mod trees;

pub use finding::{Finding, FindingKind, MAX_FINDINGS};
pub(crate) use fold::Verification;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The name of the key, which is that of the log.
    pub log: String,
    /// The position of the last record.
    pub size: u64,
    /// How many records were read.
    pub records: u64,
    /// How many stored tiles were compared.
    pub tiles: u64,
    /// How many stored checkpoints were found good.
    pub checkpoints: u64,
    /// How many earlier checkpoints were found kept.
    pub earlier: u64,
    /// The newest stored checkpoint that is good: keep it for the next verification.
    pub checkpoint: Option<String>,
    /// What is wrong; empty when the log is good.
    pub findings: Vec<Finding>,
    /// How many findings there were beyond [`MAX_FINDINGS`].
    pub unlisted: u64,
    /// Pairs of checkpoints that prove to anyone that the key's holder signed two histories.
    pub conflicts: Vec<Conflict>,
}

/// Two notes of one key for the same size and different roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The checkpoint that was kept.
    pub earlier: String,
    /// The checkpoint that the source has.
    pub stored: String,
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.is_empty() && self.unlisted == 0
    }
}

/// Verifies a whole log with nothing but the public key of its signer. `earlier` are signed
/// checkpoints from before, kept by the auditor or anybody else.
///
/// # Errors
/// When the source cannot be read. What is wrong with the log is in the verdict.
pub async fn verify(
    source: &Source,
    key: &VerifierKey,
    earlier: &[String],
    progress: Progress<'_>,
) -> Result<Verdict, SourceError> {
    let extent = source.extent().await?;
    let range = Range { end: extent.end, beside: Beside::Everything };
    let mut verification = Verification::new(key, extent, earlier);
    pass(source, range, progress, hashing(key), |hashed| {
        verification.push(hashed);
        Ok::<_, SourceError>(())
    })
    .await?;
    Ok(verification.verdict())
}

/// A chunk with everything done that needs no other chunk.
pub(crate) struct Hashed {
    pub records: Vec<(u64, Result<Parsed, BadRecord>)>,
    pub leaves: Vec<Hash>,
    pub tiles: Vec<Tile>,
    pub checkpoints: Vec<(StoredCheckpoint, Result<Checkpoint, CheckpointError>)>,
    /// Indices of entry bundles that are missing or differ.
    pub bad_entries: Vec<u64>,
}

/// What threads do with chunks when they are verified.
pub(crate) fn hashing(key: &VerifierKey) -> impl Fn(Chunk) -> Hashed + Send + Sync + 'static {
    let key = key.clone();
    move |chunk| Hashed::of(chunk, &key)
}

impl Hashed {
    fn of(chunk: Chunk, key: &VerifierKey) -> Self {
        let keys = std::slice::from_ref(key);
        let opened = |stored: StoredCheckpoint| {
            let checkpoint = Checkpoint::open(&stored.note, keys);
            (stored, checkpoint)
        };
        Self {
            records: parse_all(&chunk, Some(ledger_of(key))),
            leaves: chunk.records().map(|(_, bytes)| leaf_hash(bytes)).collect(),
            bad_entries: bad_entries(&chunk),
            tiles: chunk.tiles,
            checkpoints: chunk.checkpoints.into_iter().map(opened).collect(),
        }
    }
}

/// The ledger whose log a key signs: keys are named `almoner/<ledger>`.
pub(crate) fn ledger_of(key: &VerifierKey) -> &str {
    key.name().strip_prefix("almoner/").unwrap_or(key.name())
}

/// Which entry bundles of a chunk are missing or are not the records that they should hold.
fn bad_entries(chunk: &Chunk) -> Vec<u64> {
    let Some(stored) = &chunk.entries else { return Vec::new() };
    let index = |position: u64| position.saturating_sub(1) / TILE_WIDTH;
    let records: Vec<_> = chunk.records().collect();
    let is_good = |index: u64, records: &[(u64, &[u8])]| {
        let expected = entry_bundle(records.iter().map(|(_, bytes)| bytes));
        stored.iter().any(|(at, bundle)| *at == index && expected.as_ref() == Ok(bundle))
    };
    let mut bad = Vec::new();
    for records in records.chunk_by(|(a, _), (b, _)| index(*a) == index(*b)) {
        let index = records.first().map_or(0, |(position, _)| index(*position));
        if !is_good(index, records) {
            bad.push(index);
        }
    }
    bad
}

/// An error and what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
