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
use almoner_domain::loan::repayment::Allocation;
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
    /// The class by the rules of the loan's programme version, and while a rescheduled loan is observed no better than
    /// that says.
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
    /// What other instalments replaced, by the position of the event.
    replaced: Vec<(u64, Vec<Instalment>)>,
    /// The classes that it is at least of after a rescheduling, with the last days of that and the positions.
    observed: Vec<(u64, Class, Date)>,
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
                    schedule.allocate(&repaid.allocations, |open, covered| open - covered);
                    schedule.change(position, event);
                }
            }
            Event::GuaranteeRecovered(recovered) if on <= self.on => {
                if let Some(schedule) = self.loans.get_mut(&recovered.loan) {
                    schedule.allocate(&recovered.discharged, |open, covered| open - covered);
                }
            }
            Event::LoanExtended(_) | Event::LoanRescheduled(_) | Event::LoanRateReset(_)
                if on <= self.on =>
            {
                self.change(event, |schedule| schedule.change(position, event));
            }
            Event::ReversalRecorded(reversal) if reversal.effective_on <= self.on => {
                match &*reversal.original {
                    Event::LoanDisbursed(disbursed) => {
                        self.loans.remove(&disbursed.loan);
                    }
                    Event::LoanRepaid(repaid) => {
                        if let Some(schedule) = self.loans.get_mut(&repaid.loan) {
                            schedule.change_back(reversal.position, &reversal.original);
                            schedule.allocate(&repaid.allocations, |open, covered| open + covered);
                        }
                    }
                    Event::GuaranteeRecovered(recovered) => {
                        if let Some(schedule) = self.loans.get_mut(&recovered.loan) {
                            schedule
                                .allocate(&recovered.discharged, |open, covered| open + covered);
                        }
                    }
                    original => {
                        self.change(original, |schedule| {
                            schedule.change_back(reversal.position, original);
                        });
                    }
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

    /// Changes the schedule that an event is about.
    fn change(&mut self, event: &Event, change: impl FnOnce(&mut Schedule)) {
        let loan = event.schedule_change().map(|change| change.loan);
        if let Some(schedule) = loan.and_then(|loan| self.loans.get_mut(loan)) {
            change(schedule);
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
            observed: Vec::new(),
        }
    }

    /// Takes new instalments in for the last ones.
    fn change(&mut self, position: u64, event: &Event) {
        let Some(change) = event.schedule_change() else { return };
        self.allocate(change.moved, |open, moved| open - moved);
        let first = change.first_number();
        let later = self.instalments.extract_if(.., |one| first.is_some_and(|no| one.number >= no));
        self.replaced.push((position, later.collect()));
        self.instalments.extend(change.after.iter().cloned());
        if let Event::LoanRescheduled(event) = event {
            self.observed.push((position, event.class, event.observed_until));
        }
    }

    /// What happened to a loan is reversed last first, so that the replaced instalments are on top.
    fn change_back(&mut self, position: u64, original: &Event) {
        let Some(change) = original.schedule_change() else { return };
        if let Some((_, before)) = self.replaced.pop_if(|(at, _)| *at == position) {
            let first = change.first_number();
            self.instalments.retain(|one| first.is_none_or(|first| one.number < first));
            self.instalments.extend(before);
        }
        self.observed.pop_if(|(at, ..)| *at == position);
        self.allocate(change.moved, |open, moved| open + moved);
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
        let observed = self.observed.last().filter(|(.., until)| on <= *until);
        let observed = observed.map_or(Class::Normal, |(_, class, _)| *class);
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
            class: class(days, thresholds).max(observed),
        })
    }
}

fn is_paid(instalment: &Instalment) -> bool {
    instalment.principal.is_zero() && instalment.interest.is_zero()
}
