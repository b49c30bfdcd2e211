//! Bundles: what is exported verifies with our verifier and with one that shares no code with it, and
//! what is done to a bundle afterwards is noticed by both.

use std::fs;
use std::path::{Path, PathBuf};

use almoner_audit::{ExportError, FindingKind, Source, Verdict, export, verify};

use crate::history;
use crate::programs::verified_by_python;
use crate::world::{World, quiet, sign};

/// Exports a world into a folder of this name.
pub async fn exported(world: &World, name: &str) -> PathBuf {
    let folder = world.path(name);
    export(&world.source(), &world.verifier(), &folder, &[], &mut quiet()).await.unwrap();
    folder
}

async fn bundle_verdict(world: &World, folder: &Path, earlier: &[String]) -> Verdict {
    let source = Source::Bundle(folder.to_owned());
    verify(&source, &world.verifier(), earlier, &mut quiet()).await.unwrap()
}

fn kinds(verdict: &Verdict) -> Vec<FindingKind> {
    verdict.findings.iter().map(|finding| finding.kind).collect()
}

fn python(world: &World, folder: &Path) -> Result<String, String> {
    verified_by_python(folder, &world.verifier().to_string(), &[])
}

async fn a_bundle_verifies_anywhere(mut world: World, records: u64) {
    history::long(&mut world, records).await;
    let folder = exported(&world, "bundle").await;
    let verdict = bundle_verdict(&world, &folder, &world.checkpoints).await;
    assert_eq!(verdict.findings, []);
    assert_eq!(verdict.size, world.size());
    assert_eq!(verdict.checkpoint.as_ref(), world.checkpoints.last());
    // Its only checkpoint is the last, so all the others must fit the tree.
    assert_eq!(verdict.checkpoints, 1);
    assert_eq!(verdict.earlier, world.checkpoints.len() as u64);

    let said = python(&world, &folder).unwrap();
    assert!(said.contains(&format!("almoner/test: {} records", world.size())), "{said}");
    let earlier = world.path("earlier");
    fs::write(&earlier, &world.checkpoints[2]).unwrap();
    verified_by_python(&folder, &world.verifier().to_string(), &[&earlier]).unwrap();

    // Each line is a record's exact bytes.
    let lines = fs::read(folder.join("records.ndjson")).unwrap();
    let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len() as u64, world.size() + 1);
    for position in [1, 300, world.size()] {
        assert_eq!(lines[usize::try_from(position).unwrap() - 1], world.stored(position).await);
    }
}

#[tokio::test]
async fn a_bundle_of_a_store_in_sqlite_verifies_anywhere() {
    a_bundle_verifies_anywhere(World::sqlite().await, 2_500).await;
}

#[tokio::test]
async fn a_bundle_of_a_store_in_postgresql_verifies_anywhere() {
    a_bundle_verifies_anywhere(World::postgres().await, 700).await;
}

#[tokio::test]
async fn a_bundle_of_a_bundle_is_the_same() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 700).await;
    let first = exported(&world, "first").await;
    let second = world.path("second");
    let source = Source::Bundle(first.clone());
    export(&source, &world.verifier(), &second, &[], &mut quiet()).await.unwrap();
    let (first, second) = (files(&first), files(&second));
    assert!(first.len() > 10);
    assert_eq!(first, second);
}

/// Every file below a folder and what is in it, in order.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((
                    path.strip_prefix(folder).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn sizes_around_whole_tiles_export_well() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    for (lines, size) in [(118, 255), (0, 256), (0, 257), (125, 511), (0, 512), (0, 513)] {
        if lines > 0 {
            // A roster is approved and paid: two records a line, and two for the whole.
            let rest = size - world.size();
            history::roster(&mut world, &format!("R-{size}"), u128::from((rest - 2) / 2));
        }
        while world.size() < size {
            let data = format!(
                r#"{{"fund":"F.1","source":"budget","amount":"{size}.00","document":"补充"}}"#
            );
            world.command("2024-04-01", "fund.receive", &data);
        }
        world.commit().await;
        assert_eq!(world.size(), size);
        let folder = exported(&world, &format!("bundle-{size}")).await;
        assert!(bundle_verdict(&world, &folder, &[]).await.is_good());
        python(&world, &folder).unwrap();
    }
}

#[tokio::test]
async fn whatever_is_done_to_a_bundle_both_verifiers_notice() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 700).await;
    let original = exported(&world, "original").await;
    let size = world.size();
    let line = |number: usize| move |lines: &mut Vec<String>| lines[number - 1].clone();
    let forge = |text: String| text.replace("\"300.00\"", "\"900.00\"");
    assert_ne!(forge(line(400)(&mut lines_of(&original))), line(400)(&mut lines_of(&original)));

    type Attack<'a> = (&'a str, FindingKind, Box<dyn Fn(&Path) + 'a>);
    let attacks: Vec<Attack<'_>> = vec![
        (
            "a record changed",
            FindingKind::Changed,
            with_lines(move |lines| lines[399] = forge(lines[399].clone())),
        ),
        (
            "the last record changed",
            FindingKind::Changed,
            with_lines(move |lines| {
                let last = lines.len() - 1;
                lines[last] = forge(lines[last].clone()).replace("clerk:017", "clerk:018");
            }),
        ),
        ("a record deleted", FindingKind::Displaced, with_lines(|lines| _ = lines.remove(399))),
        (
            "a record inserted",
            FindingKind::Displaced,
            with_lines(|lines| lines.insert(399, lines[10].clone())),
        ),
        ("two records swapped", FindingKind::Displaced, with_lines(|lines| lines.swap(399, 402))),
        ("the tail cut", FindingKind::Shortened, with_lines(|lines| lines.truncate(650))),
        (
            "a record appended",
            FindingKind::Unsigned,
            with_lines(|lines| lines.push(lines[650].clone())),
        ),
        (
            "an empty line",
            FindingKind::Malformed,
            with_lines(|lines| lines.insert(20, String::new())),
        ),
        (
            "an endless line",
            FindingKind::Malformed,
            with_lines(|lines| lines[20] = "x".repeat(300_000)),
        ),
        (
            "the checkpoint's size changed",
            FindingKind::Checkpoint,
            with_text("checkpoint", move |text| {
                text.replace(&format!("\n{size}\n"), &format!("\n{}\n", size - 1))
            }),
        ),
        (
            "the checkpoint's size made up",
            FindingKind::Shortened,
            with_text("checkpoint", move |text| {
                text.replace(&format!("\n{size}\n"), &format!("\n{}\n", u64::MAX))
            }),
        ),
        (
            "the checkpoint signed by another",
            FindingKind::Checkpoint,
            with_text("checkpoint", move |text| {
                let root = root_of(&text);
                let other = almoner_proof::SigningKey::new("almoner/test", [9; 32]).unwrap();
                sign(&other, size, root)
            }),
        ),
        (
            "a bit of the signature",
            FindingKind::Checkpoint,
            with_text("checkpoint", |text| {
                let place = text.rfind('=').map_or(text.len() - 3, |place| place - 8);
                let flipped = if &text[place..=place] == "A" { "B" } else { "A" };
                format!("{}{flipped}{}", &text[..place], &text[place + 1..])
            }),
        ),
        (
            "a tile changed",
            FindingKind::Changed,
            with_bytes("tiles/tile/0/001", |bytes| bytes[77] ^= 1),
        ),
        (
            "a partial tile changed",
            FindingKind::Changed,
            with_bytes("tiles/tile/0/002.p/*", |bytes| bytes[77] ^= 1),
        ),
        (
            "a partial tile of level 1 changed",
            FindingKind::Tile,
            with_bytes("tiles/tile/1/000.p/*", |bytes| bytes[40] ^= 1),
        ),
        (
            "a tile shortened",
            FindingKind::Tile,
            with_bytes("tiles/tile/0/000", |bytes| bytes.truncate(8191)),
        ),
        (
            "a bundle of entries changed",
            FindingKind::Tile,
            with_bytes("tiles/tile/entries/001", |bytes| bytes[300] ^= 1),
        ),
        (
            "a tile removed",
            FindingKind::Tile,
            Box::new(|folder| fs::remove_file(folder.join("tiles/tile/0/001")).unwrap()),
        ),
        (
            "entries removed",
            FindingKind::Tile,
            Box::new(|folder| fs::remove_dir_all(folder.join("tiles/tile/entries")).unwrap()),
        ),
    ];
    for (number, (name, kind, attack)) in attacks.iter().enumerate() {
        let folder = world.path(&format!("attacked-{number}"));
        copy(&original, &folder);
        attack(&folder);
        let verdict = bundle_verdict(&world, &folder, &[]).await;
        assert!(kinds(&verdict).contains(kind), "{name}: {:?}", verdict.findings);
        assert!(python(&world, &folder).is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_rewritten_log_exports_well_and_is_betrayed_by_an_earlier_checkpoint() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 400).await;
    let kept = world.path("kept");
    fs::write(&kept, &world.checkpoints[1]).unwrap();
    // The signer tells another story with the same key.
    let mut other = World::sqlite().await;
    history::begin(&mut other);
    history::roster(&mut other, "R-9", 300);
    other.commit().await;
    let folder = exported(&other, "bundle").await;
    assert!(bundle_verdict(&other, &folder, &[]).await.is_good());
    let verdict = bundle_verdict(&other, &folder, &world.checkpoints[1..2]).await;
    assert_eq!(kinds(&verdict), [FindingKind::Rewritten]);
    let key = other.verifier().to_string();
    let said = verified_by_python(&folder, &key, &[&kept]).unwrap_err();
    assert!(said.contains("history was rewritten"), "{said}");
    // And one that is shorter than what was signed.
    let late = world.path("late");
    fs::write(&late, sign(&world.key, 10_000, [3; 32])).unwrap();
    let said = verified_by_python(&folder, &key, &[&late]).unwrap_err();
    assert!(said.contains("cut"), "{said}");
}

#[tokio::test]
async fn a_folder_in_use_is_left_alone_and_an_empty_one_is_filled() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    let folder = world.path("used");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("mine"), "mine").unwrap();
    let refused = export(&world.source(), &world.verifier(), &folder, &[], &mut quiet()).await;
    assert!(matches!(refused, Err(ExportError::NotEmpty(_))));
    assert_eq!(files(&folder).len(), 1);
    fs::remove_file(folder.join("mine")).unwrap();
    export(&world.source(), &world.verifier(), &folder, &[], &mut quiet()).await.unwrap();
    python(&world, &folder).unwrap();
}

#[tokio::test]
async fn a_log_that_does_not_verify_is_not_exported() {
    let mut world = World::sqlite().await;
    let empty =
        export(&world.source(), &world.verifier(), &world.path("a"), &[], &mut quiet()).await;
    assert!(matches!(empty, Err(ExportError::Empty)));
    history::tell(&mut world);
    world.commit().await;
    let database = world.store.database();
    database.execute("DROP TRIGGER record_no_update", &[]).await.unwrap();
    let sql = "UPDATE record SET bytes =
               CAST(replace(CAST(bytes AS TEXT), 'clerk:017', 'clerk:018') AS BLOB)
               WHERE position = 20";
    database.execute(sql, &[]).await.unwrap();
    let refused =
        export(&world.source(), &world.verifier(), &world.path("b"), &[], &mut quiet()).await;
    assert!(matches!(refused, Err(ExportError::Root)), "{refused:?}");
    database.execute("UPDATE record SET bytes = x'7b7d' WHERE position = 20", &[]).await.unwrap();
    let refused =
        export(&world.source(), &world.verifier(), &world.path("b"), &[], &mut quiet()).await;
    assert!(matches!(refused, Err(ExportError::Record { position: 20, .. })), "{refused:?}");
    // Nothing is left of either.
    let left = fs::read_dir(world.path("b").parent().unwrap()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_str().unwrap().starts_with("store.db")), "{left:?}");
}

fn lines_of(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("records.ndjson")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn with_lines<'a>(change: impl Fn(&mut Vec<String>) + 'a) -> Box<dyn Fn(&Path) + 'a> {
    Box::new(move |folder| {
        let mut lines = lines_of(folder);
        change(&mut lines);
        fs::write(folder.join("records.ndjson"), lines.join("\n") + "\n").unwrap();
    })
}

fn with_text<'a>(name: &'a str, change: impl Fn(String) -> String + 'a) -> Box<dyn Fn(&Path) + 'a> {
    Box::new(move |folder| {
        let path = folder.join(name);
        let before = fs::read_to_string(&path).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after);
        fs::write(path, after).unwrap();
    })
}

/// `*` at the end stands for the only file of the folder.
fn with_bytes<'a>(name: &'a str, change: impl Fn(&mut Vec<u8>) + 'a) -> Box<dyn Fn(&Path) + 'a> {
    Box::new(move |folder| {
        let path = match name.strip_suffix("/*") {
            Some(parent) => {
                let mut files = fs::read_dir(folder.join(parent)).unwrap();
                files.next().unwrap().unwrap().path()
            }
            None => folder.join(name),
        };
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    })
}

fn root_of(note: &str) -> [u8; 32] {
    let key = crate::world::key().verifier_key();
    almoner_proof::Checkpoint::open(note, &[key]).unwrap().root
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
