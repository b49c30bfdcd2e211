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
    // Commands on their way to the disk: the log cannot be asked for them yet. Looked up by key only,
    // never walked, so that its order does not matter.
    under_way: HashMap<CommandKey, CommandEntry>,
    under_way_order: VecDeque<CommandKey>,
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
        self.under_way.insert(entry.key, entry);
        self.under_way_order.push_back(entry.key);
    }

    /// Forgets the details of commands whose records are on disk up to a position: the log knows them.
    pub fn forget_durable(&mut self, durable: u64) {
        while let Some(oldest) = self.under_way_order.front() {
            if self.under_way.get(oldest).is_some_and(|entry| entry.last > durable) {
                break;
            }
            self.under_way.remove(oldest);
            self.under_way_order.pop_front();
        }
    }

    /// The command of a key, when it was decided before.
    pub async fn find(
        &self,
        key: CommandKey,
        store: &Store,
    ) -> Result<Option<CommandEntry>, StoreError> {
        if let Some(entry) = self.under_way.get(&key) {
            return Ok(Some(*entry));
        }
        if self.filter.may_contain(key) { store.find_command(key).await } else { Ok(None) }
    }
}
