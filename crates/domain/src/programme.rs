//! Programmes: dated, placed rule sets (政策口径). Every version is an event; no figure of a rule is in code.

pub mod publish;

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::arrears::ClassThreshold;
use crate::date::Date;
use crate::day_count::DayCount;
use crate::guarantee_fund::terms::{CompensationTerms, CounterGuaranteeTerms};
use crate::id::{Id, Text, present};
use crate::interest_discount::DiscountTerms;
use crate::loan::borrowers::BorrowerTerms;
use crate::loan::contract_terms::{ExtensionTerms, PenaltyTerms, ReschedulingTerms};
use crate::loan::rate_reset::ResetEvery;
use crate::money::Money;
use crate::premium_arrears::{self, PremiumArrearsTerms};
use crate::rate::{Rate, Rounding};
use crate::refusal::{Refusal, Word};
use crate::schedule::Method;
use crate::state::State;
use crate::subsidy::bearers::Bearer;
use crate::subsidy::rule::{AmountRule, BeneficiaryLimits, Exclusive, Kind};
use crate::subsidy_batch::notice::{NoticeTerms, ReviewTerms};

/// The most that a programme may lend to one borrower at once. With rates up to 100 percent and terms
/// up to ten years, interest stays far below the largest amount that is read.
const MAX_LOAN: Money = Money::from_yuan(10_000_000_000);

/// Event `programme.published.v1`: one version of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The programme.
    pub programme: Id,
    /// 1, 2, 3 … within the programme.
    pub version: u32,
    /// Its name.
    pub name: Text,
    /// Where it holds.
    pub place: Text,
    /// The document and article that it is taken from.
    pub document: Text,
    /// The first day on which it decides.
    pub effective_from: Date,
    /// The last day on which it decides; open when absent or until a later version takes effect.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub effective_to: Option<Date>,
    /// What it grants and within which limits.
    pub terms: Terms,
}

/// What a programme grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// Loans, with or without guarantee and interest discount.
    Loan(LoanTerms),
    /// Subsidies and allowances.
    Subsidy(SubsidyTerms),
    /// Social-insurance premium arrears: nothing is granted, fees are charged.
    PremiumArrears(PremiumArrearsTerms),
}

const LOAN: Word = Word::new("loan", "贷款");
const SUBSIDY: Word = Word::new("subsidy", "补贴");

impl Terms {
    const fn kind(&self) -> Word {
        match self {
            Self::Loan(_) => LOAN,
            Self::Subsidy(_) => SUBSIDY,
            Self::PremiumArrears(_) => premium_arrears::WORD,
        }
    }
}

/// The terms of a loan programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanTerms {
    /// Whose money is lent.
    pub lender: Lender,
    /// The bands: what may be lent for which kind of project. Bands may touch or leave gaps, so a
    /// loan names its category.
    pub categories: Vec<Category>,
    /// The longest term in months.
    pub maximum_months: u16,
    /// The highest annual rate.
    pub maximum_rate: Rate,
    /// The repayment methods that a contract may choose.
    pub methods: Vec<Method>,
    /// How days are counted for interest.
    pub day_count: DayCount,
    /// How interest is rounded to fen.
    pub rounding: Rounding,
    /// In which order a payment covers what is due, instalment by instalment.
    pub application_order: Vec<Bucket>,
    /// How many loans a borrower may have open at a time, whatever programmes they follow.
    pub open_loans_per_borrower: u32,
    /// Whether due days that are no working days move to the next one.
    pub working_days: bool,
    /// The guarantee that the loans need.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub guarantee: Option<Box<GuaranteeTerms>>,
    /// The interest discount that the loans enjoy.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub discount: Option<Box<DiscountTerms>>,
    /// The five-tier classes by days past due, best first.
    pub classes: Vec<ClassThreshold>,
    /// How loans are extended; not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub extension: Option<ExtensionTerms>,
    /// How loans are rescheduled; not at all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub rescheduling: Option<ReschedulingTerms>,
    /// The penalty interest that overdue and misused loans bear; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub penalty: Option<PenaltyTerms>,
    /// How often the rates of contracts may be reset; rates are fixed when signed where this is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resets: Vec<ResetEvery>,
    /// What is asked of those who borrow.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub borrowers: Option<Box<BorrowerTerms>>,
}

/// Whose money is lent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Lender {
    /// A handling bank (经办银行) lends its own money.
    Bank,
    /// A fund of the ledger lends.
    Fund {
        /// The fund.
        fund: Id,
    },
}

/// A band: the least and the most that is lent for a kind of project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// The category.
    pub category: Id,
    /// Its name.
    pub name: Text,
    /// The least that is lent.
    pub minimum: Money,
    /// The most that is lent.
    pub maximum: Money,
    /// The most that is lent for each head of a partnership (合伙创业); the maximum stands all the same.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub per_head: Option<Money>,
}

/// What a payment can cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Interest due.
    Interest,
    /// Principal due.
    Principal,
    /// Penalty interest charged on the loan as a whole.
    Penalty,
    /// Compound interest charged on the loan as a whole.
    Compound,
}

/// The guarantee of a fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuaranteeTerms {
    /// The guarantee fund (担保基金).
    pub fund: Id,
    /// The share of the principal that it guarantees.
    pub share: Rate,
    /// How overdue loans are compensated; the fund compensates none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub compensation: Option<CompensationTerms>,
    /// The counter-guarantee that a commitment needs.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub counter_guarantee: Option<CounterGuaranteeTerms>,
}

/// The terms of a subsidy programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubsidyTerms {
    /// The fund that pays.
    pub fund: Id,
    /// The most in one payment.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub per_payment: Option<Money>,
    /// The most for a household in a calendar year.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub per_household_year: Option<Money>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub kind: Option<Kind>,
    /// What a payment must amount to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub rule: Option<AmountRule>,
    /// What one beneficiary may have altogether.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub per_beneficiary: Option<BeneficiaryLimits>,
    /// Which programmes may not pay for the same period.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub exclusive: Option<Exclusive>,
    /// How long a roster is posted in public before it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub notice: Option<NoticeTerms>,
    /// Who must have looked at a roster.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub review: Option<ReviewTerms>,
    /// Which sources of the fund bear each payment, by weights; all of them in the fund's order when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub borne_by: Vec<Bearer>,
}

impl LoanTerms {
    /// The order in three parts: what of the loan as a whole is covered before the instalments, the order within
    /// each instalment, and what of the loan as a whole is covered after those that are due.
    pub(crate) fn order(&self) -> [&[Bucket]; 3] {
        let of_instalments =
            |bucket: &Bucket| matches!(bucket, Bucket::Interest | Bucket::Principal);
        let order = self.application_order.as_slice();
        let (before, rest) = order.split_at(order.iter().position(of_instalments).unwrap_or(0));
        let end = rest.iter().rposition(of_instalments).map_or(0, |last| last + 1);
        let (within, after) = rest.split_at(end);
        [before, within, after]
    }

    fn order_problem(&self) -> Option<&'static str> {
        let mut order = self.application_order.clone();
        order.sort_by_key(|bucket| *bucket as u8);
        let needed = [Bucket::Interest, Bucket::Principal, Bucket::Penalty, Bucket::Compound];
        let (needed, problem) = match self.penalty {
            None => (&needed[..2], "interest and principal must each stand once"),
            Some(_) => {
                (&needed[..], "interest, principal, penalty and compound must each stand once")
            }
        };
        if order != needed {
            return Some(problem);
        }
        let [_, within, _] = self.order();
        (within.len() != 2).then_some(
            "penalty and compound are covered before or after instalments, not between interest and principal",
        )
    }
}

impl Version {
    /// The loan terms; refused when the programme grants something else.
    pub(crate) fn loan_terms(&self) -> Result<&LoanTerms, Refusal> {
        match &self.terms {
            Terms::Loan(terms) => Ok(terms),
            _ => Err(self.wrong_kind(LOAN)),
        }
    }

    /// The subsidy terms; refused when the programme grants something else.
    pub(crate) fn subsidy_terms(&self) -> Result<&SubsidyTerms, Refusal> {
        match &self.terms {
            Terms::Subsidy(terms) => Ok(terms),
            _ => Err(self.wrong_kind(SUBSIDY)),
        }
    }

    /// The funds that it names; they must be open before it is published.
    #[must_use]
    pub fn funds(&self) -> Vec<&Id> {
        match &self.terms {
            Terms::Subsidy(terms) => vec![&terms.fund],
            Terms::PremiumArrears(terms) => vec![&terms.fund],
            Terms::Loan(terms) => [
                match &terms.lender {
                    Lender::Fund { fund } => Some(fund),
                    Lender::Bank => None,
                },
                terms.guarantee.as_ref().map(|guarantee| &guarantee.fund),
                terms.discount.as_ref().map(|discount| &discount.fund),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }

    pub(crate) fn wrong_kind(&self, needed: Word) -> Refusal {
        Refusal::WrongProgrammeKind {
            programme: self.programme.clone(),
            kind: self.terms.kind(),
            needed,
        }
    }

    /// Refused when it cannot be published as the version that is needed.
    fn check(&self, state: &State, needed: u32) -> Result<(), Refusal> {
        for fund in self.funds() {
            state.fund(fund)?;
        }
        match &self.terms {
            Terms::Subsidy(terms) => {
                for bearer in &terms.borne_by {
                    state.fund_source(&terms.fund, &bearer.source)?;
                }
            }
            Terms::PremiumArrears(terms) => {
                state.fund_source(&terms.fund, &terms.source)?;
            }
            Terms::Loan(_) => {}
        }
        if self.version != needed {
            return Err(Refusal::VersionNotNewer {
                programme: self.programme.clone(),
                version: self.version,
                needed,
            });
        }
        self.check_terms(state)
    }

    fn check_terms(&self, state: &State) -> Result<(), Refusal> {
        let bad = |field, problem: &str| Refusal::TermsInvalid { field, problem: problem.into() };
        if self.effective_to.is_some_and(|to| to < self.effective_from) {
            return Err(bad("effective_to", "lies before effective_from"));
        }
        let terms = match &self.terms {
            Terms::Loan(terms) => terms,
            Terms::Subsidy(terms) => {
                return match terms.problem() {
                    Some((field, problem)) => Err(bad(field, problem)),
                    None => Ok(()),
                };
            }
            Terms::PremiumArrears(terms) => {
                return terms.check().map_err(|(field, problem)| bad(field, problem));
            }
        };
        if terms.categories.is_empty() {
            return Err(bad("categories", "at least one is needed"));
        }
        if terms.categories.len() > 100 {
            return Err(bad("categories", "at most 100 are accepted"));
        }
        for (index, category) in terms.categories.iter().enumerate() {
            if category.minimum > category.maximum || category.maximum.is_zero() {
                return Err(bad("categories", "a minimum lies above its maximum"));
            }
            if category.maximum > MAX_LOAN {
                return Err(bad("categories", "a maximum above 10000000000.00 is no micro-loan"));
            }
            if category.per_head == Some(Money::ZERO) {
                return Err(bad("categories", "per_head must be above 0"));
            }
            if terms.categories[..index].iter().any(|other| other.category == category.category) {
                return Err(bad("categories", "a category stands twice"));
            }
        }
        if terms.maximum_months == 0 || terms.maximum_months > 120 {
            return Err(bad("maximum_months", "from 1 to 120 is accepted"));
        }
        if terms.methods.is_empty() || terms.methods.len() > 5 {
            return Err(bad("methods", "from one to five are needed"));
        }
        if let Some(problem) = terms.order_problem() {
            return Err(bad("application_order", problem));
        }
        if terms.open_loans_per_borrower == 0 {
            return Err(bad("open_loans_per_borrower", "at least 1 is needed"));
        }
        crate::arrears::check_thresholds(&terms.classes)
            .map_err(|problem| bad("classes", problem))?;
        if let Some(guarantee) = &terms.guarantee {
            if guarantee.share == Rate::ZERO {
                return Err(bad("guarantee.share", "must be above 0"));
            }
            if state.fund(&guarantee.fund)?.multiplier.is_none() {
                return Err(Refusal::NotAGuaranteeFund { fund: guarantee.fund.clone() });
            }
            guarantee.check(&terms.lender).map_err(|(field, problem)| bad(field, problem))?;
        }
        if let Some(problem) = terms.discount.as_deref().and_then(DiscountTerms::problem) {
            return Err(bad("discount", problem));
        }
        if let Some(problem) = terms.borrowers.as_deref().and_then(BorrowerTerms::problem) {
            return Err(bad("borrowers", problem));
        }
        if let Some(problem) = terms.extension.as_ref().and_then(ExtensionTerms::problem) {
            return Err(bad("extension", problem));
        }
        if let Some(problem) = terms.rescheduling.as_ref().and_then(ReschedulingTerms::problem) {
            return Err(bad("rescheduling", problem));
        }
        Ok(())
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.add_version(self.clone());
    }
}
