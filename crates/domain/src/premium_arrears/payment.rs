//! Payments of premium arrears: oldest first or as named, each month by the order of the programme version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Arrear, Insurance, PremiumArrearsTerms, PremiumBucket, forget_empty};
use crate::account::{Account, Entry, Pot};
use crate::check::{lines_within_limit, positive};
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text, present};
use crate::money::Money;
use crate::month::Month;
use crate::programme::Version;
use crate::refusal::Refusal;
use crate::state::{Link, State};

/// Command `premium_arrears.pay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// The programme.
    pub programme: Id,
    /// Who pays.
    pub enterprise: Pseudonym,
    /// How much.
    pub amount: Money,
    /// What is paid, in this order; what fell due first when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub named: Option<Vec<Named>>,
    /// The receipt.
    pub document: Text,
}

/// A month of an insurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The insurance.
    pub insurance: Insurance,
    /// The month.
    pub month: Month,
}

/// Event `premium_arrears.paid.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    /// How much.
    pub amount: Money,
    /// What was named to be paid.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub named: Option<Vec<Named>>,
    /// What it settled.
    pub settlement: Settlement,
    /// The receipt.
    pub document: Text,
}

/// What money settled of the arrears of an enterprise: of a payment, or of the proceeds of an auction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// The programme.
    pub programme: Id,
    /// The version by which fees are charged.
    pub version: u32,
    /// Whose arrears.
    pub enterprise: Pseudonym,
    /// The fund that gets the money.
    pub fund: Id,
    /// The source within the fund.
    pub source: Id,
    /// What was settled, in order.
    pub allocations: Vec<Allocation>,
    /// The settlement before this one of the same enterprise; it is reversed after this one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub previous: Option<Link>,
}

/// What was settled of one month of one insurance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// The insurance.
    pub insurance: Insurance,
    /// The month.
    pub month: Month,
    /// What was owed before.
    pub before: Arrear,
    /// The late fee of the days since it was last charged, rounded once here.
    pub charged: Money,
    /// The late fee paid.
    pub late_fee: Money,
    /// The premium paid.
    pub premium: Money,
}

impl Allocation {
    /// Charges the fee up to a day and covers what it can; takes the money used from `left`.
    fn of(
        named: Named,
        before: &Arrear,
        terms: &PremiumArrearsTerms,
        on: Date,
        left: &mut Money,
    ) -> Self {
        let charged = before.late_fee_since(terms, on);
        let mut take = |owed: Money| {
            let taken = owed.min(*left);
            *left -= taken;
            taken
        };
        let (mut late_fee, mut premium) = (Money::ZERO, Money::ZERO);
        for bucket in &terms.application_order {
            match bucket {
                PremiumBucket::LateFee => late_fee += take(before.late_fee + charged),
                PremiumBucket::Premium => premium += take(before.premium),
            }
        }
        let Named { insurance, month } = named;
        Self { insurance, month, before: before.clone(), charged, late_fee, premium }
    }

    /// What is owed after it; `None` when nothing is.
    fn after(&self, on: Date) -> Option<Arrear> {
        let mut arrear = self.before.clone();
        arrear.premium -= self.premium;
        arrear.late_fee += self.charged - self.late_fee;
        arrear.charged += self.charged;
        arrear.charged_until = arrear.charged_until.max(on);
        let settled = arrear.premium.is_zero() && arrear.late_fee.is_zero();
        (!settled).then_some(arrear)
    }

    fn paid(&self) -> Money {
        self.premium + self.late_fee
    }
}

impl Settlement {
    /// Settles what an enterprise owes with so much money; gives what is left of the money, too.
    pub(crate) fn decide(
        state: &State,
        version: &Version,
        enterprise: Pseudonym,
        named: Option<&[Named]>,
        amount: Money,
        on: Date,
    ) -> Result<(Self, Money), Refusal> {
        let terms = version.premium_arrears_terms()?;
        let account = state.premium_account(&version.programme, enterprise);
        let mut open: BTreeMap<_, &Arrear> = account
            .iter()
            .flat_map(|account| &account.open)
            .map(|(key, one)| (*key, one))
            .collect();
        let unknown = |named: &Named| Refusal::UnknownPremiumArrears {
            enterprise,
            kind: named.insurance.word(),
            month: named.month,
        };
        let order: Vec<(Named, &Arrear)> = match named {
            // Each is taken out, so that one that stands twice is unknown the second time.
            Some(named) => named
                .iter()
                .map(|one| {
                    let arrear = open.remove(&(one.month, one.insurance));
                    Ok((*one, arrear.ok_or_else(|| unknown(one))?))
                })
                .collect::<Result<_, Refusal>>()?,
            None => {
                let mut all: Vec<_> = open
                    .into_iter()
                    .filter(|(_, arrear)| arrear.assessed.effective_on <= on)
                    .map(|((month, insurance), arrear)| (Named { insurance, month }, arrear))
                    .collect();
                // Stable, so that of equal days the earlier month and insurance comes first.
                all.sort_by_key(|(_, arrear)| arrear.due_on);
                all
            }
        };
        let previous = account.and_then(|account| account.last);
        previous.map_or(Ok(()), |last| last.not_after(on))?;
        for (_, arrear) in &order {
            arrear.assessed.not_after(on)?;
        }
        let mut left = amount;
        let mut allocations = Vec::new();
        for (named, arrear) in order {
            if !left.is_positive() {
                break;
            }
            allocations.push(Allocation::of(named, arrear, terms, on, &mut left));
        }
        let settlement = Self {
            programme: version.programme.clone(),
            version: version.version,
            enterprise,
            fund: terms.fund.clone(),
            source: terms.source.clone(),
            allocations,
            previous,
        };
        Ok((settlement, left))
    }

    /// The money that it took.
    pub(crate) fn total(&self) -> Money {
        self.allocations.iter().map(Allocation::paid).sum()
    }

    /// Premiums and fees are received by the fund from the source that the terms name, so that they can be
    /// allocated as any other money received; the memo accounts tell premium and fee apart.
    pub(crate) fn post(&self, entry: &mut Entry) {
        let fund = Pot::of(&self.fund, &self.source, None);
        entry.transfer(Account::FundBank, Account::FundCapital, &fund, self.total());
        let pot = Pot::of_programme(&self.programme);
        let sum = |part: fn(&Allocation) -> Money| self.allocations.iter().map(part).sum();
        entry.transfer(Account::LateFee, Account::LateFeeContra, &pot, sum(|one| one.charged));
        entry.transfer(Account::LateFeeContra, Account::LateFee, &pot, sum(|one| one.late_fee));
        let (debit, credit) = (Account::PremiumArrearsContra, Account::PremiumArrears);
        entry.transfer(debit, credit, &pot, sum(|one| one.premium));
    }

    fn account(&self) -> (Id, Pseudonym) {
        (self.programme.clone(), self.enterprise)
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let account = state.premium_accounts.entry(self.account()).or_default();
        for one in &self.allocations {
            let key = (one.month, one.insurance);
            match one.after(effective_on) {
                Some(arrear) => account.open.insert(key, arrear),
                None => account.open.remove(&key),
            };
        }
        account.last = Some(Link { position, effective_on });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let account = state.premium_account(&self.programme, self.enterprise);
        if let Some(last) = account.and_then(|account| account.last)
            && last.position != position
        {
            return Err(Refusal::ReverseLaterFirst { position, later: last.position });
        }
        let pot = Pot::of(&self.fund, &self.source, None);
        crate::fund::enough_to_take_back(state, &pot, &self.fund, position, self.total())
    }

    pub(crate) fn undo(&self, state: &mut State) {
        let account = state.premium_accounts.entry(self.account()).or_default();
        for one in &self.allocations {
            account.open.insert((one.month, one.insurance), one.before.clone());
        }
        account.last = self.previous;
        forget_empty(state, &self.account());
    }
}

impl Pay {
    pub(crate) fn decide(&self, state: &State, on: Date) -> Result<Paid, Refusal> {
        positive("amount", self.amount)?;
        if let Some(named) = &self.named {
            lines_within_limit(named.len())?;
        }
        let version = state.version_in_force(&self.programme, on)?;
        let (settlement, left) = Settlement::decide(
            state,
            version,
            self.enterprise,
            self.named.as_deref(),
            self.amount,
            on,
        )?;
        if left.is_positive() {
            return Err(Refusal::PremiumOverOwed {
                enterprise: self.enterprise,
                amount: self.amount,
                owed: self.amount - left,
                date: on,
            });
        }
        let (named, document) = (self.named.clone(), self.document.clone());
        Ok(Paid { amount: self.amount, named, settlement, document })
    }
}

impl Paid {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        self.settlement.post(&mut entry);
        entry
    }
}
