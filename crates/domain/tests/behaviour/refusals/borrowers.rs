//! Who may not borrow.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::borrowers::{apply_with, asking, group, lend_to};
use crate::support::world::*;

reach! {
    fn heads_missing() {
        let partners = apply_with("L-1", 1, json!({"category": "partners"}));
        asking(json!({})).when(partners).refused(Stage::Rule, &[("category", "partners")])
    }

    fn spouse_has_loan() {
        asking(json!({"spouse": "no_open_loan"}))
            .and(lend_to("L-1", 2, "2023-06-05"))
            .when(apply_with("L-2", 1, json!({"spouse": person(2)})))
            .refused(Stage::Rule, &[("spouse", &person(2)), ("open", "1")])
    }

    fn lent_to_spouse() {
        asking(json!({"spouse": "no_open_loan"}))
            .and([apply_with("L-1", 2, json!({"spouse": person(1)}))])
            .when(apply_with("L-2", 1, json!({})))
            .refused(Stage::Rule, &[("borrower", &person(1)), ("open", "1")])
    }

    fn joint_group_too_small() {
        asking(json!({"joint_group": {"members": 5}}))
            .when(group(1, &[2, 3, 4]))
            .refused(Stage::Rule, &[("members", "4"), ("needed", "5")])
    }

    fn group_member_in_arrears() {
        asking(json!({"joint_group": {"members": 5}}))
            .and([
                apply_as("L-1", "own", "store", 3, "12000.00", 12),
                approve("L-1", "12000.00", "0.06", "bullet"),
                disburse("L-1", "2023-07-01", 12),
            ])
            .when(group(1, &[2, 3, 4, 5]))
            .refused(Stage::Rule, &[("member", &person(3)), ("loan", "L-1"), ("days", "31")])
    }

    fn loans_over_lifetime() {
        asking(json!({"loans": 1}))
            .and(lend_to("L-1", 1, "2023-06-05"))
            .when(apply_with("L-2", 1, json!({})))
            .refused(Stage::Limit, &[("borrower", &person(1)), ("count", "1"), ("maximum", "1")])
    }
}
