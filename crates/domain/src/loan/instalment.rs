//! Instalments: as they are recorded, and what of them is still open, packed small.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::present;
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
pub struct OpenInstalments(Box<[u8]>);

impl OpenInstalments {
    /// Packs a list; what is fully paid is left out.
    #[must_use]
    pub fn pack(list: &[Due]) -> Self {
        let mut bytes = Vec::with_capacity(list.len() * 8);
        let (mut number, mut day) = (0, 0);
        for due in list.iter().filter(|due| !(due.principal.is_zero() && due.interest.is_zero())) {
            write(&mut bytes, i64::from(due.number) - number);
            write(&mut bytes, i64::from(due.due_on.day_number()) - day);
            write(&mut bytes, due.principal.fen());
            write(&mut bytes, due.interest.fen());
            (number, day) = (i64::from(due.number), i64::from(due.due_on.day_number()));
        }
        Self(bytes.into_boxed_slice())
    }

    /// Whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The list again.
    #[must_use]
    pub fn unpack(&self) -> Vec<Due> {
        let mut bytes = self.0.iter();
        let mut list = Vec::new();
        let (mut number, mut day) = (0_i64, 0_i64);
        while bytes.len() > 0 {
            number = number.saturating_add(read(&mut bytes));
            day = day.saturating_add(read(&mut bytes));
            list.push(Due {
                number: u16::try_from(number).unwrap_or_default(),
                due_on: Date::from_day_number(i32::try_from(day).unwrap_or_default()),
                principal: Money::from_fen(read(&mut bytes)),
                interest: Money::from_fen(read(&mut bytes)),
            });
        }
        list
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

/// Writes a number of which small ones are frequent: seven bits a byte, the lowest first.
/// Numbers are not negative here; days before 1970 are, so the sign is folded into the lowest bit.
fn write(bytes: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while rest >= 0x80 {
        bytes.push((rest as u8) | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

fn read(bytes: &mut std::slice::Iter<'_, u8>) -> i64 {
    let (mut number, mut shift) = (0_u64, 0_u32);
    for &byte in bytes {
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
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
    fn thirty_six_monthly_instalments_take_under_three_hundred_bytes() {
        let first: Date = "2023-12-15".parse().unwrap();
        let list: Vec<Due> = (0..36)
            .map(|month| Due {
                number: month + 1,
                due_on: first.plus_months(i32::from(month)),
                principal: Money::from_fen(524_202),
                interest: Money::from_fen(65_833),
            })
            .collect();
        assert!(OpenInstalments::pack(&list).0.len() < 300);
    }
}
