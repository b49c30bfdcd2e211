//! A server that crashes while the views follow.

use std::time::Duration;

use almoner_log::Store;
use almoner_test_servers::{Postgres, PostgresOptions};
use almoner_views::{follow, wait_for};
use tokio::sync::{oneshot, watch};

use crate::building::{assert_same, dump};
use crate::history::History;
use crate::place::{LEDGER, Place};
use crate::random::{random_history, small_ledger};

const LIMIT: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn fault_following_goes_on_after_a_crash_of_the_server() {
    let mut postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let url = postgres.create_database().unwrap();
    let mut store = Store::create(&url, LEDGER).await.unwrap();
    let follower = Store::open(&url, Some(LEDGER)).await.unwrap();
    let (announce, durable) = watch::channel(0);
    let (stop, stopped) = oneshot::channel::<()>();
    let following =
        tokio::spawn(async move { follow(&follower, durable, async { _ = stopped.await }).await });

    let mut history = small_ledger(LEDGER);
    let whole = random_history(LEDGER, 31, 400);
    for crash in 0..3 {
        let more = whole.events.len() * (crash + 1) / 3;
        extend(&mut history, &whole, more);
        // With fresh connections: the crash broke the old ones.
        store = Store::open(&url, Some(LEDGER)).await.unwrap();
        history.append(&store).await;
        announce.send_replace(history.last());
        // Sometimes in the middle of a batch, sometimes after it.
        tokio::time::sleep(Duration::from_millis(3 * crash as u64)).await;
        postgres.kill_9().unwrap();
        postgres.start_again().unwrap();
        wait(&store, history.last()).await;
    }
    stop.send(()).unwrap();
    following.await.unwrap().unwrap();

    let clean = Place::sqlite();
    let clean_store = clean.create().await;
    let mut copy = random_history(LEDGER, 31, 400);
    copy.append_and_catch_up(&clean_store).await;
    assert_same(&dump(&store).await, &dump(&clean_store).await);
}

fn extend(history: &mut History, whole: &History, until: usize) {
    for recorded in &whole.events[history.events.len().min(until)..until] {
        history.events.push(recorded.clone());
    }
}

async fn wait(store: &Store, position: u64) {
    let end = tokio::time::Instant::now() + LIMIT;
    while let Err(error) = wait_for(store, position, LIMIT).await {
        assert!(error.is_passing() && tokio::time::Instant::now() < end, "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
