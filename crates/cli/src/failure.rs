//! What is said when a command does not do what it was asked to, and the exit codes.

use std::io::{self, Write};
use std::process::ExitCode;

use almoner_audit::{ReplayError, SourceError};
use almoner_ledger::{LedgerError, SignerError};
use almoner_log::{DatabaseError, StoreError};
use almoner_views::ViewsError;

use crate::terminal::Colour;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything is done.
    Done,
    /// Something was refused, or a check failed.
    Refused,
    /// The program was used wrongly.
    Usage,
    /// The program could not run: files, connections.
    Machine,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::Machine => 3,
        })
    }
}

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// Standard output cannot be written. If whoever reads it has read enough, that is fine.
    Output(io::Error),
    /// What was asked for is not there, or a check failed.
    Refused(anyhow::Error),
    /// What was written on the command line or in the settings cannot be followed.
    Usage(anyhow::Error),
    /// The machine failed.
    Machine(anyhow::Error),
}

impl Failure {
    /// Wrong usage, in a sentence.
    pub fn usage(problem: impl Into<String>) -> Self {
        Self::Usage(anyhow::Error::msg(problem.into()))
    }

    /// Something that is not there or a check that failed, in a sentence.
    pub fn refused(problem: impl Into<String>) -> Self {
        Self::Refused(anyhow::Error::msg(problem.into()))
    }

    /// The same, and what to do.
    pub fn refused_with_hint(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused(Hinted { problem: problem.into(), hint: hint.into() }.into())
    }

    /// A failure of the machine, and what it prevented.
    pub fn machine(
        error: impl std::error::Error + Send + Sync + 'static,
        prevented: impl Into<String>,
    ) -> Self {
        Self::Machine(anyhow::Error::new(error).context(prevented.into()))
    }

    /// Tells it on standard error; returns how the program ends.
    pub fn tell(&self, colour: Colour) -> Exit {
        let (exit, error) = match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return Exit::Done,
            Self::Output(error) => {
                say(colour, "error", &format!("standard output cannot be written: {error}"));
                return Exit::Machine;
            }
            Self::Refused(error) => (Exit::Refused, error),
            Self::Usage(error) => (Exit::Usage, error),
            Self::Machine(error) => (Exit::Machine, error),
        };
        let mut said = error.to_string();
        say(colour, "error", &said);
        for cause in error.chain().skip(1) {
            let text = cause.to_string();
            // Some errors repeat their cause.
            if !said.contains(&text) {
                say(colour, "caused by", &text);
                said = text;
            }
        }
        // A context is found through the error, the others through its chain.
        let hinted = error.downcast_ref::<Hinted>().map(|hinted| hinted.hint.clone());
        if let Some(hint) = hinted.or_else(|| error.chain().find_map(hint)) {
            say(colour, "hint", &hint);
        }
        exit
    }
}

impl From<io::Error> for Failure {
    /// Only writing to standard output fails with a bare I/O error here; see [`Failure::machine`].
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Machine(error.into())
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Machine(error.into())
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Source(error) => error.into(),
            // The log is not what it should be, or ends earlier.
            error => Self::Refused(error.into()),
        }
    }
}

impl From<ViewsError> for Failure {
    fn from(error: ViewsError) -> Self {
        Self::Machine(error.into())
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Machine(error.into())
    }
}

/// An error that says itself what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct Hinted {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

/// What to do about an error, where that can be said.
fn hint(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return hint_for_store(error);
    }
    if let Some(error) = error.downcast_ref::<SignerError>() {
        return hint_for_signer(error);
    }
    if let Some(ViewsError::Damaged(_)) = error.downcast_ref() {
        return Some("`almoner views rebuild` makes the views anew from the log".into());
    }
    error.downcast_ref::<DatabaseError>().and_then(hint_for_database)
}

fn hint_for_store(error: &StoreError) -> Option<String> {
    let hint = match error {
        StoreError::LedgerName => "a county's region code is a good name: `--ledger 411700`",
        StoreError::LedgerExists(_) => "choose another name, or go on with the one that is there",
        StoreError::NoLedger(ledgers) if ledgers.is_empty() => {
            "`almoner init --ledger ID` makes the first"
        }
        StoreError::NoLedger(_) => "choose one with `--ledger ID`",
        StoreError::Damaged(_) => "`almoner audit verify` tells what else is wrong",
        StoreError::Database(error) => return hint_for_database(error),
        _ => return None,
    };
    Some(hint.into())
}

fn hint_for_database(error: &DatabaseError) -> Option<String> {
    let hint = match error {
        DatabaseError::Url => "write `--store sqlite://almoner.db` or `--store postgres://…`",
        DatabaseError::Missing(_) => {
            "`almoner init --ledger ID` makes a ledger, `--store URL` names another store"
        }
        _ => return None,
    };
    Some(hint.into())
}

fn hint_for_signer(error: &SignerError) -> Option<String> {
    let hint = match error {
        SignerError::OtherLedger { .. } => {
            "name the ledger's own key with `--key FILE`, or another ledger with `--ledger ID`"
        }
        SignerError::MemoryDamaged { .. } => {
            "was the key replaced? Each key keeps its own .signed file; put the right two together"
        }
        SignerError::LogCut { .. } | SignerError::LogRewritten { .. } => {
            "restore the newest backup; nothing is recorded on top of a log that lost its past"
        }
        _ => return None,
    };
    Some(hint.into())
}

fn say(colour: Colour, label: &str, text: &str) {
    let mut stderr = io::stderr().lock();
    // There is nowhere left to say that standard error is gone.
    let _ = writeln!(stderr, "{}: {text}", colour.label(label));
}
