//! Rosters (花名册): thousands of subsidies approved and paid as one atomic batch.

pub mod notice;

use serde::{Deserialize, Serialize};

use crate::check::{accept_lines, both, lines_within_limit, positive, total_agrees};
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text, present};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Name, State};
use crate::subsidy::roster::{Line, Roster};
use crate::subsidy::rule::months_possible;
use crate::subsidy::{Grant, Payment, unused_name};
use crate::subsidy_batch::notice::{checked_by_another, notice_is_over, to_be_posted};

/// Command `subsidy_batch.approve`: a roster. All lines are approved, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The batch; its subsidies are named after it, `BATCH.1`, `BATCH.2` …
    pub batch: Id,
    /// The programme.
    pub programme: Id,
    /// What it is for.
    pub period: Id,
    /// The lines.
    pub lines: Vec<RosterLine>,
    /// What the lines must sum to.
    pub total: Money,
    /// The approval and public notice (公示) that it rests on.
    pub document: Text,
    /// Who made the roster, as an actor of the ledger (`clerk:1`); who sends the command checked it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub made_by: Option<Text>,
}

/// One line of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterLine {
    /// Who gets it.
    pub beneficiary: Pseudonym,
    /// The household whose yearly cap it counts against.
    pub household: Pseudonym,
    /// How much.
    pub amount: Money,
    /// The cost that the beneficiary had, where the rule takes a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub cost: Option<Money>,
    /// For how many months it is; one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub months: Option<u16>,
}

/// Event `subsidy_batch.approved.v1`: the roster as a whole, after its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// The batch.
    pub batch: Id,
    /// The programme.
    pub programme: Id,
    /// What it is for.
    pub period: Id,
    /// How many lines.
    pub lines: u32,
    /// Their sum.
    pub total: Money,
    /// The approval and public notice that it rests on.
    pub document: Text,
    /// Who made the roster; the actor of the record checked it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub made_by: Option<Text>,
}

/// Command `subsidy_batch.pay`: one treasury payment for all lines that still wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// The batch.
    pub batch: Id,
    /// The treasury payment; it must equal the lines to the fen.
    pub total: Money,
    /// The payment order.
    pub document: Text,
}

/// Event `subsidy_batch.paid.v1`: the treasury payment, after its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paid {
    /// The batch.
    pub batch: Id,
    /// The programme.
    pub programme: Id,
    /// How many lines were paid.
    pub lines: u32,
    /// The treasury payment.
    pub total: Money,
    /// The payment order.
    pub document: Text,
}

impl Approve {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
        actor: &str,
    ) -> Result<(Vec<Grant>, Approved), Refusal> {
        lines_within_limit(self.lines.len())?;
        self.name_of_line(self.lines.len())?;
        accept_lines(self.lines.iter().map(|line| {
            positive("amount", line.amount)?;
            months_possible(line.months)
        }))?;
        if state.is_used(Name::Batch(self.batch.as_str())) {
            let kind = Word::new("batch", "批次");
            return Err(Refusal::AlreadyExists { kind, id: self.batch.clone() });
        }
        let mut roster = Roster::on(state, &self.programme, &self.period, effective_on)?;
        checked_by_another(self.made_by.as_ref(), actor, &self.programme, roster.terms())?;
        let grants = accept_lines(self.lines.iter().enumerate().map(|(index, line)| {
            let subsidy = self.name_of_line(index + 1)?;
            unused_name(state, &subsidy)?;
            roster.decide(Line {
                subsidy,
                batch: Some(&self.batch),
                beneficiary: line.beneficiary,
                household: line.household,
                amount: line.amount,
                cost: line.cost,
                months: line.months,
            })
        }));
        let sum: Money = self.lines.iter().map(|line| line.amount).sum();
        let mut grants = both(grants, total_agrees(self.total, sum))?;
        roster.draw(&mut grants)?;
        let approved = Approved {
            batch: self.batch.clone(),
            programme: self.programme.clone(),
            period: self.period.clone(),
            lines: u32::try_from(grants.len()).unwrap_or(u32::MAX),
            total: sum,
            document: self.document.clone(),
            made_by: self.made_by.clone(),
        };
        Ok((grants, approved))
    }

    fn name_of_line(&self, number: usize) -> Result<Id, Refusal> {
        format!("{}.{number}", self.batch).parse().map_err(|_| Refusal::FormInvalid {
            field: "data.batch".into(),
            problem: format!(
                "its lines are named after it, as {}.{number}, and that is longer than 40 characters",
                self.batch
            ),
        })
    }
}

impl Approved {
    pub(crate) fn apply(&self, state: &mut State, effective_on: Date) {
        state.use_up(Name::Batch(self.batch.as_str()));
        to_be_posted(state, &self.batch, effective_on);
    }
}

impl Pay {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<(Vec<Payment>, Paid), Refusal> {
        let unknown = || Refusal::UnknownBatch { batch: self.batch.clone() };
        let waiting = state.batches.get(&self.batch).ok_or_else(unknown)?;
        let waiting = waiting.iter().filter_map(|subsidy| state.subsidies.get(subsidy));
        let mut lines: Vec<Payment> = waiting.cloned().collect();
        // In the order of the roster: names of equal length first compare like their numbers.
        lines.sort_by(|a, b| {
            let (a, b) = (a.grant.subsidy.as_str(), b.grant.subsidy.as_str());
            a.len().cmp(&b.len()).then(a.cmp(b))
        });
        let sum: Money = lines.iter().map(|line| line.grant.amount).sum();
        total_agrees(self.total, sum)?;
        let first = &lines.first().ok_or_else(unknown)?.grant;
        // Lines that were reissued wait since later than the rest.
        lines.iter().try_for_each(|line| line.rests_on.not_after(effective_on))?;
        notice_is_over(state, first, effective_on)?;
        let programme = first.programme.clone();
        let paid = Paid {
            batch: self.batch.clone(),
            programme,
            lines: u32::try_from(lines.len()).unwrap_or(u32::MAX),
            total: sum,
            document: self.document.clone(),
        };
        Ok((lines, paid))
    }
}
