//! Day counts: which part of a year a span of days is, and the interest of that span.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::money::Money;
use crate::rate::{Rate, Rounding};

/// How days are counted for interest. Two legal ones give different interest for the same loan, so
/// every contract names its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DayCount {
    /// Whole months are twelfths of a year (对年对月), odd days are 360ths.
    #[serde(rename = "whole_period")]
    WholePeriod,
    /// Every month has 30 days, the year 360; the 31st counts as the 30th.
    #[serde(rename = "30/360")]
    Thirty360,
    /// The days of the calendar, the year has 360.
    #[serde(rename = "actual/360")]
    Actual360,
    /// The days of the calendar, the year has 365, leap years too.
    #[serde(rename = "actual/365")]
    Actual365,
    /// The days of the calendar, each by the length of the year in which it lies.
    #[serde(rename = "actual/actual")]
    ActualActual,
}

/// A span as a part of a year, exact: so many parts of the parts that make up a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearFraction {
    parts: i64,
    year: i64,
}

/// A whole period cuts the year into 4,680 parts, the least number in which a month (390), a week
/// (90, a fifty-second) and a day (13, a 360th) are all whole.
const PARTS_OF_WHOLE_PERIOD: i64 = 4_680;

/// The part of a year from `from` (counted) to `to` (not counted: 算头不算尾).
///
/// `None` when `to` lies before `from`.
#[must_use]
pub fn year_fraction(from: Date, to: Date, day_count: DayCount) -> Option<YearFraction> {
    let days = i64::from(from.days_until(to));
    if days < 0 {
        return None;
    }
    match day_count {
        DayCount::WholePeriod => {
            let mut months = calendar_months(from, to);
            if from.plus_months(months) > to {
                months -= 1;
            }
            let odd_days = from.plus_months(months).days_until(to);
            day_count.calendar_units(months, 0, odd_days)
        }
        DayCount::Thirty360 => {
            let day = |date: Date| i64::from(date.day().min(30));
            let parts = 30 * i64::from(calendar_months(from, to)) + day(to) - day(from);
            Some(YearFraction { parts, year: 360 })
        }
        DayCount::Actual360 => Some(YearFraction { parts: days, year: 360 }),
        DayCount::Actual365 => Some(YearFraction { parts: days, year: 365 }),
        DayCount::ActualActual => actual_actual(from, to),
    }
}

/// The simple interest on a principal from `from` (counted) to `to` (not counted), rounded once.
///
/// `None` when `to` lies before `from`, or the interest does not fit an amount.
#[must_use]
pub fn interest(
    principal: Money,
    annual_rate: Rate,
    from: Date,
    to: Date,
    day_count: DayCount,
    rounding: Rounding,
) -> Option<Money> {
    year_fraction(from, to, day_count)?.interest(principal, annual_rate, rounding)
}

impl YearFraction {
    /// The simple interest on a principal: multiplied first, divided once, rounded once.
    /// `None` when it does not fit an amount.
    #[must_use]
    pub fn interest(
        self,
        principal: Money,
        annual_rate: Rate,
        rounding: Rounding,
    ) -> Option<Money> {
        let yearly = principal.to_decimal_fen().checked_mul(annual_rate.decimal())?;
        Money::round_fen(self.of(yearly)?, rounding)
    }

    /// This part of a yearly figure; `None` when it does not fit a decimal.
    #[must_use]
    pub fn of(self, yearly: Decimal) -> Option<Decimal> {
        yearly.checked_mul(Decimal::from(self.parts))?.checked_div(Decimal::from(self.year))
    }

    /// So many parts, and how many parts make up a year.
    pub(crate) const fn parts_and_year(self) -> (i64, i64) {
        (self.parts, self.year)
    }

    /// All spans together; `None` when there are none or they were counted differently.
    #[must_use]
    pub fn sum(mut spans: impl Iterator<Item = Self>) -> Option<Self> {
        let first = spans.next()?;
        spans.try_fold(first, |sum, span| {
            let parts = sum.parts.checked_add(span.parts)?;
            (sum.year == span.year).then_some(Self { parts, year: sum.year })
        })
    }
}

impl DayCount {
    /// The part of a year of whole months, weeks and days; `None` for a day count that needs to know
    /// which days they are.
    pub(crate) fn calendar_units(self, months: i32, weeks: i32, days: i32) -> Option<YearFraction> {
        let (months, weeks, days) = (i64::from(months), i64::from(weeks), i64::from(days));
        match self {
            Self::WholePeriod => Some(YearFraction {
                parts: 390 * months + 90 * weeks + 13 * days,
                year: PARTS_OF_WHOLE_PERIOD,
            }),
            Self::Thirty360 => {
                Some(YearFraction { parts: 30 * months + 7 * weeks + days, year: 360 })
            }
            Self::Actual360 | Self::Actual365 | Self::ActualActual => None,
        }
    }
}

/// How many months the month of `to` comes after the month of `from`, whatever the days are.
pub(crate) fn calendar_months(from: Date, to: Date) -> i32 {
    12 * (i32::from(to.year()) - i32::from(from.year())) + i32::from(to.month())
        - i32::from(from.month())
}

/// Days of a common year are 365ths, days of a leap year 366ths; in 365 × 366 parts both are whole.
fn actual_actual(from: Date, to: Date) -> Option<YearFraction> {
    let parts_of_year = 365 * 366;
    let is_leap = |year: i16| Date::new(year, 2, 29).is_some();
    let parts = |year, days: i32| i64::from(days) * if is_leap(year) { 365 } else { 366 };
    let (first, last) = (from.year(), to.year());
    let parts = if first == last {
        parts(first, from.days_until(to))
    } else {
        let days_of_first = from.days_until(Date::new(first + 1, 1, 1)?);
        let days_of_last = Date::new(last, 1, 1)?.days_until(to);
        let years_between = i64::from(last - first - 1);
        parts(first, days_of_first) + years_between * parts_of_year + parts(last, days_of_last)
    };
    Some(YearFraction { parts, year: parts_of_year })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    fn charged(yuan: &str, annual: &str, from: &str, to: &str, day_count: DayCount) -> String {
        let principal = yuan.parse().unwrap();
        interest(principal, rate(annual), date(from), date(to), day_count, Rounding::HalfUp)
            .unwrap()
            .to_string()
    }

    /// The numerator of a span over `year`.
    fn parts(from: &str, to: &str, day_count: DayCount, year: i64) -> i64 {
        let fraction = year_fraction(date(from), date(to), day_count).unwrap();
        assert_eq!(fraction.parts * year % fraction.year, 0);
        fraction.parts * year / fraction.year
    }

    #[test]
    fn settlement_quarters_charge_the_actual_days_over_360() {
        use DayCount::Actual360;
        // Policy vectors T1 and T2: 36 and 91 days up to and including the settlement day.
        assert_eq!(charged("200000.00", "0.0395", "2023-11-15", "2023-12-21", Actual360), "790.00");
        assert_eq!(
            charged("200000.00", "0.0395", "2023-12-21", "2024-03-21", Actual360),
            "1996.94"
        );
        // T3: 92 days at the contract rate, the borrower's part and the budget's part.
        let third = |annual| charged("200000.00", annual, "2022-06-21", "2022-09-21", Actual360);
        assert_eq!(
            [third("0.0535"), third("0.0235"), third("0.03")],
            ["2734.44", "1201.11", "1533.33"]
        );
        // T6: a month overdue at one and a half times the rate, and compound on unpaid interest.
        let overdue = |yuan| charged(yuan, "0.05925", "2024-03-01", "2024-03-31", Actual360);
        assert_eq!([overdue("100000.00"), overdue("987.50")], ["493.75", "4.88"]);
    }

    #[test]
    fn one_loan_and_two_legal_day_counts_differ() {
        // Policy vector T4.
        let year =
            |day_count| charged("100000.00", "0.0435", "2023-01-10", "2024-01-10", day_count);
        assert_eq!(year(DayCount::Actual360), "4410.42");
        assert_eq!(year(DayCount::WholePeriod), "4350.00");
        assert_eq!(year(DayCount::Thirty360), "4350.00");
        assert_eq!(year(DayCount::Actual365), "4350.00");
    }

    #[test]
    fn whole_months_are_twelfths_and_odd_days_360ths() {
        let span = |from, to| parts(from, to, DayCount::WholePeriod, 360);
        assert_eq!(span("2023-01-31", "2023-02-28"), 30);
        assert_eq!(span("2023-01-31", "2023-03-31"), 60);
        assert_eq!(span("2023-01-15", "2023-03-10"), 30 + 23);
        assert_eq!(span("2023-02-28", "2023-03-31"), 30 + 3);
        assert_eq!(span("2023-12-31", "2024-01-30"), 30);
        assert_eq!(span("2023-12-31", "2023-12-31"), 0);
    }

    #[test]
    fn thirty_day_months_hold_no_31st() {
        let span = |from, to| parts(from, to, DayCount::Thirty360, 360);
        assert_eq!(span("2023-01-31", "2023-03-31"), 60);
        assert_eq!(span("2023-01-30", "2023-01-31"), 0);
        assert_eq!(span("2023-01-15", "2023-03-10"), 55);
        assert_eq!(span("2024-02-28", "2024-03-01"), 3);
    }

    #[test]
    fn actual_years_split_at_new_year() {
        let span = |from, to| parts(from, to, DayCount::ActualActual, 365 * 366);
        // 17 days of 2023 and 14 of leap year 2024.
        assert_eq!(span("2023-12-15", "2024-01-15"), 17 * 366 + 14 * 365);
        assert_eq!(span("2023-12-15", "2024-01-01"), 17 * 366);
        assert_eq!(span("2024-01-01", "2024-12-31"), 365 * 365);
        assert_eq!(span("2022-07-01", "2025-07-01"), 184 * 366 + 2 * 365 * 366 + 181 * 366);
        assert_eq!(parts("2023-12-15", "2024-01-15", DayCount::Actual365, 365), 31);
        assert!(year_fraction(Date::FIRST, Date::LAST, DayCount::ActualActual).is_some());
    }

    #[test]
    fn half_a_fen_is_seen_as_exactly_half() {
        // 1,250 yuan at 0.12 % for a month: 12.5 fen.
        let month = year_fraction(date("2023-01-01"), date("2023-02-01"), DayCount::WholePeriod);
        let fen = |rounding| {
            month.unwrap().interest(Money::from_fen(125_000), rate("0.0012"), rounding).unwrap()
        };
        assert_eq!(fen(Rounding::HalfUp), Money::from_fen(13));
        assert_eq!(fen(Rounding::HalfEven), Money::from_fen(12));
    }

    #[test]
    fn day_counts_are_written_as_in_contracts() {
        for (day_count, text) in [
            (DayCount::WholePeriod, "\"whole_period\""),
            (DayCount::Thirty360, "\"30/360\""),
            (DayCount::Actual360, "\"actual/360\""),
            (DayCount::Actual365, "\"actual/365\""),
            (DayCount::ActualActual, "\"actual/actual\""),
        ] {
            assert_eq!(serde_json::to_string(&day_count).unwrap(), text);
            assert_eq!(serde_json::from_str::<DayCount>(text).unwrap(), day_count);
        }
    }

    proptest! {
        #[test]
        fn no_span_is_negative_and_a_longer_one_is_never_cheaper(
            from in Date::FIRST.day_number()..=Date::LAST.day_number(),
            days in 0..90_000_i32,
            more in 0..400_i32,
        ) {
            let from = Date::from_day_number(from);
            let (to, later) = (from.plus_days(days), from.plus_days(days + more));
            for day_count in [
                DayCount::WholePeriod, DayCount::Thirty360, DayCount::Actual360,
                DayCount::Actual365, DayCount::ActualActual,
            ] {
                let fen = |to| {
                    interest(Money::from_yuan(1_000_000), Rate::ONE, from, to, day_count, Rounding::HalfUp)
                };
                prop_assert!(fen(to).unwrap() >= Money::ZERO);
                prop_assert!(fen(later).unwrap() >= fen(to).unwrap());
                if to > from {
                    prop_assert_eq!(year_fraction(to, from, day_count), None);
                }
            }
        }
    }
}
