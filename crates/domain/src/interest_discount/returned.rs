//! Money of a paid discount that comes back: returned by the bank, or clawed back.

use serde::{Deserialize, Serialize};

use super::claim::{Claimed, claim_period, free_period};
use super::split::{TierShare, transfer_tiers};
use super::{ClaimStage, PAID};
use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::event::Event;
use crate::fund::{Share, enough_to_take_back, transfer_shares};
use crate::id::{Id, Text, present};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::{Original, State};

/// Command `interest_discount.return`: money of one line of a paid claim came back, in part or whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// The position of the record of the line (`interest_discount.claimed`).
    pub line: u64,
    /// How much came back.
    pub amount: Money,
    /// Why.
    pub reason: Text,
}

/// Event `interest_discount.returned.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returned {
    /// The claim.
    pub claim: Id,
    /// The position of the record of the line.
    pub line: u64,
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// How much came back.
    pub amount: Money,
    /// Why.
    pub reason: Text,
    /// The fund.
    pub fund: Id,
    /// Which sources get it back.
    pub shares: Vec<Share>,
    /// What the tiers of government bear less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierShare>,
    /// The period that may be claimed again, because nothing is left of the line.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub freed: Option<FreedPeriod>,
}

/// A period that may be claimed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreedPeriod {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
}

/// What came back of a line at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedPart {
    /// The position of the record.
    pub position: u64,
    /// How much.
    pub amount: Money,
    /// What the tiers bear less.
    pub tiers: Vec<TierShare>,
}

impl Return {
    pub(crate) fn decide(
        &self,
        state: &State,
        line: Option<Original<'_>>,
        effective_on: Date,
    ) -> Result<Returned, Refusal> {
        positive("amount", self.amount)?;
        let line = line.ok_or(Refusal::UnknownRecord { position: self.line })?;
        let Event::DiscountClaimed(claimed) = line.event else {
            let (position, kind) = (self.line, line.event.kind());
            return Err(Refusal::NotAClaimLine { position, kind });
        };
        let claim = state.claim(&claimed.claim)?;
        let (Some(fund), ClaimStage::Paid(shares)) = (&claim.fund, &claim.stage) else {
            return Err(claim.wrong_stage(&claimed.claim, PAID));
        };
        claim.last_step_not_after(effective_on)?;
        let before = state.discounts_returned.get(&self.line).map_or(&[][..], Vec::as_slice);
        let open = claimed.discount - before.iter().map(|part| part.amount).sum();
        if self.amount > open {
            let (position, amount) = (self.line, self.amount);
            return Err(Refusal::ReturnOverPaid { position, amount, open });
        }
        let period = FreedPeriod { from: claimed.from, to: claimed.to };
        Ok(Returned {
            claim: claimed.claim.clone(),
            line: self.line,
            loan: claimed.loan.clone(),
            programme: claimed.programme.clone(),
            amount: self.amount,
            reason: self.reason.clone(),
            fund: fund.clone(),
            shares: part_of_shares(shares, claim.returned.0, self.amount),
            tiers: part_of_tiers(claimed, before, self.amount),
            freed: (self.amount == open).then_some(period),
        })
    }
}

/// A part of what sources bore, after a part that went before it: in the order of the sources.
pub(super) fn part_of_shares(shares: &[Share], before: Money, amount: Money) -> Vec<Share> {
    let (mut skip, mut left) = (before, amount);
    let mut parts = Vec::new();
    for share in shares {
        let skipped = skip.min(share.amount);
        skip -= skipped;
        let part = left.min(share.amount - skipped);
        left -= part;
        if part.is_positive() {
            parts.push(Share { source: share.source.clone(), amount: part });
        }
    }
    parts
}

/// What tiers bear less, in proportion to what they still bear: no tier gets more back than it bore.
fn part_of_tiers(claimed: &Claimed, before: &[ReturnedPart], amount: Money) -> Vec<TierShare> {
    let mut left = claimed.tiers();
    for part in before.iter().flat_map(|part| &part.tiers) {
        if let Some(tier) = left.iter_mut().find(|tier| tier.tier == part.tier) {
            tier.amount -= part.amount;
        }
    }
    let weights: Vec<i64> = left.iter().map(|tier| tier.amount.fen()).collect();
    let parts = amount.split(&weights).unwrap_or_default();
    let tiers = left.into_iter().zip(parts);
    tiers
        .map(|(tier, amount)| TierShare { amount, ..tier })
        .filter(|tier| tier.amount.is_positive())
        .collect()
}

impl Returned {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::FundBank, Account::InterestDiscount);
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares);
        let accounts = (Account::TierShareContra, Account::TierShare);
        transfer_tiers(&mut entry, accounts, &self.fund, &self.programme, &self.tiers);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        let part = ReturnedPart { position, amount: self.amount, tiers: self.tiers.clone() };
        state.discounts_returned.entry(self.line).or_default().push(part);
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.returned.0 += self.amount;
            claim.returned.1.push(position);
        }
        if self.freed.is_some() {
            free_period(state, &self.loan, self.line);
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        // What came back of a claim goes to its sources in turn, so that the last is reversed first.
        if let Some(&later) = state.claim(&self.claim)?.returned.1.last()
            && later != position
        {
            return Err(Refusal::ReverseLaterFirst { position, later });
        }
        if let Some(freed) = self.freed {
            // With the loan it is forgotten whether it would count as discounted again.
            let active = state.loan(&self.loan)?.active(&self.loan)?;
            let claimed = active.claimed.list();
            let overlapping =
                claimed.iter().filter(|one| one.from < freed.to && freed.from < one.to);
            if let Some(later) = overlapping.map(|one| one.position).max() {
                let (loan, position) = (self.loan.clone(), later);
                return Err(Refusal::LoanInClaim { loan, position });
            }
            // The discount was computed at rates that were reset since.
            let inside = |day: Date| freed.from < day && day < freed.to;
            let later = active.last_position;
            if later > position && active.rate_resets().iter().any(|(day, _)| inside(*day)) {
                return Err(Refusal::ReverseLaterFirst { position, later });
            }
        }
        for share in &self.shares {
            let pot = Pot::of(&self.fund, &share.source, Some(&self.programme));
            enough_to_take_back(state, &pot, &self.fund, position, share.amount)?;
        }
        Ok(())
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(parts) = state.discounts_returned.get_mut(&self.line) {
            parts.pop();
            if parts.is_empty() {
                state.discounts_returned.remove(&self.line);
            }
        }
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.returned.0 -= self.amount;
            claim.returned.1.pop();
        }
        if let Some(FreedPeriod { from, to }) = self.freed {
            let period = super::ClaimedPeriod { from, to, position: self.line };
            claim_period(state, &self.loan, period);
        }
    }
}
