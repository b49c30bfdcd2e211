//! Early repayment of principal: interest for the days used, and the rest of the schedule anew.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::day_count;
use crate::id::Id;
use crate::loan::incidents::{FLAT, PAID_AHEAD};
use crate::loan::instalment::{Due, Instalment};
use crate::loan::{Loan, terms};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::schedule::{self, Method, Unit};
use crate::state::State;

/// The early part of a repayment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepaid {
    /// Interest on the outstanding principal since the last charge, to the day of payment.
    pub interest: Money,
    /// Principal repaid early.
    pub principal: Money,
    /// What was open of the instalments that are replaced.
    pub replaced: Vec<Instalment>,
    /// The instalments from here on; none when the loan is settled.
    pub after: Vec<Instalment>,
}

impl Prepaid {
    /// `later` are the instalments not yet due, `charged_to` the day to which interest was charged.
    pub(crate) fn decide(
        state: &State,
        loan: &Loan,
        loan_id: &Id,
        later: &[Due],
        charged_to: Date,
        on: Date,
        money: Money,
    ) -> Result<Self, Refusal> {
        let (_, terms) = terms(state, loan)?;
        let active = loan.active(loan_id)?;
        let impossible = |reason| Refusal::PrepaymentNotPossible { loan: loan_id.clone(), reason };
        if active.method == Method::Flat {
            return Err(impossible(FLAT));
        }
        if active.paid_ahead_to.is_some_and(|day| day > on) {
            return Err(impossible(PAID_AHEAD));
        }
        let outstanding: Money = later.iter().map(|due| due.principal).sum();
        let (rate, day_count, rounding) = (active.annual_rate, terms.day_count, terms.rounding);
        let interest = day_count::interest(outstanding, rate, charged_to, on, day_count, rounding)
            .ok_or_else(|| {
                impossible(Word::new("its interest cannot be computed", "无法计算利息"))
            })?;
        if money <= interest {
            return Err(Refusal::PrepaymentTooSmall {
                loan: loan_id.clone(),
                amount: money,
                accrued: interest,
            });
        }
        let principal = outstanding.min(money - interest);
        let balance = outstanding - principal;
        let after = match later.first().filter(|_| balance.is_positive()) {
            None => Vec::new(),
            Some(first) => {
                let due_days: Vec<Date> = later.iter().map(|due| due.due_on).collect();
                let calendar = terms.working_days.then_some(&state.calendar);
                let conditions = schedule::Conditions {
                    annual_rate: rate,
                    unit: Unit::Month,
                    method: active.method,
                    day_count,
                    rounding,
                };
                schedule::remaining_schedule(balance, on, &due_days, &conditions, first.number)
                    .map_err(|error| Refusal::TermsInvalid {
                        field: error.field,
                        problem: error.reason,
                    })?
                    .iter()
                    .map(|computed| Instalment::of(computed, calendar))
                    .collect()
            }
        };
        let replaced = later.iter().map(Instalment::from).collect();
        Ok(Self { interest, principal, replaced, after })
    }
}
