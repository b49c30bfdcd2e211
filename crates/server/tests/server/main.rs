//! The service as its callers meet it: over HTTP, on both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod commands;
mod deploying;
mod faults;
mod feeding;
mod proving;
mod reading;
mod stopping;
mod streams;
mod support;
