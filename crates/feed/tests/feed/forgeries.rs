//! What the follower says to a feed that somebody has meddled with.

use std::time::Duration;

use almoner_feed::{Connection, FollowError, Follower};
use almoner_proof::{Checkpoint, Frontier, SigningKey, TileBuilder, leaf_hash};
use almoner_test_servers::Nats;
use async_nats::jetstream::stream;

use crate::support::{Bureau, LEDGER, jetstream, on_every_server, trim};

/// A feed that somebody made by hand.
struct Forgery {
    records: Vec<Vec<u8>>,
    checkpoints: Vec<String>,
}

impl Forgery {
    /// Begins as the true feed of a log with checkpoints at these sizes.
    fn of(bureau: &Bureau, sizes: &[u64]) -> Self {
        let end = sizes.last().copied().unwrap_or(0);
        let records: Vec<Vec<u8>> = (1..=end).map(|position| bureau.record(position)).collect();
        let checkpoints = sizes
            .iter()
            .map(|size| checkpoint(&bureau.key, &records[..*size as usize], *size))
            .collect();
        Self { records, checkpoints }
    }

    /// Makes the streams and follows them until the follower complains.
    async fn complaint(&self, nats: &Nats, bureau: &Bureau) -> (u64, FollowError) {
        self.publish(nats).await;
        complaint(nats, bureau).await
    }

    async fn publish(&self, nats: &Nats) {
        let jetstream = jetstream(nats).await;
        for (name, subject) in [
            (format!("ALMONER_{LEDGER}"), format!("almoner.{LEDGER}.*.*")),
            (format!("ALMONER_{LEDGER}_CHECKPOINTS"), format!("almoner.{LEDGER}.checkpoint")),
        ] {
            let _ = jetstream.delete_stream(&name).await;
            let config =
                stream::Config { name, subjects: vec![subject], ..stream::Config::default() };
            jetstream.create_stream(config).await.unwrap();
        }
        for record in &self.records {
            let subject = format!("almoner.{LEDGER}.loan.repaid");
            jetstream.publish(subject, record.clone().into()).await.unwrap().await.unwrap();
        }
        for note in &self.checkpoints {
            let subject = format!("almoner.{LEDGER}.checkpoint");
            jetstream.publish(subject, note.clone().into()).await.unwrap().await.unwrap();
        }
    }
}

/// What a follower says after how many proved records.
async fn complaint(nats: &Nats, bureau: &Bureau) -> (u64, FollowError) {
    let connection = Connection::new(nats.url());
    let key = bureau.verifier_key();
    let mut follower = Follower::connect(&connection, LEDGER, key, TileBuilder::new())
        .await
        .unwrap()
        .with_patience(Duration::from_millis(300));
    loop {
        if let Err(error) = follower.next().await {
            return (follower.proved().size(), error);
        }
    }
}

fn checkpoint(key: &SigningKey, records: &[Vec<u8>], size: u64) -> String {
    let mut tree = Frontier::new();
    records.iter().for_each(|record| tree.append(leaf_hash(record)));
    Checkpoint::new(&format!("almoner/{LEDGER}"), size, tree.root()).sign(key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_record_does_not_have_the_signed_root() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        let mut forgery = Forgery::of(&bureau, &[20, 40, 60]);
        let amount = String::from_utf8(forgery.records[29].clone()).unwrap();
        assert!(amount.contains(r#""amount":"30.30""#));
        forgery.records[29] = amount.replace(r#""30.30""#, r#""90.30""#).into_bytes();
        let (proved, error) = forgery.complaint(&nats, &bureau).await;
        assert_eq!(proved, 20);
        assert!(matches!(error, FollowError::Root { proved: 20, size: 40 }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_left_out_or_put_in_is_not_at_its_place() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        let mut forgery = Forgery::of(&bureau, &[20, 40]);
        forgery.records.remove(29);
        let (_, error) = forgery.complaint(&nats, &bureau).await;
        assert!(matches!(error, FollowError::WrongPlace { position: 30, id: 31, .. }), "{error}");

        let mut forgery = Forgery::of(&bureau, &[20, 40]);
        forgery.records.swap(4, 5);
        let (_, error) = forgery.complaint(&nats, &bureau).await;
        assert!(matches!(error, FollowError::WrongPlace { position: 5, id: 6, .. }), "{error}");

        let mut forgery = Forgery::of(&bureau, &[20]);
        let foreign = String::from_utf8(forgery.records[9].clone()).unwrap();
        forgery.records[9] = foreign.replace("/ledgers/411700", "/ledgers/411800").into_bytes();
        let (_, error) = forgery.complaint(&nats, &bureau).await;
        let FollowError::WrongPlace { position: 10, ledger, .. } = error else { panic!("{error}") };
        assert_eq!(ledger, "411800");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_record_is_named() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        let mut forgery = Forgery::of(&bureau, &[20]);
        // A space more says the same, but these are not the bytes.
        forgery.records[9].insert(1, b' ');
        let (_, error) = forgery.complaint(&nats, &bureau).await;
        assert!(matches!(error, FollowError::NotARecord { position: 10, .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_taken_out_of_the_stream_are_missed() {
    on_every_server(|nats| async move {
        let bureau = Bureau::with(60).await;
        // At the end: fewer than a checkpoint covers.
        let mut forgery = Forgery::of(&bureau, &[40, 60]);
        forgery.records.truncate(50);
        let (proved, error) = forgery.complaint(&nats, &bureau).await;
        assert_eq!(proved, 40);
        assert!(matches!(error, FollowError::Missing { position: 51 }), "{error}");

        // In the middle.
        let forgery = Forgery::of(&bureau, &[40, 60]);
        forgery.publish(&nats).await;
        let stream = jetstream(&nats).await.get_stream(format!("ALMONER_{LEDGER}")).await.unwrap();
        stream.delete_message(47).await.unwrap();
        let (_, error) = complaint(&nats, &bureau).await;
        assert!(matches!(error, FollowError::Missing { position: 47 }), "{error}");

        // At the beginning.
        forgery.publish(&nats).await;
        trim(&nats, &format!("ALMONER_{LEDGER}"), 10).await;
        let (proved, error) = complaint(&nats, &bureau).await;
        assert_eq!(proved, 0);
        assert!(matches!(error, FollowError::Missing { position: 1 }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_with_another_root_is_evidence_though_the_log_signed_it() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        let mut forgery = Forgery::of(&bureau, &[20, 40]);
        // The bureau signs a second history.
        let mut other = Bureau::new().await;
        other.branch_off("other");
        let second = Forgery::of(&other, &[20, 40]);
        forgery.checkpoints[1] = second.checkpoints[1].clone();
        let (proved, error) = forgery.complaint(&nats, &bureau).await;
        assert_eq!(proved, 20);
        assert!(matches!(error, FollowError::Root { proved: 20, size: 40 }), "{error}");

        // Also when the size is proved already.
        let mut forgery = Forgery::of(&bureau, &[20]);
        forgery.checkpoints.push(second.checkpoints[0].clone());
        let (proved, error) = forgery.complaint(&nats, &bureau).await;
        assert_eq!(proved, 20);
        assert!(matches!(error, FollowError::Root { proved: 20, size: 20 }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_the_log_did_not_sign_is_refused() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        let refused = |checkpoint: String| {
            let (nats, bureau) = (&nats, &bureau);
            async move {
                let mut forgery = Forgery::of(bureau, &[20, 40]);
                forgery.checkpoints[1] = checkpoint;
                let (proved, error) = forgery.complaint(nats, bureau).await;
                assert_eq!(proved, 20);
                error
            }
        };
        let honest = Forgery::of(&bureau, &[20, 40]);

        // The signature of a key with the same name.
        let stranger = SigningKey::new(&format!("almoner/{LEDGER}"), [8; 32]).unwrap();
        let error = refused(checkpoint(&stranger, &honest.records, 40)).await;
        assert!(matches!(error, FollowError::Checkpoint { sequence: 2, .. }), "{error}");

        // A good signature, but another size above it.
        let error = refused(honest.checkpoints[1].replacen("\n40\n", "\n39\n", 1)).await;
        assert!(matches!(error, FollowError::Checkpoint { sequence: 2, .. }), "{error}");

        // The right key, but for another log.
        let mut tree = Frontier::new();
        honest.records.iter().for_each(|record| tree.append(leaf_hash(record)));
        let foreign = Checkpoint::new("almoner/411800", 40, tree.root());
        let error = refused(bureau.key.sign_note(&foreign.to_text()).unwrap()).await;
        assert!(matches!(error, FollowError::Checkpoint { sequence: 2, .. }), "{error}");

        let error = refused("no note".to_owned()).await;
        assert!(matches!(error, FollowError::Checkpoint { sequence: 2, .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_another_ledger_is_not_taken_for_this_one() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        // The caller trusts the key of another log and expects this ledger.
        let key = SigningKey::new("almoner/411800", [9; 32]).unwrap();
        let mut forgery = Forgery::of(&bureau, &[20]);
        let mut tree = Frontier::new();
        forgery.records.iter().for_each(|record| tree.append(leaf_hash(record)));
        forgery.checkpoints =
            vec![Checkpoint::new("almoner/411800", 20, tree.root()).sign(&key).unwrap()];
        forgery.publish(&nats).await;
        let connection = Connection::new(nats.url());
        let mut follower =
            Follower::connect(&connection, LEDGER, key.verifier_key(), TileBuilder::new())
                .await
                .unwrap();
        let error = follower.next().await.unwrap_err();
        assert!(matches!(error, FollowError::OtherLog { sequence: 1, .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_goes_back_is_noticed() {
    on_every_server(|nats| async move {
        let bureau = Bureau::new().await;
        let mut forgery = Forgery::of(&bureau, &[20, 40]);
        forgery.checkpoints.push(forgery.checkpoints[0].clone());
        let (_, error) = forgery.complaint(&nats, &bureau).await;
        assert!(
            matches!(error, FollowError::Shrunk { sequence: 3, size: 20, before: 40 }),
            "{error}"
        );

        // An auditor who has more than the feed, and another history than what it goes on with.
        let mut own = Bureau::with(30).await;
        let mut tree = TileBuilder::new();
        own.branch_off("own");
        (1..=30)
            .for_each(|position| tree.append(leaf_hash(&own.record(position)), &mut Vec::new()));
        Forgery::of(&bureau, &[20, 40]).publish(&nats).await;
        let connection = Connection::new(nats.url());
        let mut follower =
            Follower::connect(&connection, LEDGER, bureau.verifier_key(), tree).await.unwrap();
        let error = follower.next().await.unwrap_err();
        assert!(matches!(error, FollowError::Root { proved: 30, size: 40 }), "{error}");
    })
    .await;
}
