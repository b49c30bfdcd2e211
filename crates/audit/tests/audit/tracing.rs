//! Traces: everything about one subject or pseudonym, and nothing else.

use almoner_audit::{About, SourceError, Traced, trace};
use almoner_log::Record;

use crate::history::{self, person};
use crate::world::{World, quiet};

async fn traced(world: &World, about: &About) -> (Traced, Vec<(u64, String, String)>) {
    let mut found = Vec::new();
    let each = |position, bytes: &[u8]| {
        let record = Record::decode(bytes).unwrap();
        found.push((position, record.kind.to_owned(), record.subject.to_owned()));
        Ok::<_, SourceError>(())
    };
    let traced = trace(&world.source(), about, &mut quiet(), each).await.unwrap();
    (traced, found)
}

#[tokio::test]
async fn a_borrower_is_followed_through_the_whole_life_of_the_loan() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 3_000).await;
    let about = About::Pseudonym(person(101).parse().unwrap());
    let (traced, found) = traced(&world, &about).await;
    let kinds: Vec<&str> = found.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "loan.applied.v1",
            "loan.approved.v1",
            "guarantee.committed.v1",
            "loan.disbursed.v1",
            "loan.repaid.v1"
        ]
    );
    assert!(found.iter().all(|(.., subject)| subject == "loan/B-1"));
    assert!(found.is_sorted());
    assert_eq!(traced, Traced { found: 5, unreadable: 0 });
}

#[tokio::test]
async fn a_beneficiary_is_found_in_every_subsidy() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    // Person 1 borrowed O-1 as well.
    let (_, found) = traced(&world, &About::Pseudonym(person(1).parse().unwrap())).await;
    let of =
        |prefix: &str| found.iter().filter(|(.., subject)| subject.starts_with(prefix)).count();
    assert_eq!(of("loan/O-1"), 6);
    assert_eq!(of("subsidy/S-0"), 3);
    assert_eq!(of("subsidy/S-1"), 2);
    assert_eq!(of("subsidy/S-2"), 3);
    assert_eq!(found.len(), 14);
}

#[tokio::test]
async fn a_subject_has_exactly_its_own_records() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    let (traced, found) = traced(&world, &About::Subject("loan/B-3".into())).await;
    let expected: Vec<u64> = (1..)
        .zip(&world.events)
        .filter(|(_, (_, event))| event.subject() == "loan/B-3")
        .map(|(position, _)| position)
        .collect();
    assert_eq!(found.iter().map(|(position, ..)| *position).collect::<Vec<_>>(), expected);
    assert_eq!(traced.found, expected.len() as u64);
    assert_eq!(found.last().unwrap().1, "reversal.recorded.v1");
}

#[tokio::test]
async fn records_that_cannot_be_read_are_counted() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    world.store.database().execute("DROP TRIGGER record_no_update", &[]).await.unwrap();
    let sql = "UPDATE record SET bytes = x'7b7d' WHERE position IN (7, 9)";
    world.store.database().execute(sql, &[]).await.unwrap();
    let (traced, _) = traced(&world, &About::Subject("loan/B-3".into())).await;
    assert_eq!(traced.unreadable, 2);
}
