//! Prove: that one record is in the log, for somebody who has nothing but the key.
//!
//! A proof is one text file (C2SP tlog-proof): the record itself as the file's extra data, its index,
//! the hashes that lead from it to the root, and the signed checkpoint with that root. Any program
//! for tlog-proof can check it.

use almoner_log::Record;
use almoner_proof::{
    Checkpoint, ProofError, TlogProof, TlogProofError, VerifierKey, inclusion_proof, leaf_hash,
    tiles_for_inclusion,
};

use crate::parse::BadRecord;
use crate::source::{Source, SourceError};
use crate::verify::ledger_of;

/// A record that a proof shows to be in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its position.
    pub position: u64,
    /// Its bytes.
    pub record: Vec<u8>,
    /// The checkpoint under whose root it is.
    pub checkpoint: Checkpoint,
}

/// Why no proof can be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no such record under a signed checkpoint.
    #[error("there is no record {position}; the log is signed up to {signed}")]
    NoRecord {
        /// The position asked for.
        position: u64,
        /// The size of the last checkpoint.
        signed: u64,
    },
    /// The stored tiles are not enough.
    #[error("the tree cannot be read")]
    Tree(#[from] ProofError),
    /// What was made does not hold: the log is damaged, or signed by another key.
    #[error("the proof made from this log does not hold")]
    Unsound(#[from] ProofFault),
}

/// Why a proof proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofFault {
    /// The file, its checkpoint or its hashes.
    #[error(transparent)]
    Proof(#[from] TlogProofError),
    /// The record that it holds is none.
    #[error("what it holds is no record")]
    Record(#[from] BadRecord),
    /// The record states another position or ledger than the one proved.
    #[error("the record is of another position or ledger")]
    Place,
}

/// Makes the proof of the record at a position, under the newest checkpoint.
///
/// # Errors
/// When there is no such record, or the log does not prove it.
pub async fn prove(
    source: &Source,
    key: &VerifierKey,
    position: u64,
) -> Result<String, ProveError> {
    let signed = source.extent().await?.signed;
    let no_record = || ProveError::NoRecord { position, signed };
    let index = position.checked_sub(1).filter(|index| *index < signed).ok_or_else(no_record)?;
    let record = source.record(position).await?.ok_or_else(no_record)?;
    let checkpoint = source.checkpoint(signed).await?.ok_or_else(no_record)?;
    let hashes = source.tree_hashes(&tiles_for_inclusion(index, signed)).await?;
    let hashes = inclusion_proof(index, signed, &hashes)?;
    let text = TlogProof { extra: record, index, hashes, checkpoint }.to_text();
    check_proof(&text, key)?;
    Ok(text)
}

/// Checks a proof that [`prove`] made. Reads no log.
///
/// # Errors
/// When the proof does not show that the log of this key has the record.
pub fn check_proof(text: &str, key: &VerifierKey) -> Result<Proven, ProofFault> {
    let proof = TlogProof::parse(text)?;
    let checkpoint = proof.verify(&leaf_hash(&proof.extra), std::slice::from_ref(key))?;
    let record = Record::decode(&proof.extra).map_err(BadRecord::from)?;
    // The index lies inside a signed size, which is never the largest number there is.
    let position = proof.index + 1;
    if record.position != position || record.ledger != ledger_of(key) {
        return Err(ProofFault::Place);
    }
    Ok(Proven { position, record: proof.extra, checkpoint })
}
