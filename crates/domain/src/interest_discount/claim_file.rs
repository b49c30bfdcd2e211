//! The files that banks send for a claim. A bank corrects its file and sends it again until the claim is filed: each is
//! a version, and the log holds its hash, so that the file an office shows later is known to be the one that came.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::date::Date;
use crate::id::{Id, Text, parse_text, present};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, Name, State};

/// Command `interest_discount.receive_file`: it came, whatever is found in its lines. One that the bank takes up again
/// after another is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiveFile {
    /// The claim that it is for.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// The bank that sends it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub bank: Option<Id>,
    /// Its hash.
    pub digest: FileDigest,
    /// How many loans it lists.
    pub lines: u32,
    /// The discount that it asks for.
    pub total: Money,
    /// The document that it came with.
    pub document: Text,
}

/// Event `interest_discount.file_received.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileReceived {
    /// The claim that it is for.
    pub claim: Id,
    /// Which of the files for the claim it is, from 1.
    pub version: u32,
    /// The programme.
    pub programme: Id,
    /// The bank that sends it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub bank: Option<Id>,
    /// Its hash.
    pub digest: FileDigest,
    /// How many loans it lists.
    pub lines: u32,
    /// The discount that it asks for.
    pub total: Money,
    /// The document that it came with.
    pub document: Text,
}

/// The SHA-256 hash of a file, written as `sha256-` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FileDigest([u8; 32]);

/// Why a text is not the hash of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFileDigest;

impl fmt::Display for BadFileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hash of a file is sha256- and 64 lower-case hexadecimal digits")
    }
}

impl std::error::Error for BadFileDigest {}

impl FromStr for FileDigest {
    type Err = BadFileDigest;

    fn from_str(text: &str) -> Result<Self, BadFileDigest> {
        let digits = text.strip_prefix("sha256-").ok_or(BadFileDigest)?.as_bytes();
        let mut digest = [0; 32];
        if digits.len() != 2 * digest.len() {
            return Err(BadFileDigest);
        }
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            let mut value = 0;
            for digit in pair {
                value = value * 16
                    + match digit {
                        b'0'..=b'9' => digit - b'0',
                        b'a'..=b'f' => digit - b'a' + 10,
                        _ => return Err(BadFileDigest),
                    };
            }
            *byte = value;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256-")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for FileDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for FileDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            parse_text(deserializer)
        } else {
            Deserialize::deserialize(deserializer).map(Self)
        }
    }
}

/// A file that came for a claim that is not filed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReceivedFile {
    /// The record of it.
    pub record: Link,
    /// Its hash.
    pub digest: FileDigest,
    /// The programme.
    programme: Id,
    /// The bank that sent it.
    bank: Option<Id>,
}

/// The last file that came for a claim; refused when it is of another programme or bank than what follows it.
pub(super) fn last_file<'a>(
    state: &'a State,
    claim: &Id,
    programme: &Id,
    bank: Option<&Id>,
) -> Result<Option<&'a ReceivedFile>, Refusal> {
    let last = state.claim_files.get(claim).and_then(|files| files.last());
    match last {
        Some(file) if file.programme != *programme || file.bank.as_ref() != bank => {
            Err(Refusal::ClaimFileDiffers {
                claim: claim.clone(),
                position: file.record.position,
                programme: file.programme.clone(),
                bank: file.bank.as_ref().map_or("-".into(), ToString::to_string),
            })
        }
        last => Ok(last),
    }
}

impl ReceiveFile {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<FileReceived, Refusal> {
        state.programme(&self.programme)?;
        if state.is_used(Name::Claim(&self.claim)) {
            let kind = Word::new("claim", "贴息申请");
            return Err(Refusal::AlreadyExists { kind, id: self.claim.clone() });
        }
        let earlier = state.claim_files.get(&self.claim).map(Vec::len).unwrap_or_default();
        if let Some(last) = last_file(state, &self.claim, &self.programme, self.bank.as_ref())? {
            let (claim, position) = (self.claim.clone(), last.record.position);
            if last.digest == self.digest {
                return Err(Refusal::FileReceivedAlready { claim, position });
            }
            last.record.not_after(effective_on)?;
        }
        Ok(FileReceived {
            claim: self.claim.clone(),
            version: u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1),
            programme: self.programme.clone(),
            bank: self.bank.clone(),
            digest: self.digest,
            lines: self.lines,
            total: self.total,
            document: self.document.clone(),
        })
    }
}

impl FileReceived {
    pub(crate) fn apply(&self, state: &mut State, record: Link) {
        let file = ReceivedFile {
            record,
            digest: self.digest,
            programme: self.programme.clone(),
            bank: self.bank.clone(),
        };
        state.claim_files.entry(self.claim.clone()).or_default().push(file);
    }

    /// A file that was recorded under a wrong claim, bank or document is taken off again before the claim is filed.
    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        match state.claim_files.get(&self.claim).and_then(|files| files.last()) {
            Some(last) if last.record.position != position => {
                Err(Refusal::ReverseLaterFirst { position, later: last.record.position })
            }
            Some(_) => Ok(()),
            None => {
                let kind = "interest_discount.file_received.v1";
                Err(Refusal::NotReversible { position, kind })
            }
        }
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(files) = state.claim_files.get_mut(&self.claim) {
            files.pop();
            if files.is_empty() {
                state.claim_files.remove(&self.claim);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_text() {
        let text = "sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(text.parse::<FileDigest>().unwrap().to_string(), text);
        let bad = [&text[7..], &text[..70], &text.to_uppercase(), &text.replace("ba", "+a")];
        for text in bad {
            assert_eq!(text.parse::<FileDigest>(), Err(BadFileDigest), "{text}");
        }
    }
}
