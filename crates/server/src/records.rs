//! `…/records`: the exact bytes of the log, so that whoever audits it needs neither NATS nor trust.

use std::io;
use std::sync::Arc;

use almoner_domain::refusal::{Refusal, Word};
use almoner_log::Store;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use bytes::Bytes;
use futures::stream::try_unfold;

use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

/// How many records are read at a time.
const READ: u64 = 1_000;

const RECORD: &str = "application/cloudevents+json";
const RECORDS: &str = "application/x-ndjson";

const LIMIT: Word = Word::new("a whole number", "整数");

/// The records from the position `from` on, one a line, to the end of the log or `limit` of them.
///
/// Each line without its end is the exact record: hashed with a zero byte before it, it is a leaf of
/// the tree.
pub async fn list(
    State(service): State<Arc<Service>>,
    mut parameters: Parameters,
) -> Result<impl IntoResponse, Problem> {
    let from = parameters.position("from")?.unwrap_or(1).max(1);
    let limit = parameters.read("limit", LIMIT)?.unwrap_or(u64::MAX);
    parameters.finish()?;
    let end = service.store.head().await?.size;
    let last = end.min((from - 1).saturating_add(limit));
    let store = service.store.clone();
    let lines = try_unfold(from, move |next| {
        let store = store.clone();
        async move {
            let lines = read_lines(&store, next, last).await;
            lines.map(|lines| lines.map(|(lines, next)| (Bytes::from(lines), next)))
        }
    });
    Ok(([(CONTENT_TYPE, RECORDS)], Body::from_stream(lines)))
}

/// The exact bytes of one record.
pub async fn one(
    State(service): State<Arc<Service>>,
    Path((_, position)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<impl IntoResponse, Problem> {
    parameters.finish()?;
    let position: u64 = position.parse().map_err(|_| Problem::NoSuchPath {})?;
    let records = service.store.read(position, 1).await?;
    match records.iter().find(|(at, _)| *at == position) {
        Some((_, bytes)) => Ok(([(CONTENT_TYPE, RECORD)], Bytes::copy_from_slice(bytes))),
        None => Err(Refusal::UnknownRecord { position }.into()),
    }
}

/// Some lines, and the position after them; `None` after the last. Failing cuts the answer off in the
/// middle, which nobody takes for its end.
async fn read_lines(store: &Store, next: u64, last: u64) -> io::Result<Option<(Vec<u8>, u64)>> {
    if next > last {
        return Ok(None);
    }
    let count = (last - next + 1).min(READ);
    let records = store.read(next, count as u32).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, next, "the records break off");
        io::Error::other("the log cannot be read")
    })?;
    if records.is_empty() {
        return Err(io::Error::other("the log ends early"));
    }
    let mut lines = Vec::new();
    for (_, bytes) in records.iter() {
        lines.extend_from_slice(bytes);
        lines.push(b'\n');
    }
    Ok(Some((lines, records.next())))
}
