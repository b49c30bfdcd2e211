//! Proof files: a receipt for one record, checked offline with nothing but the record and the
//! log's public key (C2SP tlog-proof).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! index 73894
//! gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
//! …
//!
//! the signed checkpoint
//! ```

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::checkpoint::{Checkpoint, CheckpointError, parse_decimal, parse_hash};
use crate::key::VerifierKey;
use crate::tree::Hash;
use crate::verify::{ProofError, verify_inclusion};

/// The first line of every proof file.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// That a record is in a log, as the signer of the checkpoint promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes for the application, mostly none. Nothing vouches for them: they are not signed.
    pub extra: Vec<u8>,
    /// The record's index in the log, from 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling to the root's child.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, as the log published it, with any cosignatures.
    pub checkpoint: String,
}

/// Why a proof file proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// The file breaks the format.
    #[error("the proof file is malformed: {0}")]
    Malformed(&'static str),
    /// The checkpoint in it cannot be trusted.
    #[error("the proof file's checkpoint is not good")]
    Checkpoint(#[from] CheckpointError),
    /// The inclusion proof does not hold.
    #[error("the proof file does not prove the record")]
    Proof(#[from] ProofError),
}

impl TlogProof {
    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if !self.extra.is_empty() {
            text.push_str(&format!("extra {}\n", BASE64_STANDARD.encode(&self.extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&BASE64_STANDARD.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads the text of a file. Proves nothing yet: [`verify`](Self::verify) does.
    ///
    /// # Errors
    ///
    /// The text is not in the one form that [`to_text`](Self::to_text) writes.
    pub fn parse(text: &str) -> Result<Self, TlogProofError> {
        let malformed = TlogProofError::Malformed;
        let (proof, checkpoint) =
            text.split_once("\n\n").ok_or(malformed("no empty line above the checkpoint"))?;
        let mut lines = proof.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed("not a proof file of version 1"));
        }
        let mut extra = Vec::new();
        if let Some(base64) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            let bytes = BASE64_STANDARD.decode(base64).ok().filter(|bytes| !bytes.is_empty());
            extra = bytes.ok_or(malformed("the extra data is not base64"))?;
            lines.next();
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(parse_decimal).ok_or(malformed("no index"))?;
        let hashes: Option<Vec<Hash>> = lines.map(parse_hash).collect();
        let hashes = hashes.ok_or(malformed("a line is not a base64 hash"))?;
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that the log, whose key must be among the keys, has the record with this leaf hash.
    /// Gives the checkpoint that was proved against.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be trusted, or the inclusion proof does not hold.
    pub fn verify(&self, leaf: &Hash, keys: &[VerifierKey]) -> Result<Checkpoint, TlogProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, keys)?;
        verify_inclusion(self.index, checkpoint.size, leaf, &self.hashes, &checkpoint.root)?;
        Ok(checkpoint)
    }
}
