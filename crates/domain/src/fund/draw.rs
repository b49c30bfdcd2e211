//! What a purpose can still spend, source by source.

use super::{Share, available};
use crate::account::Pot;
use crate::id::Id;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::State;

/// What is left for a purpose, source by source, while a list of lines draws on it.
pub(crate) struct Draw<'a> {
    fund: &'a Id,
    purpose: &'a Id,
    left: Vec<Share>,
    unallocated: Money,
}

impl<'a> Draw<'a> {
    /// What a purpose has in a fund now.
    pub(crate) fn on(state: &State, fund: &'a Id, purpose: &'a Id) -> Result<Self, Refusal> {
        let known = state.fund(fund)?;
        let left = known.sources.iter().map(|source| Share {
            source: source.clone(),
            amount: available(state, &Pot::of(fund, source, Some(purpose))).or_zero(),
        });
        let unallocated =
            known.sources.iter().map(|source| available(state, &Pot::of(fund, source, None))).sum();
        Ok(Self { fund, purpose, left: left.collect(), unallocated })
    }

    /// Refused when less than the amount is left.
    pub(crate) fn enough_for(&self, amount: Money) -> Result<(), Refusal> {
        let available: Money = self.left.iter().map(|share| share.amount).sum();
        if amount <= available {
            return Ok(());
        }
        Err(Refusal::FundOverdrawn {
            fund: self.fund.clone(),
            purpose: self.purpose.to_string(),
            needed: amount,
            available,
            unallocated: self.unallocated,
        })
    }

    /// Takes what a source has, at most so much.
    pub(crate) fn take_from(&mut self, source: &Id, most: Money) -> Share {
        let left = self.left.iter_mut().find(|left| left.source == *source);
        let taken = left.map_or(Money::ZERO, |left| {
            let taken = most.min(left.amount);
            left.amount -= taken;
            taken
        });
        Share { source: source.clone(), amount: taken }
    }

    /// Takes an amount, from the sources in the fund's order; refused when there is not enough.
    pub(crate) fn take(&mut self, amount: Money) -> Result<Vec<Share>, Refusal> {
        self.enough_for(amount)?;
        let mut shares = Vec::new();
        let mut needed = amount;
        for left in &mut self.left {
            let taken = needed.min(left.amount);
            if taken.is_positive() {
                left.amount -= taken;
                needed -= taken;
                shares.push(Share { source: left.source.clone(), amount: taken });
            }
        }
        Ok(shares)
    }
}
