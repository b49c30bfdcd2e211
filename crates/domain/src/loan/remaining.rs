//! What is not yet due of a loan, spread anew over due days.

use crate::date::Date;
use crate::loan::Active;
use crate::loan::instalment::{Due, Instalment};
use crate::money::Money;
use crate::programme::LoanTerms;
use crate::rate::Rate;
use crate::refusal::Refusal;
use crate::schedule::{self, Conditions, Unit};
use crate::state::State;

/// The instalments of a loan that are not yet due, the first of which bears interest from a day on.
pub(crate) struct Remaining<'a> {
    active: &'a Active,
    terms: &'a LoanTerms,
    later: &'a [Due],
    charged_to: Date,
}

impl<'a> Remaining<'a> {
    /// What is left of a loan after a day. `open` is all that is open.
    pub(crate) fn after(
        active: &'a Active,
        terms: &'a LoanTerms,
        open: &'a [Due],
        on: Date,
    ) -> Self {
        let (due, later) = open.split_at(open.partition_point(|due| due.due_on <= on));
        let charged_to =
            due.last().map_or(active.accrued_to, |due| due.due_on.max(active.accrued_to));
        Self { active, terms, later, charged_to }
    }

    /// The principal.
    pub(crate) fn principal(&self) -> Money {
        self.later.iter().map(|due| due.principal).sum()
    }

    /// The due days.
    pub(crate) fn due_days(&self) -> Vec<Date> {
        self.later.iter().map(|due| due.due_on).collect()
    }

    /// How many instalments at the start are without principal, because it was put off.
    pub(crate) fn grace(&self) -> usize {
        self.later.iter().take_while(|due| due.principal.is_zero()).count()
    }

    /// The instalments as they are recorded where others take their place.
    pub(crate) fn recorded(&self) -> Vec<Instalment> {
        self.later.iter().map(Instalment::from).collect()
    }

    /// Interest that has run on the principal since it was last charged, to a day; rounded once.
    pub(crate) fn accrued(&self, to: Date) -> Option<Money> {
        self.active.interest(self.principal(), (self.charged_to, to), self.terms)
    }

    /// The day from which the rate of today bears interest that is not charged.
    pub(crate) fn at_this_rate_from(&self) -> Date {
        let reset_on = self.active.rate_resets().last().map(|(day, _)| *day);
        reset_on.map_or(self.charged_to, |day| day.max(self.charged_to))
    }

    /// A balance spread over due days with interest at a rate from a day on; so many of them are without principal.
    pub(crate) fn spread(
        &self,
        state: &State,
        (balance, rate): (Money, Rate),
        from: Date,
        (due_days, grace): (&[Date], usize),
    ) -> Result<Vec<Instalment>, Refusal> {
        let first_number = self.later.first().map_or(1, |due| due.number);
        let conditions = Conditions {
            annual_rate: rate,
            unit: Unit::Month,
            method: self.active.method,
            day_count: self.terms.day_count,
            rounding: self.terms.rounding,
        };
        let computed =
            schedule::respread(balance, from, due_days, &conditions, (first_number, grace));
        let computed = computed
            .map_err(|error| Refusal::TermsInvalid { field: error.field, problem: error.reason })?;
        let calendar = self.terms.working_days.then_some(&state.calendar);
        Ok(computed.iter().map(|one| Instalment::of(one, calendar)).collect())
    }
}
