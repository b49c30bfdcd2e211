//! The place for a demo's ledger: nobody's work is overwritten.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use almoner_log::{Store, StoreError};

use crate::failure::{Failure, Hinted};
use crate::ledger_key;
use crate::settings::Settings;

/// Makes sure that a new ledger can be made. What an earlier demo left is removed when asked for.
pub async fn make_way(settings: &Settings, ledger: &str, force: bool) -> Result<(), Failure> {
    let Some(file) = settings.store.strip_prefix("sqlite://").map(Path::new) else {
        // `init` refuses a ledger that exists; a database of several is nothing to remove.
        return Ok(());
    };
    if !file.exists() {
        return Ok(());
    }
    if !force {
        return Err(taken(file, "`almoner demo --force` begins anew if it is an earlier demo"));
    }
    if !is_demo(settings, ledger).await {
        return Err(taken(
            file,
            "it is no earlier demo and stays as it is; choose another `--store`",
        ));
    }
    for path in files(settings, file) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let problem = format!("{} cannot be removed", path.display());
                return Err(Failure::machine(error, problem));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a file holds a demo's ledger, nothing else, and its key lies beside it.
async fn is_demo(settings: &Settings, ledger: &str) -> bool {
    let Ok(store) = Store::open(&settings.store, None).await else { return false };
    let is_only_ledger = store.ledger() == ledger;
    let begins_as_demo = begins_as_demo(&store).await.unwrap_or(false);
    store.database().close().await;
    let key = ledger_key::read(&settings.key);
    is_only_ledger && begins_as_demo && key.is_ok_and(|key| key.name() == ledger_key::name(ledger))
}

/// A demo that was interrupted before its first record holds nothing that could be lost.
async fn begins_as_demo(store: &Store) -> Result<bool, StoreError> {
    let records = store.read(1, 1).await?;
    let first = records.iter().next();
    Ok(first.is_none_or(|(_, bytes)| {
        almoner_log::Record::decode(bytes).is_ok_and(|record| record.actor == crate::demo::ACTOR)
    }))
}

fn files(settings: &Settings, file: &Path) -> Vec<PathBuf> {
    let beside = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    vec![
        beside("-wal"),
        beside("-shm"),
        settings.signer_memory(),
        settings.verifier_key(),
        settings.key.clone(),
        // Last, so that what is left after an interruption is still known for a demo.
        file.to_owned(),
    ]
}

fn taken(file: &Path, hint: &str) -> Failure {
    let problem = format!("{} exists already", file.display());
    Failure::Usage(Hinted { problem, hint: hint.into() }.into())
}
