//! What a loan programme says of its interest discount: how much of the interest, on what, for how long.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::portion::Portion;
use super::split::Tier;
use crate::date::Date;
use crate::id::{Id, present};
use crate::loan::reference_rate::ReferenceRate;
use crate::money::Money;
use crate::rate::Rate;

/// The interest discount (贴息) of a loan programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscountTerms {
    /// The fund that pays it.
    pub fund: Id,
    /// Which part of the interest is discounted.
    pub mode: DiscountMode,
    /// For how many months from disbursement.
    pub months: u16,
    /// Interest is discounted on at most this much principal.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub principal_cap: Option<Money>,
    /// When interest may be claimed.
    pub way: ClaimWay,
    /// By how much a figure of the bank may differ from the ledger's and still be accepted; not at all when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub tolerance: Option<Money>,
    /// How many loans of a borrower may be discounted in a lifetime, whatever programmes they follow.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub loans_per_borrower: Option<u16>,
    /// Which tiers of government bear the discount of interest for days on which this version is in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<Tier>,
    /// From this day on the discount of loans under earlier versions follows this one, too.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub earlier_loans_from: Option<Date>,
}

/// Which part of the interest is discounted; never more than the contract charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DiscountMode {
    /// All of it (银发〔2002〕394号, micro-profit projects).
    FullInterest,
    /// Interest at the reference rate and at most this many points above it (银发〔2008〕238号); all of it where the contract
    /// charges less.
    FullBenchmark(Rate),
    /// This share of the interest at the reference rate, the float above it excluded (银发〔2006〕5号).
    BenchmarkShare(Portion),
    /// A share for each year of the loan: `["1", "2/3", "1/3"]` (银发〔2016〕202号).
    Staged(Vec<Portion>),
    /// What lies above a threshold of so many points below the reference rate: the borrower pays up to it
    /// (财金〔2020〕21号: 0.015).
    AboveThreshold(Rate),
    /// This share of the actual interest (财金〔2023〕75号).
    InterestShare(Portion),
    /// Interest at this flat annual rate; all of it where the contract charges less.
    Points(Rate),
}

/// When interest may be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimWay {
    /// After the period, once the borrower has paid its interest in full (先付后贴).
    PayFirst,
    /// After the period by the bank; the borrower pays what is left.
    Direct,
    /// Before the period is over, too.
    InAdvance,
}

/// What of the interest of a day is discounted: an annual rate, and a share of the interest at that rate.
pub type Part = (Rate, Portion);

impl DiscountMode {
    /// What is discounted in a year of a loan, 0 the first; `None` when the contract names no reference rate
    /// and one is needed.
    #[must_use]
    pub fn part(
        &self,
        contract: Rate,
        reference: Option<&ReferenceRate>,
        year: usize,
    ) -> Option<Part> {
        let reference = reference.map(|reference| reference.value.decimal());
        let up_to = |rate: Decimal| Rate::within(rate.min(contract.decimal()));
        Some(match self {
            Self::FullInterest => (contract, Portion::ONE),
            Self::FullBenchmark(points) => (up_to(reference? + points.decimal()), Portion::ONE),
            Self::BenchmarkShare(share) => (up_to(reference?), *share),
            Self::Staged(shares) => {
                let share = shares.get(year).copied();
                (contract, share.unwrap_or(Portion::Decimal(Rate::ZERO)))
            }
            Self::AboveThreshold(below) => {
                let threshold = (reference? - below.decimal()).max(Decimal::ZERO);
                (Rate::within(contract.decimal() - threshold), Portion::ONE)
            }
            Self::InterestShare(share) => (contract, *share),
            Self::Points(points) => (up_to(points.decimal()), Portion::ONE),
        })
    }

    /// Whether contracts must name a reference rate.
    #[must_use]
    pub fn needs_reference_rate(&self) -> bool {
        matches!(self, Self::FullBenchmark(_) | Self::BenchmarkShare(_) | Self::AboveThreshold(_))
    }

    fn problem(&self, months: u16) -> Option<&'static str> {
        match self {
            Self::BenchmarkShare(share) | Self::InterestShare(share) if share.is_zero() => {
                Some("a share must be above 0")
            }
            Self::Points(points) if *points == Rate::ZERO => Some("the points must be above 0"),
            Self::Staged(shares) if shares.len() != usize::from(months.div_ceil(12)) => Some(
                "a staged discount needs one share for each year that has begun within its months",
            ),
            Self::Staged(shares) if shares.iter().all(|share| share.is_zero()) => {
                Some("a share must be above 0")
            }
            _ => None,
        }
    }
}

impl DiscountTerms {
    /// What is wrong with the terms, if anything.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.months == 0
            || self.principal_cap == Some(Money::ZERO)
            || self.tolerance == Some(Money::ZERO)
            || self.loans_per_borrower == Some(0)
        {
            return Some(
                "months, principal_cap, tolerance and loans_per_borrower must be above 0 where they stand",
            );
        }
        self.mode.problem(self.months).or_else(|| super::split::problem(&self.split))
    }

    /// What a figure may differ by.
    pub(super) fn tolerance(&self) -> Money {
        self.tolerance.unwrap_or_default()
    }
}
