//! `almoner journal`: the events in the order of the log, each with its entry.

use std::io::{self, Write};

use almoner_domain::account::Account;
use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_views::{JournalEvent, JournalFilter, JournalPosting};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::yuan;

/// How many events are fetched at a time.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Only events that post to this account, as assets:fund_bank
    #[arg(long, value_name = "CODE", value_parser = read_account)]
    account: Option<Account>,
    /// Only events that post to this fund
    #[arg(long, value_name = "FUND")]
    fund: Option<Id>,
    /// Only events about this, as loan/L-1, fund/F-1, programme/P-1
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// Only events effective on this date or later
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Only events effective on this date or earlier
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// Only events after this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    after: u64,
    /// At most so many events
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u64>,
    #[command(flatten)]
    when: When,
}

const AFTER_HELP: &str = "\
With --json one event a line. Debits are positive, credits negative; the lines of an entry sum to zero.";

/// Prints the journal, page by page.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let filter = JournalFilter {
        account: command.account,
        fund: command.fund.clone(),
        subject: command.subject.clone(),
        from: command.from,
        to: command.to,
    };
    // Pages of a log that grows meanwhile are still of one log.
    let mut as_of = question.as_of;
    let mut after = command.after;
    let mut left = command.limit.unwrap_or(u64::MAX);
    while left > 0 {
        let page = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        let journal = almoner_views::journal(&question.store, as_of, &filter, after, page).await?;
        as_of.position = Some(journal.position);
        left -= journal.events.len() as u64;
        let mut text = Vec::new();
        for event in &journal.events {
            if settings.json {
                serde_json::to_writer(&mut text, event).map_err(io::Error::from)?;
                text.push(b'\n');
            } else {
                write_event(&mut text, event, settings.language)?;
            }
        }
        io::stdout().write_all(&text)?;
        match journal.next {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(Exit::Done)
}

fn write_event(out: &mut Vec<u8>, event: &JournalEvent, language: Language) -> io::Result<()> {
    let JournalEvent { position, effective_on, kind, subject, actor, .. } = event;
    write!(out, "{position}  {effective_on}  {kind}  {subject}  {actor}")?;
    let texts = [&event.document, &event.reason];
    for text in texts.into_iter().flatten() {
        write!(out, "  {text}")?;
    }
    if let Some(reversed) = event.reverses {
        write!(out, "  ({} {reversed})", language.say("reverses", "冲销"))?;
    }
    if let Some(by) = event.reversed_at {
        write!(out, "  ({} {by})", language.say("reversed at", "已冲销于"))?;
    }
    writeln!(out)?;
    for posting in &event.postings {
        let JournalPosting { account, fund, source, purpose, amount } = posting;
        let pot: Vec<&str> =
            [fund, source, purpose].into_iter().flatten().map(Id::as_str).collect();
        writeln!(out, "    {account:<34} {:>18}  {}", yuan(*amount), pot.join(" / "))?;
    }
    Ok(())
}

fn read_account(code: &str) -> Result<Account, String> {
    Account::from_code(code).ok_or_else(|| {
        let codes: Vec<&str> = Account::ALL.iter().map(|account| account.code()).collect();
        format!("there is no such account; there are {}", codes.join(", "))
    })
}
