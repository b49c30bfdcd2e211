//! Discount claims: a list of loans for a period, each held against the ledger's own figures.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::claim_file::last_file;
use super::segment::{Discounted, Segment};
use super::split::{self, SplitPart, TierShare};
use super::terms::ClaimWay;
use super::{BankLine, ClaimStage, ClaimedPeriod, DiscountClaim};
use crate::check::{accept_lines, both, lines_within_limit, positive, total_agrees};
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text, present};
use crate::loan::{Active, Stage, terms, with_active};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, Name, State};

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
    /// What the discount was computed from.
    pub segments: Vec<Segment>,
    /// The discount as the ledger computes it.
    pub computed: Money,
    /// The discount claimed.
    pub discount: Money,
    /// What the tiers of government bear of it, in parts of days with one split each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<SplitPart>,
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
    /// What the tiers of government bear of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierShare>,
    /// The document that it came with.
    pub document: Text,
    /// The record of the bank's file that it rests on, where one was received.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub rests_on: Option<Link>,
}

/// Counts a loan that was never discounted before against the lifetime of its borrower, together with those on
/// earlier lines of the same claim.
fn count_first_discount(
    state: &State,
    line: &ClaimLine,
    to: Date,
    counted: &mut BTreeMap<Pseudonym, u16>,
) -> Result<(), Refusal> {
    let loan = state.loan(&line.loan)?;
    let active = loan.active(&line.loan)?;
    if !active.claimed.list().is_empty() {
        return Ok(());
    }
    let discounted = Discounted::of(state, loan, active)?;
    let terms = discounted.as_ref().and_then(|discounted| discounted.terms_on(to.plus_days(-1)));
    let here = counted.entry(loan.borrower).or_default();
    let count = state.discounted_loans(loan.borrower).saturating_add(*here);
    match terms.and_then(|terms| terms.loans_per_borrower) {
        Some(maximum) if count >= maximum => {
            let borrower = loan.borrower;
            Err(Refusal::DiscountedLoansOverLimit { borrower, count, maximum })
        }
        _ => {
            *here = here.saturating_add(1);
            Ok(())
        }
    }
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
        let file = last_file(state, &self.claim, &self.programme, self.bank.as_ref())?;
        let rests_on = file.map(|file| file.record);
        rests_on.map_or(Ok(()), |file| file.not_after(effective_on))?;
        let mut seen = BTreeSet::new();
        let (mut fund, mut number) = (None, 0);
        let mut first_discounts = BTreeMap::new();
        let claimed = accept_lines(self.lines.iter().map(|line| {
            number += 1;
            // The same loan twice in one claim is the same period twice.
            if !seen.insert(&line.loan) {
                let (loan, from, until) = (line.loan.clone(), self.from, self.to);
                return Err(Refusal::InterestAlreadyDiscounted { loan, until, from });
            }
            let claimed = self.decide_line(state, number, line, effective_on, &mut fund)?;
            count_first_discount(state, line, self.to, &mut first_discounts)?;
            Ok(claimed)
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
            tiers: tiers_of(&claimed),
            document: self.document.clone(),
            rests_on,
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
        let (version, _) = terms(state, loan)?;
        let active = loan.active(&line.loan)?;
        if version.programme != self.programme {
            return Err(Refusal::ClaimProgrammeDiffers {
                loan: line.loan.clone(),
                programme: version.programme.clone(),
                claimed: self.programme.clone(),
            });
        }
        let no_discount = || Refusal::NoDiscount { programme: self.programme.clone() };
        let discounted = Discounted::of(state, loan, active)?.ok_or_else(no_discount)?;
        let discount = discounted.terms_on(self.to.plus_days(-1)).ok_or_else(no_discount)?;
        let claimed = fund.get_or_insert_with(|| discount.fund.clone());
        if *claimed != discount.fund {
            return Err(Refusal::ClaimFundDiffers {
                loan: line.loan.clone(),
                fund: discount.fund.clone(),
                claimed: claimed.clone(),
            });
        }
        let of_bank = BankLine {
            bank: self.bank.as_ref(),
            loan: &line.loan,
            from: self.from,
            to: self.to,
            interest: line.interest,
            discount: line.discount,
        };
        let verdict = discounted.verdict(state, discount, state.bank_of(loan), &of_bank);
        let refusal = verdict.refusal(&of_bank, &self.programme, discount);
        let accepted = match (refusal, verdict.computed()) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(computed)) => Ok(computed),
            (None, None) => Err(no_discount()),
        };
        let computed =
            both(accepted, self.in_time(active, &line.loan, discount.way, effective_on))?;
        Ok(Claimed {
            claim: self.claim.clone(),
            line: number,
            loan: line.loan.clone(),
            programme: self.programme.clone(),
            from: self.from,
            to: self.to,
            actual_interest: computed.interest,
            interest: line.interest,
            segments: computed.segments.clone(),
            computed: computed.discount,
            discount: line.discount,
            split: discounted.split(state, &computed.segments, line.discount)?,
        })
    }

    /// Whether the period may be claimed by now.
    fn in_time(
        &self,
        active: &Active,
        loan: &Id,
        way: ClaimWay,
        effective_on: Date,
    ) -> Result<(), Refusal> {
        // The day of the claim is the first on which a period to before it is over.
        if way != ClaimWay::InAdvance && self.to > effective_on {
            return Err(Refusal::DiscountPeriodNotOver { to: self.to, effective_on });
        }
        if way != ClaimWay::PayFirst {
            return Ok(());
        }
        let mut paid_to = active.accrued_to;
        for due in active.open.unpack() {
            // Of the days up to its due day some are claimed for; a rescheduling leaves interest open that is
            // due before its own day.
            if due.interest.is_positive() && (due.due_on <= self.to || paid_to < self.to) {
                let (loan, due_on, open) = (loan.clone(), due.due_on, due.interest);
                let to = self.to;
                return Err(Refusal::InterestNotPaid { loan, due_on, open, to });
            }
            paid_to = paid_to.max(due.due_on);
        }
        Ok(())
    }
}

/// What the tiers bear of lines together.
fn tiers_of(lines: &[Claimed]) -> Vec<TierShare> {
    let mut tiers = Vec::new();
    for part in lines.iter().flat_map(|line| &line.split) {
        split::add(&mut tiers, &part.tiers);
    }
    tiers
}

impl Claimed {
    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        claim_period(state, &self.loan, self.period(position));
        let claim = state.claims.entry(self.claim.clone()).or_insert_with(|| DiscountClaim {
            programme: self.programme.clone(),
            fund: None,
            total: Money::ZERO,
            stage: ClaimStage::Claimed,
            lines: (position, position),
            steps: Vec::new(),
            bank: None,
            tiers: Vec::new(),
            returned: (Money::ZERO, Vec::new()),
        });
        claim.lines.1 = position;
    }
}

impl Filed {
    pub(crate) fn apply(&self, state: &mut State, filed: Link) {
        if let Some(claim) = state.claims.get_mut(&self.claim) {
            claim.fund = Some(self.fund.clone());
            claim.total = self.total;
            claim.bank = self.bank.clone();
            claim.tiers = self.tiers.clone();
            claim.steps.push(filed);
        }
        state.claim_files.remove(&self.claim);
        state.use_up(Name::Claim(&self.claim));
    }
}

impl Claimed {
    /// What the tiers bear of the line.
    pub(super) fn tiers(&self) -> Vec<TierShare> {
        tiers_of(std::slice::from_ref(self))
    }

    /// The period that the line claims, recorded at a position.
    pub(super) const fn period(&self, position: u64) -> ClaimedPeriod {
        ClaimedPeriod { from: self.from, to: self.to, position }
    }
}

/// Claims a period of a loan; with its first one the loan counts as discounted.
pub(super) fn claim_period(state: &mut State, loan: &Id, period: ClaimedPeriod) {
    let Some(known) = state.loans.get(loan) else { return };
    let Stage::Active(active) = &known.stage else { return };
    let (first, borrower) = (active.claimed.is_empty(), known.borrower);
    with_active(state, loan, |active| active.claimed.push(period));
    if first {
        state.count_discounted_loan(borrower);
    }
}

/// Frees a period of a loan; with its last one the loan counts no more.
pub(super) fn free_period(state: &mut State, loan: &Id, position: u64) {
    let mut last = false;
    with_active(state, loan, |active| last = active.claimed.forget(&(position..=position)));
    if let Some(borrower) = state.loans.get(loan).map(|loan| loan.borrower).filter(|_| last) {
        state.uncount_discounted_loan(borrower);
    }
}
