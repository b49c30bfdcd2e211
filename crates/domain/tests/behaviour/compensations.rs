//! Compensation: split to the fen, recovered, passed on, written off, re-shared; banks suspended; demands.

use almoner_domain::command::Command;
use almoner_domain::guarantee_fund::Capacity;
use almoner_domain::guarantee_fund::claim_clock::Clocks;
use almoner_domain::money::Money;
use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, command, date, yuan};

/// 100,000.00 lent by `icbc` on 2024-01-01 for a year at 4 %, all due on 2025-01-01 with interest of 4,066.67.
fn lent() -> Ledger {
    funded().and([receive_for("guard", "city", "90000.00", Some("bank"))]).and(lend(
        "L-1",
        "bank",
        "100000.00",
        "0.04",
        "bullet",
        (12, 12),
        "2024-01-01",
    ))
}

/// Policy vector T7: 103,456.79 at 80 to 20.
fn compensated() -> Ledger {
    lent().and([compensate("L-1", "2025-04-01", "100000.00", "3456.79")])
}

fn receivable(ledger: &Ledger) -> Money {
    ledger.balance("assets:compensation_receivable", "guard/city/bank")
}

/// What is compensated and what is guaranteed when the bank is suspended.
fn figures(ledger: &Ledger) -> (String, String) {
    let figures = ledger.when(commit("L-2")).refused_as("bank_suspended").figures();
    (figures[2].1.clone(), figures[3].1.clone())
}

/// A second loan of the bank that is approved and waits for its guarantee.
fn second() -> Vec<Command> {
    vec![
        apply_as("L-2", "bank", "store", 2, "5000.00", 12),
        approve("L-2", "5000.00", "0.04", "bullet"),
    ]
}

#[test]
fn a_claim_is_split_by_the_loss_shares_and_paid_by_the_fund() {
    let then = lent().when(compensate("L-1", "2025-04-01", "100000.00", "3456.79")).then([(
        "guarantee.compensated.v1",
        json!({
            "loan": "L-1", "programme": "bank", "version": 1, "fund": "guard", "bank": "icbc",
            "days_overdue": 90, "principal": "100000.00", "interest": "3456.79",
            "losses": {
                "fund": [{"source": "city", "amount": "82765.43"}], "bank": "20691.36",
            },
            "guarantee_released": "90000.00", "document": "approval 1",
            "before": {
                "position": lent().position(), "changed_on": "2024-01-01",
                "accrued_to": "2024-01-01",
            },
        }),
    )]);
    let ledger = then.posts(&[
        ("assets:compensation_receivable", "guard/city/bank", "82765.43"),
        ("assets:fund_bank", "guard/city/bank", "-82765.43"),
        ("memo_contra:bank_loan", "-/-/bank", "100000.00"),
        ("memo:bank_loan", "-/-/bank", "-100000.00"),
        ("memo_contra:guarantee_liability", "guard/-/bank", "90000.00"),
        ("memo:guarantee_liability", "guard/-/bank", "-90000.00"),
        ("memo:loss_share", "guard/-/bank", "20691.36"),
        ("memo_contra:loss_share", "guard/-/bank", "-20691.36"),
    ]);
    // The fund has fallen and with it its capacity; the borrower still has a loan open.
    let capacity = Capacity::of(&ledger.state, &"guard".parse().unwrap()).unwrap();
    assert_eq!((capacity.balance, capacity.liability), (yuan("17234.57"), Money::ZERO));
    assert_eq!(ledger.state.open_loans(person(1).parse().unwrap()), 1);
    ledger.when(repay("L-1", "2025-04-02", "1.00")).refused_as("loan_compensated");
}

#[test]
fn what_is_recovered_covers_costs_and_then_everybodys_loss() {
    let ledger = compensated();
    let then = ledger.when(recover("L-1", "2025-06-01", "fund", "10000.00", "1234.50")).accepted();
    let shares = json!({"fund": [{"source": "city", "amount": "7012.40"}], "bank": "1753.10"});
    assert_eq!(then.data()["shares"], shares);
    let ledger = then.posts(&[
        ("assets:fund_bank", "guard/city/bank", "7012.40"),
        ("assets:compensation_receivable", "guard/city/bank", "-7012.40"),
        ("assets:fund_bank", "guard/city/bank", "1753.10"),
        ("liabilities:recovery_owed", "guard/city/bank", "-1753.10"),
        ("memo_contra:loss_share", "guard/-/bank", "1753.10"),
        ("memo:loss_share", "guard/-/bank", "-1753.10"),
    ]);
    // What is owed to the bank is no money of the fund.
    let capacity = Capacity::of(&ledger.state, &"guard".parse().unwrap()).unwrap();
    assert_eq!(capacity.balance, yuan("24246.97"));
    let ledger = ledger.when(settle("L-1", "2025-06-02", "paid", "1753.10")).accepted().posts(&[
        ("liabilities:recovery_owed", "guard/city/bank", "1753.10"),
        ("assets:fund_bank", "guard/city/bank", "-1753.10"),
    ]);
    ledger.when(settle("L-1", "2025-06-02", "paid", "0.01")).refused_as("settlement_over_open");
}

#[test]
fn a_borrower_who_pays_the_bank_after_compensation_pays_the_fund() {
    let ledger = compensated()
        .when(recover("L-1", "2025-06-01", "bank", "8765.50", "0.00"))
        .accepted()
        .posts(&[
            ("assets:recovery_due", "guard/city/bank", "7012.40"),
            ("assets:compensation_receivable", "guard/city/bank", "-7012.40"),
            ("memo_contra:loss_share", "guard/-/bank", "1753.10"),
            ("memo:loss_share", "guard/-/bank", "-1753.10"),
        ]);
    ledger.when(settle("L-1", "2025-06-05", "received", "7012.40")).accepted().posts(&[
        ("assets:fund_bank", "guard/city/bank", "7012.40"),
        ("assets:recovery_due", "guard/city/bank", "-7012.40"),
    ]);
}

#[test]
fn when_everything_is_recovered_the_instalments_are_covered() {
    let ledger = compensated().and([recover("L-1", "2025-06-01", "fund", "3456.78", "0.00")]);
    let last = ledger.when(recover("L-1", "2025-07-01", "fund", "100000.01", "0.00")).accepted();
    assert_eq!(
        last.data()["discharged"],
        json!([{"number": 1, "due_on": "2025-01-01", "principal": "100000.00", "interest": "3456.79"}])
    );
    let ledger = last.ledger;
    assert_eq!(receivable(&ledger), Money::ZERO);
    assert_eq!(ledger.balance("memo:loss_share", "guard/-/bank"), Money::ZERO);
    assert_eq!(ledger.balance("liabilities:recovery_owed", "guard/city/bank"), yuan("-20691.36"));
    // Interest of 609.88 was not claimed: the bank collects it as before, and then the loan is settled.
    assert_eq!(ledger.state.open_loans(person(1).parse().unwrap()), 1);
    let ledger = ledger.and([repay("L-1", "2025-07-02", "609.88")]);
    assert_eq!(ledger.state.open_loans(person(1).parse().unwrap()), 0);
    ledger
        .when(recover("L-1", "2025-07-03", "fund", "1.00", "0.00"))
        .refused_as("nothing_to_recover");
    // Long after, the loan is kept because its bank still waits for money, and forgotten after that, even
    // when the payment is recorded for the day of the last change.
    let ledger = ledger.and([receive_late("2027-01-01")]);
    let forgotten = ledger.clone().and([settle("L-1", "2025-07-02", "paid", "20691.36")]);
    assert!(forgotten.state.loans.is_empty() && forgotten.state.compensations.is_empty());
    let ledger = ledger.and([settle("L-1", "2027-01-02", "paid", "20691.36")]);
    assert_eq!(ledger.state.loans.len(), 1);
    let ledger = ledger.and([receive_late("2028-03-01")]);
    assert!(ledger.state.loans.is_empty() && ledger.state.compensations.is_empty());
    assert!(ledger.state.bank_standings.values().all(|bank| bank.outstanding.is_zero()));
}

fn receive_late(on: &str) -> Command {
    let data = json!({"fund": "aid", "source": "city", "amount": "1.00", "document": "late"});
    command("fund.receive", on, data)
}

#[test]
fn a_loan_in_instalments_is_compensated_for_what_is_overdue_and_again_later() {
    let ledger = funded()
        .and([receive_for("guard", "city", "90000.00", Some("bank"))])
        .and(lend("L-1", "bank", "12000.00", "0.06", "equal_principal", (12, 3), "2024-01-01"))
        .and([compensate("L-1", "2024-06-30", "3000.00", "182.00")]);
    assert_eq!(ledger.balance("memo:bank_loan", "-/-/bank"), yuan("9000.00"));
    assert_eq!(ledger.balance("memo:guarantee_liability", "guard/-/bank"), yuan("8100.00"));
    // The second instalment was due on 2024-07-01.
    let refusal = ledger.when(compensate("L-1", "2024-09-28", "3000.00", "0.00"));
    assert_eq!(refusal.refused_as("not_overdue_enough").figures()[1].1, "89");
    let ledger = ledger.and([compensate("L-1", "2024-09-29", "3000.00", "0.00")]);
    assert_eq!(receivable(&ledger), yuan("4945.60"));
    // Everything so far recovered, the bank goes on with the rest.
    let ledger = ledger.and([recover("L-1", "2024-10-01", "fund", "6182.00", "0.00")]);
    ledger.when(repay("L-1", "2024-10-02", "100.00")).accepted();
}

#[test]
fn a_loan_that_bears_penalty_is_compensated_again_without_a_new_charge() {
    let mut version = bank();
    version["version"] = json!(2);
    version["effective_from"] = json!("2023-01-01");
    let terms = loan_terms(&mut version);
    terms.insert("penalty".into(), penalty());
    terms["application_order"] = json!(["penalty", "compound", "interest", "principal"]);
    let ledger = funded()
        .and([publish("2023-01-01", version)])
        .and([receive_for("guard", "city", "90000.00", Some("bank"))])
        .and(lend("L-1", "bank", "12000.00", "0.06", "equal_principal", (12, 3), "2024-01-01"));
    let first = compensate("L-1", "2024-06-30", "3000.00", "182.00");
    ledger.when(first.clone()).refused_as("penalty_not_charged");
    let ledger = ledger.and([charge_penalty("L-1", "2024-06-30"), first]);
    // While that claim is open nothing more is charged, and the next instalment can be claimed all the same.
    ledger.when(charge_penalty("L-1", "2024-09-29")).refused_as("loan_compensated");
    ledger.when(compensate("L-1", "2024-09-29", "3000.00", "0.00")).accepted();
}

#[test]
fn a_claim_written_off_leaves_the_books_and_still_takes_money() {
    let ledger = compensated().and([recover("L-1", "2025-06-01", "fund", "10000.00", "1234.50")]);
    let ledger = ledger.when(write_off("L-1", "2028-05-01")).accepted().posts(&[
        ("expenses:write_off", "guard/city/bank", "75753.03"),
        ("assets:compensation_receivable", "guard/city/bank", "-75753.03"),
    ]);
    assert_eq!(receivable(&ledger), Money::ZERO);
    ledger.when(write_off("L-1", "2028-05-02")).refused_as("claim_written_off");
    ledger.when(compensate("L-1", "2028-05-02", "1.00", "0.00")).refused_as("claim_written_off");
    ledger.when(recover("L-1", "2029-01-01", "fund", "100.00", "0.00")).accepted().posts(&[
        ("assets:fund_bank", "guard/city/bank", "80.00"),
        ("income:recovery_after_write_off", "guard/city/bank", "-80.00"),
        ("assets:fund_bank", "guard/city/bank", "20.00"),
        ("liabilities:recovery_owed", "guard/city/bank", "-20.00"),
        ("memo_contra:loss_share", "guard/-/bank", "20.00"),
        ("memo:loss_share", "guard/-/bank", "-20.00"),
    ]);
}

#[test]
fn the_upper_tier_is_asked_for_its_part_and_pays_it_later() {
    // 15 % of 82,765.43 is 12,414.8145.
    let ledger = compensated().when(claim_reshare("L-1", "2026-01-10")).accepted().posts(&[
        ("memo:reshare_claim", "guard/-/bank", "12414.81"),
        ("memo_contra:reshare_claim", "guard/-/bank", "-12414.81"),
    ]);
    ledger.when(claim_reshare("L-1", "2026-01-11")).refused_as("no_reshare_left");
    let ledger = ledger.when(receive_reshare("L-1", "2026-05-01", "12000.00")).accepted().posts(&[
        ("assets:fund_bank", "guard/city/bank", "12000.00"),
        ("income:loss_reshare", "guard/city/bank", "-12000.00"),
        ("memo_contra:reshare_claim", "guard/-/bank", "12000.00"),
        ("memo:reshare_claim", "guard/-/bank", "-12000.00"),
    ]);
    ledger.when(receive_reshare("L-1", "2026-05-01", "414.82")).refused_as("reshare_over_claim");
}

#[test]
fn a_bank_at_the_compensation_rate_gets_no_new_guarantees_until_that_is_lifted() {
    // 9,000.00 guaranteed live, and 800.00 of it compensated: 800 of 8,100 is below a fifth.
    let ledger = funded()
        .and([receive_for("guard", "city", "90000.00", Some("bank"))])
        .and(lend("L-1", "bank", "10000.00", "0", "equal_principal", (10, 1), "2024-01-01"))
        .and(second())
        .and([compensate("L-1", "2024-05-01", "1000.00", "0.00")]);
    ledger.when(commit("L-2")).accepted();
    // 1,600.00 of 7,200.00 is above it. What is guaranteed already goes on.
    let suspended = ledger.and([compensate("L-1", "2024-05-30", "1000.00", "0.00")]);
    assert_eq!(figures(&suspended), ("1600.00".into(), "7200.00".into()));
    // Recovered down to 1,440.00 it is reached still, and below that no more.
    let reached = suspended.clone().and([recover("L-1", "2024-06-01", "fund", "200.00", "0.00")]);
    assert_eq!(figures(&reached), ("1440.00".into(), "7200.00".into()));
    let below = suspended.clone().and([recover("L-1", "2024-06-01", "fund", "200.02", "0.00")]);
    below.when(commit("L-2")).accepted();
    // Other banks are not concerned.
    let data = json!({
        "loan": "L-3", "programme": "bank", "category": "store", "borrower": person(3),
        "bank": "ccb", "amount": "5000.00", "months": 12,
    });
    let other = command("loan.apply", "2023-06-01", data);
    let others = suspended.clone().and([other, approve("L-3", "5000.00", "0.04", "bullet")]);
    others.when(commit("L-3")).accepted();
    // Lifted by decision, and suspended again by the next compensation.
    let lifted = suspended.and([resume_bank("2024-06-10", "icbc")]);
    lifted.when(commit("L-2")).accepted();
    lifted.when(resume_bank("2024-06-10", "icbc")).refused_as("bank_not_suspended");
    // One that was recorded wrongly and is recorded anew is the next one, too.
    let wrong = lifted.position() - 1;
    let anew = lifted
        .clone()
        .and([reverse_on("2024-06-11", wrong), compensate("L-1", "2024-06-12", "1000.00", "0.00")]);
    assert_eq!(figures(&anew), ("1600.00".into(), "7200.00".into()));
    let again = lifted.and([compensate("L-1", "2024-07-05", "1000.00", "0.00")]);
    assert_eq!(figures(&again), ("2400.00".into(), "6300.00".into()));
    let reversed = again.clone().and([reverse(again.position())]);
    reversed.when(commit("L-2")).accepted();
}

#[test]
fn a_demand_in_time_makes_limitation_run_anew() {
    let clocks = |ledger: &Ledger| Clocks::of_loan(&ledger.state, &"L-1".parse().unwrap()).unwrap();
    assert_eq!(clocks(&lent()).limitation_until, None);
    let ledger = compensated();
    assert_eq!(clocks(&ledger).claim_until, date("2025-07-01"));
    assert_eq!(clocks(&ledger).limitation_until, Some(date("2028-04-01")));
    ledger.when(demand("L-1", "2025-03-31")).refused_as("demand_outside_limitation");
    ledger.when(demand("L-1", "2028-04-02")).refused_as("demand_outside_limitation");
    let then = ledger.when(demand("L-1", "2026-02-10")).accepted();
    assert_eq!(then.data()["limitation_until"], "2029-02-10");
    assert_eq!(clocks(&then.ledger).limitation_until, Some(date("2029-02-10")));
    then.ledger.when(demand("L-1", "2029-02-10")).accepted();
}

#[test]
fn when_compensation_takes_the_capacity_away_nothing_new_is_guaranteed() {
    let data = json!({
        "loan": "L-2", "programme": "bank", "category": "store", "borrower": person(2),
        "bank": "ccb", "amount": "5000.00", "months": 12,
    });
    let ledger = funded()
        .and([receive_for("guard", "city", "9000.00", Some("bank"))])
        .and(lend("L-1", "bank", "10000.00", "0", "bullet", (12, 12), "2024-01-01"))
        .and([command("loan.apply", "2023-06-01", data)])
        .and([approve("L-2", "5000.00", "0", "bullet")])
        .and([apply_as("L-3", "bank", "store", 3, "80000.00", 12)])
        .and([approve("L-3", "80000.00", "0", "bullet"), commit("L-3")])
        .and([compensate("L-1", "2025-04-01", "10000.00", "0.00")]);
    // Five times 11,000.00 less 72,000.00 committed, which stays.
    let refusal = ledger.when(commit("L-2")).refused_as("capacity_exceeded");
    assert_eq!(refusal.figures()[2], ("capacity", "-17000.00".to_owned()));
    ledger.when(disburse("L-3", "2025-04-02", 12)).accepted();
}

#[test]
fn caps_leave_the_rest_to_the_bank_and_others_share() {
    let mut terms = bank();
    terms["version"] = json!(2);
    loan_terms(&mut terms)["guarantee"]["compensation"]["loss_shares"] = json!({
        "fund": {"weight": 4, "cap": "400.00"}, "bank": 2,
        "others": [{"party": "city", "weight": 3}, {"party": "agency", "weight": 1, "cap": "50.00"}],
    });
    let ledger = funded()
        .and([publish("2023-01-01", terms), receive_for("guard", "city", "9000.00", Some("bank"))])
        .and(lend("L-1", "bank", "10000.00", "0", "equal_principal", (10, 1), "2024-01-01"));
    let losses = |amount: &str| {
        let then = ledger.when(compensate("L-1", "2024-05-01", amount, "0.00")).accepted();
        then.data()["losses"].clone()
    };
    assert_eq!(
        losses("0.07"),
        json!({
            "fund": [{"source": "city", "amount": "0.03"}], "bank": "0.01",
            "others": [{"party": "city", "amount": "0.02"}, {"party": "agency", "amount": "0.01"}],
        })
    );
    assert_eq!(
        losses("1000.00"),
        json!({
            "fund": [{"source": "city", "amount": "400.00"}], "bank": "250.00",
            "others": [{"party": "city", "amount": "300.00"}, {"party": "agency", "amount": "50.00"}],
        })
    );
    let then = ledger
        .and([compensate("L-1", "2024-05-01", "1000.00", "0.00")])
        .when(recover("L-1", "2024-06-01", "fund", "100.00", "0.00"))
        .accepted();
    assert_eq!(
        then.data()["shares"],
        json!({
            "fund": [{"source": "city", "amount": "40.00"}], "bank": "25.00",
            "others": [{"party": "agency", "amount": "5.00"}, {"party": "city", "amount": "30.00"}],
        })
    );
}

#[test]
fn every_money_event_after_compensation_is_reversed_last_first() {
    let steps = [
        compensate("L-1", "2025-04-01", "100000.00", "3456.79"),
        recover("L-1", "2025-06-01", "fund", "10000.00", "1234.50"),
        settle("L-1", "2025-06-02", "paid", "53.10"),
        recover("L-1", "2025-06-03", "bank", "100.00", "0.00"),
        settle("L-1", "2025-06-04", "received", "80.00"),
        claim_reshare("L-1", "2026-01-01"),
        receive_reshare("L-1", "2026-05-01", "1.00"),
        write_off("L-1", "2028-05-01"),
        recover("L-1", "2028-06-01", "fund", "94591.29", "0.00"),
    ];
    let start = lent();
    let mut before = vec![start.clone()];
    let mut ledger = start.clone();
    for step in steps {
        ledger = ledger.and([step]);
        before.push(ledger.clone());
    }
    ledger.when(reverse(start.position() + 1)).refused_as("reverse_later_first");
    for earlier in before.iter().rev().skip(1) {
        ledger = ledger.and([reverse(earlier.position() + 1)]);
        assert_eq!(ledger.balances(), earlier.balances());
        assert_eq!(ledger.state.compensations, earlier.state.compensations);
        assert_eq!(ledger.state.bank_standings, earlier.state.bank_standings);
        assert_eq!(ledger.state.loans, earlier.state.loans);
    }
}

#[test]
fn a_recovery_that_is_spent_is_not_reversed() {
    let mut later = lend("L-2", "bank", "5000.00", "0", "bullet", (1, 1), "2025-05-01");
    let data = json!({
        "loan": "L-2", "programme": "bank", "category": "store", "borrower": person(2),
        "bank": "ccb", "amount": "5000.00", "months": 1,
    });
    later[0] = command("loan.apply", "2023-06-01", data);
    let ledger = funded()
        .and([receive_for("guard", "city", "8000.00", Some("bank"))])
        .and(lend("L-1", "bank", "10000.00", "0", "bullet", (12, 12), "2024-01-01"))
        .and([compensate("L-1", "2025-04-01", "10000.00", "0.00")])
        .and([recover("L-1", "2025-05-01", "fund", "5000.00", "0.00")]);
    let recovered = ledger.position();
    ledger.when(reverse(recovered)).accepted();
    let ledger = ledger.and(later).and([compensate("L-2", "2025-10-01", "5000.00", "0.00")]);
    let refusal = ledger.when(reverse(recovered)).refused_as("reversal_overdraws");
    let figures = [("needed", "4000.00".to_owned()), ("available", "0.00".to_owned())];
    assert_eq!(refusal.figures()[2..], figures);
}

#[test]
fn terms_of_a_guarantee_that_cannot_stand_name_their_field() {
    let refused = |field: &str, place: &str, value: serde_json::Value| {
        let mut version = bank();
        version["programme"] = json!("new");
        let terms = loan_terms(&mut version);
        terms["guarantee"]["counter_guarantee"] = json!({"share": "0.3"});
        terms["guarantee"]["compensation"]["loss_shares"]["others"] = json!([{"party": "city", "weight": 1}, {"party": "agency", "weight": 1, "cap": "9.00"}]);
        funded().when(publish("2024-01-01", version.clone())).accepted();
        *version["terms"]["loan"].pointer_mut(place).unwrap() = value;
        let refusal = funded().when(publish("2024-01-01", version)).refused_as("terms_invalid");
        assert_eq!(refusal.figures()[0].1, format!("guarantee.{field}"), "{refusal}");
    };
    let aid = json!({"fund": {"fund": "aid"}});
    refused("compensation", "/lender", aid);
    let inside = |part: &str| format!("/guarantee/compensation/{part}");
    let shares = "compensation.loss_shares";
    refused("counter_guarantee.share", "/guarantee/counter_guarantee/share", json!("0"));
    refused("compensation.limitation_months", &inside("limitation_months"), json!(0));
    refused("compensation", &inside("suspension_rate"), json!("0"));
    refused("compensation", &inside("reshare"), json!("0"));
    refused(shares, &inside("loss_shares/fund/weight"), json!(0));
    refused(shares, &inside("loss_shares/others/0/weight"), json!(0));
    refused(shares, &inside("loss_shares/others/1/cap"), json!("0.00"));
    refused(shares, &inside("loss_shares/others/1/party"), json!("city"));
}
