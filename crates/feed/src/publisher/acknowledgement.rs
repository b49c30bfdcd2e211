//! What a stream answers to a message that was sent to it.

use std::borrow::Cow;

use serde::Deserialize;

/// The answer as the server writes it.
#[derive(Debug, Deserialize)]
struct Answer<'a> {
    #[serde(default, borrow)]
    stream: Cow<'a, str>,
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    duplicate: bool,
    error: Option<Refusal>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

/// Whether the answer confirms, beyond doubt, that this very message was stored now and where it
/// should be; otherwise what it says instead.
///
/// A duplicate is no confirmation: the server compares ids, not bytes. Nor is error 10071, the
/// answer of newer servers to the same case. Both mean: read what is there.
pub(super) fn confirms(answer: &[u8], stream: &str, sequence: u64) -> Result<(), String> {
    // A message that no stream took has an empty answer.
    if answer.is_empty() {
        return Err("no stream takes its subject".to_owned());
    }
    let answer: Answer = serde_json::from_slice(answer)
        .map_err(|error| format!("the answer cannot be read: {error}"))?;
    if let Some(refusal) = answer.error {
        return Err(format!("{} ({})", refusal.description, refusal.err_code));
    }
    if answer.stream != stream {
        return Err(format!("it went to the stream {}", answer.stream));
    }
    if answer.duplicate {
        return Err("the stream has a message with this id already".to_owned());
    }
    if answer.seq != sequence {
        return Err(format!("it went to sequence {}", answer.seq));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_fresh_message_at_its_place_is_confirmed() {
        let confirms = |answer: &str| confirms(answer.as_bytes(), "ALMONER_1", 7);
        assert_eq!(confirms(r#"{"stream":"ALMONER_1","seq":7}"#), Ok(()));
        assert_eq!(confirms(r#"{"stream":"ALMONER_1","domain":"hub","seq":7}"#), Ok(()));
        for doubtful in [
            r#"{"stream":"ALMONER_1","seq":7,"duplicate":true}"#,
            r#"{"stream":"ALMONER_1","seq":8}"#,
            r#"{"stream":"ALMONER_2","seq":7}"#,
            r#"{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 7"},"stream":"ALMONER_1","seq":0}"#,
            "{}",
            "",
            "no",
        ] {
            assert!(confirms(doubtful).is_err(), "{doubtful}");
        }
    }
}
