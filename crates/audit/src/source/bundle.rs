//! Reading a bundle's files as they are.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use almoner_proof::{TILE_WIDTH, Tile, TileId, TreeHashes, entries_of_bundle, entries_path};

use super::{Beside, CHUNK, Chunk, Extent, SourceError, StoredCheckpoint};

/// The file of all records, one a line.
pub(crate) const RECORDS: &str = "records.ndjson";
/// The file of the signed checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The file of the key that signs the checkpoints.
pub(crate) const VERIFIER_KEY: &str = "log.vkey";
/// The folder that is laid out as C2SP tlog-tiles says.
pub(crate) const TILES: &str = "tiles";

/// A line that is longer is cut here. No record is as long, so that what is cut is found all the same.
const MAX_LINE_BYTES: u64 = 100_000;

/// Reads a bundle line by line; a record's position is the number of its line.
#[derive(Debug)]
pub(crate) struct BundleReader {
    tiles: PathBuf,
    path: PathBuf,
    lines: BufReader<File>,
    next: u64,
    end: u64,
    beside: Beside,
    checkpoint: Option<StoredCheckpoint>,
    partial: Vec<TileId>,
}

pub(super) fn extent(folder: &Path) -> Result<Extent, SourceError> {
    let note = read_text(&folder.join(CHECKPOINT))?;
    let path = folder.join(RECORDS);
    let failed = |error| SourceError::file(&path, error);
    let mut file = BufReader::with_capacity(1 << 20, File::open(&path).map_err(failed)?);
    let (mut lines, mut ends_open) = (0, false);
    loop {
        let buffer = file.fill_buf().map_err(failed)?;
        let Some(last) = buffer.last() else { break };
        ends_open = *last != b'\n';
        lines += buffer.iter().filter(|byte| **byte == b'\n').count() as u64;
        let length = buffer.len();
        file.consume(length);
    }
    Ok(Extent {
        end: lines + u64::from(ends_open),
        signed: unverified_size(&note).unwrap_or(0),
        tiles: None,
        stray: 0,
        is_bundle: true,
        key: Some(read_text(&folder.join(VERIFIER_KEY))?.trim_end().to_owned()),
    })
}

pub(super) fn checkpoint(folder: &Path, size: u64) -> Result<Option<String>, SourceError> {
    let note = read_text(&folder.join(CHECKPOINT))?;
    Ok((unverified_size(&note) == Some(size)).then_some(note))
}

/// The record at a position, out of its entry bundle.
pub(super) fn record(folder: &Path, position: u64) -> Result<Option<Vec<u8>>, SourceError> {
    let Some(number) = position.checked_sub(1) else { return Ok(None) };
    let size = unverified_size(&read_text(&folder.join(CHECKPOINT))?).unwrap_or(0);
    if number >= size {
        return Ok(None);
    }
    let index = number / TILE_WIDTH;
    let entries = read_entries(&folder.join(TILES), index, size)?;
    let entries = entries.as_deref().and_then(entries_of_bundle).unwrap_or_default();
    let place = usize::try_from(number % TILE_WIDTH).unwrap_or_default();
    Ok(entries.get(place).map(|entry| entry.to_vec()))
}

pub(super) fn tree_hashes(folder: &Path, tiles: &[TileId]) -> Result<TreeHashes, SourceError> {
    let mut hashes = TreeHashes::new();
    for id in tiles {
        if let Some(tile) = read_tile(&folder.join(TILES), *id)? {
            hashes.insert(tile);
        }
    }
    Ok(hashes)
}

impl BundleReader {
    pub(super) fn open(folder: &Path, end: u64, beside: Beside) -> Result<Self, SourceError> {
        let note = read_text(&folder.join(CHECKPOINT))?;
        let size = unverified_size(&note).unwrap_or(end);
        let path = folder.join(RECORDS);
        let file = File::open(&path).map_err(|error| SourceError::file(&path, error))?;
        Ok(Self {
            tiles: folder.join(TILES),
            path,
            lines: BufReader::with_capacity(1 << 20, file),
            next: 1,
            end,
            beside,
            partial: partial_tiles(size),
            checkpoint: Some(StoredCheckpoint { size, root: None, note }),
        })
    }

    pub(super) fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        if self.next > self.end {
            return Ok(None);
        }
        let last = (self.next + (CHUNK - 1)).min(self.end);
        let mut chunk = Chunk { last, ..Chunk::default() };
        for position in self.next..=last {
            if !self.read_line(&mut chunk.bytes)? {
                break;
            }
            chunk.positions.push(position);
            chunk.ends.push(chunk.bytes.len());
        }
        if chunk.positions.is_empty() {
            return Ok(None);
        }
        if self.beside == Beside::Everything {
            self.read_tiles(&mut chunk)?;
            chunk.checkpoints.extend(self.checkpoint.take_if(|stored| stored.size <= last));
        }
        self.next = last + 1;
        Ok(Some(chunk))
    }

    /// Adds a line without its end; false behind the last.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> Result<bool, SourceError> {
        let failed = |error| SourceError::file(&self.path, error);
        let start = bytes.len();
        let read = (&mut self.lines).take(MAX_LINE_BYTES).read_until(b'\n', bytes);
        let read = read.map_err(failed)?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if read as u64 == MAX_LINE_BYTES {
            self.lines.skip_until(b'\n').map_err(failed)?;
        }
        Ok(read > 0 || bytes.len() > start)
    }

    fn read_tiles(&self, chunk: &mut Chunk) -> Result<(), SourceError> {
        let (first, last) = (self.next, chunk.last);
        let mut covered = Some(TILE_WIDTH);
        for level in 0_u8.. {
            let Some(records) = covered.filter(|covered| *covered <= last) else { break };
            for index in (first - 1) / records..last / records {
                let id = TileId { level, index, width: TILE_WIDTH as u16 };
                chunk.tiles.extend(read_tile(&self.tiles, id)?);
            }
            covered = records.checked_mul(TILE_WIDTH);
        }
        if last == self.end {
            for id in &self.partial {
                chunk.tiles.extend(read_tile(&self.tiles, *id)?);
            }
        }
        let size = self.checkpoint.as_ref().map_or(self.end, |stored| stored.size);
        let mut bundles = Vec::new();
        for index in (first - 1) / TILE_WIDTH..last.div_ceil(TILE_WIDTH) {
            if let Some(entries) = read_entries(&self.tiles, index, size)? {
                bundles.push((index, entries));
            }
        }
        chunk.entries = Some(bundles);
        Ok(())
    }
}

/// The partial tiles of a log, one a level at most. Whoever wrote the size may have made it up, so that
/// counting up to it is no way.
fn partial_tiles(size: u64) -> Vec<TileId> {
    let (mut tiles, mut hashes) = (Vec::new(), size);
    for level in 0_u8.. {
        if hashes == 0 {
            break;
        }
        // The remainder is less than the width of a tile.
        let width = (hashes % TILE_WIDTH) as u16;
        hashes /= TILE_WIDTH;
        if width > 0 {
            tiles.push(TileId { level, index: hashes, width });
        }
    }
    tiles
}

/// The size that a checkpoint states. Nothing vouches for it: it only says which files to look for.
fn unverified_size(note: &str) -> Option<u64> {
    note.lines().nth(1)?.parse().ok()
}

fn read_tile(tiles: &Path, id: TileId) -> Result<Option<Tile>, SourceError> {
    let hashes = read_if_there(&tiles.join(id.path()))?;
    Ok(hashes.map(|hashes| Tile { level: id.level, index: id.index, hashes }))
}

/// The entry bundle at an index, as wide as it is in a log of this size.
fn read_entries(tiles: &Path, index: u64, size: u64) -> Result<Option<Vec<u8>>, SourceError> {
    let width = size.saturating_sub(index.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH);
    match u16::try_from(width) {
        Ok(width) if width > 0 => read_if_there(&tiles.join(entries_path(index, width))),
        _ => Ok(None),
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SourceError::file(path, error)),
    }
}

/// Bytes that are no text are replaced: what was signed is text, so that this too is found.
fn read_text(path: &Path) -> Result<String, SourceError> {
    let bytes = fs::read(path).map_err(|error| SourceError::file(path, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use almoner_proof::tiles_of_size;

    use super::*;

    #[test]
    fn the_partial_tiles_are_those_of_the_tree() {
        for size in [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000] {
            let is_partial = |id: &TileId| u64::from(id.width) < TILE_WIDTH;
            let expected: Vec<TileId> = tiles_of_size(size).filter(is_partial).collect();
            assert_eq!(partial_tiles(size), expected, "{size}");
        }
        assert_eq!(partial_tiles(u64::MAX).len(), 8);
    }
}
