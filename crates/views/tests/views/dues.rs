//! What is owed beyond loans: premiums, mortgages, wages, certificates, with figures worked out by hand.

use almoner_domain::event::Event;
use almoner_domain::id::Pseudonym;
use almoner_domain::money::Money;
use almoner_log::Store;
use almoner_views::{AsOf, MortgageStage, PremiumArrear, certificates, mortgages, premiums, wages};

use crate::history::{History, date};
use crate::place::{LEDGER, Place, on_both};
use crate::random::{other_kinds, small_ledger};

on_both! {
    a_late_fee_runs_until_the_premium_is_paid
    a_mortgaged_item_is_held_then_expired_then_released_or_auctioned
    wages_are_owed_until_they_are_recovered_and_held_until_they_are_paid
    a_case_that_was_filed_by_mistake_begins_anew
    certificates_are_counted_against_those_due
}

const ENTERPRISE: &str = "000003b6000000000000000000abcdef";

/// The small ledger, and one of each other kind of event.
fn told() -> History {
    let mut history = small_ledger(LEDGER);
    other_kinds(&mut history);
    history
}

fn on(day: &str) -> AsOf {
    AsOf { effective: Some(date(day)), position: None }
}

fn at(position: u64) -> AsOf {
    AsOf { effective: None, position: Some(position) }
}

fn position_of(history: &History, wanted: fn(&Event) -> bool) -> u64 {
    history.events.iter().find(|one| wanted(&one.event)).unwrap().position
}

fn reverse(history: &mut History, day: &str, position: u64) -> u64 {
    let data = format!(r#"{{"position":{position},"reason":"录入错误","document":"审批1"}}"#);
    history.must("reversal.record", day, &data)
}

fn texts<const N: usize>(amounts: [Money; N]) -> [String; N] {
    amounts.map(|amount| amount.to_string())
}

/// What is told of each month: paid, open, late fee in all, paid and open.
async fn owed(store: &Store, as_of: AsOf, today: &str) -> Vec<[String; 5]> {
    let answer = premiums(store, as_of, date(today), None).await.unwrap();
    let told = |one: &PremiumArrear| {
        texts([one.paid, one.open, one.late_fee, one.late_fee_paid, one.late_fee_open])
    };
    answer.arrears.iter().map(told).collect()
}

async fn a_late_fee_runs_until_the_premium_is_paid(place: Place) {
    let store = place.create().await;
    let mut history = told();
    let auction = position_of(&history, |event| matches!(event, Event::MortgageAuctioned(_)));
    history.append_and_catch_up(&store).await;
    // Ten days at two per mille of a million; the other month is not assessed yet.
    let early = owed(&store, on("2010-01-11"), "2010-01-11").await;
    assert_eq!(early, [["0.00", "1000000.00", "20000.00", "0.00", "20000.00"]]);
    // 546 days at two per mille and 550 at half a per mille, and all of it is paid on the last day; of the
    // other month, 515 days at 100.00 and 550 at 25.00.
    let named = owed(&store, on("2013-01-01"), "2024-12-20").await;
    assert_eq!(named[0], ["0.00", "1000000.00", "1367000.00", "1367000.00", "0.00"]);
    assert_eq!(named[1], ["0.00", "50000.00", "65250.00", "0.00", "65250.00"]);
    // The fee of one day, and the rest of a payment.
    let paid = owed(&store, on("2013-01-02"), "2024-12-20").await;
    assert_eq!(paid[0], ["499500.00", "500500.00", "1367500.00", "1367500.00", "0.00"]);
    let later = owed(&store, on("2013-01-03"), "2024-12-20").await;
    assert_eq!(later[0], ["499500.00", "500500.00", "1367750.25", "1367500.00", "250.25"]);
    // An auction settles the first month and a part of the second; its fee runs on, on what is left of it.
    let end = owed(&store, at(history.last()), "2013-12-31").await;
    assert_eq!(end[0], ["1000000.00", "0.00", "1368250.75", "1368250.75", "0.00"]);
    assert_eq!(end[1], ["33399.25", "16600.75", "68338.14", "65350.00", "2988.14"]);
    // By an earlier knowledge, the auction had not been held.
    let before = owed(&store, at(auction - 1), "2013-01-03").await;
    assert_eq!(before, later);

    let reversal = reverse(&mut history, "2013-01-06", auction);
    history.append_and_catch_up(&store).await;
    assert_eq!(owed(&store, on("2013-01-03"), "2024-12-20").await, later);
    let taken_back = owed(&store, on("2013-01-07"), "2024-12-20").await;
    assert_eq!(taken_back[0], ["499500.00", "500500.00", "1368751.25", "1367500.00", "1251.25"]);
    let known = owed(&store, at(reversal - 1), "2013-12-31").await;
    assert_eq!(known, end);
    let nobody: Pseudonym = "0000000000000000000000000000000a".parse().unwrap();
    let none = premiums(&store, AsOf::default(), date("2024-12-20"), Some(nobody)).await.unwrap();
    assert!(none.arrears.is_empty());
    let somebody = Some(ENTERPRISE.parse().unwrap());
    let some = premiums(&store, AsOf::default(), date("2024-12-20"), somebody).await.unwrap();
    assert_eq!(some.arrears.len(), 2);
}

async fn a_mortgaged_item_is_held_then_expired_then_released_or_auctioned(place: Place) {
    use MortgageStage::{Auctioned, Expired, Held, Released};
    let store = place.create().await;
    let mut history = told();
    let auction = position_of(&history, |event| matches!(event, Event::MortgageAuctioned(_)));
    let reversal = reverse(&mut history, "2013-01-06", auction);
    history.append_and_catch_up(&store).await;
    let stages = async |as_of, today| {
        let answer = mortgages(&store, as_of, date(today), None).await.unwrap();
        let stages = answer.items.iter().map(|one| (one.item.to_string(), one.stage));
        stages.map(|(item, stage)| format!("{item} {stage:?}")).collect::<Vec<_>>()
    };
    let both = |hall: MortgageStage, parcel: MortgageStage| {
        vec![format!("hall-2 {hall:?}"), format!("parcel-1 {parcel:?}")]
    };
    assert!(stages(on("2010-02-28"), "2024-12-20").await.is_empty());
    assert_eq!(stages(on("2012-12-31"), "2024-12-20").await, both(Held, Held));
    assert_eq!(stages(on("2013-01-01"), "2024-12-20").await, both(Expired, Expired));
    assert_eq!(stages(on("2013-01-03"), "2024-12-20").await, both(Expired, Released));
    assert_eq!(stages(at(auction), "2013-01-05").await, both(Auctioned, Released));
    // Taken back: it was never auctioned, for who knows that.
    assert_eq!(stages(at(reversal), "2013-01-06").await, both(Expired, Released));
    assert_eq!(stages(on("2013-01-05"), "2024-12-20").await, both(Expired, Released));

    let sold = mortgages(&store, at(auction), date("2013-01-05"), None).await.unwrap();
    let hall = &sold.items[0];
    let amounts = texts([hall.valuation, hall.proceeds, hall.surplus, hall.shortfall]);
    assert_eq!(amounts, ["1500000.00", "600000.00", "0.00", "16600.75"]);
    assert_eq!(hall.ended_on, Some(date("2013-01-05")));
}

async fn wages_are_owed_until_they_are_recovered_and_held_until_they_are_paid(place: Place) {
    let store = place.create().await;
    let mut history = told();
    let paid = position_of(&history, |event| matches!(event, Event::WagesPaid(_)));
    let reversal = reverse(&mut history, "2024-02-13", paid);
    history.append_and_catch_up(&store).await;
    let told = async |as_of| {
        let answer = wages(&store, as_of, None).await.unwrap();
        let [case] = answer.cases.try_into().unwrap();
        texts([case.claimed, case.recovered, case.paid, case.held, case.open])
    };
    assert!(wages(&store, on("2024-01-31"), None).await.unwrap().cases.is_empty());
    let filed = ["32884.15", "0.00", "0.00", "0.00", "32884.15"];
    let recovered = ["32884.15", "20000.00", "0.00", "20000.00", "12884.15"];
    assert_eq!(told(on("2024-02-09")).await, filed);
    assert_eq!(told(on("2024-02-10")).await, recovered);
    let out = ["32884.15", "20000.00", "10000.00", "10000.00", "12884.15"];
    assert_eq!(told(at(paid)).await, out);
    assert_eq!(told(at(reversal)).await, recovered);
    assert_eq!(told(on("2024-02-12")).await, recovered);

    let name = "W-1".parse().unwrap();
    let answer = wages(&store, at(paid), Some(&name)).await.unwrap();
    let case = &answer.cases[0];
    assert_eq!(case.employer.to_string(), ENTERPRISE);
    assert_eq!(case.coordinated_on, Some(date("2024-02-05")));
    let workers = case.workers.iter().map(|one| texts([one.claimed, one.paid, one.unpaid]));
    let expected = [["16884.15", "10000.00", "6884.15"], ["16000.00", "0.00", "16000.00"]];
    assert_eq!(workers.collect::<Vec<_>>(), expected);
    let unknown = "W-9".parse().unwrap();
    assert!(wages(&store, AsOf::default(), Some(&unknown)).await.unwrap().cases.is_empty());
}

async fn a_case_that_was_filed_by_mistake_begins_anew(place: Place) {
    let store = place.create().await;
    let mut history = told();
    let file = |amount: &str| {
        format!(
            r#"{{"case":"W-2","employer":"{ENTERPRISE}","claims":[{{"worker":"{ENTERPRISE}","amount":"{amount}"}}],"total":"{amount}","document":"投诉2"}}"#
        )
    };
    let first = history.must("wage_arrears.file", "2024-03-01", &file("5.00"));
    let agreement = r#"{"case":"W-2","document":"协议2"}"#;
    history.must("wage_arrears.coordinate", "2024-03-02", agreement);
    reverse(&mut history, "2024-03-03", first);
    let gone = history.last();
    history.must("wage_arrears.file", "2024-03-01", &file("7.00"));
    history.append_and_catch_up(&store).await;
    let name = "W-2".parse().unwrap();
    let case = async |as_of| wages(&store, as_of, Some(&name)).await.unwrap().cases;
    assert!(case(at(gone)).await.is_empty());
    let again = case(AsOf::default()).await;
    // The agreement was about the case that was a mistake.
    assert_eq!((texts([again[0].claimed]), again[0].coordinated_on), (["7.00".to_owned()], None));
}

async fn certificates_are_counted_against_those_due(place: Place) {
    let store = place.create().await;
    let mut history = told();
    let issue = r#"{"certificate":"000003cc000000000000000000abcdef","series":"reemployment","holder":"000003cd000000000000000000abcdef","region":"231100","valid_until":"2005-12-31","document":"审批2"}"#;
    history.must("certificate.issue", "2003-01-03", issue);
    let usage = r#"{"certificate":"000003cc000000000000000000abcdef","purpose":"business-tax","document":"税务2"}"#;
    for day in ["2003-03-01", "2003-04-01"] {
        history.must("certificate.use", day, usage);
    }
    let quota = r#"{"series":"reemployment","region":"231100","due":70000,"document":"普查2"}"#;
    history.must("certificate.set_quota", "2005-01-01", quota);
    history.append_and_catch_up(&store).await;
    let told = async |day: &str| {
        let answer = certificates(&store, on(day), date("2024-12-20"), None).await.unwrap();
        let [one] = answer.regions.try_into().unwrap();
        let due = (one.due, one.missing);
        (due, [one.issued, one.withdrawn, one.held, one.expired, one.used, one.uses])
    };
    let due = |due, missing| (Some(due), Some(missing));
    assert_eq!(told("2003-01-01").await, (due(66_077, 66_077), [0, 0, 0, 0, 0, 0]));
    assert_eq!(told("2003-02-01").await, (due(66_077, 66_075), [2, 0, 2, 0, 1, 1]));
    assert_eq!(told("2003-12-31").await, (due(66_077, 66_075), [2, 0, 2, 0, 2, 3]));
    assert_eq!(told("2004-02-01").await, (due(66_077, 66_076), [2, 1, 1, 0, 2, 3]));
    assert_eq!(told("2006-01-01").await, (due(70_000, 69_999), [2, 1, 1, 1, 2, 3]));
    let other = "medical".parse().unwrap();
    let none = certificates(&store, AsOf::default(), date("2024-12-20"), Some(&other)).await;
    assert!(none.unwrap().regions.is_empty());
}
