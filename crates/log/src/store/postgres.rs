//! The log in PostgreSQL: how a batch is appended and made durable, and how records are read that no
//! crash can take back.

use std::sync::Arc;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::postgres::{
    PgArguments, PgConnection, PgDatabaseError, PgPool, PgQueryResult, PgSeverity,
};
use sqlx::{Arguments, ConnectOptions, Executor, Row};
use tokio::sync::Mutex;

use super::commands::CommandRow;
use crate::{Batch, DatabaseError, Records};

/// The log of one ledger in a PostgreSQL database.
#[derive(Clone, Debug)]
pub(crate) struct PostgresLog {
    pub pool: PgPool,
    pub ledger: i32,
    sessions: Arc<Sessions>,
}

/// The writer's own connections. The order in which commits enter the write-ahead log is the order
/// in which they become durable, so an append need not wait for the disk: a later synchronous commit
/// of any of these sessions carries it along.
#[derive(Debug)]
struct Sessions {
    /// Returns when the commit is in the write-ahead log, before it is on disk.
    append: Session,
    /// Commits next to nothing, synchronously, while appending goes on.
    flush: Session,
    /// Returns when the commit is on disk.
    append_durably: Session,
}

#[derive(Debug)]
struct Session {
    /// What a new connection is told first.
    settings: &'static str,
    connection: Mutex<Option<PgConnection>>,
}

/// One statement, so one round trip and one transaction. Nothing is inserted when the record before
/// the batch is missing; two batches for the same positions meet in the primary key. The last record
/// carries the checkpoint.
macro_rules! append_records {
    () => {
        "INSERT INTO record (ledger, position, bytes, root, checkpoint)
         SELECT $1, $2 + number - 1, bytes,
                CASE WHEN number = $4 THEN $5 END, CASE WHEN number = $4 THEN $6 END
         FROM unnest($3::bytea[]) WITH ORDINALITY AS new (bytes, number)
         WHERE $2 = 1 OR EXISTS (SELECT FROM record WHERE ledger = $1 AND position = $2 - 1)"
    };
}

const APPEND: &str = append_records!();

/// As [`APPEND`], for one record: almost as quick as the plainest INSERT.
const APPEND_ONE: &str = "
INSERT INTO record (ledger, position, bytes, root, checkpoint) SELECT $1, $2, $3, $5, $6
WHERE $2 = 1 OR EXISTS (SELECT FROM record WHERE ledger = $1 AND position = $2 - 1)";

/// As [`APPEND`], with the tiles and command rows that some batches complete.
const APPEND_WITH_COMPLETED: &str = concat!(
    r#"WITH tiles AS (
           INSERT INTO tile (ledger, level, "index", hashes)
           SELECT $1, new.* FROM unnest($7::smallint[], $8::bigint[], $9::bytea[]) AS new
           WHERE $2 = 1 OR EXISTS (SELECT FROM record WHERE ledger = $1 AND position = $2 - 1)
       ), commands AS (
           INSERT INTO command (ledger, run, bucket, entries)
           SELECT $1, new.* FROM unnest($10::bigint[], $11::integer[], $12::bytea[]) AS new
           WHERE $2 = 1 OR EXISTS (SELECT FROM record WHERE ledger = $1 AND position = $2 - 1)
       ) "#,
    append_records!()
);

const READ: &str = "SELECT position, bytes FROM record
                    WHERE ledger = $1 AND position >= $2 ORDER BY position LIMIT $3";

/// Up to where the write-ahead log has been written and is on disk, in bytes, and the size of its
/// pages. What a standby server shows is on its primary's disk already.
const WRITTEN_AND_DURABLE: &str = "
SELECT CASE WHEN pg_is_in_recovery() THEN 0
            ELSE (pg_current_wal_insert_lsn() - '0/0')::bigint END,
       CASE WHEN pg_is_in_recovery() THEN 0
            ELSE (pg_current_wal_flush_lsn() - '0/0')::bigint END,
       current_setting('wal_block_size')::bigint";

/// A transaction that writes a few bytes to the write-ahead log and nothing else.
const FLUSH: &str = "SELECT pg_logical_emit_message(true, 'almoner', '')";

/// Planning a statement takes longer than running it, and its plan does not depend on the values.
const APPEND_SETTINGS: &str =
    "SET plan_cache_mode = force_generic_plan; SET synchronous_commit = off";

/// A server may be set to wait for standby servers too; only not waiting at all is changed.
const DURABLE_SETTINGS: &str = "SET plan_cache_mode = force_generic_plan;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'";

/// As [`FLUSH`], for a connection whose settings are not ours.
const FLUSH_ANYWHERE: &str = "
SELECT set_config('synchronous_commit',
                  CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                       ELSE current_setting('synchronous_commit') END, true),
       pg_logical_emit_message(true, 'almoner', '')";

/// How long a reader leaves the flush to the writer, who is likely to be at it.
const FLUSH_BY_OTHERS: Duration = Duration::from_millis(1);

/// The header of the first page of a segment of the write-ahead log; other pages have a shorter one.
const LONGEST_PAGE_HEADER: i64 = 40;

impl PostgresLog {
    pub fn new(pool: PgPool, ledger: i32) -> Self {
        let session = |settings| Session { settings, connection: Mutex::new(None) };
        let sessions = Sessions {
            append: session(APPEND_SETTINGS),
            flush: session(DURABLE_SETTINGS),
            append_durably: session(DURABLE_SETTINGS),
        };
        Self { pool, ledger, sessions: Arc::new(sessions) }
    }

    /// Appends a batch; returns whether it begins where the log ends. It is visible then, and durable
    /// if it was asked to be.
    pub async fn append(
        &self,
        batch: &Batch,
        commands: &[CommandRow],
        durably: bool,
    ) -> Result<bool, DatabaseError> {
        let text = if !batch.tiles.is_empty() || !commands.is_empty() {
            APPEND_WITH_COMPLETED
        } else if batch.ends.len() == 1 {
            APPEND_ONE
        } else {
            APPEND
        };
        let arguments = self.arguments(text, batch, commands).map_err(sqlx::Error::Encode)?;
        let sessions = &self.sessions;
        let session = if durably { &sessions.append_durably } else { &sessions.append };
        let done = session.run(&self.pool, text, arguments).await?;
        Ok(done.rows_affected() == batch.ends.len() as u64)
    }

    /// When this returns, everything appended before is on disk.
    pub async fn flush(&self) -> Result<(), DatabaseError> {
        self.sessions.flush.run(&self.pool, FLUSH, PgArguments::default()).await?;
        Ok(())
    }

    /// The records from a position on, `limit` at most, and their positions. No crash takes back
    /// what this returns.
    pub async fn read(&self, from: i64, limit: i64) -> Result<(Vec<i64>, Records), DatabaseError> {
        let mut connection = self.pool.acquire().await?;
        let query = sqlx::query(READ).bind(self.ledger).bind(from).bind(limit);
        let mut positions = Vec::new();
        let mut records = Records::default();
        for row in query.fetch_all(&mut *connection).await? {
            positions.push(row.try_get(0)?);
            records.bytes.extend_from_slice(row.try_get(1)?);
            records.ends.push(records.bytes.len());
        }
        if !positions.is_empty() {
            wait_until_durable(&mut connection).await?;
        }
        Ok((positions, records))
    }

    /// Waits until everything that could be seen when this was called is on disk.
    pub async fn wait_until_durable(&self) -> Result<(), DatabaseError> {
        wait_until_durable(&mut *self.pool.acquire().await?).await
    }

    fn arguments(
        &self,
        text: &str,
        batch: &Batch,
        commands: &[CommandRow],
    ) -> Result<PgArguments, BoxDynError> {
        let count = batch.ends.len();
        let mut arguments = PgArguments::default();
        arguments.reserve(6, batch.bytes.len() + 8 * count + 1000);
        arguments.add(self.ledger)?;
        arguments.add(batch.first as i64)?;
        if text == APPEND_ONE {
            arguments.add(batch.bytes.as_slice())?;
        } else {
            arguments.add(batch.records().map(|(_, bytes)| bytes).collect::<Vec<_>>())?;
        }
        arguments.add(count as i64)?;
        arguments.add(batch.root.as_slice())?;
        arguments.add(batch.checkpoint.as_str())?;
        if text != APPEND_WITH_COMPLETED {
            return Ok(arguments);
        }
        let tiles = &batch.tiles;
        arguments.add(tiles.iter().map(|tile| i16::from(tile.level)).collect::<Vec<_>>())?;
        arguments.add(tiles.iter().map(|tile| tile.index as i64).collect::<Vec<_>>())?;
        arguments.add(tiles.iter().map(|tile| tile.hashes.as_slice()).collect::<Vec<_>>())?;
        arguments.add(commands.iter().map(|row| row.run).collect::<Vec<_>>())?;
        arguments.add(commands.iter().map(|row| row.bucket).collect::<Vec<_>>())?;
        arguments.add(commands.iter().map(|row| row.entries.as_slice()).collect::<Vec<_>>())?;
        Ok(arguments)
    }
}

impl Session {
    /// Runs a statement on the session's connection, which is made when there is none.
    ///
    /// A connection that broke, or whose statement the caller stopped waiting for, is not used again.
    async fn run(
        &self,
        pool: &PgPool,
        sql: &'static str,
        arguments: PgArguments,
    ) -> Result<PgQueryResult, DatabaseError> {
        let mut slot = self.connection.lock().await;
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => {
                let mut connection = pool.connect_options().connect().await?;
                connection.execute(self.settings).await?;
                connection
            }
        };
        let done = sqlx::query_with(sql, arguments).execute(&mut connection).await;
        if done.as_ref().map_or_else(keeps_connection, |_| true) {
            *slot = Some(connection);
        }
        Ok(done?)
    }
}

/// Waits until everything that could be seen when this was called is on disk, and sees to it.
async fn wait_until_durable(connection: &mut PgConnection) -> Result<(), DatabaseError> {
    let (written, durable) = written_and_durable(connection).await?;
    if durable >= written {
        return Ok(());
    }
    tokio::time::sleep(FLUSH_BY_OTHERS).await;
    let (_, durable) = written_and_durable(connection).await?;
    if durable < written {
        sqlx::query(FLUSH_ANYWHERE).execute(connection).await?;
    }
    Ok(())
}

async fn written_and_durable(connection: &mut PgConnection) -> Result<(i64, i64), DatabaseError> {
    let row = sqlx::query(WRITTEN_AND_DURABLE).fetch_one(connection).await?;
    let (written, durable, page): (i64, i64, i64) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    // When a record ends with its page, the place to write next is behind the header of the page
    // that follows, and the disk need not hold a header without a record.
    let in_page = written.checked_rem(page).unwrap_or(0);
    let header = if in_page <= LONGEST_PAGE_HEADER { in_page } else { 0 };
    Ok((written - header, durable))
}

/// Whether the connection can be used after this error: the server refused the statement, no more.
fn keeps_connection(error: &sqlx::Error) -> bool {
    let refusal = error.as_database_error().and_then(|error| error.try_downcast_ref());
    refusal.is_some_and(|error: &PgDatabaseError| error.severity() == PgSeverity::Error)
}
