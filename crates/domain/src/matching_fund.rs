//! Matching duties (配套资金): money that a tier or unit must add as a condition; due, put in place, short.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::OpenPledge;
use crate::id::{Id, Text, present};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, State};

/// Command `matching.require` and event `matching.required.v1`. What is put in place is received with its name;
/// what of it is open after the due day is short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// The fund.
    pub fund: Id,
    /// The duty, unique in the fund.
    pub matching: Id,
    /// The source that must add it.
    pub source: Id,
    /// How much.
    pub amount: Money,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub due_on: Option<Date>,
    /// The document that makes it a condition.
    pub document: Text,
}

pub(crate) const WORD: Word = Word::new("matching duty", "配套资金");

impl Required {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        positive("amount", self.amount)?;
        let fund = state.fund_source(&self.fund, &self.source)?;
        if fund.matching.contains_key(&self.matching) {
            return Err(Refusal::AlreadyExists { kind: WORD, id: self.matching.clone() });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, None);
        entry.transfer(Account::Matching, Account::MatchingContra, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, made: Link) {
        if let Some(fund) = state.funds.get_mut(&self.fund) {
            let source = self.source.clone();
            let duty = OpenPledge { source, made, open: self.amount, received: Vec::new() };
            fund.matching.insert(self.matching.clone(), duty);
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let (fund, id) = (self.fund.clone(), self.matching.clone());
        let unknown = || Refusal::UnknownPromise { kind: WORD, fund, id };
        let duty = state.fund(&self.fund)?.matching.get(&self.matching).ok_or_else(unknown)?;
        duty.nothing_received(position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(fund) = state.funds.get_mut(&self.fund) {
            fund.matching.remove(&self.matching);
        }
    }
}
