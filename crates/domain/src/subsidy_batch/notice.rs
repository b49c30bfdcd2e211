//! What stands between a roster and its payment: public notice (公示) and a second person (双人复核).

use serde::{Deserialize, Serialize};

use crate::calendar::WorkingCalendar;
use crate::date::Date;
use crate::id::{Id, Text};
use crate::programme::SubsidyTerms;
use crate::refusal::Refusal;
use crate::state::State;
use crate::subsidy::Grant;

/// How long a roster is posted before it is paid; the terms of a programme say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeTerms {
    /// For how many days.
    pub days: u16,
    /// Which days count.
    pub counted: CountedDays,
}

/// Which days count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedDays {
    /// Every day.
    All,
    /// Working days.
    Working,
}

/// Who must have looked at a roster; the terms of a programme say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewTerms {
    /// One makes it, and another checks it and sends the command.
    TwoPersons,
}

/// Command `subsidy_batch.post_notice`: the roster is posted in public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostNotice {
    /// The batch.
    pub batch: Id,
    /// The first day of the notice.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// The notice, with the digest of its photographs where there are any.
    pub document: Text,
}

/// Event `subsidy_batch.noticed.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noticed {
    /// The batch.
    pub batch: Id,
    /// The first day of the notice.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// How many days of it count.
    pub days: u16,
    /// The notice.
    pub document: Text,
}

/// Refused when the one who checks a roster made it, or when the terms need two persons and the maker is not stated.
pub(crate) fn checked_by_another(
    made_by: Option<&Text>,
    actor: &str,
    programme: &Id,
    terms: &SubsidyTerms,
) -> Result<(), Refusal> {
    match (made_by, terms.review) {
        (Some(made_by), _) if made_by.as_str() == actor => {
            Err(Refusal::SamePerson { actor: made_by.clone() })
        }
        (None, Some(ReviewTerms::TwoPersons)) => {
            Err(Refusal::ReviewMissing { programme: programme.clone() })
        }
        _ => Ok(()),
    }
}

impl NoticeTerms {
    fn count(counted: CountedDays, calendar: &WorkingCalendar, from: Date, to: Date) -> u16 {
        // A notice of more than a year needs no count: it is long enough.
        let days = from.days_until(to).clamp(-1, 400) + 1;
        let counts = |day: &i32| {
            counted == CountedDays::All || calendar.is_working_day(from.plus_days(*day))
        };
        u16::try_from((0..days).filter(counts).count()).unwrap_or(u16::MAX)
    }
}

/// A roster that must be posted before it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The day of its approval.
    pub approved_on: Date,
    /// The last day of its notice, when it was posted.
    pub posted_to: Option<Date>,
}

/// Remembers from when on an approved roster can be posted, where its terms ask for a notice.
pub(crate) fn to_be_posted(state: &mut State, batch: &Id, approved_on: Date) {
    let line = state.batches.get(batch).and_then(|lines| state.subsidies.get(lines.first()?));
    let terms = line.and_then(|line| line.grant.terms(state));
    if terms.is_some_and(|terms| terms.notice.is_some()) {
        state.postings.insert(batch.clone(), Posting { approved_on, posted_to: None });
    }
}

impl PostNotice {
    pub(crate) fn decide(&self, state: &State) -> Result<Noticed, Refusal> {
        let unknown = || Refusal::UnknownBatch { batch: self.batch.clone() };
        let lines = state.batches.get(&self.batch).ok_or_else(unknown)?;
        let line = lines.first().and_then(|name| state.subsidies.get(name)).ok_or_else(unknown)?;
        let terms = line.grant.terms(state).and_then(|terms| terms.notice.as_ref());
        let (needed, counted) = terms.map_or((1, CountedDays::All), |it| (it.days, it.counted));
        if let Some(posting) = state.postings.get(&self.batch)
            && self.from < posting.approved_on
        {
            let (batch, from, approved_on) = (self.batch.clone(), self.from, posting.approved_on);
            return Err(Refusal::NoticeBeforeRoster { batch, from, approved_on });
        }
        let days = NoticeTerms::count(counted, &state.calendar, self.from, self.to);
        if days < needed {
            let (batch, from, to) = (self.batch.clone(), self.from, self.to);
            return Err(Refusal::NoticeTooShort { batch, from, to, days, needed });
        }
        Ok(Noticed {
            batch: self.batch.clone(),
            from: self.from,
            to: self.to,
            days,
            document: self.document.clone(),
        })
    }
}

impl Noticed {
    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(posting) = state.postings.get_mut(&self.batch) {
            posting.posted_to = Some(self.to);
        }
    }
}

/// Refused when a subsidy must be posted first, or its notice is not over.
pub(crate) fn notice_is_over(
    state: &State,
    grant: &Grant,
    effective_on: Date,
) -> Result<(), Refusal> {
    let Some(terms) = grant.terms(state).and_then(|terms| terms.notice.as_ref()) else {
        return Ok(());
    };
    let batch = grant.batch.as_ref().unwrap_or(&grant.subsidy);
    match state.postings.get(batch).and_then(|posting| posting.posted_to) {
        None => Err(Refusal::NoticeMissing {
            batch: batch.clone(),
            programme: grant.programme.clone(),
            days: terms.days,
        }),
        Some(to) if effective_on <= to => {
            Err(Refusal::NoticeNotOver { batch: batch.clone(), to, effective_on })
        }
        Some(_) => Ok(()),
    }
}

/// Refused where the terms ask for what only a roster has.
pub(crate) fn may_come_alone(programme: &Id, terms: &SubsidyTerms) -> Result<(), Refusal> {
    if terms.notice.is_some() || terms.review.is_some() {
        return Err(Refusal::RosterNeeded { programme: programme.clone() });
    }
    Ok(())
}
