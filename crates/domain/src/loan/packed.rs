//! Lists of numbers kept small, because a province has hundreds of thousands of open loans.

use serde::{Deserialize, Serialize};

/// Rows of numbers, packed: each number as its difference from that of the row before, seven bits a
/// byte. Amounts and days change little from row to row, so most numbers take one byte or two
/// instead of eight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed<const COLUMNS: usize>(Box<[u8]>);

impl<const COLUMNS: usize> Packed<COLUMNS> {
    /// Packs rows.
    #[must_use]
    pub fn of(rows: impl IntoIterator<Item = [i64; COLUMNS]>) -> Self {
        let mut bytes = Vec::new();
        let mut before = [0; COLUMNS];
        for row in rows {
            for (number, before) in row.iter().zip(before) {
                write(&mut bytes, number.wrapping_sub(before));
            }
            before = row;
        }
        Self(bytes.into_boxed_slice())
    }

    /// The rows again.
    #[must_use]
    pub fn rows(&self) -> Vec<[i64; COLUMNS]> {
        let mut bytes = self.0.iter();
        let mut rows = Vec::new();
        let mut row = [0; COLUMNS];
        while bytes.len() > 0 {
            for number in &mut row {
                *number = i64::wrapping_add(*number, read(&mut bytes));
            }
            rows.push(row);
        }
        rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes the rows take.
    #[must_use]
    pub fn len_in_bytes(&self) -> usize {
        self.0.len()
    }
}

/// Writes a number of which small ones are frequent, the lowest seven bits first. The sign is folded
/// into the lowest bit, so that small negative numbers are short, too.
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
        fn rows_are_given_back_as_they_were(rows in prop::collection::vec(any::<[i64; 3]>(), 0..20)) {
            prop_assert_eq!(Packed::of(rows.clone()).rows(), rows);
        }

        #[test]
        fn any_bytes_are_some_rows(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let packed = Packed::<4>(bytes.clone().into_boxed_slice());
            prop_assert!(packed.rows().len() <= bytes.len());
        }
    }

    #[test]
    fn numbers_that_change_little_take_a_byte_each() {
        assert_eq!(
            Packed::of([[19_000, 2_000_000], [19_031, 2_000_000], [19_062, 1_999_990]]).0.len(),
            11
        );
        assert_eq!(Packed::of([[i64::MIN, i64::MAX], [i64::MAX, i64::MIN]]).rows().len(), 2);
    }
}
