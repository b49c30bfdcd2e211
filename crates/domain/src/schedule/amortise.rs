//! How each method divides a principal over its periods.

use rust_decimal::Decimal;

use super::period::Period;
use super::{BadTerms, Conditions, Instalment, Method};
use crate::day_count::YearFraction;
use crate::money::Money;

/// A principal and the periods over which it is repaid: at least one, and fewer of grace.
pub(super) struct Loan<'a> {
    pub(super) conditions: &'a Conditions,
    pub(super) principal: Money,
    pub(super) periods: &'a [Period],
    pub(super) first_number: u16,
    pub(super) instalment_multiple: Option<Money>,
    pub(super) principal_grace: usize,
    pub(super) interest_grace: usize,
}

/// What a period repays and what accrues in it.
#[derive(Default)]
struct Part {
    principal: Money,
    interest: Money,
}

/// Where an instalment stands, which decides about its principal.
enum Place {
    Grace,
    Middle,
    Last,
}

impl Loan<'_> {
    /// The instalments, numbered from `first_number`.
    pub(super) fn instalments(&self) -> Result<Vec<Instalment>, BadTerms> {
        let parts = match self.conditions.method {
            Method::EqualInstalment => self.equal_instalment(),
            Method::EqualPrincipal => self.equal_principal(),
            Method::InterestOnly => self.on_balance(|_, _| Ok(Money::ZERO)),
            Method::Bullet => self.bullet(),
            Method::Flat => self.flat(),
        }?;
        let mut balance = self.principal;
        let mut accrued = Money::ZERO;
        let numbered = self.periods.iter().zip(parts).zip(self.first_number..).enumerate();
        let instalments = numbered.map(|(index, ((period, part), number))| {
            balance -= part.principal;
            accrued += part.interest;
            let in_grace = index < self.interest_grace;
            let interest = if in_grace { Money::ZERO } else { std::mem::take(&mut accrued) };
            Instalment {
                number,
                from: period.from,
                due_on: period.due_on,
                days: period.from.days_until(period.due_on),
                principal: part.principal,
                interest,
                total: part.principal + interest,
                balance,
            }
        });
        Ok(instalments.collect())
    }

    /// The annuity, less the interest of each period.
    fn equal_instalment(&self) -> Result<Vec<Part>, BadTerms> {
        let instalment = self.round_instalment(self.annuity_instalment().ok_or_else(too_large)?)?;
        self.on_balance(|balance, interest| {
            if interest > instalment {
                return Err(self.does_not_cover(instalment, interest));
            }
            self.repay(instalment - interest, balance)
        })
    }

    /// The principal over the sum of the discount factors of its periods, not rounded.
    fn annuity_instalment(&self) -> Option<Decimal> {
        let mut factors = Decimal::ZERO;
        for period in self.periods.iter().skip(self.principal_grace).rev() {
            let rate = period.fraction.of(self.conditions.annual_rate.decimal())?;
            let discounted = factors.checked_add(Decimal::ONE)?;
            factors = discounted.checked_div(rate.checked_add(Decimal::ONE)?)?;
        }
        self.principal.to_decimal_fen().checked_div(factors)
    }

    /// Equal principal parts, rounded to fen only: the instalment changes every time, so there is
    /// none to round to a multiple.
    fn equal_principal(&self) -> Result<Vec<Part>, BadTerms> {
        let part = self.round(self.principal_per_instalment()?)?;
        self.on_balance(|balance, _| Ok(part.min(balance)))
    }

    /// Interest of every period on the balance. The last instalment repays all, those of the grace
    /// nothing, and the others what `repay` makes of balance and interest.
    fn on_balance(
        &self,
        repay: impl Fn(Money, Money) -> Result<Money, BadTerms>,
    ) -> Result<Vec<Part>, BadTerms> {
        let mut balance = self.principal;
        let parts = self.periods.iter().enumerate().map(|(index, period)| {
            let interest = self.interest(balance, period.fraction)?;
            let principal = match self.place(index) {
                Place::Grace => Money::ZERO,
                Place::Middle => repay(balance, interest)?,
                Place::Last => balance,
            };
            balance -= principal;
            Ok(Part { principal, interest })
        });
        parts.collect()
    }

    /// All in the last instalment, with the interest of the whole term rounded once.
    fn bullet(&self) -> Result<Vec<Part>, BadTerms> {
        let interest = self.interest_of_whole_term()?;
        let mut parts: Vec<Part> = self.periods.iter().skip(1).map(|_| Part::default()).collect();
        parts.push(Part { principal: self.principal, interest });
        Ok(parts)
    }

    /// Interest of the whole term on the whole principal, and the principal, each in equal parts.
    /// With a multiple both parts of an instalment are rounded to it, and what the rounding adds to
    /// or takes from the interest is principal.
    fn flat(&self) -> Result<Vec<Part>, BadTerms> {
        let mut interest_left = self.interest_of_whole_term()?;
        let interest_part = self.round(self.shared(interest_left, self.periods.len())?)?;
        let principal_part = match self.instalment_multiple {
            None => self.round(self.principal_per_instalment()?)?,
            Some(_) => {
                let principal = self.round_instalment(self.principal_per_instalment()?)?;
                let interest = self.round_instalment(interest_part.to_decimal_fen())?;
                (principal + interest - interest_part).or_zero()
            }
        };
        let mut balance = self.principal;
        let parts = (0..self.periods.len()).map(|index| {
            let interest = interest_part.min(interest_left);
            let (principal, interest) = match self.place(index) {
                Place::Grace => (Money::ZERO, interest),
                Place::Middle => (self.repay(principal_part, balance)?, interest),
                Place::Last => (balance, interest_left),
            };
            balance -= principal;
            interest_left -= interest;
            Ok(Part { principal, interest })
        });
        parts.collect()
    }

    fn place(&self, index: usize) -> Place {
        if index + 1 == self.periods.len() {
            Place::Last
        } else if index < self.principal_grace {
            Place::Grace
        } else {
            Place::Middle
        }
    }

    fn interest(&self, balance: Money, fraction: YearFraction) -> Result<Money, BadTerms> {
        let Conditions { annual_rate, rounding, .. } = *self.conditions;
        fraction.interest(balance, annual_rate, rounding).ok_or_else(too_large)
    }

    fn interest_of_whole_term(&self) -> Result<Money, BadTerms> {
        let whole = YearFraction::sum(self.periods.iter().map(|period| period.fraction));
        self.interest(self.principal, whole.ok_or_else(too_large)?)
    }

    /// The principal of each instalment after the grace, not rounded.
    fn principal_per_instalment(&self) -> Result<Decimal, BadTerms> {
        self.shared(self.principal, self.periods.len() - self.principal_grace)
    }

    fn shared(&self, amount: Money, count: usize) -> Result<Decimal, BadTerms> {
        amount.to_decimal_fen().checked_div(Decimal::from(count)).ok_or_else(too_large)
    }

    fn round(&self, fen: Decimal) -> Result<Money, BadTerms> {
        Money::round_fen(fen, self.conditions.rounding).ok_or_else(too_large)
    }

    fn round_instalment(&self, fen: Decimal) -> Result<Money, BadTerms> {
        match self.instalment_multiple {
            None => self.round(fen),
            Some(multiple) => Money::round_to_multiple(fen, multiple, self.conditions.rounding)
                .ok_or_else(too_large),
        }
    }

    /// The principal that an instalment before the last repays. A few fen rounded up may end a tiny
    /// loan early, and the instalments after that are nothing; a multiple that does so is refused.
    fn repay(&self, part: Money, balance: Money) -> Result<Money, BadTerms> {
        match self.instalment_multiple {
            Some(multiple) if part >= balance => Err(BadTerms::new(
                "instalment_multiple",
                format!(
                    "{multiple} repays the loan before its last instalment; accepted is a smaller multiple"
                ),
            )),
            _ => Ok(part.min(balance)),
        }
    }

    fn does_not_cover(&self, instalment: Money, interest: Money) -> BadTerms {
        let (field, accepted) = match self.instalment_multiple {
            Some(_) => ("instalment_multiple", "a smaller multiple"),
            None => ("method", "another method, fewer instalments or more even periods"),
        };
        let reason = format!(
            "an instalment of {instalment} does not cover {interest} of interest; accepted is {accepted}"
        );
        BadTerms::new(field, reason)
    }
}

/// Amounts, rates and dates are bounded so that this does not happen; if it does, nothing is wrong
/// but the size.
fn too_large() -> BadTerms {
    BadTerms::new("principal", "the amounts that follow from it are too large; accepted is less")
}
