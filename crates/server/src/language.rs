//! The language of an answer.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// A language in which problems are explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, also for those who understand neither.
    English,
    /// Chinese.
    Chinese,
}

impl Language {
    /// The one that a request likes best (RFC 9110, section 12.5.4), by the first part of each tag.
    pub fn of(headers: &HeaderMap) -> Self {
        let values =
            headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
        let wishes = values.flat_map(|value| value.split(',')).filter_map(wish);
        // Of equally liked ones the first.
        let best = wishes.reduce(|best, wish| if wish.1 > best.1 { wish } else { best });
        best.map_or(Self::English, |(language, _)| language)
    }

    /// The tag of the language.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// The text in this language.
    pub const fn say<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

/// A language of ours and how much it is wanted, in thousandths.
fn wish(text: &str) -> Option<(Language, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let primary = parts.next()?.split('-').next()?.to_ascii_lowercase();
    let language = match primary.as_str() {
        "zh" => Language::Chinese,
        "en" => Language::English,
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1000), thousandths)?;
    (weight > 0).then_some((language, weight))
}

/// Reads `1`, `0.8` or `0.125`.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let thousandths = format!("{whole}{digits}").parse().ok()?;
    (fraction.len() <= 3 && thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_liked_best_is_taken() {
        for (asked, language) in [
            (&["zh-CN,zh;q=0.9,en;q=0.8"][..], Language::Chinese),
            (&["en-GB, zh;q=0.9"], Language::English),
            (&["en;q=0.5,zh;q=0.75"], Language::Chinese),
            (&["de, fr;q=0.9"], Language::English),
            (&["de, ZH-Hant;q=0.1"], Language::Chinese),
            (&["zh;q=0, en;q=0.1"], Language::English),
            (&["zh;q=0"], Language::English),
            (&["zh;q=2"], Language::English),
            (&["*"], Language::English),
            (&["de", "zh"], Language::Chinese),
            (&[], Language::English),
        ] {
            let mut headers = HeaderMap::new();
            for value in asked {
                headers.append(ACCEPT_LANGUAGE, value.parse().unwrap());
            }
            assert_eq!(Language::of(&headers), language, "{asked:?}");
        }
    }
}
