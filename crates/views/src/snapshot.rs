//! Reading: one snapshot of the database for each answer, and the two kinds of as-of.

use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_log::{Database, DatabaseError, Row, Store, Transaction, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::set::{VERSION, ViewSet};
use crate::table::values;

/// For when a question is asked (P12). Without either part: for everything that is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOf {
    /// Only what is effective on this day or before.
    pub effective: Option<Date>,
    /// Only what was recorded up to this position.
    pub position: Option<u64>,
}

/// The same for SQL: both bounds always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The last position that counts.
    pub position: i64,
    /// The number of the last effective day that counts.
    pub day: i64,
}

/// A read transaction on the current set: all its statements see the same moment, and the set cannot
/// vanish under them.
pub(crate) struct Snapshot {
    transaction: Transaction,
    /// The set's number.
    pub set: i64,
    /// The position that the set has reached.
    pub position: u64,
}

/// Later than any date, so that nothing is effective after it.
const NO_LAST_DAY: i64 = i32::MAX as i64;

impl Snapshot {
    /// # Errors
    /// When there is no set of this program's version, or the database fails.
    pub async fn open(store: &Store) -> Result<Self, ViewsError> {
        let mut transaction = begin_reading(store.database()).await?;
        let rows = transaction.rows(ViewSet::CURRENT, &[store.ledger().into()]).await?;
        let Some(set) = rows.first().map(ViewSet::from_row).transpose()? else {
            return Err(ViewsError::NotMade(store.ledger().to_owned()));
        };
        if set.version != VERSION {
            return Err(ViewsError::OtherVersion { found: set.version, own: VERSION });
        }
        Ok(Self { transaction, set: set.number, position: set.position })
    }

    /// The bounds of a question.
    ///
    /// # Errors
    /// When it is for a position that the set has not reached.
    pub fn bounds(&self, as_of: AsOf) -> Result<Bounds, ViewsError> {
        let position = self.known(as_of);
        if position > self.position {
            return Err(ViewsError::NotYet { asked: position, at: self.position });
        }
        let day = as_of.effective.map_or(NO_LAST_DAY, |date| date.day_number().into());
        Ok(Bounds { position: sql_position(position), day })
    }

    /// Up to which position records count in the answer to a question.
    pub fn known(&self, as_of: AsOf) -> u64 {
        as_of.position.unwrap_or(self.position)
    }

    /// The lines of a query about enterprises that count, in the order of the log: all, or those of one.
    pub async fn lines_of(
        &mut self,
        sql: &str,
        bounds: Bounds,
        enterprise: Option<Pseudonym>,
    ) -> Result<Vec<Row>, DatabaseError> {
        let mut values = Vec::from(values![self.set, bounds.position, bounds.day]);
        let one = if let Some(enterprise) = enterprise {
            values.push(enterprise.to_string().into());
            " AND enterprise = $4"
        } else {
            ""
        };
        self.rows(&format!("{sql}{one} ORDER BY position, line"), &values).await
    }

    pub async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        self.transaction.rows(sql, values).await
    }
}

impl Bounds {
    /// Whether a fact counts that a record says with an effective date.
    pub fn count(&self, at: Option<i64>, on: Option<i64>) -> bool {
        at.is_some_and(|at| at <= self.position) && on.is_some_and(|on| on <= self.day)
    }
}

/// A position in SQL. Positions beyond the column's range are in no table, so the largest stands for
/// all of them.
pub(crate) fn sql_position(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

pub(crate) fn damaged(what: impl Into<String>) -> ViewsError {
    ViewsError::Damaged(what.into())
}

pub(crate) fn position(number: i64) -> Result<u64, ViewsError> {
    u64::try_from(number).map_err(|_| damaged(format!("there is a position {number}")))
}

pub(crate) fn date(number: i64) -> Result<Date, ViewsError> {
    i32::try_from(number)
        .ok()
        .map(Date::from_day_number)
        .filter(|date| i64::from(date.day_number()) == number)
        .ok_or_else(|| damaged(format!("there is a day {number}")))
}

pub(crate) fn money(row: &Row, column: usize) -> Result<Money, ViewsError> {
    Ok(Money::from_fen(row.integer(column)?))
}

pub(crate) fn id(text: &str) -> Result<Id, ViewsError> {
    text.parse().map_err(|_| damaged(format!("{text:?} is no identifier")))
}

pub(crate) fn optional_id(text: Option<&str>) -> Result<Option<Id>, ViewsError> {
    text.map(id).transpose()
}

/// Reads what is written as a plain name: a method, a stage, a pseudonym, a text.
pub(crate) fn named<T: DeserializeOwned>(text: &str) -> Result<T, ViewsError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|error| damaged(format!("{text:?} is not allowed: {error}")))
}

/// A transaction that sees one moment of the database until it is dropped, and holds up no writer.
async fn begin_reading(database: &Database) -> Result<Transaction, DatabaseError> {
    Ok(match database {
        // A transaction of a reading connection sees one moment from its first query on.
        Database::Sqlite { readers, .. } => Transaction::Sqlite(readers.begin().await?),
        Database::Postgres(pool) => {
            let mut transaction = Transaction::Postgres(pool.begin().await?);
            let isolation = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
            transaction.execute(isolation, &[]).await?;
            transaction
        }
    })
}
