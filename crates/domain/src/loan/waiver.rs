//! Waiver (减免): penalty and compound interest that were charged need not be paid.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::check::positive;
use crate::date::Date;
use crate::id::{Id, Text, present};
use crate::loan::disbursement::last_of_loan;
use crate::loan::penalty::{Charges, penalty_pot};
use crate::loan::repayment::{Standing, not_before};
use crate::loan::{lending_fund, terms, with_active};
use crate::refusal::Refusal;
use crate::state::State;

/// Command `loan.waive_penalty`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaivePenalty {
    /// The loan.
    pub loan: Id,
    /// What need not be paid.
    pub charges: Charges,
    /// The approval.
    pub document: Text,
}

/// Event `loan.penalty_waived.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyWaived {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// What need not be paid.
    pub charges: Charges,
    /// The approval.
    pub document: Text,
    /// The fund that lent, unless a bank did.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// The source that lent first, under which it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub source: Option<Id>,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

impl WaivePenalty {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<PenaltyWaived, Refusal> {
        positive("charges", self.charges.total())?;
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        let owed = active.penalty().owed;
        if self.charges.penalty > owed.penalty || self.charges.compound > owed.compound {
            return Err(Refusal::WaiverOverOwed {
                loan: self.loan.clone(),
                penalty: self.charges.penalty,
                compound: self.charges.compound,
                penalty_owed: owed.penalty,
                compound_owed: owed.compound,
            });
        }
        Ok(PenaltyWaived {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            charges: self.charges,
            document: self.document.clone(),
            fund: lending_fund(terms).cloned(),
            source: active.shares.first().map(|share| share.source.clone()),
            before: Standing::of(active),
        })
    }
}

impl PenaltyWaived {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = penalty_pot(self.fund.as_ref(), self.source.as_ref(), &self.programme);
        let amount = self.charges.total();
        entry.transfer(Account::PenaltyContra, Account::Penalty, &pot, amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.penalty.owed.take(self.charges));
            active.changed_on = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.penalty.owed.add(self.charges));
            self.before.restore(active);
        });
    }
}
