//! Files that people have, as CSV or as a workbook: rosters of subsidies and the quarterly claims of banks, read into
//! the lists of commands, and statements of accounts.
//!
//! A file is read whole and every bad cell is named by row, column, value and reason, in one report; a list
//! is made only when there is none. Nothing here knows a store: what comes out is the list of a command, and
//! the hash of the file by which the ledger tells that it was recorded before.

mod amount;
mod bank_claim;
mod bank_statement;
mod columns;
mod digest;
mod fault;
mod normal;
mod person;
mod reading;
mod roster;
mod table;

pub use amount::Unit;
pub use bank_claim::{BankClaim, read_bank_claim};
pub use bank_statement::{BankStatement, StatementLine, read_bank_statement};
pub use columns::ColumnMap;
pub use digest::file_digest;
pub use fault::{Fault, Reason};
pub use person::{CitizenId, UnifiedCreditCode};
pub use roster::{Roster, RosterRow, read_roster};
pub use table::{Table, Unreadable};

/// A list, or what is wrong with the rows that it would be made of.
pub type Read<T> = Result<T, Vec<Fault>>;
