use super::*;

/// 200,000 yuan at 3.95 % over 36 months, the loan of policy vector T5.
const LOAN: &str = r#"{"principal":"200000.00","annual_rate":"0.0395","disbursed_on":"2023-11-15",
    "first_due_on":"2023-12-15","number":36,"every":1,"unit":"month","method":"equal_instalment",
    "day_count":"whole_period","rounding":"half_up"}"#;

fn terms(text: &str) -> Terms {
    serde_json::from_str(text).unwrap()
}

/// The loan with fields replaced; `null` takes a field away.
fn loan(changes: serde_json::Value) -> Result<Terms, serde_json::Error> {
    let mut loan: serde_json::Value = serde_json::from_str(LOAN).unwrap();
    for (field, value) in changes.as_object().unwrap() {
        if value.is_null() {
            loan.as_object_mut().unwrap().remove(field);
        } else {
            loan[field] = value.clone();
        }
    }
    serde_json::from_value(loan)
}

fn computed(changes: serde_json::Value) -> Schedule {
    schedule(&loan(changes).unwrap()).unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// An instalment as "principal interest balance".
fn row(instalment: &Instalment) -> String {
    let Instalment { principal, interest, balance, .. } = instalment;
    format!("{principal} {interest} {balance}")
}

fn rows(schedule: &Schedule) -> Vec<String> {
    schedule.instalments.iter().map(row).collect()
}

fn due_dates(schedule: &Schedule) -> Vec<String> {
    schedule.instalments.iter().map(|instalment| instalment.due_on.to_string()).collect()
}

#[test]
fn equal_instalments_are_those_of_the_policy_vector() {
    let schedule = schedule(&terms(LOAN)).unwrap();
    let (last, others) = schedule.instalments.split_last().unwrap();
    assert_eq!(others.len(), 35);
    assert!(others.iter().all(|instalment| instalment.total == money("5900.35")));
    assert_eq!(others[0].interest, money("658.33"));
    assert_eq!(last.total, money("5900.33"));
    assert_eq!(last.due_on, date("2026-11-15"));
    assert_eq!(schedule.total_interest, money("12412.58"));
    assert_eq!(schedule.total_principal, money("200000.00"));
}

#[test]
fn a_schedule_is_printed_in_the_documented_form() {
    let terms = loan(serde_json::json!({"principal": "100.00", "number": 2})).unwrap();
    assert_eq!(
        serde_json::to_string(&schedule(&terms).unwrap()).unwrap(),
        concat!(
            r#"{"instalments":[{"number":1,"from":"2023-11-15","due_on":"2023-12-15","days":30,"#,
            r#""principal":"49.92","interest":"0.33","total":"50.25","balance":"50.08"},"#,
            r#"{"number":2,"from":"2023-12-15","due_on":"2024-01-15","days":31,"#,
            r#""principal":"50.08","interest":"0.16","total":"50.24","balance":"0.00"}],"#,
            r#""total_principal":"100.00","total_interest":"0.49"}"#
        )
    );
}

#[test]
fn terms_are_read_strictly_and_written_back_the_same() {
    let full = serde_json::json!({"instalment_multiple": "1.00", "principal_grace": 6, "interest_grace": 3});
    let terms = loan(full).unwrap();
    assert_eq!(
        serde_json::from_str::<Terms>(&serde_json::to_string(&terms).unwrap()).unwrap(),
        terms
    );
    let least = loan(serde_json::json!({"first_due_on": null})).unwrap();
    assert_eq!((least.first_due_on, least.instalment_multiple), (None, None));
    assert_eq!((least.principal_grace, least.interest_grace), (0, 0));
    assert!(!serde_json::to_string(&least).unwrap().contains("null"));
    for (right, wrong) in [
        (r#""2023-12-15""#, "null"),
        (r#""half_up""#, r#""half_up","instalment_multiple":null"#),
        (r#""half_up""#, r#""half_up","principal_grace":null"#),
        (r#""half_up""#, r#""half_up","unknown":1"#),
        (r#""half_up""#, r#""half_down""#),
        (r#""200000.00""#, "200000.00"),
        (r#""200000.00""#, r#""-1.00""#),
        (r#""month""#, r#""Month""#),
        ("36", "-1"),
        ("36", "65536"),
    ] {
        let text = LOAN.replace(right, wrong);
        assert!(text != LOAN && serde_json::from_str::<Terms>(&text).is_err(), "{wrong}");
    }
    for method in ["equal_instalment", "equal_principal", "interest_only", "bullet", "flat"] {
        let terms = loan(serde_json::json!({"method": method})).unwrap();
        assert_eq!(terms.method.as_str(), method);
    }
}

#[test]
fn due_dates_return_to_their_day_after_a_short_month() {
    let short = |changes| due_dates(&computed(changes));
    assert_eq!(
        short(serde_json::json!({"first_due_on": "2024-01-31", "number": 4})),
        ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]
    );
    assert_eq!(
        short(serde_json::json!({"disbursed_on": "2024-01-31", "first_due_on": null, "number": 3})),
        ["2024-02-29", "2024-03-31", "2024-04-30"]
    );
    assert_eq!(
        short(
            serde_json::json!({"disbursed_on": "2024-02-28", "first_due_on": null, "number": 2, "every": 2, "unit": "week"})
        ),
        ["2024-03-13", "2024-03-27"]
    );
}

#[test]
fn a_month_is_a_month_however_long_it_is() {
    for day_count in ["whole_period", "30/360"] {
        let schedule = computed(serde_json::json!({
            "disbursed_on": "2023-12-31", "first_due_on": null, "number": 4,
            "method": "interest_only", "day_count": day_count, "annual_rate": "0.12",
        }));
        assert!(
            schedule.instalments.iter().all(|instalment| instalment.interest == money("2000.00"))
        );
    }
}

#[test]
fn each_day_count_has_its_own_interest() {
    let interest = |unit: &str, day_count: &str| {
        let schedule = computed(serde_json::json!({
            "disbursed_on": "2023-12-20", "first_due_on": null, "number": 1, "every": 4, "unit": unit,
            "method": "bullet", "day_count": day_count, "annual_rate": "0.1",
        }));
        schedule.total_interest.to_string()
    };
    // 20 December to 20 April: 122 days, 12 of them in 2023.
    assert_eq!(interest("month", "whole_period"), "6666.67");
    assert_eq!(interest("month", "30/360"), "6666.67");
    assert_eq!(interest("month", "actual/360"), "6777.78");
    assert_eq!(interest("month", "actual/365"), "6684.93");
    assert_eq!(interest("month", "actual/actual"), "6668.46");
    // Four weeks are four fifty-seconds, or 28 days.
    assert_eq!(interest("week", "whole_period"), "1538.46");
    assert_eq!(interest("week", "30/360"), "1555.56");
    assert_eq!(interest("week", "actual/365"), "1534.25");
    assert_eq!(interest("day", "whole_period"), "222.22");
}

#[test]
fn an_odd_first_period_bears_its_own_interest() {
    // A month and five days: 35 of 360.
    let schedule = computed(serde_json::json!({"first_due_on": "2023-12-20"}));
    let (last, others) = schedule.instalments.split_last().unwrap();
    assert_eq!(others[0].interest, money("768.06"));
    assert!(others.iter().all(|instalment| instalment.total == others[0].total));
    assert_eq!(last.due_on, date("2026-11-20"));
    // Twelve days.
    let short =
        computed(serde_json::json!({"first_due_on": "2023-11-27", "method": "equal_principal"}));
    assert_eq!(row(&short.instalments[0]), "5555.56 263.33 194444.44");
    assert_eq!(row(&short.instalments[1]), "5555.56 640.05 188888.88");
}

#[test]
fn each_method_divides_in_its_own_way() {
    let rows = |method: &str| {
        rows(&computed(serde_json::json!({
            "principal": "1000.00", "annual_rate": "0.12", "number": 3, "method": method,
        })))
    };
    assert_eq!(
        rows("equal_instalment"),
        ["330.02 10.00 669.98", "333.32 6.70 336.66", "336.66 3.37 0.00"]
    );
    assert_eq!(
        rows("equal_principal"),
        ["333.33 10.00 666.67", "333.33 6.67 333.34", "333.34 3.33 0.00"]
    );
    assert_eq!(
        rows("interest_only"),
        ["0.00 10.00 1000.00", "0.00 10.00 1000.00", "1000.00 10.00 0.00"]
    );
    assert_eq!(rows("bullet"), ["0.00 0.00 1000.00", "0.00 0.00 1000.00", "1000.00 30.00 0.00"]);
    assert_eq!(rows("flat"), ["333.33 10.00 666.67", "333.33 10.00 333.34", "333.34 10.00 0.00"]);
}

#[test]
fn interest_that_falls_due_once_is_rounded_once() {
    // A month bears 658.333…; three years bear 23,700.00 and not 36 times 658.33.
    let bullet = computed(serde_json::json!({"method": "bullet"}));
    assert_eq!(bullet.total_interest, money("23700.00"));
    let flat = computed(serde_json::json!({"method": "flat"}));
    assert_eq!(flat.total_interest, money("23700.00"));
    assert_eq!(flat.instalments[0].interest, money("658.33"));
    assert_eq!(flat.instalments[35].interest, money("658.45"));
}

#[test]
fn instalments_are_rounded_to_the_multiple() {
    // From the tests of Apache Fineract: 1,250 at 12 % flat over 3 months.
    let flat = |multiple: &str| {
        rows(&computed(serde_json::json!({
            "principal": "1250.00", "annual_rate": "0.12", "number": 3, "method": "flat",
            "rounding": "half_even", "instalment_multiple": multiple,
        })))
    };
    assert_eq!(flat("1.00"), ["416.50 12.50 833.50", "416.50 12.50 417.00", "417.00 12.50 0.00"]);
    assert_eq!(flat("20.00"), ["427.50 12.50 822.50", "427.50 12.50 395.00", "395.00 12.50 0.00"]);
    let annuity = computed(serde_json::json!({"instalment_multiple": "100.00"}));
    assert_eq!(annuity.instalments[0].total, money("5900.00"));
    assert_eq!(annuity.instalments[35].total, money("5913.34"));
    let part =
        computed(serde_json::json!({"instalment_multiple": "100.00", "method": "equal_principal"}));
    assert_eq!(part.instalments[0].principal, money("5555.56"));
}

#[test]
fn grace_postpones_principal_and_interest() {
    // From the tests of Apache Fineract: 5,000 at 12 % over 18 months, 6 without principal, 3 without interest.
    let schedule = computed(serde_json::json!({
        "principal": "5000.00", "annual_rate": "0.12", "disbursed_on": "2022-11-01", "first_due_on": null,
        "number": 18, "rounding": "half_even", "instalment_multiple": "1.00",
        "principal_grace": 6, "interest_grace": 3,
    }));
    assert_eq!(
        rows(&schedule),
        [
            "0.00 0.00 5000.00",
            "0.00 0.00 5000.00",
            "0.00 0.00 5000.00",
            "0.00 200.00 5000.00",
            "0.00 50.00 5000.00",
            "0.00 50.00 5000.00",
            "394.00 50.00 4606.00",
            "397.94 46.06 4208.06",
            "401.92 42.08 3806.14",
            "405.94 38.06 3400.20",
            "410.00 34.00 2990.20",
            "414.10 29.90 2576.10",
            "418.24 25.76 2157.86",
            "422.42 21.58 1735.44",
            "426.65 17.35 1308.79",
            "430.91 13.09 877.88",
            "435.22 8.78 442.66",
            "442.66 4.43 0.00",
        ]
    );
    assert_eq!(schedule.total_interest, money("631.09"));
    // Interest in grace counts against the instalment as if it were paid, so the principal is the same.
    let graced = computed(serde_json::json!({"interest_grace": 2}));
    let plain = computed(serde_json::json!({}));
    let principal = |schedule: &Schedule| -> Vec<Money> {
        schedule.instalments.iter().map(|instalment| instalment.principal).collect()
    };
    assert_eq!(principal(&graced), principal(&plain));
    assert_eq!(graced.total_interest, plain.total_interest);
}

#[test]
fn bad_terms_name_the_field_and_what_is_accepted() {
    for (field, changes) in [
        ("principal", serde_json::json!({"principal": "0.00"})),
        ("number", serde_json::json!({"number": 0})),
        ("number", serde_json::json!({"number": 601})),
        ("number", serde_json::json!({"number": 600, "every": 12})),
        ("number", serde_json::json!({"number": 600, "every": 65535})),
        ("number", serde_json::json!({"number": 600, "every": 65535, "unit": "week"})),
        ("every", serde_json::json!({"every": 0})),
        ("every", serde_json::json!({"first_due_on": null, "every": 65535})),
        ("every", serde_json::json!({"first_due_on": null, "every": 65535, "unit": "week"})),
        ("first_due_on", serde_json::json!({"first_due_on": "2023-11-15"})),
        ("instalment_multiple", serde_json::json!({"instalment_multiple": "0.00"})),
        ("instalment_multiple", serde_json::json!({"instalment_multiple": "20000.00"})),
        (
            "instalment_multiple",
            serde_json::json!({"principal": "1000.00", "number": 12, "instalment_multiple": "100.00"}),
        ),
        ("principal_grace", serde_json::json!({"principal_grace": 36})),
        ("interest_grace", serde_json::json!({"interest_grace": 40})),
        ("method", serde_json::json!({"first_due_on": "2033-11-15"})),
    ] {
        let bad = schedule(&loan(changes.clone()).unwrap()).expect_err(&changes.to_string());
        assert_eq!(bad.field, field, "{bad}");
        assert!(bad.to_string().starts_with(field) && bad.reason.contains("accepted"), "{bad}");
    }
    let most = loan(
        serde_json::json!({"principal": "1000000000000.00", "number": 600, "annual_rate": "1"}),
    );
    assert_eq!(schedule(&most.unwrap()).unwrap().total_principal, money("1000000000000.00"));
}

#[test]
fn a_prepayment_spreads_what_is_left_over_the_same_dates() {
    let terms = terms(LOAN);
    let whole = schedule(&terms).unwrap();
    let due_on: Vec<Date> = whole.instalments.iter().map(|instalment| instalment.due_on).collect();
    // After a year 50,000 is repaid, half a month into the thirteenth period.
    assert_eq!(whole.instalments[11].balance, money("135944.39"));
    let balance = whole.instalments[11].balance - money("50000.00");
    let rest =
        remaining_schedule(balance, date("2024-11-30"), &due_on[12..], &terms.conditions(), 13)
            .unwrap();
    assert_eq!(rest.len(), 24);
    assert_eq!((rest[0].number, rest[0].from, rest[0].days), (13, date("2024-11-30"), 15));
    // 85,944.39 × 3.95 % × 15 / 360.
    assert_eq!(rest[0].interest, money("141.45"));
    assert!(rest[..23].iter().all(|instalment| instalment.total == rest[0].total));
    assert_eq!(rest.iter().map(|instalment| instalment.principal).sum::<Money>(), balance);
    assert_eq!(rest[23].due_on, date("2026-11-15"));
}

#[test]
fn without_a_prepayment_the_rest_stays_as_it_was() {
    for method in ["equal_instalment", "equal_principal", "interest_only"] {
        let terms = loan(serde_json::json!({
            "method": method, "disbursed_on": "2023-12-31", "first_due_on": null, "number": 12,
            "day_count": "30/360",
        }))
        .unwrap();
        let whole = schedule(&terms).unwrap().instalments;
        // The second instalment is due on 29 February, the third on 31 March.
        let (done, rest) = whole.split_at(2);
        let due_on: Vec<Date> = rest.iter().map(|instalment| instalment.due_on).collect();
        let conditions = terms.conditions();
        let again = remaining_schedule(done[1].balance, done[1].due_on, &due_on, &conditions, 3);
        assert_eq!(again.unwrap(), rest, "{method}");
    }
}

#[test]
fn a_balance_that_cannot_be_spread_is_refused() {
    let conditions = terms(LOAN).conditions();
    let dates = [date("2024-01-15"), date("2024-02-15")];
    let field = |balance: &str, from: &str, dates: &[Date], first_number| {
        remaining_schedule(money(balance), date(from), dates, &conditions, first_number)
            .unwrap_err()
            .field
    };
    assert_eq!(field("0.00", "2024-01-01", &dates, 1), "balance");
    assert_eq!(field("1.00", "2024-01-15", &dates, 1), "due_dates");
    assert_eq!(field("1.00", "2024-01-01", &[], 1), "due_dates");
    assert_eq!(field("1.00", "2024-01-01", &[dates[1], dates[0]], 1), "due_dates");
    assert_eq!(field("1.00", "2024-01-01", &[dates[0]; 601], 1), "due_dates");
    assert_eq!(field("1.00", "2024-01-01", &dates, 0), "first_number");
    assert_eq!(field("1.00", "2024-01-01", &dates, u16::MAX - 1), "first_number");
    let last =
        remaining_schedule(money("1.00"), date("2024-01-01"), &dates, &conditions, u16::MAX - 2);
    assert_eq!(last.unwrap()[1].number, u16::MAX - 1);
}
