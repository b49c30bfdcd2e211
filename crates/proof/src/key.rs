//! Keys of signed notes and their text forms (C2SP signed-note).
//!
//! A key is known by its name and its key ID, the first four bytes of a hash over name, type and
//! public key. The ID only helps to find the key: it is too short to prove anything.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, Signer};
use sha2::{Digest, Sha256};

/// The type of a plain Ed25519 key.
pub(crate) const TYPE_ED25519: u8 = 0x01;

/// The type of an Ed25519 key that makes timestamped cosignatures.
pub(crate) const TYPE_COSIGNATURE: u8 = 0x04;

/// What every private key's text form begins with.
const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";

/// An Ed25519 private key with its name. Printing it for debugging does not show the secret, and
/// dropping it wipes its memory. The bytes or text it was made from are the caller's to guard.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

/// An Ed25519 public key with its name; printed in its text form (the "vkey").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A name is empty or has a space, a plus sign or a control character.
    #[error("the key name is empty or has a space, a plus sign or a control character")]
    Name,
    /// The text is not of the form `name+id+base64`.
    #[error("the key is not of the form name+id+base64")]
    Malformed,
    /// The key is of another type than the one asked for.
    #[error("the key type {0:#04x} is not one that is accepted here")]
    Type(u8),
    /// The key ID is not that of the name and key.
    #[error("the key ID does not fit the name and the key")]
    Id,
    /// The public key is no point of the curve, or one that would let anybody sign.
    #[error("the public key is not a sound Ed25519 key")]
    Unsound,
}

impl SigningKey {
    /// A key of this name from its 32 secret bytes, which must come from a good random source.
    ///
    /// # Errors
    ///
    /// The name is not allowed ([`KeyError::Name`]).
    pub fn new(name: &str, seed: [u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: ed25519_dalek::SigningKey::from_bytes(&seed) })
    }

    /// Reads the text form that [`to_skey`](Self::to_skey) writes.
    ///
    /// # Errors
    ///
    /// The text is not such a key, or the ID in it does not fit.
    pub fn parse(skey: &str) -> Result<Self, KeyError> {
        let text = skey.strip_prefix(PRIVATE_PREFIX).ok_or(KeyError::Malformed)?;
        let parts = KeyText::parse(text, &[TYPE_ED25519])?;
        let key = Self::new(parts.name, parts.key)?;
        if key.id() != parts.id {
            return Err(KeyError::Id);
        }
        Ok(key)
    }

    /// The text form `PRIVATE+KEY+name+id+base64`. It holds the secret: keep it where only the
    /// signer can read it.
    pub fn to_skey(&self) -> String {
        let text = key_text(&self.name, self.id(), TYPE_ED25519, self.key.as_bytes());
        format!("{PRIVATE_PREFIX}{text}")
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half.
    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), id: self.id(), key: self.key.verifying_key() }
    }

    /// The key ID, the same as that of the public half.
    pub(crate) fn id(&self) -> [u8; 4] {
        key_id(&self.name, TYPE_ED25519, self.key.verifying_key().as_bytes())
    }

    /// The bare Ed25519 signature of a message.
    pub(crate) fn signature(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl VerifierKey {
    /// Reads the text form `name+id+base64`.
    ///
    /// # Errors
    ///
    /// The text is not such a key, its ID does not fit, or it is no plain Ed25519 key.
    pub fn parse(vkey: &str) -> Result<Self, KeyError> {
        let parts = KeyText::parse(vkey, &[TYPE_ED25519])?;
        let key = parts.sound_public_key()?;
        Ok(Self { name: parts.name.to_owned(), id: parts.id, key })
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key ID that signature lines carry.
    pub(crate) fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether this key made the signature of the message.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        is_signature(&self.key, message, signature)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&key_text(&self.name, self.id, TYPE_ED25519, self.key.as_bytes()))
    }
}

/// The parts of `name+id+base64(type, key)`.
pub(crate) struct KeyText<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: [u8; 4],
    pub(crate) key_type: u8,
    pub(crate) key: [u8; 32],
}

impl<'a> KeyText<'a> {
    /// Takes the text apart when its type is one of the accepted ones. Does not check the ID.
    pub(crate) fn parse(text: &'a str, accepted_types: &[u8]) -> Result<Self, KeyError> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Malformed)?;
        let (id, base64) = rest.split_once('+').ok_or(KeyError::Malformed)?;
        check_name(name)?;
        let id = parse_id(id).ok_or(KeyError::Malformed)?;
        let bytes = BASE64_STANDARD.decode(base64).map_err(|_| KeyError::Malformed)?;
        let (&key_type, key) = bytes.split_first().ok_or(KeyError::Malformed)?;
        if !accepted_types.contains(&key_type) {
            return Err(KeyError::Type(key_type));
        }
        let key = key.try_into().map_err(|_| KeyError::Malformed)?;
        Ok(Self { name, id, key_type, key })
    }

    /// The public key, when the ID fits it and it is safe to use.
    pub(crate) fn sound_public_key(&self) -> Result<ed25519_dalek::VerifyingKey, KeyError> {
        if key_id(self.name, self.key_type, &self.key) != self.id {
            return Err(KeyError::Id);
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.key);
        key.ok().filter(|key| !key.is_weak()).ok_or(KeyError::Unsound)
    }
}

/// Whether a name may stand in a key or a signature line.
pub(crate) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c < ' ' || c == '+';
    !name.is_empty() && !name.contains(forbidden)
}

/// The first four bytes of SHA-256 over name, newline, type and public key.
pub(crate) fn key_id(name: &str, key_type: u8, public_key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', key_type])
        .chain_update(public_key)
        .finalize();
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash);
    [a, b, c, d]
}

/// Whether the bytes are the key's signature of the message, by the strict rules that accept
/// exactly one signature encoding.
pub(crate) fn is_signature(
    key: &ed25519_dalek::VerifyingKey,
    message: &[u8],
    signature: &[u8],
) -> bool {
    Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

fn check_name(name: &str) -> Result<(), KeyError> {
    if is_key_name(name) { Ok(()) } else { Err(KeyError::Name) }
}

fn key_text(name: &str, id: [u8; 4], key_type: u8, key: &[u8; 32]) -> String {
    let mut bytes = vec![key_type];
    bytes.extend_from_slice(key);
    format!("{name}+{:08x}+{}", u32::from_be_bytes(id), BASE64_STANDARD.encode(bytes))
}

/// Reads eight lower-case hexadecimal digits.
fn parse_id(digits: &str) -> Option<[u8; 4]> {
    let id = u32::from_str_radix(digits, 16).ok()?;
    (format!("{id:08x}") == digits).then_some(id.to_be_bytes())
}
