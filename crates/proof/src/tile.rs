//! The stored form of the tree: tiles of 256 hashes, and bundles of 256 entries (C2SP tlog-tiles).
//!
//! A tile of level 0 holds leaf hashes. Each hash in a tile of level n + 1 is the root of one
//! complete tile of level n. Only the last tile of a level can be partial, and a partial tile is
//! not yet hashed into the level above. A complete tile never changes.

use crate::tree::{Frontier, Hash, root_of};

/// How many hashes a complete tile has, and how many entries a complete entry bundle.
pub const TILE_WIDTH: u64 = 256;

/// The height of the subtree above one tile's hashes: 2 to the power of 8 is the tile's width.
pub(crate) const TILE_HEIGHT: u32 = 8;

/// Levels of tiles that a tree can have: 8 of height 8 cover every `u64` size.
const LEVELS: u32 = u64::BITS / TILE_HEIGHT;

/// The highest level that a path may name (C2SP tlog-tiles), though no tree is so high.
const MAX_PATH_LEVEL: u8 = 63;

/// Which tile, and how many hashes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for tiles of leaf hashes, at most 63.
    pub level: u8,
    /// The tile's place in its level, from 0.
    pub index: u64,
    /// How many hashes: 1 to 256, where 256 is a complete tile.
    pub width: u16,
}

/// The hashes of one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// 0 for tiles of leaf hashes, at most 63.
    pub level: u8,
    /// The tile's place in its level, from 0.
    pub index: u64,
    /// The hashes, 32 bytes each, one after the other; 8,192 bytes when complete.
    pub hashes: Vec<u8>,
}

/// Collects the tiles of a growing tree: one leaf in, each tile out that it completes.
///
/// Appending costs one node hash on average and allocates only for a completed tile.
#[derive(Clone, Debug, Default)]
pub struct TileBuilder {
    frontier: Frontier,
    /// For each level the hashes of its unfinished tile, 255 at most.
    unfinished: Vec<Vec<Hash>>,
}

/// An entry has more bytes than a bundle can express.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry has {length} bytes, more than the 65,535 that an entry bundle can hold")]
pub struct EntryTooLong {
    /// The entry's length in bytes.
    pub length: usize,
}

impl TileId {
    /// The tile that holds hash number `position` of `level` in a tree of `size` records, as wide
    /// as it is in that tree. `None` when the tree has no such hash.
    pub fn containing(level: u8, position: u64, size: u64) -> Option<Self> {
        let level = u32::from(level);
        let exists = position < hashes_at_level(level, size);
        exists.then(|| Self::in_tree(level, position / TILE_WIDTH, size))
    }

    /// The tile as wide as it is in a tree of `size` records, which must reach into it.
    pub(crate) fn in_tree(level: u32, index: u64, size: u64) -> Self {
        let from_here = hashes_at_level(level, size).saturating_sub(index * TILE_WIDTH);
        Self { level: level as u8, index, width: from_here.min(TILE_WIDTH) as u16 }
    }

    /// The path below the log's address, such as `tile/0/x001/x234/067.p/17`.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, index_path(self.index, self.width))
    }

    /// Reads a path as [`path`](Self::path) writes it: each tile has exactly one.
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (digits, width) = match rest.split_once(".p/") {
            Some((digits, width)) => (digits, width.parse().ok()?),
            None => (rest, TILE_WIDTH as u16),
        };
        let mut index: u64 = 0;
        for group in digits.split('/') {
            let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
            index = index.checked_mul(1000)?.checked_add(group)?;
        }
        let tile = Self { level: level.parse().ok()?, index, width };
        let in_range = tile.level <= MAX_PATH_LEVEL && (1..=TILE_WIDTH as u16).contains(&width);
        // What was read loosely must be written back the same: this refuses every second spelling.
        (in_range && tile.path() == path).then_some(tile)
    }
}

impl Tile {
    /// The hashes, one by one. Bytes at the end that are no whole hash are left out.
    pub fn as_hashes(&self) -> &[Hash] {
        self.hashes.as_chunks().0
    }

    /// Which tile this is. `None` unless the bytes are 1 to 256 whole hashes.
    pub fn id(&self) -> Option<TileId> {
        let (hashes, rest) = self.hashes.as_chunks::<32>();
        let width = u16::try_from(hashes.len()).ok()?;
        let whole = rest.is_empty() && (1..=TILE_WIDTH as u16).contains(&width);
        whole.then_some(TileId { level: self.level, index: self.index, width })
    }

    /// The root of the subtree above these hashes. For a complete tile it is the hash that the next
    /// level holds for this tile.
    pub fn root(&self) -> Hash {
        root_of(self.as_hashes())
    }
}

impl TileBuilder {
    /// The builder of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Continues a tree of `size` records from the hashes of the unfinished tile of each level,
    /// level 0 first. Level 0 has leaf hashes, each higher level the [roots](Tile::root) of the
    /// complete tiles below.
    ///
    /// `None` when the number of hashes does not fit the size, or the size exceeds `i64::MAX`.
    /// Whether the hashes are the right ones shows only in the root.
    pub fn resume(size: u64, unfinished: Vec<Vec<Hash>>) -> Option<Self> {
        if unfinished.len() > LEVELS as usize {
            return None;
        }
        let mut peaks = Vec::new();
        for level in (0..LEVELS).rev() {
            let hashes = unfinished.get(level as usize).map_or(&[][..], Vec::as_slice);
            if hashes.len() as u64 != hashes_at_level(level, size) % TILE_WIDTH {
                return None;
            }
            let mut tile = Frontier::new();
            for hash in hashes {
                tile.append(*hash);
            }
            peaks.extend_from_slice(tile.peaks());
        }
        Some(Self { frontier: Frontier::from_peaks(size, peaks)?, unfinished })
    }

    /// Appends one record by its leaf hash and pushes the tiles that it completes, lowest level
    /// first, to `finished`.
    pub fn append(&mut self, leaf: Hash, finished: &mut Vec<Tile>) {
        let size = self.frontier.size() + 1;
        let unfinished = &mut self.unfinished;
        self.frontier.append_and_report(leaf, |height, hash| {
            if !height.is_multiple_of(TILE_HEIGHT) {
                return;
            }
            let level = height / TILE_HEIGHT;
            if unfinished.len() <= level as usize {
                unfinished.push(Vec::with_capacity(TILE_WIDTH as usize));
            }
            let Some(hashes) = unfinished.get_mut(level as usize) else { return };
            hashes.push(*hash);
            if hashes.len() as u64 == TILE_WIDTH {
                let index = hashes_at_level(level, size) / TILE_WIDTH - 1;
                let bytes = hashes.as_flattened().to_vec();
                finished.push(Tile { level: level as u8, index, hashes: bytes });
                hashes.clear();
            }
        });
    }

    /// How many records the tree has.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of the tree, the same as [`Frontier::root`] of the same leaves.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// For each level, level 0 first, the hashes of its unfinished tile; 255 at most, often none.
    pub fn unfinished(&self) -> &[Vec<Hash>] {
        &self.unfinished
    }

    /// The partial tiles of the tree as it is now, lowest level first.
    pub fn partial_tiles(&self) -> impl Iterator<Item = Tile> {
        let levels = (0..).zip(&self.unfinished);
        levels.filter(|(_, hashes)| !hashes.is_empty()).map(|(level, hashes)| Tile {
            level,
            index: hashes_at_level(u32::from(level), self.size()) / TILE_WIDTH,
            hashes: hashes.as_flattened().to_vec(),
        })
    }
}

/// Every tile that a tree of `size` records has, level by level, partial ones included.
pub fn tiles_of_size(size: u64) -> impl Iterator<Item = TileId> {
    (0..LEVELS).flat_map(move |level| {
        let tiles = hashes_at_level(level, size).div_ceil(TILE_WIDTH);
        (0..tiles).map(move |index| TileId::in_tree(level, index, size))
    })
}

/// The path of the bundle with entries `index` × 256 onwards, `width` of them, such as
/// `tile/entries/x001/x234/067.p/17`.
pub fn entries_path(index: u64, width: u16) -> String {
    format!("tile/entries/{}", index_path(index, width))
}

/// The bytes of an entry bundle: each entry as its length (two bytes, big end first) and its bytes.
///
/// # Errors
///
/// An entry is longer than 65,535 bytes.
pub fn entry_bundle(
    entries: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Result<Vec<u8>, EntryTooLong> {
    let mut bundle = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length =
            u16::try_from(entry.len()).map_err(|_| EntryTooLong { length: entry.len() })?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle. `None` when it ends inside an entry.
pub fn entries_of_bundle(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

/// How many hashes the tiles of a level hold in all.
fn hashes_at_level(level: u32, size: u64) -> u64 {
    size.checked_shr(level * TILE_HEIGHT).unwrap_or(0)
}

/// `x001/x234/067` for a complete tile or bundle, `x001/x234/067.p/17` for a partial one.
fn index_path(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut higher = index / 1000;
    while higher > 0 {
        path = format!("x{:03}/{path}", higher % 1000);
        higher /= 1000;
    }
    if u64::from(width) == TILE_WIDTH { path } else { format!("{path}.p/{width}") }
}
