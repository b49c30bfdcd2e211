//! Pledges by the month, and pledges that never arrive.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::total_agrees;
use crate::date::Date;
use crate::fund::{OpenPledge, Pledged};
use crate::id::{Id, Text};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::State;

/// A pledge that comes by the month (4 yuan a month from each cadre, say).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monthly {
    /// How much a month.
    pub amount: Money,
    /// For how many months.
    pub months: u16,
    /// The day on which the first is due; the others on the same day of the months after.
    pub first_due_on: Date,
}

/// Command `fund.withdraw_pledge`: what is still open will not come (慈善法 41).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The fund.
    pub fund: Id,
    /// The pledge.
    pub pledge: Id,
    /// Why.
    pub reason: Text,
    /// The notice or announcement.
    pub document: Text,
}

/// Event `fund.pledge_withdrawn.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// The fund.
    pub fund: Id,
    /// The pledge.
    pub pledge: Id,
    /// The source that had promised it.
    pub source: Id,
    /// What will not come.
    pub amount: Money,
    /// Why.
    pub reason: Text,
    /// The notice or announcement.
    pub document: Text,
}

impl Pledged {
    /// Refused when the months do not add up to the pledge.
    pub(crate) fn check_months(&self) -> Result<(), Refusal> {
        let Some(monthly) = &self.monthly else { return Ok(()) };
        if self.due_on.is_some() {
            let problem = "a pledge by the month has a due day for each; leave due_on out".into();
            return Err(Refusal::TermsInvalid { field: "due_on", problem });
        }
        total_agrees(self.amount, monthly.sum(monthly.months))
    }
}

impl Monthly {
    fn sum(&self, months: u16) -> Money {
        Money::from_fen(self.amount.fen().saturating_mul(i64::from(months)))
    }

    /// How much of it is due by a day.
    #[must_use]
    pub fn due_by(&self, date: Date) -> Money {
        let due = (0..self.months)
            .take_while(|month| self.first_due_on.plus_months(i32::from(*month)) <= date)
            .count();
        self.sum(u16::try_from(due).unwrap_or(self.months))
    }
}

impl OpenPledge {
    /// Refused when something came of it: that is reversed first.
    pub(crate) fn nothing_received(&self, position: u64) -> Result<(), Refusal> {
        match self.received.last() {
            None => Ok(()),
            Some(&later) => Err(Refusal::ReverseLaterFirst { position, later }),
        }
    }
}

impl Withdraw {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Withdrawn, Refusal> {
        let pledges = &state.fund(&self.fund)?.pledges;
        let open = pledges.get(&self.pledge).filter(|pledge| pledge.open.is_positive());
        let pledge = open.ok_or_else(|| Refusal::UnknownPledge {
            fund: self.fund.clone(),
            pledge: self.pledge.clone(),
        })?;
        pledge.made.not_after(effective_on)?;
        Ok(Withdrawn {
            fund: self.fund.clone(),
            pledge: self.pledge.clone(),
            source: pledge.source.clone(),
            amount: pledge.open,
            reason: self.reason.clone(),
            document: self.document.clone(),
        })
    }
}

impl Withdrawn {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, None);
        entry.transfer(Account::PledgeContra, Account::Pledge, &pot, self.amount);
        entry
    }

    /// It stands among what was received, so that the promise is not reversed before it.
    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        let fund = state.funds.get_mut(&self.fund);
        if let Some(pledge) = fund.and_then(|fund| fund.pledges.get_mut(&self.pledge)) {
            pledge.open -= self.amount;
            pledge.received.push(position);
        }
    }

    pub(crate) fn undo(&self, state: &mut State, position: u64) {
        let fund = state.funds.get_mut(&self.fund);
        if let Some(pledge) = fund.and_then(|fund| fund.pledges.get_mut(&self.pledge)) {
            pledge.open += self.amount;
            pledge.received.retain(|received| *received != position);
        }
    }
}
