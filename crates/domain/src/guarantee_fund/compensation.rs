//! Compensation (代偿): the fund pays the bank its share of what is overdue, and has a claim on the borrower.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::arrears::days_past_due;
use crate::check::positive;
use crate::date::Date;
use crate::fund::{Draw, transfer_shares};
use crate::guarantee_fund::claim_clock::Clocks;
use crate::guarantee_fund::loss::{Losses, OpenLosses};
use crate::guarantee_fund::terms::CompensationTerms;
use crate::guarantee_fund::{guaranteed_part, handling_bank};
use crate::id::{Id, Text};
use crate::loan::application::guarantee_pot;
use crate::loan::disbursement::{bank_pot, last_of_loan};
use crate::loan::instalment::Due;
use crate::loan::penalty;
use crate::loan::repayment::{Allocation, Standing, not_before, take_off};
use crate::loan::{Active, with_active};
use crate::money::Money;
use crate::programme::{GuaranteeTerms, Version};
use crate::refusal::Refusal;
use crate::state::State;

/// Command `guarantee.compensate`: the bank's claim is paid. The effective date is the day of payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compensate {
    /// The loan.
    pub loan: Id,
    /// The overdue principal that the bank claims.
    pub principal: Money,
    /// The overdue interest that the bank claims.
    pub interest: Money,
    /// The joint approval of the claim.
    pub document: Text,
}

/// Event `guarantee.compensated.v1`. The whole claim leaves the loan: the fund has paid its part, the bank and
/// others bear theirs. The instalments stay open until everything is recovered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compensated {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// The guarantee fund.
    pub fund: Id,
    /// The bank that is paid.
    pub bank: Id,
    /// For how many days the loan was overdue.
    pub days_overdue: u32,
    /// Principal claimed.
    pub principal: Money,
    /// Interest claimed.
    pub interest: Money,
    /// Who bears how much of the claim.
    pub losses: Losses,
    /// The guarantee that ends with the principal claimed.
    pub guarantee_released: Money,
    /// The joint approval of the claim.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

/// What the ledger knows of the compensation of a loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compensation {
    /// How many claims were paid and are not reversed.
    pub payments: u32,
    /// What the fund paid in all.
    pub paid: Money,
    /// Principal claimed, of instalments that are still open.
    pub principal: Money,
    /// Interest claimed, of instalments that are still open.
    pub interest: Money,
    /// What is still to be recovered, by who bears it.
    pub open: OpenLosses,
    /// Whether the claim on the borrower is on the books.
    pub claim: ClaimStanding,
    /// The day from which limitation runs: that of the first payment or of the last demand.
    pub limitation_from: Date,
    /// Recovered by the fund and not yet passed on, by party and by the source that holds it.
    pub owed: BTreeMap<(Id, Id), Money>,
    /// Recovered by the bank and not yet passed on to the fund, by source.
    pub due: BTreeMap<Id, Money>,
    /// Claimed from the upper tier.
    pub reshare_claimed: Money,
    /// Received from the upper tier.
    pub reshare_received: Money,
}

/// Whether a claim on a borrower is on the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimStanding {
    /// It is a receivable.
    OnBooks,
    /// It is written off; the right lives on (账销案存).
    WrittenOff,
}

/// The guarantee of a programme version and how it compensates; refused where there is none.
pub(crate) fn compensation_terms(
    version: &Version,
) -> Result<(&GuaranteeTerms, &CompensationTerms), Refusal> {
    let programme = || version.programme.clone();
    let guarantee = version.loan_terms()?.guarantee.as_deref();
    let guarantee = guarantee.ok_or_else(|| Refusal::NoGuarantee { programme: programme() })?;
    let terms = guarantee.compensation.as_ref();
    Ok((guarantee, terms.ok_or_else(|| Refusal::NoCompensation { programme: programme() })?))
}

/// What of the open instalments is covered by a claim: the oldest principal and the oldest interest.
pub(crate) fn covered_by(
    open: &[Due],
    mut principal: Money,
    mut interest: Money,
) -> Vec<Allocation> {
    let mut covered = Vec::new();
    for due in open {
        let parts = (due.principal.min(principal), due.interest.min(interest));
        principal -= parts.0;
        interest -= parts.1;
        if parts.0.is_positive() || parts.1.is_positive() {
            covered.push(Allocation {
                number: due.number,
                due_on: due.due_on,
                principal: parts.0,
                interest: parts.1,
            });
        }
    }
    covered
}

impl Compensation {
    /// Refused while a compensated claim on the loan is open: payments are recoveries then.
    pub(crate) fn none_open(state: &State, loan: &Id) -> Result<(), Refusal> {
        let open = state.compensations.get(loan).map(|one| one.open.total()).unwrap_or_default();
        if open.is_positive() {
            return Err(Refusal::LoanCompensated { loan: loan.clone(), open });
        }
        Ok(())
    }

    /// The compensation of a loan of which something is still to be recovered; refused otherwise.
    pub(crate) fn open<'a>(state: &'a State, loan: &Id) -> Result<&'a Self, Refusal> {
        let known = Self::of(state, loan)?;
        if known.open.total().is_positive() {
            return Ok(known);
        }
        Err(Refusal::NothingToRecover { loan: loan.clone() })
    }

    /// The compensation of a loan; refused when there was none.
    pub(crate) fn of<'a>(state: &'a State, loan: &Id) -> Result<&'a Self, Refusal> {
        let none = || Refusal::NotCompensated { loan: loan.clone() };
        state.compensations.get(loan).ok_or_else(none)
    }

    /// Refused when the claim is written off.
    pub(crate) fn on_books(&self, loan: &Id) -> Result<(), Refusal> {
        match self.claim {
            ClaimStanding::OnBooks => Ok(()),
            ClaimStanding::WrittenOff => Err(Refusal::ClaimWrittenOff { loan: loan.clone() }),
        }
    }

    /// Whether nothing waits to be passed on, to others or from them.
    pub(crate) fn is_passed_on(&self) -> bool {
        self.owed.is_empty() && self.due.is_empty() && self.reshare_claimed == self.reshare_received
    }

    fn first(on: Date) -> Self {
        Self {
            payments: 0,
            paid: Money::ZERO,
            principal: Money::ZERO,
            interest: Money::ZERO,
            open: OpenLosses::default(),
            claim: ClaimStanding::OnBooks,
            limitation_from: on,
            owed: BTreeMap::new(),
            due: BTreeMap::new(),
            reshare_claimed: Money::ZERO,
            reshare_received: Money::ZERO,
        }
    }
}

/// Notes a money event on an active loan and changes its compensation.
pub(crate) fn with_compensation(
    state: &mut State,
    loan: &Id,
    (position, effective_on): (u64, Date),
    change: impl FnOnce(&mut Compensation),
) {
    with_active(state, loan, |active| noted(active, position, effective_on));
    if let Some(compensation) = state.compensations.get_mut(loan) {
        change(compensation);
    }
    state.may_be_forgotten(loan);
}

/// Takes a money event back on an active loan and changes its compensation.
pub(crate) fn without_compensation(
    state: &mut State,
    loan: &Id,
    before: &Standing,
    change: impl FnOnce(&mut Compensation),
) {
    with_active(state, loan, |active| before.restore(active));
    if let Some(compensation) = state.compensations.get_mut(loan) {
        change(compensation);
    }
}

pub(crate) fn noted(active: &mut Active, position: u64, effective_on: Date) {
    active.changed_on = effective_on;
    active.last_position = position;
}

impl Compensate {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Compensated, Refusal> {
        let claim = self.principal + self.interest;
        positive("principal and interest", claim)?;
        let loan = state.loan(&self.loan)?;
        let version = state.version(loan.version)?;
        let (guarantee, terms) = compensation_terms(version)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        let bank = state
            .bank_of(loan)
            .ok_or_else(|| Refusal::NoCompensation { programme: version.programme.clone() })?;
        let known = state.compensations.get(&self.loan);
        known.map_or(Ok(()), |known| known.on_books(&self.loan))?;
        // While a compensation is open, nothing more is charged.
        if Compensation::none_open(state, &self.loan).is_ok() {
            penalty::charged(state, &self.loan, loan, effective_on)?;
        }

        let open = unclaimed(active, known);
        let days = days_past_due(open.first().map(|due| due.due_on), effective_on);
        if days < i32::from(terms.overdue_days) {
            return Err(Refusal::NotOverdueEnough {
                loan: self.loan.clone(),
                days,
                needed: terms.overdue_days,
            });
        }
        let claim_until = Clocks::of(terms, active.maturity, None).claim_until;
        if effective_on > claim_until {
            return Err(Refusal::ClaimTooLate {
                loan: self.loan.clone(),
                maturity: active.maturity,
                claim_until,
                date: effective_on,
            });
        }
        let overdue = || open.iter().filter(|due| due.due_on < effective_on);
        let principal: Money = overdue().map(|due| due.principal).sum();
        let interest: Money = overdue().map(|due| due.interest).sum();
        if self.principal > principal || self.interest > interest {
            return Err(Refusal::ClaimOverOverdue {
                loan: self.loan.clone(),
                claimed_principal: self.principal,
                principal,
                claimed_interest: self.interest,
                interest,
            });
        }
        let split = terms.loss_shares.split(claim);
        let fund = Draw::on(state, &guarantee.fund, &version.programme)?.take(split.fund)?;
        let left = guaranteed_part(active.principal - self.principal, guarantee);
        Ok(Compensated {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            fund: guarantee.fund.clone(),
            bank: bank.clone(),
            days_overdue: u32::try_from(days).unwrap_or_default(),
            principal: self.principal,
            interest: self.interest,
            losses: Losses { fund, bank: split.bank, others: split.others },
            guarantee_released: (active.guaranteed - left).or_zero(),
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

/// The open instalments less what was claimed of them.
fn unclaimed(active: &Active, known: Option<&Compensation>) -> Vec<Due> {
    let mut open = active.open.unpack();
    if let Some(known) = known {
        let claimed = covered_by(&open, known.principal, known.interest);
        let mut accrued_to = active.accrued_to;
        take_off(&mut open, &claimed, &mut accrued_to);
        open.retain(|due| due.principal.is_positive() || due.interest.is_positive());
    }
    open
}

impl Compensated {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::CompensationReceivable, Account::FundBank);
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.losses.fund);
        let lent = bank_pot(&self.programme);
        entry.transfer(Account::BankLoanContra, Account::BankLoan, &lent, self.principal);
        let pot = guarantee_pot(&self.fund, &self.programme);
        let (debit, credit) = (Account::GuaranteeLiabilityContra, Account::GuaranteeLiability);
        entry.transfer(debit, credit, &pot, self.guarantee_released);
        let (debit, credit) = (Account::LossShare, Account::LossShareContra);
        entry.transfer(debit, credit, &pot, self.losses.of_others());
        entry
    }

    /// The principal claimed, by instalment, of a loan that it has not left.
    fn overdue_principal(&self, active: &Active) -> Vec<Allocation> {
        covered_by(&active.without_compensated(), self.principal, Money::ZERO)
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            for part in self.overdue_principal(active) {
                active.late.push(part.due_on, effective_on, part.principal);
            }
            if self.principal.is_positive() {
                active.principal -= self.principal;
                active.history.push(effective_on, active.principal);
            }
            active.guaranteed -= self.guarantee_released;
            noted(active, position, effective_on);
        });
        let known = state.compensations.entry(self.loan.clone());
        let known = known.or_insert_with(|| Compensation::first(effective_on));
        known.payments = known.payments.saturating_add(1);
        known.paid += self.losses.of_fund();
        known.principal += self.principal;
        known.interest += self.interest;
        known.open.add(&self.losses);
        let paid = self.losses.of_fund();
        handling_bank::with(state, &self.fund, &self.bank, |bank| bank.compensated(paid));
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            if self.principal.is_positive() {
                active.principal += self.principal;
                active.history.pop();
            }
            active.late.pop(self.overdue_principal(active).len());
            active.guaranteed += self.guarantee_released;
            self.before.restore(active);
        });
        let paid = self.losses.of_fund();
        handling_bank::with(state, &self.fund, &self.bank, |bank| bank.not_compensated(paid));
        let Some(known) = state.compensations.get_mut(&self.loan) else { return };
        known.payments = known.payments.saturating_sub(1);
        known.paid -= self.losses.of_fund();
        known.principal -= self.principal;
        known.interest -= self.interest;
        known.open.take(&self.losses);
        if known.payments == 0 {
            state.compensations.remove(&self.loan);
        }
    }
}
