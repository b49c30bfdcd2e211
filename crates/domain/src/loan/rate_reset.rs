//! Floating rates (浮动利率): a contract follows a published rate from one reset day to the next.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::day_count::year_fraction;
use crate::guarantee_fund::compensation::Compensation;
use crate::id::{Id, present};
use crate::loan::disbursement::last_of_loan;
use crate::loan::extension::replace;
use crate::loan::incidents::PlanChange;
use crate::loan::instalment::Instalment;
use crate::loan::reference_rate::ReferenceRate;
use crate::loan::remaining::Remaining;
use crate::loan::repayment::{Standing, not_before};
use crate::loan::{Active, penalty, terms, with_active};
use crate::money::Money;
use crate::programme::LoanTerms;
use crate::rate::Rate;
use crate::refusal::{Refusal, Word};
use crate::state::State;

/// What a contract with a floating rate says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floating {
    /// What the published rate is raised or lowered by.
    pub margin: Margin,
    /// When the rate is reset.
    pub reset: ResetDay,
}

/// The distance of a contract's rate from the published one (加减点).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Margin {
    /// So much above it.
    Above(Rate),
    /// So much below it.
    Below(Rate),
}

/// The day on which a rate is reset (重定价日).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ResetDay {
    /// Every year.
    Yearly {
        /// The month, 1 to 12.
        month: u8,
        /// The day, 1 to 28.
        day: u8,
    },
    /// Every month.
    Monthly {
        /// The day, 1 to 28.
        day: u8,
    },
}

/// How often rates may be reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetEvery {
    /// On a day of every year.
    Year,
    /// On a day of every month.
    Month,
}

/// Command `loan.reset_rate`; the effective date is the reset day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetRate {
    /// The loan.
    pub loan: Id,
    /// The published rate that holds now.
    pub reference_rate: ReferenceRate,
}

/// Event `loan.rate_reset.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateReset {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// The published rate that holds now.
    pub reference_rate: ReferenceRate,
    /// The annual rate until now.
    pub rate_before: Rate,
    /// The annual rate from here on.
    pub rate: Rate,
    /// What was open of the instalments not yet due, which are replaced.
    pub replaced: Vec<Instalment>,
    /// The instalments from here on; the first holds what has run at earlier rates, too.
    pub after: Vec<Instalment>,
    /// The day on which it was reset before.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub reset_before: Option<Date>,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

const RATE_RESET: Word = Word::new("rate reset", "利率重定价");
/// A contract whose rate floats, in refusals.
pub(crate) const FLOATING: Word = Word::new("floating rate", "浮动利率");

impl ResetDay {
    /// How often that is.
    #[must_use]
    pub const fn every(self) -> ResetEvery {
        match self {
            Self::Yearly { .. } => ResetEvery::Year,
            Self::Monthly { .. } => ResetEvery::Month,
        }
    }

    fn is_real(self) -> bool {
        let (month, day) = match self {
            Self::Yearly { month, day } => (month, day),
            Self::Monthly { day } => (1, day),
        };
        (1..=12).contains(&month) && (1..=28).contains(&day)
    }

    fn is_on(self, date: Date) -> bool {
        let is = |part: i8, wanted: u8| u8::try_from(part) == Ok(wanted);
        match self {
            Self::Yearly { month, day } => is(date.month(), month) && is(date.day(), day),
            Self::Monthly { day } => is(date.day(), day),
        }
    }

    /// The first reset day after a date.
    fn after(self, date: Date) -> Option<Date> {
        (1..=366).map(|days| date.plus_days(days)).find(|day| self.is_on(*day))
    }
}

impl Floating {
    /// The rate of the contract at a published rate.
    #[must_use]
    pub fn rate(&self, reference: Rate) -> Rate {
        Rate::within(match self.margin {
            Margin::Above(points) => reference.decimal() + points.decimal(),
            Margin::Below(points) => reference.decimal() - points.decimal(),
        })
    }

    /// Refused when a contract cannot be signed so.
    pub(crate) fn check(
        &self,
        reference: Option<&ReferenceRate>,
        annual_rate: Rate,
    ) -> Result<(), Refusal> {
        let bad = |field, problem: String| Err(Refusal::TermsInvalid { field, problem });
        if !self.reset.is_real() {
            return bad("floating.reset", "a month from 1 to 12 and a day from 1 to 28".into());
        }
        let Some(reference) = reference else {
            return bad("reference_rate", "a floating rate follows one".into());
        };
        let rate = self.rate(reference.value);
        if rate != annual_rate {
            let problem = format!("{rate} follows from the reference rate and the margin");
            return bad("annual_rate", problem);
        }
        Ok(())
    }
}

impl ResetRate {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<RateReset, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        Compensation::none_open(state, &self.loan)?;
        penalty::charged(state, &self.loan, loan, effective_on)?;
        let fixed = || Refusal::RateFixed { loan: self.loan.clone() };
        let floating = state.floating(loan.floating).ok_or_else(fixed)?;
        let signed_with = state.reference_rate(loan.reference_rate).ok_or_else(fixed)?;
        let bad = |field, problem: String| Err(Refusal::TermsInvalid { field, problem });
        if self.reference_rate.name != signed_with.name {
            return bad(
                "reference_rate.name",
                format!("the contract follows {}", signed_with.name),
            );
        }
        if self.reference_rate.published_on > effective_on {
            let problem = format!("it lies after the reset on {effective_on}");
            return bad("reference_rate.published_on", problem);
        }
        if self.reference_rate.published_on < signed_with.published_on {
            let signed_on = signed_with.published_on;
            let problem = format!("the contract was signed with the value of {signed_on}");
            return bad("reference_rate.published_on", problem);
        }
        let reset_before = active.rate_resets().last().map(|(day, _)| *day);
        if !floating.reset.is_on(effective_on)
            || reset_before.unwrap_or(active.disbursed_on) >= effective_on
        {
            return Err(Refusal::NotAResetDay {
                loan: self.loan.clone(),
                date: effective_on,
                next: floating.reset.after(effective_on).unwrap_or(Date::LAST),
            });
        }
        nothing_claimed_after(&self.loan, active, effective_on)?;
        let change = PlanChange { loan: &self.loan, kind: RATE_RESET, consent: None };
        change.can_be_spread_anew(active, effective_on)?;
        let open = active.open.unpack();
        let rest = Remaining::after(active, terms, &open, effective_on);
        change.has_principal(&rest)?;
        let rate = floating.rate(self.reference_rate.value);
        let days = rest.due_days();
        let spread = (rest.principal(), rate);
        let mut after = rest.spread(state, spread, effective_on, (&days, rest.grace()))?;
        if let (Some(first), Some(accrued)) = (after.first_mut(), rest.accrued(effective_on)) {
            first.interest += accrued;
        }
        if rate > terms.maximum_rate {
            return Err(Refusal::RateTooHigh { rate, maximum: terms.maximum_rate });
        }
        Ok(RateReset {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            reference_rate: self.reference_rate.clone(),
            rate_before: active.annual_rate,
            rate,
            replaced: rest.recorded(),
            after,
            reset_before,
            before: Standing::of(active),
        })
    }
}

/// Refused when days after a reset are claimed for: what is discounted was computed at the rate of those days.
fn nothing_claimed_after(loan: &Id, active: &Active, reset_on: Date) -> Result<(), Refusal> {
    let claimed = active.claimed.list();
    match claimed.iter().find(|period| reset_on < period.to) {
        Some(claimed) => {
            Err(Refusal::LoanInClaim { loan: loan.clone(), position: claimed.position })
        }
        None => Ok(()),
    }
}

impl RateReset {
    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.rates.push(effective_on, self.rate_before));
            active.annual_rate = self.rate;
            replace(&mut active.open, &self.replaced, &self.after);
            active.changed_on = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let active = state.loan(&self.loan)?.active(&self.loan)?;
        last_of_loan(active, position)?;
        let reset_on = active.rate_resets().last().map_or(Date::LAST, |(day, _)| *day);
        nothing_claimed_after(&self.loan, active, reset_on)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| happened.rates.pop());
            active.annual_rate = self.rate_before;
            replace(&mut active.open, &self.after, &self.replaced);
            self.before.restore(active);
        });
    }
}

impl Active {
    /// The days on which the rate was reset, and the rate until each.
    #[must_use]
    pub fn rate_resets(&self) -> Vec<(Date, Rate)> {
        self.incidents.get().map(|happened| happened.rates.list()).unwrap_or_default()
    }

    /// The annual rate of a day.
    #[must_use]
    pub fn annual_rate_on(&self, day: Date) -> Rate {
        let resets = self.rate_resets();
        let later = resets.iter().find(|(reset_on, _)| day < *reset_on);
        later.map_or(self.annual_rate, |(_, before)| *before)
    }

    /// Interest on a principal from a day to before another at the rates of those days: added up exactly, rounded
    /// once. `None` when it does not fit an amount.
    pub(crate) fn interest(
        &self,
        principal: Money,
        (from, to): (Date, Date),
        terms: &LoanTerms,
    ) -> Option<Money> {
        let resets = self.rate_resets();
        let inside = resets.iter().map(|(day, _)| *day).filter(|day| from < *day && *day < to);
        let mut days = vec![from];
        days.extend(inside);
        days.push(to);
        let (mut sum, mut parts_of_year) = (Decimal::ZERO, 1);
        for span in days.windows(2) {
            let (parts, year) = year_fraction(span[0], span[1], terms.day_count)?.parts_and_year();
            let yearly =
                principal.to_decimal_fen().checked_mul(self.annual_rate_on(span[0]).decimal())?;
            sum = sum.checked_add(yearly.checked_mul(Decimal::from(parts))?)?;
            // One day count parts the year in one way.
            parts_of_year = year;
        }
        Money::round_fen(sum.checked_div(Decimal::from(parts_of_year))?, terms.rounding)
    }
}
