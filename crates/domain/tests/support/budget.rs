//! Commands of clerks about budget years, allocation documents, matching duties and notices.

use almoner_domain::command::Command;
use serde_json::json;

use super::super::command;

pub fn open_year(year: i16) -> Command {
    command("budget_year.open", "2023-01-01", json!({"year": year, "document": "budget 1"}))
}

/// The close of a year on the fifteenth of the January after.
pub fn close_year(year: i16) -> Command {
    let on = format!("{}-01-15", year + 1);
    command("budget_year.close", &on, json!({"year": year, "document": "accounts 1"}))
}

pub fn register(
    allocation: &str,
    source: &str,
    purpose: Option<&str>,
    (year, keep_years): (u32, u32),
    amount: &str,
) -> Command {
    let mut data = json!({
        "fund": "aid", "allocation": allocation, "source": source, "tier": "province",
        "channel": "direct", "year": year, "keep_years": keep_years, "amount": amount,
        "document": "notice 56",
    });
    if let Some(purpose) = purpose {
        data["purpose"] = json!(purpose);
    }
    command("allocation.register", "2022-12-30", data)
}

/// Money that fulfils an `allocation` or a `matching` duty.
pub fn receive_by(
    what: &str,
    name: &str,
    source: &str,
    purpose: Option<&str>,
    amount: &str,
) -> Command {
    let mut data =
        json!({"fund": "aid", "source": source, "amount": amount, "document": "receipt 3"});
    data[what] = json!(name);
    if let Some(purpose) = purpose {
        data["purpose"] = json!(purpose);
    }
    command("fund.receive", "2022-12-31", data)
}

pub fn carry(allocation: &str, year: i16, amount: &str) -> Command {
    let data = json!({"fund": "aid", "allocation": allocation, "year": year, "amount": amount, "document": "carry 1"});
    command("allocation.carry", "2025-01-20", data)
}

pub fn return_surplus(allocation: &str, on: &str, amount: &str) -> Command {
    let data =
        json!({"fund": "aid", "allocation": allocation, "amount": amount, "document": "surplus 1"});
    command("allocation.return_surplus", on, data)
}

pub fn require(matching: &str, source: &str, amount: &str) -> Command {
    let data = json!({"fund": "aid", "matching": matching, "source": source, "amount": amount, "document": "notice 2"});
    command("matching.require", "2022-12-30", data)
}

pub fn withdraw_pledge(pledge: &str) -> Command {
    let data =
        json!({"fund": "aid", "pledge": pledge, "reason": "hardship", "document": "notice 3"});
    command("fund.withdraw_pledge", "2024-01-01", data)
}

pub fn post_notice(batch: &str, from: &str, to: &str) -> Command {
    let data = json!({"batch": batch, "from": from, "to": to, "document": "notice 4"});
    command("subsidy_batch.post_notice", from, data)
}

pub fn give_in_kind(gift: &str, source: &str, quantity: u32, unit_value: &str) -> Command {
    let data = json!({
        "fund": "aid", "gift": gift, "source": source, "goods": "goslings", "quantity": quantity,
        "unit": "head", "unit_value": unit_value, "document": "gift 1",
    });
    command("in_kind.receive", "2023-01-01", data)
}

pub fn hand_out(gift: &str, beneficiary: u32, quantity: u32) -> Command {
    let data = json!({
        "fund": "aid", "gift": gift, "beneficiary": super::person(beneficiary),
        "quantity": quantity, "document": "list 1",
    });
    command("in_kind.hand_out", "2023-02-01", data)
}

pub fn reissue(payment: u64) -> Command {
    command("subsidy.reissue", "2024-06-01", json!({"payment": payment}))
}
