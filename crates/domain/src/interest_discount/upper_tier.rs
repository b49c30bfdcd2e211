//! Money that an upper tier of government pays towards discounts: by its statutory share or as an award in one sum, and
//! so another fact than the split of each line.

use serde::{Deserialize, Serialize};

use super::split::{TierShare, transfer_tiers};
use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::fund::enough_to_take_back;
use crate::id::{Id, Text};
use crate::money::Money;
use crate::programme::LoanTerms;
use crate::refusal::Refusal;
use crate::state::State;

/// Command `interest_discount.upper_tier_receive` and event `interest_discount.upper_tier_received.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpperTierReceived {
    /// The fund that it comes into.
    pub fund: Id,
    /// The source within the fund.
    pub source: Id,
    /// The programme that it is for.
    pub programme: Id,
    /// The tier that pays, as it stands in a split of the programme.
    pub tier: Id,
    /// How much.
    pub amount: Money,
    /// What it is.
    pub basis: UpperTierBasis,
    /// The budget year that it belongs to.
    pub year: i16,
    /// The allocation document (指标文).
    pub document: Text,
}

/// What money of an upper tier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpperTierBasis {
    /// Its share of discounts by the split.
    StatutoryShare,
    /// An award (奖补) by factors, in one sum (财金〔2023〕75号).
    Award,
}

impl UpperTierReceived {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        positive("amount", self.amount)?;
        state.fund_source(&self.fund, &self.source)?;
        let versions = state.programme(&self.programme)?.iter();
        let terms = versions.filter_map(|&index| state.version(index).ok()?.loan_terms().ok());
        let splits = terms.filter_map(|LoanTerms { discount, .. }| discount.as_ref());
        let mut known: Vec<&str> =
            splits.flat_map(|discount| &discount.split).map(|tier| tier.tier.as_str()).collect();
        if !known.contains(&self.tier.as_str()) {
            known.sort_unstable();
            known.dedup();
            return Err(Refusal::UnknownTier {
                programme: self.programme.clone(),
                tier: self.tier.clone(),
                known: known.join(", "),
            });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = self.pot();
        entry.transfer(Account::FundBank, Account::FundCapital, &pot, self.amount);
        let accounts = (Account::TierReceived, Account::TierReceivedContra);
        let tier = TierShare { tier: self.tier.clone(), amount: self.amount };
        transfer_tiers(&mut entry, accounts, &self.fund, &self.programme, &[tier]);
        entry
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        enough_to_take_back(state, &self.pot(), &self.fund, position, self.amount)
    }

    fn pot(&self) -> Pot {
        Pot::of(&self.fund, &self.source, Some(&self.programme))
    }
}
