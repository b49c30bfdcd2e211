//! When stream and log hold different histories the publisher stops and says where they part.

use almoner_feed::{Fork, PublishError};
use almoner_test_servers::Nats;

use crate::support::{Bureau, LEDGER, jetstream, on_every_server, trim, until};

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_at_the_last_position_are_a_fork() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(60).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        let mut other = Bureau::with(40).await;
        other.branch_off("other");
        other.append(30).await;
        assert_forked(&other, &nats, 41, Fork::OtherRecord).await;
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_cut_shorter_is_a_fork() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(60).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        // The store as an old backup has it.
        let mut restored = Bureau::with(45).await;
        assert_forked(&restored, &nats, 46, Fork::LongerThanLog).await;
        // It was written to since.
        restored.branch_off("restored");
        restored.append(5).await;
        assert_forked(&restored, &nats, 46, Fork::OtherRecord).await;
        assert_forked(&Bureau::new().await, &nats, 1, Fork::LongerThanLog).await;
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_a_little_behind_is_no_fork() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(60).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        let mut behind = Bureau::with(50).await;
        let mut publisher = behind.publisher(&nats).await;
        let publishing = tokio::spawn(async move { publisher.publish_pending().await });
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        behind.append(10).await;
        assert_eq!(publishing.await.unwrap().unwrap(), 60);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_checkpoint_of_another_history_is_a_fork() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(60).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        // The records' stream is gone, so only the checkpoint tells.
        jetstream(&nats).await.delete_stream(format!("ALMONER_{LEDGER}")).await.unwrap();
        let mut other = Bureau::with(40).await;
        assert_forked(&other, &nats, 41, Fork::LongerThanLog).await;
        other.branch_off("other");
        other.append(20).await;
        assert_forked(&other, &nats, 60, Fork::OtherCheckpoint).await;
        // The true log publishes everything again.
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        bureau.assert_published(&nats).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_publisher_stops_at_a_fork() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(60).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        let mut other = Bureau::with(40).await;
        other.branch_off("other");
        other.append(20).await;
        let mut publisher = other.publisher(&nats).await;
        let status = publisher.status();
        let error = publisher.run(other.durable(), std::future::pending()).await.unwrap_err();
        assert!(error.is_final(), "{error}");
        let status = status.borrow().clone();
        assert!(status.stopped);
        let said = status.last_error.unwrap();
        assert!(said.contains("position 41") && said.contains(LEDGER), "{said}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_publishers_with_different_logs_one_stops() {
    on_every_server(|nats| async move {
        let mut ours = Bureau::with(500).await;
        let mut theirs = Bureau::with(500).await;
        theirs.branch_off("theirs");
        ours.append(3_000).await;
        theirs.append(3_000).await;
        let (mut first, mut second) = (ours.publisher(&nats).await, theirs.publisher(&nats).await);
        let (mut first_status, mut second_status) = (first.status(), second.status());
        let (first_durable, second_durable) = (ours.durable(), theirs.durable());
        let first =
            tokio::spawn(async move { first.run(first_durable, std::future::pending()).await });
        let second =
            tokio::spawn(async move { second.run(second_durable, std::future::pending()).await });
        tokio::select! {
            _ = until(&mut first_status, |status| status.stopped) => {}
            _ = until(&mut second_status, |status| status.stopped) => {}
        }
        let one_stopped = first_status.borrow().stopped;
        let both_stopped = one_stopped && second_status.borrow().stopped;
        if !both_stopped {
            // The other one's log is on the stream, whole.
            let (mut status, bureau) =
                if one_stopped { (second_status, &theirs) } else { (first_status, &ours) };
            let status = until(&mut status, |it| it.stopped || it.published == 3_500).await;
            if !status.stopped {
                bureau.assert_published(&nats).await;
            }
        }
        first.abort();
        second.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lost_records_is_noticed() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::with(60).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        trim(&nats, &format!("ALMONER_{LEDGER}"), 10).await;
        bureau.append(5).await;
        let error = bureau.publisher(&nats).await.publish_pending().await.unwrap_err();
        assert!(matches!(error, PublishError::Lost { position: 1, .. }), "{error}");
        assert!(error.is_final());
    })
    .await;
}

async fn assert_forked(bureau: &Bureau, nats: &Nats, at: u64, how: Fork) {
    let error = bureau.publisher(nats).await.publish_pending().await.unwrap_err();
    let PublishError::Forked { ledger, position, fork } = &error else { panic!("{error}") };
    assert_eq!((ledger.as_str(), *position, fork), (LEDGER, at, &how));
    assert!(error.is_final());
}
