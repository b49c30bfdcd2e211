//! The working-day calendar: the State Council's yearly table of holidays and working weekends, as data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::date::Date;
use crate::id::Text;
use crate::refusal::Refusal;
use crate::state::State;

/// Command `calendar.publish` and event `calendar.published.v1`: the table of one year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// The year.
    pub year: i16,
    /// Weekdays without work.
    pub holidays: Vec<Date>,
    /// Saturdays and Sundays that are worked (调休).
    pub working_weekends: Vec<Date>,
    /// The notice that says so.
    pub document: Text,
}

/// Every year published so far. Where no table is published, Monday to Friday are working days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingCalendar {
    holidays: BTreeSet<Date>,
    working_weekends: BTreeSet<Date>,
}

impl WorkingCalendar {
    /// Whether a day is worked.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        if date.is_weekend() {
            self.working_weekends.contains(&date)
        } else {
            !self.holidays.contains(&date)
        }
    }

    /// The day itself when it is worked, otherwise the next working day (Civil Code article 203).
    #[must_use]
    pub fn on_or_after(&self, date: Date) -> Date {
        let mut day = date;
        while !self.is_working_day(day) && day < Date::LAST {
            day = day.plus_days(1);
        }
        day
    }
}

impl CalendarYear {
    pub(crate) fn decide(&self) -> Result<Self, Refusal> {
        let bad = |field, problem: String| Refusal::TermsInvalid { field, problem };
        let years = Date::FIRST.year()..=Date::LAST.year();
        if !years.contains(&self.year) {
            let problem = format!("from {} to {} is accepted", years.start(), years.end());
            return Err(bad("year", problem));
        }
        if let Some(day) =
            self.holidays.iter().chain(&self.working_weekends).find(|day| day.year() != self.year)
        {
            return Err(bad("year", format!("{day} does not lie in {}", self.year)));
        }
        if let Some(day) = self.working_weekends.iter().find(|day| !day.is_weekend()) {
            return Err(bad("working_weekends", format!("{day} is no Saturday or Sunday")));
        }
        if let Some(day) = self.working_weekends.iter().find(|day| self.holidays.contains(day)) {
            return Err(bad("working_weekends", format!("{day} is a holiday, too")));
        }
        if self.holidays.len() + self.working_weekends.len() > 366 {
            return Err(bad("holidays", "a year has at most 366 days".into()));
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let calendar = &mut state.calendar;
        calendar.holidays.retain(|day| day.year() != self.year);
        calendar.working_weekends.retain(|day| day.year() != self.year);
        calendar.holidays.extend(&self.holidays);
        calendar.working_weekends.extend(&self.working_weekends);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_due_day_moves_over_a_holiday_to_a_worked_weekend() {
        // National Day 2023: 29 September to 6 October off, Saturday 7 October worked.
        let year = CalendarYear {
            year: 2023,
            holidays: (0..8).map(|day| date("2023-09-29").plus_days(day)).collect(),
            working_weekends: vec![date("2023-10-07"), date("2023-10-08")],
            document: "国办发明电〔2022〕16号".parse().unwrap(),
        };
        let mut state = State::default();
        year.decide().unwrap().apply(&mut state);
        assert_eq!(state.calendar.on_or_after(date("2023-09-29")), date("2023-10-07"));
        assert_eq!(state.calendar.on_or_after(date("2023-09-28")), date("2023-09-28"));
        assert_eq!(state.calendar.on_or_after(date("2024-06-01")), date("2024-06-03"));
    }

    #[test]
    fn days_of_another_year_and_weekday_shifts_are_refused() {
        let mut year = CalendarYear {
            year: 2023,
            holidays: vec![date("2024-01-01")],
            working_weekends: vec![],
            document: "test".parse().unwrap(),
        };
        assert_eq!(year.decide().unwrap_err().code(), "terms_invalid");
        year.holidays.clear();
        year.working_weekends.push(date("2023-10-09"));
        assert_eq!(year.decide().unwrap_err().code(), "terms_invalid");
    }
}
