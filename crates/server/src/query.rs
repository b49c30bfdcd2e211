//! What stands after the question mark.

use std::str::FromStr;
use std::time::Duration;

use almoner_domain::date::Date;
use almoner_domain::refusal::{Refusal, Word};
use almoner_log::Millis;
use almoner_views::{AsOf, ViewsError, day_of_question, position_known_at, wait_for};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use crate::problem::Problem;
use crate::service::Service;

/// How long a question waits for the views to reach the position that it is for.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

const DATE: Word = Word::new(
    "a date as in 2002-09-20, from 1949-10-01 to 2199-12-31",
    "日期，如 2002-09-20，自 1949-10-01 至 2199-12-31",
);
const POSITION: Word = Word::new("a position: a whole number", "记录号，即整数");
const TIME: Word = Word::new(
    "a time as in 2002-09-20T02:00:00Z, with `+` written as %2B",
    "时间，如 2002-09-20T02:00:00Z，其中“+”写作 %2B",
);
const ONCE: Word = Word::new("to be given once", "只出现一次");
const NOT_WITH_AT: Word =
    Word::new("to be left out, because `at` says it already", "省略，因为 at 已经指定");

/// The parameters of a request. A handler takes those that it knows, and [`finish`](Self::finish)
/// complains of the rest.
#[derive(Debug)]
pub struct Parameters(pub Vec<(String, String)>);

/// For when a question is asked (P12).
#[derive(Debug)]
pub struct Question {
    as_of: Option<Date>,
    at: Option<u64>,
    known_at: Option<Millis>,
    at_least: Option<u64>,
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::BadRequest {})?;
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.array_windows().find(|[name, next]| name == next) {
            Some([twice, _]) => {
                Err(Problem::BadParameter { name: (*twice).to_owned(), expected: ONCE })
            }
            None => Ok(Self(pairs)),
        }
    }
}

impl Parameters {
    /// Takes a parameter out.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(one, _)| one == name)?;
        Some(self.0.swap_remove(place).1)
    }

    /// Takes a parameter out and reads it.
    pub fn read<T: FromStr>(&mut self, name: &str, expected: Word) -> Result<Option<T>, Problem> {
        let bad = |_| Problem::BadParameter { name: name.to_owned(), expected };
        self.take(name).map(|text| text.parse().map_err(bad)).transpose()
    }

    /// Takes out a date.
    pub fn date(&mut self, name: &str) -> Result<Option<Date>, Problem> {
        self.read(name, DATE)
    }

    /// Takes out a position.
    pub fn position(&mut self, name: &str) -> Result<Option<u64>, Problem> {
        self.read(name, POSITION)
    }

    /// Takes out what says for when a question is asked: `as_of`, `at` or `known_at`, and `at_least`.
    pub fn question(&mut self) -> Result<Question, Problem> {
        let as_of = self.date("as_of")?;
        let recorded = self.recorded()?;
        Ok(Question { as_of, ..recorded })
    }

    /// As [`question`](Self::question), without `as_of`.
    pub fn recorded(&mut self) -> Result<Question, Problem> {
        let (at, at_least) = (self.position("at")?, self.position("at_least")?);
        let time: Option<jiff::Timestamp> = self.read("known_at", TIME)?;
        if at.is_some() && time.is_some() {
            return Err(Problem::BadParameter { name: "known_at".into(), expected: NOT_WITH_AT });
        }
        let known_at = time.map(|time| Millis(time.as_millisecond()));
        Ok(Question { as_of: None, at, known_at, at_least })
    }

    /// Nothing may be left.
    pub fn finish(self) -> Result<(), Problem> {
        match self.0.into_iter().next() {
            Some((name, _)) => Err(Problem::UnknownParameter { name }),
            None => Ok(()),
        }
    }
}

impl Question {
    /// Waits until the views can answer; gives the day that the question is about, too.
    pub async fn ready_for_day(self, service: &Service) -> Result<(AsOf, Date), Problem> {
        let known_at = self.known_at;
        let as_of = self.ready(service).await?;
        let day = day_of_question(&service.store, as_of, known_at, today()).await?;
        Ok((as_of, day))
    }

    /// Waits until the views can answer.
    pub async fn ready(self, service: &Service) -> Result<AsOf, Problem> {
        let position = match self.known_at {
            Some(time) => Some(position_known_at(&service.store, time).await?),
            None => self.at,
        };
        if let Some(needed) = position.max(self.at_least) {
            wait(service, needed).await?;
        }
        Ok(AsOf { effective: self.as_of, position })
    }
}

/// The business date of this moment, in Asia/Shanghai.
fn today() -> Date {
    Date::of_moment(jiff::Timestamp::now().as_millisecond())
}

async fn wait(service: &Service, position: u64) -> Result<(), Problem> {
    match wait_for(&service.store, position, WAIT_LIMIT).await {
        Err(ViewsError::NotYet { asked, at }) => {
            if asked > service.store.head().await?.size {
                return Err(Refusal::UnknownRecord { position: asked }.into());
            }
            Err(Problem::ViewsBehind { asked, at })
        }
        waited => Ok(waited?),
    }
}
