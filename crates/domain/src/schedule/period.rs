//! The periods of a schedule: when each ends, and which part of a year it is.

use super::{BadTerms, Conditions, Terms, Unit};
use crate::date::Date;
use crate::day_count::{YearFraction, calendar_months, year_fraction};

/// The time between two due dates, or from disbursement to the first.
pub(super) struct Period {
    pub(super) from: Date,
    pub(super) due_on: Date,
    pub(super) fraction: YearFraction,
}

/// The due dates of a loan. Each is counted from the same day, never from the one before, so that
/// they cannot drift: 31 January, 28 February, 31 March.
pub(super) fn due_dates(terms: &Terms) -> Result<Vec<Date>, BadTerms> {
    (1..=terms.number)
        .map(|number| {
            let (seed, steps) = match terms.first_due_on {
                Some(first) => (first, number - 1),
                None => (terms.disbursed_on, number),
            };
            let units = i32::from(steps) * i32::from(terms.every);
            units_later(seed, units, terms.unit).ok_or_else(|| {
                let field = if number == 1 { "every" } else { "number" };
                let reason = format!(
                    "instalment {number} would be due after {}; accepted are fewer or shorter periods",
                    Date::LAST
                );
                BadTerms::new(field, reason)
            })
        })
        .collect()
}

/// The periods between due dates, which must rise from `from`.
pub(super) fn periods(
    conditions: &Conditions,
    from: Date,
    due_dates: &[Date],
) -> Result<Vec<Period>, BadTerms> {
    let starts = std::iter::once(from).chain(due_dates.iter().copied());
    starts
        .zip(due_dates.iter().copied())
        .map(|(from, due_on)| {
            let fraction = fraction(conditions, from, due_on).filter(|_| from < due_on);
            let fraction = fraction.ok_or_else(|| {
                BadTerms::new(
                    "due_dates",
                    format!("{due_on} does not lie after {from}; accepted are rising dates"),
                )
            })?;
            Ok(Period { from, due_on, fraction })
        })
        .collect()
}

/// A date `units` later; `None` beyond the last date.
fn units_later(seed: Date, units: i32, unit: Unit) -> Option<Date> {
    let days = match unit {
        Unit::Month => {
            let in_range = units <= calendar_months(seed, Date::LAST);
            return in_range.then(|| seed.plus_months(units));
        }
        Unit::Week => units.checked_mul(7)?,
        Unit::Day => units,
    };
    (days <= seed.days_until(Date::LAST)).then(|| seed.plus_days(days))
}

/// Which part of a year a period is. Where the day count allows, it is counted in the units of the
/// contract: a month is a month however many days it has; in a contract of weeks or days no months
/// are looked for.
fn fraction(conditions: &Conditions, from: Date, due_on: Date) -> Option<YearFraction> {
    let days = from.days_until(due_on);
    let units = match conditions.unit {
        Unit::Month => corresponding_months(from, due_on).map(|months| (months, 0, 0)),
        Unit::Week => Some((0, days / 7, days % 7)),
        Unit::Day => Some((0, 0, days)),
    };
    units
        .and_then(|(months, weeks, days)| conditions.day_count.calendar_units(months, weeks, days))
        .or_else(|| year_fraction(from, due_on, conditions.day_count))
}

/// The whole months between corresponding days (Civil Code article 202): the last day of a month
/// corresponds to every later day that the month does not have.
fn corresponding_months(from: Date, to: Date) -> Option<i32> {
    let months = calendar_months(from, to);
    (from.plus_months(months) == to || to.plus_months(-months) == from).then_some(months)
}
