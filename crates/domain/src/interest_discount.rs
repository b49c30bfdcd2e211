//! Interest discount (贴息): claimed, approved and paid as different facts, for a period, by share of the
//! actual interest.

mod claim;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::date::Date;
use crate::day_count;
use crate::fund::{Draw, Share, transfer_shares};
use crate::id::{Id, Text, present};
use crate::loan::packed::Packed;
use crate::loan::{Active, Stage};
use crate::money::Money;
use crate::programme::{DiscountTerms, LoanTerms};
use crate::refusal::{Refusal, Word};
use crate::state::State;
pub use claim::{Claim, ClaimLine, Claimed, Filed};

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
}

/// How far a claim has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimStage {
    /// Filed.
    Claimed,
    /// Approved; the sources that hold the money.
    Approved(Vec<Share>),
    /// Paid.
    Paid,
}

/// A period of a loan whose interest is discounted or claimed, from `from` to before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPeriod {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// The position of the record that claims it.
    pub position: u64,
}

/// The periods of a loan whose interest is discounted or claimed, packed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedPeriods(Packed<3>);

impl ClaimedPeriods {
    /// The periods, in the order in which they were claimed.
    #[must_use]
    pub fn list(&self) -> Vec<ClaimedPeriod> {
        let date = |day: i64| Date::from_day_number(i32::try_from(day).unwrap_or_default());
        let period = |[from, to, position]: [i64; 3]| ClaimedPeriod {
            from: date(from),
            to: date(to),
            position: position.cast_unsigned(),
        };
        self.0.rows().into_iter().map(period).collect()
    }

    /// How many bytes it takes in memory, beside the structure itself.
    #[must_use]
    pub fn len_in_bytes(&self) -> usize {
        self.0.len_in_bytes()
    }

    fn push(&mut self, period: ClaimedPeriod) {
        let mut list = self.list();
        list.push(period);
        self.replace(&list);
    }

    fn forget(&mut self, positions: &RangeInclusive<u64>) {
        let mut list = self.list();
        let before = list.len();
        list.retain(|period| !positions.contains(&period.position));
        if list.len() < before {
            self.replace(&list);
        }
    }

    fn replace(&mut self, list: &[ClaimedPeriod]) {
        let day = |date: Date| i64::from(date.day_number());
        self.0 = Packed::of(
            list.iter().map(|one| [day(one.from), day(one.to), one.position.cast_signed()]),
        );
    }
}

const CLAIMED: Word = Word::new("claimed", "已申请");
const APPROVED: Word = Word::new("approved", "已批准");
const PAID: Word = Word::new("paid", "已支付");

impl DiscountClaim {
    fn wrong_stage(&self, claim: &Id, needed: Word) -> Refusal {
        let stage = match self.stage {
            ClaimStage::Claimed => CLAIMED,
            ClaimStage::Approved(_) => APPROVED,
            ClaimStage::Paid => PAID,
        };
        Refusal::ClaimWrongStage { claim: claim.clone(), stage, needed }
    }
}

/// The actual interest of a loan from `from` to before `to` that may be discounted: on the principal
/// outstanding day by day, up to the cap; one rounding at the end.
#[must_use]
pub fn discountable_interest(
    active: &Active,
    terms: &LoanTerms,
    discount: &DiscountTerms,
    from: Date,
    to: Date,
) -> Option<Money> {
    let mut exact = rust_decimal::Decimal::ZERO;
    let mut principal = active.lent;
    let mut since = from;
    let changes = active.history.changes().into_iter().chain([(to, Money::ZERO)]);
    for (changed_on, next) in changes {
        let until = changed_on.clamp(from, to);
        let base = discount.principal_cap.map_or(principal, |cap| principal.min(cap));
        let yearly = base.to_decimal_fen().checked_mul(active.annual_rate.decimal())?;
        let part = day_count::year_fraction(since, until, terms.day_count)?.of(yearly)?;
        exact = exact.checked_add(part)?;
        (principal, since) = (next, until);
    }
    Money::round_fen(exact, terms.rounding)
}

impl Approve {
    pub(crate) fn decide(&self, state: &State) -> Result<Approved, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (Some(fund), ClaimStage::Claimed) = (&claim.fund, &claim.stage) else {
            return Err(claim.wrong_stage(&self.claim, CLAIMED));
        };
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

    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.stage = ClaimStage::Approved(self.shares.clone());
        }
    }
}

impl Reject {
    pub(crate) fn decide(&self, state: &State) -> Result<Rejected, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (fund, shares) = match &claim.stage {
            ClaimStage::Claimed => (None, Vec::new()),
            ClaimStage::Approved(shares) => (claim.fund.clone(), shares.clone()),
            ClaimStage::Paid => {
                let needed = Word::new("claimed or approved", "已申请或已批准");
                return Err(claim.wrong_stage(&self.claim, needed));
            }
        };
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
        for loan in state.loans.values_mut() {
            if let Stage::Active(active) = &mut loan.stage {
                active.claimed.forget(&of_claim);
            }
        }
    }
}

impl Pay {
    pub(crate) fn decide(&self, state: &State) -> Result<Paid, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (Some(fund), ClaimStage::Approved(shares)) = (&claim.fund, &claim.stage) else {
            return Err(claim.wrong_stage(&self.claim, APPROVED));
        };
        Ok(Paid {
            claim: self.claim.clone(),
            programme: claim.programme.clone(),
            fund: fund.clone(),
            total: claim.total,
            shares: shares.clone(),
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
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.stage = ClaimStage::Paid;
        }
    }

    /// The claim waits for payment again: it can be paid anew, or rejected.
    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.stage = ClaimStage::Approved(self.shares.clone());
        }
    }
}
