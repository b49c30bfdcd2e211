//! The principal of a loan over time, for interest over past periods.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::loan::packed::Packed;
use crate::money::Money;

/// The principal after each repayment of principal, oldest first, packed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalHistory(Packed<2>);

impl PrincipalHistory {
    /// The days of change and the principal from each on.
    #[must_use]
    pub fn changes(&self) -> Vec<(Date, Money)> {
        let change = |[day, principal]: [i64; 2]| {
            let day = i32::try_from(day).unwrap_or_default();
            (Date::from_day_number(day), Money::from_fen(principal))
        };
        self.0.rows().into_iter().map(change).collect()
    }

    /// How many bytes it takes in memory, beside the structure itself.
    #[must_use]
    pub fn len_in_bytes(&self) -> usize {
        self.0.len_in_bytes()
    }

    pub(crate) fn push(&mut self, on: Date, principal: Money) {
        let mut rows = self.0.rows();
        rows.push([i64::from(on.day_number()), principal.fen()]);
        self.0 = Packed::of(rows);
    }

    pub(crate) fn pop(&mut self) {
        let mut rows = self.0.rows();
        rows.pop();
        self.0 = Packed::of(rows);
    }
}

/// Principal that was repaid after its due day: from when to when it was overdue, packed. Most loans
/// have none, and take no room for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatePrincipal(Option<Box<Packed<3>>>);

impl LatePrincipal {
    /// The due day, the day of repayment, and the principal.
    #[must_use]
    pub fn list(&self) -> Vec<(Date, Date, Money)> {
        let date = |day: i64| Date::from_day_number(i32::try_from(day).unwrap_or_default());
        let rows = self.rows().into_iter();
        rows.map(|[from, to, fen]| (date(from), date(to), Money::from_fen(fen))).collect()
    }

    /// How many bytes it takes in memory, beside the structure itself.
    #[must_use]
    pub fn len_in_bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |packed| size_of::<Packed<3>>() + packed.len_in_bytes())
    }

    pub(crate) fn push(&mut self, due_on: Date, repaid_on: Date, principal: Money) {
        let mut rows = self.rows();
        let day = |date: Date| i64::from(date.day_number());
        rows.push([day(due_on), day(repaid_on), principal.fen()]);
        self.0 = Some(Box::new(Packed::of(rows)));
    }

    /// Forgets the last `count`.
    pub(crate) fn pop(&mut self, count: usize) {
        let mut rows = self.rows();
        rows.truncate(rows.len().saturating_sub(count));
        self.0 = (!rows.is_empty()).then(|| Box::new(Packed::of(rows)));
    }

    fn rows(&self) -> Vec<[i64; 3]> {
        self.0.as_ref().map(|packed| packed.rows()).unwrap_or_default()
    }
}
