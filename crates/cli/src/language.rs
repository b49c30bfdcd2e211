//! The two languages in which refusals and headings are said.

use almoner_domain::refusal::Refusal;
use serde::Deserialize;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    // Not doc comments: they would stretch the help to three lines an option.
    // English.
    En,
    // 中文.
    Zh,
}

impl Language {
    /// The language that the environment of a POSIX system asks for; English when it asks for none of ours.
    pub fn of_environment() -> Self {
        // The first that is set and not empty decides.
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        if locale.is_some_and(|locale| locale.starts_with("zh")) { Self::Zh } else { Self::En }
    }

    /// The text in this language.
    pub fn say<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::En => english,
            Self::Zh => chinese,
        }
    }

    /// A refusal in this language, with its code.
    pub fn refusal(self, refusal: &Refusal) -> String {
        match self {
            Self::En => refusal.english(),
            Self::Zh => refusal.chinese(),
        }
    }
}
