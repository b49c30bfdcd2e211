//! The Merkle tree that the records give, and the one that was stored.

use almoner_proof::{Hash, Tile, TileBuilder};

/// The tree of the records as they are; and, from the first record on that is not the one whose hash
/// was stored, also the tree of the stored hashes.
///
/// With both, one changed record does not hide what else is wrong: a later checkpoint that fits the
/// stored hashes shows that the record was changed, and everything after it was not.
#[derive(Debug, Default)]
pub(crate) struct Trees {
    records: TileBuilder,
    stored: Option<TileBuilder>,
    /// Whether they have parted. The stored tree is gone after that where its hashes are not known.
    parted: bool,
    finished: Vec<Tile>,
}

impl Trees {
    /// Appends a record's leaf hash, and the hash that is stored for it, where there is one.
    pub(crate) fn append(&mut self, leaf: Hash, stored: Option<Hash>) {
        if stored.is_some_and(|stored| stored != leaf) {
            self.part();
        }
        self.finished.clear();
        match &mut self.stored {
            None => self.records.append(leaf, &mut self.finished),
            Some(tree) => {
                tree.append(stored.unwrap_or(leaf), &mut self.finished);
                self.records.append(leaf, &mut Vec::new());
            }
        }
    }

    /// Passes over a record that is missing.
    pub(crate) fn skip(&mut self, stored: Option<Hash>) {
        self.part();
        self.finished.clear();
        match (&mut self.stored, stored) {
            (Some(tree), Some(hash)) => tree.append(hash, &mut self.finished),
            _ => self.stored = None,
        }
    }

    /// The tiles that the last append or skip has finished.
    pub(crate) fn finished(&self) -> &[Tile] {
        &self.finished
    }

    /// Whether one of the trees has this root at this size.
    pub(crate) fn fits(&self, size: u64, root: &Hash) -> bool {
        let fits = |tree: &TileBuilder| tree.size() == size && tree.root() == *root;
        fits(&self.records) || self.stored.as_ref().is_some_and(fits)
    }

    /// The partial tiles of the stored tree, or of the records where they have not parted.
    pub(crate) fn partial_tiles(&self) -> impl Iterator<Item = Tile> {
        self.stored.as_ref().unwrap_or(&self.records).partial_tiles()
    }

    fn part(&mut self) {
        if !self.parted {
            self.parted = true;
            self.stored = Some(self.records.clone());
        }
    }
}
