//! Sending records, many of them before the first is confirmed.

use std::time::Duration;

use almoner_log::Record;
use async_nats::header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::{HeaderMap, HeaderName, Message, Subscriber};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::{PublishError, Publisher, Result, acknowledgement};
use crate::connection::NatsError;
use crate::stream::RECORD_CONTENT_TYPE;

/// How many records may be under way, sent but not yet confirmed.
const WINDOW: u64 = 1_000;

/// How many records are read from the log at once. Less than the window, so that the stream has work
/// while the next ones are read.
const CHUNK: u32 = 500;

/// How long the stream may take to confirm the next record.
pub(super) const CONFIRM_LIMIT: Duration = Duration::from_secs(5);

pub(super) const CONTENT_TYPE: HeaderName = HeaderName::from_static("Content-Type");

/// The answers to what we send: each comes to this inbox, with the position as its last part, in the
/// order in which the stream stores.
struct Answers {
    inbox: String,
    subscriber: Subscriber,
    connection: u64,
}

impl Publisher {
    /// Publishes all records that the log has beyond the stream's end. On the first record that is
    /// not confirmed in its turn everything stops; what is under way then changes nothing, for the
    /// stream takes a record only right after the one before it.
    pub(super) async fn publish_records(&mut self) -> Result<()> {
        if !self.progress.compared {
            self.compare().await?;
        }
        // If this ends early, by an error or because nobody waits for it any more, it is unknown
        // what the stream stored.
        self.progress.compared = false;
        self.send_records().await?;
        self.progress.compared = true;
        Ok(())
    }

    async fn send_records(&mut self) -> Result<()> {
        let mut answers = None;
        let mut next = self.progress.published + 1;
        loop {
            let records = self.store.read(next, CHUNK).await?;
            if records.is_empty() {
                break;
            }
            let answers = match &mut answers {
                Some(answers) => answers,
                none => none.insert(self.listen().await?),
            };
            for (position, bytes) in records.iter() {
                while position > self.progress.published + WINDOW {
                    self.take_answer(answers).await?;
                }
                self.send(position, bytes, &answers.inbox).await?;
            }
            next = records.next();
            self.status.send_modify(|status| status.published = self.progress.published);
            if self.checkpoint_due() <= Instant::now() {
                self.publish_checkpoint().await?;
            }
        }
        if let Some(answers) = &mut answers {
            while self.progress.published + 1 < next {
                self.take_answer(answers).await?;
            }
        }
        Ok(())
    }

    async fn listen(&self) -> Result<Answers> {
        let connection = self.link.state().connections;
        let inbox = self.link.client.new_inbox();
        let subscriber = self.link.client.subscribe(format!("{inbox}.*")).await;
        let subscriber = subscriber.map_err(NatsError::on("take a subscription"))?;
        Ok(Answers { inbox, subscriber, connection })
    }

    async fn send(&mut self, position: u64, bytes: &[u8], inbox: &str) -> Result<()> {
        let record =
            Record::decode(bytes).map_err(|source| PublishError::Record { position, source })?;
        let subject = self.names.record_subject(record.kind);
        let headers =
            headers(RECORD_CONTENT_TYPE, format!("{}:{position}", self.names.ledger), position - 1);
        self.progress.sent = self.progress.sent.max(position);
        let sent = self.link.client.publish_with_reply_and_headers(
            subject,
            format!("{inbox}.{position}"),
            headers,
            Bytes::copy_from_slice(bytes),
        );
        Ok(sent.await.map_err(NatsError::on("take a record"))?)
    }

    /// Waits for the next answer. It must confirm the next record.
    async fn take_answer(&mut self, answers: &mut Answers) -> Result<()> {
        let position = self.progress.published + 1;
        let answer = match answers.subscriber.next().now_or_never() {
            Some(answer) => answer,
            None => tokio::select! {
                answer = tokio::time::timeout(CONFIRM_LIMIT, answers.subscriber.next()) => {
                    answer.map_err(|_| PublishError::NotConfirmed { position })?
                }
                lost = self.link.lost(answers.connection) => return Err(lost.into()),
            },
        };
        let Some(answer) = answer else {
            return Err(NatsError::NotConnected { reason: None }.into());
        };
        let reason = match position_of(&answer) {
            Some(answered) if answered == position => {
                acknowledgement::confirms(&answer.payload, &self.names.records, position).err()
            }
            _ => Some("another record was answered before it".to_owned()),
        };
        match reason {
            Some(reason) => Err(PublishError::NotStored { position, reason }),
            None => {
                self.progress.published = position;
                Ok(())
            }
        }
    }
}

/// The headers of a message that may only come right after the message `after`.
pub(super) fn headers(content_type: &str, id: String, after: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(NATS_MESSAGE_ID, id);
    headers.insert(NATS_EXPECTED_LAST_SEQUENCE, after.to_string());
    headers
}

/// The position that an answer is about: the last part of the subject it came to.
fn position_of(answer: &Message) -> Option<u64> {
    answer.subject.rsplit_once('.')?.1.parse().ok()
}
