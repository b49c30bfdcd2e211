//! Who may borrow, and how much: caps by heads, loans in a lifetime, spouses, joint groups (联保小组).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::arrears;
use crate::date::Date;
use crate::id::{Pseudonym, present};
use crate::loan::application::Apply;
use crate::money::Money;
use crate::programme::{Category, LoanTerms};
use crate::refusal::Refusal;
use crate::state::State;

/// What a loan programme asks of those who borrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BorrowerTerms {
    /// How many loans a borrower may be lent in a lifetime under programmes that limit it (three in Handan, 2022).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub loans: Option<u16>,
    /// What is asked of the spouse.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub spouse: Option<SpouseRule>,
    /// The group in which borrowers stand in for each other.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub joint_group: Option<JointGroupTerms>,
}

/// What is asked of the spouse of a borrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpouseRule {
    /// The spouse has no open loan of the ledger.
    NoOpenLoan,
}

/// The joint guarantee of a group (联保).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointGroupTerms {
    /// The least number of members, the borrower among them (五户联保: 5).
    pub members: u16,
}

impl BorrowerTerms {
    /// What is wrong with the terms, if anything.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.loans == Some(0) {
            return Some("at least one loan in a lifetime is needed");
        }
        let small = self.joint_group.as_ref().is_some_and(|group| group.members < 2);
        small.then_some("a joint group has at least two members")
    }
}

impl LoanTerms {
    /// How many loans a borrower may be lent in a lifetime, where that is limited.
    pub(crate) fn loans_in_lifetime(&self) -> Option<u16> {
        self.borrowers.as_ref()?.loans
    }
}

/// Refused when a borrower has been lent as many loans as a lifetime allows.
pub(crate) fn within_lifetime(
    state: &State,
    terms: &LoanTerms,
    borrower: Pseudonym,
) -> Result<(), Refusal> {
    let count = state.lent_loans(borrower);
    match terms.loans_in_lifetime() {
        Some(maximum) if count >= maximum => {
            Err(Refusal::LoansOverLifetime { borrower, count, maximum })
        }
        _ => Ok(()),
    }
}

impl Apply {
    /// Refused when the borrower, the spouse or the group does not do.
    pub(super) fn check_borrowers(
        &self,
        state: &State,
        terms: &LoanTerms,
        on: Date,
    ) -> Result<(), Refusal> {
        let bad =
            |field, problem: &str| Err(Refusal::TermsInvalid { field, problem: problem.into() });
        let asked = terms.borrowers.as_deref();
        if self.spouse == Some(self.borrower) {
            return bad("spouse", "is the borrower");
        }
        match asked.and_then(|asked| asked.spouse) {
            None => {}
            Some(SpouseRule::NoOpenLoan) => self.spouse_without_loan(state)?,
        }
        let Some(group) = asked.and_then(|asked| asked.joint_group.as_ref()) else {
            if self.joint_group.is_empty() {
                return Ok(());
            }
            return bad("joint_group", "the programme asks for no joint group");
        };
        let members: BTreeSet<Pseudonym> =
            self.joint_group.iter().copied().chain([self.borrower]).collect();
        if members.len() != self.joint_group.len() + 1 {
            return bad("joint_group", "the other members stand in it once each");
        }
        if members.len() < usize::from(group.members) {
            let (members, needed) = (members.len(), group.members);
            return Err(Refusal::JointGroupTooSmall { members, needed });
        }
        // Every loan is looked at: groups are rare, and lists of loans by borrower would have to be kept.
        for (name, loan) in &state.loans {
            if !members.contains(&loan.borrower) {
                continue;
            }
            let days = arrears::standing(state, loan, on).map_or(0, |loan| loan.days_past_due);
            if days > 0 {
                let (member, loan) = (loan.borrower, name.clone());
                return Err(Refusal::GroupMemberInArrears { member, loan, days });
            }
        }
        Ok(())
    }

    /// Refused when the spouse has an open loan, as this application names the spouse or the spouse's own did.
    fn spouse_without_loan(&self, state: &State) -> Result<(), Refusal> {
        if let Some(spouse) = self.spouse {
            let open = state.open_loans(spouse);
            if open > 0 {
                return Err(Refusal::SpouseHasLoan { spouse, open });
            }
        }
        let (borrower, open) = (self.borrower, state.loans_of_spouse(self.borrower));
        if open > 0 { Err(Refusal::LentToSpouse { borrower, open }) } else { Ok(()) }
    }

    /// The most that is lent: that of the category, or less where it is so much for each head (合伙创业).
    pub(super) fn maximum(&self, band: &Category) -> Result<Money, Refusal> {
        let bad =
            |problem: &str| Err(Refusal::TermsInvalid { field: "heads", problem: problem.into() });
        match (band.per_head, self.heads) {
            (None, None) => Ok(band.maximum),
            (None, Some(_)) => bad("the category counts no heads"),
            (Some(_), Some(0)) => bad("at least one head is needed"),
            (Some(_), None) => Err(Refusal::HeadsMissing { category: band.category.clone() }),
            (Some(per_head), Some(heads)) => {
                let all = per_head.fen().saturating_mul(i64::from(heads));
                Ok(band.maximum.min(Money::from_fen(all)))
            }
        }
    }
}
