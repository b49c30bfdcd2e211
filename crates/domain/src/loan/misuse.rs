//! Misuse (挪用): a loan is not used as agreed, and bears the heavier rate from then on.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::{Id, Text};
use crate::loan::disbursement::last_of_loan;
use crate::loan::penalty::PENALTY;
use crate::loan::repayment::{Standing, not_before};
use crate::loan::{terms, with_active};
use crate::refusal::Refusal;
use crate::state::State;

/// Command `loan.record_misuse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordMisuse {
    /// The loan.
    pub loan: Id,
    /// The day from which it was not used as agreed.
    pub from: Date,
    /// The finding.
    pub document: Text,
}

/// Event `loan.misused.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misused {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// The day from which it was not used as agreed.
    pub from: Date,
    /// The finding.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

impl RecordMisuse {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Misused, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        if terms.penalty.is_none() {
            let (programme, version) = (version.programme.clone(), version.version);
            return Err(Refusal::ContractChangeNotAllowed { programme, version, kind: PENALTY });
        }
        let known = active.penalty();
        if let Some(from) = known.misused_from {
            return Err(Refusal::MisuseRecordedAlready { loan: self.loan.clone(), from });
        }
        let first = known.charged_to.unwrap_or(active.disbursed_on);
        if self.from < first || effective_on < self.from {
            return Err(Refusal::MisuseOutsideTime {
                loan: self.loan.clone(),
                from: self.from,
                first,
                last: effective_on,
            });
        }
        Ok(Misused {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            from: self.from,
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

impl Misused {
    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.penalty.misused_from = Some(self.from));
            active.changed_on = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.penalty.misused_from = None);
            self.before.restore(active);
        });
    }
}
