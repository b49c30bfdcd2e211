//! The feed against every NATS server that is installed, the oldest and the newest we support.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod faults;
mod following;
mod forgeries;
mod forks;
mod logging_in;
mod publishing;
mod support;
