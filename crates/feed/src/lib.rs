//! The feed: the log on NATS JetStream, and back.
//!
//! - [`Publisher`] puts the records of a store on the stream `ALMONER_<ledger>`, byte for byte. The
//!   stream's sequence number is the record's position, so the stream itself says where to go on;
//!   there is no outbox and no bookmark. The log's signed checkpoints follow on the stream
//!   `ALMONER_<ledger>_CHECKPOINTS`.
//! - [`Follower`] reads both, grows its own Merkle tree and hands over only what a signed checkpoint
//!   proves. It needs no trust in the bureau or in the NATS server, only the log's verifier key.
//! - [`Connection`] says where NATS is and how to log in.
//!
//! NATS is a copy that can be published again, never the ledger: it may be away for as long as it
//! likes, and the feed catches up.

mod connection;
mod follower;
mod publisher;
mod stream;

pub use connection::{ClientCertificate, ConnectError, Connection, Credentials, NatsError, Tls};
pub use follower::{FollowError, Follower};
pub use publisher::{Fork, PublishError, Publisher, PublisherStatus};
pub use stream::{CHECKPOINT_CONTENT_TYPE, RECORD_CONTENT_TYPE, StreamNames};
