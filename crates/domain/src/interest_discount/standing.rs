//! How far the interest discounts of programmes are: what has accrued and is not claimed, and what is claimed, approved,
//! paid and returned are different facts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ClaimStage;
use super::segment::{Assume, Discounted};
use crate::date::Date;
use crate::id::Id;
use crate::loan::{Active, Loan, Stage};
use crate::money::Money;
use crate::state::State;

/// The discounts of a programme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DiscountStanding {
    /// Run up by the rules on days that nobody has claimed for.
    pub accrued: Money,
    /// Filed, and neither approved nor rejected.
    pub claimed: Money,
    /// Approved and not paid.
    pub approved: Money,
    /// Paid, with what came back.
    pub paid: Money,
    /// Came back of what was paid.
    pub returned: Money,
}

/// How far discounts are as the ledger knows them, accrued to before a day, by programme. Of loans that were settled
/// more than [`crate::loan::SETTLED_LOAN_KEPT_DAYS`] days ago nothing accrues any more.
#[must_use]
pub fn standings(state: &State, to: Date) -> BTreeMap<Id, DiscountStanding> {
    let mut standings: BTreeMap<Id, DiscountStanding> = BTreeMap::new();
    for loan in state.loans.values() {
        let Stage::Active(active) = &loan.stage else { continue };
        if let Some((programme, accrued)) = accrued(state, loan, active, to)
            && accrued.is_positive()
        {
            standings.entry(programme.clone()).or_default().accrued += accrued;
        }
    }
    for claim in state.claims.values() {
        let standing = standings.entry(claim.programme.clone()).or_default();
        match claim.stage {
            ClaimStage::Claimed => standing.claimed += claim.total,
            ClaimStage::Approved(_) => standing.approved += claim.total,
            ClaimStage::Paid(_) => standing.paid += claim.total,
        }
        standing.returned += claim.returned.0;
    }
    standings
}

/// What has run up on days of a loan that nobody has claimed for: each stretch is rounded once, as its claim would be.
fn accrued<'a>(
    state: &'a State,
    loan: &'a Loan,
    active: &'a Active,
    to: Date,
) -> Option<(&'a Id, Money)> {
    let discounted = Discounted::of(state, loan, active).ok()??;
    let mut claimed = active.claimed.list();
    let terms = discounted.terms_on(to.plus_days(-1))?;
    let over_lifetime = terms
        .loans_per_borrower
        .is_some_and(|maximum| state.discounted_loans(loan.borrower) >= maximum);
    if claimed.is_empty() && over_lifetime {
        return None;
    }
    claimed.sort_by_key(|period| period.from);
    let mut sum = Money::ZERO;
    let mut from = active.disbursed_on;
    for (start, end) in claimed.iter().map(|period| (period.from, period.to)).chain([(to, to)]) {
        let until = start.min(to);
        if from < until {
            sum += discounted.computed(state, (from, until), Assume::Nothing).ok()?.discount;
        }
        from = from.max(end);
    }
    Some((discounted.programme, sum))
}
