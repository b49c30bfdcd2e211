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
