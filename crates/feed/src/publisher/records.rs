//! Sending records, many of them before the first is confirmed.

use std::collections::BTreeMap;
use std::time::Duration;

use almoner_log::Records;
use async_nats::header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::{HeaderMap, HeaderName, Subject, Subscriber};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::{PublishError, Publisher, Result, acknowledgement};
use crate::connection::NatsError;
use crate::stream::RECORD_CONTENT_TYPE;

/// How many records may be under way, sent but not yet confirmed.
const WINDOW: u64 = 1_000;

/// How many are under way when more are sent. Sending in bursts is cheaper than sending one record
/// for each that is confirmed, and the stream still always has work.
const REFILL: u64 = 600;

/// How many records are read from the log at once. Fewer than are always under way, so that the
/// stream has work while the next ones are read.
const CHUNK: u32 = 500;

/// How long the stream may take to confirm the next record.
pub(super) const CONFIRM_LIMIT: Duration = Duration::from_secs(5);

const CONTENT_TYPE: HeaderName = HeaderName::from_static("Content-Type");

/// One run of sending: where the answers come in, and what is the same for many records.
struct Sending {
    inbox: Subject,
    answers: Subscriber,
    connection: u64,
    /// What each record begins with after its position.
    source: String,
    /// Subjects by record type.
    subjects: BTreeMap<String, Subject>,
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
        let mut sending = None;
        let mut next = self.progress.published + 1;
        loop {
            let records = self.store.read(next, CHUNK).await?;
            if records.is_empty() {
                break;
            }
            let sending = match &mut sending {
                Some(sending) => sending,
                none => none.insert(self.begin().await?),
            };
            for (position, bytes) in shared(&records) {
                if position > self.progress.published + WINDOW {
                    self.take_answers(sending, position - REFILL).await?;
                }
                self.send(sending, position, bytes).await?;
            }
            next = records.next();
            self.status.send_modify(|status| status.published = self.progress.published);
            if self.checkpoint_due() <= Instant::now() {
                self.publish_checkpoint().await?;
            }
        }
        match &mut sending {
            Some(sending) => self.take_answers(sending, next - 1).await,
            None => Ok(()),
        }
    }

    async fn begin(&self) -> Result<Sending> {
        let connection = self.link.state().connections;
        let inbox = Subject::from(self.link.client.new_inbox());
        let answers = self.link.client.subscribe(inbox.clone()).await;
        let answers = answers.map_err(NatsError::on("take a subscription"))?;
        let source = format!(r#"","source":"/ledgers/{}","type":"almoner."#, self.names.ledger);
        Ok(Sending { inbox, answers, connection, source, subjects: BTreeMap::new() })
    }

    async fn send(&mut self, sending: &mut Sending, position: u64, bytes: Bytes) -> Result<()> {
        let kind =
            kind_of(&bytes, position, &sending.source).ok_or(PublishError::Record { position })?;
        let subject = match sending.subjects.get(kind) {
            Some(subject) => subject.clone(),
            None => {
                let subject = Subject::from(self.names.record_subject(kind));
                sending.subjects.insert(kind.to_owned(), subject.clone());
                subject
            }
        };
        let id = format!("{}:{position}", self.names.ledger);
        self.progress.sent = self.progress.sent.max(position);
        let sent = self.link.client.publish_with_reply_and_headers(
            subject,
            sending.inbox.clone(),
            headers(RECORD_CONTENT_TYPE, id, position - 1),
            bytes,
        );
        Ok(sent.await.map_err(NatsError::on("take a record"))?)
    }

    /// Waits until the records up to `end` are confirmed, each in its turn.
    ///
    /// The stream gives a sequence number once. So an answer that confirms it is the answer to our
    /// record, the only one that may be stored there.
    async fn take_answers(&mut self, sending: &mut Sending, end: u64) -> Result<()> {
        while self.progress.published < end {
            let position = self.progress.published + 1;
            let answer = match sending.answers.next().now_or_never() {
                Some(answer) => answer,
                None => tokio::select! {
                    answer = tokio::time::timeout(CONFIRM_LIMIT, sending.answers.next()) => {
                        answer.map_err(|_| PublishError::NotConfirmed { position })?
                    }
                    lost = self.link.lost(sending.connection) => return Err(lost.into()),
                },
            };
            let answer = answer.ok_or(NatsError::NotConnected { reason: None })?;
            acknowledgement::confirms(&answer.payload, &self.names.records, position)
                .map_err(|reason| PublishError::NotStored { position, reason })?;
            self.progress.published = position;
        }
        Ok(())
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

/// The records one by one, all in one piece of memory: they are let go of on another thread, where a
/// piece of its own for each would cost more than the copy.
fn shared(records: &Records) -> impl Iterator<Item = (u64, Bytes)> {
    let mut bytes = Vec::new();
    let mut ends = Vec::with_capacity(records.len());
    for (position, record) in records.iter() {
        bytes.extend_from_slice(record);
        ends.push((position, bytes.len()));
    }
    let mut rest = Bytes::from(bytes);
    let mut start = 0;
    ends.into_iter().map(move |(position, end)| {
        let record = rest.split_to(end - start);
        start = end;
        (position, record)
    })
}

/// The type of the record at a position, if it says itself that it stands there. The rest of the
/// record is not the feed's business: it goes out as it is.
fn kind_of<'a>(bytes: &'a [u8], position: u64, source: &str) -> Option<&'a str> {
    let rest = bytes.strip_prefix(br#"{"specversion":"1.0","id":""#)?;
    let rest = rest.strip_prefix(position.to_string().as_bytes())?;
    let rest = rest.strip_prefix(source.as_bytes())?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    str::from_utf8(rest.get(..end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_its_place_and_its_type() {
        let record = br#"{"specversion":"1.0","id":"42","source":"/ledgers/1","type":"almoner.loan.repaid.v1","subject""#;
        let source = r#"","source":"/ledgers/1","type":"almoner."#;
        assert_eq!(kind_of(record, 42, source), Some("loan.repaid.v1"));
        assert_eq!(kind_of(record, 4, source), None);
        assert_eq!(kind_of(record, 43, source), None);
        assert_eq!(kind_of(record, 42, r#"","source":"/ledgers/2","type":"almoner."#), None);
        assert_eq!(kind_of(&record[..60], 42, source), None);
    }
}
