//! `almoner discounts`: how far the interest discounts of programmes are.

use std::collections::BTreeMap;
use std::io::Write;

use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_domain::interest_discount::{DiscountStanding, standings};
use almoner_ledger::Memory;

use crate::audit::PublicKey;
use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::open;
use crate::question::today;
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Only this programme
    programme: Option<Id>,
    /// The day before which discounts accrue [default: today]
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    #[command(flatten)]
    key: PublicKey,
}

const AFTER_HELP: &str = "\
Accrued is what has run up by the rules on days that nobody has claimed for. Claimed is filed and waits, approved
waits for payment, paid includes what came back later. It is told as the ledger knows it now; `almoner loan` tells
about one loan for any day.";

/// Prints the figures.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let to = command.to.unwrap_or_else(today);
    let store = open::store(settings).await?;
    let memory = Memory::load(&store, &command.key.read(false, settings)?).await?;
    let mut all = standings(memory.state(), to);
    if let Some(programme) = &command.programme {
        if memory.state().programme_version(programme, 1).is_none() {
            let hint = "`almoner discounts` lists those that discount interest";
            let problem = format!("there is no programme {programme}");
            return Err(Failure::refused_with_hint(problem, hint));
        }
        all.retain(|name, _| name == programme);
    }
    if settings.json {
        write_json(&serde_json::json!({"to": to, "programmes": all}))?;
        return Ok(Exit::Done);
    }
    write!(std::io::stdout(), "{}", text(&all, to, settings.language))?;
    Ok(Exit::Done)
}

fn text(all: &BTreeMap<Id, DiscountStanding>, to: Date, language: Language) -> String {
    if all.is_empty() {
        return language.say("there are no discounts\n", "尚无贴息\n").to_owned();
    }
    let mut table = Table::new(&[
        Column::text(language.say("programme", "项目")),
        Column::number(language.say("accrued", "已计未申报")),
        Column::number(language.say("claimed", "已申报")),
        Column::number(language.say("approved", "已批准")),
        Column::number(language.say("paid", "已支付")),
        Column::number(language.say("returned", "已退回")),
    ]);
    for (programme, standing) in all {
        let DiscountStanding { accrued, claimed, approved, paid, returned } = standing;
        let amounts = [accrued, claimed, approved, paid, returned].map(|amount| yuan(*amount));
        let [accrued, claimed, approved, paid, returned] = amounts;
        table.row([programme.to_string(), accrued, claimed, approved, paid, returned]);
    }
    match language {
        Language::En => format!("interest discounts, accrued to before {to}\n{table}\n"),
        Language::Zh => format!("贴息情况，计至 {to} 前\n{table}\n"),
    }
}
