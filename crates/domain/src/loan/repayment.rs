//! Repayments: what a payment covers, in the order of the programme.

mod refund;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::{Share, transfer_shares};
use crate::guarantee_fund::compensation::Compensation;
use crate::guarantee_fund::guaranteed_part;
use crate::id::{Id, present};
use crate::loan::application::{guarantee_pot, guaranteeing_fund};
use crate::loan::disbursement::{bank_pot, last_of_loan};
use crate::loan::instalment::{Due, OpenInstalments};
use crate::loan::penalty::{self, Charges, penalty_pot};
use crate::loan::prepayment::Prepaid;
use crate::loan::{Active, lending_fund, terms, with_active};
use crate::money::Money;
use crate::programme::Bucket;
use crate::refusal::Refusal;
use crate::state::State;
pub use refund::{Refund, Refunded};

/// Command `loan.repay`; the effective date is the day on which the money came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repay {
    /// The loan.
    pub loan: Id,
    /// How much came in.
    pub amount: Money,
    /// What to do with money beyond what is due.
    pub surplus: Surplus,
}

/// What money beyond what is due is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surplus {
    /// It pays the next instalments as they stand; what is left after the last is overpaid.
    NextInstalments,
    /// It repays principal early, with interest for the days used only (Civil Code article 677), and
    /// the rest of the schedule is computed anew.
    Prepay,
}

/// Event `loan.repaid.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repaid {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// How much came in.
    pub amount: Money,
    /// What it covered, instalment by instalment.
    pub allocations: Vec<Allocation>,
    /// What it covered of penalty and compound interest.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub charges: Option<Charges>,
    /// What was repaid early.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub prepaid: Option<Prepaid>,
    /// What was more than everything owed.
    pub overpaid: Money,
    /// The fund that lent, unless a bank did.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// Which sources of the fund get principal back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
    /// The source that lent first: interest and what is overpaid are held there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub source: Option<Id>,
    /// The guarantee fund.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub guarantee_fund: Option<Id>,
    /// The guarantee that ends with the principal repaid.
    pub guarantee_released: Money,
    /// How the loan stood before, so that this payment can be reversed.
    pub before: Standing,
}

/// How a loan stood before a money event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The position of the money event of this loan before this one.
    pub position: u64,
    /// Its effective date.
    pub changed_on: Date,
    /// The day up to which interest was charged.
    pub accrued_to: Date,
    /// The due day of the last instalment that was paid ahead.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub paid_ahead_to: Option<Date>,
}

/// What a payment covered of one instalment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// The instalment.
    pub number: u16,
    /// Its due day.
    pub due_on: Date,
    /// Principal covered.
    pub principal: Money,
    /// Interest covered.
    pub interest: Money,
}

/// Covers instalments in turn, each in the order of the buckets. Gives what is left of the money.
pub(crate) fn cover(
    open: &mut [Due],
    mut left: Money,
    order: &[Bucket],
    allocations: &mut Vec<Allocation>,
) -> Money {
    for due in open {
        if !left.is_positive() {
            break;
        }
        let mut allocation = Allocation {
            number: due.number,
            due_on: due.due_on,
            principal: Money::ZERO,
            interest: Money::ZERO,
        };
        for bucket in order {
            let (owed, covered) = match bucket {
                Bucket::Interest => (&mut due.interest, &mut allocation.interest),
                Bucket::Principal => (&mut due.principal, &mut allocation.principal),
                Bucket::Penalty | Bucket::Compound => continue,
            };
            let part = left.min(*owed);
            *owed -= part;
            *covered += part;
            left -= part;
        }
        if !(allocation.principal.is_zero() && allocation.interest.is_zero()) {
            allocations.push(allocation);
        }
    }
    left
}

impl Repay {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Repaid, Refusal> {
        positive("amount", self.amount)?;
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        Compensation::none_open(state, &self.loan)?;
        penalty::charged(state, &self.loan, loan, effective_on)?;

        let mut open = active.open.unpack();
        let due_now = open.partition_point(|due| due.due_on <= effective_on);
        let (due, later) = open.split_at_mut(due_now);
        let mut allocations = Vec::new();
        let [first, order, last] = terms.order();
        let (owed, mut charges) = (active.penalty().owed, Charges::default());
        let mut left = charges.cover(owed, first, self.amount);
        left = cover(due, left, order, &mut allocations);
        left = charges.cover(owed, last, left);
        let mut prepaid = None;
        if left.is_positive() && !later.is_empty() {
            match self.surplus {
                Surplus::NextInstalments => left = cover(later, left, order, &mut allocations),
                Surplus::Prepay => {
                    let done = Prepaid::decide(state, loan, &self.loan, &open, effective_on, left)?;
                    left -= done.interest + done.principal;
                    prepaid = Some(done);
                }
            }
        }
        let principal: Money = allocations.iter().map(|one| one.principal).sum::<Money>()
            + prepaid.as_ref().map_or(Money::ZERO, |prepaid| prepaid.principal);
        let guarantee_released = terms.guarantee.as_ref().map_or(Money::ZERO, |guarantee| {
            (active.guaranteed - guaranteed_part(active.principal - principal, guarantee)).or_zero()
        });
        Ok(Repaid {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            amount: self.amount,
            allocations,
            charges: Some(charges).filter(|charges| charges.total().is_positive()),
            prepaid,
            overpaid: left,
            fund: lending_fund(terms).cloned(),
            shares: returned(&active.shares, principal),
            source: active.shares.first().map(|share| share.source.clone()),
            guarantee_fund: guaranteeing_fund(version).cloned(),
            guarantee_released,
            before: Standing::of(active),
        })
    }
}

/// Principal goes back to the sources in proportion to what each still has out.
pub(crate) fn returned(shares: &[Share], principal: Money) -> Vec<Share> {
    let weights: Vec<i64> = shares.iter().map(|share| share.amount.fen()).collect();
    let parts = principal.split(&weights).unwrap_or_default();
    shares
        .iter()
        .zip(parts)
        .filter(|(_, part)| part.is_positive())
        .map(|(share, amount)| Share { source: share.source.clone(), amount })
        .collect()
}

impl Repaid {
    /// Principal repaid in all.
    #[must_use]
    pub fn principal(&self) -> Money {
        self.allocations.iter().map(|one| one.principal).sum::<Money>()
            + self.prepaid.as_ref().map_or(Money::ZERO, |prepaid| prepaid.principal)
    }

    /// Interest paid in all.
    #[must_use]
    pub fn interest(&self) -> Money {
        self.allocations.iter().map(|one| one.interest).sum::<Money>()
            + self.prepaid.as_ref().map_or(Money::ZERO, |prepaid| prepaid.interest)
    }

    /// Penalty and compound interest paid.
    #[must_use]
    pub fn charged(&self) -> Charges {
        self.charges.unwrap_or_default()
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let charged = self.charged().total();
        let pot = penalty_pot(self.fund.as_ref(), self.source.as_ref(), &self.programme);
        entry.transfer(Account::PenaltyContra, Account::Penalty, &pot, charged);
        match &self.fund {
            Some(fund) => {
                let (debit, credit) = (Account::FundBank, Account::LoanReceivable);
                transfer_shares(&mut entry, debit, credit, fund, &self.programme, &self.shares);
                let pot = lending_pot(fund, self.source.as_ref(), &self.programme);
                entry.transfer(Account::FundBank, Account::LoanInterest, &pot, self.interest());
                entry.transfer(Account::FundBank, Account::PenaltyInterest, &pot, charged);
                entry.transfer(Account::FundBank, Account::Overpayment, &pot, self.overpaid);
            }
            None => {
                let pot = bank_pot(&self.programme);
                entry.transfer(Account::BankLoanContra, Account::BankLoan, &pot, self.principal());
            }
        }
        if let Some(fund) = &self.guarantee_fund {
            let pot = guarantee_pot(fund, &self.programme);
            let (debit, credit) = (Account::GuaranteeLiabilityContra, Account::GuaranteeLiability);
            entry.transfer(debit, credit, &pot, self.guarantee_released);
        }
        entry
    }
}

impl Repaid {
    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            let mut open = active.open.unpack();
            take_off(&mut open, &self.allocations, &mut active.accrued_to);
            for allocation in &self.allocations {
                if allocation.due_on < effective_on && allocation.principal.is_positive() {
                    active.late.push(allocation.due_on, effective_on, allocation.principal);
                }
                if allocation.due_on > effective_on {
                    active.paid_ahead_to = active.paid_ahead_to.max(Some(allocation.due_on));
                }
            }
            if let Some(prepaid) = &self.prepaid {
                open.retain(|due| due.due_on <= effective_on);
                open.extend(prepaid.after.iter().map(Due::from));
                active.accrued_to = effective_on;
            }
            active.open = OpenInstalments::pack(&open);
            let principal = self.principal();
            if principal.is_positive() {
                active.principal -= principal;
                active.history.push(effective_on, active.principal);
            }
            active.incidents.with(|happened| {
                happened.penalty.owed.take(self.charged());
                happened.overpaid += self.overpaid;
            });
            active.guaranteed -= self.guarantee_released;
            change_shares(&mut active.shares, &self.shares, |left, part| left - part);
            active.changed_on = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let active = state.loan(&self.loan)?.active(&self.loan)?;
        last_of_loan(active, position)?;
        let Some(fund) = &self.fund else { return Ok(()) };
        // What came in may have been lent or spent again meanwhile.
        let mut needed: Vec<Share> = self.shares.clone();
        if let Some(source) = &self.source {
            needed.push(Share {
                source: source.clone(),
                amount: self.interest() + self.charged().total(),
            });
        }
        for share in &needed {
            let same = needed.iter().filter(|other| other.source == share.source);
            let sum = same.map(|other| other.amount).sum();
            let pot = Pot::of(fund, &share.source, Some(&self.programme));
            crate::fund::enough_to_take_back(state, &pot, fund, position, sum)?;
        }
        Ok(())
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            let mut open = active.open.unpack();
            if let Some(prepaid) = &self.prepaid {
                open.retain(|due| !prepaid.after.iter().any(|after| after.number == due.number));
                open.extend(prepaid.replaced.iter().map(Due::from));
            }
            put_back(&mut open, &self.allocations);
            let late = self
                .allocations
                .iter()
                .filter(|one| one.due_on < active.changed_on && one.principal.is_positive());
            active.late.pop(late.count());
            active.open = OpenInstalments::pack(&open);
            let principal = self.principal();
            if principal.is_positive() {
                active.principal += principal;
                active.history.pop();
            }
            active.incidents.with(|happened| {
                happened.penalty.owed.add(self.charged());
                happened.overpaid -= self.overpaid;
            });
            active.guaranteed += self.guarantee_released;
            change_shares(&mut active.shares, &self.shares, |left, part| left + part);
            self.before.restore(active);
        });
    }
}

/// Takes what was covered off the open instalments; `accrued_to` moves to the last that is done.
pub(crate) fn take_off(open: &mut [Due], covered: &[Allocation], accrued_to: &mut Date) {
    for allocation in covered {
        if let Some(due) = open.iter_mut().find(|due| due.number == allocation.number) {
            due.principal -= allocation.principal;
            due.interest -= allocation.interest;
            if due.principal.is_zero() && due.interest.is_zero() {
                *accrued_to = due.due_on.max(*accrued_to);
            }
        }
    }
}

/// Puts what was covered back.
pub(crate) fn put_back(open: &mut Vec<Due>, covered: &[Allocation]) {
    for allocation in covered {
        match open.iter_mut().find(|due| due.number == allocation.number) {
            Some(due) => {
                due.principal += allocation.principal;
                due.interest += allocation.interest;
            }
            None => open.push(Due {
                number: allocation.number,
                due_on: allocation.due_on,
                principal: allocation.principal,
                interest: allocation.interest,
            }),
        }
    }
    open.sort_by_key(|due| due.number);
}

impl Standing {
    pub(crate) fn of(active: &Active) -> Self {
        Self {
            position: active.last_position,
            changed_on: active.changed_on,
            accrued_to: active.accrued_to,
            paid_ahead_to: active.paid_ahead_to,
        }
    }

    pub(crate) fn restore(&self, active: &mut Active) {
        active.last_position = self.position;
        active.changed_on = self.changed_on;
        active.accrued_to = self.accrued_to;
        active.paid_ahead_to = self.paid_ahead_to;
    }
}

/// Money events of a loan follow each other in time; an earlier one is recorded by reversing later ones.
pub(crate) fn not_before(loan: &Id, active: &Active, date: Date) -> Result<(), Refusal> {
    if date < active.changed_on {
        return Err(Refusal::BeforeDisbursement {
            loan: loan.clone(),
            disbursed_on: active.changed_on,
            date,
        });
    }
    Ok(())
}

pub(crate) fn lending_pot(fund: &Id, source: Option<&Id>, programme: &Id) -> Pot {
    Pot { fund: Some(fund.clone()), source: source.cloned(), purpose: Some(programme.clone()) }
}

fn change_shares(left: &mut [Share], parts: &[Share], change: impl Fn(Money, Money) -> Money) {
    for part in parts {
        if let Some(share) = left.iter_mut().find(|share| share.source == part.source) {
            share.amount = change(share.amount, part.amount);
        }
    }
}
