//! `almoner record`: commands in, receipts and refusals out.
//!
//! Many commands are on their way at a time, so that they share the ways to the disk; the answers
//! come in the order of the lines all the same.

mod answer;
mod lines;

use std::io;
use std::path::PathBuf;

use almoner_domain::command::Action;
use almoner_domain::refusal::Refusal;
use almoner_ledger::{Clock, Ledger, LedgerError, Submission};
use tokio::sync::mpsc;

use crate::failure::{Exit, Failure, Hinted};
use crate::in_order::InOrder;
use crate::settings::Settings;
use crate::{input, open};
use answer::{Answers, Asked};
use lines::Line;

/// Who acts where neither the command nor the settings name anybody.
pub const DEFAULT_ACTOR: &str = "cli";

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub struct Command {
    /// Commands, one JSON object a line; `-` is standard input
    #[arg(value_name = "FILE.ndjson")]
    file: PathBuf,
    /// Who acts, where a command does not say it: a post, never a name [default: cli]
    #[arg(long, env = "ALMONER_ACTOR", hide_env_values = true)]
    actor: Option<String>,
}

const AFTER_HELP: &str = r#"A command:
  {"command":"fund.receive","key":"receipt-2002-0117","effective_date":"2002-09-20",
   "data":{"fund":"F-1","source":"union","amount":"20000.00","document":"donation receipt 117"}}

The key is a text of your own that names the command for ever: the same line recorded again changes
nothing and gives the first receipt again, so that a file that was interrupted is simply recorded anew.
A refused command changes nothing; the lines after it are recorded all the same, and the exit code is 1."#;

fn after_help() -> String {
    let mut text = format!("{AFTER_HELP}\n\nThere are these commands:");
    for kinds in Action::KINDS.chunks(4) {
        text.push_str(&format!("\n  {}", kinds.join(", ")));
    }
    text
}

/// Records a file.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let actor = command.actor.as_deref().or(settings.file.actor.as_deref());
    let input = input::open(&command.file)?;
    let name = input.name.clone();
    let ledger = open::ledger(settings, Clock::System).await?;
    let mut answers = Answers::new(settings, input.length);
    let lines = lines::read(input);
    let recorded = submit_all(&ledger, lines, actor.unwrap_or(DEFAULT_ACTOR), &mut answers).await;
    let exit = answers.finish()?;
    match recorded {
        Ok(()) => {}
        Err(Stopped::Output(error)) => return Err(Failure::Output(error)),
        Err(Stopped::Input(error)) => {
            return Err(Failure::machine(error, format!("{name} cannot be read to its end")));
        }
        Err(Stopped::Ledger(fault)) => return Err(failed(fault, &name)),
    }
    ledger.stop().await;
    Ok(exit)
}

/// Why not all lines were submitted and answered.
enum Stopped {
    Input(io::Error),
    Output(io::Error),
    Ledger(LedgerError),
}

/// Submits lines and prints their answers until there are no more.
async fn submit_all(
    ledger: &Ledger,
    mut lines: mpsc::Receiver<io::Result<Line>>,
    actor: &str,
    answers: &mut Answers,
) -> Result<(), Stopped> {
    let mut waiting = InOrder::new(ledger);
    let mut unread = None;
    let mut more = true;
    while more || !waiting.is_empty() {
        tokio::select! {
            // Answers first: who waits for one gets it as early as it is there.
            biased;
            answer = waiting.pop(), if !waiting.is_empty() => {
                let (asked, outcome) = answer.map_err(Stopped::Ledger)?;
                answers.print(&asked, &outcome).map_err(Stopped::Output)?;
            }
            line = lines.recv(), if more && !waiting.is_full() => match line {
                Some(Ok(Line { number, end, text })) => {
                    answers.read_up_to(end);
                    let asked = Asked::of(number, &text);
                    waiting.push(asked, read(text, actor)).await;
                }
                Some(Err(error)) => unread = Some(error),
                None => more = false,
            },
        }
        if waiting.is_empty() {
            answers.flush().map_err(Stopped::Output)?;
        }
    }
    unread.map_or(Ok(()), |error| Err(Stopped::Input(error)))
}

fn read(text: Result<String, String>, actor: &str) -> Result<Submission, Refusal> {
    let no_command = |problem| Refusal::FormInvalid { field: "the line".into(), problem };
    let text = text.map_err(no_command)?;
    Submission::read(&text, None, actor).map_err(|refusal| {
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => refusal,
            Err(error) => no_command(format!("it is not JSON (from column {} on)", error.column())),
        }
    })
}

fn failed(fault: LedgerError, name: &str) -> Failure {
    let hinted = Hinted {
        problem: format!("recording {name} stopped before its end"),
        hint: "record it again when the cause is mended: lines that are recorded already change \
               nothing and get their first receipt again"
            .into(),
    };
    Failure::Machine(anyhow::Error::new(fault).context(hinted))
}
