//! Months: the period that a premium is due for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::date::Date;

/// A calendar month, written `2010-01`, within the range of [`Date`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month of a year; `None` when there is none or it lies out of range.
    #[must_use]
    pub fn new(year: i16, month: i8) -> Option<Self> {
        Date::new(year, month, 1).map(|first| Self { year: first.year(), month: first.month() })
    }

    /// Months since year zero, for compact storage.
    pub(crate) fn number(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month) - 1
    }
}

/// Why a text is not a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMonth;

impl fmt::Display for BadMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a month is written as in \"2010-01\" and lies between 1949-10 and 2199-12")
    }
}

impl std::error::Error for BadMonth {}

impl FromStr for Month {
    type Err = BadMonth;

    fn from_str(text: &str) -> Result<Self, BadMonth> {
        let first: Date = format!("{text}-01").parse().map_err(|_| BadMonth)?;
        Self::new(first.year(), first.month()).ok_or(BadMonth)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year, self.month))
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// Text for people and records, a month number for snapshots.
impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i32(self.number())
        }
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return crate::id::parse_text(deserializer);
        }
        let number = i32::deserialize(deserializer)?;
        let (year, month) = (i16::try_from(number.div_euclid(12)), number.rem_euclid(12) + 1);
        let month = i8::try_from(month).map_err(serde::de::Error::custom)?;
        let month = Self::new(year.map_err(serde::de::Error::custom)?, month);
        month.ok_or_else(|| serde::de::Error::custom(BadMonth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_month_has_one_text_and_survives_a_snapshot() {
        for text in ["1949-10", "2010-01", "2199-12"] {
            let month: Month = text.parse().unwrap();
            assert_eq!(month.to_string(), text);
            let bytes = postcard::to_allocvec(&month).unwrap();
            assert_eq!(postcard::from_bytes::<Month>(&bytes).unwrap(), month);
        }
        for text in
            ["", "2010-1", "2010-00", "2010-13", "201001", "2010-01-01", "1949-09", "２010-01"]
        {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
