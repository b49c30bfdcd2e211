//! Arrears: what is overdue on a day, for how long, and which of the five classes that gives.
//!
//! Nothing here is stored or run at night: the answer is computed for any day asked.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::id::Id;
use crate::loan::instalment::Due;
use crate::loan::{Loan, Stage, terms};
use crate::money::Money;
use crate::state::State;

/// A class of the five-tier classification (五级分类).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 正常.
    Normal,
    /// 关注.
    SpecialMention,
    /// 次级.
    Substandard,
    /// 可疑.
    Doubtful,
    /// 损失.
    Loss,
}

impl Class {
    /// The name in views and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::SpecialMention => "special_mention",
            Self::Substandard => "substandard",
            Self::Doubtful => "doubtful",
            Self::Loss => "loss",
        }
    }
}

/// A loan falls into the class when it is overdue for more than so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassThreshold {
    /// The class.
    pub class: Class,
    /// More than this many days past due.
    pub over_days: u16,
}

/// The class of a loan by the rule table of its programme; normal when no threshold is passed.
#[must_use]
pub fn class(days_past_due: i32, thresholds: &[ClassThreshold]) -> Class {
    thresholds
        .iter()
        .filter(|threshold| days_past_due > i32::from(threshold.over_days))
        .map(|threshold| threshold.class)
        .max()
        .unwrap_or(Class::Normal)
}

/// Days past due on a day: counted from the earliest unpaid due day, zero when nothing is overdue.
#[must_use]
pub fn days_past_due(earliest_unpaid: Option<Date>, on: Date) -> i32 {
    earliest_unpaid.map_or(0, |due_on| due_on.days_until(on).max(0))
}

/// What is overdue on a loan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overdue {
    /// Principal overdue.
    pub principal: Money,
    /// Interest overdue.
    pub interest: Money,
    /// The earliest unpaid due day.
    pub since: Option<Date>,
}

/// How a loan stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoanStanding {
    /// Principal and interest overdue, and since when.
    pub overdue: Overdue,
    /// Days past due, counted from the earliest unpaid due day.
    pub days_past_due: i32,
    /// The class by the rule table; no better than that of rescheduled loans while it is observed.
    pub class: Class,
}

/// How a loan stands on a day by what is recorded; `None` while it is not lent. Asked for a day before the last
/// change of the loan, it does not know what was open then.
#[must_use]
pub fn standing(state: &State, loan: &Loan, on: Date) -> Option<LoanStanding> {
    let Stage::Active(active) = &loan.stage else { return None };
    let (_, terms) = terms(state, loan).ok()?;
    let open = active.open.unpack();
    let last_day = |due: &Due| match terms.working_days {
        true => state.calendar.on_or_after(due.due_on),
        false => due.due_on,
    };
    let due = open.iter().take_while(|due| last_day(due) < on);
    let overdue = Overdue {
        principal: due.clone().map(|due| due.principal).sum(),
        interest: due.clone().map(|due| due.interest).sum(),
        since: due.clone().map(|due| due.due_on).next(),
    };
    let days_past_due = days_past_due(overdue.since, on);
    let rescheduled_on = active.incidents.get().and_then(|happened| happened.rescheduled_on.last());
    let floor = terms.rescheduling.as_ref().zip(rescheduled_on).filter(|(terms, day)| {
        !active.is_repaid() && on <= day.plus_months(i32::from(terms.observed_months))
    });
    let floor = floor.map_or(Class::Normal, |(terms, _)| terms.class);
    Some(LoanStanding {
        overdue,
        days_past_due,
        class: class(days_past_due, &terms.classes).max(floor),
    })
}

/// Principal still out, and how much of it belongs to loans that are overdue for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioAtRisk {
    /// Principal still out.
    pub outstanding: Money,
    /// The days asked for, and the principal still out of loans that are past due for more days than these.
    pub past_due: Vec<(u16, Money)>,
}

/// Portfolio at risk on a day: the whole principal still out of every loan past due for more than so many days
/// (30, 60 and 90 is customary), of one programme or of all.
#[must_use]
pub fn portfolio_at_risk(
    state: &State,
    programme: Option<&Id>,
    on: Date,
    over_days: &[u16],
) -> PortfolioAtRisk {
    let mut outstanding = Money::ZERO;
    let mut past_due: Vec<_> = over_days.iter().map(|days| (*days, Money::ZERO)).collect();
    for loan in state.loans.values() {
        let Stage::Active(active) = &loan.stage else { continue };
        let (Some(standing), Ok((version, _))) = (standing(state, loan, on), terms(state, loan))
        else {
            continue;
        };
        if programme.is_some_and(|programme| *programme != version.programme) {
            continue;
        }
        outstanding += active.principal;
        for (days, at_risk) in &mut past_due {
            if standing.days_past_due > i32::from(*days) {
                *at_risk += active.principal;
            }
        }
    }
    PortfolioAtRisk { outstanding, past_due }
}

/// Why a table of thresholds is no classification.
pub(crate) fn check_thresholds(thresholds: &[ClassThreshold]) -> Result<(), &'static str> {
    if thresholds.len() > 5 {
        return Err("at most five classes are accepted");
    }
    let rising = thresholds
        .windows(2)
        .all(|pair| pair[0].class < pair[1].class && pair[0].over_days < pair[1].over_days);
    if rising { Ok(()) } else { Err("classes and days must both rise from line to line") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of order 2023 No. 1: overdue at all, over 90, over 270, over 360 days.
    const RULE_2023: [ClassThreshold; 4] = [
        ClassThreshold { class: Class::SpecialMention, over_days: 0 },
        ClassThreshold { class: Class::Substandard, over_days: 90 },
        ClassThreshold { class: Class::Doubtful, over_days: 270 },
        ClassThreshold { class: Class::Loss, over_days: 360 },
    ];

    #[test]
    fn classes_follow_the_2023_table_at_its_edges() {
        let expected = [
            (0, Class::Normal),
            (1, Class::SpecialMention),
            (90, Class::SpecialMention),
            (91, Class::Substandard),
            (270, Class::Substandard),
            (271, Class::Doubtful),
            (360, Class::Doubtful),
            (361, Class::Loss),
        ];
        for (days, class_expected) in expected {
            assert_eq!(class(days, &RULE_2023), class_expected, "{days} days");
        }
        check_thresholds(&RULE_2023).unwrap();
        assert!(check_thresholds(&[RULE_2023[1], RULE_2023[0]]).is_err());
    }

    #[test]
    fn the_due_day_itself_is_not_overdue() {
        let due_on: Date = "2024-06-20".parse().unwrap();
        assert_eq!(days_past_due(Some(due_on), due_on), 0);
        assert_eq!(days_past_due(Some(due_on), due_on.plus_days(1)), 1);
        assert_eq!(days_past_due(Some(due_on), due_on.plus_days(-5)), 0);
        assert_eq!(days_past_due(None, due_on), 0);
    }
}
