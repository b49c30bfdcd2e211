//! The log in SQLite: how a batch is appended and how records are read.

use std::fmt::{Display, Write};

use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqlitePool};
use sqlx::{Arguments, Row};

use super::commands::CommandRow;
use crate::database::SqliteWriter;
use crate::{Batch, DatabaseError, Records};

/// The log of one ledger in an SQLite file.
#[derive(Clone, Debug)]
pub(crate) struct SqliteLog {
    pub writer: SqliteWriter,
    pub readers: SqlitePool,
    pub ledger: i64,
}

/// One statement for any number of records, so that it stays prepared and needs one round trip to
/// the connection's thread. The records travel as one value; the list `$4` says where each starts
/// in it and how long it is, both in one number (see [`piece`]): lists in a list take half as long
/// again. The last record carries the checkpoint.
macro_rules! append_records {
    () => {
        "INSERT INTO record (ledger, position, bytes, root, checkpoint)
         SELECT $1, $2 + key, substr($3, (value >> 20) + 1, value & 1048575),
                CASE WHEN key = $5 THEN $6 END, CASE WHEN key = $5 THEN $7 END
         FROM json_each($4)"
    };
}

const APPEND: &str = append_records!();

/// As [`APPEND`], with the tiles and command rows that some batches complete.
const APPEND_WITH_COMPLETED: &str = concat!(
    "BEGIN IMMEDIATE; ",
    append_records!(),
    r#"; INSERT INTO tile (ledger, level, "index", hashes)
         SELECT $1, value ->> 0, value ->> 1, substr($8, (value ->> 2) + 1, value ->> 3)
         FROM json_each($9);
         INSERT INTO command (ledger, run, bucket, entries)
         SELECT $1, value ->> 0, value ->> 1, substr($8, (value ->> 2) + 1, value ->> 3)
         FROM json_each($10);
         COMMIT"#
);

/// One row for all records: handing over a row costs more than reading it. The text that
/// `group_concat` makes has the bytes as they are, whatever they are.
const READ: &str = "
SELECT group_concat(position), group_concat(length(bytes)), CAST(group_concat(bytes, '') AS BLOB)
FROM (
    SELECT position, bytes FROM record
    WHERE ledger = $1 AND position >= $2 ORDER BY position LIMIT $3
)";

impl SqliteLog {
    /// Appends a batch. Its commit is on disk when this returns.
    pub async fn append(
        &self,
        batch: &Batch,
        commands: &[CommandRow],
    ) -> Result<(), DatabaseError> {
        let completed = !batch.tiles.is_empty() || !commands.is_empty();
        let text = if completed { APPEND_WITH_COMPLETED } else { APPEND };
        let arguments = self.arguments(batch, commands).map_err(sqlx::Error::Encode)?;
        self.writer.lock().await.run(text, arguments).await?;
        Ok(())
    }

    /// The records from a position on, `limit` at most, and their positions.
    pub async fn read(&self, from: i64, limit: i64) -> Result<(Vec<i64>, Records), DatabaseError> {
        let query = sqlx::query(READ).bind(self.ledger).bind(from).bind(limit);
        let row = query.fetch_one(&self.readers).await?;
        let Some(positions) = row.try_get::<Option<&str>, _>(0)? else {
            return Ok((Vec::new(), Records::default()));
        };
        let positions = numbers(positions)?;
        let mut end = 0;
        let ends = numbers(row.try_get(1)?)?.into_iter().map(|length| {
            end += length as usize;
            end
        });
        let ends = ends.collect();
        Ok((positions, Records { first: 0, bytes: row.try_get(2)?, ends }))
    }

    fn arguments(
        &self,
        batch: &Batch,
        commands: &[CommandRow],
    ) -> Result<SqliteArguments, BoxDynError> {
        let mut pieces = List::default();
        let mut start = 0;
        for end in &batch.ends {
            pieces.add(piece(start, end - start));
            start = *end;
        }
        let mut arguments = SqliteArguments::default();
        arguments.add(self.ledger)?;
        arguments.add(batch.first as i64)?;
        arguments.add(batch.bytes.as_slice())?;
        arguments.add(pieces.end())?;
        arguments.add((batch.size - batch.first) as i64)?;
        arguments.add(batch.root.as_slice())?;
        arguments.add(batch.checkpoint.as_str())?;
        if batch.tiles.is_empty() && commands.is_empty() {
            return Ok(arguments);
        }

        let mut bytes = Vec::new();
        let (mut tiles, mut rows) = (List::default(), List::default());
        for tile in &batch.tiles {
            let (start, length) = (bytes.len(), tile.hashes.len());
            tiles.add(format_args!("[{},{},{start},{length}]", tile.level, tile.index));
            bytes.extend_from_slice(&tile.hashes);
        }
        for row in commands {
            let (start, length) = (bytes.len(), row.entries.len());
            rows.add(format_args!("[{},{},{start},{length}]", row.run, row.bucket));
            bytes.extend_from_slice(&row.entries);
        }
        arguments.add(bytes)?;
        arguments.add(tiles.end())?;
        arguments.add(rows.end())?;
        Ok(arguments)
    }
}

/// Where a piece starts and how long it is: the length, at most a record's 60,000 bytes, in the last 20 bits.
fn piece(start: usize, length: usize) -> u64 {
    (start as u64) << 20 | length as u64
}

/// A JSON list of numbers or of lists.
#[derive(Default)]
struct List(String);

impl List {
    fn add(&mut self, item: impl Display) {
        let before = if self.0.is_empty() { '[' } else { ',' };
        // Writing to a string does not fail.
        let _ = write!(self.0, "{before}{item}");
    }

    fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "[]" } else { "]" });
        self.0
    }
}

/// The numbers of a list with commas.
fn numbers(list: &str) -> Result<Vec<i64>, DatabaseError> {
    let numbers = list.split(',').map(|number| number.parse().map_err(|_| DatabaseError::Rows));
    numbers.collect()
}
