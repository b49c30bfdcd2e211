//! Arrears: what is overdue on a day, for how long, and which of the five classes that gives.
//!
//! Nothing here is stored or run at night: the answer is computed for any day asked.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::money::Money;

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
