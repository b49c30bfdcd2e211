//! A map for millions of small things under keys that are spread evenly already, so that each is found in
//! one step.
//!
//! An ordered map of that size takes several steps to places that no cache holds, and deciding is made of such
//! look-ups. Nothing is ever walked in the map's own order (P6): snapshots and debug texts are sorted by key.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// See the module.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ByHash<K: Eq + Hash, V>(HashMap<K, V, BuildHasherDefault<Mix>>);

impl<K: Eq + Hash, V> ByHash<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    pub(crate) fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.0.entry(key).or_default()
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.0.remove(key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Eq + Hash + Ord, V> ByHash<K, V> {
    fn sorted(&self) -> Vec<(&K, &V)> {
        let mut sorted: Vec<(&K, &V)> = self.0.iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        sorted
    }
}

impl<K: Eq + Hash + Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for ByHash<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.sorted()).finish()
    }
}

impl<K: Eq + Hash, V> Default for ByHash<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<K: Eq + Hash + Ord + Serialize, V: Serialize> Serialize for ByHash<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sorted())
    }
}

impl<'de, K: Eq + Hash + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for ByHash<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect()))
    }
}

/// Spreads numbers that are hashes or random already; an even one would do, and this guards against
/// pseudonyms that were only counted up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mix(u64);

/// An odd number without pattern: the golden ratio in 64 bits.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The upper half of the product depends on every bit of the number.
        let product = u128::from(self.0 ^ number) * u128::from(GOLDEN);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn write_u128(&mut self, number: u128) {
        self.write_u64(number as u64);
        self.write_u64((number >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_the_same_in_whatever_order_things_came() {
        let keys = [3_u64, 1 << 63, 2, 7];
        let (mut forwards, mut backwards) = (ByHash::default(), ByHash::default());
        for key in keys {
            forwards.insert(key, ());
        }
        for key in keys.iter().rev() {
            backwards.insert(*key, ());
        }
        let bytes = postcard::to_allocvec(&forwards).unwrap();
        assert_eq!(bytes, postcard::to_allocvec(&backwards).unwrap());
        assert_eq!(postcard::from_bytes::<ByHash<u64, ()>>(&bytes).unwrap(), forwards);
    }

    #[test]
    fn numbers_that_were_counted_up_are_spread_over_all_bits() {
        for shift in [0, 32, 64, 96] {
            let hashes: Vec<u64> = (0..256_u128)
                .map(|number| {
                    let mut mix = Mix::default();
                    mix.write_u128(number << shift);
                    mix.finish()
                })
                .collect();
            // 256 draws from 128 values leave about 17 out.
            for part in [0, 57] {
                let seen: std::collections::BTreeSet<u64> =
                    hashes.iter().map(|hash| hash >> part & 127).collect();
                assert!(seen.len() > 90, "shift {shift}, bits from {part}: {} of 128", seen.len());
            }
        }
    }
}
