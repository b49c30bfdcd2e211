//! The files of a ledger's key: the signing key, the public key, what was signed last.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use almoner_log::Store;
use almoner_proof::{Checkpoint, SigningKey};

use crate::failure::{Failure, Hinted};
use crate::settings::Settings;

/// The name of a ledger's key.
pub fn name(ledger: &str) -> String {
    format!("almoner/{ledger}")
}

/// The key of a new ledger: made of the system's randomness, or the one that lies there already under
/// the ledger's name and has signed nothing yet.
pub fn make(settings: &Settings, ledger: &str) -> Result<SigningKey, Failure> {
    let path = &settings.key;
    if settings.signer_memory().exists() {
        let problem = format!(
            "{} shows that the key {} has signed a log before",
            settings.signer_memory().display(),
            path.display()
        );
        return Err(another_key(problem));
    }
    if path.exists() {
        let key = read(path)?;
        if key.name() != name(ledger) {
            let problem =
                format!("{} is the key of {}, not of {}", path.display(), key.name(), name(ledger));
            return Err(another_key(problem));
        }
        return Ok(key);
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::machine(error, "the system gives no random bytes for a key"))?;
    let key = SigningKey::new(&name(ledger), seed)
        .map_err(|error| Failure::Usage(anyhow::Error::new(error)))?;
    write_secret(path, &format!("{}\n", key.to_skey()))
        .map_err(|error| cannot_write(error, path))?;
    Ok(key)
}

/// Writes the public half beside the key, for everybody to check the ledger with.
pub fn write_verifier_key(settings: &Settings, key: &SigningKey) -> Result<(), Failure> {
    let path = settings.verifier_key();
    fs::write(&path, format!("{}\n", key.verifier_key()))
        .map_err(|error| cannot_write(error, &path))
}

/// Reads a signing key.
pub fn read(path: &Path) -> Result<SigningKey, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        let problem = format!("the signing key {} cannot be read", path.display());
        Failure::machine(error, problem)
    })?;
    warn_if_open_to_others(path);
    SigningKey::parse(text.trim()).map_err(|error| {
        let problem = format!("{} holds no signing key", path.display());
        Failure::machine(error, problem)
    })
}

/// Refuses a key that did not sign the log's last checkpoint: signing on with another would leave a
/// log that no single key verifies.
pub async fn check_signed_by(store: &Store, key: &SigningKey, path: &Path) -> Result<(), Failure> {
    let Some(checkpoint) = store.head().await?.checkpoint else { return Ok(()) };
    match Checkpoint::open(&checkpoint, &[key.verifier_key()]) {
        Ok(_) => Ok(()),
        Err(error) => {
            let hinted = Hinted {
                problem: format!(
                    "{} is not the key that signed the ledger's last checkpoint",
                    path.display()
                ),
                hint: "name the ledger's own key with `--key FILE`".into(),
            };
            Err(Failure::Machine(anyhow::Error::new(error).context(hinted)))
        }
    }
}

fn another_key(problem: String) -> Failure {
    let hint = "name another file with `--key FILE`; it is made when it does not exist";
    Failure::Machine(anyhow::Error::new(Hinted { problem, hint: hint.into() }))
}

fn cannot_write(error: io::Error, path: &Path) -> Failure {
    Failure::machine(error, format!("{} cannot be written", path.display()))
}

/// Writes a new file that only its owner can read, and returns when it is on disk.
pub fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn warn_if_open_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if open {
        tracing::warn!(
            "others than its owner can use the signing key {0}; `chmod 600 {0}` ends that",
            path.display()
        );
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_others(_: &Path) {}
