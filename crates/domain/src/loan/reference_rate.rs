//! The reference rate of a contract: the benchmark rate or LPR that it was signed with.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::Id;
use crate::rate::Rate;

/// The published rate that a contract was signed with. It stays what it was for the life of the loan
/// (按贷款合同签订日约定的利率执行).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceRate {
    /// Which one: `lpr-1y`, `pboc-benchmark`.
    pub name: Id,
    /// The annual rate.
    pub value: Rate,
    /// When it was published.
    pub published_on: Date,
}
