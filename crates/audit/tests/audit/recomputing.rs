//! Every command decided again by the rules: what the writer recorded comes out as it is, and what somebody
//! recorded beside the rules does not.

use almoner_audit::{How, Recomputed, recompute};
use almoner_domain::event::Event;
use almoner_domain::money::Money;

use crate::history;
use crate::world::{World, quiet};

async fn recomputed(world: &World) -> Recomputed {
    recompute(&world.source(), &mut quiet()).await.unwrap()
}

/// The only command that differs: its first position and how.
async fn only_difference(world: &World) -> (u64, How) {
    let Recomputed { records, mut differences, more, .. } = recomputed(world).await;
    assert_eq!(records, world.size());
    assert!(!more && differences.len() == 1, "{differences:?}");
    let unequal = differences.remove(0);
    (unequal.position, unequal.how)
}

const SUBSIDY: &str = r#"{"subsidy":"S-cheat","programme":"post","beneficiary":"0000000000000000000000000000beef","household":"0000000000000000000000000000beef","period":"2024-07","amount":"5000.00"}"#;

/// The event of a subsidy, as the rules decide it, to be changed.
fn subsidy(world: &mut World) -> (String, almoner_domain::subsidy::Grant) {
    let mut honest = Vec::new();
    let command =
        almoner_domain::command::Command::read("subsidy.approve", "2024-07-01", SUBSIDY).unwrap();
    let context = almoner_domain::command::Context {
        today: crate::world::TODAY.parse().unwrap(),
        original: None,
        actor: crate::world::ACTOR,
    };
    honest.extend(almoner_domain::command::decide(&world.state, &command, context).unwrap());
    match honest.pop() {
        Some(Event::SubsidyApproved(grant)) => (SUBSIDY.to_owned(), grant),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_kind_of_event_comes_out_as_it_was_recorded() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 2_500).await;
    history::other_kinds(&mut world);
    world.commit().await;
    let found = recomputed(&world).await;
    assert_eq!(found.differences, []);
    assert_eq!(found.records, world.size());
    assert!(found.commands < found.records, "rosters are one command");
}

#[tokio::test]
async fn a_share_that_the_rules_would_not_draw_is_named_with_both_figures() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    let (data, mut grant) = subsidy(&mut world);
    grant.shares[0].source = "Union_1".parse().unwrap();
    let at = world.size() + 1;
    world.forge("2024-07-01", "subsidy.approve", &data, vec![Event::SubsidyApproved(grant)]);
    world.commit().await;
    let (position, how) = only_difference(&world).await;
    assert_eq!(position, at);
    let How::Otherwise { position, recorded, computed } = how else { panic!("{how:?}") };
    assert_eq!(position, at);
    assert!(
        recorded.contains(r#""source":"Union_1""#) && computed.contains(r#""source":"budget""#)
    );
}

#[tokio::test]
async fn an_amount_over_its_cap_is_named_with_the_rule() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    let (data, mut grant) = subsidy(&mut world);
    grant.amount = Money::from_yuan(5_001);
    grant.shares[0].amount = grant.amount;
    let data = data.replace("5000.00", "5001.00");
    world.forge("2024-07-01", "subsidy.approve", &data, vec![Event::SubsidyApproved(grant)]);
    world.commit().await;
    let (_, how) = only_difference(&world).await;
    let How::Refused(refusal) = how else { panic!("{how:?}") };
    assert_eq!(refusal.code(), "payment_over_cap");
}

#[tokio::test]
async fn an_event_that_its_command_did_not_ask_for_is_named() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    let (data, mut grant) = subsidy(&mut world);
    grant.amount = Money::from_yuan(500);
    grant.shares[0].amount = grant.amount;
    world.forge("2024-07-01", "subsidy.approve", &data, vec![Event::SubsidyApproved(grant)]);
    world.commit().await;
    assert_eq!(only_difference(&world).await.1, How::NotOfItsCommand);
}

#[tokio::test]
async fn a_record_dated_after_it_was_recorded_is_named() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    let (data, grant) = subsidy(&mut world);
    world.forge("2026-03-01", "subsidy.approve", &data, vec![Event::SubsidyApproved(grant)]);
    world.commit().await;
    let (_, how) = only_difference(&world).await;
    let How::Refused(refusal) = how else { panic!("{how:?}") };
    assert_eq!(refusal.code(), "date_in_future");
}
