//! Batches as a ledger makes them.

use almoner_log::{Batch, CommandDigest, CommandEntry, CommandKey, Millis, Record};
use almoner_proof::{Hash, TileBuilder, leaf_hash};

/// Makes the batches of one log, one after the other, and knows what the log then has to be.
#[derive(Clone, Default)]
pub struct Maker {
    pub tree: TileBuilder,
    pub records: Vec<Vec<u8>>,
    /// The root after each record.
    pub roots: Vec<Hash>,
}

impl Maker {
    pub fn size(&self) -> u64 {
        self.records.len() as u64
    }

    /// The next batch: `commands` commands of `records_each` records.
    pub fn batch(&mut self, commands: usize, records_each: usize) -> Batch {
        let mut batch = self.empty_batch();
        for _ in 0..commands {
            let first = self.size() + 1;
            for _ in 0..records_each {
                self.add(&mut batch, record(self.size() + 1, first));
            }
            batch.commands.push(entry(first, self.size()));
        }
        batch
    }

    /// The next batch, of these bytes.
    pub fn batch_of(&mut self, records: Vec<Vec<u8>>) -> Batch {
        let mut batch = self.empty_batch();
        for record in records {
            self.add(&mut batch, record);
        }
        batch
    }

    fn empty_batch(&self) -> Batch {
        Batch {
            first: self.size() + 1,
            bytes: Vec::new(),
            ends: Vec::new(),
            tiles: Vec::new(),
            commands: Vec::new(),
            checkpoint: String::new(),
            size: 0,
            root: [0; 32],
        }
    }

    fn add(&mut self, batch: &mut Batch, record: Vec<u8>) {
        self.tree.append(leaf_hash(&record), &mut batch.tiles);
        batch.bytes.extend_from_slice(&record);
        batch.ends.push(batch.bytes.len());
        self.records.push(record);
        self.roots.push(self.tree.root());
        batch.size = self.size();
        batch.root = self.tree.root();
        batch.checkpoint = format!("the note of {}", self.size());
    }
}

/// The record at a position, of the command that begins at `first`: the same in every run.
pub fn record(position: u64, first: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let command_id = command_id(first);
    let data = format!(r#"{{"number":{position},"text":"某某"}}"#);
    let record = Record {
        position,
        ledger: "411700",
        kind: "loan.disbursed.v1",
        subject: "loan/L-2002-0007",
        time: Millis(1_032_487_200_000),
        effective_date: "2002-09-20",
        command_id: &command_id,
        command_digest: CommandDigest::of(command_id.as_bytes()),
        actor: "clerk:017",
        data: &data,
    };
    record.encode(&mut bytes).unwrap();
    bytes
}

/// The entry of the command whose records are `first` to `last`.
pub fn entry(first: u64, last: u64) -> CommandEntry {
    let command_id = command_id(first);
    let digest = CommandDigest::of(command_id.as_bytes());
    CommandEntry { key: CommandKey::of(&command_id), digest, first, last }
}

fn command_id(first: u64) -> String {
    format!("command-{first}")
}
