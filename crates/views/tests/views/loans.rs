//! Single loans, step by step, with figures worked out by hand.

use almoner_domain::arrears::Class;
use almoner_domain::date::Date;
use almoner_domain::money::Money;
use almoner_log::Store;
use almoner_views::{
    Arrears, AsOf, Dump, LoanAnswer, LoanStage, OverdueLoan, PaymentKind, arrears, loan,
};

use crate::building::dump;
use crate::history::{History, date};
use crate::place::{LEDGER, Place, on_both};
use crate::random::small_ledger;

on_both! {
    a_part_payment_lowers_what_is_overdue_until_it_is_reversed
    a_due_day_that_is_no_working_day_is_overdue_after_the_next_one
    an_early_repayment_replaces_the_schedule_until_it_is_reversed
    overpaid_money_and_its_refund_settle_a_loan_in_turn
    a_reversed_disbursement_leaves_an_approved_loan
    a_payment_recorded_late_counts_on_its_day_once_it_is_known
    arrears_are_summed_by_programme_class_and_age
    rows_are_written_as_the_dump_says
}

fn yuan(text: &str) -> Money {
    text.parse().unwrap()
}

/// A loan of 12,000.00 of the fund's own money over 12 months, without interest, lent on the 10th of
/// January: 1,000.00 is due on the 10th of each month.
fn lend(history: &mut History, name: &str) -> u64 {
    history.today = date("2024-12-31");
    let borrower = history.last();
    history.must("loan.apply", "2024-01-10", &format!(r#"{{"loan":"{name}","programme":"OWN","category":"micro","borrower":"{borrower:032x}","amount":"12000.00","months":12}}"#));
    history.must("loan.approve", "2024-01-10", &format!(r#"{{"loan":"{name}","amount":"12000.00","annual_rate":"0","method":"equal_principal"}}"#));
    history.must("loan.disburse", "2024-01-10", &format!(r#"{{"loan":"{name}","every":1}}"#))
}

fn repay(history: &mut History, name: &str, on: &str, amount: &str, surplus: &str) -> u64 {
    let data = format!(r#"{{"loan":"{name}","amount":"{amount}","surplus":"{surplus}"}}"#);
    history.must("loan.repay", on, &data)
}

fn reverse(history: &mut History, on: &str, position: u64) -> u64 {
    let data = format!(r#"{{"position":{position},"reason":"mistake","document":"approval"}}"#);
    history.must("reversal.record", on, &data)
}

async fn ask(store: &Store, name: &str, as_of: AsOf) -> LoanAnswer {
    loan(store, &name.parse().unwrap(), as_of, date("2024-12-31")).await.unwrap().unwrap()
}

fn on(day: &str) -> AsOf {
    AsOf { effective: Some(date(day)), position: None }
}

fn at(position: u64) -> AsOf {
    AsOf { effective: None, position: Some(position) }
}

/// The only overdue loan: principal, earliest due day, days past due.
fn only(answer: &Arrears) -> (Money, Date, i32) {
    let [OverdueLoan { overdue_principal, since, days_past_due, .. }] = answer.loans.as_slice()
    else {
        panic!("{:?}", answer.loans)
    };
    (*overdue_principal, *since, *days_past_due)
}

async fn a_part_payment_lowers_what_is_overdue_until_it_is_reversed(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    lend(&mut history, "L");
    history.append_and_catch_up(&store).await;
    let day = date("2024-03-31");
    // Due on 10 February (a Saturday; the 12th is a holiday, so the 13th) and on 10 March (a Sunday).
    let answer = arrears(&store, day, None).await.unwrap();
    assert_eq!(only(&answer), (yuan("2000.00"), date("2024-02-10"), 50));

    let paid = repay(&mut history, "L", "2024-03-20", "1300.00", "next_instalments");
    history.append_and_catch_up(&store).await;
    let answer = arrears(&store, day, None).await.unwrap();
    assert_eq!(only(&answer), (yuan("700.00"), date("2024-03-10"), 21));
    // Before the payment, and before it was known, it does not count.
    let answer = arrears(&store, date("2024-03-19"), None).await.unwrap();
    assert_eq!(only(&answer), (yuan("2000.00"), date("2024-02-10"), 38));
    let answer = arrears(&store, day, Some(paid - 1)).await.unwrap();
    assert_eq!(only(&answer), (yuan("2000.00"), date("2024-02-10"), 50));

    let reversal = reverse(&mut history, "2024-04-02", paid);
    history.append_and_catch_up(&store).await;
    // What is reversed was a mistake on every day, but not before it is known.
    let answer = arrears(&store, day, None).await.unwrap();
    assert_eq!(only(&answer), (yuan("2000.00"), date("2024-02-10"), 50));
    let answer = arrears(&store, day, Some(reversal - 1)).await.unwrap();
    assert_eq!(only(&answer), (yuan("700.00"), date("2024-03-10"), 21));
    let answer = ask(&store, "L", AsOf::default()).await;
    assert_eq!(answer.payments.len(), 2);
    assert_eq!(answer.payments[1].reversed_at, Some(reversal));
    assert_eq!(answer.open_principal, yuan("12000.00"));
}

async fn a_due_day_that_is_no_working_day_is_overdue_after_the_next_one(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    lend(&mut history, "L");
    history.append_and_catch_up(&store).await;
    for (day, overdue) in [("2024-02-10", 0), ("2024-02-13", 0), ("2024-02-14", 1)] {
        let answer = arrears(&store, date(day), None).await.unwrap();
        assert_eq!(answer.loans.len(), overdue, "{day}");
    }
    // Days past due count from the due day all the same.
    let answer = arrears(&store, date("2024-02-14"), None).await.unwrap();
    assert_eq!(only(&answer), (yuan("1000.00"), date("2024-02-10"), 4));
}

async fn an_early_repayment_replaces_the_schedule_until_it_is_reversed(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    lend(&mut history, "L");
    repay(&mut history, "L", "2024-02-09", "1000.00", "next_instalments");
    let early = repay(&mut history, "L", "2024-03-10", "6000.00", "prepay");
    history.append_and_catch_up(&store).await;

    // 1,000.00 was due on the day, 5,000.00 came early; 5,000.00 are spread over ten months.
    let answer = ask(&store, "L", AsOf::default()).await;
    let payment = &answer.payments[2];
    assert_eq!(payment.kind, PaymentKind::Repayment);
    assert_eq!((payment.principal, payment.prepaid_principal), (yuan("6000.00"), yuan("5000.00")));
    assert_eq!(answer.open_principal, yuan("5000.00"));
    assert_eq!(answer.instalments.len(), 12);
    assert_eq!(answer.instalments[1].principal, yuan("1000.00"));
    assert_eq!(answer.instalments[2].principal, yuan("500.00"));
    // The day before, the old schedule held.
    let answer = ask(&store, "L", on("2024-03-09")).await;
    assert_eq!(answer.instalments[2].principal, yuan("1000.00"));
    assert_eq!(answer.open_principal, yuan("11000.00"));

    let paid = repay(&mut history, "L", "2024-04-10", "500.00", "next_instalments");
    reverse(&mut history, "2024-04-11", paid);
    let reversal = reverse(&mut history, "2024-04-12", early);
    let again = repay(&mut history, "L", "2024-03-15", "1200.00", "next_instalments");
    history.append_and_catch_up(&store).await;
    let answer = ask(&store, "L", AsOf::default()).await;
    assert_eq!(answer.instalments.len(), 12);
    let third = &answer.instalments[2];
    assert_eq!((third.principal, third.open_principal), (yuan("1000.00"), yuan("800.00")));
    assert_eq!(third.payable_until, date("2024-04-10"));
    assert_eq!(answer.open_principal, yuan("9800.00"));
    // With what was known between the two, the new schedule still holds.
    let answer = ask(&store, "L", at(reversal - 1)).await;
    assert_eq!(answer.instalments[2].principal, yuan("500.00"));
    // On the last day of February nothing was paid early, whatever is known.
    for known in [early, reversal, again] {
        let as_of = AsOf { effective: Some(date("2024-02-29")), position: Some(known) };
        let answer = ask(&store, "L", as_of).await;
        assert_eq!(answer.open_principal, yuan("11000.00"), "known {known}");
        assert_eq!(answer.instalments[2].open_principal, yuan("1000.00"), "known {known}");
    }
}

async fn overpaid_money_and_its_refund_settle_a_loan_in_turn(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    lend(&mut history, "L");
    let paid = repay(&mut history, "L", "2024-05-06", "12000.50", "next_instalments");
    let refund = history.must("loan.refund", "2024-05-07", r#"{"loan":"L","amount":"0.50"}"#);
    let back = reverse(&mut history, "2024-05-08", refund);
    history.append_and_catch_up(&store).await;
    for (position, stage, overpaid) in [
        (paid - 1, LoanStage::Active, "0.00"),
        (paid, LoanStage::Active, "0.50"),
        (refund, LoanStage::Settled, "0.00"),
        (back, LoanStage::Active, "0.50"),
    ] {
        let answer = ask(&store, "L", at(position)).await;
        assert_eq!((answer.stage, answer.overpaid), (stage, yuan(overpaid)), "at {position}");
    }
}

async fn a_reversed_disbursement_leaves_an_approved_loan(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    let lent = lend(&mut history, "L");
    reverse(&mut history, "2024-01-12", lent);
    history.append_and_catch_up(&store).await;
    let answer = ask(&store, "L", AsOf::default()).await;
    assert_eq!(answer.stage, LoanStage::Approved);
    assert!(answer.instalments.is_empty() && answer.disbursement.is_none());
    assert_eq!(answer.payments.len(), 1);
    assert!(arrears(&store, date("2024-12-31"), None).await.unwrap().loans.is_empty());

    history.must("loan.disburse", "2024-02-01", r#"{"loan":"L","every":1}"#);
    history.append_and_catch_up(&store).await;
    let answer = ask(&store, "L", AsOf::default()).await;
    assert_eq!(answer.stage, LoanStage::Active);
    assert_eq!(answer.instalments[0].due_on, date("2024-03-01"));
    assert_eq!(answer.instalments.len(), 12);
    let answer = ask(&store, "L", at(lent)).await;
    assert_eq!(answer.instalments[0].due_on, date("2024-02-10"));
}

async fn a_payment_recorded_late_counts_on_its_day_once_it_is_known(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    lend(&mut history, "L");
    let before = history.last();
    repay(&mut history, "L", "2024-02-10", "1000.00", "next_instalments");
    history.append_and_catch_up(&store).await;
    let day = date("2024-02-20");
    assert_eq!(arrears(&store, day, Some(before)).await.unwrap().loans.len(), 1);
    assert_eq!(arrears(&store, day, None).await.unwrap().loans.len(), 0);
}

async fn arrears_are_summed_by_programme_class_and_age(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    for name in ["A", "B", "C"] {
        lend(&mut history, name);
    }
    // On 31 March, A is 50 days past due, B 21 days, C not at all.
    repay(&mut history, "B", "2024-02-10", "1000.00", "next_instalments");
    repay(&mut history, "C", "2024-02-10", "2000.00", "next_instalments");
    history.append_and_catch_up(&store).await;
    let answer = arrears(&store, date("2024-03-31"), None).await.unwrap();
    let found: Vec<_> =
        answer.loans.iter().map(|one| (one.loan.as_str(), one.days_past_due, one.class)).collect();
    assert_eq!(found, [("A", 50, Class::Doubtful), ("B", 21, Class::Substandard)]);
    let [sums] = answer.programmes.as_slice() else { panic!("{:?}", answer.programmes) };
    assert_eq!(sums.programme.as_str(), "OWN");
    assert_eq!(sums.open_principal, yuan("33000.00"));
    assert_eq!((sums.overdue_loans, sums.overdue_principal), (2, yuan("3000.00")));
    assert_eq!(sums.par_30, yuan("12000.00"));
    assert_eq!((sums.par_60, sums.par_90), (Money::ZERO, Money::ZERO));
    let classes: Vec<_> = sums.classes.iter().map(|one| (one.class, one.open_principal)).collect();
    let expected = [
        (Class::Normal, yuan("10000.00")),
        (Class::Substandard, yuan("11000.00")),
        (Class::Doubtful, yuan("12000.00")),
    ];
    assert_eq!(classes, expected);
}

async fn rows_are_written_as_the_dump_says(place: Place) {
    let store = place.create().await;
    let mut history = small_ledger(LEDGER);
    let lent = lend(&mut history, "L");
    let paid = repay(&mut history, "L", "2024-03-10", "1300.00", "next_instalments");
    history.append_and_catch_up(&store).await;
    let rows = dump(&store).await;
    let text = |table: &str, key: &str| {
        let found = rows.iter().find(|row| row.table == table && row.key == key);
        found.unwrap_or_else(|| panic!("{table} {key:?}")).text.replace('\t', "|")
    };
    let borrower = format!("{:032x}", lent - 3);
    let (applied, approved) = (lent - 2, lent - 1);
    assert_eq!(text("balance", "assets:loan_receivable\tF\tunion\tOWN"), "10700.00");
    assert_eq!(
        text("entry", &format!("{paid}\t2")),
        "2024-03-10|assets:loan_receivable|F|union|OWN|-1300.00|loan.repaid.v1|loan/L||"
    );
    assert_eq!(
        text("loan", "L"),
        format!(
            "OWN|1|micro|{borrower}||12|12000.00|2024-01-10|{applied}|12000.00|0|equal_principal|F\
             |2024-01-10|{approved}|||||||2024-01-10|{lent}|2025-01-10|10700.00|0.00|0.00|0.00|0.00|active"
        )
    );
    assert_eq!(
        text("payment", &paid.to_string()),
        "L|repayment|2024-03-10|1300.00|1300.00|0.00|0.00|0.00|0.00|0.00|0.00||||||"
    );
    assert_eq!(
        text("payment", &lent.to_string()),
        "L|disbursement|2024-01-10|12000.00|12000.00|0.00|0.00|0.00|0.00|0.00|0.00|||0|equal_principal\
         |2025-01-10|"
    );
    assert_eq!(text("allocation", &format!("L\t{paid}\t2")), "300.00|0.00|");
    assert_eq!(
        text("instalment", &format!("L\t2\t{lent}")),
        "|2024-03-10|2024-03-11|1000.00|0.00|700.00|0.00"
    );
    assert_eq!(Dump::begin(&store).await.unwrap().position(), history.last());
}
