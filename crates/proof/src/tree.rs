//! The hashes of the tree and the frontier from which it grows (RFC 9162, section 2.1.1).

use sha2::{Digest, Sha256};

/// A SHA-256 hash: of a record (leaf), of two hashes (node), or of the whole tree (root).
pub type Hash = [u8; 32];

/// The root of the tree without records: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// More records than this no tree has, so that sizes and positions also fit an `i64` column.
const MAX_SIZE: u64 = i64::MAX as u64;

/// The roots of the complete subtrees of a growing tree, largest (leftmost) first: all that is
/// needed to append a record and to know the root.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// One hash for each bit set in `size`, from the highest bit to the lowest.
    peaks: Vec<Hash>,
}

/// The hash of a record as a leaf: SHA-256 of the byte 0x00 and the record's bytes.
pub fn leaf_hash(record: &[u8]) -> Hash {
    Sha256::new().chain_update([0x00]).chain_update(record).finalize().into()
}

/// The hash of two neighbouring subtrees: SHA-256 of the byte 0x01 and both hashes.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([0x01]).chain_update(left).chain_update(right).finalize().into()
}

impl Frontier {
    /// The frontier of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Continues a tree of `size` records from its [`peaks`](Self::peaks).
    ///
    /// `None` when the number of peaks does not fit the size, or the size exceeds `i64::MAX`.
    /// Whether the hashes are the right ones shows only in the root.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let fits = size <= MAX_SIZE && peaks.len() == size.count_ones() as usize;
        fits.then_some(Self { size, peaks })
    }

    /// How many records the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest (leftmost) first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let peaks = self.peaks.iter().rev().copied();
        peaks.reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
    }

    /// Appends one record by its leaf hash.
    pub fn append(&mut self, leaf: Hash) {
        self.append_and_report(leaf, |_, _| {});
    }

    /// Appends one record and reports the root and height of every subtree that it completes,
    /// from the leaf itself (height 0) upwards.
    pub(crate) fn append_and_report(&mut self, leaf: Hash, mut completed: impl FnMut(u32, &Hash)) {
        completed(0, &leaf);
        // As in a binary counter: each one at the end of the old size is a subtree that the new
        // leaf completes to one of twice its width.
        let kept = self.peaks.len() - self.size.trailing_ones() as usize;
        let mut root = leaf;
        for (height, left) in (1..).zip(self.peaks.drain(kept..).rev()) {
            root = node_hash(&left, &root);
            completed(height, &root);
        }
        self.peaks.push(root);
        self.size += 1;
    }
}

/// The root of the tree whose leaf hashes (or hashes of equally high subtrees) are these.
pub(crate) fn root_of(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for hash in hashes {
        frontier.append(*hash);
    }
    frontier.root()
}
