//! A step may be recorded late, but it is not true before the step that it follows.

use almoner_domain::command::Command;

use crate::discount_world::{FIRST, advance, claim_of, give_back_line, half, lent, settle_advance};
use crate::support::world::*;
use crate::support::{Ledger, date};

/// The command follows the ledger's last record.
fn follows(ledger: &Ledger, command: Command) {
    let on = ledger.record(ledger.position()).unwrap().0;
    let dated = |effective_on| Command { effective_on, ..command.clone() };
    ledger.when(dated(on.plus_days(-1))).refused_as("before_original");
    ledger.when(dated(on)).accepted();
}

/// [`follows`] for each command after those before it.
fn one_after_the_other(mut ledger: Ledger, steps: Vec<Command>) {
    for step in steps {
        follows(&ledger, step.clone());
        let on = ledger.record(ledger.position()).unwrap().0;
        ledger = ledger.and([Command { effective_on: on, ..step }]);
    }
}

#[test]
fn a_loan_is_approved_after_its_application_and_lent_after_its_approval() {
    let ledger = funded().and([apply("L-1", "own", "10000.00", 12)]);
    follows(&ledger, cancel("L-1"));
    let approved = approve("L-1", "10000.00", "0.04", "bullet");
    follows(&ledger.clone().and([approved.clone()]), cancel("L-1"));
    one_after_the_other(ledger, vec![approved, disburse("L-1", "2024-05-10", 12)]);
}

#[test]
fn a_guaranteed_loan_is_lent_after_approval_and_commitment_whichever_is_later() {
    let day = |on: &str, command| Command { effective_on: date(on), ..command };
    let approved = funded()
        .and([apply("L-1", "bank", "10000.00", 12)])
        .and([day("2023-06-10", approve("L-1", "10000.00", "0.04", "bullet"))]);
    // A fund may commit itself before the bank approves.
    for (committed_on, from) in [("2023-06-05", "2023-06-10"), ("2023-06-15", "2023-06-15")] {
        let ledger = approved.clone().and([day(committed_on, commit("L-1"))]);
        let on = date(from);
        let before = disburse("L-1", &on.plus_days(-1).to_string(), 12);
        ledger.when(before.clone()).refused_as("before_original");
        let lent = ledger.and([disburse("L-1", "2023-07-01", 12)]);
        // A disbursement that was reversed leaves that day as it was.
        let again = lent.clone().and([reverse_on("2023-07-02", lent.position())]);
        again.when(before).refused_as("before_original");
        again.when(disburse("L-1", from, 12)).accepted();
        again.when(day(from, cancel("L-1"))).accepted();
    }
}

#[test]
fn a_loan_whose_disbursement_was_reversed_is_not_lent_before_its_approval() {
    let ledger = funded()
        .and([apply("L-1", "own", "10000.00", 12), approve("L-1", "10000.00", "0.04", "bullet")])
        .and([disburse("L-1", "2024-05-20", 12)]);
    let approved = ledger.position() - 1;
    let on = ledger.record(approved).unwrap().0;
    let ledger = ledger.clone().and([reverse_on("2024-05-25", ledger.position())]);
    let dated = |effective_on| Command { effective_on, ..disburse("L-1", "2024-05-10", 12) };
    ledger.when(dated(on.plus_days(-1))).refused_as("before_original");
    // Before the reversed one is allowed: its date may have been the mistake.
    ledger.when(dated(on)).accepted();
}

#[test]
fn a_subsidy_is_paid_or_withdrawn_after_its_approval() {
    let ledger = funded().and([grant("S-1", 1, "2024-05", "300.00")]);
    follows(&ledger, withdraw("S-1"));
    follows(&ledger, pay("S-1"));

    // After the payment was reversed the approval counts, and after a reissue the reissue.
    let on = ledger.record(ledger.position()).unwrap().0;
    let late = |effective_on, command| Command { effective_on, ..command };
    let ledger = ledger.and([late(on.plus_days(5), pay("S-1"))]);
    let reversed = ledger.clone().and([late(on.plus_days(9), reverse(ledger.position()))]);
    reversed.when(late(on.plus_days(-1), pay("S-1"))).refused_as("before_original");
    reversed.when(late(on, pay("S-1"))).accepted();
    let payment = ledger.position();
    // A payment that came back is made again after that, and then its reissue counts.
    let back = ledger.and([late(on.plus_days(9), give_back(payment, "300.00"))]);
    follows(&back, reissue(payment));
    let reissued = back.and([late(on.plus_days(12), reissue(payment))]);
    follows(&reissued, pay("S-1"));
    let again = reissued.and([late(on.plus_days(14), pay("S-1"))]);
    let reversed = again.clone().and([late(on.plus_days(15), reverse(again.position()))]);
    reversed.when(late(on.plus_days(11), pay("S-1"))).refused_as("before_original");
    reversed.when(late(on.plus_days(12), pay("S-1"))).accepted();
}

#[test]
fn money_that_was_demanded_back_comes_after_every_demand() {
    let on = |on: &str, command| Command { effective_on: date(on), ..command };
    let ledger = funded().and([grant("S-1", 1, "2024-05", "300.00"), pay("S-1")]);
    let payment = ledger.position();
    let ledger = ledger
        .and([on("2024-06-20", demand_back(payment, "100.00"))])
        .and([on("2024-06-01", demand_back(payment, "50.00"))]);
    let back = |day: &str| on(day, give_back(payment, "150.00"));
    ledger.when(back("2024-06-19")).refused_as("before_original");
    ledger.when(back("2024-06-20")).accepted();
}

#[test]
fn a_roster_is_paid_after_its_approval() {
    let lines = [(1, 1001, "100.00"), (2, 1002, "200.00")];
    let ledger = funded().and([roster("B-1", "2024-05", &lines, "300.00")]);
    follows(&ledger, pay_roster("B-1", "300.00"));
    // A line that is made again waits since later than the rest.
    let day = |on: &str, command| Command { effective_on: date(on), ..command };
    let ledger = ledger.and([day("2024-05-10", pay("B-1.1"))]);
    let payment = ledger.position();
    let ledger = ledger
        .and([day("2024-05-20", give_back(payment, "100.00"))])
        .and([day("2024-05-25", reissue(payment))]);
    ledger.when(day("2024-05-24", pay_roster("B-1", "300.00"))).refused_as("before_original");
    ledger.when(day("2024-05-25", pay_roster("B-1", "300.00"))).accepted();
}

#[test]
fn a_discount_claim_is_filed_after_the_last_of_its_files() {
    let ledger = lent(half()).and([receive_file("C-1", "new", 'a', "182.00")]);
    let later = |command| Command { effective_on: date("2024-04-20"), ..command };
    follows(&ledger, receive_file("C-1", "new", 'b', "182.00"));
    let ledger = ledger.and([later(receive_file("C-1", "new", 'b', "182.00"))]);
    follows(&ledger, claim_of("C-1", FIRST, "364.00", "182.00"));
}

#[test]
fn a_discount_claim_is_approved_rejected_paid_and_returned_after_it_was_filed() {
    let ledger = lent(half()).and([claim_of("C-1", FIRST, "364.00", "182.00")]);
    follows(&ledger, on_claim("reject", "C-1"));
    let line = ledger.position() - 1;
    let steps = vec![on_claim("approve", "C-1"), on_claim("pay", "C-1")];
    one_after_the_other(ledger.clone(), steps.clone());
    let on = ledger.record(ledger.position()).unwrap().0;
    let approved = ledger.and([Command { effective_on: on.plus_days(3), ..steps[0].clone() }]);
    follows(&approved, on_claim("reject", "C-1"));
    let paid = approved.and([Command { effective_on: on.plus_days(5), ..steps[1].clone() }]);
    follows(&paid, give_back_line(line, "1.00"));
    // A payment that is reversed leaves the approval as the last step.
    let reversal = Command { effective_on: on.plus_days(9), ..reverse(paid.position()) };
    let reversed = paid.and([reversal]);
    let pay = |days| Command { effective_on: on.plus_days(days), ..steps[1].clone() };
    reversed.when(pay(2)).refused_as("before_original");
    reversed.when(pay(3)).accepted();
}

#[test]
fn an_advance_is_settled_after_the_claims_were_filed() {
    let day = |on: &str, command| Command { effective_on: date(on), ..command };
    let filed = claim_of("C-1", FIRST, "364.00", "182.00");
    let ledger = lent(half()).and([advance("A-1", "300.00"), day("2024-05-01", filed)]);
    let settle = |on: &str| day(on, settle_advance("A-1", &["C-1"]));
    ledger.when(settle("2024-04-30")).refused_as("before_original");
    let settled = ledger.and([settle("2024-06-01")]);
    let position = settled.position();
    let reversed = settled.and([reverse_on("2024-06-10", position)]);
    // The filing is the last step again.
    for what in ["approve", "reject"] {
        reversed.when(day("2024-04-30", on_claim(what, "C-1"))).refused_as("before_original");
        reversed.when(day("2024-05-01", on_claim(what, "C-1"))).accepted();
    }
}

#[test]
fn money_comes_after_what_promised_it() {
    let pledged = funded().and([pledge("P-1", "union", "500.00")]);
    follows(&pledged, receive_pledged("P-1", "union", "100.00"));
    follows(&pledged, withdraw_pledge("P-1"));
    let due = funded().and([require("M-1", "city", "500.00")]);
    follows(&due, receive_by("matching", "M-1", "city", None, "100.00"));
    let allocated = funded().and([register("A-1", "city", None, (2022, 2), "500.00")]);
    follows(&allocated, receive_by("allocation", "A-1", "city", None, "100.00"));

    // What is kept of a document is carried or sent back after it, too.
    let old = empty()
        .and([open_year(2021), close_year(2021), open_year(2022)])
        .and([register("A-1", "city", Some("help"), (2019, 2), "500.00")])
        .and([receive_by("allocation", "A-1", "city", Some("help"), "500.00")]);
    let early = "2022-12-29";
    old.when(return_surplus("A-1", early, "1.00")).refused_as("before_original");
    old.when(return_surplus("A-1", "2022-12-31", "1.00")).accepted();
    let carried = Command { effective_on: date(early), ..carry("A-1", 2021, "1.00") };
    old.when(carried).refused_as("before_original");
}
