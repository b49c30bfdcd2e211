//! Discount claims: a list of loans for a period, each held against the ledger's own figures.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ClaimStage, ClaimedPeriod, DiscountClaim, discountable_interest};
use crate::date::Date;
use crate::id::{Id, Text, present};
use crate::loan::{terms, with_active};
use crate::money::Money;
use crate::rate::Rate;
use crate::refusal::{Refusal, Word};
use crate::state::{Name, State, accept_lines, both, lines_within_limit, positive, total_agrees};

/// Command `interest_discount.claim`: a list of loans for a period, from `from` to before `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// The bank that files it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub bank: Option<Id>,
    /// The first day of the period.
    pub from: Date,
    /// The day after the last day of the period.
    pub to: Date,
    /// The loans.
    pub lines: Vec<ClaimLine>,
    /// What the lines must sum to.
    pub total: Money,
    /// The document that it came with.
    pub document: Text,
}

/// One loan of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimLine {
    /// The loan.
    pub loan: Id,
    /// The interest that the bank states for the period.
    pub interest: Money,
    /// The discount claimed.
    pub discount: Money,
}

/// Event `interest_discount.claimed.v1`: one loan of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// The claim.
    pub claim: Id,
    /// The line, from 1.
    pub line: u32,
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The first day of the period.
    pub from: Date,
    /// The day after the last day of the period.
    pub to: Date,
    /// The actual interest, computed from the ledger's own events.
    pub actual_interest: Money,
    /// The interest that the bank states.
    pub interest: Money,
    /// The share of the programme version.
    pub share: Rate,
    /// The discount claimed.
    pub discount: Money,
}

/// Event `interest_discount.filed.v1`: the claim as a whole, after its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// The bank that files it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub bank: Option<Id>,
    /// The fund that will pay.
    pub fund: Id,
    /// How many lines.
    pub lines: u32,
    /// Their sum.
    pub total: Money,
    /// The document that it came with.
    pub document: Text,
}

impl Claim {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<(Vec<Claimed>, Filed), Refusal> {
        lines_within_limit(self.lines.len())?;
        accept_lines(self.lines.iter().map(|line| positive("discount", line.discount)))?;
        if state.is_used(Name::Claim(&self.claim)) {
            let kind = Word::new("claim", "贴息申请");
            return Err(Refusal::AlreadyExists { kind, id: self.claim.clone() });
        }
        state.programme(&self.programme)?;
        if self.from >= self.to {
            return Err(Refusal::PeriodInvalid { from: self.from, to: self.to });
        }
        let mut seen = BTreeSet::new();
        let (mut fund, mut number) = (None, 0);
        let claimed = accept_lines(self.lines.iter().map(|line| {
            number += 1;
            // The same loan twice in one claim is the same period twice.
            if !seen.insert(&line.loan) {
                let (loan, from, until) = (line.loan.clone(), self.from, self.to);
                return Err(Refusal::InterestAlreadyDiscounted { loan, until, from });
            }
            self.decide_line(state, number, line, effective_on, &mut fund)
        }));
        let sum: Money = self.lines.iter().map(|line| line.discount).sum();
        let claimed = both(claimed, total_agrees(self.total, sum))?;
        let no_discount = || Refusal::NoDiscount { programme: self.programme.clone() };
        let filed = Filed {
            claim: self.claim.clone(),
            programme: self.programme.clone(),
            bank: self.bank.clone(),
            fund: fund.ok_or_else(no_discount)?,
            lines: u32::try_from(claimed.len()).unwrap_or(u32::MAX),
            total: sum,
            document: self.document.clone(),
        };
        Ok((claimed, filed))
    }

    /// Decides one loan of the claim. `fund` is the fund that pays for those before it.
    fn decide_line(
        &self,
        state: &State,
        number: u32,
        line: &ClaimLine,
        effective_on: Date,
        fund: &mut Option<Id>,
    ) -> Result<Claimed, Refusal> {
        let loan = state.loan(&line.loan)?;
        // The loan's own version decides, not the version in force when the claim is filed.
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&line.loan)?;
        if version.programme != self.programme {
            return Err(Refusal::ClaimProgrammeDiffers {
                loan: line.loan.clone(),
                programme: version.programme.clone(),
                claimed: self.programme.clone(),
            });
        }
        let no_discount = || Refusal::NoDiscount { programme: self.programme.clone() };
        let discount = terms.discount.as_ref().ok_or_else(no_discount)?;
        let claimed = fund.get_or_insert_with(|| discount.fund.clone());
        if *claimed != discount.fund {
            return Err(Refusal::ClaimFundDiffers {
                loan: line.loan.clone(),
                fund: discount.fund.clone(),
                claimed: claimed.clone(),
            });
        }
        if self.from < active.disbursed_on {
            return Err(Refusal::BeforeDisbursement {
                loan: line.loan.clone(),
                disbursed_on: active.disbursed_on,
                date: self.from,
            });
        }
        let claimed = active.claimed.list();
        let overlapping =
            claimed.iter().filter(|other| other.from < self.to && self.from < other.to);
        if let Some(until) = overlapping.map(|other| other.to).max() {
            let (loan, from) = (line.loan.clone(), self.from);
            return Err(Refusal::InterestAlreadyDiscounted { loan, until, from });
        }
        let last = active.discount_end(discount);
        if self.to > last {
            return Err(Refusal::BeyondDiscountPeriod {
                loan: line.loan.clone(),
                last,
                to: self.to,
            });
        }
        // The day of the claim is the first on which a period to before it is over.
        if !discount.in_advance && self.to > effective_on {
            return Err(Refusal::DiscountPeriodNotOver { to: self.to, effective_on });
        }
        let actual = discountable_interest(active, terms, discount, self.from, self.to)
            .unwrap_or(Money::ZERO);
        if line.interest > actual {
            return Err(Refusal::InterestOverActual {
                loan: line.loan.clone(),
                claimed: line.interest,
                actual,
            });
        }
        let exact = line.interest.to_decimal_fen() * discount.share.decimal();
        let maximum = Money::round_fen(exact, terms.rounding).unwrap_or(line.interest);
        if line.discount > maximum {
            return Err(Refusal::DiscountOverShare {
                loan: line.loan.clone(),
                claimed: line.discount,
                share: discount.share,
                maximum,
            });
        }
        Ok(Claimed {
            claim: self.claim.clone(),
            line: number,
            loan: line.loan.clone(),
            programme: self.programme.clone(),
            from: self.from,
            to: self.to,
            actual_interest: actual,
            interest: line.interest,
            share: discount.share,
            discount: line.discount,
        })
    }
}

impl Claimed {
    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        let period = ClaimedPeriod { from: self.from, to: self.to, position };
        with_active(state, &self.loan, |active| active.claimed.push(period));
        let claim = state.claims.entry(self.claim.clone()).or_insert_with(|| DiscountClaim {
            programme: self.programme.clone(),
            fund: None,
            total: Money::ZERO,
            stage: ClaimStage::Claimed,
            lines: (position, position),
        });
        claim.lines.1 = position;
    }
}

impl Filed {
    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.fund = Some(self.fund.clone());
            claim.total = self.total;
        }
        state.use_up(Name::Claim(&self.claim));
    }
}
