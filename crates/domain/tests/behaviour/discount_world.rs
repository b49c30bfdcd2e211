//! A programme `new` whose discount each test chooses, and loans under it.

use almoner_domain::command::Command;
use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{Ledger, command};

pub const FIRST: (&str, &str) = ("2024-01-01", "2024-04-01");
pub const SECOND: (&str, &str) = ("2024-04-01", "2024-07-01");

/// A version of `new`: loans of banks without guarantee, discounted by `aid` for 36 months as given.
pub fn version(number: u32, from: &str, discount: Value) -> Command {
    let mut version = bank();
    version["programme"] = json!("new");
    version["version"] = json!(number);
    version["effective_from"] = json!(from);
    let terms = loan_terms(&mut version);
    terms.remove("guarantee");
    terms["open_loans_per_borrower"] = json!(9);
    let mut all = json!({"fund": "aid", "months": 36, "way": "direct"});
    for (field, value) in discount.as_object().unwrap() {
        all[field] = value.clone();
    }
    terms["discount"] = all;
    publish(from, version)
}

/// A ledger with the first version of `new` and 20,000.00 for it.
pub fn with(discount: Value) -> Ledger {
    let money = receive_for("aid", "city", "20000.00", Some("new"));
    funded().and([version(1, "2020-01-01", discount), money])
}

/// Half of the actual interest.
pub fn half() -> Value {
    json!({"mode": {"interest_share": "0.5"}})
}

/// A loan under `new` for three years of quarters, signed and lent on a day, with the LPR of 3.85 %.
pub fn lend_on(
    loan: &str,
    borrower: u32,
    amount: &str,
    rate: &str,
    method: &str,
    on: &str,
) -> Vec<Command> {
    let apply = json!({
        "loan": loan, "programme": "new", "category": "store", "borrower": person(borrower),
        "bank": "icbc", "amount": amount, "months": 36,
    });
    let approve = json!({
        "loan": loan, "amount": amount, "annual_rate": rate, "method": method,
        "reference_rate": {"name": "lpr-1y", "value": "0.0385", "published_on": "2021-12-20"},
    });
    vec![
        command("loan.apply", on, apply),
        command("loan.approve", on, approve),
        disburse(loan, on, 3),
    ]
}

/// 36,000.00 at 4 % lent on 1 January 2024: 4.00 of interest a day.
pub fn lent(discount: Value) -> Ledger {
    with(discount).and(lend_on("L-1", 1, "36000.00", "0.04", "interest_only", "2024-01-01"))
}

/// A claim for the loan `L-1` alone.
pub fn claim_of(name: &str, period: (&str, &str), interest: &str, discount: &str) -> Command {
    claim(name, "new", period, &[("L-1", interest, discount)], discount)
}

pub fn give_back_line(line: u64, amount: &str) -> Command {
    let data = json!({"line": line, "amount": amount, "reason": "claimed too much"});
    command("interest_discount.return", "2025-02-01", data)
}

pub fn advance(name: &str, amount: &str) -> Command {
    let data = json!({
        "advance": name, "programme": "new", "fund": "aid", "bank": "icbc", "year": 2024,
        "amount": amount, "document": "advance list",
    });
    command("interest_discount.advance", "2024-01-10", data)
}

pub fn settle_advance(name: &str, claims: &[&str]) -> Command {
    let data = json!({"advance": name, "claims": claims, "document": "settlement list"});
    command("interest_discount.settle", "2025-01-10", data)
}

pub fn upper_tier(tier: &str, amount: &str) -> Command {
    let data = json!({
        "fund": "aid", "source": "city", "programme": "new", "tier": tier, "amount": amount,
        "basis": "award", "year": 2024, "document": "award 1",
    });
    command("interest_discount.upper_tier_receive", "2025-01-20", data)
}
