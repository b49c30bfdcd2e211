//! The database itself refuses to change the log (P3), whoever asks.

use almoner_log::{Database, Store, StoreError};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;

use crate::batches::Maker;
use crate::subject::{LEDGER, new_postgres_database, read_all, sqlite_url};

const TABLES: [&str; 4] = ["ledger", "record", "tile", "command"];

/// A log with something in each of its tables.
async fn filled(url: &str) -> (Store, Maker) {
    let store = Store::create(url, LEDGER).await.unwrap();
    let mut maker = Maker::default();
    store.append_durably(&maker.batch(65_536, 1)).await.unwrap();
    store.append_durably(&maker.batch(1, 2)).await.unwrap();
    (store, maker)
}

/// What is in the log's tables.
async fn contents(database: &Database) -> Vec<Vec<almoner_log::Row>> {
    let mut contents = Vec::new();
    for (table, order) in [
        ("ledger", "number"),
        ("record", "position"),
        ("tile", r#"level, "index""#),
        ("command", "run, bucket"),
    ] {
        let sql = format!("SELECT * FROM {table} ORDER BY {order}");
        let rows = database.rows(&sql, &[]).await.unwrap();
        assert!(!rows.is_empty(), "{table} has nothing to protect");
        contents.push(rows);
    }
    contents
}

/// What changes or removes something in one of the tables, in either engine.
fn changes(table: &str) -> Vec<String> {
    let column = match table {
        "ledger" => "name = 'other'",
        "record" => "bytes = ledger",
        "tile" => "hashes = ledger",
        _ => "entries = ledger",
    };
    let same = column.split(' ').next().unwrap();
    vec![format!("UPDATE {table} SET {same} = {same}"), format!("DELETE FROM {table}")]
}

async fn refused(connection: &mut PgConnection, sql: &str, by: &str) {
    let done = connection.execute(AssertSqlSafe(sql)).await;
    let error = done.expect_err(&format!("{by} may {sql}"));
    assert!(error.as_database_error().is_some(), "{sql}: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_refuses_every_change_to_superuser_owner_writer_and_reader() {
    let url = new_postgres_database().await;
    let (store, _) = filled(&url).await;
    let before = contents(store.database()).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();

    // The triggers stop even those who have every right.
    for role in ["postgres", "almoner_owner"] {
        connection.execute(AssertSqlSafe(format!("SET ROLE {role}"))).await.unwrap();
        for table in TABLES {
            for sql in changes(table) {
                refused(&mut connection, &sql, role).await;
            }
            refused(&mut connection, &format!("TRUNCATE {table} CASCADE"), role).await;
        }
        let merge = "MERGE INTO record USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE";
        refused(&mut connection, merge, role).await;
        let upsert = "INSERT INTO record (ledger, position, bytes) VALUES (1, 1, '')
                      ON CONFLICT (ledger, position) DO UPDATE SET bytes = excluded.bytes";
        refused(&mut connection, upsert, role).await;
        refused(&mut connection, "UPDATE checkpoint SET note = ''", role).await;
    }

    for role in ["almoner_writer", "almoner_reader"] {
        connection.execute("RESET ROLE").await.unwrap();
        connection.execute(AssertSqlSafe(format!("SET ROLE {role}"))).await.unwrap();
        for table in TABLES {
            for sql in changes(table) {
                refused(&mut connection, &sql, role).await;
            }
            for sql in [
                format!("TRUNCATE {table}"),
                format!("DROP TABLE {table}"),
                format!("ALTER TABLE {table} DISABLE TRIGGER ALL"),
                format!("ALTER TABLE {table} DISABLE TRIGGER no_change"),
                format!("DROP TRIGGER no_change ON {table}"),
                format!("ALTER TABLE {table} RENAME TO gone"),
                format!(
                    "CREATE TRIGGER mine BEFORE INSERT ON {table}
                         FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                ),
            ] {
                refused(&mut connection, &sql, role).await;
            }
        }
        for sql in [
            "SET session_replication_role = replica",
            "DROP FUNCTION refuse_change CASCADE",
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN RETURN NEW; END'",
            "DROP VIEW checkpoint",
            "SET ROLE almoner_owner",
            "SET SESSION AUTHORIZATION almoner_owner",
        ] {
            // After SET ROLE a superuser's session may still switch roles, so these need a login.
            if !sql.starts_with("SET ") {
                refused(&mut connection, sql, role).await;
            }
        }
    }
    connection.execute("SET ROLE almoner_reader").await.unwrap();
    for table in TABLES {
        let sql = format!("INSERT INTO {table} SELECT * FROM {table} LIMIT 0");
        refused(&mut connection, &sql, "almoner_reader").await;
    }
    assert_eq!(contents(store.database()).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replica_mode_does_not_get_a_superuser_past_the_triggers() {
    let url = new_postgres_database().await;
    let (store, _) = filled(&url).await;
    let before = contents(store.database()).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute("SET session_replication_role = replica").await.unwrap();
    for table in TABLES {
        for sql in changes(table) {
            refused(&mut connection, &sql, "a superuser in replica mode").await;
        }
        let truncate = format!("TRUNCATE {table} CASCADE");
        refused(&mut connection, &truncate, "a superuser in replica mode").await;
    }
    assert_eq!(contents(store.database()).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_can_append_and_a_reader_can_read_and_no_more() {
    let url = new_postgres_database().await;
    let (_, mut maker) = filled(&url).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let name = url.rsplit('/').next().unwrap();
    for kind in ["writer", "reader"] {
        let sql = format!("CREATE ROLE {kind}_of_{name} LOGIN IN ROLE almoner_{kind}");
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let url_of = |kind: &str| url.replace("//postgres@", &format!("//{kind}_of_{name}@"));

    let writer = Store::open(&url_of("writer"), Some(LEDGER)).await.unwrap();
    writer.database().migrate().await.unwrap();
    writer.append(&maker.batch(1, 1)).await.unwrap();
    writer.flush().await.unwrap();
    writer.append_durably(&maker.batch(300, 1)).await.unwrap();
    writer.save_snapshot(maker.size(), 1, b"state").await.unwrap();
    assert_eq!(writer.resume_tiles().await.unwrap().root(), maker.tree.root());

    let reader = Store::open(&url_of("reader"), Some(LEDGER)).await.unwrap();
    reader.database().migrate().await.unwrap();
    assert_eq!(reader.head().await.unwrap().size, maker.size());
    assert_eq!(read_all(&reader, 1).await.unwrap().len() as u64, maker.size());
    assert_eq!(reader.newest_snapshot(1).await.unwrap(), Some((maker.size(), b"state".to_vec())));
    let attempt = reader.append_durably(&maker.clone().batch(1, 1)).await;
    assert!(matches!(attempt, Err(StoreError::Database(_))), "{attempt:?}");

    for kind in ["writer", "reader"] {
        let mut connection = PgConnection::connect(&url_of(kind)).await.unwrap();
        for sql in [
            "SET session_replication_role = replica",
            "SET ROLE almoner_owner",
            "SET SESSION AUTHORIZATION almoner_owner",
            "CREATE TABLE record_of_my_own (position BIGINT)",
            "UPDATE _sqlx_migrations SET success = true",
        ] {
            refused(&mut connection, sql, kind).await;
        }
    }
    // The tables of views that later migrations make are the writer's to fill and the reader's to see.
    connection.execute("CREATE TABLE later_view (number BIGINT)").await.unwrap();
    writer.database().execute("INSERT INTO later_view VALUES (1)", &[]).await.unwrap();
    writer.database().execute("DELETE FROM later_view", &[]).await.unwrap();
    reader.database().rows("SELECT number FROM later_view", &[]).await.unwrap();
    let attempt = reader.database().execute("DELETE FROM later_view", &[]).await;
    assert!(attempt.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migrating_user_without_the_right_to_make_roles_keeps_the_tables() {
    let url = new_postgres_database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let name = url.rsplit('/').next().unwrap();
    for sql in [
        format!("CREATE ROLE plain_{name} LOGIN"),
        format!("ALTER DATABASE {name} OWNER TO plain_{name}"),
    ] {
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let url = url.replace("//postgres@", &format!("//plain_{name}@"));
    let (store, _) = filled(&url).await;
    let before = contents(store.database()).await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for table in TABLES {
        for sql in changes(table) {
            refused(&mut connection, &sql, "the tables' owner").await;
        }
        refused(&mut connection, &format!("TRUNCATE {table}"), "the tables' owner").await;
    }
    assert_eq!(contents(store.database()).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_refuses_every_change() {
    let directory = TempDir::new().unwrap();
    let url = sqlite_url(&directory);
    let (store, maker) = filled(&url).await;
    let before = contents(store.database()).await;
    for recursive_triggers in ["ON", "OFF"] {
        let mut connection: SqliteConnection = SqliteConnectOptions::new()
            .filename(directory.path().join("log.db"))
            .pragma("recursive_triggers", recursive_triggers)
            .connect()
            .await
            .unwrap();
        let next = maker.size() + 1;
        let mut statements: Vec<String> = TABLES.iter().flat_map(|table| changes(table)).collect();
        for table in TABLES {
            statements.push(format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"));
            statements.push(format!("INSERT OR IGNORE INTO {table} SELECT * FROM {table}"));
            statements.push(format!("REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"));
        }
        statements.extend([
            "UPDATE OR REPLACE record SET position = position + 1".to_owned(),
            "INSERT OR REPLACE INTO ledger (name) VALUES ('411700')".to_owned(),
            "INSERT INTO record (ledger, position, bytes) VALUES (1, 1, x'00')
             ON CONFLICT DO UPDATE SET bytes = excluded.bytes"
                .to_owned(),
            format!("INSERT INTO record (ledger, position, bytes) VALUES (1, {}, x'00')", next + 1),
            "INSERT INTO record (ledger, position, bytes) VALUES (1, 0, x'00')".to_owned(),
            "UPDATE checkpoint SET note = ''".to_owned(),
        ]);
        for sql in statements {
            let done = connection.execute(AssertSqlSafe(sql.as_str())).await;
            assert!(done.is_err(), "with recursive_triggers {recursive_triggers}: {sql}");
        }
    }
    assert_eq!(contents(store.database()).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_connection_of_sqlite_cannot_write() {
    let directory = TempDir::new().unwrap();
    let (store, _) = filled(&sqlite_url(&directory)).await;
    let insert = "INSERT INTO snapshot VALUES (1, 1, 1, x'00') RETURNING ledger";
    assert!(store.database().rows(insert, &[]).await.is_err());
}
