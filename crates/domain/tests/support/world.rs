//! A small world: two funds, five programmes, and commands of clerks in it.

#[path = "budget.rs"]
mod budget;

use almoner_domain::command::Command;
use serde_json::{Value, json};

use super::{Ledger, command, date, given};
#[allow(unused_imports, reason = "each test program uses a part of what they share")]
pub use budget::*;

/// The pseudonym of the person, household or firm of a number.
pub fn person(number: u32) -> String {
    format!("{:032x}", 0xabc_0000_0000_0000_0000_u128 + u128::from(number))
}

/// `aid` with four sources and `guard`, a guarantee fund of five times its balance, both without
/// money; and the programmes of [`programmes`].
pub fn empty() -> Ledger {
    given([
        open("aid", &["union", "city", "firm", "public"], None),
        open("guard", &["city"], Some(5)),
    ])
    .and(programmes())
}

/// [`empty`] with 40,000.00 in `aid` for each of the programmes that it pays for, half of it from the
/// union and half from the city, and 10,000.00 in `guard`.
pub fn funded() -> Ledger {
    let money = ["bank", "plain", "own", "help"].into_iter().flat_map(|purpose| {
        ["union", "city"].map(|source| receive_for("aid", source, "20000.00", Some(purpose)))
    });
    empty().and(money).and([receive_for("guard", "city", "10000.00", None)])
}

/// The programmes: `bank` (lent by a bank, guaranteed to 90 %, half of the interest discounted),
/// `plain` (lent by a bank, discounted on the first 10,000.00 and in advance), `own` (lent by `aid`),
/// `help` (subsidies under caps), `free` (subsidies without caps).
pub fn programmes() -> Vec<Command> {
    let all = [bank(), plain(), own(), help(), free()];
    all.into_iter().map(|terms| publish("2020-01-01", terms)).collect()
}

pub fn bank() -> Value {
    let terms = json!({
        "lender": "bank",
        "categories": [
            {"category": "stall", "name": "餐饮摊点", "minimum": "1000.00", "maximum": "2000.00"},
            {"category": "store", "name": "个体门店", "minimum": "5000.00", "maximum": "300000.00"},
        ],
        "maximum_months": 36,
        "maximum_rate": "0.08",
        "methods": ["equal_instalment", "equal_principal", "interest_only", "bullet"],
        "day_count": "actual/360",
        "rounding": "half_up",
        "application_order": ["interest", "principal"],
        "open_loans_per_borrower": 1,
        "working_days": false,
        "guarantee": {"fund": "guard", "share": "0.9", "compensation": {
            "overdue_days": 90, "claim_months": 6, "limitation_months": 36,
            "loss_shares": {"fund": {"weight": 80}, "bank": 20},
            "suspension_rate": "0.2", "reshare": "0.15",
        }},
        "discount": {
            "fund": "aid", "mode": {"interest_share": "0.5"}, "months": 24, "way": "direct",
        },
        "classes": [
            {"class": "special_mention", "over_days": 0},
            {"class": "substandard", "over_days": 90},
            {"class": "doubtful", "over_days": 270},
            {"class": "loss", "over_days": 360},
        ],
        "resets": ["year", "month"],
        "extension": {"times": 1, "months": 12},
        "rescheduling": {"times": 2, "months": 24, "class": "special_mention", "observed_months": 12},
    });
    version("bank", 1, json!({"loan": terms}))
}

pub fn plain() -> Value {
    let mut version = bank();
    version["programme"] = json!("plain");
    let terms = loan_terms(&mut version);
    terms.remove("guarantee");
    terms["open_loans_per_borrower"] = json!(3);
    terms["discount"] = json!({
        "fund": "aid", "mode": "full_interest", "months": 12, "principal_cap": "10000.00",
        "way": "in_advance", "split": [{"tier": "central", "weight": 2}, {"tier": "city", "weight": 1}],
    });
    version
}

pub fn own() -> Value {
    let mut version = bank();
    version["programme"] = json!("own");
    let terms = loan_terms(&mut version);
    terms.remove("guarantee");
    terms.remove("discount");
    terms["lender"] = json!({"fund": {"fund": "aid"}});
    terms["day_count"] = json!("whole_period");
    terms["open_loans_per_borrower"] = json!(2);
    terms["methods"] =
        json!(["equal_instalment", "equal_principal", "interest_only", "bullet", "flat"]);
    version
}

pub fn help() -> Value {
    let terms = json!({"fund": "aid", "per_payment": "500.00", "per_household_year": "2000.00"});
    version("help", 1, json!({"subsidy": terms}))
}

pub fn free() -> Value {
    version("free", 1, json!({"subsidy": {"fund": "aid"}}))
}

/// `post`: a monthly subsidy from a twelfth of the poverty line to half of the minimum wage, for at most 36
/// months; not beside `help`.
pub fn post() -> Value {
    let part = |name: &str, divided_by: u16| json!({"parameter": {"parameter": name, "part": {"times": 1, "divided_by": divided_by}}});
    let terms = json!({
        "fund": "aid", "kind": "public_welfare_post",
        "rule": {"between": {"at_least": [part("poverty_line", 12)], "at_most": [part("minimum_wage", 2)]}},
        "per_beneficiary": {"months": 36}, "exclusive": {"programmes": ["help"]},
    });
    version("post", 1, json!({"subsidy": terms}))
}

pub fn publish_parameter(parameter: &str, from: &str, value: &str) -> Command {
    let data = json!({
        "parameter": parameter, "place": "Zhumadian", "value": value, "effective_from": from,
        "document": "notice 1",
    });
    command("parameter.publish", from, data)
}

/// A subsidy programme of these terms, paid by `aid` unless they say otherwise.
pub fn subsidy_version(programme: &str, mut terms: Value) -> Value {
    if terms.get("fund").is_none() {
        terms["fund"] = json!("aid");
    }
    version(programme, 1, json!({"subsidy": terms}))
}

fn version(programme: &str, version: u32, terms: Value) -> Value {
    json!({
        "programme": programme, "version": version, "name": "example", "place": "Zhumadian",
        "document": "example 1", "effective_from": "2020-01-01", "terms": terms,
    })
}

/// The loan terms inside a programme version, to be changed.
pub fn loan_terms(version: &mut Value) -> &mut serde_json::Map<String, Value> {
    version["terms"]["loan"].as_object_mut().unwrap()
}

pub fn publish(on: &str, version: Value) -> Command {
    command("programme.publish", on, version)
}

pub fn open(fund: &str, sources: &[&str], multiplier: Option<u16>) -> Command {
    let kinds = ["union", "fiscal", "enterprise", "donation"];
    let sources: Vec<Value> = sources
        .iter()
        .zip(kinds.iter().cycle())
        .map(|(source, kind)| json!({"source": source, "kind": kind, "name": *source}))
        .collect();
    let mut data = json!({"fund": fund, "name": "example", "sources": sources});
    if let Some(multiplier) = multiplier {
        data["multiplier"] = json!(multiplier);
    }
    command("fund.open", "2020-01-01", data)
}

pub fn pledge(pledge: &str, source: &str, amount: &str) -> Command {
    let data = json!({"fund": "aid", "pledge": pledge, "source": source, "amount": amount, "document": "agreement 1"});
    command("fund.pledge", "2022-12-01", data)
}

pub fn receive_for(fund: &str, source: &str, amount: &str, purpose: Option<&str>) -> Command {
    let mut data =
        json!({"fund": fund, "source": source, "amount": amount, "document": "receipt 1"});
    if let Some(purpose) = purpose {
        data["purpose"] = json!(purpose);
    }
    command("fund.receive", "2023-01-01", data)
}

pub fn receive_pledged(pledge: &str, source: &str, amount: &str) -> Command {
    let data = json!({"fund": "aid", "source": source, "amount": amount, "pledge": pledge, "document": "receipt 2"});
    command("fund.receive", "2023-01-01", data)
}

pub fn allocate(source: &str, purpose: &str, amount: &str) -> Command {
    let data = json!({"fund": "aid", "source": source, "purpose": purpose, "amount": amount, "document": "allocation 1"});
    command("fund.allocate", "2023-01-02", data)
}

/// An application of [`person`] 1 in the category `store`, for a bank of the name `icbc` unless the
/// programme is `own`.
pub fn apply(loan: &str, programme: &str, amount: &str, months: u16) -> Command {
    apply_as(loan, programme, "store", 1, amount, months)
}

pub fn apply_as(
    loan: &str,
    programme: &str,
    category: &str,
    borrower: u32,
    amount: &str,
    months: u16,
) -> Command {
    let mut data = json!({
        "loan": loan, "programme": programme, "category": category,
        "borrower": person(borrower), "amount": amount, "months": months,
    });
    if programme != "own" {
        data["bank"] = json!("icbc");
    }
    command("loan.apply", "2023-06-01", data)
}

pub fn approve(loan: &str, amount: &str, rate: &str, method: &str) -> Command {
    let data = json!({"loan": loan, "amount": amount, "annual_rate": rate, "method": method});
    command("loan.approve", "2023-06-02", data)
}

pub fn cancel(loan: &str) -> Command {
    command("loan.cancel", "2023-06-03", json!({"loan": loan, "reason": "withdrawn"}))
}

pub fn commit(loan: &str) -> Command {
    command("guarantee.commit", "2023-06-03", json!({"loan": loan}))
}

pub fn disburse(loan: &str, on: &str, every: u16) -> Command {
    command("loan.disburse", on, json!({"loan": loan, "every": every}))
}

pub fn repay(loan: &str, on: &str, amount: &str) -> Command {
    repay_with(loan, on, amount, "next_instalments")
}

pub fn prepay(loan: &str, on: &str, amount: &str) -> Command {
    repay_with(loan, on, amount, "prepay")
}

fn repay_with(loan: &str, on: &str, amount: &str, surplus: &str) -> Command {
    command("loan.repay", on, json!({"loan": loan, "amount": amount, "surplus": surplus}))
}

/// Terms of penalty interest: one and a half times the rate, twice the rate for misuse.
pub fn penalty() -> Value {
    json!({"overdue": {"uplift": "0.5"}, "misuse": {"uplift": "1"}, "compound": true})
}

pub fn charge_penalty(loan: &str, to: &str) -> Command {
    command("loan.charge_penalty", to, json!({"loan": loan}))
}

pub fn waive_penalty(loan: &str, on: &str, penalty: &str, compound: &str) -> Command {
    let charges = json!({"penalty": penalty, "compound": compound});
    on_loan("loan.waive_penalty", loan, on, json!({"charges": charges}))
}

pub fn record_misuse(loan: &str, on: &str, from: &str) -> Command {
    on_loan("loan.record_misuse", loan, on, json!({"from": from}))
}

/// The LPR of one year published on a day; the margin is that of the contract.
pub fn reset_rate(loan: &str, on: &str, lpr: &str, published_on: &str) -> Command {
    let reference = json!({"name": "lpr-1y", "value": lpr, "published_on": published_on});
    command("loan.reset_rate", on, json!({"loan": loan, "reference_rate": reference}))
}

/// At the LPR of 3.85 % and 1.15 points, reset on the first day of each July or of each month.
pub fn approve_floating(loan: &str, amount: &str, method: &str, monthly: bool) -> Command {
    let reset = match monthly {
        true => json!({"monthly": {"day": 1}}),
        false => json!({"yearly": {"month": 7, "day": 1}}),
    };
    let data = json!({
        "loan": loan, "amount": amount, "annual_rate": "0.05", "method": method,
        "reference_rate": {"name": "lpr-1y", "value": "0.0385", "published_on": "2021-12-20"},
        "floating": {"margin": {"above": "0.0115"}, "reset": reset},
    });
    command("loan.approve", "2023-06-02", data)
}

/// With the consent of the guarantor.
pub fn extend(loan: &str, on: &str, months: u16, every: u16) -> Command {
    let data = json!({"months": months, "every": every, "consent": "letter 1"});
    on_loan("loan.extend", loan, on, data)
}

/// With the consent of the guarantor.
pub fn reschedule(loan: &str, on: &str, method: &str, (months, every): (u16, u16)) -> Command {
    let data = json!({"method": method, "months": months, "every": every, "consent": "letter 1"});
    on_loan("loan.reschedule", loan, on, data)
}

pub fn refund(loan: &str, on: &str, amount: &str) -> Command {
    command("loan.refund", on, json!({"loan": loan, "amount": amount}))
}

/// Applied for, approved, guaranteed where the programme says so, and disbursed on a day.
pub fn lend(
    loan: &str,
    programme: &str,
    amount: &str,
    rate: &str,
    method: &str,
    (months, every): (u16, u16),
    on: &str,
) -> Vec<Command> {
    let mut commands =
        vec![apply(loan, programme, amount, months), approve(loan, amount, rate, method)];
    if programme == "bank" {
        commands.push(commit(loan));
    }
    commands.push(disburse(loan, on, every));
    for command in &mut commands {
        command.effective_on = command.effective_on.min(date(on));
    }
    commands
}

/// The hash of a file, told apart by one digit.
pub fn digest(digit: char) -> String {
    format!("sha256-{}", digit.to_string().repeat(64))
}

/// A file with one line for a claim.
pub fn receive_file(claim: &str, programme: &str, digit: char, total: &str) -> Command {
    let data = json!({
        "claim": claim, "programme": programme, "bank": "icbc", "digest": digest(digit), "lines": 1,
        "total": total, "document": "claim list",
    });
    command("interest_discount.receive_file", "2024-04-01", data)
}

/// A claim filed on the day on which its period is over; each line is loan, interest, discount.
pub fn claim(
    claim: &str,
    programme: &str,
    (from, to): (&str, &str),
    lines: &[(&str, &str, &str)],
    total: &str,
) -> Command {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(loan, interest, discount)| json!({"loan": loan, "interest": interest, "discount": discount}))
        .collect();
    let data = json!({
        "claim": claim, "programme": programme, "bank": "icbc", "from": from, "to": to,
        "lines": lines, "total": total, "document": "claim list",
    });
    command("interest_discount.claim", to, data)
}

pub fn on_claim(what: &str, claim: &str) -> Command {
    let data = match what {
        "reject" => json!({"claim": claim, "reason": "wrong list"}),
        _ => json!({"claim": claim}),
    };
    command(&format!("interest_discount.{what}"), "2025-01-01", data)
}

/// A subsidy of `help` for one's own household on a day of 2024.
pub fn grant(subsidy: &str, beneficiary: u32, period: &str, amount: &str) -> Command {
    grant_of(subsidy, "help", (beneficiary, beneficiary + 1000), period, amount)
}

pub fn grant_of(
    subsidy: &str,
    programme: &str,
    (beneficiary, household): (u32, u32),
    period: &str,
    amount: &str,
) -> Command {
    let data = json!({
        "subsidy": subsidy, "programme": programme, "beneficiary": person(beneficiary),
        "household": person(household), "period": period, "amount": amount,
    });
    command("subsidy.approve", "2024-05-01", data)
}

pub fn pay(subsidy: &str) -> Command {
    command("subsidy.pay", "2024-05-02", json!({"subsidy": subsidy}))
}

pub fn withdraw(subsidy: &str) -> Command {
    command("subsidy.cancel", "2024-05-02", json!({"subsidy": subsidy, "reason": "withdrawn"}))
}

pub fn give_back(payment: u64, amount: &str) -> Command {
    let data = json!({"payment": payment, "amount": amount, "reason": "card closed"});
    command("subsidy.return", "2024-05-10", data)
}

pub fn demand_back(payment: u64, amount: &str) -> Command {
    let data = json!({"payment": payment, "amount": amount, "reason": "paid after death", "document": "finding 1"});
    command("subsidy.demand", "2024-05-10", data)
}

/// A roster of `help`; each line is beneficiary, household, amount.
pub fn roster(batch: &str, period: &str, lines: &[(u32, u32, &str)], total: &str) -> Command {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(beneficiary, household, amount)| {
            json!({"beneficiary": person(*beneficiary), "household": person(*household), "amount": amount})
        })
        .collect();
    let data = json!({
        "batch": batch, "programme": "help", "period": period, "lines": lines, "total": total,
        "document": "notice 1",
    });
    command("subsidy_batch.approve", "2024-05-01", data)
}

pub fn pay_roster(batch: &str, total: &str) -> Command {
    let data = json!({"batch": batch, "total": total, "document": "order 1"});
    command("subsidy_batch.pay", "2024-05-02", data)
}

pub fn reverse(position: u64) -> Command {
    reverse_on("2029-12-31", position)
}

pub fn reverse_on(on: &str, position: u64) -> Command {
    let data = json!({"position": position, "reason": "wrong amount", "document": "approval 1"});
    command("reversal.record", on, data)
}

/// Commands on a compensated loan; the document is always the same.
pub fn on_loan(kind: &str, loan: &str, on: &str, data: Value) -> Command {
    let mut whole = json!({"loan": loan, "document": "approval 1"});
    for (name, value) in data.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    command(kind, on, whole)
}

pub fn compensate(loan: &str, on: &str, principal: &str, interest: &str) -> Command {
    let data = json!({"principal": principal, "interest": interest});
    on_loan("guarantee.compensate", loan, on, data)
}

/// Money from the borrower; `holder` is `fund` or `bank`.
pub fn recover(loan: &str, on: &str, holder: &str, amount: &str, costs: &str) -> Command {
    let data = json!({"payer": "borrower", "holder": holder, "amount": amount, "costs": costs});
    on_loan("guarantee.recover", loan, on, data)
}

/// `direction` is `paid` or `received`; the party is the bank.
pub fn settle(loan: &str, on: &str, direction: &str, amount: &str) -> Command {
    let data = json!({"party": "icbc", "direction": direction, "amount": amount});
    on_loan("guarantee.settle", loan, on, data)
}

pub fn write_off(loan: &str, on: &str) -> Command {
    on_loan("guarantee.write_off", loan, on, json!({"ground": "enforcement_ended"}))
}

pub fn claim_reshare(loan: &str, on: &str) -> Command {
    on_loan("guarantee.claim_reshare", loan, on, json!({}))
}

pub fn receive_reshare(loan: &str, on: &str, amount: &str) -> Command {
    on_loan("guarantee.receive_reshare", loan, on, json!({"source": "city", "amount": amount}))
}

pub fn demand(loan: &str, on: &str) -> Command {
    on_loan("guarantee.demand", loan, on, json!({}))
}

pub fn resume_bank(on: &str, bank: &str) -> Command {
    let data = json!({"programme": "bank", "bank": bank, "document": "decision 1"});
    command("guarantee.resume_bank", on, data)
}

pub fn secure(loan: &str, name: &str, value: &str) -> Command {
    let data = json!({
        "counter_guarantee": name, "kind": "house", "guarantors": [person(50)], "value": value,
    });
    on_loan("counter_guarantee.register", loan, "2023-06-02", data)
}

pub fn release(loan: &str, name: &str, value: &str) -> Command {
    let data = json!({"counter_guarantee": name, "value": value});
    on_loan("counter_guarantee.release", loan, "2023-12-31", data)
}

pub fn waive(loan: &str) -> Command {
    on_loan("counter_guarantee.waive", loan, "2023-06-02", json!({"reason": "trained"}))
}
