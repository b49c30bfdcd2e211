//! Early repayment of principal: interest for the days used, and the rest of the schedule anew.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::Id;
use crate::loan::incidents::{FLAT, PAID_AHEAD};
use crate::loan::instalment::{Due, Instalment};
use crate::loan::remaining::Remaining;
use crate::loan::{Loan, terms};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::schedule::Method;
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
    /// `open` is all that is open.
    pub(crate) fn decide(
        state: &State,
        loan: &Loan,
        loan_id: &Id,
        open: &[Due],
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
        let rest = Remaining::after(active, terms, open, on);
        let outstanding = rest.principal();
        let interest = rest.accrued(on).ok_or_else(|| {
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
        let after = if balance.is_positive() {
            let days = rest.due_days();
            rest.spread(state, (balance, active.annual_rate), on, (&days, rest.grace()))?
        } else {
            Vec::new()
        };
        let replaced = rest.recorded();
        Ok(Self { interest, principal, replaced, after })
    }
}
