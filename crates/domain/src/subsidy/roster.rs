//! What the lines of a roster, or one subsidy alone, use up while they are decided.

use std::collections::{BTreeMap, BTreeSet};

use super::{Grant, bearers, is_paid};
use crate::date::Date;
use crate::fund::Draw;
use crate::id::{Id, Pseudonym};
use crate::money::Money;
use crate::programme::{SubsidyTerms, Version};
use crate::refusal::Refusal;
use crate::state::State;
use crate::subsidy::rule::{Asked, covered, excluded_programmes, overlapping};

/// A roster of a programme for a period, and what its lines have used up so far.
pub(crate) struct Roster<'a> {
    state: &'a State,
    version: &'a Version,
    terms: &'a SubsidyTerms,
    period: &'a Id,
    effective_on: Date,
    /// Programmes that may not have paid for one of `overlapping`.
    excluded: Vec<Id>,
    overlapping: Vec<Id>,
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
    pub(crate) cost: Option<Money>,
    pub(crate) months: Option<u16>,
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
        Self::under(state, version, period, effective_on)
    }

    /// A roster without lines, under a version.
    pub(crate) fn under(
        state: &'a State,
        version: &'a Version,
        period: &'a Id,
        effective_on: Date,
    ) -> Result<Self, Refusal> {
        let terms = version.subsidy_terms()?;
        Ok(Self {
            state,
            version,
            terms,
            period,
            effective_on,
            excluded: excluded_programmes(state, &version.programme, terms, effective_on),
            overlapping: overlapping(period),
            beneficiaries: BTreeSet::new(),
            households: BTreeMap::new(),
        })
    }

    /// The terms in force.
    pub(crate) fn terms(&self) -> &'a SubsidyTerms {
        self.terms
    }

    /// Decides a line by the rules and caps of the programme; it has no money yet.
    pub(crate) fn decide(&mut self, line: Line<'_>) -> Result<Grant, Refusal> {
        let programme = &self.version.programme;
        let asked = Asked {
            amount: line.amount,
            cost: line.cost,
            months: line.months.unwrap_or(1),
            period: self.period,
            effective_on: self.effective_on,
        };
        let rule = self.terms.rule.as_ref();
        let parameters = match rule {
            Some(rule) => rule.parameters(self.state, &self.version.place, &asked)?,
            None => Vec::new(),
        };
        self.time_is_free(line.beneficiary, line.months)?;
        if let Some(rule) = rule {
            rule.cost_is_stated(programme, &asked)?;
            rule.check(programme, &asked, &parameters)?;
        }
        if let Some(cap) = self.terms.per_payment.filter(|cap| line.amount > *cap) {
            return Err(Refusal::PaymentOverCap {
                programme: programme.clone(),
                amount: line.amount,
                cap,
            });
        }
        let year = self.effective_on.year();
        self.within_limits(line.beneficiary, line.household, year, &asked)?;
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
            cost: line.cost,
            months: line.months,
            parameters,
        })
    }

    /// Refused when this programme, or one that excludes it, paid for an overlapping period.
    pub(crate) fn time_is_free(
        &mut self,
        beneficiary: Pseudonym,
        months: Option<u16>,
    ) -> Result<(), Refusal> {
        let programme = &self.version.programme;
        let paid_already = |period: &Id| Refusal::SubsidyPaidAlready {
            programme: programme.clone(),
            beneficiary,
            period: period.clone(),
        };
        if !self.beneficiaries.insert(beneficiary) {
            return Err(paid_already(self.period));
        }
        let several: Vec<Id>;
        let periods = match months {
            Some(2..) => {
                several = covered(self.period, months).iter().flat_map(overlapping).collect();
                &several
            }
            _ => &self.overlapping,
        };
        // A year and its months overlap.
        for period in periods {
            if is_paid(self.state, programme, beneficiary, period) {
                return Err(paid_already(period));
            }
            for other in &self.excluded {
                if is_paid(self.state, other, beneficiary, period) {
                    return Err(Refusal::ExclusiveProgramme {
                        programme: programme.clone(),
                        beneficiary,
                        period: period.clone(),
                        other: other.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Refused when the beneficiary's limits or the household's yearly cap would be passed.
    pub(crate) fn within_limits(
        &mut self,
        beneficiary: Pseudonym,
        household: Pseudonym,
        year: i16,
        asked: &Asked<'_>,
    ) -> Result<(), Refusal> {
        let programme = &self.version.programme;
        if let Some(limits) = &self.terms.per_beneficiary {
            let had = self.state.had(programme, beneficiary);
            limits.check(programme, beneficiary, had, asked)?;
        }
        let Some(cap) = self.terms.per_household_year else { return Ok(()) };
        let in_roster = self.households.entry(household).or_default();
        let used = self.state.household_used(programme, household, year) + *in_roster;
        if used + asked.amount > cap {
            return Err(Refusal::HouseholdOverCap {
                programme: programme.clone(),
                household,
                year,
                amount: asked.amount,
                used,
                cap,
                left: (cap - used).or_zero(),
            });
        }
        *in_roster += asked.amount;
        Ok(())
    }

    /// Gives all grants their money; refused with the sum of all when there is not enough.
    pub(crate) fn draw(&self, grants: &mut [Grant]) -> Result<(), Refusal> {
        let mut draw = Draw::on(self.state, &self.terms.fund, &self.version.programme)?;
        draw.enough_for(grants.iter().map(|grant| grant.amount).sum())?;
        for grant in grants {
            grant.shares = bearers::draw(&mut draw, grant.amount, &self.terms.borne_by)?;
        }
        Ok(())
    }
}
