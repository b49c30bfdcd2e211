//! What borrowers have had in a lifetime: counted by names used up, eight bytes each.

use super::{Name, State};
use crate::id::Pseudonym;

impl State {
    /// How many loans of a borrower are or were discounted.
    #[must_use]
    pub fn discounted_loans(&self, borrower: Pseudonym) -> u16 {
        self.counted(|number| Name::DiscountedLoan { borrower, number })
    }

    /// One loan of a borrower more is discounted.
    pub(crate) fn count_discounted_loan(&mut self, borrower: Pseudonym) {
        let number = self.discounted_loans(borrower).saturating_add(1);
        self.use_up(Name::DiscountedLoan { borrower, number });
    }

    /// One loan of a borrower less is discounted.
    pub(crate) fn uncount_discounted_loan(&mut self, borrower: Pseudonym) {
        let number = self.discounted_loans(borrower);
        self.free(Name::DiscountedLoan { borrower, number });
    }

    /// How many loans a borrower was lent under programmes that limit it.
    #[must_use]
    pub fn lent_loans(&self, borrower: Pseudonym) -> u16 {
        self.counted(|number| Name::LentLoan { borrower, number })
    }

    /// A borrower is lent one loan more.
    pub(crate) fn count_lent_loan(&mut self, borrower: Pseudonym) {
        let number = self.lent_loans(borrower).saturating_add(1);
        self.use_up(Name::LentLoan { borrower, number });
    }

    /// A borrower is lent one loan less.
    pub(crate) fn uncount_lent_loan(&mut self, borrower: Pseudonym) {
        let number = self.lent_loans(borrower);
        self.free(Name::LentLoan { borrower, number });
    }

    /// How many numbers from 1 on are used up without a gap.
    fn counted(&self, name: impl Fn(u16) -> Name<'static>) -> u16 {
        let used = |number: &u16| self.is_used(name(*number));
        u16::try_from((1..u16::MAX).take_while(used).count()).unwrap_or(u16::MAX)
    }
}
