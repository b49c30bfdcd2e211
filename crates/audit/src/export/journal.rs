//! A journal while it is written: what hledger's and beancount's have in common.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use almoner_domain::account::{Account, Books, Pot};
use almoner_domain::date::Date;
use almoner_domain::event::Event;

use super::{ExportError, JournalFormat, beancount, file_error, hledger};

/// The currency of all amounts.
pub(super) const CURRENCY: &str = "CNY";

/// A journal that grows by one transaction after the other.
pub(super) struct Journal {
    format: JournalFormat,
    path: PathBuf,
    out: BufWriter<File>,
    totals: Totals,
}

/// What stands at the end of a journal.
#[derive(Default)]
pub(super) struct Totals {
    pub books: Books,
    /// The first effective date of each account and pot.
    pub first_used: BTreeMap<(Account, Pot), Date>,
    /// The last effective date of all.
    pub last: Option<Date>,
}

impl Journal {
    pub(super) fn create(
        format: JournalFormat,
        folder: &Path,
        ledger: &str,
    ) -> Result<Self, ExportError> {
        let (name, header) = match format {
            JournalFormat::Hledger => ("journal.hledger", hledger::header(ledger)),
            JournalFormat::Beancount => ("journal.beancount", beancount::header(ledger)),
        };
        let path = folder.join(name);
        let file = File::create(&path).map_err(|error| file_error(&path, error))?;
        let out = BufWriter::with_capacity(1 << 20, file);
        let mut journal = Self { format, path, out, totals: Totals::default() };
        journal.write(&header)?;
        Ok(journal)
    }

    /// Adds the transaction of a record, if it posts anything.
    pub(super) fn add(
        &mut self,
        position: u64,
        effective_on: Date,
        event: &Event,
    ) -> Result<(), ExportError> {
        let entry = event.entry();
        if entry.postings().is_empty() {
            return Ok(());
        }
        let text = match self.format {
            JournalFormat::Hledger => hledger::transaction(position, effective_on, event, &entry),
            JournalFormat::Beancount => {
                beancount::transaction(position, effective_on, event, &entry)
            }
        };
        self.write(&text)?;
        let totals = &mut self.totals;
        totals.books.post(&entry, effective_on.year());
        totals.last = totals.last.max(Some(effective_on));
        for posting in entry.postings() {
            let key = (posting.account, posting.pot.clone());
            let first = totals.first_used.entry(key).or_insert(effective_on);
            *first = (*first).min(effective_on);
        }
        Ok(())
    }

    /// Writes the balances.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        let text = match self.format {
            JournalFormat::Hledger => hledger::closing(&self.totals),
            JournalFormat::Beancount => beancount::closing(&self.totals),
        };
        self.write(&text)?;
        self.out.flush().map_err(|error| file_error(&self.path, error))
    }

    fn write(&mut self, text: &str) -> Result<(), ExportError> {
        self.out.write_all(text.as_bytes()).map_err(|error| file_error(&self.path, error))
    }
}

impl Totals {
    /// The balance of every account and pot that was ever used, zero included.
    pub(super) fn balances(
        &self,
    ) -> impl Iterator<Item = (Account, &Pot, almoner_domain::money::Money)> {
        self.first_used
            .keys()
            .map(|(account, pot)| (*account, pot, self.books.balance(*account, pot)))
    }
}
