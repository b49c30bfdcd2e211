//! The layer that log and views share.

use almoner_log::{Database, DatabaseError, Value};
use tempfile::TempDir;

use crate::subject::{new_postgres_database, sqlite_url};

/// An empty database of each engine, with a table `t (a, b, c, d)`.
async fn databases() -> (TempDir, [Database; 2]) {
    let directory = TempDir::new().unwrap();
    let sqlite = Database::create(&sqlite_url(&directory)).await.unwrap();
    let postgres = Database::open(&new_postgres_database().await).await.unwrap();
    let create = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BYTEA, d BIGINT)";
    sqlite.execute(&create.replace("BYTEA", "BLOB"), &[]).await.unwrap();
    postgres.execute(create, &[]).await.unwrap();
    (directory, [sqlite, postgres])
}

async fn count(database: &Database) -> i64 {
    database.rows("SELECT count(*) FROM t", &[]).await.unwrap()[0].integer(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_come_back_as_they_went_in() {
    let (_directory, databases) = databases().await;
    for database in &databases {
        let insert = "INSERT INTO t (a, b, c, d) VALUES ($1, $2, $3, $4)";
        // First with nulls, then with values, so that neither decides the types of the other.
        let rows: [[Value; 4]; 3] = [
            [1.into(), Value::Null, Value::Null, Value::Null],
            [2.into(), "某 'text'".into(), vec![0, 255, 39].into(), i64::MIN.into()],
            [3.into(), "".into(), Vec::new().into(), i64::MAX.into()],
        ];
        for row in &rows {
            assert_eq!(database.execute(insert, row).await.unwrap(), 1);
        }
        let read = database.rows("SELECT a, b, c, d FROM t ORDER BY a", &[]).await.unwrap();
        let read: Vec<&[Value]> = read.iter().map(|row| row.values()).collect();
        assert_eq!(read, rows);

        let where_null = "SELECT a FROM t WHERE (CAST($1 AS TEXT) IS NULL AND b IS NULL) OR b = $1";
        let found = database.rows(where_null, &[Value::Null]).await.unwrap();
        assert_eq!(found[0].integer(0).unwrap(), 1);
        let found = database.rows(where_null, &["".into()]).await.unwrap();
        assert_eq!(found[0].integer(0).unwrap(), 3);
        assert_eq!(found.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_of_another_type_is_an_error_and_no_wrong_value() {
    let (_directory, databases) = databases().await;
    for database in &databases {
        let rows = database.rows("SELECT 1, 'one', 1.5, NULL", &[]).await;
        assert!(matches!(rows, Err(DatabaseError::Column(2))), "a number with a fraction was read");
        let rows = database.rows("SELECT 1, 'one', NULL", &[]).await.unwrap();
        let row = &rows[0];
        assert_eq!((row.integer(0).unwrap(), row.text(1).unwrap()), (1, "one"));
        assert!(row.text(0).is_err() && row.integer(1).is_err() && row.bytes(1).is_err());
        assert!(row.integer(2).is_err() && row.integer(3).is_err());
        assert_eq!(row.optional_integer(2).unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rows_are_inserted_whatever_their_number() {
    let (_directory, databases) = databases().await;
    for database in &databases {
        let mut first = 0;
        for number in [0, 1, 7, 8, 9, 63, 64, 65, 999, 1_000, 1_001, 2_345] {
            let values: Vec<Value> = (first..first + number)
                .flat_map(|a: i64| {
                    let text = (a % 3 != 0).then(|| format!("row {a}"));
                    [a.into(), text.into(), vec![a as u8; 3].into(), Value::Null]
                })
                .collect();
            let mut transaction = database.begin().await.unwrap();
            transaction.insert_rows("INSERT INTO t (a, b, c, d)", 4, &values, "").await.unwrap();
            transaction.commit().await.unwrap();
            first += number;
            assert_eq!(count(database).await, first);
        }
        let row = &database.rows("SELECT b, c, d FROM t WHERE a = 2000", &[]).await.unwrap()[0];
        assert_eq!(row.text(0).unwrap(), "row 2000");
        assert_eq!(row.bytes(1).unwrap(), [208; 3]);
        assert_eq!(row.optional_integer(2).unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inserted_rows_may_replace_others_and_must_be_whole() {
    let (_directory, databases) = databases().await;
    for database in &databases {
        let insert = "INSERT INTO t (a, d)";
        let update = "ON CONFLICT (a) DO UPDATE SET d = t.d + excluded.d";
        for _ in 0..3 {
            let mut transaction = database.begin().await.unwrap();
            let values: Vec<Value> = (0..100).flat_map(|a| [a.into(), 5.into()]).collect();
            transaction.insert_rows(insert, 2, &values, update).await.unwrap();
            transaction.commit().await.unwrap();
        }
        let rows = database.rows("SELECT CAST(sum(d) AS BIGINT) FROM t", &[]).await.unwrap();
        assert_eq!(rows[0].integer(0).unwrap(), 1_500);

        let mut transaction = database.begin().await.unwrap();
        let half = transaction.insert_rows(insert, 2, &[1.into()], "").await;
        assert!(matches!(half, Err(DatabaseError::Rows)));
    }
    let [_, postgres] = &databases;
    let mut transaction = postgres.begin().await.unwrap();
    let mixed: [Value; 2] = [1.into(), "one".into()];
    let mixed = transaction.insert_rows("INSERT INTO t (b)", 1, &mixed, "").await;
    assert!(matches!(mixed, Err(DatabaseError::Rows)));
    transaction
        .insert_rows("INSERT INTO t (a, b)", 2, &[7_000.into(), Value::Null], "")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_takes_effect_as_a_whole_or_not_at_all() {
    let (_directory, databases) = databases().await;
    for database in &databases {
        let insert = "INSERT INTO t (a) VALUES ($1)";
        let mut transaction = database.begin().await.unwrap();
        transaction.execute(insert, &[1.into()]).await.unwrap();
        let inside = transaction.rows("SELECT a FROM t", &[]).await.unwrap();
        assert_eq!(inside.len(), 1);
        assert_eq!(count(database).await, 0, "others see an open transaction");
        drop(transaction);
        assert_eq!(count(database).await, 0);

        let mut transaction = database.begin().await.unwrap();
        transaction.execute(insert, &[2.into()]).await.unwrap();
        let twice = transaction.execute(insert, &[2.into()]).await.unwrap_err();
        assert!(twice.is_unique_violation(), "{twice:?}");
        drop(transaction);

        let mut transaction = database.begin().await.unwrap();
        transaction.execute(insert, &[3.into()]).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(count(database).await, 1);
        assert_eq!(database.execute(insert, &[4.into()]).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_waiting_leaves_no_transaction_open() {
    let (_directory, databases) = databases().await;
    for database in &databases {
        for round in 0..50_i32 {
            let work = async {
                let mut transaction = database.begin().await.unwrap();
                let insert = "INSERT INTO t (a) VALUES ($1)";
                transaction.execute(insert, &[round.into()]).await.unwrap();
                transaction.execute(insert, &[(round + 1_000).into()]).await.unwrap();
                transaction.commit().await.unwrap();
            };
            let moment = std::time::Duration::from_micros(40 * u64::from(round.unsigned_abs()));
            let _ = tokio::time::timeout(moment, work).await;
        }
        assert_eq!(count(database).await % 2, 0, "a transaction is there in part");
        let mut transaction = database.begin().await.unwrap();
        transaction.execute("DELETE FROM t", &[]).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(count(database).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrating_twice_changes_nothing_and_an_unknown_version_is_refused() {
    let directory = TempDir::new().unwrap();
    for url in [sqlite_url(&directory), new_postgres_database().await] {
        let database = Database::create(&url).await.unwrap();
        let again = Database::open(&url).await.unwrap();
        let (first, second) = tokio::join!(database.migrate(), again.migrate());
        first.unwrap();
        second.unwrap();
        database.migrate().await.unwrap();
        let sql = "SELECT version, checksum FROM _sqlx_migrations";
        let before = database.rows(sql, &[]).await.unwrap();
        database.migrate().await.unwrap();
        assert_eq!(database.rows(sql, &[]).await.unwrap(), before);

        let newer = "INSERT INTO _sqlx_migrations
                         (version, description, success, checksum, execution_time)
                     SELECT 9999, 'from the future', success, checksum, execution_time
                     FROM _sqlx_migrations WHERE version = 1";
        database.execute(newer, &[]).await.unwrap();
        let refused = database.migrate().await;
        assert!(matches!(refused, Err(DatabaseError::Migrate(_))), "{refused:?}");
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let names = |engine: &str| {
        let files = std::fs::read_dir(folder.join(engine)).unwrap();
        let mut names: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    // Each is compiled in: the list in the source names every file.
    let source = include_str!("../../src/database/migrations.rs");
    for engine in ["sqlite", "postgres"] {
        for name in names(engine) {
            let path = format!("migrations/{engine}/{name}");
            assert!(source.contains(&path), "{path} is not in the list of migrations");
        }
    }
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_without_showing_its_password() {
    for url in ["mysql://root:secret@host/db", "log.db", "sqlite:log.db", ""] {
        let error = Database::open(url).await.unwrap_err();
        assert!(matches!(error, DatabaseError::Url), "{url}");
        assert!(!error.to_string().contains("secret"));
    }
}
