//! `/livez` and `/readyz`: whether the service runs, and whether it can be used. Both are open, so they
//! say nothing but states and positions.

use std::sync::Arc;
use std::time::Duration;

use almoner_ledger::Health;
use almoner_views::{ViewsError, wait_for};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tokio::time::timeout;

use crate::background::ViewsState;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

/// Views that are further behind answer too late to be asked: what the writer records in a second or
/// two when it is busy.
const MOST_BEHIND: u64 = 10_000;

/// How long the database may take to say how far the views are.
const ASK_LIMIT: Duration = Duration::from_secs(2);

/// That it runs.
#[derive(Debug, Serialize)]
pub struct Alive {
    alive: bool,
}

/// Whether it can be used.
#[derive(Debug, Serialize)]
pub struct Ready {
    ready: bool,
    ledger: LedgerReady,
    views: ViewsReady,
    /// Reported, but not needed: without NATS the feed catches up later.
    nats: Option<NatsReady>,
}

#[derive(Debug, Serialize)]
struct LedgerReady {
    state: &'static str,
    /// Up to here the log is on disk.
    position: u64,
}

#[derive(Debug, Serialize)]
struct ViewsReady {
    state: &'static str,
    /// How far they have come, if the database says it.
    position: Option<u64>,
}

#[derive(Debug, Serialize)]
struct NatsReady {
    state: &'static str,
    /// Up to here the log is known to be published.
    published: u64,
}

/// Whether the process answers at all.
pub async fn livez(parameters: Parameters) -> Result<Json<Alive>, Problem> {
    parameters.finish()?;
    Ok(Json(Alive { alive: true }))
}

/// Whether commands are recorded and questions answered.
pub async fn readyz(
    State(service): State<Arc<Service>>,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Ready>), Problem> {
    parameters.finish()?;
    let position = *service.ledger.durable().borrow();
    let state = match *service.ledger.health().borrow() {
        Health::Recording => "recording",
        Health::Recovering(_) => "recovering",
        Health::Stopped(_) => "stopped",
    };
    let ledger = LedgerReady { state, position };
    let views = views(&service, position).await;
    let nats = service.feed.as_ref().map(|feed| {
        let status = feed.borrow();
        let state = match (status.stopped, status.connected) {
            (true, _) => "stopped",
            (false, true) => "connected",
            (false, false) => "disconnected",
        };
        NatsReady { state, published: status.published }
    });
    let ready = ledger.state == "recording" && views.state == "following";
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(Ready { ready, ledger, views, nats })))
}

async fn views(service: &Service, durable: u64) -> ViewsReady {
    let asked = timeout(ASK_LIMIT, wait_for(&service.store, durable, Duration::ZERO)).await;
    let position = match asked {
        Ok(Ok(())) => Some(durable),
        Ok(Err(ViewsError::NotYet { at, .. })) => Some(at),
        Ok(Err(ViewsError::NotMade(_))) => Some(0),
        Ok(Err(_)) | Err(_) => None,
    };
    let state = match (*service.views.borrow(), position) {
        (ViewsState::Failing, _) => "failing",
        (_, None) => "unreachable",
        (_, Some(at)) if durable - at.min(durable) > MOST_BEHIND => "catching_up",
        _ => "following",
    };
    ViewsReady { state, position }
}
