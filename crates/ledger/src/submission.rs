//! What comes in and what goes back.

use almoner_domain::command::Command;
use almoner_domain::refusal::Refusal;
use almoner_log::{CommandDigest, CommandKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::LedgerError;

/// The longest idempotency key, in characters.
pub const MAX_KEY_CHARACTERS: usize = 100;

/// The longest actor, in characters.
const MAX_ACTOR_CHARACTERS: usize = 64;

/// A command, who gives it, and the key under which it is recorded at most once (P7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    key: String,
    actor: String,
    // Boxed, because rosters make some commands large and most are moved often.
    command: Box<Command>,
    digest: CommandDigest,
}

/// What the clerk gets: the positions of the command's records, on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The command's key.
    pub key: String,
    /// The position of its first record.
    pub first: u64,
    /// The position of its last record.
    pub last: u64,
    /// Whether the command had been recorded before, and this is its first receipt again.
    pub replayed: bool,
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The command is refused; nothing changed.
    #[error("the command is refused")]
    Refused(#[from] Refusal),
    /// The machine failed; the same submission can be sent again.
    #[error("the command could not be recorded")]
    Fault(#[from] LedgerError),
}

/// The form of a command in files and requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    command: &'a str,
    key: Option<&'a str>,
    actor: Option<&'a str>,
    effective_date: &'a str,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Submission {
    /// A submission of a command that is read already.
    ///
    /// # Errors
    /// A refusal when key or actor have another form than records can hold.
    pub fn new(key: &str, actor: &str, command: Command) -> Result<Self, Refusal> {
        check_name("key", key, MAX_KEY_CHARACTERS)?;
        check_name("actor", actor, MAX_ACTOR_CHARACTERS)?;
        let digest = CommandDigest::of(&command.canonical_form());
        Ok(Self { key: key.into(), actor: actor.into(), command: Box::new(command), digest })
    }

    /// Reads `{"command", "key", "actor", "effective_date", "data"}`. `default_actor` acts where the
    /// text names nobody, `default_key` is its key where it has none (from a request header).
    ///
    /// # Errors
    /// A refusal of stage form that names the field and what is accepted.
    pub fn read(
        json: &str,
        default_key: Option<&str>,
        default_actor: &str,
    ) -> Result<Self, Refusal> {
        let invalid =
            |field: &str, problem: String| Refusal::FormInvalid { field: field.into(), problem };
        let wire: Wire<'_> = serde_json::from_str(json).map_err(|error| {
            let hint = "a command is one JSON object: {\"command\": …, \"key\": …, \"effective_date\": …, \"data\": {…}}";
            invalid("the command itself", format!("{error}; {hint}"))
        })?;
        let key = match (wire.key, default_key) {
            (Some(key), Some(other)) if key != other => {
                return Err(invalid(
                    "key",
                    format!("the command says {key}, the request says {other}"),
                ));
            }
            (Some(key), _) | (None, Some(key)) => key,
            (None, None) => {
                let problem =
                    "a key is needed: a text of your own that names this command once and for all";
                return Err(invalid("key", problem.into()));
            }
        };
        let command = Command::read(wire.command, wire.effective_date, wire.data.get())?;
        Self::new(key, wire.actor.unwrap_or(default_actor), command)
    }

    /// The idempotency key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Who asks.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The command.
    #[must_use]
    pub fn command(&self) -> &Command {
        &self.command
    }

    pub(crate) fn digest(&self) -> CommandDigest {
        self.digest
    }

    pub(crate) fn command_key(&self) -> CommandKey {
        CommandKey::of(&self.key)
    }
}

fn check_name(field: &str, text: &str, longest: usize) -> Result<(), Refusal> {
    let good = (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    if good {
        return Ok(());
    }
    Err(Refusal::FormInvalid {
        field: field.into(),
        problem: format!(
            "1 to {longest} visible ASCII characters without quotation mark and backslash are accepted"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: &str = r#"{"command":"loan.refund","key":"k-1","effective_date":"2024-05-01","data":{"loan":"L-1","amount":"5.00"}}"#;

    #[test]
    fn a_command_is_the_same_however_it_is_spaced() {
        let first = Submission::read(COMMAND, None, "clerk:1").unwrap();
        let spaced = r#" {"data": {"amount": "5.00", "loan": "L-1"}, "key": "k-1",
            "effective_date": "2024-05-01", "command": "loan.refund"} "#;
        let second = Submission::read(spaced, Some("k-1"), "clerk:1").unwrap();
        assert_eq!(first, second);
        let other = Submission::read(&COMMAND.replace("5.00", "5.01"), None, "clerk:1").unwrap();
        assert_ne!(first.digest(), other.digest());
    }

    #[test]
    fn a_bad_form_names_the_field() {
        let refused = |json: &str| match Submission::read(json, None, "clerk:1") {
            Err(Refusal::FormInvalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused("not json"), "the command itself");
        assert_eq!(refused(&COMMAND.replace("\"key\":\"k-1\",", "")), "key");
        assert_eq!(refused(&COMMAND.replace("k-1", "k 1")), "key");
        assert_eq!(refused(&COMMAND.replace("loan.refund", "loan.refundx")), "command");
        assert_eq!(refused(&COMMAND.replace("2024-05-01", "2024-02-30")), "effective_date");
        assert_eq!(refused(&COMMAND.replace("5.00", "-5.00")), "data.amount");
        assert_eq!(refused(&COMMAND.replace("\"loan\"", "\"lean\"")), "data.lean");
    }
}
