//! `almoner import`: a file of an office or a bank becomes one command, or a report of what is wrong with it.

mod subjects;
mod verdicts;

use std::io::Write;
use std::path::{Path, PathBuf};

use almoner_domain::command::{Action, Command as DomainCommand, Context, decide};
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Text};
use almoner_domain::money::Money;
use almoner_domain::refusal::Refusal;
use almoner_domain::{interest_discount, subsidy_batch};
use almoner_import::{ColumnMap, Fault, Table as Sheet, file_digest, read_bank_claim, read_roster};
use almoner_ledger::{Clock, Memory, Receipt, Submission};
use almoner_log::CommandKey;

use crate::failure::{Exit, Failure};
use crate::in_order::InOrder;
use crate::language::Language;
use crate::ledger_key;
use crate::open;
use crate::question::today;
use crate::record::DEFAULT_ACTOR;
use crate::settings::Settings;
use crate::table::{Column, Table, count, yuan};
use crate::terminal::write_json;
use subjects::Subjects;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Approve a roster of subsidies: all its lines, or none
    #[command(after_help = AFTER_HELP, override_usage = "\
almoner import roster --programme ID --batch ID --period ID
                             --effective-date DATE --document TEXT [OPTIONS] <FILE>")]
    Roster(RosterFile),
    /// File a bank's claim for interest discount: all its lines, or none
    #[command(after_help = AFTER_HELP, override_usage = "\
almoner import bank-claim --programme ID --claim ID --from DATE --to DATE
                                 --effective-date DATE --document TEXT [OPTIONS] <FILE>")]
    BankClaim(ClaimFile),
}

const AFTER_HELP: &str = "\
Files are CSV in UTF-8 or GB18030, or the first sheet of a workbook (XLSX, XLS, ODS). The row of headings may
stand below a title; a row of totals (合计) is held against the lines. Every bad cell is named by row, column,
value and reason, and then nothing is recorded. The hash of the file is part of the command's key: the same roster,
and the same file for the same claim, is recorded once, whatever it is called. That a bank's file came is recorded
with its hash even where its lines are refused; the claim rests on the last of them.

A column map names headings that are not known, and the unit where no heading says 元 or 万元:
  unit = \"ten_thousand_yuan\"
  [columns]
  amount = \"本期实发\"
The columns of a roster are number, name, household and amount; those of a claim loan, interest and discount.";

#[derive(Debug, clap::Args)]
pub struct Common {
    /// The file
    file: PathBuf,
    /// The programme
    #[arg(long, value_name = "ID")]
    programme: Id,
    /// The day for which it is true
    #[arg(long, value_name = "DATE")]
    effective_date: Date,
    /// The document that it came with
    #[arg(long, value_name = "TEXT")]
    document: Text,
    /// A column map
    #[arg(long, value_name = "FILE.toml")]
    map: Option<PathBuf>,
    /// Check everything, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Who acts: a post, never a name [default: cli]
    #[arg(long, env = "ALMONER_ACTOR", hide_env_values = true)]
    actor: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct RosterFile {
    #[command(flatten)]
    common: Common,
    /// The name of the batch
    #[arg(long, value_name = "ID")]
    batch: Id,
    /// What it is for, such as 2024-05
    #[arg(long, value_name = "ID")]
    period: Id,
    /// Who made the roster, where another must check it: a post, as for --actor
    #[arg(long, value_name = "ACTOR")]
    made_by: Option<Text>,
    /// Register of pseudonyms [default: beside the key, as FILE.subjects]
    #[arg(long, value_name = "FILE", env = "ALMONER_SUBJECTS", hide_env_values = true)]
    subjects: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct ClaimFile {
    #[command(flatten)]
    common: Common,
    /// The name of the claim
    #[arg(long, value_name = "ID")]
    claim: Id,
    /// The bank that files it
    #[arg(long, value_name = "ID")]
    bank: Option<Id>,
    /// The first day of the period
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The day after the last day of the period
    #[arg(long, value_name = "DATE")]
    to: Date,
}

/// A file that became a command.
struct Imported {
    key: String,
    action: Action,
    /// The row of the file that each line came from.
    rows: Vec<u32>,
    total: Money,
    /// Who is new to the register, to be kept before anything is recorded.
    subjects: Option<Subjects>,
    /// That the file came, which is recorded whatever becomes of its lines.
    received: Option<interest_discount::ReceiveFile>,
}

/// Imports a file.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let common = match command {
        Command::Roster(file) => &file.common,
        Command::BankClaim(file) => &file.common,
    };
    let bytes = read_file(&common.file)?;
    let sheet = table_of(&common.file, &bytes)?;
    let map = common.map.as_deref().map(read_map).transpose()?.unwrap_or_default();
    let key = file_digest(&bytes);
    let imported = match command {
        Command::Roster(file) => match read_roster(&sheet, &map) {
            Ok(roster) => file.become_command(key, roster, settings)?,
            Err(faults) => return tell_faults(&faults, settings),
        },
        Command::BankClaim(file) => match read_bank_claim(&sheet, &map) {
            Ok(claim) => file.become_command(key, claim),
            Err(faults) => return tell_faults(&faults, settings),
        },
    };
    let Imported { key, action, rows, total, subjects, received } = imported;
    let actor = common.actor.as_deref().or(settings.file.actor.as_deref()).unwrap_or(DEFAULT_ACTOR);
    let submission = |key: &str, action: Action| {
        let command = DomainCommand { effective_on: common.effective_date, action };
        Submission::new(key, actor, command)
    };
    let claim = match &action {
        Action::DiscountClaim(claim) => Some(claim.clone()),
        _ => None,
    };
    let asked = match submission(&key, action) {
        Err(refusal) => return tell_refusal(refusal, &rows, settings),
        Ok(asked) => asked,
    };
    if common.dry_run {
        if let Some(before) = recorded_before(&asked, settings).await? {
            return tell_outcome(&before, rows.len(), total, settings);
        }
        let memory = known(settings).await?;
        if let Some(claim) = claim {
            verdicts::tell(memory.state(), &claim, &rows, settings)?;
        }
        let context = Context { today: today(), original: None, actor: asked.actor() };
        return match decide(memory.state(), asked.command(), context) {
            Ok(events) => {
                tell_outcome(&Outcome::Accepted(events.len()), rows.len(), total, settings)
            }
            Err(refusal) => tell_refusal(refusal, &rows, settings),
        };
    }
    // Whether the same file came is decided by its hash, so the key only tells one attempt from the next.
    let received = received.map(|received| {
        let claim = received.claim.clone();
        move |next: u64| {
            let action = Action::DiscountReceiveFile(received);
            submission(&format!("file-{claim}-{next}"), action)
        }
    });
    let (came, outcome) = record(received, asked, subjects, settings).await?;
    match outcome {
        Ok(outcome) => tell_outcome(&outcome, rows.len(), total, settings),
        Err(refusal) => {
            if let Some(claim) = claim {
                verdicts::tell(known(settings).await?.state(), &claim, &rows, settings)?;
            }
            let exit = tell_refusal(refusal, &rows, settings)?;
            if let Some(position) = came {
                tell_came(position, settings)?;
            }
            Ok(exit)
        }
    }
}

/// Reads a file as a table.
pub fn read_table(file: &Path) -> Result<Sheet, Failure> {
    table_of(file, &read_file(file)?)
}

fn read_file(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::machine(error, format!("{} cannot be read", file.display())))
}

fn table_of(file: &Path, bytes: &[u8]) -> Result<Sheet, Failure> {
    Sheet::read(bytes).map_err(|error| {
        let problem = format!("{} is not a table that can be imported", file.display());
        Failure::Refused(anyhow::Error::new(error).context(problem))
    })
}

/// Reads a column map.
pub fn read_map(file: &Path) -> Result<ColumnMap, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::machine(error, format!("{} cannot be read", file.display())))?;
    toml::from_str(&text).map_err(|error| {
        Failure::Usage(
            anyhow::Error::new(error).context(format!("{} is no column map", file.display())),
        )
    })
}

impl RosterFile {
    fn become_command(
        &self,
        key: String,
        roster: almoner_import::Roster,
        settings: &Settings,
    ) -> Result<Imported, Failure> {
        let register = self.subjects.clone().unwrap_or_else(|| settings.subjects());
        let mut subjects = if self.common.dry_run {
            Subjects::look(&register)?
        } else {
            Subjects::open(&register)?
        };
        let mut lines = Vec::with_capacity(roster.rows.len());
        for row in &roster.rows {
            lines.push(subsidy_batch::RosterLine {
                beneficiary: subjects.pseudonym(&row.beneficiary)?,
                household: subjects.pseudonym(&row.household)?,
                amount: row.amount,
                cost: row.cost,
                months: row.months,
            });
        }
        let action = Action::BatchApprove(subsidy_batch::Approve {
            batch: self.batch.clone(),
            programme: self.common.programme.clone(),
            period: self.period.clone(),
            lines,
            total: roster.total,
            document: self.common.document.clone(),
            made_by: self.made_by.clone(),
        });
        let rows = roster.rows.iter().map(|row| row.row).collect();
        let (total, subjects) = (roster.total, Some(subjects));
        Ok(Imported { key, action, rows, total, subjects, received: None })
    }
}

impl ClaimFile {
    fn become_command(&self, key: String, claim: almoner_import::BankClaim) -> Imported {
        let (rows, lines): (Vec<u32>, Vec<_>) = claim.lines.into_iter().unzip();
        // What `file_digest` gives is the hash of a file.
        let received = key.parse().ok().map(|digest| interest_discount::ReceiveFile {
            claim: self.claim.clone(),
            programme: self.common.programme.clone(),
            bank: self.bank.clone(),
            digest,
            lines: u32::try_from(lines.len()).unwrap_or(u32::MAX),
            total: claim.total,
            document: self.common.document.clone(),
        });
        let action = Action::DiscountClaim(interest_discount::Claim {
            claim: self.claim.clone(),
            programme: self.common.programme.clone(),
            bank: self.bank.clone(),
            from: self.from,
            to: self.to,
            lines,
            total: claim.total,
            document: self.common.document.clone(),
        });
        // A file may come for another claim after the first was rejected.
        let key = format!("claim-{}-{key:.47}", self.claim);
        Imported { key, action, rows, total: claim.total, subjects: None, received }
    }
}

/// What becomes of a file.
enum Outcome {
    /// It is recorded now.
    Recorded(Receipt),
    /// The same file was recorded before, from this position on.
    RecordedBefore(u64),
    /// It would be recorded, as so many records.
    Accepted(usize),
}

/// Records that the file came, where that is asked for, and what it asks for. Gives the position of the
/// first, whenever that was recorded, and what became of the second.
async fn record(
    received: Option<impl FnOnce(u64) -> Result<Submission, Refusal>>,
    asked: Submission,
    subjects: Option<Subjects>,
    settings: &Settings,
) -> Result<(Option<u64>, Result<Outcome, Refusal>), Failure> {
    let ledger = open::ledger(settings, Clock::System).await?;
    if let Some(mut subjects) = subjects {
        subjects.keep()?;
    }
    let mut waiting = InOrder::new(&ledger);
    let mut came = None;
    if let Some(received) = received {
        let next = *ledger.durable().borrow() + 1;
        waiting.push((), received(next)).await;
        came = match waiting.pop().await?.1 {
            Err(Refusal::FileReceivedAlready { position, .. }) => Some(position),
            Ok(receipt) => Some(receipt.first),
            // What is wrong with it is wrong with the claim, too.
            Err(_) => None,
        };
    }
    waiting.push((), Ok(asked)).await;
    let ((), outcome) = waiting.pop().await?;
    drop(waiting);
    ledger.stop().await;
    let outcome = match outcome {
        Ok(receipt) if receipt.replayed => Ok(Outcome::RecordedBefore(receipt.first)),
        Ok(receipt) => Ok(Outcome::Recorded(receipt)),
        // The same file with another batch, period or day.
        Err(Refusal::KeyReused { position, .. }) => Ok(Outcome::RecordedBefore(position)),
        Err(refusal) => Err(refusal),
    };
    Ok((came, outcome))
}

/// Whether the same file was recorded before.
async fn recorded_before(
    submission: &Submission,
    settings: &Settings,
) -> Result<Option<Outcome>, Failure> {
    let store = open::store(settings).await?;
    let entry = store.find_command(CommandKey::of(submission.key())).await?;
    Ok(entry.map(|entry| Outcome::RecordedBefore(entry.first)))
}

/// What the ledger knows now.
async fn known(settings: &Settings) -> Result<Memory, Failure> {
    let store = open::store(settings).await?;
    let key = ledger_key::read(&settings.key)?;
    Ok(Memory::load(&store, &key.verifier_key()).await?)
}

fn tell_outcome(
    outcome: &Outcome,
    lines: usize,
    total: Money,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let exit = match outcome {
        Outcome::RecordedBefore(_) => Exit::Refused,
        Outcome::Recorded(_) | Outcome::Accepted(_) => Exit::Done,
    };
    if settings.json {
        let told = match outcome {
            Outcome::Recorded(receipt) => serde_json::json!({"receipt": receipt}),
            Outcome::RecordedBefore(position) => serde_json::json!({"recorded_before": position}),
            Outcome::Accepted(records) => serde_json::json!({"accepted": {"records": records}}),
        };
        write_json(&told)?;
        return Ok(exit);
    }
    let noun = if lines == 1 { "line" } else { "lines" };
    let (lines, total) = (count(lines as u64), yuan(total));
    let told = match (settings.language, outcome) {
        (Language::En, Outcome::Recorded(receipt)) => {
            let Receipt { first, last, .. } = receipt;
            format!("{lines} {noun} over {total} yuan, recorded at {first} to {last}")
        }
        (Language::Zh, Outcome::Recorded(receipt)) => {
            let Receipt { first, last, .. } = receipt;
            format!("{lines} 行共 {total} 元已入账，记录号 {first} 至 {last}")
        }
        (Language::En, Outcome::RecordedBefore(position)) => format!(
            "this very file was recorded before, at position {position}; nothing was recorded now"
        ),
        (Language::Zh, Outcome::RecordedBefore(position)) => {
            format!("同一文件此前已入账（记录号 {position}），本次未入账")
        }
        (Language::En, Outcome::Accepted(records)) => format!(
            "{lines} {noun} over {total} yuan, good for {records} records; nothing was recorded"
        ),
        (Language::Zh, Outcome::Accepted(records)) => {
            format!("{lines} 行共 {total} 元可以入账（{records} 条记录），本次仅检查")
        }
    };
    writeln!(std::io::stdout(), "{told}")?;
    Ok(exit)
}

/// Tells that the file is kept in mind, whatever became of its lines.
fn tell_came(position: u64, settings: &Settings) -> Result<(), Failure> {
    if settings.json {
        write_json(&serde_json::json!({"file_received": position}))?;
        return Ok(());
    }
    let told = match settings.language {
        Language::En => {
            format!("only that the file came is recorded, at position {position}")
        }
        Language::Zh => format!("仅登记收到文件（记录号 {position}）"),
    };
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}

/// Tells every bad cell.
pub fn tell_faults(faults: &[Fault], settings: &Settings) -> Result<Exit, Failure> {
    let language = settings.language;
    if settings.json {
        for fault in faults {
            let Fault { row, column, value, reason } = fault;
            write_json(&serde_json::json!({
                "row": row, "column": column, "value": value, "code": reason.code(),
                "english": reason.english(), "chinese": reason.chinese(),
            }))?;
        }
        return Ok(Exit::Refused);
    }
    let mut table = Table::new(&[
        Column::number(language.say("row", "行")),
        Column::text(language.say("column", "列")),
        Column::text(language.say("value", "内容")),
        Column::text(language.say("reason", "原因")),
    ]);
    for fault in faults {
        let reason = match language {
            Language::En => fault.reason.english(),
            Language::Zh => fault.reason.chinese(),
        };
        table.row([fault.row.to_string(), fault.column.clone(), fault.value.clone(), reason]);
    }
    let number = count(faults.len() as u64);
    let told = match language {
        Language::En if faults.len() == 1 => "1 fault; nothing was recorded".into(),
        Language::En => format!("{number} faults; nothing was recorded"),
        Language::Zh => format!("共 {number} 处错误，未入账"),
    };
    writeln!(std::io::stdout(), "{table}\n{told}")?;
    Ok(Exit::Refused)
}

/// Tells why the ledger refuses; lines are named by their rows in the file.
fn tell_refusal(refusal: Refusal, rows: &[u32], settings: &Settings) -> Result<Exit, Failure> {
    let refusal = match refusal {
        Refusal::Lines { lines, refused, mut listed } => {
            for (number, _) in &mut listed {
                *number = rows.get(*number - 1).map_or(*number, |row| *row as usize);
            }
            Refusal::Lines { lines, refused, listed }
        }
        refusal => refusal,
    };
    if settings.json {
        write_json(&serde_json::json!({"refusal": refusal}))?;
    } else {
        let said = settings.language.say("refused", "被拒绝");
        let text = settings.language.refusal(&refusal);
        writeln!(std::io::stdout(), "{said} [{}]: {text}", refusal.code())?;
    }
    Ok(Exit::Refused)
}
