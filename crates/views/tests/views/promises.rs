//! Money promised to a fund: what is due, received and given up, by hand.

use almoner_log::{Millis, Store};
use almoner_views::{AsOf, Promise, PromiseKind, day_of_question, funds};

use crate::history::{BEGINNING, History, date};
use crate::place::{LEDGER, Place, on_both};

on_both! {
    a_pledge_by_the_month_is_due_month_by_month_until_it_is_given_up
    an_allocation_document_tells_what_was_carried_over_and_what_went_back
    a_question_about_what_was_known_is_about_that_day
    matching_money_is_short_from_its_due_day_until_it_is_put_in_place
}

/// A fund with one source.
fn fund() -> History {
    let mut history = History::new(LEDGER, "2024-12-20");
    let data =
        r#"{"fund":"F","name":"aid","sources":[{"source":"union","kind":"union","name":"union"}]}"#;
    history.must("fund.open", "2024-01-02", data);
    history
}

async fn only_promise(store: &Store, effective: Option<&str>) -> Promise {
    let as_of = AsOf { effective: effective.map(date), position: None };
    let answer = funds(store, as_of, date("2024-12-20"), None).await.unwrap();
    let [promise] = answer.funds[0].promises.as_slice() else { panic!("{:?}", answer.funds) };
    promise.clone()
}

/// Due, received, given up.
fn figures(promise: &Promise) -> [String; 3] {
    [promise.due, promise.received, promise.withdrawn].map(|amount| amount.to_string())
}

async fn a_pledge_by_the_month_is_due_month_by_month_until_it_is_given_up(place: Place) {
    let store = place.create().await;
    let mut history = fund();
    history.must("fund.pledge", "2024-01-10", r#"{"fund":"F","pledge":"P","source":"union","amount":"480.00","document":"appeal","monthly":{"amount":"40.00","months":12,"first_due_on":"2024-01-31"}}"#);
    history.must(
        "fund.receive",
        "2024-02-01",
        r#"{"fund":"F","source":"union","amount":"50.00","pledge":"P","document":"receipt"}"#,
    );
    let withdraw = r#"{"fund":"F","pledge":"P","reason":"closed","document":"letter"}"#;
    let withdrawn = history.must("fund.withdraw_pledge", "2024-06-01", withdraw);
    history.append_and_catch_up(&store).await;
    let due = |day| only_promise(&store, Some(day));
    assert_eq!(figures(&due("2024-01-30").await), ["0.00", "0.00", "0.00"]);
    assert_eq!(figures(&due("2024-01-31").await), ["40.00", "0.00", "0.00"]);
    // The month ends earlier, and so does what is due of it.
    assert_eq!(figures(&due("2024-02-29").await), ["80.00", "50.00", "0.00"]);
    assert_eq!(figures(&due("2024-06-01").await), ["200.00", "50.00", "430.00"]);
    assert_eq!(figures(&only_promise(&store, None).await), ["440.00", "50.00", "430.00"]);

    let data = format!(r#"{{"position":{withdrawn},"reason":"mistake","document":"approval"}}"#);
    history.must("reversal.record", "2024-06-02", &data);
    history.append_and_catch_up(&store).await;
    assert_eq!(figures(&only_promise(&store, None).await), ["440.00", "50.00", "0.00"]);
}

async fn an_allocation_document_tells_what_was_carried_over_and_what_went_back(place: Place) {
    let store = place.create().await;
    let mut history = crate::random::small_ledger(LEDGER);
    crate::random::other_kinds(&mut history);
    history.append_and_catch_up(&store).await;
    let ask = async |as_of| {
        let fund = "U-1".parse().unwrap();
        let answer = funds(&store, as_of, date("2024-12-20"), Some(&fund)).await.unwrap();
        let mut promises = answer.funds[0].promises.iter();
        promises.find(|one| one.kind == PromiseKind::AllocationDocument).unwrap().clone()
    };
    let told = |promise: &Promise| {
        let carried = promise.carried.map(|one| (one.year, one.amount.to_string()));
        (promise.received.to_string(), promise.returned.to_string(), carried)
    };
    let on = |day| AsOf { effective: Some(date(day)), position: None };
    let carried = Some((2001, "1000.00".to_owned()));
    let received = || "8000.00".to_owned();
    assert_eq!(told(&ask(on("2021-01-06")).await), (received(), "0.00".to_owned(), None));
    let kept = (received(), "0.00".to_owned(), carried.clone());
    assert_eq!(told(&ask(on("2021-01-07")).await), kept);
    let document = ask(on("2021-01-08")).await;
    assert_eq!(told(&document), (received(), "500.00".to_owned(), carried));
    let purpose = document.purpose.as_ref().map(|purpose| purpose.as_str());
    assert_eq!((purpose, document.year), (Some("welfare"), Some(2001)));

    for (kind, left) in [
        ("allocation.surplus_returned.v1", kept),
        ("allocation.carried.v1", (received(), "0.00".to_owned(), None)),
    ] {
        let mistaken = history.events.iter().position(|one| one.event.kind() == kind);
        let position = mistaken.unwrap() + 1;
        let data = format!(r#"{{"position":{position},"reason":"mistake","document":"approval"}}"#);
        history.must("reversal.record", "2021-01-09", &data);
        history.append_and_catch_up(&store).await;
        assert_eq!(told(&ask(AsOf::default()).await), left);
    }
}

async fn a_question_about_what_was_known_is_about_that_day(place: Place) {
    let store = place.create().await;
    let mut history = fund();
    let pledge = r#"{"fund":"F","pledge":"P","source":"union","amount":"80.00","document":"appeal","due_on":"2024-01-05"}"#;
    history.must("fund.pledge", "2024-01-03", pledge);
    history.append_and_catch_up(&store).await;
    let today = date("2024-12-20");
    let day = async |as_of, known_at: Option<i64>| {
        day_of_question(&store, as_of, known_at.map(Millis), today).await.unwrap().to_string()
    };
    let now = AsOf::default();
    assert_eq!(day(now, None).await, "2024-12-20");
    // An effective day says it all.
    let effective = AsOf { effective: Some(date("2023-05-01")), position: Some(1) };
    assert_eq!(day(effective, Some(0)).await, "2023-05-01");
    // The records came in the first minutes of 2024 of Greenwich, the morning in Shanghai.
    let known = |position| AsOf { effective: None, position: Some(position) };
    let hour = 3_600_000;
    assert_eq!(day(known(0), Some(BEGINNING)).await, "2024-01-01");
    assert_eq!(day(known(2), Some(BEGINNING + 5 * 24 * hour)).await, "2024-01-06");
    assert_eq!(day(known(2), Some(BEGINNING + 16 * hour)).await, "2024-01-02");
    assert_eq!(day(known(2), Some(BEGINNING + 900 * 24 * hour)).await, "2024-12-20");
    // Of a position: until the next record came; at the end of the log, until now.
    assert_eq!(day(known(0), None).await, "2024-01-01");
    assert_eq!(day(known(1), None).await, "2024-01-01");
    assert_eq!(day(known(2), None).await, "2024-12-20");

    // So what is due is what was due then.
    for (at, due) in [(3, "0.00"), (5, "80.00")] {
        let moment = Millis(BEGINNING + at * 24 * hour);
        let on = day_of_question(&store, known(2), Some(moment), today).await.unwrap();
        let answer = funds(&store, known(2), on, None).await.unwrap();
        assert_eq!(answer.funds[0].promises[0].due.to_string(), due, "{on}");
    }
}

async fn matching_money_is_short_from_its_due_day_until_it_is_put_in_place(place: Place) {
    let store = place.create().await;
    let mut history = fund();
    let require = r#"{"fund":"F","matching":"M","source":"union","amount":"1000.00","due_on":"2024-06-30","document":"notice"}"#;
    let required = history.must("matching.require", "2024-03-01", require);
    history.append_and_catch_up(&store).await;
    let before = only_promise(&store, Some("2024-06-29")).await;
    assert_eq!((before.kind, before.due.fen()), (PromiseKind::MatchingFund, 0));
    assert_eq!(figures(&only_promise(&store, None).await), ["1000.00", "0.00", "0.00"]);

    let data = format!(r#"{{"position":{required},"reason":"mistake","document":"approval"}}"#);
    history.must("reversal.record", "2024-07-01", &data);
    history.append_and_catch_up(&store).await;
    let answer = funds(&store, AsOf::default(), date("2024-12-20"), None).await.unwrap();
    assert!(answer.funds[0].promises.is_empty());
}
