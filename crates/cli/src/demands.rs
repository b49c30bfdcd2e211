//! `almoner demands`: what of subsidies is demanded back, and who owes it.

use almoner_domain::id::Pseudonym;
use almoner_domain::money::Money;
use almoner_views::{Demands, PaymentDemand};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, count, wrapped, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Only what this person owes
    #[arg(long, value_name = "PSEUDONYM")]
    beneficiary: Option<Pseudonym>,
    /// Also what came back in full
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    when: When,
}

const AFTER_HELP: &str = "\
Payment is the position of the record of what was paid; `subsidy.return` names it when money comes back.
The answer comes from views, which are first brought to the end of the log; --as-of asks by effective date,
--at and --known-at by what was recorded when.";

/// Prints the demands.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let (store, as_of) = (&question.store, question.as_of);
    let mut demands = almoner_views::demands(store, as_of, command.beneficiary).await?;
    demands.demands.retain(|one| command.all || one.open.is_positive());
    if settings.json {
        write_json(&demands)?;
        return Ok(Exit::Done);
    }
    question.answer(&text(&demands, settings.language), settings.language)
}

/// The demands for people, programme by programme.
fn text(demands: &Demands, language: Language) -> String {
    if demands.demands.is_empty() {
        return language.say("nothing is demanded back\n", "没有待追回的补贴\n").to_owned();
    }
    let mut sorted: Vec<&PaymentDemand> = demands.demands.iter().collect();
    // Stable, so that the payments of a programme stay in order.
    sorted.sort_by(|a, b| (&a.fund, &a.programme).cmp(&(&b.fund, &b.programme)));
    let mut parts = Vec::new();
    let same =
        |a: &&PaymentDemand, b: &&PaymentDemand| (&a.fund, &a.programme) == (&b.fund, &b.programme);
    for of_programme in sorted.chunk_by(same) {
        let Some(PaymentDemand { fund, programme, .. }) = of_programme.first() else { continue };
        let heading = match language {
            Language::En => format!("programme {programme}, fund {fund}"),
            Language::Zh => format!("项目 {programme}，资金 {fund}"),
        };
        parts.push(format!("{heading}\n{}\n", table(of_programme, language)));
    }
    if sorted.len() > 1 {
        parts.push(sums(&sorted, language));
    }
    parts.join("\n")
}

/// What several demands come to.
fn sums(demands: &[&PaymentDemand], language: Language) -> String {
    let sum = |part: fn(&PaymentDemand) -> Money| yuan(demands.iter().map(|one| part(one)).sum());
    let number = count(u64::try_from(demands.len()).unwrap_or(u64::MAX));
    let (demanded, returned, open) =
        (sum(|one| one.demanded), sum(|one| one.returned), sum(|one| one.open));
    let told = match language {
        Language::En => {
            format!("{number} payments: {demanded} demanded back, {returned} returned, {open} owed")
        }
        Language::Zh => {
            format!("{number} 笔：应追回 {demanded} 元，已追回 {returned} 元，仍欠 {open} 元")
        }
    };
    wrapped(&told, "", "  ")
}

fn table(demands: &[&PaymentDemand], language: Language) -> Table {
    let mut table = Table::new(&[
        Column::text(language.say("beneficiary", "领取人")),
        Column::text(language.say("subsidy", "补贴")),
        Column::number(language.say("payment", "支付记录")),
        Column::text(language.say("since", "追回日")),
        Column::number(language.say("demanded", "应追回")),
        Column::number(language.say("owed", "仍欠")),
    ]);
    for one in demands {
        let names = [one.beneficiary.to_string(), one.subsidy.to_string()];
        let when = [one.payment.to_string(), one.demanded_on.to_string()];
        let amounts = [one.demanded, one.open].map(yuan);
        table.row(names.into_iter().chain(when).chain(amounts));
    }
    table
}
