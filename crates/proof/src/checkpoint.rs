//! Checkpoints: the signed size and root of a log (C2SP tlog-checkpoint).
//!
//! ```text
//! almoner/411700
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::key::{SigningKey, VerifierKey};
use crate::note::{NoteError, check_text, open_note};
use crate::tree::Hash;

/// How many records a log has and the root of their tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, `almoner/<ledger>`.
    pub origin: String,
    /// How many records.
    pub size: u64,
    /// The root of the tree of these records.
    pub root: Hash,
    /// Further lines, which other logs may write and we do not.
    pub extensions: Vec<String>,
}

/// Why a text is not a checkpoint that can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text breaks the format.
    #[error("the checkpoint is malformed: {0}")]
    Malformed(&'static str),
    /// The signed note around it cannot be trusted.
    #[error("the checkpoint's note is not good")]
    Note(#[from] NoteError),
    /// A known key signed it, but not the one that is named as the checkpoint's origin.
    #[error("the checkpoint of {origin} is not signed by a known key of that name")]
    Origin {
        /// The origin that the checkpoint claims.
        origin: String,
    },
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// The text that is signed.
    pub fn to_text(&self) -> String {
        let root = BASE64_STANDARD.encode(self.root);
        let mut text = format!("{}\n{}\n{root}\n", self.origin, self.size);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a checkpoint, whose signatures are not part of it.
    ///
    /// # Errors
    ///
    /// The text is not in the one form that [`to_text`](Self::to_text) writes.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        check_text(text)?;
        let mut lines = text.split_terminator('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty());
        let origin = next().ok_or(CheckpointError::Malformed("no origin"))?;
        let size = next().and_then(parse_decimal);
        let size = size.ok_or(CheckpointError::Malformed("the size is not a plain number"))?;
        let root = next().and_then(parse_hash);
        let root = root.ok_or(CheckpointError::Malformed("the root is not a base64 hash"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Malformed("an empty line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// Signs the checkpoint and gives the whole note.
    ///
    /// # Errors
    ///
    /// The origin is not the key's name, or an extension line is empty or not a single line.
    pub fn sign(&self, key: &SigningKey) -> Result<String, NoteError> {
        if self.origin != key.name() {
            return Err(NoteError::Malformed("the origin is not the signing key's name"));
        }
        let text = self.to_text();
        if Self::parse(&text).as_ref() != Ok(self) {
            return Err(NoteError::Malformed("an extension is not one line of text"));
        }
        key.sign_note(&text)
    }

    /// Opens a signed checkpoint: the note must be good and signed by a known key whose name is the
    /// checkpoint's origin, so that one log's checkpoint cannot pass for another's.
    ///
    /// # Errors
    ///
    /// The note, the text or the origin is not good.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = open_note(note, keys)?;
        let checkpoint = Self::parse(note.text)?;
        if !note.verified.contains(&checkpoint.origin) {
            return Err(CheckpointError::Origin { origin: checkpoint.origin });
        }
        Ok(checkpoint)
    }
}

/// Reads digits without sign, leading zero or surrounding space.
pub(crate) fn parse_decimal(digits: &str) -> Option<u64> {
    let number: u64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

/// Reads the base64 form of a hash.
pub(crate) fn parse_hash(base64: &str) -> Option<Hash> {
    BASE64_STANDARD.decode(base64).ok()?.try_into().ok()
}
