//! PostgreSQL killed in the middle of appending without waiting for the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use almoner_log::Store;
use almoner_test_servers::{Postgres, PostgresOptions};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::batches::{Maker, entry, record};
use crate::subject::{LEDGER, read_all};

/// A server that writes to its disk as rarely as it can, so that a crash has something to lose.
async fn lazy_server() -> (Postgres, String) {
    let start = || {
        let settings = [("wal_writer_delay", "10s"), ("wal_writer_flush_after", "100MB")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let server = Postgres::start(PostgresOptions { settings: settings.to_vec() }).unwrap();
        let url = server.create_database().unwrap();
        (server, url)
    };
    spawn_blocking(start).await.unwrap()
}

async fn kill_and_start_again(mut server: Postgres) -> Postgres {
    let restart = move || {
        server.kill_9().unwrap();
        server.start_again().unwrap();
        server
    };
    spawn_blocking(restart).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reader_was_shown_survives_although_the_writer_never_flushed() {
    let (mut server, url) = lazy_server().await;
    let store = Store::create(&url, LEDGER).await.unwrap();
    let mut maker = Maker::default();
    store.append_durably(&maker.batch(1, 1)).await.unwrap();
    // Four ways to be shown something, each with a crash right after it.
    for way in 0..4 {
        let other = Store::open(&url, None).await.unwrap();
        let store = Store::open(&url, None).await.unwrap();
        store.append(&maker.batch(1, 256)).await.unwrap();
        let first = maker.size() - 255;
        match way {
            0 => assert_eq!(other.head().await.unwrap().size, maker.size()),
            1 => assert_eq!(other.read(first, 300).await.unwrap().len(), 256),
            2 => {
                let found = other.find_command(entry(first, first).key).await.unwrap();
                assert_eq!(found, Some(entry(first, maker.size())));
            }
            _ => {
                let index = maker.size() / 256 - 1;
                assert!(other.tile(0, index).await.unwrap().is_some());
            }
        }
        server = kill_and_start_again(server).await;
        let store = Store::open(&url, None).await.unwrap();
        let head = store.head().await.unwrap();
        assert_eq!((head.size, head.root), (maker.size(), maker.tree.root()), "way {way}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_only_appended_may_be_lost_and_is_then_forgotten() {
    let (server, url) = lazy_server().await;
    let store = Store::create(&url, LEDGER).await.unwrap();
    let mut maker = Maker::default();
    store.append_durably(&maker.batch(2, 1)).await.unwrap();
    let kept = maker.clone();
    let lost = maker.batch(1, 1);
    store.append(&lost).await.unwrap();
    let _server = kill_and_start_again(server).await;

    // The server wrote nothing of it, so it must be gone, from the writer's memory too.
    assert_eq!(store.head().await.unwrap().size, 2);
    assert_eq!(store.find_command(entry(3, 3).key).await.unwrap(), None);
    assert_eq!(store.find_command(entry(2, 2).key).await.unwrap(), Some(entry(2, 2)));

    // The first append meets the broken connection, the next one is good.
    let mut maker = kept;
    let batch = maker.batch(1, 2);
    if store.append_durably(&batch).await.is_err() {
        assert_eq!(store.head().await.unwrap().size, 2);
        store.append_durably(&batch).await.unwrap();
    }
    let mut appended = false;
    let batch = maker.batch(1, 1);
    for _ in 0..2 {
        appended = appended || store.append(&batch).await.is_ok();
    }
    assert!(appended, "the session for appending does not come back");
    assert!(store.flush().await.is_ok() || store.flush().await.is_ok());
    let records: Vec<Vec<u8>> =
        read_all(&store, 1).await.unwrap().into_iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(records, maker.records);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_the_log_is_a_prefix_with_everything_flushed_and_everything_read() {
    let (mut server, url) = lazy_server().await;
    Store::create(&url, LEDGER).await.unwrap();
    let mut maker = Maker::default();
    for round in 0..4 {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(AtomicU64::new(0));
        let flushed = Arc::new(AtomicU64::new(maker.size()));
        let readers = [(); 2].map(|()| {
            let (url, stop, seen) = (url.clone(), stop.clone(), seen.clone());
            tokio::spawn(async move {
                let store = Store::open(&url, None).await.unwrap();
                let mut next = 1;
                while !stop.load(Ordering::Relaxed) {
                    let Ok(records) = store.read(next, 100).await else { break };
                    for (position, bytes) in records.iter() {
                        assert_eq!(bytes, record(position, position - (position - 1) % 3));
                    }
                    seen.fetch_max(records.next() - 1, Ordering::Relaxed);
                    next = records.next();
                }
            })
        });
        let writer = {
            let (url, flushed, mut maker) = (url.clone(), flushed.clone(), maker.clone());
            tokio::spawn(async move {
                let store = Store::open(&url, None).await.unwrap();
                let flusher = store.clone();
                let appended = Arc::new(AtomicU64::new(maker.size()));
                let up_to = appended.clone();
                let flushing = tokio::spawn(async move {
                    loop {
                        let size = up_to.load(Ordering::SeqCst);
                        if flusher.flush().await.is_err() {
                            break;
                        }
                        flushed.fetch_max(size, Ordering::SeqCst);
                        sleep(Duration::from_millis(7)).await;
                    }
                });
                loop {
                    let batch = maker.batch(1, 3);
                    if store.append(&batch).await.is_err() {
                        break;
                    }
                    appended.store(batch.size, Ordering::SeqCst);
                }
                flushing.await.unwrap();
                appended.load(Ordering::SeqCst)
            })
        };
        sleep(Duration::from_millis(400 + 90 * round)).await;
        server = kill_and_start_again(server).await;
        stop.store(true, Ordering::Relaxed);
        let appended = writer.await.unwrap();
        for reader in readers {
            reader.await.unwrap();
        }

        let store = Store::open(&url, None).await.unwrap();
        let size = store.head().await.unwrap().size;
        let (flushed, seen) = (flushed.load(Ordering::SeqCst), seen.load(Ordering::Relaxed));
        println!("appended {appended}, flushed {flushed}, read {seen}, after the crash {size}");
        assert!(flushed > maker.size(), "the round was too short to prove anything");
        assert!(size >= flushed, "{flushed} records were flushed, {size} are left");
        assert!(size >= seen, "{seen} records were read, {size} are left");
        assert!(size <= appended + 3, "{size} records are there, {appended} were appended");
        assert_eq!(size % 3, 0, "a batch is there in part");
        while maker.size() < size {
            maker.batch(1, 3);
        }
        let records: Vec<Vec<u8>> =
            read_all(&store, 1).await.unwrap().into_iter().map(|(_, bytes)| bytes).collect();
        assert!(records == maker.records, "the log is not what was appended");
        let tree = store.resume_tiles().await.unwrap();
        assert_eq!((tree.size(), tree.root()), (size, maker.tree.root()));
    }
}
