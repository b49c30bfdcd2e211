//! Write-off (核销): a claim leaves the books, and the case and the right stay alive (账销案存).

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::date::Date;
use crate::fund::{Share, transfer_shares};
use crate::guarantee_fund::compensation::{
    ClaimStanding, Compensation, with_compensation, without_compensation,
};
use crate::guarantee_fund::loss::shares;
use crate::id::{Id, Text};
use crate::loan::application::guaranteeing_fund;
use crate::loan::disbursement::last_of_loan;
use crate::loan::repayment::{Standing, not_before};
use crate::refusal::Refusal;
use crate::state::State;

/// Command `guarantee.write_off`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOff {
    /// The loan.
    pub loan: Id,
    /// Why it cannot be recovered.
    pub ground: Ground,
    /// The approval.
    pub document: Text,
}

/// Why a claim cannot be recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The borrower is dead or missing.
    DeathOrMissing,
    /// The borrower is bankrupt.
    Bankruptcy,
    /// A court ended the enforcement.
    EnforcementEnded,
    /// Force majeure.
    ForceMajeure,
    /// The claim is old.
    Age,
    /// The claim is too small to be worth pursuing.
    SmallAmount,
}

/// Event `guarantee.written_off.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenOff {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The guarantee fund.
    pub fund: Id,
    /// Why.
    pub ground: Ground,
    /// What leaves the books, by source.
    pub shares: Vec<Share>,
    /// The approval.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

impl WriteOff {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<WrittenOff, Refusal> {
        let loan = state.loan(&self.loan)?;
        let version = state.version(loan.version)?;
        let known = Compensation::open(state, &self.loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        known.on_books(&self.loan)?;
        let none = || Refusal::NotCompensated { loan: self.loan.clone() };
        let fund = guaranteeing_fund(version).ok_or_else(none)?;
        Ok(WrittenOff {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            fund: fund.clone(),
            ground: self.ground,
            shares: shares(known.open.fund.iter().map(|(source, amount)| (source, *amount))),
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

impl WrittenOff {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::WriteOff, Account::CompensationReceivable);
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_compensation(state, &self.loan, (position, effective_on), |known| {
            known.claim = ClaimStanding::WrittenOff;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        without_compensation(state, &self.loan, &self.before, |known| {
            known.claim = ClaimStanding::OnBooks;
        });
    }
}
