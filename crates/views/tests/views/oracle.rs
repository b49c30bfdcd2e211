//! What the answers must be: the domain's own fold over the events that count, with nothing of the views.

use std::collections::{BTreeMap, BTreeSet};

use almoner_domain::account::Books;
use almoner_domain::arrears::{Class, ClassThreshold, class, standing};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;
use almoner_domain::loan::{Active, Stage};
use almoner_domain::money::Money;
use almoner_domain::programme::Terms;
use almoner_domain::state::State;
use almoner_views::{Arrears, LoanStage, OverdueLoan};

use crate::history::{History, Recorded};

/// A question: up to which position, up to which day.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub position: u64,
    pub day: Option<Date>,
}

impl Question {
    fn counts(self, recorded: &Recorded) -> bool {
        recorded.position <= self.position
            && self.day.is_none_or(|day| recorded.effective_on <= day)
    }
}

impl History {
    /// The books of the entries that count, each on its own day.
    pub fn books(&self, question: Question) -> Books {
        let mut books = Books::default();
        for recorded in self.events.iter().filter(|recorded| question.counts(recorded)) {
            books.post(&recorded.event.entry(), recorded.effective_on.year());
        }
        books
    }

    /// The state after the events that count, without those that are reversed.
    pub fn state(&self, question: Question) -> State {
        let known = |recorded: &&Recorded| recorded.position <= question.position;
        let reversed: BTreeSet<u64> =
            self.events.iter().filter(known).filter_map(Recorded::reverses).collect();
        let mut state = State::default();
        for recorded in self.events.iter().filter(|recorded| question.counts(recorded)) {
            if !reversed.contains(&recorded.position) && recorded.reverses().is_none() {
                state.evolve(recorded.position, recorded.effective_on, &recorded.event);
            }
        }
        state
    }

    /// How far each loan has come.
    pub fn stages(&self, question: Question) -> BTreeMap<Id, LoanStage> {
        let mut stages: BTreeMap<Id, LoanStage> = BTreeMap::new();
        for recorded in self.events.iter().filter(|recorded| question.counts(recorded)) {
            match &recorded.event {
                Event::LoanCancelled(event) => {
                    stages.insert(event.loan.clone(), LoanStage::Cancelled);
                }
                Event::LoanApplied(event) => {
                    stages.entry(event.loan.clone()).or_insert(LoanStage::Applied);
                }
                _ => {}
            }
        }
        let state = self.state(question);
        for (loan, known) in &state.loans {
            let paid_by_fund =
                state.compensations.get(loan).is_some_and(|one| one.principal.is_positive());
            let stage = match &known.stage {
                Stage::Applied(_) => LoanStage::Applied,
                Stage::Approved(_) => LoanStage::Approved,
                Stage::Active(active) if paid_by_fund && active.principal.is_zero() => {
                    LoanStage::Compensated
                }
                Stage::Active(active) if active.is_settled() => LoanStage::Settled,
                Stage::Active(_) => LoanStage::Active,
            };
            stages.insert(loan.clone(), stage);
        }
        stages
    }

    /// The loans that are lent, by name.
    pub fn active(&self, question: Question) -> BTreeMap<Id, Active> {
        let lent = |(loan, known): (Id, almoner_domain::loan::Loan)| match known.stage {
            Stage::Active(active) => Some((loan, *active)),
            _ => None,
        };
        self.state(question).loans.into_iter().filter_map(lent).collect()
    }

    /// What is overdue on a day.
    pub fn arrears(&self, on: Date, position: u64) -> Arrears {
        let question = Question { position, day: Some(on) };
        let state = self.state(question);
        let active = self.active(question);
        let mut loans = Vec::new();
        for (loan, active) in &active {
            let late = active.open.unpack().into_iter().filter(|due| {
                let until = self.payable_until(loan, due.number, due.due_on, active.last_position);
                until < on
            });
            let late: Vec<_> = late.collect();
            let Some(since) = late.iter().map(|due| due.due_on).min() else { continue };
            let applied = self.application(loan);
            let days_past_due = since.days_until(on);
            // No better than the rescheduled are.
            let observed = standing(&state, &state.loans[loan], on).unwrap().class;
            loans.push(OverdueLoan {
                loan: loan.clone(),
                programme: applied.programme.clone(),
                version: applied.version,
                borrower: applied.borrower,
                bank: applied.bank.clone(),
                open_principal: active.principal,
                overdue_principal: late.iter().map(|due| due.principal).sum(),
                overdue_interest: late.iter().map(|due| due.interest).sum(),
                since,
                days_past_due,
                class: class(days_past_due, &self.thresholds(&applied.programme)).max(observed),
            });
        }
        Arrears { position, on, loans, programmes: Vec::new() }
    }

    /// The open principal of each programme.
    pub fn open_principal(&self, question: Question) -> BTreeMap<Id, Money> {
        let mut sums: BTreeMap<Id, Money> = BTreeMap::new();
        for (loan, active) in self.active(question) {
            *sums.entry(self.application(&loan).programme.clone()).or_default() += active.principal;
        }
        sums
    }

    /// The open principal of a programme by class.
    pub fn classes(&self, programme: &Id, on: Date, position: u64) -> BTreeMap<Class, Money> {
        let state = self.state(Question { position, day: Some(on) });
        let mut sums: BTreeMap<Class, Money> = BTreeMap::new();
        for (name, loan) in &state.loans {
            let Stage::Active(active) = &loan.stage else { continue };
            if self.application(name).programme == *programme && active.principal.is_positive() {
                let class = standing(&state, loan, on).unwrap().class;
                *sums.entry(class).or_default() += active.principal;
            }
        }
        sums
    }

    /// The last day to pay an instalment, as the event says that made it.
    fn payable_until(&self, loan: &Id, number: u16, due_on: Date, last: u64) -> Date {
        let made = |recorded: &Recorded| match &recorded.event {
            Event::LoanDisbursed(event) if event.loan == *loan => event.instalments.clone(),
            event => match event.schedule_change() {
                Some(change) if change.loan == loan => change.after.to_vec(),
                _ => Vec::new(),
            },
        };
        let events = self.events.iter().filter(|recorded| recorded.position <= last);
        let mut made = events.flat_map(made);
        made.find(|one| one.number == number && one.due_on == due_on).unwrap().payable_until()
    }

    fn application(&self, loan: &Id) -> &almoner_domain::loan::application::Applied {
        let found = self.events.iter().find_map(|recorded| match &recorded.event {
            Event::LoanApplied(event) if event.loan == *loan => Some(event),
            _ => None,
        });
        found.unwrap()
    }

    fn thresholds(&self, programme: &Id) -> Vec<ClassThreshold> {
        let found = self.events.iter().find_map(|recorded| match &recorded.event {
            Event::ProgrammePublished(version) if version.programme == *programme => {
                match &version.terms {
                    Terms::Loan(terms) => Some(terms.classes.clone()),
                    Terms::Subsidy(_) | Terms::PremiumArrears(_) => None,
                }
            }
            _ => None,
        });
        found.unwrap()
    }
}
