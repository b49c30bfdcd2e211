//! Who bears a subsidy: sources of the fund by weights, as enterprise, finance and society bore the basic living
//! allowance of laid-off workers by thirds (三三制).

use serde::{Deserialize, Serialize};

use crate::fund::{Draw, Share};
use crate::id::Id;
use crate::money::Money;
use crate::refusal::Refusal;

/// A source of the fund, and its weight among those that bear a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bearer {
    /// The source within the fund.
    pub source: Id,
    /// Its weight beside the others: 1, 1, 1 for thirds.
    pub weight: u32,
    /// Whether it takes over what others cannot pay (财政兜底); one may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_over: bool,
}

/// Draws a payment on those who bear it, split by largest remainder. What one of them has not, the one bears that takes
/// over, and beyond that the fund's sources in their order.
pub(crate) fn draw(
    draw: &mut Draw<'_>,
    amount: Money,
    bearers: &[Bearer],
) -> Result<Vec<Share>, Refusal> {
    draw.enough_for(amount)?;
    let weights: Vec<i64> = bearers.iter().map(|bearer| i64::from(bearer.weight)).collect();
    let parts = amount.split(&weights).unwrap_or_default();
    let mut shares: Vec<Share> = bearers
        .iter()
        .zip(parts)
        .map(|(bearer, part)| draw.take_from(&bearer.source, part))
        .collect();
    let borne: Money = shares.iter().map(|share| share.amount).sum();
    let mut rest = amount - borne;
    for bearer in bearers.iter().filter(|bearer| bearer.takes_over) {
        let more = draw.take_from(&bearer.source, rest);
        rest -= more.amount;
        let own = shares.iter_mut().filter(|share| share.source == more.source);
        own.for_each(|share| share.amount += more.amount);
    }
    for more in draw.take(rest)? {
        match shares.iter_mut().find(|share| share.source == more.source) {
            Some(share) => share.amount += more.amount,
            None => shares.push(more),
        }
    }
    shares.retain(|share| share.amount.is_positive());
    Ok(shares)
}

/// What is wrong with those who bear, if anything.
pub(crate) fn problem(bearers: &[Bearer]) -> Option<&'static str> {
    if bearers.len() > 50 {
        return Some("at most 50 sources are accepted");
    }
    if bearers.iter().filter(|bearer| bearer.takes_over).count() > 1 {
        return Some("one source may take over what others cannot pay");
    }
    for (index, bearer) in bearers.iter().enumerate() {
        if bearer.weight == 0 {
            return Some("a weight must be above 0");
        }
        if bearers[..index].iter().any(|other| other.source == bearer.source) {
            return Some("a source stands twice");
        }
    }
    None
}
