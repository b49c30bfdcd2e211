//! What a subsidy may amount to by formula on dated parameters, for how long, and beside which others.

use almoner_domain::command::Command;
use serde_json::{Value, json};

use crate::support::world::*;
use crate::support::{Ledger, command};

/// A subsidy with more fields than [`grant_of`] gives.
fn approve_with(
    subsidy: &str,
    programme: &str,
    period: &str,
    amount: &str,
    more: Value,
) -> Command {
    let mut data = json!({
        "subsidy": subsidy, "programme": programme, "beneficiary": person(1),
        "household": person(1001), "period": period, "amount": amount,
    });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    command("subsidy.approve", "2024-05-01", data)
}

fn with(programme: &str, terms: Value) -> Ledger {
    empty().and([
        publish("2020-01-01", subsidy_version(programme, terms)),
        receive_for("aid", "city", "90000.00", Some(programme)),
    ])
}

fn posts() -> Ledger {
    funded().and([
        publish("2020-01-01", post()),
        receive_for("aid", "city", "90000.00", Some("post")),
        publish_parameter("poverty_line", "2020-01-01", "4000.00"),
        publish_parameter("minimum_wage", "2020-01-01", "1700.00"),
        publish_parameter("minimum_wage", "2024-05-01", "1901.01"),
    ])
}

#[test]
fn a_parameter_is_published_for_a_place_from_a_day_on() {
    let data = json!({
        "parameter": "minimum_wage", "place": "Zhumadian", "value": "1700.00",
        "effective_from": "2020-01-01", "document": "notice 1",
    });
    let publish = || publish_parameter("minimum_wage", "2020-01-01", "1700.00");
    let then = empty().when(publish()).then([("parameter.published.v1", data)]);
    assert_eq!(then.events[0].subject(), "parameter/minimum_wage");
    let ledger = then.posts(&[]);
    ledger.when(publish()).refused_as("already_exists");
    // A document that changes it after the fact is recorded as it is.
    ledger.when(publish_parameter("minimum_wage", "2020-01-01", "1710.00")).accepted();
    ledger.when(publish_parameter("minimum_wage", "2020-01-02", "0.00")).refused_as("amount_zero");
}

#[test]
fn a_monthly_subsidy_lies_between_a_twelfth_of_the_poverty_line_and_half_of_the_minimum_wage() {
    // 4,000.00 / 12 = 333.33; 1,901.01 / 2 = 950.505, half up 950.51.
    let ledger = posts();
    let none = json!({});
    let of = |amount, more: &Value| approve_with("S-1", "post", "2024-05", amount, more.clone());
    let data = ledger.when(of("950.51", &none)).accepted().data();
    assert_eq!(
        data["parameters"],
        json!([
            {"parameter": "poverty_line", "value": "4000.00", "effective_from": "2020-01-01"},
            {"parameter": "minimum_wage", "value": "1901.01", "effective_from": "2024-05-01"},
        ])
    );
    assert_eq!(data.get("months"), None);
    ledger.when(of("333.33", &none)).accepted();
    ledger.when(of("333.32", &none)).refused_as("amount_outside_rule");
    ledger.when(of("950.52", &none)).refused_as("amount_outside_rule");
    // For three months it is three times as much.
    let three = json!({"months": 3});
    let data = ledger.when(of("2851.53", &three)).accepted().data();
    assert_eq!(data["months"], 3);
    ledger.when(of("2851.54", &three)).refused_as("amount_outside_rule");
    ledger.when(of("999.98", &three)).refused_as("amount_outside_rule");
}

#[test]
fn the_month_that_is_paid_for_decides_which_value_holds() {
    let ledger = posts();
    let of = |period, amount| approve_with("S-1", "post", period, amount, json!({}));
    ledger.when(of("2024-04", "850.00")).accepted();
    ledger.when(of("2024-04", "850.01")).refused_as("amount_outside_rule");
    ledger.when(of("2024-05", "850.01")).accepted();
    // Where the period names no month, the effective date of 2024-05-01 decides.
    ledger.when(of("spring", "850.01")).accepted();
}

#[test]
fn legal_aid_pays_half_of_the_fee() {
    let rule = json!({"exactly": {"cost": {"times": 1, "divided_by": 2}}});
    let ledger = with("law", json!({"kind": "legal_aid", "rule": rule}));
    let of = |amount, cost| approve_with("S-1", "law", "once", amount, json!({"cost": cost}));
    let data = ledger.when(of("1234.57", "2469.13")).accepted().data();
    assert_eq!(data["cost"], "2469.13");
    assert_eq!(data.get("months"), None);
    ledger.when(of("1234.56", "2469.13")).refused_as("amount_outside_rule");
    ledger.when(of("1234.58", "2469.13")).refused_as("amount_outside_rule");
}

#[test]
fn transport_pays_the_actual_cost_up_to_a_cap_once() {
    let rule = json!({"between": {"at_most": [{"fixed": "800.00"}, {"cost": {"times": 1, "divided_by": 1}}]}});
    let terms = json!({"kind": "transport", "rule": rule, "per_beneficiary": {"times": 1}});
    let ledger = with("bus", terms);
    let of = |subsidy, period, amount, cost| {
        approve_with(subsidy, "bus", period, amount, json!({"cost": cost}))
    };
    ledger.when(of("S-1", "2023", "300.01", "300.00")).refused_as("amount_outside_rule");
    ledger.when(of("S-1", "2023", "800.01", "900.00")).refused_as("amount_outside_rule");
    let ledger = ledger.and([of("S-1", "2023", "800.00", "900.00")]);
    ledger.when(of("S-2", "2024", "800.00", "900.00")).refused_as("times_over_limit");
    ledger.and([withdraw("S-1")]).when(of("S-2", "2024", "1.00", "900.00")).accepted();
}

#[test]
fn a_fixed_subsidy_is_paid_as_it_stands() {
    let rule = json!({"exactly": {"fixed": "5000.00"}});
    let ledger = with("start", json!({"kind": "one_time_startup_subsidy", "rule": rule}));
    ledger.when(grant_of("S-1", "start", (1, 1), "once", "5000.00")).accepted();
    ledger
        .when(grant_of("S-1", "start", (1, 1), "once", "4999.99"))
        .refused_as("amount_outside_rule");
}

#[test]
fn money_that_comes_back_frees_months_and_money_of_the_beneficiary() {
    let ledger = with("insure", json!({"per_beneficiary": {"months": 36, "amount": "900.00"}}));
    let of = |subsidy, period, amount, months: u16| {
        approve_with(subsidy, "insure", period, amount, json!({"months": months}))
    };
    let ledger = ledger.and([of("S-1", "a", "400.00", 30), pay("S-1")]);
    let payment = ledger.position();
    ledger.when(of("S-2", "b", "400.00", 7)).refused_as("months_over_limit");
    ledger.when(of("S-2", "b", "500.01", 6)).refused_as("lifetime_over_cap");
    let ledger = ledger.and([of("S-2", "b", "400.00", 6)]);
    // A part frees its money, and no month.
    let part = ledger.when(give_back(payment, "100.00")).accepted();
    assert_eq!(part.data()["months"], 0);
    let ledger = part.ledger;
    ledger.when(of("S-3", "c", "1.00", 1)).refused_as("months_over_limit");
    let rest = ledger.when(give_back(payment, "300.00")).accepted();
    assert_eq!(rest.data()["months"], 30);
    let ledger = rest.ledger;
    ledger.when(of("S-3", "c", "500.01", 30)).refused_as("lifetime_over_cap");
    ledger.when(of("S-3", "c", "500.00", 31)).refused_as("months_over_limit");
    ledger.when(of("S-3", "c", "500.00", 30)).accepted();
    // The return reversed, the months count again.
    let back = ledger.position();
    let ledger = ledger.and([reverse(back)]);
    ledger.when(of("S-3", "c", "1.00", 1)).refused_as("months_over_limit");
}

#[test]
fn exclusive_programmes_do_not_pay_for_the_same_time() {
    let ledger = posts().and([grant("S-1", 1, "2024-05", "300.00")]);
    let of = |period| approve_with("S-2", "post", period, "400.00", json!({}));
    ledger.when(of("2024-05")).refused_as("exclusive_programme");
    ledger.when(of("2024")).refused_as("exclusive_programme");
    ledger.when(of("2024-06")).accepted();
    // Only one of the two names the other; it holds both ways.
    let ledger = ledger.and([of("2024-06")]);
    ledger.when(grant("S-3", 1, "2024-06", "300.00")).refused_as("exclusive_programme");
    // It has paid a month of that year itself.
    ledger.when(grant("S-3", 1, "2024", "300.00")).refused_as("subsidy_paid_already");
    ledger.when(grant("S-3", 2, "2024-06", "300.00")).accepted();
    ledger.and([withdraw("S-2")]).when(grant("S-3", 1, "2024-06", "300.00")).accepted();
}

#[test]
fn the_same_item_is_not_drawn_from_two_funds() {
    let terms = |fund: &str, kind: &str| json!({"fund": fund, "kind": kind, "exclusive": "kind_of_other_funds"});
    let of = |subsidy, programme| approve_with(subsidy, programme, "2024", "100.00", json!({}));
    let programme = |name: &str, fund: &str, kind: &str| {
        publish("2020-01-01", subsidy_version(name, terms(fund, kind)))
    };
    let ledger = empty()
        .and([
            programme("one", "aid", "training_subsidy"),
            programme("two", "guard", "training_subsidy"),
            programme("three", "guard", "tuition"),
            programme("four", "aid", "training_subsidy"),
            receive_for("aid", "city", "500.00", Some("one")),
            receive_for("aid", "city", "500.00", Some("four")),
            receive_for("guard", "city", "500.00", Some("two")),
            receive_for("guard", "city", "500.00", Some("three")),
        ])
        .and([of("S-1", "one")]);
    ledger.when(of("S-2", "two")).refused_as("exclusive_programme");
    ledger.when(of("S-2", "three")).accepted();
    ledger.when(of("S-2", "four")).accepted();
}

#[test]
fn terms_that_say_nothing_are_refused() {
    let figure = |times: u16, by: u16| json!({"cost": {"times": times, "divided_by": by}});
    for terms in [
        json!({"rule": {"between": {"at_most": []}}}),
        json!({"rule": {"exactly": {"fixed": "0.00"}}}),
        json!({"rule": {"exactly": figure(0, 1)}}),
        json!({"rule": {"exactly": figure(1, 0)}}),
        json!({"rule": {"between": {"at_most": vec![figure(1, 2); 21]}}}),
        json!({"per_beneficiary": {}}),
        json!({"per_beneficiary": {"months": 0}}),
        json!({"per_beneficiary": {"times": 0}}),
        json!({"per_beneficiary": {"amount": "0.00"}}),
        json!({"exclusive": "kind_of_other_funds"}),
        json!({"exclusive": {"programmes": []}}),
    ] {
        let command = publish("2020-01-01", subsidy_version("new", terms));
        empty().when(command).refused_as("terms_invalid");
    }
}

#[test]
fn a_snapshot_keeps_on_what_a_waiting_subsidy_rests() {
    let ledger =
        posts().and([approve_with("S-1", "post", "2024-05", "900.00", json!({"cost": "9.00"}))]);
    let restored = postcard::from_bytes(&ledger.bytes()).unwrap();
    assert_eq!(ledger.state, restored);
}

/// Terms as the published programmes of 2002 to 2024 state them, with one payment that they give and one that
/// they do not: months, cost, right amount, wrong amount.
#[test]
fn published_programmes_can_be_said() {
    let exactly = |figure: Value| json!({"exactly": figure});
    let part = |times: u16, by: u16| json!({"times": times, "divided_by": by});
    let cost = |times, by| json!({"cost": part(times, by)});
    let wage =
        |times, by| json!({"parameter": {"parameter": "minimum_wage", "part": part(times, by)}});
    let fixed = |amount: &str| json!({"fixed": amount});
    let between =
        |least: Value, most: Value| json!({"between": {"at_least": [least], "at_most": [most]}});
    for (kind, rule, months, paid, right, wrong) in [
        // Zhengzhou 2002: 180.00 a person and month; 10 % to 50 % off medical fees; 5,000.00 on admission.
        ("minimum_living_allowance", exactly(fixed("180.00")), 3, "0.01", "540.00", "539.99"),
        ("medical_reduction", between(cost(1, 10), cost(1, 2)), 1, "1000.00", "100.00", "500.01"),
        ("tuition", exactly(fixed("5000.00")), 1, "0.01", "5000.00", "5000.01"),
        ("legal_aid", exactly(cost(1, 2)), 1, "2000.00", "1000.00", "1000.01"),
        // 2020: 2,000.00 for a relocated poor worker hired.
        ("employer_hire", exactly(fixed("2000.00")), 1, "0.01", "2000.00", "1500.00"),
        // 70 % of the minimum wage, 110 % where many are kept on; two thirds of one's own premiums.
        ("internship_subsidy", exactly(wage(7, 10)), 6, "0.01", "7140.00", "7140.01"),
        ("internship_subsidy", exactly(wage(11, 10)), 1, "0.01", "1870.00", "1700.00"),
        (
            "social_insurance_subsidy",
            between(fixed("0.01"), cost(2, 3)),
            1,
            "1000.00",
            "666.67",
            "666.68",
        ),
        ("public_welfare_post", between(wage(1, 2), wage(1, 1)), 1, "0.01", "850.00", "849.99"),
        ("job_introduction", exactly(fixed("120.00")), 1, "0.01", "120.00", "150.00"),
        ("severance_compensation", exactly(cost(1, 1)), 1, "10000.00", "10000.00", "9999.99"),
    ] {
        let ledger = with("new", json!({"kind": kind, "rule": rule})).and([publish_parameter(
            "minimum_wage",
            "2020-01-01",
            "1700.00",
        )]);
        let of = |amount| {
            approve_with("S-1", "new", "once", amount, json!({"cost": paid, "months": months}))
        };
        ledger.when(of(right)).accepted();
        ledger.when(of(wrong)).refused_as("amount_outside_rule");
    }
}

#[test]
fn a_payment_for_several_months_uses_up_each_of_them() {
    let ledger = posts();
    let of = |subsidy, period, months: u16, amount| {
        approve_with(subsidy, "post", period, amount, json!({"months": months}))
    };
    let ledger = ledger.and([of("S-1", "2024-11", 3, "1500.00")]);
    for period in ["2024-11", "2025-01", "2025"] {
        ledger.when(of("S-2", period, 1, "400.00")).refused_as("subsidy_paid_already");
    }
    // It would reach into a month that is paid.
    ledger.when(of("S-2", "2024-10", 2, "900.00")).refused_as("subsidy_paid_already");
    ledger.when(of("S-2", "2025-02", 1, "400.00")).accepted();
    // A programme that must not go with it is not paid for any of them either.
    ledger.when(grant("S-2", 1, "2024-12", "300.00")).refused_as("exclusive_programme");
    // When it is withdrawn, or all of it comes back, they are free again.
    ledger.clone().and([withdraw("S-1")]).when(of("S-2", "2025-01", 1, "400.00")).accepted();
    let paid = ledger.and([pay("S-1")]);
    let back = give_back(paid.position(), "1500.00");
    let then = paid.when(back).accepted();
    assert_eq!(then.data()["freed_months"], 3);
    let returned = then.posts(&[
        ("assets:fund_bank", "aid/city/post", "1500.00"),
        ("expenses:subsidy", "aid/city/post", "-1500.00"),
    ]);
    let again = returned.clone().and([of("S-2", "2025-01", 1, "400.00")]);
    // The return stands as long as one of them is paid for anew.
    again.when(reverse(returned.position())).refused_as("subsidy_paid_already");
    returned.when(reverse(returned.position())).accepted();
}
