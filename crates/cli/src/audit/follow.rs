//! `almoner audit follow`: the log live from NATS, proved and kept in a store of the auditor's own.

use std::io::Write;

use almoner_feed::Follower;
use almoner_log::{Batch, Database, DatabaseError, Store, StoreError};
use almoner_proof::{Checkpoint, VerifierKey};
use serde_json::json;

use super::PublicKey;
use crate::failure::{Exit, Failure, Hinted};
use crate::language::Language;
use crate::nats;
use crate::settings::Settings;
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Stop when the log is proved up to this position
    #[arg(long, value_name = "POSITION")]
    until: Option<u64>,
    #[command(flatten)]
    key: PublicKey,
    #[command(flatten)]
    nats: nats::Arguments,
}

const AFTER_HELP: &str = "\
--store names the auditor's own store, which is made when it is not there; it goes on where it stopped.
A record is kept only when a checkpoint signed by the key proves it. Afterwards every other command can be
asked of the store: `almoner audit replay`, `almoner arrears` …";

/// Follows until told to stop, or until what arrives is not what the log signed.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let Some(connection) = nats::connection(&command.nats, &settings.file.nats)? else {
        let hint = "`--nats nats://host:4222`";
        let hinted = Hinted { problem: "NATS is not named".into(), hint: hint.into() };
        return Err(Failure::Usage(hinted.into()));
    };
    if settings.key.exists() {
        let hinted = Hinted {
            problem: format!("{} is there: this store is the bureau's own", settings.key.display()),
            hint: "follow into a store of your own: `--store sqlite://audit.db`".into(),
        };
        return Err(Failure::Usage(hinted.into()));
    }
    let key = command.key.read(true, settings)?;
    let store = own_store(settings, &key).await?;
    let tree = store.resume_tiles().await?;
    let until = command.until.unwrap_or(u64::MAX);
    let mut proved = tree.size();
    let ledger = store.ledger().to_owned();
    let mut follower = Follower::connect(&connection, &ledger, key, tree)
        .await
        .map_err(|error| Failure::Machine(error.into()))?;
    while proved < until {
        let batch = tokio::select! {
            batch = follower.next() => batch,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
        };
        let batch = batch.map_err(|error| {
            let problem = "the feed is not what the log signed";
            Failure::Refused(anyhow::Error::new(error).context(problem))
        })?;
        store.append_durably(&batch).await?;
        tell(&batch, settings)?;
        proved = batch.size;
    }
    Ok(Exit::Done)
}

fn tell(batch: &Batch, settings: &Settings) -> Result<(), Failure> {
    let (first, last) = (batch.first, batch.size);
    if settings.json {
        write_json(&json!({"first": first, "last": last, "checkpoint": batch.checkpoint}))?;
        return Ok(());
    }
    let told = match settings.language {
        Language::En => format!("positions {first} to {last} are proved and kept"),
        Language::Zh => format!("记录号 {first} 至 {last} 已证明并保存"),
    };
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}

/// The auditor's store of the key's log; what it holds must be of this key.
async fn own_store(settings: &Settings, key: &VerifierKey) -> Result<Store, Failure> {
    let ledger = key.name().strip_prefix("almoner/").unwrap_or(key.name());
    let opened = Store::open(&settings.store, Some(ledger)).await;
    let store = match opened {
        Err(StoreError::Database(DatabaseError::Missing(_)) | StoreError::NoLedger(_)) => {
            let database = Database::create(&settings.store).await.map_err(StoreError::from)?;
            database.migrate().await.map_err(StoreError::from)?;
            database.close().await;
            Store::create(&settings.store, ledger).await?
        }
        opened => opened?,
    };
    if let Some(checkpoint) = store.head().await?.checkpoint {
        Checkpoint::open(&checkpoint, std::slice::from_ref(key)).map_err(|error| {
            let problem = "what the store holds was signed by another key";
            Failure::Refused(anyhow::Error::new(error).context(problem))
        })?;
    }
    Ok(store)
}
