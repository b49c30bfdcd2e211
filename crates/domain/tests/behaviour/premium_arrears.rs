//! Premium arrears: assessed once, paid oldest first or as named, with a late fee by days.

use almoner_domain::premium_arrears::owed;
use serde_json::json;

use crate::support::arrears::*;
use crate::support::world::*;
use crate::support::{Ledger, date, yuan};

fn total(ledger: &Ledger, programme: &str, enterprise: u32, on: &str) -> String {
    let (programme, enterprise) = (programme.parse().unwrap(), person(enterprise).parse().unwrap());
    owed(&ledger.state, &programme, enterprise, date(on)).unwrap().total().to_string()
}

#[test]
fn an_assessment_is_a_claim_outside_the_fund() {
    let data = json!({
        "programme": "premium", "version": 1, "enterprise": person(1), "insurance": "pension",
        "month": "2010-01", "amount": "1000000.00", "due_on": "2010-01-01", "document": "notice 1",
    });
    owing()
        .when(assess(1, "2010-01", "1000000.00"))
        .then([("premium_arrears.assessed.v1", data)])
        .posts(&[
            ("memo:premium_arrears", "-/-/premium", "1000000.00"),
            ("memo_contra:premium_arrears", "-/-/premium", "-1000000.00"),
        ]);
}

/// Policy vector T8.
#[test]
fn a_payment_fixes_the_late_fee_of_both_rates_and_the_fund_receives_it() {
    let ledger = owing().and([assess(1, "2010-01", "1000000.00")]);
    let assessed = ledger.position();
    let data = json!({
        "amount": "2367000.00",
        "settlement": {
            "programme": "premium", "version": 1, "enterprise": person(1), "fund": "social",
            "source": "premiums",
            "allocations": [{
                "insurance": "pension", "month": "2010-01",
                "before": {
                    "due": "1000000.00", "due_on": "2010-01-01", "premium": "1000000.00",
                    "late_fee": "0.00", "charged": "0.00", "charged_until": "2010-01-01",
                    "assessed": {"position": assessed, "effective_on": "2010-01-01"},
                },
                "charged": "1367000.00", "late_fee": "1367000.00", "premium": "1000000.00",
            }],
        },
        "document": "receipt 1",
    });
    let ledger = ledger
        .when(pay_premium(1, "2013-01-01", "2367000.00"))
        .then([("premium_arrears.paid.v1", data)])
        .posts(&[
            ("assets:fund_bank", "social/premiums/-", "2367000.00"),
            ("equity:fund_capital", "social/premiums/-", "-2367000.00"),
            ("memo:late_fee", "-/-/premium", "1367000.00"),
            ("memo_contra:late_fee", "-/-/premium", "-1367000.00"),
            ("memo_contra:late_fee", "-/-/premium", "1367000.00"),
            ("memo:late_fee", "-/-/premium", "-1367000.00"),
            ("memo_contra:premium_arrears", "-/-/premium", "1000000.00"),
            ("memo:premium_arrears", "-/-/premium", "-1000000.00"),
        ]);
    assert_eq!(total(&ledger, "premium", 1, "2020-01-01"), "0.00");
    ledger.when(pay_premium(1, "2013-01-02", "0.01")).refused_as("premium_over_owed");
}

/// Policy vector T8, with the limit.
#[test]
fn a_limited_fee_stops_at_the_amount_due_over_all_payments() {
    let ledger = owing().and([assess_of("capped", 1, "pension", "2010-01", "1000000.00")]);
    assert_eq!(total(&ledger, "capped", 1, "2013-01-01"), "2000000.00");
    // 1,092,000.00 by then, of which 1,000,000.00 are charged; the rest of the money goes to the premium.
    let ledger = ledger.and([pay_premium_of("capped", 1, "2011-07-01", "1500000.00")]);
    for on in ["2011-07-01", "2013-01-01", "2029-01-01"] {
        assert_eq!(total(&ledger, "capped", 1, on), "500000.00", "{on}");
    }
}

#[test]
fn after_a_part_payment_the_fee_runs_on_what_is_left() {
    let ledger = owing()
        .and([assess(1, "2010-01", "1000000.00"), pay_premium(1, "2011-07-01", "1592000.00")]);
    assert_eq!(total(&ledger, "premium", 1, "2011-07-01"), "500000.00");
    // 550 days at 0.5 per mille on 500,000.00.
    assert_eq!(total(&ledger, "premium", 1, "2013-01-01"), "637500.00");
    assert_eq!(ledger.balance("memo:premium_arrears", "-/-/premium"), yuan("500000.00"));
}

#[test]
fn by_another_version_the_premium_is_paid_first_and_a_paid_premium_bears_no_fee() {
    let mut changed = collecting("premium", "unlimited");
    changed["version"] = json!(2);
    changed["effective_from"] = json!("2012-01-01");
    collecting_terms(&mut changed)["application_order"] = json!(["premium", "late_fee"]);
    let ledger = owing().and([publish("2020-01-01", changed), assess(1, "2010-01", "1000000.00")]);
    let then = ledger.when(pay_premium(1, "2013-01-01", "1000000.00")).accepted();
    assert_eq!(then.data()["settlement"]["version"], 2);
    let ledger = then.ledger;
    assert_eq!(ledger.balance("memo:premium_arrears", "-/-/premium"), yuan("0.00"));
    assert_eq!(ledger.balance("memo:late_fee", "-/-/premium"), yuan("1367000.00"));
    assert_eq!(total(&ledger, "premium", 1, "2029-01-01"), "1367000.00");
    let ledger = ledger.and([pay_premium(1, "2014-01-01", "1367000.00")]);
    assert_eq!(ledger.balance("memo:late_fee", "-/-/premium"), yuan("0.00"));
}

#[test]
fn the_fee_is_rounded_once_for_all_its_days() {
    // 2.46914 a day: seven days are 17.28, not seven times 2.47.
    let ledger = owing().and([assess(1, "2010-01", "1234.57")]);
    assert_eq!(total(&ledger, "premium", 1, "2010-01-08"), "1251.85");
    // Days before the due day bear none.
    assert_eq!(total(&ledger, "premium", 1, "2009-12-01"), "1234.57");
}

#[test]
fn what_fell_due_first_is_paid_first() {
    let ledger = owing().and([
        assess(1, "2010-03", "30.00"),
        assess_of("premium", 1, "medical", "2010-01", "10.00"),
        assess(1, "2010-01", "20.00"),
        assess(2, "2010-01", "99.00"),
    ]);
    let then = ledger.when(pay_premium(1, "2010-03-01", "40.00")).accepted();
    let data = then.data();
    let lines = data["settlement"]["allocations"].as_array().unwrap();
    // 59 days at 2 per mille: 2.36 on 20.00 and 1.18 on 10.00.
    let part = |line: usize, field: &str| lines[line][field].as_str().unwrap().to_owned();
    let told: Vec<_> = (0..lines.len())
        .map(|line| ["insurance", "month", "late_fee", "premium"].map(|field| part(line, field)))
        .collect();
    assert_eq!(
        told,
        [
            ["pension", "2010-01", "2.36", "20.00"],
            ["medical", "2010-01", "1.18", "10.00"],
            ["pension", "2010-03", "0.00", "6.46"],
        ]
    );
    assert_eq!(total(&then.ledger, "premium", 2, "2010-01-01"), "99.00");
}

#[test]
fn what_is_named_is_paid_in_that_order_and_nothing_else() {
    let ledger = owing().and([assess(1, "2010-01", "20.00"), assess(1, "2010-02", "30.00")]);
    let february = [("pension", "2010-02")];
    let then = ledger.when(pay_named(1, "2010-02-01", "30.00", &february)).accepted();
    assert_eq!(total(&then.ledger, "premium", 1, "2010-01-01"), "20.00");
    ledger.when(pay_named(1, "2010-02-01", "30.01", &february)).refused_as("premium_over_owed");
    let twice = [february[0], february[0]];
    ledger.when(pay_named(1, "2010-02-01", "30.00", &twice)).refused_as("unknown_premium_arrears");
    then.ledger
        .when(pay_named(1, "2010-02-01", "1.00", &february))
        .refused_as("unknown_premium_arrears");
}

#[test]
fn nothing_is_paid_before_it_is_assessed_or_before_the_last_payment() {
    let ledger = owing().and([
        assess(1, "2010-01", "20.00"),
        assess(1, "2010-02", "30.00"),
        pay_premium(1, "2010-02-02", "1.00"),
    ]);
    ledger.when(pay_premium(1, "2010-02-01", "1.00")).refused_as("before_original");
    // Of what is not assessed yet, nothing is owed.
    let ledger = owing().and([assess(1, "2010-02", "30.00")]);
    ledger.when(pay_premium(1, "2010-01-31", "1.00")).refused_as("premium_over_owed");
    ledger
        .when(pay_named(1, "2010-01-31", "1.00", &[("pension", "2010-02")]))
        .refused_as("before_original");
}

#[test]
fn payments_are_reversed_last_first_and_then_the_assessment() {
    let assessed = owing().and([assess(1, "2010-01", "1000.00")]);
    let first = assessed.clone().and([pay_premium(1, "2010-02-01", "500.00")]);
    let second = first.clone().and([pay_premium(1, "2010-03-01", "10.00")]);
    let (assessment, one, two) = (assessed.position(), first.position(), second.position());
    second.when(reverse(assessment)).refused_as("reverse_later_first");
    second.when(reverse(one)).refused_as("reverse_later_first");
    let back = second.and([reverse(two)]);
    assert_eq!(back.state.premium_accounts, first.state.premium_accounts);
    assert_eq!(back.balances(), first.balances());
    let back = back.and([reverse(one)]);
    assert_eq!(back.state.premium_accounts, assessed.state.premium_accounts);
    let back = back.and([reverse(assessment)]);
    assert_eq!(back.balances(), owing().balances());
    assert!(back.state.premium_accounts.is_empty());
    back.and([assess(1, "2010-01", "900.00")]);
}

#[test]
fn money_that_is_spent_is_not_taken_back() {
    let ledger =
        owing().and([assess(1, "2010-01", "1000.00"), pay_premium(1, "2010-01-01", "500.00")]);
    let payment = ledger.position();
    let spent = json!({"fund": "social", "source": "premiums", "purpose": "free", "amount": "400.00", "document": "d"});
    let spent = crate::support::command("fund.allocate", "2010-02-01", spent);
    ledger.and([spent]).when(reverse(payment)).refused_as("reversal_overdraws");
}

#[test]
fn a_programme_of_arrears_needs_a_source_and_terms_that_can_stand() {
    let changed = |field: &str, value| {
        let mut version = collecting("other", "unlimited");
        collecting_terms(&mut version)[field] = value;
        publish("2020-01-01", version)
    };
    owing().when(changed("source", json!("none"))).refused_as("unknown_source");
    owing().when(changed("application_order", json!(["premium"]))).refused_as("terms_invalid");
    owing().when(changed("mortgage_rate", json!("0"))).refused_as("terms_invalid");
    owing().when(apply("L-1", "premium", "5000.00", 12)).refused_as("wrong_programme_kind");
    owing()
        .when(assess_of("help", 1, "pension", "2021-01", "1.00"))
        .refused_as("wrong_programme_kind");
}
