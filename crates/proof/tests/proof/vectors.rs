//! Reading vector files.

use std::path::Path;

use almoner_proof::Hash;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the vector file can be read");
    serde_json::from_str(&text).expect("the vector file is JSON")
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

pub fn number(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

pub fn bytes(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(text(value)).expect("base64")
}

/// `None` when the bytes are no hash, which a caller of our functions cannot even express.
pub fn hash(value: &Value) -> Option<Hash> {
    bytes(value).try_into().ok()
}

pub fn hashes(value: &Value) -> Option<Vec<Hash>> {
    list(value).iter().map(hash).collect()
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn from_hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}
