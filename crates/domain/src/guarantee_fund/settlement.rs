//! Settlement: recovered money is passed on between the fund and those who share the loss.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::{Share, enough_to_take_back, transfer_shares};
use crate::guarantee_fund::compensation::{Compensation, with_compensation, without_compensation};
use crate::guarantee_fund::loss::{change, shares};
use crate::id::{Id, Text};
use crate::loan::application::guaranteeing_fund;
use crate::loan::disbursement::last_of_loan;
use crate::loan::repayment::{Standing, not_before};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::State;

/// Command `guarantee.settle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    /// The loan whose recoveries are passed on.
    pub loan: Id,
    /// The bank or another party of the loss sharing.
    pub party: Id,
    /// Who pays whom.
    pub direction: Direction,
    /// How much.
    pub amount: Money,
    /// The payment order or receipt.
    pub document: Text,
}

/// Who pays whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The fund pays the party its part of what the fund recovered.
    Paid,
    /// The bank pays the fund its part of what the bank recovered.
    Received,
}

/// Event `guarantee.settled.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The guarantee fund.
    pub fund: Id,
    /// The bank or another party.
    pub party: Id,
    /// Who pays whom.
    pub direction: Direction,
    /// How much.
    pub amount: Money,
    /// Which sources pay or get it.
    pub shares: Vec<Share>,
    /// The payment order or receipt.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

impl Settle {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Settled, Refusal> {
        positive("amount", self.amount)?;
        let loan = state.loan(&self.loan)?;
        let version = state.version(loan.version)?;
        let known = Compensation::of(state, &self.loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        let none = || Refusal::NotCompensated { loan: self.loan.clone() };
        let fund = guaranteeing_fund(version).ok_or_else(none)?;
        let waiting: Vec<(&Id, Money)> = match self.direction {
            Direction::Paid => {
                let owed = known.owed.iter().filter(|((party, _), _)| *party == self.party);
                owed.map(|((_, source), amount)| (source, *amount)).collect()
            }
            Direction::Received if state.bank_of(loan) == Some(&self.party) => {
                known.due.iter().map(|(source, amount)| (source, *amount)).collect()
            }
            Direction::Received => Vec::new(),
        };
        let open: Money = waiting.iter().map(|(_, amount)| *amount).sum();
        if self.amount > open {
            return Err(Refusal::SettlementOverOpen {
                loan: self.loan.clone(),
                party: self.party.clone(),
                amount: self.amount,
                open,
            });
        }
        let mut left = self.amount;
        let parts = waiting.into_iter().map(|(source, amount)| {
            let part = left.min(amount);
            left -= part;
            (source, part)
        });
        Ok(Settled {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            fund: fund.clone(),
            party: self.party.clone(),
            direction: self.direction,
            amount: self.amount,
            shares: shares(parts),
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

impl Settled {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = match self.direction {
            Direction::Paid => (Account::RecoveryOwed, Account::FundBank),
            Direction::Received => (Account::FundBank, Account::RecoveryDue),
        };
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares);
        entry
    }

    fn change(&self, known: &mut Compensation, signed: impl Fn(Money) -> Money) {
        for share in &self.shares {
            let amount = signed(share.amount);
            match self.direction {
                Direction::Paid => {
                    change(&mut known.owed, &(self.party.clone(), share.source.clone()), amount);
                }
                Direction::Received => change(&mut known.due, &share.source, amount),
            }
        }
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_compensation(state, &self.loan, (position, effective_on), |known| {
            self.change(known, |amount| -amount);
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)?;
        if self.direction == Direction::Paid {
            return Ok(());
        }
        for share in &self.shares {
            let pot = Pot::of(&self.fund, &share.source, Some(&self.programme));
            enough_to_take_back(state, &pot, &self.fund, position, share.amount)?;
        }
        Ok(())
    }

    pub(crate) fn undo(&self, state: &mut State) {
        without_compensation(state, &self.loan, &self.before, |known| {
            self.change(known, |amount| amount);
        });
    }
}
