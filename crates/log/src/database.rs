//! One open database of either engine, and the few things that log and views do with it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Connection, Postgres, Sqlite};

mod migrations;
mod postgres;
mod sqlite;
mod value;
mod writer;

pub use value::{Row, Value};
pub use writer::{SqliteWriter, SqliteWriting};

/// An open database. Clones share its connections.
///
/// The SQL is the caller's own, never a user's; whatever varies goes into `$1`, `$2` …
#[derive(Clone, Debug)]
pub enum Database {
    /// An SQLite file: one connection that writes, a few that read.
    Sqlite {
        /// The only connection that writes.
        writer: SqliteWriter,
        /// Connections that only read.
        readers: SqlitePool,
    },
    /// A PostgreSQL database.
    Postgres(PgPool),
}

/// Statements that take effect together on [`commit`](Self::commit), or not at all when dropped.
#[derive(Debug)]
pub enum Transaction {
    /// It holds SQLite's only writing connection: others wait until it ends.
    SqliteWriting(SqliteWriting),
    /// On one of SQLite's reading connections: it sees one moment and holds up nobody.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// At PostgreSQL's default isolation, read committed.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Why a database did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL has another scheme. It is not shown, for it may hold a password.
    #[error("the store's URL begins with neither sqlite:// nor postgres://")]
    Url,
    /// There is no such SQLite file.
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    /// A statement failed or the connection broke.
    #[error("the database did not carry out a statement")]
    Statement(#[from] sqlx::Error),
    /// The tables could not be made or changed.
    #[error("the database could not be brought to this program's version")]
    Migrate(#[from] MigrateError),
    /// A column is not there or holds another type than was asked for.
    #[error("column {0} of the answer is missing or of another type")]
    Column(usize),
    /// Rows to insert do not fit: their number, or values of different types in one column.
    #[error("the rows to insert do not fit their columns")]
    Rows,
}

impl DatabaseError {
    /// Whether a row exists already that only one may be of.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        self.refusal().is_some_and(|error| error.is_unique_violation())
    }

    /// Whether SQLite's file is in another's hands. The low byte is the error's primary code.
    fn is_busy(&self) -> bool {
        const SQLITE_BUSY: i32 = 5;
        let code = self.refusal().and_then(|error| error.code()?.parse::<i32>().ok());
        code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
    }

    /// What the database said when it refused a statement; `None` when it said nothing, so that the
    /// outcome is unknown.
    pub(crate) fn refusal(&self) -> Option<&dyn sqlx::error::DatabaseError> {
        match self {
            Self::Statement(error) => error.as_database_error(),
            _ => None,
        }
    }
}

/// A database that gives no connection for this long is taken as gone; whoever asked tries again.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// For so long an SQLite connection tries again while another process holds the file.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

impl Database {
    /// Opens an existing database: `sqlite://FILE` or `postgres://…`. Changes nothing in it.
    ///
    /// # Errors
    /// When the URL is of another kind, or the database is not there or does not answer.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        if let Some(file) = url.strip_prefix("sqlite://") {
            let file = Path::new(file);
            if !file.is_file() {
                return Err(DatabaseError::Missing(file.to_owned()));
            }
            return open_sqlite(file).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(ACQUIRE_LIMIT);
            return Ok(Self::Postgres(pool.connect(url).await?));
        }
        Err(DatabaseError::Url)
    }

    /// As [`open`](Self::open), but makes an SQLite file that does not exist yet.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn create(url: &str) -> Result<Self, DatabaseError> {
        match url.strip_prefix("sqlite://") {
            Some(file) => open_sqlite(Path::new(file)).await,
            None => Self::open(url).await,
        }
    }

    /// Makes the tables or brings them to this program's version. Does nothing when they are at it,
    /// so that a role without the right to make tables may call it then.
    ///
    /// # Errors
    /// When a statement fails, or the database is at a version that this program does not know.
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        if self.is_migrated().await {
            return Ok(());
        }
        // `run_direct`, because the future of `run` cannot be sent to another thread.
        match self {
            Self::Sqlite { writer, .. } => {
                let mut writing = writer.lock().await;
                // One transaction around all of them keeps others out that migrate too.
                let begin = writing.connection()?.begin_with("BEGIN IMMEDIATE");
                let mut transaction = begin.await?;
                migrations::sqlite().run_direct(None, &mut *transaction, false).await?;
                transaction.commit().await?;
                writing.release();
            }
            Self::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                migrations::postgres().run_direct(None, &mut *connection, false).await?;
            }
        }
        Ok(())
    }

    /// Runs one statement that changes something; returns how many rows it changed.
    ///
    /// # Errors
    /// When it fails.
    pub async fn execute(&self, sql: &str, values: &[Value]) -> Result<u64, DatabaseError> {
        match self {
            Self::Sqlite { writer, .. } => {
                let mut writing = writer.lock().await;
                let changed = sqlite::execute(writing.connection()?, sql, values).await?;
                writing.release();
                Ok(changed)
            }
            Self::Postgres(pool) => postgres::execute(pool, sql, values).await,
        }
    }

    /// Runs one query that changes nothing.
    ///
    /// # Errors
    /// When it fails.
    pub async fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        match self {
            Self::Sqlite { readers, .. } => sqlite::rows(readers, sql, values).await,
            Self::Postgres(pool) => postgres::rows(pool, sql, values).await,
        }
    }

    /// Begins a transaction. In SQLite it is a writing one from the start (`BEGIN IMMEDIATE`), so
    /// that it cannot fail later because another wrote first.
    ///
    /// # Errors
    /// When the database does not answer, or is written to by another for too long.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                Transaction::SqliteWriting(writer.lock().await.begin().await?)
            }
            Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Closes all connections; returns when they are closed.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether every migration of this program has been applied as it is.
    async fn is_migrated(&self) -> bool {
        let expected = match self {
            Self::Sqlite { .. } => migrations::sqlite(),
            Self::Postgres(_) => migrations::postgres(),
        };
        let sql = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
        // Before the first migration there is no such table.
        let Ok(applied) = self.rows(sql, &[]).await else { return false };
        applied.len() == expected.iter().count()
            && applied.iter().zip(expected.iter()).all(|(row, migration)| {
                row.integer(0).is_ok_and(|version| version == migration.version)
                    && row.bytes(1).is_ok_and(|checksum| checksum == &*migration.checksum)
            })
    }
}

impl Transaction {
    /// Runs one statement; returns how many rows it changed.
    ///
    /// # Errors
    /// When it fails.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DatabaseError> {
        match self {
            Self::SqliteWriting(writing) => {
                sqlite::execute(writing.connection()?, sql, values).await
            }
            Self::Sqlite(transaction) => sqlite::execute(&mut **transaction, sql, values).await,
            Self::Postgres(transaction) => postgres::execute(&mut **transaction, sql, values).await,
        }
    }

    /// Runs one statement and returns its rows.
    ///
    /// # Errors
    /// When it fails.
    pub async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        match self {
            Self::SqliteWriting(writing) => sqlite::rows(writing.connection()?, sql, values).await,
            Self::Sqlite(transaction) => sqlite::rows(&mut **transaction, sql, values).await,
            Self::Postgres(transaction) => postgres::rows(&mut **transaction, sql, values).await,
        }
    }

    /// Inserts many rows fast. `insert` is `INSERT INTO table (a, b, c)`; `values` holds the rows one
    /// after the other, `columns` values each; `suffix` is an `ON CONFLICT` clause or empty.
    ///
    /// With `ON CONFLICT … DO UPDATE`, no two of the rows may be for the same row of the table:
    /// PostgreSQL refuses that.
    ///
    /// # Errors
    /// When a statement fails, or the values are not whole rows of one type for each column.
    pub async fn insert_rows(
        &mut self,
        insert: &str,
        columns: usize,
        values: &[Value],
        suffix: &str,
    ) -> Result<(), DatabaseError> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(DatabaseError::Rows);
        }
        match self {
            Self::SqliteWriting(writing) => {
                let connection = writing.connection()?;
                sqlite::insert_rows(connection, insert, columns, values, suffix).await
            }
            Self::Sqlite(transaction) => {
                sqlite::insert_rows(transaction, insert, columns, values, suffix).await
            }
            Self::Postgres(transaction) => {
                postgres::insert_rows(transaction, insert, columns, values, suffix).await
            }
        }
    }

    /// Makes everything in the transaction take effect, durably.
    ///
    /// # Errors
    /// When it could not; or when the connection broke, and then it is unknown whether it did.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        match self {
            Self::SqliteWriting(writing) => writing.commit().await?,
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// Opens an SQLite file. The first connection turns a new file to WAL, and of two who do that at once SQLite turns one
/// away without waiting its busy time, so it is tried again here until about as long has passed.
async fn open_sqlite(file: &Path) -> Result<Database, DatabaseError> {
    let start = Instant::now();
    loop {
        match try_to_open_sqlite(file).await {
            Err(error) if error.is_busy() && start.elapsed() < BUSY_LIMIT => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            done => return done,
        }
    }
}

async fn try_to_open_sqlite(file: &Path) -> Result<Database, DatabaseError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        // A page holds a dozen records, so that appending begins a new one less often.
        .page_size(8192)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit returns when it is on disk.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_LIMIT)
        .foreign_keys(true)
        // INSERT OR REPLACE fires the triggers that refuse to delete.
        .pragma("recursive_triggers", "ON");
    let writer = SqliteWriter::open(&options).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(4)
        // Connections to a file do not break, so there is no need to ask them before each use.
        .test_before_acquire(false)
        .connect_with(options.create_if_missing(false).pragma("query_only", "ON"))
        .await?;
    Ok(Database::Sqlite { writer, readers })
}

/// SQL that this program wrote itself.
fn own_sql(sql: &str) -> AssertSqlSafe<&str> {
    AssertSqlSafe(sql)
}
