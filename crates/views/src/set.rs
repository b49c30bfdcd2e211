//! View sets: which rows belong together, how far they have come, and which of them answer.
//!
//! A set of a new version, or one that is rebuilt, grows beside the current one. When it has come at
//! least as far, the two change places in one transaction; the old one's rows are deleted afterwards.

use almoner_log::{Database, DatabaseError, Row};

use crate::ViewsError;
use crate::snapshot::{position, sql_position};
use crate::table::{Table, values};

/// The version of the rows that this program makes. A change of what an event becomes, or of what a
/// column means, needs the next number; a new set is then built at the next start.
pub(crate) const VERSION: i64 = 4;

/// One set of a ledger's views.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ViewSet {
    pub number: i64,
    pub version: i64,
    /// Its rows say what the log says up to here.
    pub position: u64,
    pub stage: Stage,
}

/// What a set is for. There is at most one of each in a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It grows beside the current one.
    Building,
    /// It answers.
    Current,
}

/// How many rows one statement deletes, so that no transaction becomes long.
const DELETED_AT_ONCE: i64 = 5_000;

impl ViewSet {
    /// The current set of the ledger `$1`.
    pub const CURRENT: &str = "SELECT number, version, position, stage FROM view_set WHERE ledger = $1 AND stage = 'current'";

    const BUILDING: &str = "SELECT number, version, position, stage FROM view_set WHERE ledger = $1 AND stage = 'building'";

    pub fn from_row(row: &Row) -> Result<Self, ViewsError> {
        Ok(Self {
            number: row.integer(0)?,
            version: row.integer(1)?,
            position: position(row.integer(2)?)?,
            stage: if row.text(3)? == "current" { Stage::Current } else { Stage::Building },
        })
    }
}

/// The set of a ledger that is in a stage.
pub(crate) async fn find(
    database: &Database,
    ledger: &str,
    stage: Stage,
) -> Result<Option<ViewSet>, ViewsError> {
    let sql = match stage {
        Stage::Building => ViewSet::BUILDING,
        Stage::Current => ViewSet::CURRENT,
    };
    database.rows(sql, &[ledger.into()]).await?.first().map(ViewSet::from_row).transpose()
}

/// The set of a ledger that is in a stage; a new and empty one when there is none.
pub(crate) async fn find_or_create(
    database: &Database,
    ledger: &str,
    stage: Stage,
) -> Result<ViewSet, ViewsError> {
    loop {
        if let Some(set) = find(database, ledger, stage).await? {
            return Ok(set);
        }
        let name = match stage {
            Stage::Building => "building",
            Stage::Current => "current",
        };
        let insert =
            "INSERT INTO view_set (ledger, version, position, stage) VALUES ($1, $2, 0, $3)";
        match database.execute(insert, &values![ledger, VERSION, name]).await {
            // Somebody else has just made it.
            Err(error) if error.is_unique_violation() => {}
            done => _ = done?,
        }
    }
}

/// Makes a built set the current one, unless the current one has come further. Returns whether it did.
pub(crate) async fn switch_over(
    database: &Database,
    ledger: &str,
    built: &ViewSet,
) -> Result<bool, ViewsError> {
    let mut transaction = database.begin().await?;
    let position = sql_position(built.position);
    let retire = "UPDATE view_set SET stage = 'retired'
                  WHERE ledger = $1 AND stage = 'current' AND (position <= $2 OR version < $3)";
    transaction.execute(retire, &values![ledger, position, built.version]).await?;
    // The transaction that moves a set on holds its row, so what is read here stays true.
    if !transaction.rows(ViewSet::CURRENT, &[ledger.into()]).await?.is_empty() {
        return Ok(false);
    }
    let promote = "UPDATE view_set SET stage = 'current'
                   WHERE number = $1 AND stage = 'building' AND position = $2";
    if transaction.execute(promote, &values![built.number, position]).await? == 0 {
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}

/// Takes a set out of use.
pub(crate) async fn retire(database: &Database, set: &ViewSet) -> Result<(), DatabaseError> {
    let sql = "UPDATE view_set SET stage = 'retired' WHERE number = $1";
    database.execute(sql, &[set.number.into()]).await?;
    Ok(())
}

/// Deletes the rows of sets that are out of use, a little at a time. Whoever still reads them does so
/// in a snapshot of his own.
pub(crate) async fn delete_retired(database: &Database, ledger: &str) -> Result<(), ViewsError> {
    let sql = "SELECT number FROM view_set WHERE ledger = $1 AND stage = 'retired'";
    for row in database.rows(sql, &[ledger.into()]).await? {
        let set = row.integer(0)?;
        for table in Table::ALL {
            let (name, key) = table.name_and_key();
            let delete = format!(
                "DELETE FROM {name} WHERE view_set = $1 AND {key} IN (
                     SELECT {key} FROM {name} WHERE view_set = $1 ORDER BY {key} LIMIT $2)"
            );
            while database.execute(&delete, &values![set, DELETED_AT_ONCE]).await? > 0 {}
        }
        database.execute("DELETE FROM view_set WHERE number = $1", &[set.into()]).await?;
    }
    Ok(())
}
