//! Dated parameters: figures that rules name instead of holding them, as the local minimum wage or the
//! poverty line. They differ by place and change by document.

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::check::positive;
use crate::date::Date;
use crate::id::{Id, Text};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::State;

/// Command `parameter.publish` and event `parameter.published.v1`: a figure from a day on. A later record for
/// the same day replaces the earlier one, as when a document changes it after the fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The parameter, as `minimum_wage` (最低工资).
    pub parameter: Id,
    /// Where it holds; programmes of the same place use it.
    pub place: Text,
    /// Its value in yuan.
    pub value: Money,
    /// The first day on which it holds.
    pub effective_from: Date,
    /// The document that sets it.
    pub document: Text,
}

/// A parameter's value that took part in a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The parameter.
    pub parameter: Id,
    /// Its value.
    pub value: Money,
    /// The day from which that value holds.
    pub effective_from: Date,
}

impl Published {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        positive("value", self.value)?;
        let key = (self.parameter.clone(), self.place.clone());
        let known = state.parameters.get(&key).and_then(|values| values.get(&self.effective_from));
        if known == Some(&self.value) {
            let kind = Word::new("parameter", "参数");
            return Err(Refusal::AlreadyExists { kind, id: self.parameter.clone() });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let key = (self.parameter.clone(), self.place.clone());
        state.parameters.entry(key).or_default().insert(self.effective_from, self.value);
    }
}

/// The value that holds in a place on a day; refused when there is none.
pub(crate) fn value_on(
    state: &State,
    parameter: &Id,
    place: &Text,
    date: Date,
) -> Result<Used, Refusal> {
    let values = state.parameters.get(&(parameter.clone(), place.clone()));
    let latest = values.and_then(|values| values.range(..=date).next_back());
    let (&effective_from, &value) = latest.ok_or_else(|| Refusal::UnknownParameter {
        parameter: parameter.clone(),
        place: place.clone(),
        date,
    })?;
    Ok(Used { parameter: parameter.clone(), value, effective_from })
}
