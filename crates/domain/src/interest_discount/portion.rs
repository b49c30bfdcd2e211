//! Portions: shares that a decimal cannot always say, such as two thirds.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rate::Rate;

/// A share of interest from 0 to 1: written as a decimal, `"0.5"`, or where no decimal says it exactly as a
/// fraction in lowest terms, `"2/3"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portion {
    /// A decimal fraction.
    Decimal(Rate),
    /// A fraction in lowest terms.
    Fraction {
        /// How many parts.
        numerator: u16,
        /// Of how many.
        denominator: u16,
    },
}

/// Why a text is not a portion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPortion;

/// The largest denominator.
const MOST_PARTS: u16 = 999;

impl Portion {
    /// The whole.
    pub const ONE: Self = Self::Decimal(Rate::ONE);

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::Decimal(Rate::ZERO)
    }

    /// This share of an amount: multiplied first, divided once; `None` when it does not fit a decimal.
    #[must_use]
    pub fn of(self, amount: Decimal) -> Option<Decimal> {
        let (numerator, denominator) = self.parts();
        amount.checked_mul(numerator)?.checked_div(Decimal::from(denominator))
    }

    /// A number to multiply with, and one to divide by.
    pub(crate) fn parts(self) -> (Decimal, i64) {
        match self {
            Self::Decimal(rate) => (rate.decimal(), 1),
            Self::Fraction { numerator, denominator } => {
                (Decimal::from(numerator), i64::from(denominator))
            }
        }
    }
}

impl fmt::Display for BadPortion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a portion is a string holding a decimal fraction from 0 to 1, such as \"0.5\", or where none is exact a fraction in lowest terms with a denominator up to 999, such as \"2/3\"")
    }
}

impl std::error::Error for BadPortion {}

impl FromStr for Portion {
    type Err = BadPortion;

    fn from_str(text: &str) -> Result<Self, BadPortion> {
        let Some((numerator, denominator)) = text.split_once('/') else {
            return text.parse().map(Self::Decimal).map_err(|_| BadPortion);
        };
        let number = |text: &str| {
            let canonical = (1..=3).contains(&text.len())
                && !text.starts_with('0')
                && text.bytes().all(|byte| byte.is_ascii_digit());
            if canonical { text.parse::<u16>().map_err(|_| BadPortion) } else { Err(BadPortion) }
        };
        let (numerator, denominator) = (number(numerator)?, number(denominator)?);
        // One share has one text: a half is written 0.5.
        let mut odd = denominator;
        for prime in [2, 5] {
            while odd % prime == 0 {
                odd /= prime;
            }
        }
        let good = numerator < denominator
            && denominator <= MOST_PARTS
            && odd > 1
            && greatest_common_divisor(i64::from(numerator), i64::from(denominator)) == 1;
        if good { Ok(Self::Fraction { numerator, denominator }) } else { Err(BadPortion) }
    }
}

pub(super) fn greatest_common_divisor(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

impl fmt::Display for Portion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decimal(rate) => fmt::Display::fmt(rate, f),
            Self::Fraction { numerator, denominator } => write!(f, "{numerator}/{denominator}"),
        }
    }
}

impl Serialize for Portion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Portion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::id::parse_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_portion_has_one_text() {
        for text in ["0", "1", "0.5", "2/3", "1/3", "5/6", "998/999"] {
            assert_eq!(text.parse::<Portion>().unwrap().to_string(), text);
        }
        for text in [
            "", "1/2", "2/4", "2/6", "3/3", "4/3", "0/3", "02/3", "2/03", "1/1000", "2/", "/3",
            "-1/3", "1.5",
        ] {
            assert!(text.parse::<Portion>().is_err(), "{text:?}");
        }
    }
}
