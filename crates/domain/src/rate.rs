//! Rates and the named ways of rounding.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A rate or share as a decimal fraction: `"0.0395"` is 3.95 percent. From 0 to 1, at most ten places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(Decimal);

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// The whole.
    pub const ONE: Self = Self(Decimal::ONE);

    /// The nearest rate to a decimal: 0 below, 1 above, ten places.
    pub(crate) fn within(decimal: Decimal) -> Self {
        Self(decimal.clamp(Decimal::ZERO, Decimal::ONE).round_dp(10).normalize())
    }

    /// The rate as a decimal fraction.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.0
    }
}

/// Why a text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRate;

impl fmt::Display for BadRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rate is a string holding a decimal fraction from 0 to 1 with at most ten places and no trailing zero, such as \"0.0395\"")
    }
}

impl std::error::Error for BadRate {}

impl FromStr for Rate {
    type Err = BadRate;

    /// Reads `"0"`, `"1"`, `"0.0395"`: no sign, no exponent, no trailing zero, so that one rate has one text.
    fn from_str(text: &str) -> Result<Self, BadRate> {
        let places = text.split_once('.').map_or("", |(_, places)| places);
        let canonical = text.len() <= 12
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && (text == "0" || text == "1" || (text.starts_with("0.") && !places.is_empty()))
            && !places.ends_with('0');
        if !canonical {
            return Err(BadRate);
        }
        let rate = Decimal::from_str_exact(text).map_err(|_| BadRate)?;
        if rate > Decimal::ONE { Err(BadRate) } else { Ok(Self(rate)) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::id::parse_text(deserializer)
    }
}

/// How a figure is rounded; every rounding in the domain names one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Half a fen is rounded up (四舍五入), the practice of Chinese banks.
    HalfUp,
    /// Half a fen is rounded to the even neighbour.
    HalfEven,
}

impl Rounding {
    /// Rounds to `places` decimal places.
    #[must_use]
    pub fn round(self, value: Decimal, places: u32) -> Decimal {
        let strategy = match self {
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
        };
        value.round_dp_with_strategy(places, strategy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rate_has_one_text() {
        for text in ["0", "1", "0.0395", "0.5", "0.3333333333"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in [
            "",
            ".",
            "0.",
            "0.0",
            "0.50",
            "00.5",
            "1.5",
            "2",
            "-0.1",
            "1e-3",
            "0.12345678901",
            ".5",
            "5%",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn halves_round_as_named() {
        let half = Decimal::new(25, 1);
        assert_eq!(Rounding::HalfUp.round(half, 0), Decimal::from(3));
        assert_eq!(Rounding::HalfEven.round(half, 0), Decimal::from(2));
    }
}
