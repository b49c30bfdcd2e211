//! Returns: money of a payment comes back, because the bank sent it back or because it was demanded back.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::{Share, enough_to_take_back, transfer_shares};
use crate::id::{Id, Pseudonym, Text, present};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::{Link, Original, Sign, State};
use crate::subsidy::demand::demand_pot;
use crate::subsidy::rule::{Had, covered};
use crate::subsidy::{free_periods, is_paid, payment_at, returned_of, use_periods};

/// Command `subsidy.return`: money of a payment comes back (支付退票, 追回), in whole or part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// The position of the payment's record.
    pub payment: u64,
    /// How much comes back.
    pub amount: Money,
    /// Why.
    pub reason: Text,
}

/// Event `subsidy.returned.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returned {
    /// The subsidy.
    pub subsidy: Id,
    /// The position of the payment's record.
    pub payment: u64,
    /// The programme.
    pub programme: Id,
    /// Who had got it.
    pub beneficiary: Pseudonym,
    /// The household whose cap is free again by this amount.
    pub household: Pseudonym,
    /// The calendar year of that cap.
    pub year: i16,
    /// The period that may be paid again, when everything came back.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub freed_period: Option<Id>,
    /// For how many months that is from then on, where the payment was for several.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub freed_months: Option<u16>,
    /// How much comes back.
    pub amount: Money,
    /// Why.
    pub reason: Text,
    /// The fund.
    pub fund: Id,
    /// Which sources get it back.
    pub shares: Vec<Share>,
    /// What of it had been demanded back.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub demanded: Option<Money>,
    /// For how many months the beneficiary may be paid again, when everything came back; 0 before. Present
    /// where the programme limits what a beneficiary may have.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub months: Option<u16>,
}

impl Return {
    pub(crate) fn decide(
        &self,
        state: &State,
        payment: Option<Original<'_>>,
        effective_on: Date,
    ) -> Result<Returned, Refusal> {
        positive("amount", self.amount)?;
        let grant = payment_at(state, self.payment, payment, effective_on)?;
        let before = returned_of(state, self.payment);
        let open = grant.amount - before;
        if self.amount > open {
            return Err(Refusal::ReturnOverPaid {
                position: self.payment,
                amount: self.amount,
                open,
            });
        }
        let earlier = state.returned.get(&self.payment).into_iter().flatten();
        let earlier = earlier.map(|(_, amount)| *amount);
        let mut shares = Vec::new();
        let mut borne = grant.shares.clone();
        for amount in earlier.chain([self.amount]) {
            shares = give_back(&mut borne, amount);
        }
        shares.retain(|share| share.amount.is_positive());
        let demand = state.demands.get(&self.payment).filter(|demand| demand.open.is_positive());
        let made = demand.into_iter().flat_map(|demand| &demand.made);
        made.into_iter().try_for_each(|made| made.not_after(effective_on))?;
        let demanded = demand.map(|demand| demand.open);
        let demanded = demanded.map(|open| open.min(self.amount)).filter(|part| part.is_positive());
        Ok(Returned {
            subsidy: grant.subsidy.clone(),
            payment: self.payment,
            programme: grant.programme.clone(),
            beneficiary: grant.beneficiary,
            household: grant.household,
            year: grant.year,
            freed_period: (self.amount == open).then(|| grant.period.clone()),
            freed_months: grant.months.filter(|_| self.amount == open),
            amount: self.amount,
            reason: self.reason.clone(),
            fund: grant.fund.clone(),
            shares,
            demanded,
            months: grant
                .limited_months(state)
                .map(|months| if self.amount == open { months } else { 0 }),
        })
    }
}

/// Gives an amount back to those who bear something, split over what each still bears by largest remainder, so that
/// they go on bearing it in the same proportion.
fn give_back(borne: &mut [Share], amount: Money) -> Vec<Share> {
    let weights: Vec<i64> = borne.iter().map(|share| share.amount.fen()).collect();
    let parts = amount.split(&weights).unwrap_or_default();
    let shares = borne.iter_mut().zip(parts).map(|(share, part)| {
        share.amount -= part;
        Share { source: share.source.clone(), amount: part }
    });
    shares.collect()
}

impl Returned {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::FundBank, Account::Subsidy);
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares);
        let (debit, credit) = (Account::SubsidyDemandContra, Account::SubsidyDemand);
        let demanded = self.demanded.unwrap_or_default();
        entry.transfer(debit, credit, &demand_pot(&self.fund, &self.programme), demanded);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, record: Link) {
        state.returned.entry(self.payment).or_default().push((record, self.amount));
        if let Some(demand) = state.demands.get_mut(&self.payment) {
            demand.open -= self.demanded.unwrap_or_default();
        }
        state.add_household_used(&self.programme, self.household, self.year, -self.amount);
        self.count(state, Sign::Minus);
        if let Some(period) = &self.freed_period {
            free_periods(state, &self.programme, self.beneficiary, period, self.freed_months);
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        if let Some((later, _)) = state.returned.get(&self.payment).and_then(|list| list.last())
            && later.position != position
        {
            return Err(Refusal::ReverseLaterFirst { position, later: later.position });
        }
        if let Some(period) = &self.freed_period
            && let Some(period) = covered(period, self.freed_months)
                .iter()
                .find(|period| is_paid(state, &self.programme, self.beneficiary, period))
        {
            return Err(Refusal::SubsidyPaidAlready {
                programme: self.programme.clone(),
                beneficiary: self.beneficiary,
                period: period.clone(),
            });
        }
        for share in &self.shares {
            let pot = Pot::of(&self.fund, &share.source, Some(&self.programme));
            enough_to_take_back(state, &pot, &self.fund, position, share.amount)?;
        }
        Ok(())
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(returns) = state.returned.get_mut(&self.payment) {
            returns.pop();
            if returns.is_empty() {
                state.returned.remove(&self.payment);
            }
        }
        if let Some(demand) = state.demands.get_mut(&self.payment) {
            demand.open += self.demanded.unwrap_or_default();
        }
        state.add_household_used(&self.programme, self.household, self.year, self.amount);
        self.count(state, Sign::Plus);
        if let Some(period) = &self.freed_period {
            use_periods(state, &self.programme, self.beneficiary, period, self.freed_months);
        }
    }

    fn count(&self, state: &mut State, sign: Sign) {
        let Some(months) = self.months else { return };
        let times = u32::from(self.freed_period.is_some());
        let had = Had { months: months.into(), times, amount: self.amount };
        state.count_had(&self.programme, self.beneficiary, had, sign);
    }
}
