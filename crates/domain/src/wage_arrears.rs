//! Wage arrears (欠薪): a case of workers against an employer, recovered in parts and paid out by worker.
//!
//! The money belongs to the workers at every moment, so that it stands in memo accounts and in no fund.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::{accept_lines, both, lines_within_limit, positive, total_agrees};
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, State};

/// Command `wage_arrears.file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The case.
    pub case: Id,
    /// Who owes the wages.
    pub employer: Pseudonym,
    /// What each worker claims.
    pub claims: Vec<Wage>,
    /// The sum of the claims.
    pub total: Money,
    /// The complaint or inspection report.
    pub document: Text,
}

/// An amount of one worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wage {
    /// The worker.
    pub worker: Pseudonym,
    /// How much.
    pub amount: Money,
}

/// Event `wage_arrears.filed.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    /// The case.
    pub case: Id,
    /// Who owes the wages.
    pub employer: Pseudonym,
    /// How many workers.
    pub workers: u32,
    /// What each worker claims.
    pub claims: Vec<Wage>,
    /// The sum of the claims.
    pub total: Money,
    /// The complaint or inspection report.
    pub document: Text,
}

/// Command `wage_arrears.coordinate` and event `wage_arrears.coordinated.v1`: employer and workers were brought
/// to an agreement (协调).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coordinated {
    /// The case.
    pub case: Id,
    /// The agreement.
    pub document: Text,
}

/// Command `wage_arrears.recover` and event `wage_arrears.recovered.v1`: money comes from the employer and is
/// held for the workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovered {
    /// The case.
    pub case: Id,
    /// How much.
    pub amount: Money,
    /// The receipt.
    pub document: Text,
}

/// Command `wage_arrears.pay` and event `wage_arrears.paid.v1`: held money goes to workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    /// The case.
    pub case: Id,
    /// What each worker gets.
    pub wages: Vec<Wage>,
    /// The sum of it.
    pub total: Money,
    /// The roster.
    pub document: Text,
}

/// A case. One that is paid out stays, without its workers: it is small, and there are few.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WageCase {
    /// Who owes the wages.
    pub employer: Pseudonym,
    /// What workers claim and have not been paid; those paid in full are left out.
    pub unpaid: BTreeMap<Pseudonym, Money>,
    /// Recovered and not paid.
    pub held: Money,
    /// When it was coordinated.
    pub coordinated_on: Option<Date>,
    /// The filing, and every recovery and payment that is not reversed.
    pub records: Vec<Link>,
}

impl WageCase {
    /// What is claimed and not recovered.
    #[must_use]
    pub fn open(&self) -> Money {
        self.unpaid.values().copied().sum::<Money>() - self.held
    }

    /// Refused for a day before the case's last record.
    fn not_before_last(&self, on: Date) -> Result<(), Refusal> {
        self.records.last().map_or(Ok(()), |last| last.not_after(on))
    }
}

impl File {
    pub(crate) fn decide(&self, state: &State) -> Result<Filed, Refusal> {
        lines_within_limit(self.claims.len())?;
        if state.wage_cases.contains_key(&self.case) {
            let kind = Word::new("wage case", "欠薪案件");
            return Err(Refusal::AlreadyExists { kind, id: self.case.clone() });
        }
        let mut workers = BTreeSet::new();
        let claims = accept_lines(self.claims.iter().map(|claim| {
            positive("amount", claim.amount)?;
            if workers.insert(claim.worker) {
                Ok(claim.clone())
            } else {
                Err(Refusal::WorkerTwice { worker: claim.worker })
            }
        }))?;
        total_agrees(self.total, claims.iter().map(|claim| claim.amount).sum())?;
        Ok(Filed {
            case: self.case.clone(),
            employer: self.employer,
            workers: u32::try_from(claims.len()).unwrap_or(u32::MAX),
            claims,
            total: self.total,
            document: self.document.clone(),
        })
    }
}

impl Filed {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::WageArrears, Account::WageArrearsContra);
        entry.transfer(debit, credit, &Pot::default(), self.total);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let case = WageCase {
            employer: self.employer,
            unpaid: self.claims.iter().map(|claim| (claim.worker, claim.amount)).collect(),
            held: Money::ZERO,
            coordinated_on: None,
            records: vec![Link { position, effective_on }],
        };
        state.wage_cases.insert(self.case.clone(), case);
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_case(state, &self.case, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        state.wage_cases.remove(&self.case);
    }
}

impl Coordinated {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Self, Refusal> {
        let case = case(state, &self.case)?;
        if let Some(on) = case.coordinated_on {
            return Err(Refusal::CoordinatedAlready { case: self.case.clone(), on });
        }
        case.records.first().map_or(Ok(()), |filed| filed.not_after(effective_on))?;
        Ok(self.clone())
    }

    pub(crate) fn apply(&self, state: &mut State, effective_on: Date) {
        if let Some(case) = state.wage_cases.get_mut(&self.case) {
            case.coordinated_on = Some(effective_on);
        }
    }
}

impl Recovered {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Self, Refusal> {
        positive("amount", self.amount)?;
        let case = case(state, &self.case)?;
        case.not_before_last(effective_on)?;
        let open = case.open();
        if self.amount > open {
            let (case, amount) = (self.case.clone(), self.amount);
            return Err(Refusal::RecoveredOverClaimed { case, amount, open });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::default();
        entry.transfer(Account::WagesHeld, Account::WagesHeldContra, &pot, self.amount);
        entry.transfer(Account::WageArrearsContra, Account::WageArrears, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        if let Some(case) = state.wage_cases.get_mut(&self.case) {
            case.held += self.amount;
            case.records.push(Link { position, effective_on });
        }
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_case(state, &self.case, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(case) = state.wage_cases.get_mut(&self.case) {
            case.held -= self.amount;
            case.records.pop();
        }
    }
}

impl Paid {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Self, Refusal> {
        lines_within_limit(self.wages.len())?;
        let case = case(state, &self.case)?;
        let mut workers = BTreeSet::new();
        let lines = accept_lines(self.wages.iter().map(|wage| {
            positive("amount", wage.amount)?;
            let (worker, amount) = (wage.worker, wage.amount);
            if !workers.insert(worker) {
                return Err(Refusal::WorkerTwice { worker });
            }
            let open = case.unpaid.get(&worker).copied().unwrap_or_default();
            if amount > open {
                return Err(Refusal::WageOverClaimed { worker, amount, open });
            }
            Ok(())
        }));
        let sum = self.wages.iter().map(|wage| wage.amount).sum();
        let in_order = case.not_before_last(effective_on);
        both(lines, in_order.and_then(|()| total_agrees(self.total, sum)))?;
        if self.total > case.held {
            let (case, needed, held) = (self.case.clone(), self.total, case.held);
            return Err(Refusal::WagesNotHeld { case, needed, held });
        }
        Ok(self.clone())
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let (debit, credit) = (Account::WagesHeldContra, Account::WagesHeld);
        entry.transfer(debit, credit, &Pot::default(), self.total);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let Some(case) = state.wage_cases.get_mut(&self.case) else { return };
        case.held -= self.total;
        for wage in &self.wages {
            let unpaid = case.unpaid.entry(wage.worker).or_default();
            *unpaid -= wage.amount;
            if unpaid.is_zero() {
                case.unpaid.remove(&wage.worker);
            }
        }
        case.records.push(Link { position, effective_on });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_case(state, &self.case, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        let Some(case) = state.wage_cases.get_mut(&self.case) else { return };
        case.held += self.total;
        for wage in &self.wages {
            *case.unpaid.entry(wage.worker).or_default() += wage.amount;
        }
        case.records.pop();
    }
}

/// A case; refused when it was never filed.
fn case<'a>(state: &'a State, case: &Id) -> Result<&'a WageCase, Refusal> {
    state.wage_cases.get(case).ok_or_else(|| Refusal::UnknownWageCase { case: case.clone() })
}

/// The records of a case are reversed last first.
fn last_of_case(state: &State, name: &Id, position: u64) -> Result<(), Refusal> {
    match case(state, name)?.records.last() {
        Some(last) if last.position != position => {
            Err(Refusal::ReverseLaterFirst { position, later: last.position })
        }
        _ => Ok(()),
    }
}
