//! `almoner funds`: where the money of the funds stands, by source and purpose.

use std::io::Write;

use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_views::{FundAnswer, FundFigures, FundLine, Funds};

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
    let funds = almoner_views::funds(&question.store, question.as_of, asked).await?;
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

const FIGURES: [Figure; 8] = [
    ("pledged", "认捐未到账", |figures| figures.pledged),
    ("received", "到账", |figures| figures.received),
    ("interest", "利息收入", |figures| figures.interest),
    ("committed", "已批未付", |figures| figures.committed),
    ("spent", "已支出", |figures| figures.spent),
    ("lent", "贷款未收回", |figures| figures.lent),
    ("bank", "存款", |figures| figures.bank),
    ("left", "可用", |figures| figures.left),
];

/// These are shown even where they are zero throughout.
const ALWAYS: [&str; 3] = ["received", "bank", "left"];

fn fund_text(fund: &FundAnswer, language: Language) -> String {
    let FundAnswer { fund: id, name, lines, total, guarantees, pledges } = fund;
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
    if !pledges.is_empty() {
        let mut table = Table::new(&[
            Column::text(language.say("pledge", "认捐")),
            Column::text(language.say("source", "来源")),
            Column::number(language.say("promised", "认捐额")),
            Column::number(language.say("received", "已到账")),
            Column::text(language.say("due on", "到期日")),
            Column::text(language.say("document", "文件")),
        ]);
        for pledge in pledges {
            table.row([
                pledge.pledge.to_string(),
                pledge.source.to_string(),
                yuan(pledge.amount),
                yuan(pledge.received),
                pledge.due_on.map(|date| date.to_string()).unwrap_or_default(),
                pledge.document.to_string(),
            ]);
        }
        text.push_str(&format!("\n{table}\n"));
    }
    text
}
