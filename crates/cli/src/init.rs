//! `almoner init`: a new ledger and its key.

use std::io::Write;

use almoner_log::{Database, Store, StoreError, is_ledger_name};

use crate::failure::{Exit, Failure, Hinted};
use crate::ledger_key;
use crate::settings::Settings;
use crate::terminal::write_json;

pub const AFTER_HELP: &str = "\
--ledger names it, such as a county's region code: `almoner init --ledger 411700`. Beside the SQLite file
almoner.db lie then almoner.key, the signing key, which is secret; almoner.vkey, the public key, for all who
check; and later almoner.signed, what was signed last, by which a cut or restored log is noticed.";

/// Makes the store, the ledger in it, and its key files.
pub async fn run(settings: &Settings) -> Result<Exit, Failure> {
    let Some(ledger) = &settings.ledger else {
        let hint = "a county's region code is a good name: `almoner init --ledger 411700`";
        let hinted = Hinted { problem: "the new ledger needs a name".into(), hint: hint.into() };
        return Err(Failure::Usage(hinted.into()));
    };
    if !is_ledger_name(ledger) {
        return Err(Failure::Usage(StoreError::LedgerName.into()));
    }
    let verifier_key = make(settings, ledger).await?;
    if settings.json {
        write_json(&serde_json::json!({
            "ledger": ledger,
            "key": settings.key,
            "vkey": settings.verifier_key(),
            "verifier_key": verifier_key,
        }))?;
        return Ok(Exit::Done);
    }
    let mut out = std::io::stdout().lock();
    let (key, vkey) = (settings.key.display(), settings.verifier_key());
    writeln!(out, "ledger {ledger} is ready in {}", settings.shown_store())?;
    writeln!(out, "  signing key   {key}: keep it secret, and keep a copy of it")?;
    writeln!(out, "  verifier key  {}: give it to everyone who shall check", vkey.display())?;
    writeln!(out, "                {verifier_key}")?;
    Ok(Exit::Done)
}

/// Makes a ledger; returns the text of its verifier key.
pub async fn make(settings: &Settings, ledger: &str) -> Result<String, Failure> {
    // Everything that can be found out before anything of the ledger exists.
    let database = Database::create(&settings.store).await.map_err(StoreError::from)?;
    database.migrate().await.map_err(StoreError::from)?;
    database.close().await;
    if Store::open(&settings.store, Some(ledger)).await.is_ok() {
        return Err(StoreError::LedgerExists(ledger.into()).into());
    }
    // The key comes first: if the ledger then cannot be made, the next `init` takes the key that is
    // there, while a ledger without its key would be of use to nobody.
    let key = ledger_key::make(settings, ledger)?;
    ledger_key::write_verifier_key(settings, &key)?;
    Store::create(&settings.store, ledger).await?;
    Ok(key.verifier_key().to_string())
}
