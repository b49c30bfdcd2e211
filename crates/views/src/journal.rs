//! The journal: events with their entries, in the order of the log.

use almoner_domain::account::Account;
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Text};
use almoner_domain::money::Money;
use almoner_log::{Millis, Row, Store, Value};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::balances::account_and_pot;
use crate::snapshot::{AsOf, Bounds, Snapshot, date, money, named, position, sql_position};

/// Which events a journal shows. Every part that is given narrows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// Only events that post to this account.
    pub account: Option<Account>,
    /// Only events that post to this fund.
    pub fund: Option<Id>,
    /// Only events about this, as `loan/L-1`.
    pub subject: Option<String>,
    /// Only events that are effective on this day or later.
    pub from: Option<Date>,
    /// Only events that are effective on this day or earlier.
    pub to: Option<Date>,
}

/// A page of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The events in the order of the log.
    pub events: Vec<JournalEvent>,
    /// Where the next page begins, if there is one: to be handed in as `after`.
    pub next: Option<u64>,
}

/// An event and its entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEvent {
    /// The position of its record.
    pub position: u64,
    /// The date for which it is true.
    pub effective_on: Date,
    /// When the ledger learnt it.
    pub recorded: String,
    /// Its type, as `loan.repaid.v1`.
    pub kind: String,
    /// What it is about, as `loan/L-1`.
    pub subject: String,
    /// Who gave the command.
    pub actor: String,
    /// The document that it rests on.
    pub document: Option<Text>,
    /// Its reason.
    pub reason: Option<Text>,
    /// The position of the record that it reverses.
    pub reverses: Option<u64>,
    /// The position of the record that reverses it.
    pub reversed_at: Option<u64>,
    /// The lines of its entry, which sum to zero; none where no money, promise or burden moved.
    pub postings: Vec<JournalPosting>,
}

/// A line of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPosting {
    /// The code of the account.
    pub account: String,
    /// The fund.
    pub fund: Option<Id>,
    /// The source within the fund.
    pub source: Option<Id>,
    /// The programme that the money is for.
    pub purpose: Option<Id>,
    /// Debit (positive) or credit (negative).
    pub amount: Money,
}

/// A page of the journal: at most `limit` events after the position `after` (0 at the beginning).
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn journal(
    store: &Store,
    as_of: AsOf,
    filter: &JournalFilter,
    after: u64,
    limit: u32,
) -> Result<Journal, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let (sql, values) = query(&snapshot, filter, bounds, after, limit);
    let rows = snapshot.rows(&sql, &values).await?;

    let mut events: Vec<JournalEvent> = Vec::new();
    for row in &rows {
        let at = position(row.integer(0)?)?;
        if events.last().is_none_or(|last| last.position != at) {
            events.push(read_event(row, bounds)?);
        }
        if let (Some(event), Some(_)) = (events.last_mut(), row.optional_text(10)?) {
            let (account, pot) = account_and_pot(row, 10)?;
            event.postings.push(JournalPosting {
                account: account.code().to_owned(),
                fund: pot.fund,
                source: pot.source,
                purpose: pot.purpose,
                amount: money(row, 14)?,
            });
        }
    }
    // One more than was asked for tells whether there is a next page.
    let next = if events.len() > limit as usize {
        events.truncate(limit as usize);
        events.last().map(|last| last.position)
    } else {
        None
    };
    Ok(Journal { position: snapshot.known(as_of), events, next })
}

/// The statement for a page: first its positions, then everything that stands at them.
fn query(
    snapshot: &Snapshot,
    filter: &JournalFilter,
    bounds: Bounds,
    after: u64,
    limit: u32,
) -> (String, Vec<Value>) {
    let mut values = vec![snapshot.set.into(), sql_position(after).into(), bounds.position.into()];
    let mut place = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let limit = place((i64::from(limit) + 1).into());
    let mut conditions = String::new();
    let last_day = filter.to.map_or(bounds.day, |to| bounds.day.min(to.day_number().into()));
    conditions += &format!(" AND page.effective_on <= {}", place(last_day.into()));
    if let Some(from) = filter.from {
        conditions += &format!(" AND page.effective_on >= {}", place(from.day_number().into()));
    }
    // The account and fund of an entry are those of its balance.
    let mut of_balance = String::new();
    if let Some(account) = filter.account {
        of_balance += &format!(" AND account = {}", place(account.code().into()));
    }
    if let Some(fund) = &filter.fund {
        of_balance += &format!(" AND fund = {}", place(fund.as_str().into()));
    }
    let table = if of_balance.is_empty() { "event" } else { "entry" };
    if !of_balance.is_empty() {
        conditions += &format!(
            " AND page.balance IN (SELECT number FROM balance WHERE view_set = $1{of_balance})"
        );
    }
    if let Some(subject) = &filter.subject {
        let subject = place(subject.as_str().into());
        conditions += &match table {
            "event" => format!(" AND page.subject = {subject}"),
            _ => format!(
                " AND page.position IN (
                      SELECT position FROM event WHERE view_set = $1 AND subject = {subject})"
            ),
        };
    }
    let sql = format!(
        "SELECT event.position, event.effective_on, event.recorded_time, event.kind, event.subject,
                event.actor, event.document, event.reason, event.reverses, event.reversed_at,
                balance.account, balance.fund, balance.source, balance.purpose, entry.amount
         FROM (SELECT DISTINCT page.position FROM {table} AS page
               WHERE page.view_set = $1 AND page.position > $2 AND page.position <= $3{conditions}
               ORDER BY page.position LIMIT {limit}) AS page
         JOIN event ON event.view_set = $1 AND event.position = page.position
         LEFT JOIN entry ON entry.view_set = $1 AND entry.position = page.position
         LEFT JOIN balance ON balance.view_set = $1 AND balance.number = entry.balance
         ORDER BY event.position, entry.line"
    );
    (sql, values)
}

fn read_event(row: &Row, bounds: Bounds) -> Result<JournalEvent, ViewsError> {
    let reversed_at = row.optional_integer(9)?.filter(|at| *at <= bounds.position);
    Ok(JournalEvent {
        position: position(row.integer(0)?)?,
        effective_on: date(row.integer(1)?)?,
        recorded: Millis(row.integer(2)?).to_string(),
        kind: row.text(3)?.to_owned(),
        subject: row.text(4)?.to_owned(),
        actor: row.text(5)?.to_owned(),
        document: row.optional_text(6)?.map(named).transpose()?,
        reason: row.optional_text(7)?.map(named).transpose()?,
        reverses: row.optional_integer(8)?.map(position).transpose()?,
        reversed_at: reversed_at.map(position).transpose()?,
        postings: Vec::new(),
    })
}
