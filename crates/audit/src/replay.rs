//! Replay: folds the log from nothing, with nobody's word for any balance.

use almoner_domain::account::{Account, Pot};
use almoner_domain::date::Date;
use almoner_domain::money::Money;
use almoner_domain::state::State;
use almoner_log::Millis;
use almoner_proof::VerifierKey;

use crate::parse::{BadRecord, Parsed, parse_all};
use crate::pass::{Progress, Range, pass};
use crate::source::{Beside, Chunk, Source, SourceError};
use crate::verify::{Verdict, Verification, hashing};

mod arrears;

pub use arrears::OverdueLoan;

use arrears::Schedules;

/// What to replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayTo {
    /// The last record; all when absent.
    pub position: Option<u64>,
    /// The day for which arrears are worked out; nothing is kept for them when absent.
    pub arrears_on: Option<Date>,
}

/// What the log adds up to.
#[derive(Debug)]
pub struct Replay {
    position: u64,
    recorded: Option<Millis>,
    state: State,
    schedules: Option<Schedules>,
}

/// Why a log cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A record is missing.
    #[error("record {0} is missing")]
    Missing(u64),
    /// A record cannot be read.
    #[error("record {position} cannot be replayed")]
    Record {
        /// Its position.
        position: u64,
        /// What is wrong with it.
        source: BadRecord,
    },
    /// A record states another position.
    #[error("the record at {0} belongs elsewhere")]
    Displaced(u64),
    /// The log ends before the position asked for.
    #[error("the log ends at {end}, before position {asked}")]
    TooShort {
        /// The last position.
        end: u64,
        /// The position asked for.
        asked: u64,
    },
}

/// Replays a log, up to a position or its end.
///
/// # Errors
/// When the source cannot be read, or a record cannot be folded.
pub async fn replay(
    source: &Source,
    to: ReplayTo,
    progress: Progress<'_>,
) -> Result<Replay, ReplayError> {
    let extent = source.extent().await?;
    let end = to.position.unwrap_or(extent.end).min(extent.end);
    let mut folding = Replay::new(to);
    let range = Range { end, beside: Beside::Nothing };
    pass(
        source,
        range,
        progress,
        |chunk: Chunk| parse_all(&chunk, None),
        |records| folding.push(records, to),
    )
    .await?;
    folding.reached(to)
}

/// Verifies and replays a log in one pass. The replay stands on its own: where it fails, the verdict
/// says more.
///
/// # Errors
/// When the source cannot be read.
pub async fn verify_and_replay(
    source: &Source,
    key: &VerifierKey,
    earlier: &[String],
    to: ReplayTo,
    progress: Progress<'_>,
) -> Result<(Verdict, Result<Replay, ReplayError>), SourceError> {
    let extent = source.extent().await?;
    let range = Range { end: extent.end, beside: Beside::Everything };
    let mut verification = Verification::new(key, extent, earlier);
    let mut folding = Ok(Replay::new(to));
    pass(source, range, progress, hashing(key), |hashed| {
        let records = verification.push(hashed);
        if let Ok(replay) = &mut folding
            && let Err(error) = replay.push(records, to)
        {
            folding = Err(error);
        }
        Ok::<_, SourceError>(())
    })
    .await?;
    Ok((verification.verdict(), folding.and_then(|replay| replay.reached(to))))
}

impl Replay {
    fn new(to: ReplayTo) -> Self {
        Self {
            position: 0,
            recorded: None,
            state: State::default(),
            schedules: to.arrears_on.map(Schedules::on),
        }
    }

    /// The position of the last record that was folded.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// When the ledger learnt of the last record; none for an empty log.
    #[must_use]
    pub fn recorded(&self) -> Option<Millis> {
        self.recorded
    }

    /// The state: everything that decided the next command.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Every balance that is not zero, by account and pot.
    pub fn balances(&self) -> impl Iterator<Item = (Account, &Pot, Money)> {
        self.state.books.balances()
    }

    /// The balance of every account over all pots, in the order of the chart, those of zero included.
    #[must_use]
    pub fn account_totals(&self) -> Vec<(Account, Money)> {
        let total = |account: &Account| {
            let of_account = self.balances().filter(|(other, ..)| other == account);
            (*account, of_account.map(|(.., amount)| amount).sum())
        };
        Account::ALL.iter().map(total).collect()
    }

    /// The sum of all balances: zero, or the books are wrong (P4).
    #[must_use]
    pub fn trial_balance(&self) -> Money {
        self.state.books.trial_balance()
    }

    /// The loans that are overdue on the day asked for, by name; none when no day was asked for.
    #[must_use]
    pub fn arrears(&self) -> Vec<OverdueLoan> {
        self.schedules.as_ref().map(|schedules| schedules.overdue(&self.state)).unwrap_or_default()
    }

    fn push(
        &mut self,
        records: Vec<(u64, Result<Parsed, BadRecord>)>,
        to: ReplayTo,
    ) -> Result<(), ReplayError> {
        for (position, record) in records {
            if to.position.is_some_and(|last| position > last) {
                return Ok(());
            }
            if position != self.position + 1 {
                return Err(ReplayError::Missing(self.position + 1));
            }
            let record = record.map_err(|source| ReplayError::Record { position, source })?;
            if record.id != position {
                return Err(ReplayError::Displaced(position));
            }
            if let Some(schedules) = &mut self.schedules {
                schedules.take_in(position, record.effective_on, &record.event, &self.state);
            }
            self.state.evolve(position, record.effective_on, &record.event);
            self.position = position;
            self.recorded = Some(record.time);
        }
        Ok(())
    }

    /// The replay, if it came as far as was asked for.
    fn reached(self, to: ReplayTo) -> Result<Self, ReplayError> {
        match to.position {
            Some(asked) if asked > self.position => {
                Err(ReplayError::TooShort { end: self.position, asked })
            }
            _ => Ok(self),
        }
    }
}
