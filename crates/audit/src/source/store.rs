//! Reading a store's tables as they are.

use almoner_log::{Database, Row, Store, StoreError, Value};
use almoner_proof::{TILE_WIDTH, Tile};

use super::{Beside, CHUNK, Chunk, Extent, SourceError, StoredCheckpoint};

/// Reads the records of a ledger from the first position to the last that was there at the beginning.
#[derive(Debug)]
pub(crate) struct StoreReader {
    database: Database,
    ledger: i64,
    next: u64,
    end: u64,
    beside: Beside,
}

/// All in one statement, so that it is true of one moment.
const EXTENT: &str = "
SELECT (SELECT max(position) FROM record WHERE ledger = $1),
       (SELECT size FROM checkpoint WHERE ledger = $1 ORDER BY size DESC LIMIT 1),
       (SELECT count(*) FROM tile WHERE ledger = $1),
       (SELECT count(*) FROM record WHERE ledger = $1 AND position < 1)";

/// One row for all records of a chunk: much less work than a row for each. A blob is handed through
/// as it is, whatever bytes it has.
const RECORDS_SQLITE: &str = "
SELECT group_concat(position), group_concat(length(bytes)), CAST(group_concat(bytes, '') AS BLOB)
FROM (SELECT position, bytes FROM record
      WHERE ledger = $1 AND position >= $2 AND position <= $3 ORDER BY position)";

const RECORDS_POSTGRES: &str = "
SELECT string_agg(position::text, ','), string_agg(octet_length(bytes)::text, ','),
       string_agg(bytes, '')
FROM (SELECT position, bytes FROM record
      WHERE ledger = $1 AND position >= $2 AND position <= $3 ORDER BY position) AS chunk";

pub(super) async fn extent(store: &Store) -> Result<Extent, SourceError> {
    let ledger = ledger_number(store).await?;
    let rows = store.database().rows(EXTENT, &[ledger.into()]).await?;
    let row = rows.first().ok_or_else(|| damaged("the tables do not answer"))?;
    Ok(Extent {
        end: unsigned(row.optional_integer(0)?.unwrap_or(0)),
        signed: unsigned(row.optional_integer(1)?.unwrap_or(0)),
        tiles: Some(unsigned(row.integer(2)?)),
        stray: unsigned(row.integer(3)?),
        is_bundle: false,
        key: None,
    })
}

pub(super) async fn checkpoint(store: &Store, size: u64) -> Result<Option<String>, SourceError> {
    let ledger = ledger_number(store).await?;
    let sql = "SELECT note FROM checkpoint WHERE ledger = $1 AND size = $2";
    let rows = store.database().rows(sql, &[ledger.into(), integer(size)]).await?;
    Ok(rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?)
}

impl StoreReader {
    pub(super) async fn new(store: Store, end: u64, beside: Beside) -> Result<Self, SourceError> {
        let ledger = ledger_number(&store).await?;
        Ok(Self { database: store.database().clone(), ledger, next: 1, end, beside })
    }

    /// The next chunk. Chunks begin at whole tiles and none is empty of records: where many are
    /// missing, reading goes on at the next that is there.
    pub(super) async fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        while self.next <= self.end {
            let last = (self.next + (CHUNK - 1)).min(self.end);
            if let Some(mut chunk) = self.records(self.next, last).await? {
                if self.beside == Beside::Everything {
                    chunk.tiles = self.tiles(self.next, last).await?;
                    chunk.checkpoints = self.checkpoints(self.next, last).await?;
                }
                self.next = last + 1;
                return Ok(Some(chunk));
            }
            let sql = "SELECT min(position) FROM record WHERE ledger = $1 AND position > $2";
            let rows = self.database.rows(sql, &[self.ledger.into(), integer(last)]).await?;
            let found = rows.first().map(|row| row.optional_integer(0)).transpose()?.flatten();
            let Some(found) = found else { break };
            self.next = (unsigned(found).saturating_sub(1) / CHUNK) * CHUNK + 1;
        }
        Ok(None)
    }

    async fn records(&self, first: u64, last: u64) -> Result<Option<Chunk>, SourceError> {
        let sql = match &self.database {
            Database::Sqlite { .. } => RECORDS_SQLITE,
            Database::Postgres(_) => RECORDS_POSTGRES,
        };
        let values = [self.ledger.into(), integer(first), integer(last)];
        let rows = self.database.rows(sql, &values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let Some(positions) = row.optional_text(0)? else { return Ok(None) };
        let mut end = 0;
        let ends = numbers(row.text(1)?)?.into_iter().map(|length| {
            end += length as usize;
            end
        });
        let chunk = Chunk {
            positions: numbers(positions)?,
            ends: ends.collect(),
            bytes: row.optional_bytes(2)?.unwrap_or_default().to_vec(),
            last,
            ..Chunk::default()
        };
        let whole = chunk.ends.last() == Some(&chunk.bytes.len());
        if whole { Ok(Some(chunk)) } else { Err(damaged("a record is neither text nor bytes")) }
    }

    /// The tiles whose last hash is that of a record from `first` to `last`, level by level.
    async fn tiles(&self, first: u64, last: u64) -> Result<Vec<Tile>, SourceError> {
        let sql = r#"SELECT level, "index", hashes FROM tile
                     WHERE ledger = $1 AND level = $2 AND "index" >= $3 AND "index" < $4"#;
        let mut tiles = Vec::new();
        let mut covered = TILE_WIDTH;
        for level in 0_u8.. {
            let (from, to) = ((first - 1) / covered, last / covered);
            if from < to {
                let values =
                    [self.ledger.into(), i64::from(level).into(), integer(from), integer(to)];
                for row in self.database.rows(sql, &values).await? {
                    let hashes = row.bytes(2)?.to_vec();
                    tiles.push(Tile { level, index: unsigned(row.integer(1)?), hashes });
                }
            }
            match covered.checked_mul(TILE_WIDTH) {
                Some(more) if more <= last => covered = more,
                _ => break,
            }
        }
        Ok(tiles)
    }

    async fn checkpoints(
        &self,
        first: u64,
        last: u64,
    ) -> Result<Vec<StoredCheckpoint>, SourceError> {
        let sql = "SELECT size, root, note FROM checkpoint
                   WHERE ledger = $1 AND size >= $2 AND size <= $3 ORDER BY size";
        let values = [self.ledger.into(), integer(first), integer(last)];
        let rows = self.database.rows(sql, &values).await?;
        let stored = |row: &Row| -> Result<StoredCheckpoint, SourceError> {
            Ok(StoredCheckpoint {
                size: unsigned(row.integer(0)?),
                root: Some(row.bytes(1)?.to_vec()),
                note: row.text(2)?.to_owned(),
            })
        };
        rows.iter().map(stored).collect()
    }
}

/// The number that stands for the ledger in the tables.
async fn ledger_number(store: &Store) -> Result<i64, SourceError> {
    let sql = "SELECT number FROM ledger WHERE name = $1";
    let rows = store.database().rows(sql, &[store.ledger().into()]).await?;
    let row = rows.first().ok_or_else(|| damaged("the ledger's own row is missing"))?;
    Ok(row.integer(0)?)
}

fn numbers(list: &str) -> Result<Vec<u64>, SourceError> {
    let parsed: Result<_, _> = list.split(',').map(str::parse).collect();
    parsed.map_err(|_| damaged("a record has no number for its position or length"))
}

/// Positions and sizes are never negative in a store that its own program wrote; what is, counts as
/// nothing.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn damaged(what: &str) -> SourceError {
    StoreError::Damaged(what.to_owned()).into()
}
