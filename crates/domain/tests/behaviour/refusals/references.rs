//! What is named does not exist, or exists already.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::command;
use crate::support::world::*;

reach! {
    fn unknown_programme() {
        empty()
            .when(apply("L-1", "none", "5000.00", 12))
            .refused(Stage::Reference, &[("programme", "none")])
    }

    fn unknown_fund() {
        empty()
            .when(receive_for("none", "city", "1.00", None))
            .refused(Stage::Reference, &[("fund", "none")])
    }

    fn unknown_source() {
        empty().when(receive_for("aid", "none", "1.00", None)).refused(
            Stage::Reference,
            &[("fund", "aid"), ("source", "none"), ("known", "union, city, firm, public")],
        )
    }

    fn unknown_category() {
        empty().when(apply_as("L-1", "bank", "none", 1, "5000.00", 12)).refused(
            Stage::Reference,
            &[("programme", "bank"), ("category", "none"), ("known", "stall, store")],
        )
    }

    fn unknown_pledge() {
        empty()
            .when(receive_pledged("P-1", "union", "1.00"))
            .refused(Stage::Reference, &[("fund", "aid"), ("pledge", "P-1")])
    }

    fn unknown_loan() {
        empty()
            .when(approve("L-1", "5000.00", "0.05", "bullet"))
            .refused(Stage::Reference, &[("loan", "L-1")])
    }

    fn loan_closed() {
        funded()
            .and([apply("L-1", "bank", "5000.00", 12), cancel("L-1")])
            .when(cancel("L-1"))
            .refused(Stage::Reference, &[("loan", "L-1")])
    }

    fn unknown_claim() {
        empty().when(on_claim("approve", "C-1")).refused(Stage::Reference, &[("claim", "C-1")])
    }

    fn unknown_subsidy() {
        empty().when(pay("S-1")).refused(Stage::Reference, &[("subsidy", "S-1")])
    }

    fn unknown_batch() {
        empty().when(pay_roster("B-1", "1.00")).refused(Stage::Reference, &[("batch", "B-1")])
    }

    fn unknown_record() {
        empty().when(reverse(99)).refused(Stage::Reference, &[("position", "99")])
    }

    fn already_exists() {
        empty()
            .when(open("aid", &["city"], None))
            .refused(Stage::Reference, &[("kind", "fund"), ("id", "aid")])
    }
}

#[test]
fn names_are_used_once() {
    let ledger = funded()
        .and([pledge("P-1", "union", "1.00"), apply("L-1", "plain", "5000.00", 12)])
        .and([grant("S-1", 1, "a", "1.00"), roster("B-1", "b", &[(2, 2, "1.00")], "1.00")]);
    let exists = |command, kind: &str, id: &str| {
        let refusal = ledger.when(command).refused_as("already_exists");
        assert_eq!(refusal.figures(), [("kind", kind.to_owned()), ("id", id.to_owned())]);
    };
    exists(pledge("P-1", "city", "1.00"), "pledge", "P-1");
    exists(apply("L-1", "plain", "5000.00", 12), "loan", "L-1");
    exists(grant("S-1", 3, "c", "1.00"), "subsidy", "S-1");
    exists(roster("B-1", "c", &[(3, 3, "1.00")], "1.00"), "batch", "B-1");
    // The lines of a batch are named after it, before and after their payment.
    exists(grant("B-1.1", 3, "c", "1.00"), "subsidy", "B-1.1");
    let paid = ledger.and([pay_roster("B-1", "1.00"), pay("S-1")]);
    paid.when(grant("B-1.1", 3, "c", "1.00")).refused_as("already_exists");
    paid.when(grant("B-1.7", 3, "c", "1.00")).refused_as("already_exists");
    paid.when(grant("S-1", 3, "c", "1.00")).refused_as("already_exists");
    paid.when(roster("B-1", "c", &[(3, 3, "1.00")], "1.00")).refused_as("already_exists");
    // A line must not take the name of a subsidy that stands alone.
    let single = funded().and([grant("X.2", 1, "a", "1.00")]);
    let lines = [(2, 2, "1.00"), (3, 3, "1.00")];
    let refused = single.when(roster("X", "b", &lines, "2.00")).refused_lines();
    assert_eq!(refused[0].0, 2);
    assert_eq!(refused[0].1.code(), "already_exists");
}

#[test]
fn a_pledge_is_fulfilled_by_its_own_source_and_only_while_it_is_open() {
    let ledger = empty().and([pledge("P-1", "union", "5.00")]);
    ledger.when(receive_pledged("P-1", "city", "1.00")).refused_as("unknown_pledge");
    let fulfilled = ledger.and([receive_pledged("P-1", "union", "5.00")]);
    fulfilled.when(receive_pledged("P-1", "union", "0.01")).refused_as("unknown_pledge");
}

#[test]
fn money_is_given_to_known_purposes_only() {
    empty().when(receive_for("aid", "union", "1.00", Some("none"))).refused_as("unknown_programme");
    funded().when(allocate("union", "none", "1.00")).refused_as("unknown_programme");
    funded().when(allocate("none", "help", "1.00")).refused_as("unknown_source");
}

#[test]
fn a_programme_names_funds_that_are_open() {
    let mut version = free();
    version["programme"] = json!("other");
    version["terms"]["subsidy"]["fund"] = json!("none");
    empty().when(publish("2020-01-01", version)).refused_as("unknown_fund");
}

#[test]
fn claims_and_subsidies_that_are_done_say_so() {
    let ledger = funded().and([grant("S-1", 1, "a", "1.00"), pay("S-1")]);
    ledger.when(pay("S-1")).refused_as("unknown_subsidy");
    ledger.when(withdraw("S-1")).refused_as("unknown_subsidy");
    let pay_all =
        ledger.and([roster("B", "b", &[(1, 1, "1.00")], "1.00"), pay_roster("B", "1.00")]);
    pay_all.when(pay_roster("B", "1.00")).refused_as("unknown_batch");
}

#[test]
fn a_return_names_a_record() {
    empty().when(give_back(99, "1.00")).refused_as("unknown_record");
    let zero = command(
        "reversal.record",
        "2024-01-01",
        json!({"position": 0, "reason": "r", "document": "d"}),
    );
    empty().when(zero).refused_as("unknown_record");
}
