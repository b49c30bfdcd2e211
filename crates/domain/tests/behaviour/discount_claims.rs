//! Who may claim, who bears it, what comes back, and advances.

use almoner_domain::interest_discount::{DiscountStanding, standings};
use almoner_domain::loan::Stage;
use serde_json::{Value, json};

use crate::discount_world::*;
use crate::support::world::*;
use crate::support::{Ledger, command, date, written, yuan};

fn tiers(parts: &[(&str, u32)]) -> Value {
    parts.iter().map(|(tier, weight)| json!({"tier": tier, "weight": weight})).collect()
}

fn split(parts: &[(&str, u32)]) -> Value {
    json!({"mode": {"interest_share": "0.5"}, "split": tiers(parts)})
}

fn borne(parts: &[(&str, &str)]) -> Value {
    parts.iter().map(|(tier, amount)| json!({"tier": tier, "amount": amount})).collect()
}

const FOUR: [(&str, u32); 4] = [("central", 50), ("province", 25), ("city", 15), ("district", 10)];

/// 200,000.00 at 3.95 %, claimed for 91 days: policy vector T2.
fn of_four_tiers() -> Ledger {
    let loan = lend_on("L-1", 1, "200000.00", "0.0395", "interest_only", "2023-12-21");
    let line = claim_of("C-1", ("2023-12-21", "2024-03-21"), "1996.94", "998.47");
    with(split(&FOUR)).and(loan).and([line])
}

#[test]
fn a_discount_is_split_over_four_tiers_to_the_fen() {
    let ledger = of_four_tiers();
    let shares = borne(&[
        ("central", "499.23"),
        ("province", "249.62"),
        ("city", "149.77"),
        ("district", "99.85"),
    ]);
    let events: Vec<Value> = ledger.log.iter().map(|(_, event)| written(event).1).collect();
    let [.., claimed, filed] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        claimed["split"],
        json!([{
            "from": "2023-12-21", "to": "2024-03-21", "version": 1, "amount": "998.47",
            "tiers": shares,
        }])
    );
    assert_eq!(filed["tiers"], shares);
    let then = ledger.and([on_claim("approve", "C-1")]);
    let then = then.when(on_claim("pay", "C-1")).accepted();
    assert_eq!(then.data()["tiers"], shares);
    let ledger = then.ledger;
    assert_eq!(ledger.balance("memo:tier_share", "aid/city/new"), yuan("149.77"));
    let paid = ledger.position();
    let undone = ledger.and([reverse(paid)]);
    assert_eq!(undone.balance("memo:tier_share", "aid/city/new"), yuan("0.00"));
}

#[test]
fn a_split_that_changes_inside_the_quarter_parts_the_discount_by_days() {
    // Zhengzhou 2022: 50/25/25 to 17 May, 50/25/15/10 from 18 May on. 58 and 34 days of 92.
    let three = split(&[("central", 50), ("province", 25), ("city", 25)]);
    let ledger = with(three)
        .and(lend_on("L-1", 1, "200000.00", "0.0395", "interest_only", "2022-03-21"))
        .and([version(2, "2022-05-18", split(&FOUR))]);
    let then =
        ledger.when(claim_of("C-1", ("2022-03-21", "2022-06-21"), "2018.89", "1009.44")).accepted();
    let line = written(&then.events[0]).1;
    // The rate has not changed, so that there is one segment; the split has.
    assert_eq!(line["segments"].as_array().unwrap().len(), 1);
    assert_eq!(
        line["split"],
        json!([
            {
                "from": "2022-03-21", "to": "2022-05-18", "version": 1, "amount": "636.39",
                "tiers": borne(&[("central", "318.19"), ("province", "159.10"), ("city", "159.10")]),
            },
            {
                "from": "2022-05-18", "to": "2022-06-21", "version": 2, "amount": "373.05",
                "tiers": borne(&[
                    ("central", "186.53"), ("province", "93.26"), ("city", "55.96"), ("district", "37.30"),
                ]),
            },
        ])
    );
    assert_eq!(
        written(&then.events[1]).1["tiers"],
        borne(&[
            ("central", "504.72"),
            ("province", "252.36"),
            ("city", "215.06"),
            ("district", "37.30"),
        ])
    );
}

#[test]
fn thirds_are_split_to_the_fen_the_first_tiers_first() {
    // 100.00 and 0.02 by thirds.
    let thirds = split(&[("central", 1), ("province", 1), ("city", 1)]);
    let ledger = lent(thirds);
    let of = |name: &str, discount: &str| {
        let then = ledger.when(claim_of(name, FIRST, "364.00", discount)).accepted();
        written(&then.events[1]).1["tiers"].clone()
    };
    assert_eq!(
        of("C-1", "100.00"),
        borne(&[("central", "33.34"), ("province", "33.33"), ("city", "33.33")])
    );
    assert_eq!(
        of("C-2", "0.02"),
        borne(&[("central", "0.01"), ("province", "0.01"), ("city", "0.00")])
    );
}

#[test]
fn money_of_an_upper_tier_is_another_fact_than_its_share() {
    let ledger = of_four_tiers().and([on_claim("approve", "C-1"), on_claim("pay", "C-1")]);
    let ledger = ledger.when(upper_tier("central", "600.00")).accepted().posts(&[
        ("assets:fund_bank", "aid/city/new", "600.00"),
        ("equity:fund_capital", "aid/city/new", "-600.00"),
        ("memo:tier_received", "aid/central/new", "600.00"),
        ("memo_contra:tier_received", "aid/central/new", "-600.00"),
    ]);
    // A lump sum above the share leaves the share as it is.
    assert_eq!(ledger.balance("memo:tier_share", "aid/central/new"), yuan("499.23"));
    let received = ledger.position();
    let undone = ledger.and([reverse(received)]);
    assert_eq!(undone.balance("memo:tier_received", "aid/central/new"), yuan("0.00"));
}

#[test]
fn a_discount_comes_back_in_parts_and_frees_its_period_when_nothing_is_left() {
    let ledger = of_four_tiers().and([on_claim("approve", "C-1"), on_claim("pay", "C-1")]);
    let line = ledger.last("interest_discount.claimed.v1");
    let paid = ledger.last("interest_discount.paid.v1");
    let first = ledger.when(give_back_line(line, "98.47")).accepted();
    assert_eq!(first.data().get("freed"), None);
    let ledger = first.posts(&[
        ("assets:fund_bank", "aid/city/new", "98.47"),
        ("expenses:interest_discount", "aid/city/new", "-98.47"),
        ("memo_contra:tier_share", "aid/central/new", "49.23"),
        ("memo:tier_share", "aid/central/new", "-49.23"),
        ("memo_contra:tier_share", "aid/province/new", "24.62"),
        ("memo:tier_share", "aid/province/new", "-24.62"),
        ("memo_contra:tier_share", "aid/city/new", "14.77"),
        ("memo:tier_share", "aid/city/new", "-14.77"),
        ("memo_contra:tier_share", "aid/district/new", "9.85"),
        ("memo:tier_share", "aid/district/new", "-9.85"),
    ]);
    let part = ledger.position();
    ledger.when(reverse(paid)).refused_as("reverse_later_first");
    let again = claim_of("C-2", ("2023-12-21", "2024-03-21"), "1996.94", "998.47");
    ledger.when(again.clone()).refused_lines();
    ledger.when(give_back_line(line, "900.01")).refused_as("return_over_paid");
    let ledger = ledger.and([give_back_line(line, "900.00")]);
    let rest = ledger.position();
    // Everything is back: no tier bears anything, and the loan is not a discounted one any more.
    for tier in ["central", "province", "city", "district"] {
        assert_eq!(ledger.balance("memo:tier_share", &format!("aid/{tier}/new")), yuan("0.00"));
    }
    assert_eq!(ledger.balance("assets:fund_bank", "aid/city/new"), yuan("20000.00"));
    assert_eq!(ledger.state.discounted_loans(person(1).parse().unwrap()), 0);
    ledger.when(reverse(part)).refused_as("reverse_later_first");
    let claimed = ledger.clone().and([again]);
    claimed.when(reverse(rest)).refused_as("loan_in_claim");
    let undone = ledger.and([reverse(rest), reverse(part)]);
    assert_eq!(undone.state.discounted_loans(person(1).parse().unwrap()), 1);
    undone.when(reverse(paid)).accepted();
}

#[test]
fn an_advance_above_the_claims_is_settled_and_the_rest_returned() {
    let ledger = lent(split(&FOUR));
    let ledger = ledger.when(advance("A-1", "300.00")).accepted().posts(&[
        ("assets:discount_advance", "aid/city/new", "300.00"),
        ("assets:fund_bank", "aid/city/new", "-300.00"),
    ]);
    let advanced = ledger.position();
    let ledger = ledger.and([claim_of("C-1", FIRST, "364.00", "182.00")]);
    let settled = ledger.when(settle_advance("A-1", &["C-1"])).accepted();
    let data = settled.data();
    assert_eq!((&data["actual"], &data["advanced"]), (&json!("182.00"), &json!("300.00")));
    assert_eq!(data["left"], json!([{"source": "city", "amount": "118.00"}]));
    let ledger = settled.posts(&[
        ("expenses:interest_discount", "aid/city/new", "182.00"),
        ("assets:discount_advance", "aid/city/new", "-182.00"),
        ("assets:fund_bank", "aid/city/new", "118.00"),
        ("assets:discount_advance", "aid/city/new", "-118.00"),
        ("memo:tier_share", "aid/central/new", "91.00"),
        ("memo_contra:tier_share", "aid/central/new", "-91.00"),
        ("memo:tier_share", "aid/province/new", "45.50"),
        ("memo_contra:tier_share", "aid/province/new", "-45.50"),
        ("memo:tier_share", "aid/city/new", "27.30"),
        ("memo_contra:tier_share", "aid/city/new", "-27.30"),
        ("memo:tier_share", "aid/district/new", "18.20"),
        ("memo_contra:tier_share", "aid/district/new", "-18.20"),
    ]);
    let settlement = ledger.position();
    ledger.when(reverse(advanced)).refused_as("reverse_later_first");
    ledger.when(on_claim("reject", "C-1")).refused_as("claim_wrong_stage");
    // A settled claim gives back as a paid one does, and then the settlement stays.
    let line = ledger.last("interest_discount.claimed.v1");
    let returned = ledger.clone().and([give_back_line(line, "2.00")]);
    returned.when(reverse(settlement)).refused_as("reverse_later_first");
    let ledger = ledger.and([reverse(settlement)]);
    ledger.when(settle_advance("A-1", &["C-1"])).accepted();
    ledger.and([on_claim("reject", "C-1")]).when(reverse(advanced)).accepted();
}

#[test]
fn an_advance_is_not_settled_before_it_was_paid() {
    let line = claim_of("C-1", FIRST, "364.00", "182.00");
    let ledger = lent(half()).and([advance("A-1", "300.00"), line]);
    let mut early = settle_advance("A-1", &["C-1"]);
    early.effective_on = date("2024-01-09");
    ledger.when(early).refused_as("before_original");
}

#[test]
fn files_that_a_bank_sends_again_are_versions_until_the_claim_is_filed() {
    let ledger = lent(half());
    let first = receive_file("C-1", "new", 'a', "183.00");
    let received = |version: u32, digit: char, total: &str| {
        json!({
            "claim": "C-1", "version": version, "programme": "new", "bank": "icbc",
            "digest": digest(digit), "lines": 1, "total": total, "document": "claim list",
        })
    };
    let then = ledger
        .when(first.clone())
        .then([("interest_discount.file_received.v1", received(1, 'a', "183.00"))]);
    assert_eq!(then.events[0].subject(), "claim/C-1");
    let ledger = then.posts(&[]);
    ledger.when(claim_of("C-1", FIRST, "364.00", "183.00")).refused_lines();
    ledger.when(first).refused_as("file_received_already");
    let then = ledger
        .when(receive_file("C-1", "new", 'b', "182.00"))
        .then([("interest_discount.file_received.v1", received(2, 'b', "182.00"))]);
    // The bank may take up an earlier one again.
    let third = then.ledger.when(receive_file("C-1", "new", 'a', "183.00")).accepted();
    assert_eq!(third.data()["version"], json!(3));
    // A file that was recorded for the wrong claim is taken off again, the last one first.
    let (first, second) = (then.ledger.position() - 1, then.ledger.position());
    then.ledger.when(reverse(first)).refused_as("reverse_later_first");
    let none = then.ledger.clone().and([reverse(second), reverse(first)]);
    let again = none.when(receive_file("C-1", "new", 'a', "183.00")).accepted();
    assert_eq!(again.data()["version"], json!(1));
    // Files of other claims are counted for themselves.
    let other = then.ledger.when(receive_file("C-2", "new", 'a', "1.00")).accepted();
    assert_eq!(other.data()["version"], json!(1));
    // The claim rests on the last of its files.
    let then = other.ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).accepted();
    let (_, filed) = written(then.events.last().unwrap());
    let rests_on = json!({"position": second, "effective_on": "2024-04-01"});
    assert_eq!(filed["rests_on"], rests_on);
    let filed = then.ledger;
    filed.when(receive_file("C-1", "new", 'c', "182.00")).refused_as("already_exists");
    filed.when(reverse(second)).refused_as("not_reversible");
    assert_eq!(postcard::from_bytes(&filed.bytes()), Ok(filed.state.clone()));
}

#[test]
fn what_is_due_beyond_an_advance_is_paid_at_settlement() {
    let ledger = lent(half()).and([
        advance("A-1", "200.00"),
        claim_of("C-1", FIRST, "364.00", "182.00"),
        claim_of("C-2", SECOND, "364.00", "182.00"),
    ]);
    let then = ledger.when(settle_advance("A-1", &["C-1", "C-2"])).accepted();
    let data = then.data();
    let city = |amount: &str| json!({"source": "city", "amount": amount});
    assert_eq!(data["spent"], json!([city("200.00")]));
    assert_eq!(data["due"], json!([city("164.00")]));
    assert_eq!(data["claims"][1]["shares"], json!([city("18.00"), city("164.00")]));
    assert_eq!(then.ledger.balance("assets:discount_advance", "aid/city/new"), yuan("0.00"));
    assert_eq!(then.ledger.balance("expenses:interest_discount", "aid/city/new"), yuan("364.00"));
}

#[test]
fn interest_that_the_borrower_must_pay_first_is_discounted_after_it_is_paid() {
    let ledger = lent(json!({"mode": {"interest_share": "0.5"}, "way": "pay_first"}));
    ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).refused_lines();
    let ledger = ledger.and([repay("L-1", "2024-04-01", "364.00")]);
    ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).accepted();
    // Ten days of the next instalment are not paid yet.
    let longer = ("2024-01-01", "2024-04-11");
    let refused = ledger.when(claim_of("C-1", longer, "404.00", "202.00")).refused_lines();
    let figures = refused[0].1.figures();
    let expected = [("due_on", "2024-07-01"), ("open", "364.00"), ("to", "2024-04-11")];
    assert_eq!(figures[1..], expected.map(|(name, value)| (name, value.to_owned())));
    let ledger = ledger.and([repay("L-1", "2024-07-01", "364.00")]);
    let mut longer = claim_of("C-1", longer, "404.00", "202.00");
    longer.effective_on = date("2024-07-01");
    ledger.when(longer).accepted();
}

#[test]
fn interest_that_a_rescheduling_left_open_is_not_paid() {
    let terms = json!({"mode": {"interest_share": "0.5"}, "way": "pay_first"});
    let loan = lend_on("L-1", 1, "36000.00", "0.04", "equal_principal", "2024-01-01");
    let ledger = with(terms).and(loan);
    let ledger = ledger.and([reschedule("L-1", "2024-04-10", "interest_only", (24, 3))]);
    let refused = ledger.when(claim_of("C-1", FIRST, "364.00", "182.00")).refused_lines();
    assert_eq!(refused[0].1.code(), "interest_not_paid");
    let ledger = ledger.and([repay("L-1", "2024-04-11", "364.00")]);
    let mut paid = claim_of("C-1", FIRST, "364.00", "182.00");
    paid.effective_on = date("2024-04-11");
    ledger.when(paid).accepted();
}

#[test]
fn accrued_claimed_approved_paid_and_returned_are_different_facts() {
    let standing = |ledger: &Ledger, to: &str| {
        let all = standings(&ledger.state, date(to));
        let DiscountStanding { accrued, claimed, approved, paid, returned } =
            all.get(&"new".parse().unwrap()).cloned().unwrap_or_default();
        [accrued, claimed, approved, paid, returned].map(|amount| amount.to_string())
    };
    // 2.00 a day on 36,000.00, by half.
    let ledger = lent(half());
    assert_eq!(standing(&ledger, "2024-01-01"), ["0.00"; 5]);
    assert_eq!(standing(&ledger, "2024-07-01"), ["364.00", "0.00", "0.00", "0.00", "0.00"]);
    // The second quarter is claimed before the first.
    let ledger = ledger.and([claim_of("C-2", SECOND, "364.00", "182.00")]);
    assert_eq!(standing(&ledger, "2024-07-02"), ["184.00", "182.00", "0.00", "0.00", "0.00"]);
    let line = ledger.last("interest_discount.claimed.v1");
    let ledger = ledger.and([on_claim("approve", "C-2")]);
    assert_eq!(standing(&ledger, "2024-07-01"), ["182.00", "0.00", "182.00", "0.00", "0.00"]);
    let ledger = ledger.and([on_claim("pay", "C-2"), give_back_line(line, "2.00")]);
    assert_eq!(standing(&ledger, "2024-07-01"), ["182.00", "0.00", "0.00", "182.00", "2.00"]);
    // What came back whole may be claimed again; nothing accrues after the term.
    let ledger = ledger.and([give_back_line(line, "180.00")]);
    assert_eq!(standing(&ledger, "2024-07-01"), ["364.00", "0.00", "0.00", "182.00", "182.00"]);
    assert_eq!(standing(&ledger, "2029-01-01")[0], standing(&ledger, "2027-01-01")[0]);
}

#[test]
fn a_fen_within_tolerance_is_accepted_and_recorded() {
    let ledger = lent(json!({"mode": {"interest_share": "0.5"}, "tolerance": "0.01"}));
    let then = ledger.when(claim_of("C-1", FIRST, "364.01", "182.01")).accepted();
    let line = written(&then.events[0]).1;
    assert_eq!((&line["actual_interest"], &line["computed"]), (&json!("364.00"), &json!("182.00")));
    ledger.when(claim_of("C-1", FIRST, "364.02", "182.01")).refused_lines();
    ledger.when(claim_of("C-1", FIRST, "364.01", "182.02")).refused_lines();
}

#[test]
fn discounted_loans_are_counted_over_a_lifetime_and_uncounted_when_rejected() {
    let terms = json!({"mode": {"interest_share": "0.5"}, "loans_per_borrower": 2});
    let loans = ["L-1", "L-2", "L-3"]
        .map(|loan| lend_on(loan, 1, "36000.00", "0.04", "interest_only", "2024-01-01"));
    let of = |name: &str, loan: &str, period| {
        claim(name, "new", period, &[(loan, "364.00", "182.00")], "182.00")
    };
    let ledger = with(terms).and(loans.concat()).and([
        of("C-1", "L-1", FIRST),
        of("C-2", "L-2", FIRST),
        of("C-3", "L-1", SECOND),
    ]);
    let refused = ledger.when(of("C-4", "L-3", FIRST)).refused_lines();
    assert_eq!(refused[0].1.code(), "discounted_loans_over_limit");
    let ledger = ledger.and([on_claim("reject", "C-2")]);
    ledger.and([of("C-4", "L-3", FIRST)]).when(of("C-5", "L-2", FIRST)).refused_lines();
}

#[test]
fn a_loan_is_discounted_only_by_the_bank_that_lent_it() {
    let mut data = json!({
        "claim": "C-1", "programme": "new", "from": "2024-01-01", "to": "2024-04-01",
        "lines": [{"loan": "L-1", "interest": "364.00", "discount": "182.00"}],
        "total": "182.00", "document": "claim list",
    });
    let refused = |data: &Value| {
        let claim = command("interest_discount.claim", "2024-04-01", data.clone());
        lent(half()).when(claim).refused_lines()[0].1.code()
    };
    assert_eq!(refused(&data), "claim_bank_differs");
    data["bank"] = json!("ccb");
    assert_eq!(refused(&data), "claim_bank_differs");
}

/// The principal of `L-1` that is not overdue, on days before and after each change.
fn not_overdue(ledger: &Ledger) -> Vec<String> {
    let loan = &ledger.state.loans[&"L-1".parse().unwrap()];
    let Stage::Active(active) = &loan.stage else { panic!("{loan:?}") };
    let history = active.not_overdue();
    let on = |day: &&str| {
        let before = history.iter().rev().find(|(changed_on, _)| *changed_on <= date(day));
        before.map_or_else(String::new, |(_, principal)| principal.to_string())
    };
    let days = ["2024-03-31", "2024-04-01", "2024-07-10", "2024-07-11", "2024-10-01", "2025-01-01"];
    days.iter().map(on).collect()
}

#[test]
fn compensated_principal_is_discounted_neither_before_nor_after_and_the_rest_is() {
    // Four times 15,000.00; the first two are overdue when the bank is compensated for them in part.
    let lent = funded()
        .and([
            receive_for("guard", "city", "90000.00", Some("bank")),
            receive_for("aid", "city", "20000.00", Some("bank")),
        ])
        .and(lend("L-1", "bank", "60000.00", "0.04", "equal_principal", (12, 3), "2024-01-01"));
    let expected = ["60000.00", "45000.00", "30000.00", "30000.00", "15000.00", "0.00"];
    assert_eq!(not_overdue(&lent), expected);
    let in_part = lent.clone().and([compensate("L-1", "2024-07-10", "20000.00", "0.00")]);
    assert_eq!(not_overdue(&in_part), expected);
    let whole = in_part.clone().and([compensate("L-1", "2024-10-02", "25000.00", "0.00")]);
    assert_eq!(not_overdue(&whole), expected);
    // 92 days of 30,000.00 at 4 %; the bank charged all of the principal.
    let quarter = |interest, discount| {
        let period = ("2024-07-01", "2024-10-01");
        claim("C-1", "bank", period, &[("L-1", interest, discount)], discount)
    };
    for ledger in [&lent, &in_part, &whole] {
        ledger.when(quarter("306.67", "153.33")).accepted();
        let refusals = ledger.when(quarter("613.33", "306.67")).refused_lines();
        assert_eq!(refusals[0].1.code(), "interest_over_actual");
    }
    // That principal was compensated on 10 July is no early repayment of the borrower.
    let period = ("2024-04-15", "2024-07-15");
    let over = claim("C-1", "bank", period, &[("L-1", "455.00", "227.50")], "227.50");
    let refusals = in_part.when(over).refused_lines();
    assert_eq!(refusals[0].1.code(), "interest_over_actual");
    // Recovered: the instalments that were compensated are closed, and the days they were overdue stay so.
    let recovered = whole.clone().and([recover("L-1", "2024-10-05", "fund", "45000.00", "0.00")]);
    assert_eq!(not_overdue(&recovered), expected);
    let (one, two) = (recovered.position(), whole.position());
    let undone = recovered.and([reverse(one), reverse(two)]);
    let (undone, expected) = (undone.state.loans, in_part.state.loans);
    assert_eq!(undone, expected);
}

#[test]
fn two_first_loans_on_one_claim_count_both_against_a_lifetime() {
    let terms = json!({"mode": {"interest_share": "0.5"}, "loans_per_borrower": 1});
    let ledger = with(terms)
        .and(lend_on("L-1", 1, "36000.00", "0.04", "interest_only", "2024-01-01"))
        .and(lend_on("L-2", 1, "36000.00", "0.04", "interest_only", "2024-01-01"));
    let line = |loan: &str| json!({"loan": loan, "interest": "364.00", "discount": "182.00"});
    let claim = |lines: &[&str], total| {
        let lines: Vec<_> = lines.iter().map(|loan| line(loan)).collect();
        let data = json!({
            "claim": "C-1", "programme": "new", "bank": "icbc", "from": "2024-01-01", "to": "2024-04-01",
            "lines": lines, "total": total, "document": "claim 1",
        });
        crate::support::command("interest_discount.claim", "2024-04-02", data)
    };
    ledger.when(claim(&["L-1"], "182.00")).accepted();
    ledger.when(claim(&["L-1", "L-2"], "364.00")).refused_as("lines_refused");
}
