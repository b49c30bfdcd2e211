//! The values that go into and come out of a database, the same for both engines.

use crate::DatabaseError;

/// A value of an SQL column or parameter. Amounts are whole fen, so there is no float.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// No value. As a parameter of PostgreSQL it has the type of its place; where that tells nothing, as in
    /// `$1 IS NULL`, it needs a `CAST`.
    Null,
    /// `INTEGER` in SQLite, `SMALLINT` to `BIGINT` in PostgreSQL; read from a `BOOLEAN` as 0 or 1.
    Integer(i64),
    /// `TEXT`.
    Text(String),
    /// `BLOB` in SQLite, `BYTEA` in PostgreSQL.
    Bytes(Vec<u8>),
}

/// A row of an answer. Columns are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The integer in a column.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn integer(&self, column: usize) -> Result<i64, DatabaseError> {
        self.optional_integer(column)?.ok_or(DatabaseError::Column(column))
    }

    /// The text in a column.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn text(&self, column: usize) -> Result<&str, DatabaseError> {
        self.optional_text(column)?.ok_or(DatabaseError::Column(column))
    }

    /// The bytes in a column.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn bytes(&self, column: usize) -> Result<&[u8], DatabaseError> {
        self.optional_bytes(column)?.ok_or(DatabaseError::Column(column))
    }

    /// The integer in a column that may be null.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Integer(value)) => Ok(Some(*value)),
            Some(Value::Null) => Ok(None),
            _ => Err(DatabaseError::Column(column)),
        }
    }

    /// The text in a column that may be null.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Text(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            _ => Err(DatabaseError::Column(column)),
        }
    }

    /// The bytes in a column that may be null.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn optional_bytes(&self, column: usize) -> Result<Option<&[u8]>, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Bytes(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            _ => Err(DatabaseError::Column(column)),
        }
    }

    /// All values of the row, in the order of its columns.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
