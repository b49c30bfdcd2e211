//! Steps with arrears, mortgages, wages, certificates and relief.

use almoner_domain::command::Command;
use almoner_domain::date::Date;
use almoner_domain::money::Money;
use almoner_domain::premium_arrears::owed;
use serde_json::json;

use super::Step;
use crate::support::arrears::*;
use crate::support::world::person;
use crate::support::{Ledger, command};

impl Step {
    pub(super) fn of_arrears(&self, ledger: &Ledger, today: Date) -> Command {
        let enterprise = 1 + self.one % 3;
        let day = today.to_string();
        match self.kind % 30 {
            0..5 => {
                let month = format!("2022-{:02}", 1 + self.two % 12);
                let insurance = self.pick(["pension", "medical"]);
                let programme = ["premium", "premium", "capped"][(self.three % 3) as usize];
                assess_of(programme, enterprise, insurance, &month, &self.amount(100_000))
            }
            5..10 => self.pay_premium(ledger, today, enterprise),
            10..13 => {
                let items = [("a", self.amount(90_000)), ("b", self.amount(50_000))];
                let items = items.each_ref().map(|(item, value)| (*item, value.as_str()));
                let name = format!("M-{}", self.one % 20);
                let mut command = mortgage(&name, enterprise, &day, &items);
                if let almoner_domain::command::Action::MortgageRegister(register) =
                    &mut command.action
                {
                    let days = i32::try_from(self.two % 40).unwrap();
                    register.expires_on = today.plus_days(days);
                }
                command
            }
            13..15 => {
                let (mortgage, item) = self.mortgaged(ledger);
                release_item(&mortgage, &item, &day)
            }
            15..18 => {
                let (mortgage, item) = self.mortgaged(ledger);
                auction(&mortgage, &item, &day, &self.amount(60_000))
            }
            18..20 => {
                let amounts = [self.amount(5_000), self.amount(4_000), self.amount(3_000)];
                let count = 1 + (self.one % 3) as usize;
                let lines: Vec<_> = (1..).zip(amounts.iter().map(String::as_str)).collect();
                let sum: Money =
                    amounts[..count].iter().map(|one| one.parse::<Money>().unwrap()).sum();
                file(&self.case(), &lines[..count], &sum.to_string())
            }
            20..21 => coordinate(&self.case()),
            21..23 => {
                let case = ledger.state.wage_cases.get(&self.case().parse().unwrap());
                let open = case.map_or(100, |case| case.open().fen());
                let part = Money::from_fen(
                    open / i64::from(1 + self.two % 3) + i64::from(self.three % 9 / 8),
                );
                recover_wages(&self.case(), &part.or_zero().to_string())
            }
            23..25 => self.pay_wages(ledger),
            25..26 => set_quota(self.pick(["north", "south"]), self.three % 6),
            26..27 => {
                let until = (self.three.is_multiple_of(2)).then(|| today.plus_days(20).to_string());
                issue(self.one % 4, self.pick(["north", "south"]), until.as_deref())
            }
            27..28 => use_certificate(self.one % 4, &day),
            28..29 => withdraw_certificate(self.one % 4, &day),
            _ => {
                let kind = self.pick(["fee", "tax", "premium_reduction"]);
                relief("commerce", kind, &format!("i{}", self.one % 9), 5, &self.amount(9_000))
            }
        }
    }

    fn pay_premium(&self, ledger: &Ledger, today: Date, enterprise: u32) -> Command {
        let programme = ["premium", "premium", "capped"][(self.three % 3) as usize];
        let name = person(enterprise).parse().unwrap();
        let owed =
            owed(&ledger.state, &programme.parse().unwrap(), name, today).unwrap_or_default();
        let amount = match self.two % 6 {
            0 => owed.total(),
            1 => owed.total() + Money::from_fen(1),
            2 => owed.late_fee,
            _ => Money::from_fen(owed.total().fen() / i64::from(2 + self.two % 5)),
        };
        let amount = amount.or_zero().to_string();
        let day = today.to_string();
        let key = (programme.parse().unwrap(), name);
        let open = ledger.state.premium_accounts.get(&key).map(|account| account.open.keys());
        match open.and_then(|mut open| open.next_back()) {
            Some((month, insurance)) if programme == "premium" && self.two % 4 == 3 => {
                let insurance = json!(insurance);
                let named = [(insurance.as_str().unwrap(), &*month.to_string())];
                pay_named(enterprise, &day, &amount, &named)
            }
            _ => pay_premium_of(programme, enterprise, &day, &amount),
        }
    }

    /// A mortgage and an item of it, if there is one.
    fn mortgaged(&self, ledger: &Ledger) -> (String, String) {
        let items: Vec<_> = ledger
            .state
            .mortgages
            .iter()
            .flat_map(|(name, mortgage)| mortgage.items.keys().map(move |item| (name, item)))
            .collect();
        match items.len() {
            0 => ("M-1".to_owned(), "a".to_owned()),
            count => {
                let (mortgage, item) = items[self.two as usize % count];
                (mortgage.to_string(), item.to_string())
            }
        }
    }

    fn case(&self) -> String {
        format!("W-{}", self.one % 6)
    }

    /// What is held goes to the first worker, as far as that one claims so much.
    fn pay_wages(&self, ledger: &Ledger) -> Command {
        let case = ledger.state.wage_cases.get(&self.case().parse().unwrap());
        let first = case.and_then(|case| Some((case, case.unpaid.first_key_value()?)));
        let Some((case, (worker, unpaid))) = first else {
            return pay_wages(&self.case(), &[(1, "1.00")], "1.00");
        };
        let most = case.held.min(*unpaid) + Money::from_fen(i64::from(self.two % 9 / 8));
        let most = most.or_zero();
        let data = json!({
            "case": self.case(), "wages": [{"worker": worker, "amount": most}], "total": most,
            "document": "roster",
        });
        command("wage_arrears.pay", "2024-03-10", data)
    }
}
