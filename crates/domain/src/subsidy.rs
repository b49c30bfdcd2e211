//! Subsidies: approved, paid, returned.

pub mod bearers;
pub mod demand;
pub mod reissue;
pub mod returned;
pub(crate) mod roster;
pub mod rule;

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry};
use crate::check::positive;
use crate::date::Date;
use crate::event::Event;
use crate::fund::{Share, transfer_shares};
use crate::id::{Id, Pseudonym, Text, present};
use crate::money::Money;
use crate::parameter::Used;
use crate::programme::SubsidyTerms;
use crate::refusal::{Refusal, Word};
use crate::state::{Link, Name, Original, Sign, State};
use crate::subsidy::roster::{Line, Roster};
use crate::subsidy::rule::{Had, covered, months_possible};
use crate::subsidy_batch::notice::{may_come_alone, notice_is_over};

/// Command `subsidy.approve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The subsidy.
    pub subsidy: Id,
    /// The programme.
    pub programme: Id,
    /// Who gets it.
    pub beneficiary: Pseudonym,
    /// The household whose yearly cap it counts against.
    pub household: Pseudonym,
    /// What it is for: a month (`2024-05`), a year, or `once`. A programme pays a beneficiary once a period.
    pub period: Id,
    /// How much.
    pub amount: Money,
    /// The cost that the beneficiary had, where the rule takes a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub cost: Option<Money>,
    /// For how many months it is; one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub months: Option<u16>,
}

/// Event `subsidy.approved.v1`: the money is committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The subsidy.
    pub subsidy: Id,
    /// The batch that it came in.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub batch: Option<Id>,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// Who gets it.
    pub beneficiary: Pseudonym,
    /// The household.
    pub household: Pseudonym,
    /// The calendar year whose cap it counts against: that of its approval.
    pub year: i16,
    /// What it is for.
    pub period: Id,
    /// How much.
    pub amount: Money,
    /// The fund.
    pub fund: Id,
    /// Which sources bear it.
    pub shares: Vec<Share>,
    /// The cost that the beneficiary had.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub cost: Option<Money>,
    /// For how many months it is; one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub months: Option<u16>,
    /// The values of the parameters that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Used>,
}

/// The payment of a subsidy: as it waits, and as event `subsidy.paid.v1`, by which the money leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// What was approved.
    pub grant: Grant,
    /// The record by which it waits: of the approval, or of a reissue.
    pub rests_on: Link,
}

/// Command `subsidy.pay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// The subsidy.
    pub subsidy: Id,
}

/// Command `subsidy.cancel`: an approval is withdrawn before payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The subsidy.
    pub subsidy: Id,
    /// Why.
    pub reason: Text,
}

/// Event `subsidy.cancelled.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancelled {
    /// Why.
    pub reason: Text,
    /// What was approved.
    pub grant: Grant,
}

impl Approve {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Grant, Refusal> {
        positive("amount", self.amount)?;
        months_possible(self.months)?;
        unused_name(state, &self.subsidy)?;
        if belongs_to_batch(state, &self.subsidy) {
            return Err(already_exists(&self.subsidy));
        }
        let mut roster = Roster::on(state, &self.programme, &self.period, effective_on)?;
        may_come_alone(&self.programme, roster.terms())?;
        let mut grant = roster.decide(Line {
            subsidy: self.subsidy.clone(),
            batch: None,
            beneficiary: self.beneficiary,
            household: self.household,
            amount: self.amount,
            cost: self.cost,
            months: self.months,
        })?;
        roster.draw(std::slice::from_mut(&mut grant))?;
        Ok(grant)
    }
}

impl Grant {
    /// The entry of an approval.
    pub(crate) fn approved_entry(&self) -> Entry {
        let mut entry = Entry::new();
        self.commit(&mut entry, Account::Commitment, Account::CommitmentContra);
        entry
    }

    fn commit(&self, entry: &mut Entry, debit: Account, credit: Account) {
        transfer_shares(entry, debit, credit, &self.fund, &self.programme, &self.shares);
    }

    pub(crate) fn apply_approved(&self, state: &mut State, approved: Link) {
        use_periods(state, &self.programme, self.beneficiary, &self.period, self.months);
        state.add_household_used(&self.programme, self.household, self.year, self.amount);
        self.count(state, Sign::Plus);
        Payment { grant: self.clone(), rests_on: approved }.wait(state);
    }

    /// It waits no more.
    fn leave(&self, state: &mut State) {
        state.subsidies.remove(&self.subsidy);
        match &self.batch {
            None => state.use_up(Name::Subsidy(&self.subsidy)),
            Some(batch) => {
                if let Some(waiting) = state.batches.get_mut(batch) {
                    waiting.remove(&self.subsidy);
                    if waiting.is_empty() {
                        state.batches.remove(batch);
                    }
                }
            }
        }
    }

    /// Counts it against what the beneficiary may have, or takes it back from there.
    fn count(&self, state: &mut State, sign: Sign) {
        let Some(months) = self.limited_months(state) else { return };
        let had = Had { months: months.into(), times: 1, amount: self.amount };
        state.count_had(&self.programme, self.beneficiary, had, sign);
    }

    /// The terms of the version that decided.
    pub(crate) fn terms<'a>(&self, state: &'a State) -> Option<&'a SubsidyTerms> {
        state.programme_version(&self.programme, self.version)?.subsidy_terms().ok()
    }

    /// For how many months it counts, where the programme limits what a beneficiary may have.
    fn limited_months(&self, state: &State) -> Option<u16> {
        self.terms(state)?.per_beneficiary.as_ref().map(|_| self.months.unwrap_or(1))
    }
}

impl Payment {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        self.grant.commit(&mut entry, Account::Subsidy, Account::FundBank);
        self.grant.commit(&mut entry, Account::CommitmentContra, Account::Commitment);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        self.grant.leave(state);
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let returned = state.returned.get(&position).and_then(|returns| returns.last());
        let demanded = state
            .demands
            .get(&position)
            .and_then(|demand| demand.made.last().map(|made| &made.position));
        match returned.map(|(later, _)| &later.position).max(demanded) {
            None => Ok(()),
            Some(&later) => Err(Refusal::ReverseLaterFirst { position, later }),
        }
    }

    /// It waits for payment, or does so again.
    pub(crate) fn wait(self, state: &mut State) {
        let subsidy = &self.grant.subsidy;
        if let Some(batch) = &self.grant.batch {
            state.batches.entry(batch.clone()).or_default().insert(subsidy.clone());
        }
        state.subsidies.insert(subsidy.clone(), self);
    }
}

/// What a payment paid that is not reversed, for a command that refers to it by its position.
pub(crate) fn payment_at<'a>(
    state: &State,
    position: u64,
    payment: Option<Original<'a>>,
    effective_on: Date,
) -> Result<&'a Grant, Refusal> {
    let payment = payment.ok_or(Refusal::UnknownRecord { position })?;
    let Event::SubsidyPaid(paid) = payment.event else {
        return Err(Refusal::NotAPayment { position, kind: payment.event.kind() });
    };
    payment.not_after(effective_on)?;
    if state.reversed.contains(&position) {
        return Err(Refusal::AlreadyReversed { position });
    }
    Ok(&paid.grant)
}

/// What of a payment has come back.
pub(crate) fn returned_of(state: &State, payment: u64) -> Money {
    let returned = state.returned.get(&payment).into_iter().flatten();
    returned.map(|(_, amount)| *amount).sum()
}

impl Pay {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Payment, Refusal> {
        let waiting = state.subsidy(&self.subsidy)?;
        waiting.rests_on.not_after(effective_on)?;
        notice_is_over(state, &waiting.grant, effective_on)?;
        Ok(waiting.clone())
    }
}

impl Cancel {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Cancelled, Refusal> {
        let waiting = state.subsidy(&self.subsidy)?;
        waiting.rests_on.not_after(effective_on)?;
        let grant = waiting.grant.clone();
        Ok(Cancelled { reason: self.reason.clone(), grant })
    }
}

impl Cancelled {
    pub(crate) fn entry(&self) -> Entry {
        self.grant.approved_entry().reversed()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        let grant = &self.grant;
        grant.leave(state);
        grant.count(state, Sign::Minus);
        free_periods(state, &grant.programme, grant.beneficiary, &grant.period, grant.months);
        state.add_household_used(&grant.programme, grant.household, grant.year, -grant.amount);
    }
}

/// Refused when a subsidy of this name waits for payment, was paid or was cancelled.
pub(crate) fn unused_name(state: &State, subsidy: &Id) -> Result<(), Refusal> {
    let taken = state.subsidies.contains_key(subsidy) || state.is_used(Name::Subsidy(subsidy));
    if taken { Err(already_exists(subsidy)) } else { Ok(()) }
}

/// Whether a name is that of a line of a batch, `BATCH.1`: those are used up with the batch.
fn belongs_to_batch(state: &State, subsidy: &Id) -> bool {
    subsidy.as_str().rsplit_once('.').is_some_and(|(batch, line)| {
        line.bytes().all(|byte| byte.is_ascii_digit()) && state.is_used(Name::Batch(batch))
    })
}

fn already_exists(subsidy: &Id) -> Refusal {
    Refusal::AlreadyExists { kind: Word::new("subsidy", "补贴"), id: subsidy.clone() }
}

// A programme pays a beneficiary once a period; the three names are used up together.
fn is_paid(state: &State, programme: &Id, beneficiary: Pseudonym, period: &Id) -> bool {
    state.is_used(Name::Period { programme, period, beneficiary })
}

fn use_periods(
    state: &mut State,
    programme: &Id,
    beneficiary: Pseudonym,
    period: &Id,
    months: Option<u16>,
) {
    for period in &covered(period, months) {
        state.use_up(Name::Period { programme, period, beneficiary });
    }
}

fn free_periods(
    state: &mut State,
    programme: &Id,
    beneficiary: Pseudonym,
    period: &Id,
    months: Option<u16>,
) {
    for period in &covered(period, months) {
        state.free(Name::Period { programme, period, beneficiary });
    }
}
