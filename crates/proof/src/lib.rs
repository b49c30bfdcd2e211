//! What proves the log: Merkle tree, proofs, tiles, signed notes, checkpoints.
//!
//! Everything here is a plain function over plain data: no input or output, no clock, no database.
//! It depends on four small crates, so that an outside auditor can read all of it.
//!
//! - [`Frontier`] and [`TileBuilder`] grow the tree (RFC 6962).
//! - [`verify_inclusion`] and [`verify_consistency`] check proofs, [`inclusion_proof`] and
//!   [`consistency_proof`] make them from tiles (RFC 9162).
//! - [`TileId`] and [`Tile`] are the stored form of the tree (C2SP tlog-tiles).
//! - [`SigningKey`], [`VerifierKey`] and [`open_note`] are signed notes (C2SP signed-note).
//! - [`Checkpoint`] is the signed size and root of a log (C2SP tlog-checkpoint).
//! - [`TlogProof`] is a receipt that is checked offline (C2SP tlog-proof).
//! - [`verify_cosignature`] checks the word of a witness (C2SP tlog-cosignature).
//!
//! What an auditor does who kept an older checkpoint:
//!
//! ```
//! use almoner_proof::{Checkpoint, VerifierKey, verify_consistency};
//!
//! fn history_was_kept(
//!     log: &VerifierKey,
//!     older: &str,
//!     newer: &str,
//!     proof: &[almoner_proof::Hash],
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let older = Checkpoint::open(older, std::slice::from_ref(log))?;
//!     let newer = Checkpoint::open(newer, std::slice::from_ref(log))?;
//!     Ok(verify_consistency(older.size, &older.root, newer.size, &newer.root, proof)?)
//! }
//! ```

mod checkpoint;
mod cosignature;
mod key;
mod note;
mod prove;
mod tile;
mod tlog_proof;
mod tree;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{Cosignature, CosignatureError, CosignerKey, verify_cosignature};
pub use key::{KeyError, SigningKey, VerifierKey};
pub use note::{NoteError, OpenNote, open_note};
pub use prove::{
    TreeHashes, consistency_proof, inclusion_proof, tiles_for_consistency, tiles_for_inclusion,
    tiles_for_root, tree_root,
};
pub use tile::{
    EntryTooLong, TILE_WIDTH, Tile, TileBuilder, TileId, entries_of_bundle, entries_path,
    entry_bundle, tiles_of_size,
};
pub use tlog_proof::{TlogProof, TlogProofError};
pub use tree::{EMPTY_ROOT, Frontier, Hash, leaf_hash, node_hash};
pub use verify::{ProofError, verify_consistency, verify_inclusion};
