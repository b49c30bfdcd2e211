//! What a subsidy may amount to, how often a beneficiary gets it, and what excludes it.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::{Id, Text, present};
use crate::money::Money;
use crate::parameter::{Used, value_on};
use crate::programme::{SubsidyTerms, Version};
use crate::rate::Rounding;
use crate::refusal::Refusal;
use crate::state::State;
use crate::subsidy::bearers;

/// The most months that one payment may be for: ten years.
const MAX_MONTHS: u16 = 120;

/// What a subsidy is for: the kinds of the employment subsidy fund, and those of union and civil relief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Vocational training (职业培训补贴).
    TrainingSubsidy,
    /// A first certificate of skill (职业技能鉴定补贴).
    SkillAssessmentSubsidy,
    /// Social insurance premiums (社会保险补贴).
    SocialInsuranceSubsidy,
    /// A public-welfare post (公益性岗位补贴).
    PublicWelfarePost,
    /// An internship (就业见习补贴).
    InternshipSubsidy,
    /// Job search of graduates (求职创业补贴).
    GraduateJobSearchSubsidy,
    /// A first business (一次性创业补贴).
    OneTimeStartupSubsidy,
    /// The rent of business premises (场地租金补贴).
    VenueRent,
    /// Jobs added (一次性扩岗补助).
    JobExpansion,
    /// Job introduction (职业介绍补贴).
    JobIntroduction,
    /// Transport (一次性交通补贴).
    Transport,
    /// An employer who hires (吸纳就业补贴).
    EmployerHire,
    /// Compensation at the end of a contract (经济补偿).
    SeveranceCompensation,
    /// A reduction of medical fees (医疗费减免).
    MedicalReduction,
    /// Tuition and university entrance (助学).
    Tuition,
    /// Legal aid (法律援助).
    LegalAid,
    /// The minimum living allowance (低保).
    MinimumLivingAllowance,
    /// The basic living allowance of laid-off workers (基本生活费).
    BasicLivingAllowance,
    /// Accident insurance (意外伤害保险).
    AccidentInsurance,
    /// Work for relief (以工代赈).
    WorkForRelief,
    /// Warmth visits (送温暖).
    WarmthVisit,
    /// One-off help in hardship (临时救助).
    OneOffHelp,
}

/// What a payment must amount to. Fixed figures and those of parameters are for one month where a payment
/// is for several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountRule {
    /// This much, no less and no more.
    Exactly(Figure),
    /// Within bounds.
    Between(Bounds),
}

/// Bounds of an amount; all of them hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// At least each of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_least: Vec<Figure>,
    /// At most each of these; one is needed.
    pub at_most: Vec<Figure>,
}

/// A figure of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// An amount.
    Fixed(Money),
    /// A part of the cost that the beneficiary had (half of the lawyer's fee, say).
    Cost(Fraction),
    /// A part of a parameter in force (half of the minimum wage, a twelfth of the poverty line).
    Parameter(PartOfParameter),
}

/// A part of a named parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartOfParameter {
    /// The parameter.
    pub parameter: Id,
    /// The part of it.
    pub part: Fraction,
}

/// An exact part, as `{"times":2,"divided_by":3}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fraction {
    /// Times.
    pub times: u16,
    /// Divided by.
    pub divided_by: u16,
}

/// What one beneficiary may have of a programme altogether, counted from the first version that limits it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeneficiaryLimits {
    /// Payments for this many months.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub months: Option<u16>,
    /// This many payments: 1 for once in a lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub times: Option<u16>,
    /// This much money.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub amount: Option<Money>,
}

/// Programmes that may not pay the same beneficiary for the same period (重复享受). It holds both ways, and
/// between a month and its year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusive {
    /// These programmes.
    Programmes(Vec<Id>),
    /// Every programme of the same kind that another fund pays: the same item is not drawn from two funds.
    KindOfOtherFunds,
}

/// What a beneficiary has had of a programme that limits it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Had {
    /// Months.
    pub months: u32,
    /// Payments.
    pub times: u32,
    /// Money.
    pub amount: Money,
}

/// What a rule asks about a payment.
pub(crate) struct Asked<'a> {
    pub(crate) amount: Money,
    pub(crate) cost: Option<Money>,
    pub(crate) months: u16,
    pub(crate) period: &'a Id,
    pub(crate) effective_on: Date,
}

impl SubsidyTerms {
    /// What cannot stand in the terms: field and problem.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        if self.per_payment == Some(Money::ZERO) {
            return Some(("per_payment", "must be above 0.00"));
        }
        if self.per_household_year == Some(Money::ZERO) {
            return Some(("per_household_year", "must be above 0.00"));
        }
        if let Some(rule) = &self.rule {
            let figures = rule.figures();
            if let AmountRule::Between(bounds) = rule
                && bounds.at_most.is_empty()
            {
                return Some(("rule", "a bound at_most is needed"));
            }
            if figures.len() > 20 {
                return Some(("rule", "at most 20 figures are accepted"));
            }
            if figures.iter().any(|figure| figure.is_nothing()) {
                return Some(("rule", "every figure must be above 0, and nothing is divided by 0"));
            }
        }
        if let Some(limits) = &self.per_beneficiary {
            let BeneficiaryLimits { months, times, amount } = limits;
            if months.is_none() && times.is_none() && amount.is_none() {
                return Some(("per_beneficiary", "months, times or amount is needed"));
            }
            if *months == Some(0) || *times == Some(0) || *amount == Some(Money::ZERO) {
                return Some(("per_beneficiary", "a limit must be above 0"));
            }
        }
        if self.notice.as_ref().is_some_and(|notice| !(1..=365).contains(&notice.days)) {
            return Some(("notice", "from 1 to 365 days are accepted"));
        }
        if let Some(problem) = bearers::problem(&self.borne_by) {
            return Some(("borne_by", problem));
        }
        match &self.exclusive {
            Some(Exclusive::KindOfOtherFunds) if self.kind.is_none() => {
                Some(("exclusive", "the programme must say its kind for this"))
            }
            Some(Exclusive::Programmes(list)) if list.is_empty() || list.len() > 100 => {
                Some(("exclusive", "from 1 to 100 programmes are accepted"))
            }
            _ => None,
        }
    }

    fn excludes(&self, other: &Id, terms: &Self) -> bool {
        match &self.exclusive {
            None => false,
            Some(Exclusive::Programmes(list)) => list.contains(other),
            Some(Exclusive::KindOfOtherFunds) => self.kind == terms.kind && self.fund != terms.fund,
        }
    }
}

/// The programmes that exclude this one or are excluded by it.
pub(crate) fn excluded_programmes(
    state: &State,
    programme: &Id,
    terms: &SubsidyTerms,
    effective_on: Date,
) -> Vec<Id> {
    state
        .programme_names()
        .filter(|other| *other != programme)
        .filter(|other| {
            // Of a programme that has ended, what it paid before counts by its last version.
            let version = state.version_in_force(other, effective_on).ok();
            let version =
                version.or_else(|| state.programme_version(other, state.next_version(other) - 1));
            match version.map(Version::subsidy_terms) {
                Some(Ok(theirs)) => {
                    terms.excludes(other, theirs) || theirs.excludes(programme, terms)
                }
                _ => false,
            }
        })
        .cloned()
        .collect()
}

/// The periods that overlap with a period: itself; the year of a month; the months of a year.
pub(crate) fn overlapping(period: &Id) -> Vec<Id> {
    let text = period.as_str();
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut all = vec![period.clone()];
    if is_year(text) {
        all.extend((1..=12).filter_map(|month| format!("{text}-{month:02}").parse().ok()));
    } else if first_day(period).is_some() {
        all.extend(text.split('-').next().and_then(|year| year.parse().ok()));
    }
    all
}

/// The periods that a payment uses up: the one that it names, or each month where it is for several.
pub(crate) fn covered(period: &Id, months: Option<u16>) -> Vec<Id> {
    let (Some(first), Some(months)) = (first_day(period), months) else {
        return vec![period.clone()];
    };
    let month = |number: u16| {
        let day = first.plus_months(i32::from(number)).to_string();
        day.get(..7)?.parse().ok()
    };
    (0..months.max(1)).filter_map(month).collect()
}

/// The first day of a period that names a month, as `2024-05`.
fn first_day(period: &Id) -> Option<Date> {
    format!("{}-01", period.as_str()).parse().ok()
}

impl AmountRule {
    fn figures(&self) -> Vec<&Figure> {
        match self {
            Self::Exactly(figure) => vec![figure],
            Self::Between(bounds) => bounds.at_least.iter().chain(&bounds.at_most).collect(),
        }
    }

    /// The parameters in force for a payment: on the first day of the month that it is for, or else on its
    /// effective date.
    pub(crate) fn parameters(
        &self,
        state: &State,
        place: &Text,
        asked: &Asked<'_>,
    ) -> Result<Vec<Used>, Refusal> {
        let date = first_day(asked.period).unwrap_or(asked.effective_on);
        let mut used: Vec<Used> = Vec::new();
        for figure in self.figures() {
            if let Figure::Parameter(PartOfParameter { parameter, .. }) = figure
                && !used.iter().any(|one| one.parameter == *parameter)
            {
                used.push(value_on(state, parameter, place, date)?);
            }
        }
        Ok(used)
    }

    /// Refused when the rule needs a cost and none is stated.
    pub(crate) fn cost_is_stated(&self, programme: &Id, asked: &Asked<'_>) -> Result<(), Refusal> {
        let needed = self.figures().iter().any(|figure| matches!(figure, Figure::Cost(_)));
        if needed && asked.cost.is_none() {
            return Err(Refusal::CostMissing { programme: programme.clone() });
        }
        Ok(())
    }

    /// Refused when the amount is not what the rule gives.
    pub(crate) fn check(
        &self,
        programme: &Id,
        asked: &Asked<'_>,
        used: &[Used],
    ) -> Result<(), Refusal> {
        let value = |figure: &Figure| figure.value(asked, used);
        let one_fen = Money::from_fen(1);
        let (minimum, maximum) = match self {
            Self::Exactly(figure) => (value(figure), value(figure)),
            Self::Between(bounds) => (
                bounds.at_least.iter().map(value).max().unwrap_or(one_fen),
                bounds.at_most.iter().map(value).min().unwrap_or_default(),
            ),
        };
        if (minimum..=maximum).contains(&asked.amount) {
            return Ok(());
        }
        let amount = asked.amount;
        Err(Refusal::AmountOutsideRule { programme: programme.clone(), amount, minimum, maximum })
    }
}

impl Figure {
    fn is_nothing(&self) -> bool {
        match self {
            Self::Fixed(amount) => amount.is_zero(),
            Self::Cost(part) => part.times == 0 || part.divided_by == 0,
            Self::Parameter(PartOfParameter { part, .. }) => {
                part.times == 0 || part.divided_by == 0
            }
        }
    }

    fn value(&self, asked: &Asked<'_>, used: &[Used]) -> Money {
        let monthly =
            |amount: Money| Money::from_fen(amount.fen().saturating_mul(i64::from(asked.months)));
        match self {
            Self::Fixed(amount) => monthly(*amount),
            Self::Cost(part) => part.of(asked.cost.unwrap_or_default()),
            Self::Parameter(PartOfParameter { parameter, part }) => {
                let used = used.iter().find(|one| one.parameter == *parameter);
                monthly(part.of(used.map(|one| one.value).unwrap_or_default()))
            }
        }
    }
}

impl Fraction {
    /// The part of an amount, rounded half up to fen.
    fn of(self, amount: Money) -> Money {
        let times = rust_decimal::Decimal::from(self.times);
        let divided_by = rust_decimal::Decimal::from(self.divided_by);
        let exact = (amount.to_decimal_fen() * times).checked_div(divided_by);
        exact.and_then(|exact| Money::round_fen(exact, Rounding::HalfUp)).unwrap_or_default()
    }
}

/// Refuses a payment for no month, or for more than ten years.
pub(crate) fn months_possible(months: Option<u16>) -> Result<u16, Refusal> {
    let months = months.unwrap_or(1);
    if (1..=MAX_MONTHS).contains(&months) {
        return Ok(months);
    }
    Err(Refusal::MonthsImpossible { months, maximum: MAX_MONTHS })
}

impl BeneficiaryLimits {
    /// Refused when a payment passes a limit.
    pub(crate) fn check(
        &self,
        programme: &Id,
        beneficiary: crate::id::Pseudonym,
        had: Had,
        asked: &Asked<'_>,
    ) -> Result<(), Refusal> {
        let programme = || programme.clone();
        if let Some(limit) = self.times.map(u32::from).filter(|limit| had.times >= *limit) {
            return Err(Refusal::TimesOverLimit {
                programme: programme(),
                beneficiary,
                used: had.times,
                limit,
            });
        }
        let months = u32::from(asked.months);
        if let Some(limit) = self.months.map(u32::from).filter(|limit| had.months + months > *limit)
        {
            return Err(Refusal::MonthsOverLimit {
                programme: programme(),
                beneficiary,
                months,
                used: had.months,
                limit,
                left: limit.saturating_sub(had.months),
            });
        }
        if let Some(cap) = self.amount.filter(|cap| had.amount + asked.amount > *cap) {
            return Err(Refusal::LifetimeOverCap {
                programme: programme(),
                beneficiary,
                amount: asked.amount,
                used: had.amount,
                cap,
                left: (cap - had.amount).or_zero(),
            });
        }
        Ok(())
    }
}
