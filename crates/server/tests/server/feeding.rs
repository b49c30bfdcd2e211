//! The feed beside the service.

use std::time::Duration;

use almoner_feed::{Connection, Follower};
use almoner_proof::TileBuilder;
use almoner_test_servers::{Nats, nats_servers};
use serde_json::json;

use crate::support::*;

/// Asks until the answer is as wanted.
async fn until(caller: &Caller, what: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    for _ in 0..300 {
        let ready = caller.get("/readyz").await.json();
        if what(&ready) {
            return ready;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not so within 30 s: {}", caller.get("/readyz").await.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_is_published_and_can_be_followed() {
    let nats = Nats::start(nats_servers().unwrap().last().unwrap()).unwrap();
    let place = Place::sqlite();
    let (server, caller) = place.start_feeding(Connection::new(nats.url())).await;
    caller.record(&open_fund("fund", "F")).await;
    for number in 0..50 {
        caller.record(&receive(&format!("k-{number}"), "F", "1.00")).await;
    }
    // A stop publishes what is left and the last checkpoint.
    server.stop().await;
    let connection = Connection::new(nats.url());
    let mut follower =
        Follower::connect(&connection, LEDGER, verifier_key(), TileBuilder::new()).await.unwrap();
    let mut followed = Vec::new();
    while followed.len() < 51 {
        let next = tokio::time::timeout(Duration::from_secs(30), follower.next()).await;
        let batch = next.unwrap().unwrap();
        followed.extend(batch.records().map(|(_, bytes)| bytes.to_vec()));
    }
    let stored = place.store().await.read(1, 100).await.unwrap();
    assert!(stored.iter().map(|(_, bytes)| bytes).eq(followed.iter().map(Vec::as_slice)));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_the_service_is_ready_without_nats_and_the_feed_catches_up() {
    let mut nats = Nats::start(nats_servers().unwrap().first().unwrap()).unwrap();
    let url = nats.url();
    let place = Place::sqlite();
    let (server, caller) = place.start_feeding(Connection::new(url)).await;
    until(&caller, |ready| ready["nats"]["state"] == "connected").await;
    nats.kill_9().unwrap();
    until(&caller, |ready| ready["nats"]["state"] == "disconnected").await;
    caller.record(&open_fund("fund", "F")).await;
    for number in 0..20 {
        caller.record(&receive(&format!("k-{number}"), "F", "1.00")).await;
    }
    let ready = caller.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["ready"]), (200, &json!(true)));
    assert_eq!(ready.json()["nats"], json!({"state": "disconnected", "published": 0}));
    nats.start_again().unwrap();
    let ready = until(&caller, |ready| ready["nats"]["published"] == 21).await;
    assert_eq!(ready["nats"]["state"], "connected");
    server.stop().await;
}
