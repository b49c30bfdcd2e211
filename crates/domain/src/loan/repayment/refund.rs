//! Refunds: what a borrower paid too much goes back.

use serde::{Deserialize, Serialize};

use super::{Standing, lending_pot, not_before};
use crate::account::{Account, Entry};
use crate::check::positive;
use crate::date::Date;
use crate::id::{Id, present};
use crate::loan::disbursement::last_of_loan;
use crate::loan::{lending_fund, terms, with_active};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::State;

/// Command `loan.refund`: overpaid money goes back to the borrower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// The loan.
    pub loan: Id,
    /// How much goes back.
    pub amount: Money,
}

/// Event `loan.refunded.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refunded {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// How much goes back.
    pub amount: Money,
    /// The fund that holds the money, unless a bank does.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// The source under which it is held.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub source: Option<Id>,
    /// How the loan stood before, so that this refund can be reversed.
    pub before: Standing,
}

impl Refund {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Refunded, Refusal> {
        positive("amount", self.amount)?;
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        if self.amount > active.overpaid() {
            return Err(Refusal::RefundOverOverpaid {
                loan: self.loan.clone(),
                amount: self.amount,
                overpaid: active.overpaid(),
            });
        }
        Ok(Refunded {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            amount: self.amount,
            fund: lending_fund(terms).cloned(),
            source: active.shares.first().map(|share| share.source.clone()),
            before: Standing::of(active),
        })
    }
}

impl Refunded {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        if let Some(fund) = &self.fund {
            let pot = lending_pot(fund, self.source.as_ref(), &self.programme);
            entry.transfer(Account::Overpayment, Account::FundBank, &pot, self.amount);
        }
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.overpaid -= self.amount);
            active.changed_on = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.overpaid += self.amount);
            self.before.restore(active);
        });
    }
}
