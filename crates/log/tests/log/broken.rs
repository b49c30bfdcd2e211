//! The contract is itself tested: stores that are broken on purpose do not pass it.

use crate::contract::CHECKS;
use crate::subject::{Engine, Fault, Subject};

/// What a check says of a store with this fault; `None` when it passes.
async fn said_by(check: &str, fault: Fault) -> Option<String> {
    let (_, check) = CHECKS.iter().find(|(name, _)| *name == check).unwrap();
    check(Subject::new(Engine::Sqlite, fault).await).await.err()
}

/// A fault is caught by some checks, in these words, and by none but them of those named.
async fn assert_caught(fault: Fault, expected: &[(&str, Option<&str>)]) {
    for (check, problem) in expected {
        assert_eq!(said_by(check, fault).await.as_deref(), *problem, "{fault:?}, {check}");
        // It is the fault that is caught: without it the check passes.
        assert_eq!(said_by(check, Fault::None).await, None, "{check}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_loses_its_tail_in_a_crash_is_caught() {
    let expected = [
        ("positions_are_one_two_three_without_gap", None),
        ("everything_is_there_after_reopening", None),
        ("what_was_acknowledged_is_seen_by_others_at_once", None),
        ("what_was_flushed_survives_a_crash", Some("the number of records: 5, expected 6")),
    ];
    assert_caught(Fault::LosesTheTail, &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_doubles_a_record_is_caught() {
    let problem = Some("record 2 is not the one appended there");
    let expected = [
        ("positions_are_one_two_three_without_gap", problem),
        ("what_was_flushed_survives_a_crash", problem),
        ("the_newest_two_snapshots_are_kept", None),
    ];
    assert_caught(Fault::DoublesARecord, &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_reorders_two_records_is_caught() {
    let expected = [
        ("positions_are_one_two_three_without_gap", Some("record 2 is not the one appended there")),
        ("everything_is_there_after_reopening", Some("record 1 is not the one appended there")),
        ("the_head_is_that_of_the_last_batch", None),
    ];
    assert_caught(Fault::ReordersTwo, &expected).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_acknowledges_before_its_commit_is_caught() {
    let expected = [
        (
            "what_was_acknowledged_is_seen_by_others_at_once",
            Some("what others see after the acknowledgement: 0, expected 2"),
        ),
        ("what_was_flushed_survives_a_crash", Some("the number of records: 0, expected 6")),
        ("the_newest_two_snapshots_are_kept", None),
    ];
    assert_caught(Fault::AcknowledgesEarly, &expected).await;
}
