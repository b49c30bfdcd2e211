//! How events change the schedule of a loan that is lent.

use super::Event;
use crate::date::Date;
use crate::id::Id;
use crate::loan::instalment::Instalment;
use crate::loan::repayment::Allocation;
use crate::money::Money;

/// New instalments take the place of the last ones of a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleChange<'a> {
    /// The loan.
    pub loan: &'a Id,
    /// What was open of those that no longer hold.
    pub replaced: &'a [Instalment],
    /// Those that hold from here on.
    pub after: &'a [Instalment],
    /// What of earlier instalments is now part of the new ones.
    pub moved: &'a [Allocation],
    /// The last due day before and from here on, where it is another.
    pub maturity: Option<(Date, Date)>,
}

impl ScheduleChange<'_> {
    /// The number of the first instalment that is replaced or new; none where there is none of either.
    #[must_use]
    pub fn first_number(&self) -> Option<u16> {
        self.replaced.iter().chain(self.after).map(|instalment| instalment.number).min()
    }

    /// By how much the interest of the schedule that is still to be paid grows; negative where it shrinks.
    #[must_use]
    pub fn interest(&self) -> Money {
        let sum = |list: &[Instalment]| list.iter().map(|one| one.interest).sum::<Money>();
        sum(self.after) - sum(self.replaced)
    }
}

impl Event {
    /// How it changes the schedule of a loan that is lent, if it does.
    #[must_use]
    pub fn schedule_change(&self) -> Option<ScheduleChange<'_>> {
        Some(match self {
            Self::LoanRepaid(event) => {
                let prepaid = event.prepaid.as_ref()?;
                ScheduleChange {
                    loan: &event.loan,
                    replaced: &prepaid.replaced,
                    after: &prepaid.after,
                    moved: &[],
                    maturity: None,
                }
            }
            Self::LoanExtended(event) => ScheduleChange {
                loan: &event.loan,
                replaced: &event.replaced,
                after: &event.after,
                moved: &[],
                maturity: Some((event.maturity_before, event.maturity)),
            },
            Self::LoanRescheduled(event) => ScheduleChange {
                loan: &event.loan,
                replaced: &event.replaced,
                after: &event.after,
                moved: &event.overdue,
                maturity: Some((event.maturity_before, event.maturity)),
            },
            Self::LoanRateReset(event) => ScheduleChange {
                loan: &event.loan,
                replaced: &event.replaced,
                after: &event.after,
                moved: &[],
                maturity: None,
            },
            _ => return None,
        })
    }
}
