//! `almoner arrears`: what is overdue on a day.

use std::io::Write;

use almoner_domain::arrears::Class;
use almoner_views::Arrears;

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, count, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    #[command(flatten)]
    when: When,
}

const AFTER_HELP: &str = "\
Without --as-of the day is that of the moment of --at or --known-at, or today. An instalment is overdue from
the day after its due day, or after the next working day where the programme says so; days past due count
from the earliest unpaid due day.
par30, par60 and par90 are the open principal of loans more than 30, 60 and 90 days past due.";

/// Prints what is overdue.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let arrears =
        almoner_views::arrears(&question.store, question.day, question.as_of.position).await?;
    if settings.json {
        write_json(&arrears)?;
        return Ok(Exit::Done);
    }
    write!(std::io::stdout(), "{}", text(&arrears, settings.language))?;
    Ok(Exit::Done)
}

/// The arrears for people.
pub fn text(arrears: &Arrears, language: Language) -> String {
    let on = arrears.on;
    if arrears.loans.is_empty() {
        let mut text = match language {
            Language::En => format!("nothing is overdue on {on}\n"),
            Language::Zh => format!("{on} 没有逾期\n"),
        };
        if !arrears.programmes.is_empty() {
            text.push_str(&format!("\n{}\n", programmes(arrears, language)));
        }
        return text;
    }
    let told = match language {
        Language::En => format!("overdue on {on}"),
        Language::Zh => format!("{on} 逾期情况"),
    };
    format!("{told}\n{}\n\n{}\n", loans(arrears, language), programmes(arrears, language))
}

/// The name of a class.
pub fn class(class: Class, language: Language) -> &'static str {
    match (language, class) {
        (Language::En, Class::SpecialMention) => "special mention",
        (Language::En, class) => class.as_str(),
        (Language::Zh, Class::Normal) => "正常",
        (Language::Zh, Class::SpecialMention) => "关注",
        (Language::Zh, Class::Substandard) => "次级",
        (Language::Zh, Class::Doubtful) => "可疑",
        (Language::Zh, Class::Loss) => "损失",
    }
}

fn loans(arrears: &Arrears, language: Language) -> Table {
    let mut table = Table::new(&[
        Column::text(language.say("loan", "贷款")),
        Column::text(language.say("programme", "项目")),
        Column::text(language.say("bank", "经办银行")),
        Column::number(language.say("principal out", "贷款余额")),
        Column::number(language.say("principal overdue", "逾期本金")),
        Column::number(language.say("interest overdue", "逾期利息")),
        Column::text(language.say("since", "逾期起")),
        Column::number(language.say("days", "天数")),
        Column::text(language.say("class", "五级分类")),
    ]);
    for loan in &arrears.loans {
        table.row([
            loan.loan.to_string(),
            loan.programme.to_string(),
            loan.bank.as_ref().map(ToString::to_string).unwrap_or_default(),
            yuan(loan.open_principal),
            yuan(loan.overdue_principal),
            yuan(loan.overdue_interest),
            loan.since.to_string(),
            loan.days_past_due.to_string(),
            class(loan.class, language).to_owned(),
        ]);
    }
    table
}

fn programmes(arrears: &Arrears, language: Language) -> Table {
    let mut table = Table::new(&[
        Column::text(language.say("programme", "项目")),
        Column::number(language.say("principal out", "贷款余额")),
        Column::number(language.say("loans overdue", "逾期笔数")),
        Column::number(language.say("principal overdue", "逾期本金")),
        Column::number(language.say("interest overdue", "逾期利息")),
        Column::number("par30"),
        Column::number("par60"),
        Column::number("par90"),
    ]);
    for programme in &arrears.programmes {
        table.row([
            programme.programme.to_string(),
            yuan(programme.open_principal),
            count(programme.overdue_loans.into()),
            yuan(programme.overdue_principal),
            yuan(programme.overdue_interest),
            yuan(programme.par_30),
            yuan(programme.par_60),
            yuan(programme.par_90),
        ]);
    }
    table
}
