//! How statements run in PostgreSQL.

use std::fmt::Write;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnection, PgRow, PgTypeInfo};
use sqlx::query::Query;
use sqlx::{Arguments, Encode, Executor, Postgres, Row as _, Type, TypeInfo, ValueRef};

use super::own_sql;
use crate::{DatabaseError, Row, Value};

pub(crate) async fn execute<'e, E>(
    executor: E,
    sql: &str,
    values: &[Value],
) -> Result<u64, DatabaseError>
where
    E: Executor<'e, Database = Postgres>,
{
    Ok(query(sql, values).execute(executor).await?.rows_affected())
}

pub(crate) async fn rows<'e, E>(
    executor: E,
    sql: &str,
    values: &[Value],
) -> Result<Vec<Row>, DatabaseError>
where
    E: Executor<'e, Database = Postgres>,
{
    query(sql, values).fetch_all(executor).await?.iter().map(row).collect()
}

/// Inserts rows as arrays, one for each column: a thousand rows in one statement of fixed text.
pub(crate) async fn insert_rows(
    connection: &mut PgConnection,
    insert: &str,
    columns: usize,
    values: &[Value],
    suffix: &str,
) -> Result<(), DatabaseError> {
    for chunk in values.chunks(columns * 1000) {
        let mut sql = format!("{insert} SELECT ");
        let mut from = String::new();
        let mut arguments = PgArguments::default();
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            let values = || chunk.iter().skip(column).step_by(columns);
            let kind = match values().find(|value| **value != Value::Null) {
                None => {
                    let _ = write!(sql, "{comma}NULL");
                    continue;
                }
                Some(Value::Text(_)) => add_column(&mut arguments, values(), text)?,
                Some(Value::Bytes(_)) => add_column(&mut arguments, values(), bytes)?,
                Some(_) => add_column(&mut arguments, values(), integer)?,
            };
            let number = arguments.len();
            let comma_from = if number == 1 { "" } else { ", " };
            let _ = write!(sql, "{comma}c{number}");
            let _ = write!(from, "{comma_from}${number}::{kind}[]");
        }
        let names: Vec<String> = (1..=arguments.len()).map(|number| format!("c{number}")).collect();
        if names.is_empty() {
            // Rows of nothing but nulls still are rows.
            from = format!("ARRAY(SELECT generate_series(1, {}))", chunk.len() / columns);
        }
        let names = if names.is_empty() { "number".to_owned() } else { names.join(", ") };
        let _ = write!(sql, " FROM unnest({from}) AS new ({names}) {suffix}");
        sqlx::query_with(own_sql(&sql), arguments).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Adds one column of the rows as an array; returns the name of its type.
fn add_column<'v, T>(
    arguments: &mut PgArguments,
    values: impl Iterator<Item = &'v Value>,
    pick: impl Fn(&'v Value) -> Option<(T, &'static str)>,
) -> Result<&'static str, DatabaseError>
where
    Vec<Option<T>>: Encode<'v, Postgres> + Type<Postgres>,
{
    let mut name = "";
    let mut column = Vec::new();
    for value in values {
        column.push(match value {
            Value::Null => None,
            value => {
                let (value, kind) = pick(value).ok_or(DatabaseError::Rows)?;
                name = kind;
                Some(value)
            }
        });
    }
    arguments.add(column).map_err(sqlx::Error::Encode)?;
    Ok(name)
}

fn integer(value: &Value) -> Option<(i64, &'static str)> {
    if let Value::Integer(value) = value { Some((*value, "bigint")) } else { None }
}

fn text(value: &Value) -> Option<(&str, &'static str)> {
    if let Value::Text(value) = value { Some((value, "text")) } else { None }
}

fn bytes(value: &Value) -> Option<(&[u8], &'static str)> {
    if let Value::Bytes(value) = value { Some((value, "bytea")) } else { None }
}

/// A null whose type the server works out from where it stands.
struct Untyped;

impl Type<Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

fn query<'q>(sql: &str, values: &[Value]) -> Query<'q, Postgres, PgArguments> {
    let mut query = sqlx::query(own_sql(sql));
    for value in values {
        query = match value {
            // The statement must not be kept with the types that it gets from a null.
            Value::Null => query.bind(Untyped).persistent(false),
            Value::Integer(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.clone()),
            Value::Bytes(value) => query.bind(value.clone()),
        };
    }
    query
}

fn row(row: &PgRow) -> Result<Row, DatabaseError> {
    let value = |column: usize| {
        let value = row.try_get_raw(column)?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        match value.type_info().name() {
            "INT8" => Ok(Value::Integer(row.try_get(column)?)),
            "INT4" => Ok(Value::Integer(row.try_get::<i32, _>(column)?.into())),
            "INT2" => Ok(Value::Integer(row.try_get::<i16, _>(column)?.into())),
            "BOOL" => Ok(Value::Integer(row.try_get::<bool, _>(column)?.into())),
            "TEXT" | "VARCHAR" | "NAME" => Ok(Value::Text(row.try_get(column)?)),
            "BYTEA" => Ok(Value::Bytes(row.try_get(column)?)),
            _ => Err(DatabaseError::Column(column)),
        }
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}
