//! Lines of a bank held against the ledger, one by one.

use almoner_domain::id::Id;
use almoner_domain::interest_discount::{BankLine, Finding, Verdict, hold_against};
use serde_json::json;

use crate::discount_world::*;
use crate::support::world::*;
use crate::support::{Ledger, date, yuan};

/// What is found about a line of `bank` for `loan`, and whether it is accepted.
fn finding(
    ledger: &Ledger,
    (bank, loan): (&str, &str),
    (from, to): (&str, &str),
    (interest, discount): (&str, &str),
) -> Finding {
    let (bank, loan): (Id, Id) = (bank.parse().unwrap(), loan.parse().unwrap());
    let line = BankLine {
        bank: Some(&bank),
        loan: &loan,
        from: date(from),
        to: date(to),
        interest: yuan(interest),
        discount: yuan(discount),
    };
    hold_against(&ledger.state, &line)
}

fn found(
    ledger: &Ledger,
    of: (&str, &str),
    period: (&str, &str),
    figures: (&str, &str),
) -> Verdict {
    finding(ledger, of, period, figures).verdict
}

fn of_loan(ledger: &Ledger, period: (&str, &str), figures: (&str, &str)) -> Verdict {
    found(ledger, ("icbc", "L-1"), period, figures)
}

#[test]
fn a_line_is_said_to_be_accepted_exactly_when_its_claim_is() {
    let ledger = lent(half());
    let lines = [
        (("364.00", "182.00"), true),
        (("364.00", "181.00"), true),
        (("300.00", "150.00"), true),
        (("300.00", "150.01"), false),
        (("364.01", "182.00"), false),
        (("364.00", "182.01"), false),
    ];
    for (figures, accepted) in lines {
        let found = finding(&ledger, ("icbc", "L-1"), FIRST, figures);
        assert_eq!(found.accepted, accepted, "{found:?}");
        let filed = ledger.decide(&claim_of("C-1", FIRST, figures.0, figures.1));
        assert_eq!(filed.is_ok(), accepted, "{filed:?}");
    }
    assert!(!finding(&ledger, ("icbc", "L-9"), FIRST, ("1.00", "0.50")).accepted);
    assert!(!finding(&ledger, ("rcc", "L-1"), FIRST, ("364.00", "182.00")).accepted);
}

#[test]
fn figures_are_equal_tolerated_or_different_by_so_much() {
    let ledger = lent(json!({"mode": {"interest_share": "0.5"}, "tolerance": "0.02"}));
    let equal = of_loan(&ledger, FIRST, ("364.00", "182.00"));
    assert!(matches!(equal, Verdict::Equal { .. }), "{equal:?}");
    assert_eq!(equal.computed().unwrap().discount, yuan("182.00"));
    for figures in [("364.02", "181.98"), ("363.98", "182.02")] {
        let near = of_loan(&ledger, FIRST, figures);
        assert!(matches!(near, Verdict::WithinTolerance { .. }), "{near:?}");
    }
    let interest = of_loan(&ledger, FIRST, ("368.00", "184.00"));
    let Verdict::InterestDiffers { difference, .. } = interest else { panic!("{interest:?}") };
    assert_eq!(difference, yuan("4.00"));
    let discount = of_loan(&ledger, FIRST, ("364.00", "181.97"));
    let Verdict::DiscountDiffers { difference, .. } = discount else { panic!("{discount:?}") };
    assert_eq!(difference, yuan("-0.03"));
}

#[test]
fn what_a_bank_has_missed_is_named() {
    let capped = lent(json!({"mode": {"interest_share": "0.5"}, "principal_cap": "9000.00"}));
    let verdict = of_loan(&capped, FIRST, ("364.00", "182.00"));
    assert!(
        matches!(verdict, Verdict::OverCap { cap, .. } if cap == yuan("9000.00")),
        "{verdict:?}"
    );

    let repaid = lent(half()).and([prepay("L-1", "2024-03-01", "12240.00")]);
    let verdict = of_loan(&repaid, FIRST, ("364.00", "182.00"));
    assert!(
        matches!(verdict, Verdict::RepaidEarly { on, .. } if on == date("2024-03-01")),
        "{verdict:?}"
    );
    let verdict = of_loan(&repaid, FIRST, ("350.00", "175.00"));
    assert!(matches!(verdict, Verdict::InterestDiffers { .. }), "{verdict:?}");

    let settled = repaid.and([prepay("L-1", "2024-03-16", "24040.00")]);
    let verdict = of_loan(&settled, SECOND, ("364.00", "182.00"));
    assert!(
        matches!(verdict, Verdict::RepaidEarly { on, .. } if on == date("2024-03-16")),
        "{verdict:?}"
    );
}

#[test]
fn what_cannot_be_claimed_is_told_before_figures_are_compared() {
    let one = json!({"mode": {"interest_share": "0.5"}, "loans_per_borrower": 1});
    let ledger = with(one)
        .and(lend("L-4", "own", "6000.00", "0.04", "bullet", (12, 12), "2024-01-01"))
        .and(lend_on("L-1", 1, "36000.00", "0.04", "interest_only", "2024-01-01"))
        .and(lend_on("L-2", 1, "36000.00", "0.04", "interest_only", "2024-01-01"))
        .and([apply("L-3", "new", "6000.00", 12)])
        .and([claim_of("C-1", FIRST, "364.00", "182.00")]);
    let figures = ("364.00", "182.00");
    let of = |bank: &str, loan: &str, period| found(&ledger, (bank, loan), period, figures);
    assert_eq!(of("icbc", "L-9", FIRST), Verdict::UnknownLoan);
    assert_eq!(of("icbc", "L-3", FIRST), Verdict::NotLent);
    assert_eq!(of("icbc", "L-4", FIRST), Verdict::NoDiscount);
    assert_eq!(of("icbc", "L-1", FIRST), Verdict::AlreadyClaimed { until: date("2024-04-01") });
    let bank = Some("icbc".parse().unwrap());
    assert_eq!(
        of("ccb", "L-1", FIRST),
        Verdict::ClaimedByTwoBanks { bank: bank.clone(), until: date("2024-04-01") }
    );
    assert_eq!(of("ccb", "L-1", SECOND), Verdict::OtherBank { bank });
    assert_eq!(
        of("icbc", "L-1", ("2026-12-01", "2027-01-02")),
        Verdict::AfterMaturity { last: date("2027-01-01") }
    );
    assert_eq!(
        of("icbc", "L-1", ("2023-12-31", "2024-01-01")),
        Verdict::BeforeDisbursement { disbursed_on: date("2024-01-01") }
    );
    let borrower = person(1).parse().unwrap();
    assert_eq!(
        of("icbc", "L-2", FIRST),
        Verdict::OverLifetimeCount { borrower, count: 1, maximum: 1 }
    );
}
