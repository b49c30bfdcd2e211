//! Asset mortgages for arrears: released while the rest covers what is due, auctioned after expiry.

use almoner_domain::refusal::Stage;
use serde_json::json;

use crate::support::arrears::*;
use crate::support::world::*;
use crate::support::{Ledger, command, yuan};

/// Seed S0-14: 5,480,000.00 owed, due on the day of the payment, and two parcels mortgaged one after the other.
fn wool_factory() -> Ledger {
    let data = json!({
        "programme": "premium", "enterprise": person(1), "insurance": "pension",
        "month": "2002-09", "amount": "5480000.00", "due_on": "2002-10-01", "document": "notice 1",
    });
    owing().and([
        command("premium_arrears.assess", "2002-10-01", data),
        mortgage("M-1", 1, "2002-10-01", &[("parcel-1", "4000000.00")]),
        mortgage("M-2", 1, "2002-10-01", &[("parcel-2", "6000000.00")]),
    ])
}

#[test]
fn a_mortgage_is_counted_at_its_valuation() {
    owing()
        .when(mortgage("M-1", 1, "2002-10-01", &[("a", "300.00"), ("b", "200.00")]))
        .accepted()
        .posts(&[
            ("memo:asset_mortgage", "-/-/premium", "500.00"),
            ("memo_contra:asset_mortgage", "-/-/premium", "-500.00"),
        ]);
}

/// Seed S0-14, workflows section 7 case 10.
#[test]
fn one_of_two_parcels_is_released_when_the_other_covers_what_is_still_due() {
    let ledger = wool_factory();
    ledger.when(release_item("M-1", "parcel-1", "2002-10-01")).refused(
        Stage::Limit,
        &[
            ("item", "parcel-1"),
            ("owed", "5480000.00"),
            ("remaining", "6000000.00"),
            ("rate", "0.7"),
            ("covered", "4200000.00"),
        ],
    );
    let ledger = ledger.and([pay_premium(1, "2002-10-01", "1550000.00")]);
    // The larger parcel cannot go: the other one covers 2,800,000.00.
    ledger.when(release_item("M-2", "parcel-2", "2002-10-01")).refused_as("cover_too_low");
    let data = json!({
        "mortgage": "M-1", "item": "parcel-1", "programme": "premium", "version": 1,
        "enterprise": person(1), "valuation": "4000000.00", "owed": "3930000.00",
        "remaining": "6000000.00", "covered": "4200000.00", "document": "decision 1",
    });
    let ledger = ledger
        .when(release_item("M-1", "parcel-1", "2002-10-01"))
        .then([("asset_mortgage.released.v1", data)])
        .posts(&[
            ("memo_contra:asset_mortgage", "-/-/premium", "4000000.00"),
            ("memo:asset_mortgage", "-/-/premium", "-4000000.00"),
        ]);
    ledger.when(release_item("M-1", "parcel-1", "2002-10-01")).refused_as("unknown_mortgage");
    assert_eq!(ledger.balance("memo:asset_mortgage", "-/-/premium"), yuan("6000000.00"));
}

#[test]
fn late_fees_count_for_what_must_be_covered() {
    let ledger = wool_factory().and([pay_premium(1, "2002-10-01", "1550000.00")]);
    // 7,860.00 a day: after 34 days 267,240.00, and 4,200,000.00 are covered.
    ledger.when(release_item("M-1", "parcel-1", "2002-11-04")).accepted();
    ledger.when(release_item("M-1", "parcel-1", "2002-11-05")).refused_as("cover_too_low");
}

#[test]
fn nothing_is_released_or_auctioned_before_what_is_owed_is_known() {
    let ledger = owing().and([
        mortgage("M-1", 1, "2010-01-01", &[("a", "10.00")]),
        assess(1, "2012-02", "1000.00"),
    ]);
    ledger.when(release_item("M-1", "a", "2012-01-31")).refused_as("before_original");
    ledger.when(auction("M-1", "a", "2012-01-31", "1.00")).refused_as("before_original");
    let ledger = ledger.and([pay_premium(1, "2012-03-01", "1.00")]);
    ledger.when(release_item("M-1", "a", "2012-02-29")).refused_as("before_original");
    ledger.when(auction("M-1", "a", "2012-03-01", "1.00")).accepted();
}

#[test]
fn the_last_item_is_released_when_nothing_is_owed() {
    let ledger = wool_factory().and([
        pay_premium(1, "2002-10-01", "5479999.99"),
        release_item("M-2", "parcel-2", "2002-10-01"),
    ]);
    ledger.when(release_item("M-1", "parcel-1", "2002-10-01")).refused_as("cover_too_low");
    let ledger = ledger
        .and([pay_premium(1, "2002-10-01", "0.01"), release_item("M-1", "parcel-1", "2002-10-01")]);
    assert!(ledger.state.mortgages.is_empty());
    // A name is used once, even when all is released.
    ledger.when(mortgage("M-1", 1, "2003-01-01", &[("a", "1.00")])).refused_as("already_exists");
}

/// 1,000.00 due on 2010-01-01, 2,184.00 with the fee on 2012-01-01; a mortgage until 2011-12-31.
fn expired() -> Ledger {
    let items = [("a", "700.00"), ("b", "500.00"), ("c", "100.00")];
    owing().and([assess(1, "2010-01", "1000.00"), mortgage("M-1", 1, "2010-01-01", &items)])
}

#[test]
fn proceeds_pay_the_arrears_and_the_shortfall_stays_due() {
    let then = expired().when(auction("M-1", "a", "2012-01-01", "1500.00")).accepted();
    let data = then.data();
    assert_eq!((&data["surplus"], &data["shortfall"]), (&json!("0.00"), &json!("684.00")));
    let ledger = then.posts(&[
        ("assets:fund_bank", "social/premiums/-", "1500.00"),
        ("equity:fund_capital", "social/premiums/-", "-1500.00"),
        ("memo:late_fee", "-/-/premium", "1184.00"),
        ("memo_contra:late_fee", "-/-/premium", "-1184.00"),
        ("memo_contra:late_fee", "-/-/premium", "1184.00"),
        ("memo:late_fee", "-/-/premium", "-1184.00"),
        ("memo_contra:premium_arrears", "-/-/premium", "316.00"),
        ("memo:premium_arrears", "-/-/premium", "-316.00"),
        ("memo_contra:asset_mortgage", "-/-/premium", "700.00"),
        ("memo:asset_mortgage", "-/-/premium", "-700.00"),
    ]);
    // It can be paid, or taken from the next item.
    ledger.when(pay_premium(1, "2012-01-01", "684.00")).accepted();
    ledger.when(auction("M-1", "b", "2012-01-01", "684.00")).accepted();
}

#[test]
fn the_surplus_goes_to_the_owner_and_not_into_the_fund() {
    let ledger = expired().and([auction("M-1", "a", "2012-01-01", "1500.00")]);
    let then = ledger.when(auction("M-1", "b", "2012-01-01", "1000.00")).accepted();
    let data = then.data();
    assert_eq!((&data["surplus"], &data["shortfall"]), (&json!("316.00"), &json!("0.00")));
    assert_eq!(then.ledger.balance("assets:fund_bank", "social/premiums/-"), yuan("2184.00"));
    // The third item is not needed any more.
    then.ledger.when(auction("M-1", "c", "2012-01-01", "1.00")).refused_as("auction_not_due");
    then.ledger.when(release_item("M-1", "c", "2012-01-01")).accepted();
}

#[test]
fn auctions_are_reversed_last_first_with_payments() {
    let ledger = expired();
    let one = ledger.clone().and([auction("M-1", "a", "2012-01-01", "1500.00")]);
    let two = one.clone().and([pay_premium(1, "2012-01-02", "100.00")]);
    two.when(reverse(one.position())).refused_as("reverse_later_first");
    let back = two.clone().and([reverse(two.position()), reverse(one.position())]);
    assert_eq!(back.state.mortgages, ledger.state.mortgages);
    assert_eq!(back.state.premium_accounts, ledger.state.premium_accounts);
    assert_eq!(back.balances(), ledger.balances());
    // The last item of a mortgage comes back, too.
    let single = owing()
        .and([assess(1, "2010-01", "9.00"), mortgage("M-9", 1, "2010-01-01", &[("a", "7.00")])]);
    let sold = single.clone().and([auction("M-9", "a", "2012-01-01", "1.00")]);
    assert!(sold.state.mortgages.is_empty());
    let position = sold.position();
    assert_eq!(sold.and([reverse(position)]).state.mortgages, single.state.mortgages);
}

#[test]
fn a_mortgage_needs_items_that_differ_and_a_day_to_come() {
    owing().when(mortgage("M-1", 1, "2010-01-01", &[])).refused_as("too_many_lines");
    owing().when(mortgage("M-1", 1, "2010-01-01", &[("a", "0.00")])).refused_as("amount_zero");
    let twice = [("a", "1.00"), ("a", "2.00")];
    owing().when(mortgage("M-1", 1, "2010-01-01", &twice)).refused_as("terms_invalid");
    let mut late = mortgage("M-1", 1, "2010-01-01", &[("a", "1.00")]);
    late.effective_on = "2012-01-01".parse().unwrap();
    owing().when(late).refused_as("terms_invalid");
    let ledger = owing().and([mortgage("M-1", 1, "2010-01-01", &[("a", "1.00")])]);
    ledger.when(release_item("M-1", "a", "2009-12-31")).refused_as("before_original");
    ledger.when(reverse(ledger.position())).refused_as("not_reversible");
}
