//! `almoner funds`: where the money of the funds stands, by source and purpose.

use std::io::Write;

use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_views::{FundAnswer, FundFigures, FundLine, Funds, Promise, PromiseKind};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = crate::question::AFTER_HELP)]
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
    let funds =
        almoner_views::funds(&question.store, question.as_of, question.today, asked).await?;
    if let (Some(fund), []) = (asked, funds.funds.as_slice()) {
        return Err(question.not_found(&format!("fund {fund}"), "`almoner funds` lists them all"));
    }
    if settings.json {
        write_json(&funds)?;
        return Ok(Exit::Done);
    }
    let language = settings.language;
    let mut out = std::io::stdout().lock();
    if let Some(told) = question.told(language) {
        writeln!(out, "{told}\n")?;
    }
    write!(out, "{}", text(&funds, language))?;
    Ok(Exit::Done)
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
            text.push_str(&format!("\n{}\n", promises_table(name, &of_kind, language)));
        }
    }
    text
}

fn promises_table(name: &str, promises: &[&Promise], language: Language) -> Table {
    let withdrawn = promises.iter().any(|promise| promise.withdrawn.is_positive());
    let mut columns = vec![
        Column::text(name),
        Column::text(language.say("source", "来源")),
        Column::number(language.say("promised", "应到额")),
        Column::number(language.say("due by now", "已到期")),
        Column::number(language.say("received", "已到账")),
        Column::number(language.say("short", "未到位")),
        Column::text(language.say("due on", "到期日")),
        Column::text(language.say("document", "文件")),
    ];
    if withdrawn {
        columns.insert(5, Column::number(language.say("given up", "已放弃")));
    }
    let mut table = Table::new(&columns);
    for promise in promises {
        let short = promise.due - promise.received - promise.withdrawn;
        let mut row = vec![
            promise.promise.to_string(),
            promise.source.to_string(),
            yuan(promise.amount),
            yuan(promise.due),
            yuan(promise.received),
            yuan(short.or_zero()),
            promise.due_on.map(|date| date.to_string()).unwrap_or_default(),
            promise.document.to_string(),
        ];
        if withdrawn {
            row.insert(5, yuan(promise.withdrawn));
        }
        table.row(row);
    }
    table
}
