//! Problems: why a request was not done, said so that a person and a program can act on it (RFC 9457).
//!
//! A refusal of the ledger keeps its code, figures and texts. Everything else is in the catalogue below.
//! A handler returns a problem without knowing who asks; [`explain`] writes its body in the end.

mod catalogue;

use std::collections::BTreeMap;

use almoner_domain::refusal::{Refusal, Stage};
use almoner_ledger::SubmitError;
use almoner_log::StoreError;
use almoner_views::ViewsError;
use axum::body::Body;
use axum::http::header::{
    CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::language::Language;
pub use catalogue::Problem;

/// What the `type` of a problem begins with; its code follows.
const TYPE: &str = "urn:almoner:problem:";

/// Seconds after which a machine that failed may be asked again.
const RETRY_AFTER_SECONDS: &str = "2";

/// The body of a problem.
#[derive(Serialize)]
struct Body9457<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: String,
    instance: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    figures: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<RefusedLine<'a>>,
}

/// A refused line of a list.
#[derive(Serialize)]
struct RefusedLine<'a> {
    line: usize,
    code: &'a str,
    stage: &'a str,
    detail: String,
    figures: BTreeMap<&'a str, String>,
}

impl Problem {
    /// A failure of the machine: the program's log gets the cause, the caller does not.
    pub fn failure(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "the request failed");
        Self::Unavailable {}
    }

    /// The code, and the text in English and in Chinese.
    pub fn in_both_languages(&self) -> (&'static str, String, String) {
        (self.code(), self.detail(Language::English), self.detail(Language::Chinese))
    }

    fn body<'a>(&'a self, language: Language, request_id: &'a str) -> Body9457<'a> {
        let (code, title, detail) = match self {
            Self::Refused(refusal) => {
                (refusal.code(), title(refusal.stage(), language), said(refusal, language))
            }
            other => (other.code(), other.title(language), other.detail(language)),
        };
        let refusal = if let Self::Refused(refusal) = self { Some(&**refusal) } else { None };
        let lines = match refusal {
            Some(Refusal::Lines { listed, .. }) => listed
                .iter()
                .map(|(line, refusal)| refused_line(*line, refusal, language))
                .collect(),
            _ => Vec::new(),
        };
        Body9457 {
            r#type: format!("{TYPE}{code}"),
            title,
            status: self.status().as_u16(),
            detail,
            instance: request_id,
            code,
            stage: refusal.map(|refusal| refusal.stage().as_str()),
            figures: self.figures().into_iter().collect(),
            lines,
        }
    }
}

/// The status of a refusal. What exists already is a conflict, though it is found out together with
/// what does not exist.
fn status(refusal: &Refusal) -> StatusCode {
    match (refusal, refusal.stage()) {
        (Refusal::AlreadyExists { .. }, _) => StatusCode::CONFLICT,
        (Refusal::Lines { listed, .. }, _) => {
            let first = listed.iter().map(|(_, refusal)| refusal).min_by_key(|one| one.stage());
            first.map_or(StatusCode::CONFLICT, status)
        }
        (_, Stage::Form) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Stage::Reference) => StatusCode::NOT_FOUND,
        (_, Stage::Idempotency | Stage::Rule | Stage::Limit) => StatusCode::CONFLICT,
    }
}

fn title(stage: Stage, language: Language) -> &'static str {
    let (english, chinese) = match stage {
        Stage::Form => ("the command cannot be read", "命令格式有误"),
        Stage::Idempotency => ("the key is used already", "幂等键已被使用"),
        Stage::Reference => {
            ("what is named does not exist, or exists already", "所指对象不存在或已存在")
        }
        Stage::Rule => ("a rule forbids it", "违反规则"),
        Stage::Limit => ("a limit would be passed", "超出限额"),
    };
    language.say(english, chinese)
}

fn said(refusal: &Refusal, language: Language) -> String {
    match language {
        Language::English => refusal.english(),
        Language::Chinese => refusal.chinese(),
    }
}

fn refused_line(line: usize, refusal: &Refusal, language: Language) -> RefusedLine<'_> {
    RefusedLine {
        line,
        code: refusal.code(),
        stage: refusal.stage().as_str(),
        detail: said(refusal, language),
        figures: refusal.figures().into_iter().collect(),
    }
}

impl IntoResponse for Problem {
    /// Only the status; the problem itself travels along until [`explain`] meets it.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a problem into its response. Other responses stay as they are.
pub fn explain(mut response: Response, language: Language, request_id: &str) -> Response {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        // Such as `/readyz`, which says by itself what is the matter.
        None if response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/json") =>
        {
            return response;
        }
        None if status.is_server_error() => Problem::Internal {},
        // Something before our own code could not make sense of it.
        None if status.is_client_error() => Problem::BadRequest {},
        None => return response,
    };
    let body = serde_json::to_vec(&problem.body(language, request_id)).unwrap_or_default();
    *response.status_mut() = problem.status();
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    }
    let challenge = match problem {
        Problem::NoToken {} => Some("Bearer realm=\"almoner\""),
        Problem::WrongToken {} => Some("Bearer realm=\"almoner\", error=\"invalid_token\""),
        _ => None,
    };
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    *response.body_mut() = Body::from(body);
    response
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::Fault(fault) => {
                tracing::error!(
                    error = &fault as &dyn std::error::Error,
                    "a command has no receipt"
                );
                Self::OutcomeUnknown {}
            }
        }
    }
}

impl From<ViewsError> for Problem {
    fn from(error: ViewsError) -> Self {
        match error {
            ViewsError::NotYet { asked, at } => Self::ViewsBehind { asked, at },
            ViewsError::NotMade(_) => Self::ViewsBehind { asked: 1, at: 0 },
            other => Self::failure(&other),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::failure(&error)
    }
}
