//! Export: a bundle that anyone's own program can verify, and journals that accounting programs add up.
//!
//! ```text
//! DIR/records.ndjson          each line the exact bytes of a record, in order
//! DIR/checkpoint              the signed size and root (C2SP tlog-checkpoint)
//! DIR/log.vkey                the key that signed it (C2SP signed-note verifier key)
//! DIR/tiles/                  the log as C2SP tlog-tiles lays it out
//! DIR/tiles/checkpoint          the same checkpoint
//! DIR/tiles/tile/0/000 …        the tiles of the tree, partial ones included
//! DIR/tiles/tile/entries/000 …  the records again, as entry bundles
//! DIR/journal.hledger         where asked for: the journal for hledger
//! DIR/journal.beancount       where asked for: the journal for beancount
//! ```
//!
//! A client for tlog-tiles that is pointed at `DIR/tiles` (as files or served as they are) finds
//! everything where it expects it. `log.vkey` is there for convenience: who trusts nobody gets the key
//! another way.
//!
//! A journal has one transaction for each record that posts something: its date is the effective date,
//! its code the position, its description the type and subject. Accounts are those of the chart, with
//! fund, source and purpose as subaccounts. At the end stands the balance of every account, as the
//! replay has it: the accounting program checks it against its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use almoner_proof::{Checkpoint, CheckpointError, EntryTooLong, Hash, VerifierKey, leaf_hash};

use crate::parse::{BadRecord, Parsed, parse_all};
use crate::pass::{Progress, Range, pass};
use crate::source::{Beside, Chunk, Source, SourceError};
use crate::verify::ledger_of;

mod beancount;
mod bundle;
mod hledger;
mod journal;

use bundle::BundleWriter;

/// A journal that an export can hold beside the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalFormat {
    /// `journal.hledger`.
    Hledger,
    /// `journal.beancount`.
    Beancount,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many records.
    pub records: u64,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// Why nothing was exported. The folder is not there then.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no record that a checkpoint covers.
    #[error("the log is empty")]
    Empty,
    /// The folder is there and has something in it.
    #[error("{} exists and is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A record is missing; verifying says more.
    #[error("record {0} is missing")]
    Missing(u64),
    /// A record is not in the one form of a record; verifying says more.
    #[error("record {position} cannot be exported")]
    Record {
        /// Its position.
        position: u64,
        /// What is wrong with it.
        source: BadRecord,
    },
    /// A record is too long for an entry bundle.
    #[error(transparent)]
    TooLong(#[from] EntryTooLong),
    /// The last checkpoint is not signed by the key.
    #[error("the log's checkpoint is not good")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint was signed over other records; verifying says more.
    #[error("the log's checkpoint was signed over other records than these")]
    Root,
}

/// Exports a whole log as a bundle into a folder, which must not be there or be empty. It appears when
/// it is complete. The bundle verifies: a log that does not is not exported.
///
/// # Errors
/// When the folder is in use, a file cannot be written, or the log is damaged.
pub async fn export(
    source: &Source,
    key: &VerifierKey,
    folder: &Path,
    journals: &[JournalFormat],
    progress: Progress<'_>,
) -> Result<Exported, ExportError> {
    let extent = source.extent().await?;
    let signed = extent.signed;
    if signed == 0 {
        return Err(ExportError::Empty);
    }
    let checkpoint = source.checkpoint(signed).await?.ok_or(ExportError::Missing(signed))?;
    let opened = Checkpoint::open(&checkpoint, std::slice::from_ref(key))?;
    let unfinished = Unfinished::beside(folder)?;
    let mut bundle = BundleWriter::create(&unfinished.path, journals, ledger_of(key))?;
    let ledger = ledger_of(key).to_owned();
    let range = Range { end: signed, beside: Beside::Nothing };
    pass(
        source,
        range,
        progress,
        move |chunk| Hashed::of(chunk, &ledger),
        |hashed| bundle.push(hashed),
    )
    .await?;
    if bundle.size() != signed {
        return Err(ExportError::Missing(bundle.size() + 1));
    }
    if opened.size != signed || bundle.root() != opened.root {
        return Err(ExportError::Root);
    }
    bundle.finish(&checkpoint, key)?;
    unfinished.rename_to(folder)?;
    Ok(Exported { records: signed, checkpoint })
}

/// A folder that is removed again unless it is renamed.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn beside(folder: &Path) -> Result<Self, ExportError> {
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(ExportError::NotEmpty(folder.to_owned()));
        }
        let mut name = OsString::from(".");
        name.push(folder.file_name().unwrap_or_default());
        name.push(format!(".{}.unfinished", std::process::id()));
        let path = folder.with_file_name(name);
        fs::create_dir(&path).map_err(|error| file_error(&path, error))?;
        Ok(Self { path })
    }

    fn rename_to(self, folder: &Path) -> Result<(), ExportError> {
        // An empty folder is replaced; what has come into it meanwhile is not.
        fs::rename(&self.path, folder).map_err(|error| file_error(folder, error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After renaming there is nothing here any more.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A chunk, with what several threads can do for it.
struct Hashed {
    chunk: Chunk,
    leaves: Vec<Hash>,
    records: Vec<(u64, Result<Parsed, BadRecord>)>,
}

impl Hashed {
    fn of(chunk: Chunk, ledger: &str) -> Self {
        let leaves = chunk.records().map(|(_, bytes)| leaf_hash(bytes)).collect();
        Self { leaves, records: parse_all(&chunk, Some(ledger)), chunk }
    }
}

fn file_error(path: &Path, source: io::Error) -> ExportError {
    ExportError::File { path: path.to_owned(), source }
}
