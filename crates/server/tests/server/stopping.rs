//! Stopping, and what is ready when.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::channel::mpsc;
use serde_json::json;

use crate::support::*;

on_both! {
    a_stop_under_load_loses_nothing_that_has_a_receipt
    a_stream_ends_with_the_answers_of_its_lines_when_the_service_stops
    readiness_tells_of_the_writer_and_the_views
}

async fn a_stop_under_load_loses_nothing_that_has_a_receipt(place: Place) {
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    let clerks: Vec<_> = (0..16)
        .map(|clerk| {
            let caller = caller.clone();
            tokio::spawn(async move {
                let mut receipts = Vec::new();
                for number in 0.. {
                    let key = format!("k-{clerk}-{number}");
                    let command = receive(&key, "F", "1.00");
                    let sent = caller.request(reqwest::Method::POST, "commands").json(&command);
                    // Whoever comes after the end is not let in.
                    let Ok(response) = sent.send().await else { break };
                    assert_eq!(response.status(), 201);
                    let receipt: serde_json::Value = response.json().await.unwrap();
                    receipts.push((key, receipt["first"].as_u64().unwrap()));
                }
                receipts
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(9), "stopping took {:?}", begun.elapsed());
    let keys = keys_in_log(&place.store().await).await;
    let mut receipts = 0;
    for clerk in clerks {
        for (key, position) in clerk.await.unwrap() {
            assert_eq!(keys[position as usize - 1], key);
            receipts += 1;
        }
    }
    assert!(receipts > 16, "{receipts} receipts are no load");

    // The next start finds the views at the end of the log.
    let (server, caller) = place.start_again().await;
    let fund = caller.ask("funds/F").await;
    assert_eq!(fund["position"], keys.len());
    assert_eq!(fund["total"]["received"], format!("{}.00", keys.len() - 1));
    server.stop().await;
}

async fn a_stream_ends_with_the_answers_of_its_lines_when_the_service_stops(place: Place) {
    let (server, caller) = place.start().await;
    let (lines, body) = mpsc::unbounded::<Result<Bytes, std::io::Error>>();
    lines.unbounded_send(Ok(format!("{}\n", open_fund("fund", "F")).into())).unwrap();
    for number in 0..100 {
        let line = format!("{}\n", receive(&format!("k-{number}"), "F", "1.00"));
        lines.unbounded_send(Ok(line.into())).unwrap();
    }
    let response = caller.ndjson(reqwest::Body::wrap_stream(body)).send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    // The caller would go on for ever; `lines` is still open.
    let begun = Instant::now();
    let (text, ()) = tokio::join!(response.text(), server.stop());
    assert!(begun.elapsed() < Duration::from_secs(9), "stopping took {:?}", begun.elapsed());
    let answered = text.unwrap().lines().count();
    assert_eq!(answered, keys_in_log(&place.store().await).await.len());
    assert_eq!(answered, 101);
    drop(lines);
}

async fn readiness_tells_of_the_writer_and_the_views(place: Place) {
    let (server, caller) = place.start().await;
    let position = caller.record(&open_fund("fund", "F")).await;
    caller.ask(&format!("funds?at_least={position}")).await;
    let ready = caller.with(None).get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.json(),
        json!({
            "ready": true,
            "ledger": {"state": "recording", "position": 1},
            "views": {"state": "following", "position": 1},
            "nats": null,
        })
    );
    assert_eq!(caller.get("/livez").await.json(), json!({"alive": true}));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn serving_ends_when_it_is_told_to() {
    let place = Place::sqlite();
    let (server, _) = place.start().await;
    server.stop().await;
    let options = place.options(None).await;
    let stopped = Arc::new(AtomicBool::new(false));
    let (stop, told) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn({
        let stopped = stopped.clone();
        async move {
            let served = almoner_server::serve(options, async move {
                let _ = told.await;
            });
            served.await.unwrap();
            stopped.store(true, Ordering::SeqCst);
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!stopped.load(Ordering::SeqCst));
    stop.send(()).unwrap();
    serving.await.unwrap();
}
