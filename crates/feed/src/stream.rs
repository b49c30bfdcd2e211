//! The two streams of a ledger: their names, subjects and settings, and how to ask them something.

use std::time::Duration;

use almoner_log::MAX_RECORD_BYTES;
use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, RawMessageErrorKind, RetentionPolicy, State, StorageType,
};

use crate::connection::NatsError;

/// The content type of records: CloudEvents 1.0 in structured mode.
pub const RECORD_CONTENT_TYPE: &str = "application/cloudevents+json";

/// The content type of checkpoints: signed notes.
pub const CHECKPOINT_CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// For how long the server remembers message ids. They are a courtesy to other readers of the
/// stream; what keeps a record from being stored twice is the expected sequence. The server holds
/// each id of this time in memory, and millions may pass in the default two minutes.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(5);

/// The longest message there is: a record and its headers.
const LONGEST_MESSAGE: i32 = MAX_RECORD_BYTES as i32 + 1_000;

/// What the streams of a ledger are called. A ledger's name has only characters that may stand in
/// names of streams and in subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamNames {
    /// The ledger.
    pub ledger: String,
    /// The stream of the records, `ALMONER_<ledger>`.
    pub records: String,
    /// The stream of the checkpoints, `ALMONER_<ledger>_CHECKPOINTS`.
    pub checkpoints: String,
    /// The subject of the checkpoints, `almoner.<ledger>.checkpoint`.
    pub checkpoint_subject: String,
}

impl StreamNames {
    /// The names for a ledger.
    pub fn new(ledger: &str) -> Self {
        Self {
            ledger: ledger.to_owned(),
            records: format!("ALMONER_{ledger}"),
            checkpoints: format!("ALMONER_{ledger}_CHECKPOINTS"),
            checkpoint_subject: format!("almoner.{ledger}.checkpoint"),
        }
    }

    /// The subjects of all records, `almoner.<ledger>.*.*`.
    pub fn record_subjects(&self) -> String {
        format!("almoner.{}.*.*", self.ledger)
    }

    /// The subject of a record of this kind: `loan.disbursed.v1` goes to
    /// `almoner.<ledger>.loan.disbursed`.
    ///
    /// Any kind has a subject of two parts after the ledger, so that no record can hold up the feed:
    /// further parts are joined by `_`, a missing part and the wildcards `*` and `>` become `_`.
    pub fn record_subject(&self, kind: &str) -> String {
        let name = match kind.rsplit_once(".v") {
            Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => kind,
        };
        let (family, kind) = name.split_once('.').unwrap_or((name, ""));
        let token = |text: &str| match text {
            "" => "_".to_owned(),
            _ => text.replace(['.', '*', '>'], "_"),
        };
        format!("almoner.{}.{}.{}", self.ledger, token(family), token(kind))
    }
}

/// How a stream is made that keeps every message for good.
pub(crate) fn settings(name: &str, subject: String) -> Config {
    Config {
        name: name.to_owned(),
        subjects: vec![subject],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        max_consumers: -1,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_bytes: -1,
        max_age: Duration::ZERO,
        max_message_size: -1,
        num_replicas: 1,
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        ..Config::default()
    }
}

/// The first setting of an existing stream with which messages could be lost, altered or missed.
/// What an administrator is free to choose is not looked at: replicas, placement, compression.
pub(crate) fn wrong_setting(found: &Config, subject: &str) -> Option<&'static str> {
    let long_enough = !(1..LONGEST_MESSAGE).contains(&found.max_message_size);
    let settings = [
        (found.subjects == [subject], "subjects"),
        (found.retention == RetentionPolicy::Limits, "retention"),
        (found.discard == DiscardPolicy::New, "discard"),
        (found.storage == StorageType::File, "storage"),
        (found.max_age.is_zero(), "max_age"),
        (found.max_bytes <= 0, "max_bytes"),
        (found.max_messages <= 0, "max_msgs"),
        (found.max_messages_per_subject <= 0, "max_msgs_per_subject"),
        (long_enough, "max_msg_size"),
        (found.deny_delete, "deny_delete"),
        (found.deny_purge, "deny_purge"),
        (!found.allow_rollup, "allow_rollup_hdrs"),
        (!found.no_ack, "no_ack"),
        (!found.sealed, "sealed"),
        (found.mirror.is_none(), "mirror"),
        (found.sources.as_ref().is_none_or(Vec::is_empty), "sources"),
        (found.subject_transform.is_none(), "subject_transform"),
    ];
    settings.iter().find(|(right, _)| !right).map(|(_, name)| *name)
}

/// The settings and state of a stream; `None` if there is no such stream.
pub(crate) async fn find(
    jetstream: &jetstream::Context,
    name: &str,
) -> Result<Option<(Config, State)>, NatsError> {
    match jetstream.get_stream(name).await {
        Ok(stream) => {
            let info = stream.cached_info();
            Ok(Some((info.config.clone(), info.state.clone())))
        }
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(reason)
                if reason.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                Ok(None)
            }
            _ => Err(NatsError::on("say how a stream stands")(error)),
        },
    }
}

/// The message at a place of a stream, from its leader; `None` if there is no such message.
pub(crate) async fn message(
    jetstream: &jetstream::Context,
    name: &str,
    sequence: u64,
) -> Result<Option<StreamMessage>, NatsError> {
    let failed = "give a stored message";
    let stream = jetstream.get_stream_no_info(name).await.map_err(NatsError::on(failed))?;
    match stream.get_raw_message(sequence).await {
        Ok(message) => Ok(Some(message)),
        Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => Ok(None),
        Err(error) => Err(NatsError::on(failed)(error)),
    }
}

/// The lowest position that is missing before a stream's end, if any is.
pub(crate) async fn first_gap(
    jetstream: &jetstream::Context,
    name: &str,
    state: &State,
) -> Result<Option<u64>, NatsError> {
    if state.messages == state.last_sequence {
        return Ok(None);
    }
    if state.messages == 0 || state.first_sequence > 1 {
        return Ok(Some(1));
    }
    let failed = "list the missing messages";
    let stream = jetstream.get_stream_no_info(name).await.map_err(NatsError::on(failed))?;
    let info = stream.info_builder().with_deleted(true).fetch().await;
    let missing = info.map_err(NatsError::on(failed))?.info.state.deleted;
    Ok(missing.unwrap_or_default().into_iter().min())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_subject_of_two_parts_after_the_ledger() {
        let names = StreamNames::new("411700");
        for (kind, subject) in [
            ("loan.disbursed.v1", "loan.disbursed"),
            ("interest_discount.claimed.v12", "interest_discount.claimed"),
            ("loan.disbursed", "loan.disbursed"),
            ("loan.very.special.v1", "loan.very_special"),
            ("loan", "loan._"),
            (".v1", "_._"),
            ("loan.*.v1", "loan._"),
            (">.a>b", "_.a_b"),
            ("loan.version.vat", "loan.version_vat"),
        ] {
            assert_eq!(names.record_subject(kind), format!("almoner.411700.{subject}"), "{kind}");
        }
    }

    #[test]
    fn a_setting_that_could_lose_messages_is_named() {
        let right = settings("ALMONER_1", "almoner.1.*.*".to_owned());
        assert_eq!(wrong_setting(&right, "almoner.1.*.*"), None);
        assert_eq!(wrong_setting(&right, "almoner.2.*.*"), Some("subjects"));
        let replicated = Config { num_replicas: 3, max_message_size: 100_000, ..right.clone() };
        assert_eq!(wrong_setting(&replicated, "almoner.1.*.*"), None);
        let short_lived = Config { max_age: Duration::from_secs(60), ..right.clone() };
        assert_eq!(wrong_setting(&short_lived, "almoner.1.*.*"), Some("max_age"));
        let trimmed = Config { max_messages: 2, ..right.clone() };
        assert_eq!(wrong_setting(&trimmed, "almoner.1.*.*"), Some("max_msgs"));
        let narrow = Config { max_message_size: 60_000, ..right.clone() };
        assert_eq!(wrong_setting(&narrow, "almoner.1.*.*"), Some("max_msg_size"));
        let purgeable = Config { deny_purge: false, ..right };
        assert_eq!(wrong_setting(&purgeable, "almoner.1.*.*"), Some("deny_purge"));
    }
}
