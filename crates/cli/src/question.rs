//! For when a question is asked, and the views that answer it.
//!
//! The views stand in the ledger's own database. Before a question they are brought to the end of the
//! log, so that no server is needed to ask; where one runs and keeps them up, there is nothing to do.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use almoner_domain::date::Date;
use almoner_log::{Millis, Store, StoreError};
use almoner_views::AsOf;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Timestamp, Zoned};

use crate::failure::{Exit, Failure, Hinted};
use crate::language::Language;
use crate::open;
use crate::settings::Settings;

/// Asia/Shanghai, which has had no summer time since 1991.
const SHANGHAI: Offset = jiff::tz::offset(8);

/// Making the views takes longer only for a log that is new to them.
const LONG: Duration = Duration::from_secs(1);

/// What the help of every question says.
pub const AFTER_HELP: &str = "\
The answer comes from views in the ledger's own database, which are first brought to the end of the log;
no server is needed. --as-of asks by effective date, --at and --known-at by what was recorded when.
Once a record is reversed, lists leave it out for every day; balances count it up to the day of the reversal.";

/// The same of questions in whose answer something is due or overdue.
pub const AFTER_HELP_WITH_DAY: &str = "\
The answer comes from views in the ledger's own database, which are first brought to the end of the log;
no server is needed. --as-of asks by effective date, --at and --known-at by what was recorded when.
Once a record is reversed, lists leave it out for every day; balances count it up to the day of the reversal.
What is due or overdue is told for the day of --as-of, or of the moment of --at or --known-at, or today.";

/// For when a question is asked: two kinds of as-of, which can be combined.
#[derive(Debug, Default, clap::Args)]
pub struct When {
    /// Only what is effective on this date or before
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
    /// Only what was recorded up to this position
    #[arg(long, value_name = "POSITION", conflicts_with = "known_at")]
    pub at: Option<u64>,
    /// Only what was recorded up to this time, as 2024-05-01T09:30:00+08:00 or a date
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    pub known_at: Option<Millis>,
}

/// A question that can be put to the views.
pub struct Question {
    /// The ledger.
    pub store: Store,
    /// For when it is asked.
    pub as_of: AsOf,
    /// The day that it is about: for it is told what is due and overdue.
    pub day: Date,
}

impl Question {
    /// Opens the ledger and brings its views to the end of the log.
    pub async fn open(when: &When, settings: &Settings) -> Result<Self, Failure> {
        let store = open::store(settings).await?;
        let size = store.head().await?.size;
        catch_up(&store, size).await?;
        let position = match (when.at, when.known_at) {
            (Some(at), _) if at > size => {
                let problem = format!("the ledger ends at position {size}, before {at}");
                return Err(Failure::refused(problem));
            }
            (Some(at), _) => Some(at),
            (None, Some(time)) => Some(almoner_views::position_known_at(&store, time).await?),
            (None, None) => None,
        };
        let as_of = AsOf { effective: when.as_of, position };
        let day = almoner_views::day_of_question(&store, as_of, when.known_at, today()).await?;
        Ok(Self { store, as_of, day })
    }

    /// Prints an answer for people, below what it is for.
    pub fn answer(&self, text: &str, language: Language) -> Result<Exit, Failure> {
        let mut out = std::io::stdout().lock();
        if let Some(told) = self.told(language) {
            writeln!(out, "{told}\n")?;
        }
        write!(out, "{text}")?;
        Ok(Exit::Done)
    }

    /// That something is not there, at least not for when it was asked.
    pub fn not_found(&self, what: &str, hint: &str) -> Failure {
        let when = self.told(Language::En).map(|told| format!(" ({told})")).unwrap_or_default();
        Failure::refused_with_hint(format!("there is no {what}{when}"), hint)
    }

    /// What the answer is for, as a line above it; nothing for a question about now.
    pub fn told(&self, language: Language) -> Option<String> {
        let effective = self.as_of.effective.map(|date| match language {
            Language::En => format!("effective up to {date}"),
            Language::Zh => format!("生效日期截至 {date}"),
        });
        let recorded = self.as_of.position.map(|position| match language {
            Language::En => format!("recorded up to position {position}"),
            Language::Zh => format!("入账截至记录号 {position}"),
        });
        let parts: Vec<String> = effective.into_iter().chain(recorded).collect();
        (!parts.is_empty()).then(|| parts.join(language.say(", ", "，")))
    }
}

/// The date in Asia/Shanghai.
pub fn today() -> Date {
    Date::of_moment(Timestamp::now().as_millisecond())
}

async fn catch_up(store: &Store, size: u64) -> Result<(), Failure> {
    // Who may only read can ask too, as long as someone else keeps the views up.
    if almoner_views::wait_for(store, size, Duration::ZERO).await.is_ok() {
        return Ok(());
    }
    let work = async {
        store.database().migrate().await.map_err(StoreError::from)?;
        almoner_views::catch_up(store).await.map_err(|error| {
            let hinted = Hinted {
                problem: "the views cannot be brought to the end of the log".into(),
                hint: "who may only read the store asks while `almoner serve` keeps the views up"
                    .into(),
            };
            Failure::Machine(anyhow::Error::new(error).context(hinted))
        })
    };
    let mut work = std::pin::pin!(work);
    let done = tokio::time::timeout(LONG, &mut work).await;
    let position = match done {
        Ok(done) => done?,
        Err(_) => {
            if std::io::stderr().is_terminal() {
                // Only talk.
                let _ = writeln!(std::io::stderr(), "making the views from the log …");
            }
            work.await?
        }
    };
    tracing::info!(position, "the views are at the end of the log");
    Ok(())
}

/// Reads a moment: with its offset, or else in Shanghai; of a date, the last millisecond.
fn read_time(text: &str) -> Result<Millis, String> {
    let date = || text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10);
    let moment = if let Some(date) = date() {
        let end = date.tomorrow().ok().and_then(|next| SHANGHAI.to_timestamp(next.into()).ok());
        end.map(|end| end.as_millisecond() - 1)
    } else if let Ok(moment) = text.parse::<Timestamp>() {
        Some(moment.as_millisecond())
    } else if let Ok(zoned) = text.parse::<Zoned>() {
        Some(zoned.timestamp().as_millisecond())
    } else {
        let local = text.parse::<DateTime>().ok();
        local.and_then(|local| SHANGHAI.to_timestamp(local).ok()).map(|it| it.as_millisecond())
    };
    moment.map(Millis).ok_or_else(|| {
        "a time is written as in 2024-05-01T09:30:00+08:00 (without +08:00 it is Shanghai's), \
         or is a date"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_an_offset_without_one_or_as_a_date() {
        for (text, read) in [
            ("2024-05-01T09:30:00+08:00", "2024-05-01T01:30:00.000Z"),
            ("2024-05-01T01:30:00Z", "2024-05-01T01:30:00.000Z"),
            ("2024-05-01T09:30:00", "2024-05-01T01:30:00.000Z"),
            ("2024-05-01 09:30", "2024-05-01T01:30:00.000Z"),
            ("2024-05-01", "2024-05-01T15:59:59.999Z"),
        ] {
            assert_eq!(read_time(text).unwrap().to_string(), read, "{text}");
        }
        for text in ["", "yesterday", "2024-02-30", "2024-05-01T25:00:00Z", "09:30"] {
            assert!(read_time(text).is_err(), "{text}");
        }
    }
}
