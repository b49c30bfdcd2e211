//! Good logs verify.

use almoner_audit::{Verdict, verify};

use crate::history;
use crate::world::{World, quiet};

/// Verifies a world's store with these earlier checkpoints.
pub async fn verdict(world: &World, earlier: &[String]) -> Verdict {
    verify(&world.source(), &world.verifier(), earlier, &mut quiet()).await.unwrap()
}

async fn a_good_log_verifies(mut world: World) {
    history::long(&mut world, 2_500).await;
    let verdict = verdict(&world, &world.checkpoints).await;
    assert_eq!(verdict.findings, []);
    assert!(verdict.is_good());
    assert_eq!(verdict.size, world.size());
    assert_eq!(verdict.records, world.size());
    assert_eq!(verdict.checkpoints, world.checkpoints.len() as u64);
    assert_eq!(verdict.earlier, world.checkpoints.len() as u64);
    assert_eq!(verdict.tiles, world.size() / 256);
    assert_eq!(verdict.checkpoint.as_ref(), world.checkpoints.last());
}

#[tokio::test]
async fn a_good_log_in_sqlite_verifies() {
    a_good_log_verifies(World::sqlite().await).await;
}

#[tokio::test]
async fn a_good_log_in_postgresql_verifies() {
    a_good_log_verifies(World::postgres().await).await;
}

#[tokio::test]
async fn an_empty_log_is_good() {
    let world = World::sqlite().await;
    let verdict = verdict(&world, &[]).await;
    assert!(verdict.is_good());
    assert_eq!((verdict.size, verdict.checkpoint), (0, None));
}
