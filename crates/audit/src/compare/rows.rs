//! What the rows of the views must be, derived from the log.

use almoner_domain::account::{Account, Books, Pot};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;

use super::loan_rows::LoanRows;
use super::subsidy_rows::SubsidyRows;
use super::{Tally, once_rows};

/// What must be known of the past to derive rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    books: Books,
    loans: LoanRows,
    subsidies: SubsidyRows,
}

impl Rows {
    /// Takes an event in. Rows that it makes and that later events hardly change go to the tally at once.
    pub(super) fn take_in(&mut self, position: u64, on: Date, event: &Event, tally: &mut Tally) {
        let entry = event.entry();
        self.books.post(&entry, on.year());
        let (document, reason) = event.document_and_reason();
        let (subject, kind) = (event.subject(), event.kind());
        for (line, posting) in (1..).zip(entry.postings()) {
            let account = account_fields(posting.account, &posting.pot);
            let (document, reason) = (optional(document), optional(reason));
            let amount = posting.amount;
            let text =
                format!("{on}\t{account}\t{amount}\t{kind}\t{subject}\t{document}\t{reason}");
            tally.add("entry", &format!("{position}\t{line}"), &text);
        }
        self.loans.take_in(position, on, event, tally);
        self.subsidies.take_in(position, on, event);
        once_rows::take_in(position, on, event, tally);
    }

    /// Hands over the rows that only the end settles.
    pub(super) fn finish(self, tally: &mut Tally) {
        for (account, pot, amount) in self.books.balances() {
            tally.add("balance", &account_fields(account, pot), &amount.to_string());
        }
        self.loans.finish(tally);
        self.subsidies.finish(tally);
    }
}

/// The text of something that may be absent.
pub(super) fn optional<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn account_fields(account: Account, pot: &Pot) -> String {
    let part = |id: &Option<Id>| optional(id.as_ref());
    let (fund, source, purpose) = (part(&pot.fund), part(&pot.source), part(&pot.purpose));
    format!("{}\t{fund}\t{source}\t{purpose}", account.code())
}
