//! Real PostgreSQL and NATS servers for tests and benches.
//!
//! Every server listens on a free loopback port and keeps its files in a temporary directory of
//! its own. Stopping, starting again on the same data and crashing are plain method calls, all of
//! them blocking. A server never outlives the process that started it, however that process ends
//! (`process.rs` says how).
//!
//! ```no_run
//! use almoner_test_servers::{Nats, Postgres, PostgresOptions, nats_servers, shared_postgres};
//!
//! # fn main() -> Result<(), almoner_test_servers::ServerError> {
//! // Most tests: a fresh database on the server that all tests share.
//! let url = shared_postgres()?.create_database()?;
//!
//! // Tests that stop or crash the server: one of their own.
//! let mut postgres = Postgres::start(PostgresOptions::default())?;
//! let url = postgres.create_database()?;
//! postgres.kill_9()?;
//! postgres.start_again()?;
//!
//! // Tests of the feed: every NATS version that is installed.
//! for binary in nats_servers()? {
//!     let nats = Nats::start(&binary)?;
//!     println!("{} at {}", nats.version(), nats.url());
//! }
//! # Ok(())
//! # }
//! ```

mod error;
mod nats;
mod ports;
mod postgres;
mod process;

pub use error::ServerError;
pub use nats::{Nats, nats_servers};
pub use postgres::{Postgres, PostgresOptions, SharedPostgres, shared_postgres};
