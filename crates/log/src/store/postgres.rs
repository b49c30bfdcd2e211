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
/// the batch is missing; two batches for the same positions meet in the primary key.
const APPEND: &str = r#"
WITH fits AS (
    SELECT WHERE $2 = 1 OR EXISTS (SELECT FROM record WHERE ledger = $1 AND position = $2 - 1)
), records AS (
    INSERT INTO record (ledger, position, bytes)
    SELECT $1, $2 + number - 1, bytes
    FROM fits, unnest($3::bytea[]) WITH ORDINALITY AS new (bytes, number)
), tiles AS (
    INSERT INTO tile (ledger, level, "index", hashes)
    SELECT $1, new.* FROM fits, unnest($4::smallint[], $5::bigint[], $6::bytea[]) AS new
), commands AS (
    INSERT INTO command (ledger, key, digest, first, last)
    SELECT $1, new.*
    FROM fits, unnest($7::bytea[], $8::bytea[], $9::bigint[], $10::bigint[]) AS new
)
INSERT INTO checkpoint (ledger, size, root, note) SELECT $1, $11, $12, $13 FROM fits
"#;

/// One row for all records: much less work for both sides than a row for each.
const READ: &str = "
SELECT array_agg(position), array_agg(octet_length(bytes)), string_agg(bytes, '')
FROM (
    SELECT position, bytes FROM record
    WHERE ledger = $1 AND position >= $2 ORDER BY position LIMIT $3
) AS one_after_the_other";

/// A transaction that writes a few bytes to the write-ahead log and nothing else.
const FLUSH: &str = "SELECT pg_logical_emit_message(true, 'almoner', '')";

/// Up to where the write-ahead log has been written and is on disk, in bytes. What a standby server
/// shows is on its primary's disk already.
const WRITTEN_AND_DURABLE: &str = "
SELECT CASE WHEN pg_is_in_recovery() THEN 0
            ELSE (pg_current_wal_insert_lsn() - '0/0')::bigint END,
       CASE WHEN pg_is_in_recovery() THEN 0
            ELSE (pg_current_wal_flush_lsn() - '0/0')::bigint END,
       current_setting('wal_block_size')::bigint";

/// Planning a statement takes longer than running it, and its plan never depends on the values.
const APPEND_SETTINGS: &str =
    "SET plan_cache_mode = force_generic_plan; SET synchronous_commit = off";

/// A server may be set to wait for standby servers too; only waiting for nothing is not enough here.
const DURABLE_SETTINGS: &str = "SET plan_cache_mode = force_generic_plan; \
     SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') = 'off'";

/// PostgreSQL itself writes to disk three times a second or so, even when nobody asks it to.
const DURABLE_LIMIT: Duration = Duration::from_secs(30);

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

    /// Appends a batch; returns whether it fits the log's end. It is visible then, but not durable.
    pub async fn append(&self, batch: &Batch) -> Result<bool, DatabaseError> {
        self.append_in(&self.sessions.append, batch).await
    }

    /// Appends a batch durably; returns whether it fits the log's end.
    pub async fn append_durably(&self, batch: &Batch) -> Result<bool, DatabaseError> {
        self.append_in(&self.sessions.append_durably, batch).await
    }

    /// When this returns, everything appended before is on disk.
    pub async fn flush(&self) -> Result<(), DatabaseError> {
        self.sessions.flush.run(&self.pool, FLUSH, PgArguments::default()).await?;
        Ok(())
    }

    /// The records from a position on, `limit` at most, and their positions. No crash takes back
    /// what this returns.
    pub async fn read(&self, from: i64, limit: i64) -> Result<(Vec<i64>, Records), DatabaseError> {
        let query = sqlx::query(READ).bind(self.ledger).bind(from).bind(limit);
        let row = query.fetch_one(&self.pool).await?;
        let Some(positions) = row.try_get::<Option<Vec<i64>>, _>(0)? else {
            return Ok((Vec::new(), Records::default()));
        };
        let lengths: Vec<i32> = row.try_get(1)?;
        let mut end = 0;
        let ends = lengths.iter().map(|length| {
            end += length.unsigned_abs() as usize;
            end
        });
        let ends = ends.collect();
        let records = Records { first: 0, bytes: row.try_get(2)?, ends };
        self.wait_until_durable().await?;
        Ok((positions, records))
    }

    /// Waits until everything that could be seen when this was called is on disk.
    pub async fn wait_until_durable(&self) -> Result<(), DatabaseError> {
        let (seen, mut durable) = self.written_and_durable().await?;
        let started = tokio::time::Instant::now();
        let mut pause = Duration::ZERO;
        while durable < seen {
            if started.elapsed() > DURABLE_LIMIT {
                return Err(sqlx::Error::PoolTimedOut.into());
            }
            tokio::time::sleep(pause).await;
            pause = (pause + Duration::from_millis(1)).min(Duration::from_millis(20));
            durable = self.written_and_durable().await?.1;
        }
        Ok(())
    }

    async fn written_and_durable(&self) -> Result<(i64, i64), DatabaseError> {
        let row = sqlx::query(WRITTEN_AND_DURABLE).fetch_one(&self.pool).await?;
        let (mut written, durable, block): (i64, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        // When a record ends with its page, the place to write next is behind the header of the page
        // that follows; the disk is never asked to hold a header without a record.
        let in_page = written.checked_rem(block).unwrap_or(0);
        if in_page <= LONGEST_PAGE_HEADER {
            written -= in_page;
        }
        Ok((written, durable))
    }

    async fn append_in(&self, session: &Session, batch: &Batch) -> Result<bool, DatabaseError> {
        let arguments = self.append_arguments(batch).map_err(sqlx::Error::Encode)?;
        let done = session.run(&self.pool, APPEND, arguments).await?;
        Ok(done.rows_affected() == 1)
    }

    fn append_arguments(&self, batch: &Batch) -> Result<PgArguments, BoxDynError> {
        let records: Vec<&[u8]> = batch.records().map(|(_, bytes)| bytes).collect();
        let (tiles, commands) = (&batch.tiles, &batch.commands);
        let mut arguments = PgArguments::default();
        arguments.reserve(13, batch.bytes.len() + 8 * records.len() + 100 * commands.len() + 1000);
        arguments.add(self.ledger)?;
        arguments.add(batch.first as i64)?;
        arguments.add(records)?;
        arguments.add(tiles.iter().map(|tile| i16::from(tile.level)).collect::<Vec<_>>())?;
        arguments.add(tiles.iter().map(|tile| tile.index as i64).collect::<Vec<_>>())?;
        arguments.add(tiles.iter().map(|tile| tile.hashes.as_slice()).collect::<Vec<_>>())?;
        arguments.add(commands.iter().map(|entry| entry.key.0).collect::<Vec<_>>())?;
        arguments.add(commands.iter().map(|entry| entry.digest.0).collect::<Vec<_>>())?;
        arguments.add(commands.iter().map(|entry| entry.first as i64).collect::<Vec<_>>())?;
        arguments.add(commands.iter().map(|entry| entry.last as i64).collect::<Vec<_>>())?;
        arguments.add(batch.size as i64)?;
        arguments.add(batch.root.as_slice())?;
        arguments.add(batch.checkpoint.as_str())?;
        Ok(arguments)
    }
}

/// The header of the first page of a segment; other pages have a shorter one.
const LONGEST_PAGE_HEADER: i64 = 40;

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

/// Whether the connection can be used after this error: the server refused the statement, no more.
fn keeps_connection(error: &sqlx::Error) -> bool {
    let refusal = error.as_database_error().and_then(|error| error.try_downcast_ref());
    refusal.is_some_and(|error: &PgDatabaseError| error.severity() == PgSeverity::Error)
}
