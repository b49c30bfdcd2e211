//! The fiscal split: which tiers of government bear a discount. What the rule says they bear is one fact, the money
//! that comes from an upper tier another ([`super::UpperTierReceived`]).

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::date::Date;
use crate::id::Id;
use crate::money::Money;

/// A tier of government (财政级次) and its weight in the split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The tier: central, province, city, district.
    pub tier: Id,
    /// Its weight beside the others: 50, 25, 15, 10.
    pub weight: u32,
}

/// What one tier bears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierShare {
    /// The tier.
    pub tier: Id,
    /// Its part.
    pub amount: Money,
}

/// What the tiers bear of the discount of some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitPart {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// The programme version whose split was in force.
    pub version: u32,
    /// The discount of these days.
    pub amount: Money,
    /// What each tier bears of it.
    pub tiers: Vec<TierShare>,
}

/// Splits an amount over tiers by largest remainder.
pub(super) fn over_tiers(amount: Money, split: &[Tier]) -> Vec<TierShare> {
    let weights: Vec<i64> = split.iter().map(|tier| i64::from(tier.weight)).collect();
    let parts = amount.split(&weights).unwrap_or_default();
    let tiers = split.iter().map(|tier| tier.tier.clone());
    tiers.zip(parts).map(|(tier, amount)| TierShare { tier, amount }).collect()
}

/// Adds parts to sums, tier by tier in the order in which they first stand.
pub(super) fn add(sums: &mut Vec<TierShare>, parts: &[TierShare]) {
    for part in parts {
        match sums.iter_mut().find(|sum| sum.tier == part.tier) {
            Some(sum) => sum.amount += part.amount,
            None => sums.push(part.clone()),
        }
    }
}

/// What is wrong with a split, if anything.
pub(super) fn problem(split: &[Tier]) -> Option<&'static str> {
    if split.len() > 10 {
        return Some("a split has at most 10 tiers");
    }
    for (index, tier) in split.iter().enumerate() {
        if tier.weight == 0 {
            return Some("the weight of a tier must be above 0");
        }
        if split[..index].iter().any(|other| other.tier == tier.tier) {
            return Some("a tier stands twice in the split");
        }
    }
    None
}

/// Transfers what tiers bear. The tier stands where a source stands: the pot is that of a debtor.
pub(super) fn transfer_tiers(
    entry: &mut Entry,
    (debit, credit): (Account, Account),
    fund: &Id,
    programme: &Id,
    tiers: &[TierShare],
) {
    for part in tiers {
        entry.transfer(debit, credit, &Pot::of(fund, &part.tier, Some(programme)), part.amount);
    }
}
