//! `almoner trial-balance`: every account of every fund, and that they sum to zero.

use std::io::Write;

use almoner_domain::account::Account;
use almoner_views::TrialBalance;

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = crate::question::AFTER_HELP)]
pub struct Command {
    #[command(flatten)]
    when: When,
}

/// Prints the trial balance. Books that do not balance are a failed check.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let balance = almoner_views::trial_balance(&question.store, question.as_of).await?;
    if settings.json {
        write_json(&balance)?;
    } else {
        let mut out = std::io::stdout().lock();
        if let Some(told) = question.told(settings.language) {
            writeln!(out, "{told}\n")?;
        }
        writeln!(out, "{}", table(&balance, settings.language))?;
    }
    if balance.sum.is_zero() {
        return Ok(Exit::Done);
    }
    let problem = format!("the books do not balance: debits less credits are {}", balance.sum);
    let hint = "`almoner audit verify` and `almoner audit replay --compare` tell whether the log or the views are at fault";
    Err(Failure::refused_with_hint(problem, hint))
}

fn table(balance: &TrialBalance, language: Language) -> Table {
    let mut table = Table::new(&[
        Column::text(language.say("account", "科目")),
        Column::text(language.say("name", "名称")),
        Column::text(language.say("fund", "资金")),
        Column::number(language.say("debit", "借方")),
        Column::number(language.say("credit", "贷方")),
    ]);
    let amount = |amount: almoner_domain::money::Money| {
        if amount.is_zero() { String::new() } else { yuan(amount) }
    };
    for line in &balance.lines {
        let account = Account::from_code(&line.account);
        let name = account.map(|account| language.say(account.english(), account.chinese()));
        table.row([
            line.account.clone(),
            name.unwrap_or_default().to_owned(),
            line.fund.as_ref().map(ToString::to_string).unwrap_or_default(),
            amount(line.debit),
            amount(line.credit),
        ]);
    }
    table.row([
        language.say("sum", "合计").to_owned(),
        String::new(),
        String::new(),
        yuan(balance.debit),
        yuan(balance.credit),
    ]);
    table
}
