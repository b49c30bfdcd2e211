//! The store: the log of one ledger, in either engine.

use std::sync::Arc;

use almoner_proof::EMPTY_ROOT;
use tokio::sync::Mutex;

mod commands;
mod postgres;
mod sqlite;
mod tree;

use commands::Recent;
use postgres::PostgresLog;
use sqlite::SqliteLog;

use crate::{Batch, Database, DatabaseError, Head, Records, Value, is_ledger_name};

/// The most records that one [`Store::read`] returns; at the longest they fit the gigabyte that is
/// PostgreSQL's limit for a value.
pub const MAX_READ: u32 = 10_000;

/// The log of one ledger: its records in order, the tiles of its tree, its commands and checkpoints.
/// Clones share their connections.
///
/// There is one writer for a ledger. If a second appends all the same, one of the two gets
/// [`StoreError::Conflict`]. Readers may be many, in this process and others; they never see a record
/// that a crash could still take back.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    log: Log,
    recent: Arc<Mutex<Recent>>,
    ledger: Arc<str>,
    /// The ledger's number in the tables.
    number: i64,
}

#[derive(Clone, Debug)]
enum Log {
    Sqlite(SqliteLog),
    Postgres(PostgresLog),
}

/// Why the store did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer was first. Nothing was appended; load the log again and decide again.
    #[error("another writer has appended to the ledger")]
    Conflict,
    /// The batch does not begin where the log ends. Nothing was appended.
    #[error("the batch begins at position {first}, but the next position is {next}")]
    OutOfOrder {
        /// The batch's first position.
        first: u64,
        /// The position that comes next.
        next: u64,
    },
    /// The batch contradicts itself in the part named. Nothing was appended.
    #[error("the batch does not fit together: {0}")]
    Batch(&'static str),
    /// Not a name for a ledger.
    #[error("a ledger's name has 1 to 64 characters from A-Z a-z 0-9 _ -")]
    LedgerName,
    /// The ledger exists already.
    #[error("the ledger {0} exists already")]
    LedgerExists(String),
    /// There is no such ledger, or no name was given and there is not exactly one.
    #[error("no such ledger; the store has: {}", .0.join(", "))]
    NoLedger(Vec<String>),
    /// What is stored contradicts itself: somebody has changed it.
    #[error("the log is damaged: {0}")]
    Damaged(String),
    /// The database failed. After an append or flush it is unknown whether it took effect.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

type Result<T> = std::result::Result<T, StoreError>;

impl Store {
    /// Makes a ledger, and what it needs: the SQLite file, the tables.
    ///
    /// # Errors
    /// When the name is no ledger name, the ledger exists already, or the database fails.
    pub async fn create(url: &str, ledger: &str) -> Result<Self> {
        if !is_ledger_name(ledger) {
            return Err(StoreError::LedgerName);
        }
        let database = Database::create(url).await?;
        database.migrate().await?;
        let insert = "INSERT INTO ledger (name) SELECT $1
                      WHERE NOT EXISTS (SELECT name FROM ledger WHERE name = $1)";
        match database.execute(insert, &[ledger.into()]).await {
            Ok(0) => return Err(StoreError::LedgerExists(ledger.to_owned())),
            // Somebody else has just made it.
            Err(error) if error.is_unique_violation() => {
                return Err(StoreError::LedgerExists(ledger.to_owned()));
            }
            done => done?,
        };
        Self::in_database(database, Some(ledger)).await
    }

    /// Opens a ledger, or the only ledger that there is. Changes nothing: after an update of the
    /// program, [`Database::migrate`] brings the tables up to date.
    ///
    /// # Errors
    /// When the store or the ledger does not exist, or the database fails.
    pub async fn open(url: &str, ledger: Option<&str>) -> Result<Self> {
        Self::in_database(Database::open(url).await?, ledger).await
    }

    async fn in_database(database: Database, ledger: Option<&str>) -> Result<Self> {
        let mut ledgers = Vec::new();
        for row in database.rows("SELECT number, name FROM ledger ORDER BY name", &[]).await? {
            ledgers.push((row.integer(0)?, row.text(1)?.to_owned()));
        }
        let found = match (ledger, ledgers.as_slice()) {
            (Some(ledger), _) => ledgers.iter().find(|(_, name)| name == ledger),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let Some((number, name)) = found else {
            return Err(StoreError::NoLedger(ledgers.into_iter().map(|(_, name)| name).collect()));
        };
        let log = match &database {
            Database::Sqlite { writer, readers } => Log::Sqlite(SqliteLog {
                writer: writer.clone(),
                readers: readers.clone(),
                ledger: *number,
            }),
            Database::Postgres(pool) => {
                let ledger = i32::try_from(*number).map_err(|_| DatabaseError::Column(0))?;
                Log::Postgres(PostgresLog::new(pool.clone(), ledger))
            }
        };
        let recent = Arc::default();
        Ok(Self { log, recent, ledger: name.as_str().into(), number: *number, database })
    }

    /// The database that the log is in.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The ledger's name.
    #[must_use]
    pub fn ledger(&self) -> &str {
        &self.ledger
    }

    /// Appends a batch in one transaction: records, tiles, commands and checkpoint, all or none.
    ///
    /// When it returns, the batch has its place in the order, but is durable only after
    /// [`flush`](Self::flush): until then no receipt may leave. Batches must be handed over in order,
    /// each call awaited before the next.
    ///
    /// # Errors
    /// When the batch does not fit or another writer was first, nothing was appended. When the
    /// database failed, it is unknown: load the log again.
    pub async fn append(&self, batch: &Batch) -> Result<()> {
        self.append_batch(batch, false).await
    }

    /// When it returns, everything appended before the call is on disk.
    ///
    /// # Errors
    /// When the database failed; it is unknown then what is on disk.
    pub async fn flush(&self) -> Result<()> {
        let flushed = match &self.log {
            // A commit of SQLite is on disk when it returns.
            Log::Sqlite(_) => Ok(()),
            Log::Postgres(log) => log.flush().await,
        };
        if flushed.is_err() {
            *self.recent.lock().await = Recent::default();
        }
        Ok(flushed?)
    }

    /// [`append`](Self::append) and [`flush`](Self::flush) in one round trip: the quickest way when
    /// nothing else waits.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn append_durably(&self, batch: &Batch) -> Result<()> {
        self.append_batch(batch, true).await
    }

    /// The durable end of the log.
    ///
    /// # Errors
    /// When the database fails, or records and checkpoints do not end at the same position.
    pub async fn head(&self) -> Result<Head> {
        let sql = "SELECT position, root, checkpoint FROM record WHERE ledger = $1
                   ORDER BY position DESC LIMIT 1";
        let rows = self.database.rows(sql, &[self.number.into()]).await?;
        let Some(row) = rows.first() else {
            return Ok(Head { size: 0, root: EMPTY_ROOT, checkpoint: None });
        };
        let size = number(row.integer(0)?)?;
        let (Some(root), Some(note)) = (row.optional_bytes(1)?, row.optional_text(2)?) else {
            return Err(damaged(format!("record {size} is the last but carries no checkpoint")));
        };
        let root =
            root.try_into().map_err(|_| damaged(format!("the root at {size} is no hash")))?;
        self.wait_until_durable().await?;
        Ok(Head { size, root, checkpoint: Some(note.to_owned()) })
    }

    /// The durable records from a position on, in order: `limit` or [`MAX_READ`] at most, fewer at the
    /// log's end, none behind it.
    ///
    /// # Errors
    /// When the database fails or a record is missing.
    pub async fn read(&self, from: u64, limit: u32) -> Result<Records> {
        let from = from.max(1);
        let nothing = Records { first: from, ..Records::default() };
        let Ok(first) = i64::try_from(from) else { return Ok(nothing) };
        let limit = limit.min(MAX_READ).into();
        let (positions, records) = match &self.log {
            Log::Sqlite(log) => log.read(first, limit).await?,
            Log::Postgres(log) => log.read(first, limit).await?,
        };
        if positions.is_empty() {
            return Ok(nothing);
        }
        match (first..).zip(positions).find(|(expected, found)| expected != found) {
            Some((missing, _)) => Err(damaged(format!("record {missing} is missing"))),
            None => Ok(Records { first: from, ..records }),
        }
    }

    /// Keeps a snapshot of the state after the record at `position`, and the one before it; older
    /// ones go. `format` tells one program version's snapshots from another's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_snapshot(&self, position: u64, format: u32, bytes: &[u8]) -> Result<()> {
        let mut transaction = self.database.begin().await?;
        let insert = "INSERT INTO snapshot (ledger, position, format, bytes)
                      VALUES ($1, $2, $3, $4)
                      ON CONFLICT (ledger, position, format) DO UPDATE SET bytes = excluded.bytes";
        let values = [self.number.into(), integer(position), format.into(), bytes.into()];
        transaction.execute(insert, &values).await?;
        let delete = "DELETE FROM snapshot WHERE ledger = $1 AND position < (
                          SELECT min(position) FROM (
                              SELECT DISTINCT position FROM snapshot WHERE ledger = $1
                              ORDER BY position DESC LIMIT 2) AS newest)";
        transaction.execute(delete, &[self.number.into()]).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The newest snapshot of a format and its position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_snapshot(&self, format: u32) -> Result<Option<(u64, Vec<u8>)>> {
        let sql = "SELECT position, bytes FROM snapshot WHERE ledger = $1 AND format = $2
                   ORDER BY position DESC LIMIT 1";
        let rows = self.database.rows(sql, &[self.number.into(), format.into()]).await?;
        match rows.first() {
            Some(row) => Ok(Some((number(row.integer(0)?)?, row.bytes(1)?.to_owned()))),
            None => Ok(None),
        }
    }

    async fn wait_until_durable(&self) -> Result<()> {
        match &self.log {
            Log::Sqlite(_) => Ok(()),
            Log::Postgres(log) => Ok(log.wait_until_durable().await?),
        }
    }

    async fn append_batch(&self, batch: &Batch, durably: bool) -> Result<()> {
        if let Some(fault) = batch.fault() {
            return Err(StoreError::Batch(fault));
        }
        let mut recent = self.recent.lock().await;
        let commands = self.commands_completed_by(&mut recent, batch).await?;
        let appended = match &self.log {
            Log::Sqlite(log) => log.append(batch, &commands).await.map(|()| true),
            Log::Postgres(log) => log.append(batch, &commands, durably).await,
        };
        if matches!(appended, Ok(true)) {
            recent.add_batch(batch);
            return Ok(());
        }
        *recent = Recent::default();
        match appended {
            Err(error) if error.refusal().is_none() => Err(error.into()),
            refused => Err(self.why_refused(batch, refused.err()).await?),
        }
    }

    /// The last position that can be seen, durable or not.
    async fn end(&self) -> Result<u64> {
        let sql = "SELECT coalesce(max(position), 0) FROM record WHERE ledger = $1";
        let rows = self.database.rows(sql, &[self.number.into()]).await?;
        rows.first().map_or(Ok(0), |row| number(row.integer(0)?))
    }

    /// Finds out why an append was refused. The engines say it in words of their own; where the log
    /// ends now says it for both.
    async fn why_refused(
        &self,
        batch: &Batch,
        refusal: Option<DatabaseError>,
    ) -> Result<StoreError> {
        let (first, next) = (batch.first, self.end().await? + 1);
        Ok(match refusal {
            _ if next < first => StoreError::OutOfOrder { first, next },
            Some(refusal) if next == first => refusal.into(),
            _ => StoreError::Conflict,
        })
    }
}

/// Numbers beyond the column's range are in no table, so that the largest finds nothing.
fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn number(integer: i64) -> Result<u64> {
    u64::try_from(integer).map_err(|_| damaged(format!("there is a number {integer}")))
}

fn damaged(what: impl Into<String>) -> StoreError {
    StoreError::Damaged(what.into())
}
