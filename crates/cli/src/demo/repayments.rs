//! Repayments of derived loans: most in time, some late, in part, early, too much, or not at all.

use almoner_domain::command::Action;
use almoner_domain::date::Date;
use almoner_domain::day_count;
use almoner_domain::loan::repayment::{Refund, Repay, Surplus};
use almoner_domain::money::Money;
use almoner_domain::programme::LoanTerms;
use almoner_domain::schedule::{self, Terms};
use anyhow::Context;
use serde::Deserialize;

use super::loans::Lent;
use super::steps::{Step, What};

/// How loans of one kind are repaid.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repayments {
    /// What is due after this day is not recorded any more.
    until: Date,
    /// Who does not simply pay in time; the first that fits holds.
    habits: Vec<EveryNth>,
}

/// Every so many-th loan is repaid in another way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EveryNth {
    every: u32,
    habit: Habit,
}

/// A way to repay.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Habit {
    /// Every instalment a week late.
    Late,
    /// Half of the first instalment, then nothing.
    Half,
    /// Nothing.
    Never,
    /// Everything a month before the first due day.
    Early,
    /// In time, and half of what is left with the last instalment that is recorded.
    Ahead,
    /// In time, and ten yuan too much at the end, which go back.
    TooMuch,
}

const WEEK: i32 = 7;

impl Repayments {
    /// Adds what is paid on a loan, the `number`-th of its kind.
    pub fn steps(
        &self,
        terms: Terms,
        loan_terms: &LoanTerms,
        lent: &Lent,
        number: u32,
        steps: &mut Vec<Step>,
    ) -> anyhow::Result<()> {
        let habit = self.habits.iter().find(|one| number.is_multiple_of(one.every));
        let habit = habit.map(|one| one.habit);
        let schedule = schedule::schedule(&terms)?;
        let mut payments = Payments { lent, made: 0, steps };
        if matches!(habit, Some(Habit::Never)) {
            return Ok(());
        }
        let first = schedule.instalments.first().context("a schedule is empty")?;
        if matches!(habit, Some(Habit::Early)) {
            let on = first.due_on.plus_days(-30);
            if on > self.until {
                return Ok(());
            }
            let (rate, rounding) = (terms.annual_rate, loan_terms.rounding);
            let day_count = loan_terms.day_count;
            let interest =
                day_count::interest(lent.principal, rate, lent.on, on, day_count, rounding);
            let interest = interest.context("a loan is repaid before it is lent")?;
            payments.repay(on, lent.principal + interest, Surplus::Prepay);
            return Ok(());
        }
        if matches!(habit, Some(Habit::Half)) {
            let half = Money::from_fen(first.total.fen() / 2);
            payments.repay(first.due_on, half, Surplus::NextInstalments);
            return Ok(());
        }
        let late = if matches!(habit, Some(Habit::Late)) { WEEK } else { 0 };
        let paid_on = |one: &schedule::Instalment| one.due_on.plus_days(late);
        let paid: Vec<_> =
            schedule.instalments.iter().filter(|one| paid_on(one) <= self.until).collect();
        let last = paid.last().map(|last| last.number);
        for one in paid {
            let (on, is_last) = (paid_on(one), Some(one.number) == last);
            match habit {
                Some(Habit::Ahead) if is_last && one.balance.is_positive() => {
                    let half = Money::from_fen(one.balance.fen() / 2);
                    payments.repay(on, one.total + half, Surplus::Prepay);
                }
                Some(Habit::TooMuch) if one.balance.is_zero() => {
                    let too_much = Money::from_yuan(10);
                    payments.repay(on, one.total + too_much, Surplus::NextInstalments);
                    payments.refund(on.plus_days(WEEK), too_much);
                }
                _ => payments.repay(on, one.total, Surplus::NextInstalments),
            }
        }
        Ok(())
    }
}

/// The payments of one loan as they are made.
struct Payments<'a> {
    lent: &'a Lent,
    made: u32,
    steps: &'a mut Vec<Step>,
}

impl Payments<'_> {
    fn repay(&mut self, on: Date, amount: Money, surplus: Surplus) {
        self.made += 1;
        let key = format!("{}-repay-{:02}", self.lent.key, self.made);
        let repay = Repay { loan: self.lent.loan.clone(), amount, surplus };
        self.steps.push(Step { key, on, what: What::Command(Action::LoanRepay(repay)) });
    }

    fn refund(&mut self, on: Date, amount: Money) {
        let key = format!("{}-refund", self.lent.key);
        let refund = Refund { loan: self.lent.loan.clone(), amount };
        self.steps.push(Step { key, on, what: What::Command(Action::LoanRefund(refund)) });
    }
}
