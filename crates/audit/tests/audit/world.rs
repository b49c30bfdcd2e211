//! A log for tests: commands decided by the domain, records appended to a real store.

use almoner_audit::Source;
use almoner_domain::command::{Command, Context, decide};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::state::{Original, State};
use almoner_log::{Batch, CommandDigest, CommandEntry, CommandKey, Millis, Record, Store};
use almoner_proof::{Checkpoint, SigningKey, TileBuilder, VerifierKey, leaf_hash};

pub const LEDGER: &str = "test";

/// The last day of every test: nothing is recorded after it.
/// Who asks.
pub const ACTOR: &str = "clerk:017";

pub const TODAY: &str = "2026-01-31";

/// A ledger, its signer, and what the writer knows of it.
pub struct World {
    pub store: Store,
    pub key: SigningKey,
    pub state: State,
    /// Every event with its effective date, by position.
    pub events: Vec<(Date, Event)>,
    /// The checkpoint after each batch.
    pub checkpoints: Vec<String>,
    tree: TileBuilder,
    waiting: Vec<(CommandEntry, Vec<Vec<u8>>)>,
    time: i64,
    // Removed when the test ends.
    folder: tempfile::TempDir,
}

impl World {
    /// An empty ledger in a new SQLite file.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        Self::at(url, folder).await
    }

    /// An empty ledger in a new PostgreSQL database.
    pub async fn postgres() -> Self {
        let url = almoner_test_servers::shared_postgres().unwrap().create_database().unwrap();
        Self::at(url, tempfile::tempdir().unwrap()).await
    }

    async fn at(url: String, folder: tempfile::TempDir) -> Self {
        Self {
            store: Store::create(&url, LEDGER).await.unwrap(),
            key: key(),
            state: State::default(),
            events: Vec::new(),
            checkpoints: Vec::new(),
            tree: TileBuilder::new(),
            waiting: Vec::new(),
            time: 1_769_800_000_000,
            folder,
        }
    }

    pub fn source(&self) -> Source {
        Source::Store(self.store.clone())
    }

    pub fn verifier(&self) -> VerifierKey {
        self.key.verifier_key()
    }

    /// A folder for the test's own files.
    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub fn size(&self) -> u64 {
        self.events.len() as u64
    }

    /// Decides a command; its records wait for [`World::commit`]. False when it is refused.
    pub fn try_command(&mut self, date: &str, kind: &str, data: &str) -> bool {
        let command = Command::read(kind, date, data).unwrap();
        let original = command.refers_to().and_then(|position| {
            let (effective_on, event) = self.events.get(usize::try_from(position).ok()? - 1)?;
            Some(Original { position, effective_on: *effective_on, event })
        });
        let context = Context { today: TODAY.parse().unwrap(), original, actor: ACTOR };
        let Ok(events) = decide(&self.state, &command, context) else { return false };
        self.record(date, &command, events);
        true
    }

    /// Records a command with events that nobody decided.
    pub fn forge(&mut self, date: &str, kind: &str, data: &str, events: Vec<Event>) {
        let command = Command::read(kind, date, data).unwrap();
        self.record(date, &command, events);
    }

    fn record(&mut self, date: &str, command: &Command, events: Vec<Event>) {
        let key = format!("command-{}", self.events.len());
        let digest = CommandDigest::of(&command.canonical_form());
        self.time += 1234;
        let first = self.size() + 1;
        let mut records = Vec::new();
        for event in events {
            let position = self.size() + 1;
            records.push(self.encode(position, date, &key, digest, &event));
            self.state.evolve(position, command.effective_on, &event);
            self.events.push((command.effective_on, event));
        }
        let last = self.size();
        self.waiting
            .push((CommandEntry { key: CommandKey::of(&key), digest, first, last }, records));
    }

    /// As [`World::try_command`], for commands that are good.
    pub fn command(&mut self, date: &str, kind: &str, data: &str) {
        assert!(self.try_command(date, kind, data), "{kind} is refused: {data}");
    }

    fn encode(
        &self,
        position: u64,
        date: &str,
        key: &str,
        digest: CommandDigest,
        event: &Event,
    ) -> Vec<u8> {
        let mut data = Vec::new();
        event.encode(&mut data);
        let record = Record {
            position,
            ledger: LEDGER,
            kind: event.kind(),
            subject: &event.subject(),
            time: Millis(self.time),
            effective_date: date,
            command_id: key,
            command_digest: digest,
            actor: ACTOR,
            data: std::str::from_utf8(&data).unwrap(),
        };
        let mut bytes = Vec::new();
        record.encode(&mut bytes).unwrap();
        bytes
    }

    /// Appends everything that waits as one batch.
    pub async fn commit(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let first = self.tree.size() + 1;
        let (mut bytes, mut ends, mut tiles, mut commands) =
            <(Vec<u8>, Vec<_>, Vec<_>, Vec<_>)>::default();
        for (command, records) in self.waiting.drain(..) {
            commands.push(command);
            for record in records {
                bytes.extend_from_slice(&record);
                ends.push(bytes.len());
                self.tree.append(leaf_hash(&record), &mut tiles);
            }
        }
        let (size, root) = (self.tree.size(), self.tree.root());
        let checkpoint = sign(&self.key, size, root);
        self.checkpoints.push(checkpoint.clone());
        let batch = Batch { first, bytes, ends, tiles, commands, checkpoint, size, root };
        self.store.append_durably(&batch).await.unwrap();
    }

    /// The record at a position, as it is stored.
    pub async fn stored(&self, position: u64) -> Vec<u8> {
        let records = self.store.read(position, 1).await.unwrap();
        records.iter().next().unwrap().1.to_vec()
    }
}

/// The signer's key of every test.
pub fn key() -> SigningKey {
    SigningKey::new(&format!("almoner/{LEDGER}"), [7; 32]).unwrap()
}

pub fn sign(key: &SigningKey, size: u64, root: almoner_proof::Hash) -> String {
    Checkpoint::new(key.name(), size, root).sign(key).unwrap()
}

/// For tests that do not look at progress.
pub fn quiet() -> impl FnMut(u64, u64) + Send {
    |_, _| {}
}
