//! Names in the log: identifiers, pseudonyms and short texts. None may hold personal data (P13).

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An identifier given by people: a fund, a programme, a loan, a batch.
///
/// 1 to 40 characters from `A-Z a-z 0-9 . _ -`, beginning with a letter or digit. A run of eleven or
/// more digits is refused: it would be a telephone, card or citizen number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(CompactString);

impl Id {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadId;

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identifier has 1 to 40 characters from A-Z a-z 0-9 . _ -, begins with a letter or digit, and holds no run of eleven or more digits (no telephone, card or citizen numbers)")
    }
}

impl std::error::Error for BadId {}

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let good = (1..=40).contains(&text.len())
            && text.bytes().all(allowed)
            && text.as_bytes()[0].is_ascii_alphanumeric()
            && !text.as_bytes().split(|byte| !byte.is_ascii_digit()).any(|run| run.len() >= 11);
        if good { Ok(Self(text.into())) } else { Err(BadId) }
    }
}

/// The random pseudonym of a person, household or firm: 128 bits, written as 32 hexadecimal digits.
///
/// Drawn at random outside the log, so that nothing about its subject can be computed from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(u128);

impl Pseudonym {
    /// The pseudonym of 128 random bits.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Its 128 bits.
    pub(crate) const fn to_bits(self) -> u128 {
        self.0
    }

    /// Its digits. By hand, because every record has some and formatting takes ten times as long.
    fn digits(self) -> [u8; 32] {
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0.to_be_bytes()) {
            pair[0] = HEXADECIMAL[usize::from(byte >> 4)];
            pair[1] = HEXADECIMAL[usize::from(byte & 15)];
        }
        digits
    }
}

const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

/// Why a text is not a pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPseudonym;

impl fmt::Display for BadPseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a person, household or firm is named by a random pseudonym of 32 lower-case hexadecimal digits")
    }
}

impl std::error::Error for BadPseudonym {}

impl FromStr for Pseudonym {
    type Err = BadPseudonym;

    fn from_str(text: &str) -> Result<Self, BadPseudonym> {
        let good =
            text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !good {
            return Err(BadPseudonym);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| BadPseudonym)
    }
}

/// A short text for people: a document number, a reason, a name of a fund.
///
/// 1 to 200 characters, no control or bidirectional characters, no space at the ends, and no run of
/// eleven or more digits in any script's digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(CompactString);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadText;

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text has 1 to 200 characters, no control characters, no space at its ends, and no run of eleven or more digits (no telephone, card or citizen numbers)")
    }
}

impl std::error::Error for BadText {}

impl FromStr for Text {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
        };
        let good = (1..=200).contains(&text.chars().count())
            && !text.chars().any(hidden)
            && text.trim() == text
            && !has_long_number(text, &[' ', '-']);
        if good { Ok(Self(text.into())) } else { Err(BadText) }
    }
}

/// Reads a type from its text form; the error names the form that is accepted.
pub(crate) fn parse_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: fmt::Display,
{
    struct TextVisitor<T>(std::marker::PhantomData<T>);

    impl<T> serde::de::Visitor<'_> for TextVisitor<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(TextVisitor(std::marker::PhantomData))
}

/// Reads an optional field: it may be absent, but never `null`, so that one fact has one form.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Whether a text holds a run of eleven or more digits; `separators` may stand inside the run.
fn has_long_number(text: &str, separators: &[char]) -> bool {
    let mut run = 0;
    for c in text.chars() {
        if c.is_numeric() {
            run += 1;
            if run >= 11 {
                return true;
            }
        } else if !separators.contains(&c) {
            run = 0;
        }
    }
    false
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for Pseudonym {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(str::from_utf8(&self.digits()).unwrap_or_default())
        } else {
            serializer.serialize_u128(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_text(deserializer)
    }
}

impl<'de> Deserialize<'de> for Pseudonym {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            parse_text(deserializer)
        } else {
            u128::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_keep_to_their_letters() {
        for text in ["L-2002-0007", "a", "zhumadian.2002", "2024-06"] {
            assert_eq!(text.parse::<Id>().unwrap().as_str(), text);
        }
        for text in ["", "-a", "a b", "贷款", "a/b", &"x".repeat(41)] {
            assert!(text.parse::<Id>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn numbers_that_could_name_a_person_are_refused() {
        for text in ["410105197001010010", "13800138000", "138-0013-8000", "6222 0210 0100 1234"] {
            assert!(text.parse::<Text>().is_err(), "{text:?}");
        }
        assert!("L-41010519700101001X".parse::<Id>().is_err());
        assert!("４１０１０５１９７００１０１００１０".parse::<Text>().is_err());
        assert!("财金〔2023〕75号".parse::<Text>().is_ok());
    }

    #[test]
    fn hidden_characters_are_refused() {
        for text in ["a\nb", "a\u{202E}b", " a", "a ", "a\u{200B}", "a\0"] {
            assert!(text.parse::<Text>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn pseudonyms_have_one_text() {
        let text = "00ff00000000000000000000000000a1";
        assert_eq!(text.parse::<Pseudonym>().unwrap().to_string(), text);
        for text in ["00FF00000000000000000000000000A1", "0", "+0ff00000000000000000000000000a1"] {
            assert!(text.parse::<Pseudonym>().is_err(), "{text:?}");
        }
    }
}
