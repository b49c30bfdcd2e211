//! `almoner audit replay`: what the log adds up to, by nobody's word.

use std::io::Write;

use almoner_audit::{Replay, ReplayTo, Source, replay};
use almoner_domain::date::Date;
use almoner_domain::money::Money;
use serde_json::json;

use super::compare::{Outcome, compare};
use super::{Audited, Bar};
use crate::arrears::class;
use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
pub struct Command {
    #[command(flatten)]
    audited: Audited,
    /// Stop after this position
    #[arg(long, value_name = "POSITION")]
    at: Option<u64>,
    /// Also work out what is overdue on this date
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Also hold every row of the store's views against the log
    #[arg(long, conflicts_with_all = ["at", "bundle"])]
    compare: bool,
}

/// Replays a log and prints what it adds up to. Books that do not balance are a failed check.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let source = command.audited.source(settings).await?;
    let to = ReplayTo { position: command.at, arrears_on: command.as_of };
    let bar = Bar::new();
    let replayed = replay(&source, to, &mut bar.progress()).await?;
    drop(bar);
    let compared = match &source {
        Source::Store(store) if command.compare => Some(compare(store).await?),
        _ => None,
    };
    let sum = replayed.trial_balance();
    if settings.json {
        write_json(&as_json(&replayed, to, sum, compared.as_ref()))?;
    } else {
        let mut text = text(&replayed, to, sum, settings.language);
        if let Some(compared) = &compared {
            text.push_str(&format!("\n{}", compared.text(settings.language)));
        }
        write!(std::io::stdout(), "{text}")?;
    }
    if sum.is_zero() {
        let differs = compared.is_some_and(|compared| !compared.is_good());
        return Ok(if differs { Exit::Refused } else { Exit::Done });
    }
    Err(Failure::refused(format!("the books do not balance: their sum is {sum}")))
}

fn as_json(
    replayed: &Replay,
    to: ReplayTo,
    sum: Money,
    compared: Option<&Outcome>,
) -> serde_json::Value {
    let balances: Vec<_> = replayed
        .balances()
        .map(|(account, pot, amount)| {
            json!({
                "account": account.code(),
                "fund": pot.fund,
                "source": pot.source,
                "purpose": pot.purpose,
                "amount": amount,
            })
        })
        .collect();
    let mut answer = json!({
        "position": replayed.position(),
        "recorded": replayed.recorded().map(|time| time.to_string()),
        "balances": balances,
        "sum": sum,
    });
    if let (Some(on), Some(fields)) = (to.arrears_on, answer.as_object_mut()) {
        fields.insert("on".into(), json!(on));
        fields.insert("arrears".into(), json!(replayed.arrears()));
    }
    if let (Some(compared), Some(fields)) = (compared, answer.as_object_mut()) {
        fields.insert("compared".into(), json!(compared));
    }
    answer
}

fn text(replayed: &Replay, to: ReplayTo, sum: Money, language: Language) -> String {
    let position = replayed.position();
    let recorded = replayed.recorded().map(|time| time.to_string()).unwrap_or_default();
    let mut table = Table::new(&[
        Column::text(language.say("account", "科目")),
        Column::text(language.say("fund", "资金")),
        Column::text(language.say("source", "来源")),
        Column::text(language.say("for", "用途")),
        Column::number(language.say("balance", "余额")),
    ]);
    let name = |id: &Option<almoner_domain::id::Id>| {
        id.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    for (account, pot, amount) in replayed.balances() {
        let code = account.code().to_owned();
        table.row([code, name(&pot.fund), name(&pot.source), name(&pot.purpose), yuan(amount)]);
    }
    let total = language.say("sum", "合计").to_owned();
    table.row([total, String::new(), String::new(), String::new(), yuan(sum)]);
    let told = match language {
        Language::En => format!("replayed up to position {position}, recorded {recorded}"),
        Language::Zh => format!("已重放至记录号 {position}，入账时间 {recorded}"),
    };
    let mut text = format!("{told}\n{table}\n");
    if let Some(on) = to.arrears_on {
        text.push_str(&format!("\n{}", arrears(replayed, on, language)));
    }
    text
}

fn arrears(replayed: &Replay, on: Date, language: Language) -> String {
    let loans = replayed.arrears();
    if loans.is_empty() {
        return match language {
            Language::En => format!("nothing is overdue on {on}\n"),
            Language::Zh => format!("{on} 没有逾期\n"),
        };
    }
    let mut table = Table::new(&[
        Column::text(language.say("loan", "贷款")),
        Column::text(language.say("programme", "项目")),
        Column::number(language.say("principal overdue", "逾期本金")),
        Column::number(language.say("interest overdue", "逾期利息")),
        Column::text(language.say("since", "逾期起")),
        Column::number(language.say("days", "天数")),
        Column::text(language.say("class", "五级分类")),
    ]);
    for loan in loans {
        table.row([
            loan.loan.to_string(),
            loan.programme.to_string(),
            yuan(loan.principal),
            yuan(loan.interest),
            loan.since.to_string(),
            loan.days.to_string(),
            class(loan.class, language).to_owned(),
        ]);
    }
    let told = match language {
        Language::En => format!("overdue on {on}"),
        Language::Zh => format!("{on} 逾期情况"),
    };
    format!("{told}\n{table}\n")
}
