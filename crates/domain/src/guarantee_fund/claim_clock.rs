//! Claim clocks: until when a bank may claim, and until when the fund's own claim is enforceable. Demands
//! (催收) interrupt the latter.

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::date::Date;
use crate::guarantee_fund::compensation::{Compensation, compensation_terms};
use crate::guarantee_fund::terms::CompensationTerms;
use crate::id::{Id, Text};
use crate::refusal::Refusal;
use crate::state::State;

/// Command `guarantee.demand`: the borrower or a guarantor was asked in writing to pay. The effective date is the
/// day on which the letter reached them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The loan.
    pub loan: Id,
    /// The letter and the proof that it arrived.
    pub document: Text,
}

/// Event `guarantee.demanded.v1`: limitation runs anew from this day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demanded {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// The last day on which the claim is enforceable now.
    pub limitation_until: Date,
    /// The letter and the proof that it arrived.
    pub document: Text,
}

/// The days that end a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// The last day on which the bank may claim from the fund. Nothing suspends or interrupts it (Civil Code
    /// article 692).
    pub claim_until: Date,
    /// The last day on which the fund may enforce its claim on the borrower; absent while it has none.
    pub limitation_until: Option<Date>,
}

impl Clocks {
    /// The clocks of a loan by its maturity and the day from which limitation runs.
    #[must_use]
    pub fn of(terms: &CompensationTerms, maturity: Date, limitation_from: Option<Date>) -> Self {
        let months = |months: u16| i32::from(months);
        Self {
            claim_until: maturity.plus_months(months(terms.claim_months)),
            limitation_until: limitation_from
                .map(|from| from.plus_months(months(terms.limitation_months))),
        }
    }

    /// The clocks of a loan as the state knows it; `None` where the programme compensates nothing or the loan
    /// is not lent.
    #[must_use]
    pub fn of_loan(state: &State, loan: &Id) -> Option<Self> {
        let known = state.loan(loan).ok()?;
        let (_, terms) = compensation_terms(state.version(known.version).ok()?).ok()?;
        let from = state.compensations.get(loan).map(|one| one.limitation_from);
        Some(Self::of(terms, known.active(loan).ok()?.maturity, from))
    }
}

impl Demand {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Demanded, Refusal> {
        let loan = state.loan(&self.loan)?;
        let version = state.version(loan.version)?;
        let (_, terms) = compensation_terms(version)?;
        let known = Compensation::open(state, &self.loan)?;
        let maturity = loan.active(&self.loan)?.maturity;
        let clocks = |from| Clocks::of(terms, maturity, Some(from)).limitation_until;
        let last = clocks(known.limitation_from).unwrap_or(known.limitation_from);
        if effective_on < known.limitation_from || effective_on > last {
            return Err(Refusal::DemandOutsideLimitation {
                loan: self.loan.clone(),
                from: known.limitation_from,
                last,
                date: effective_on,
            });
        }
        Ok(Demanded {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            limitation_until: clocks(effective_on).unwrap_or(effective_on),
            document: self.document.clone(),
        })
    }
}

impl Demanded {
    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State, effective_on: Date) {
        if let Some(known) = state.compensations.get_mut(&self.loan) {
            known.limitation_from = effective_on;
        }
    }
}
