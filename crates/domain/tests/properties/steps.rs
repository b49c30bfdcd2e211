//! Random steps of clerks in a small world: most of them possible, some not.

mod arrears;
mod budget;
mod contracts;
mod guarantees;
mod settlements;

use almoner_domain::command::{Action, Command};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::interest_discount::ClaimStage;
use almoner_domain::loan::{Active, Approval, Loan, Stage};
use almoner_domain::money::Money;
use almoner_domain::refusal::Refusal;
use contracts::apply_with_spouse;
use proptest::prelude::*;
use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, command, date};

/// What a clerk does next; the numbers choose among what there is.
#[derive(Clone, Debug)]
pub struct Step {
    kind: u8,
    days: u8,
    one: u32,
    two: u32,
    three: u32,
}

/// From 40 steps up.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..241_u8, 0..12_u8, any::<u32>(), any::<u32>(), any::<u32>());
    let step = step.prop_map(|(kind, days, one, two, three)| Step { kind, days, one, two, three });
    prop::collection::vec(step, 40..120)
}

/// The world before the first step, and the day.
pub fn beginning() -> (Ledger, Date) {
    let mut changed = own();
    changed["version"] = json!(2);
    changed["effective_from"] = json!("2023-09-01");
    let terms = loan_terms(&mut changed);
    terms["rounding"] = json!("half_even");
    terms["day_count"] = json!("actual/actual");
    terms["working_days"] = json!(true);
    terms.insert("penalty".into(), penalty());
    terms["application_order"] = json!(["compound", "principal", "interest", "penalty"]);
    let mut strict = plain();
    strict["version"] = json!(2);
    strict["effective_from"] = json!("2023-07-01");
    let terms = loan_terms(&mut strict);
    terms.insert("penalty".into(), penalty());
    terms["application_order"] = json!(["penalty", "compound", "interest", "principal"]);
    terms.insert("borrowers".into(), json!({"loans": 3, "spouse": "no_open_loan"}));
    let mut borne = free();
    borne["version"] = json!(2);
    borne["effective_from"] = json!("2023-08-01");
    let bearer = |source: &str, weight: u32| json!({"source": source, "weight": weight});
    borne["terms"]["subsidy"]["borne_by"] = json!([bearer("city", 2), bearer("union", 1)]);
    let ledger = funded()
        .and([publish("2023-01-01", changed), publish("2023-01-01", strict)])
        .and([publish("2023-01-01", borne)])
        .and(crate::support::arrears::beginning())
        .and([publish("2020-01-01", post())])
        .and([publish_parameter("poverty_line", "2020-01-01", "4000.00")])
        .and([publish_parameter("minimum_wage", "2020-01-01", "1000.00")])
        .and([receive_for("aid", "city", "9000.00", Some("post"))])
        .and(
            ["union", "city", "firm", "public"]
                .map(|source| receive_for("aid", source, "300.00", None)),
        )
        .and([receive_for("guard", "city", "30000.00", Some("bank"))])
        .and(lend("L-1", "bank", "20000.00", "0.0395", "equal_instalment", (12, 1), "2023-06-02"))
        .and(lend_as("L-2", "plain", 2, "equal_principal"))
        .and(lend_as("L-3", "own", 3, "interest_only"));
    (ledger, date("2023-06-02"))
}

fn lend_as(loan: &str, programme: &str, borrower: u32, method: &str) -> Vec<Command> {
    vec![
        apply_as(loan, programme, "store", borrower, "12000.00", 12),
        approve(loan, "12000.00", "0.06", method),
        disburse(loan, "2023-06-02", 3),
    ]
}

impl Step {
    /// The command of this step on a day, which moves on.
    pub fn command(&self, ledger: &Ledger, today: &mut Date) -> Command {
        *today = today.plus_days(i32::from(self.days));
        let mut command = self.undated(ledger, *today);
        // A rate is reset on its own day.
        if !matches!(command.action, Action::LoanResetRate(_)) {
            command.effective_on = *today;
        }
        // One in sixteen is recorded late.
        if self.three % 16 == 7 {
            command.effective_on = today.plus_days(-i32::from(self.days) * 3);
        }
        command
    }

    fn undated(&self, ledger: &Ledger, today: Date) -> Command {
        let batch = format!("B-{}", self.one % 5);
        match self.kind {
            0..4 => receive_for(
                self.pick(["aid", "guard"]),
                "city",
                &self.amount(900_000),
                self.purpose(),
            ),
            4..6 => pledge(&format!("P-{}", self.one % 4), self.source(), &self.amount(50_000)),
            6..9 => self.receive_pledged(ledger),
            9..12 => {
                allocate(self.source(), self.purpose().unwrap_or("help"), &self.amount(40_000))
            }
            12..21 => self.apply(),
            21..28 => self.approve(ledger),
            28..33 => {
                let waits =
                    |loan: &Loan| is_approved(loan, |approval| approval.guarantee.is_none());
                commit(&self.loan(ledger, |loan| loan.version == 0 && waits(loan)))
            }
            33..41 => self.disburse(ledger),
            41..43 => cancel(&self.loan(ledger, |loan| !matches!(loan.stage, Stage::Active(_)))),
            43..58 => self.repay(ledger, today),
            58..60 => {
                let overpaid =
                    |loan: &Loan| is_active(loan, |active| active.overpaid().is_positive());
                refund(&self.loan(ledger, overpaid), "2023-06-01", &self.amount(2_000))
            }
            60..65 => self.claim(ledger, today),
            65..72 => self.on_claim(ledger),
            72..78 => self.grant(),
            78..81 => pay(&self.subsidy(ledger)),
            81..82 => withdraw(&self.subsidy(ledger)),
            82..84 => self.roster(&batch),
            84..86 => self.pay_roster(ledger, &batch),
            86..89 => self.give_or_demand_back(ledger),
            89..97 => self.reverse(ledger),
            97..98 => self.calendar(),
            98..99 => open(self.pick(["aid", "late"]), &["city"], None),
            99..100 => {
                let published =
                    ledger.log.iter().filter(|(_, event)| event.subject() == "programme/free");
                let mut version = self.pick_of(&[free(), free(), bank()]).clone();
                version["version"] = json!(published.count() + 1);
                publish("2023-06-01", version)
            }
            100..125 => self.guarantee(ledger, today),
            125..185 => self.of_arrears(ledger, today),
            185..209 => self.of_the_budget(ledger),
            209..211 => {
                let name = self.pick(["poverty_line", "minimum_wage"]);
                publish_parameter(name, "2023-07-01", &self.amount(500_000))
            }
            211..215 => self.post(),
            215..225 => self.settlement(ledger),
            225..239 => self.of_contracts(ledger, today),
            _ => {
                let digit = self.pick_of(&['a', 'b']);
                receive_file(&format!("C-{}", self.one % 6), "bank", *digit, &self.amount(900))
            }
        }
    }

    fn on_claim(&self, ledger: &Ledger) -> Command {
        let what = self.pick(["approve", "pay", "approve", "pay", "reject"]);
        let fits = |stage: &ClaimStage| match what {
            "approve" => *stage == ClaimStage::Claimed,
            "pay" => matches!(stage, ClaimStage::Approved(_)),
            _ => true,
        };
        let fitting: Vec<_> = ledger
            .state
            .claims
            .iter()
            .filter(|(_, claim)| fits(&claim.stage))
            .map(|(name, _)| name)
            .collect();
        match fitting.len() {
            0 => on_claim(what, &format!("C-{}", self.one % 6)),
            count => on_claim(what, fitting[self.one as usize % count].as_str()),
        }
    }

    fn receive_pledged(&self, ledger: &Ledger) -> Command {
        let fund = ledger.state.funds.get(&"aid".parse().unwrap());
        let pledges: Vec<_> = fund.into_iter().flat_map(|fund| &fund.pledges).collect();
        match pledges.len() {
            0 => receive_pledged("P-1", "union", "1.00"),
            count => {
                let (name, pledge) = pledges[self.one as usize % count];
                let part = Money::from_fen(pledge.open.fen() / i64::from(1 + self.two % 3));
                receive_pledged(name.as_str(), pledge.source.as_str(), &part.or_zero().to_string())
            }
        }
    }

    fn disburse(&self, ledger: &Ledger) -> Command {
        let ready = |loan: &Loan| {
            is_approved(loan, |approval| loan.version != 0 || approval.guarantee.is_some())
        };
        let name = self.loan(ledger, ready);
        let every = match ledger.state.loans.get(&name.parse().unwrap()).map(|loan| &loan.stage) {
            Some(Stage::Approved(approval)) => match self.three % 4 {
                0 => 1,
                1 => 3,
                _ => approval.months,
            },
            _ => 1,
        };
        disburse(&name, "2023-06-01", every)
    }

    fn apply(&self) -> Command {
        let programme = self.pick(["bank", "plain", "own", "own", "plain", "bank", "help"]);
        let category = if self.two.is_multiple_of(8) { "stall" } else { "store" };
        let loan = format!("L-{}", self.one % 40);
        let months = *self.pick_of(&[3, 6, 12, 12, 6, 24, 37]);
        let amount = self.amount(2_000_000);
        if programme == "plain" && self.one.is_multiple_of(4) {
            return apply_with_spouse(&loan, (self.two % 7, self.one % 9), &amount, months);
        }
        apply_as(&loan, programme, category, self.two % 7, &amount, months)
    }

    fn approve(&self, ledger: &Ledger) -> Command {
        let applied = |loan: &Loan| matches!(loan.stage, Stage::Applied(_));
        let loan = self.loan(ledger, applied);
        let amount = match ledger.state.loans.get(&loan.parse().unwrap()).map(|loan| &loan.stage) {
            Some(Stage::Applied(applied)) if self.two % 8 > 1 => applied.amount.to_string(),
            _ => self.amount(2_000_000),
        };
        let rate = self.pick(["0", "0.0395", "0.08", "0.0531", "0.081"]);
        let methods = ["equal_instalment", "equal_principal", "interest_only", "bullet", "flat"];
        let method = methods[(self.three % 5) as usize];
        match self.one % 4 {
            0 => approve_floating(&loan, &amount, method, true),
            _ => approve(&loan, &amount, rate, method),
        }
    }

    fn repay(&self, ledger: &Ledger, today: Date) -> Command {
        let owing = |loan: &Loan| is_active(loan, |active| !active.is_repaid());
        let name = self.loan(ledger, owing);
        let loan = ledger.state.loans.get(&name.parse().unwrap());
        let amount = match loan.map(|loan| &loan.stage) {
            Some(Stage::Active(active)) => self.repaid_amount(active, today),
            _ => self.amount(100_000),
        };
        let pay = if self.two.is_multiple_of(3) { prepay } else { repay };
        let mut asked = pay(&name, "2023-06-01", &amount);
        asked.effective_on = today;
        match ledger.decide(&asked) {
            Err(Refusal::PenaltyNotCharged { .. }) => charge_penalty(&name, "2023-06-01"),
            _ => asked,
        }
    }

    fn repaid_amount(&self, active: &Active, today: Date) -> String {
        let open = active.open.unpack();
        let total = |due: &almoner_domain::loan::instalment::Due| due.principal + due.interest;
        let due: Money = open.iter().filter(|due| due.due_on <= today).map(total).sum();
        let fen = match self.three % 8 {
            0 => due.fen(),
            1 => due.fen() + 1,
            2 => open.first().map_or(1, |due| total(due).fen()),
            3 => open.iter().map(total).sum::<Money>().fen(),
            4 => open.iter().map(total).sum::<Money>().fen() + 12_34,
            5 => due.fen() + active.principal.fen() / 3,
            6 => 1,
            _ => i64::from(self.one % 900_000),
        };
        Money::from_fen(fen).or_zero().to_string()
    }

    /// The ledger itself says how much may be claimed.
    fn claim(&self, ledger: &Ledger, today: Date) -> Command {
        let programme = self.pick(["bank", "plain"]);
        let version = u32::from(programme == "plain");
        let name = self.loan(ledger, |loan| loan.version == version && is_active(loan, |_| true));
        let second = self.pick(["L-1", "L-2", "L-3"]);
        let loans: Vec<&str> = if self.three.is_multiple_of(4) {
            vec![name.as_str(), second]
        } else {
            vec![name.as_str()]
        };
        let from = match ledger.state.loans.get(&name.parse().unwrap()).map(|loan| &loan.stage) {
            Some(Stage::Active(active)) => {
                let until = active.claimed.list().iter().map(|period| period.to).max();
                until
                    .unwrap_or(active.disbursed_on)
                    .plus_days(i32::try_from(self.three % 3).unwrap())
            }
            _ => today.plus_days(-100),
        };
        let to = from.plus_days(i32::try_from(self.two % 100).unwrap()).min(today);
        let (from, to) = (from.to_string(), to.to_string());
        let of = |interest: &str, discount: &str| {
            let lines: Vec<_> = loans.iter().map(|loan| (*loan, interest, discount)).collect();
            let each: Money = discount.parse().unwrap();
            let total: Money = loans.iter().map(|_| each).sum();
            let name = format!("C-{}", self.one % 20);
            let mut command = claim(&name, programme, (&from, &to), &lines, &total.to_string());
            command.effective_on = today;
            command
        };
        let most = |refusal: Refusal, figure: &str| match refusal {
            Refusal::Lines { listed, .. } => {
                let figures = listed.first()?.1.figures();
                figures.into_iter().find(|(name, _)| *name == figure).map(|(_, value)| value)
            }
            _ => None,
        };
        let asked = ledger.decide(&of("9000000.00", "0.01")).err();
        let interest = asked.and_then(|refusal| most(refusal, "actual")).unwrap_or("1.00".into());
        let asked = ledger.decide(&of(&interest, "9000000.00")).err();
        let discount = asked.and_then(|refusal| most(refusal, "maximum")).unwrap_or("1.00".into());
        of(&interest, &discount)
    }

    fn subsidy(&self, ledger: &Ledger) -> String {
        let waiting: Vec<_> = ledger.state.subsidies.keys().collect();
        match waiting.len() {
            0 => "S-1".to_owned(),
            count => waiting[self.one as usize % count].to_string(),
        }
    }

    fn grant(&self) -> Command {
        let subsidy = &format!("S-{}", self.one % 30);
        let programme = self.pick(["help", "help", "free", "bank"]);
        let period = format!("p{}", self.three % 4);
        grant_of(subsidy, programme, (self.two % 4, self.three % 2), &period, &self.amount(52_000))
    }

    fn post(&self) -> Command {
        let (subsidy, period) = (format!("S-{}", self.one % 30), format!("p{}", self.three % 4));
        let months = 1 + self.three % 15;
        let data = json!({
            "subsidy": subsidy, "programme": "post", "beneficiary": person(self.two % 4),
            "household": person(self.two % 4), "period": period, "months": months,
            "amount": Money::from_yuan(i64::from(400 * months)).to_string(),
        });
        command("subsidy.approve", "2023-06-01", data)
    }

    fn roster(&self, batch: &str) -> Command {
        let amounts = [self.amount(30_000), self.amount(10_000)];
        let lines: Vec<_> = (0..1 + self.three % 4)
            .map(|line| (line + self.two % 2, line % 2, amounts[(line % 2) as usize].as_str()))
            .collect();
        let total: Money = lines.iter().map(|line| line.2.parse::<Money>().unwrap()).sum();
        roster(batch, &format!("q{}", self.two % 6), &lines, &total.to_string())
    }

    fn pay_roster(&self, ledger: &Ledger, batch: &str) -> Command {
        let waiting = ledger.state.batches.get(&batch.parse().unwrap());
        let lines = waiting.into_iter().flatten();
        let amounts = lines.filter_map(|line| Some(ledger.state.subsidies.get(line)?.grant.amount));
        pay_roster(batch, &amounts.sum::<Money>().or_zero().to_string())
    }

    fn give_or_demand_back(&self, ledger: &Ledger) -> Command {
        let payments: Vec<(u64, Money)> = (1..)
            .zip(&ledger.log)
            .filter_map(|(position, (_, event))| match event {
                Event::SubsidyPaid(paid) => Some((position, paid.grant.amount)),
                _ => None,
            })
            .collect();
        let (payment, paid) = match payments.len() {
            0 => (u64::from(self.one % 20), Money::from_yuan(1)),
            count => payments[self.one as usize % count],
        };
        let amount =
            if self.two.is_multiple_of(2) { paid.to_string() } else { self.amount(paid.fen()) };
        match self.three % 4 {
            0 => demand_back(payment, &amount),
            _ => give_back(payment, &amount),
        }
    }

    fn reverse(&self, ledger: &Ledger) -> Command {
        let position = ledger.position();
        let back = if self.two.is_multiple_of(4) { position + 2 } else { 8 };
        reverse((position + 1).saturating_sub(u64::from(self.one) % back))
    }

    fn calendar(&self) -> Command {
        let day = format!("2023-10-{:02}", 1 + self.one % 31);
        let data =
            json!({"year": 2023, "holidays": [day], "working_weekends": [], "document": "notice"});
        command("calendar.publish", "2023-06-01", data)
    }

    /// A loan that fits, mostly; otherwise any.
    fn loan(&self, ledger: &Ledger, fits: impl Fn(&Loan) -> bool) -> String {
        let fitting: Vec<_> = ledger
            .state
            .loans
            .iter()
            .filter(|(_, loan)| fits(loan))
            .map(|(name, _)| name)
            .collect();
        if fitting.is_empty() || self.two.is_multiple_of(16) {
            return format!("L-{}", self.one % 40);
        }
        fitting[self.one as usize % fitting.len()].to_string()
    }

    fn amount(&self, most: i64) -> String {
        let fen = i64::from(self.three) * 7919 % most.max(1);
        // Round amounts, too, and zero now and then.
        Money::from_fen(if self.two.is_multiple_of(4) { fen / 10_000 * 10_000 } else { fen })
            .to_string()
    }

    fn source(&self) -> &'static str {
        self.pick(["union", "city", "firm", "public"])
    }

    fn purpose(&self) -> Option<&'static str> {
        [None, Some("own"), Some("help"), Some("bank"), Some("free")][(self.two % 5) as usize]
    }

    fn pick<const N: usize>(&self, choices: [&'static str; N]) -> &'static str {
        choices[self.two as usize % N]
    }

    fn pick_of<'a, T>(&self, choices: &'a [T]) -> &'a T {
        &choices[self.three as usize % choices.len()]
    }
}

fn is_approved(loan: &Loan, fits: impl Fn(&Approval) -> bool) -> bool {
    matches!(&loan.stage, Stage::Approved(approval) if fits(approval))
}

fn is_active(loan: &Loan, fits: impl Fn(&Active) -> bool) -> bool {
    matches!(&loan.stage, Stage::Active(active) if fits(active))
}
