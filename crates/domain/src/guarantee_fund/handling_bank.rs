//! What a guarantee fund bears for each handling bank (经办银行), and the suspension of one for new guarantees.

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::guarantee_fund::compensation::compensation_terms;
use crate::id::{Id, Text};
use crate::loan::application::guaranteeing_fund;
use crate::money::Money;
use crate::programme::Version;
use crate::rate::Rate;
use crate::refusal::Refusal;
use crate::state::State;

/// What a guarantee fund bears for the loans of one bank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankStanding {
    /// Live guaranteed principal.
    pub guaranteed: Money,
    /// Paid by the fund and not recovered, written off or not.
    pub outstanding: Money,
    /// How many compensations were paid and are not reversed.
    pub payments: u32,
    /// How many of them there were when the suspension was last lifted.
    pub lifted_at: u32,
}

/// Command `guarantee.resume_bank`: the suspension of a bank is lifted. It is suspended again by the next
/// compensation, when the rate is still reached then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeBank {
    /// The programme whose version in force decides.
    pub programme: Id,
    /// The bank.
    pub bank: Id,
    /// The decision.
    pub document: Text,
}

/// Event `guarantee.bank_resumed.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankResumed {
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// The guarantee fund.
    pub fund: Id,
    /// The bank.
    pub bank: Id,
    /// What the fund has paid for it and not recovered.
    pub outstanding: Money,
    /// What the fund guarantees for it.
    pub guaranteed: Money,
    /// The decision.
    pub document: Text,
}

impl BankStanding {
    /// Whether the compensation rate (代偿率), outstanding compensation by guaranteed balance, reaches a rate and
    /// the fund has compensated since the suspension was last lifted.
    #[must_use]
    pub fn is_suspended(&self, rate: Rate) -> bool {
        // Compared without dividing, so that nothing is rounded and nothing guaranteed is no exception.
        let limit = self.guaranteed.to_decimal_fen() * rate.decimal();
        self.outstanding.is_positive()
            && self.outstanding.to_decimal_fen() >= limit
            && self.payments > self.lifted_at
    }

    pub(super) fn compensated(&mut self, paid: Money) {
        self.outstanding += paid;
        self.payments = self.payments.saturating_add(1);
    }

    pub(super) fn not_compensated(&mut self, paid: Money) {
        self.outstanding -= paid;
        self.payments = self.payments.saturating_sub(1);
        self.lifted_at = self.lifted_at.min(self.payments);
    }
}

/// The standing of a bank with a fund.
#[must_use]
pub fn standing(state: &State, fund: &Id, bank: &Id) -> BankStanding {
    state.bank_standings.get(&(fund.clone(), bank.clone())).copied().unwrap_or_default()
}

/// Refused when a bank is suspended for new guarantees.
pub(super) fn not_suspended(
    state: &State,
    version: &Version,
    bank: Option<&Id>,
) -> Result<(), Refusal> {
    let (Ok((guarantee, terms)), Some(bank)) = (compensation_terms(version), bank) else {
        return Ok(());
    };
    let Some(rate) = terms.suspension_rate else { return Ok(()) };
    let standing = standing(state, &guarantee.fund, bank);
    if !standing.is_suspended(rate) {
        return Ok(());
    }
    Err(Refusal::BankSuspended {
        bank: bank.clone(),
        fund: guarantee.fund.clone(),
        outstanding: standing.outstanding,
        guaranteed: standing.guaranteed,
        rate,
    })
}

/// Changes the standing of a bank; one that says nothing is forgotten.
pub(super) fn with(
    state: &mut State,
    fund: &Id,
    bank: &Id,
    change: impl FnOnce(&mut BankStanding),
) {
    let key = (fund.clone(), bank.clone());
    let standing = state.bank_standings.entry(key.clone()).or_default();
    change(standing);
    if *standing == BankStanding::default() {
        state.bank_standings.remove(&key);
    }
}

/// Adds to what is guaranteed for the bank of a loan.
pub(crate) fn change_guaranteed(state: &mut State, loan: &Id, change: Money) {
    if change.is_zero() {
        return;
    }
    let Some(known) = state.loans.get(loan) else { return };
    let fund = state.version(known.version).ok().and_then(guaranteeing_fund).cloned();
    if let (Some(fund), Some(bank)) = (fund, state.bank_of(known).cloned()) {
        with(state, &fund, &bank, |standing| standing.guaranteed += change);
    }
}

impl ResumeBank {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: crate::date::Date,
    ) -> Result<BankResumed, Refusal> {
        let version = state.version_in_force(&self.programme, effective_on)?;
        let (guarantee, terms) = compensation_terms(version)?;
        let standing = standing(state, &guarantee.fund, &self.bank);
        if !terms.suspension_rate.is_some_and(|rate| standing.is_suspended(rate)) {
            return Err(Refusal::BankNotSuspended {
                bank: self.bank.clone(),
                fund: guarantee.fund.clone(),
                outstanding: standing.outstanding,
                guaranteed: standing.guaranteed,
            });
        }
        Ok(BankResumed {
            programme: self.programme.clone(),
            version: version.version,
            fund: guarantee.fund.clone(),
            bank: self.bank.clone(),
            outstanding: standing.outstanding,
            guaranteed: standing.guaranteed,
            document: self.document.clone(),
        })
    }
}

impl BankResumed {
    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        with(state, &self.fund, &self.bank, |bank| bank.lifted_at = bank.payments);
    }
}
