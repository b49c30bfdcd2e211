//! The discount of a period, computed from the ledger's own events: segments of days with one principal, rate and
//! share each, added up exactly and rounded once.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::portion::{Portion, greatest_common_divisor};
use super::split::{SplitPart, Tier, over_tiers};
use super::terms::DiscountTerms;
use crate::date::Date;
use crate::day_count::{self, DayCount};
use crate::id::Id;
use crate::loan::{Active, Loan, terms};
use crate::money::Money;
use crate::programme::{LoanTerms, Version};
use crate::rate::Rate;
use crate::refusal::Refusal;
use crate::state::State;

/// Days on which the same is discounted: from `from` to before `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// The programme version that decides.
    pub version: u32,
    /// The principal that bears interest to discount: not overdue, and up to the cap.
    pub principal: Money,
    /// The annual rate whose interest is discounted.
    pub rate: Rate,
    /// The share of that interest.
    pub share: Portion,
}

/// What the ledger computes for a period of a loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computed {
    /// The actual interest that may be discounted.
    pub interest: Money,
    /// The discount.
    pub discount: Money,
    /// What both were computed from.
    pub segments: Vec<Segment>,
}

/// A loan and the rules of its discount.
pub(super) struct Discounted<'a> {
    pub(super) programme: &'a Id,
    pub(super) borrower: crate::id::Pseudonym,
    pub(super) active: &'a Active,
    terms: &'a LoanTerms,
    loan: &'a Loan,
    /// The loan's own version, and later ones that hold for it from a day on, in the order of those days.
    regimes: Vec<Regime<'a>>,
}

struct Regime<'a> {
    from: Date,
    version: u32,
    terms: &'a DiscountTerms,
}

/// What to compute: what is right, or what a bank computes that has missed something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Assume {
    /// What is right.
    Nothing,
    /// There is no cap on the principal.
    NoCap,
    /// Nothing was repaid, or fell overdue, since the first day of the period.
    NothingRepaid,
}

impl<'a> Discounted<'a> {
    /// `None` when neither the loan's own version nor a later one for it has a discount.
    pub(super) fn of(
        state: &'a State,
        loan: &'a Loan,
        active: &'a Active,
    ) -> Result<Option<Self>, Refusal> {
        let (version, own) = terms(state, loan)?;
        let mut regimes = Vec::new();
        if let Some(terms) = own.discount.as_deref() {
            regimes.push(Regime { from: Date::FIRST, version: version.version, terms });
        }
        for &index in state.programme(&version.programme)? {
            let later = state.version(index)?;
            // Rules of later days, in whichever order they were recorded, and those recorded later for earlier days.
            if (index > loan.version || later.effective_from > version.effective_from)
                && let Ok(LoanTerms { discount: Some(terms), .. }) = later.loan_terms()
                && let Some(from) = terms.earlier_loans_from
            {
                regimes.push(Regime { from, version: later.version, terms });
            }
        }
        regimes.sort_by_key(|regime| regime.from);
        if regimes.is_empty() {
            return Ok(None);
        }
        let (programme, borrower) = (&version.programme, loan.borrower);
        Ok(Some(Self { programme, borrower, active, terms: own, loan, regimes }))
    }

    /// The terms that hold on a day.
    pub(super) fn terms_on(&self, day: Date) -> Option<&'a DiscountTerms> {
        self.regime_on(day).map(|regime| regime.terms)
    }

    fn regime_on(&self, day: Date) -> Option<&Regime<'a>> {
        self.regimes.iter().rev().find(|regime| regime.from <= day)
    }

    /// What may be discounted of the interest from `from` to before `to`.
    pub(super) fn computed(
        &self,
        state: &State,
        (from, to): (Date, Date),
        assume: Assume,
    ) -> Result<Computed, Refusal> {
        let segments = self.segments(state, (from, to), assume)?;
        let rounded = |exact: Option<Decimal>| {
            exact.and_then(|exact| Money::round_fen(exact, self.terms.rounding)).unwrap_or_default()
        };
        let contract = segments.iter().map(|segment| Segment {
            rate: self.active.annual_rate_on(segment.from),
            share: Portion::ONE,
            ..segment.clone()
        });
        let interest = rounded(exact(contract, self.terms.day_count));
        let discount = rounded(exact(segments.iter().cloned(), self.terms.day_count));
        // Each is rounded on its own, and a discount is never more than the interest.
        Ok(Computed { interest, discount: discount.min(interest), segments })
    }

    fn segments(
        &self,
        state: &State,
        (from, to): (Date, Date),
        assume: Assume,
    ) -> Result<Vec<Segment>, Refusal> {
        let history = self.active.discountable();
        let years = (1..=10).map(|year| self.active.disbursed_on.plus_months(12 * year));
        let changes = history.iter().map(|(day, _)| *day);
        let regimes = self.regimes.iter().map(|regime| regime.from);
        let resets: BTreeSet<Date> =
            self.active.rate_resets().into_iter().map(|(day, _)| day).collect();
        let ends = self.regimes.iter().map(|regime| self.active.discount_end(regime.terms));
        let cuts = changes.chain(years.clone()).chain(regimes).chain(resets.iter().copied());
        let cuts = cuts.chain(ends);
        let cuts: BTreeSet<Date> = cuts.collect();
        let principal_on = |day: Date| {
            let last = history.iter().rev().find(|(changed_on, _)| *changed_on <= day);
            last.map_or(Money::ZERO, |(_, principal)| *principal)
        };
        let reference = state.reference_rate(self.loan.reference_rate);
        let mut segments: Vec<Segment> = Vec::new();
        for (start, end) in spans(from, to, &cuts) {
            let Some(regime) = self.regime_on(start) else { continue };
            // The months of its own rules were over, though later rules discount later days.
            if start >= self.active.discount_end(regime.terms) {
                continue;
            }
            let year = years.clone().take_while(|end| *end <= start).count();
            let part = regime.terms.mode.part(self.active.annual_rate_on(start), reference, year);
            let (rate, share) = part.ok_or_else(|| Refusal::ReferenceRateMissing {
                programme: self.programme.clone(),
                version: regime.version,
            })?;
            let principal =
                principal_on(if assume == Assume::NothingRepaid { from } else { start });
            let cap = regime.terms.principal_cap.filter(|_| assume != Assume::NoCap);
            let segment = Segment {
                from: start,
                to: end,
                version: regime.version,
                principal: cap.map_or(principal, |cap| principal.min(cap)),
                rate,
                share,
            };
            match segments.last_mut() {
                // What goes on as it was is one segment: a day count by whole months must not be cut.
                Some(last)
                    if last.to == start
                        && !resets.contains(&start)
                        && Segment { from: last.from, ..segment.clone() }
                            == Segment { to: end, ..last.clone() } =>
                {
                    last.to = end;
                }
                _ => segments.push(segment),
            }
        }
        segments.retain(|segment| segment.principal.is_positive());
        Ok(segments)
    }

    /// What the tiers of government bear of a discount: it is parted over the days on which different splits were
    /// in force in proportion to what was computed for them, and each part over its tiers.
    pub(super) fn split(
        &self,
        state: &State,
        segments: &[Segment],
        discount: Money,
    ) -> Result<Vec<SplitPart>, Refusal> {
        let versions = state.programme(self.programme)?;
        let versions: Vec<&Version> =
            versions.iter().filter_map(|&index| state.version(index).ok()).collect();
        let cuts: BTreeSet<Date> = versions
            .iter()
            .flat_map(|version| {
                let after = version.effective_to.map(|day| day.plus_days(1));
                std::iter::once(version.effective_from).chain(after)
            })
            .collect();
        let own = state.version(self.loan.version)?;
        let mut parts: Vec<(SplitPart, &[Tier], Vec<Segment>)> = Vec::new();
        for segment in segments {
            for (from, to) in spans(segment.from, segment.to, &cuts) {
                let in_force = state.version_in_force(self.programme, from).ok();
                let version = in_force.filter(|version| !split_of(version).is_empty());
                let version = version.unwrap_or(own);
                let split = split_of(version);
                let days = Segment { from, to, ..segment.clone() };
                match parts.last_mut() {
                    Some((last, tiers, of_part)) if *tiers == split => {
                        last.to = to;
                        of_part.push(days);
                    }
                    _ => {
                        let (version, amount, tiers) = (version.version, Money::ZERO, Vec::new());
                        parts.push((
                            SplitPart { from, to, version, amount, tiers },
                            split,
                            vec![days],
                        ));
                    }
                }
            }
        }
        let weights: Vec<i64> = parts
            .iter()
            .map(|(_, _, days)| weight(exact(days.iter().cloned(), self.terms.day_count)))
            .collect();
        let amounts = discount.split(&weights).unwrap_or_default();
        let with_tiers = parts.into_iter().zip(amounts).map(|((part, split, _), amount)| {
            (!split.is_empty()).then(|| SplitPart {
                amount,
                tiers: over_tiers(amount, split),
                ..part
            })
        });
        Ok(with_tiers.flatten().filter(|part| part.amount.is_positive()).collect())
    }
}

fn split_of(version: &Version) -> &[Tier] {
    let discount = version.loan_terms().ok().and_then(|terms| terms.discount.as_deref());
    discount.map_or(&[], |discount| discount.split.as_slice())
}

/// The spans between cuts.
fn spans(from: Date, to: Date, cuts: &BTreeSet<Date>) -> Vec<(Date, Date)> {
    let inside = cuts.iter().copied().filter(|day| from < *day && *day < to);
    let mut starts = vec![from];
    starts.extend(inside);
    let ends = starts.iter().skip(1).copied().chain([to]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).filter(|(start, end)| start < end).collect()
}

/// The interest of segments in fen: brought to one denominator and divided once, so that thirds that
/// add up to a whole do; `None` when it does not fit a decimal.
fn exact(segments: impl Iterator<Item = Segment>, day_count: DayCount) -> Option<Decimal> {
    let mut by_denominator: BTreeMap<i64, Decimal> = BTreeMap::new();
    for segment in segments {
        let fraction = day_count::year_fraction(segment.from, segment.to, day_count)?;
        let (parts, year) = fraction.parts_and_year();
        let (numerator, denominator) = segment.share.parts();
        let yearly = segment.principal.to_decimal_fen().checked_mul(segment.rate.decimal())?;
        let numerator = yearly.checked_mul(Decimal::from(parts))?.checked_mul(numerator)?;
        let sum = by_denominator.entry(year.checked_mul(denominator)?).or_default();
        *sum = sum.checked_add(numerator)?;
    }
    let common = by_denominator.keys().try_fold(1_i64, |common, &denominator| {
        common.checked_mul(denominator / greatest_common_divisor(common, denominator))
    })?;
    let mut sum = Decimal::ZERO;
    for (denominator, numerator) in by_denominator {
        sum = sum.checked_add(numerator.checked_mul(Decimal::from(common / denominator))?)?;
    }
    sum.checked_div(Decimal::from(common))
}

/// A weight for splitting: in billionths of a fen, or in fen where that is too much.
fn weight(exact: Option<Decimal>) -> i64 {
    let exact = exact.unwrap_or_default();
    let fine =
        exact.checked_mul(Decimal::from(1_000_000_000)).and_then(|fine| fine.round().to_i64());
    fine.or_else(|| exact.round().to_i64()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(from: &str, to: &str, fen: i64, share: &str) -> Segment {
        Segment {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            version: 1,
            principal: Money::from_fen(fen),
            rate: Rate::ONE,
            share: share.parse().unwrap(),
        }
    }

    #[test]
    fn thirds_that_add_up_to_a_whole_do() {
        // Three times a third of one fen: rounding each third would leave 0.999….
        let months = [
            ("2023-01-01", "2023-02-06"),
            ("2023-02-06", "2023-03-14"),
            ("2023-03-14", "2023-04-19"),
        ];
        let thirds = months.map(|(from, to)| segment(from, to, 10, "1/3"));
        assert_eq!(exact(thirds.into_iter(), DayCount::Actual360), Some(Decimal::ONE));
        // Thirds and sevenths: 1/3 of 21 and 2/7 of 21.
        let mixed = [
            segment("2023-01-01", "2023-12-27", 21, "1/3"),
            segment("2023-01-01", "2023-12-27", 21, "2/7"),
        ];
        assert_eq!(exact(mixed.into_iter(), DayCount::Actual360), Some(Decimal::from(13)));
        assert_eq!(exact([].into_iter(), DayCount::Actual360), Some(Decimal::ZERO));
    }
}
