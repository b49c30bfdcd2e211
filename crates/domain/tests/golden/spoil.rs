//! Everything that can be wrong with a good example, made from the example itself.

use std::collections::BTreeSet;

use crate::json::{Json, Step, field, path};

/// A spoilt example.
pub struct Spoilt {
    pub json: Json,
    /// What was done, for messages.
    pub how: String,
    /// Where a refusal must point.
    pub path: String,
}

/// Spoilt examples whose schema is broken: every reader must refuse them. `optional` are the fields that
/// may be absent.
pub fn broken(good: &Json, optional: &BTreeSet<String>) -> Vec<Spoilt> {
    let mut all = Vec::new();
    for place in good.places() {
        let here = path(&place);
        let mut add = |how: &str, path: &str, value: Json| {
            let json = good.with(&place, value);
            all.push(Spoilt { json, how: format!("{how} at {here}"), path: path.into() });
        };
        add("null", &here, word("null"));
        match good.at(&place) {
            Json::Object(fields) => {
                let unknown = fields.iter().cloned().chain([("unknown".into(), word("1"))]);
                add("unknown field", &format!("{here}.unknown"), Json::Object(unknown.collect()));
                for (index, (key, value)) in fields.iter().enumerate() {
                    let twice = fields.iter().cloned().chain([(key.clone(), value.clone())]);
                    add(&format!("second {key}"), &here, Json::Object(twice.collect()));
                    let mut step = place.clone();
                    step.push(Step::Key(key.clone()));
                    if !optional.contains(&field(&step)) {
                        let mut fewer = fields.clone();
                        fewer.remove(index);
                        add(&format!("no {key}"), &here, Json::Object(fewer));
                    }
                }
                add("text for an object", &here, text("x"));
                add("number for an object", &here, word("1"));
            }
            Json::List(_) => {
                add("text for a list", &here, text("x"));
                add("object for a list", &here, Json::Object(Vec::new()));
            }
            Json::Text(value) => {
                for bad in bad_texts(value) {
                    add(&format!("{value} as {bad}"), &here, text(&bad));
                }
                for number in ["1", "1.5", "1e2", "0.10", "true"] {
                    add(&format!("{value} as the number {number}"), &here, word(number));
                }
                add("list for a text", &here, Json::List(vec![text(value)]));
            }
            Json::Word(value) if value.parse::<u64>().is_ok() => {
                // The form of a year allows a negative one; no rule does.
                let is_year = place.last() == Some(&Step::Key("year".into()));
                let bad = ["1.5", "1.0", "1e0", "-1", "\"1\"", "99999999999999999999", "true"];
                for bad in bad.into_iter().filter(|bad| !(is_year && *bad == "-1")) {
                    add(&format!("{value} as {bad}"), &here, word(bad));
                }
            }
            Json::Word(value) => {
                for bad in ["0", "1", "\"true\""] {
                    add(&format!("{value} as {bad}"), &here, word(bad));
                }
            }
        }
    }
    all
}

/// Other spellings of the same fact, which careless readers take for the same.
pub fn respelt(good: &Json) -> Vec<Spoilt> {
    let mut all = Vec::new();
    for place in good.places() {
        let here = path(&place);
        let mut add = |how: &str, value: Json| {
            let json = good.with(&place, value);
            all.push(Spoilt { json, how: format!("{how} at {here}"), path: here.clone() });
        };
        match good.at(&place) {
            Json::Object(fields) => {
                let values = fields.iter().map(|(_, value)| value.clone()).collect();
                add("list for an object", Json::List(values));
            }
            Json::Text(value) => {
                let unit = Json::Object(vec![(value.clone(), word("null"))]);
                add("object for a word", unit);
            }
            Json::List(_) | Json::Word(_) => {}
        }
    }
    all
}

/// The same object with two neighbouring fields exchanged.
pub fn reordered(good: &Json) -> Vec<Json> {
    let mut all = Vec::new();
    for place in good.places() {
        if let Json::Object(fields) = good.at(&place) {
            for index in 1..fields.len() {
                let mut fields = fields.clone();
                fields.swap(index - 1, index);
                all.push(good.with(&place, Json::Object(fields)));
            }
        }
    }
    all
}

fn word(word: &str) -> Json {
    Json::Word(word.into())
}

fn text(text: &str) -> Json {
    Json::Text(text.into())
}

/// Texts near a good one that are none of its kind.
fn bad_texts(good: &str) -> Vec<String> {
    let mut bad = vec![String::new(), format!("{good} "), format!("{good}\n")];
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((yuan, fen)) = good.split_once('.')
        && digits(yuan)
        && digits(fen)
        && fen.len() == 2
    {
        bad.extend([format!("-{good}"), format!("{good}0"), format!("{yuan}.{}", &fen[..1])]);
        bad.extend([yuan.to_owned(), format!("0{good}"), format!("+{good}"), format!("{good}e1")]);
        bad.push("1000000000000.01".into());
    } else if good.starts_with("0.") && digits(&good[2..]) {
        bad.extend([format!("-{good}"), format!("{good}0"), "1.01".into(), "0.12345678901".into()]);
    } else if good.len() == 10 && good.as_bytes()[4] == b'-' && digits(&good[..4]) {
        let year = &good[..4];
        bad.extend([format!("{year}-02-30"), format!("{year}-13-01"), format!("{year}-1-1")]);
        bad.extend([format!("{good}T00:00:00"), format!("1900{}", &good[4..])]);
    } else if good.len() == 32 && good.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bad.extend([good.to_uppercase(), good[1..].to_owned(), format!("{good}0")]);
    } else if good.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        // A word of a list, a name, or a text: none of them may hold a citizen number.
        bad.push("410105197001010010".into());
    }
    bad
}
