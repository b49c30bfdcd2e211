//! Signed notes: a text and the signatures below it (C2SP signed-note).
//!
//! ```text
//! any lines of text
//!
//! — name base64(key ID, signature)
//! ```

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::key::{SigningKey, VerifierKey, is_key_name};

/// Notes longer than this are refused unread.
const MAX_NOTE_BYTES: usize = 1_000_000;

/// Notes with more signatures than this are refused.
const MAX_SIGNATURES: usize = 100;

/// What every signature line begins with: an em dash and a space.
const SIGNATURE_PREFIX: &str = "— ";

/// A note whose signatures were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenNote<'a> {
    /// The text that was signed, with its final newline.
    pub text: &'a str,
    /// The names of the known keys that signed it, each key once, in the order of the note.
    pub verified: Vec<String>,
    /// How many different signatures are of unknown keys. They mean nothing.
    pub unverified: usize,
}

/// Why a note cannot be signed or trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The note breaks the format.
    #[error("the note is malformed: {0}")]
    Malformed(&'static str),
    /// No known key signed the note.
    #[error("the note has no signature of a known key")]
    Unverified,
    /// A signature of a known key is wrong: the text or the signature was changed.
    #[error("the signature of {name} is wrong")]
    InvalidSignature {
        /// The key's name.
        name: String,
    },
    /// Two of the known keys have the same name and key ID.
    #[error("two known keys are called {name} and have the same key ID")]
    AmbiguousKey {
        /// The keys' name.
        name: String,
    },
}

/// One line below a note's text, its signature not checked.
pub(crate) struct SignatureLine<'a> {
    pub(crate) line: &'a str,
    pub(crate) name: &'a str,
    pub(crate) key_id: [u8; 4],
    pub(crate) signature: Vec<u8>,
}

impl SigningKey {
    /// Signs a text and gives the whole note.
    ///
    /// # Errors
    ///
    /// The text does not end with a newline, has other control characters, or is too long.
    pub fn sign_note(&self, text: &str) -> Result<String, NoteError> {
        check_text(text)?;
        let mut bytes = self.id().to_vec();
        bytes.extend_from_slice(&self.signature(text.as_bytes()));
        let base64 = BASE64_STANDARD.encode(bytes);
        let note = format!("{text}\n{SIGNATURE_PREFIX}{} {base64}\n", self.name());
        check_length(&note)?;
        Ok(note)
    }
}

/// Opens a note: gives its text if at least one known key signed it and every signature of a known
/// key is good.
///
/// # Errors
///
/// The note is malformed, no known key signed it, or a known key's signature is wrong.
pub fn open_note<'a>(note: &'a str, keys: &[VerifierKey]) -> Result<OpenNote<'a>, NoteError> {
    let (text, lines) = split_note(note)?;
    let mut verified: Vec<&VerifierKey> = Vec::new();
    let mut unverified: Vec<&str> = Vec::new();
    for line in &lines {
        let mut named =
            keys.iter().filter(|key| key.name() == line.name && key.id() == line.key_id);
        let Some(key) = named.next() else {
            if !unverified.contains(&line.line) {
                unverified.push(line.line);
            }
            continue;
        };
        if named.next().is_some() {
            return Err(NoteError::AmbiguousKey { name: line.name.to_owned() });
        }
        if !key.signed(text.as_bytes(), &line.signature) {
            return Err(NoteError::InvalidSignature { name: line.name.to_owned() });
        }
        if !verified.contains(&key) {
            verified.push(key);
        }
    }
    if verified.is_empty() {
        return Err(NoteError::Unverified);
    }
    let verified = verified.iter().map(|key| key.name().to_owned()).collect();
    Ok(OpenNote { text, verified, unverified: unverified.len() })
}

/// Splits a note into its text and its signature lines. Checks no signature.
pub(crate) fn split_note(note: &str) -> Result<(&str, Vec<SignatureLine<'_>>), NoteError> {
    check_length(note)?;
    check_text(note)?;
    // The text may itself have blank lines, the signatures cannot: so the last one parts them.
    let (above, below) =
        note.rsplit_once("\n\n").ok_or(NoteError::Malformed("no blank line above signatures"))?;
    let (text, _) = note.split_at(above.len() + 1);
    let mut lines = Vec::new();
    for line in below.split_terminator('\n') {
        if lines.len() == MAX_SIGNATURES {
            return Err(NoteError::Malformed("more than 100 signatures"));
        }
        lines.push(parse_line(line).ok_or(NoteError::Malformed("a signature line is malformed"))?);
    }
    if lines.is_empty() {
        return Err(NoteError::Malformed("no signatures"));
    }
    Ok((text, lines))
}

/// Whether a text can be signed: it ends with a newline and has no other control characters.
pub(crate) fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("no newline at the end"));
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Malformed("a control character"));
    }
    Ok(())
}

fn check_length(note: &str) -> Result<(), NoteError> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(NoteError::Malformed("longer than 1,000,000 bytes"));
    }
    Ok(())
}

fn parse_line(line: &str) -> Option<SignatureLine<'_>> {
    let (name, base64) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    let (key_id, signature) = bytes.split_first_chunk()?;
    let well_formed = is_key_name(name) && !signature.is_empty();
    well_formed.then(|| SignatureLine {
        line,
        name,
        key_id: *key_id,
        signature: signature.to_vec(),
    })
}
