//! The log: keeps records in order and proves it. It knows nothing of loans.
//!
//! - [`Record`] is the form of a record's bytes.
//! - [`Store`] keeps records, tiles, command keys and checkpoints in SQLite or PostgreSQL.
//! - [`Database`] is the small common layer over both engines; the views use it too, so that their
//!   tables live, commit and recover together with the log.

mod batch;
mod database;
mod record;
mod store;

pub use batch::{Batch, CommandEntry, CommandKey, Head, Records};
pub use database::{Database, DatabaseError, Row, SqliteWriter, SqliteWriting, Transaction, Value};
pub use record::{
    CommandDigest, MAX_LEDGER_BYTES, MAX_RECORD_BYTES, Millis, Record, RecordError, is_ledger_name,
};
pub use store::{MAX_READ, Store, StoreError};
