//! Demands (追回): money that was paid to the wrong person, twice, or on a false claim is to come back. Until it
//! does, in whole or in parts, it is owed.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::{Link, Original, State};
use crate::subsidy::{payment_at, returned_of};

/// Command `subsidy.demand`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The position of the payment's record.
    pub payment: u64,
    /// How much is to come back.
    pub amount: Money,
    /// Why: a finding, never a name.
    pub reason: Text,
    /// The decision.
    pub document: Text,
}

/// Event `subsidy.demanded.v1`: a memo until the money comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demanded {
    /// The subsidy.
    pub subsidy: Id,
    /// The position of the payment's record.
    pub payment: u64,
    /// The programme.
    pub programme: Id,
    /// The fund that paid.
    pub fund: Id,
    /// Who owes it.
    pub beneficiary: Pseudonym,
    /// How much is to come back.
    pub amount: Money,
    /// Why: a finding, never a name.
    pub reason: Text,
    /// The decision.
    pub document: Text,
}

/// What is demanded back of a payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDemand {
    /// How much of it is still to come.
    pub open: Money,
    /// The records of the demands that are not reversed.
    pub made: Vec<Link>,
}

/// Where demands stand: whichever sources bore the payment.
pub(super) fn demand_pot(fund: &Id, programme: &Id) -> Pot {
    Pot { fund: Some(fund.clone()), source: None, purpose: Some(programme.clone()) }
}

impl Demand {
    pub(crate) fn decide(
        &self,
        state: &State,
        payment: Option<Original<'_>>,
        effective_on: Date,
    ) -> Result<Demanded, Refusal> {
        positive("amount", self.amount)?;
        let grant = payment_at(state, self.payment, payment, effective_on)?;
        let returned = returned_of(state, self.payment);
        let demanded = state.demands.get(&self.payment).map(|demand| demand.open);
        let demanded = demanded.unwrap_or_default();
        let left = grant.amount - returned - demanded;
        if self.amount > left {
            let (position, amount, paid) = (self.payment, self.amount, grant.amount);
            return Err(Refusal::DemandOverPaid {
                position,
                amount,
                paid,
                returned,
                demanded,
                left,
            });
        }
        Ok(Demanded {
            subsidy: grant.subsidy.clone(),
            payment: self.payment,
            programme: grant.programme.clone(),
            fund: grant.fund.clone(),
            beneficiary: grant.beneficiary,
            amount: self.amount,
            reason: self.reason.clone(),
            document: self.document.clone(),
        })
    }
}

impl Demanded {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::SubsidyDemand, Account::SubsidyDemandContra);
        entry.transfer(debit, credit, &demand_pot(&self.fund, &self.programme), self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, made: Link) {
        let demand = state.demands.entry(self.payment).or_default();
        demand.open += self.amount;
        demand.made.push(made);
    }

    /// What came back since met it first of all.
    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        match state.returned.get(&self.payment).and_then(|returns| returns.last()) {
            Some((last, _)) if last.position > position => {
                Err(Refusal::ReverseLaterFirst { position, later: last.position })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn undo(&self, state: &mut State, position: u64) {
        if let Some(demand) = state.demands.get_mut(&self.payment) {
            demand.open -= self.amount;
            demand.made.retain(|made| made.position != position);
            if demand.made.is_empty() {
                state.demands.remove(&self.payment);
            }
        }
    }
}
