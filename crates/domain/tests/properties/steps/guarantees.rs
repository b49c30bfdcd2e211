//! Steps around guarantees: compensation and what follows, counter-guarantees.

use almoner_domain::command::Command;
use almoner_domain::date::Date;
use almoner_domain::guarantee_fund::compensation::Compensation;
use almoner_domain::money::Money;

use super::{Step, is_active};
use crate::support::Ledger;
use crate::support::world::*;

/// The day is set by the step.
const DAY: &str = "2023-06-01";

impl Step {
    pub(super) fn guarantee(&self, ledger: &Ledger, today: Date) -> Command {
        match self.kind {
            100..105 => self.compensate(ledger, today),
            105..109 => self.recover(ledger),
            109..112 => self.settle(ledger),
            112..113 => write_off(&self.compensated(ledger, is_open), DAY),
            113..115 => claim_reshare(&self.compensated(ledger, |_| true), DAY),
            115..117 => {
                let claimed = |known: &Compensation| known.reshare_claimed > known.reshare_received;
                let name = self.compensated(ledger, claimed);
                let known = ledger.state.compensations.get(&name.parse().unwrap());
                let open = known
                    .map_or(Money::ZERO, |known| known.reshare_claimed - known.reshare_received);
                receive_reshare(&name, DAY, &self.part(open))
            }
            117..118 => demand(&self.compensated(ledger, is_open), DAY),
            118..120 => resume_bank(DAY, "icbc"),
            120..121 => {
                let loan = self.loan(ledger, |loan| loan.version == 0);
                secure(&loan, self.pick(["H-1", "H-2"]), &self.amount(900_000))
            }
            121..123 => {
                let secured: Vec<_> = ledger.state.counter_guarantees.iter().collect();
                let Some((loan, known)) = secured.get(self.one as usize % secured.len().max(1))
                else {
                    return release("L-1", "H-1", "1.00");
                };
                let first = known.items.values().next();
                let value = first.map_or(Money::ZERO, |item| item.value);
                release(loan.as_str(), "H-1", &self.part(value))
            }
            _ => waive(&self.loan(ledger, |loan| loan.version == 0)),
        }
    }

    /// The ledger itself says how much is overdue.
    fn compensate(&self, ledger: &Ledger, today: Date) -> Command {
        let overdue = |active: &almoner_domain::loan::Active| {
            active.open.unpack().first().is_some_and(|due| due.due_on.plus_days(90) <= today)
        };
        let late =
            |loan: &almoner_domain::loan::Loan| loan.version == 0 && is_active(loan, overdue);
        let loan = self.loan(ledger, late);
        let mut asked = compensate(&loan, DAY, "9000000.00", "9000000.00");
        asked.effective_on = today;
        let figures = ledger.decide(&asked).err().map(|refusal| refusal.figures());
        let figure = |name: &str| {
            let mut figures = figures.iter().flatten();
            let found = figures.find(|(figure, _)| *figure == name);
            found.map_or(Money::from_yuan(1), |(_, value)| value.parse().unwrap_or_default())
        };
        let (principal, interest) = (figure("principal"), figure("interest"));
        compensate(&loan, DAY, &self.part(principal), &self.part(interest))
    }

    fn recover(&self, ledger: &Ledger) -> Command {
        let loan = self.compensated(ledger, is_open);
        let known = ledger.state.compensations.get(&loan.parse().unwrap());
        let open = known.map_or(Money::from_yuan(1), |known| known.open.total());
        let costs = if self.one.is_multiple_of(3) { "1.23" } else { "0.00" };
        let surplus = Money::from_fen(i64::from(self.one % 5 == 4));
        let amount: Money = self.part(open).parse().unwrap();
        let amount = amount + costs.parse().unwrap() + surplus;
        recover(&loan, DAY, self.pick(["fund", "bank"]), &amount.to_string(), costs)
    }

    fn settle(&self, ledger: &Ledger) -> Command {
        let waits = |known: &Compensation| !(known.owed.is_empty() && known.due.is_empty());
        let loan = self.compensated(ledger, waits);
        let known = ledger.state.compensations.get(&loan.parse().unwrap());
        let sum = |amounts: Vec<&Money>| amounts.into_iter().copied().sum::<Money>();
        let owed = known.map_or(Money::ZERO, |known| sum(known.owed.values().collect()));
        let due = known.map_or(Money::ZERO, |known| sum(known.due.values().collect()));
        let (direction, amount) =
            if owed.is_positive() { ("paid", owed) } else { ("received", due) };
        settle(&loan, DAY, direction, &self.part(amount))
    }

    /// All, half or a third of an amount.
    fn part(&self, amount: Money) -> String {
        Money::from_fen(amount.fen() / i64::from(1 + self.two % 3)).or_zero().to_string()
    }

    /// A compensated loan that fits, or else any.
    fn compensated(&self, ledger: &Ledger, fits: impl Fn(&Compensation) -> bool) -> String {
        let all = ledger.state.compensations.iter().filter(|(_, known)| fits(known));
        let names: Vec<_> = all.map(|(name, _)| name).collect();
        match names.len() {
            0 => "L-1".to_owned(),
            count => names[self.one as usize % count].to_string(),
        }
    }
}

fn is_open(known: &Compensation) -> bool {
    known.open.total().is_positive()
}
