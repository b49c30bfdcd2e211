//! How a ledger is opened.

use almoner_ledger::{Clock, Ledger, Options};
use almoner_log::{DatabaseError, Store, StoreError};

use crate::failure::Failure;
use crate::ledger_key;
use crate::settings::Settings;

/// The store of the ledger, for reading.
pub async fn store(settings: &Settings) -> Result<Store, Failure> {
    Store::open(&settings.store, settings.ledger.as_deref()).await.map_err(|error| match error {
        StoreError::Database(DatabaseError::Statement(_)) => {
            let problem = format!("the store {} cannot be used", settings.shown_store());
            Failure::machine(error, problem)
        }
        error => error.into(),
    })
}

/// The ledger, ready to record.
pub async fn ledger(settings: &Settings, clock: Clock) -> Result<Ledger, Failure> {
    Ok(Ledger::start(options(settings, clock).await?).await?)
}

/// What a ledger is started with: its store at this program's version, and the key that signs it.
pub async fn options(settings: &Settings, clock: Clock) -> Result<Options, Failure> {
    let store = store(settings).await?;
    store.database().migrate().await.map_err(StoreError::from)?;
    let key = ledger_key::read(&settings.key)?;
    ledger_key::check_signed_by(&store, &key, &settings.key).await?;
    Ok(Options { store, key, signer_memory: settings.signer_memory(), clock })
}
