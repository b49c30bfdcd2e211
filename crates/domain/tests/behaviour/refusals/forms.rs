//! Commands that cannot be read.

use almoner_domain::MAX_LINES;
use almoner_domain::command::Command;
use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::world::*;
use crate::support::{command, says_its_figures};

reach! {
    fn form_invalid() {
        let read = Command::read("loan.refund", "2024-01-01", r#"{"loan":"L-1","amount":"-1.00"}"#);
        let refusal = read.unwrap_err();
        assert_eq!(refusal.stage(), Stage::Form);
        says_its_figures(&refusal);
        let field = ("field", "data.amount".to_owned());
        assert_eq!(refusal.figures()[0], field);
        refusal
    }

    fn amount_zero() {
        empty().when(repay("L-1", "2024-01-01", "0.00")).refused(Stage::Form, &[("field", "amount")])
    }

    fn too_many_lines() {
        empty()
            .when(roster("B", "2024-05", &[], "0.00"))
            .refused(Stage::Form, &[("lines", "0"), ("maximum", "20000")])
    }

    fn date_in_future() {
        empty()
            .when(repay("L-1", "2030-01-02", "1.00"))
            .refused(Stage::Form, &[("effective_on", "2030-01-02"), ("today", "2030-01-01")])
    }

    fn lines_refused() {
        let lines = [(1, 1, "500.00"), (2, 2, "500.01"), (1, 1, "1.00")];
        let refusal = funded()
            .when(roster("B", "2024-05", &lines, "1001.01"))
            .refused(Stage::Rule, &[("lines", "3"), ("refused", "2")]);
        let english = refusal.english();
        assert!(english.contains("line 2: 500.01 yuan exceed the cap"), "{english}");
        assert!(english.contains("line 3: programme help has approved or paid"), "{english}");
        assert!(refusal.chinese().contains("第 2 行：500.01 元超过"), "{refusal}");
        let json = serde_json::to_value(&refusal).unwrap();
        assert_eq!(json["lines"][0]["line"], 2);
        assert_eq!(json["lines"][0]["refusal"]["code"], "payment_over_cap");
        refusal
    }
}

#[test]
fn the_last_line_too_many_is_refused_and_the_one_before_is_not() {
    let line = (1, 1, "0.00");
    let refusal = empty()
        .when(roster("B", "2024-05", &vec![line; MAX_LINES + 1], "0.00"))
        .refused_as("too_many_lines");
    assert_eq!(refusal.figures()[0], ("lines", "20001".to_owned()));
    let listed =
        empty().when(roster("B", "2024-05", &vec![line; MAX_LINES], "0.00")).refused_lines();
    assert_eq!(listed.len(), 100);
    assert_eq!(listed[0].1.code(), "amount_zero");
}

#[test]
fn of_many_refused_lines_the_number_is_true_though_only_some_are_listed() {
    let lines: Vec<_> = (0..250).map(|number| (number, number, "500.01")).collect();
    let refusal =
        funded().when(roster("B", "2024-05", &lines, "125002.50")).refused_as("lines_refused");
    assert_eq!(refusal.figures()[1], ("refused", "250".to_owned()));
    assert!(refusal.english().starts_with("250 of 250 lines"), "{refusal}");
}

#[test]
fn today_itself_is_accepted() {
    let open = command(
        "fund.open",
        crate::support::TODAY,
        json!({
            "fund": "F", "name": "example", "sources": [{"source": "s", "kind": "fiscal", "name": "example"}],
        }),
    );
    empty().when(open).accepted();
}

#[test]
fn form_comes_before_references() {
    let nowhere = empty();
    nowhere.when(give_back(99, "0.00")).refused_as("amount_zero");
    nowhere.when(roster("B", "p", &[(1, 1, "0.00")], "7.00")).refused_lines();
    let zero = nowhere.when(grant_of("S", "none", (1, 1), "p", "0.00")).refused_as("amount_zero");
    assert_eq!(zero.stage(), Stage::Form);
    let claim = claim("C", "none", ("2024-01-01", "2024-01-01"), &[("L", "1.00", "0.00")], "0.00");
    assert_eq!(nowhere.when(claim).refused_as("lines_refused").stage(), Stage::Form);
    nowhere.when(grant_of("S", "none", (1, 1), "p", "1.00")).refused_as("unknown_programme");
}

#[test]
fn of_a_list_the_lines_unknown_come_before_a_wrong_total_and_that_before_limits() {
    let ledger = funded().and([pay_nothing()]);
    // A limit in a line and a wrong total: the total is a rule.
    ledger.when(roster("B", "p", &[(1, 1, "500.01")], "1.00")).refused_as("batch_total_differs");
    // A rule in a line as well: both stand at the same stage, and the lines say more.
    ledger
        .when(roster("B", "p", &[(1, 1, "1.00"), (1, 1, "1.00")], "1.00"))
        .refused_as("lines_refused");
    // An unknown loan comes first.
    let unknown =
        claim("C", "plain", ("2024-01-01", "2024-02-01"), &[("L", "1.00", "1.00")], "2.00");
    assert_eq!(ledger.when(unknown).refused_as("lines_refused").stage(), Stage::Reference);
    // The money of a whole roster is the last limit, with the sum that is needed.
    let lines: Vec<_> = (0..100).map(|number| (number, number, "400.01")).collect();
    ledger.when(roster("B", "p", &lines, "40001.00")).refused(
        Stage::Limit,
        &[
            ("fund", "aid"),
            ("purpose", "help"),
            ("needed", "40001.00"),
            ("available", "40000.00"),
            ("unallocated", "5.00"),
        ],
    );
}

fn pay_nothing() -> Command {
    receive_for("aid", "firm", "5.00", None)
}

#[test]
fn the_lines_of_a_batch_must_be_nameable() {
    let name = "b".repeat(38);
    let one = roster(&name, "p", &[(1, 1, "1.00")], "1.00");
    funded().when(one).accepted();
    let ten: Vec<_> = (0..10).map(|number| (number, number, "1.00")).collect();
    let refusal = funded().when(roster(&name, "p", &ten, "10.00")).refused_as("form_invalid");
    assert_eq!(refusal.figures()[0], ("field", "data.batch".to_owned()));
}
