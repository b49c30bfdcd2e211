//! `…/commands`: one command and its receipt, or many, one a line.

mod lines;
mod stream;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use almoner_domain::refusal::Word;
use almoner_ledger::{Ledger, LedgerError, Receipt, Submission, SubmitError};
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde::de::IgnoredAny;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, unconstrained};
use tokio::time::{Instant, timeout_at};

use crate::auth::{Access, Caller};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

/// The most bytes that one command may have, alone or as a line. The longest list that the ledger takes,
/// a roster of 20,000 lines, has about 3 MB; this leaves room for long names and wide spacing.
pub const MOST_COMMAND_BYTES: usize = 8 * 1024 * 1024;

/// How much may be under way to the writer, all requests together, in KiB: many thousand usual commands,
/// or some dozen of the largest. Whatever else comes waits, so that a database that is away for long
/// does not fill the memory with commands that are sent again and again.
pub const MOST_KIB_UNDER_WAY: u32 = 256 * 1024;

/// How long a command may wait for its receipt. The writer needs milliseconds, unless it lost its
/// database.
const RECEIPT_LIMIT: Duration = Duration::from_secs(10);

/// How much of a body that is too long is read all the same: who is still sending when the answer comes
/// may never see it.
const MOST_READ_OVER: usize = 8 * MOST_COMMAND_BYTES;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";

const KEY: Word =
    Word::new("one key of visible ASCII characters", "一个由可见 ASCII 字符组成的幂等键");

/// Takes one command (`application/json`) or many (`application/x-ndjson`).
pub async fn submit(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    parameters: Parameters,
    request: Request,
) -> Result<Response, Problem> {
    parameters.finish()?;
    if caller.access == Access::Read {
        return Err(Problem::ReadOnlyToken {});
    }
    match content_type(request.headers()).as_deref() {
        Some("application/json") => submit_one(&service, &caller, request).await,
        Some("application/x-ndjson") => {
            Ok(stream::submit_all(service, caller, request.into_body()))
        }
        _ => Err(Problem::UnsupportedMediaType {}),
    }
}

async fn submit_one(
    service: &Service,
    caller: &Caller,
    request: Request,
) -> Result<Response, Problem> {
    let key = header_key(request.headers())?;
    let text = read_whole(request.into_body()).await?;
    let length = text.len();
    let submission = Submission::read(&text, key.as_deref(), &caller.actor).map_err(|refusal| {
        match serde_json::from_str::<IgnoredAny>(&text) {
            Ok(_) => refusal.into(),
            Err(error) => Problem::MalformedJson { line: error.line(), column: error.column() },
        }
    })?;
    drop(text);
    let deadline = Instant::now() + RECEIPT_LIMIT;
    let room = timeout_at(deadline, room_for(service, length)).await;
    let room = room.map_err(|_| Problem::Busy {})?;
    let receipt = hand_over(&service.ledger, submission, room).await;
    // What is not answered in time goes on all the same, so the outcome is unknown.
    let receipt = timeout_at(deadline, receipt).await.map_err(|_| Problem::OutcomeUnknown {})?;
    let receipt = receipt.unwrap_or_else(|error| Err(broken_off(&error)))?;
    let location = format!("/v1/ledgers/{}/records/{}", service.store.ledger(), receipt.first);
    Ok(match receipt.replayed {
        false => (StatusCode::CREATED, [(LOCATION, location)], Json(receipt)).into_response(),
        true => {
            let replayed = [(IDEMPOTENCY_REPLAYED, "true"), (LOCATION.as_str(), &location)];
            (StatusCode::OK, replayed, Json(receipt)).into_response()
        }
    })
}

/// Puts a submission into the writer's mailbox before it returns, so that commands are decided in the
/// order in which they are handed over, and sees it through in a task of its own: whoever hangs up
/// disturbs nobody.
async fn hand_over(
    ledger: &Ledger,
    submission: Submission,
    room: Option<OwnedSemaphorePermit>,
) -> JoinHandle<Result<Receipt, SubmitError>> {
    let ledger = ledger.clone();
    // Unconstrained, for otherwise the runtime may let it wait although there is room in the mailbox,
    // and the next would overtake it.
    let mut answer = Box::pin(unconstrained(async move {
        let answer = ledger.submit(submission).await;
        drop(room);
        answer
    }));
    let answered = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
    tokio::spawn(async move {
        match answered {
            Poll::Ready(answer) => answer,
            Poll::Pending => answer.await,
        }
    })
}

/// Waits for room for a command of some length. There is none to wait for when the service has ended.
async fn room_for(service: &Service, bytes: usize) -> Option<OwnedSemaphorePermit> {
    let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(MOST_KIB_UNDER_WAY);
    let room: Arc<Semaphore> = service.room.clone();
    room.acquire_many_owned(kib.clamp(1, MOST_KIB_UNDER_WAY)).await.ok()
}

fn broken_off(error: &tokio::task::JoinError) -> SubmitError {
    SubmitError::Fault(LedgerError::Stopped(error.to_string()))
}

/// The content type without its parameters.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let kind = value.split(';').next()?.trim();
    Some(kind.to_ascii_lowercase())
}

/// The key in the header, which may stand in quotation marks (a string of RFC 9651) or without.
fn header_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let bad = || Problem::BadHeader { name: "Idempotency-Key", expected: KEY };
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| bad())?.trim();
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if values.next().is_some() || key.is_empty() {
        return Err(bad());
    }
    Ok(Some(key.to_owned()))
}

async fn read_whole(body: Body) -> Result<String, Problem> {
    let mut chunks = body.into_data_stream();
    let mut text = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::BadRequest {})?;
        length = length.saturating_add(chunk.len());
        if length <= MOST_COMMAND_BYTES {
            text.extend_from_slice(&chunk);
        } else if length > MOST_READ_OVER {
            break;
        }
    }
    if length > MOST_COMMAND_BYTES {
        return Err(Problem::TooLarge { maximum: MOST_COMMAND_BYTES });
    }
    // What is no UTF-8 is no JSON either.
    String::from_utf8(text).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Problem::MalformedJson { line, column }
    })
}
