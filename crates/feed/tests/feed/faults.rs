//! Outages and crashes of the NATS server: everything arrives once, in order.

use std::time::Duration;

use almoner_feed::{Connection, Follower, Publisher};
use almoner_proof::TileBuilder;
use almoner_test_servers::Nats;
use tokio::task::JoinHandle;

use crate::support::{Bureau, LEDGER, on_every_server, until};

fn spawn(mut publisher: Publisher, bureau: &Bureau) -> JoinHandle<()> {
    let durable = bureau.durable();
    tokio::spawn(async move {
        publisher.run(durable, std::future::pending()).await.unwrap();
    })
}

async fn follow(nats: &Nats, bureau: &Bureau, size: u64) -> JoinHandle<TileBuilder> {
    let (connection, key) = (Connection::new(nats.url()), bureau.verifier_key());
    let mut follower =
        Follower::connect(&connection, LEDGER, key, TileBuilder::new()).await.unwrap();
    tokio::spawn(async move {
        while follower.proved().size() < size {
            follower.next().await.unwrap();
        }
        follower.proved().clone()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_what_was_appended_while_nats_was_down_arrives_once_and_in_order() {
    on_every_server(|mut nats| async move {
        let mut bureau = Bureau::with(500).await;
        let publisher = bureau.publisher(&nats).await;
        let mut status = publisher.status();
        let publishing = spawn(publisher, &bureau);
        let following = follow(&nats, &bureau, 10_500).await;
        until(&mut status, |status| status.published == 500).await;

        nats.stop().unwrap();
        until(&mut status, |status| !status.connected).await;
        bureau.append(10_000).await;
        // The outage is seen and lasts; the bureau is not held up by it.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let during = status.borrow().clone();
        assert!(!during.connected && during.last_error.is_some() && during.published == 500);

        nats.start_again().unwrap();
        let after = until(&mut status, |status| status.checkpoint == 10_500).await;
        assert_eq!((after.published, after.last_error), (10_500, None));
        let tree = following.await.unwrap();
        assert_eq!(tree.root(), bureau.store.head().await.unwrap().root);
        bureau.assert_published(&nats).await;
        publishing.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_a_server_killed_in_the_middle_of_publishing_gets_every_record_once() {
    on_every_server(|mut nats| async move {
        let bureau = Bureau::with(60_000).await;
        let publisher = bureau.publisher(&nats).await;
        let mut status = publisher.status();
        let publishing = spawn(publisher, &bureau);
        let following = follow(&nats, &bureau, 60_000).await;
        for part in 1..=4 {
            until(&mut status, |status| status.published >= part * 10_000).await;
            nats.kill_9().unwrap();
            tokio::time::sleep(Duration::from_millis(part * 100)).await;
            nats.start_again().unwrap();
        }
        until(&mut status, |status| status.checkpoint == 60_000).await;
        let tree = following.await.unwrap();
        assert_eq!(tree.root(), bureau.store.head().await.unwrap().root);
        bureau.assert_published(&nats).await;
        publishing.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_a_publisher_may_start_before_nats() {
    on_every_server(|mut nats| async move {
        nats.stop().unwrap();
        let bureau = Bureau::with(1_000).await;
        let mut once = bureau.publisher(&nats).await;
        let error = once.publish_pending().await.unwrap_err();
        assert!(!error.is_final(), "{error}");

        let publisher = bureau.publisher(&nats).await;
        let mut status = publisher.status();
        let publishing = spawn(publisher, &bureau);
        let following = follow(&nats, &bureau, 1_000).await;
        let waiting = until(&mut status, |status| status.last_error.is_some()).await;
        assert!(!waiting.connected);
        nats.start_again().unwrap();
        until(&mut status, |status| status.checkpoint == 1_000).await;
        following.await.unwrap();
        bureau.assert_published(&nats).await;
        publishing.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_two_publishers_survive_a_killed_server() {
    on_every_server(|mut nats| async move {
        let mut bureau = Bureau::with(5_000).await;
        let mut publishers = Vec::new();
        for _ in 0..2 {
            let publisher = bureau.publisher(&nats).await;
            publishers.push((publisher.status(), spawn(publisher, &bureau)));
        }
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            nats.kill_9().unwrap();
            bureau.append(2_000).await;
            nats.start_again().unwrap();
        }
        for (status, _) in &mut publishers {
            until(status, |status| status.checkpoint == 11_000).await;
        }
        bureau.assert_published(&nats).await;
        publishers.iter().for_each(|(_, publishing)| publishing.abort());
    })
    .await;
}
