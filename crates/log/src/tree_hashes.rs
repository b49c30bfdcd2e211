//! The hashes that proofs are made from: complete tiles as they are stored, the others from what lies
//! below them.

use almoner_proof::{TILE_WIDTH, Tile, TileId, TreeHashes, leaf_hash};

use crate::{Store, StoreError};

impl Store {
    /// The tiles named, for making proofs and roots of earlier sizes. A tile that is complete by now
    /// is given complete.
    ///
    /// # Errors
    /// When the database fails, or a record or tile is missing.
    pub async fn tree_hashes(&self, tiles: &[TileId]) -> Result<TreeHashes, StoreError> {
        let places: Vec<_> = tiles.iter().map(|tile| (tile.level, tile.index)).collect();
        let complete = self.tiles(&places).await?;
        let mut hashes = TreeHashes::new();
        for wanted in tiles {
            let same = |tile: &&Tile| (tile.level, tile.index) == (wanted.level, wanted.index);
            match complete.iter().find(same) {
                Some(tile) => hashes.insert(tile.clone()),
                None => hashes.insert(self.partial_tile(*wanted).await?),
            }
        }
        Ok(hashes)
    }

    async fn partial_tile(&self, wanted: TileId) -> Result<Tile, StoreError> {
        let first = wanted.index * TILE_WIDTH;
        let width = u64::from(wanted.width);
        let hashes: Vec<[u8; 32]> = match wanted.level.checked_sub(1) {
            None => {
                let records = self.read(first + 1, u32::from(wanted.width)).await?;
                records.iter().map(|(_, record)| leaf_hash(record)).collect()
            }
            Some(below) => {
                let places: Vec<_> = (first..first + width).map(|index| (below, index)).collect();
                let mut tiles = self.tiles(&places).await?;
                tiles.sort_by_key(|tile| tile.index);
                tiles.iter().map(Tile::root).collect()
            }
        };
        if hashes.len() as u64 != width {
            return Err(StoreError::Damaged(format!("the tile {} cannot be made", wanted.path())));
        }
        Ok(Tile { level: wanted.level, index: wanted.index, hashes: hashes.concat() })
    }
}
