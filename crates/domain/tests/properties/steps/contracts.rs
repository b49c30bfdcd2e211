//! Random steps that change contracts: extension, rescheduling, penalty interest and its waiver, rate resets.

use almoner_domain::command::Command;
use almoner_domain::date::Date;
use almoner_domain::loan::penalty::Charges;
use almoner_domain::loan::{Active, Loan, Stage};
use almoner_domain::money::Money;
use serde_json::json;

use super::{Step, is_active};
use crate::support::world::*;
use crate::support::{Ledger, command};

/// The day is set by the step.
const DAY: &str = "2023-06-01";

impl Step {
    pub(super) fn of_contracts(&self, ledger: &Ledger, today: Date) -> Command {
        let owing = |active: &Active| !active.is_repaid();
        let running = |active: &Active| active.maturity > today && !active.is_repaid();
        let strict = |loan: &Loan| loan.version > 4 && is_active(loan, owing);
        let (months, every) = *self.pick_of(&[(12, 12), (6, 3), (3, 1), (12, 3), (24, 24), (6, 6)]);
        match self.kind {
            225..227 => {
                let loan = self.loan(ledger, |loan| is_active(loan, running));
                extend(&loan, DAY, months, every)
            }
            227..229 => {
                let loan = self.loan(ledger, |loan| is_active(loan, owing));
                let method =
                    self.pick(["equal_principal", "interest_only", "equal_instalment", "bullet"]);
                reschedule(&loan, DAY, method, (months, every))
            }
            229..231 => charge_penalty(&self.loan(ledger, strict), DAY),
            231..232 => {
                let from = today.plus_days(-i32::from(self.days)).to_string();
                record_misuse(&self.loan(ledger, strict), DAY, &from)
            }
            232..236 => self.reset(ledger, today),
            _ => self.waive(ledger),
        }
    }

    /// A part of what is charged, or a fen more than that.
    fn waive(&self, ledger: &Ledger) -> Command {
        let owes = |loan: &Loan| is_active(loan, |active| !active.penalty().owed.total().is_zero());
        let loan = self.loan(ledger, owes);
        let owed = match ledger.state.loans.get(&loan.parse().unwrap()).map(|loan| &loan.stage) {
            Some(Stage::Active(active)) => active.penalty().owed,
            _ => Charges::default(),
        };
        let more = Money::from_fen(i64::from(self.one % 5 == 4));
        waive_penalty(&loan, DAY, &(owed.penalty + more).to_string(), &owed.compound.to_string())
    }

    /// On the first of the month, a floating rate; most loans have changed since, so that few can be.
    fn reset(&self, ledger: &Ledger, today: Date) -> Command {
        let first = today.plus_days(1 - i32::from(today.day()));
        let floats = |loan: &Loan| {
            let ready = |active: &Active| active.changed_on <= first && !active.is_repaid();
            loan.floating.is_some() && is_active(loan, ready)
        };
        let loan = self.loan(ledger, floats);
        reset_rate(&loan, &first.to_string(), self.pick(["0.0345", "0.0365", "0.07"]), "2023-06-20")
    }
}

/// An application under `plain`, whose second version asks that the spouse has no loan.
pub(super) fn apply_with_spouse(
    loan: &str,
    (borrower, spouse): (u32, u32),
    amount: &str,
    months: u16,
) -> Command {
    let data = json!({
        "loan": loan, "programme": "plain", "category": "store", "borrower": person(borrower),
        "bank": "icbc", "amount": amount, "months": months, "spouse": person(spouse),
    });
    command("loan.apply", DAY, data)
}
