//! Tests of the log on real databases.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod append_only;
mod batches;
mod broken;
mod contract;
mod crash;
mod database;
mod record;
mod store;
mod subject;
