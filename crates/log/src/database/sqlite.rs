//! How statements run in SQLite.

use std::fmt::Write;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Executor, Row as _, Sqlite, TypeInfo, ValueRef};

use super::own_sql;
use crate::{DatabaseError, Row, Value};

pub(crate) async fn execute<'e, E>(
    executor: E,
    sql: &str,
    values: &[Value],
) -> Result<u64, DatabaseError>
where
    E: Executor<'e, Database = Sqlite>,
{
    Ok(query(sql, values).execute(executor).await?.rows_affected())
}

pub(crate) async fn rows<'e, E>(
    executor: E,
    sql: &str,
    values: &[Value],
) -> Result<Vec<Row>, DatabaseError>
where
    E: Executor<'e, Database = Sqlite>,
{
    query(sql, values).fetch_all(executor).await?.iter().map(row).collect()
}

/// Inserts rows in a few fixed numbers, so that the statements' texts repeat and stay prepared.
pub(crate) async fn insert_rows(
    connection: &mut SqliteConnection,
    insert: &str,
    columns: usize,
    mut values: &[Value],
    suffix: &str,
) -> Result<(), DatabaseError> {
    for number in [64, 8, 1] {
        let sql = insert_text(insert, columns, number, suffix);
        while let Some((chunk, rest)) = values.split_at_checked(columns * number) {
            if chunk.is_empty() {
                break;
            }
            execute(&mut *connection, &sql, chunk).await?;
            values = rest;
        }
    }
    Ok(())
}

fn query<'q>(sql: &str, values: &[Value]) -> Query<'q, Sqlite, SqliteArguments> {
    let mut query = sqlx::query(own_sql(sql));
    for value in values {
        query = match value {
            Value::Null => query.bind(None::<i64>),
            Value::Integer(value) => query.bind(*value),
            Value::Text(value) => query.bind(value.clone()),
            Value::Bytes(value) => query.bind(value.clone()),
        };
    }
    query
}

fn row(row: &SqliteRow) -> Result<Row, DatabaseError> {
    let value = |column: usize| {
        let value = row.try_get_raw(column)?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        match value.type_info().name() {
            "INTEGER" => Ok(Value::Integer(row.try_get(column)?)),
            "TEXT" => Ok(Value::Text(row.try_get(column)?)),
            "BLOB" => Ok(Value::Bytes(row.try_get(column)?)),
            _ => Err(DatabaseError::Column(column)),
        }
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}

/// `INSERT … VALUES ($1, $2), ($3, $4) …`
fn insert_text(insert: &str, columns: usize, number: usize, suffix: &str) -> String {
    let mut sql = format!("{insert} VALUES ");
    for row in 0..number {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a string does not fail.
            let _ = write!(sql, "{comma}${}", row * columns + column + 1);
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(suffix);
    sql
}
