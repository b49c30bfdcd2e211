//! What holds whatever clerks do: random commands over a small world, possible ones and others.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test, and these end it clearly")]

mod books;
mod days;
mod steps;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use almoner_domain::command::Command;
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::fund::Allocated;
use almoner_domain::guarantee_fund::{Capacity, handling_bank};
use almoner_domain::money::Money;
use almoner_domain::recompute::commands_of;
use almoner_domain::refusal::Refusal;
use almoner_domain::state::State;
use proptest::prelude::*;

use steps::{Step, beginning, steps};
use support::Ledger;
use support::world::reverse;

/// Does every step; hands each accepted one over with the ledger before and after it.
fn play(steps: &[Step], mut seen: impl FnMut(&Ledger, &Command, &Ledger)) -> (Ledger, Date) {
    let (mut ledger, mut today) = beginning();
    for step in steps {
        let command = step.command(&ledger, &mut today);
        if let Ok(events) = ledger.decide(&command) {
            let before = ledger.clone();
            ledger.take(command.effective_on, events);
            seen(&before, &command, &ledger);
        }
    }
    (ledger, today)
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// P4, P5: the books balance and are the sum of what is open, at every position.
    #[test]
    fn books_hold_at_every_position(steps in steps()) {
        play(&steps, |before, command, after| {
            books::hold(after);
            limits_hold(before, command, after);
        });
    }

    /// Of every command, its records tell which it was: an audit decides it again from them.
    #[test]
    fn every_command_is_told_by_its_records(steps in steps()) {
        play(&steps, |before, command, after| {
            let new = &after.log[before.log.len()..];
            let events: Vec<Event> = new.iter().map(|(_, event)| event.clone()).collect();
            assert!(commands_of(&events).contains(&command.action), "{command:?} {events:?}");
        });
    }

    /// P6: the same log gives the same state and the same bytes, by way of a snapshot, too; and a state
    /// from a snapshot decides as the first one does.
    #[test]
    fn the_same_log_gives_the_same_state_and_decisions(steps in steps(), more in steps()) {
        let (ledger, mut today) = play(&steps, |_, _, _| {});
        let mut again = Ledger::default();
        for (effective_on, event) in &ledger.log {
            let mut bytes = Vec::new();
            event.encode(&mut bytes);
            let text = String::from_utf8(bytes).unwrap();
            let read = Event::decode_canonical(event.kind(), &text, &mut Vec::new()).unwrap();
            prop_assert_eq!(&read, event);
            again.take(*effective_on, vec![read]);
        }
        prop_assert_eq!(&again.state, &ledger.state);
        let snapshot = ledger.bytes();
        prop_assert_eq!(&snapshot, &again.bytes());
        let mut restored = Ledger { state: postcard::from_bytes(&snapshot).unwrap(), log: ledger.log.clone() };
        prop_assert_eq!(&restored.state, &ledger.state);
        let mut ledger = ledger;
        for step in &more {
            let command = step.command(&ledger, &mut today);
            let decided = ledger.decide(&command);
            prop_assert_eq!(&restored.decide(&command), &decided);
            if let Ok(events) = decided {
                ledger.take(command.effective_on, events.clone());
                restored.take(command.effective_on, events);
            }
        }
        prop_assert_eq!(restored.bytes(), ledger.bytes());
    }

    /// P11: a money event can be reversed at once, and then everything is as before it, but for what
    /// is remembered of both.
    #[test]
    fn a_reversal_gives_the_state_before_back(steps in steps()) {
        play(&steps, |before, command, after| {
            let event = &after.log[after.log.len() - 1].1;
            if before.position() + 1 != after.position() || !is_reversible(event) {
                return;
            }
            // A loan settled long ago is forgotten at once when its last discount came back.
            if let Event::DiscountReturned(back) = event
                && !after.state.loans.contains_key(&back.loan)
            {
                return;
            }
            let mut reversal = reverse(after.position());
            reversal.effective_on = command.effective_on;
            let events = after.decide(&reversal).unwrap_or_else(|refusal| panic!("{event:?}\n{refusal}"));
            let mut reversed = after.clone();
            reversed.take(reversal.effective_on, events);

            let (reversed, expected) =
                (parts(&reversed.state), parts(&passed(&before.state, command.effective_on)));
            let names: BTreeSet<&String> = reversed.keys().chain(expected.keys()).collect();
            let different: Vec<&str> = names
                .into_iter()
                .filter(|name| reversed.get(*name) != expected.get(*name))
                .map(String::as_str)
                .collect();
            // That it was reversed is remembered, and the name of a subsidy is not used again once it was paid.
            let meant: &[&str] = match event {
                Event::SubsidyPaid(paid) if paid.grant.batch.is_none() => &["reversed", "used"],
                _ => &["reversed"],
            };
            assert!(different.iter().all(|name| meant.contains(name)), "{different:?} after {event:?}");
        });
    }

    /// P12: what is promised, owed or held is so from its day on. Told by effective dates, and without what was
    /// reversed, no memo account falls below zero on any day.
    #[test]
    fn nothing_is_met_before_the_day_on_which_it_came_to_be(steps in steps()) {
        let (ledger, _) = play(&steps, |_, _, _| {});
        days::hold(&ledger);
    }

    /// Nothing that stands in a log brings the program down, whatever its order, and nothing that is
    /// asked of the state after it.
    #[test]
    fn nonsense_brings_nothing_down(
        steps in steps(),
        order in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), -30_000..80_000_i32), 0..150),
    ) {
        let (ledger, mut today) = play(&steps, |_, _, _| {});
        let mut nonsense = Ledger::default();
        for (index, reversed, day) in order {
            let (effective_on, event) = index.get(&ledger.log).clone();
            let effective_on = if day % 3 == 0 { Date::from_day_number(day) } else { effective_on };
            let event = if reversed {
                let original = Box::new(event);
                Event::ReversalRecorded(almoner_domain::reversal_entry::Reversed {
                    position: u64::from(day.unsigned_abs() % 300),
                    effective_on,
                    original,
                    reason: "r".parse().unwrap(),
                    document: "d".parse().unwrap(),
                })
            } else {
                event
            };
            nonsense.take(effective_on, vec![event]);
        }
        assert_eq!(nonsense.state.books.trial_balance(), Money::ZERO);
        let back: State = postcard::from_bytes(&nonsense.bytes()).unwrap();
        assert_eq!(back, nonsense.state);
        for step in &steps {
            let mut command = step.command(&nonsense, &mut today);
            let _ = nonsense.decide_on(Date::LAST, &command);
            for day in [Date::FIRST, Date::LAST] {
                command.effective_on = day;
                let _ = nonsense.decide_on(Date::LAST, &command);
            }
        }
    }
}

/// What is refused beyond a limit is not accepted otherwise: capacity and caps hold after every new burden.
fn limits_hold(before: &Ledger, command: &Command, after: &Ledger) {
    let new = &after.log[before.log.len()..];
    for (_, event) in new {
        match event {
            Event::GuaranteeCommitted(committed) => {
                let free = Capacity::of(&after.state, &committed.fund).unwrap().free();
                assert!(!free.fen().is_negative(), "{command:?}: {free}");
                let bank = handling_bank::standing(
                    &before.state,
                    &committed.fund,
                    &"icbc".parse().unwrap(),
                );
                assert!(!bank.is_suspended("0.2".parse().unwrap()), "{command:?}: {bank:?}");
            }
            Event::SubsidyApproved(grant) if grant.programme.as_str() == "help" => {
                let used =
                    after.state.household_used(&grant.programme, grant.household, grant.year);
                assert!(used <= Money::from_yuan(2_000), "{command:?}: {used}");
                assert!(grant.amount <= Money::from_yuan(500));
            }
            Event::GuaranteeRecovered(recovered) => {
                let open =
                    |ledger: &Ledger| ledger.state.compensations[&recovered.loan].open.clone();
                let net = recovered.amount - recovered.costs;
                assert_eq!(open(before).total() - open(after).total(), net, "{command:?}");
                let parts = open(after).fund.into_values().chain([open(after).bank]);
                assert!(parts.into_iter().all(|part| !part.fen().is_negative()), "{command:?}");
            }
            _ => {}
        }
    }
    // A command is never accepted twice with the same outcome where it takes something.
    if let [(_, Event::LoanDisbursed(_) | Event::GuaranteeCommitted(_) | Event::SubsidyPaid(_))] =
        new
    {
        assert!(after.decide(command).is_err(), "{command:?}");
    }
}

fn is_reversible(event: &Event) -> bool {
    matches!(
        event,
        Event::FundPledged(_)
            | Event::FundReceived(_)
            | Event::FundAllocated(_)
            | Event::LoanDisbursed(_)
            | Event::LoanRepaid(_)
            | Event::LoanRefunded(_)
            | Event::DiscountPaid(_)
            | Event::SubsidyPaid(_)
            | Event::SubsidyReturned(_)
            | Event::SubsidyDemanded(_)
            | Event::GuaranteeCompensated(_)
            | Event::GuaranteeRecovered(_)
            | Event::GuaranteeSettled(_)
            | Event::GuaranteeWrittenOff(_)
            | Event::GuaranteeReshareClaimed(_)
            | Event::GuaranteeReshareReceived(_)
            | Event::PremiumAssessed(_)
            | Event::PremiumPaid(_)
            | Event::MortgageAuctioned(_)
            | Event::WagesFiled(_)
            | Event::WagesRecovered(_)
            | Event::WagesPaid(_)
            | Event::ReliefRecorded(_)
            | Event::DiscountReturned(_)
            | Event::DiscountAdvanced(_)
            | Event::DiscountSettled(_)
            | Event::UpperTierReceived(_)
            | Event::SurplusReturned(_)
            | Event::PledgeWithdrawn(_)
            | Event::AllocationRegistered(_)
            | Event::MatchingRequired(_)
            | Event::AllocationCarried(_)
            | Event::InKindReceived(_)
            | Event::InKindHandedOut(_)
            | Event::LoanExtended(_)
            | Event::LoanRescheduled(_)
            | Event::LoanPenaltyCharged(_)
            | Event::LoanMisused(_)
            | Event::LoanRateReset(_)
            | Event::LoanPenaltyWaived(_)
    )
}

/// The state when only the day has passed: settled loans are forgotten by it.
fn passed(state: &State, day: Date) -> State {
    let mut state = state.clone();
    let name: almoner_domain::id::Id = "none".parse().unwrap();
    let nothing = Allocated {
        fund: name.clone(),
        source: name.clone(),
        purpose: name,
        amount: Money::ZERO,
        document: "none".parse().unwrap(),
    };
    state.evolve(u64::MAX, day, &Event::FundAllocated(nothing));
    state
}

/// The parts of a state by name: its fields, private ones too, as they are written for debugging.
fn parts(state: &State) -> BTreeMap<String, String> {
    let text = format!("{state:#?}");
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        let field = line.strip_prefix("    ").filter(|rest| !rest.starts_with([' ', '}', ']']));
        if let Some((field, _)) = field.and_then(|field| field.split_once(": ")) {
            name = field.to_owned();
        }
        parts.entry(name.clone()).or_default().push_str(line);
    }
    assert!(parts.contains_key("reversed") && parts.contains_key("books"), "{:?}", parts.keys());
    parts
}

/// How often each kind of event and refusal came up in random play: a world in which hardly anything is
/// accepted would prove nothing.
#[test]
fn random_play_reaches_every_kind_of_event_and_most_refusals() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut events = BTreeSet::new();
    let mut refusals = BTreeSet::new();
    for _ in 0..2_000 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let (mut ledger, mut today) = beginning();
        for step in steps {
            let command = step.command(&ledger, &mut today);
            match ledger.decide(&command) {
                Ok(new) => {
                    events.extend(new.iter().map(Event::kind));
                    ledger.take(command.effective_on, new);
                }
                Err(Refusal::Lines { listed, .. }) => {
                    refusals.extend(listed.iter().map(|(_, refusal)| refusal.code()));
                }
                Err(refusal) => {
                    refusals.insert(refusal.code());
                }
            }
        }
    }
    let missing: Vec<_> = Event::KINDS.iter().filter(|kind| !events.contains(**kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(refusals.len() > 35, "{}: {refusals:?}", refusals.len());
}
