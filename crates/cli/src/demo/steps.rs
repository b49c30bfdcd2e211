//! Steps: commands before the positions that some of them refer to are known.

use std::collections::BTreeMap;

use almoner_domain::command::{Action, Command};
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Text};
use almoner_domain::money::Money;
use almoner_domain::reversal_entry::Reverse;
use almoner_domain::subsidy::reissue::Reissue;
use almoner_domain::subsidy::returned::Return;
use almoner_ledger::Submission;
use anyhow::Context;

use super::ACTOR;

/// A step of the demo.
pub struct Step {
    /// The idempotency key.
    pub key: String,
    /// The effective date.
    pub on: Date,
    /// What is asked for.
    pub what: What,
}

/// What a step asks for.
pub enum What {
    /// A command as it stands.
    Command(Action),
    /// The payment of a line of a roster comes back.
    Return {
        /// The line.
        line: Line,
        /// How much of it.
        amount: Money,
        /// Why.
        reason: Text,
    },
    /// The payment of a line of a roster that came back is made again.
    Reissue {
        /// The line.
        line: Line,
    },
    /// The payment of a line of a roster is reversed.
    Reverse {
        /// The line.
        line: Line,
        /// Why.
        reason: Text,
        /// The approval that it rests on.
        document: Text,
    },
}

/// A line of a roster.
pub struct Line {
    /// The batch.
    pub batch: Id,
    /// From 1.
    pub number: u32,
}

/// Sorts the steps by their dates, those of one day as they stand, and fills in positions.
pub fn in_order(mut steps: Vec<Step>) -> anyhow::Result<Vec<Submission>> {
    steps.sort_by_key(|step| step.on);
    let mut positions = Positions { next: 1, lines: BTreeMap::new(), paid: BTreeMap::new() };
    let submissions = steps.into_iter().map(|step| {
        let Step { key, on, what } = step;
        let action = match what {
            What::Command(action) => action,
            What::Return { line, amount, reason } => {
                let payment = positions.of_payment(&line)?;
                Action::SubsidyReturn(Return { payment, amount, reason })
            }
            What::Reissue { line } => {
                let payment = positions.of_payment(&line)?;
                Action::SubsidyReissue(Reissue { payment })
            }
            What::Reverse { line, reason, document } => {
                let position = positions.of_payment(&line)?;
                Action::Reverse(Reverse { position, reason, document })
            }
        };
        positions.pass(&action)?;
        let command = Command { effective_on: on, action };
        Submission::new(&key, ACTOR, command).with_context(|| format!("key {key}"))
    });
    submissions.collect()
}

/// Where the records of an empty ledger come to stand while commands are submitted one by one.
struct Positions {
    next: u64,
    /// How many lines each roster has.
    lines: BTreeMap<Id, u64>,
    /// Where the payment of each roster's first line stands.
    paid: BTreeMap<Id, u64>,
}

impl Positions {
    fn of_payment(&self, line: &Line) -> anyhow::Result<u64> {
        let first = self.paid.get(&line.batch);
        let first = first.with_context(|| format!("roster {} is not paid yet", line.batch))?;
        Ok(first + u64::from(line.number) - 1)
    }

    /// Counts the records of a command: a list makes one a line and one for the whole.
    fn pass(&mut self, action: &Action) -> anyhow::Result<()> {
        self.next += match action {
            Action::DiscountClaim(claim) => claim.lines.len() as u64 + 1,
            Action::BatchApprove(batch) => {
                let lines = batch.lines.len() as u64;
                self.lines.insert(batch.batch.clone(), lines);
                lines + 1
            }
            Action::BatchPay(batch) => {
                self.paid.insert(batch.batch.clone(), self.next);
                let lines = self.lines.get(&batch.batch);
                *lines.with_context(|| format!("roster {} is not approved yet", batch.batch))? + 1
            }
            _ => 1,
        };
        Ok(())
    }
}
