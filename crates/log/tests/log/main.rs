//! Tests of the log on real databases.

mod append_only;
mod batches;
mod broken;
mod contract;
mod crash;
mod database;
mod record;
mod store;
mod subject;
