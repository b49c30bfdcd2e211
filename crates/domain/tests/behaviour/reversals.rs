//! Reversals: every money event, in the right order, once, and not of what is spent.

use almoner_domain::command::Command;
use almoner_domain::event::Event;
use serde_json::json;

use crate::support::world::*;
use crate::support::{Ledger, written, yuan};

/// Reverses the last record and gives the ledger; the red-letter entry is the entry with signs turned.
fn reversed(ledger: &Ledger) -> Ledger {
    let position = ledger.position();
    let (effective_on, original) = ledger.record(position).unwrap().clone();
    let then = ledger.when(reverse(position)).accepted();
    let Event::ReversalRecorded(reversal) = &then.events[0] else { panic!("{:?}", then.events) };
    assert_eq!(*reversal.original, original);
    assert_eq!(reversal.effective_on, effective_on);
    assert_eq!(then.events[0].subject(), original.subject());
    assert_eq!(then.events[0].entry(), original.entry().reversed());
    then.ledger
}

#[test]
fn a_reversal_names_what_it_reverses_and_carries_it() {
    let ledger = funded().and([grant("S-1", 1, "2024-05", "300.00"), pay("S-1")]);
    let position = ledger.position();
    let (kind, data) = written(&ledger.record(position).unwrap().1);
    ledger
        .when(reverse(position))
        .then([(
            "reversal.recorded.v1",
            json!({
                "position": position, "effective_on": "2024-05-02",
                "original": {"kind": kind, "data": data},
                "reason": "wrong amount", "document": "approval 1",
            }),
        )])
        .posts(&[
            ("expenses:subsidy", "aid/union/help", "-300.00"),
            ("assets:fund_bank", "aid/union/help", "300.00"),
            ("memo_contra:commitment", "aid/union/help", "-300.00"),
            ("memo:commitment", "aid/union/help", "300.00"),
        ]);
}

#[test]
fn every_money_event_is_reversed_and_what_it_did_can_be_done_anew() {
    let anew = |before: Ledger, command: Command| {
        let after = reversed(&before.clone().and([command.clone()]));
        let books = Ledger::balances;
        assert_eq!(books(&after), books(&before), "{command:?}");
        after.and([command]);
    };
    let ledger = funded();
    anew(ledger.clone(), pledge("P-1", "union", "9.00"));
    anew(ledger.clone(), receive_for("aid", "union", "9.00", None));
    let pledged = ledger.clone().and([pledge("P-1", "union", "9.00")]);
    anew(pledged, receive_pledged("P-1", "union", "9.00"));
    let received = ledger.clone().and([receive_for("aid", "union", "9.00", None)]);
    anew(received, allocate("union", "help", "9.00"));

    for programme in ["bank", "own"] {
        let mut lend =
            lend("L-1", programme, "12000.00", "0.06", "equal_principal", (12, 3), "2024-01-01");
        let disburse = lend.pop().unwrap();
        let approved = ledger.clone().and(lend);
        anew(approved.clone(), disburse.clone());
        let lent = approved.and([disburse]);
        anew(lent.clone(), repay("L-1", "2024-04-01", "100.00"));
        anew(lent.clone(), repay("L-1", "2024-04-01", "3181.00"));
        anew(lent.clone(), repay("L-1", "2024-04-01", "4000.00"));
        anew(lent.clone(), prepay("L-1", "2024-05-01", "9000.00"));
        anew(lent.clone(), prepay("L-1", "2024-05-01", "20000.00"));
        anew(
            lent.and([prepay("L-1", "2024-05-01", "20000.00")]),
            refund("L-1", "2024-05-02", "1.00"),
        );
    }
    let claimed = ledger
        .clone()
        .and(lend("L-1", "bank", "36000.00", "0.04", "interest_only", (24, 3), "2024-01-01"))
        .and([claim(
            "C-1",
            "bank",
            ("2024-01-01", "2024-04-01"),
            &[("L-1", "364.00", "182.00")],
            "182.00",
        )])
        .and([on_claim("approve", "C-1")]);
    anew(claimed, on_claim("pay", "C-1"));
    let granted = ledger.and([grant("S-1", 1, "p", "9.00")]);
    anew(granted.clone(), pay("S-1"));
    let paid = granted.and([pay("S-1")]);
    let payment = paid.position();
    anew(paid.clone(), give_back(payment, "4.00"));
    anew(paid, give_back(payment, "9.00"));
}

#[test]
fn what_asks_or_approves_is_not_reversed_but_cancelled() {
    let ledger = funded()
        .and([apply("L-1", "bank", "12000.00", 12), approve("L-1", "12000.00", "0.06", "bullet")])
        .and([
            commit("L-1"),
            grant("S-1", 1, "p", "9.00"),
            roster("B", "q", &[(1, 1, "9.00")], "9.00"),
        ])
        .and([cancel("L-1"), withdraw("S-1")]);
    let ledger = ledger.clone().and([reverse(ledger.last("fund.received.v1"))]);
    for kind in [
        "programme.published.v1",
        "fund.opened.v1",
        "loan.applied.v1",
        "loan.approved.v1",
        "guarantee.committed.v1",
        "loan.cancelled.v1",
        "subsidy.approved.v1",
        "subsidy.cancelled.v1",
        "subsidy_batch.approved.v1",
        "reversal.recorded.v1",
    ] {
        let refusal = ledger.when(reverse(ledger.last(kind))).refused_as("not_reversible");
        assert_eq!(refusal.figures()[1], ("kind", kind.to_owned()));
    }
}

#[test]
fn money_events_of_a_loan_are_reversed_last_first() {
    let ledger = funded().and(lend(
        "L-1",
        "own",
        "12000.00",
        "0.06",
        "equal_principal",
        (12, 3),
        "2024-01-01",
    ));
    let disbursed = ledger.position();
    let ledger = ledger.and([
        repay("L-1", "2024-04-01", "3180.00"),
        prepay("L-1", "2024-05-01", "20000.00"),
        refund("L-1", "2024-05-02", "10.00"),
    ]);
    for position in disbursed..disbursed + 3 {
        let refusal = ledger.when(reverse(position)).refused_as("reverse_later_first");
        assert_eq!(refusal.figures()[1], ("later", (disbursed + 3).to_string()));
    }
    let ledger = ledger.and((disbursed..=disbursed + 3).rev().map(reverse));
    let open = &ledger.state.loans[&"L-1".parse().unwrap()];
    assert_eq!(open.stage_name().english(), "approved");
    assert_eq!(ledger.balance("assets:loan_receivable", "aid/union/own"), yuan("0.00"));
    assert_eq!(ledger.balance("memo:commitment", "aid/union/own"), yuan("12000.00"));
    let again = [disburse("L-1", "2024-02-01", 3), repay("L-1", "2024-05-01", "3180.00")];
    ledger.and(again);
}

#[test]
fn returns_are_reversed_last_first_and_before_their_payment() {
    let ledger = funded().and([grant("S-1", 1, "p", "9.00"), pay("S-1")]);
    let payment = ledger.position();
    let ledger = ledger.and([give_back(payment, "4.00"), give_back(payment, "5.00")]);
    ledger.when(reverse(payment)).refused_as("reverse_later_first");
    ledger.when(reverse(payment + 1)).refused_as("reverse_later_first");
    let ledger = ledger.and([reverse(payment + 2), reverse(payment + 1), reverse(payment)]);
    ledger.when(pay("S-1")).accepted();
}

#[test]
fn a_return_whose_period_is_used_again_stays() {
    let ledger = funded().and([grant("S-1", 1, "p", "9.00"), pay("S-1")]);
    let payment = ledger.position();
    let ledger = ledger.and([give_back(payment, "9.00"), grant("S-2", 1, "p", "9.00")]);
    ledger.when(reverse(payment + 1)).refused_as("subsidy_paid_already");
    ledger.and([withdraw("S-2")]).when(reverse(payment + 1)).accepted();
}

#[test]
fn nothing_is_reversed_twice() {
    let ledger = funded();
    let received = ledger.position();
    let ledger = ledger.and([reverse(received)]);
    ledger.when(reverse(received)).refused_as("already_reversed");
    ledger.when(reverse(ledger.position())).refused_as("not_reversible");
}

#[test]
fn money_that_is_spent_is_not_taken_back() {
    // Received without a purpose, then allocated; then committed; then lent and repaid.
    let ledger = empty().and([receive_for("aid", "union", "10000.00", None)]);
    let received = ledger.position();
    let ledger = ledger.and([allocate("union", "own", "10000.00")]);
    let allocated = ledger.position();
    ledger.when(reverse(received)).refused_as("reversal_overdraws");
    let ledger =
        ledger.and([apply("L-1", "own", "9000.00", 12), approve("L-1", "9000.00", "0", "bullet")]);
    ledger.when(reverse(allocated)).refused_as("reversal_overdraws");
    let ledger =
        ledger.and([disburse("L-1", "2024-01-01", 12), repay("L-1", "2024-02-01", "9000.00")]);
    let repaid = ledger.position();
    // What was repaid is lent again: the repayment is not reversed before the second loan is.
    let again = [apply("L-2", "own", "10000.00", 12), approve("L-2", "10000.00", "0", "bullet")];
    let spent = ledger.and(again);
    let refusal = spent.when(reverse(repaid)).refused_as("reversal_overdraws");
    assert_eq!(
        refusal.figures()[2..],
        [("needed", "9000.00".to_owned()), ("available", "0.00".to_owned())]
    );
    spent.and([cancel("L-2"), reverse(repaid), repay("L-1", "2024-02-01", "9000.00")]);
}

#[test]
fn interest_and_principal_of_one_source_are_taken_back_together() {
    let ledger = empty()
        .and([receive_for("aid", "union", "6000.00", Some("own"))])
        .and(lend("L-1", "own", "6000.00", "0.06", "bullet", (12, 12), "2024-01-01"))
        .and([prepay("L-1", "2024-02-01", "6030.00")]);
    let repaid = ledger.position();
    let lend_again = |amount: &'static str| {
        [apply("L-2", "own", "6030.00", 12), approve("L-2", amount, "0", "bullet")]
    };
    let refusal = ledger
        .clone()
        .and(lend_again("5000.01"))
        .when(reverse(repaid))
        .refused_as("reversal_overdraws");
    assert_eq!(
        refusal.figures()[2..],
        [("needed", "6030.00".to_owned()), ("available", "1029.99".to_owned())]
    );
    ledger.when(reverse(repaid)).accepted();
}

#[test]
fn a_pledge_is_reversed_after_what_came_of_it() {
    let ledger =
        empty().and([pledge("P-1", "union", "9.00"), receive_pledged("P-1", "union", "2.00")]);
    let received = ledger.position();
    let ledger = ledger.and([reverse(received)]);
    assert_eq!(ledger.balance("memo:pledge", "aid/union/-"), yuan("9.00"));
    let ledger = ledger.and([reverse(received - 1)]);
    assert_eq!(ledger.balance("memo:pledge", "aid/union/-"), yuan("0.00"));
    ledger.when(receive_pledged("P-1", "union", "1.00")).refused_as("unknown_pledge");
    ledger.when(pledge("P-1", "city", "1.00")).accepted();
}
