//! `…/funds`: where the money of the funds stands.

use std::sync::Arc;

use almoner_domain::id::Id;
use almoner_domain::refusal::Refusal;
use almoner_views::{FundAnswer, funds};
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::page::{Listed, Page};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

/// One fund, and for when it is said.
#[derive(Debug, Serialize)]
pub struct OneFund {
    position: u64,
    #[serde(flatten)]
    fund: FundAnswer,
}

/// All funds, by name.
pub async fn list(
    State(service): State<Arc<Service>>,
    mut parameters: Parameters,
) -> Result<Json<Listed<FundAnswer>>, Problem> {
    let page = Page::take("funds", &mut parameters)?;
    let question = parameters.question()?;
    parameters.finish()?;
    let (as_of, day) = question.ready_for_day(&service).await?;
    let found = funds(&service.store, as_of, day, None).await?;
    Ok(Json(page.cut(found.position, found.funds, |fund| &fund.fund)?))
}

/// One fund.
pub async fn one(
    State(service): State<Arc<Service>>,
    Path((_, fund)): Path<(String, String)>,
    mut parameters: Parameters,
) -> Result<Json<OneFund>, Problem> {
    let question = parameters.question()?;
    parameters.finish()?;
    let fund: Id = fund.parse().map_err(|_| Problem::NoSuchPath {})?;
    let (as_of, day) = question.ready_for_day(&service).await?;
    let mut found = funds(&service.store, as_of, day, Some(&fund)).await?;
    match found.funds.pop() {
        Some(fund) => Ok(Json(OneFund { position: found.position, fund })),
        None => Err(Refusal::UnknownFund { fund }.into()),
    }
}
