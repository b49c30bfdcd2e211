//! Asset mortgages (资产抵押): items that an enterprise mortgages for its premium arrears, released one by one
//! while the rest covers what is due (解押), or auctioned when the mortgage has expired (拍卖).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text};
use crate::money::Money;
use crate::premium_arrears::owed;
use crate::premium_arrears::payment::Settlement;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, Name, State};

/// Command `asset_mortgage.register`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The mortgage.
    pub mortgage: Id,
    /// The programme whose arrears it secures.
    pub programme: Id,
    /// Who owes and mortgages.
    pub enterprise: Pseudonym,
    /// What is mortgaged.
    pub items: Vec<Item>,
    /// The last day before an auction.
    pub expires_on: Date,
    /// The mortgage contract.
    pub document: Text,
}

/// A mortgaged item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The item within the mortgage.
    pub item: Id,
    /// What it is.
    pub kind: ItemKind,
    /// What it is worth.
    pub valuation: Money,
    /// The valuation report.
    pub document: Text,
}

/// What a mortgaged item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// The right to use a parcel of land (土地使用权).
    Parcel,
    /// A building (房屋).
    Building,
    /// Machines and equipment (机器设备).
    Machine,
    /// A vehicle (交通工具).
    Vehicle,
    /// A pledged right: a bill, a deposit, shares, a trade mark (权利质押).
    Right,
}

/// Event `asset_mortgage.registered.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The mortgage.
    pub mortgage: Id,
    /// The programme.
    pub programme: Id,
    /// Who owes and mortgages.
    pub enterprise: Pseudonym,
    /// What is mortgaged.
    pub items: Vec<Item>,
    /// The valuation of all items.
    pub total: Money,
    /// The last day before an auction.
    pub expires_on: Date,
    /// The mortgage contract.
    pub document: Text,
}

/// Command `asset_mortgage.release`: one item goes back to its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The mortgage.
    pub mortgage: Id,
    /// The item.
    pub item: Id,
    /// The decision.
    pub document: Text,
}

/// Event `asset_mortgage.released.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The mortgage.
    pub mortgage: Id,
    /// The item.
    pub item: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided how much items cover.
    pub version: u32,
    /// Whose it is.
    pub enterprise: Pseudonym,
    /// What it was valued at.
    pub valuation: Money,
    /// What the enterprise still owes, late fees to the day included.
    pub owed: Money,
    /// What its other mortgaged items are valued at.
    pub remaining: Money,
    /// How much of what is owed these cover.
    pub covered: Money,
    /// The decision.
    pub document: Text,
}

/// Command `asset_mortgage.auction`: an item of an expired mortgage is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auction {
    /// The mortgage.
    pub mortgage: Id,
    /// The item.
    pub item: Id,
    /// What it was sold for, less the costs of the auction.
    pub proceeds: Money,
    /// The auction record.
    pub document: Text,
}

/// Event `asset_mortgage.auctioned.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auctioned {
    /// The mortgage.
    pub mortgage: Id,
    /// What it holds of the item.
    pub held: Held,
    /// The item.
    pub item: Id,
    /// What it was sold for, less the costs of the auction.
    pub proceeds: Money,
    /// What the proceeds settled of the arrears.
    pub settlement: Settlement,
    /// What goes to the owner, because nothing more was owed (Civil Code article 413). It never reaches the
    /// fund: the auctioneer pays it out.
    pub surplus: Money,
    /// What stays due (Civil Code article 413).
    pub shortfall: Money,
    /// The auction record.
    pub document: Text,
}

/// What a mortgage holds of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// What the item is.
    pub kind: ItemKind,
    /// What it is worth.
    pub valuation: Money,
    /// When the mortgage expires.
    pub expires_on: Date,
    /// The record that registered the mortgage.
    pub registered: Link,
}

/// A mortgage of which not every item is released or auctioned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mortgage {
    /// The programme whose arrears it secures.
    pub programme: Id,
    /// Who owes and mortgages.
    pub enterprise: Pseudonym,
    /// The items left.
    pub items: BTreeMap<Id, Held>,
}

impl Register {
    pub(crate) fn decide(&self, state: &State, on: Date) -> Result<Registered, Refusal> {
        crate::check::lines_within_limit(self.items.len())?;
        for item in &self.items {
            positive("valuation", item.valuation)?;
        }
        let version = state.version_in_force(&self.programme, on)?;
        if state.is_used(Name::Mortgage(&self.mortgage)) {
            let kind = Word::new("mortgage", "抵押");
            return Err(Refusal::AlreadyExists { kind, id: self.mortgage.clone() });
        }
        version.premium_arrears_terms()?;
        let bad = |field, problem: &str| Refusal::TermsInvalid { field, problem: problem.into() };
        let mut names = BTreeSet::new();
        if !self.items.iter().all(|item| names.insert(&item.item)) {
            return Err(bad("items", "an item stands twice"));
        }
        if self.expires_on < on {
            return Err(bad("expires_on", "lies before the day of the mortgage"));
        }
        Ok(Registered {
            mortgage: self.mortgage.clone(),
            programme: self.programme.clone(),
            enterprise: self.enterprise,
            items: self.items.clone(),
            total: self.items.iter().map(|item| item.valuation).sum(),
            expires_on: self.expires_on,
            document: self.document.clone(),
        })
    }
}

impl Registered {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::AssetMortgage, Account::AssetMortgageContra);
        entry.transfer(debit, credit, &Pot::of_programme(&self.programme), self.total);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let registered = Link { position, effective_on };
        let held = |item: &Item| Held {
            kind: item.kind,
            valuation: item.valuation,
            expires_on: self.expires_on,
            registered,
        };
        let mortgage = Mortgage {
            programme: self.programme.clone(),
            enterprise: self.enterprise,
            items: self.items.iter().map(|item| (item.item.clone(), held(item))).collect(),
        };
        state.mortgages.insert(self.mortgage.clone(), mortgage);
        state.use_up(Name::Mortgage(&self.mortgage));
    }
}

impl Release {
    pub(crate) fn decide(&self, state: &State, on: Date) -> Result<Released, Refusal> {
        let (mortgage, held) = mortgaged(state, &self.mortgage, &self.item, on)?;
        let version = state.version_in_force(&mortgage.programme, on)?;
        let terms = version.premium_arrears_terms()?;
        let owed = owed(state, &mortgage.programme, mortgage.enterprise, on)?.total();
        let of_enterprise = |other: &&Mortgage| {
            other.enterprise == mortgage.enterprise && other.programme == mortgage.programme
        };
        let all = state.mortgages.values().filter(of_enterprise);
        let all: Money = all.flat_map(|other| other.items.values()).map(|one| one.valuation).sum();
        let remaining = all - held.valuation;
        // A part of a fen covers nothing, so it is cut off; what is left is whole however it is rounded.
        let exact = (remaining.to_decimal_fen() * terms.mortgage_rate.decimal()).floor();
        let covered = Money::round_fen(exact, terms.rounding).unwrap_or(remaining);
        if owed > covered {
            return Err(Refusal::CoverTooLow {
                item: self.item.clone(),
                owed,
                remaining,
                rate: terms.mortgage_rate,
                covered,
            });
        }
        Ok(Released {
            mortgage: self.mortgage.clone(),
            item: self.item.clone(),
            programme: mortgage.programme.clone(),
            version: version.version,
            enterprise: mortgage.enterprise,
            valuation: held.valuation,
            owed,
            remaining,
            covered,
            document: self.document.clone(),
        })
    }
}

impl Released {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        end(&mut entry, &self.programme, self.valuation);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        take_out(state, &self.mortgage, &self.item);
    }
}

impl Auction {
    pub(crate) fn decide(&self, state: &State, on: Date) -> Result<Auctioned, Refusal> {
        positive("proceeds", self.proceeds)?;
        let (mortgage, held) = mortgaged(state, &self.mortgage, &self.item, on)?;
        let version = state.version_in_force(&mortgage.programme, on)?;
        let enterprise = mortgage.enterprise;
        let owed = owed(state, &mortgage.programme, enterprise, on)?.total();
        if on <= held.expires_on || !owed.is_positive() {
            let expires_on = held.expires_on;
            let mortgage = self.mortgage.clone();
            return Err(Refusal::AuctionNotDue { mortgage, expires_on, owed, date: on });
        }
        let (settlement, surplus) =
            Settlement::decide(state, version, enterprise, None, self.proceeds, on)?;
        Ok(Auctioned {
            mortgage: self.mortgage.clone(),
            held: held.clone(),
            item: self.item.clone(),
            proceeds: self.proceeds,
            shortfall: (owed - settlement.total()).or_zero(),
            settlement,
            surplus,
            document: self.document.clone(),
        })
    }
}

impl Auctioned {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        self.settlement.post(&mut entry);
        end(&mut entry, &self.settlement.programme, self.held.valuation);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        take_out(state, &self.mortgage, &self.item);
        self.settlement.apply(state, position, effective_on);
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        self.settlement.check_undo(state, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        let mortgage = state.mortgages.entry(self.mortgage.clone());
        let mortgage = mortgage.or_insert_with(|| Mortgage {
            programme: self.settlement.programme.clone(),
            enterprise: self.settlement.enterprise,
            items: BTreeMap::new(),
        });
        mortgage.items.insert(self.item.clone(), self.held.clone());
        self.settlement.undo(state);
    }
}

/// An item and its mortgage; refused when there is none, or for a day before what the decision rests on.
fn mortgaged<'a>(
    state: &'a State,
    mortgage: &Id,
    item: &Id,
    on: Date,
) -> Result<(&'a Mortgage, &'a Held), Refusal> {
    let known = state.mortgages.get(mortgage);
    let known = known.ok_or_else(|| Refusal::UnknownMortgage { mortgage: mortgage.clone() })?;
    let held = known.items.get(item).ok_or_else(|| {
        let names: Vec<_> = known.items.keys().map(Id::as_str).collect();
        Refusal::UnknownMortgagedItem {
            mortgage: mortgage.clone(),
            item: item.clone(),
            known: names.join(", "),
        }
    })?;
    held.registered.not_after(on)?;
    let account = state.premium_account(&known.programme, known.enterprise);
    account.map_or(Ok(()), |account| account.not_after(on))?;
    Ok((known, held))
}

/// A mortgage without items is forgotten; its name stays used up.
fn take_out(state: &mut State, mortgage: &Id, item: &Id) {
    if let Some(known) = state.mortgages.get_mut(mortgage) {
        known.items.remove(item);
        if known.items.is_empty() {
            state.mortgages.remove(mortgage);
        }
    }
}

fn end(entry: &mut Entry, programme: &Id, valuation: Money) {
    let (debit, credit) = (Account::AssetMortgageContra, Account::AssetMortgage);
    entry.transfer(debit, credit, &Pot::of_programme(programme), valuation);
}
