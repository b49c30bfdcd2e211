//! Who may ask: bearer tokens (RFC 6750).
//!
//! Only the SHA-256 of a token is held, and all of them are compared in constant time, so that neither
//! memory nor time tells one. Roles and people come with the full service.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::problem::Problem;
use crate::service::Service;

/// Who has it may use the service.
#[derive(Clone, Debug)]
pub struct Token {
    digest: [u8; 32],
    caller: Caller,
}

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Ask everything, change nothing: for auditors and trade unions.
    Read,
    /// Ask, and submit commands in the name of any actor: for the programs that clerks work with.
    Record,
}

/// Why a text cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It could be guessed, or cannot stand in a header.
    #[error("a token has {LEAST_CHARACTERS} visible ASCII characters or more")]
    Text,
    /// The actor cannot stand in records.
    #[error("an actor has 1 to 64 visible ASCII characters without quotation mark and backslash")]
    Actor,
}

/// Whose request it is.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who acts where a command names nobody.
    pub actor: Arc<str>,
    /// What it may do.
    pub access: Access,
}

/// Shorter ones could be guessed.
const LEAST_CHARACTERS: usize = 32;

/// A new token: 256 random bits behind a prefix by which scanners find lost ones.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_token() -> Result<String, getrandom::Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)?;
    Ok(format!("almoner_{}", URL_SAFE_NO_PAD.encode(bits)))
}

impl Token {
    /// The token of a text; `actor` acts where a command that comes with it names nobody.
    ///
    /// # Errors
    /// When the text or the actor has not the form needed.
    pub fn new(text: &str, actor: &str, access: Access) -> Result<Self, TokenError> {
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() < LEAST_CHARACTERS || !visible(text) {
            return Err(TokenError::Text);
        }
        let good = (1..=64).contains(&actor.len()) && !actor.contains(['"', '\\']);
        if !good || !visible(actor) {
            return Err(TokenError::Actor);
        }
        let caller = Caller { actor: actor.into(), access };
        Ok(Self { digest: Sha256::digest(text).into(), caller })
    }
}

/// Lets through who has a token.
pub async fn require_token(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let text = bearer(request.headers()).ok_or(Problem::NoToken {})?;
    let caller = find(&service.tokens, text).ok_or(Problem::WrongToken {})?;
    request.extensions_mut().insert(caller.clone());
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Compares with every token, whichever fits.
fn find<'a>(tokens: &'a [Token], text: &str) -> Option<&'a Caller> {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let mut place = u32::MAX;
    for (at, token) in (0..).zip(tokens) {
        let same: Choice = token.digest.ct_eq(&digest);
        place.conditional_assign(&at, same);
    }
    tokens.get(place as usize).map(|token| &token.caller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens_and_each_opens_its_own() {
        let texts = [random_token().unwrap(), random_token().unwrap()];
        let tokens = [
            Token::new(&texts[0], "portal", Access::Record).unwrap(),
            Token::new(&texts[1], "union", Access::Read).unwrap(),
        ];
        let actor = |text: &str| find(&tokens, text).map(|caller| caller.actor.to_string());
        assert_eq!(actor(&texts[0]).as_deref(), Some("portal"));
        assert_eq!(actor(&texts[1]).as_deref(), Some("union"));
        assert_eq!(actor(&texts[0][1..]), None);
        assert_eq!(actor(""), None);
        assert!(find(&[], &texts[0]).is_none());
    }

    #[test]
    fn a_token_that_could_be_guessed_is_not_taken() {
        let short = "x".repeat(LEAST_CHARACTERS - 1);
        assert_eq!(Token::new(&short, "a", Access::Read).unwrap_err(), TokenError::Text);
        let spaced = " ".repeat(LEAST_CHARACTERS);
        assert_eq!(Token::new(&spaced, "a", Access::Read).unwrap_err(), TokenError::Text);
        let long = "x".repeat(LEAST_CHARACTERS);
        assert_eq!(Token::new(&long, "", Access::Read).unwrap_err(), TokenError::Actor);
        assert_eq!(Token::new(&long, "a\"", Access::Read).unwrap_err(), TokenError::Actor);
        let shown = format!("{:?}", Token::new(&long, "a", Access::Read).unwrap());
        assert!(!shown.contains(&long));
    }
}
