//! How many loans a person has open, and how many the spouse has.

use std::collections::BTreeMap;

use super::State;
use crate::id::{Id, Pseudonym};

impl State {
    /// How many loans a borrower has open.
    #[must_use]
    pub fn open_loans(&self, borrower: Pseudonym) -> u32 {
        self.borrowers.get(&borrower).copied().unwrap_or_default()
    }

    /// How many loans are open of which the application names this person as the spouse of the borrower.
    #[must_use]
    pub fn loans_of_spouse(&self, person: Pseudonym) -> u32 {
        self.loans_of_spouses.get(&person).copied().unwrap_or_default()
    }

    /// A loan is open, or open no more.
    pub(crate) fn count_open_loan(&mut self, loan: &Id, borrower: Pseudonym, change: i32) {
        count(&mut self.borrowers, borrower, change);
        if let Some(spouse) = self.spouses.get(loan) {
            count(&mut self.loans_of_spouses, *spouse, change);
        }
    }

    /// Remembers the spouse that an application names. Comes before the loan is counted.
    pub(crate) fn remember_spouse(&mut self, loan: &Id, spouse: Pseudonym) {
        self.spouses.insert(loan.clone(), spouse);
    }

    /// Forgets it with the loan. Comes after the loan is open no more.
    pub(crate) fn forget_spouse(&mut self, loan: &Id) {
        self.spouses.remove(loan);
    }
}

fn count(counts: &mut BTreeMap<Pseudonym, u32>, person: Pseudonym, change: i32) {
    let open = counts.entry(person).or_default();
    *open = open.saturating_add_signed(change);
    if *open == 0 {
        counts.remove(&person);
    }
}
