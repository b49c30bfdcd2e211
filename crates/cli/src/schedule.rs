//! `almoner schedule`: the repayment schedule that terms of a loan give, without any ledger.

use std::io::Write;
use std::path::PathBuf;

use almoner_domain::schedule::{self, Terms};

use crate::failure::{Exit, Failure};
use crate::input;
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

/// Terms are a dozen short fields; whatever is longer is something else.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// The terms as one JSON object; `-` is standard input
    #[arg(value_name = "TERMS.json")]
    file: PathBuf,
}

const AFTER_HELP: &str = r#"The terms:
  {"principal": "200000.00", "annual_rate": "0.0395", "disbursed_on": "2023-11-15",
   "number": 36, "every": 1, "unit": "month", "method": "equal_instalment",
   "day_count": "whole_period", "rounding": "half_up"}

  unit       day, week, month
  method     equal_instalment, equal_principal, interest_only (principal at the end),
             bullet (all at the end), flat
  day_count  whole_period, 30/360, actual/360, actual/365, actual/actual
  rounding   half_up, half_even
  optional   first_due_on, instalment_multiple ("1.00"), principal_grace, interest_grace (in instalments)"#;

/// Computes and prints a schedule.
pub fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let terms = read_terms(&input::read_text(&command.file, MOST_BYTES)?)?;
    let schedule = schedule::schedule(&terms)
        .map_err(|error| Failure::usage(format!("the terms cannot be followed at {error}")))?;
    if settings.json {
        write_json(&schedule)?;
        return Ok(Exit::Done);
    }
    let language = settings.language;
    let mut table = Table::new(&[
        Column::number(language.say("no.", "期数")),
        Column::text(language.say("from", "起息日")),
        Column::text(language.say("due on", "到期日")),
        Column::number(language.say("days", "天数")),
        Column::number(language.say("principal", "本金")),
        Column::number(language.say("interest", "利息")),
        Column::number(language.say("total", "合计")),
        Column::number(language.say("balance", "余额")),
    ]);
    for instalment in &schedule.instalments {
        table.row([
            instalment.number.to_string(),
            instalment.from.to_string(),
            instalment.due_on.to_string(),
            instalment.days.to_string(),
            yuan(instalment.principal),
            yuan(instalment.interest),
            yuan(instalment.total),
            yuan(instalment.balance),
        ]);
    }
    let (principal, interest) = (schedule.total_principal, schedule.total_interest);
    table.row([
        language.say("sum", "合计").to_owned(),
        String::new(),
        String::new(),
        String::new(),
        yuan(principal),
        yuan(interest),
        yuan(principal + interest),
        String::new(),
    ]);
    writeln!(std::io::stdout(), "{table}")?;
    Ok(Exit::Done)
}

/// Reads terms; what is wrong is told with the field's name.
fn read_terms(text: &str) -> Result<Terms, Failure> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let terms = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        let problem = error.into_inner();
        match field.as_str() {
            "." | "?" => Failure::usage(format!("the terms cannot be read: {problem}")),
            _ => Failure::usage(format!("the terms cannot be read at {field}: {problem}")),
        }
    })?;
    deserializer
        .end()
        .map_err(|error| Failure::usage(format!("the terms cannot be read: {error}")))?;
    Ok(terms)
}
