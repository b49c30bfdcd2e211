//! `…/trial-balance`: every account of every fund, and their sum.

use std::sync::Arc;

use almoner_views::{TrialBalance, trial_balance};
use axum::Json;
use axum::extract::State;

use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

/// The trial balance.
pub async fn whole(
    State(service): State<Arc<Service>>,
    mut parameters: Parameters,
) -> Result<Json<TrialBalance>, Problem> {
    let question = parameters.question()?;
    parameters.finish()?;
    let as_of = question.ready(&service).await?;
    Ok(Json(trial_balance(&service.store, as_of).await?))
}
