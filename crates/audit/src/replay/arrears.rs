//! Arrears, from schedules and payments kept here: the state keeps only what is open today, and the
//! question may be about any day.
//!
//! Everything effective up to the day counts. What is reversed was a mistake on every day, whatever the
//! date of its reversal.

use std::collections::BTreeMap;

use almoner_domain::arrears::{Class, class, days_past_due};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::loan::disbursement::Disbursed;
use almoner_domain::loan::instalment::Instalment;
use almoner_domain::loan::repayment::{Allocation, Repaid};
use almoner_domain::money::Money;
use almoner_domain::programme::Terms;
use almoner_domain::state::State;
use serde::Serialize;

/// A loan of which something is overdue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverdueLoan {
    /// The loan.
    pub loan: Id,
    /// Its programme.
    pub programme: Id,
    /// Who borrowed.
    pub borrower: Pseudonym,
    /// Principal overdue.
    pub principal: Money,
    /// Interest overdue.
    pub interest: Money,
    /// The earliest due day of what is overdue.
    pub since: Date,
    /// Days past due, counted from that day.
    pub days: i32,
    /// The class by the rules of the loan's programme version.
    pub class: Class,
}

/// The schedules of loans as they hold on a day.
#[derive(Debug)]
pub(super) struct Schedules {
    on: Date,
    loans: BTreeMap<Id, Schedule>,
    /// How many events came since loans were last forgotten.
    since_forgetting: u32,
}

/// The schedule of one loan: what is due, less what is paid.
#[derive(Debug)]
struct Schedule {
    programme: Id,
    version: u32,
    borrower: Pseudonym,
    instalments: Vec<Instalment>,
    /// What early repayments replaced, by the position of the repayment.
    replaced: Vec<(u64, Vec<Instalment>)>,
}

/// So often are settled loans forgotten.
const FORGET_EVERY: u32 = 100_000;

impl Schedules {
    pub(super) fn on(on: Date) -> Self {
        Self { on, loans: BTreeMap::new(), since_forgetting: 0 }
    }

    /// Takes an event in; `state` is that before it.
    pub(super) fn take_in(&mut self, position: u64, on: Date, event: &Event, state: &State) {
        match event {
            Event::LoanDisbursed(disbursed) if on <= self.on => {
                self.loans.insert(disbursed.loan.clone(), Schedule::of(disbursed));
            }
            Event::LoanRepaid(repaid) if on <= self.on => {
                if let Some(schedule) = self.loans.get_mut(&repaid.loan) {
                    schedule.repaid(position, on, repaid);
                }
            }
            Event::ReversalRecorded(reversal) if reversal.effective_on <= self.on => {
                match &*reversal.original {
                    Event::LoanDisbursed(disbursed) => {
                        self.loans.remove(&disbursed.loan);
                    }
                    Event::LoanRepaid(repaid) => {
                        if let Some(schedule) = self.loans.get_mut(&repaid.loan) {
                            schedule.repayment_reversed(reversal.position, repaid);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        self.since_forgetting += 1;
        if self.since_forgetting == FORGET_EVERY {
            self.since_forgetting = 0;
            // What the state has forgotten is settled for good: nothing of it is reversed any more.
            self.loans
                .retain(|loan, schedule| state.loans.contains_key(loan) || !schedule.is_paid());
        }
    }

    /// The loans that are overdue, by name.
    pub(super) fn overdue(&self, state: &State) -> Vec<OverdueLoan> {
        let overdue = |(loan, schedule): (&Id, &Schedule)| schedule.overdue(loan, self.on, state);
        self.loans.iter().filter_map(overdue).collect()
    }
}

impl Schedule {
    fn of(disbursed: &Disbursed) -> Self {
        Self {
            programme: disbursed.programme.clone(),
            version: disbursed.version,
            borrower: disbursed.borrower,
            instalments: disbursed.instalments.clone(),
            replaced: Vec::new(),
        }
    }

    fn repaid(&mut self, position: u64, on: Date, repaid: &Repaid) {
        self.allocate(&repaid.allocations, |open, covered| open - covered);
        if let Some(prepaid) = &repaid.prepaid {
            let later = self.instalments.extract_if(.., |instalment| instalment.due_on > on);
            self.replaced.push((position, later.collect()));
            self.instalments.extend(prepaid.after.iter().cloned());
        }
    }

    /// Repayments are reversed last first, so that the replaced instalments are on top.
    fn repayment_reversed(&mut self, position: u64, repaid: &Repaid) {
        if let Some((_, before)) = self.replaced.pop_if(|(at, _)| *at == position) {
            let after = repaid.prepaid.iter().flat_map(|prepaid| &prepaid.after);
            let numbers: Vec<u16> = after.map(|instalment| instalment.number).collect();
            self.instalments.retain(|instalment| !numbers.contains(&instalment.number));
            self.instalments.extend(before);
        }
        self.allocate(&repaid.allocations, |open, covered| open + covered);
    }

    fn allocate(&mut self, allocations: &[Allocation], change: impl Fn(Money, Money) -> Money) {
        for allocation in allocations {
            let mut instalments = self.instalments.iter_mut();
            if let Some(open) = instalments.find(|open| open.number == allocation.number) {
                open.principal = change(open.principal, allocation.principal);
                open.interest = change(open.interest, allocation.interest);
            }
        }
    }

    fn is_paid(&self) -> bool {
        self.instalments.iter().all(is_paid)
    }

    fn overdue(&self, loan: &Id, on: Date, state: &State) -> Option<OverdueLoan> {
        let is_overdue = |one: &&Instalment| one.payable_until() < on && !is_paid(one);
        let overdue: Vec<&Instalment> = self.instalments.iter().filter(is_overdue).collect();
        let since = overdue.iter().map(|instalment| instalment.due_on).min()?;
        let days = days_past_due(Some(since), on);
        let version = state.programme_version(&self.programme, self.version);
        let thresholds = match version.map(|version| &version.terms) {
            Some(Terms::Loan(terms)) => terms.classes.as_slice(),
            _ => &[],
        };
        Some(OverdueLoan {
            loan: loan.clone(),
            programme: self.programme.clone(),
            borrower: self.borrower,
            principal: overdue.iter().map(|instalment| instalment.principal).sum(),
            interest: overdue.iter().map(|instalment| instalment.interest).sum(),
            since,
            days,
            class: class(days, thresholds),
        })
    }
}

fn is_paid(instalment: &Instalment) -> bool {
    instalment.principal.is_zero() && instalment.interest.is_zero()
}
