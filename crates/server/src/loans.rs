//! `…/loans`: the loans, and everything about one.

use std::sync::Arc;

use almoner_domain::id::Id;
use almoner_domain::refusal::{Refusal, Word};
use almoner_views::{LoanAnswer, LoanFilter, LoanStage, LoanSummary, loan, loans};
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StringDeserializer};

use crate::page::{Listed, Page};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

const PROGRAMME: Word = Word::new("the identifier of a programme", "项目编号");
const BORROWER: Word = Word::new("a pseudonym: 32 hexadecimal digits", "化名，即 32 位十六进制数");
const STAGE: Word = Word::new(
    "one of applied, approved, cancelled, active, compensated, settled",
    "applied、approved、cancelled、active、compensated、settled 之一",
);

/// The loans, by name, all or those of a programme, borrower or stage.
pub async fn list(
    State(service): State<Arc<Service>>,
    mut parameters: Parameters,
) -> Result<Json<Listed<LoanSummary>>, Problem> {
    let page = Page::take("loans", &mut parameters)?;
    let question = parameters.question()?;
    let filter = LoanFilter {
        programme: parameters.read("programme", PROGRAMME)?,
        borrower: parameters.read("borrower", BORROWER)?,
        stage: parameters.take("stage").map(stage).transpose()?,
    };
    parameters.finish()?;
    let after: Option<Id> = page.after()?;
    let as_of = question.ready(&service).await?;
    let found = loans(&service.store, as_of, &filter, after.as_ref(), page.limit).await?;
    let next = found.next.map(|next| next.to_string());
    Ok(Json(page.answer(found.position, found.loans, next)))
}

/// Everything about a loan. What is overdue is said for the day of `as_of`, or of the moment of `at` or `known_at`, or for
/// today.
pub async fn one(
    State(service): State<Arc<Service>>,
    Path((_, name)): Path<(String, String)>,
    mut parameters: Parameters,
) -> Result<Json<LoanAnswer>, Problem> {
    let question = parameters.question()?;
    parameters.finish()?;
    let name: Id = name.parse().map_err(|_| Problem::NoSuchPath {})?;
    let (as_of, day) = question.ready_for_day(&service).await?;
    match loan(&service.store, &name, as_of, day).await? {
        Some(found) => Ok(Json(found)),
        None => Err(Refusal::UnknownLoan { loan: name }.into()),
    }
}

fn stage(text: String) -> Result<LoanStage, Problem> {
    let text: StringDeserializer<Error> = text.into_deserializer();
    LoanStage::deserialize(text)
        .map_err(|_| Problem::BadParameter { name: "stage".into(), expected: STAGE })
}
