//! The terms of a loan from which its schedule follows, and why some cannot be followed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Conditions;
use crate::date::Date;
use crate::day_count::DayCount;
use crate::id::present;
use crate::money::{MAX_AMOUNT_FEN, Money};
use crate::rate::{Rate, Rounding};

/// The most instalments of one loan: fifty years of months.
pub const MAX_INSTALMENTS: u16 = 600;

/// The terms of a loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The amount lent.
    pub principal: Money,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The day on which it is lent, the first that bears interest.
    pub disbursed_on: Date,
    /// The first due date; one period after disbursement when absent. Later due dates keep its day
    /// of the month, or fall on the last day of a month that has no such day.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub first_due_on: Option<Date>,
    /// How many instalments.
    pub number: u16,
    /// How many units lie between two due dates.
    pub every: u16,
    /// The unit of `every`.
    pub unit: Unit,
    /// The repayment method.
    pub method: Method,
    /// How days are counted for interest.
    pub day_count: DayCount,
    /// How amounts are rounded.
    pub rounding: Rounding,
    /// Rounds the instalment of `equal_instalment` and `flat` to whole multiples, the other methods have none
    /// to round; fen when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub instalment_multiple: Option<Money>,
    /// So many instalments at the start are without principal.
    #[serde(default)]
    pub principal_grace: u16,
    /// So many instalments at the start are without interest; what accrues meanwhile is due with
    /// the first one after them.
    #[serde(default)]
    pub interest_grace: u16,
}

/// What the periods of a loan are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Days.
    Day,
    /// Weeks of seven days.
    Week,
    /// Months of the calendar.
    Month,
}

/// How a loan is repaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The same amount each time (等额本息).
    EqualInstalment,
    /// The same principal each time and interest on the balance (等额本金).
    EqualPrincipal,
    /// Interest each time, the principal at the end (按期付息到期还本).
    InterestOnly,
    /// Principal and interest at the end (到期一次还本付息).
    Bullet,
    /// Interest on the whole principal to the end, both in equal parts.
    Flat,
}

impl Method {
    /// The name in records and contracts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EqualInstalment => "equal_instalment",
            Self::EqualPrincipal => "equal_principal",
            Self::InterestOnly => "interest_only",
            Self::Bullet => "bullet",
            Self::Flat => "flat",
        }
    }
}

/// Terms from which no schedule follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTerms {
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong with it and what is accepted.
    pub reason: String,
}

impl BadTerms {
    pub(super) fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, reason: reason.into() }
    }
}

impl fmt::Display for BadTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

impl std::error::Error for BadTerms {}

impl Terms {
    /// What they say about interest and repayment.
    #[must_use]
    pub const fn conditions(&self) -> Conditions {
        Conditions {
            annual_rate: self.annual_rate,
            unit: self.unit,
            method: self.method,
            day_count: self.day_count,
            rounding: self.rounding,
        }
    }

    /// Checks every field by itself; whether the due dates stay in range shows when they are counted.
    pub(super) fn check(&self) -> Result<(), BadTerms> {
        check_amount("principal", self.principal)?;
        check_count("number", usize::from(self.number))?;
        if self.every == 0 {
            return Err(BadTerms::new("every", "0 is no period; accepted is 1 or more"));
        }
        if self.first_due_on.is_some_and(|first| first <= self.disbursed_on) {
            let reason = format!("accepted is a day after {}", self.disbursed_on);
            return Err(BadTerms::new("first_due_on", reason));
        }
        if let Some(multiple) = self.instalment_multiple {
            check_amount("instalment_multiple", multiple)?;
        }
        for (field, grace) in
            [("principal_grace", self.principal_grace), ("interest_grace", self.interest_grace)]
        {
            if grace >= self.number {
                let reason =
                    format!("{grace} leaves nothing to pay; accepted is 0 to {}", self.number - 1);
                return Err(BadTerms::new(field, reason));
            }
        }
        Ok(())
    }
}

pub(super) fn check_amount(field: &'static str, amount: Money) -> Result<(), BadTerms> {
    let most = Money::from_fen(MAX_AMOUNT_FEN);
    if amount.is_positive() && amount <= most {
        return Ok(());
    }
    Err(BadTerms::new(field, format!("accepted is an amount from 0.01 to {most}")))
}

pub(super) fn check_count(field: &'static str, count: usize) -> Result<(), BadTerms> {
    if (1..=usize::from(MAX_INSTALMENTS)).contains(&count) {
        return Ok(());
    }
    let reason = format!("{count} instalments; accepted are 1 to {MAX_INSTALMENTS}");
    Err(BadTerms::new(field, reason))
}
