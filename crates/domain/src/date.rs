//! Business dates: days in Asia/Shanghai, without a time of day.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A business date, written `2002-09-20`. From 1949-10-01 to 2199-12-31: a date outside is a slip of
/// the keyboard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

/// More months than the whole range has.
const MOST_MONTHS: i32 = 12 * 300;

impl Date {
    /// The earliest date that is read.
    pub const FIRST: Self = Self(civil::date(1949, 10, 1));
    /// The latest date that is read.
    pub const LAST: Self = Self(civil::date(2199, 12, 31));

    /// The date of a year, month and day; `None` when there is no such date or it is out of range.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().and_then(Self::in_range)
    }

    /// The date of a civil date; `None` when it is out of range.
    #[must_use]
    pub fn in_range(date: civil::Date) -> Option<Self> {
        let date = Self(date);
        (Self::FIRST..=Self::LAST).contains(&date).then_some(date)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Whether the date is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), civil::Weekday::Saturday | civil::Weekday::Sunday)
    }

    /// Days from this date to `later`; negative when it is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i32 {
        later.day_number() - self.day_number()
    }

    /// The date `days` later (earlier when negative), held at the ends of the range.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::from_day_number(self.day_number().saturating_add(days))
    }

    /// The corresponding date `months` later; where the month has no such day, its last day
    /// (Civil Code article 202). Held at the end of the range.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        // Clamped, because a span of more than 19,998 years cannot be built.
        self.plus(months.clamp(-MOST_MONTHS, MOST_MONTHS).months())
    }

    /// Days since 1970-01-01, for compact storage.
    #[must_use]
    pub fn day_number(self) -> i32 {
        self.0
            .duration_since(civil::date(1970, 1, 1))
            .as_hours()
            .div_euclid(24)
            .try_into()
            .unwrap_or(0)
    }

    /// The date of a day number, held at the ends of the range.
    #[must_use]
    pub fn from_day_number(days: i32) -> Self {
        let (first, last) = (Self::FIRST.day_number(), Self::LAST.day_number());
        Self(civil::date(1970, 1, 1)).plus(days.clamp(first, last).days())
    }

    fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span)).clamp(Self::FIRST, Self::LAST)
    }
}

/// Hours by which Asia/Shanghai is ahead of UTC; it has had no summer time since 1991.
const SHANGHAI_AHEAD_HOURS: i64 = 8;

const MILLIS_OF_HOUR: i64 = 3_600_000;

impl Date {
    /// The business date of a moment, in Asia/Shanghai; the moment in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn of_moment(millis: i64) -> Self {
        let there = millis.saturating_add(SHANGHAI_AHEAD_HOURS * MILLIS_OF_HOUR);
        let days = there.div_euclid(24 * MILLIS_OF_HOUR);
        Self::from_day_number(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// An hour of the day in Asia/Shanghai, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn moment_at(self, hour: u8) -> i64 {
        i64::from(self.day_number()) * 24 * MILLIS_OF_HOUR
            + (i64::from(hour) - SHANGHAI_AHEAD_HOURS) * MILLIS_OF_HOUR
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:04}-{:02}-{:02}", self.year(), self.month(), self.day());
        f.pad(&text)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDate;

impl fmt::Display for BadDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date is written as in \"2002-09-20\", must exist, and lies between 1949-10-01 and 2199-12-31")
    }
}

impl std::error::Error for BadDate {}

impl FromStr for Date {
    type Err = BadDate;

    fn from_str(text: &str) -> Result<Self, BadDate> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i16> {
            let digits = bytes.get(from..to)?;
            digits.iter().try_fold(0_i16, |value, byte| {
                byte.is_ascii_digit().then(|| value * 10 + i16::from(byte - b'0'))
            })
        };
        let date = || {
            if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
                return None;
            }
            let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
            Self::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
        };
        date().ok_or(BadDate)
    }
}

// Text for people and records, a day number for snapshots.
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i32(self.day_number())
        }
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            crate::id::parse_text(deserializer)
        } else {
            i32::deserialize(deserializer).map(Self::from_day_number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn only_existing_dates_in_the_one_form_are_read() {
        assert_eq!(date("2024-02-29").to_string(), "2024-02-29");
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "24-01-01",
            "2024-1-1",
            "2024/01/01",
            "2024-01-01T00:00:00",
            "0202-09-20",
            "2202-09-20",
            "２024-01-01",
            "",
            "2024-01-0１",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn months_end_on_the_corresponding_day_or_the_month_end() {
        assert_eq!(date("2023-01-31").plus_months(1), date("2023-02-28"));
        assert_eq!(date("2023-01-31").plus_months(2), date("2023-03-31"));
        assert_eq!(date("2024-02-29").plus_months(12), date("2025-02-28"));
    }

    #[test]
    fn day_numbers_round_trip_over_the_whole_range() {
        for day in (Date::FIRST.day_number()..=Date::LAST.day_number()).step_by(13) {
            assert_eq!(Date::from_day_number(day).day_number(), day);
        }
        assert_eq!(date("1970-01-02").day_number(), 1);
        assert_eq!(date("1969-12-31").day_number(), -1);
        assert_eq!(Date::LAST.plus_days(10), Date::LAST);
        assert_eq!(Date::FIRST.plus_days(i32::MAX), Date::LAST);
        assert_eq!(Date::FIRST.plus_months(i32::MAX), Date::LAST);
        assert_eq!(Date::from_day_number(i32::MIN), Date::FIRST);
        assert_eq!(date("2023-12-31").days_until(date("2024-03-01")), 61);
    }
}
