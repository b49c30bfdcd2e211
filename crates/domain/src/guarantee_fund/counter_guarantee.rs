//! Counter-guarantees (反担保): the security that a borrower gives to the guarantor, or the waiver of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::check::positive;
use crate::id::{Id, Pseudonym, Text, present};
use crate::loan::{Loan, Stage};
use crate::money::Money;
use crate::programme::{GuaranteeTerms, Version};
use crate::rate::Rounding;
use crate::refusal::{Refusal, Word};
use crate::state::State;

/// The most persons that one counter-guarantee names; a group of joint guarantee (联保) has about five.
const MOST_GUARANTORS: usize = 50;

/// Command `counter_guarantee.register`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The loan.
    pub loan: Id,
    /// The counter-guarantee, unique in the loan.
    pub counter_guarantee: Id,
    /// What it is.
    pub kind: Kind,
    /// Who gives it.
    pub guarantors: Vec<Pseudonym>,
    /// What it is worth.
    pub value: Money,
    /// The registration, where registering creates the right (Civil Code article 402).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub registration: Option<Text>,
    /// The contract.
    pub document: Text,
}

/// What a counter-guarantee is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Persons vouch.
    Persons,
    /// A house is mortgaged.
    House,
    /// A deposit is pledged.
    Deposit,
    /// Borrowers vouch for each other (联保).
    JointGuarantee,
}

/// Event `counter_guarantee.registered.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The counter-guarantee.
    pub counter_guarantee: Id,
    /// What it is.
    pub kind: Kind,
    /// Who gives it.
    pub guarantors: Vec<Pseudonym>,
    /// What it is worth.
    pub value: Money,
    /// The registration.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub registration: Option<Text>,
    /// The contract.
    pub document: Text,
}

/// Command `counter_guarantee.release`: in part or whole (解押).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The loan.
    pub loan: Id,
    /// The counter-guarantee.
    pub counter_guarantee: Id,
    /// How much of its worth is released.
    pub value: Money,
    /// The approval.
    pub document: Text,
}

/// Event `counter_guarantee.released.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The counter-guarantee.
    pub counter_guarantee: Id,
    /// How much of its worth is released.
    pub value: Money,
    /// What of it still stands.
    pub left: Money,
    /// The approval.
    pub document: Text,
}

/// Command `counter_guarantee.waive` and event `counter_guarantee.waived.v1`: none is needed, for a reason (training
/// of entrepreneurs, a credit community, …).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waived {
    /// The loan.
    pub loan: Id,
    /// Why.
    pub reason: Text,
    /// The approval.
    pub document: Text,
}

/// The counter-guarantees of a loan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterGuarantees {
    /// Each by its name, released ones too, because a name stays used.
    pub items: BTreeMap<Id, Item>,
    /// Whether none is needed.
    pub waived: bool,
}

/// A counter-guarantee that was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// What of its worth is not released.
    pub value: Money,
}

impl CounterGuarantees {
    /// Whether a mortgage or deposit is still to be given back. What persons vouched for ends with the debt by
    /// itself.
    pub(crate) fn is_to_be_given_back(&self) -> bool {
        let held = |item: &Item| {
            matches!(item.kind, Kind::House | Kind::Deposit) && item.value.is_positive()
        };
        self.items.values().any(held)
    }
}

/// What must be covered of a debt; rounded half up to fen. `None` where the terms need nothing.
fn needed(terms: &GuaranteeTerms, debt: Money) -> Option<Money> {
    let share = terms.counter_guarantee.as_ref()?.share;
    Money::round_fen(debt.to_decimal_fen() * share.decimal(), Rounding::HalfUp)
}

/// What is registered for a loan and not released, unless a waiver stands for it.
fn registered(state: &State, loan: &Id) -> Option<Money> {
    match state.counter_guarantees.get(loan) {
        None => Some(Money::ZERO),
        Some(known) if known.waived => None,
        Some(known) => Some(known.items.values().map(|item| item.value).sum()),
    }
}

/// Refused when a guarantee needs a counter-guarantee that is neither there nor waived.
pub(super) fn covered(
    state: &State,
    loan: &Id,
    terms: &GuaranteeTerms,
    amount: Money,
) -> Result<(), Refusal> {
    match (needed(terms, amount), registered(state, loan)) {
        (Some(needed), Some(registered)) if registered < needed => {
            Err(Refusal::CounterGuaranteeMissing { loan: loan.clone(), needed, registered })
        }
        _ => Ok(()),
    }
}

/// What a borrower still owes, to the bank or to those who bore the loss.
fn debt(state: &State, name: &Id, loan: &Loan) -> Money {
    match &loan.stage {
        // Nothing is guaranteed before a commitment.
        Stage::Applied(_) => Money::ZERO,
        Stage::Approved(approval) => approval.guarantee.map_or(Money::ZERO, |_| approval.amount),
        Stage::Active(active) => {
            let open = state.compensations.get(name).map(|known| known.open.total());
            active.principal + open.unwrap_or_default()
        }
    }
}

/// The guarantee terms of a version; refused where no fund guarantees.
fn guarantee(version: &Version) -> Result<&GuaranteeTerms, Refusal> {
    let programme = || version.programme.clone();
    let guarantee = version.loan_terms()?.guarantee.as_deref();
    guarantee.ok_or_else(|| Refusal::NoGuarantee { programme: programme() })
}

impl Register {
    pub(crate) fn decide(&self, state: &State) -> Result<Registered, Refusal> {
        positive("value", self.value)?;
        let loan = state.loan(&self.loan)?;
        let known = state.counter_guarantees.get(&self.loan);
        if known.is_some_and(|known| known.items.contains_key(&self.counter_guarantee)) {
            let kind = Word::new("counter-guarantee", "反担保");
            return Err(Refusal::AlreadyExists { kind, id: self.counter_guarantee.clone() });
        }
        let version = state.version(loan.version)?;
        guarantee(version)?;
        if self.guarantors.is_empty() || self.guarantors.len() > MOST_GUARANTORS {
            let problem = format!("from 1 to {MOST_GUARANTORS} are accepted");
            return Err(Refusal::TermsInvalid { field: "guarantors", problem });
        }
        Ok(Registered {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            counter_guarantee: self.counter_guarantee.clone(),
            kind: self.kind,
            guarantors: self.guarantors.clone(),
            value: self.value,
            registration: self.registration.clone(),
            document: self.document.clone(),
        })
    }
}

impl Registered {
    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let known = state.counter_guarantees.entry(self.loan.clone()).or_default();
        let item = Item { kind: self.kind, value: self.value };
        known.items.insert(self.counter_guarantee.clone(), item);
    }
}

impl Release {
    pub(crate) fn decide(&self, state: &State) -> Result<Released, Refusal> {
        positive("value", self.value)?;
        let loan = state.loan(&self.loan)?;
        let known = state.counter_guarantees.get(&self.loan);
        let item = known.and_then(|known| known.items.get(&self.counter_guarantee));
        let Some(value) = item.map(|item| item.value).filter(|value| value.is_positive()) else {
            return Err(Refusal::UnknownCounterGuarantee {
                loan: self.loan.clone(),
                counter_guarantee: self.counter_guarantee.clone(),
            });
        };
        if self.value > value {
            return Err(Refusal::ReleaseOverValue {
                counter_guarantee: self.counter_guarantee.clone(),
                released: self.value,
                value,
            });
        }
        let version = state.version(loan.version)?;
        let needed = needed(guarantee(version)?, debt(state, &self.loan, loan));
        if let (Some(needed), Some(registered)) = (needed, registered(state, &self.loan))
            && registered - self.value < needed
        {
            return Err(Refusal::ReleaseUncovers {
                loan: self.loan.clone(),
                released: self.value,
                registered,
                needed,
            });
        }
        Ok(Released {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            counter_guarantee: self.counter_guarantee.clone(),
            value: self.value,
            left: value - self.value,
            document: self.document.clone(),
        })
    }
}

impl Released {
    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(known) = state.counter_guarantees.get_mut(&self.loan)
            && let Some(item) = known.items.get_mut(&self.counter_guarantee)
        {
            item.value = self.left;
        }
        state.may_be_forgotten(&self.loan);
    }
}

impl Waived {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        let loan = state.loan(&self.loan)?;
        guarantee(state.version(loan.version)?)?;
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.counter_guarantees.entry(self.loan.clone()).or_default().waived = true;
    }
}
