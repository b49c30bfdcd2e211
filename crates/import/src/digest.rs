//! The hash by which a file is told again.

use sha2::{Digest, Sha256};

/// `sha256-` and 64 hexadecimal digits over the bytes of the file as they came. It is the idempotency key of the
/// command that a file becomes, so that it stands in the log and the same file is never recorded twice.
#[must_use]
pub fn file_digest(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256-{digits}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_what_sha256sum_prints() {
        assert_eq!(
            super::file_digest(b"abc"),
            "sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
