//! `almoner record`: commands in, receipts and refusals out.
//!
//! Many commands are on their way at a time, so that they share the ways to the disk; the answers
//! come in the order of the lines all the same.

mod answer;
mod lines;

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;

use almoner_domain::refusal::Refusal;
use almoner_ledger::{Clock, Ledger, LedgerError, Receipt, Submission, SubmitError};
use tokio::sync::mpsc;
use tokio::task::unconstrained;

use crate::failure::{Exit, Failure, Hinted};
use crate::settings::Settings;
use crate::{input, open};
use answer::{Answer, Answers, Named};
use lines::Line;

/// How many commands may wait for their receipts at a time; the writer's mailbox holds far more, so
/// that none ever waits outside it.
const IN_FLIGHT: usize = 256;

/// Who acts where neither the command nor the settings name anybody.
const DEFAULT_ACTOR: &str = "cli";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Record {
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

/// A command on its way, or its answer.
enum Waiting<'a> {
    Answered(Result<Receipt, SubmitError>),
    OnItsWay(Pin<Box<dyn Future<Output = Result<Receipt, SubmitError>> + 'a>>),
}

/// A line whose answer is not printed yet.
struct Pending<'a> {
    number: u64,
    key: Option<String>,
    kind: Option<String>,
    waiting: Waiting<'a>,
}

/// Records a file.
pub async fn run(command: &Record, settings: &Settings) -> Result<Exit, Failure> {
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
    let mut pending: VecDeque<Pending<'_>> = VecDeque::new();
    let mut unread = None;
    let mut more = true;
    while more || !pending.is_empty() {
        tokio::select! {
            // Answers first: who waits for one gets it as early as it is there.
            biased;
            answer = first_answer(&mut pending), if !pending.is_empty() => {
                answers.print(&answer.map_err(Stopped::Ledger)?).map_err(Stopped::Output)?;
            }
            line = lines.recv(), if more && pending.len() < IN_FLIGHT => match line {
                Some(Ok(line)) => {
                    answers.read_up_to(line.end);
                    pending.push_back(submit(ledger, line, actor).await);
                }
                Some(Err(error)) => unread = Some(error),
                None => more = false,
            },
        }
        if pending.is_empty() {
            answers.flush().map_err(Stopped::Output)?;
        }
    }
    unread.map_or(Ok(()), |error| Err(Stopped::Input(error)))
}

/// Puts a line into the writer's mailbox before it returns, so that commands are decided in the order
/// of their lines.
async fn submit<'a>(ledger: &'a Ledger, line: Line, actor: &str) -> Pending<'a> {
    let (named, submission) = match line.text {
        Ok(text) => (answer::named(&text), read(&text, actor)),
        Err(problem) => {
            let field = "the line".into();
            (Named::default(), Err(Refusal::FormInvalid { field, problem }))
        }
    };
    let waiting = match submission {
        Err(refusal) => Waiting::Answered(Err(SubmitError::Refused(refusal))),
        Ok(submission) => {
            // Unconstrained, for otherwise the runtime may let it wait although there is room, and
            // the next line would overtake it.
            let mut answer = Box::pin(unconstrained(ledger.submit(submission)));
            let polled = std::future::poll_fn(|context| {
                Poll::Ready(match answer.as_mut().poll(context) {
                    Poll::Ready(answer) => Some(answer),
                    Poll::Pending => None,
                })
            });
            match polled.await {
                Some(answer) => Waiting::Answered(answer),
                None => Waiting::OnItsWay(answer),
            }
        }
    };
    Pending { number: line.number, key: named.key, kind: named.command, waiting }
}

fn read(text: &str, actor: &str) -> Result<Submission, Refusal> {
    Submission::read(text, None, actor).map_err(|refusal| {
        match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => refusal,
            Err(error) => {
                let problem = format!("it is not JSON (from column {} on)", error.column());
                Refusal::FormInvalid { field: "the line".into(), problem }
            }
        }
    })
}

/// Waits for the answer of the first line that has none yet, and takes the line out.
async fn first_answer(pending: &mut VecDeque<Pending<'_>>) -> Result<Answer, LedgerError> {
    let Some(first) = pending.front_mut() else { return std::future::pending().await };
    if let Waiting::OnItsWay(answer) = &mut first.waiting {
        first.waiting = Waiting::Answered(answer.await);
    }
    let Some(Pending { number, key, kind, waiting: Waiting::Answered(answered) }) =
        pending.pop_front()
    else {
        return std::future::pending().await;
    };
    let outcome = match answered {
        Ok(receipt) => Ok(receipt),
        Err(SubmitError::Refused(refusal)) => Err(refusal),
        Err(SubmitError::Fault(fault)) => return Err(fault),
    };
    Ok(Answer { line: number, key, kind, outcome })
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
