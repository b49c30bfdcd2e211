//! `almoner wages`: what employers owe their workers, and what became of it.

use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_views::{WageCase, Wages};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, count, wrapped, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Only this case, with what each worker claims and got
    case: Option<Id>,
    /// Only cases against this employer
    #[arg(long, value_name = "PSEUDONYM")]
    enterprise: Option<Pseudonym>,
    /// Also cases in which every worker is paid
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    when: When,
}

const AFTER_HELP: &str = "\
Claimed is what workers claim, recovered what came from the employer, held what of that waits to be paid to
workers, owed what the employer still owes.
The answer comes from views, which are first brought to the end of the log; --as-of asks by effective date,
--at and --known-at by what was recorded when.";

/// Prints the cases.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let asked = command.case.as_ref();
    let mut wages = almoner_views::wages(&question.store, question.as_of, asked).await?;
    if let (Some(case), []) = (asked, wages.cases.as_slice()) {
        let hint = "`almoner wages --all` lists them all";
        return Err(question.not_found(&format!("wage case {case}"), hint));
    }
    wages.cases.retain(|case| {
        let is_asked_for = asked.is_some() || command.all || !case.is_paid();
        is_asked_for && command.enterprise.is_none_or(|employer| employer == case.employer)
    });
    if settings.json {
        write_json(&wages)?;
        return Ok(Exit::Done);
    }
    let language = settings.language;
    let text = match (asked, wages.cases.as_slice()) {
        (Some(_), [case]) => one(case, language),
        _ => list(&wages, language),
    };
    question.answer(&text, language)
}

/// The cases for people, employer by employer.
fn list(wages: &Wages, language: Language) -> String {
    if wages.cases.is_empty() {
        return language.say("no wages are owed\n", "没有拖欠工资\n").to_owned();
    }
    let mut cases: Vec<&WageCase> = wages.cases.iter().collect();
    // Stable, so that the cases of an employer stay in the order of their names.
    cases.sort_by_key(|case| case.employer);
    let mut parts = Vec::new();
    for of_employer in cases.chunk_by(|a, b| a.employer == b.employer) {
        let Some(employer) = of_employer.first().map(|first| first.employer) else { continue };
        let heading = language.say("employer", "用人单位");
        parts.push(format!("{heading} {employer}\n{}\n", table(of_employer, language)));
    }
    if cases.len() > 1 {
        parts.push(sums(&cases, language));
    }
    parts.join("\n")
}

/// What several cases come to.
fn sums(cases: &[&WageCase], language: Language) -> String {
    let sum = |part: fn(&WageCase) -> Money| yuan(cases.iter().map(|case| part(case)).sum());
    let number = count(u64::try_from(cases.len()).unwrap_or(u64::MAX));
    let (claimed, recovered) = (sum(|case| case.claimed), sum(|case| case.recovered));
    let (paid, open) = (sum(|case| case.paid), sum(|case| case.open));
    let told = match language {
        Language::En => format!(
            "{number} cases: {claimed} claimed, {recovered} recovered, {paid} paid, {open} owed"
        ),
        Language::Zh => format!(
            "{number} 件：申报 {claimed} 元，追回 {recovered} 元，已发 {paid} 元，仍欠 {open} 元"
        ),
    };
    wrapped(&told, "", "  ")
}

/// One case, with its workers.
fn one(case: &WageCase, language: Language) -> String {
    let mut text = format!("{}\n", case.case);
    let mut line = |english: &str, chinese: &str, value: String| {
        text.push_str(&format!("  {}: {value}\n", language.say(english, chinese)));
    };
    line("employer", "用人单位", case.employer.to_string());
    line("filed on", "立案", case.filed_on.to_string());
    if let Some(on) = case.coordinated_on {
        line("agreement on", "协调", on.to_string());
    }
    line("claimed", "申报", yuan(case.claimed));
    line("recovered", "追回", yuan(case.recovered));
    line("paid to workers", "已发", yuan(case.paid));
    line("held for workers", "待发", yuan(case.held));
    line("owed", "仍欠", yuan(case.open));
    let mut workers = Table::new(&[
        Column::text(language.say("worker", "职工")),
        Column::number(language.say("claimed", "申报")),
        Column::number(language.say("paid", "已发")),
        Column::number(language.say("unpaid", "未发")),
    ]);
    for one in &case.workers {
        let amounts = [one.claimed, one.paid, one.unpaid].map(yuan);
        workers.row([one.worker.to_string()].into_iter().chain(amounts));
    }
    format!("{text}\n{workers}\n")
}

fn table(cases: &[&WageCase], language: Language) -> Table {
    let held = cases.iter().any(|case| case.held.is_positive());
    let mut columns = vec![
        Column::text(language.say("case", "案件")),
        Column::text(language.say("filed on", "立案")),
        Column::number(language.say("claimed", "申报")),
        Column::number(language.say("recovered", "追回")),
        Column::number(language.say("paid", "已发")),
        Column::number(language.say("owed", "仍欠")),
    ];
    if held {
        columns.insert(5, Column::number(language.say("held", "待发")));
    }
    let mut table = Table::new(&columns);
    for case in cases {
        let mut row = vec![case.case.to_string(), case.filed_on.to_string()];
        row.extend([case.claimed, case.recovered, case.paid, case.open].map(yuan));
        if held {
            row.insert(5, yuan(case.held));
        }
        table.row(row);
    }
    table
}
