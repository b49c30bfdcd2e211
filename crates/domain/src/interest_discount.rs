//! Interest discount (贴息): claimed, approved and paid as different facts, for a period, by share of the
//! actual interest.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::date::Date;
use crate::day_count;
use crate::fund::{Draw, Share, transfer_shares};
use crate::id::{Id, Text, present};
use crate::loan::{Active, Loan, Stage, terms, with_active};
use crate::money::Money;
use crate::programme::{DiscountTerms, LoanTerms};
use crate::rate::Rate;
use crate::refusal::Refusal;
use crate::state::{State, lines_within_limit, positive, refuse_lines, total_agrees};

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

/// Command `interest_discount.approve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The claim.
    pub claim: Id,
}

/// Event `interest_discount.approved.v1`: the money is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// The fund.
    pub fund: Id,
    /// How much.
    pub total: Money,
    /// Which sources bear it.
    pub shares: Vec<Share>,
}

/// Command `interest_discount.reject`: the loans may be claimed for again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The claim.
    pub claim: Id,
    /// Why.
    pub reason: Text,
}

/// Event `interest_discount.rejected.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// Why.
    pub reason: Text,
    /// The fund whose money was committed, when the claim was approved.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// Which sources held it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
}

/// Command `interest_discount.pay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// The claim.
    pub claim: Id,
}

/// Event `interest_discount.paid.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    /// The claim.
    pub claim: Id,
    /// The programme.
    pub programme: Id,
    /// The fund.
    pub fund: Id,
    /// How much.
    pub total: Money,
    /// Which sources bear it.
    pub shares: Vec<Share>,
}

/// A claim that is filed and not yet paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenClaim {
    /// The programme.
    pub programme: Id,
    /// The fund that will pay; empty until the claim is filed as a whole.
    pub fund: Option<Id>,
    /// How much.
    pub total: Money,
    /// Which sources hold the money, once it is approved.
    pub approved: Option<Vec<Share>>,
    /// The loans, with the day to which each was discounted before.
    pub lines: Vec<(Id, Option<Date>)>,
}

impl OpenClaim {
    fn stage(&self) -> &'static str {
        if self.approved.is_some() { "approved" } else { "claimed" }
    }

    fn wrong_stage(&self, claim: &Id, needed: &'static str) -> Refusal {
        Refusal::ClaimWrongStage { claim: claim.clone(), stage: self.stage(), needed }
    }
}

/// The actual interest of a loan from `from` to before `to` that may be discounted: on the principal
/// outstanding day by day, up to the cap; one rounding at the end.
#[must_use]
pub fn discountable_interest(
    active: &Active,
    terms: &LoanTerms,
    discount: &DiscountTerms,
    from: Date,
    to: Date,
) -> Option<Money> {
    let mut exact = rust_decimal::Decimal::ZERO;
    let mut principal = active.lent;
    let mut since = from;
    let changes = active.history.iter().copied().chain([(to, Money::ZERO)]);
    for (changed_on, next) in changes {
        let until = changed_on.clamp(from, to);
        let base = discount.principal_cap.map_or(principal, |cap| principal.min(cap));
        let yearly = base.to_decimal_fen().checked_mul(active.annual_rate.decimal())?;
        let part = day_count::year_fraction(since, until, terms.day_count)?.of(yearly)?;
        exact = exact.checked_add(part)?;
        (principal, since) = (next, until);
    }
    Money::round_fen(exact, terms.rounding)
}

impl Claim {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<(Vec<Claimed>, Filed), Refusal> {
        lines_within_limit(self.lines.len())?;
        if self.from >= self.to {
            return Err(Refusal::PeriodInvalid { from: self.from, to: self.to });
        }
        if state.claims.contains_key(&self.claim) || state.is_used("claim", &[self.claim.as_str()])
        {
            return Err(Refusal::AlreadyExists { kind: "claim", id: self.claim.clone() });
        }
        let version = state.version_in_force(&self.programme, effective_on)?;
        let no_discount = || Refusal::NoDiscount { programme: self.programme.clone() };
        let fund = version.loan_terms()?.discount.as_ref().ok_or_else(no_discount)?.fund.clone();

        let mut claimed: Vec<Claimed> = Vec::with_capacity(self.lines.len());
        let mut seen = std::collections::BTreeSet::new();
        let decided = self.lines.iter().map(|line| {
            // The same loan twice in one claim is the same period twice.
            if !seen.insert(&line.loan) {
                let (loan, from, until) = (line.loan.clone(), self.from, self.to);
                return Err(Refusal::InterestAlreadyDiscounted { loan, until, from });
            }
            self.decide_line(state, line, effective_on)
        });
        refuse_lines(decided, &mut claimed)?;
        for (line, one) in (1..).zip(&mut claimed) {
            one.line = line;
        }
        let sum: Money = claimed.iter().map(|one| one.discount).sum();
        total_agrees(self.total, sum)?;
        let filed = Filed {
            claim: self.claim.clone(),
            programme: self.programme.clone(),
            bank: self.bank.clone(),
            fund,
            lines: u32::try_from(claimed.len()).unwrap_or(u32::MAX),
            total: sum,
            document: self.document.clone(),
        };
        Ok((claimed, filed))
    }

    fn decide_line(
        &self,
        state: &State,
        line: &ClaimLine,
        effective_on: Date,
    ) -> Result<Claimed, Refusal> {
        positive("discount", line.discount)?;
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
        if self.from < active.disbursed_on {
            return Err(Refusal::BeforeDisbursement {
                loan: line.loan.clone(),
                disbursed_on: active.disbursed_on,
                date: self.from,
            });
        }
        if let Some(until) = active.discounted_until.filter(|until| *until > self.from) {
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
            line: 0,
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
    pub(crate) fn apply(&self, state: &mut State) {
        let before = match state.loans.get(&self.loan) {
            Some(Loan { stage: Stage::Active(active), .. }) => active.discounted_until,
            _ => None,
        };
        with_active(state, &self.loan, |active| active.discounted_until = Some(self.to));
        let claim = state.claims.entry(self.claim.clone()).or_insert_with(|| OpenClaim {
            programme: self.programme.clone(),
            fund: None,
            total: Money::ZERO,
            approved: None,
            lines: Vec::new(),
        });
        claim.lines.push((self.loan.clone(), before));
    }
}

impl Filed {
    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.fund = Some(self.fund.clone());
            claim.total = self.total;
        }
        state.use_up("claim", &[self.claim.as_str()]);
    }
}

impl Approve {
    pub(crate) fn decide(&self, state: &State) -> Result<Approved, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (Some(fund), None) = (&claim.fund, &claim.approved) else {
            return Err(claim.wrong_stage(&self.claim, "claimed"));
        };
        Ok(Approved {
            claim: self.claim.clone(),
            programme: claim.programme.clone(),
            fund: fund.clone(),
            total: claim.total,
            shares: Draw::on(state, fund, &claim.programme)?.take(claim.total)?,
        })
    }
}

impl Approved {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::Commitment, Account::CommitmentContra);
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.approved = Some(self.shares.clone());
        }
    }
}

impl Reject {
    pub(crate) fn decide(&self, state: &State) -> Result<Rejected, Refusal> {
        let claim = state.claim(&self.claim)?;
        Ok(Rejected {
            claim: self.claim.clone(),
            programme: claim.programme.clone(),
            reason: self.reason.clone(),
            fund: claim.fund.clone().filter(|_| claim.approved.is_some()),
            shares: claim.approved.clone().unwrap_or_default(),
        })
    }
}

impl Rejected {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        if let Some(fund) = &self.fund {
            let (debit, credit) = (Account::CommitmentContra, Account::Commitment);
            transfer_shares(&mut entry, debit, credit, fund, &self.programme, &self.shares);
        }
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let Some(claim) = state.claims.remove(&self.claim) else { return };
        for (loan, before) in claim.lines {
            with_active(state, &loan, |active| active.discounted_until = before);
        }
    }
}

impl Pay {
    pub(crate) fn decide(&self, state: &State) -> Result<Paid, Refusal> {
        let claim = state.claim(&self.claim)?;
        let (Some(fund), Some(shares)) = (&claim.fund, &claim.approved) else {
            return Err(claim.wrong_stage(&self.claim, "approved"));
        };
        Ok(Paid {
            claim: self.claim.clone(),
            programme: claim.programme.clone(),
            fund: fund.clone(),
            total: claim.total,
            shares: shares.clone(),
        })
    }
}

impl Paid {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (fund, purpose, shares) = (&self.fund, &self.programme, &self.shares);
        let (debit, credit) = (Account::InterestDiscount, Account::FundBank);
        transfer_shares(&mut entry, debit, credit, fund, purpose, shares);
        let (debit, credit) = (Account::CommitmentContra, Account::Commitment);
        transfer_shares(&mut entry, debit, credit, fund, purpose, shares);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.claims.remove(&self.claim);
    }

    /// The claim waits for payment again. Its loans stay claimed, so it can be paid anew and not rejected
    /// into a second claim.
    pub(crate) fn undo(&self, state: &mut State) {
        let claim = OpenClaim {
            programme: self.programme.clone(),
            fund: Some(self.fund.clone()),
            total: self.total,
            approved: Some(self.shares.clone()),
            lines: Vec::new(),
        };
        state.claims.insert(self.claim.clone(), claim);
    }
}
