//! Money: whole fen, never a float (P5).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rate::Rounding;

/// The largest single amount that is read from outside: one trillion yuan, in fen.
///
/// With at most [`crate::MAX_LINES`] lines in a command, no sum of amounts comes near `i64::MAX`.
pub const MAX_AMOUNT_FEN: i64 = 100_000_000_000_000;

/// An amount of money in fen (a hundredth of a yuan).
///
/// Written as a decimal string in yuan with exactly two places, `"20000.00"`.
/// What is read from outside is never negative and at most [`MAX_AMOUNT_FEN`]; a negative amount
/// exists only in postings (credit) and differences.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of whole fen.
    #[must_use]
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// An amount of whole yuan.
    #[must_use]
    pub const fn from_yuan(yuan: i64) -> Self {
        Self(yuan.saturating_mul(100))
    }

    /// The amount in fen.
    #[must_use]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Whether the amount is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the amount is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The amount in fen as a decimal, for rate arithmetic.
    #[must_use]
    pub fn to_decimal_fen(self) -> Decimal {
        Decimal::from(self.0)
    }

    /// Rounds a number of fen to a whole one; `None` when it does not fit.
    #[must_use]
    pub fn round_fen(fen: Decimal, rounding: Rounding) -> Option<Self> {
        rounding.round(fen, 0).to_i64().map(Self)
    }

    /// Rounds to a multiple of `multiple` (for instalments in whole yuan, say).
    /// A multiple of zero or less, or an overflow, gives `None`.
    #[must_use]
    pub fn round_to_multiple(fen: Decimal, multiple: Self, rounding: Rounding) -> Option<Self> {
        if !multiple.is_positive() {
            return None;
        }
        let count = rounding.round(fen.checked_div(multiple.to_decimal_fen())?, 0).to_i64()?;
        count.checked_mul(multiple.0).map(Self)
    }

    /// The greater of zero and this amount.
    #[must_use]
    pub fn or_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// Splits the amount by weights so that the parts sum to the whole (largest remainder).
    ///
    /// Each part is first rounded down; the fen left over go one each to the parts with the largest
    /// remainders, the earlier part first when remainders are equal.
    /// `None` when there is no positive weight, or a weight or the amount is negative.
    #[must_use]
    pub fn split(self, weights: &[i64]) -> Option<Vec<Self>> {
        let total: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        if total <= 0 || self.0 < 0 || weights.iter().any(|&weight| weight < 0) {
            return None;
        }
        let mut parts = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        let mut left = i128::from(self.0);
        for (index, &weight) in weights.iter().enumerate() {
            let product = i128::from(self.0) * i128::from(weight);
            let part = product / total;
            left -= part;
            parts.push(Self(i64::try_from(part).ok()?));
            remainders.push((product % total, index));
        }
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, index) in remainders {
            if left == 0 {
                break;
            }
            parts[index].0 += 1;
            left -= 1;
        }
        Some(parts)
    }
}

// Sums saturate instead of wrapping or panicking. The bounds on amounts and lines keep every sum
// of accepted input far below the limit; only a hostile log can reach it, and its books then fail
// to balance, which the audit reports.
impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Money {
    /// Writes the amount at the end of a buffer. By hand, because every record has some and formatting
    /// takes several times as long.
    fn write(self, buffer: &mut [u8; 24]) -> &str {
        let mut left = self.0.unsigned_abs();
        let mut start = buffer.len();
        // Two places and the digit before the point at least; nineteen digits, point and sign at most.
        while left > 0 || start > buffer.len() - 4 {
            start -= 1;
            if start == buffer.len() - 3 {
                buffer[start] = b'.';
                continue;
            }
            buffer[start] = b'0' + (left % 10) as u8;
            left /= 10;
        }
        if self.0 < 0 {
            start -= 1;
            buffer[start] = b'-';
        }
        str::from_utf8(&buffer[start..]).unwrap_or_default()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; 24]))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMoney;

impl fmt::Display for BadMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount is a string of yuan with exactly two places, such as \"20000.00\", not negative and at most 1000000000000.00")
    }
}

impl std::error::Error for BadMoney {}

impl FromStr for Money {
    type Err = BadMoney;

    /// Reads exactly the form that [`Display`](fmt::Display) writes: `0.50`, `20000.00`; no sign,
    /// no exponent, no leading zero, no other number of places.
    fn from_str(text: &str) -> Result<Self, BadMoney> {
        let (yuan, fen) = text.split_once('.').ok_or(BadMoney)?;
        let canonical = fen.len() == 2
            && !yuan.is_empty()
            && yuan.len() <= 13
            && (yuan == "0" || !yuan.starts_with('0'))
            && yuan.bytes().chain(fen.bytes()).all(|byte| byte.is_ascii_digit());
        if !canonical {
            return Err(BadMoney);
        }
        let yuan: i64 = yuan.parse().map_err(|_| BadMoney)?;
        let fen: i64 = fen.parse().map_err(|_| BadMoney)?;
        let total = yuan.checked_mul(100).and_then(|yuan| yuan.checked_add(fen)).ok_or(BadMoney)?;
        if total > MAX_AMOUNT_FEN { Err(BadMoney) } else { Ok(Self(total)) }
    }
}

// Text for people and records, a plain integer for snapshots.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(self.write(&mut [0; 24]))
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            crate::id::parse_text(deserializer)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        for text in ["0.00", "0.01", "20000.00", "1000000000000.00"] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), text);
        }
        for text in [
            "",
            ".",
            "1",
            "1.",
            ".50",
            "1.5",
            "1.505",
            "-1.00",
            "-0.00",
            "+1.00",
            "01.00",
            "1e3",
            "1,000.00",
            " 1.00",
            "１.00",
            "1000000000000.01",
            "99999999999999.00",
            "NaN",
            "1.0x",
        ] {
            assert!(text.parse::<Money>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_amount_is_written_with_two_places() {
        for (fen, text) in [
            (0, "0.00"),
            (-7, "-0.07"),
            (99, "0.99"),
            (-123, "-1.23"),
            (i64::MAX, "92233720368547758.07"),
            (i64::MIN, "-92233720368547758.08"),
        ] {
            assert_eq!(Money::from_fen(fen).to_string(), text);
        }
        assert_eq!(
            format!("{:>8}|{:<6}|", Money::from_fen(150), Money::from_fen(5)),
            "    1.50|0.05  |"
        );
    }

    #[test]
    fn split_gives_left_over_fen_to_the_largest_remainders() {
        // Policy vector T2: 998.47 by 50/25/15/10.
        let parts = Money::from_fen(99_847).split(&[50, 25, 15, 10]).unwrap();
        assert_eq!(parts, [49_923, 24_962, 14_977, 9_985].map(Money::from_fen));
        // Policy vector T7: 103,456.79 by 80/20.
        let parts = Money::from_fen(10_345_679).split(&[80, 20]).unwrap();
        assert_eq!(parts, [8_276_543, 2_069_136].map(Money::from_fen));
        assert_eq!(Money::from_fen(1).split(&[1, 1, 1]).unwrap(), [1, 0, 0].map(Money::from_fen));
        assert!(Money::from_fen(1).split(&[]).is_none());
        assert!(Money::from_fen(1).split(&[0, 0]).is_none());
        assert!(Money::from_fen(1).split(&[2, -1]).is_none());
    }

    proptest! {
        #[test]
        fn a_split_sums_to_the_whole_and_is_fair_to_a_fen(
            fen in 0..MAX_AMOUNT_FEN,
            weights in prop::collection::vec(0..1_000_000_i64, 1..12),
        ) {
            let total: i64 = weights.iter().sum();
            prop_assume!(total > 0);
            let parts = Money::from_fen(fen).split(&weights).unwrap();
            prop_assert_eq!(parts.iter().copied().sum::<Money>(), Money::from_fen(fen));
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = i128::from(fen) * i128::from(*weight);
                let off = i128::from(part.fen()) * i128::from(total) - exact;
                prop_assert!(off.abs() < i128::from(total));
            }
        }

        #[test]
        fn what_is_written_is_read_back(fen in 0..=MAX_AMOUNT_FEN) {
            let money = Money::from_fen(fen);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
        }
    }
}
