//! Advance and settlement (预拨清算): a bank gets discounts in advance by estimate, and after the year they are settled by
//! the claims it filed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::returned::part_of_shares;
use super::split::{self, TierShare, transfer_tiers};
use super::{CLAIMED, ClaimStage, nothing_returned};
use crate::account::{Account, Entry, Pot};
use crate::check::{lines_within_limit, positive};
use crate::date::Date;
use crate::fund::{Draw, Share, enough_to_take_back, transfer_shares};
use crate::id::{Id, Text};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, State};

/// Command `interest_discount.advance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// The advance.
    pub advance: Id,
    /// The programme.
    pub programme: Id,
    /// The fund that pays.
    pub fund: Id,
    /// The bank that gets it.
    pub bank: Id,
    /// The year whose discounts it is for.
    pub year: i16,
    /// How much.
    pub amount: Money,
    /// The document that it rests on.
    pub document: Text,
}

/// Event `interest_discount.advanced.v1`: money left the fund, and is not yet spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advanced {
    /// The advance.
    pub advance: Id,
    /// The programme.
    pub programme: Id,
    /// The fund that pays.
    pub fund: Id,
    /// The bank that gets it.
    pub bank: Id,
    /// The year whose discounts it is for.
    pub year: i16,
    /// How much.
    pub amount: Money,
    /// Which sources bear it.
    pub shares: Vec<Share>,
    /// The document that it rests on.
    pub document: Text,
}

/// Command `interest_discount.settle`: claims that are filed and not approved are held against an advance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// The advance.
    pub advance: Id,
    /// The claims.
    pub claims: Vec<Id>,
    /// The document that it rests on.
    pub document: Text,
}

/// Event `interest_discount.settled.v1`: the advance is spent on the claims, which are paid by it; the bank
/// gets what is due beyond it, or returns what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The advance.
    pub advance: Id,
    /// The programme.
    pub programme: Id,
    /// The fund.
    pub fund: Id,
    /// The claims, and which sources bear each.
    pub claims: Vec<SettledClaim>,
    /// What the claims come to.
    pub actual: Money,
    /// What the advance came to.
    pub advanced: Money,
    /// Which sources had advanced what is spent.
    pub spent: Vec<Share>,
    /// Which sources pay what is due beyond the advance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<Share>,
    /// Which sources get back what is left of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Share>,
    /// What the tiers of government bear of the claims by the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierShare>,
    /// The document that it rests on.
    pub document: Text,
}

/// One claim of a settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettledClaim {
    /// The claim.
    pub claim: Id,
    /// Which sources bear it.
    pub shares: Vec<Share>,
}

/// An advance that was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountAdvance {
    /// The programme.
    pub programme: Id,
    /// The fund that paid it.
    pub fund: Id,
    /// The bank that got it.
    pub bank: Id,
    /// How much.
    pub amount: Money,
    /// Which sources bore it.
    pub shares: Vec<Share>,
    /// The record of its payment.
    pub paid: Link,
    /// The position of the record of its settlement.
    pub settled: Option<u64>,
}

impl Advance {
    pub(crate) fn decide(&self, state: &State) -> Result<Advanced, Refusal> {
        positive("amount", self.amount)?;
        if state.advances.contains_key(&self.advance) {
            let kind = Word::new("advance", "预拨");
            return Err(Refusal::AlreadyExists { kind, id: self.advance.clone() });
        }
        state.programme(&self.programme)?;
        state.fund(&self.fund)?;
        Ok(Advanced {
            advance: self.advance.clone(),
            programme: self.programme.clone(),
            fund: self.fund.clone(),
            bank: self.bank.clone(),
            year: self.year,
            amount: self.amount,
            shares: Draw::on(state, &self.fund, &self.programme)?.take(self.amount)?,
            document: self.document.clone(),
        })
    }
}

impl Advanced {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::DiscountAdvance, Account::FundBank);
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, paid: Link) {
        let advance = DiscountAdvance {
            programme: self.programme.clone(),
            fund: self.fund.clone(),
            bank: self.bank.clone(),
            amount: self.amount,
            shares: self.shares.clone(),
            paid,
            settled: None,
        };
        state.advances.insert(self.advance.clone(), advance);
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        match state.advance(&self.advance)?.settled {
            None => Ok(()),
            Some(later) => Err(Refusal::ReverseLaterFirst { position, later }),
        }
    }

    pub(crate) fn undo(&self, state: &mut State) {
        state.advances.remove(&self.advance);
    }
}

impl Settle {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Settled, Refusal> {
        lines_within_limit(self.claims.len())?;
        let advance = state.advance(&self.advance)?;
        advance.paid.not_after(effective_on)?;
        if let Some(position) = advance.settled {
            return Err(Refusal::AdvanceSettled { advance: self.advance.clone(), position });
        }
        let (mut seen, mut tiers) = (BTreeSet::new(), Vec::new());
        let mut totals = Vec::new();
        for id in &self.claims {
            let claim = state.claim(id)?;
            if claim.stage != ClaimStage::Claimed || !seen.insert(id) {
                return Err(claim.wrong_stage(id, CLAIMED));
            }
            claim.last_step_not_after(effective_on)?;
            let same = claim.programme == advance.programme
                && claim.fund.as_ref() == Some(&advance.fund)
                && claim.bank.as_ref() == Some(&advance.bank);
            if !same {
                return Err(Refusal::ClaimNotOfAdvance {
                    claim: id.clone(),
                    advance: self.advance.clone(),
                    programme: advance.programme.clone(),
                    bank: advance.bank.clone(),
                });
            }
            split::add(&mut tiers, &claim.tiers);
            totals.push((id, claim.total));
        }
        let actual: Money = totals.iter().map(|(_, total)| *total).sum();
        let spent = actual.min(advance.amount);
        let due = Draw::on(state, &advance.fund, &advance.programme)?.take(actual - spent)?;
        // The claims are borne by what was advanced first, then by what is due beyond it.
        let spent_shares = part_of_shares(&advance.shares, Money::ZERO, spent);
        let borne: Vec<Share> = spent_shares.iter().chain(&due).cloned().collect();
        let mut before = Money::ZERO;
        let claims = totals.into_iter().map(|(claim, total)| {
            let shares = part_of_shares(&borne, before, total);
            before += total;
            SettledClaim { claim: claim.clone(), shares }
        });
        Ok(Settled {
            advance: self.advance.clone(),
            programme: advance.programme.clone(),
            fund: advance.fund.clone(),
            claims: claims.collect(),
            actual,
            advanced: advance.amount,
            spent: spent_shares,
            due,
            left: part_of_shares(&advance.shares, spent, advance.amount - spent),
            tiers,
            document: self.document.clone(),
        })
    }
}

impl Settled {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let moves = [
            (Account::InterestDiscount, Account::DiscountAdvance, &self.spent),
            (Account::InterestDiscount, Account::FundBank, &self.due),
            (Account::FundBank, Account::DiscountAdvance, &self.left),
        ];
        for (debit, credit, shares) in moves {
            transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, shares);
        }
        let accounts = (Account::TierShare, Account::TierShareContra);
        transfer_tiers(&mut entry, accounts, &self.fund, &self.programme, &self.tiers);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, record: Link) {
        for settled in &self.claims {
            if let Some(claim) = state.claims.get_mut(&settled.claim) {
                claim.stage = ClaimStage::Paid(settled.shares.clone());
                claim.steps.push(record);
            }
        }
        if let Some(advance) = state.advances.get_mut(&self.advance) {
            advance.settled = Some(record.position);
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        for settled in &self.claims {
            nothing_returned(state, &settled.claim, position)?;
        }
        for share in &self.left {
            let pot = Pot::of(&self.fund, &share.source, Some(&self.programme));
            enough_to_take_back(state, &pot, &self.fund, position, share.amount)?;
        }
        Ok(())
    }

    /// The claims are filed again and the advance is open.
    pub(crate) fn undo(&self, state: &mut State) {
        for settled in &self.claims {
            if let Some(claim) = state.claims.get_mut(&settled.claim) {
                claim.stage = ClaimStage::Claimed;
                claim.steps.pop();
            }
        }
        if let Some(advance) = state.advances.get_mut(&self.advance) {
            advance.settled = None;
        }
    }
}
