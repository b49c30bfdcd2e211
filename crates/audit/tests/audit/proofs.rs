//! Proofs: for every kind of place in the tree, from a store and from a bundle; and no other.

use almoner_audit::{ProofFault, ProveError, Source, check_proof, prove};
use almoner_proof::{SigningKey, TlogProof};

use crate::bundles::exported;
use crate::history;
use crate::world::World;

async fn world() -> World {
    let mut world = World::sqlite().await;
    history::long(&mut world, 700).await;
    world
}

#[tokio::test]
async fn every_record_can_be_proved_without_the_log() {
    let world = world().await;
    let bundle = Source::Bundle(exported(&world, "bundle").await);
    let size = world.size();
    for position in [1, 2, 255, 256, 257, 512, 513, size - 1, size] {
        let proof = prove(&world.source(), &world.verifier(), position).await.unwrap();
        let proven = check_proof(&proof, &world.verifier()).unwrap();
        assert_eq!(proven.position, position);
        assert_eq!(proven.record, world.stored(position).await);
        assert_eq!(proven.checkpoint.size, size);
        assert_eq!(proof, prove(&bundle, &world.verifier(), position).await.unwrap());
    }
}

#[tokio::test]
async fn a_proof_with_any_bit_flipped_proves_nothing() {
    let world = world().await;
    let proof = prove(&world.source(), &world.verifier(), 300).await.unwrap();
    for place in 0..proof.len() {
        let mut bytes = proof.clone().into_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(check_proof(&changed, &world.verifier()).is_err(), "byte {place}");
    }
}

#[tokio::test]
async fn a_proof_does_not_prove_another_record_place_or_log() {
    let world = world().await;
    let good =
        TlogProof::parse(&prove(&world.source(), &world.verifier(), 300).await.unwrap()).unwrap();
    let other = TlogProof { extra: world.stored(301).await, ..good.clone() };
    assert!(check_proof(&other.to_text(), &world.verifier()).is_err());
    let other = TlogProof { index: 300, ..good.clone() };
    assert!(check_proof(&other.to_text(), &world.verifier()).is_err());
    // The same record at another place: a proof by a signer who moved it.
    let key = SigningKey::new("almoner/test", [7; 32]).unwrap();
    let leaf = almoner_proof::leaf_hash(&good.extra);
    let note = crate::world::sign(&key, 1, leaf);
    let moved = TlogProof { index: 0, hashes: Vec::new(), checkpoint: note, ..good.clone() };
    let refused = check_proof(&moved.to_text(), &world.verifier());
    assert!(matches!(refused, Err(ProofFault::Place)), "{refused:?}");
    let stranger = SigningKey::new("almoner/test", [8; 32]).unwrap().verifier_key();
    assert!(check_proof(&good.to_text(), &stranger).is_err());
}

#[tokio::test]
async fn what_is_not_in_the_log_is_not_proved() {
    let world = world().await;
    for position in [0, world.size() + 1, u64::MAX] {
        let refused = prove(&world.source(), &world.verifier(), position).await;
        assert!(matches!(refused, Err(ProveError::NoRecord { .. })), "{refused:?}");
    }
    world.store.database().execute("DROP TRIGGER record_no_update", &[]).await.unwrap();
    let sql = "UPDATE record SET bytes = x'7b7d' WHERE position = 300";
    world.store.database().execute(sql, &[]).await.unwrap();
    let refused = prove(&world.source(), &world.verifier(), 300).await;
    assert!(matches!(refused, Err(ProveError::Unsound(_))), "{refused:?}");
}
