//! `almoner funds`: where the money of the funds stands, by source and purpose.

use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_views::{FundAnswer, FundFigures, FundLine, Funds, Promise, PromiseKind};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, wrapped, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = crate::question::AFTER_HELP_WITH_DAY)]
pub struct Command {
    /// Only this fund
    fund: Option<Id>,
    #[command(flatten)]
    when: When,
}

/// Prints the funds.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let asked = command.fund.as_ref();
    let funds = almoner_views::funds(&question.store, question.as_of, question.day, asked).await?;
    if let (Some(fund), []) = (asked, funds.funds.as_slice()) {
        return Err(question.not_found(&format!("fund {fund}"), "`almoner funds` lists them all"));
    }
    if settings.json {
        write_json(&funds)?;
        return Ok(Exit::Done);
    }
    let language = settings.language;
    question.answer(&text(&funds, language), language)
}

/// The funds for people.
pub fn text(funds: &Funds, language: Language) -> String {
    if funds.funds.is_empty() {
        return language.say("there are no funds\n", "尚无资金\n").to_owned();
    }
    let parts: Vec<String> = funds.funds.iter().map(|fund| fund_text(fund, language)).collect();
    parts.join("\n")
}

/// A column of figures: its heading in both languages, and where it comes from.
type Figure = (&'static str, &'static str, fn(&FundFigures) -> Money);

const FIGURES: [Figure; 10] = [
    ("pledged", "认捐未到账", |figures| figures.pledged),
    ("received", "到账", |figures| figures.received),
    ("interest", "利息收入", |figures| figures.interest),
    ("committed", "已批未付", |figures| figures.committed),
    ("spent", "已支出", |figures| figures.spent),
    ("lent", "贷款未收回", |figures| figures.lent),
    ("advanced", "预拨贴息", |figures| figures.advanced),
    ("compensated", "代偿净额", |figures| figures.compensated),
    ("bank", "存款", |figures| figures.bank),
    ("left", "可用", |figures| figures.left),
];

/// These are shown even where they are zero throughout.
const ALWAYS: [&str; 3] = ["received", "bank", "left"];

fn fund_text(fund: &FundAnswer, language: Language) -> String {
    let FundAnswer { fund: id, name, lines, total, guarantees, promises } = fund;
    let mut text = format!("{id}  {name}\n");
    let is_shown = |(name, _, figure): &&Figure| {
        ALWAYS.contains(name) || lines.iter().any(|line| !figure(&line.figures).is_zero())
    };
    let shown: Vec<&Figure> = FIGURES.iter().filter(is_shown).collect();
    let mut columns = vec![
        Column::text(language.say("source", "来源")),
        Column::text(language.say("for", "用途")),
    ];
    columns.extend(shown.iter().map(|(en, zh, _)| Column::number(language.say(en, zh))));
    let mut table = Table::new(&columns);
    for FundLine { source, purpose, figures } in lines {
        let purpose = purpose.as_ref().map_or_else(
            || language.say("not allocated", "未分配").to_owned(),
            ToString::to_string,
        );
        let amounts = shown.iter().map(|(.., figure)| yuan(figure(figures)));
        table.row([source.to_string(), purpose].into_iter().chain(amounts));
    }
    let amounts = shown.iter().map(|(.., figure)| yuan(figure(total)));
    let total = [language.say("total", "合计").to_owned(), String::new()];
    table.row(total.into_iter().chain(amounts));
    text.push_str(&format!("{table}\n"));

    if let Some(guarantees) = guarantees {
        let mut table = Table::new(&[
            Column::number(language.say("multiplier", "放大倍数")),
            Column::number(language.say("guaranteed", "担保责任余额")),
            Column::number(language.say("committed", "承诺担保")),
            Column::number(language.say("can still guarantee", "可新增担保")),
        ]);
        table.row([
            guarantees.multiplier.to_string(),
            yuan(guarantees.liability),
            yuan(guarantees.commitments),
            yuan(guarantees.free),
        ]);
        text.push_str(&format!("\n{table}\n"));
    }
    for (kind, name) in [
        (PromiseKind::Pledge, language.say("pledge", "认捐")),
        (PromiseKind::AllocationDocument, language.say("allocation document", "指标文")),
        (PromiseKind::MatchingFund, language.say("matching duty", "配套资金")),
    ] {
        let of_kind: Vec<_> = promises.iter().filter(|promise| promise.kind == kind).collect();
        if !of_kind.is_empty() {
            text.push_str(&format!("\n{}", promises_text(name, &of_kind, language)));
        }
    }
    text
}

/// The promises of a kind: their amounts as a table, and below it who gave each by which document, for that can be
/// long.
fn promises_text(name: &str, promises: &[&Promise], language: Language) -> String {
    let any = |has: fn(&Promise) -> bool| promises.iter().any(|promise| has(promise));
    let has_days = any(|promise| promise.due_on.is_some());
    let has_withdrawn = any(|promise| promise.withdrawn.is_positive());
    let has_returned = any(|promise| promise.returned.is_positive());
    let mut columns = vec![Column::text(name), Column::number(language.say("promised", "应到额"))];
    if has_days {
        columns.push(Column::text(language.say("due on", "到期日")));
        columns.push(Column::number(language.say("due by now", "已到期")));
    }
    columns.push(Column::number(language.say("received", "已到账")));
    if has_withdrawn {
        columns.push(Column::number(language.say("given up", "已放弃")));
    }
    columns.push(Column::number(language.say("short", "未到位")));
    if has_returned {
        columns.push(Column::number(language.say("sent back", "已上缴")));
    }
    let mut table = Table::new(&columns);
    let mut notes = String::new();
    for promise in promises {
        let short = promise.due - promise.received - promise.withdrawn;
        let mut row = vec![promise.promise.to_string(), yuan(promise.amount)];
        if has_days {
            row.push(promise.due_on.map(|date| date.to_string()).unwrap_or_default());
            row.push(yuan(promise.due));
        }
        row.push(yuan(promise.received));
        if has_withdrawn {
            row.push(yuan(promise.withdrawn));
        }
        row.push(yuan(short.or_zero()));
        if has_returned {
            row.push(yuan(promise.returned));
        }
        table.row(row);
        notes.push_str(&wrapped(&note(promise, language), "  ", "    "));
    }
    format!("{table}\n{notes}")
}

/// Who gives what was promised, for what, by which document, and what of it is carried over.
fn note(promise: &Promise, language: Language) -> String {
    let Promise { promise: name, source, purpose, year, document, carried, .. } = promise;
    let mut parts = vec![match language {
        Language::En => format!("{name}: from {source}"),
        Language::Zh => format!("{name}：来源 {source}"),
    }];
    if let Some(purpose) = purpose {
        parts.push(format!("{} {purpose}", language.say("for", "用于")));
    }
    if let Some(year) = year {
        parts.push(match language {
            Language::En => format!("budget year {year}"),
            Language::Zh => format!("{year} 年度预算"),
        });
    }
    if let Some(carried) = carried {
        let (amount, year) = (yuan(carried.amount), carried.year);
        parts.push(match language {
            Language::En => format!("{amount} carried over out of {year}"),
            Language::Zh => format!("{year} 年结转 {amount} 元"),
        });
    }
    parts.push(document.to_string());
    parts.join(language.say(", ", "，"))
}
