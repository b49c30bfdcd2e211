//! For tests: how SQLite looks for an answer. What takes long in a large store is read by an index, and
//! a plan says so however small the store of the test is.

use almoner_log::{Store, Value};
use tempfile::TempDir;

use crate::snapshot::Snapshot;
use crate::table::Table;

/// The views of an empty ledger.
pub(crate) async fn empty_views() -> (TempDir, Snapshot) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("ledger.db").display());
    let store = Store::create(&url, "plans").await.unwrap();
    crate::catch_up(&store).await.unwrap();
    let snapshot = Snapshot::open(&store).await.unwrap();
    (directory, snapshot)
}

/// The steps of a plan. None may read all rows that a table has for a set.
pub(crate) async fn plan(snapshot: &mut Snapshot, sql: &str, values: &[Value]) -> Vec<String> {
    let rows = snapshot.rows(&format!("EXPLAIN QUERY PLAN {sql}"), values).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.text(3).unwrap().to_owned()).collect();
    let whole = steps.iter().find(|step| reads_whole_table(step));
    assert!(whole.is_none(), "{whole:?} in {steps:#?}");
    steps
}

fn reads_whole_table(step: &str) -> bool {
    let scans = |table: &Table| step.split(' ').take(2).eq(["SCAN", table.name_and_key().0]);
    step.ends_with("(view_set=?)") || Table::ALL.iter().any(scans)
}

#[tokio::test]
async fn sqlite_is_told_about_every_index() {
    let (_directory, mut snapshot) = empty_views().await;
    let mut names = async |sql: &str| {
        let rows = snapshot.rows(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect::<Vec<_>>()
    };
    // A table that is its own index goes by its own name.
    let told = "SELECT idx FROM sqlite_stat1 WHERE idx NOT IN (SELECT name FROM sqlite_schema)";
    assert_eq!(names(told).await, Vec::<String>::new(), "there are no such indexes");
    let tables = Table::ALL.map(|table| format!("'{}'", table.name_and_key().0)).join(", ");
    let untold = format!(
        "SELECT name FROM sqlite_schema
         WHERE type = 'index' AND tbl_name IN ({tables})
           AND name NOT IN (SELECT idx FROM sqlite_stat1)"
    );
    assert_eq!(names(&untold).await, Vec::<String>::new(), "add them to sqlite_stat1");
}
