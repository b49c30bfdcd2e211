//! `…/journal`: events and their entries, in the order of the log.

use std::sync::Arc;

use almoner_domain::account::Account;
use almoner_domain::refusal::Word;
use almoner_views::{JournalEvent, JournalFilter, journal};
use axum::Json;
use axum::extract::State;

use crate::page::{Listed, Page};
use crate::problem::Problem;
use crate::query::Parameters;
use crate::service::Service;

const ACCOUNT: Word =
    Word::new("the code of an account, as assets:fund_bank", "科目代码，如 assets:fund_bank");
const FUND: Word = Word::new("the identifier of a fund", "资金编号");

/// The journal, all or only what posts to an account or fund, is about a subject, or is effective
/// from one day to another.
pub async fn list(
    State(service): State<Arc<Service>>,
    mut parameters: Parameters,
) -> Result<Json<Listed<JournalEvent>>, Problem> {
    let page = Page::take("journal", &mut parameters)?;
    let question = parameters.question()?;
    let filter = JournalFilter {
        account: parameters.take("account").map(|code| account(&code)).transpose()?,
        fund: parameters.read("fund", FUND)?,
        subject: parameters.take("subject"),
        from: parameters.date("from")?,
        to: parameters.date("to")?,
    };
    parameters.finish()?;
    let after = page.after()?.unwrap_or(0);
    let as_of = question.ready(&service).await?;
    let found = journal(&service.store, as_of, &filter, after, page.limit).await?;
    let next = found.next.map(|next| next.to_string());
    Ok(Json(page.answer(found.position, found.events, next)))
}

fn account(code: &str) -> Result<Account, Problem> {
    let bad = || Problem::BadParameter { name: "account".into(), expected: ACCOUNT };
    Account::from_code(code).ok_or_else(bad)
}
