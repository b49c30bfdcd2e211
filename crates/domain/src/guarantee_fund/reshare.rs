//! Re-sharing: the upper tier bears a part of what the fund paid; claimed and received are two facts.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::enough_to_take_back;
use crate::guarantee_fund::compensation::{
    Compensation, compensation_terms, with_compensation, without_compensation,
};
use crate::id::{Id, Text};
use crate::loan::application::{guarantee_pot, guaranteeing_fund};
use crate::loan::disbursement::last_of_loan;
use crate::loan::repayment::{Standing, not_before};
use crate::money::Money;
use crate::rate::{Rate, Rounding};
use crate::refusal::Refusal;
use crate::state::State;

/// Command `guarantee.claim_reshare`: the part of the upper tier that is not claimed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimReshare {
    /// The loan.
    pub loan: Id,
    /// The claim with its vouchers.
    pub document: Text,
}

/// Event `guarantee.reshare_claimed.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReshareClaimed {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// The guarantee fund.
    pub fund: Id,
    /// What the fund paid in all.
    pub paid: Money,
    /// The part of it that the upper tier bears.
    pub rate: Rate,
    /// What of it is claimed now; all of it, rounded half up, less what was claimed before.
    pub amount: Money,
    /// The claim with its vouchers.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

/// Command `guarantee.receive_reshare`: the upper tier pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiveReshare {
    /// The loan.
    pub loan: Id,
    /// The source of the fund that gets it.
    pub source: Id,
    /// How much.
    pub amount: Money,
    /// The receipt.
    pub document: Text,
}

/// Event `guarantee.reshare_received.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReshareReceived {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The guarantee fund.
    pub fund: Id,
    /// The source that gets it.
    pub source: Id,
    /// How much.
    pub amount: Money,
    /// The receipt.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

impl ClaimReshare {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<ReshareClaimed, Refusal> {
        let loan = state.loan(&self.loan)?;
        let version = state.version(loan.version)?;
        let known = Compensation::of(state, &self.loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        let (guarantee, terms) = compensation_terms(version)?;
        let rate = terms.reshare.unwrap_or(Rate::ZERO);
        let exact = known.paid.to_decimal_fen() * rate.decimal();
        let whole = Money::round_fen(exact, Rounding::HalfUp).unwrap_or_default();
        let amount = whole - known.reshare_claimed;
        if !amount.is_positive() {
            return Err(Refusal::NoReshareLeft {
                loan: self.loan.clone(),
                paid: known.paid,
                rate,
                claimed: known.reshare_claimed,
            });
        }
        Ok(ReshareClaimed {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            fund: guarantee.fund.clone(),
            paid: known.paid,
            rate,
            amount,
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

impl ReshareClaimed {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = guarantee_pot(&self.fund, &self.programme);
        let (debit, credit) = (Account::ReshareClaim, Account::ReshareClaimContra);
        entry.transfer(debit, credit, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_compensation(state, &self.loan, (position, effective_on), |known| {
            known.reshare_claimed += self.amount;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        without_compensation(state, &self.loan, &self.before, |known| {
            known.reshare_claimed -= self.amount;
        });
    }
}

impl ReceiveReshare {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<ReshareReceived, Refusal> {
        positive("amount", self.amount)?;
        let loan = state.loan(&self.loan)?;
        let version = state.version(loan.version)?;
        let known = Compensation::of(state, &self.loan)?;
        let none = || Refusal::NotCompensated { loan: self.loan.clone() };
        let fund = guaranteeing_fund(version).ok_or_else(none)?;
        state.fund_source(fund, &self.source)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        let open = known.reshare_claimed - known.reshare_received;
        if self.amount > open {
            let (loan, amount) = (self.loan.clone(), self.amount);
            return Err(Refusal::ReshareOverClaim { loan, amount, open });
        }
        Ok(ReshareReceived {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            fund: fund.clone(),
            source: self.source.clone(),
            amount: self.amount,
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

impl ReshareReceived {
    fn pot(&self) -> Pot {
        Pot::of(&self.fund, &self.source, Some(&self.programme))
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        entry.transfer(Account::FundBank, Account::LossReshare, &self.pot(), self.amount);
        let pot = guarantee_pot(&self.fund, &self.programme);
        let (debit, credit) = (Account::ReshareClaimContra, Account::ReshareClaim);
        entry.transfer(debit, credit, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_compensation(state, &self.loan, (position, effective_on), |known| {
            known.reshare_received += self.amount;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)?;
        enough_to_take_back(state, &self.pot(), &self.fund, position, self.amount)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        without_compensation(state, &self.loan, &self.before, |known| {
            known.reshare_received -= self.amount;
        });
    }
}
