//! `almoner mortgages`: what is mortgaged for premium arrears, and what became of it.

use almoner_domain::asset_mortgage::ItemKind;
use almoner_domain::id::Pseudonym;
use almoner_views::{MortgageStage, MortgagedItem, Mortgages};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Only what this enterprise mortgaged
    #[arg(long, value_name = "PSEUDONYM")]
    enterprise: Option<Pseudonym>,
    /// Also items that are released or auctioned
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    when: When,
}

const AFTER_HELP: &str = "\
A mortgage has expired on the day of the question (that of --as-of, or of the moment of --at or --known-at,
or today) when that is after its last day; its items may then be auctioned while something is owed.
`almoner premiums` shows what is owed.";

/// Prints the items.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let Question { store, as_of, day } = &question;
    let mut mortgages = almoner_views::mortgages(store, *as_of, *day, command.enterprise).await?;
    mortgages.items.retain(|item| command.all || item.is_held());
    if settings.json {
        write_json(&mortgages)?;
        return Ok(Exit::Done);
    }
    question.answer(&text(&mortgages, settings.language), settings.language)
}

/// The items for people, mortgage by mortgage.
fn text(mortgages: &Mortgages, language: Language) -> String {
    if mortgages.items.is_empty() {
        return language.say("nothing is mortgaged\n", "没有抵押物\n").to_owned();
    }
    let same = |a: &MortgagedItem, b: &MortgagedItem| a.mortgage == b.mortgage;
    let mortgage = |items: &[MortgagedItem]| {
        let heading = items.first().map(|first| heading(first, language)).unwrap_or_default();
        format!("{heading}{}\n", table(items, language))
    };
    let parts: Vec<String> = mortgages.items.chunk_by(same).map(mortgage).collect();
    parts.join("\n")
}

fn heading(item: &MortgagedItem, language: Language) -> String {
    let MortgagedItem { mortgage, enterprise, programme, registered_on, expires_on, .. } = item;
    match language {
        Language::En => format!(
            "{mortgage}  enterprise {enterprise}, programme {programme}\n  \
             mortgaged on {registered_on}, until {expires_on}\n"
        ),
        Language::Zh => format!(
            "{mortgage}  企业 {enterprise}，项目 {programme}\n  \
             {registered_on} 抵押，{expires_on} 到期\n"
        ),
    }
}

fn table(items: &[MortgagedItem], language: Language) -> Table {
    let auctioned = items.iter().any(|item| item.stage == MortgageStage::Auctioned);
    let mut columns = vec![
        Column::text(language.say("item", "抵押物")),
        Column::text(language.say("what", "类型")),
        Column::number(language.say("valuation", "评估值")),
        Column::text(language.say("stands", "状态")),
        Column::text(language.say("since", "日期")),
    ];
    if auctioned {
        columns.push(Column::number(language.say("proceeds", "拍卖所得")));
        columns.push(Column::number(language.say("still due", "仍欠")));
    }
    // What the owner got, where nothing more was owed.
    let surplus = items.iter().any(|item| item.surplus.is_positive());
    if surplus {
        columns.push(Column::number(language.say("surplus", "退还余额")));
    }
    let mut table = Table::new(&columns);
    for item in items {
        let since = match item.stage {
            MortgageStage::Held => item.registered_on,
            MortgageStage::Expired => item.expires_on.plus_days(1),
            MortgageStage::Released | MortgageStage::Auctioned => {
                item.ended_on.unwrap_or(item.registered_on)
            }
        };
        let mut row = vec![
            item.item.to_string(),
            what(item.kind, language).to_owned(),
            yuan(item.valuation),
            stage(item.stage, language).to_owned(),
            since.to_string(),
        ];
        let is_auctioned = item.stage == MortgageStage::Auctioned;
        let amount = |amount| if is_auctioned { yuan(amount) } else { String::new() };
        if auctioned {
            row.extend([item.proceeds, item.shortfall].map(amount));
        }
        if surplus {
            row.push(amount(item.surplus));
        }
        table.row(row);
    }
    table
}

fn what(kind: ItemKind, language: Language) -> &'static str {
    match kind {
        ItemKind::Parcel => language.say("land", "土地使用权"),
        ItemKind::Building => language.say("building", "房屋"),
        ItemKind::Machine => language.say("machines", "机器设备"),
        ItemKind::Vehicle => language.say("vehicle", "交通工具"),
        ItemKind::Right => language.say("right", "质押权利"),
    }
}

fn stage(stage: MortgageStage, language: Language) -> &'static str {
    match stage {
        MortgageStage::Held => language.say("held", "在押"),
        MortgageStage::Expired => language.say("expired", "已到期"),
        MortgageStage::Released => language.say("released", "已解押"),
        MortgageStage::Auctioned => language.say("auctioned", "已拍卖"),
    }
}
