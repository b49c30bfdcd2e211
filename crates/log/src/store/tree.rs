//! The tree's stored hashes.

use almoner_proof::{Hash, TILE_WIDTH, Tile, TileBuilder, TileId, TreeHashes, leaf_hash};

use super::{Result, Store, damaged, integer, number};
use crate::{DatabaseError, Row, Value};

/// How many tiles one query asks for.
const TILES_IN_QUERY: usize = 64;

impl Store {
    /// The complete tile at a place of the tree, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tile(&self, level: u8, index: u64) -> Result<Option<Tile>> {
        Ok(self.tiles(&[(level, index)]).await?.pop())
    }

    /// The complete tiles at these places (level and index), those that there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tiles(&self, places: &[(u8, u64)]) -> Result<Vec<Tile>> {
        let mut tiles = Vec::new();
        for places in places.chunks(TILES_IN_QUERY) {
            let place =
                |n: usize| format!(r#"(level = ${} AND "index" = ${})"#, 2 * n + 2, 2 * n + 3);
            let any: Vec<String> = (0..places.len()).map(place).collect();
            let sql = format!(
                r#"SELECT level, "index", hashes FROM tile WHERE ledger = $1 AND ({})"#,
                any.join(" OR ")
            );
            let mut values = vec![self.number.into()];
            for (level, index) in places {
                values.extend([Value::Integer((*level).into()), integer(*index)]);
            }
            for row in self.database.rows(&sql, &values).await? {
                tiles.push(tile(&row)?);
            }
        }
        if !tiles.is_empty() {
            self.wait_until_durable().await?;
        }
        Ok(tiles)
    }

    /// The tiles named, for making proofs and the roots of earlier sizes. A tile that is complete by now
    /// is given complete.
    ///
    /// # Errors
    /// When the database fails, or a record or tile is missing.
    pub async fn tree_hashes(&self, tiles: &[TileId]) -> Result<TreeHashes> {
        let places: Vec<(u8, u64)> = tiles.iter().map(|tile| (tile.level, tile.index)).collect();
        let mut hashes = TreeHashes::new();
        let mut complete = Vec::new();
        for tile in self.tiles(&places).await? {
            complete.push((tile.level, tile.index));
            hashes.insert(tile);
        }
        for tile in tiles.iter().filter(|tile| !complete.contains(&(tile.level, tile.index))) {
            let (level, index) = (tile.level, tile.index);
            let first = index * TILE_WIDTH;
            let found = self.hashes_of_level(level, first, first + u64::from(tile.width)).await?;
            if found.len() != usize::from(tile.width) {
                return Err(damaged(format!(
                    "what the tile {} is made of is missing",
                    tile.path()
                )));
            }
            hashes.insert(Tile { level, index, hashes: found.concat() });
        }
        Ok(hashes)
    }

    /// Continues the tree where the log ends: from its complete tiles and the records after them.
    ///
    /// # Errors
    /// When the database fails, or the root is not the last checkpoint's.
    pub async fn resume_tiles(&self) -> Result<TileBuilder> {
        let head = self.head().await?;
        let mut unfinished = Vec::new();
        let mut hashes = head.size;
        for level in 0.. {
            if hashes == 0 {
                break;
            }
            let first = hashes - hashes % TILE_WIDTH;
            unfinished.push(self.hashes_of_level(level, first, hashes).await?);
            hashes /= TILE_WIDTH;
        }
        let builder = TileBuilder::resume(head.size, unfinished)
            .ok_or_else(|| damaged("records or tiles are missing"))?;
        if builder.root() != head.root {
            return Err(damaged("the tree's root is not the last checkpoint's"));
        }
        Ok(builder)
    }

    /// The hashes of a level from one number up to another, 256 at most: leaf hashes on level 0, the
    /// roots of the complete tiles below on the others.
    async fn hashes_of_level(&self, level: u8, first: u64, end: u64) -> Result<Vec<Hash>> {
        let Some(below) = level.checked_sub(1) else {
            let count = u32::try_from(end - first).unwrap_or(u32::MAX);
            let records = self.read(first + 1, count).await?;
            return Ok(records.iter().map(|(_, bytes)| leaf_hash(bytes)).collect());
        };
        let sql = r#"SELECT level, "index", hashes FROM tile
                     WHERE ledger = $1 AND level = $2 AND "index" >= $3 AND "index" < $4
                     ORDER BY "index""#;
        let level = Value::Integer(below.into());
        let values = [self.number.into(), level, integer(first), integer(end)];
        let rows = self.database.rows(sql, &values).await?;
        rows.iter().map(|row| Ok(tile(row)?.root())).collect()
    }
}

fn tile(row: &Row) -> Result<Tile> {
    let level = u8::try_from(row.integer(0)?).map_err(|_| DatabaseError::Column(0))?;
    Ok(Tile { level, index: number(row.integer(1)?)?, hashes: row.bytes(2)?.to_owned() })
}
