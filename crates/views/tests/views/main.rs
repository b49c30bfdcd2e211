//! The views on both databases, held against replays of the same events.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod building;
mod claims;
mod contracts;
mod dues;
mod faults;
mod history;
mod loans;
mod oracle;
mod place;
mod promises;
mod random;
