//! Attacks on a store by somebody who may write to its file: each is noticed, at its position.
//!
//! The log has about 1,300 records, so that some lie under complete tiles and the last ones do not.

use almoner_audit::{Finding, FindingKind, Verdict};
use almoner_log::{Database, Value};
use almoner_proof::{Tile, TileBuilder, leaf_hash};

use crate::history;
use crate::verifying::verdict;
use crate::world::{World, sign};

/// A position under a complete tile, of a roster's line.
const UNDER_TILE: u64 = 700;

async fn world() -> World {
    let mut world = World::sqlite().await;
    history::long(&mut world, 1_300).await;
    // What stops a mistake does not stop an attacker.
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
    for row in world.store.database().rows(triggers, &[]).await.unwrap() {
        execute(&world, &format!("DROP TRIGGER {}", row.text(0).unwrap()), &[]).await;
    }
    world
}

async fn execute(world: &World, sql: &str, values: &[Value]) {
    world.store.database().execute(sql, values).await.unwrap();
}

/// The record at a position with another amount: as well formed as before.
async fn forged(world: &World, position: u64) -> Vec<u8> {
    let record = String::from_utf8(world.stored(position).await).unwrap();
    assert!(record.contains("\"300.00\""), "{record}");
    record.replace("\"300.00\"", "\"900.00\"").into_bytes()
}

async fn replace(world: &World, position: u64, bytes: Vec<u8>) {
    let values = [bytes.into(), integer(position)];
    execute(world, "UPDATE record SET bytes = $1 WHERE position = $2", &values).await;
}

/// Makes the stored tiles, and with them the checkpoints where asked, those of the records as they are.
async fn make_consistent(world: &World, resign: bool) {
    let mut tree = TileBuilder::new();
    let mut tiles: Vec<Tile> = Vec::new();
    let size = count(world.store.database(), "SELECT count(*) FROM record").await;
    for position in 1..=size {
        tree.append(leaf_hash(&world.stored(position).await), &mut tiles);
        if resign {
            let root = tree.root();
            let note = sign(&world.key, position, root);
            let values = [root.to_vec().into(), note.into(), integer(position)];
            let sql = "UPDATE record SET root = $1, checkpoint = $2
                       WHERE position = $3 AND checkpoint IS NOT NULL";
            execute(world, sql, &values).await;
        }
    }
    for tile in tiles {
        let values = [tile.hashes.into(), i64::from(tile.level).into(), integer(tile.index)];
        execute(world, r#"UPDATE tile SET hashes = $1 WHERE level = $2 AND "index" = $3"#, &values)
            .await;
    }
}

async fn count(database: &Database, sql: &str) -> u64 {
    u64::try_from(database.rows(sql, &[]).await.unwrap()[0].integer(0).unwrap()).unwrap()
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap())
}

fn kinds(verdict: &Verdict) -> Vec<FindingKind> {
    verdict.findings.iter().map(|finding| finding.kind).collect()
}

/// The finding of a kind; it must be there, once.
fn the(verdict: &Verdict, kind: FindingKind) -> &Finding {
    let mut found = verdict.findings.iter().filter(|finding| finding.kind == kind);
    let first = found.next().unwrap_or_else(|| panic!("no {kind:?} in {:?}", verdict.findings));
    assert_eq!(found.next(), None, "{kind:?} twice");
    assert!(!verdict.is_good());
    first
}

fn range(finding: &Finding) -> (u64, u64) {
    (finding.first, finding.last)
}

#[tokio::test]
async fn a_record_changed_under_a_tile_is_named_and_hides_nothing_else() {
    let world = world().await;
    replace(&world, UNDER_TILE, forged(&world, UNDER_TILE).await).await;
    let found = verdict(&world, &world.checkpoints).await;
    assert_eq!(kinds(&found), [FindingKind::Changed]);
    assert_eq!(range(&found.findings[0]), (UNDER_TILE, UNDER_TILE));
    // Everything else fits the tree that was signed.
    assert_eq!(found.checkpoints, world.checkpoints.len() as u64);
    assert_eq!(found.earlier, world.checkpoints.len() as u64);
}

#[tokio::test]
async fn every_changed_byte_of_a_record_is_noticed() {
    let world = world().await;
    let original = world.stored(UNDER_TILE).await;
    for place in (0..original.len()).step_by(7).chain([original.len() - 1]) {
        let mut changed = original.clone();
        changed[place] ^= 1;
        replace(&world, UNDER_TILE, changed).await;
        let found = verdict(&world, &[]).await;
        assert_eq!(range(the(&found, FindingKind::Changed)), (UNDER_TILE, UNDER_TILE));
    }
}

#[tokio::test]
async fn a_record_changed_behind_the_last_tile_is_found_between_two_checkpoints() {
    let world = world().await;
    let position = world.size() - 10;
    replace(&world, position, forged(&world, position).await).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(kinds(&found), [FindingKind::Root]);
    let (first, last) = range(the(&found, FindingKind::Root));
    assert!((first..=last).contains(&position), "{first} to {last}");
    assert!(last - first < 16, "one batch: {first} to {last}");
}

#[tokio::test]
async fn bytes_that_are_no_record_are_named() {
    let world = world().await;
    for bytes in [&b""[..], b"{}", b"\xff\xfe\x00", &[b'x'; 70_000]] {
        replace(&world, UNDER_TILE, bytes.to_vec()).await;
        let found = verdict(&world, &[]).await;
        assert_eq!(kinds(&found), [FindingKind::Malformed, FindingKind::Changed]);
        assert_eq!(range(&found.findings[0]), (UNDER_TILE, UNDER_TILE));
    }
}

#[tokio::test]
async fn a_deleted_record_is_missing() {
    let world = world().await;
    execute(&world, "DELETE FROM record WHERE position = $1", &[integer(UNDER_TILE)]).await;
    let found = verdict(&world, &world.checkpoints).await;
    assert_eq!(kinds(&found), [FindingKind::Missing]);
    assert_eq!(range(&found.findings[0]), (UNDER_TILE, UNDER_TILE));
    assert_eq!(found.records, world.size() - 1);
}

#[tokio::test]
async fn a_deleted_record_behind_the_last_tile_is_missing_and_breaks_the_roots() {
    let world = world().await;
    let position = world.size() - 10;
    execute(&world, "DELETE FROM record WHERE position = $1", &[integer(position)]).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(range(the(&found, FindingKind::Missing)), (position, position));
    assert!(kinds(&found).contains(&FindingKind::Root));
}

#[tokio::test]
async fn thousands_of_deleted_records_are_one_finding() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 9_000).await;
    execute(&world, "DROP TRIGGER record_no_delete", &[]).await;
    let delete = "DELETE FROM record WHERE position > 700 AND position <= 8900";
    execute(&world, delete, &[]).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(range(the(&found, FindingKind::Missing)), (701, 8900));
    assert!(found.findings.len() < 10, "{:?}", found.findings);
}

#[tokio::test]
async fn two_swapped_records_are_both_displaced() {
    let world = world().await;
    let (a, b) = (world.stored(UNDER_TILE).await, world.stored(UNDER_TILE + 3).await);
    replace(&world, UNDER_TILE, b).await;
    replace(&world, UNDER_TILE + 3, a).await;
    let found = verdict(&world, &[]).await;
    let displaced: Vec<_> = found
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::Displaced)
        .map(range)
        .collect();
    assert_eq!(displaced, [(UNDER_TILE, UNDER_TILE), (UNDER_TILE + 3, UNDER_TILE + 3)]);
}

#[tokio::test]
async fn an_inserted_record_displaces_all_after_it() {
    let world = world().await;
    let forged = forged(&world, UNDER_TILE).await;
    // In two steps, because no two records may have one position meanwhile.
    let size = i64::try_from(world.size()).unwrap();
    for shift in [10_000, -9_999] {
        let sql = "UPDATE record SET position = position + $1 WHERE position >= $2";
        let from = if shift > 0 { integer(UNDER_TILE) } else { Value::Integer(size + 1) };
        execute(&world, sql, &[Value::Integer(shift), from]).await;
    }
    let insert = "INSERT INTO record (ledger, position, bytes) VALUES (1, $1, $2)";
    execute(&world, insert, &[integer(UNDER_TILE), forged.into()]).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(the(&found, FindingKind::Changed).first, UNDER_TILE);
    assert_eq!(range(the(&found, FindingKind::Displaced)), (UNDER_TILE + 1, world.size() + 1));
    // The checkpoints have moved with their records.
    assert!(kinds(&found).contains(&FindingKind::Checkpoint));
    assert_eq!(the(&found, FindingKind::Unsigned).last, world.size() + 1);
}

#[tokio::test]
async fn a_record_appended_by_hand_is_unsigned() {
    let world = world().await;
    let mut forged = forged(&world, UNDER_TILE).await;
    let next = world.size() + 1;
    let text = String::from_utf8(forged).unwrap();
    forged =
        text.replace(&format!(r#""id":"{UNDER_TILE}""#), &format!(r#""id":"{next}""#)).into_bytes();
    let insert = "INSERT INTO record (ledger, position, bytes) VALUES (1, $1, $2)";
    execute(&world, insert, &[integer(next), forged.into()]).await;
    let found = verdict(&world, &[]).await;
    // Its time is also that of a record long before.
    assert_eq!(range(the(&found, FindingKind::TimeBackwards)), (next, next));
    assert_eq!(range(the(&found, FindingKind::Unsigned)), (next, next));
}

#[tokio::test]
async fn a_record_and_its_tiles_rewritten_do_not_fit_the_signed_roots() {
    let world = world().await;
    replace(&world, UNDER_TILE, forged(&world, UNDER_TILE).await).await;
    make_consistent(&world, false).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(kinds(&found), [FindingKind::Root]);
    let (first, last) = range(&found.findings[0]);
    assert!((first..=last).contains(&UNDER_TILE) && last - first < 16, "{first} to {last}");
    assert!(found.findings[0].text.contains("later ones"), "{}", found.findings[0].text);
}

#[tokio::test]
async fn history_rewritten_and_signed_with_the_real_key_is_betrayed_by_an_earlier_checkpoint() {
    let world = world().await;
    let kept: Vec<String> = world.checkpoints.iter().step_by(9).cloned().collect();
    replace(&world, UNDER_TILE, forged(&world, UNDER_TILE).await).await;
    make_consistent(&world, true).await;
    // By itself it is a good log.
    assert!(verdict(&world, &[]).await.is_good());
    let found = verdict(&world, &kept).await;
    assert!(kinds(&found).iter().all(|kind| *kind == FindingKind::Rewritten));
    let (first, last) = range(&found.findings[0]);
    assert!((first..=last).contains(&UNDER_TILE), "{first} to {last}");
    // Two signed notes of one size: anyone can see that the signer signed both.
    let conflict = &found.conflicts[0];
    assert!(kept.contains(&conflict.earlier));
    assert_ne!(conflict.stored, conflict.earlier);
    let line = |note: &str, number| note.lines().nth(number).map(str::to_owned);
    assert_eq!(line(&conflict.stored, 1), line(&conflict.earlier, 1));
    assert_ne!(line(&conflict.stored, 2), line(&conflict.earlier, 2));
}

#[tokio::test]
async fn a_tail_cut_off_with_its_tiles_is_noticed_by_who_kept_a_checkpoint() {
    let world = world().await;
    let (before, cut) = (world.size(), &world.checkpoints[world.checkpoints.len() - 5]);
    let left: u64 = cut.lines().nth(1).unwrap().parse().unwrap();
    for sql in [
        "DELETE FROM record WHERE position > $1",
        r#"DELETE FROM tile WHERE ("index" + 1) * 256 > $1"#,
    ] {
        execute(&world, sql, &[integer(left)]).await;
    }
    assert!(verdict(&world, &[]).await.is_good());
    let found = verdict(&world, &world.checkpoints[world.checkpoints.len() - 1..]).await;
    assert_eq!(kinds(&found), [FindingKind::Shortened]);
    assert_eq!(range(&found.findings[0]), (left + 1, before));
}

#[tokio::test]
async fn a_tail_cut_off_carelessly_leaves_tiles_and_unsigned_records_behind() {
    let world = world().await;
    execute(&world, "DELETE FROM record WHERE position > 1000", &[]).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(the(&found, FindingKind::Unsigned).last, 1000);
    assert!(the(&found, FindingKind::Tile).text.contains("belong to no records"));
}

#[tokio::test]
async fn an_old_backup_restored_is_noticed_by_who_kept_a_checkpoint() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 600).await;
    let backup = world.path("backup.db");
    let copy = format!("VACUUM INTO '{}'", backup.display());
    execute(&world, &copy, &[]).await;
    let then = world.size();
    history::roster(&mut world, "late", 20);
    world.commit().await;
    let url = format!("sqlite://{}", backup.display());
    world.store = almoner_log::Store::open(&url, None).await.unwrap();
    assert!(verdict(&world, &[]).await.is_good());
    let found = verdict(&world, world.checkpoints.last_chunk::<1>().unwrap()).await;
    assert_eq!(kinds(&found), [FindingKind::Shortened]);
    assert_eq!(range(&found.findings[0]), (then + 1, world.size()));
}

#[tokio::test]
async fn damaged_tiles_are_told_apart_from_damaged_records() {
    let world = world().await;
    execute(&world, r#"DELETE FROM tile WHERE level = 0 AND "index" = 1"#, &[]).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(kinds(&found), [FindingKind::Tile]);
    assert_eq!(range(&found.findings[0]), (257, 512));

    let tile = world.store.tile(0, 2).await.unwrap().unwrap();
    let mut hashes = tile.hashes.clone();
    hashes[32 * 10] ^= 1;
    let update = r#"UPDATE tile SET hashes = $1 WHERE level = 0 AND "index" = 2"#;
    execute(&world, update, &[hashes.into()]).await;
    let found = verdict(&world, &[]).await;
    // The records fit the signed roots: it is the tile that was changed.
    assert_eq!(range(the(&found, FindingKind::Changed)), (523, 523));
    assert_eq!(found.checkpoints, world.checkpoints.len() as u64);
}

#[tokio::test]
async fn damaged_checkpoints_are_named() {
    let world = world().await;
    let size: u64 = world.checkpoints[3].lines().nth(1).unwrap().parse().unwrap();
    let other = sign(&crate::world::key(), size, [9; 32]);
    for note in
        [world.checkpoints[2].clone(), other.replace("almoner/test", "almoner/tost"), "x".into()]
    {
        let update = "UPDATE record SET checkpoint = $1 WHERE position = $2";
        execute(&world, update, &[note.into(), integer(size)]).await;
        let found = verdict(&world, &[]).await;
        assert_eq!(kinds(&found), [FindingKind::Checkpoint]);
        assert_eq!(range(&found.findings[0]), (size, size));
    }
}

#[tokio::test]
async fn another_ledgers_records_are_noticed() {
    let world = world().await;
    let record = String::from_utf8(world.stored(UNDER_TILE).await).unwrap();
    let other = record.replace("/ledgers/test\"", "/ledgers/tess\"").into_bytes();
    replace(&world, UNDER_TILE, other).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(range(the(&found, FindingKind::OtherLedger)), (UNDER_TILE, UNDER_TILE));
}

#[tokio::test]
async fn an_earlier_checkpoint_of_another_log_is_not_used() {
    let world = world().await;
    let other = almoner_proof::SigningKey::new("almoner/other", [8; 32]).unwrap();
    let found = verdict(&world, &[sign(&other, 5, [1; 32]), "nonsense".into()]).await;
    assert_eq!(kinds(&found), [FindingKind::EarlierUnusable; 2]);
}

#[tokio::test]
async fn a_flood_of_faults_is_counted_and_not_listed() {
    let world = world().await;
    let update = "UPDATE record SET bytes = substr(bytes, 1, 50) WHERE position % 3 = 0";
    execute(&world, update, &[]).await;
    let found = verdict(&world, &[]).await;
    assert_eq!(found.findings.len(), almoner_audit::MAX_FINDINGS);
    assert!(found.unlisted > 300, "{}", found.unlisted);
}
