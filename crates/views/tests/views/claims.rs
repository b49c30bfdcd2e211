//! How far the discount of a loan is: claimed, approved, paid, settled, returned.

use almoner_domain::event::Event;
use almoner_log::Store;
use almoner_views::{AsOf, ClaimLine, ClaimStage, loan};

use crate::history::{History, Recorded, date};
use crate::place::{LEDGER, Place, on_both};
use crate::random::{other_kinds, small_ledger};

on_both! {
    a_line_is_settled_and_a_part_of_it_comes_back
    a_line_whose_payment_is_reversed_is_approved_again
}

async fn only_line(store: &Store, name: &str, position: u64, day: Option<&str>) -> ClaimLine {
    let as_of = AsOf { effective: day.map(date), position: Some(position) };
    let answer = loan(store, &name.parse().unwrap(), as_of, date("2024-12-20")).await.unwrap();
    let [line] = answer.unwrap().claims.try_into().unwrap();
    line
}

/// Stage, day, approved, paid, returned.
fn told(line: &ClaimLine) -> (ClaimStage, String, [String; 3]) {
    let amounts = [line.approved, line.paid, line.returned].map(|amount| amount.to_string());
    (line.stage, line.since.to_string(), amounts)
}

fn said(stage: ClaimStage, since: &str, amounts: [&str; 3]) -> (ClaimStage, String, [String; 3]) {
    (stage, since.to_owned(), amounts.map(str::to_owned))
}

/// The positions of the events that a test asks for, in order.
fn positions(history: &History, wanted: fn(&Event) -> bool) -> Vec<u64> {
    let found = history.events.iter().filter(|one: &&Recorded| wanted(&one.event));
    found.map(|one| one.position).collect()
}

async fn a_line_is_settled_and_a_part_of_it_comes_back(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    other_kinds(&mut history);
    let settled = positions(&history, |event| matches!(event, Event::DiscountSettled(_)));
    let &[first, second] = settled.as_slice() else { panic!("{settled:?}") };
    let back =
        *positions(&history, |event| matches!(event, Event::DiscountReturned(_))).first().unwrap();
    let line =
        *positions(&history, |event| matches!(event, Event::DiscountClaimed(_))).first().unwrap();
    let part = history.last();
    let rest = format!(r#"{{"line":{line},"amount":"100.00","reason":"多报"}}"#);
    let rest = history.must("interest_discount.return", "2023-03-01", &rest);
    history.append_and_catch_up(&store).await;

    let nothing = ["0.00", "0.00", "0.00"];
    let claimed = said(ClaimStage::Claimed, "2022-04-02", nothing);
    let paid = |since| said(ClaimStage::Settled, since, ["180.00", "180.00", "0.00"]);
    let returned = said(ClaimStage::Settled, "2023-01-12", ["180.00", "180.00", "80.00"]);
    let all = said(ClaimStage::Returned, "2023-03-01", ["180.00", "180.00", "180.00"]);
    // By what was known: the first settlement was taken back before the second.
    for (position, expected) in [
        (first - 1, claimed.clone()),
        (first, paid("2023-01-10")),
        (second - 1, claimed.clone()),
        (second, paid("2023-01-12")),
        (back, returned.clone()),
        (part, returned.clone()),
        (rest, all.clone()),
    ] {
        let found = only_line(&store, "K-3", position, None).await;
        assert_eq!(told(&found), expected, "at {position}");
    }
    // By what was true, with all that is known.
    for (day, expected) in [
        ("2022-04-02", claimed.clone()),
        ("2023-01-11", claimed),
        ("2023-01-12", paid("2023-01-12")),
        ("2023-02-02", paid("2023-01-12")),
        ("2023-02-03", returned),
        ("2023-03-01", all),
    ] {
        let found = only_line(&store, "K-3", rest, Some(day)).await;
        assert_eq!(told(&found), expected, "on {day}");
    }
    // Both: what was known then of the day before.
    let found = only_line(&store, "K-3", first, Some("2023-01-09")).await;
    assert_eq!(found.stage, ClaimStage::Claimed);
}

async fn a_line_whose_payment_is_reversed_is_approved_again(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    history.today = date("2024-12-20");
    for (on, kind, data) in [
        (
            "2024-01-10",
            "loan.apply",
            r#"{"loan":"L","programme":"BANK","category":"micro","borrower":"0000000000000000000000000000000a","bank":"ICBC","amount":"3650.00","months":12}"#,
        ),
        (
            "2024-01-10",
            "loan.approve",
            r#"{"loan":"L","amount":"3650.00","annual_rate":"0.06","method":"bullet"}"#,
        ),
        ("2024-01-10", "guarantee.commit", r#"{"loan":"L"}"#),
        ("2024-01-10", "loan.disburse", r#"{"loan":"L","every":12}"#),
        (
            "2024-02-20",
            "interest_discount.claim",
            r#"{"claim":"C","programme":"BANK","bank":"ICBC","from":"2024-01-10","to":"2024-02-09","lines":[{"loan":"L","interest":"18.00","discount":"9.00"}],"total":"9.00","document":"list"}"#,
        ),
        ("2024-02-21", "interest_discount.approve", r#"{"claim":"C"}"#),
    ] {
        history.must(kind, on, data);
    }
    let paid = history.must("interest_discount.pay", "2024-02-22", r#"{"claim":"C"}"#);
    let data = format!(r#"{{"position":{paid},"reason":"mistake","document":"approval"}}"#);
    let reversal = history.must("reversal.record", "2024-02-23", &data);
    let reject = r#"{"claim":"C","reason":"not complete"}"#;
    let rejected = history.must("interest_discount.reject", "2024-02-24", reject);
    history.append_and_catch_up(&store).await;
    for (position, expected) in [
        (paid - 1, said(ClaimStage::Approved, "2024-02-21", ["9.00", "0.00", "0.00"])),
        (paid, said(ClaimStage::Paid, "2024-02-22", ["9.00", "9.00", "0.00"])),
        (reversal, said(ClaimStage::Approved, "2024-02-21", ["9.00", "0.00", "0.00"])),
        (rejected, said(ClaimStage::Rejected, "2024-02-24", ["0.00", "0.00", "0.00"])),
    ] {
        assert_eq!(told(&only_line(&store, "L", position, None).await), expected, "at {position}");
    }
}
