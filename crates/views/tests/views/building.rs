//! Building: nothing is skipped, nothing doubled, whatever happens meanwhile.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use almoner_domain::event::Event;
use almoner_log::Store;
use almoner_views::{
    AsOf, Dump, DumpRow, ViewsError, catch_up, follow, rebuild, trial_balance, wait_for,
};
use tokio::sync::{oneshot, watch};

use crate::history::{History, Recorded, date, encode};
use crate::place::{LEDGER, Place, number, on_both};
use crate::random::{Random, other_kinds, random_history, small_ledger};

on_both! {
    rows_are_the_same_however_they_are_built
    a_claim_is_settled_however_its_rows_are_built
    a_builder_that_is_dropped_anywhere_neither_skips_nor_doubles
    many_builders_at_once_write_every_row_once
    a_rebuild_mends_changed_rows_and_leaves_nothing_behind
    a_set_of_another_version_is_replaced_or_refused
    a_record_that_cannot_be_read_stops_the_views_before_it
    a_reader_waits_for_the_own_entry
    following_ends_with_the_writer_and_with_the_caller
    a_dump_shows_one_moment
}

const LIMIT: Duration = Duration::from_secs(60);

/// Every row of a dump, page after page.
pub async fn dump(store: &Store) -> Vec<DumpRow> {
    let mut dump = Dump::begin(store).await.unwrap();
    let mut rows = Vec::new();
    loop {
        let page = dump.next_rows().await.unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

/// Holds two dumps against each other and shows the first rows that differ.
pub fn assert_same(found: &[DumpRow], expected: &[DumpRow]) {
    let pairs = found.iter().zip(expected).filter(|(found, expected)| found != expected);
    let different: Vec<_> = pairs.take(3).collect();
    let sizes = (found.len(), expected.len());
    assert!(different.is_empty() && sizes.0 == sizes.1, "{sizes:?} rows; {different:#?}");
}

/// A history in which everything happens, and enough receipts that it needs several batches.
fn long_history() -> History {
    let mut history = random_history(LEDGER, 3, 300);
    receive(&mut history, 3_500);
    history
}

/// Adds so many receipts.
fn receive(history: &mut History, receipts: u64) {
    for number in 0..receipts {
        let amount = 1 + number % 97;
        let data = format!(
            r#"{{"fund":"F","source":"union","amount":"{amount}.00","document":"receipt"}}"#
        );
        history.must("fund.receive", "2024-03-01", &data);
    }
}

async fn rows_are_the_same_however_they_are_built(place: Place) {
    let store = place.create().await;
    let mut history = random_history(LEDGER, 5, 0);
    let mut whole = random_history(LEDGER, 5, 450);
    // Record by record at first, then in ever larger batches.
    let mut random = Random(1);
    while history.last() < whole.last() {
        let step = 1 + random.below(1 + history.last() / 10);
        history = random_history_up_to(&whole, history, step);
        history.append_and_catch_up(&store).await;
    }
    let grown = dump(&store).await;
    assert!(grown.len() > 1_000);

    rebuild(&store).await.unwrap();
    assert_same(&dump(&store).await, &grown);

    let other = Place::sqlite();
    let other_store = other.create().await;
    whole.append_and_catch_up(&other_store).await;
    assert_same(&dump(&other_store).await, &grown);
    let mut sorted = grown.clone();
    sorted.dedup_by(|a, b| (a.table, &a.key) == (b.table, &b.key));
    assert_eq!(sorted.len(), grown.len(), "a key stands twice");
}

async fn a_claim_is_settled_however_its_rows_are_built(place: Place) {
    let mut whole = random_history(LEDGER, 5, 0);
    other_kinds(&mut whole);
    let advance = |one: &Recorded| matches!(one.event, Event::DiscountAdvanced(_));
    let advanced_at = whole.events.iter().position(advance).unwrap() as u64 + 1;
    let store = place.create().await;
    // First up to the advance; then the claim and its settlement at once.
    let none = random_history(LEDGER, 5, 0);
    let before = none.last();
    let mut history = random_history_up_to(&whole, none, advanced_at - before);
    history.append_and_catch_up(&store).await;
    let mut history = random_history_up_to(&whole, history, whole.last());
    history.append_and_catch_up(&store).await;
    let settled = "SELECT count(*) FROM claim_step WHERE kind = 'settled' AND reversed_at IS NULL";
    assert_eq!(number(store.database(), settled).await, 1);
}

/// The same history, `step` events longer.
fn random_history_up_to(whole: &History, mut part: History, step: u64) -> History {
    let from = part.last() as usize;
    let until = (from + step as usize).min(whole.events.len());
    for recorded in &whole.events[from..until] {
        part.state.evolve(recorded.position, recorded.effective_on, &recorded.event);
        part.events.push(recorded.clone());
    }
    part
}

async fn a_builder_that_is_dropped_anywhere_neither_skips_nor_doubles(place: Place) {
    let store = place.create().await;
    let mut history = long_history();
    history.append(&store).await;
    let mut random = Random(2);
    // Later and later. Where it is not dropped, because the machine was fast, it gets more to do.
    let mut latest = 10;
    while latest <= 100 {
        match poll_some(catch_up(&store), random.below(latest)).await {
            None => latest += 1,
            Some(position) => {
                assert_eq!(position.unwrap(), history.last());
                receive(&mut history, 100);
                history.append(&store).await;
            }
        }
    }
    catch_up(&store).await.unwrap();
    check_against_clean_build(&mut history, &store).await;
    // A rebuild that is dropped goes on where it stopped; one that is done begins anew.
    latest = 10;
    while latest <= 100 {
        match poll_some(rebuild(&store), random.below(latest)).await {
            None => latest += 1,
            Some(position) => assert_eq!(position.unwrap(), history.last()),
        }
    }
    rebuild(&store).await.unwrap();
    check_against_clean_build(&mut history, &store).await;
}

/// Polls a future some times, then drops it.
async fn poll_some<F: Future>(future: F, times: u64) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn check_against_clean_build(history: &mut History, store: &Store) {
    let clean = Place::sqlite();
    let clean_store = clean.create().await;
    let mut copy = random_history_up_to(history, History::new(LEDGER, "2024-12-31"), u64::MAX >> 1);
    copy.append_and_catch_up(&clean_store).await;
    assert_same(&dump(store).await, &dump(&clean_store).await);
}

async fn many_builders_at_once_write_every_row_once(place: Place) {
    let store = place.create().await;
    let mut history = long_history();
    let mut builders = Vec::new();
    for number in 0..4 {
        let other = place.open().await;
        builders.push(tokio::spawn(async move {
            for _ in 0..6 {
                if number == 3 { rebuild(&other).await } else { catch_up(&other).await }.unwrap();
            }
        }));
    }
    history.append(&store).await;
    for builder in builders {
        builder.await.unwrap();
    }
    assert_eq!(catch_up(&store).await.unwrap(), history.last());
    check_against_clean_build(&mut history, &store).await;
    assert_eq!(number(store.database(), "SELECT count(*) FROM view_set").await, 1);
}

async fn a_rebuild_mends_changed_rows_and_leaves_nothing_behind(place: Place) {
    let store = place.create().await;
    let mut history = random_history(LEDGER, 9, 200);
    history.append_and_catch_up(&store).await;
    let good = dump(&store).await;
    let database = store.database();
    database.execute("UPDATE balance SET amount = amount + 1", &[]).await.unwrap();
    database.execute("DELETE FROM instalment WHERE number = 1", &[]).await.unwrap();
    assert_ne!(dump(&store).await, good);
    assert_eq!(rebuild(&store).await.unwrap(), history.last());
    assert_same(&dump(&store).await, &good);
    for table in ["event", "entry", "loan", "instalment", "allocation", "subsidy", "source"] {
        let sets = format!("SELECT count(DISTINCT view_set) FROM {table}");
        assert_eq!(number(database, &sets).await, 1, "{table}");
    }
}

async fn a_set_of_another_version_is_replaced_or_refused(place: Place) {
    let store = place.create().await;
    let mut history = random_history(LEDGER, 13, 120);
    history.append_and_catch_up(&store).await;
    let good = dump(&store).await;
    let database = store.database();

    // As an older program would have left it: with other rows, and further than we are.
    database.execute("UPDATE view_set SET version = 0, position = 9999", &[]).await.unwrap();
    database.execute("DELETE FROM loan", &[]).await.unwrap();
    let error = trial_balance(&store, AsOf::default()).await.unwrap_err();
    assert!(matches!(error, ViewsError::OtherVersion { found: 0, .. }), "{error}");
    catch_up(&store).await.unwrap();
    assert_same(&dump(&store).await, &good);
    assert_eq!(number(database, "SELECT count(*) FROM view_set").await, 1);

    database.execute("UPDATE view_set SET version = 9", &[]).await.unwrap();
    let error = catch_up(&store).await.unwrap_err();
    assert!(matches!(error, ViewsError::OtherVersion { found: 9, .. }), "{error}");
}

async fn a_record_that_cannot_be_read_stops_the_views_before_it(place: Place) {
    let on = date("2024-01-02");
    let bad = |position| {
        [
            ("fund.renamed.v1", "{}".to_owned(), "unknown event type"),
            ("fund.opened.v1", r#"{"fund":"X"}"#.to_owned(), "bad data"),
        ]
        .map(|(kind, data, says)| (encode(LEDGER, position, kind, "fund/X", on, &data), says))
    };
    for which in 0..3 {
        let name = ["unknown", "data", "elsewhere"][which];
        let store = place.create_ledger(name).await;
        let mut history = small_ledger(name);
        history.append(&store).await;
        let position = history.last() + 1;
        let (bytes, says) = match bad(position).into_iter().nth(which) {
            Some((bytes, says)) => {
                let bytes = String::from_utf8(bytes).unwrap().replace(LEDGER, name).into_bytes();
                (bytes, says)
            }
            // A good record of another ledger.
            None => (bad(position)[0].0.clone(), "it says that it is record"),
        };
        history.append_bytes(&store, vec![bytes]).await;
        for _ in 0..2 {
            let error = catch_up(&store).await.unwrap_err();
            let ViewsError::Record { position: found, source } = &error else { panic!("{error}") };
            assert_eq!(*found, position);
            assert!(source.to_string().contains(says), "{source}");
            assert!(!error.is_passing());
        }
        // What stands before it is in the views.
        let answer = trial_balance(&store, AsOf::default()).await.unwrap();
        assert_eq!(answer.position, position - 1);
        let (_durable, receiver) = watch::channel(position);
        let error = follow(&store, receiver, std::future::pending()).await.unwrap_err();
        assert!(matches!(error, ViewsError::Record { .. }), "{error}");
    }
}

async fn a_reader_waits_for_the_own_entry(place: Place) {
    let store = place.create().await;
    let error = wait_for(&store, 1, Duration::from_millis(20)).await.unwrap_err();
    assert!(matches!(error, ViewsError::NotMade(_)), "{error}");

    let (announce, durable) = watch::channel(0);
    let (stop, stopped) = oneshot::channel::<()>();
    let follower = place.open().await;
    let following = tokio::spawn(async move {
        let stopped = async { _ = stopped.await };
        follow(&follower, durable, stopped).await
    });
    let mut history = small_ledger(LEDGER);
    history.append(&store).await;
    announce.send_replace(history.last());
    wait_for(&store, history.last(), LIMIT).await.unwrap();
    for number in 0..20 {
        let data = format!(
            r#"{{"fund":"F","source":"union","amount":"{number}.01","document":"receipt"}}"#
        );
        let position = history.must("fund.receive", "2024-01-02", &data);
        history.append(&store).await;
        announce.send_replace(position);
        wait_for(&store, position, LIMIT).await.unwrap();
        assert_eq!(trial_balance(&store, AsOf::default()).await.unwrap().position, position);
    }
    let later = history.last() + 1;
    let error = wait_for(&store, later, Duration::from_millis(20)).await.unwrap_err();
    assert!(matches!(error, ViewsError::NotYet { .. }), "{error}");
    stop.send(()).unwrap();
    following.await.unwrap().unwrap();
}

async fn following_ends_with_the_writer_and_with_the_caller(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    history.append(&store).await;
    // The writer is gone: what it wrote is taken in.
    let (announce, durable) = watch::channel(0);
    drop(announce);
    follow(&store, durable, std::future::pending()).await.unwrap();
    wait_for(&store, history.last(), Duration::ZERO).await.unwrap();
    // The caller stops at once, and nothing was announced.
    let data = r#"{"fund":"F","source":"union","amount":"1.00","document":"receipt"}"#;
    let position = history.must("fund.receive", "2024-01-02", data);
    history.append(&store).await;
    let (_announce, durable) = watch::channel(0);
    follow(&store, durable, std::future::ready(())).await.unwrap();
    wait_for(&store, position, Duration::ZERO).await.unwrap();
}

async fn a_dump_shows_one_moment(place: Place) {
    let store = place.create().await;
    let mut history = random_history(LEDGER, 5, 450);
    other_kinds(&mut history);
    history.append_and_catch_up(&store).await;
    let before = dump(&store).await;
    let mut dumping = Dump::begin(&store).await.unwrap();
    let position = history.last();
    // Meanwhile the ledger goes on, and the views are even made anew.
    let data = r#"{"fund":"F","source":"union","amount":"1.00","document":"receipt"}"#;
    history.must("fund.receive", "2024-03-01", data);
    history.append_and_catch_up(&store).await;
    rebuild(&store).await.unwrap();
    let mut rows = Vec::new();
    while let page = dumping.next_rows().await.unwrap()
        && !page.is_empty()
    {
        rows.extend(page);
    }
    assert_eq!(dumping.position(), position);
    assert_same(&rows, &before);
    let tables: Vec<_> = Dump::tables().collect();
    let mut found: Vec<_> = rows.iter().map(|row| row.table).collect();
    found.dedup();
    assert_eq!(found, tables);
}
