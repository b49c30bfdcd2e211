//! `…/arrears?on=DATE`: what is overdue on a day.

use std::sync::Arc;

use almoner_domain::date::Date;
use almoner_views::{OverdueLoan, ProgrammeArrears, arrears};
use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::page::{Listed, Page};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

/// What is overdue on a day: a page of the loans, and the sums of all programmes.
#[derive(Debug, Serialize)]
pub struct Answer {
    on: Date,
    programmes: Vec<ProgrammeArrears>,
    #[serde(flatten)]
    loans: Listed<OverdueLoan>,
}

/// What is overdue on the day `on`, or of the moment of `at` or `known_at`, or today.
pub async fn on_a_day(
    State(service): State<Arc<Service>>,
    mut parameters: Parameters,
) -> Result<Json<Answer>, Problem> {
    let mut page = Page::take("arrears", &mut parameters)?;
    // The day is the effective date of the question, so it has no `as_of` besides.
    let question = parameters.recorded()?;
    let on = parameters.date("on")?;
    parameters.finish()?;
    let (as_of, day) = question.ready_for_day(&service).await?;
    let on = on.unwrap_or(day);
    page.settle("on", on.to_string());
    let found = arrears(&service.store, on, as_of.position).await?;
    let loans = page.cut(found.position, found.loans, |loan| &loan.loan)?;
    Ok(Json(Answer { on, programmes: found.programmes, loans }))
}
