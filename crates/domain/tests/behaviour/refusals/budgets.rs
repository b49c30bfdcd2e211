//! Refusals of budget years, allocation documents, notices and reviews.

use almoner_domain::refusal::{Refusal, Stage};
use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{ACTOR, Ledger, command};

fn with(terms: Value) -> Ledger {
    empty().and([
        publish("2020-01-01", subsidy_version("new", terms)),
        receive_for("aid", "city", "90000.00", Some("new")),
    ])
}

fn approve(ledger: &Ledger, made_by: Option<&str>) -> Result<Ledger, Refusal> {
    let line = json!({"beneficiary": person(1), "household": person(2), "amount": "5.00"});
    let mut data = json!({
        "batch": "B", "programme": "new", "period": "p", "lines": [line], "total": "5.00",
        "document": "roster 1",
    });
    if let Some(made_by) = made_by {
        data["made_by"] = json!(made_by);
    }
    let command = command("subsidy_batch.approve", "2024-05-01", data);
    ledger.decide(&command).map(|_| ledger.clone().and([command]))
}

fn posted() -> Ledger {
    approve(&with(json!({"notice": {"days": 7, "counted": "all"}})), None).unwrap()
}

fn kept(years: u32) -> Ledger {
    empty().and([
        register("A-1", "city", Some("help"), (2022, years), "1000.00"),
        receive_by("allocation", "A-1", "city", Some("help"), "900.00"),
        open_year(2022),
        open_year(2023),
        close_year(2022),
    ])
}

reach! {
    fn unknown_promise() {
        let receive = receive_by("matching", "M-1", "city", None, "1.00");
        empty().when(receive).refused(
            Stage::Reference,
            &[("kind", "matching duty"), ("fund", "aid"), ("id", "M-1")],
        )
    }

    fn roster_needed() {
        with(json!({"review": "two_persons"}))
            .when(grant_of("S-1", "new", (1, 1), "p", "5.00"))
            .refused(Stage::Rule, &[("programme", "new")])
    }

    fn same_person() {
        let refusal = approve(&with(json!({})), Some(ACTOR)).err().unwrap();
        assert_eq!(refusal.figures(), [("actor", ACTOR.to_owned())]);
        crate::support::says_its_figures(&refusal);
        refusal
    }

    fn review_missing() {
        let refusal = approve(&with(json!({"review": "two_persons"})), None).err().unwrap();
        assert_eq!(refusal.figures(), [("programme", "new".to_owned())]);
        crate::support::says_its_figures(&refusal);
        refusal
    }

    fn notice_before_roster() {
        posted().when(post_notice("B", "2024-04-30", "2024-05-17")).refused(
            Stage::Rule,
            &[("batch", "B"), ("from", "2024-04-30"), ("approved_on", "2024-05-01")],
        )
    }

    fn notice_too_short() {
        posted().when(post_notice("B", "2024-05-02", "2024-05-07")).refused(
            Stage::Rule,
            &[
                ("batch", "B"),
                ("from", "2024-05-02"),
                ("to", "2024-05-07"),
                ("days", "6"),
                ("needed", "7"),
            ],
        )
    }

    fn notice_missing() {
        posted().when(pay_roster("B", "5.00")).refused(
            Stage::Rule,
            &[("batch", "B"), ("programme", "new"), ("days", "7")],
        )
    }

    fn notice_not_over() {
        let ledger = posted().and([post_notice("B", "2024-05-01", "2024-05-07")]);
        ledger.when(pay_roster("B", "5.00")).refused(
            Stage::Rule,
            &[("batch", "B"), ("to", "2024-05-07"), ("effective_on", "2024-05-02")],
        )
    }

    fn not_returned() {
        let ledger = funded().and([grant("S-1", 1, "p", "5.00"), pay("S-1")]);
        let payment = ledger.position();
        let ledger = ledger.and([give_back(payment, "2.00")]);
        ledger.when(reissue(payment)).refused(
            Stage::Rule,
            &[("position", &payment.to_string()), ("open", "3.00")],
        )
    }

    fn year_closed() {
        let mut late = receive_for("aid", "city", "5.00", None);
        late.effective_on = "2021-12-31".parse().unwrap();
        kept(2).when(late).refused(
            Stage::Rule,
            &[("effective_on", "2021-12-31"), ("year", "2022"), ("first", "2023-01-01")],
        )
    }

    fn year_wrong_stage() {
        kept(2).when(close_year(2022)).refused(
            Stage::Rule,
            &[("year", "2022"), ("stage", "closed"), ("needed", "open")],
        )
    }

    fn earlier_year_open() {
        empty().and([open_year(2022), open_year(2023)]).when(close_year(2023)).refused(
            Stage::Rule,
            &[("year", "2023"), ("earlier", "2022")],
        )
    }

    fn year_not_over() {
        let mut early = close_year(2022);
        early.effective_on = "2022-12-30".parse().unwrap();
        empty().and([open_year(2022)]).when(early).refused(
            Stage::Rule,
            &[("year", "2022"), ("last", "2022-12-31"), ("effective_on", "2022-12-30")],
        )
    }

    fn carry_before_close() {
        kept(2)
            .when(carry("A-1", 2023, "1.00"))
            .refused(Stage::Rule, &[("allocation", "A-1"), ("year", "2023")])
    }

    fn carried_already() {
        kept(2).and([carry("A-1", 2022, "1.00")]).when(carry("A-1", 2022, "1.00")).refused(
            Stage::Rule,
            &[("allocation", "A-1"), ("year", "2022"), ("carried", "2022")],
        )
    }

    fn kept_too_long() {
        kept(1).when(carry("A-1", 2022, "1.00")).refused(
            Stage::Rule,
            &[("allocation", "A-1"), ("year", "2022"), ("age", "1"), ("keep_years", "1")],
        )
    }

    fn not_yet_surplus() {
        kept(2).when(return_surplus("A-1", "2023-12-31", "1.00")).refused(
            Stage::Rule,
            &[("allocation", "A-1"), ("age", "1"), ("keep_years", "2")],
        )
    }

    fn promise_exceeded() {
        empty()
            .and([register("A-1", "city", Some("help"), (2022, 2), "100.00")])
            .when(receive_by("allocation", "A-1", "city", Some("help"), "100.01"))
            .refused(
                Stage::Limit,
                &[
                    ("kind", "allocation document"),
                    ("id", "A-1"),
                    ("open", "100.00"),
                    ("received", "100.01"),
                ],
            )
    }

    fn gift_exceeded() {
        let ledger = empty().and([give_in_kind("G-1", "public", 20, "6.50"), hand_out("G-1", 1, 5)]);
        ledger.when(hand_out("G-1", 1, 16)).refused(
            Stage::Limit,
            &[("gift", "G-1"), ("quantity", "16"), ("left", "15")],
        )
    }

    fn more_than_kept() {
        kept(2).when(carry("A-1", 2022, "900.01")).refused(
            Stage::Limit,
            &[("allocation", "A-1"), ("amount", "900.01"), ("kept", "900.00")],
        )
    }
}
