//! Repayment schedules: from the terms of a loan to its instalments, to the fen.
//!
//! Interest accrues in every period on the principal still out (`flat`: on all of it) and each amount is
//! rounded once. The last instalment takes the difference, so the principal parts sum to the
//! principal exactly.

mod amortise;
mod period;
mod terms;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::day_count::DayCount;
use crate::money::Money;
use crate::rate::{Rate, Rounding};
pub use terms::{BadTerms, MAX_INSTALMENTS, Method, Terms, Unit};

/// A whole schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The instalments, first to last.
    pub instalments: Vec<Instalment>,
    /// The sum of the principal parts: the principal.
    pub total_principal: Money,
    /// The sum of the interest parts.
    pub total_interest: Money,
}

/// One instalment as computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// 1, 2, 3 …
    pub number: u16,
    /// The first day of its period, which bears interest.
    pub from: Date,
    /// The day on which it is due, which bears none.
    pub due_on: Date,
    /// The days of its period.
    pub days: i32,
    /// Principal due.
    pub principal: Money,
    /// Interest due.
    pub interest: Money,
    /// Principal and interest due.
    pub total: Money,
    /// Principal still out after it.
    pub balance: Money,
}

/// What a contract says about interest and repayment, whatever the amount and the dates are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The annual rate.
    pub annual_rate: Rate,
    /// What the contract counts its periods in.
    pub unit: Unit,
    /// The repayment method.
    pub method: Method,
    /// How days are counted for interest.
    pub day_count: DayCount,
    /// How amounts are rounded to fen.
    pub rounding: Rounding,
}

/// Computes the schedule of a loan.
///
/// # Errors
/// [`BadTerms`] names the field that cannot be followed and what is accepted.
pub fn schedule(terms: &Terms) -> Result<Schedule, BadTerms> {
    terms.check()?;
    let conditions = terms.conditions();
    let due_dates = period::due_dates(terms)?;
    let loan = amortise::Loan {
        conditions: &conditions,
        principal: terms.principal,
        periods: &period::periods(&conditions, terms.disbursed_on, &due_dates)?,
        first_number: 1,
        instalment_multiple: terms.instalment_multiple,
        principal_grace: usize::from(terms.principal_grace),
        interest_grace: usize::from(terms.interest_grace),
    };
    let instalments = loan.instalments()?;
    Ok(Schedule {
        total_principal: instalments.iter().map(|instalment| instalment.principal).sum(),
        total_interest: instalments.iter().map(|instalment| instalment.interest).sum(),
        instalments,
    })
}

/// Spreads a balance anew over due dates that stay as they are, after a part was repaid early on
/// `from`: interest runs from that day on what is left only (Civil Code article 677), so for `flat`
/// the balance takes the place of the principal. `first_number` is the number of the first due date.
///
/// # Errors
/// [`BadTerms`] when the balance is not positive, the due dates do not rise from `from`, or equal
/// instalments cannot cover the interest.
pub fn remaining_schedule(
    balance: Money,
    from: Date,
    due_dates: &[Date],
    conditions: &Conditions,
    first_number: u16,
) -> Result<Vec<Instalment>, BadTerms> {
    respread(balance, from, due_dates, conditions, (first_number, 0))
}

/// As [`remaining_schedule`]; so many instalments at the start are without principal.
pub(crate) fn respread(
    balance: Money,
    from: Date,
    due_dates: &[Date],
    conditions: &Conditions,
    (first_number, principal_grace): (u16, usize),
) -> Result<Vec<Instalment>, BadTerms> {
    terms::check_amount("balance", balance)?;
    terms::check_count("due_dates", due_dates.len())?;
    if first_number == 0 || due_dates.len() > usize::from(u16::MAX - first_number) {
        return Err(BadTerms::new(
            "first_number",
            "accepted is 1 or more, and no number above 65534",
        ));
    }
    let loan = amortise::Loan {
        conditions,
        principal: balance,
        periods: &period::periods(conditions, from, due_dates)?,
        first_number,
        instalment_multiple: None,
        principal_grace,
        interest_grace: 0,
    };
    loan.instalments()
}

#[cfg(test)]
mod tests;
