//! What the publisher puts on the streams.

use std::time::Duration;

use almoner_feed::PublishError;
use almoner_test_servers::shared_postgres;
use async_nats::jetstream::stream;

use crate::support::{Bureau, LEDGER, jetstream, messages, on_every_server, until};

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_published_byte_for_byte_at_the_sequence_of_its_position() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(2_345).await;
        let mut publisher = bureau.publisher(&nats).await;
        assert_eq!(publisher.publish_pending().await.unwrap(), 2_345);

        bureau.assert_published(&nats).await;
        let messages = messages(&nats, &format!("ALMONER_{LEDGER}")).await;
        let kinds = ["loan.disbursed", "loan.repaid", "subsidy.paid"];
        for message in messages {
            let position = message.sequence;
            let kind = kinds[position as usize % kinds.len()];
            assert_eq!(message.subject, format!("almoner.{LEDGER}.{kind}"));
            assert_eq!(message.header("Content-Type"), "application/cloudevents+json");
            assert_eq!(message.header("Nats-Msg-Id"), format!("{LEDGER}:{position}"));
            assert_eq!(message.header("Nats-Expected-Last-Sequence"), (position - 1).to_string());
        }
        let status = publisher.status().borrow().clone();
        assert_eq!(status.server_version.as_deref(), Some(nats.version()));
        assert_eq!((status.published, status.checkpoint), (2_345, 2_345));
        assert_eq!((status.connected, status.last_error), (true, None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_checkpoint_follows_the_records() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::with(10).await;
        let mut publisher = bureau.publisher(&nats).await;
        publisher.publish_pending().await.unwrap();
        // Nothing new: no second copy.
        publisher.publish_pending().await.unwrap();
        bureau.append(5).await;
        publisher.publish_pending().await.unwrap();

        let checkpoints = messages(&nats, &format!("ALMONER_{LEDGER}_CHECKPOINTS")).await;
        assert_eq!(checkpoints.len(), 2);
        let last = checkpoints.last().unwrap();
        let head = bureau.store.head().await.unwrap();
        assert_eq!(last.payload, head.checkpoint.unwrap().into_bytes());
        assert_eq!(last.subject, format!("almoner.{LEDGER}.checkpoint"));
        assert_eq!(last.header("Nats-Msg-Id"), format!("{LEDGER}:checkpoint:15"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_log_makes_empty_streams() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        assert_eq!(bureau.publisher(&nats).await.publish_pending().await.unwrap(), 0);
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_restarted_in_the_middle_goes_on_exactly() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(20_000).await;
        let mut dropped_in_the_middle = 0;
        for part in 1..=4 {
            let mut publisher = bureau.publisher(&nats).await;
            let mut status = publisher.status();
            // Dropped with up to a thousand records under way, as by a crash.
            tokio::select! {
                result = publisher.publish_pending() => { result.unwrap(); }
                _ = until(&mut status, |status| status.published >= part * 3_000) => {
                    dropped_in_the_middle += 1;
                }
            }
        }
        assert!(dropped_in_the_middle > 0);
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_leaves_the_publisher_usable() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(8_000).await;
        let mut publisher = bureau.publisher(&nats).await;
        for _ in 0..5 {
            let _ =
                tokio::time::timeout(Duration::from_millis(30), publisher.publish_pending()).await;
        }
        assert_eq!(publisher.publish_pending().await.unwrap(), 8_000);
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_publishers_at_once_neither_double_nor_reorder() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::with(3_000).await;
        let mut publishers = Vec::new();
        let (stop, _) = tokio::sync::watch::channel(false);
        for _ in 0..2 {
            let mut publisher = bureau.publisher(&nats).await;
            let (durable, mut stopped) = (bureau.durable(), stop.subscribe());
            publishers.push((
                publisher.status(),
                tokio::spawn(async move {
                    let stop = async { _ = stopped.wait_for(|stop| *stop).await };
                    publisher.run(durable, stop).await
                }),
            ));
        }
        for _ in 0..30 {
            bureau.append(100).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for (status, _) in &mut publishers {
            until(status, |status| status.checkpoint == 6_000).await;
        }
        stop.send_replace(true);
        for (_, publisher) in publishers {
            publisher.await.unwrap().unwrap();
        }
        bureau.assert_published(&nats).await;
        let checkpoints = messages(&nats, &format!("ALMONER_{LEDGER}_CHECKPOINTS")).await;
        let sizes: Vec<u64> = checkpoints.iter().map(|it| size_of(&it.payload)).collect();
        assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_come_about_once_a_second_and_the_last_one_when_it_is_quiet() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::new().await;
        let mut publisher = bureau.publisher(&nats).await;
        let (mut status, durable) = (publisher.status(), bureau.durable());
        let running =
            tokio::spawn(async move { publisher.run(durable, std::future::pending()).await });
        let begin = tokio::time::Instant::now();
        for _ in 0..70 {
            bureau.append(3).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        until(&mut status, |status| status.checkpoint == 210).await;
        let seconds = begin.elapsed().as_secs();
        running.abort();

        let checkpoints = messages(&nats, &format!("ALMONER_{LEDGER}_CHECKPOINTS")).await;
        let count = checkpoints.len() as u64;
        assert!((3..=seconds + 2).contains(&count), "{count} checkpoints in {seconds} s");
        // Each one is of this log, and none was sent before its records.
        for checkpoint in checkpoints {
            assert!(size_of(&checkpoint.payload) <= 210);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_told_to_stop_publishes_the_rest_first() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::with(10).await;
        let mut publisher = bureau.publisher(&nats).await;
        let mut status = publisher.status();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let durable = bureau.durable();
        let running =
            tokio::spawn(async move { publisher.run(durable, async { _ = stopped.await }).await });
        until(&mut status, |status| status.checkpoint == 10).await;
        bureau.append(10).await;
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
        bureau.assert_published(&nats).await;
        assert_eq!(status.borrow().checkpoint, 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_refuses_to_delete_and_to_purge() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(10).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        for name in [format!("ALMONER_{LEDGER}"), format!("ALMONER_{LEDGER}_CHECKPOINTS")] {
            let stream = jetstream(&nats).await.get_stream(&name).await.unwrap();
            assert!(stream.delete_message(1).await.is_err());
            assert!(stream.purge().await.is_err());
            let open = stream::Config {
                deny_delete: false,
                deny_purge: false,
                ..stream.cached_info().config.clone()
            };
            assert!(jetstream(&nats).await.update_stream(open).await.is_err());
        }
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_made_so_that_it_could_lose_records_is_not_used() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(10).await;
        let name = format!("ALMONER_{LEDGER}");
        let jetstream = jetstream(&nats).await;
        let forgetful = stream::Config {
            name: name.clone(),
            subjects: vec![format!("almoner.{LEDGER}.*.*")],
            discard: stream::DiscardPolicy::New,
            max_age: Duration::from_secs(3600),
            deny_delete: true,
            deny_purge: true,
            ..stream::Config::default()
        };
        jetstream.create_stream(forgetful).await.unwrap();
        let error = bureau.publisher(&nats).await.publish_pending().await.unwrap_err();
        assert!(matches!(error, PublishError::Setting { setting: "max_age", .. }), "{error}");
        assert!(!error.is_final());
        assert_eq!(jetstream.get_stream(&name).await.unwrap().cached_info().state.messages, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_were_deleted_are_published_again() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::with(1_200).await;
        let mut publisher = bureau.publisher(&nats).await;
        let (mut status, durable) = (publisher.status(), bureau.durable());
        let running =
            tokio::spawn(async move { publisher.run(durable, std::future::pending()).await });
        until(&mut status, |status| status.checkpoint == 1_200).await;
        let jetstream = jetstream(&nats).await;
        jetstream.delete_stream(format!("ALMONER_{LEDGER}")).await.unwrap();
        jetstream.delete_stream(format!("ALMONER_{LEDGER}_CHECKPOINTS")).await.unwrap();
        bureau.append(1).await;
        until(&mut status, |status| status.checkpoint == 1_201).await;
        running.abort();
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_postgresql_is_published_as_one_in_sqlite() {
    let url = shared_postgres().unwrap().create_database().unwrap();
    let mut bureau = Bureau::at(&url).await;
    bureau.append(1_500).await;
    let bureau = &bureau;
    on_every_server(|nats| async move {
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        bureau.assert_published(&nats).await;
    })
    .await;
}

/// The size in a signed checkpoint: its second line.
fn size_of(note: &[u8]) -> u64 {
    str::from_utf8(note).unwrap().lines().nth(1).unwrap().parse().unwrap()
}
