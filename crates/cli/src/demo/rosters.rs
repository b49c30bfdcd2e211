//! Rosters of subsidies, derived from their total: approved, paid, returned and paid anew.

use almoner_domain::command::Action;
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym, Text};
use almoner_domain::money::Money;
use almoner_domain::subsidy;
use almoner_domain::subsidy_batch::notice::PostNotice;
use almoner_domain::subsidy_batch::{Approve, Pay, RosterLine};
use anyhow::Context;
use serde::Deserialize;

use super::derived::{Amounts, pseudonym};
use super::steps::{Line, Step, What};

/// Who makes the rosters that another clerk checks and sends.
const MAKER: &str = "clerk:demo-roster";

/// A roster.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    batch: Id,
    programme: Id,
    period: Id,
    /// What the people are called in the labels of their pseudonyms.
    people: String,
    amounts: Amounts,
    /// The cost that each had is so many times the amount, where the rule pays a part of it.
    #[serde(default)]
    cost_times: Option<i64>,
    /// For how many months each line is.
    #[serde(default)]
    months: Option<u16>,
    approved_on: Date,
    /// How long it was posted in public; one clerk made and another checked it then.
    #[serde(default)]
    noticed: Option<Posted>,
    paid_on: Date,
    document: Text,
    /// Payments that the bank sent back, and that were approved and paid once more.
    #[serde(default)]
    returned: Vec<PaidAnew>,
    /// Payments recorded by mistake, reversed and then made.
    #[serde(default)]
    reversed: Vec<PaidAnew>,
}

/// From when to when a roster was posted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    from: Date,
    to: Date,
}

/// A line whose payment was undone and made anew.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaidAnew {
    /// The line, from 1.
    line: u32,
    /// When it was undone.
    on: Date,
    /// Why.
    reason: Text,
    /// When it was paid anew.
    paid_anew_on: Date,
}

impl Roster {
    /// The approval, the payment, and what was undone and done anew.
    pub fn steps(&self, place: &str) -> anyhow::Result<Vec<Step>> {
        let lines = self.lines(place)?;
        let approve = Action::BatchApprove(Approve {
            batch: self.batch.clone(),
            programme: self.programme.clone(),
            period: self.period.clone(),
            lines: lines.clone(),
            total: self.amounts.total,
            document: self.document.clone(),
            made_by: self.noticed.as_ref().map(|_| MAKER.parse()).transpose()?,
        });
        let pay = Action::BatchPay(Pay {
            batch: self.batch.clone(),
            total: self.amounts.total,
            document: "derived: one treasury payment for the roster".parse()?,
        });
        let mut steps = vec![
            self.step(place, "approve", self.approved_on, What::Command(approve)),
            self.step(place, "pay", self.paid_on, What::Command(pay)),
        ];
        if let Some(posted) = &self.noticed {
            let notice = Action::BatchPostNotice(PostNotice {
                batch: self.batch.clone(),
                from: posted.from,
                to: posted.to,
                document: "derived: list posted in public".parse()?,
            });
            steps.push(self.step(place, "notice", posted.from, What::Command(notice)));
        }
        for returned in &self.returned {
            let line = lines.get(usize::try_from(returned.line - 1)?);
            let line = line.with_context(|| format!("{} has no such line", self.batch))?;
            steps.extend(self.returned(place, returned, line)?);
        }
        for reversed in &self.reversed {
            steps.extend(self.reversed(place, reversed)?);
        }
        Ok(steps)
    }

    fn lines(&self, place: &str) -> anyhow::Result<Vec<RosterLine>> {
        let amounts = self.amounts.split(&format!("{place}/roster/{}", self.batch))?;
        let line = |(number, amount): (u32, Money)| {
            let (beneficiary, household) = self.person(place, number);
            let cost = self.cost_times.map(|times| Money::from_fen(amount.fen() * times));
            RosterLine { beneficiary, household, amount, cost, months: self.months }
        };
        Ok((1..).zip(amounts).map(line).collect())
    }

    /// Who stands in a line, and the household.
    fn person(&self, place: &str, number: u32) -> (Pseudonym, Pseudonym) {
        let people = &self.people;
        let household = pseudonym(&format!("{place}/household/{people}"), number);
        (pseudonym(&format!("{place}/{people}"), number), household)
    }

    fn returned(
        &self,
        place: &str,
        one: &PaidAnew,
        line: &RosterLine,
    ) -> anyhow::Result<[Step; 3]> {
        let number = one.line;
        let the_line = || Line { batch: self.batch.clone(), number };
        let (amount, reason) = (line.amount, one.reason.clone());
        let back = What::Return { line: the_line(), amount, reason };
        let subsidy = format!("{}.{number}", self.batch).parse()?;
        let pay = Action::SubsidyPay(subsidy::Pay { subsidy });
        let step = |what: &str, on, how| self.step(place, &format!("{number}-{what}"), on, how);
        Ok([
            step("return", one.on, back),
            step("reissue", one.paid_anew_on, What::Reissue { line: the_line() }),
            step("pay-anew", one.paid_anew_on, What::Command(pay)),
        ])
    }

    fn reversed(&self, place: &str, one: &PaidAnew) -> anyhow::Result<[Step; 2]> {
        let number = one.line;
        let reverse = What::Reverse {
            line: Line { batch: self.batch.clone(), number },
            reason: one.reason.clone(),
            document: "derived: correction slip of the finance bureau".parse()?,
        };
        // The reversed payment waits again, under the name that the roster gave it.
        let subsidy = format!("{}.{number}", self.batch).parse()?;
        let pay = Action::SubsidyPay(subsidy::Pay { subsidy });
        let step = |what: &str, on, how| self.step(place, &format!("{number}-{what}"), on, how);
        Ok([
            step("reverse", one.on, reverse),
            step("pay-anew", one.paid_anew_on, What::Command(pay)),
        ])
    }

    fn step(&self, place: &str, what: &str, on: Date, how: What) -> Step {
        Step { key: format!("demo-{place}-roster-{}-{what}", self.batch), on, what: how }
    }
}
