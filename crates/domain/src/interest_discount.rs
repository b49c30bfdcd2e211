//! Interest discount (贴息): claimed, approved, paid and returned as different facts, for a period, computed by the
//! mode of the programme and borne by tiers of government.

mod advance;
mod claim;
mod claim_file;
mod period;
mod portion;
mod returned;
mod segment;
mod split;
mod standing;
mod terms;
mod upper_tier;
mod verdict;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::date::Date;
use crate::fund::{Draw, Share, transfer_shares};
use crate::id::{Id, Text, present};
use crate::loan::Stage;
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, State};
pub use advance::{Advance, Advanced, DiscountAdvance, Settle, Settled, SettledClaim};
pub use claim::{Claim, ClaimLine, Claimed, Filed};
pub(crate) use claim_file::ReceivedFile;
pub use claim_file::{BadFileDigest, FileDigest, FileReceived, ReceiveFile};
pub use period::{ClaimedPeriod, ClaimedPeriods};
pub use portion::{BadPortion, Portion};
pub use returned::{FreedPeriod, Return, Returned, ReturnedPart};
pub use segment::{Computed, Segment};
pub use split::{SplitPart, Tier, TierShare};
pub use standing::{DiscountStanding, standings};
pub use terms::{ClaimWay, DiscountMode, DiscountTerms};
pub use upper_tier::{UpperTierBasis, UpperTierReceived};
pub use verdict::{BankLine, Finding, Verdict, hold_against};

/// Command `interest_discount.approve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The claim.
    pub claim: Id,
}

/// Event `interest_discount.approved.v1`: the money is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// The fund.
    pub fund: Id,
    /// How much.
    pub total: Money,
    /// Which sources bear it.
    pub shares: Vec<Share>,
}

/// Command `interest_discount.reject`: the loans may be claimed for again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The claim.
    pub claim: Id,
    /// Why.
    pub reason: Text,
}

/// Event `interest_discount.rejected.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// Why.
    pub reason: Text,
    /// The fund whose money was committed, when the claim was approved.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// Which sources held it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
}

/// Command `interest_discount.pay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// The claim.
    pub claim: Id,
}

/// Event `interest_discount.paid.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// The fund.
    pub fund: Id,
    /// How much.
    pub total: Money,
    /// Which sources bear it.
    pub shares: Vec<Share>,
    /// What the tiers of government bear of it by the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierShare>,
}

/// A claim that was filed and not rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountClaim {
    /// The programme.
    pub programme: Id,
    /// The fund that pays; empty until the claim is filed as a whole.
    pub fund: Option<Id>,
    /// How much.
    pub total: Money,
    /// How far it has come.
    pub stage: ClaimStage,
    /// The positions of the records of its first and its last line.
    pub lines: (u64, u64),
    /// The records of its steps so far: filed, approved, paid or settled.
    pub steps: Vec<Link>,
    /// The bank that filed it.
    pub bank: Option<Id>,
    /// What the tiers of government bear of it by the rule.
    pub tiers: Vec<TierShare>,
    /// How much of it came back, and the positions of the records of that.
    pub returned: (Money, Vec<u64>),
}

/// How far a claim has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimStage {
    /// Filed.
    Claimed,
    /// Approved; the sources that hold the money.
    Approved(Vec<Share>),
    /// Paid; the sources that bore it.
    Paid(Vec<Share>),
}

const CLAIMED: Word = Word::new("claimed", "已申请");
const APPROVED: Word = Word::new("approved", "已批准");
const PAID: Word = Word::new("paid", "已支付");

impl DiscountClaim {
    fn wrong_stage(&self, claim: &Id, needed: Word) -> Refusal {
        let stage = match self.stage {
            ClaimStage::Claimed => CLAIMED,
            ClaimStage::Approved(_) => APPROVED,
            ClaimStage::Paid(_) => PAID,
        };
        Refusal::ClaimWrongStage { claim: claim.clone(), stage, needed }
    }

    /// Refused when what follows its last step is dated before it.
    fn last_step_not_after(&self, date: Date) -> Result<(), Refusal> {
        self.steps.last().map_or(Ok(()), |step| step.not_after(date))
    }
}

impl Approve {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Approved, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (Some(fund), ClaimStage::Claimed) = (&claim.fund, &claim.stage) else {
            return Err(claim.wrong_stage(&self.claim, CLAIMED));
        };
        claim.last_step_not_after(effective_on)?;
        Ok(Approved {
            claim: self.claim.clone(),
            programme: claim.programme.clone(),
            fund: fund.clone(),
            total: claim.total,
            shares: Draw::on(state, fund, &claim.programme)?.take(claim.total)?,
        })
    }
}

impl Approved {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::Commitment, Account::CommitmentContra);
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, approved: Link) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.stage = ClaimStage::Approved(self.shares.clone());
            claim.steps.push(approved);
        }
    }
}

impl Reject {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Rejected, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (fund, shares) = match &claim.stage {
            ClaimStage::Claimed => (None, Vec::new()),
            ClaimStage::Approved(shares) => (claim.fund.clone(), shares.clone()),
            ClaimStage::Paid(_) => {
                let needed = Word::new("claimed or approved", "已申请或已批准");
                return Err(claim.wrong_stage(&self.claim, needed));
            }
        };
        claim.last_step_not_after(effective_on)?;
        Ok(Rejected {
            claim: self.claim.clone(),
            programme: claim.programme.clone(),
            reason: self.reason.clone(),
            fund,
            shares,
        })
    }
}

impl Rejected {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        if let Some(fund) = &self.fund {
            let (debit, credit) = (Account::CommitmentContra, Account::Commitment);
            transfer_shares(&mut entry, debit, credit, fund, &self.programme, &self.shares);
        }
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let Some(claim) = state.claims.remove(&self.claim) else { return };
        // Every loan is looked at: that is rare, and lists of loans would have to be kept for ever.
        let of_claim = claim.lines.0..=claim.lines.1;
        let mut freed = Vec::new();
        for loan in state.loans.values_mut() {
            if let Stage::Active(active) = &mut loan.stage
                && active.claimed.forget(&of_claim)
            {
                freed.push(loan.borrower);
            }
        }
        for borrower in freed {
            state.uncount_discounted_loan(borrower);
        }
    }
}

impl Pay {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Paid, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (Some(fund), ClaimStage::Approved(shares)) = (&claim.fund, &claim.stage) else {
            return Err(claim.wrong_stage(&self.claim, APPROVED));
        };
        claim.last_step_not_after(effective_on)?;
        Ok(Paid {
            claim: self.claim.clone(),
            programme: claim.programme.clone(),
            fund: fund.clone(),
            total: claim.total,
            shares: shares.clone(),
            tiers: claim.tiers.clone(),
        })
    }
}

impl Paid {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (fund, purpose, shares) = (&self.fund, &self.programme, &self.shares);
        let (debit, credit) = (Account::InterestDiscount, Account::FundBank);
        transfer_shares(&mut entry, debit, credit, fund, purpose, shares);
        let (debit, credit) = (Account::CommitmentContra, Account::Commitment);
        transfer_shares(&mut entry, debit, credit, fund, purpose, shares);
        let accounts = (Account::TierShare, Account::TierShareContra);
        split::transfer_tiers(&mut entry, accounts, fund, purpose, &self.tiers);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, paid: Link) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.stage = ClaimStage::Paid(self.shares.clone());
            claim.steps.push(paid);
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        nothing_returned(state, &self.claim, position)
    }

    /// The claim waits for payment again: it can be paid anew, or rejected.
    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.stage = ClaimStage::Approved(self.shares.clone());
            claim.steps.pop();
        }
    }
}

/// A payment is reversed after what came back of it.
fn nothing_returned(state: &State, claim: &Id, position: u64) -> Result<(), Refusal> {
    match state.claim(claim)?.returned.1.last() {
        None => Ok(()),
        Some(&later) => Err(Refusal::ReverseLaterFirst { position, later }),
    }
}
