//! What the follower hands over from an honest feed.

use std::time::Duration;

use almoner_feed::{Connection, Follower};
use almoner_log::Store;
use almoner_proof::TileBuilder;
use almoner_test_servers::Nats;

use crate::support::{Bureau, LEDGER, jetstream, on_every_server, until};

/// An auditor with a store of his own, filled from the feed only.
struct Auditor {
    store: Store,
    _directory: tempfile::TempDir,
}

impl Auditor {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("own.db").display());
        Self { store: Store::create(&url, LEDGER).await.unwrap(), _directory: directory }
    }

    /// Follows from where his own store ends until it has this many records.
    async fn follow(&self, nats: &Nats, bureau: &Bureau, size: u64) {
        let mut follower = self.follower(nats, bureau).await;
        while follower.proved().size() < size {
            let batch = follower.next().await.unwrap();
            self.store.append_durably(&batch).await.unwrap();
            assert_eq!(follower.proved().size(), batch.size);
        }
    }

    async fn follower(&self, nats: &Nats, bureau: &Bureau) -> Follower {
        let tree = self.store.resume_tiles().await.unwrap();
        let connection = Connection::new(nats.url());
        Follower::connect(&connection, LEDGER, bureau.verifier_key(), tree).await.unwrap()
    }

    /// Byte for byte the same log, with the bureau's own signature below it.
    async fn assert_same_as(&self, bureau: &Bureau) {
        let (own, theirs) = (self.store.head().await.unwrap(), bureau.store.head().await.unwrap());
        assert_eq!(own, theirs);
        let mut next = 1;
        while next <= theirs.size {
            let own = self.store.read(next, 5_000).await.unwrap();
            assert_eq!(own, bureau.store.read(next, 5_000).await.unwrap());
            next = own.next();
        }
        let keys: Vec<_> = bureau.store.find_commands(&[]).await.unwrap();
        assert!(keys.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_ends_up_with_the_same_log() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(3_210).await;
        bureau.publisher(&nats).await.publish_pending().await.unwrap();
        let auditor = Auditor::new().await;
        auditor.follow(&nats, &bureau, 3_210).await;
        auditor.assert_same_as(&bureau).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_goes_on_where_his_own_store_ends() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::new().await;
        let auditor = Auditor::new().await;
        let mut publisher = bureau.publisher(&nats).await;
        for records in [300, 1, 700, 256, 43] {
            bureau.append(records).await;
            publisher.publish_pending().await.unwrap();
        }
        // Two parts, each by a follower that knows nothing but the store.
        let mut follower = auditor.follower(&nats, &bureau).await;
        for _ in 0..2 {
            let batch = follower.next().await.unwrap();
            auditor.store.append_durably(&batch).await.unwrap();
        }
        drop(follower);
        assert_eq!(auditor.store.head().await.unwrap().size, 301);
        auditor.follow(&nats, &bureau, 1_300).await;
        // At the end: nothing to do, and nothing wrong.
        let mut follower = auditor.follower(&nats, &bureau).await;
        let more = tokio::time::timeout(Duration::from_millis(500), follower.next()).await;
        assert!(more.is_err());
        auditor.assert_same_as(&bureau).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_follows_a_live_ledger() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::new().await;
        let auditor = Auditor::new().await;
        // He is there before there is anything to follow.
        let mut follower = auditor.follower(&nats, &bureau).await;
        let store = auditor.store.clone();
        let following = tokio::spawn(async move {
            while follower.proved().size() < 2_000 {
                let batch = follower.next().await.unwrap();
                store.append_durably(&batch).await.unwrap();
            }
        });
        let mut publisher = bureau.publisher(&nats).await;
        let durable = bureau.durable();
        let publishing =
            tokio::spawn(async move { publisher.run(durable, std::future::pending()).await });
        for _ in 0..20 {
            bureau.append(100).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        following.await.unwrap();
        publishing.abort();
        auditor.assert_same_as(&bureau).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_without_a_checkpoint_are_not_handed_over_as_proved() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(20).await;
        let mut publisher = bureau.publisher(&nats).await;
        publisher.publish_pending().await.unwrap();
        let auditor = Auditor::new().await;
        let mut follower = auditor.follower(&nats, &bureau).await;
        assert_eq!(follower.next().await.unwrap().size, 20);

        // The bureau goes on but signs nothing yet.
        let jetstream = jetstream(&nats).await;
        for position in 21..=25_u64 {
            let record = bureau.record(position).into();
            let subject = format!("almoner.{LEDGER}.loan.repaid");
            jetstream.publish(subject, record).await.unwrap().await.unwrap();
        }
        let more = tokio::time::timeout(Duration::from_secs(1), follower.next()).await;
        assert!(more.is_err());
        let arrived: Vec<(u64, Vec<u8>)> = follower
            .not_yet_covered()
            .map(|(position, bytes)| (position, bytes.to_vec()))
            .collect();
        let expected: Vec<_> =
            (21..=25).map(|position| (position, bureau.record(position))).collect();
        assert_eq!(arrived, expected);
        assert_eq!(follower.proved().size(), 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_proved_in_parts_while_it_is_published() {
    on_every_server(|nats| async move {
        let mut bureau = Bureau::with(50_000).await;
        let mut publisher = bureau.publisher(&nats).await;
        let mut status = publisher.status();
        let durable = bureau.durable();
        let publishing =
            tokio::spawn(async move { publisher.run(durable, std::future::pending()).await });
        let connection = Connection::new(nats.url());
        let key = bureau.verifier_key();
        let mut follower =
            Follower::connect(&connection, LEDGER, key, TileBuilder::new()).await.unwrap();
        // The second half is recorded when the first is proved, so that it needs a checkpoint of its
        // own, however fast records are published.
        let mut parts = 0;
        for size in [50_000, 100_000] {
            bureau.append(size - bureau.size()).await;
            while follower.proved().size() < size {
                follower.next().await.unwrap();
                parts += 1;
            }
        }
        until(&mut status, |status| status.checkpoint == 100_000).await;
        publishing.abort();
        assert!(parts > 1, "one checkpoint for the whole history");
        assert_eq!(follower.proved().root(), bureau.store.head().await.unwrap().root);
    })
    .await;
}
