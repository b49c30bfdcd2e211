//! The signer: signs checkpoints, and remembers outside the database what it signed, so that a log that
//! was cut or restored from an old backup is noticed at start-up.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use almoner_log::{Store, StoreError};
use almoner_proof::{
    Checkpoint, CheckpointError, Hash, NoteError, SigningKey, VerifierKey, tiles_for_root,
    tree_root,
};

/// Signs the checkpoints of one ledger.
pub struct Signer {
    key: SigningKey,
    memory: PathBuf,
}

/// Why the signer refuses.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The key belongs to another ledger.
    #[error("the key is named {key}; the ledger's checkpoints are signed by {origin}")]
    OtherLedger {
        /// The name of the key.
        key: String,
        /// The origin of the ledger.
        origin: String,
    },
    /// The file of what was signed cannot be read or written.
    #[error("cannot keep what was signed in {}", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// The file of what was signed does not hold a checkpoint of this key.
    #[error("{} holds no checkpoint of this ledger's key", path.display())]
    MemoryDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: CheckpointError,
    },
    /// The log is shorter than what was signed.
    #[error(
        "the log ends at position {size}, but position {signed} was signed before: its tail was cut or an old backup restored"
    )]
    LogCut {
        /// Where the log ends.
        size: u64,
        /// What was signed.
        signed: u64,
    },
    /// The log has another past than what was signed.
    #[error(
        "the first {signed} records are not those that were signed before: the log was rewritten"
    )]
    LogRewritten {
        /// The size that was signed.
        signed: u64,
    },
    /// The tree at the size that was signed cannot be computed.
    #[error("the log cannot be held against what was signed")]
    Store(#[from] StoreError),
    /// Signing failed.
    #[error("the checkpoint cannot be signed")]
    Note(#[from] NoteError),
}

impl Signer {
    /// The signer of a ledger, with the file in which it keeps what it signed last.
    ///
    /// # Errors
    /// When the key is not the ledger's.
    pub fn new(key: SigningKey, memory: PathBuf, ledger: &str) -> Result<Self, SignerError> {
        let origin = origin(ledger);
        if key.name() == origin {
            Ok(Self { key, memory })
        } else {
            Err(SignerError::OtherLedger { key: key.name().into(), origin })
        }
    }

    /// The key with which anyone can check what it signs.
    #[must_use]
    pub fn verifier_key(&self) -> VerifierKey {
        self.key.verifier_key()
    }

    /// Signs the checkpoint of a tree.
    ///
    /// # Errors
    /// When the note cannot be made.
    pub fn sign(&self, size: u64, root: Hash) -> Result<String, SignerError> {
        Ok(Checkpoint::new(self.key.name(), size, root).sign(&self.key)?)
    }

    /// Signs any other text of the ledger's own, such as a snapshot's digest.
    pub(crate) fn sign_text(&self, text: &str) -> Result<String, SignerError> {
        Ok(self.key.sign_note(text)?)
    }

    /// The last checkpoint that it remembers; none when there is no file yet.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn remembered(&self) -> Result<Option<Checkpoint>, SignerError> {
        let path = &self.memory;
        let note = match fs::read_to_string(path) {
            Ok(note) => note,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SignerError::Memory { path: path.clone(), source }),
        };
        let opened = Checkpoint::open(&note, &[self.verifier_key()]);
        opened.map(Some).map_err(|source| SignerError::MemoryDamaged { path: path.clone(), source })
    }

    /// Holds the log against what was signed: it must begin with exactly that.
    ///
    /// # Errors
    /// When the log is shorter or has another past.
    pub async fn check(&self, store: &Store) -> Result<(), SignerError> {
        let head = store.head().await?;
        let Some(signed) = self.remembered()? else {
            if head.size > 0 {
                tracing::warn!(
                    memory = %self.memory.display(),
                    size = head.size,
                    "no memory of earlier signatures; the log is taken as it is"
                );
            }
            return Ok(());
        };
        if signed.size > head.size {
            return Err(SignerError::LogCut { size: head.size, signed: signed.size });
        }
        let hashes = store.tree_hashes(&tiles_for_root(signed.size)).await?;
        if tree_root(signed.size, &hashes).ok() == Some(signed.root) {
            Ok(())
        } else {
            Err(SignerError::LogRewritten { signed: signed.size })
        }
    }

    /// Remembers a signed checkpoint whose records are on disk. The file is replaced as a whole, so
    /// that it always holds one checkpoint; it may lag a moment behind, and never runs ahead of the log.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn remember(&self, note: &str) -> Result<(), SignerError> {
        replace_file(&self.memory, note.as_bytes())
            .map_err(|source| SignerError::Memory { path: self.memory.clone(), source })
    }
}

/// The name of a ledger's key and the origin of its checkpoints.
fn origin(ledger: &str) -> String {
    format!("almoner/{ledger}")
}

fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Two processes of one ledger may write at once; each has its own file to rename.
    let temporary = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(&temporary, path)
}
