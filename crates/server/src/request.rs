//! What happens around every request: its id, its time limit, its line in the program's log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use crate::language::Language;
use crate::problem::{Problem, explain};
use crate::service::Service;

/// How long a request may take until its answer begins. Streams go on for as long as they like.
const LIMIT: Duration = Duration::from_secs(15);

/// Carries the id of a request, in both directions.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over.
const LONGEST_ID: usize = 64;

/// Answers a request, whatever happens.
pub async fn answer(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let id = given_id(request.headers()).unwrap_or_else(|| service.request_id());
    let language = Language::of(request.headers());
    let span = tracing::info_span!(
        "request",
        id,
        method = %request.method(),
        path = request.uri().path()
    );
    let answered = async {
        let begun = Instant::now();
        let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
        let response = match timeout(LIMIT, handled).await {
            Ok(Ok(response)) => response,
            // The program's panic hook has said where.
            Ok(Err(_)) => Problem::Internal {}.into_response(),
            Err(_) => Problem::Timeout {}.into_response(),
        };
        let mut response = explain(response, language, &id);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis() as u64);
        if response.status().is_server_error() {
            tracing::warn!(status, ms, "answered");
        } else {
            tracing::info!(status, ms, "answered");
        }
        response
    };
    answered.instrument(span).await
}

/// The id that the caller gave, when it can stand in logs and answers as it is.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ((1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(allowed)).then(|| id.to_owned())
}
