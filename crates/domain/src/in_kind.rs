//! Gifts in kind: goods and services, kept outside the fund's money as a memo with their value, where there is one.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text, present};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, State};

/// Command `in_kind.receive` and event `in_kind.received.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The fund.
    pub fund: Id,
    /// The gift, unique in the fund.
    pub gift: Id,
    /// The source that gives it.
    pub source: Id,
    /// What it is.
    pub goods: Text,
    /// How many units.
    pub quantity: u32,
    /// The unit.
    pub unit: Text,
    /// What a unit is worth, where it was valued.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub unit_value: Option<Money>,
    /// The agreement or receipt.
    pub document: Text,
}

/// Command `in_kind.hand_out`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOut {
    /// The fund.
    pub fund: Id,
    /// The gift.
    pub gift: Id,
    /// Who gets it.
    pub beneficiary: Pseudonym,
    /// How many units.
    pub quantity: u32,
    /// The list on which it was signed for.
    pub document: Text,
}

/// Event `in_kind.handed_out.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandedOut {
    /// The fund.
    pub fund: Id,
    /// The gift.
    pub gift: Id,
    /// The source that gave it.
    pub source: Id,
    /// Who gets it.
    pub beneficiary: Pseudonym,
    /// How many units.
    pub quantity: u32,
    /// What they are worth, 0.00 where they were not valued.
    pub value: Money,
    /// The list on which it was signed for.
    pub document: Text,
}

/// A gift, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// The source that gave it.
    pub source: Id,
    /// Units left.
    pub quantity: u32,
    /// What a unit is worth.
    pub unit_value: Money,
    /// The record of its receipt.
    pub received: Link,
    /// The positions of the records by which it is handed out, and that are not reversed.
    pub handed_out: Vec<u64>,
}

const WORD: Word = Word::new("gift in kind", "实物捐赠");

fn find<'a>(state: &'a State, fund: &Id, gift: &Id) -> Result<&'a Gift, Refusal> {
    state.fund(fund)?.gifts.get(gift).ok_or_else(|| Refusal::UnknownPromise {
        kind: WORD,
        fund: fund.clone(),
        id: gift.clone(),
    })
}

fn value(unit_value: Money, quantity: u32) -> Money {
    Money::from_fen(unit_value.fen().saturating_mul(i64::from(quantity)))
}

impl Received {
    fn value(&self) -> Money {
        value(self.unit_value.unwrap_or_default(), self.quantity)
    }

    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        if self.quantity == 0 || self.unit_value == Some(Money::ZERO) {
            return Err(Refusal::AmountZero { field: "quantity or unit_value" });
        }
        if self.value() > Money::from_fen(crate::money::MAX_AMOUNT_FEN) {
            let problem = "all units together are worth more than can be written".into();
            return Err(Refusal::TermsInvalid { field: "unit_value", problem });
        }
        let fund = state.fund_source(&self.fund, &self.source)?;
        if fund.gifts.contains_key(&self.gift) {
            return Err(Refusal::AlreadyExists { kind: WORD, id: self.gift.clone() });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, None);
        entry.transfer(Account::InKind, Account::InKindContra, &pot, self.value());
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, received: Link) {
        if let Some(fund) = state.funds.get_mut(&self.fund) {
            let gift = Gift {
                source: self.source.clone(),
                quantity: self.quantity,
                unit_value: self.unit_value.unwrap_or_default(),
                received,
                handed_out: Vec::new(),
            };
            fund.gifts.insert(self.gift.clone(), gift);
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        match find(state, &self.fund, &self.gift)?.handed_out.last() {
            None => Ok(()),
            Some(&later) => Err(Refusal::ReverseLaterFirst { position, later }),
        }
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(fund) = state.funds.get_mut(&self.fund) {
            fund.gifts.remove(&self.gift);
        }
    }
}

impl HandOut {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<HandedOut, Refusal> {
        if self.quantity == 0 {
            return Err(Refusal::AmountZero { field: "quantity" });
        }
        let gift = find(state, &self.fund, &self.gift)?;
        gift.received.not_after(effective_on)?;
        if self.quantity > gift.quantity {
            return Err(Refusal::GiftExceeded {
                gift: self.gift.clone(),
                quantity: self.quantity,
                left: gift.quantity,
            });
        }
        Ok(HandedOut {
            fund: self.fund.clone(),
            gift: self.gift.clone(),
            source: gift.source.clone(),
            beneficiary: self.beneficiary,
            quantity: self.quantity,
            value: value(gift.unit_value, self.quantity),
            document: self.document.clone(),
        })
    }
}

impl HandedOut {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of(&self.fund, &self.source, None);
        entry.transfer(Account::InKindContra, Account::InKind, &pot, self.value);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64) {
        if let Some(gift) = self.gift_in(state) {
            gift.quantity = gift.quantity.saturating_sub(self.quantity);
            gift.handed_out.push(position);
        }
    }

    pub(crate) fn undo(&self, state: &mut State, position: u64) {
        if let Some(gift) = self.gift_in(state) {
            gift.quantity = gift.quantity.saturating_add(self.quantity);
            gift.handed_out.retain(|handed_out| *handed_out != position);
        }
    }

    fn gift_in<'a>(&self, state: &'a mut State) -> Option<&'a mut Gift> {
        state.funds.get_mut(&self.fund)?.gifts.get_mut(&self.gift)
    }
}
