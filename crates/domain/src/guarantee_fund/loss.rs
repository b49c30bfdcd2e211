//! Losses by who bears them: the fund by source, the bank, further parties.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fund::Share;
use crate::id::Id;
use crate::money::Money;

/// An amount by who bears it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Losses {
    /// The fund, by source.
    pub fund: Vec<Share>,
    /// The bank.
    pub bank: Money,
    /// Further parties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<PartyPart>,
}

/// The part of a further party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyPart {
    /// The party.
    pub party: Id,
    /// Its part.
    pub amount: Money,
}

/// What each still bears of a compensated claim. No amount is zero, so that equal losses are equal however
/// they came about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenLosses {
    /// The fund, by source.
    pub fund: BTreeMap<Id, Money>,
    /// The bank.
    pub bank: Money,
    /// Further parties.
    pub others: BTreeMap<Id, Money>,
}

impl Losses {
    /// The part of the fund.
    #[must_use]
    pub fn of_fund(&self) -> Money {
        self.fund.iter().map(|share| share.amount).sum()
    }

    /// The part of the bank and of further parties.
    #[must_use]
    pub fn of_others(&self) -> Money {
        self.bank + self.others.iter().map(|part| part.amount).sum()
    }
}

impl OpenLosses {
    /// The part of the fund.
    #[must_use]
    pub fn of_fund(&self) -> Money {
        self.fund.values().copied().sum()
    }

    /// All parts.
    #[must_use]
    pub fn total(&self) -> Money {
        self.of_fund() + self.bank + self.others.values().copied().sum()
    }

    /// Shares an amount in proportion to what each still bears, which is by the loss shares to the fen, so
    /// that nobody gets more than that (largest remainder).
    pub(crate) fn share(&self, amount: Money) -> Losses {
        let all = self.fund.values().chain([&self.bank]).chain(self.others.values());
        let weights: Vec<i64> = all.map(|part| part.fen()).collect();
        let mut parts = amount.split(&weights).unwrap_or_default().into_iter();
        let fund = parts.by_ref().take(self.fund.len()).collect::<Vec<_>>();
        let bank = parts.next().unwrap_or_default();
        Losses {
            fund: shares(self.fund.keys().zip(fund)),
            bank,
            others: self
                .others
                .keys()
                .zip(parts)
                .filter(|(_, amount)| amount.is_positive())
                .map(|(party, amount)| PartyPart { party: party.clone(), amount })
                .collect(),
        }
    }

    pub(crate) fn add(&mut self, losses: &Losses) {
        self.change(losses, |amount| amount);
    }

    pub(crate) fn take(&mut self, losses: &Losses) {
        self.change(losses, |amount| -amount);
    }

    fn change(&mut self, losses: &Losses, signed: impl Fn(Money) -> Money) {
        for share in &losses.fund {
            change(&mut self.fund, &share.source, signed(share.amount));
        }
        self.bank += signed(losses.bank);
        for part in &losses.others {
            change(&mut self.others, &part.party, signed(part.amount));
        }
    }
}

/// Shares of the sources that have a part.
pub(crate) fn shares<'a>(parts: impl Iterator<Item = (&'a Id, Money)>) -> Vec<Share> {
    parts
        .filter(|(_, amount)| amount.is_positive())
        .map(|(source, amount)| Share { source: source.clone(), amount })
        .collect()
}

/// Changes an amount in a map that holds none of zero.
pub(crate) fn change<K: Ord + Clone>(map: &mut BTreeMap<K, Money>, key: &K, by: Money) {
    let amount = map.entry(key.clone()).or_default();
    *amount += by;
    if amount.is_zero() {
        map.remove(key);
    }
}
