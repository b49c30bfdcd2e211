//! What the lines of a roster, or one subsidy alone, use up while they are decided.

use std::collections::{BTreeMap, BTreeSet};

use super::{Grant, is_paid};
use crate::date::Date;
use crate::fund::Draw;
use crate::id::{Id, Pseudonym};
use crate::money::Money;
use crate::programme::{SubsidyTerms, Version};
use crate::refusal::Refusal;
use crate::state::State;

/// A roster of a programme for a period, and what its lines have used up so far.
pub(crate) struct Roster<'a> {
    state: &'a State,
    version: &'a Version,
    terms: &'a SubsidyTerms,
    period: &'a Id,
    effective_on: Date,
    beneficiaries: BTreeSet<Pseudonym>,
    households: BTreeMap<Pseudonym, Money>,
}

/// One line to be decided.
pub(crate) struct Line<'a> {
    pub(crate) subsidy: Id,
    pub(crate) batch: Option<&'a Id>,
    pub(crate) beneficiary: Pseudonym,
    pub(crate) household: Pseudonym,
    pub(crate) amount: Money,
}

impl<'a> Roster<'a> {
    /// A roster without lines, under the version in force.
    pub(crate) fn on(
        state: &'a State,
        programme: &Id,
        period: &'a Id,
        effective_on: Date,
    ) -> Result<Self, Refusal> {
        let version = state.version_in_force(programme, effective_on)?;
        Ok(Self {
            state,
            version,
            terms: version.subsidy_terms()?,
            period,
            effective_on,
            beneficiaries: BTreeSet::new(),
            households: BTreeMap::new(),
        })
    }

    /// Decides a line by the rules and caps of the programme; it has no money yet.
    pub(crate) fn decide(&mut self, line: Line<'_>) -> Result<Grant, Refusal> {
        let programme = &self.version.programme;
        if is_paid(self.state, programme, line.beneficiary, self.period)
            || !self.beneficiaries.insert(line.beneficiary)
        {
            return Err(Refusal::SubsidyPaidAlready {
                programme: programme.clone(),
                beneficiary: line.beneficiary,
                period: self.period.clone(),
            });
        }
        if let Some(cap) = self.terms.per_payment.filter(|cap| line.amount > *cap) {
            return Err(Refusal::PaymentOverCap {
                programme: programme.clone(),
                amount: line.amount,
                cap,
            });
        }
        let year = self.effective_on.year();
        if let Some(cap) = self.terms.per_household_year {
            let in_roster = self.households.entry(line.household).or_default();
            let used = self.state.household_used(programme, line.household, year) + *in_roster;
            if used + line.amount > cap {
                return Err(Refusal::HouseholdOverCap {
                    programme: programme.clone(),
                    household: line.household,
                    year,
                    amount: line.amount,
                    used,
                    cap,
                    left: (cap - used).or_zero(),
                });
            }
            *in_roster += line.amount;
        }
        Ok(Grant {
            subsidy: line.subsidy,
            batch: line.batch.cloned(),
            programme: programme.clone(),
            version: self.version.version,
            beneficiary: line.beneficiary,
            household: line.household,
            year,
            period: self.period.clone(),
            amount: line.amount,
            fund: self.terms.fund.clone(),
            shares: Vec::new(),
        })
    }

    /// Gives all grants their money; refused with the sum of all when there is not enough.
    pub(crate) fn draw(&self, grants: &mut [Grant]) -> Result<(), Refusal> {
        let mut draw = Draw::on(self.state, &self.terms.fund, &self.version.programme)?;
        draw.enough_for(grants.iter().map(|grant| grant.amount).sum())?;
        for grant in grants {
            grant.shares = draw.take(grant.amount)?;
        }
        Ok(())
    }
}
