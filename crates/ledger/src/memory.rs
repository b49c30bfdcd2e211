//! What the writer holds in memory: the state, the tree, the keys; loaded from a snapshot and the tail.

use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::state::State;
use almoner_log::{CommandKey, Millis, Record, Store};
use almoner_proof::{TileBuilder, VerifierKey, open_note};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::LedgerError;
use crate::keys::{KeyFilter, Keys};
use crate::signer::{Signer, SignerError};

/// The number of the snapshots' form. It goes up with every change of what a snapshot holds; snapshots
/// of another number are left alone, and the log is replayed instead.
const SNAPSHOT_FORMAT: u32 = 8;

/// How many records are read at a time while the tail is replayed.
const READ: u32 = 5_000;

/// Everything that the writer knows.
pub struct Memory {
    pub(crate) state: State,
    pub(crate) tree: TileBuilder,
    pub(crate) keys: Keys,
    pub(crate) last_time: Millis,
}

/// What a snapshot holds: all but the tree, which the log's tiles give back.
#[derive(Serialize, Deserialize)]
struct Snapshot<State, Filter> {
    state: State,
    filter: Filter,
    last_time: i64,
}

impl Memory {
    /// The position of the last record taken in.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.tree.size()
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Loads the newest snapshot that the key vouches for, and replays the records after it.
    ///
    /// # Errors
    /// When the log cannot be read, or holds a record that this program does not understand.
    pub async fn load(store: &Store, key: &VerifierKey) -> Result<Self, LedgerError> {
        let tree = store.resume_tiles().await?;
        let size = tree.size();
        let snapshot = store.newest_snapshot(SNAPSHOT_FORMAT).await?;
        let usable = snapshot.and_then(|(position, bytes)| {
            let snapshot = read_snapshot(position, &bytes, key).filter(|_| position <= size);
            if snapshot.is_none() {
                tracing::warn!(
                    position,
                    "the snapshot cannot be used; the log is replayed instead"
                );
            }
            snapshot.map(|snapshot| (position, snapshot))
        });
        let (mut position, mut state, mut filter, mut last_time) = match usable {
            Some((position, snapshot)) => {
                (position, snapshot.state, snapshot.filter, snapshot.last_time)
            }
            None => (0, State::default(), KeyFilter::default(), i64::MIN),
        };
        while position < size {
            let records = store.read(position + 1, READ).await?;
            for (at, bytes) in records.iter().take_while(|(at, _)| *at <= size) {
                last_time = replay(at, bytes, &mut state, &mut filter)?.0;
                position = at;
            }
            if records.is_empty() {
                let problem = "it is missing".into();
                return Err(LedgerError::Replay { position: position + 1, problem });
            }
        }
        Ok(Self { state, tree, keys: Keys::of(filter), last_time: Millis(last_time) })
    }

    /// The snapshot of this moment, signed.
    pub(crate) fn snapshot(&self, signer: &Signer) -> Result<Vec<u8>, SnapshotError> {
        let snapshot = Snapshot {
            state: &self.state,
            filter: self.keys.filter(),
            last_time: self.last_time.0,
        };
        let body = postcard::to_allocvec(&snapshot)?;
        let note = signer.sign_text(&snapshot_text(self.position(), &body))?;
        let mut bytes = u32::try_from(note.len()).unwrap_or_default().to_be_bytes().to_vec();
        bytes.extend_from_slice(note.as_bytes());
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// The format under which [`Memory::snapshot`] is kept.
    pub(crate) const fn snapshot_format() -> u32 {
        SNAPSHOT_FORMAT
    }
}

/// Why a snapshot cannot be made. The ledger goes on without it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// The state cannot be written.
    #[error("the state cannot be written")]
    Form(#[from] postcard::Error),
    /// It cannot be signed.
    #[error("the snapshot cannot be signed")]
    Signer(#[from] SignerError),
}

/// Takes one record in; gives its recorded time.
fn replay(
    position: u64,
    bytes: &[u8],
    state: &mut State,
    filter: &mut KeyFilter,
) -> Result<Millis, LedgerError> {
    let fail = |problem: String| LedgerError::Replay { position, problem };
    let record = Record::decode(bytes).map_err(|error| fail(error.to_string()))?;
    let event = Event::decode(record.kind, record.data).map_err(|error| fail(error.to_string()))?;
    let effective_on: Date = record
        .effective_date
        .parse()
        .map_err(|error: almoner_domain::date::BadDate| fail(error.to_string()))?;
    state.evolve(position, effective_on, &event);
    filter.insert(CommandKey::of(record.command_id));
    Ok(record.time)
}

/// Reads a snapshot whose digest the ledger's key has signed: a state that someone else wrote into the
/// database decides nothing.
fn read_snapshot(
    position: u64,
    bytes: &[u8],
    key: &VerifierKey,
) -> Option<Snapshot<State, KeyFilter>> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (note, body) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let opened = open_note(std::str::from_utf8(note).ok()?, std::slice::from_ref(key)).ok()?;
    if opened.text != snapshot_text(position, body) {
        return None;
    }
    postcard::from_bytes(body).ok()
}

fn snapshot_text(position: u64, body: &[u8]) -> String {
    let digest: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("almoner snapshot format {SNAPSHOT_FORMAT}\nposition {position}\nsha256 {digest}\n")
}
