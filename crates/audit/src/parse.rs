//! Reading the bytes of a record: its fixed form, its type, its date.

use almoner_domain::date::{BadDate, Date};
use almoner_domain::event::{BadEvent, Event};
use almoner_log::{CommandDigest, CommandKey, Millis, Record, RecordError};

use crate::source::Chunk;

/// What the audit needs of a record.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The position that the record itself states.
    pub id: u64,
    /// When the ledger learnt it.
    pub time: Millis,
    /// The date for which it is true.
    pub effective_on: Date,
    /// The key of the command that it answers.
    pub command_id: CommandKey,
    /// What the command said.
    pub command_digest: CommandDigest,
    /// Who asked.
    pub actor: String,
    /// What happened.
    pub event: Event,
    /// Whether it names the ledger that is audited, where that is known.
    pub is_of_ledger: bool,
}

/// Why bytes are not a record that this program could have written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// The envelope.
    #[error(transparent)]
    Form(#[from] RecordError),
    /// The event.
    #[error(transparent)]
    Event(#[from] BadEvent),
    /// The effective date.
    #[error("the effective date is out of range")]
    EffectiveDate(BadDate),
    /// The subject in the envelope is not the event's.
    #[error("the subject is not that of the event")]
    Subject,
}

/// Parses every record of a chunk; the ledger is that of the log, where it is known.
pub(crate) fn parse_all(
    chunk: &Chunk,
    ledger: Option<&str>,
) -> Vec<(u64, Result<Parsed, BadRecord>)> {
    let mut scratch = Vec::new();
    chunk
        .records()
        .map(|(position, bytes)| (position, parse(bytes, ledger, &mut scratch)))
        .collect()
}

/// Parses one record, strictly: writing it again would give the same bytes.
fn parse(bytes: &[u8], ledger: Option<&str>, scratch: &mut Vec<u8>) -> Result<Parsed, BadRecord> {
    let record = Record::decode(bytes)?;
    let event = Event::decode_canonical(record.kind, record.data, scratch)?;
    if event.subject() != record.subject {
        return Err(BadRecord::Subject);
    }
    Ok(Parsed {
        id: record.position,
        time: record.time,
        effective_on: record.effective_date.parse().map_err(BadRecord::EffectiveDate)?,
        command_id: CommandKey::of(record.command_id),
        command_digest: record.command_digest,
        actor: record.actor.to_owned(),
        event,
        is_of_ledger: ledger.is_none_or(|ledger| record.ledger == ledger),
    })
}
