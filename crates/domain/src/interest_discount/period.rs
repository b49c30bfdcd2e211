//! The periods of a loan for which discount was claimed.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::loan::packed::Packed;

/// A period of a loan whose interest is discounted or claimed, from `from` to before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPeriod {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// The position of the record that claims it.
    pub position: u64,
}

/// The periods of a loan whose interest is discounted or claimed, packed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPeriods(Packed<3>);

impl ClaimedPeriods {
    /// The periods, in the order in which they were claimed.
    #[must_use]
    pub fn list(&self) -> Vec<ClaimedPeriod> {
        let date = |day: i64| Date::from_day_number(i32::try_from(day).unwrap_or_default());
        let period = |[from, to, position]: [i64; 3]| ClaimedPeriod {
            from: date(from),
            to: date(to),
            position: position.cast_unsigned(),
        };
        self.0.rows().into_iter().map(period).collect()
    }

    /// How many bytes it takes in memory, beside the structure itself.
    #[must_use]
    pub fn len_in_bytes(&self) -> usize {
        self.0.len_in_bytes()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a period; one that was freed goes back to where it stood.
    pub(super) fn push(&mut self, period: ClaimedPeriod) {
        let mut list = self.list();
        list.push(period);
        list.sort_by_key(|period| period.position);
        self.replace(&list);
    }

    /// Frees the periods that were claimed by these records; tells whether these were the only ones.
    pub(super) fn forget(&mut self, positions: &RangeInclusive<u64>) -> bool {
        let mut list = self.list();
        let before = list.len();
        list.retain(|period| !positions.contains(&period.position));
        if list.len() < before {
            self.replace(&list);
        }
        before > 0 && list.is_empty()
    }

    fn replace(&mut self, list: &[ClaimedPeriod]) {
        let day = |date: Date| i64::from(date.day_number());
        self.0 = Packed::of(
            list.iter().map(|one| [day(one.from), day(one.to), one.position.cast_signed()]),
        );
    }
}
