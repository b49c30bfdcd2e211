//! Why views cannot be made or asked.

use almoner_domain::date::BadDate;
use almoner_domain::event::BadEvent;
use almoner_log::{DatabaseError, RecordError, StoreError};

/// Why views cannot be made or asked.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// Nobody has made views of this ledger yet.
    #[error("the views of ledger {0} have not been made yet")]
    NotMade(String),
    /// The views were made by another version of the program.
    #[error("the views are of version {found}, this program's are of version {own}")]
    OtherVersion {
        /// The version of the rows that are there.
        found: i64,
        /// The version of the rows that this program makes.
        own: i64,
    },
    /// The question is for a position that the views have not reached.
    #[error("the views are at position {at}, not yet at {asked}")]
    NotYet {
        /// The position asked for.
        asked: u64,
        /// The position of the views.
        at: u64,
    },
    /// A record of the log is nothing that views can be made from. They stay at the one before.
    #[error("the views cannot take in record {position}")]
    Record {
        /// The position of the record.
        position: u64,
        /// What is wrong with it.
        source: BadRecord,
    },
    /// A row contradicts what is written into it: somebody has changed it. A rebuild mends it.
    #[error("the views are damaged: {0}")]
    Damaged(String),
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What is wrong with a record.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// Its bytes have not the form of a record.
    #[error(transparent)]
    Form(#[from] RecordError),
    /// It names another ledger or position than the place where it stands.
    #[error("it says that it is record {position} of ledger {ledger}")]
    Elsewhere {
        /// The ledger that it names.
        ledger: String,
        /// The position that it names.
        position: u64,
    },
    /// Its effective date is out of range.
    #[error("its effective date is out of range")]
    Date(#[source] BadDate),
    /// Its type is unknown or its data is not of its type.
    #[error(transparent)]
    Event(#[from] BadEvent),
}

impl ViewsError {
    /// Whether trying again later can help: the database did not answer, or broke off.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) | Self::Store(StoreError::Database(error)) => {
                matches!(error, DatabaseError::Statement(_)) && !error.is_unique_violation()
            }
            _ => false,
        }
    }
}
