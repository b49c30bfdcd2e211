//! Given, when, then: a ledger without a disk.

// Each test program uses a part of this.
#![allow(dead_code, reason = "each test program uses a part of what they share")]

pub mod arrears;
pub mod world;

use almoner_domain::account::{Account, Pot};
use almoner_domain::command::{Command, Context, decide};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::money::Money;
use almoner_domain::refusal::{Refusal, Stage};
use almoner_domain::state::{Original, State};
use serde_json::Value;

/// Who asks in tests.
pub const ACTOR: &str = "clerk:b";

/// The day on which all tests take place.
pub const TODAY: &str = "2030-01-01";

/// A state and the log that led to it. Position 1 is the first record.
#[derive(Clone, Default)]
pub struct Ledger {
    pub state: State,
    pub log: Vec<(Date, Event)>,
}

/// A ledger in which the commands were accepted.
pub fn given(commands: impl IntoIterator<Item = Command>) -> Ledger {
    Ledger::default().and(commands)
}

/// A command as a clerk writes it.
pub fn command(kind: &str, effective_date: &str, data: Value) -> Command {
    match Command::read(kind, effective_date, &data.to_string()) {
        Ok(command) => command,
        Err(refusal) => panic!("{kind} {data}: {refusal}"),
    }
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn yuan(text: &str) -> Money {
    match text.strip_prefix('-') {
        None => text.parse().unwrap(),
        Some(text) => -text.parse::<Money>().unwrap(),
    }
}

impl Ledger {
    /// The same ledger after more commands, all of which must be accepted.
    pub fn and(mut self, commands: impl IntoIterator<Item = Command>) -> Self {
        for command in commands {
            let events = self.decide(&command);
            let events = events.unwrap_or_else(|refusal| panic!("{command:?}\n{refusal}"));
            self.take(command.effective_on, events);
        }
        self
    }

    /// What becomes of a command.
    pub fn decide(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        self.decide_on(date(TODAY), command)
    }

    /// What becomes of a command on a day.
    pub fn decide_on(&self, today: Date, command: &Command) -> Result<Vec<Event>, Refusal> {
        let original = command.refers_to().and_then(|position| {
            let (effective_on, event) = self.record(position)?;
            Some(Original { position, effective_on: *effective_on, event })
        });
        decide(&self.state, command, Context { today, original, actor: ACTOR })
    }

    /// Takes events in.
    pub fn take(&mut self, effective_on: Date, events: Vec<Event>) {
        for event in events {
            self.state.evolve(self.position() + 1, effective_on, &event);
            self.log.push((effective_on, event));
        }
    }

    /// The record at a position.
    pub fn record(&self, position: u64) -> Option<&(Date, Event)> {
        self.log.get(usize::try_from(position.checked_sub(1)?).unwrap())
    }

    /// The position of the last record.
    pub fn position(&self) -> u64 {
        u64::try_from(self.log.len()).unwrap()
    }

    /// The position of the last record of a type.
    pub fn last(&self, kind: &str) -> u64 {
        let last = self.log.iter().rposition(|(_, event)| event.kind() == kind);
        u64::try_from(last.unwrap_or_else(|| panic!("there is no {kind}"))).unwrap() + 1
    }

    /// Gives a command to the ledger; the outcome is held against expectations.
    pub fn when(&self, command: Command) -> When<'_> {
        When { ledger: self, outcome: self.decide(&command), command }
    }

    /// The balance of an account, by its code, in a pot written as `fund/source/purpose`, each part
    /// `-` where it is absent.
    pub fn balance(&self, account: &str, pot: &str) -> Money {
        self.state.books.balance(Account::from_code(account).unwrap(), &read_pot(pot))
    }

    /// Every balance that is not zero.
    pub fn balances(&self) -> Vec<(Account, Pot, Money)> {
        let balances = self.state.books.balances();
        balances.map(|(account, pot, amount)| (account, pot.clone(), amount)).collect()
    }

    /// The whole state as a snapshot holds it.
    pub fn bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(&self.state).unwrap()
    }
}

/// A command that was given, and its outcome.
pub struct When<'a> {
    ledger: &'a Ledger,
    command: Command,
    outcome: Result<Vec<Event>, Refusal>,
}

impl When<'_> {
    /// The command is accepted; gives the events and the ledger with them.
    pub fn accepted(self) -> Then {
        let events = match self.outcome {
            Ok(events) => events,
            Err(refusal) => panic!("{:?}\n{refusal}", self.command),
        };
        let mut ledger = self.ledger.clone();
        ledger.take(self.command.effective_on, events.clone());
        Then { events, ledger }
    }

    /// The command leads to exactly these events, by type and data.
    pub fn then<'e>(self, expected: impl IntoIterator<Item = (&'e str, Value)>) -> Then {
        let then = self.accepted();
        let given: Vec<(String, Value)> = then.events.iter().map(written).collect();
        let expected: Vec<(String, Value)> =
            expected.into_iter().map(|(kind, data)| (kind.to_owned(), data)).collect();
        assert_eq!(given, expected);
        then
    }

    /// The command is refused at this stage with exactly these figures, says them in both languages,
    /// and nothing has changed.
    pub fn refused(self, stage: Stage, figures: &[(&str, &str)]) -> Refusal {
        let refusal = self.refusal();
        has(&refusal, stage, figures);
        refusal
    }

    /// The list is refused because of this line alone.
    pub fn line_refused(self, line: usize, stage: Stage, figures: &[(&str, &str)]) -> Refusal {
        let listed = self.refused_lines();
        let [(number, refusal)] = listed.as_slice() else { panic!("{listed:?}") };
        assert_eq!(*number, line);
        has(refusal, stage, figures);
        refusal.clone()
    }

    /// The list is refused; gives the lines listed.
    pub fn refused_lines(self) -> Vec<(usize, Refusal)> {
        let refusal = self.refusal();
        says_its_figures(&refusal);
        match refusal {
            Refusal::Lines { listed, .. } => listed,
            other => panic!("{other}"),
        }
    }

    /// The command is refused with this code.
    pub fn refused_as(self, code: &str) -> Refusal {
        let refusal = self.refusal();
        assert_eq!(refusal.code(), code, "{refusal}");
        says_its_figures(&refusal);
        refusal
    }

    fn refusal(self) -> Refusal {
        // Deciding takes the state as it is; that nothing in it changed unseen is checked all the same.
        let before = self.ledger.bytes();
        let again = self.ledger.decide(&self.command);
        assert_eq!(again, self.outcome, "the same command is decided differently");
        assert_eq!(self.ledger.bytes(), before);
        match self.outcome {
            Err(refusal) => refusal,
            Ok(events) => panic!("{:?}\nis accepted: {events:?}", self.command),
        }
    }
}

fn has(refusal: &Refusal, stage: Stage, figures: &[(&str, &str)]) {
    assert_eq!(refusal.stage(), stage, "{refusal}");
    let given = refusal.figures();
    let given: Vec<(&str, &str)> =
        given.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(given, figures, "{refusal}");
    says_its_figures(refusal);
}

/// The events of an accepted command, and the ledger with them.
pub struct Then {
    pub events: Vec<Event>,
    pub ledger: Ledger,
}

impl Then {
    /// The events post exactly this: account, pot, amount (debits positive), in order.
    pub fn posts(self, expected: &[(&str, &str, &str)]) -> Ledger {
        let entries = self.events.iter().map(Event::entry);
        let given: Vec<(String, String, String)> = entries
            .flat_map(|entry| entry.postings().to_vec())
            .map(|one| (one.account.code().to_owned(), write_pot(&one.pot), one.amount.to_string()))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(account, pot, amount)| {
                ((*account).to_owned(), (*pot).to_owned(), (*amount).to_owned())
            })
            .collect();
        assert_eq!(given, expected);
        self.ledger
    }

    /// The data of the only event.
    pub fn data(&self) -> Value {
        let [event] = self.events.as_slice() else { panic!("{:?}", self.events) };
        written(event).1
    }
}

/// Type and data of an event as they are recorded.
pub fn written(event: &Event) -> (String, Value) {
    let mut data = Vec::new();
    event.encode(&mut data);
    (event.kind().to_owned(), serde_json::from_slice(&data).unwrap())
}

/// A refusal names every figure in both languages, and its JSON holds all of it.
pub fn says_its_figures(refusal: &Refusal) {
    let (english, chinese) = (refusal.english(), refusal.chinese());
    assert!(chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{chinese}");
    for (name, value) in refusal.figures() {
        assert!(english.contains(&value), "{name} {value} is missing in: {english}");
        // Words are translated; numbers, names and dates stand in both.
        let is_word = ["kind", "stage", "needed", "lender", "reason"].contains(&name)
            && !value.contains(".v1")
            && value.parse::<Money>().is_err()
            && value.parse::<u32>().is_err();
        assert_eq!(chinese.contains(&value), !is_word, "{name} {value} in: {chinese}");
    }
    let json = serde_json::to_value(refusal).unwrap();
    assert_eq!(json["code"], refusal.code());
    assert_eq!(json["stage"], refusal.stage().as_str());
    assert_eq!(json["english"], english);
    assert_eq!(json["chinese"], chinese);
    for (name, value) in refusal.figures() {
        assert_eq!(json["figures"][name], value);
    }
}

fn read_pot(text: &str) -> Pot {
    let mut parts = text.split('/').map(|part| (part != "-").then(|| part.parse().unwrap()));
    let mut next = || parts.next().unwrap();
    Pot { fund: next(), source: next(), purpose: next() }
}

fn write_pot(pot: &Pot) -> String {
    let part = |id: &Option<almoner_domain::id::Id>| {
        id.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
    };
    [part(&pot.fund), part(&pot.source), part(&pot.purpose)].join("/")
}
