//! Loans derived from their number and sum: applied for, approved, guaranteed, lent, and the interest
//! discount claimed for them.

use almoner_domain::command::Action;
use almoner_domain::date::Date;
use almoner_domain::day_count;
use almoner_domain::guarantee_fund;
use almoner_domain::id::Id;
use almoner_domain::interest_discount::{self, Claim, ClaimLine};
use almoner_domain::loan::application::{Apply, Approve};
use almoner_domain::loan::disbursement::Disburse;
use almoner_domain::money::Money;
use almoner_domain::programme::LoanTerms;
use almoner_domain::rate::Rate;
use almoner_domain::schedule::Method;
use anyhow::Context;
use serde::Deserialize;

use super::derived::{Amounts, pseudonym};
use super::repayments::Repayments;
use super::steps::{Step, What};

/// Days from the application and from the approval to the disbursement.
const APPLIED_BEFORE: i32 = 4;
const APPROVED_BEFORE: i32 = 1;

/// Loans of one kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanLines {
    /// The programme.
    pub programme: Id,
    category: Id,
    #[serde(default)]
    bank: Option<Id>,
    /// How many, and how much in all.
    pub amounts: Amounts,
    months: u16,
    /// Months between due days.
    every: u16,
    annual_rate: Rate,
    method: Method,
    /// The days on which they are lent; each day the same number of loans.
    disbursed_on: Vec<Date>,
    #[serde(default)]
    first_due_on: Option<Date>,
    repayments: Repayments,
    #[serde(default)]
    claims: Option<Claims>,
}

/// How the discount is claimed: one claim for the loans of one day, from that day on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    /// Up to before which day; a year after disbursement when absent.
    #[serde(default)]
    to: Option<Date>,
    /// When they are filed; on the day of disbursement when absent.
    #[serde(default)]
    filed_on: Option<Date>,
    /// Approved so many days after that.
    approved_after: i32,
    /// Paid so many days after filing.
    paid_after: i32,
}

/// A loan as it is lent.
pub struct Lent {
    /// The loan.
    pub loan: Id,
    /// What its keys begin with.
    pub key: String,
    /// How much.
    pub principal: Money,
    /// When.
    pub on: Date,
}

impl LoanLines {
    /// What happens with these loans; `first` is the number of the first among those of the place,
    /// `group` the number of this list.
    pub fn steps(
        &self,
        place: &str,
        prefix: &str,
        terms: &LoanTerms,
        first: u32,
        group: u32,
    ) -> anyhow::Result<Vec<Step>> {
        let amounts = self.amounts.split(&format!("{place}/loans/{group}"))?;
        let mut steps = Vec::new();
        let mut lots: Vec<Vec<Lent>> = self.disbursed_on.iter().map(|_| Vec::new()).collect();
        let loans = amounts.len();
        for (index, principal) in amounts.into_iter().enumerate() {
            let lot = index * self.disbursed_on.len() / loans;
            let on = *self.disbursed_on.get(lot).context("loans have no day of disbursement")?;
            let in_group = u32::try_from(index)?;
            let number = first + in_group;
            let lent = Lent {
                loan: format!("{prefix}-{number:04}").parse()?,
                key: format!("demo-{place}-loan-{number:04}"),
                principal,
                on,
            };
            self.lend(place, terms, number, &lent, &mut steps);
            self.repayments.steps(
                self.schedule(terms, &lent)?,
                terms,
                &lent,
                in_group + 1,
                &mut steps,
            )?;
            lots.get_mut(lot).context("loans have no lot")?.push(lent);
        }
        if let Some(claims) = &self.claims {
            for (lot, loans) in (1..).zip(&lots) {
                let claim: Id = format!("{prefix}-claim-{group}-{lot:02}").parse()?;
                steps.extend(self.claim(place, claims, terms, claim, loans)?);
            }
        }
        Ok(steps)
    }

    /// From the application to the disbursement.
    fn lend(
        &self,
        place: &str,
        terms: &LoanTerms,
        number: u32,
        lent: &Lent,
        steps: &mut Vec<Step>,
    ) {
        let apply = Apply {
            loan: lent.loan.clone(),
            programme: self.programme.clone(),
            category: self.category.clone(),
            borrower: pseudonym(&format!("{place}/borrower"), number),
            bank: self.bank.clone(),
            amount: lent.principal,
            months: self.months,
            heads: None,
            spouse: None,
            joint_group: Vec::new(),
        };
        let approve = Approve {
            loan: lent.loan.clone(),
            amount: lent.principal,
            annual_rate: self.annual_rate,
            method: self.method,
            reference_rate: None,
            floating: None,
        };
        let disburse = Disburse {
            loan: lent.loan.clone(),
            every: self.every,
            first_due_on: self.first_due_on,
            settlement_day: None,
        };
        let mut push = |what: &str, before: i32, action| {
            let (key, on) = (format!("{}-{what}", lent.key), lent.on.plus_days(-before));
            steps.push(Step { key, on, what: What::Command(action) });
        };
        push("apply", APPLIED_BEFORE, Action::LoanApply(apply));
        push("approve", APPROVED_BEFORE, Action::LoanApprove(approve));
        if terms.guarantee.is_some() {
            let commit = guarantee_fund::Commit { loan: lent.loan.clone() };
            push("guarantee", APPROVED_BEFORE, Action::GuaranteeCommit(commit));
        }
        push("disburse", 0, Action::LoanDisburse(disburse));
    }

    /// The terms from which the schedule of a loan follows.
    fn schedule(
        &self,
        terms: &LoanTerms,
        lent: &Lent,
    ) -> anyhow::Result<almoner_domain::schedule::Terms> {
        Ok(almoner_domain::schedule::Terms {
            principal: lent.principal,
            annual_rate: self.annual_rate,
            disbursed_on: lent.on,
            first_due_on: self.first_due_on,
            number: self.months.checked_div(self.every).context("loans are due every 0 months")?,
            every: self.every,
            unit: almoner_domain::schedule::Unit::Month,
            method: self.method,
            day_count: terms.day_count,
            rounding: terms.rounding,
            instalment_multiple: None,
            principal_grace: 0,
            interest_grace: 0,
        })
    }

    /// The claim for the loans of one day: filed, approved, paid.
    fn claim(
        &self,
        place: &str,
        claims: &Claims,
        terms: &LoanTerms,
        claim: Id,
        loans: &[Lent],
    ) -> anyhow::Result<Vec<Step>> {
        let Some(lot) = loans.first() else { return Ok(Vec::new()) };
        let (from, to) = (lot.on, claims.to.unwrap_or(lot.on.plus_months(12)));
        let line = |lent: &Lent| {
            let (interest, discount) = self
                .discount(terms, lent.principal, from, to)
                .with_context(|| format!("{} has no interest to discount", lent.loan))?;
            anyhow::Ok(ClaimLine { loan: lent.loan.clone(), interest, discount })
        };
        let lines: Vec<ClaimLine> = loans.iter().map(line).collect::<Result<_, _>>()?;
        let total = lines.iter().map(|line| line.discount).sum();
        let file = Action::DiscountClaim(Claim {
            claim: claim.clone(),
            programme: self.programme.clone(),
            bank: self.bank.clone(),
            from,
            to,
            lines,
            total,
            document: format!("derived: list of the loans lent on {from}").parse()?,
        });
        let filed_on = claims.filed_on.unwrap_or(from);
        let approve = interest_discount::Approve { claim: claim.clone() };
        let pay = interest_discount::Pay { claim: claim.clone() };
        let step = |what: &str, after: i32, action| Step {
            key: format!("demo-{place}-{claim}-{what}"),
            on: filed_on.plus_days(after),
            what: What::Command(action),
        };
        Ok(vec![
            step("file", 0, file),
            step("approve", claims.approved_after, Action::DiscountApprove(approve)),
            step("pay", claims.paid_after, Action::DiscountPay(pay)),
        ])
    }

    /// The interest of a loan that may be discounted, and the discount.
    fn discount(
        &self,
        terms: &LoanTerms,
        principal: Money,
        from: Date,
        to: Date,
    ) -> Option<(Money, Money)> {
        let discount = terms.discount.as_ref()?;
        let base = discount.principal_cap.map_or(principal, |cap| principal.min(cap));
        let (rate, rounding) = (self.annual_rate, terms.rounding);
        let interest = day_count::interest(base, rate, from, to, terms.day_count, rounding)?;
        let (part, share) = discount.mode.part(rate, None, 0)?;
        let yearly = base.to_decimal_fen().checked_mul(part.decimal())?;
        let exact = day_count::year_fraction(from, to, terms.day_count)?.of(share.of(yearly)?)?;
        Some((interest, Money::round_fen(exact, rounding)?))
    }
}
