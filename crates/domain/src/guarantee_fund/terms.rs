//! The terms of a guarantee beyond its share: compensation, loss sharing, counter-guarantees.

use serde::{Deserialize, Serialize};

use crate::guarantee_fund::loss::PartyPart;
use crate::id::{Id, present};
use crate::money::Money;
use crate::programme::{GuaranteeTerms, Lender};
use crate::rate::Rate;

/// When a fund compensates a bank for an overdue loan (代偿), and who bears the loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompensationTerms {
    /// A loan is compensated when it is overdue for at least so many days (90 in Guangzhou, 穗人社函〔2023〕325号).
    pub overdue_days: u16,
    /// The bank claims at most so many months after maturity: the guarantee period (6 unless agreed,
    /// Civil Code article 692).
    pub claim_months: u16,
    /// The limitation period of the fund's claim on the borrower in months (36, Civil Code article 188); a
    /// demand interrupts it (article 195).
    pub limitation_months: u16,
    /// Who bears how much of the loss (风险分担).
    pub loss_shares: LossShares,
    /// At this compensation rate (代偿率) a bank gets no new guarantees.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub suspension_rate: Option<Rate>,
    /// The part of what the fund paid that the upper tier bears.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub reshare: Option<Rate>,
}

/// Who bears how much of a loss, in the order fund, bank, others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossShares {
    /// The fund.
    pub fund: LossShare,
    /// The weight of the bank. It has no cap: what caps leave over falls to the lender.
    pub bank: u32,
    /// Further parties: a guarantee agency, a tier of government.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<PartyShare>,
}

/// A weight and the most that is borne of one compensation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossShare {
    /// Its weight among all weights.
    pub weight: u32,
    /// The most that it bears of one compensation.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub cap: Option<Money>,
}

/// The share of a further party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyShare {
    /// The party.
    pub party: Id,
    /// Its weight among all weights.
    pub weight: u32,
    /// The most that it bears of one compensation.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub cap: Option<Money>,
}

/// The counter-guarantee (反担保) that a commitment needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterGuaranteeTerms {
    /// The share of the loan that it must cover (at most 0.3 in Hunan).
    pub share: Rate,
}

/// An amount by who bears it.
pub(crate) struct Split {
    pub fund: Money,
    pub bank: Money,
    pub others: Vec<PartyPart>,
}

impl LossShares {
    /// Splits a claim by the weights (largest remainder); what passes a cap falls to the bank.
    pub(crate) fn split(&self, claim: Money) -> Split {
        let others = self.others.iter().map(|other| other.weight);
        let weights: Vec<i64> =
            [self.fund.weight, self.bank].into_iter().chain(others).map(i64::from).collect();
        let mut parts = claim.split(&weights).unwrap_or_default().into_iter();
        let capped = |part: Option<Money>, cap: Option<Money>| {
            let part = part.unwrap_or_default();
            cap.map_or(part, |cap| part.min(cap))
        };
        let fund = capped(parts.next(), self.fund.cap);
        parts.next();
        let parts = self.others.iter().zip(parts);
        let others: Vec<PartyPart> = parts
            .map(|(other, part)| PartyPart {
                party: other.party.clone(),
                amount: capped(Some(part), other.cap),
            })
            .filter(|part| part.amount.is_positive())
            .collect();
        let borne: Money = others.iter().map(|part| part.amount).sum();
        Split { fund, bank: claim - fund - borne, others }
    }
}

impl GuaranteeTerms {
    /// The field that cannot stand, and why.
    pub(crate) fn check(&self, lender: &Lender) -> Result<(), (&'static str, &'static str)> {
        if self.counter_guarantee.as_ref().is_some_and(|terms| terms.share == Rate::ZERO) {
            return Err(("guarantee.counter_guarantee.share", "must be above 0"));
        }
        let Some(terms) = &self.compensation else { return Ok(()) };
        if *lender != Lender::Bank {
            return Err(("guarantee.compensation", "only loans lent by a bank are compensated"));
        }
        if terms.limitation_months == 0 {
            return Err(("guarantee.compensation.limitation_months", "at least 1 is needed"));
        }
        if [terms.suspension_rate, terms.reshare].contains(&Some(Rate::ZERO)) {
            return Err(("guarantee.compensation", "suspension_rate and reshare must be above 0"));
        }
        let shares = &terms.loss_shares;
        let others = &shares.others;
        if shares.fund.weight == 0 || others.iter().any(|other| other.weight == 0) {
            let problem = "the weights of the fund and of others must be above 0";
            return Err(("guarantee.compensation.loss_shares", problem));
        }
        let caps = others.iter().map(|other| other.cap).chain([shares.fund.cap]);
        if caps.into_iter().any(|cap| cap == Some(Money::ZERO)) {
            return Err(("guarantee.compensation.loss_shares", "a cap must be above 0.00"));
        }
        let twice = (1..others.len())
            .any(|at| others[..at].iter().any(|one| one.party == others[at].party));
        if others.len() > 20 || twice {
            let problem = "at most 20 other parties are accepted, each once";
            return Err(("guarantee.compensation.loss_shares", problem));
        }
        Ok(())
    }
}
