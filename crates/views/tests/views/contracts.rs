//! What holds of a loan after its contract changed, and where it stands after a fund paid for it.

use almoner_domain::arrears::Class;
use almoner_domain::event::Event;
use almoner_log::Store;
use almoner_views::{AsOf, LoanAnswer, LoanFilter, LoanStage, loan, loans};

use crate::history::{History, date};
use crate::place::{LEDGER, Place, on_both};
use crate::random::{other_kinds, small_ledger};

on_both! {
    a_changed_contract_holds_from_its_day_until_it_is_reversed
    a_loan_without_interest_is_compensated_until_all_is_recovered
}

async fn ask(store: &Store, name: &str, as_of: AsOf) -> LoanAnswer {
    loan(store, &name.parse().unwrap(), as_of, date("2022-06-01")).await.unwrap().unwrap()
}

/// Rate, method, maturity.
fn contract(answer: &LoanAnswer) -> [String; 3] {
    let contract = answer.contract.as_ref().unwrap();
    let method = contract.method.as_str().to_owned();
    [contract.annual_rate.to_string(), method, contract.maturity.to_string()]
}

fn on(day: &str) -> AsOf {
    AsOf { effective: Some(date(day)), position: None }
}

fn at(position: u64) -> AsOf {
    AsOf { effective: None, position: Some(position) }
}

fn position_of(history: &History, wanted: impl Fn(&Event) -> bool) -> u64 {
    history.events.iter().find(|one| wanted(&one.event)).unwrap().position
}

async fn a_changed_contract_holds_from_its_day_until_it_is_reversed(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    other_kinds(&mut history);
    history.append_and_catch_up(&store).await;
    let reset = position_of(&history, |event| matches!(event, Event::LoanRateReset(_)));
    let plan = |event: &Event| matches!(event, Event::LoanRescheduled(one) if one.loan == "K-6".parse().unwrap());
    let mistake = position_of(&history, plan);
    let equal = "equal_principal";
    for (name, as_of, expected) in [
        // The rate is reset on the 1st of March 2022.
        ("K-4", on("2022-02-28"), ["0.05", equal, "2023-01-01"]),
        ("K-4", on("2022-03-01"), ["0.0485", equal, "2023-01-01"]),
        ("K-4", at(reset - 1), ["0.05", equal, "2023-01-01"]),
        ("K-4", AsOf::default(), ["0.0485", equal, "2023-01-01"]),
        // Put off by half a year on the 5th; then rescheduled by mistake.
        ("K-6", on("2022-03-04"), ["0.05", equal, "2023-01-01"]),
        ("K-6", on("2022-03-05"), ["0.05", equal, "2023-07-01"]),
        ("K-6", at(mistake), ["0.05", "interest_only", "2022-12-20"]),
        ("K-6", at(mistake + 1), ["0.05", equal, "2023-07-01"]),
        ("K-6", AsOf::default(), ["0.05", equal, "2023-07-01"]),
        // A new plan of a year from the 1st of May on.
        ("K-7", on("2022-04-30"), ["0.05", equal, "2023-01-01"]),
        ("K-7", AsOf::default(), ["0.05", equal, "2023-05-01"]),
    ] {
        let answer = ask(&store, name, as_of).await;
        assert_eq!(contract(&answer), expected, "{name} {as_of:?}");
        // What was approved is told beside it.
        assert_eq!(answer.approval.unwrap().annual_rate.to_string(), "0.05");
    }
    let page = loans(&store, AsOf::default(), &LoanFilter::default(), None, 500).await.unwrap();
    let listed = page.loans.iter().find(|one| one.loan.as_str() == "K-4").unwrap();
    assert_eq!(listed.annual_rate.unwrap().to_string(), "0.0485");

    // Observed for a year from the rescheduling on.
    for (day, observed) in [("2022-04-30", false), ("2022-05-01", true), ("2023-05-01", true)] {
        let found = ask(&store, "K-7", on(day)).await.observed;
        assert_eq!(found.map(|one| one.class), observed.then_some(Class::Substandard), "{day}");
        assert!(found.is_none_or(|one| one.until == date("2023-05-01")), "{day} {found:?}");
    }
    assert_eq!(ask(&store, "K-7", on("2023-05-02")).await.observed, None);
}

async fn a_loan_without_interest_is_compensated_until_all_is_recovered(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    other_kinds(&mut history);
    for (on, kind, data) in [
        (
            "2021-12-10",
            "loan.apply",
            r#"{"loan":"Z","programme":"guaranteed","category":"person","borrower":"0000000000000000000000000000000f","bank":"icbc","amount":"1000.00","months":12}"#,
        ),
        (
            "2021-12-11",
            "loan.approve",
            r#"{"loan":"Z","amount":"1000.00","annual_rate":"0","method":"bullet"}"#,
        ),
        (
            "2021-12-12",
            "counter_guarantee.waive",
            r#"{"loan":"Z","reason":"信用社区","document":"审批1"}"#,
        ),
        ("2021-12-13", "guarantee.commit", r#"{"loan":"Z"}"#),
        ("2022-01-01", "loan.disburse", r#"{"loan":"Z","every":12}"#),
    ] {
        history.must(kind, on, data);
    }
    let claim = r#"{"loan":"Z","principal":"1000.00","interest":"0.00","document":"审批2"}"#;
    let paid = history.must("guarantee.compensate", "2023-04-06", claim);
    let recover = |amount| {
        format!(
            r#"{{"loan":"Z","payer":"borrower","holder":"fund","amount":"{amount}","costs":"0.00","document":"收据"}}"#
        )
    };
    let part = history.must("guarantee.recover", "2023-05-01", &recover("400.00"));
    let rest = history.must("guarantee.recover", "2023-06-01", &recover("600.00"));
    let mistake = format!(r#"{{"position":{rest},"reason":"录入错误","document":"审批3"}}"#);
    let reversal = history.must("reversal.record", "2023-06-02", &mistake);
    history.append_and_catch_up(&store).await;
    for (position, stage, compensated) in [
        (paid - 1, LoanStage::Active, "0.00"),
        (paid, LoanStage::Compensated, "1000.00"),
        (part, LoanStage::Compensated, "1000.00"),
        (rest, LoanStage::Settled, "0.00"),
        (reversal, LoanStage::Compensated, "1000.00"),
    ] {
        let answer = ask(&store, "Z", at(position)).await;
        assert_eq!(answer.stage, stage, "at {position}");
        assert_eq!(answer.compensated.to_string(), compensated, "at {position}");
    }
    // The row of now says the same, and so do the lists that are asked by stage.
    for (stage, listed) in [(LoanStage::Compensated, true), (LoanStage::Settled, false)] {
        let filter = LoanFilter { stage: Some(stage), ..LoanFilter::default() };
        let page = loans(&store, AsOf::default(), &filter, None, 500).await.unwrap();
        assert_eq!(page.loans.iter().any(|one| one.loan.as_str() == "Z"), listed, "{stage:?}");
    }
    let sql = "SELECT count(*) FROM loan WHERE loan = 'Z' AND stage = 'compensated'";
    assert_eq!(crate::place::number(store.database(), sql).await, 1);
}
