//! One stream, message by message in the order of its sequence numbers.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use bytes::Bytes;
use futures::StreamExt;

use super::FollowError;
use crate::connection::NatsError;

/// How many messages are asked for at once.
const BATCH: usize = 1_000;

/// The server says so often that it is still there; it is missed when it does not.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// After this time without us the server forgets the consumer.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// What stands in the way of reading.
#[derive(Debug)]
pub(super) enum Trouble {
    /// NATS; to be tried again.
    Nats(NatsError),
    /// The feed itself.
    Feed(FollowError),
}

/// A consumer of our own that acknowledges nothing, so it takes no place in anybody's state.
#[derive(Debug)]
pub(super) struct Source {
    stream: Messages,
    /// How many messages were delivered.
    delivered: u64,
    /// The sequence from which on messages are wanted.
    next: u64,
}

struct Messages(Stream);

impl Source {
    /// Reads a stream from this sequence on.
    pub(super) async fn open(
        jetstream: &jetstream::Context,
        name: &str,
        start_sequence: u64,
    ) -> Result<Self, NatsError> {
        // A name of its own, so that an account can be allowed to make consumers of this stream only.
        let inbox = jetstream.client().new_inbox();
        let unique = inbox.rsplit('.').next().unwrap_or_default();
        let settings = Config {
            name: Some(format!("follower-{unique}")),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGET_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..Config::default()
        };
        let consumer = jetstream.create_consumer_on_stream(settings, name).await;
        let stream = consumer
            .map_err(NatsError::on("let us read a stream"))?
            .stream()
            .max_messages_per_batch(BATCH)
            .heartbeat(HEARTBEAT)
            .messages()
            .await
            .map_err(NatsError::on("send a stream's messages"))?;
        Ok(Self { stream: Messages(stream), delivered: 0, next: start_sequence })
    }

    /// The next message and its sequence number. May be dropped and called again.
    ///
    /// A message that was lost on its way to us is an error: the server counts what it delivers.
    /// One that is missing in the stream itself leaves a gap in the sequence numbers.
    pub(super) async fn next(&mut self) -> Result<(u64, Bytes), NatsError> {
        loop {
            let message = match self.stream.0.next().await {
                Some(message) => message.map_err(NatsError::on("send the next message"))?,
                None => return Err(NatsError::on("go on sending")("the stream of messages ended")),
            };
            let info = message.info().map_err(NatsError::on("number a message"))?;
            let sequence = info.stream_sequence;
            self.delivered += 1;
            if info.consumer_sequence != self.delivered {
                return Err(NatsError::on("deliver every message")("one was lost on its way"));
            }
            // A stream that was shorter when we began sends what we have already.
            if sequence < self.next {
                continue;
            }
            self.next = sequence + 1;
            return Ok((sequence, message.message.payload));
        }
    }
}

impl Trouble {
    /// The stream has not been made yet.
    pub(super) fn absent(stream: &str) -> Self {
        Self::Nats(NatsError::on("find the stream")(stream))
    }
}

impl From<NatsError> for Trouble {
    fn from(error: NatsError) -> Self {
        Self::Nats(error)
    }
}

impl From<FollowError> for Trouble {
    fn from(error: FollowError) -> Self {
        Self::Feed(error)
    }
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Messages")
    }
}
