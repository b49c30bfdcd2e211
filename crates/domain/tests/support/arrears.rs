//! Arrears, mortgages, wages, certificates and relief: the commands of clerks, and a world that has them.

use almoner_domain::command::Command;
use serde_json::{Value, json};

use super::world::{empty, open, person, publish};
use super::{Ledger, command};

/// [`empty`] with the fund `social` and two programmes that collect arrears of it: `premium` without a limit of
/// the late fee, `capped` with the amount due as its limit. Two per mille a day until 2011-06-30, 0.5 per mille
/// from then on; fees are paid before premiums; items cover 70 percent of their valuation.
pub fn owing() -> Ledger {
    empty().and(beginning())
}

/// What [`owing`] adds.
pub fn beginning() -> Vec<Command> {
    vec![
        open("social", &["premiums"], None),
        publish("2020-01-01", collecting("premium", "unlimited")),
        publish("2020-01-01", collecting("capped", "amount_due")),
    ]
}

pub fn collecting(programme: &str, late_fee_limit: &str) -> Value {
    json!({
        "programme": programme, "version": 1, "name": "example", "place": "Zhengzhou",
        "document": "example 1", "effective_from": "1999-01-22",
        "terms": {"premium_arrears": {
            "fund": "social", "source": "premiums",
            "late_fees": [
                {"from": "1999-01-22", "daily": "0.002"},
                {"from": "2011-07-01", "daily": "0.0005"},
            ],
            "late_fee_limit": late_fee_limit,
            "application_order": ["late_fee", "premium"],
            "rounding": "half_up",
            "mortgage_rate": "0.7",
        }},
    })
}

/// The terms inside such a version, to be changed.
pub fn collecting_terms(version: &mut Value) -> &mut serde_json::Map<String, Value> {
    version["terms"]["premium_arrears"].as_object_mut().unwrap()
}

/// Pension premiums of a month under `premium`, due on its first day and assessed then.
pub fn assess(enterprise: u32, month: &str, amount: &str) -> Command {
    assess_of("premium", enterprise, "pension", month, amount)
}

pub fn assess_of(
    programme: &str,
    enterprise: u32,
    insurance: &str,
    month: &str,
    amount: &str,
) -> Command {
    let due_on = format!("{month}-01");
    let data = json!({
        "programme": programme, "enterprise": person(enterprise), "insurance": insurance,
        "month": month, "amount": amount, "due_on": due_on, "document": "notice 1",
    });
    command("premium_arrears.assess", &due_on, data)
}

pub fn pay_premium(enterprise: u32, on: &str, amount: &str) -> Command {
    pay_premium_of("premium", enterprise, on, amount)
}

pub fn pay_premium_of(programme: &str, enterprise: u32, on: &str, amount: &str) -> Command {
    let data = json!({
        "programme": programme, "enterprise": person(enterprise), "amount": amount,
        "document": "receipt 1",
    });
    command("premium_arrears.pay", on, data)
}

/// A payment of what is named: insurance and month.
pub fn pay_named(enterprise: u32, on: &str, amount: &str, named: &[(&str, &str)]) -> Command {
    let named: Vec<Value> = named
        .iter()
        .map(|(insurance, month)| json!({"insurance": insurance, "month": month}))
        .collect();
    let data = json!({
        "programme": "premium", "enterprise": person(enterprise), "amount": amount,
        "named": named, "document": "receipt 1",
    });
    command("premium_arrears.pay", on, data)
}

/// A mortgage of parcels, each with its valuation, until the end of the next year.
pub fn mortgage(mortgage: &str, enterprise: u32, on: &str, items: &[(&str, &str)]) -> Command {
    let items: Vec<Value> = items
        .iter()
        .map(|(item, valuation)| {
            json!({"item": item, "kind": "parcel", "valuation": valuation, "document": "report 1"})
        })
        .collect();
    let year: u32 = on[..4].parse().unwrap();
    let data = json!({
        "mortgage": mortgage, "programme": "premium", "enterprise": person(enterprise),
        "items": items, "expires_on": format!("{}-12-31", year + 1), "document": "contract 1",
    });
    command("asset_mortgage.register", on, data)
}

pub fn release_item(mortgage: &str, item: &str, on: &str) -> Command {
    let data = json!({"mortgage": mortgage, "item": item, "document": "decision 1"});
    command("asset_mortgage.release", on, data)
}

pub fn auction(mortgage: &str, item: &str, on: &str, proceeds: &str) -> Command {
    let data =
        json!({"mortgage": mortgage, "item": item, "proceeds": proceeds, "document": "record 1"});
    command("asset_mortgage.auction", on, data)
}

fn wages(lines: &[(u32, &str)]) -> Vec<Value> {
    let line =
        |(worker, amount): &(u32, &str)| json!({"worker": person(*worker), "amount": amount});
    lines.iter().map(line).collect()
}

pub fn file(case: &str, claims: &[(u32, &str)], total: &str) -> Command {
    let data = json!({
        "case": case, "employer": person(900), "claims": wages(claims), "total": total,
        "document": "complaint 1",
    });
    command("wage_arrears.file", "2024-01-10", data)
}

pub fn coordinate(case: &str) -> Command {
    command("wage_arrears.coordinate", "2024-02-10", json!({"case": case, "document": "agreement"}))
}

pub fn recover_wages(case: &str, amount: &str) -> Command {
    let data = json!({"case": case, "amount": amount, "document": "receipt 1"});
    command("wage_arrears.recover", "2024-03-10", data)
}

pub fn pay_wages(case: &str, lines: &[(u32, &str)], total: &str) -> Command {
    let data = json!({"case": case, "wages": wages(lines), "total": total, "document": "roster 1"});
    command("wage_arrears.pay", "2024-03-10", data)
}

pub fn set_quota(region: &str, due: u32) -> Command {
    let data = json!({"series": "work", "region": region, "due": due, "document": "census 1"});
    command("certificate.set_quota", "2003-03-01", data)
}

/// A certificate of a person of the same number, valid until a day.
pub fn issue(certificate: u32, region: &str, valid_until: Option<&str>) -> Command {
    let mut data = json!({
        "certificate": person(500 + certificate), "series": "work", "holder": person(certificate),
        "region": region, "document": "approval 1",
    });
    if let Some(valid_until) = valid_until {
        data["valid_until"] = json!(valid_until);
    }
    command("certificate.issue", "2003-03-02", data)
}

pub fn use_certificate(certificate: u32, on: &str) -> Command {
    let data = json!({
        "certificate": person(500 + certificate), "purpose": "business-tax", "document": "tax 1",
    });
    command("certificate.use", on, data)
}

pub fn withdraw_certificate(certificate: u32, on: &str) -> Command {
    let data = json!({"certificate": person(500 + certificate), "reason": "employed"});
    command("certificate.withdraw", on, data)
}

pub fn relief(
    department: &str,
    kind: &str,
    item: &str,
    beneficiaries: u32,
    amount: &str,
) -> Command {
    let data = json!({
        "department": department, "kind": kind, "item": item, "from": "2003-01-01",
        "to": "2003-10-31", "beneficiaries": beneficiaries, "amount": amount, "document": "report",
    });
    command("foregone_revenue.record", "2003-10-31", data)
}
