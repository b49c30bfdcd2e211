//! What happens to few loans after disbursement: extension, rescheduling, penalty interest, money paid beyond what
//! was owed.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::{Id, Text};
use crate::loan::packed::Packed;
use crate::loan::penalty::PenaltyStanding;
use crate::loan::remaining::Remaining;
use crate::loan::{Active, Loan};
use crate::money::Money;
use crate::rate::Rate;
use crate::refusal::{Refusal, Word};
use crate::schedule::Method;

/// What happens to few loans. The others take no room for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents(Option<Box<Happened>>);

/// What happened to a loan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// Paid beyond what was owed, and not yet refunded.
    pub overpaid: Money,
    /// How often it was extended.
    pub extensions: u16,
    /// The days on which it was rescheduled.
    pub rescheduled_on: Vec<Date>,
    /// Penalty interest.
    pub penalty: PenaltyStanding,
    /// The days on which its rate was reset.
    pub rates: RateResets,
    /// What the contract said before its plan was changed for the first time.
    first_plan: Option<FirstPlan>,
}

/// The days on which a rate was reset, and the rate until each, packed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateResets(Packed<2>);

impl RateResets {
    /// A rate has at most so many places.
    const PLACES: i64 = 10_000_000_000;

    /// The days, and the rate until each.
    #[must_use]
    pub fn list(&self) -> Vec<(Date, Rate)> {
        let reset = |[day, rate]: [i64; 2]| {
            let day = Date::from_day_number(i32::try_from(day).unwrap_or_default());
            (day, Rate::within(Decimal::from(rate) / Decimal::from(Self::PLACES)))
        };
        self.0.rows().into_iter().map(reset).collect()
    }

    pub(crate) fn push(&mut self, on: Date, before: Rate) {
        let rate = before.decimal() * Decimal::from(Self::PLACES);
        let mut rows = self.0.rows();
        rows.push([i64::from(on.day_number()), rate.to_i64().unwrap_or_default()]);
        self.0 = Packed::of(rows);
    }

    pub(crate) fn pop(&mut self) {
        let mut rows = self.0.rows();
        rows.pop();
        self.0 = Packed::of(rows);
    }

    fn len_in_bytes(&self) -> usize {
        self.0.len_in_bytes()
    }
}

/// What was agreed at disbursement, as far as interest discount follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FirstPlan {
    maturity: Date,
    changed_on: Date,
    /// The due days of the principal that was not yet due, and the principal.
    principal: Packed<2>,
}

impl Incidents {
    /// What happened, where anything did.
    #[must_use]
    pub fn get(&self) -> Option<&Happened> {
        self.0.as_deref()
    }

    /// How many bytes they take in memory, beside the structure itself.
    #[must_use]
    pub fn len_in_bytes(&self) -> usize {
        self.get().map_or(0, |happened| {
            let plan = happened.first_plan.as_ref().map_or(0, |plan| plan.principal.len_in_bytes());
            let days = happened.rescheduled_on.len() * size_of::<Date>();
            size_of::<Happened>() + days + happened.rates.len_in_bytes() + plan
        })
    }

    /// Changes what is known; nothing is kept where nothing is left.
    pub(crate) fn with(&mut self, change: impl FnOnce(&mut Happened)) {
        let happened = self.0.get_or_insert_default();
        change(happened);
        if **happened == Happened::default() {
            self.0 = None;
        }
    }
}

impl Happened {
    /// How often the plan was changed.
    fn plan_changes(&self) -> usize {
        usize::from(self.extensions) + self.rescheduled_on.len()
    }

    /// Remembers the plan of before, when it is the first one. Comes before the change itself.
    pub(crate) fn keep_first_plan<'a>(
        &mut self,
        (maturity, changed_on): (Date, Date),
        not_due: impl Iterator<Item = (Date, &'a Money)>,
    ) {
        if self.first_plan.is_none() {
            let rows = not_due
                .map(|(due_on, principal)| [i64::from(due_on.day_number()), principal.fen()]);
            self.first_plan = Some(FirstPlan { maturity, changed_on, principal: Packed::of(rows) });
        }
    }

    /// Forgets the first plan when it is in force again. Comes after the change was taken back.
    pub(crate) fn drop_first_plan(&mut self) {
        if self.plan_changes() == 0 {
            self.first_plan = None;
        }
    }
}

impl Active {
    /// Paid beyond what was owed, and not yet refunded.
    #[must_use]
    pub fn overpaid(&self) -> Money {
        self.incidents.get().map_or(Money::ZERO, |happened| happened.overpaid)
    }

    /// The last due day of the contract as it was lent.
    #[must_use]
    pub fn first_maturity(&self) -> Date {
        let plan = self.incidents.get().and_then(|happened| happened.first_plan.as_ref());
        plan.map_or(self.maturity, |plan| plan.maturity)
    }

    /// The principal whose interest may be discounted, from each day of change on: not overdue, and not beyond what
    /// the contract as it was lent would have left outstanding. Days by which principal was extended or rescheduled
    /// bear no discount (银发〔2008〕238号).
    #[must_use]
    pub fn discountable(&self) -> Vec<(Date, Money)> {
        let not_overdue = self.not_overdue();
        let Some(plan) = self.incidents.get().and_then(|happened| happened.first_plan.as_ref())
        else {
            return not_overdue;
        };
        let rows = plan.principal.rows();
        let mut left: Money = rows.iter().map(|[_, fen]| Money::from_fen(*fen)).sum();
        let mut planned = vec![(plan.changed_on, left)];
        planned.extend(rows.iter().map(|[day, fen]| {
            left -= Money::from_fen(*fen);
            (Date::from_day_number(i32::try_from(*day).unwrap_or_default()), left)
        }));
        let on = |curve: &[(Date, Money)], day: Date| {
            curve.iter().rev().find(|(from, _)| *from <= day).map(|(_, principal)| *principal)
        };
        let days = not_overdue.iter().chain(&planned).map(|(day, _)| *day);
        let days: BTreeSet<Date> = days.collect();
        let least = days.into_iter().map(|day| {
            let actual = on(&not_overdue, day).unwrap_or_default();
            (day, on(&planned, day).map_or(actual, |planned| planned.min(actual)))
        });
        least.collect()
    }
}

/// A change of the plan of a contract, for the checks that all of them need.
pub(crate) struct PlanChange<'a> {
    pub(crate) loan: &'a Id,
    pub(crate) kind: Word,
    pub(crate) consent: Option<&'a Text>,
}

impl PlanChange<'_> {
    pub(crate) fn impossible(&self, reason: Word) -> Refusal {
        Refusal::ContractChangeNotPossible { loan: self.loan.clone(), kind: self.kind, reason }
    }

    /// Refused without the guarantor's consent where a guarantee is live (Civil Code article 695), where interest is
    /// flat, and where instalments after the day are paid in part.
    pub(crate) fn check(&self, loan: &Loan, on: Date) -> Result<(), Refusal> {
        let active = loan.active(self.loan)?;
        if active.guaranteed.is_positive() && self.consent.is_none() {
            return Err(Refusal::ConsentMissing {
                loan: self.loan.clone(),
                kind: self.kind,
                guaranteed: active.guaranteed,
            });
        }
        self.can_be_spread_anew(active, on)
    }

    /// Refused where interest is flat, and where instalments after the day are paid in part.
    pub(crate) fn can_be_spread_anew(&self, active: &Active, on: Date) -> Result<(), Refusal> {
        if active.method == Method::Flat {
            return Err(self.impossible(FLAT));
        }
        if active.paid_ahead_to.is_some_and(|day| day > on) {
            return Err(self.impossible(PAID_AHEAD));
        }
        Ok(())
    }

    /// Refused when no principal is left that is not yet due.
    pub(crate) fn has_principal(&self, rest: &Remaining<'_>) -> Result<(), Refusal> {
        if rest.principal().is_positive() {
            return Ok(());
        }
        Err(self
            .impossible(Word::new("no principal is open that is not yet due", "没有未到期的本金")))
    }

    /// Refused when the programme allows no more changes of the kind.
    pub(crate) fn within(&self, (count, maximum): (usize, u16)) -> Result<(), Refusal> {
        if count < usize::from(maximum) {
            return Ok(());
        }
        let (loan, kind) = (self.loan.clone(), self.kind);
        Err(Refusal::ContractChangesOverLimit { loan, kind, count, maximum })
    }

    /// Refused when it is for more months than the programme allows.
    pub(crate) fn as_short_as(&self, months: u16, maximum: u16) -> Result<(), Refusal> {
        if months <= maximum {
            return Ok(());
        }
        Err(Refusal::ContractChangeTooLong { kind: self.kind, months, maximum })
    }
}

/// Why a schedule that is flat cannot be computed anew.
pub(crate) const FLAT: Word = Word::new("its interest is flat", "利息按固定本金计算");
/// Why a schedule that is paid ahead cannot be computed anew.
pub(crate) const PAID_AHEAD: Word = Word::new(
    "an instalment after this day is partly or wholly paid",
    "该日之后的分期已部分或全部支付",
);
