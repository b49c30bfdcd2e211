//! Guarantee funds (担保基金): commitments held against the fund's capacity.

pub mod claim_clock;
pub mod compensation;
pub mod counter_guarantee;
pub mod handling_bank;
pub mod loss;
pub mod recovery;
pub mod reshare;
pub mod settlement;
pub mod terms;
pub mod write_off;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::id::Id;
use crate::loan::application::guarantee_pot;
use crate::loan::{Stage, terms};
use crate::money::Money;
use crate::programme::GuaranteeTerms;
use crate::rate::Rounding;
use crate::refusal::Refusal;
use crate::state::{Link, State};

/// Command `guarantee.commit`: the fund commits itself for an approved loan (承诺担保).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The loan.
    pub loan: Id,
}

/// Event `guarantee.committed.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Committed {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The guarantee fund.
    pub fund: Id,
    /// The principal guaranteed.
    pub amount: Money,
}

/// What a guarantee fund can still take on, and from which figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// How many times its bank balance it may guarantee.
    pub multiplier: u16,
    /// Its money in the bank, without what it recovered for others.
    pub balance: Money,
    /// Live guaranteed principal (担保责任余额).
    pub liability: Money,
    /// Committed and not yet live.
    pub commitments: Money,
}

impl Capacity {
    /// The capacity of a fund now; `None` when it is no guarantee fund.
    #[must_use]
    pub fn of(state: &State, fund: &Id) -> Option<Self> {
        let books = &state.books;
        Some(Self {
            multiplier: state.funds.get(fund)?.multiplier?,
            balance: books.fund_balance(Account::FundBank, fund)
                + books.fund_balance(Account::RecoveryOwed, fund),
            liability: books.fund_balance(Account::GuaranteeLiability, fund),
            commitments: books.fund_balance(Account::GuaranteeCommitment, fund),
        })
    }

    /// Multiplier times balance, less liability and commitments. Negative when the balance has fallen:
    /// what is guaranteed stays guaranteed, and nothing new is accepted.
    #[must_use]
    pub fn free(&self) -> Money {
        let ceiling = self.balance.fen().saturating_mul(i64::from(self.multiplier));
        Money::from_fen(ceiling) - self.liability - self.commitments
    }
}

/// The part of a principal that is guaranteed; rounded half up to fen.
pub(crate) fn guaranteed_part(principal: Money, terms: &GuaranteeTerms) -> Money {
    let exact = principal.to_decimal_fen() * terms.share.decimal();
    Money::round_fen(exact, Rounding::HalfUp).unwrap_or(principal)
}

impl Commit {
    pub(crate) fn decide(&self, state: &State) -> Result<Committed, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let approval = loan.approval(&self.loan)?;
        let Some(guarantee) = &terms.guarantee else {
            return Err(Refusal::NoGuarantee { programme: version.programme.clone() });
        };
        if let Some(amount) = approval.guarantee {
            return Err(Refusal::GuaranteeExists { loan: self.loan.clone(), amount });
        }
        counter_guarantee::covered(state, &self.loan, guarantee, approval.amount)?;
        let fund = &guarantee.fund;
        let capacity = Capacity::of(state, fund)
            .ok_or_else(|| Refusal::NotAGuaranteeFund { fund: fund.clone() })?;
        handling_bank::not_suspended(state, version, state.bank_of(loan))?;
        let amount = guaranteed_part(approval.amount, guarantee);
        if amount > capacity.free() {
            return Err(Refusal::CapacityExceeded {
                fund: fund.clone(),
                needed: amount,
                capacity: capacity.free(),
                multiplier: capacity.multiplier,
                balance: capacity.balance,
                liability: capacity.liability,
                commitments: capacity.commitments,
            });
        }
        Ok(Committed {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            fund: fund.clone(),
            amount,
        })
    }
}

impl Committed {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = guarantee_pot(&self.fund, &self.programme);
        let (debit, credit) = (Account::GuaranteeCommitment, Account::GuaranteeCommitmentContra);
        entry.transfer(debit, credit, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, committed: Link) {
        if let Some(loan) = state.loans.get_mut(&self.loan)
            && let Stage::Approved(approval) = &mut loan.stage
        {
            approval.guarantee = Some(self.amount);
            // A fund may commit itself before the bank approves; the loan is lent after both.
            if committed.effective_on >= approval.rests_on.effective_on {
                approval.rests_on = committed;
            }
        }
    }
}
