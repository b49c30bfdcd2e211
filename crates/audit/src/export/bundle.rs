//! The files of a bundle while they are written.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use almoner_proof::{Hash, TILE_WIDTH, Tile, TileBuilder, VerifierKey, entries_path, entry_bundle};

use super::journal::Journal;
use super::{ExportError, Hashed, JournalFormat, file_error};
use crate::source::{CHECKPOINT, RECORDS, TILES, VERIFIER_KEY};

/// Writes a bundle, record by record.
pub(super) struct BundleWriter {
    folder: PathBuf,
    records: BufWriter<File>,
    tree: TileBuilder,
    /// The records that fill no entry bundle yet.
    entries: Vec<Vec<u8>>,
    journals: Vec<Journal>,
}

impl BundleWriter {
    pub(super) fn create(
        folder: &Path,
        journals: &[JournalFormat],
        ledger: &str,
    ) -> Result<Self, ExportError> {
        let path = folder.join(RECORDS);
        let records = File::create(&path).map_err(|error| file_error(&path, error))?;
        let journal = |format: &JournalFormat| Journal::create(*format, folder, ledger);
        Ok(Self {
            folder: folder.to_owned(),
            records: BufWriter::with_capacity(1 << 20, records),
            tree: TileBuilder::new(),
            entries: Vec::new(),
            journals: journals.iter().map(journal).collect::<Result<_, _>>()?,
        })
    }

    /// How many records are written.
    pub(super) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root of the tree of the records that are written.
    pub(super) fn root(&self) -> Hash {
        self.tree.root()
    }

    pub(super) fn push(&mut self, hashed: Hashed) -> Result<(), ExportError> {
        let Hashed { chunk, leaves, records } = hashed;
        let mut finished = Vec::new();
        for (((position, bytes), leaf), (_, parsed)) in chunk.records().zip(leaves).zip(records) {
            let next = self.tree.size() + 1;
            if position != next {
                return Err(ExportError::Missing(next));
            }
            let parsed = parsed.map_err(|source| ExportError::Record { position, source })?;
            self.write_line(bytes)?;
            self.tree.append(leaf, &mut finished);
            self.entries.push(bytes.to_vec());
            if self.entries.len() as u64 == TILE_WIDTH {
                self.write_entries()?;
            }
            for journal in &mut self.journals {
                journal.add(position, parsed.effective_on, &parsed.event)?;
            }
        }
        finished.iter().try_for_each(|tile| self.write_tile(tile))
    }

    /// Writes what is left, when all records are in.
    pub(super) fn finish(mut self, checkpoint: &str, key: &VerifierKey) -> Result<(), ExportError> {
        let failed = |error| file_error(&self.folder.join(RECORDS), error);
        self.records.flush().map_err(failed)?;
        if !self.entries.is_empty() {
            self.write_entries()?;
        }
        let partial: Vec<Tile> = self.tree.partial_tiles().collect();
        partial.iter().try_for_each(|tile| self.write_tile(tile))?;
        for journal in std::mem::take(&mut self.journals) {
            journal.finish()?;
        }
        self.write(Path::new(CHECKPOINT), checkpoint.as_bytes())?;
        self.write(&Path::new(TILES).join(CHECKPOINT), checkpoint.as_bytes())?;
        self.write(Path::new(VERIFIER_KEY), format!("{key}\n").as_bytes())
    }

    /// A record holds no line end: its form has been checked.
    fn write_line(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        let written = self.records.write_all(bytes).and_then(|()| self.records.write_all(b"\n"));
        written.map_err(|error| file_error(&self.folder.join(RECORDS), error))
    }

    /// Writes the entry bundle that ends with the last record.
    fn write_entries(&mut self) -> Result<(), ExportError> {
        let index = (self.tree.size() - 1) / TILE_WIDTH;
        let width = self.entries.len() as u16;
        let bundle = entry_bundle(&self.entries)?;
        self.entries.clear();
        self.write(&Path::new(TILES).join(entries_path(index, width)), &bundle)
    }

    fn write_tile(&self, tile: &Tile) -> Result<(), ExportError> {
        match tile.id() {
            Some(id) => self.write(&Path::new(TILES).join(id.path()), &tile.hashes),
            // Finished and partial tiles hold whole hashes, and at least one.
            None => Ok(()),
        }
    }

    fn write(&self, name: &Path, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| file_error(&path, error))
    }
}
