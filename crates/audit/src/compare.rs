//! Compare: holds every row of the view tables against the audit's own fold of the log.
//!
//! The audit knows nothing of the views but the text that they document for each row: it derives the
//! same texts from the log by itself. Both sides are added up, row by row, into a fixed number of
//! buckets, one side with the sign turned; where the views are right, every bucket comes to nothing.
//! Where some do not, a second round collects the rows of these buckets alone and names those that
//! differ. So the memory needed does not grow with the number of entries.
//!
//! The views are handed in row by row, by whoever can read them:
//!
//! ```no_run
//! # use almoner_audit::{Compared, Comparison, Difference, ReplayError, Source};
//! # struct Dump;
//! # struct Row { table: &'static str, key: String, text: String }
//! # impl Dump {
//! #     async fn begin() -> Self { Self }
//! #     fn position(&self) -> u64 { 0 }
//! #     async fn next_rows(&mut self) -> Vec<Row> { Vec::new() }
//! # }
//! async fn differences(source: &Source) -> Result<Vec<Difference>, ReplayError> {
//!     let mut again = None;
//!     loop {
//!         let mut dump = Dump::begin().await;
//!         let mut progress = |_, _| {};
//!         let begin = Comparison::begin(source, dump.position(), again, &mut progress);
//!         let mut comparison = begin.await?;
//!         loop {
//!             let rows = dump.next_rows().await;
//!             if rows.is_empty() {
//!                 break;
//!             }
//!             for row in rows {
//!                 comparison.row(row.table, &row.key, &row.text);
//!             }
//!         }
//!         match comparison.end() {
//!             Compared::Same { .. } => return Ok(Vec::new()),
//!             Compared::Differs { differences, .. } => return Ok(differences),
//!             Compared::Again(suspects) => again = Some(suspects),
//!         }
//!     }
//! }
//! ```

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use serde::Serialize;

use crate::ReplayError;
use crate::parse::parse_all;
use crate::pass::{Progress, Range, pass};
use crate::source::{Beside, Chunk, Source};

mod loan_rows;
mod once_rows;
mod payment_rows;
mod rows;
mod subsidy_rows;

use rows::Rows;

/// A comparison under way: the log is folded, the rows of the views come in.
#[derive(Debug)]
pub struct Comparison {
    position: u64,
    tally: Tally,
    rows: u64,
}

/// How a comparison went.
#[derive(Debug)]
pub enum Compared {
    /// Every row is as the log says, and none is missing.
    Same {
        /// The position at which both stand.
        position: u64,
        /// How many rows were compared.
        rows: u64,
    },
    /// Something differs. To say what, compare again with this.
    Again(Suspects),
    /// These rows differ.
    Differs {
        /// The position at which both stand.
        position: u64,
        /// The rows, in the order of table and key; [`MAX_DIFFERENCES`] at most.
        differences: Vec<Difference>,
        /// Whether there are more.
        more: bool,
    },
}

/// A row that the log and the views do not agree on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: String,
    /// What the log says; none when there should be no such row.
    pub log: Option<String>,
    /// What the views say; none when the row is missing.
    pub view: Option<String>,
}

/// Where rows differ: what a second round looks at.
#[derive(Debug)]
pub struct Suspects {
    seed: RandomState,
    buckets: Vec<usize>,
    more: bool,
}

/// No more differences than this are listed.
pub const MAX_DIFFERENCES: usize = 100;

/// So many rows fit in a bucket that a second round stays small, for any log.
const BUCKETS: usize = 1 << 16;

/// So many buckets are looked at again.
const MAX_SUSPECTS: usize = 100;

/// What rows are added up into.
#[derive(Debug)]
pub(crate) enum Tally {
    /// Sums of rows by bucket. The seeds are drawn at random for each comparison, so that nobody can
    /// make rows whose sums cancel out.
    Sums {
        seed: RandomState,
        other_seed: RandomState,
        /// What is left when the rows of the views are taken from those of the log.
        sums: Vec<(u64, u64)>,
    },
    /// The rows of suspect buckets: those of the log, and then what differs.
    Rows {
        suspects: Suspects,
        of_log: BTreeMap<(String, String), String>,
        differences: Vec<Difference>,
    },
}

impl Comparison {
    /// Folds the log up to the position at which the views stand.
    ///
    /// # Errors
    /// When the log cannot be read or replayed to there.
    pub async fn begin(
        source: &Source,
        position: u64,
        again: Option<Suspects>,
        progress: Progress<'_>,
    ) -> Result<Self, ReplayError> {
        let mut tally = match again {
            None => Tally::Sums {
                seed: RandomState::new(),
                other_seed: RandomState::new(),
                sums: vec![(0, 0); BUCKETS],
            },
            Some(suspects) => {
                Tally::Rows { suspects, of_log: BTreeMap::new(), differences: Vec::new() }
            }
        };
        let end = source.extent().await?.end;
        if end < position {
            return Err(ReplayError::TooShort { end, asked: position });
        }
        let mut rows = Rows::default();
        let mut last = 0;
        let range = Range { end: position, beside: Beside::Nothing };
        pass(
            source,
            range,
            progress,
            |chunk: Chunk| parse_all(&chunk, None),
            |records| {
                for (at, record) in records {
                    if at != last + 1 {
                        return Err(ReplayError::Missing(last + 1));
                    }
                    let record =
                        record.map_err(|source| ReplayError::Record { position: at, source })?;
                    rows.take_in(at, record.effective_on, &record.event, &mut tally);
                    last = at;
                }
                Ok(())
            },
        )
        .await?;
        rows.finish(&mut tally);
        Ok(Self { position, tally, rows: 0 })
    }

    /// Takes in a row of the views. The order of the rows does not matter.
    pub fn row(&mut self, table: &str, key: &str, text: &str) {
        self.rows += 1;
        match &mut self.tally {
            Tally::Sums { .. } => self.tally.remove(table, key, text),
            Tally::Rows { suspects, of_log, differences } => {
                if suspects.buckets.binary_search(&bucket(&suspects.seed, table, key)).is_err() {
                    return;
                }
                let log = of_log.remove(&(table.to_owned(), key.to_owned()));
                if log.as_deref() != Some(text) {
                    differences.push(Difference {
                        table: table.to_owned(),
                        key: key.to_owned(),
                        log,
                        view: Some(text.to_owned()),
                    });
                }
            }
        }
    }

    /// The result, when all rows of the views are in.
    #[must_use]
    pub fn end(self) -> Compared {
        let (position, rows) = (self.position, self.rows);
        match self.tally {
            Tally::Sums { seed, sums, .. } => {
                let left = |(bucket, sum): (usize, &(u64, u64))| (*sum != (0, 0)).then_some(bucket);
                let mut buckets: Vec<usize> =
                    sums.iter().enumerate().filter_map(left).take(MAX_SUSPECTS + 1).collect();
                let more = buckets.len() > MAX_SUSPECTS;
                buckets.truncate(MAX_SUSPECTS);
                if buckets.is_empty() {
                    Compared::Same { position, rows }
                } else {
                    Compared::Again(Suspects { seed, buckets, more })
                }
            }
            Tally::Rows { suspects, of_log, mut differences } => {
                let missing = of_log.into_iter().map(|((table, key), log)| Difference {
                    table,
                    key,
                    log: Some(log),
                    view: None,
                });
                differences.extend(missing);
                differences.sort();
                let more = suspects.more || differences.len() > MAX_DIFFERENCES;
                differences.truncate(MAX_DIFFERENCES);
                Compared::Differs { position, differences, more }
            }
        }
    }
}

impl Tally {
    /// Adds a row that the log gives.
    pub(crate) fn add(&mut self, table: &str, key: &str, text: &str) {
        match self {
            Self::Sums { seed, other_seed, sums } => {
                let row = hashes(seed, other_seed, table, key, text);
                if let Some(sum) = sums.get_mut(bucket(seed, table, key)) {
                    *sum = (sum.0.wrapping_add(row.0), sum.1.wrapping_add(row.1));
                }
            }
            Self::Rows { suspects, of_log, .. } => {
                if suspects.buckets.binary_search(&bucket(&suspects.seed, table, key)).is_ok() {
                    of_log.insert((table.to_owned(), key.to_owned()), text.to_owned());
                }
            }
        }
    }

    /// Takes out a row as it was before it changed; or, at the end, one that the views have.
    pub(crate) fn remove(&mut self, table: &str, key: &str, text: &str) {
        match self {
            Self::Sums { seed, other_seed, sums } => {
                let row = hashes(seed, other_seed, table, key, text);
                if let Some(sum) = sums.get_mut(bucket(seed, table, key)) {
                    *sum = (sum.0.wrapping_sub(row.0), sum.1.wrapping_sub(row.1));
                }
            }
            Self::Rows { of_log, .. } => {
                of_log.remove(&(table.to_owned(), key.to_owned()));
            }
        }
    }
}

fn bucket(seed: &RandomState, table: &str, key: &str) -> usize {
    // The remainder is less than the number of buckets.
    (seed.hash_one((table, key)) % BUCKETS as u64) as usize
}

fn hashes(
    seed: &RandomState,
    other_seed: &RandomState,
    table: &str,
    key: &str,
    text: &str,
) -> (u64, u64) {
    (seed.hash_one((table, key, text)), other_seed.hash_one((table, key, text)))
}
