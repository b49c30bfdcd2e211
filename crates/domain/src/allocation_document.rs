//! Allocation documents (指标文): what an upper tier gives, received in parts up to its ceiling, carried over
//! from year to year (结转), and given back as surplus (结余) when it was kept too long.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::{Fund, OpenPledge, available};
use crate::id::{Id, Text, present};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, State};

/// Command `allocation.register` and event `allocation.registered.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The fund.
    pub fund: Id,
    /// The document, unique in the fund.
    pub allocation: Id,
    /// The source that it comes from.
    pub source: Id,
    /// The tier that gives.
    pub tier: Tier,
    /// How the money is watched on its way.
    pub channel: Channel,
    /// The programme that it is for; absent where the fund may choose.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub purpose: Option<Id>,
    /// The budget year that it belongs to.
    pub year: i16,
    /// How many years unspent money may be kept, that year being the first (预算法 42: two).
    pub keep_years: u16,
    /// The ceiling of what is received by it.
    pub amount: Money,
    /// Its number (文号).
    pub document: Text,
}

/// A tier of government.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Central (中央).
    Central,
    /// Province (省).
    Province,
    /// City (市).
    City,
    /// County (县).
    County,
}

/// How money is watched on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Direct funds (直达资金), followed from allocation to the last beneficiary.
    Direct,
    /// Ordinary transfers.
    Ordinary,
}

/// Command `allocation.carry`: unspent money is kept for the same purpose in the next year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    /// The fund.
    pub fund: Id,
    /// The allocation document.
    pub allocation: Id,
    /// The closed year out of which it is carried.
    pub year: i16,
    /// How much of it is unspent.
    pub amount: Money,
    /// The approval.
    pub document: Text,
}

/// Event `allocation.carried.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// The fund.
    pub fund: Id,
    /// The allocation document.
    pub allocation: Id,
    /// The closed year out of which it is carried.
    pub year: i16,
    /// How many years it has been kept by then.
    pub age: u16,
    /// How much.
    pub amount: Money,
    /// The approval.
    pub document: Text,
}

/// Command `allocation.return_surplus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnSurplus {
    /// The fund.
    pub fund: Id,
    /// The allocation document.
    pub allocation: Id,
    /// How much goes back.
    pub amount: Money,
    /// The approval.
    pub document: Text,
}

/// Event `allocation.surplus_returned.v1`: money kept too long goes back to where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurplusReturned {
    /// The fund.
    pub fund: Id,
    /// The allocation document.
    pub allocation: Id,
    /// The source that gets it back.
    pub source: Id,
    /// The programme that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub purpose: Option<Id>,
    /// How many years it was kept.
    pub age: u16,
    /// How much.
    pub amount: Money,
    /// The approval.
    pub document: Text,
}

/// What the ledger knows of an allocation document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The source, what is still to come, and what came.
    pub promise: OpenPledge,
    /// The programme that it is for.
    pub purpose: Option<Id>,
    /// The ceiling.
    pub ceiling: Money,
    /// The budget year that it belongs to.
    pub year: i16,
    /// How many years it may be kept.
    pub keep_years: u16,
    /// The years out of which it was carried, in order, and the positions of the records of that.
    pub carried: Vec<(i16, u64)>,
    /// What went back.
    pub returned: Money,
}

impl Allocation {
    /// How many years it has been kept at the end of a year.
    fn age(&self, year: i16) -> u16 {
        u16::try_from(i32::from(year) - i32::from(self.year) + 1).unwrap_or_default()
    }

    /// Refused when something was carried over after a record: that is reversed first.
    pub(crate) fn nothing_carried_since(&self, position: u64) -> Result<(), Refusal> {
        match self.carried.last() {
            Some(&(_, later)) if later > position => {
                Err(Refusal::ReverseLaterFirst { position, later })
            }
            _ => Ok(()),
        }
    }

    /// What was received by it and did not go back.
    fn kept(&self) -> Money {
        self.ceiling - self.promise.open - self.returned
    }
}

/// The document of an identifier; refused when the fund has none.
pub(crate) fn find<'a>(
    fund: &'a Fund,
    name: &Id,
    allocation: &Id,
) -> Result<&'a Allocation, Refusal> {
    fund.allocations.get(allocation).ok_or_else(|| Refusal::UnknownPromise {
        kind: WORD,
        fund: name.clone(),
        id: allocation.clone(),
    })
}

fn allocation_in<'a>(state: &'a mut State, fund: &Id, name: &Id) -> Option<&'a mut Allocation> {
    state.funds.get_mut(fund)?.allocations.get_mut(name)
}

pub(crate) const WORD: Word = Word::new("allocation document", "指标文");

impl Registered {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        positive("amount", self.amount)?;
        let fund = state.fund_source(&self.fund, &self.source)?;
        if let Some(purpose) = &self.purpose {
            state.programme(purpose)?;
        }
        if fund.allocations.contains_key(&self.allocation) {
            return Err(Refusal::AlreadyExists { kind: WORD, id: self.allocation.clone() });
        }
        if self.keep_years == 0 {
            let problem = "at least 1 is needed".into();
            return Err(Refusal::TermsInvalid { field: "keep_years", problem });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, None);
        entry.transfer(Account::Allocation, Account::AllocationContra, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, made: Link) {
        let Some(fund) = state.funds.get_mut(&self.fund) else { return };
        let allocation = Allocation {
            promise: OpenPledge {
                source: self.source.clone(),
                made,
                open: self.amount,
                received: Vec::new(),
            },
            purpose: self.purpose.clone(),
            ceiling: self.amount,
            year: self.year,
            keep_years: self.keep_years,
            carried: Vec::new(),
            returned: Money::ZERO,
        };
        fund.allocations.insert(self.allocation.clone(), allocation);
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let allocation = find(state.fund(&self.fund)?, &self.fund, &self.allocation)?;
        allocation.nothing_carried_since(position)?;
        allocation.promise.nothing_received(position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(fund) = state.funds.get_mut(&self.fund) {
            fund.allocations.remove(&self.allocation);
        }
    }
}

impl Carry {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Carried, Refusal> {
        positive("amount", self.amount)?;
        let allocation = find(state.fund(&self.fund)?, &self.fund, &self.allocation)?;
        allocation.promise.made.not_after(effective_on)?;
        let name = || self.allocation.clone();
        if self.year < allocation.year {
            let problem =
                format!("the document is of {}; a year from then on is accepted", allocation.year);
            return Err(Refusal::TermsInvalid { field: "year", problem });
        }
        if !state.budget_years.is_closed(self.year) {
            return Err(Refusal::CarryBeforeClose { allocation: name(), year: self.year });
        }
        let last = allocation.carried.last().map(|(year, _)| *year);
        if let Some(carried) = last.filter(|carried| *carried >= self.year) {
            return Err(Refusal::CarriedAlready { allocation: name(), year: self.year, carried });
        }
        let (age, keep_years) = (allocation.age(self.year), allocation.keep_years);
        if age >= keep_years {
            return Err(Refusal::KeptTooLong {
                allocation: name(),
                year: self.year,
                age,
                keep_years,
            });
        }
        // What is spent is not carried over; what is approved and not paid is. What came or went after the year
        // counts for the next one.
        let source = &allocation.promise.source;
        let pot = Pot::of(&self.fund, source, allocation.purpose.as_ref());
        let at_year_end = state.books.balance_at_end_of(Account::FundBank, &pot, self.year);
        let kept = allocation.kept().min(at_year_end).or_zero();
        if self.amount > kept {
            let amount = self.amount;
            return Err(Refusal::MoreThanKept { allocation: name(), amount, kept });
        }
        Ok(Carried {
            fund: self.fund.clone(),
            allocation: name(),
            year: self.year,
            age,
            amount: self.amount,
            document: self.document.clone(),
        })
    }
}

impl Carried {
    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        if let Some(allocation) = allocation_in(state, &self.fund, &self.allocation) {
            allocation.carried.push((self.year, position));
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let allocation = find(state.fund(&self.fund)?, &self.fund, &self.allocation)?;
        allocation.nothing_carried_since(position)
    }

    pub(crate) fn undo(&self, state: &mut State, position: u64) {
        if let Some(allocation) = allocation_in(state, &self.fund, &self.allocation) {
            allocation.carried.retain(|(_, carried)| *carried != position);
        }
    }
}

impl ReturnSurplus {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<SurplusReturned, Refusal> {
        positive("amount", self.amount)?;
        let allocation = find(state.fund(&self.fund)?, &self.fund, &self.allocation)?;
        allocation.promise.made.not_after(effective_on)?;
        let name = || self.allocation.clone();
        let age = allocation.age(effective_on.year()).saturating_sub(1);
        if age < allocation.keep_years {
            let keep_years = allocation.keep_years;
            return Err(Refusal::NotYetSurplus { allocation: name(), age, keep_years });
        }
        let source = &allocation.promise.source;
        let pot = Pot::of(&self.fund, source, allocation.purpose.as_ref());
        let kept = allocation.kept().min(available(state, &pot)).or_zero();
        if self.amount > kept {
            return Err(Refusal::MoreThanKept { allocation: name(), amount: self.amount, kept });
        }
        Ok(SurplusReturned {
            fund: self.fund.clone(),
            allocation: name(),
            source: source.clone(),
            purpose: allocation.purpose.clone(),
            age,
            amount: self.amount,
            document: self.document.clone(),
        })
    }
}

impl SurplusReturned {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, self.purpose.as_ref());
        entry.transfer(Account::FundCapital, Account::FundBank, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        if let Some(allocation) = allocation_in(state, &self.fund, &self.allocation) {
            allocation.returned += self.amount;
            allocation.promise.received.push(position);
        }
    }

    pub(crate) fn undo(&self, state: &mut State, position: u64) {
        if let Some(allocation) = allocation_in(state, &self.fund, &self.allocation) {
            allocation.returned -= self.amount;
            allocation.promise.received.retain(|received| *received != position);
        }
    }
}
