//! What holds for every schedule, and that no terms whatever bring the computation down.

#![cfg(test)]

use almoner_domain::date::Date;
use almoner_domain::day_count::DayCount;
use almoner_domain::money::Money;
use almoner_domain::rate::{Rate, Rounding};
use almoner_domain::schedule::{Instalment, Method, Terms, Unit, remaining_schedule, schedule};
use proptest::prelude::*;

/// Terms of any contract that somebody could mean: up to ten years and 24 %, and no first period that
/// is longer than the others, for its interest may be more than an equal instalment.
fn sensible_terms() -> impl Strategy<Value = Terms> {
    let loan = (100_000..1_000_000_000_i64, 0..=2_400_u32, day(1949, 2100), 1..=60_u16);
    let first_due = prop::option::of(1..=100_i32);
    let grace = (0..=60_u16, 0..=60_u16);
    (loan, first_due, period(), method(), day_count(), rounding(), grace).prop_map(
        |(
            (fen, rate, disbursed_on, number),
            first,
            (every, unit, days),
            method,
            day_count,
            rounding,
            grace,
        )| {
            let number = number.min(3_600 / days).max(1);
            Terms {
                principal: Money::from_fen(fen),
                annual_rate: rate_of(rate, 10_000),
                disbursed_on,
                first_due_on: first.map(|percent| {
                    disbursed_on.plus_days((i32::from(days) * percent / 100).max(1))
                }),
                number,
                every,
                unit,
                method,
                day_count,
                rounding,
                instalment_multiple: None,
                principal_grace: grace.0 % number,
                interest_grace: grace.1 % number,
            }
        },
    )
}

/// Terms in which every field may be anything.
fn arbitrary_terms() -> impl Strategy<Value = Terms> {
    let amount =
        || prop_oneof![any::<i64>(), -5..500_i64, 0..200_000_000_i64].prop_map(Money::from_fen);
    let count = || prop_oneof![0..5_u16, 0..700_u16, any::<u16>()];
    let dates = (day(1949, 2199), prop::option::of(day(1949, 2199)));
    let unit = prop::sample::select(vec![Unit::Day, Unit::Week, Unit::Month]);
    let counted = (day_count(), rounding(), prop::option::of(amount()), count(), count());
    (amount(), 0..=1_000_000_u32, dates, (count(), count()), unit, method(), counted).prop_map(
        |(principal, rate, dates, (number, every), unit, method, counted)| Terms {
            principal,
            annual_rate: rate_of(rate, 1_000_000),
            disbursed_on: dates.0,
            first_due_on: dates.1,
            number,
            every,
            unit,
            method,
            day_count: counted.0,
            rounding: counted.1,
            instalment_multiple: counted.2,
            principal_grace: counted.3,
            interest_grace: counted.4,
        },
    )
}

fn day(from_year: i16, to_year: i16) -> impl Strategy<Value = Date> {
    let first = Date::new(from_year, 10, 1).unwrap().day_number();
    let last = Date::new(to_year, 12, 31).unwrap().day_number();
    (first..=last).prop_map(Date::from_day_number)
}

/// A number of units, and the days they are about.
fn period() -> impl Strategy<Value = (u16, Unit, u16)> {
    prop_oneof![
        (1..=6_u16).prop_map(|months| (months, Unit::Month, months * 30)),
        (1..=4_u16).prop_map(|weeks| (weeks, Unit::Week, weeks * 7)),
        (7..=90_u16).prop_map(|days| (days, Unit::Day, days)),
    ]
}

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(vec![
        Method::EqualInstalment,
        Method::EqualPrincipal,
        Method::InterestOnly,
        Method::Bullet,
        Method::Flat,
    ])
}

fn day_count() -> impl Strategy<Value = DayCount> {
    prop::sample::select(vec![
        DayCount::WholePeriod,
        DayCount::Thirty360,
        DayCount::Actual360,
        DayCount::Actual365,
        DayCount::ActualActual,
    ])
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop::sample::select(vec![Rounding::HalfUp, Rounding::HalfEven])
}

fn rate_of(parts: u32, whole: u32) -> Rate {
    let rate = rust_decimal::Decimal::from(parts) / rust_decimal::Decimal::from(whole);
    rate.normalize().to_string().parse().unwrap()
}

/// What holds whenever there is a schedule.
fn check(principal: Money, from: Date, instalments: &[Instalment]) -> Result<(), TestCaseError> {
    let (mut balance, mut day) = (principal, from);
    for instalment in instalments {
        prop_assert_eq!(instalment.from, day);
        prop_assert!(instalment.due_on > day);
        prop_assert_eq!(instalment.days, day.days_until(instalment.due_on));
        prop_assert!(instalment.principal >= Money::ZERO && instalment.interest >= Money::ZERO);
        prop_assert_eq!(instalment.total, instalment.principal + instalment.interest);
        balance -= instalment.principal;
        prop_assert_eq!(instalment.balance, balance);
        day = instalment.due_on;
    }
    prop_assert!(balance.is_zero());
    Ok(())
}

/// Instalments that are to be equal, are, but for the last.
fn check_equal(instalments: &[Instalment]) -> Result<(), TestCaseError> {
    let before_last = &instalments[..instalments.len() - 1];
    prop_assert!(before_last.windows(2).all(|pair| pair[0].total == pair[1].total));
    Ok(())
}

proptest! {
    #[test]
    fn a_schedule_repays_its_principal_to_the_fen(terms in sensible_terms()) {
        let schedule = schedule(&terms).unwrap();
        check(terms.principal, terms.disbursed_on, &schedule.instalments)?;
        prop_assert_eq!(schedule.instalments.len(), usize::from(terms.number));
        prop_assert_eq!(schedule.total_principal, terms.principal);
        let interest: Money = schedule.instalments.iter().map(|instalment| instalment.interest).sum();
        prop_assert_eq!(schedule.total_interest, interest);
        let grace = usize::from(terms.principal_grace.max(terms.interest_grace + 1));
        if terms.method == Method::EqualInstalment && grace < schedule.instalments.len() {
            check_equal(&schedule.instalments[grace..])?;
        }
        for instalment in &schedule.instalments {
            let without_principal = instalment.number <= terms.principal_grace;
            prop_assert!(!without_principal || instalment.principal.is_zero());
            let without_interest = instalment.number <= terms.interest_grace;
            prop_assert!(!without_interest || instalment.interest.is_zero());
        }
    }

    #[test]
    fn a_balance_is_spread_to_the_fen(terms in sensible_terms(), done in 0..60_usize, early in 0..200_i32, kept in 1..=100_i64) {
        let whole = schedule(&terms).unwrap().instalments;
        let done = &whole[..done % whole.len()];
        let rest: Vec<Date> = whole[done.len()..].iter().map(|instalment| instalment.due_on).collect();
        let last_day = done.last().map_or(terms.disbursed_on, |instalment| instalment.due_on);
        let from = last_day.plus_days(early % last_day.days_until(rest[0]));
        let balance = done.last().map_or(terms.principal, |instalment| instalment.balance);
        let balance = Money::from_fen(balance.fen() * kept / 100);
        prop_assume!(balance >= Money::from_yuan(100));
        let number = u16::try_from(done.len() + 1).unwrap();
        let instalments = remaining_schedule(balance, from, &rest, &terms.conditions(), number).unwrap();
        check(balance, from, &instalments)?;
        prop_assert!(instalments.iter().map(|instalment| instalment.due_on).eq(rest));
        if terms.method == Method::EqualInstalment {
            check_equal(&instalments)?;
        }
    }

    #[test]
    fn arbitrary_terms_give_a_schedule_or_a_reason(terms in arbitrary_terms()) {
        match schedule(&terms) {
            Ok(schedule) => {
                check(terms.principal, terms.disbursed_on, &schedule.instalments)?;
                let due = schedule.instalments.iter().map(|instalment| instalment.due_on);
                let balance = Money::from_fen(terms.principal.fen() / 2 + 1);
                let due: Vec<Date> = due.collect();
                let rest = remaining_schedule(balance, terms.disbursed_on, &due, &terms.conditions(), 1);
                if let Ok(rest) = rest {
                    check(balance, terms.disbursed_on, &rest)?;
                }
            }
            Err(bad) => {
                prop_assert!(bad.to_string().starts_with(bad.field));
                prop_assert!(bad.reason.contains("accepted"), "{}", bad);
            }
        }
    }
}
