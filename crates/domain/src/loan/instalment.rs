//! Instalments: as they are recorded, and what of them is still open, packed small.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::present;
use crate::loan::packed::Packed;
use crate::money::Money;
use crate::schedule;

/// One instalment in a record: what is due, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instalment {
    /// 1, 2, 3 …
    pub number: u16,
    /// The day of the contract.
    pub due_on: Date,
    /// The next working day, where the day of the contract is none and the programme says so.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub payable_until: Option<Date>,
    /// Principal due.
    pub principal: Money,
    /// Interest due.
    pub interest: Money,
}

impl Instalment {
    /// The instalment of a computed schedule, its last day moved by the calendar where that is given.
    pub(crate) fn of(
        computed: &schedule::Instalment,
        calendar: Option<&crate::calendar::WorkingCalendar>,
    ) -> Self {
        let due_on = computed.due_on;
        let payable_until = calendar.map(|calendar| calendar.on_or_after(due_on));
        Self {
            number: computed.number,
            due_on,
            payable_until: payable_until.filter(|day| *day != due_on),
            principal: computed.principal,
            interest: computed.interest,
        }
    }

    /// The last day on which it is paid in time.
    #[must_use]
    pub fn payable_until(&self) -> Date {
        self.payable_until.unwrap_or(self.due_on)
    }
}

/// What is still open of an instalment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number.
    pub number: u16,
    /// The day of the contract.
    pub due_on: Date,
    /// Principal not yet paid.
    pub principal: Money,
    /// Interest not yet paid.
    pub interest: Money,
}

/// The open instalments of a loan, oldest first, packed: about seven bytes each instead of thirty-two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInstalments(Packed<4>);

impl OpenInstalments {
    /// Packs a list; what is fully paid is left out.
    #[must_use]
    pub fn pack(list: &[Due]) -> Self {
        let open = list.iter().filter(|due| !(due.principal.is_zero() && due.interest.is_zero()));
        Self(Packed::of(open.map(|due| {
            let day = i64::from(due.due_on.day_number());
            [i64::from(due.number), day, due.principal.fen(), due.interest.fen()]
        })))
    }

    /// Whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes it takes in memory, beside the structure itself.
    #[must_use]
    pub fn len_in_bytes(&self) -> usize {
        self.0.len_in_bytes()
    }

    /// The list again.
    #[must_use]
    pub fn unpack(&self) -> Vec<Due> {
        let due = |[number, day, principal, interest]: [i64; 4]| Due {
            number: u16::try_from(number).unwrap_or_default(),
            due_on: Date::from_day_number(i32::try_from(day).unwrap_or_default()),
            principal: Money::from_fen(principal),
            interest: Money::from_fen(interest),
        };
        self.0.rows().into_iter().map(due).collect()
    }
}

impl From<&Due> for Instalment {
    /// What is open of an instalment, in a record.
    fn from(due: &Due) -> Self {
        Self {
            number: due.number,
            due_on: due.due_on,
            payable_until: None,
            principal: due.principal,
            interest: due.interest,
        }
    }
}

impl From<&Instalment> for Due {
    fn from(instalment: &Instalment) -> Self {
        Self {
            number: instalment.number,
            due_on: instalment.due_on,
            principal: instalment.principal,
            interest: instalment.interest,
        }
    }
}

impl From<&[Instalment]> for OpenInstalments {
    fn from(list: &[Instalment]) -> Self {
        Self::pack(&list.iter().map(Due::from).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packing_keeps_everything_that_is_open(
            list in prop::collection::vec((1..600_u16, -7000..80_000_i32, 0..crate::money::MAX_AMOUNT_FEN, 0..1_000_000_000_i64), 0..40)
        ) {
            let list: Vec<Due> = list
                .into_iter()
                .map(|(number, day, principal, interest)| Due {
                    number,
                    due_on: Date::from_day_number(day),
                    principal: Money::from_fen(principal),
                    interest: Money::from_fen(interest),
                })
                .filter(|due| !(due.principal.is_zero() && due.interest.is_zero()))
                .collect();
            prop_assert_eq!(OpenInstalments::pack(&list).unpack(), list);
        }
    }

    #[test]
    fn thirty_six_monthly_instalments_take_under_two_hundred_bytes() {
        let first: Date = "2023-12-15".parse().unwrap();
        let list: Vec<Due> = (0..36)
            .map(|month| Due {
                number: month + 1,
                due_on: first.plus_months(i32::from(month)),
                principal: Money::from_fen(524_202),
                interest: Money::from_fen(65_833),
            })
            .collect();
        assert!(OpenInstalments::pack(&list).len_in_bytes() < 200);
    }
}
