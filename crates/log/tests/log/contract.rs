//! What every store must do, whichever engine it has. `broken.rs` shows that these checks notice when
//! one does not.

use std::pin::Pin;

use almoner_log::{MAX_RECORD_BYTES, Store, StoreError};
use almoner_proof::{EMPTY_ROOT, tiles_for_root, tree_root};

use crate::batches::{Maker, entry, record};
use crate::subject::{Engine, Fault, Subject, read_all};

/// What a check found wrong.
pub type Outcome = Result<(), String>;

type Check = fn(Subject) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

macro_rules! contract {
    ($($check:ident,)*) => {
        /// Every check and its name.
        pub const CHECKS: &[(&str, Check)] =
            &[$((stringify!($check), |subject| Box::pin($check(subject)))),*];

        mod sqlite {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let subject = Subject::new(Engine::Sqlite, Fault::None).await;
                super::$check(subject).await.unwrap();
            })*
        }

        mod postgres {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let subject = Subject::new(Engine::Postgres, Fault::None).await;
                super::$check(subject).await.unwrap();
            })*
        }
    };
}

contract! {
    positions_are_one_two_three_without_gap,
    an_append_is_all_or_nothing,
    a_second_writer_is_fenced_off,
    of_racing_writers_one_wins_each_position,
    a_batch_out_of_order_is_refused,
    reading_keeps_to_the_range_asked_for,
    the_largest_records_and_large_batches_are_kept,
    commands_are_found_by_their_keys,
    commands_are_found_across_runs,
    the_newest_two_snapshots_are_kept,
    tiles_and_tree_are_those_of_the_records,
    the_head_is_that_of_the_last_batch,
    readers_beside_the_writer_see_a_prefix,
    everything_is_there_after_reopening,
    what_was_flushed_survives_a_crash,
    what_was_acknowledged_is_seen_by_others_at_once,
    ledgers_in_one_database_do_not_mix,
}

async fn positions_are_one_two_three_without_gap(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    for (commands, records_each) in [(1, 1), (2, 1), (1, 3), (3, 2), (1, 1)] {
        let batch = maker.batch(commands, records_each);
        subject.append(&batch).await.map_err(text)?;
    }
    subject.flush().await.map_err(text)?;
    holds_exactly(&subject, &maker).await
}

async fn an_append_is_all_or_nothing(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    let first = maker.batch(256, 1);
    subject.append_durably(&first).await.map_err(text)?;

    let mut trial = maker.clone();
    let mut batch = trial.batch(256, 1);
    // Its own tile is new, but the second is there already, so the append must fail at its very end.
    batch.tiles.extend(first.tiles);
    let refused = subject.append_durably(&batch).await;
    ensure(refused.is_err(), || "a tile was stored twice".to_owned())?;
    holds_exactly(&subject, &maker).await?;
    let tile = subject.store.tile(0, 1).await.map_err(text)?;
    equal("the tile of the batch that failed", &tile, &None)?;
    let found = subject.store.find_command(entry(257, 257).key).await.map_err(text)?;
    equal("the command of the batch that failed", &found, &None)?;

    // The way is free for the right one.
    subject.append_durably(&maker.batch(2, 2)).await.map_err(text)?;
    holds_exactly(&subject, &maker).await
}

async fn a_second_writer_is_fenced_off(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    subject.append_durably(&maker.batch(2, 1)).await.map_err(text)?;
    let second = subject.other().await;
    let mut second_maker = maker.clone();
    let late = second_maker.batch(3, 1);

    subject.append(&maker.batch(1, 2)).await.map_err(text)?;
    for attempt in [second.append(&late).await, second.append_durably(&late).await] {
        ensure(matches!(attempt, Err(StoreError::Conflict)), || {
            format!("the second writer got {attempt:?}")
        })?;
    }
    holds_exactly(&subject, &maker).await?;

    // It loads the log again and goes on.
    let mut tree = second.resume_tiles().await.map_err(text)?;
    equal("the size it loads", &tree.size(), &maker.size())?;
    std::mem::swap(&mut maker.tree, &mut tree);
    second.append_durably(&maker.batch(1, 1)).await.map_err(text)?;
    holds_exactly(&subject, &maker).await
}

async fn of_racing_writers_one_wins_each_position(subject: Subject) -> Outcome {
    let writers = [subject.store.clone(), subject.other().await];
    let race = writers.map(|store| {
        tokio::spawn(async move {
            let mut won = 0;
            let mut maker = Maker::default();
            for _ in 0..30 {
                let mut next = maker.clone();
                match store.append_durably(&next.batch(1, 2)).await {
                    Ok(()) => won += 1,
                    Err(StoreError::Conflict) => {
                        // The records of each position are the same whoever makes them.
                        let head = store.head().await.unwrap();
                        while next.size() < head.size {
                            next.batch(1, 2);
                        }
                    }
                    Err(error) => panic!("{error:?}"),
                }
                maker = next;
            }
            won
        })
    });
    let mut won = 0;
    for writer in race {
        won += writer.await.map_err(text)?;
    }
    let mut maker = Maker::default();
    for _ in 0..won {
        maker.batch(1, 2);
    }
    holds_exactly(&subject, &maker).await
}

async fn a_batch_out_of_order_is_refused(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    subject.append_durably(&maker.batch(2, 1)).await.map_err(text)?;
    let kept = maker.clone();
    maker.batch(1, 3);
    let early = maker.batch(1, 1);
    for attempt in [subject.append(&early).await, subject.append_durably(&early).await] {
        ensure(matches!(attempt, Err(StoreError::OutOfOrder { first: 6, next: 3 })), || {
            format!("a batch that leaves a gap got {attempt:?}")
        })?;
    }
    let mut wrong = kept.clone().batch(2, 1);
    wrong.size += 1;
    let attempt = subject.append(&wrong).await;
    ensure(matches!(attempt, Err(StoreError::Batch("size"))), || {
        format!("a batch whose size is wrong got {attempt:?}")
    })?;
    holds_exactly(&subject, &kept).await
}

async fn reading_keeps_to_the_range_asked_for(subject: Subject) -> Outcome {
    let nothing = subject.store.read(1, 10).await.map_err(text)?;
    equal("what an empty log has", &(nothing.len(), nothing.next()), &(0, 1))?;
    let mut maker = Maker::default();
    subject.append_durably(&maker.batch(20, 1)).await.map_err(text)?;
    for (from, limit, first, count) in
        [(1, 5, 1, 5), (7, 5, 7, 5), (18, 5, 18, 3), (20, 5, 20, 1), (0, 2, 1, 2), (3, 0, 3, 0)]
    {
        let records = subject.store.read(from, limit).await.map_err(text)?;
        equal("first and number of records", &(records.first(), records.len()), &(first, count))?;
        equal("where to read on", &records.next(), &(first + count as u64))?;
        for (position, bytes) in records.iter() {
            equal("a record", &bytes, &maker.records[position as usize - 1].as_slice())?;
        }
    }
    for from in [21, 1_000, i64::MAX as u64, u64::MAX] {
        let records = subject.store.read(from, 5).await.map_err(text)?;
        ensure(records.is_empty(), || format!("there are records behind the end, from {from}"))?;
    }
    Ok(())
}

async fn the_largest_records_and_large_batches_are_kept(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    let every_byte = |length: usize| (0..length).map(|at| (at % 256) as u8).collect::<Vec<u8>>();
    let large = vec![every_byte(MAX_RECORD_BYTES), vec![0], every_byte(MAX_RECORD_BYTES - 1)];
    subject.append_durably(&maker.batch_of(large)).await.map_err(text)?;
    subject.append_durably(&maker.batch(5_000, 1)).await.map_err(text)?;
    holds_exactly(&subject, &maker).await?;

    let too_large = maker.clone().batch_of(vec![every_byte(MAX_RECORD_BYTES + 1)]);
    let attempt = subject.append(&too_large).await;
    ensure(matches!(attempt, Err(StoreError::Batch("records"))), || {
        format!("a record that is too large got {attempt:?}")
    })
}

async fn commands_are_found_by_their_keys(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    for (commands, records_each) in [(3, 1), (2, 4), (1, 300)] {
        subject.append_durably(&maker.batch(commands, records_each)).await.map_err(text)?;
    }
    let entries = [entry(1, 1), entry(3, 3), entry(4, 7), entry(8, 11), entry(12, 311)];
    // The writer knows them by heart; another has to find them in the log.
    for store in [subject.store.clone(), subject.other().await] {
        for expected in &entries {
            let found = store.find_command(expected.key).await.map_err(text)?;
            equal("the entry of a command", &found.as_ref(), &Some(expected))?;
        }
        let unknown = entry(5, 5).key;
        let found = store.find_command(unknown).await.map_err(text)?;
        equal("a command that is not there", &found, &None)?;
        let keys = [entries[4].key, unknown, entries[0].key];
        let mut found = store.find_commands(&keys).await.map_err(text)?;
        found.sort_by_key(|entry| entry.first);
        equal("the entries of some commands", &found, &vec![entries[0], entries[4]])?;
    }
    Ok(())
}

async fn commands_are_found_across_runs(subject: Subject) -> Outcome {
    let other = subject.other().await;
    let none = other.find_command(entry(1, 1).key).await.map_err(text)?;
    equal("a command of an empty log", &none, &None)?;
    let mut maker = Maker::default();
    let mut entries = Vec::new();
    // One batch ends just before the run does, and a command crosses its border.
    for (commands, records_each) in
        [(65_000, 1), (535, 1), (1, 40), (3_000, 1), (62_494, 1), (30, 1)]
    {
        let batch = maker.batch(commands, records_each);
        entries.extend(batch.commands.iter().copied());
        subject.append_durably(&batch).await.map_err(text)?;
    }
    equal("how far the log goes", &maker.size(), &131_099)?;
    let crossing = entry(65_536, 65_575);
    ensure(entries.contains(&crossing), || "no command crosses the border".to_owned())?;
    let fresh = subject.other().await;
    for store in [&subject.store, &other, &fresh] {
        for expected in entries.iter().step_by(9_001).chain([&crossing]).chain(entries.last()) {
            let found = store.find_command(expected.key).await.map_err(text)?;
            equal("the entry of a command", &found.as_ref(), &Some(expected))?;
        }
        for inside in [65_537, 65_575, 999_999] {
            let found = store.find_command(entry(inside, inside).key).await.map_err(text)?;
            equal("a command that is not there", &found, &None)?;
        }
    }
    Ok(())
}

async fn the_newest_two_snapshots_are_kept(subject: Subject) -> Outcome {
    let store = &subject.store;
    equal("the first snapshot", &store.newest_snapshot(1).await.map_err(text)?, &None)?;
    let large = vec![7; 3_000_000];
    for (position, format, bytes) in
        [(10, 1, &b"ten"[..]), (20, 1, b"twenty"), (20, 1, b"TWENTY"), (30, 2, &large)]
    {
        store.save_snapshot(position, format, bytes).await.map_err(text)?;
    }
    let newest = store.newest_snapshot(1).await.map_err(text)?;
    equal("the newest of format 1", &newest, &Some((20, b"TWENTY".to_vec())))?;
    let newest = store.newest_snapshot(2).await.map_err(text)?;
    equal("the newest of format 2", &newest, &Some((30, large)))?;
    equal("a format nobody has saved", &store.newest_snapshot(3).await.map_err(text)?, &None)?;
    let rows = store.database().rows("SELECT position FROM snapshot ORDER BY position", &[]).await;
    let positions: Vec<i64> =
        rows.map_err(text)?.iter().map(|row| row.integer(0).unwrap()).collect();
    equal("the snapshots kept", &positions, &vec![20, 30])
}

async fn tiles_and_tree_are_those_of_the_records(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    let mut tiles = Vec::new();
    let empty = subject.store.resume_tiles().await.map_err(text)?;
    equal("the root of nothing", &(empty.size(), empty.root()), &(0, EMPTY_ROOT))?;
    for count in [1, 254, 1, 1, 400, 65_000, 1_000] {
        let batch = maker.batch(count, 1);
        tiles.extend(batch.tiles.iter().cloned());
        subject.append_durably(&batch).await.map_err(text)?;
        let tree = subject.other().await.resume_tiles().await.map_err(text)?;
        equal("size and root", &(tree.size(), tree.root()), &(maker.size(), maker.tree.root()))?;
        let unfinished = |tree: &almoner_proof::TileBuilder| {
            let levels = tree.unfinished().iter();
            levels.map(Vec::len).filter(|length| *length > 0).collect::<Vec<_>>()
        };
        equal("the unfinished tiles", &unfinished(&tree), &unfinished(&maker.tree))?;
    }
    let places: Vec<(u8, u64)> = tiles.iter().map(|tile| (tile.level, tile.index)).collect();
    let mut stored = subject.store.tiles(&places).await.map_err(text)?;
    stored.sort_by_key(|tile| (tile.level, tile.index));
    tiles.sort_by_key(|tile| (tile.level, tile.index));
    ensure(stored == tiles, || "the stored tiles are not those of the records".to_owned())?;
    equal("a tile not yet there", &subject.store.tile(1, 1).await.map_err(text)?, &None)?;

    for size in [1, 255, 256, 300, 657, 65_536, 66_000, maker.size()] {
        let hashes = subject.store.tree_hashes(&tiles_for_root(size)).await.map_err(text)?;
        let root = tree_root(size, &hashes).map_err(text)?;
        equal("the root of an earlier size", &root, &maker.roots[size as usize - 1])?;
    }
    Ok(())
}

async fn the_head_is_that_of_the_last_batch(subject: Subject) -> Outcome {
    let head = subject.head().await.map_err(text)?;
    equal("the empty log's head", &(head.size, head.root), &(0, EMPTY_ROOT))?;
    equal("the empty log's checkpoint", &head.checkpoint, &None)?;
    let mut maker = Maker::default();
    for count in [1, 3, 2] {
        subject.append_durably(&maker.batch(count, 1)).await.map_err(text)?;
        let head = subject.head().await.map_err(text)?;
        equal("size and root", &(head.size, head.root), &(maker.size(), maker.tree.root()))?;
        let note = format!("the note of {}", maker.size());
        equal("the checkpoint", &head.checkpoint, &Some(note))?;
    }
    Ok(())
}

async fn readers_beside_the_writer_see_a_prefix(subject: Subject) -> Outcome {
    const BATCHES: usize = 150;
    let end = 3 * BATCHES as u64;
    let mut readers = Vec::new();
    for _ in 0..4 {
        let store = subject.other().await;
        readers.push(tokio::spawn(async move { follow(&store, end).await }));
    }
    let mut maker = Maker::default();
    for number in 0..BATCHES {
        subject.append(&maker.batch(1, 3)).await.map_err(text)?;
        if number % 7 == 0 {
            subject.flush().await.map_err(text)?;
        }
    }
    subject.flush().await.map_err(text)?;
    for reader in readers {
        reader.await.map_err(text)??;
    }
    holds_exactly(&subject, &maker).await
}

/// Reads until the end is reached; whatever is there must be right at every moment.
async fn follow(store: &Store, end: u64) -> Outcome {
    let mut next = 1;
    while next <= end {
        let head = store.head().await.map_err(text)?;
        let records = store.read(next, 50).await.map_err(text)?;
        ensure(records.first() == next, || "the reader got other records".to_owned())?;
        let seen = records.next() - 1;
        ensure(records.len() == 50 || seen >= head.size, || {
            format!("the head says {} but records end at {seen}", head.size)
        })?;
        for (position, bytes) in records.iter() {
            let first = position - (position - 1) % 3;
            equal("a record beside the writer", &bytes.to_vec(), &record(position, first))?;
        }
        next = records.next();
    }
    Ok(())
}

async fn everything_is_there_after_reopening(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    subject.append(&maker.batch(300, 1)).await.map_err(text)?;
    subject.append(&maker.batch(2, 5)).await.map_err(text)?;
    subject.flush().await.map_err(text)?;
    subject.store.save_snapshot(300, 1, b"state").await.map_err(text)?;
    let subject = subject.reopen().await;
    holds_exactly(&subject, &maker).await?;
    let found = subject.store.find_command(entry(306, 310).key).await.map_err(text)?;
    equal("a command", &found, &Some(entry(306, 310)))?;
    let snapshot = subject.store.newest_snapshot(1).await.map_err(text)?;
    equal("the snapshot", &snapshot, &Some((300, b"state".to_vec())))?;
    subject.append_durably(&maker.batch(1, 1)).await.map_err(text)?;
    holds_exactly(&subject, &maker).await
}

async fn what_was_flushed_survives_a_crash(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    subject.append_durably(&maker.batch(2, 1)).await.map_err(text)?;
    subject.append(&maker.batch(1, 3)).await.map_err(text)?;
    subject.append(&maker.batch(1, 1)).await.map_err(text)?;
    subject.flush().await.map_err(text)?;
    let subject = subject.crash().await;
    holds_exactly(&subject, &maker).await
}

async fn what_was_acknowledged_is_seen_by_others_at_once(subject: Subject) -> Outcome {
    let mut maker = Maker::default();
    let other = subject.other().await;
    for round in 0..10 {
        if round % 2 == 0 {
            subject.append_durably(&maker.batch(1, 2)).await.map_err(text)?;
        } else {
            subject.append(&maker.batch(2, 1)).await.map_err(text)?;
            subject.flush().await.map_err(text)?;
        }
        let seen = other.head().await.map_err(text)?.size;
        equal("what others see after the acknowledgement", &seen, &maker.size())?;
    }
    Ok(())
}

async fn ledgers_in_one_database_do_not_mix(subject: Subject) -> Outcome {
    let second = Store::create(&subject.url(), "second").await.map_err(text)?;
    let (mut maker, mut second_maker) = (Maker::default(), Maker::default());
    subject.append_durably(&maker.batch(3, 1)).await.map_err(text)?;
    second.append_durably(&second_maker.batch(1, 300)).await.map_err(text)?;
    subject.append_durably(&maker.batch(300, 1)).await.map_err(text)?;
    second.append_durably(&second_maker.batch(1, 2)).await.map_err(text)?;
    holds_exactly(&subject, &maker).await?;
    let positions = read_all(&second, 1).await.map_err(text)?;
    equal("the second ledger's records", &(positions.len() as u64), &second_maker.size())?;
    let found = second.find_command(entry(2, 2).key).await.map_err(text)?;
    equal("the other ledger's command", &found, &None)?;
    let root = second.resume_tiles().await.map_err(text)?.root();
    equal("the second ledger's root", &root, &second_maker.tree.root())
}

/// The log holds what the maker made: the same bytes, in the same order, and nothing else.
async fn holds_exactly(subject: &Subject, maker: &Maker) -> Outcome {
    let all = subject.read_all(1).await.map_err(text)?;
    let positions: Vec<u64> = all.iter().map(|(position, _)| *position).collect();
    let records: Vec<&[u8]> = all.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    for ((position, bytes), made) in all.iter().zip(&maker.records) {
        ensure(bytes == made, || format!("record {position} is not the one appended there"))?;
    }
    equal("the number of records", &(records.len() as u64), &maker.size())?;
    equal("the positions", &positions, &(1..=maker.size()).collect::<Vec<_>>())?;
    let head = subject.head().await.map_err(text)?;
    equal("the head", &(head.size, head.root), &(maker.size(), maker.tree.root()))
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    ensure(found == expected, || format!("{what}: {found:?}, expected {expected:?}"))
}

fn ensure(good: bool, problem: impl FnOnce() -> String) -> Outcome {
    if good { Ok(()) } else { Err(problem()) }
}

fn text(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}
