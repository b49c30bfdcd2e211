//! A log written by hand: commands decided by the domain, records appended to a store.

use almoner_domain::command::{Command, Context, decide};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::refusal::Refusal;
use almoner_domain::state::{Original, State};
use almoner_log::{Batch, CommandDigest, CommandEntry, CommandKey, Millis, Record, Store};
use almoner_proof::{Checkpoint, SigningKey, TileBuilder, leaf_hash};
use almoner_views::catch_up;

/// What the ledger does, without its speed: one command after the other, all kept for the oracle.
pub struct History {
    ledger: String,
    pub state: State,
    pub today: Date,
    /// Every event so far.
    pub events: Vec<Recorded>,
    /// How many of them are in the store.
    appended: usize,
    tree: TileBuilder,
    key: SigningKey,
}

/// An event and its record.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub position: u64,
    pub effective_on: Date,
    pub time: i64,
    pub event: Event,
}

/// 2024-01-01T00:00:00Z; each record comes a minute after the one before.
pub const BEGINNING: i64 = 1_704_067_200_000;

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

impl History {
    pub fn new(ledger: &str, today: &str) -> Self {
        Self {
            ledger: ledger.to_owned(),
            state: State::default(),
            today: date(today),
            events: Vec::new(),
            appended: 0,
            tree: TileBuilder::new(),
            key: SigningKey::new(&format!("almoner/{ledger}"), [7; 32]).unwrap(),
        }
    }

    /// The position of the last record.
    pub fn last(&self) -> u64 {
        self.events.len() as u64
    }

    /// Decides a command; returns the positions of its records.
    pub fn submit(&mut self, kind: &str, on: Date, data: &str) -> Result<Vec<u64>, Refusal> {
        let command = Command::read(kind, &on.to_string(), data)?;
        let original = command.refers_to().and_then(|position| self.original(position));
        let context = Context { today: self.today, original, actor: "clerk:1" };
        let events = decide(&self.state, &command, context)?;
        Ok(events.into_iter().map(|event| self.add(on, event)).collect())
    }

    /// Decides a command that must be accepted; returns the position of its last record.
    pub fn must(&mut self, kind: &str, on: &str, data: &str) -> u64 {
        match self.submit(kind, date(on), data) {
            Ok(positions) => positions.last().copied().unwrap(),
            Err(refusal) => panic!("{kind} is refused: {refusal}\n{data}"),
        }
    }

    fn original(&self, position: u64) -> Option<Original<'_>> {
        let index = usize::try_from(position.checked_sub(1)?).ok()?;
        let found = self.events.get(index)?;
        Some(Original { position, effective_on: found.effective_on, event: &found.event })
    }

    fn add(&mut self, effective_on: Date, event: Event) -> u64 {
        let position = self.last() + 1;
        self.state.evolve(position, effective_on, &event);
        let time = BEGINNING + 60_000 * position as i64;
        self.events.push(Recorded { position, effective_on, time, event });
        position
    }

    /// Appends what is not in the store yet.
    pub async fn append(&mut self, store: &Store) {
        while self.appended < self.events.len() {
            let until = self.events.len().min(self.appended + 2_000);
            let records = self.events[self.appended..until].iter();
            let records = records.map(|recorded| recorded.encode(&self.ledger)).collect();
            self.append_bytes(store, records).await;
            self.appended = until;
        }
    }

    /// Appends, and brings the views to the end.
    pub async fn append_and_catch_up(&mut self, store: &Store) {
        self.append(store).await;
        assert_eq!(catch_up(store).await.unwrap(), self.last());
    }

    /// Appends records as they are. What is collected must be in the store.
    pub async fn append_bytes(&mut self, store: &Store, records: Vec<Vec<u8>>) {
        let first = self.tree.size() + 1;
        let (mut bytes, mut ends, mut tiles) = (Vec::new(), Vec::new(), Vec::new());
        let mut commands = Vec::new();
        for (position, record) in (first..).zip(records) {
            self.tree.append(leaf_hash(&record), &mut tiles);
            bytes.extend_from_slice(&record);
            ends.push(bytes.len());
            let (key, digest) = (CommandKey::of(&command_id(position)), CommandDigest([1; 16]));
            commands.push(CommandEntry { key, digest, first: position, last: position });
        }
        let (size, root) = (self.tree.size(), self.tree.root());
        let checkpoint = Checkpoint::new(self.key.name(), size, root).sign(&self.key).unwrap();
        let batch = Batch { first, bytes, ends, tiles, commands, checkpoint, size, root };
        store.append_durably(&batch).await.unwrap();
    }
}

impl Recorded {
    fn encode(&self, ledger: &str) -> Vec<u8> {
        let mut data = Vec::new();
        self.event.encode(&mut data);
        let (subject, data) = (self.event.subject(), String::from_utf8(data).unwrap());
        encode(ledger, self.position, self.event.kind(), &subject, self.effective_on, &data)
    }

    /// Which record this one reverses.
    pub fn reverses(&self) -> Option<u64> {
        match &self.event {
            Event::ReversalRecorded(reversed) => Some(reversed.position),
            _ => None,
        }
    }
}

/// The bytes of a record.
pub fn encode(
    ledger: &str,
    position: u64,
    kind: &str,
    subject: &str,
    on: Date,
    data: &str,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let record = Record {
        position,
        ledger,
        kind,
        subject,
        time: Millis(BEGINNING + 60_000 * position as i64),
        effective_date: &on.to_string(),
        command_id: &command_id(position),
        command_digest: CommandDigest([1; 16]),
        actor: "clerk:017",
        data,
    };
    record.encode(&mut bytes).unwrap();
    bytes
}

fn command_id(position: u64) -> String {
    format!("k-{position}")
}
