//! Rescheduling (重组): the open principal gets a new plan; what interest is overdue stays due.

use serde::{Deserialize, Serialize};

use crate::arrears::Class;
use crate::date::Date;
use crate::guarantee_fund::compensation::Compensation;
use crate::id::{Id, Text, present};
use crate::loan::disbursement::{Plan, instalments, last_of_loan};
use crate::loan::extension::replace;
use crate::loan::incidents::PlanChange;
use crate::loan::instalment::{Due, Instalment, OpenInstalments};
use crate::loan::penalty;
use crate::loan::remaining::Remaining;
use crate::loan::repayment::{Allocation, Standing, not_before, put_back, take_off};
use crate::loan::{application, terms, with_active};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::schedule::Method;
use crate::state::State;

/// Command `loan.reschedule`; the effective date is the day from which the new plan holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// The loan.
    pub loan: Id,
    /// The repayment method of the new plan.
    pub method: Method,
    /// For how many months it runs.
    pub months: u16,
    /// Months between its due days; its whole term for a bullet plan.
    pub every: u16,
    /// Its first due day; one period after the effective date when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub first_due_on: Option<Date>,
    /// The written consent of the guarantor, where a guarantee is live.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub consent: Option<Text>,
    /// The agreement.
    pub document: Text,
}

/// Event `loan.rescheduled.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rescheduled {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// The repayment method until now.
    pub method_before: Method,
    /// The repayment method of the new plan.
    pub method: Method,
    /// For how many months it runs.
    pub months: u16,
    /// Months between its due days.
    pub every: u16,
    /// Its first due day, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub first_due_on: Option<Date>,
    /// The last due day until now.
    pub maturity_before: Date,
    /// The last due day from here on.
    pub maturity: Date,
    /// Principal that was due and goes into the new plan, by instalment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overdue: Vec<Allocation>,
    /// What was open of the instalments not yet due, which are replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Instalment>,
    /// The instalments from here on. The first is due at once and holds the interest that has run until today,
    /// where there is any.
    pub after: Vec<Instalment>,
    /// The class of the loan is at least this one …
    pub class: Class,
    /// … to the end of this day.
    pub observed_until: Date,
    /// The written consent of the guarantor.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub consent: Option<Text>,
    /// The agreement.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

const RESCHEDULING: Word = Word::new("rescheduling", "重组");

impl Reschedule {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Rescheduled, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        Compensation::none_open(state, &self.loan)?;
        penalty::charged(state, &self.loan, loan, effective_on)?;
        let Some(allowed) = &terms.rescheduling else {
            let (programme, version) = (version.programme.clone(), version.version);
            let kind = RESCHEDULING;
            return Err(Refusal::ContractChangeNotAllowed { programme, version, kind });
        };
        let consent = self.consent.as_ref();
        let change = PlanChange { loan: &self.loan, kind: RESCHEDULING, consent };
        change.check(loan, effective_on)?;
        let open = active.open.unpack();
        let (due, later) = open.split_at(open.partition_point(|due| due.due_on <= effective_on));
        let rest = Remaining::after(active, terms, &open, effective_on);
        if !active.principal.is_positive() {
            return Err(change.impossible(Word::new("no principal is open", "没有未还本金")));
        }
        application::method_allowed(terms, self.method)?;
        let done = active.incidents.get().map_or(0, |happened| happened.rescheduled_on.len());
        let plan = Plan {
            principal: active.principal,
            annual_rate: active.annual_rate,
            months: self.months,
            method: self.method,
        };
        let planned =
            instalments(state, &plan, terms, effective_on, self.every, self.first_due_on)?;
        change.within((done, allowed.times))?;
        change.as_short_as(self.months, allowed.months)?;

        let first = later.first().map(|due| due.number);
        let next = due.last().map(|due| due.number.saturating_add(1));
        let mut after = Vec::with_capacity(planned.len() + 1);
        let accrued = rest.accrued(effective_on);
        if let Some(interest) = accrued.filter(|interest| interest.is_positive()) {
            after.push(Instalment {
                number: 0,
                due_on: effective_on,
                payable_until: None,
                principal: Money::ZERO,
                interest,
            });
        }
        after.extend(planned);
        for (number, one) in (first.or(next).unwrap_or(1)..).zip(&mut after) {
            one.number = number;
        }
        let overdue = due.iter().filter(|due| due.principal.is_positive());
        Ok(Rescheduled {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            method_before: active.method,
            method: self.method,
            months: self.months,
            every: self.every,
            first_due_on: self.first_due_on,
            maturity_before: active.maturity,
            maturity: after.last().map_or(active.maturity, |last| last.due_on),
            overdue: overdue
                .map(|due| Allocation {
                    number: due.number,
                    due_on: due.due_on,
                    principal: due.principal,
                    interest: Money::ZERO,
                })
                .collect(),
            replaced: rest.recorded(),
            after,
            class: allowed.class,
            observed_until: effective_on.plus_months(i32::from(allowed.observed_months)),
            consent: self.consent.clone(),
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

impl Rescheduled {
    /// Principal that was overdue for at least a day.
    fn late(&self, on: Date) -> impl Iterator<Item = &Allocation> {
        self.overdue.iter().filter(move |one| one.due_on < on)
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| {
                let not_due = self.replaced.iter().map(|one| (one.due_on, &one.principal));
                happened.keep_first_plan((self.maturity_before, effective_on), not_due);
                happened.rescheduled_on.push(effective_on);
            });
            let mut open = active.open.unpack();
            take_off(&mut open, &self.overdue, &mut active.accrued_to);
            active.open = OpenInstalments::pack(&open);
            replace(&mut active.open, &self.replaced, &self.after);
            active.changed_on = effective_on;
            for one in self.late(effective_on) {
                active.late.push(one.due_on, effective_on, one.principal);
            }
            active.method = self.method;
            active.maturity = self.maturity;
            active.accrued_to = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| {
                happened.rescheduled_on.pop();
                happened.drop_first_plan();
            });
            replace(&mut active.open, &self.after, &self.replaced);
            let mut open: Vec<Due> = active.open.unpack();
            put_back(&mut open, &self.overdue);
            active.open = OpenInstalments::pack(&open);
            let late = self.late(active.changed_on).count();
            active.late.pop(late);
            active.method = self.method_before;
            active.maturity = self.maturity_before;
            self.before.restore(active);
        });
    }
}
