//! Which command keys are in the log, answered without asking it for almost every new one.
//!
//! Keys are remembered for ever, but a ledger sees millions: memory holds fourteen bits for each, in
//! filters that never miss a key and err once in a thousand on a new one. Only where a filter says "maybe"
//! is the log asked.

use std::collections::{HashMap, VecDeque};

use almoner_log::{CommandEntry, CommandKey, Store, StoreError};
use fastbloom::BloomFilter;
use serde::{Deserialize, Serialize};

/// One filter holds this many keys; then another is begun, so that none ever grows too full.
const KEYS_IN_FILTER: usize = 1_000_000;

/// How many of the latest commands are held whole: more than can be on their way to the disk at once,
/// because those the log cannot be asked for yet.
const RECENT: usize = 65_536;

/// The filters: what a snapshot keeps.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct KeyFilter {
    filters: Vec<BloomFilter>,
    in_last: usize,
}

/// The keys of all commands in the log and on their way to it.
#[derive(Debug, Default)]
pub struct Keys {
    filter: KeyFilter,
    // Looked up by key only, never walked, so that its order does not matter.
    recent: HashMap<CommandKey, CommandEntry>,
    recent_order: VecDeque<CommandKey>,
}

impl KeyFilter {
    /// Adds a key that is in the log.
    pub fn insert(&mut self, key: CommandKey) {
        if self.filters.is_empty() || self.in_last >= KEYS_IN_FILTER {
            // The seed is fixed, so that the same keys give the same filter.
            let filter = BloomFilter::with_false_pos(0.001).seed(&0).expected_items(KEYS_IN_FILTER);
            self.filters.push(filter);
            self.in_last = 0;
        }
        if let Some(last) = self.filters.last_mut() {
            // A command of many records comes once for each of them while a log is replayed.
            let was_there = last.insert(&key.0);
            self.in_last += usize::from(!was_there);
        }
    }

    fn may_contain(&self, key: CommandKey) -> bool {
        self.filters.iter().any(|filter| filter.contains(&key.0))
    }
}

impl Keys {
    /// The keys of a log that was just loaded.
    pub fn of(filter: KeyFilter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// The filters, for a snapshot.
    pub fn filter(&self) -> &KeyFilter {
        &self.filter
    }

    /// Remembers a command that was decided.
    pub fn insert(&mut self, entry: CommandEntry) {
        self.filter.insert(entry.key);
        self.recent.insert(entry.key, entry);
        self.recent_order.push_back(entry.key);
        if self.recent_order.len() > RECENT
            && let Some(oldest) = self.recent_order.pop_front()
        {
            self.recent.remove(&oldest);
        }
    }

    /// The command of a key, when it was decided before.
    pub async fn find(
        &self,
        key: CommandKey,
        store: &Store,
    ) -> Result<Option<CommandEntry>, StoreError> {
        if let Some(entry) = self.recent.get(&key) {
            return Ok(Some(*entry));
        }
        if self.filter.may_contain(key) { store.find_command(key).await } else { Ok(None) }
    }
}
