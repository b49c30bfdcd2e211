//! Findings: what is wrong, and where.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// No more findings than this are listed; the rest is counted.
pub const MAX_FINDINGS: usize = 100;

/// Something that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of fault.
    pub kind: FindingKind,
    /// The first position that it concerns.
    pub first: u64,
    /// The last position that it concerns.
    pub last: u64,
    /// What is wrong, for people; of the first position, where there are several.
    pub text: String,
}

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// No record stands at the position.
    Missing,
    /// The bytes are no record in its one form.
    Malformed,
    /// The record itself states another position: it was moved, or others were inserted or removed.
    Displaced,
    /// The record is of another ledger.
    OtherLedger,
    /// The recorded time is earlier than that of the record before.
    TimeBackwards,
    /// The record is not the one whose hash is stored in the tree.
    Changed,
    /// A stored tile or entry bundle is missing, or is not what the records give.
    Tile,
    /// A stored checkpoint is not signed by the key, or contradicts itself.
    Checkpoint,
    /// A stored checkpoint was signed over other records.
    Root,
    /// No signed checkpoint covers the records.
    Unsigned,
    /// The log is shorter than a checkpoint says: its tail was cut or an old backup restored.
    Shortened,
    /// An earlier checkpoint was signed over other records: history was rewritten.
    Rewritten,
    /// An earlier checkpoint that was given cannot be used.
    EarlierUnusable,
    /// The source names another verifier key than the one given.
    Key,
}

/// Collects findings. A fault at one position after the other becomes one finding with a range.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub list: Vec<Finding>,
    /// How many more there were than are listed.
    pub unlisted: u64,
    /// The end of the range of each kind's last finding, and its place in the list, if it has one.
    open: BTreeMap<FindingKind, (u64, Option<usize>)>,
}

impl Findings {
    /// Adds a fault at one position.
    pub(crate) fn at(&mut self, position: u64, kind: FindingKind, text: impl FnOnce() -> String) {
        self.over(position, position, kind, text);
    }

    /// Adds a fault over a range of positions.
    pub(crate) fn over(
        &mut self,
        first: u64,
        last: u64,
        kind: FindingKind,
        text: impl FnOnce() -> String,
    ) {
        if let Some((end, place)) = self.open.get_mut(&kind)
            && end.checked_add(1) == Some(first)
        {
            *end = last;
            if let Some(finding) = place.and_then(|place| self.list.get_mut(place)) {
                finding.last = last;
            }
            return;
        }
        let place = (self.list.len() < MAX_FINDINGS).then_some(self.list.len());
        match place {
            Some(_) => self.list.push(Finding { kind, first, last, text: text() }),
            None => self.unlisted += 1,
        }
        self.open.insert(kind, (last, place));
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "position {}: {}", self.first, self.text)
        } else {
            write!(f, "positions {} to {}: {}", self.first, self.last, self.text)
        }
    }
}
