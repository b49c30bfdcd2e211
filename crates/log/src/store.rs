//! The store: the log of one ledger, in either engine.

use std::sync::Arc;

use almoner_proof::{EMPTY_ROOT, Hash, TILE_WIDTH, Tile, TileBuilder, leaf_hash};

mod postgres;
mod sqlite;

use postgres::PostgresLog;
use sqlite::SqliteLog;

use crate::{
    Batch, CommandDigest, CommandEntry, CommandKey, Database, DatabaseError, Head, Records, Row,
    Value, is_ledger_name,
};

/// The most records that one [`Store::read`] returns; at the longest they fit the gigabyte that is
/// PostgreSQL's limit for a value.
pub const MAX_READ: u32 = 10_000;

/// The log of one ledger: its records in order, the tiles of its tree, its command keys and
/// checkpoints. Clones share their connections.
///
/// There is one writer for a ledger. If a second appends all the same, one of the two gets
/// [`StoreError::Conflict`]. Readers may be many, in this process and others; they never see a record
/// that a crash could still take back.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    log: Log,
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
    /// A command of the batch has been answered before. Nothing was appended.
    #[error("a command of the batch is in the log already")]
    DuplicateCommand,
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
        Ok(Self { log, ledger: name.as_str().into(), number: *number, database })
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

    /// Appends a batch in one transaction: records, tiles, command keys and checkpoint, all or none.
    ///
    /// When it returns, the batch has its place in the order, but is durable only after
    /// [`flush`](Self::flush): until then no receipt may leave. Batches must be handed over in order,
    /// each call awaited before the next.
    ///
    /// # Errors
    /// When the batch does not fit or another writer was first, nothing was appended. When the
    /// database failed, it is unknown: load the log again.
    pub async fn append(&self, batch: &Batch) -> Result<()> {
        self.check(batch)?;
        let appended = match &self.log {
            Log::Sqlite(log) => log.append(batch).await.map(|()| true),
            Log::Postgres(log) => log.append(batch).await,
        };
        self.explain(batch, appended).await
    }

    /// When it returns, everything appended before the call is on disk.
    ///
    /// # Errors
    /// When the database failed; it is unknown then what is on disk.
    pub async fn flush(&self) -> Result<()> {
        match &self.log {
            // A commit of SQLite is on disk when it returns.
            Log::Sqlite(_) => Ok(()),
            Log::Postgres(log) => Ok(log.flush().await?),
        }
    }

    /// [`append`](Self::append) and [`flush`](Self::flush) in one round trip: the quickest way when
    /// nothing else waits.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn append_durably(&self, batch: &Batch) -> Result<()> {
        self.check(batch)?;
        let appended = match &self.log {
            Log::Sqlite(log) => log.append(batch).await.map(|()| true),
            Log::Postgres(log) => log.append_durably(batch).await,
        };
        self.explain(batch, appended).await
    }

    /// The durable end of the log.
    ///
    /// # Errors
    /// When the database fails, or records and checkpoints do not end at the same position.
    pub async fn head(&self) -> Result<Head> {
        let sql = "SELECT c.size, c.root, c.note,
                          (SELECT max(position) FROM record WHERE ledger = $1)
                   FROM ledger LEFT JOIN checkpoint AS c ON c.ledger = ledger.number
                    AND c.size = (SELECT max(size) FROM checkpoint WHERE ledger = $1)
                   WHERE ledger.number = $1";
        let rows = self.database.rows(sql, &[self.number.into()]).await?;
        let Some(row) = rows.first() else {
            return Err(StoreError::Damaged("the ledger's own row is missing".to_owned()));
        };
        let (size, end) = (row.optional_integer(0)?, row.optional_integer(3)?);
        if size != end {
            return Err(StoreError::Damaged(format!(
                "the last checkpoint is for {} records, the last record is number {}",
                size.unwrap_or(0),
                end.unwrap_or(0)
            )));
        }
        let Some(size) = size else {
            return Ok(Head { size: 0, root: EMPTY_ROOT, checkpoint: None });
        };
        let root = fixed(row.bytes(1)?, "root of the last checkpoint")?;
        let head = Head { size: number(size)?, root, checkpoint: Some(row.text(2)?.to_owned()) };
        self.wait_until_durable().await?;
        Ok(head)
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
            Some((missing, _)) => Err(StoreError::Damaged(format!("record {missing} is missing"))),
            None => Ok(Records { first: from, ..records }),
        }
    }

    /// The complete tile at a place of the tree, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tile(&self, level: u8, index: u64) -> Result<Option<Tile>> {
        Ok(self.tiles(&[(level, index)]).await?.pop())
    }

    /// The complete tiles at these places (level and index), those that there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tiles(&self, places: &[(u8, u64)]) -> Result<Vec<Tile>> {
        let mut tiles = Vec::new();
        for places in places.chunks(LOOKUP) {
            let sql = format!(
                r#"SELECT level, "index", hashes FROM tile WHERE ledger = $1 AND ({})"#,
                either(places.len(), |n| format!(
                    r#"level = ${} AND "index" = ${}"#,
                    2 * n,
                    2 * n + 1
                ))
            );
            let mut values = vec![self.number.into()];
            for (level, index) in places {
                values.extend([Value::Integer((*level).into()), integer(*index)]);
            }
            for row in self.database.rows(&sql, &values).await? {
                tiles.push(tile(&row)?);
            }
        }
        if !tiles.is_empty() {
            self.wait_until_durable().await?;
        }
        Ok(tiles)
    }

    /// The durable records that a command led to, if it is in the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_command(&self, key: CommandKey) -> Result<Option<CommandEntry>> {
        Ok(self.find_commands(&[key]).await?.pop())
    }

    /// The entries of those commands that are in the log, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_commands(&self, keys: &[CommandKey]) -> Result<Vec<CommandEntry>> {
        let mut entries = Vec::new();
        for keys in keys.chunks(LOOKUP) {
            let sql = format!(
                "SELECT key, digest, first, last FROM command WHERE ledger = $1 AND ({})",
                either(keys.len(), |n| format!("key = ${}", n + 1))
            );
            let mut values = vec![self.number.into()];
            values.extend(keys.iter().map(|key| Value::from(&key.0[..])));
            for row in self.database.rows(&sql, &values).await? {
                entries.push(command(&row)?);
            }
        }
        if !entries.is_empty() {
            self.wait_until_durable().await?;
        }
        Ok(entries)
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

    /// Continues the tree where the log ends: from its complete tiles and the records after them.
    ///
    /// # Errors
    /// When the database fails, or the root is not the last checkpoint's.
    pub async fn resume_tiles(&self) -> Result<TileBuilder> {
        let head = self.head().await?;
        let mut unfinished = vec![self.leaves_after_last_tile(head.size).await?];
        let mut tiles = head.size / TILE_WIDTH;
        for level in 0.. {
            if tiles == 0 {
                break;
            }
            unfinished.push(self.roots_after_last_tile(level, tiles).await?);
            tiles /= TILE_WIDTH;
        }
        let damaged = |what: &str| StoreError::Damaged(what.to_owned());
        let builder = TileBuilder::resume(head.size, unfinished)
            .ok_or_else(|| damaged("records or tiles are missing"))?;
        if builder.root() != head.root {
            return Err(damaged("the tree's root is not the last checkpoint's"));
        }
        Ok(builder)
    }

    /// The leaf hashes of the records after the last complete tile of level 0.
    async fn leaves_after_last_tile(&self, size: u64) -> Result<Vec<Hash>> {
        let count = (size % TILE_WIDTH) as u32;
        let records = self.read(size - u64::from(count) + 1, count).await?;
        Ok(records.iter().map(|(_, bytes)| leaf_hash(bytes)).collect())
    }

    /// The roots of those of a level's complete tiles that no tile of the next level covers.
    async fn roots_after_last_tile(&self, level: u8, tiles: u64) -> Result<Vec<Hash>> {
        let sql = r#"SELECT level, "index", hashes FROM tile
                     WHERE ledger = $1 AND level = $2 AND "index" >= $3 AND "index" < $4
                     ORDER BY "index""#;
        let first = tiles - tiles % TILE_WIDTH;
        let values =
            [self.number.into(), Value::Integer(level.into()), integer(first), integer(tiles)];
        let rows = self.database.rows(sql, &values).await?;
        rows.iter().map(|row| Ok(tile(row)?.root())).collect()
    }

    async fn wait_until_durable(&self) -> Result<()> {
        match &self.log {
            Log::Sqlite(_) => Ok(()),
            Log::Postgres(log) => Ok(log.wait_until_durable().await?),
        }
    }

    fn check(&self, batch: &Batch) -> Result<()> {
        batch.fault().map_or(Ok(()), |fault| Err(StoreError::Batch(fault)))
    }

    /// Finds out why an append was refused. The engines say it in words of their own; where the log
    /// ends now says it for both.
    async fn explain(
        &self,
        batch: &Batch,
        appended: std::result::Result<bool, DatabaseError>,
    ) -> Result<()> {
        let error = match appended {
            Ok(true) => return Ok(()),
            Ok(false) => None,
            Err(error) if error.refusal().is_none() => return Err(error.into()),
            Err(error) => Some(error),
        };
        let sql = "SELECT coalesce(max(position), 0) + 1 FROM record WHERE ledger = $1";
        let rows = self.database.rows(sql, &[self.number.into()]).await?;
        let next = rows.first().map_or(Ok(1), |row| row.integer(0))?;
        let next = number(next)?;
        let keys: Vec<CommandKey> = batch.commands.iter().map(|entry| entry.key).collect();
        match error {
            _ if next > batch.first => Err(StoreError::Conflict),
            _ if next < batch.first => Err(StoreError::OutOfOrder { first: batch.first, next }),
            Some(error) if self.find_commands(&keys).await?.is_empty() => Err(error.into()),
            Some(_) => Err(StoreError::DuplicateCommand),
            // The log grew up to the batch in the meantime.
            None => Err(StoreError::Conflict),
        }
    }
}

/// How many keys or places one query looks up.
const LOOKUP: usize = 64;

/// `(a) OR (b) OR …`, counted from 1.
fn either(count: usize, condition: impl Fn(usize) -> String) -> String {
    let conditions: Vec<String> = (1..=count).map(|n| format!("({})", condition(n))).collect();
    conditions.join(" OR ")
}

fn tile(row: &Row) -> Result<Tile> {
    let level = u8::try_from(row.integer(0)?).map_err(|_| DatabaseError::Column(0))?;
    Ok(Tile { level, index: number(row.integer(1)?)?, hashes: row.bytes(2)?.to_owned() })
}

fn command(row: &Row) -> Result<CommandEntry> {
    Ok(CommandEntry {
        key: CommandKey(fixed(row.bytes(0)?, "command key")?),
        digest: CommandDigest(fixed(row.bytes(1)?, "command digest")?),
        first: number(row.integer(2)?)?,
        last: number(row.integer(3)?)?,
    })
}

/// Numbers beyond the column's range are in no table, so that the largest finds nothing.
fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn number(integer: i64) -> Result<u64> {
    u64::try_from(integer).map_err(|_| StoreError::Damaged(format!("there is a number {integer}")))
}

fn fixed<const N: usize>(bytes: &[u8], name: &str) -> Result<[u8; N]> {
    let wrong = |_| StoreError::Damaged(format!("a {name} is not {N} bytes long"));
    bytes.try_into().map_err(wrong)
}
