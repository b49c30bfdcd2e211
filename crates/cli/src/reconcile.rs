//! `almoner reconcile`: the money of a fund held against a statement of its bank or the treasury (对账).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use almoner_domain::account::Account;
use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_import::{StatementLine, read_bank_statement};
use almoner_views::{AsOf, JournalEvent, JournalFilter};
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::import::{read_map, read_table, tell_faults};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, count, yuan};
use crate::terminal::write_json;

/// How many events are fetched at a time.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// The statement: CSV (UTF-8 or GB18030) or a workbook
    file: PathBuf,
    /// The fund whose account it is
    #[arg(long, value_name = "FUND")]
    fund: Id,
    /// By how many days the ledger and the bank may date a movement apart
    #[arg(long, value_name = "DAYS", default_value_t = 5, value_parser = clap::value_parser!(i32).range(0..=60))]
    days: i32,
    /// A column map
    #[arg(long, value_name = "FILE.toml")]
    map: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
A roster that the treasury paid in one sum is one movement. What was reversed by the last day of the
statement is left out, with its reversal. Exit code 1 when a movement stands on one side only or the balances differ by more.";

/// Money that moved in the ledger.
#[derive(Clone, Debug, Serialize)]
struct Movement {
    /// The position of its last record.
    position: u64,
    on: Date,
    amount: Money,
    /// What it is about.
    subject: String,
    document: Option<String>,
}

/// Both sides held against each other.
#[derive(Debug, Serialize)]
struct Reconciled {
    fund: Id,
    from: Date,
    to: Date,
    /// Movements that stand on both sides.
    matched: usize,
    /// In the statement and not in the ledger.
    only_in_statement: Vec<Line>,
    /// In the ledger and not in the statement.
    only_in_ledger: Vec<Movement>,
    /// The last balance that the statement says.
    statement_balance: Option<Money>,
    /// What the fund has in the bank on the last day by the ledger.
    ledger_balance: Money,
    /// What the movements of one side do not explain of the difference of the balances.
    unexplained: Option<Money>,
}

#[derive(Debug, Serialize)]
struct Line {
    row: u32,
    on: Date,
    amount: Money,
    reference: String,
}

/// Prints what stands on one side only.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let sheet = read_table(&command.file)?;
    let map = command.map.as_deref().map(read_map).transpose()?.unwrap_or_default();
    let statement = match read_bank_statement(&sheet, &map) {
        Ok(statement) => statement,
        Err(faults) => return tell_faults(&faults, settings),
    };
    let days = statement.lines.iter().map(|line| line.on);
    // A statement that was read has a line.
    let (Some(from), Some(to)) = (days.clone().min(), days.max()) else { return Ok(Exit::Done) };
    let question = Question::open(&When::default(), settings).await?;
    let as_of = AsOf { effective: Some(to), ..question.as_of };
    let funds =
        almoner_views::funds(&question.store, as_of, question.day, Some(&command.fund)).await?;
    let Some(fund) = funds.funds.first() else {
        let hint = "`almoner funds` lists the funds";
        return Err(question.not_found(&format!("fund {}", command.fund), hint));
    };
    let movements = movements(&question, &command.fund, from.plus_days(-command.days), to).await?;
    let reconciled = reconcile(command, (from, to), &statement.lines, movements, fund.total.bank);
    if settings.json {
        write_json(&reconciled)?;
    } else {
        writeln!(std::io::stdout(), "{}", reconciled.text(settings.language))?;
    }
    Ok(if reconciled.agrees() { Exit::Done } else { Exit::Refused })
}

/// What moved in the account of a fund, rosters in one sum.
async fn movements(
    question: &Question,
    fund: &Id,
    from: Date,
    to: Date,
) -> Result<Vec<Movement>, Failure> {
    let filter = JournalFilter {
        account: Some(Account::FundBank),
        fund: Some(fund.clone()),
        from: Some(from),
        to: Some(to),
        ..JournalFilter::default()
    };
    let mut as_of = question.as_of;
    let mut after = Some(0);
    let mut events = Vec::new();
    while let Some(position) = after {
        let page = almoner_views::journal(&question.store, as_of, &filter, position, PAGE).await?;
        as_of.position = Some(page.position);
        after = page.next;
        events.extend(page.events);
    }
    // A mistake that is reversed by then moved nothing; one that is reversed later still stands in the balance.
    let reversed: BTreeSet<u64> = events.iter().filter_map(|event| event.reverses).collect();
    let mut movements: Vec<Movement> = Vec::new();
    let mut rosters: BTreeMap<(String, Date), usize> = BTreeMap::new();
    for event in events {
        let (position, on, amount) = (event.position, event.effective_on, moved(&event, fund));
        if reversed.contains(&position) || event.reverses.is_some() {
            continue;
        }
        let roster = roster(&event);
        let known = roster.clone().and_then(|batch| rosters.get(&(batch, on)));
        if let Some(movement) = known.and_then(|index| movements.get_mut(*index)) {
            movement.amount += amount;
            movement.position = position;
            continue;
        }
        let subject = match roster {
            Some(batch) => {
                let subject = format!("batch/{batch}");
                rosters.insert((batch, on), movements.len());
                subject
            }
            None => event.subject,
        };
        let document = event.document.map(|document| document.to_string());
        movements.push(Movement { position, on, amount, subject, document });
    }
    movements.retain(|movement| !movement.amount.is_zero());
    Ok(movements)
}

/// What an event moved in the account of the fund.
fn moved(event: &JournalEvent, fund: &Id) -> Money {
    let of_account = event.postings.iter().filter(|posting| {
        posting.account == Account::FundBank.code() && posting.fund.as_ref() == Some(fund)
    });
    of_account.map(|posting| posting.amount).sum()
}

/// The batch of a subsidy that came in one: its name is `BATCH.1`.
fn roster(event: &JournalEvent) -> Option<String> {
    let subsidy =
        event.subject.strip_prefix("subsidy/").filter(|_| event.kind == "subsidy.paid.v1")?;
    let (batch, line) = subsidy.rsplit_once('.')?;
    line.bytes().all(|byte| byte.is_ascii_digit()).then(|| batch.to_owned())
}

/// Finds for each line of the statement the movement of the same amount that is nearest to it: first one whose
/// document the line names, then by day.
fn reconcile(
    command: &Command,
    (from, to): (Date, Date),
    lines: &[StatementLine],
    movements: Vec<Movement>,
    ledger_balance: Money,
) -> Reconciled {
    let mut open: Vec<Option<Movement>> = movements.into_iter().map(Some).collect();
    let mut only_in_statement = Vec::new();
    for line in lines {
        let distance = |movement: &Movement| {
            let named = movement.document.as_ref().is_some_and(|it| line.reference.contains(it));
            (!named, line.on.days_until(movement.on).abs())
        };
        let candidates = open.iter_mut().filter(|movement| {
            movement.as_ref().is_some_and(|movement| {
                movement.amount == line.amount && distance(movement).1 <= command.days
            })
        });
        match candidates.min_by_key(|movement| movement.as_ref().map(distance)) {
            Some(found) => *found = None,
            None => only_in_statement.push(Line {
                row: line.row,
                on: line.on,
                amount: line.amount,
                reference: line.reference.clone(),
            }),
        }
    }
    let matched = lines.len() - only_in_statement.len();
    // What is older than the statement stood in the one before.
    let only_in_ledger: Vec<_> =
        open.into_iter().flatten().filter(|movement| movement.on >= from).collect();
    let newest_first = lines.first().map(|line| line.on) > lines.last().map(|line| line.on);
    let last = if newest_first { lines.first() } else { lines.last() };
    let statement_balance = last.and_then(|line| line.balance);
    let unexplained = statement_balance.map(|statement| {
        let theirs: Money = only_in_statement.iter().map(|line| line.amount).sum();
        let ours: Money = only_in_ledger.iter().map(|movement| movement.amount).sum();
        statement - ledger_balance - theirs + ours
    });
    Reconciled {
        fund: command.fund.clone(),
        from,
        to,
        matched,
        only_in_statement,
        only_in_ledger,
        statement_balance,
        ledger_balance,
        unexplained,
    }
}

impl Reconciled {
    fn agrees(&self) -> bool {
        self.only_in_statement.is_empty()
            && self.only_in_ledger.is_empty()
            && self.unexplained.is_none_or(Money::is_zero)
    }

    fn text(&self, language: Language) -> String {
        let Self { fund, from, to, .. } = self;
        let matched = count(self.matched as u64);
        let mut text = match language {
            Language::En => {
                format!("{fund}, {from} to {to}: {matched} movements stand on both sides\n")
            }
            Language::Zh => format!("{fund}，{from} 至 {to}：{matched} 笔一致\n"),
        };
        let mut table = Table::new(&[
            Column::text(language.say("only in", "单方记录")),
            Column::number(language.say("row / position", "行号/记录号")),
            Column::text(language.say("date", "日期")),
            Column::number(language.say("amount", "金额")),
            Column::text(language.say("what", "内容")),
        ]);
        let statement = language.say("statement", "对账单");
        for Line { row, on, amount, reference } in &self.only_in_statement {
            let what = reference.clone();
            table.row([statement.into(), row.to_string(), on.to_string(), yuan(*amount), what]);
        }
        let ledger = language.say("ledger", "台账");
        for Movement { position, on, amount, subject, document } in &self.only_in_ledger {
            let what = [Some(subject), document.as_ref()];
            let what = what.into_iter().flatten().cloned().collect::<Vec<_>>().join("  ");
            table.row([ledger.into(), position.to_string(), on.to_string(), yuan(*amount), what]);
        }
        if !(self.only_in_statement.is_empty() && self.only_in_ledger.is_empty()) {
            text.push_str(&format!("\n{table}\n"));
        }
        let ours = yuan(self.ledger_balance);
        text.push_str(&match (language, self.statement_balance) {
            (Language::En, None) => {
                format!("\nbalance in the ledger on {to}: {ours}; the statement says none")
            }
            (Language::Zh, None) => format!("\n{to} 台账余额 {ours} 元；对账单未载明余额"),
            (Language::En, Some(theirs)) => {
                format!(
                    "\nbalance in the ledger on {to}: {ours}, by the statement: {}",
                    yuan(theirs)
                )
            }
            (Language::Zh, Some(theirs)) => {
                format!("\n{to} 台账余额 {ours} 元，对账单余额 {} 元", yuan(theirs))
            }
        });
        if let Some(unexplained) = self.unexplained.filter(|amount| !amount.is_zero()) {
            let amount = yuan(unexplained);
            text.push_str(&match language {
                Language::En => format!("; {amount} of the difference comes from before {from}"),
                Language::Zh => format!("；差额中 {amount} 元源于 {from} 之前"),
            });
        }
        text
    }
}
