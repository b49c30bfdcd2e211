//! The command that publishes a version of a programme.

use serde::{Deserialize, Serialize};

use super::{Terms, Version};
use crate::date::Date;
use crate::id::{Id, Text, present};
use crate::refusal::Refusal;
use crate::state::State;

/// Command `programme.publish`: a [`Version`], whose number may be left to the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The programme.
    pub programme: Id,
    /// The version; refused unless it is the next one. The next one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub version: Option<u32>,
    /// Its name.
    pub name: Text,
    /// Where it holds.
    pub place: Text,
    /// The document and article that it is taken from.
    pub document: Text,
    /// The first day on which it decides.
    pub effective_from: Date,
    /// The last day on which it decides; open when absent or until a later version takes effect.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub effective_to: Option<Date>,
    /// What it grants and within which limits.
    pub terms: Terms,
}

impl Publish {
    /// The version as which it is published.
    #[must_use]
    pub fn as_version(&self, number: u32) -> Version {
        Version {
            programme: self.programme.clone(),
            version: number,
            name: self.name.clone(),
            place: self.place.clone(),
            document: self.document.clone(),
            effective_from: self.effective_from,
            effective_to: self.effective_to,
            terms: self.terms.clone(),
        }
    }

    pub(crate) fn decide(&self, state: &State) -> Result<Version, Refusal> {
        let needed = state.next_version(&self.programme);
        let version = self.as_version(self.version.unwrap_or(needed));
        version.check(state, needed)?;
        Ok(version)
    }
}

impl From<&Version> for Publish {
    fn from(version: &Version) -> Self {
        Self {
            programme: version.programme.clone(),
            version: Some(version.version),
            name: version.name.clone(),
            place: version.place.clone(),
            document: version.document.clone(),
            effective_from: version.effective_from,
            effective_to: version.effective_to,
            terms: version.terms.clone(),
        }
    }
}
