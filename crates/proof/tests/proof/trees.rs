//! Trees for the tests. Record i is the text `grant <i>`.

use almoner_proof::{Hash, Tile, TileBuilder, TileId, TreeHashes, leaf_hash, node_hash};
use proptest::test_runner::{Config, RngSeed};

/// Random cases that are the same in every run. `PROPTEST_CASES` asks for more of them.
pub fn fixed_seed() -> Config {
    Config { rng_seed: RngSeed::Fixed(411_700), failure_persistence: None, ..Config::default() }
}

pub fn record(index: u64) -> String {
    format!("grant {index}")
}

pub fn leaf(index: u64) -> Hash {
    leaf_hash(record(index).as_bytes())
}

pub fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(leaf).collect()
}

/// The root by the words of RFC 6962, section 2.1, as slow and as plain as they stand there.
pub fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => almoner_proof::EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let mut left = 1;
            while left * 2 < leaves.len() {
                left *= 2;
            }
            let (left, right) = leaves.split_at(left);
            node_hash(&root_by_definition(left), &root_by_definition(right))
        }
    }
}

/// The builder after these leaves and all tiles that they completed.
pub fn build(leaves: &[Hash]) -> (TileBuilder, Vec<Tile>) {
    let mut builder = TileBuilder::new();
    let mut finished = Vec::new();
    for leaf in leaves {
        builder.append(*leaf, &mut finished);
    }
    (builder, finished)
}

/// Every tile of the tree of these leaves, partial ones included.
pub fn tiles(leaves: &[Hash]) -> Vec<Tile> {
    let (builder, mut tiles) = build(leaves);
    tiles.extend(builder.partial_tiles());
    tiles
}

pub fn tree_hashes(leaves: &[Hash]) -> TreeHashes {
    let mut hashes = TreeHashes::new();
    for tile in tiles(leaves) {
        hashes.insert(tile);
    }
    hashes
}

/// Nothing but the tiles asked for, cut to the width asked for.
pub fn only(wanted: &[TileId], tiles: &[Tile]) -> TreeHashes {
    let mut hashes = TreeHashes::new();
    for id in wanted {
        let tile = tiles.iter().find(|tile| (tile.level, tile.index) == (id.level, id.index));
        let mut tile = tile.expect("the tile exists").clone();
        assert!(tile.hashes.len() >= usize::from(id.width) * 32, "{}", id.path());
        tile.hashes.truncate(usize::from(id.width) * 32);
        hashes.insert(tile);
    }
    hashes
}
