//! Funds: money from several sources, promised, received and given a purpose.

mod draw;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::allocation_document::Allocation;
use crate::date::Date;
use crate::id::{Id, Text, present};
use crate::in_kind::Gift;
use crate::money::Money;
use crate::pledge::Monthly;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, Name, State};
use crate::{allocation_document, matching_fund};
pub(crate) use draw::Draw;

/// Command `fund.open` and event `fund.opened.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The fund.
    pub fund: Id,
    /// Its name.
    pub name: Text,
    /// Where its money comes from; payments draw on them in this order.
    pub sources: Vec<Source>,
    /// For a guarantee fund (担保基金): how many times its bank balance it may guarantee (放大倍数).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub multiplier: Option<u16>,
}

/// Where money of a fund comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The source within the fund.
    pub source: Id,
    /// What kind of giver it is.
    pub kind: SourceKind,
    /// Its name.
    pub name: Text,
}

/// What kind of giver a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A budget (财政).
    Fiscal,
    /// A trade union (工会).
    Union,
    /// An enterprise or institution (企事业单位).
    Enterprise,
    /// The public (社会捐赠).
    Donation,
}

/// Command `fund.pledge` and event `fund.pledged.v1`: a promise (认捐), not yet money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pledged {
    /// The fund.
    pub fund: Id,
    /// The pledge, unique in the fund.
    pub pledge: Id,
    /// The source it will come from.
    pub source: Id,
    /// How much.
    pub amount: Money,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub due_on: Option<Date>,
    /// The agreement or announcement.
    pub document: Text,
    /// Where it comes by the month.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub monthly: Option<Monthly>,
}

/// Command `fund.receive` and event `fund.received.v1`: money in the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The fund.
    pub fund: Id,
    /// The source.
    pub source: Id,
    /// How much.
    pub amount: Money,
    /// The pledge that it fulfils, in whole or part.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub pledge: Option<Id>,
    /// The programme that the giver restricts it to (限定用途).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub purpose: Option<Id>,
    /// The allocation document or donation receipt.
    pub document: Text,
    /// The allocation document, registered before, that it is received by.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub allocation: Option<Id>,
    /// The matching duty that it fulfils, in whole or part.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub matching: Option<Id>,
    /// The number of the donation receipt (捐赠票据) given for it; each is used once, a reversed one too.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub receipt: Option<Id>,
}

/// Command `fund.allocate` and event `fund.allocated.v1`: received money is given a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocated {
    /// The fund.
    pub fund: Id,
    /// The source whose money it is.
    pub source: Id,
    /// The programme that it is for.
    pub purpose: Id,
    /// How much.
    pub amount: Money,
    /// The allocation document (指标文).
    pub document: Text,
}

/// The part of an amount that one source bears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The source within the fund.
    pub source: Id,
    /// Its part.
    pub amount: Money,
}

/// What the ledger knows of a fund beside its balances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    /// The sources in the order in which they are drawn on.
    pub sources: Vec<Id>,
    /// The multiplier of a guarantee fund.
    pub multiplier: Option<u16>,
    /// Pledges by name: the source and what is still open.
    pub pledges: BTreeMap<Id, OpenPledge>,
    /// Matching duties by name.
    pub matching: BTreeMap<Id, OpenPledge>,
    /// Allocation documents by name.
    pub allocations: BTreeMap<Id, Allocation>,
    /// Gifts in kind by name; those handed out whole too, because that can be reversed.
    pub gifts: BTreeMap<Id, Gift>,
}

/// A pledge and what of it is not yet received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPledge {
    /// The source it will come from.
    pub source: Id,
    /// The record of the promise.
    pub made: Link,
    /// What is still to come.
    pub open: Money,
    /// The positions of what came, and is not reversed.
    pub received: Vec<u64>,
}

/// What a purpose can still spend of one source: money in the bank less what is committed and what
/// belongs to borrowers who overpaid or to those who share in what was recovered.
#[must_use]
pub fn available(state: &State, pot: &Pot) -> Money {
    state.books.balance(Account::FundBank, pot)
        + state.books.balance(Account::Overpayment, pot)
        + state.books.balance(Account::RecoveryOwed, pot)
        - state.books.balance(Account::Commitment, pot)
}

/// Adds one transfer per share to an entry.
pub(crate) fn transfer_shares(
    entry: &mut Entry,
    debit: Account,
    credit: Account,
    fund: &Id,
    purpose: &Id,
    shares: &[Share],
) {
    for share in shares {
        entry.transfer(debit, credit, &Pot::of(fund, &share.source, Some(purpose)), share.amount);
    }
}

impl Opened {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        if state.funds.contains_key(&self.fund) {
            let kind = Word::new("fund", "资金");
            return Err(Refusal::AlreadyExists { kind, id: self.fund.clone() });
        }
        let bad = |field, problem: &str| Refusal::TermsInvalid { field, problem: problem.into() };
        if self.sources.is_empty() || self.sources.len() > 50 {
            return Err(bad("sources", "from 1 to 50 are accepted"));
        }
        for (index, source) in self.sources.iter().enumerate() {
            if self.sources[..index].iter().any(|other| other.source == source.source) {
                return Err(bad("sources", "a source stands twice"));
            }
        }
        if self.multiplier == Some(0) {
            return Err(bad("multiplier", "at least 1 is needed"));
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::new()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let fund = Fund {
            sources: self.sources.iter().map(|source| source.source.clone()).collect(),
            multiplier: self.multiplier,
            pledges: BTreeMap::new(),
            matching: BTreeMap::new(),
            allocations: BTreeMap::new(),
            gifts: BTreeMap::new(),
        };
        state.funds.insert(self.fund.clone(), fund);
    }
}

impl Pledged {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        crate::check::positive("amount", self.amount)?;
        let fund = state.fund_source(&self.fund, &self.source)?;
        if fund.pledges.contains_key(&self.pledge) {
            let kind = Word::new("pledge", "认捐");
            return Err(Refusal::AlreadyExists { kind, id: self.pledge.clone() });
        }
        self.check_months()?;
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, None);
        entry.transfer(Account::Pledge, Account::PledgeContra, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, made: Link) {
        if let Some(fund) = state.funds.get_mut(&self.fund) {
            let source = self.source.clone();
            let pledge = OpenPledge { source, made, open: self.amount, received: Vec::new() };
            fund.pledges.insert(self.pledge.clone(), pledge);
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let unknown =
            || Refusal::UnknownPledge { fund: self.fund.clone(), pledge: self.pledge.clone() };
        let pledge = state.fund(&self.fund)?.pledges.get(&self.pledge).ok_or_else(unknown)?;
        pledge.nothing_received(position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(fund) = state.funds.get_mut(&self.fund) {
            fund.pledges.remove(&self.pledge);
        }
    }
}

impl Received {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Self, Refusal> {
        crate::check::positive("amount", self.amount)?;
        let fund = state.fund_source(&self.fund, &self.source)?;
        let pledge = match &self.pledge {
            None => None,
            Some(pledge) => Some(
                fund.pledges
                    .get(pledge)
                    .filter(|open| open.source == self.source && open.open.is_positive())
                    .ok_or_else(|| Refusal::UnknownPledge {
                        fund: self.fund.clone(),
                        pledge: pledge.clone(),
                    })?,
            ),
        };
        let allocation = match &self.allocation {
            None => None,
            Some(id) => {
                let found = allocation_document::find(fund, &self.fund, id)?;
                let same = found.promise.source == self.source && found.purpose == self.purpose;
                if !same {
                    return Err(self.unknown(allocation_document::WORD, id));
                }
                Some((allocation_document::WORD, id, &found.promise))
            }
        };
        let matching = match &self.matching {
            None => None,
            Some(id) => {
                let found = fund.matching.get(id).filter(|duty| duty.source == self.source);
                let duty = found.ok_or_else(|| self.unknown(matching_fund::WORD, id))?;
                Some((matching_fund::WORD, id, duty))
            }
        };
        if let Some(purpose) = &self.purpose {
            state.programme(purpose)?;
        }
        if let Some(number) = &self.receipt
            && state.is_used(Name::Receipt(&self.fund, number))
        {
            let kind = Word::new("donation receipt", "捐赠票据");
            return Err(Refusal::AlreadyExists { kind, id: number.clone() });
        }
        let promises = [allocation, matching].into_iter().flatten();
        for promise in promises.clone().map(|(_, _, promise)| promise).chain(pledge) {
            promise.made.not_after(effective_on)?;
        }
        for (kind, id, promise) in promises {
            if self.amount > promise.open {
                let (open, received) = (promise.open, self.amount);
                return Err(Refusal::PromiseExceeded { kind, id: id.clone(), open, received });
            }
        }
        if let (Some(id), Some(pledge)) = (&self.pledge, pledge)
            && self.amount > pledge.open
        {
            return Err(Refusal::PledgeExceeded {
                pledge: id.clone(),
                open: pledge.open,
                received: self.amount,
            });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, self.purpose.as_ref());
        entry.transfer(Account::FundBank, Account::FundCapital, &pot, self.amount);
        let promised = Pot::of(&self.fund, &self.source, None);
        for (name, memo, contra) in [
            (&self.pledge, Account::Pledge, Account::PledgeContra),
            (&self.allocation, Account::Allocation, Account::AllocationContra),
            (&self.matching, Account::Matching, Account::MatchingContra),
        ] {
            if name.is_some() {
                entry.transfer(contra, memo, &promised, self.amount);
            }
        }
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        for promise in self.promises_in(state) {
            promise.open -= self.amount;
            promise.received.push(position);
        }
        if let Some(number) = &self.receipt {
            state.use_up(Name::Receipt(&self.fund, number));
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        if let Some(id) = &self.allocation {
            let allocation = allocation_document::find(state.fund(&self.fund)?, &self.fund, id)?;
            allocation.nothing_carried_since(position)?;
        }
        let pot = Pot::of(&self.fund, &self.source, self.purpose.as_ref());
        enough_to_take_back(state, &pot, &self.fund, position, self.amount)
    }

    pub(crate) fn undo(&self, state: &mut State, position: u64) {
        for promise in self.promises_in(state) {
            promise.open += self.amount;
            promise.received.retain(|received| *received != position);
        }
    }

    /// What had promised the money: a pledge, an allocation document, a matching duty.
    fn promises_in<'a>(&self, state: &'a mut State) -> Vec<&'a mut OpenPledge> {
        let Some(fund) = state.funds.get_mut(&self.fund) else { return Vec::new() };
        let Fund { pledges, matching, allocations, .. } = fund;
        let allocation = self.allocation.as_ref().and_then(|id| allocations.get_mut(id));
        [
            self.pledge.as_ref().and_then(|id| pledges.get_mut(id)),
            self.matching.as_ref().and_then(|id| matching.get_mut(id)),
            allocation.map(|allocation| &mut allocation.promise),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn unknown(&self, kind: Word, id: &Id) -> Refusal {
        Refusal::UnknownPromise { kind, fund: self.fund.clone(), id: id.clone() }
    }
}

impl Allocated {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        crate::check::positive("amount", self.amount)?;
        let fund = state.fund_source(&self.fund, &self.source)?;
        state.programme(&self.purpose)?;
        let unallocated = |source| available(state, &Pot::of(&self.fund, source, None));
        let left = unallocated(&self.source);
        if self.amount > left {
            let others = fund.sources.iter().filter(|source| **source != self.source);
            return Err(Refusal::FundOverdrawn {
                fund: self.fund.clone(),
                purpose: format!("allocation of source {}", self.source),
                needed: self.amount,
                available: left,
                unallocated: others.map(unallocated).sum(),
            });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let from = Pot::of(&self.fund, &self.source, None);
        let to = Pot::of(&self.fund, &self.source, Some(&self.purpose));
        entry.move_between((Account::FundBank, &to), (Account::FundBank, &from), self.amount);
        entry.move_between((Account::FundCapital, &from), (Account::FundCapital, &to), self.amount);
        entry
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let pot = Pot::of(&self.fund, &self.source, Some(&self.purpose));
        enough_to_take_back(state, &pot, &self.fund, position, self.amount)
    }
}

/// Money that is reversed out of a pot must still be there.
pub(crate) fn enough_to_take_back(
    state: &State,
    pot: &Pot,
    fund: &Id,
    position: u64,
    needed: Money,
) -> Result<(), Refusal> {
    let available = available(state, pot);
    if needed > available {
        return Err(Refusal::ReversalOverdraws { position, fund: fund.clone(), needed, available });
    }
    Ok(())
}
