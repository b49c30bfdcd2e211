//! Loans lent by a bank or by a fund: from application to settlement.

pub mod application;
pub mod borrowers;
pub mod contract_terms;
pub mod disbursement;
pub mod extension;
pub mod history;
pub mod incidents;
pub mod instalment;
pub mod misuse;
pub mod packed;
pub mod penalty;
pub mod prepayment;
pub mod rate_reset;
pub mod reference_rate;
pub(crate) mod remaining;
pub mod repayment;
pub mod rescheduling;
pub mod waiver;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::fund::Share;
use crate::guarantee_fund::handling_bank;
use crate::id::{Id, Pseudonym};
use crate::interest_discount::ClaimedPeriods;
use crate::interest_discount::DiscountTerms;
use crate::loan::history::{LatePrincipal, PrincipalHistory};
use crate::loan::incidents::Incidents;
use crate::loan::instalment::{Due, OpenInstalments};
use crate::money::Money;
use crate::programme::{Lender, LoanTerms, Version};
use crate::rate::Rate;
use crate::refusal::{Refusal, Word};
use crate::schedule::Method;
use crate::state::{Link, State};

/// A settled loan is kept this long after its last change, so that a late reversal, a discount claim
/// for its last quarter or a refund still finds it; then only its identifier is remembered.
/// A year and a claim season.
pub const SETTLED_LOAN_KEPT_DAYS: i32 = 400;

pub(crate) const APPLIED: Word = Word::new("applied", "已申请");
pub(crate) const APPROVED: Word = Word::new("approved", "已批准");
pub(crate) const ACTIVE: Word = Word::new("active", "已放款");
const SETTLED: Word = Word::new("settled", "已结清");

/// What the ledger knows of a loan: kept small, because a province has hundreds of thousands open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// Which programme version it follows, as an index into the state's list.
    pub version: u32,
    /// Who borrows.
    pub borrower: Pseudonym,
    /// The handling bank, where a bank lends, by its number in the state's list.
    pub bank: Option<NonZeroU32>,
    /// The reference rate of the contract, by its number in the state's list.
    pub reference_rate: Option<NonZeroU32>,
    /// How its rate floats, where it does, by its number in the state's list.
    pub floating: Option<NonZeroU32>,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a loan has come, with what is known there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Applied for.
    Applied(Box<Application>),
    /// Approved and not yet lent.
    Approved(Box<Approval>),
    /// Lent; settled when nothing is left.
    Active(Box<Active>),
}

/// What was applied for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The amount.
    pub amount: Money,
    /// The term in months.
    pub months: u16,
    /// The category, as an index into those of the programme version.
    pub category: u16,
    /// The record of the application.
    pub record: Link,
}

/// What was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The principal.
    pub amount: Money,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The term in months.
    pub months: u16,
    /// The repayment method.
    pub method: Method,
    /// The guarantee, once it is committed.
    pub guarantee: Option<Money>,
    /// For a loan lent by a fund: which sources the money is held in.
    pub shares: Vec<Share>,
    /// The record by which it can be lent: of the approval, or of the guarantee's commitment, whichever is later.
    pub rests_on: Link,
}

/// A loan that was lent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Active {
    /// The principal at disbursement.
    pub lent: Money,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The repayment method.
    pub method: Method,
    /// When it was disbursed.
    pub disbursed_on: Date,
    /// The last due day of the contract.
    pub maturity: Date,
    /// The effective date of the last money event.
    pub changed_on: Date,
    /// The day up to which interest was charged before the first open instalment begins.
    pub accrued_to: Date,
    /// Principal not yet repaid.
    pub principal: Money,
    /// What is still to be paid.
    pub open: OpenInstalments,
    /// The due day of the last instalment that was paid ahead of it.
    pub paid_ahead_to: Option<Date>,
    /// Principal after each change since disbursement.
    pub history: PrincipalHistory,
    /// Principal that was repaid after its due day.
    pub late: LatePrincipal,
    /// The periods whose interest is discounted or claimed.
    pub claimed: ClaimedPeriods,
    /// What happens to few loans.
    pub incidents: Incidents,
    /// Live guaranteed principal.
    pub guaranteed: Money,
    /// For a loan lent by a fund: the principal still out, by source.
    pub shares: Box<[Share]>,
    /// Position of the last money event of this loan: only that one can be reversed.
    pub last_position: u64,
}

impl Active {
    /// Whether the borrower owes nothing any more; overpaid money may still have to go back.
    #[must_use]
    pub fn is_repaid(&self) -> bool {
        let charges =
            self.incidents.get().map_or(Money::ZERO, |happened| happened.penalty.owed.total());
        self.principal.is_zero() && self.open.is_empty() && charges.is_zero()
    }

    /// Whether nothing is owed any more, in either direction.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_repaid() && self.overpaid().is_zero()
    }

    /// The principal that is not overdue, from each day of change on. From its due day on principal is overdue
    /// until it is repaid; the due days are those that hold now.
    #[must_use]
    pub fn not_overdue(&self) -> Vec<(Date, Money)> {
        let mut changes: BTreeMap<Date, Money> = BTreeMap::from([(self.disbursed_on, self.lent)]);
        let mut change = |day: Date, by: Money| *changes.entry(day).or_default() += by;
        let mut before = self.lent;
        for (day, principal) in self.history.changes() {
            change(day, principal - before);
            before = principal;
        }
        for (due_on, repaid_on, principal) in self.late.list() {
            change(due_on, -principal);
            change(repaid_on, principal);
        }
        for due in self.without_compensated() {
            change(due.due_on, -due.principal);
        }
        let mut left = Money::ZERO;
        let running = changes.into_iter().map(|(day, by)| {
            left += by;
            (day, left.or_zero())
        });
        running.collect()
    }

    /// The days on which principal was repaid that was not overdue.
    pub(crate) fn repaid_before_overdue(&self) -> Vec<Date> {
        let late = self.late.list();
        let late_on = |day: Date| {
            let that_day = late.iter().filter(|(_, repaid_on, _)| *repaid_on == day);
            that_day.map(|(_, _, principal)| *principal).sum::<Money>()
        };
        let mut before = self.lent;
        let mut days = Vec::new();
        for (day, principal) in self.history.changes() {
            if before - principal > late_on(day) {
                days.push(day);
            }
            before = principal;
        }
        days
    }

    /// The open instalments less the principal that was compensated. That is the oldest, has left the loan, and yet
    /// stays open until it is recovered; from when to when it was overdue stands in `late`.
    pub(crate) fn without_compensated(&self) -> Vec<Due> {
        let mut open = self.open.unpack();
        let all: Money = open.iter().map(|due| due.principal).sum();
        let mut compensated = all - self.principal;
        for due in &mut open {
            let part = due.principal.min(compensated).or_zero();
            due.principal -= part;
            compensated -= part;
        }
        open
    }

    /// The day before which interest may be discounted.
    #[must_use]
    pub fn discount_end(&self, terms: &DiscountTerms) -> Date {
        self.disbursed_on.plus_months(i32::from(terms.months)).min(self.first_maturity())
    }
}

impl Loan {
    /// The name of the stage in answers.
    #[must_use]
    pub fn stage_name(&self) -> Word {
        match &self.stage {
            Stage::Applied(_) => APPLIED,
            Stage::Approved(_) => APPROVED,
            Stage::Active(active) if active.is_settled() => SETTLED,
            Stage::Active(_) => ACTIVE,
        }
    }

    pub(crate) fn approval(&self, loan: &Id) -> Result<&Approval, Refusal> {
        match &self.stage {
            Stage::Approved(approval) => Ok(approval),
            _ => Err(self.wrong_stage(loan, APPROVED)),
        }
    }

    pub(crate) fn active(&self, loan: &Id) -> Result<&Active, Refusal> {
        match &self.stage {
            Stage::Active(active) => Ok(active),
            _ => Err(self.wrong_stage(loan, ACTIVE)),
        }
    }

    pub(crate) fn wrong_stage(&self, loan: &Id, needed: Word) -> Refusal {
        Refusal::WrongStage { loan: loan.clone(), stage: self.stage_name(), needed }
    }
}

/// The programme version and loan terms that a loan follows.
pub(crate) fn terms<'a>(
    state: &'a State,
    loan: &Loan,
) -> Result<(&'a Version, &'a LoanTerms), Refusal> {
    let version = state.version(loan.version)?;
    Ok((version, version.loan_terms()?))
}

/// The fund that lends, if it is not a bank.
pub(crate) fn lending_fund(terms: &LoanTerms) -> Option<&Id> {
    match &terms.lender {
        Lender::Fund { fund } => Some(fund),
        Lender::Bank => None,
    }
}

/// Changes an active loan; a loan that is not there is left alone.
pub(crate) fn with_active(state: &mut State, loan: &Id, change: impl FnOnce(&mut Active)) {
    let Some(Loan { stage: Stage::Active(active), borrower, .. }) = state.loans.get_mut(loan)
    else {
        return;
    };
    let borrower = *borrower;
    let standing = |active: &Active| (active.is_repaid(), active.is_settled(), active.changed_on);
    let (was_repaid, was_settled, kept_from) = standing(active);
    let was_guaranteed = active.guaranteed;
    change(active);
    let (is_repaid, is_settled, kept_to) = standing(active);
    let guaranteed = active.guaranteed - was_guaranteed;
    handling_bank::change_guaranteed(state, loan, guaranteed);
    // A borrower who only waits for money back may borrow again.
    match (was_repaid, is_repaid) {
        (false, true) => state.count_open_loan(loan, borrower, -1),
        (true, false) => state.count_open_loan(loan, borrower, 1),
        _ => {}
    }
    if (was_settled, kept_from) != (is_settled, kept_to) {
        if was_settled {
            state.settled.remove(&(kept_from, loan.clone()));
        }
        if is_settled {
            state.settled.insert((kept_to, loan.clone()));
        }
    }
}
