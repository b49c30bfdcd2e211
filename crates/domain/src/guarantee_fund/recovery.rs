//! Recovery (追偿): what comes in after compensation, its costs, and how the rest is shared (追偿分配).

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::{enough_to_take_back, transfer_shares};
use crate::guarantee_fund::compensation::{
    ClaimStanding, Compensation, covered_by, with_compensation, without_compensation,
};
use crate::guarantee_fund::handling_bank;
use crate::guarantee_fund::loss::{Losses, change};
use crate::id::{Id, Text};
use crate::loan::application::{guarantee_pot, guaranteeing_fund};
use crate::loan::disbursement::last_of_loan;
use crate::loan::instalment::OpenInstalments;
use crate::loan::repayment::{Allocation, Standing, not_before, put_back, take_off};
use crate::loan::with_active;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::State;

/// Command `guarantee.recover`; the effective date is the day on which the money came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// The loan.
    pub loan: Id,
    /// Who paid.
    pub payer: Payer,
    /// Who got the money.
    pub holder: Holder,
    /// How much came in.
    pub amount: Money,
    /// Costs of the recovery that were taken out of it first.
    pub costs: Money,
    /// The receipt.
    pub document: Text,
}

/// Who paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The borrower.
    Borrower,
    /// Someone who gave a counter-guarantee.
    Guarantor,
}

/// Who got the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The fund; it owes the others their parts.
    Fund,
    /// The bank; it owes the fund its part, and the others theirs directly.
    Bank,
}

/// Event `guarantee.recovered.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovered {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The guarantee fund.
    pub fund: Id,
    /// The bank.
    pub bank: Id,
    /// Who paid.
    pub payer: Payer,
    /// Who got the money.
    pub holder: Holder,
    /// How much came in.
    pub amount: Money,
    /// Costs taken out of it first.
    pub costs: Money,
    /// Who gets how much of the rest.
    pub shares: Losses,
    /// The source of the fund that holds what others get.
    pub source: Id,
    /// Whether the claim was still on the books.
    pub claim: ClaimStanding,
    /// The instalments that are covered, once everything is recovered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discharged: Vec<Allocation>,
    /// The receipt.
    pub document: Text,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

impl Recover {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Recovered, Refusal> {
        positive("amount", self.amount)?;
        let loan = state.loan(&self.loan)?;
        let version = state.version(loan.version)?;
        let known = Compensation::open(state, &self.loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        let none = || Refusal::NotCompensated { loan: self.loan.clone() };
        let fund = guaranteeing_fund(version).ok_or_else(none)?;
        let bank = state.bank_of(loan).ok_or_else(none)?;
        let first = state.fund(fund)?.sources.first();
        let source = known.open.fund.keys().next().or(first).ok_or_else(none)?;
        if self.costs > self.amount {
            return Err(Refusal::CostsOverRecovery {
                loan: self.loan.clone(),
                costs: self.costs,
                amount: self.amount,
            });
        }
        let (net, open) = (self.amount - self.costs, known.open.total());
        if net > open {
            return Err(Refusal::RecoveryOverOpen {
                loan: self.loan.clone(),
                amount: self.amount,
                costs: self.costs,
                net,
                open,
                surplus: net - open,
            });
        }
        let discharged = if net == open {
            covered_by(&active.open.unpack(), known.principal, known.interest)
        } else {
            Vec::new()
        };
        Ok(Recovered {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            fund: fund.clone(),
            bank: bank.clone(),
            payer: self.payer,
            holder: self.holder,
            amount: self.amount,
            costs: self.costs,
            shares: known.open.share(net),
            source: source.clone(),
            claim: known.claim,
            discharged,
            document: self.document.clone(),
            before: Standing::of(active),
        })
    }
}

impl Recovered {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let debit = match self.holder {
            Holder::Fund => Account::FundBank,
            Holder::Bank => Account::RecoveryDue,
        };
        let credit = match self.claim {
            ClaimStanding::OnBooks => Account::CompensationReceivable,
            ClaimStanding::WrittenOff => Account::RecoveryAfterWriteOff,
        };
        transfer_shares(&mut entry, debit, credit, &self.fund, &self.programme, &self.shares.fund);
        if self.holder == Holder::Fund {
            let pot = Pot::of(&self.fund, &self.source, Some(&self.programme));
            let (debit, credit) = (Account::FundBank, Account::RecoveryOwed);
            entry.transfer(debit, credit, &pot, self.shares.of_others());
        }
        let pot = guarantee_pot(&self.fund, &self.programme);
        let (debit, credit) = (Account::LossShareContra, Account::LossShare);
        entry.transfer(debit, credit, &pot, self.shares.of_others());
        entry
    }

    /// What is to be passed on changes by what was recovered, or back by it.
    fn pass_on(&self, known: &mut Compensation, signed: impl Fn(Money) -> Money) {
        match self.holder {
            Holder::Bank => {
                for share in &self.shares.fund {
                    change(&mut known.due, &share.source, signed(share.amount));
                }
            }
            Holder::Fund => {
                let others = self.shares.others.iter().map(|part| (&part.party, part.amount));
                for (party, amount) in others.chain([(&self.bank, self.shares.bank)]) {
                    let key = (party.clone(), self.source.clone());
                    change(&mut known.owed, &key, signed(amount));
                }
            }
        }
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            if !self.discharged.is_empty() {
                let mut open = active.open.unpack();
                take_off(&mut open, &self.discharged, &mut active.accrued_to);
                active.open = OpenInstalments::pack(&open);
            }
        });
        with_compensation(state, &self.loan, (position, effective_on), |known| {
            known.open.take(&self.shares);
            self.pass_on(known, |amount| amount);
            known.principal -= self.discharged.iter().map(|one| one.principal).sum();
            known.interest -= self.discharged.iter().map(|one| one.interest).sum();
        });
        let recovered = self.shares.of_fund();
        handling_bank::with(state, &self.fund, &self.bank, |bank| bank.outstanding -= recovered);
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)?;
        if self.holder == Holder::Bank {
            return Ok(());
        }
        for share in &self.shares.fund {
            let pot = Pot::of(&self.fund, &share.source, Some(&self.programme));
            enough_to_take_back(state, &pot, &self.fund, position, share.amount)?;
        }
        Ok(())
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            if !self.discharged.is_empty() {
                let mut open = active.open.unpack();
                put_back(&mut open, &self.discharged);
                active.open = OpenInstalments::pack(&open);
            }
        });
        without_compensation(state, &self.loan, &self.before, |known| {
            known.open.add(&self.shares);
            self.pass_on(known, |amount| -amount);
            known.principal += self.discharged.iter().map(|one| one.principal).sum();
            known.interest += self.discharged.iter().map(|one| one.interest).sum();
        });
        let recovered = self.shares.of_fund();
        handling_bank::with(state, &self.fund, &self.bank, |bank| bank.outstanding += recovered);
    }
}
