//! Reissues: a payment that came back whole (支付退票) is made again.

use serde::{Deserialize, Serialize};

use super::{Grant, payment_at, returned_of};
use crate::account::Entry;
use crate::date::Date;
use crate::refusal::Refusal;
use crate::state::{Link, Original, State};
use crate::subsidy::roster::Roster;
use crate::subsidy::rule::Asked;

/// Command `subsidy.reissue`: the subsidy waits for payment again, in its batch if it came in one, and counts for
/// the year of its approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reissue {
    /// The position of the payment that came back.
    pub payment: u64,
}

/// Event `subsidy.reissued.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reissued {
    /// The position of the payment that came back.
    pub payment: u64,
    /// What waits for payment again.
    pub grant: Grant,
}

impl Reissue {
    pub(crate) fn decide(
        &self,
        state: &State,
        payment: Option<Original<'_>>,
        effective_on: Date,
    ) -> Result<Reissued, Refusal> {
        let position = self.payment;
        let grant = payment_at(state, position, payment, effective_on)?;
        let open = grant.amount - returned_of(state, position);
        if open.is_positive() {
            return Err(Refusal::NotReturned { position, open });
        }
        let returns = state.returned.get(&position).into_iter().flatten();
        returns.into_iter().try_for_each(|(back, _)| back.not_after(effective_on))?;
        // What others were paid since may have taken its place.
        let version = state.programme_version(&grant.programme, grant.version);
        let unknown = || Refusal::UnknownProgramme { programme: grant.programme.clone() };
        let version = version.ok_or_else(unknown)?;
        let mut roster = Roster::under(state, version, &grant.period, effective_on)?;
        roster.time_is_free(grant.beneficiary, grant.months)?;
        let asked = Asked {
            amount: grant.amount,
            cost: grant.cost,
            months: grant.months.unwrap_or(1),
            period: &grant.period,
            effective_on,
        };
        roster.within_limits(grant.beneficiary, grant.household, grant.year, &asked)?;
        let mut grant = Grant { shares: Vec::new(), ..grant.clone() };
        roster.draw(std::slice::from_mut(&mut grant))?;
        Ok(Reissued { payment: position, grant })
    }
}

impl Reissued {
    pub(crate) fn entry(&self) -> Entry {
        self.grant.approved_entry()
    }

    pub(crate) fn apply(&self, state: &mut State, reissued: Link) {
        self.grant.apply_approved(state, reissued);
    }
}
