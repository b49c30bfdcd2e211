//! Recompute: every command decided again by the rules in force when it was decided, and held against what was
//! recorded (P10). What differs was not computed from the rules, or by another program.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use almoner_domain::command::{Command, Context, decide};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::recompute::commands_of;
use almoner_domain::refusal::Refusal;
use almoner_domain::state::{Original, State};
use almoner_log::CommandDigest;

use crate::parse::{BadRecord, Parsed, parse_all};
use crate::pass::{Progress, Range, pass};
use crate::replay::ReplayError;
use crate::source::{Beside, Chunk, Source};

/// How many differences are listed.
pub const MAX_RECOMPUTED_DIFFERENCES: usize = 100;

/// What came of deciding every command again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recomputed {
    /// How many records were held against the rules.
    pub records: u64,
    /// How many commands they belong to.
    pub commands: u64,
    /// The commands that do not come out as they were recorded, at most [`MAX_RECOMPUTED_DIFFERENCES`].
    pub differences: Vec<Unequal>,
    /// Whether there are more than are listed.
    pub more: bool,
}

/// A command that does not come out as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unequal {
    /// The position of its first record.
    pub position: u64,
    /// The kind of its last event.
    pub kind: &'static str,
    /// In what way.
    pub how: How,
}

/// In what way a command does not come out as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The rules refuse it.
    Refused(Box<Refusal>),
    /// The rules give another event at this position.
    Otherwise {
        /// The position of the first event that differs.
        position: u64,
        /// The data as recorded; empty where nothing was recorded.
        recorded: String,
        /// The data as the rules give it; empty where they give nothing.
        computed: String,
    },
    /// Its records are not those of the command whose digest they carry.
    NotOfItsCommand,
}

/// Decides every command of a log again.
///
/// # Errors
/// When the source cannot be read, or a record cannot be folded.
pub async fn recompute(source: &Source, progress: Progress<'_>) -> Result<Recomputed, ReplayError> {
    let end = source.extent().await?.end;
    let range = Range { end, beside: Beside::Nothing };
    let parse = |chunk: Chunk| parse_all(&chunk, None);
    // Which records later ones refer to: few, and the first pass finds them.
    let mut referred = BTreeSet::new();
    pass(source, range, &mut |_, _| {}, parse, |records| {
        let events = records.iter().filter_map(|(_, record)| record.as_ref().ok());
        referred.extend(events.filter_map(|record| refers_to(&record.event)));
        Ok::<_, ReplayError>(())
    })
    .await?;
    let mut again = Again::of(referred);
    pass(source, range, progress, parse, |records| again.push(records)).await?;
    again.decide_waiting();
    Ok(again.found)
}

/// The position that the command of an event refers to.
fn refers_to(event: &Event) -> Option<u64> {
    let commands = commands_of(std::slice::from_ref(event));
    let command = commands.into_iter().next()?;
    Command { effective_on: Date::FIRST, action: command }.refers_to()
}

/// The log while it is decided again.
struct Again {
    position: u64,
    state: State,
    /// The records that others refer to, as far as they were met.
    referred: BTreeSet<u64>,
    originals: BTreeMap<u64, (Date, Event)>,
    /// The records of the command that is being collected, from the position on.
    first: u64,
    waiting: Vec<Parsed>,
    found: Recomputed,
}

impl Again {
    fn of(referred: BTreeSet<u64>) -> Self {
        Self {
            position: 0,
            state: State::default(),
            referred,
            originals: BTreeMap::new(),
            first: 1,
            waiting: Vec::new(),
            found: Recomputed::default(),
        }
    }

    fn push(&mut self, records: Vec<(u64, Result<Parsed, BadRecord>)>) -> Result<(), ReplayError> {
        for (position, record) in records {
            if position != self.position + 1 {
                return Err(ReplayError::Missing(self.position + 1));
            }
            let record = record.map_err(|source| ReplayError::Record { position, source })?;
            if record.id != position {
                return Err(ReplayError::Displaced(position));
            }
            let same = |other: &Parsed| other.command_id == record.command_id;
            if !self.waiting.last().is_some_and(same) {
                self.decide_waiting();
                self.first = position;
            }
            self.position = position;
            self.waiting.push(record);
        }
        Ok(())
    }

    /// Decides the collected command again, and takes its recorded events in.
    fn decide_waiting(&mut self) {
        let records = mem::take(&mut self.waiting);
        let Some(record) = records.first() else { return };
        let (on, today) = (record.effective_on, Date::of_moment(record.time.0));
        let (digest, actor) = (record.command_digest, record.actor.clone());
        let recorded: Vec<Event> = records.into_iter().map(|record| record.event).collect();
        self.found.commands += 1;
        self.found.records += recorded.len() as u64;
        if let Some(how) = self.held_against(&recorded, on, today, &actor, digest) {
            let kind = recorded.last().map_or("", Event::kind);
            if self.found.differences.len() < MAX_RECOMPUTED_DIFFERENCES {
                self.found.differences.push(Unequal { position: self.first, kind, how });
            } else {
                self.found.more = true;
            }
        }
        for (position, event) in (self.first..).zip(recorded) {
            self.state.evolve(position, on, &event);
            if self.referred.contains(&position) {
                self.originals.insert(position, (on, event));
            }
        }
    }

    fn held_against(
        &self,
        recorded: &[Event],
        on: Date,
        today: Date,
        actor: &str,
        digest: CommandDigest,
    ) -> Option<How> {
        let commands = commands_of(recorded).into_iter();
        let mut commands = commands.map(|action| Command { effective_on: on, action });
        let told = |command: &Command| CommandDigest::of(&command.canonical_form()) == digest;
        let Some(command) = commands.find(told) else { return Some(How::NotOfItsCommand) };
        let original = command.refers_to().and_then(|position| {
            let (effective_on, event) = self.originals.get(&position)?;
            Some(Original { position, effective_on: *effective_on, event })
        });
        match decide(&self.state, &command, Context { today, original, actor }) {
            Err(refusal) => Some(How::Refused(Box::new(refusal))),
            Ok(computed) => {
                let longest = recorded.len().max(computed.len());
                let index =
                    (0..longest).find(|index| recorded.get(*index) != computed.get(*index))?;
                Some(How::Otherwise {
                    position: self.first + index as u64,
                    recorded: data(recorded.get(index)),
                    computed: data(computed.get(index)),
                })
            }
        }
    }
}

/// The data of an event; empty for none.
fn data(event: Option<&Event>) -> String {
    let mut bytes = Vec::new();
    if let Some(event) = event {
        event.encode(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
