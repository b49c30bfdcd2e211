//! Building: from the log to rows, batch by batch.

use almoner_domain::event::Event;
use almoner_log::{Record, Store};

use crate::ViewsError;
use crate::balances::Balances;
use crate::error::BadRecord;
use crate::rows::{Changes, Recorded};
use crate::set::{self, Stage, VERSION, ViewSet};
use crate::snapshot::sql_position;
use crate::table::values;
use crate::write::write;

/// How many records one transaction takes in. In SQLite the ledger cannot append meanwhile, so it must
/// not take long.
const BATCH: u32 = 1_000;

/// Brings the views to the end of the log; returns the position that they have reached.
///
/// The first call makes them. After an update of the program that changes what rows hold, a new set is
/// built beside the old one and takes its place at the end. May be dropped at any time, and called by
/// many at once: rows are written once.
///
/// # Errors
/// When a record cannot be taken in (the views stay at the one before it), the views were made by a
/// newer program, or the database fails.
pub async fn catch_up(store: &Store) -> Result<u64, ViewsError> {
    Builder::new(store).catch_up().await
}

/// Makes the views anew from the whole log, beside those that answer meanwhile, and lets the new ones
/// answer when they have come as far. Returns the position that they have reached.
///
/// A rebuild that was broken off goes on where it stopped.
///
/// # Errors
/// As [`catch_up`].
pub async fn rebuild(store: &Store) -> Result<u64, ViewsError> {
    if set::find(store.database(), store.ledger(), Stage::Current).await?.is_none() {
        return catch_up(store).await;
    }
    Builder::new(store).rebuild().await
}

/// Up to which position the views have come that are to answer next: those that a rebuild makes while
/// it runs, or else the ones that answer now. For showing how far a rebuild is.
///
/// # Errors
/// When the database fails.
pub async fn built_up_to(store: &Store) -> Result<u64, ViewsError> {
    for stage in [Stage::Building, Stage::Current] {
        if let Some(set) = set::find(store.database(), store.ledger(), stage).await? {
            return Ok(set.position);
        }
    }
    Ok(0)
}

/// Builds the set that is to answer, and knows between two calls where it was.
#[derive(Debug)]
pub(crate) struct Builder<'a> {
    store: &'a Store,
    /// The set in work; forgotten when anything fails or another builder was first.
    loaded: Option<(ViewSet, Balances)>,
}

/// How one batch went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Batch {
    /// Its rows are committed.
    Done,
    /// There are no more records.
    EndOfLog,
    /// Another builder was first, or the set is out of use.
    Overtaken,
}

impl<'a> Builder<'a> {
    pub fn new(store: &'a Store) -> Self {
        Self { store, loaded: None }
    }

    /// As the function [`catch_up`].
    pub async fn catch_up(&mut self) -> Result<u64, ViewsError> {
        loop {
            let (set, balances) = match self.loaded.take() {
                Some(loaded) => loaded,
                None => self.load().await?,
            };
            if let Some(loaded) = self.fill(set, balances).await? {
                let position = loaded.0.position;
                if loaded.0.stage == Stage::Current {
                    self.loaded = Some(loaded);
                    return Ok(position);
                }
                self.switch_over(&loaded.0).await?;
            }
        }
    }

    /// As the function [`rebuild`], when there is something to build beside.
    async fn rebuild(&self) -> Result<u64, ViewsError> {
        let (database, ledger) = (self.store.database(), self.store.ledger());
        let mut number = None;
        loop {
            // Somebody else may work on the same set and have finished it.
            let current = set::find(database, ledger, Stage::Current).await?;
            if let Some(done) = current.filter(|current| Some(current.number) == number) {
                return Ok(done.position);
            }
            let set = self.building().await?;
            number = Some(set.number);
            let balances = Balances::load(database, set.number).await?;
            if let Some((set, _)) = self.fill(set, balances).await?
                && self.switch_over(&set).await?
            {
                return Ok(set.position);
            }
        }
    }

    /// The set to work on: the current one, or when it is older than this program, the next one.
    async fn load(&self) -> Result<(ViewSet, Balances), ViewsError> {
        let (database, ledger) = (self.store.database(), self.store.ledger());
        set::delete_retired(database, ledger).await?;
        let mut set = set::find_or_create(database, ledger, Stage::Current).await?;
        if set.version > VERSION {
            return Err(ViewsError::OtherVersion { found: set.version, own: VERSION });
        }
        if set.version < VERSION {
            set = self.building().await?;
        }
        let balances = Balances::load(database, set.number).await?;
        Ok((set, balances))
    }

    /// The set that grows beside the current one; one of another version is given up.
    async fn building(&self) -> Result<ViewSet, ViewsError> {
        let (database, ledger) = (self.store.database(), self.store.ledger());
        loop {
            let set = set::find_or_create(database, ledger, Stage::Building).await?;
            if set.version == VERSION {
                return Ok(set);
            }
            set::retire(database, &set).await?;
        }
    }

    async fn switch_over(&self, built: &ViewSet) -> Result<bool, ViewsError> {
        let (database, ledger) = (self.store.database(), self.store.ledger());
        let switched = set::switch_over(database, ledger, built).await?;
        if switched {
            set::delete_retired(database, ledger).await?;
        }
        Ok(switched)
    }

    /// Takes in all records that the log has. `None` when another builder was first.
    async fn fill(
        &self,
        mut set: ViewSet,
        mut balances: Balances,
    ) -> Result<Option<(ViewSet, Balances)>, ViewsError> {
        loop {
            match self.take_in(&mut set, &mut balances).await? {
                Batch::Done => {}
                Batch::EndOfLog => return Ok(Some((set, balances))),
                Batch::Overtaken => return Ok(None),
            }
        }
    }

    /// Takes in the next batch of records: their rows and the new position in one transaction.
    async fn take_in(
        &self,
        set: &mut ViewSet,
        balances: &mut Balances,
    ) -> Result<Batch, ViewsError> {
        let records = self.store.read(set.position + 1, BATCH).await?;
        if records.is_empty() {
            return Ok(Batch::EndOfLog);
        }
        let mut changes = Changes::new(set.number, balances);
        let mut reached = set.position;
        for (position, bytes) in records.iter() {
            match read_record(self.store, position, bytes) {
                Ok(record) => changes.add(&record),
                Err(source) if reached == set.position => {
                    return Err(ViewsError::Record { position, source });
                }
                // What stands before the bad record is taken in first.
                Err(_) => break,
            }
            reached = position;
        }
        let steps = changes.finish();

        let mut transaction = self.store.database().begin().await?;
        // Whoever moves the position on first writes the rows; this also keeps others out until the end.
        let advance = "UPDATE view_set SET position = $3
                       WHERE number = $1 AND position = $2 AND stage <> 'retired'";
        let values = values![set.number, sql_position(set.position), sql_position(reached)];
        if transaction.execute(advance, &values).await? == 0 {
            return Ok(Batch::Overtaken);
        }
        write(&mut transaction, set.number, &steps).await?;
        transaction.commit().await?;
        set.position = reached;
        Ok(Batch::Done)
    }
}

/// Reads the event of a record that must stand at a position of the store's ledger.
fn read_record<'r>(
    store: &Store,
    position: u64,
    bytes: &'r [u8],
) -> Result<Recorded<'r>, BadRecord> {
    let record = Record::decode(bytes)?;
    if record.position != position || record.ledger != store.ledger() {
        let (ledger, position) = (record.ledger.to_owned(), record.position);
        return Err(BadRecord::Elsewhere { ledger, position });
    }
    Ok(Recorded {
        position: sql_position(position),
        effective_on: record.effective_date.parse().map_err(BadRecord::Date)?,
        time: record.time.0,
        subject: record.subject,
        actor: record.actor,
        event: Event::decode(record.kind, record.data)?,
    })
}
