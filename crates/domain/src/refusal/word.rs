//! Words that stand in refusals of both languages.

use std::fmt;

/// A word in English and Chinese. `{}` writes the English one, which also stands in the figures;
/// `{:#}` writes the Chinese one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    english: &'static str,
    chinese: &'static str,
}

impl Word {
    /// A word in both languages.
    #[must_use]
    pub const fn new(english: &'static str, chinese: &'static str) -> Self {
        Self { english, chinese }
    }

    /// The English word.
    #[must_use]
    pub const fn english(self) -> &'static str {
        self.english
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if f.alternate() { self.chinese } else { self.english })
    }
}
