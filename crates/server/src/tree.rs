//! `…/checkpoint` and `…/tile/…`: what proves the log, in the form of C2SP tlog-tiles, so that
//! standard tools can check it.

use std::sync::Arc;

use almoner_proof::{TILE_WIDTH, Tile, TileId, entry_bundle, leaf_hash};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

const HASH_BYTES: usize = 32;

const NOTE: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

/// The newest checkpoint: the size and root of the log, signed.
pub async fn checkpoint(
    State(service): State<Arc<Service>>,
    parameters: Parameters,
) -> Result<impl IntoResponse, Problem> {
    parameters.finish()?;
    let note = service.store.head().await?.checkpoint.ok_or(Problem::NoCheckpoint {})?;
    Ok(([(CONTENT_TYPE, NOTE)], note))
}

/// A tile of the tree (`tile/0/x001/x234/067.p/17`) or a bundle of records (`tile/entries/…`).
pub async fn tile(
    State(service): State<Arc<Service>>,
    Path((_, path)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<impl IntoResponse, Problem> {
    parameters.finish()?;
    let path = format!("tile/{path}");
    let bytes = match path.strip_prefix("tile/entries/") {
        Some(entries) => entries_of(&service, &format!("tile/0/{entries}")).await?,
        None => hashes_of(&service, &path).await?,
    };
    let bytes = bytes.ok_or(Problem::UnknownTile { path })?;
    Ok(([(CONTENT_TYPE, BYTES)], bytes))
}

async fn hashes_of(service: &Service, path: &str) -> Result<Option<Vec<u8>>, Problem> {
    let Some(id) = existing(service, path).await? else { return Ok(None) };
    let store = &service.store;
    if let Some(mut tile) = store.tile(id.level, id.index).await? {
        // A tile that was partial once is asked for as it was then.
        tile.hashes.truncate(usize::from(id.width) * HASH_BYTES);
        return Ok(Some(tile.hashes));
    }
    let first = id.index * TILE_WIDTH;
    let Some(below) = id.level.checked_sub(1) else {
        let records = store.read(first + 1, id.width.into()).await?;
        return Ok(Some(records.iter().flat_map(|(_, bytes)| leaf_hash(bytes)).collect()));
    };
    let places: Vec<(u8, u64)> =
        (first..first + u64::from(id.width)).map(|index| (below, index)).collect();
    let mut tiles = store.tiles(&places).await?;
    tiles.sort_by_key(|tile| tile.index);
    Ok(Some(tiles.iter().flat_map(Tile::root).collect()))
}

/// The bundle of the records whose leaf hashes a tile of level 0 holds.
async fn entries_of(service: &Service, path: &str) -> Result<Option<Vec<u8>>, Problem> {
    let Some(id) = existing(service, path).await? else { return Ok(None) };
    let records = service.store.read(id.index * TILE_WIDTH + 1, id.width.into()).await?;
    let bundle = entry_bundle(records.iter().map(|(_, bytes)| bytes));
    Ok(Some(bundle.map_err(|error| Problem::failure(&error))?))
}

/// The tile of a path, if the tree reaches as far as its last hash.
async fn existing(service: &Service, path: &str) -> Result<Option<TileId>, Problem> {
    let Some(id) = TileId::parse(path) else { return Ok(None) };
    let last = id.index.checked_mul(TILE_WIDTH).map(|first| first + u64::from(id.width) - 1);
    let size = service.store.head().await?.size;
    Ok(last.and_then(|last| TileId::containing(id.level, last, size)).map(|_| id))
}
