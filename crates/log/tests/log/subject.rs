//! What the contract is checked on: a store, whole or broken in one of four ways.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use almoner_log::{Batch, Head, Store, StoreError};
use almoner_test_servers::shared_postgres;
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub const LEDGER: &str = "411700";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// How a store can be broken without its users noticing on a good day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The last record is not there any more after a crash.
    LosesTheTail,
    /// A record is stored twice, as by a retry after a lost answer.
    DoublesARecord,
    /// Two records change places, as by two writers without a fence.
    ReordersTwo,
    /// The append returns before the commit has happened.
    AcknowledgesEarly,
}

pub struct Subject {
    pub store: Store,
    place: Place,
    fault: Fault,
    /// How far later positions are moved by records that were stored twice.
    moved: AtomicU64,
    /// Where the log ends for those who read; everything is seen before a crash.
    end: AtomicU64,
    /// Appends that are still to happen.
    late: Mutex<Vec<JoinHandle<()>>>,
}

enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

impl Subject {
    pub async fn new(engine: Engine, fault: Fault) -> Self {
        let place = match engine {
            Engine::Sqlite => Place::Sqlite(TempDir::new().unwrap()),
            Engine::Postgres => Place::Postgres(new_postgres_database().await),
        };
        let store = Store::create(&place.url(), LEDGER).await.unwrap();
        Self::with_store(store, place, fault)
    }

    fn with_store(store: Store, place: Place, fault: Fault) -> Self {
        Self {
            store,
            place,
            fault,
            moved: AtomicU64::new(0),
            end: AtomicU64::new(u64::MAX),
            late: Mutex::default(),
        }
    }

    pub fn url(&self) -> String {
        self.place.url()
    }

    /// Another store object on the same log, as another process has it.
    pub async fn other(&self) -> Store {
        Store::open(&self.url(), Some(LEDGER)).await.unwrap()
    }

    pub async fn append(&self, batch: &Batch) -> Result<(), StoreError> {
        let batch = self.distorted(batch);
        if self.fault == Fault::AcknowledgesEarly {
            self.append_later(batch);
            return Ok(());
        }
        self.store.append(&batch).await
    }

    pub async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }

    pub async fn append_durably(&self, batch: &Batch) -> Result<(), StoreError> {
        let batch = self.distorted(batch);
        if self.fault == Fault::AcknowledgesEarly {
            self.append_later(batch);
            return Ok(());
        }
        self.store.append_durably(&batch).await
    }

    pub async fn head(&self) -> Result<Head, StoreError> {
        self.store.head().await
    }

    /// All records from a position on.
    pub async fn read_all(&self, from: u64) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let mut all = read_all(&self.store, from).await?;
        all.retain(|(position, _)| *position <= self.end.load(Ordering::Relaxed));
        Ok(all)
    }

    /// The process dies with everything that it only had in memory; another opens what is left.
    pub async fn crash(self) -> Self {
        for append in self.late.lock().unwrap().drain(..) {
            append.abort();
        }
        let size = self.store.head().await.unwrap().size;
        let place = match self.place {
            Place::Sqlite(old) => {
                // The files as they are now, without the orderly end that closing would be.
                let new = TempDir::new().unwrap();
                for name in ["log.db", "log.db-wal"] {
                    std::fs::copy(old.path().join(name), new.path().join(name)).unwrap();
                }
                Place::Sqlite(new)
            }
            place => place,
        };
        let store = Store::open(&place.url(), Some(LEDGER)).await.unwrap();
        let after = Self::with_store(store, place, self.fault);
        if self.fault == Fault::LosesTheTail {
            after.end.store(size - 1, Ordering::Relaxed);
        }
        after
    }

    /// The store is closed in order and opened again.
    pub async fn reopen(self) -> Self {
        self.store.database().close().await;
        let store = Store::open(&self.place.url(), None).await.unwrap();
        Self::with_store(store, self.place, self.fault)
    }

    fn distorted(&self, batch: &Batch) -> Batch {
        let mut batch = batch.clone();
        let moved = self.moved.load(Ordering::Relaxed);
        batch.first += moved;
        batch.size += moved;
        for entry in &mut batch.commands {
            entry.first += moved;
            entry.last += moved;
        }
        let mut records: Vec<Vec<u8>> = batch.records().map(|(_, bytes)| bytes.to_vec()).collect();
        match self.fault {
            Fault::DoublesARecord => {
                records.insert(0, records[0].clone());
                batch.size += 1;
                self.moved.fetch_add(1, Ordering::Relaxed);
            }
            Fault::ReordersTwo if records.len() > 1 => records.swap(0, 1),
            _ => return batch,
        }
        batch.bytes = records.concat();
        batch.ends = records
            .iter()
            .scan(0, |end, record| {
                *end += record.len();
                Some(*end)
            })
            .collect();
        batch
    }

    fn append_later(&self, batch: Batch) {
        let store = self.store.clone();
        let mut late = self.late.lock().unwrap();
        let before = late.pop();
        late.push(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            let _ = store.append_durably(&batch).await;
        }));
    }
}

impl Place {
    fn url(&self) -> String {
        match self {
            Self::Sqlite(directory) => sqlite_url(directory),
            Self::Postgres(url) => url.clone(),
        }
    }
}

pub fn sqlite_url(directory: &TempDir) -> String {
    let file: PathBuf = directory.path().join("log.db");
    format!("sqlite://{}", file.display())
}

/// An empty database on the server that the tests share.
pub async fn new_postgres_database() -> String {
    let create = || shared_postgres().unwrap().create_database().unwrap();
    tokio::task::spawn_blocking(create).await.unwrap()
}

/// All records of a store from a position on.
pub async fn read_all(store: &Store, from: u64) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let mut all = Vec::new();
    let mut next = from;
    loop {
        let records = store.read(next, 1_000).await?;
        if records.is_empty() {
            return Ok(all);
        }
        all.extend(records.iter().map(|(position, bytes)| (position, bytes.to_vec())));
        next = records.next();
    }
}
