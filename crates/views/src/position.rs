//! Positions and times: waiting for one's own entry, and what was known when.

use std::time::Duration;

use almoner_domain::date::Date;
use almoner_log::{Millis, Record, Store};
use tokio::time::{Instant, sleep};

use crate::ViewsError;
use crate::error::BadRecord;
use crate::set::{self, Stage, VERSION};
use crate::snapshot::AsOf;

/// How often to look whether the views have come far enough: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Waits until the views have reached a position, so that a clerk sees the own entry.
///
/// # Errors
/// [`ViewsError::NotYet`] when they have not within `limit`, [`ViewsError::NotMade`] when there are none
/// by then; or when the database fails.
pub async fn wait_for(store: &Store, position: u64, limit: Duration) -> Result<(), ViewsError> {
    let end = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        let current = set::find(store.database(), store.ledger(), Stage::Current).await?;
        let current = current.filter(|set| set.version == VERSION);
        let reached = current.as_ref().map(|set| set.position);
        if reached.is_some_and(|reached| reached >= position) {
            return Ok(());
        }
        if Instant::now() >= end {
            return Err(match reached {
                Some(at) => ViewsError::NotYet { asked: position, at },
                None => ViewsError::NotMade(store.ledger().to_owned()),
            });
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The position of the last record that the ledger knew at a time; 0 when it knew none.
///
/// Recorded times never run backwards, so a few records tell.
///
/// # Errors
/// When the log cannot be read.
pub async fn position_known_at(store: &Store, time: Millis) -> Result<u64, ViewsError> {
    // Everything up to `known` was known, nothing after `last` was.
    let (mut known, mut last) = (0, store.head().await?.size);
    while known < last {
        let middle = known + (last - known).div_ceil(2);
        if recorded_time(store, middle).await? <= time {
            known = middle;
        } else {
            last = middle - 1;
        }
    }
    Ok(known)
}

/// The day that a question is about: the effective day asked for, or else the business date of the moment for
/// which it is asked what was known, or else `today`. Who asked then was told what was due and overdue on that
/// day. A position stands for the last moment at which no more was known: when the next record came, or now.
/// Of a moment yet to come nothing can be told but today's.
///
/// # Errors
/// When the log cannot be read.
pub async fn day_of_question(
    store: &Store,
    as_of: AsOf,
    known_at: Option<Millis>,
    today: Date,
) -> Result<Date, ViewsError> {
    if let Some(day) = as_of.effective {
        return Ok(day);
    }
    let moment = match (known_at, as_of.position) {
        (Some(moment), _) => moment,
        (None, Some(position)) if position < store.head().await?.size => {
            recorded_time(store, position + 1).await?
        }
        _ => return Ok(today),
    };
    Ok(Date::of_moment(moment.0).min(today))
}

async fn recorded_time(store: &Store, position: u64) -> Result<Millis, ViewsError> {
    let records = store.read(position, 1).await?;
    let bytes = records.iter().next().map_or(&[][..], |(_, bytes)| bytes);
    let record = Record::decode(bytes)
        .map_err(|error| ViewsError::Record { position, source: BadRecord::Form(error) })?;
    Ok(record.time)
}
