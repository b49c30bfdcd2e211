//! What stands between a roster and its payment: public notice, a second person; and lines made again that
//! the bank sent back.

use almoner_domain::command::Command;
use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{ACTOR, Ledger, command, date, written, yuan};

fn with(terms: Value) -> Ledger {
    empty().and([
        publish("2020-01-01", subsidy_version("new", terms)),
        receive_for("aid", "city", "90000.00", Some("new")),
    ])
}

fn roster_by(programme: &str, made_by: Option<&str>) -> Command {
    let line = json!({"beneficiary": person(1), "household": person(2), "amount": "5.00"});
    let mut data = json!({
        "batch": "B", "programme": programme, "period": "p", "lines": [line], "total": "5.00",
        "document": "roster 1",
    });
    if let Some(made_by) = made_by {
        data["made_by"] = json!(made_by);
    }
    command("subsidy_batch.approve", "2024-04-30", data)
}

fn pay_on(on: &str) -> Command {
    let mut command = pay_roster("B", "5.00");
    command.effective_on = on.parse().unwrap();
    command
}

#[test]
fn a_roster_is_posted_for_its_working_days_before_it_is_paid() {
    let terms = json!({"notice": {"days": 5, "counted": "working"}});
    let ledger = with(terms).and([roster_by("new", None)]);
    ledger.when(pay_on("2024-05-31")).refused_as("notice_missing");
    // A notice from before the roster was approved posts nothing.
    let early = post_notice("B", "2024-04-29", "2024-05-17");
    ledger.when(early).refused_as("notice_before_roster");
    ledger.when(pay("B.1")).refused_as("notice_missing");
    // From Monday to Friday are five working days; the two days before it add none.
    ledger.when(post_notice("B", "2024-05-11", "2024-05-16")).refused_as("notice_too_short");
    let data = json!({
        "batch": "B", "from": "2024-05-11", "to": "2024-05-17", "days": 5, "document": "notice 4",
    });
    let ledger = ledger
        .when(post_notice("B", "2024-05-11", "2024-05-17"))
        .then([("subsidy_batch.noticed.v1", data)])
        .posts(&[]);
    ledger.when(pay_on("2024-05-17")).refused_as("notice_not_over");
    ledger.when(pay_on("2024-05-18")).accepted();
    let mut alone = pay("B.1");
    ledger.when(alone.clone()).refused_as("notice_not_over");
    alone.effective_on = "2024-05-18".parse().unwrap();
    ledger.when(alone).accepted();
}

#[test]
fn a_notice_counts_every_day_where_the_terms_say_so() {
    let ledger =
        with(json!({"notice": {"days": 7, "counted": "all"}})).and([roster_by("new", None)]);
    ledger.when(post_notice("B", "2024-05-11", "2024-05-16")).refused_as("notice_too_short");
    ledger.when(post_notice("B", "2024-05-11", "2024-05-17")).accepted();
    ledger.when(post_notice("B", "2024-05-11", "2024-05-01")).refused_as("notice_too_short");
    ledger.when(post_notice("C", "2024-05-11", "2024-05-17")).refused_as("unknown_batch");
    // A programme that asks for no notice takes any.
    let ledger = with(json!({})).and([roster_by("new", None)]);
    ledger.when(post_notice("B", "2024-05-11", "2024-05-11")).accepted();
    ledger.when(post_notice("B", "2024-05-11", "2024-05-10")).refused_as("notice_too_short");
}

#[test]
fn two_persons_approve_a_roster_where_the_terms_say_so() {
    let ledger = with(json!({"review": "two_persons"}));
    ledger.when(roster_by("new", None)).refused_as("review_missing");
    ledger.when(roster_by("new", Some(ACTOR))).refused_as("same_person");
    let then = ledger.when(roster_by("new", Some("clerk:a"))).accepted();
    let header = written(&then.events[1]).1;
    assert_eq!(header["made_by"], "clerk:a");
    // Where the terms do not ask for it, one who made what they check is refused all the same.
    with(json!({})).when(roster_by("new", Some(ACTOR))).refused_as("same_person");
}

#[test]
fn what_needs_notice_or_review_comes_in_a_roster() {
    for terms in
        [json!({"review": "two_persons"}), json!({"notice": {"days": 1, "counted": "all"}})]
    {
        let command = grant_of("S-1", "new", (1, 1), "p", "5.00");
        with(terms).when(command).refused_as("roster_needed");
    }
    for days in [0, 366] {
        let terms = json!({"notice": {"days": days, "counted": "all"}});
        let command = publish("2020-01-01", subsidy_version("new", terms));
        empty().when(command).refused_as("terms_invalid");
    }
}

/// Two lines paid, the second sent back by the bank; and the position of its payment.
fn sent_back() -> (Ledger, u64) {
    let lines = [(1, 11, "1.00"), (2, 12, "400.00")];
    let ledger = funded().and([roster("B-1", "p", &lines, "401.00"), pay_roster("B-1", "401.00")]);
    let payment = ledger.position() - 1;
    (ledger.and([give_back(payment, "400.00")]), payment)
}

#[test]
fn a_line_that_the_bank_sent_back_waits_in_its_roster_again() {
    let (ledger, payment) = sent_back();
    let then = ledger.when(reissue(payment)).accepted();
    let (kind, data) = written(&then.events[0]);
    assert_eq!(kind, "subsidy.reissued.v1");
    assert_eq!(then.events[0].subject(), "subsidy/B-1.2");
    assert_eq!(data["payment"], payment);
    assert_eq!(data["grant"]["amount"], "400.00");
    let ledger = then.posts(&[
        ("memo:commitment", "aid/union/help", "400.00"),
        ("memo_contra:commitment", "aid/union/help", "-400.00"),
    ]);
    let household = person(12).parse().unwrap();
    let used = ledger.state.household_used(&"help".parse().unwrap(), household, 2024);
    assert_eq!(used, yuan("400.00"));
    ledger.when(reissue(payment)).refused_as("subsidy_paid_already");
    ledger.when(pay_roster("B-1", "401.00")).refused_as("batch_total_differs");
    let june = |command| Command { effective_on: date("2024-06-01"), ..command };
    let paid = ledger.and([june(pay_roster("B-1", "400.00"))]);
    assert_eq!(paid.balance("expenses:subsidy", "aid/union/help"), yuan("401.00"));
    paid.when(reissue(payment)).refused_as("subsidy_paid_already");
    // It may come back and be made a third time.
    let second = paid.last("subsidy.paid.v1");
    paid.and([june(give_back(second, "400.00"))]).when(reissue(second)).accepted();
}

#[test]
fn only_a_payment_that_came_back_whole_is_made_again() {
    let ledger = funded().and([grant("S-1", 1, "p", "5.00")]);
    let approval = ledger.position();
    let ledger = ledger.and([pay("S-1")]);
    let payment = ledger.position();
    ledger.when(reissue(approval)).refused_as("not_a_payment");
    ledger.when(reissue(999)).refused_as("unknown_record");
    ledger.when(reissue(payment)).refused_as("not_returned");
    let part = ledger.clone().and([give_back(payment, "4.99")]);
    part.when(reissue(payment)).refused_as("not_returned");
    ledger.and([reverse(payment)]).when(reissue(payment)).refused_as("already_reversed");
}

#[test]
fn what_others_were_paid_since_may_have_taken_its_place() {
    let (ledger, payment) = sent_back();
    // The household has had 1,700.00 since, and the person nothing.
    let since = [(21, "500.00"), (22, "500.00"), (23, "500.00"), (24, "200.00")];
    let since = since.map(|(person, amount)| {
        grant_of(&format!("S-{person}"), "help", (person, 12), "p", amount)
    });
    let full = ledger.clone().and(since);
    full.when(reissue(payment)).refused_as("household_over_cap");
    let same = ledger.and([grant_of("S-1", "help", (2, 99), "p", "1.00")]);
    same.when(reissue(payment)).refused_as("subsidy_paid_already");
}
