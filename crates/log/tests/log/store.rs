//! Making and opening ledgers, and what is said of a log that somebody has damaged.

use almoner_log::{DatabaseError, Store, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor};
use tempfile::TempDir;

use crate::batches::{Maker, entry};
use crate::subject::{Engine, Fault, LEDGER, Subject, new_postgres_database, sqlite_url};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_is_made_once_and_opened_by_name_or_as_the_only_one() {
    let directory = TempDir::new().unwrap();
    for url in [sqlite_url(&directory), new_postgres_database().await] {
        let store = Store::create(&url, LEDGER).await.unwrap();
        assert_eq!(store.ledger(), LEDGER);
        let again = Store::create(&url, LEDGER).await;
        assert!(matches!(again, Err(StoreError::LedgerExists(name)) if name == LEDGER));
        assert_eq!(Store::open(&url, None).await.unwrap().ledger(), LEDGER);

        Store::create(&url, "another").await.unwrap();
        assert_eq!(Store::open(&url, Some("another")).await.unwrap().ledger(), "another");
        for name in [None, Some("third")] {
            let opened = Store::open(&url, name).await;
            let Err(StoreError::NoLedger(ledgers)) = opened else { panic!("{opened:?}") };
            assert_eq!(ledgers, ["411700", "another"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_make_the_same_ledger_at_once_one_is_told_that_it_exists() {
    // SQLite is at its most delicate while its file comes to be, so it is made often.
    let directories: Vec<_> = (0..40).map(|_| TempDir::new().unwrap()).collect();
    let mut urls: Vec<_> = directories.iter().map(sqlite_url).collect();
    urls.push(new_postgres_database().await);
    for url in urls {
        let makers = [(); 4].map(|()| {
            let url = url.clone();
            tokio::spawn(async move { Store::create(&url, LEDGER).await })
        });
        let mut made = 0;
        for maker in makers {
            match maker.await.unwrap() {
                Ok(_) => made += 1,
                Err(StoreError::LedgerExists(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(made, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_not_made_by_opening() {
    let directory = TempDir::new().unwrap();
    let url = sqlite_url(&directory);
    let missing = Store::open(&url, None).await;
    assert!(matches!(missing, Err(StoreError::Database(DatabaseError::Missing(_)))));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);

    for name in ["", "with space", "a/b", "a.b", &"x".repeat(65)] {
        assert!(matches!(Store::create(&url, name).await, Err(StoreError::LedgerName)), "{name:?}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);

    // A database without our tables is no store.
    let opened = Store::open(&new_postgres_database().await, None).await;
    assert!(matches!(opened, Err(StoreError::Database(DatabaseError::Statement(_)))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_log_is_noticed_where_it_is_read() {
    let directory = TempDir::new().unwrap();
    let store = Store::create(&sqlite_url(&directory), LEDGER).await.unwrap();
    let mut maker = Maker::default();
    store.append_durably(&maker.batch(300, 1)).await.unwrap();
    store.append_durably(&maker.batch(1, 3)).await.unwrap();
    let mut intruder = SqliteConnectOptions::new()
        .filename(directory.path().join("log.db"))
        .connect()
        .await
        .unwrap();
    intruder
        .execute("DROP TRIGGER record_no_update; DROP TRIGGER record_no_delete; DROP TRIGGER record_in_order")
        .await
        .unwrap();
    let damaged = |result: Result<String, StoreError>, expected: &str| match result {
        Err(StoreError::Damaged(what)) => assert_eq!(what, expected),
        other => panic!("{other:?}"),
    };

    intruder.execute("UPDATE record SET bytes = x'7b7d' WHERE position = 301").await.unwrap();
    let tree = store.resume_tiles().await;
    damaged(tree.map(|_| "a tree".into()), "the tree's root is not the last checkpoint's");
    let found = store.find_command(entry(301, 303).key).await;
    damaged(
        found.map(|entry| format!("{entry:?}")),
        "record 301 cannot be read: the record is not in the fixed form at `id`",
    );

    intruder.execute("DELETE FROM record WHERE position = 301").await.unwrap();
    damaged(
        store.read(300, 10).await.map(|records| records.len().to_string()),
        "record 301 is missing",
    );
    assert_eq!(store.read(290, 11).await.unwrap().len(), 11);

    intruder.execute("DELETE FROM record WHERE position > 302").await.unwrap();
    damaged(
        store.head().await.map(|head| head.size.to_string()),
        "record 302 is the last but carries no checkpoint",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stops_waiting_for_an_append_does_not_spoil_the_next() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let subject = Subject::new(engine, Fault::None).await;
        let mut maker = Maker::default();
        for round in 0..40 {
            let mut next = maker.clone();
            // Every third batch completes a tile, so that both ways to append are interrupted.
            let batch = if round % 3 == 0 { next.batch(256, 1) } else { next.batch(1, 1) };
            let moment = std::time::Duration::from_micros(50 * round);
            let _ = tokio::time::timeout(moment, subject.append_durably(&batch)).await;
            match subject.append_durably(&batch).await {
                Ok(()) => {}
                // It went through although nobody waited.
                Err(StoreError::Conflict) => {}
                Err(error) => panic!("{error:?}"),
            }
            maker = next;
            assert_eq!(subject.head().await.unwrap().size, maker.size());
            let last = entry(maker.size(), maker.size());
            assert_eq!(subject.store.find_command(last.key).await.unwrap(), Some(last));
        }
        let tree = subject.store.resume_tiles().await.unwrap();
        assert_eq!(tree.root(), maker.tree.root());
    }
}
