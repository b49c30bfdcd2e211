//! Writing rows: many in one statement.

use std::fmt::Write;

use almoner_domain::id::Id;
use almoner_log::{DatabaseError, Transaction, Value};

use crate::rows::{Group, LoanOpen, Step};
use crate::table::{Change, Table, values};

/// Adds to a balance, or makes it.
const ADD_TO_BALANCE: &str =
    "ON CONFLICT (view_set, number) DO UPDATE SET amount = balance.amount + excluded.amount";

/// How many changes go into one statement; a few fixed numbers, so that statements stay prepared.
const CHANGES_AT_ONCE: [usize; 3] = [64, 8, 1];

/// Writes what a run of events has to write into a set.
pub(crate) async fn write(
    transaction: &mut Transaction,
    set: i64,
    steps: &[Step],
) -> Result<(), DatabaseError> {
    for step in steps {
        match step {
            Step::Group(group) => write_group(transaction, set, group).await?,
            Step::Statement(sql, values) => _ = transaction.execute(sql, values).await?,
        }
    }
    Ok(())
}

async fn write_group(
    transaction: &mut Transaction,
    set: i64,
    group: &Group,
) -> Result<(), DatabaseError> {
    for (table, rows) in &group.new {
        insert(transaction, *table, rows, "").await?;
    }
    let mut rows = Vec::new();
    for (number, (account, pot, amount)) in &group.balances {
        let part = |part: &Option<Id>| part.as_ref().map_or(String::new(), Id::to_string);
        let (fund, source, purpose) = (part(&pot.fund), part(&pot.source), part(&pot.purpose));
        rows.extend(values![set, *number, account.code(), fund, source, purpose, amount.fen()]);
    }
    insert(transaction, Table::Balance, &rows, ADD_TO_BALANCE).await?;

    for (kind, rows) in &group.set {
        change(transaction, *kind, rows).await?;
    }
    let mut rows = Vec::new();
    for (loan, open) in &group.loans_open {
        let LoanOpen { principal, interest, overpaid, penalty, compensated } = open;
        let open = [principal, interest, overpaid, penalty, compensated];
        let open = open.map(|amount| Value::from(amount.fen()));
        rows.extend(values![set, loan.as_str()].into_iter().chain(open));
    }
    change(transaction, Change::LoanOpen, &rows).await?;

    let mut rows = Vec::new();
    for ((loan, number), (principal, interest)) in &group.instalments_open {
        let number = i64::from(*number);
        rows.extend(values![set, loan.as_str(), number, principal.fen(), interest.fen()]);
    }
    change(transaction, Change::InstalmentOpen, &rows).await
}

async fn insert(
    transaction: &mut Transaction,
    table: Table,
    rows: &[Value],
    suffix: &str,
) -> Result<(), DatabaseError> {
    let columns = table.columns();
    let insert = format!("INSERT INTO {} ({columns})", table.name_and_key().0);
    transaction.insert_rows(&insert, columns.split(',').count(), rows, suffix).await
}

/// Changes many rows of a table, each by the values that stand beside its key.
async fn change(
    transaction: &mut Transaction,
    change: Change,
    mut rows: &[Value],
) -> Result<(), DatabaseError> {
    let (columns, update, condition) = change.statement();
    for number in CHANGES_AT_ONCE {
        if rows.len() < columns * number {
            continue;
        }
        let sql = format!("{update} FROM ({}) AS new WHERE {condition}", list(columns, number));
        while let Some((some, rest)) = rows.split_at_checked(columns * number) {
            transaction.execute(&sql, some).await?;
            rows = rest;
        }
    }
    Ok(())
}

/// `VALUES ($1, $2), ($3, $4) …`
fn list(columns: usize, number: usize) -> String {
    let mut list = String::from("VALUES ");
    for row in 0..number {
        list.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a string does not fail.
            let _ = write!(list, "{comma}${}", row * columns + column + 1);
        }
        list.push(')');
    }
    list
}
