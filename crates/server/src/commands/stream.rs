//! Many commands in one request, an answer a line, in the order of the lines.
//!
//! Many commands are on their way at a time, so that they share the ways to the disk. A caller who does
//! not read the answers is not read from any more, so neither side piles up. A caller who hangs up
//! takes nothing back: lines that were read whole are recorded, and their keys tell so when they are
//! sent again.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use almoner_domain::refusal::Refusal;
use almoner_ledger::{Receipt, Submission, SubmitError};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::unfold;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::lines::{Line, Lines};
use super::{broken_off, hand_over, room_for};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::service::{Service, told};

/// How many lines of one request may wait for their answers.
const IN_FLIGHT: usize = 256;

/// How much is gathered at most before it is sent.
const ANSWER_BYTES: usize = 64 * 1024;

/// A line whose answer is not written yet.
struct Pending {
    number: u64,
    key: Option<String>,
    answer: Answer,
}

enum Answer {
    Known(Result<Receipt, SubmitError>),
    Awaited(JoinHandle<Result<Receipt, SubmitError>>),
}

/// An answer as it is written: the same form that the command line prints.
#[derive(Serialize)]
struct AnswerLine<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(flatten)]
    outcome: Outcome<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<'a> {
    Receipt(&'a Receipt),
    Refusal(&'a Refusal),
    Fault(Fault),
}

/// What is said when the machine failed.
#[derive(Serialize)]
struct Fault {
    code: &'static str,
    english: String,
    chinese: String,
}

/// Answers at once; the lines follow as they are recorded.
pub fn submit_all(service: Arc<Service>, caller: Caller, body: Body) -> Response {
    let (answers, answered) = mpsc::channel::<Bytes>(1);
    let lines = Lines::new(body);
    tokio::spawn(run(service, caller, lines, answers).in_current_span());
    let stream = unfold(answered, |mut answered| async {
        let bytes = answered.recv().await?;
        Some((Ok::<_, Infallible>(bytes), answered))
    });
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(stream)).into_response()
}

/// Submits lines and writes their answers until there are no more, the service stops or nobody listens.
async fn run(
    service: Arc<Service>,
    caller: Caller,
    mut lines: Lines,
    answers: mpsc::Sender<Bytes>,
) {
    let mut pending: VecDeque<Pending> = VecDeque::new();
    let mut text = Vec::new();
    let mut more = true;
    let mut heard = true;
    while more || !pending.is_empty() || !text.is_empty() {
        tokio::select! {
            // What is there goes out before more is taken in.
            biased;
            answered = first_answer(&mut pending), if !pending.is_empty() && text.len() < ANSWER_BYTES => {
                if let Some(answered) = answered && heard {
                    write(&mut text, &answered);
                }
            }
            permit = answers.reserve(), if !text.is_empty() => match permit {
                Ok(permit) => permit.send(Bytes::from(std::mem::take(&mut text))),
                Err(_) => {
                    (more, heard) = (false, false);
                    text.clear();
                }
            },
            line = lines.next(), if more && pending.len() < IN_FLIGHT => match line {
                Some(line) => pending.push_back(submit(&service, &caller, line).await),
                None => more = false,
            },
            () = told(service.stopping.clone()), if more => more = false,
            () = answers.closed(), if heard => (more, heard) = (false, false),
        }
    }
}

async fn submit(service: &Service, caller: &Caller, line: Line) -> Pending {
    let (key, submission, length) = match line.text {
        Ok(text) => (key_of(&text), read(&text, &caller.actor), text.len()),
        Err(problem) => (None, Err(not_a_line(problem)), 0),
    };
    let answer = match submission {
        Err(refusal) => Answer::Known(Err(refusal.into())),
        Ok(submission) => {
            let room = room_for(service, length).await;
            Answer::Awaited(hand_over(&service.ledger, submission, room).await)
        }
    };
    Pending { number: line.number, key, answer }
}

/// The key that a command names, read before and beside everything else, so that a refusal of one that
/// cannot be read still names it.
fn key_of(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        key: Option<String>,
    }
    serde_json::from_str::<Named>(text).ok()?.key
}

fn read(text: &str, actor: &str) -> Result<Submission, Refusal> {
    Submission::read(text, None, actor).map_err(|refusal| {
        match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => refusal,
            Err(error) => not_a_line(format!("it is not JSON (from column {} on)", error.column())),
        }
    })
}

fn not_a_line(problem: String) -> Refusal {
    Refusal::FormInvalid { field: "the line".into(), problem }
}

/// Waits for the answer of the first line, and takes the line out.
async fn first_answer(
    pending: &mut VecDeque<Pending>,
) -> Option<(u64, Option<String>, Result<Receipt, SubmitError>)> {
    let first = pending.front_mut()?;
    if let Answer::Awaited(task) = &mut first.answer {
        let answer = task.await.unwrap_or_else(|error| Err(broken_off(&error)));
        first.answer = Answer::Known(answer);
    }
    match pending.pop_front()? {
        Pending { number, key, answer: Answer::Known(answer) } => Some((number, key, answer)),
        Pending { answer: Answer::Awaited(_), .. } => None,
    }
}

fn write(text: &mut Vec<u8>, answered: &(u64, Option<String>, Result<Receipt, SubmitError>)) {
    let (line, key, answer) = answered;
    let (key, outcome) = match answer {
        // A receipt names its key itself.
        Ok(receipt) => (None, Outcome::Receipt(receipt)),
        Err(SubmitError::Refused(refusal)) => (key.as_deref(), Outcome::Refusal(refusal)),
        Err(SubmitError::Fault(fault)) => {
            tracing::error!(error = fault as &dyn std::error::Error, line, "a line has no receipt");
            let (code, english, chinese) = Problem::OutcomeUnknown {}.in_both_languages();
            (key.as_deref(), Outcome::Fault(Fault { code, english, chinese }))
        }
    };
    // Writing plain structs into memory does not fail.
    let written = serde_json::to_writer(&mut *text, &AnswerLine { line: *line, key, outcome });
    debug_assert!(written.is_ok());
    text.push(b'\n');
}
