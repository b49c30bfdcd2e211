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
use crate::table::values;

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
    let next = if events.len() > limit as usize {
        events.truncate(limit as usize);
        events.last().map(|last| last.position)
    } else {
        None
    };
    Ok(Journal { position: snapshot.known(as_of), events, next })
}

/// The statement for a page: first its positions, then everything that stands at them.
///
/// `CROSS JOIN` makes SQLite, which keeps no statistics here, take the tables in the order of the text.
fn query(
    snapshot: &Snapshot,
    filter: &JournalFilter,
    bounds: Bounds,
    after: u64,
    limit: u32,
) -> (String, Vec<Value>) {
    // One more than was asked for tells whether there is a next page.
    let limit = i64::from(limit) + 1;
    let mut values = values![snapshot.set, sql_position(after), bounds.position, limit].to_vec();
    let page = page(filter, bounds, &mut values);
    let sql = format!(
        "SELECT event.position, event.effective_on, event.recorded_time, event.kind, event.subject,
                event.actor, event.document, event.reason, event.reverses, event.reversed_at,
                balance.account, balance.fund, balance.source, balance.purpose, entry.amount
         FROM ({page}) AS page CROSS JOIN event
         LEFT JOIN entry ON entry.view_set = $1 AND entry.position = event.position
         LEFT JOIN balance ON balance.view_set = $1 AND balance.number = entry.balance
         WHERE event.view_set = $1 AND event.position = page.position
         ORDER BY event.position, entry.line"
    );
    (sql, values)
}

/// The statement for the positions of a page: at most `$4` after `$2` up to `$3` in the set `$1`.
fn page(filter: &JournalFilter, bounds: Bounds, values: &mut Vec<Value>) -> String {
    let mut place = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let last_day = filter.to.map_or(bounds.day, |to| bounds.day.min(to.day_number().into()));
    let mut counts = format!(
        "one.view_set = $1 AND one.position > $2 AND one.effective_on <= {}",
        place(last_day.into())
    );
    if let Some(from) = filter.from {
        counts += &format!(" AND one.effective_on >= {}", place(from.day_number().into()));
    }
    // The account and fund of an entry are those of its balance.
    let mut of_balance = String::new();
    if let Some(account) = filter.account {
        of_balance += &format!(" AND balance.account = {}", place(account.code().into()));
    }
    if let Some(fund) = &filter.fund {
        of_balance += &format!(" AND balance.fund = {}", place(fund.as_str().into()));
    }
    match &filter.subject {
        Some(subject) => {
            counts += &format!(" AND one.subject = {}", place(subject.as_str().into()));
            if !of_balance.is_empty() {
                counts += &posting_to(&of_balance);
            }
            page_of_events(&counts)
        }
        None if of_balance.is_empty() => page_of_events(&counts),
        None => page_of_balances(&counts, &of_balance),
    }
}

fn page_of_events(counts: &str) -> String {
    format!(
        "SELECT one.position FROM event AS one WHERE {counts} AND one.position <= $3
         ORDER BY one.position LIMIT $4"
    )
}

/// The condition that an event posts to one of some balances.
fn posting_to(of_balance: &str) -> String {
    format!(
        " AND EXISTS (
            SELECT entry.line FROM entry CROSS JOIN balance
            WHERE entry.view_set = $1 AND entry.position = one.position
              AND balance.view_set = $1 AND balance.number = entry.balance{of_balance})"
    )
}

/// Of each balance no more positions are read than a page can hold, so that a page costs the same in
/// a long log as in a short one: `last` says for each up to where these go.
fn page_of_balances(counts: &str, of_balance: &str) -> String {
    format!(
        "WITH last AS MATERIALIZED (
             SELECT balance.number, coalesce((
                 SELECT DISTINCT one.position FROM entry AS one
                 WHERE {counts} AND one.balance = balance.number AND one.position <= $3
                 ORDER BY one.position LIMIT 1 OFFSET $4), $3) AS position
             FROM balance WHERE balance.view_set = $1{of_balance}),
         lines AS MATERIALIZED (
             SELECT one.position FROM last CROSS JOIN entry AS one
             WHERE {counts} AND one.balance = last.number AND one.position <= last.position)
         SELECT DISTINCT position FROM lines ORDER BY position LIMIT $4"
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::{empty_views, plan};

    #[tokio::test]
    async fn every_page_is_found_by_indexes() {
        let (_directory, mut snapshot) = empty_views().await;
        let bounds = snapshot.bounds(AsOf::default()).unwrap();
        let fund = Some("F".parse().unwrap());
        let subject = Some("loan/L-1".to_owned());
        let from = Some(Date::FIRST);
        let account = Some(Account::FundBank);
        let all = JournalFilter::default();
        let (by_position, by_balance, by_subject) = (
            "SEARCH one USING PRIMARY KEY (view_set=? AND position>?",
            "SEARCH one USING COVERING INDEX entry_of_balance (view_set=? AND balance=?",
            "SEARCH one USING INDEX event_of_subject (view_set=? AND subject=?",
        );
        for (filter, by) in [
            (all.clone(), by_position),
            (JournalFilter { from, ..all.clone() }, by_position),
            (JournalFilter { fund: fund.clone(), ..all.clone() }, by_balance),
            (JournalFilter { fund: fund.clone(), from, ..all.clone() }, by_balance),
            (JournalFilter { account, ..all.clone() }, by_balance),
            (JournalFilter { subject: subject.clone(), ..all.clone() }, by_subject),
            (JournalFilter { subject, fund, account, from, to: from }, by_subject),
        ] {
            let (sql, values) = query(&snapshot, &filter, bounds, 0, 50);
            let steps = plan(&mut snapshot, &sql, &values).await;
            let mut looked = steps.iter().filter(|step| step.contains(" one "));
            assert!(looked.all(|step| step.starts_with(by)), "{filter:?}: {steps:#?}");
        }
    }
}
