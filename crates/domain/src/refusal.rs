//! Refusals: a command that changes nothing, and why (P14).
//!
//! A refusal names the rule, the limit, the figures and what would be accepted. Its code is stable:
//! scripts and translations hold on to it. A failure of the machine is not a refusal; it is another type.

#[macro_use]
mod declare;
#[macro_use]
mod contracts;
mod catalogue;
mod word;

use serde::ser::{Serialize, SerializeMap, Serializer};

pub use catalogue::Refusal;
pub use word::Word;

/// Where in the fixed order of checks a refusal arises. The same bad input always gets the same code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The command cannot be read: unknown field, wrong type, impossible date.
    Form,
    /// The key was used before with another body.
    Idempotency,
    /// Something named does not exist, or exists already.
    Reference,
    /// A rule of the programme or of bookkeeping forbids it.
    Rule,
    /// A limit would be passed.
    Limit,
}

impl Stage {
    /// The stage as it is written in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Idempotency => "idempotency",
            Self::Reference => "reference",
            Self::Rule => "rule",
            Self::Limit => "limit",
        }
    }
}

/// The most refused lines that one refusal lists; a clerk mends these and tries again.
pub const MAX_REPORTED_LINES: usize = 100;

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.english(), self.code())
    }
}

impl std::error::Error for Refusal {}

impl Serialize for Refusal {
    /// `{"code", "stage", "english", "chinese", "figures": {…}}`, and `lines` for a list.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Figures(Vec<(&'static str, String)>);
        impl Serialize for Figures {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (*name, value)))
            }
        }
        #[derive(serde::Serialize)]
        struct Line<'a> {
            line: usize,
            refusal: &'a Refusal,
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("stage", self.stage().as_str())?;
        map.serialize_entry("english", &self.english())?;
        map.serialize_entry("chinese", &self.chinese())?;
        map.serialize_entry("figures", &Figures(self.figures()))?;
        if let Self::Lines { listed, .. } = self {
            let lines: Vec<_> =
                listed.iter().map(|(line, refusal)| Line { line: *line, refusal }).collect();
            map.serialize_entry("lines", &lines)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
