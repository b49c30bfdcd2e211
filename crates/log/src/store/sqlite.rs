//! The log in SQLite: how a batch is appended and how records are read.

use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqlitePool};
use sqlx::{Arguments, Executor, Row};

use crate::{Batch, DatabaseError, Records};

/// The log of one ledger in an SQLite file.
#[derive(Clone, Debug)]
pub(crate) struct SqliteLog {
    pub writer: SqlitePool,
    pub readers: SqlitePool,
    pub ledger: i64,
}

/// One text for a batch of any size, so that it is prepared once and needs one round trip to the
/// connection's thread. Records and hashes travel as one value each; the lists say how to cut them:
/// `$4` holds `start * 65536 + length`, `$6` `index * 256 + level`, `$8` `first * 2^32 + last`, both
/// counted from the batch's first position.
const APPEND: &str = r#"
BEGIN IMMEDIATE;
INSERT INTO record (ledger, position, bytes)
SELECT $1, $2 + key, substr($3, (value >> 16) + 1, value & 65535) FROM json_each($4);
INSERT INTO tile (ledger, level, "index", hashes)
SELECT $1, value & 255, value >> 8, substr($5, key * 8192 + 1, 8192) FROM json_each($6);
INSERT INTO command (ledger, key, digest, first, last)
SELECT $1, substr($7, key * 32 + 1, 16), substr($7, key * 32 + 17, 16),
       $2 + (value >> 32), $2 + (value & 4294967295)
FROM json_each($8);
INSERT INTO checkpoint (ledger, size, root, note) VALUES ($1, $9, $10, $11);
COMMIT
"#;

const READ: &str = "SELECT position, bytes FROM record \
     WHERE ledger = $1 AND position >= $2 ORDER BY position LIMIT $3";

impl SqliteLog {
    /// Appends a batch. Its commit is on disk when this returns.
    ///
    /// The statements run in a task of their own: if the caller stops waiting, they still go through
    /// to their end and leave no open transaction behind.
    pub async fn append(&self, batch: &Batch) -> Result<(), DatabaseError> {
        let arguments = self.append_arguments(batch).map_err(sqlx::Error::Encode)?;
        let mut connection = self.writer.acquire().await?;
        let append = tokio::spawn(async move {
            let done = sqlx::query_with(APPEND, arguments).execute(&mut *connection).await;
            if done.is_err() {
                // Which statement failed is unknown; without an open transaction this one fails too.
                let _ = connection.execute("ROLLBACK").await;
            }
            done
        });
        append.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(())
    }

    /// The records from a position on, `limit` at most, and their positions.
    pub async fn read(&self, from: i64, limit: i64) -> Result<(Vec<i64>, Records), DatabaseError> {
        let query = sqlx::query(READ).bind(self.ledger).bind(from).bind(limit);
        let mut positions = Vec::new();
        let mut records = Records::default();
        for row in query.fetch_all(&self.readers).await? {
            positions.push(row.try_get(0)?);
            records.bytes.extend_from_slice(row.try_get(1)?);
            records.ends.push(records.bytes.len());
        }
        Ok((positions, records))
    }

    fn append_arguments(&self, batch: &Batch) -> Result<SqliteArguments, BoxDynError> {
        let mut start = 0;
        let pieces = list(&batch.ends, |end| {
            let piece = start << 16 | (end - start);
            start = *end;
            piece
        });
        let tiles = list(&batch.tiles, |tile| tile.index << 8 | u64::from(tile.level));
        let hashes: Vec<u8> = batch.tiles.iter().flat_map(|tile| &tile.hashes).copied().collect();
        let ranges = list(&batch.commands, |entry| {
            (entry.first - batch.first) << 32 | (entry.last - batch.first)
        });
        let keys: Vec<u8> = batch
            .commands
            .iter()
            .flat_map(|entry| [entry.key.0, entry.digest.0])
            .flatten()
            .collect();

        let mut arguments = SqliteArguments::default();
        arguments.add(self.ledger)?;
        arguments.add(batch.first as i64)?;
        arguments.add(batch.bytes.as_slice())?;
        arguments.add(pieces)?;
        arguments.add(hashes)?;
        arguments.add(tiles)?;
        arguments.add(keys)?;
        arguments.add(ranges)?;
        arguments.add(batch.size as i64)?;
        arguments.add(batch.root.as_slice())?;
        arguments.add(batch.checkpoint.as_str())?;
        Ok(arguments)
    }
}

/// A JSON array of the numbers made from the items.
fn list<T, N: ToString>(items: &[T], number: impl FnMut(&T) -> N) -> String {
    let numbers: Vec<String> = items.iter().map(number).map(|number| number.to_string()).collect();
    format!("[{}]", numbers.join(","))
}
