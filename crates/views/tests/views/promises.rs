//! Money promised to a fund: what is due, received and given up, by hand.

use almoner_log::Store;
use almoner_views::{AsOf, Promise, PromiseKind, funds};

use crate::history::{History, date};
use crate::place::{LEDGER, Place, on_both};

on_both! {
    a_pledge_by_the_month_is_due_month_by_month_until_it_is_given_up
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
