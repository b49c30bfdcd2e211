//! Extension (展期): principal that is not yet due becomes due later.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::guarantee_fund::compensation::Compensation;
use crate::id::{Id, Text, present};
use crate::loan::disbursement::last_of_loan;
use crate::loan::incidents::PlanChange;
use crate::loan::instalment::{Due, Instalment, OpenInstalments};
use crate::loan::remaining::Remaining;
use crate::loan::repayment::{Standing, not_before};
use crate::loan::{terms, with_active};
use crate::refusal::{Refusal, Word};
use crate::schedule::Method;
use crate::state::State;

/// Command `loan.extend`; the effective date is the day on which it was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// The loan.
    pub loan: Id,
    /// By how many months the principal not yet due is put off.
    pub months: u16,
    /// Months between the due days that are added; as many as it is put off by for a bullet loan.
    pub every: u16,
    /// The written consent of the guarantor, where a guarantee is live.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub consent: Option<Text>,
    /// The agreement.
    pub document: Text,
}

/// Event `loan.extended.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extended {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// By how many months the principal not yet due is put off.
    pub months: u16,
    /// Months between the due days that are added.
    pub every: u16,
    /// The last due day until now.
    pub maturity_before: Date,
    /// The last due day from here on.
    pub maturity: Date,
    /// What was open of the instalments that are replaced.
    pub replaced: Vec<Instalment>,
    /// The instalments from here on: the due days stay and bear interest only, until principal is due as many
    /// instalments later as were added.
    pub after: Vec<Instalment>,
    /// The written consent of the guarantor.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub consent: Option<Text>,
    /// The agreement.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

const EXTENSION: Word = Word::new("extension", "展期");

impl Extend {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Extended, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        Compensation::none_open(state, &self.loan)?;
        let Some(allowed) = &terms.extension else {
            let (programme, version) = (version.programme.clone(), version.version);
            return Err(Refusal::ContractChangeNotAllowed { programme, version, kind: EXTENSION });
        };
        if effective_on >= active.maturity {
            return Err(Refusal::ExtensionTooLate {
                loan: self.loan.clone(),
                maturity: active.maturity,
                date: effective_on,
            });
        }
        let consent = self.consent.as_ref();
        let change = PlanChange { loan: &self.loan, kind: EXTENSION, consent };
        change.check(loan, effective_on)?;
        let open = active.open.unpack();
        let rest = Remaining::after(active, terms, &open, effective_on);
        change.has_principal(&rest)?;
        self.check_every(active.method)?;
        let steps = (1..=self.months / self.every).map(|step| i32::from(step * self.every));
        let mut added: Vec<Date> =
            steps.map(|months| active.maturity.plus_months(months)).collect();
        let (mut due_days, grace) = match active.method {
            Method::Bullet => (Vec::new(), 0),
            _ => (rest.due_days(), rest.grace() + added.len()),
        };
        due_days.append(&mut added);
        let from = rest.at_this_rate_from();
        let spread = (rest.principal(), active.annual_rate);
        let mut after = rest.spread(state, spread, from, (&due_days, grace))?;
        if let (Some(first), Some(accrued)) = (after.first_mut(), rest.accrued(from)) {
            first.interest += accrued;
        }
        let done = active.incidents.get().map_or(0, |happened| usize::from(happened.extensions));
        change.within((done, allowed.times))?;
        change.as_short_as(self.months, allowed.months)?;
        Ok(Extended {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            months: self.months,
            every: self.every,
            maturity_before: active.maturity,
            maturity: due_days.last().copied().unwrap_or(active.maturity),
            replaced: rest.recorded(),
            after,
            consent: self.consent.clone(),
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }

    fn check_every(&self, method: Method) -> Result<(), Refusal> {
        let bad = |field, problem: String| Err(Refusal::TermsInvalid { field, problem });
        if self.months == 0 {
            return bad("months", "at least 1 month is needed".into());
        }
        if self.every == 0 || !self.months.is_multiple_of(self.every) {
            return bad("every", format!("{} months must be a multiple of it", self.months));
        }
        if method == Method::Bullet && self.every != self.months {
            return bad("every", format!("a bullet loan is due once: {} is needed", self.months));
        }
        Ok(())
    }
}

impl Extended {
    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| {
                let not_due = self.replaced.iter().map(|one| (one.due_on, &one.principal));
                happened.keep_first_plan((self.maturity_before, effective_on), not_due);
                happened.extensions = happened.extensions.saturating_add(1);
            });
            replace(&mut active.open, &self.replaced, &self.after);
            active.maturity = self.maturity;
            active.changed_on = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| {
                happened.extensions = happened.extensions.saturating_sub(1);
                happened.drop_first_plan();
            });
            replace(&mut active.open, &self.after, &self.replaced);
            active.maturity = self.maturity_before;
            self.before.restore(active);
        });
    }
}

/// Puts instalments in the place of others.
pub(crate) fn replace(open: &mut OpenInstalments, replaced: &[Instalment], after: &[Instalment]) {
    let mut list = open.unpack();
    list.retain(|due| !replaced.iter().any(|one| one.number == due.number));
    list.extend(after.iter().map(Due::from));
    list.sort_by_key(|due| due.number);
    *open = OpenInstalments::pack(&list);
}
