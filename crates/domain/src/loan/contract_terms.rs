//! What a loan programme says of changes to a contract that runs.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::arrears::Class;
use crate::rate::Rate;

/// How loans are extended (展期): asked for before maturity, for principal that is not yet due. Interest of the
/// days after the first maturity is not discounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionTerms {
    /// How often a loan may be extended (once: 银发〔2002〕394号, 银发〔2008〕238号).
    pub times: u16,
    /// By how many months at most each time (12 in both).
    pub months: u16,
}

/// How loans are rescheduled (重组): the open principal gets a new plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReschedulingTerms {
    /// How often a loan may be rescheduled.
    pub times: u16,
    /// For how many months at most the new plan runs.
    pub months: u16,
    /// The loan falls into this class or a worse one while it is observed (at least special mention, 令〔2023〕第1号
    /// articles 18 to 20).
    pub class: Class,
    /// For how many months it is observed (重组观察期).
    pub observed_months: u16,
}

/// Penalty interest: from the due day, or the day of misuse, until it is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyTerms {
    /// What overdue principal bears.
    pub overdue: PenaltyRate,
    /// What a misused loan bears. Of both the heavier one only.
    pub misuse: PenaltyRate,
    /// Whether overdue interest bears interest at the penalty rate.
    pub compound: bool,
}

/// The rate of penalty interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyRate {
    /// The contract's rate and this part of it more (加收, 银发〔2003〕251号): `"0.5"` is one and a half times the rate.
    Uplift(Rate),
    /// This annual rate, as for loans from before 2004: 0.021 percent a day is `"0.0756"` where the year has 360 days.
    Annual(Rate),
}

impl PenaltyRate {
    /// The annual rate for a contract of a rate; to ten places.
    pub(crate) fn of(self, contract: Rate) -> Rate {
        match self {
            Self::Uplift(part) => {
                Rate::within(contract.decimal() * (Decimal::ONE + part.decimal()))
            }
            Self::Annual(rate) => rate,
        }
    }
}

/// The longest term that any change may give, in months.
const MAX_MONTHS: u16 = 120;

impl ExtensionTerms {
    /// What is wrong with the terms, if anything.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        changes_problem(self.times, self.months)
    }
}

impl ReschedulingTerms {
    /// What is wrong with the terms, if anything.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let bad_observation = !(1..=MAX_MONTHS).contains(&self.observed_months);
        changes_problem(self.times, self.months)
            .or_else(|| bad_observation.then_some("observed_months must be from 1 to 120"))
    }
}

fn changes_problem(times: u16, months: u16) -> Option<&'static str> {
    let stands = times > 0 && (1..=MAX_MONTHS).contains(&months);
    (!stands).then_some("times must be above 0, and months from 1 to 120")
}
