//! The part of verifying that goes record by record, in order.

use std::collections::{BTreeMap, VecDeque};

use almoner_log::Millis;
use almoner_proof::{Checkpoint, CheckpointError, Hash, TILE_WIDTH, Tile, VerifierKey};

use super::finding::{Finding, FindingKind, Findings};
use super::trees::Trees;
use super::{Conflict, Hashed, Verdict, chain};
use crate::parse::{BadRecord, Parsed};
use crate::source::{CHUNK, Extent, StoredCheckpoint};

/// A verification under way.
pub(crate) struct Verification {
    log: String,
    extent: Extent,
    findings: Findings,
    trees: Trees,
    /// The position of the last record taken in.
    position: u64,
    records: u64,
    time: Option<Millis>,
    tiles: StoredTiles,
    stored: StoredSeries,
    earlier: EarlierSeries,
    conflicts: Vec<Conflict>,
}

/// The stored tiles of the chunk in hand.
#[derive(Default)]
struct StoredTiles {
    there: BTreeMap<(u8, u64), Tile>,
    compared: u64,
    missing: u64,
}

/// How far the source's own checkpoints hold.
#[derive(Default)]
struct StoredSeries {
    waiting: VecDeque<(StoredCheckpoint, Result<Checkpoint, CheckpointError>)>,
    good: u64,
    /// The newest that is signed by the key, whatever root it has.
    signed: u64,
    /// The newest whose root is that of the records.
    fits: u64,
    /// The newest good note.
    newest: Option<String>,
    /// Whether the last one does not fit, and how many before it do not either, in a row.
    misfits: Option<u64>,
}

/// How far the earlier checkpoints that were given hold.
#[derive(Default)]
struct EarlierSeries {
    waiting: VecDeque<(Checkpoint, String)>,
    kept: u64,
    fits: u64,
    /// Those at the position in hand, to be held against a stored one of the same size.
    here: Vec<(Checkpoint, String)>,
}

impl Verification {
    pub(crate) fn new(key: &VerifierKey, extent: Extent, earlier: &[String]) -> Self {
        let mut findings = Findings::default();
        if extent.key.as_ref().is_some_and(|named| *named != key.to_string()) {
            let text = || "log.vkey holds another key than the one given".to_owned();
            findings.at(0, FindingKind::Key, text);
        }
        if extent.stray > 0 {
            let text = || format!("{} records stand at positions below 1", extent.stray);
            findings.at(0, FindingKind::Displaced, text);
        }
        let mut opened = Vec::new();
        for (number, note) in (1..).zip(earlier) {
            match Checkpoint::open(note, std::slice::from_ref(key)) {
                Ok(checkpoint) => opened.push((checkpoint, note.clone())),
                Err(error) => findings.at(0, FindingKind::EarlierUnusable, || {
                    format!("earlier checkpoint {number} cannot be used: {}", chain(&error))
                }),
            }
        }
        opened.sort_by_key(|(checkpoint, _)| checkpoint.size);
        let mut verification = Self {
            log: key.name().to_owned(),
            extent,
            findings,
            trees: Trees::default(),
            position: 0,
            records: 0,
            time: None,
            tiles: StoredTiles::default(),
            stored: StoredSeries::default(),
            earlier: EarlierSeries { waiting: opened.into(), ..EarlierSeries::default() },
            conflicts: Vec::new(),
        };
        // A checkpoint of the empty log proves little, but it must be right.
        verification.hold_against_earlier();
        verification
    }

    /// Takes in the next chunk.
    pub(crate) fn push(&mut self, hashed: Hashed) -> Vec<(u64, Result<Parsed, BadRecord>)> {
        let Hashed { records, leaves, tiles, checkpoints, bad_entries } = hashed;
        self.tiles.there = tiles.into_iter().map(|tile| ((tile.level, tile.index), tile)).collect();
        self.stored.waiting.extend(checkpoints);
        for index in bad_entries {
            let (first, last) = positions_of_tile(0, index);
            self.findings.over(first, last.min(self.extent.end), FindingKind::Tile, || {
                format!("entry bundle {index} is missing or does not hold these records")
            });
        }
        for ((position, record), leaf) in records.iter().zip(leaves) {
            self.skip_to(*position);
            self.check_record(*position, record);
            let stored = self.tiles.hash(*position);
            if stored.is_some_and(|stored| stored != leaf) {
                self.findings.at(*position, FindingKind::Changed, || {
                    "the record is not the one whose hash is stored in the tree".to_owned()
                });
            }
            self.trees.append(leaf, stored);
            self.records += 1;
            self.advance(*position);
        }
        records
    }

    /// What has been found, when all records are taken in.
    pub(crate) fn verdict(mut self) -> Verdict {
        self.check_end();
        self.check_last_tiles();
        if let Some(later @ 1..) = self.stored.misfits {
            let is_root = |finding: &&mut Finding| finding.kind == FindingKind::Root;
            if let Some(finding) = self.findings.list.iter_mut().rev().find(is_root) {
                finding.text.push_str(&format!("; so were {later} later ones"));
            }
        }
        Verdict {
            log: self.log,
            size: self.position,
            records: self.records,
            tiles: self.tiles.compared,
            checkpoints: self.stored.good,
            earlier: self.earlier.kept,
            checkpoint: self.stored.newest,
            findings: self.findings.list,
            unlisted: self.findings.unlisted,
            conflicts: self.conflicts,
        }
    }

    /// Passes over the positions before `position` at which there is no record.
    fn skip_to(&mut self, position: u64) {
        let first = self.position + 1;
        if first >= position {
            return;
        }
        let text = || "there is no record".to_owned();
        self.findings.over(first, position - 1, FindingKind::Missing, text);
        if position - first > CHUNK {
            // The stored hashes of so many are not at hand.
            self.trees.skip(None);
            self.advance(position - 1);
            return;
        }
        for missing in first..position {
            self.trees.skip(self.tiles.hash(missing));
            self.advance(missing);
        }
    }

    fn check_record(&mut self, position: u64, record: &Result<Parsed, BadRecord>) {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                return self.findings.at(position, FindingKind::Malformed, || chain(error));
            }
        };
        if record.id != position {
            let text = || format!("the record's own position is {}", record.id);
            self.findings.at(position, FindingKind::Displaced, text);
        }
        if !record.is_of_ledger {
            let text = || "the record is of another ledger".to_owned();
            self.findings.at(position, FindingKind::OtherLedger, text);
        }
        if let Some(before) = self.time.filter(|before| record.time < *before) {
            self.findings.at(position, FindingKind::TimeBackwards, || {
                format!("recorded at {}, before the record ahead of it ({before})", record.time)
            });
        }
        self.time = Some(record.time);
    }

    /// Goes on to a position whose record has been appended or passed over.
    fn advance(&mut self, position: u64) {
        self.position = position;
        for tile in self.trees.finished() {
            self.tiles.compare(tile, &mut self.findings);
        }
        self.hold_against_earlier();
        while self.stored.waiting.front().is_some_and(|(stored, _)| stored.size <= position) {
            if let Some((stored, opened)) = self.stored.waiting.pop_front() {
                self.check_stored(stored, opened);
            }
        }
        self.earlier.here.clear();
    }

    fn hold_against_earlier(&mut self) {
        let position = self.position;
        let is_due = |(checkpoint, _): &mut (Checkpoint, String)| checkpoint.size <= position;
        while let Some((checkpoint, note)) = self.earlier.waiting.pop_front_if(is_due) {
            let size = checkpoint.size;
            let fits = self.trees.fits(size, &checkpoint.root);
            if fits {
                self.earlier.kept += 1;
                self.earlier.fits = size;
            } else {
                let first = (self.earlier.fits + 1).min(size);
                self.findings.over(first, size, FindingKind::Rewritten, || {
                    format!("an earlier checkpoint of {size} records was signed over others: history was rewritten")
                });
            }
            self.earlier.here.push((checkpoint, note));
        }
    }

    fn check_stored(
        &mut self,
        stored: StoredCheckpoint,
        opened: Result<Checkpoint, CheckpointError>,
    ) {
        let size = stored.size;
        let checkpoint = match opened {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                return self.findings.at(size, FindingKind::Checkpoint, || chain(&error));
            }
        };
        let same_root = stored.root.is_none_or(|root| root == checkpoint.root);
        if checkpoint.size != size || !same_root {
            let text =
                || "the checkpoint is stored with another size or root than it has".to_owned();
            return self.findings.at(size, FindingKind::Checkpoint, text);
        }
        self.stored.signed = size;
        for (earlier, note) in &self.earlier.here {
            if earlier.size == size && earlier.root != checkpoint.root {
                let (earlier, stored) = (note.clone(), stored.note.clone());
                self.conflicts.push(Conflict { earlier, stored });
            }
        }
        if self.trees.fits(size, &checkpoint.root) {
            self.stored.good += 1;
            self.stored.fits = size;
            self.stored.newest = Some(stored.note);
            self.stored.misfits = None;
            return;
        }
        match &mut self.stored.misfits {
            Some(later) => *later += 1,
            None => {
                self.stored.misfits = Some(0);
                self.findings.over(self.stored.fits + 1, size, FindingKind::Root, || {
                    format!("the checkpoint of {size} records was signed over others")
                });
            }
        }
    }

    /// What the end of the log shows.
    fn check_end(&mut self) {
        let end = self.position;
        if self.stored.signed < end {
            let text = || "no good checkpoint covers these records".to_owned();
            self.findings.over(self.stored.signed + 1, end, FindingKind::Unsigned, text);
        }
        if self.extent.signed > end {
            let signed = self.extent.signed;
            self.findings.over(end + 1, signed, FindingKind::Shortened, || {
                format!("the records end at {end}, the last stored checkpoint is for {signed}")
            });
        }
        if let Some((checkpoint, _)) = self.earlier.waiting.back() {
            let size = checkpoint.size;
            self.findings.over(end + 1, size, FindingKind::Shortened, || {
                format!("the log ends at {end}, but {size} records were signed before: its tail was cut or an old backup restored")
            });
        }
    }

    fn check_last_tiles(&mut self) {
        if self.extent.is_bundle {
            let partial: Vec<Tile> = self.trees.partial_tiles().collect();
            for tile in &partial {
                self.tiles.compare(tile, &mut self.findings);
            }
        }
        if let Some(stored) = self.extent.tiles {
            let expected = complete_tiles(self.position).saturating_sub(self.tiles.missing);
            if stored > expected {
                let text = || format!("{} stored tiles belong to no records", stored - expected);
                self.findings.at(0, FindingKind::Tile, text);
            }
        }
    }
}

impl StoredTiles {
    /// The stored leaf hash of a record.
    fn hash(&self, position: u64) -> Option<Hash> {
        let number = position.checked_sub(1)?;
        let tile = self.there.get(&(0, number / TILE_WIDTH))?;
        tile.as_hashes().get(usize::try_from(number % TILE_WIDTH).ok()?).copied()
    }

    /// Holds a tile that the records give against the stored one.
    fn compare(&mut self, tile: &Tile, findings: &mut Findings) {
        let name = || tile.id().map_or_else(|| "a tile".to_owned(), |id| id.path());
        let (first, last) = positions_of_tile(tile.level, tile.index);
        let Some(stored) = self.there.get(&(tile.level, tile.index)) else {
            self.missing += 1;
            return findings
                .over(first, last, FindingKind::Tile, || format!("{} is missing", name()));
        };
        self.compared += 1;
        // The single hashes of level 0 have been compared with the records.
        let good = match tile.level {
            0 => stored.hashes.len() == tile.hashes.len(),
            _ => stored.hashes == tile.hashes,
        };
        if !good {
            let text = || format!("{} is not what the records give", name());
            findings.over(first, last, FindingKind::Tile, text);
        }
    }
}

/// The positions of the records under a tile.
fn positions_of_tile(level: u8, index: u64) -> (u64, u64) {
    let covered = TILE_WIDTH.saturating_pow(u32::from(level) + 1);
    let before = covered.saturating_mul(index);
    (before.saturating_add(1), before.saturating_add(covered))
}

/// How many complete tiles a log has.
fn complete_tiles(size: u64) -> u64 {
    let mut hashes = size;
    let mut tiles = 0;
    while hashes >= TILE_WIDTH {
        hashes /= TILE_WIDTH;
        tiles += hashes;
    }
    tiles
}
