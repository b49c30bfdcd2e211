//! Rescheduling: a new plan for what is open, a class that stays worse for a while, and what is at risk.

use almoner_domain::arrears::{Class, LoanStanding, portfolio_at_risk, standing};
use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, date, yuan};

/// 30,000.00 at 6 % in three monthly instalments of principal, lent by `aid`.
fn lent() -> Ledger {
    funded().and(lend("L-1", "own", "30000.00", "0.06", "equal_principal", (3, 1), "2024-01-01"))
}

fn of(ledger: &Ledger, loan: &str, on: &str) -> LoanStanding {
    standing(&ledger.state, &ledger.state.loans[&loan.parse().unwrap()], date(on)).unwrap()
}

#[test]
fn all_open_principal_gets_a_new_plan_and_overdue_interest_stays_due() {
    let then = lent().when(reschedule("L-1", "2024-02-16", "equal_principal", (4, 2))).accepted();
    assert_eq!(
        then.data(),
        json!({
            "loan": "L-1", "programme": "own", "version": 1, "method_before": "equal_principal",
            "method": "equal_principal", "months": 4, "every": 2,
            "maturity_before": "2024-04-01", "maturity": "2024-06-16",
            "overdue": [{"number": 1, "due_on": "2024-02-01", "principal": "10000.00", "interest": "0.00"}],
            "replaced": [
                {"number": 2, "due_on": "2024-03-01", "principal": "10000.00", "interest": "100.00"},
                {"number": 3, "due_on": "2024-04-01", "principal": "10000.00", "interest": "50.00"},
            ],
            // Fifteen days of 20,000.00 have run; then two months of 30,000.00 and of 15,000.00.
            "after": [
                {"number": 2, "due_on": "2024-02-16", "principal": "0.00", "interest": "50.00"},
                {"number": 3, "due_on": "2024-04-16", "principal": "15000.00", "interest": "300.00"},
                {"number": 4, "due_on": "2024-06-16", "principal": "15000.00", "interest": "150.00"},
            ],
            "class": "special_mention", "observed_until": "2025-02-16",
            "consent": "letter 1", "document": "approval 1",
            "before": {"position": lent().position(), "changed_on": "2024-01-01", "accrued_to": "2024-01-01"},
        })
    );
    let ledger = then.posts(&[]);
    let data = ledger.when(repay("L-1", "2024-02-16", "200.00")).accepted().data();
    assert_eq!(
        data["allocations"],
        json!([
            {"number": 1, "due_on": "2024-02-01", "principal": "0.00", "interest": "150.00"},
            {"number": 2, "due_on": "2024-02-16", "principal": "0.00", "interest": "50.00"},
        ])
    );
    // Interest is charged to the day of the new plan, whether or not what was due before it is paid.
    let prepaid = |ledger: &Ledger, amount| {
        ledger.when(prepay("L-1", "2024-03-16", amount)).accepted().data()["prepaid"].clone()
    };
    let paid = ledger.clone().and([repay("L-1", "2024-02-16", "200.00")]);
    assert_eq!(prepaid(&paid, "10150.00")["interest"], "150.00");
    assert_eq!(prepaid(&ledger, "10350.00"), prepaid(&paid, "10150.00"));
}

#[test]
fn after_maturity_only_overdue_principal_is_left_to_plan_anew() {
    let data = lent().when(reschedule("L-1", "2024-04-01", "bullet", (6, 6))).accepted().data();
    assert_eq!(data.get("replaced"), None);
    assert_eq!(data["overdue"].as_array().unwrap().len(), 3);
    // No interest has run since the last due day.
    assert_eq!(
        data["after"],
        json!([{"number": 4, "due_on": "2024-10-01", "principal": "30000.00", "interest": "900.00"}])
    );
}

#[test]
fn a_new_plan_bears_no_discount_beyond_the_first() {
    let ledger = funded()
        .and(lend("L-1", "bank", "24000.00", "0.06", "equal_principal", (12, 3), "2024-01-01"))
        .and([reschedule("L-1", "2024-05-01", "interest_only", (24, 3))]);
    let claim = |from, to, interest, discount| {
        claim("C-1", "bank", (from, to), &[("L-1", interest, discount)], discount)
    };
    // 6,000.00 were overdue from 1 April: 18,000.00 bear 3.00 a day.
    ledger.when(claim("2024-04-01", "2024-07-01", "273.00", "136.50")).accepted();
    ledger.when(claim("2024-04-01", "2024-07-01", "273.01", "136.50")).refused_as("lines_refused");
    ledger.when(claim("2024-10-01", "2025-01-01", "92.00", "46.00")).accepted();
    let data = ledger.when(reschedule("L-1", "2024-06-01", "bullet", (6, 6))).accepted().data();
    assert_eq!(
        (&data["method_before"], &data["method"]),
        (&json!("interest_only"), &json!("bullet"))
    );
}

#[test]
fn a_rescheduling_can_be_reversed() {
    let ledger = lent().and([reschedule("L-1", "2024-02-16", "bullet", (4, 4))]);
    let back = ledger.clone().and([reverse_on("2024-02-16", ledger.position())]);
    assert_eq!(back.state.loans, lent().state.loans);
}

#[test]
fn a_rescheduled_loan_is_watched_for_a_year() {
    let ledger = lent();
    assert_eq!(of(&ledger, "L-1", "2024-02-01").class, Class::Normal);
    let overdue = of(&ledger, "L-1", "2024-03-02");
    assert_eq!((overdue.days_past_due, overdue.class), (30, Class::SpecialMention));
    assert_eq!(overdue.overdue.principal, yuan("20000.00"));
    assert_eq!(overdue.overdue.interest, yuan("250.00"));
    let ledger = ledger.and([
        reschedule("L-1", "2024-02-16", "interest_only", (24, 12)),
        repay("L-1", "2024-02-16", "200.00"),
    ]);
    for (on, class) in [
        ("2024-02-16", Class::SpecialMention),
        ("2025-02-16", Class::SpecialMention),
        ("2025-05-18", Class::Substandard),
    ] {
        assert_eq!(of(&ledger, "L-1", on).class, class, "{on}");
    }
    let ledger = ledger.and([repay("L-1", "2025-02-16", "1800.00")]);
    assert_eq!(of(&ledger, "L-1", "2025-02-16").class, Class::SpecialMention);
    assert_eq!(of(&ledger, "L-1", "2025-02-17").class, Class::Normal);
}

#[test]
fn what_is_due_on_a_day_of_rest_is_overdue_after_the_next_working_day() {
    let mut version = own();
    version["version"] = json!(2);
    version["effective_from"] = json!("2023-01-01");
    loan_terms(&mut version)["working_days"] = json!(true);
    let ledger = funded().and([publish("2023-01-01", version)]).and(lend(
        "L-1",
        "own",
        "30000.00",
        "0.06",
        "equal_principal",
        (3, 1),
        "2024-01-02",
    ));
    // 2 February is a Friday, 2 March a Saturday.
    let ledger = ledger.and([repay("L-1", "2024-02-02", "10150.00")]);
    assert_eq!(of(&ledger, "L-1", "2024-03-04").days_past_due, 0);
    assert_eq!(of(&ledger, "L-1", "2024-03-05").days_past_due, 3);
}

#[test]
fn the_portfolio_at_risk_holds_the_whole_principal_of_loans_past_due() {
    let ledger = lent()
        .and(vec![
            apply_as("L-2", "plain", "store", 2, "12000.00", 12),
            approve("L-2", "12000.00", "0.06", "bullet"),
            disburse("L-2", "2024-01-01", 12),
        ])
        .and([repay("L-1", "2024-02-01", "10150.00")]);
    let at_risk = |programme: Option<&str>, on| {
        let programme = programme.map(|programme| programme.parse().unwrap());
        let risk = portfolio_at_risk(&ledger.state, programme.as_ref(), date(on), &[30, 60, 90]);
        let past_due = risk.past_due.iter().map(|(days, sum)| (*days, sum.to_string()));
        (risk.outstanding.to_string(), past_due.collect::<Vec<_>>())
    };
    let line = |days, sum: &str| (days, sum.to_owned());
    let expected = |first, second, third| vec![line(30, first), line(60, second), line(90, third)];
    // The first is unpaid since 1 March; the second is not due.
    assert_eq!(at_risk(None, "2024-03-31"), ("32000.00".into(), expected("0.00", "0.00", "0.00")));
    assert_eq!(
        at_risk(None, "2024-05-01"),
        ("32000.00".into(), expected("20000.00", "20000.00", "0.00"))
    );
    assert_eq!(
        at_risk(Some("own"), "2024-05-31"),
        ("20000.00".into(), expected("20000.00", "20000.00", "20000.00"))
    );
    assert_eq!(
        at_risk(Some("plain"), "2024-05-31"),
        ("12000.00".into(), expected("0.00", "0.00", "0.00"))
    );
}
