//! Schedules as Apache Fineract computes them, to the fen. The cases are data from its tests
//! (Apache-2.0). The whole set lies beside the project; a few are kept here, for wherever it does not.

#![cfg(test)]

use std::path::PathBuf;
use std::str::FromStr;

use almoner_domain::date::Date;
use almoner_domain::money::Money;
use almoner_domain::schedule::{Instalment, Schedule, Terms, remaining_schedule, schedule};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const DELINQUENCY: &str =
    "asserts delinquency, no schedule; some are held in behaviour/fineract_payments.rs";
const PAYMENTS: &str =
    "asserts what payments leave, no schedule; held in behaviour/fineract_payments.rs";

/// Cases of which nothing can be held against a schedule, and why.
const LEFT_OUT: [(&str, &str); 25] = [
    ("COB-53", DELINQUENCY),
    ("COB-78", DELINQUENCY),
    ("InlineCOB-5", DELINQUENCY),
    ("Loan-815", DELINQUENCY),
    ("Loan-849", DELINQUENCY),
    ("Loan-866", DELINQUENCY),
    ("Loan-877", DELINQUENCY),
    ("LoanDelinquency-269", DELINQUENCY),
    ("LoanDelinquency-286", DELINQUENCY),
    ("LoanDelinquency-311", DELINQUENCY),
    ("LoanDelinquency-354", DELINQUENCY),
    ("LoanDelinquency-397", DELINQUENCY),
    ("LoanDelinquency-462", DELINQUENCY),
    ("LoanDelinquency-608", DELINQUENCY),
    ("LoanDelinquency-1049", DELINQUENCY),
    ("LoanDelinquency-1152", DELINQUENCY),
    ("LoanDelinquency-1179", DELINQUENCY),
    ("Loan-404", PAYMENTS),
    ("Loan-439", PAYMENTS),
    ("Loan-516", PAYMENTS),
    ("Loan-553", PAYMENTS),
    ("Loan-586", PAYMENTS),
    ("Loan-619", PAYMENTS),
    ("Loan-701", PAYMENTS),
    ("LoanCBR-52", PAYMENTS),
];

/// Cases of which only the first instalment is held: interest on overdue principal is charged anew
/// in the later ones, which is no matter of the schedule agreed.
const FIRST_INSTALMENT_ONLY: [&str; 2] = ["Loan-5659", "Loan-5682"];

#[test]
fn every_case_gives_its_numbers_or_is_left_out_for_a_reason() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/fineract_loans.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: the Fineract cases are not here ({})", path.display());
        return;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let id = text_of(&case["id"]);
        let left_out = LEFT_OUT.iter().any(|(left_out, _)| *left_out == id);
        let compared = compare(id, case);
        assert_eq!(compared == 0, left_out, "{id}: {compared} comparisons");
    }
    let ids = LEFT_OUT.iter().map(|(id, _)| *id).chain(FIRST_INSTALMENT_ONLY);
    for id in ids {
        assert!(cases.iter().any(|case| case["id"] == id), "{id} is no case");
    }
}

#[test]
fn some_of_the_cases_kept_here() {
    let terms = |changes: Value| {
        let mut terms = json!({
            "principal": "5000.00", "annual_rate": "0.12", "disbursed_on": "2022-11-01", "number": 18,
            "every": 1, "unit": "month", "method": "equal_instalment", "day_count": "whole_period",
            "rounding": "half_even", "instalment_multiple": "1.00",
        });
        terms.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        schedule(&serde_json::from_value(terms).unwrap()).unwrap()
    };
    let row = |schedule: &Schedule, number: usize| {
        let Instalment { due_on, days, principal, interest, total, balance, .. } =
            &schedule.instalments[number - 1];
        format!("{due_on} {days} {principal} {interest} {total} {balance}")
    };
    // LoanRepayment-375: interest by the day, 365 days to the year in leap year 2024 too.
    let daily = terms(json!({"day_count": "actual/365"}));
    assert_eq!(row(&daily, 1), "2022-12-01 30 255.68 49.32 305.00 4744.32");
    assert_eq!(row(&daily, 16), "2024-03-01 29 296.47 8.53 305.00 598.28");
    assert_eq!(row(&daily, 18), "2024-05-01 30 299.38 2.95 302.33 0.00");
    assert_eq!(daily.total_interest.to_string(), "487.33");
    // LoanRepayment-407: equal principal, which no multiple rounds.
    let equal_principal = terms(json!({"method": "equal_principal"}));
    assert_eq!(row(&equal_principal, 8), "2023-07-01 30 277.78 30.56 308.34 2777.76");
    assert_eq!(row(&equal_principal, 18), "2024-05-01 30 277.74 2.78 280.52 0.00");
    assert_eq!(equal_principal.total_interest.to_string(), "475.00");
    // LoanRepayment-471: six instalments without principal.
    let grace = terms(json!({"principal_grace": 6}));
    assert_eq!(row(&grace, 6), "2023-05-01 30 0.00 50.00 50.00 5000.00");
    assert_eq!(row(&grace, 7), "2023-06-01 31 394.00 50.00 444.00 4606.00");
    assert_eq!(row(&grace, 18), "2024-05-01 30 442.66 4.43 447.09 0.00");
    // LoanRepayment-311: flat.
    let flat = terms(json!({"method": "flat"}));
    assert_eq!(row(&flat, 17), "2024-04-01 31 278.00 50.00 328.00 274.00");
    assert_eq!(row(&flat, 18), "2024-05-01 30 274.00 50.00 324.00 0.00");
}

/// Holds a case against our schedules; how many of its expectations were compared.
fn compare(id: &str, case: &Value) -> usize {
    let terms = &case["terms"];
    let mut lent = Vec::new();
    let mut compared = 0;
    for step in array(&case["timeline"]) {
        match text_of(&step["op"]) {
            "disburse" => {
                lent.push((date(&step["date"]), money(&step["amount"])));
                continue;
            }
            "expect_schedule" => compare_schedule(id, terms, array(&step["rows"])),
            "expect_totals" if !FIRST_INSTALMENT_ONLY.contains(&id) => {
                let schedule = agreed(terms);
                let principal = schedule.total_principal + down_payment(terms);
                assert_eq!(principal, money(&step["principal"]), "{id}");
                assert_eq!(schedule.total_interest, money(&step["interest"]), "{id}");
            }
            "expect_rows" => {
                let Some(instalments) = lent_in_parts(terms, &lent) else { continue };
                compare_rows(id, &instalments, array(&step["rows"]));
            }
            "expect_due_dates" => {
                let expected: Vec<Date> = array(&step["due_dates"]).iter().map(date).collect();
                let schedule = agreed(terms);
                assert!(schedule.instalments.iter().map(|due| due.due_on).eq(expected), "{id}");
            }
            "expect_summary" => compare_summary(id, &agreed(terms).instalments, step),
            "repay_installment" => {
                let number = usize::try_from(step["nr"].as_u64().unwrap()).unwrap();
                let principal = agreed(terms).instalments[number - 1].principal;
                assert_eq!(principal, money(&step["principal"]), "{id}");
            }
            _ => continue,
        }
        compared += 1;
    }
    compared
}

/// The rows begin with the disbursement, and where there is one, with the down payment.
fn compare_schedule(id: &str, terms: &Value, rows: &[Value]) {
    let schedule = agreed(terms);
    let before = if down_payment(terms).is_zero() { 1 } else { 2 };
    assert_eq!(rows.len(), before + schedule.instalments.len(), "{id}");
    for (instalment, row) in schedule.instalments.iter().zip(&rows[before..]) {
        assert_eq!(
            usize::from(instalment.number) + before - 1,
            row["nr"].as_u64().unwrap() as usize,
            "{id}"
        );
        assert_eq!(
            instalment.days,
            i32::try_from(row["days"].as_i64().unwrap()).unwrap(),
            "{id} {row}"
        );
        assert_eq!(instalment.due_on, date(&row["due_date"]), "{id} {row}");
        assert_eq!(instalment.principal, money(&row["principal"]), "{id} {row}");
        assert_eq!(instalment.interest, money(&row["interest"]), "{id} {row}");
        assert_eq!(instalment.balance, money(&row["balance"]), "{id} {row}");
        let charges: Money =
            ["fees", "penalties"].iter().filter_map(|kind| row.get(kind)).map(money).sum();
        assert_eq!(instalment.total + charges, money(&row["due"]), "{id} {row}");
        if FIRST_INSTALMENT_ONLY.contains(&id) {
            break;
        }
    }
}

/// Instalments appear once for every interest period in them.
fn compare_rows(id: &str, instalments: &[Instalment], rows: &[Value]) {
    for instalment in instalments {
        let of_instalment = |row: &&Value| row["installment"] == instalment.number;
        assert!(rows.iter().any(|row| of_instalment(&row)), "{id} {instalment:?}");
        for row in rows.iter().filter(of_instalment) {
            assert_eq!(instalment.total, money(&row["installment_amount"]), "{id} {row}");
            assert_eq!(instalment.interest, money(&row["interest_due"]), "{id} {row}");
            assert_eq!(instalment.principal, money(&row["principal_due"]), "{id} {row}");
            assert_eq!(instalment.balance, money(&row["balance_after"]), "{id} {row}");
        }
    }
}

/// The first instalment is paid, the others are written off.
fn compare_summary(id: &str, instalments: &[Instalment], summary: &Value) {
    let (paid, written_off) = instalments.split_at(1);
    let held = [
        ("principal_paid", paid, (|due| due.principal) as fn(&Instalment) -> Money),
        ("interest_paid", paid, |due| due.interest),
        ("total_repayment", paid, |due| due.total),
        ("principal_written_off", written_off, |due| due.principal),
        ("interest_written_off", written_off, |due| due.interest),
        ("total_written_off", written_off, |due| due.total),
    ];
    for (field, instalments, amount) in held {
        if let Some(expected) = summary.get(field) {
            assert_eq!(
                instalments.iter().map(amount).sum::<Money>(),
                money(expected),
                "{id} {field}"
            );
        }
    }
}

/// The instalments after one disbursement, or those still due after a second one on a due date; a
/// disbursement within a period is nothing that our terms can say.
fn lent_in_parts(terms: &Value, lent: &[(Date, Money)]) -> Option<Vec<Instalment>> {
    let first = our_terms(terms, lent[0].1, &lent[0].0.to_string());
    let instalments = schedule(&first).unwrap().instalments;
    let Some(&(again_on, more)) = lent.get(1) else { return Some(instalments) };
    let done = instalments.iter().position(|due| due.due_on == again_on)?;
    let due_dates: Vec<Date> = instalments[done + 1..].iter().map(|due| due.due_on).collect();
    let balance = instalments[done].balance + more;
    let number = instalments[done].number + 1;
    Some(remaining_schedule(balance, again_on, &due_dates, &first.conditions(), number).unwrap())
}

/// The schedule of the terms of a case, after its down payment.
fn agreed(terms: &Value) -> Schedule {
    let day = ["disbursement_date", "submitted_on"].iter().find_map(|field| terms[field].as_str());
    let principal = terms.get("principal").map_or(Money::from_yuan(1_000), money);
    schedule(&our_terms(terms, principal - down_payment(terms), day.unwrap_or("2024-01-01")))
        .unwrap()
}

fn down_payment(terms: &Value) -> Money {
    let percent = terms["down_payment_percent"].as_i64().unwrap_or(0);
    if percent == 0 {
        Money::ZERO
    } else {
        Money::from_fen(money(&terms["principal"]).fen() * percent / 100)
    }
}

/// What our terms make of those of a case. Some cases assert only due dates and name no rate.
fn our_terms(terms: &Value, principal: Money, disbursed_on: &str) -> Terms {
    let text = |field: &str| terms[field].as_str().unwrap_or_default();
    let grace = |field: &str| terms[field].as_u64().unwrap_or_default();
    let percent = terms.get("annual_rate_percent").map_or(Decimal::ZERO, decimal);
    let mut ours = json!({
        "principal": principal,
        "annual_rate": (percent / Decimal::ONE_HUNDRED).normalize().to_string(),
        "disbursed_on": disbursed_on,
        "number": terms["number_of_repayments"],
        "every": terms["repay_every"],
        "unit": match text("repay_unit") { "DAYS" => "day", "WEEKS" => "week", _ => "month" },
        "method": match (text("interest_type"), text("amortization")) {
            ("flat", _) => "flat",
            (_, "equal_principal") => "equal_principal",
            _ => "equal_instalment",
        },
        // A week is 7 of 364 days, a month 30 of 360; only a daily calculation counts the days.
        "day_count": match (text("schedule_type"), text("days_in_year"), text("interest_calculation_period")) {
            ("progressive", "360", _) => "30/360",
            ("cumulative", _, "daily") => "actual/365",
            _ => "whole_period",
        },
        "rounding": "half_even",
        "principal_grace": grace("grace_on_principal_payment"),
        "interest_grace": grace("grace_on_interest_payment"),
    });
    if let Some(first) = terms.get("first_repayment_date") {
        ours["first_due_on"] = first.clone();
    }
    if let Some(multiple) = terms["installment_amount_multiple_of"].as_i64() {
        ours["instalment_multiple"] = json!(Money::from_yuan(multiple));
    }
    serde_json::from_value(ours).unwrap()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn date(value: &Value) -> Date {
    text_of(value).parse().unwrap()
}

fn decimal(value: &Value) -> Decimal {
    Decimal::from_str(text_of(value)).unwrap()
}

/// Amounts are written with any number of places: 17.0, 100.
fn money(value: &Value) -> Money {
    let fen = decimal(value) * Decimal::ONE_HUNDRED;
    assert!(fen.fract().is_zero(), "{value}");
    Money::from_fen(i64::try_from(fen).unwrap())
}
