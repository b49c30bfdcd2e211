//! Refusals of the rules of subsidies: parameters, costs, limits of a beneficiary, exclusive programmes.

use almoner_domain::command::Command;
use almoner_domain::refusal::Stage;
use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{Ledger, command};

fn approve_for(months: u16, programme: &str, period: &str, amount: &str) -> Command {
    let data = json!({
        "subsidy": format!("S-{period}"), "programme": programme, "beneficiary": person(1),
        "household": person(1001), "period": period, "amount": amount, "months": months,
    });
    command("subsidy.approve", "2024-05-01", data)
}

fn with(terms: Value) -> Ledger {
    empty().and([
        publish("2020-01-01", subsidy_version("new", terms)),
        receive_for("aid", "city", "90000.00", Some("new")),
    ])
}

reach! {
    fn months_impossible() {
        funded()
            .when(approve_for(121, "help", "p", "1.00"))
            .refused(Stage::Form, &[("months", "121"), ("maximum", "120")])
    }

    fn unknown_parameter() {
        let ledger = funded().and([
            publish("2020-01-01", post()),
            publish_parameter("poverty_line", "2020-01-01", "4000.00"),
            publish_parameter("minimum_wage", "2024-05-02", "1700.00"),
        ]);
        ledger.when(approve_for(1, "post", "2024-05", "400.00")).refused(
            Stage::Reference,
            &[("parameter", "minimum_wage"), ("place", "Zhumadian"), ("date", "2024-05-01")],
        )
    }

    fn cost_missing() {
        let rule = json!({"exactly": {"cost": {"times": 1, "divided_by": 2}}});
        with(json!({"rule": rule}))
            .when(approve_for(1, "new", "once", "1.00"))
            .refused(Stage::Rule, &[("programme", "new")])
    }

    fn exclusive_programme() {
        let ledger = with(json!({"exclusive": {"programmes": ["help"]}}));
        let ledger = ledger.and([
            receive_for("aid", "city", "9.00", Some("help")),
            approve_for(1, "help", "2024-05", "9.00"),
        ]);
        ledger.when(approve_for(1, "new", "2024", "1.00")).refused(
            Stage::Rule,
            &[
                ("programme", "new"),
                ("beneficiary", &person(1)),
                ("period", "2024-05"),
                ("other", "help"),
            ],
        )
    }

    fn amount_outside_rule() {
        let rule = json!({"between": {
            "at_least": [{"fixed": "120.00"}, {"fixed": "150.00"}],
            "at_most": [{"fixed": "300.00"}, {"fixed": "250.00"}],
        }});
        with(json!({"rule": rule})).when(approve_for(2, "new", "p", "500.01")).refused(
            Stage::Limit,
            &[
                ("programme", "new"),
                ("amount", "500.01"),
                ("minimum", "300.00"),
                ("maximum", "500.00"),
            ],
        )
    }

    fn times_over_limit() {
        with(json!({"per_beneficiary": {"times": 1}}))
            .and([approve_for(1, "new", "a", "5.00")])
            .when(approve_for(1, "new", "b", "5.00"))
            .refused(
                Stage::Limit,
                &[
                    ("programme", "new"),
                    ("beneficiary", &person(1)),
                    ("used", "1"),
                    ("limit", "1"),
                ],
            )
    }

    fn months_over_limit() {
        with(json!({"per_beneficiary": {"months": 36}}))
            .and([approve_for(30, "new", "a", "5.00")])
            .when(approve_for(7, "new", "b", "5.00"))
            .refused(
                Stage::Limit,
                &[
                    ("programme", "new"),
                    ("beneficiary", &person(1)),
                    ("months", "7"),
                    ("used", "30"),
                    ("limit", "36"),
                    ("left", "6"),
                ],
            )
    }

    fn lifetime_over_cap() {
        with(json!({"per_beneficiary": {"amount": "9.00"}}))
            .and([approve_for(1, "new", "a", "5.00")])
            .when(approve_for(1, "new", "b", "4.01"))
            .refused(
                Stage::Limit,
                &[
                    ("programme", "new"),
                    ("beneficiary", &person(1)),
                    ("amount", "4.01"),
                    ("used", "5.00"),
                    ("cap", "9.00"),
                    ("left", "4.00"),
                ],
            )
    }
}
