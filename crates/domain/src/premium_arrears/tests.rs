//! The late fee by days: policy vector T8, the limit, and the edges of the rates.

use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn terms(late_fee_limit: LateFeeLimit) -> PremiumArrearsTerms {
    let rate = |from, daily: &str| LateFeeRate { from: date(from), daily: daily.parse().unwrap() };
    PremiumArrearsTerms {
        fund: "social".parse().unwrap(),
        source: "premiums".parse().unwrap(),
        late_fees: vec![rate("1999-01-22", "0.002"), rate("2011-07-01", "0.0005")],
        late_fee_limit,
        application_order: vec![PremiumBucket::LateFee, PremiumBucket::Premium],
        rounding: Rounding::HalfUp,
        mortgage_rate: "0.7".parse().unwrap(),
    }
}

fn arrear(amount: Money, due_on: &str) -> Arrear {
    Arrear {
        due: amount,
        due_on: date(due_on),
        premium: amount,
        late_fee: Money::ZERO,
        charged: Money::ZERO,
        charged_until: date(due_on),
        assessed: Link { position: 1, effective_on: date(due_on) },
    }
}

#[test]
fn the_fee_of_policy_vector_t8() {
    let arrear = arrear(Money::from_yuan(1_000_000), "2010-01-01");
    let unlimited = terms(LateFeeLimit::Unlimited);
    let at = |on| arrear.late_fee_since(&unlimited, date(on));
    assert_eq!(at("2011-07-01"), Money::from_yuan(1_092_000));
    assert_eq!(at("2013-01-01") - at("2011-07-01"), Money::from_yuan(275_000));
    assert_eq!(at("2013-01-01"), Money::from_yuan(1_367_000));
    let limited = terms(LateFeeLimit::AmountDue);
    assert_eq!(arrear.late_fee_since(&limited, date("2013-01-01")), Money::from_yuan(1_000_000));
    let owed = arrear.owed(&limited, date("2013-01-01"));
    assert_eq!(owed.total(), Money::from_yuan(2_000_000));
}

#[test]
fn nothing_is_charged_before_the_due_day_and_before_the_first_rate() {
    let unlimited = terms(LateFeeLimit::Unlimited);
    let late = arrear(Money::from_yuan(1_000), "2010-01-01");
    for (on, fee) in [("2009-12-01", "0.00"), ("2010-01-01", "0.00"), ("2010-01-02", "2.00")] {
        assert_eq!(late.late_fee_since(&unlimited, date(on)).to_string(), fee, "{on}");
    }
    let old = arrear(Money::from_yuan(1_000), "1990-01-01");
    assert_eq!(old.late_fee_since(&unlimited, date("1999-01-22")), Money::ZERO);
    assert_eq!(old.late_fee_since(&unlimited, date("1999-01-23")), Money::from_yuan(2));
}

#[test]
fn the_largest_fee_can_be_written_and_read() {
    let mut highest = terms(LateFeeLimit::Unlimited);
    highest.late_fees = vec![LateFeeRate { from: Date::FIRST, daily: "0.01".parse().unwrap() }];
    highest.check().unwrap();
    let arrear = arrear(MAX_DUE, "1949-10-01");
    let fee = arrear.owed(&highest, Date::LAST).total();
    assert_eq!(fee.to_string().parse::<Money>().unwrap(), fee);
}

#[test]
fn terms_that_cannot_stand_are_named_by_their_field() {
    let mut falling = terms(LateFeeLimit::Unlimited);
    falling.late_fees.reverse();
    assert_eq!(falling.check().unwrap_err().0, "late_fees");
    let mut high = terms(LateFeeLimit::Unlimited);
    high.late_fees[0].daily = "0.011".parse().unwrap();
    assert_eq!(high.check().unwrap_err().0, "late_fees");
    let mut order = terms(LateFeeLimit::Unlimited);
    order.application_order = vec![PremiumBucket::Premium, PremiumBucket::Premium];
    assert_eq!(order.check().unwrap_err().0, "application_order");
    let mut rate = terms(LateFeeLimit::Unlimited);
    rate.mortgage_rate = Rate::ZERO;
    assert_eq!(rate.check().unwrap_err().0, "mortgage_rate");
}
