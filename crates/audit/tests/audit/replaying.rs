//! The replay comes to the state that the writer had, for any history and at any position.

use almoner_audit::{OverdueLoan, Replay, ReplayError, ReplayTo, replay, verify_and_replay};
use almoner_domain::account::{Account, Books};
use almoner_domain::arrears::Class;
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::loan::Stage;
use almoner_domain::loan::instalment::Due;
use almoner_domain::money::Money;
use almoner_domain::state::State;
use proptest::prelude::*;

use crate::history;
use crate::world::{World, quiet};

async fn replayed(world: &World, to: ReplayTo) -> Replay {
    replay(&world.source(), to, &mut quiet()).await.unwrap()
}

async fn arrears(world: &World, on: &str, position: Option<u64>) -> Vec<OverdueLoan> {
    let to = ReplayTo { position, arrears_on: Some(on.parse().unwrap()) };
    replayed(world, to).await.arrears()
}

#[tokio::test]
async fn the_replay_of_every_kind_of_event_is_the_writers_state() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 2_500).await;
    history::other_kinds(&mut world);
    world.commit().await;
    let replayed = replayed(&world, ReplayTo::default()).await;
    assert_eq!(replayed.state(), &world.state);
    assert_eq!(replayed.position(), world.size());
    assert_eq!(replayed.trial_balance(), Money::ZERO);
    let kinds: std::collections::BTreeSet<&str> =
        world.events.iter().map(|(_, event)| event.kind()).collect();
    assert_eq!(kinds.len(), almoner_domain::event::Event::KINDS.len(), "{kinds:?}");
    let totals = replayed.account_totals();
    assert_eq!(totals.len(), Account::ALL.len());
    assert_eq!(totals.iter().map(|(_, amount)| *amount).sum::<Money>(), Money::ZERO);
}

#[tokio::test]
async fn the_replay_to_a_position_stops_there() {
    let mut world = World::sqlite().await;
    history::tell(&mut world);
    world.commit().await;
    let mut state = State::default();
    for (position, (on, event)) in (1..).zip(&world.events) {
        state.evolve(position, *on, event);
        if position % 17 == 0 {
            let to = ReplayTo { position: Some(position), arrears_on: None };
            assert_eq!(replayed(&world, to).await.state(), &state, "position {position}");
        }
    }
    let asked = world.size() + 1;
    let to = ReplayTo { position: Some(asked), arrears_on: None };
    let refused = replay(&world.source(), to, &mut quiet()).await;
    assert!(matches!(refused, Err(ReplayError::TooShort { end, .. }) if end + 1 == asked));
}

#[tokio::test]
async fn one_pass_verifies_and_replays() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 600).await;
    let (source, key) = (world.source(), world.verifier());
    let to = ReplayTo { position: Some(500), arrears_on: None };
    let (verdict, replay) = verify_and_replay(&source, &key, &[], to, &mut quiet()).await.unwrap();
    assert!(verdict.is_good());
    assert_eq!(verdict.size, world.size());
    assert_eq!(replay.unwrap().position(), 500);
    // A record that cannot be read stops the replay and not the verification.
    world.store.database().execute("DROP TRIGGER record_no_update", &[]).await.unwrap();
    let sql = "UPDATE record SET bytes = x'7b7d' WHERE position = 300";
    world.store.database().execute(sql, &[]).await.unwrap();
    let (verdict, replay) =
        verify_and_replay(&source, &key, &[], ReplayTo::default(), &mut quiet()).await.unwrap();
    assert_eq!(verdict.findings[0].first, 300);
    assert_eq!(verdict.records, world.size());
    assert!(matches!(replay, Err(ReplayError::Record { position: 300, .. })));
}

#[tokio::test]
async fn progress_comes_to_the_end() {
    let mut world = World::sqlite().await;
    history::long(&mut world, 5_000).await;
    let mut seen = Vec::new();
    let mut progress = |done, of| seen.push((done, of));
    replay(&world.source(), ReplayTo::default(), &mut progress).await.unwrap();
    let size = world.size();
    assert_eq!(seen, [(2048, size), (4096, size), (size, size)]);
}

#[tokio::test]
async fn arrears_are_those_of_the_day_asked_for() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    history::lend_own(&mut world, "O-1", 1, "60000.00");
    history::lend_bank(&mut world, "B-1", 2, "120000.00");
    world.commit().await;
    assert_eq!(arrears(&world, "2024-02-15", None).await, []);
    // One instalment of 60,000 at 3.95 percent over six months, by hand: 31 days of interest.
    let overdue = arrears(&world, "2024-02-16", None).await;
    let [only] = overdue.as_slice() else { panic!("{overdue:?}") };
    assert_eq!((only.loan.as_str(), only.days, only.class), ("O-1", 1, Class::SpecialMention));
    assert_eq!(only.interest, "204.08".parse().unwrap());
    assert_eq!(only.since, "2024-02-15".parse().unwrap());
    // The bank's loan is due on a Monday in April, and on a holiday never: see the next test.
    let days: Vec<i32> =
        arrears(&world, "2024-07-20", None).await.iter().map(|loan| loan.days).collect();
    assert_eq!(days, [96, 156]);
    let classes: Vec<Class> =
        arrears(&world, "2024-07-20", None).await.iter().map(|loan| loan.class).collect();
    assert_eq!(classes, [Class::Substandard, Class::Substandard]);
}

#[tokio::test]
async fn a_payment_counts_from_its_day_and_a_reversed_one_on_no_day() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    history::lend_own(&mut world, "O-1", 1, "60000.00");
    let repay = r#"{"loan":"O-1","amount":"10500.00","surplus":"next_instalments"}"#;
    world.command("2024-02-20", "loan.repay", repay);
    let paid_at = world.size();
    world.commit().await;
    assert_eq!(arrears(&world, "2024-02-19", None).await.len(), 1);
    assert_eq!(arrears(&world, "2024-02-20", None).await, []);
    // It was a mistake, found in June; what was known before stays known.
    history::reverse(&mut world, "2024-06-01", paid_at);
    world.commit().await;
    let overdue = arrears(&world, "2024-02-20", None).await;
    assert_eq!(overdue.len(), 1);
    assert_eq!(arrears(&world, "2024-02-20", Some(paid_at)).await, []);
}

#[tokio::test]
async fn an_early_repayment_replaces_the_schedule_until_it_is_reversed() {
    let mut world = World::sqlite().await;
    history::begin(&mut world);
    history::lend_own(&mut world, "O-1", 1, "60000.00");
    let before = world.size();
    let prepay = r#"{"loan":"O-1","amount":"30000.00","surplus":"prepay"}"#;
    world.command("2024-02-01", "loan.repay", prepay);
    let prepaid_at = world.size();
    history::reverse(&mut world, "2024-02-02", prepaid_at);
    world.commit().await;
    let day = "2024-05-01";
    let original = arrears(&world, day, Some(before)).await;
    let replaced = arrears(&world, day, Some(prepaid_at)).await;
    assert!(replaced[0].principal < original[0].principal);
    assert_eq!(arrears(&world, day, None).await, original);
}

#[tokio::test]
async fn histories_by_chance_reach_deep_enough_to_mean_something() {
    let mut choice = 1_u32;
    let choices = std::iter::repeat_with(|| {
        choice = choice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        choice >> 9
    });
    let mut world = World::sqlite().await;
    history::by_chance(&mut world, &choices.take(1_500).collect::<Vec<_>>());
    let count = |kind: &str| world.events.iter().filter(|(_, event)| event.kind() == kind).count();
    for kind in ["loan.disbursed.v1", "loan.repaid.v1", "reversal.recorded.v1", "subsidy.paid.v1"] {
        assert!(count(kind) >= 3, "{} of {kind}", count(kind));
    }
    for kind in ["loan.extended.v1", "loan.rescheduled.v1", "loan.penalty_charged.v1"] {
        assert!(count(kind) >= 1, "{} of {kind}", count(kind));
    }
    let is_early = |event: &Event| matches!(event, Event::LoanRepaid(one) if one.prepaid.is_some());
    assert!(world.events.iter().any(|(_, event)| is_early(event)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_replay_of_any_history_is_the_writers_state(
        choices in prop::collection::vec(any::<u32>(), 50..400)
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut world = World::sqlite().await;
            history::by_chance(&mut world, &choices);
            world.commit().await;
            let last_day: Date = crate::world::TODAY.parse().unwrap();
            let to = ReplayTo { position: None, arrears_on: Some(last_day) };
            let replayed = replayed(&world, to).await;
            assert_eq!(replayed.state(), &world.state);

            // Balances, added up here once more from the entries alone.
            let mut books = Books::default();
            for (on, event) in &world.events {
                books.post(&event.entry(), on.year());
            }
            assert_eq!(&replayed.state().books, &books);
            assert_eq!(replayed.trial_balance(), Money::ZERO);

            // On the last day of all, what is overdue is what the state has open and was due before.
            let mut open = Vec::new();
            for (id, loan) in &world.state.loans {
                let Stage::Active(active) = &loan.stage else { continue };
                // Loans with an odd number are a bank's, and due on working days.
                let is_of_bank = id.as_str().ends_with(['1', '3', '5', '7']);
                let payable_until = |due: &Due| {
                    let calendar = &world.state.calendar;
                    if is_of_bank { calendar.on_or_after(due.due_on) } else { due.due_on }
                };
                let due: Vec<Due> = active
                    .open
                    .unpack()
                    .into_iter()
                    .filter(|due| payable_until(due) < last_day)
                    .collect();
                if let Some(first) = due.first() {
                    let principal: Money = due.iter().map(|due| due.principal).sum();
                    let interest: Money = due.iter().map(|due| due.interest).sum();
                    open.push((id.clone(), principal, interest, first.due_on));
                }
            }
            let overdue: Vec<_> = replayed
                .arrears()
                .into_iter()
                .map(|loan| (loan.loan, loan.principal, loan.interest, loan.since))
                .collect();
            assert_eq!(overdue, open);
        });
    }
}
