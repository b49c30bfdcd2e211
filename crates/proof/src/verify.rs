//! Checking proofs, by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
//!
//! **A root does not say how large its tree is**, and some proofs hold at several sizes. So the
//! size given here must be the one that was signed together with the root, in the same checkpoint.

use crate::tile::TileId;
use crate::tree::{Hash, node_hash};

/// Why a proof does not hold, or cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The record is not in a tree of this size.
    #[error("a tree of {size} records has no record with index {index}")]
    IndexOutside {
        /// The index asked for, from 0.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// Nothing can be proved from the empty tree, which every tree extends.
    #[error("consistency with the empty tree cannot be proved, and need not be")]
    OldTreeEmpty,
    /// The newer tree is the smaller one: the log lost records.
    #[error("the tree shrank from {old_size} to {new_size} records")]
    TreeShrank {
        /// The size of the older tree.
        old_size: u64,
        /// The size of the newer tree.
        new_size: u64,
    },
    /// The proof has not as many hashes as the sizes ask for.
    #[error("the proof has too many or too few hashes")]
    WrongLength,
    /// The proof leads to another root than the one given.
    #[error("the proof does not lead to the root")]
    RootMismatch,
    /// The proof does not start from the older tree's root: history was rewritten.
    #[error("the proof does not lead to the older root")]
    OldRootMismatch,
    /// To make the proof, the hashes of this tile are needed and were not given.
    #[error("the tile {} is needed for the proof", .0.path())]
    MissingTile(TileId),
}

/// Checks that a record is in the tree: that the leaf hash at `index` (from 0) and the proof lead
/// to the root of the tree of `size` records.
///
/// # Errors
///
/// The index lies outside the tree, or the proof does not hold.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::IndexOutside { index, size });
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut computed = *leaf;
    for sibling in proof {
        computed = match path.step()? {
            Side::Left => node_hash(sibling, &computed),
            Side::Right => node_hash(&computed, sibling),
        };
    }
    path.at_root()?;
    if computed == *root { Ok(()) } else { Err(ProofError::RootMismatch) }
}

/// Checks that the newer tree begins with all records of the older one, unchanged and in order.
///
/// # Errors
///
/// The older tree is empty or larger than the newer, or the proof does not hold.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    check_sizes(old_size, new_size)?;
    if old_size == new_size {
        return match (proof.is_empty(), old_root == new_root) {
            (false, _) => Err(ProofError::WrongLength),
            (true, false) => Err(ProofError::OldRootMismatch),
            (true, true) => Ok(()),
        };
    }
    // Start at the last subtree of the older tree that is also a subtree of the newer. When the
    // older tree is itself such a subtree, its root is known and the proof leaves it out.
    let (start, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ProofError::WrongLength)?
    };
    // At most 63, because one less than a size is never all ones.
    let below = (old_size - 1).trailing_ones();
    let mut path = Path { node: (old_size - 1) >> below, last: (new_size - 1) >> below };
    let (mut old_computed, mut new_computed) = (*start, *start);
    for sibling in rest {
        match path.step()? {
            Side::Left => {
                old_computed = node_hash(sibling, &old_computed);
                new_computed = node_hash(sibling, &new_computed);
            }
            Side::Right => new_computed = node_hash(&new_computed, sibling),
        }
    }
    path.at_root()?;
    match (old_computed == *old_root, new_computed == *new_root) {
        (false, _) => Err(ProofError::OldRootMismatch),
        (true, false) => Err(ProofError::RootMismatch),
        (true, true) => Ok(()),
    }
}

/// Refuses the sizes between which no consistency proof exists.
pub(crate) fn check_sizes(old_size: u64, new_size: u64) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::TreeShrank { old_size, new_size });
    }
    if old_size == 0 { Err(ProofError::OldTreeEmpty) } else { Ok(()) }
}

/// Where the proof stands on its way from a node up to the root (`fn` and `sn` in the RFC).
struct Path {
    /// The node's index on its height.
    node: u64,
    /// The index of the last node on that height.
    last: u64,
}

/// On which side of the node the next hash of the proof stands.
enum Side {
    Left,
    Right,
}

impl Path {
    /// Takes one hash of the proof: says where it stands, and goes up.
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::WrongLength);
        }
        let side = if !self.node.is_multiple_of(2) || self.node == self.last {
            // A last node that is a left child has no sibling. It stands unchanged on the next
            // heights until it is a right child.
            while self.node.is_multiple_of(2) && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    /// Refuses a proof that ends below the root.
    fn at_root(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::WrongLength) }
    }
}
