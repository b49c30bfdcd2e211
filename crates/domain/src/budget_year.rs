//! Budget years (预算年度): opened, and closed for good (年终结账). After the close nothing is dated into the
//! year; what is corrected later is dated into the new one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::date::Date;
use crate::id::{Id, Text, present};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::State;

/// Command `budget_year.open` and event `budget_year.opened.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The calendar year (预算法 18).
    pub year: i16,
    /// The budget that is approved for it.
    pub document: Text,
}

/// Command `budget_year.close`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The year.
    pub year: i16,
    /// The final accounts.
    pub document: Text,
}

/// Event `budget_year.closed.v1`. It stands for good what was true on the last day of the year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// The year.
    pub year: i16,
    /// The final accounts.
    pub document: Text,
    /// The balances on its last day, by account, fund and source in order; what is dated after it is left out,
    /// and so are those that are zero.
    pub balances: Vec<ClosingBalance>,
}

/// A balance on the last day of a closed year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosingBalance {
    /// The account, by its code.
    #[serde(with = "crate::account::by_code")]
    pub account: Account,
    /// The fund, where one is touched.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// The source within the fund.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub source: Option<Id>,
    /// On which side it stands.
    pub side: Side,
    /// How much, for all purposes together.
    pub amount: Money,
}

/// A side of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What a fund has, what it is owed, what it spent.
    Debit,
    /// What it received, what it owes.
    Credit,
}

/// Which years are open, and which is the last one closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetYears {
    /// Opened and not closed.
    pub open: BTreeSet<i16>,
    /// This year and all before it are closed.
    pub closed_to: Option<i16>,
}

impl BudgetYears {
    /// Whether a year is closed.
    #[must_use]
    pub fn is_closed(&self, year: i16) -> bool {
        self.closed_to.is_some_and(|closed| year <= closed)
    }

    /// Refused when a day lies in a closed year.
    pub(crate) fn check(&self, effective_on: Date) -> Result<(), Refusal> {
        match self.closed_to {
            Some(year) if effective_on.year() <= year => Err(Refusal::YearClosed {
                effective_on,
                year,
                first: Date::new(year.saturating_add(1), 1, 1).unwrap_or(Date::LAST),
            }),
            _ => Ok(()),
        }
    }

    fn stage(&self, year: i16) -> Word {
        if self.is_closed(year) {
            Word::new("closed", "已结账")
        } else if self.open.contains(&year) {
            Word::new("open", "已启用")
        } else {
            Word::new("not opened", "未启用")
        }
    }
}

impl Opened {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        if Date::new(self.year, 12, 31).is_none() {
            let problem = "a year from 1949 to 2199 is accepted".into();
            return Err(Refusal::TermsInvalid { field: "year", problem });
        }
        let years = &state.budget_years;
        if years.is_closed(self.year) || years.open.contains(&self.year) {
            return Err(Refusal::YearWrongStage {
                year: self.year,
                stage: years.stage(self.year),
                needed: Word::new("not opened", "未启用"),
            });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.budget_years.open.insert(self.year);
    }
}

impl Close {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Closed, Refusal> {
        let years = &state.budget_years;
        if !years.open.contains(&self.year) {
            return Err(Refusal::YearWrongStage {
                year: self.year,
                stage: years.stage(self.year),
                needed: Word::new("open", "已启用"),
            });
        }
        if let Some(&earlier) = years.open.first()
            && earlier < self.year
        {
            return Err(Refusal::EarlierYearOpen { year: self.year, earlier });
        }
        let last = Date::new(self.year, 12, 31).unwrap_or(Date::LAST);
        if effective_on < last {
            return Err(Refusal::YearNotOver { year: self.year, last, effective_on });
        }
        let balances = state.books.at_end_of(self.year).into_iter();
        let balances = balances.map(|((account, fund, source), balance)| {
            let (side, amount) = if balance.is_positive() {
                (Side::Debit, balance)
            } else {
                (Side::Credit, -balance)
            };
            ClosingBalance { account, fund, source, side, amount }
        });
        Ok(Closed {
            year: self.year,
            document: self.document.clone(),
            balances: balances.collect(),
        })
    }
}

impl Closed {
    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let years = &mut state.budget_years;
        years.open.retain(|year| *year > self.year);
        years.closed_to = years.closed_to.max(Some(self.year));
        state.books.close(self.year);
        state.forget_years();
    }
}
