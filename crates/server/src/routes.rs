//! What is where.

use std::sync::Arc;

use axum::extract::{RawPathParams, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, extract::FromRequestParts};

use crate::auth::require_token;
use crate::problem::Problem;
use crate::service::Service;
use crate::{
    arrears, commands, funds, health, journal, loans, records, request, tree, trial_balance,
};

/// Everything that the service answers to.
pub fn router(service: Arc<Service>) -> Router {
    let ledger = Router::new()
        .route("/commands", post(commands::submit))
        .route("/funds", get(funds::list))
        .route("/funds/{fund}", get(funds::one))
        .route("/loans", get(loans::list))
        .route("/loans/{loan}", get(loans::one))
        .route("/arrears", get(arrears::on_a_day))
        .route("/trial-balance", get(trial_balance::whole))
        .route("/journal", get(journal::list))
        .route("/records", get(records::list))
        .route("/records/{position}", get(records::one))
        .route("/checkpoint", get(tree::checkpoint))
        .route("/tile/{*path}", get(tree::tile))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(service.clone(), require_served_ledger));
    // Whoever has no token does not even learn what there is.
    let version_1 = Router::new()
        .nest("/ledgers/{ledger}", ledger)
        .fallback(nothing_there)
        .layer(from_fn_with_state(service.clone(), require_token));
    Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .nest("/v1", version_1)
        .fallback(nothing_there)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(service.clone(), request::answer))
        .with_state(service)
}

async fn nothing_there() -> Problem {
    Problem::NoSuchPath {}
}

async fn method_not_allowed() -> Problem {
    Problem::MethodNotAllowed {}
}

/// Lets through what is about the ledger that is served.
async fn require_served_ledger(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let path = RawPathParams::from_request_parts(&mut parts, &()).await;
    let path = path.map_err(|_| Problem::NoSuchPath {})?;
    let asked = path.iter().find_map(|(name, value)| (name == "ledger").then_some(value));
    match asked {
        Some(ledger) if ledger == service.store.ledger() => {
            Ok(next.run(Request::from_parts(parts, body)).await)
        }
        other => Err(Problem::UnknownLedger { ledger: other.unwrap_or_default().to_owned() }),
    }
}
