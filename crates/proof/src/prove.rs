//! Making proofs from tiles (RFC 9162, sections 2.1.3.1 and 2.1.4.1).
//!
//! A proof is a list of subtree roots. First comes which subtrees, then which tiles hold them, then
//! their hashes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TileId};
use crate::tree::{EMPTY_ROOT, Hash, node_hash, root_of};
use crate::verify::{ProofError, check_sizes};

/// The tiles, complete or partial, from which proofs are made. They are taken as they are: a wrong
/// hash in them makes a proof that does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeHashes {
    tiles: BTreeMap<(u8, u64), Tile>,
}

/// A subtree with no gap: the `index`-th on its height, over 2 to the power of `height` records.
#[derive(Clone, Copy)]
struct Subtree {
    height: u32,
    index: u64,
}

impl TreeHashes {
    /// No tiles yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tile. Of two with the same level and index the wider one stays.
    pub fn insert(&mut self, tile: Tile) {
        let place = (tile.level, tile.index);
        let kept = self.tiles.get(&place);
        if kept.is_none_or(|kept| kept.hashes.len() < tile.hashes.len()) {
            self.tiles.insert(place, tile);
        }
    }

    fn subtree_root(&self, subtree: Subtree, size: u64) -> Result<Hash, ProofError> {
        let (tile, hashes) = subtree.place(size);
        self.tiles
            .get(&(tile.level, tile.index))
            .and_then(|found| found.as_hashes().get(hashes))
            .map(root_of)
            .ok_or(ProofError::MissingTile(tile))
    }

    /// The root over a range of records: of its complete subtrees, as in [`crate::Frontier::root`].
    fn range_root(&self, range: Range<u64>, size: u64) -> Result<Hash, ProofError> {
        let mut root = None;
        for subtree in complete_subtrees(range).rev() {
            let left = self.subtree_root(subtree, size)?;
            root = Some(root.map_or(left, |right| node_hash(&left, &right)));
        }
        Ok(root.unwrap_or(EMPTY_ROOT))
    }

    fn range_roots(&self, ranges: Vec<Range<u64>>, size: u64) -> Result<Vec<Hash>, ProofError> {
        ranges.into_iter().map(|range| self.range_root(range, size)).collect()
    }
}

/// The tiles, as wide as in a tree of `size` records, from which [`tree_root`] is computed.
/// A wider tile with the same level and index does as well.
pub fn tiles_for_root(size: u64) -> Vec<TileId> {
    tiles_for(std::iter::once(0..size), size)
}

/// The root that the tree had when it had `size` records.
///
/// # Errors
///
/// One of the tiles of [`tiles_for_root`] is missing.
pub fn tree_root(size: u64, hashes: &TreeHashes) -> Result<Hash, ProofError> {
    hashes.range_root(0..size, size)
}

/// The tiles, as wide as in a tree of `size` records, that [`inclusion_proof`] needs. None when the
/// index lies outside the tree. A wider tile with the same level and index does as well.
pub fn tiles_for_inclusion(index: u64, size: u64) -> Vec<TileId> {
    if index < size { tiles_for(inclusion_ranges(index, size), size) } else { Vec::new() }
}

/// The proof that the record at `index` (from 0) is in the tree of `size` records.
///
/// # Errors
///
/// The index lies outside the tree, or one of the tiles of [`tiles_for_inclusion`] is missing.
pub fn inclusion_proof(
    index: u64,
    size: u64,
    hashes: &TreeHashes,
) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::IndexOutside { index, size });
    }
    hashes.range_roots(inclusion_ranges(index, size), size)
}

/// The tiles, as wide as in a tree of `new_size` records, that [`consistency_proof`] needs. None
/// when there is no such proof. A wider tile with the same level and index does as well.
pub fn tiles_for_consistency(old_size: u64, new_size: u64) -> Vec<TileId> {
    match check_sizes(old_size, new_size) {
        Ok(()) => tiles_for(consistency_ranges(old_size, new_size), new_size),
        Err(_) => Vec::new(),
    }
}

/// The proof that the tree of `new_size` records begins with all records of the tree of `old_size`.
///
/// # Errors
///
/// The older tree is empty or larger than the newer, or one of the tiles of
/// [`tiles_for_consistency`] is missing.
pub fn consistency_proof(
    old_size: u64,
    new_size: u64,
    hashes: &TreeHashes,
) -> Result<Vec<Hash>, ProofError> {
    check_sizes(old_size, new_size)?;
    hashes.range_roots(consistency_ranges(old_size, new_size), new_size)
}

/// The ranges of records whose roots are the inclusion proof: on the way down from the root, each
/// time the side that is not taken.
fn inclusion_ranges(index: u64, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut records = 0..size;
    while records.end - records.start > 1 {
        let middle = split(&records);
        if index < middle {
            ranges.push(middle..records.end);
            records.end = middle;
        } else {
            ranges.push(records.start..middle);
            records.start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// The ranges of records whose roots are the consistency proof: as if proving the older tree's last
/// record, but stopping at the subtree that ends with it.
fn consistency_ranges(old_size: u64, new_size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut records = 0..new_size;
    while records.end != old_size {
        let middle = split(&records);
        if old_size <= middle {
            ranges.push(middle..records.end);
            records.end = middle;
        } else {
            ranges.push(records.start..middle);
            records.start = middle;
        }
    }
    // When the whole older tree is a subtree of the newer, the verifier already has its root.
    if records.start != 0 {
        ranges.push(records);
    }
    ranges.reverse();
    ranges
}

/// Where a tree over these records, two at least, parts: the left side is the largest power of two
/// that leaves something for the right side.
fn split(records: &Range<u64>) -> u64 {
    records.start + (1 << (records.end - records.start - 1).ilog2())
}

fn tiles_for(ranges: impl IntoIterator<Item = Range<u64>>, size: u64) -> Vec<TileId> {
    let subtrees = ranges.into_iter().flat_map(complete_subtrees);
    let tiles: BTreeSet<TileId> = subtrees.map(|subtree| subtree.place(size).0).collect();
    tiles.into_iter().collect()
}

/// Cuts a range into complete subtrees, the largest first. The range must begin at a multiple of a
/// power of two that is not less than its length, as all ranges do that come from splitting.
fn complete_subtrees(records: Range<u64>) -> impl DoubleEndedIterator<Item = Subtree> {
    let length = records.end - records.start;
    // Each one in the binary length is a subtree, and because of where the range begins, the
    // subtrees end where the binary end is cut off.
    (0..u64::BITS)
        .rev()
        .filter(move |height| (length >> height) & 1 == 1)
        .map(move |height| Subtree { height, index: (records.end >> height) - 1 })
}

impl Subtree {
    /// Which tile holds the hashes below this subtree, and where in the tile they stand.
    fn place(self, size: u64) -> (TileId, Range<usize>) {
        let level = self.height / TILE_HEIGHT;
        let count = 1 << (self.height % TILE_HEIGHT);
        let position = self.index * count;
        let first = (position % TILE_WIDTH) as usize;
        (TileId::in_tree(level, position / TILE_WIDTH, size), first..first + count as usize)
    }
}
