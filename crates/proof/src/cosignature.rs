//! Cosignatures: a witness's word that at some time it saw a log grow to a checkpoint without
//! rewriting anything (C2SP tlog-cosignature, the Ed25519 kind "cosignature/v1").

use crate::key::{KeyError, KeyText, TYPE_COSIGNATURE, TYPE_ED25519, is_signature, key_id};
use crate::note::{NoteError, split_note};

/// The public key of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignerKey {
    name: String,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

/// A cosignature as its signature line carries it, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// When the witness signed, in seconds since 1970-01-01T00:00:00Z; `i64::MAX` at most.
    pub timestamp: u64,
    /// The Ed25519 signature of [`message`](Self::message).
    pub signature: [u8; 64],
}

/// Why a cosignature cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The note breaks the format.
    #[error("the cosigned note is not good")]
    Note(#[from] NoteError),
    /// The witness did not cosign this note.
    #[error("the note has no cosignature of {name}")]
    Missing {
        /// The witness's name.
        name: String,
    },
    /// A cosignature that bears the witness's name and key ID is wrong.
    #[error("the cosignature of {name} is wrong")]
    Invalid {
        /// The witness's name.
        name: String,
    },
}

impl CosignerKey {
    /// Reads the text form `name+id+base64`. Some witnesses publish their key as a plain Ed25519
    /// key, so both types are taken; the cosignatures look the same.
    ///
    /// # Errors
    ///
    /// The text is not such a key or its ID does not fit.
    pub fn parse(vkey: &str) -> Result<Self, KeyError> {
        let parts = KeyText::parse(vkey, &[TYPE_COSIGNATURE, TYPE_ED25519])?;
        let key = parts.sound_public_key()?;
        let id = key_id(parts.name, TYPE_COSIGNATURE, &parts.key);
        Ok(Self { name: parts.name.to_owned(), id, key })
    }

    /// The witness's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Cosignature {
    /// Reads the bytes after the key ID in a signature line. `None` when they are not 72 bytes, or
    /// the timestamp is not allowed.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (timestamp, signature) = bytes.split_first_chunk()?;
        let timestamp = u64::from_be_bytes(*timestamp);
        let signature = signature.try_into().ok()?;
        i64::try_from(timestamp).is_ok().then_some(Self { timestamp, signature })
    }

    /// What the witness signs for a note's text.
    pub fn message(&self, text: &str) -> String {
        format!("cosignature/v1\ntime {}\n{text}", self.timestamp)
    }
}

/// Checks that the witness cosigned the note and says when (seconds since 1970-01-01T00:00:00Z);
/// of several cosignatures of the same witness all must be good, and the newest counts.
///
/// This does not check the log's own signature: open the checkpoint for that.
///
/// # Errors
///
/// The note is malformed, or a cosignature of the witness is missing or wrong.
pub fn verify_cosignature(note: &str, cosigner: &CosignerKey) -> Result<u64, CosignatureError> {
    let name = || cosigner.name.clone();
    let (text, lines) = split_note(note)?;
    let mut newest = None;
    for line in lines.iter().filter(|line| line.name == cosigner.name && line.key_id == cosigner.id)
    {
        let cosignature = Cosignature::parse(&line.signature)
            .filter(|cosignature| {
                let message = cosignature.message(text);
                is_signature(&cosigner.key, message.as_bytes(), &cosignature.signature)
            })
            .ok_or_else(|| CosignatureError::Invalid { name: name() })?;
        newest = newest.max(Some(cosignature.timestamp));
    }
    newest.ok_or_else(|| CosignatureError::Missing { name: name() })
}
