//! How much of the state an open loan takes: the sum of its structures and of what they hold elsewhere.
//! The benchmark measures the same on a running program.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test, and these end it clearly")]

#[path = "support/mod.rs"]
mod support;

use almoner_domain::fund::Share;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::loan::{Active, Loan, Stage};

use support::Ledger;
use support::world::*;

/// A node of a `BTreeMap` holds at most eleven entries, and beside them the way to its parent. Filled
/// at random, nodes are about two thirds full.
fn in_map<K, V>() -> usize {
    const ENTRIES: usize = 11;
    const PARENT: usize = 16;
    let node = ENTRIES * (size_of::<K>() + size_of::<V>()) + PARENT;
    node * 3 / (2 * ENTRIES)
}

/// What the allocator hands out for so many bytes: multiples of sixteen, with eight of its own.
fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16) }
}

fn bytes_of(ledger: &Ledger, name: &str) -> usize {
    let id: Id = name.parse().unwrap();
    assert!(id.as_str().len() <= size_of::<Id>(), "short names stand in the structure itself");
    let Stage::Active(active) = &ledger.state.loans[&id].stage else {
        panic!("{name} is not lent")
    };
    let of_loan = in_map::<Id, Loan>() + allocated(size_of::<Active>());
    let of_lists = allocated(active.open.len_in_bytes())
        + allocated(active.history.len_in_bytes())
        + allocated(active.late.len_in_bytes())
        + allocated(active.incidents.len_in_bytes())
        + allocated(active.claimed.len_in_bytes())
        + allocated(active.shares.len() * size_of::<Share>());
    let of_borrower = in_map::<Pseudonym, u32>();
    println!("{name}: {of_loan} the loan, {of_lists} its lists, {of_borrower} its borrower");
    of_loan + of_lists + of_borrower
}

/// 200,000.00 in twelve quarterly instalments under `own` or `bank`.
fn lent(programme: &str) -> Ledger {
    let money =
        [("guard", "city", None), ("aid", "union", Some("own")), ("aid", "city", Some("own"))];
    funded()
        .and(money.map(|(fund, source, purpose)| receive_for(fund, source, "100000.00", purpose)))
        .and(lend(
            "L-2023-0001",
            programme,
            "200000.00",
            "0.0395",
            "equal_instalment",
            (36, 3),
            "2023-06-20",
        ))
}

#[test]
fn an_open_loan_of_twelve_quarters_takes_at_most_512_bytes() {
    let fresh = lent("bank");
    assert!(bytes_of(&fresh, "L-2023-0001") <= 512);
    // Lent by a fund of two sources.
    assert!(bytes_of(&lent("own"), "L-2023-0001") <= 512);
}

#[test]
fn it_stays_so_through_its_life_with_a_payment_and_a_claim_each_quarter() {
    let mut ledger = lent("bank");
    let mut from = support::date("2023-06-20");
    for quarter in 1..=11 {
        let Stage::Active(active) = &ledger.state.loans[&"L-2023-0001".parse().unwrap()].stage
        else {
            panic!("the loan is lent")
        };
        let due = active.open.unpack()[0];
        let pay = repay(
            "L-2023-0001",
            &due.due_on.to_string(),
            &(due.principal + due.interest).to_string(),
        );
        ledger = ledger.and([pay]);
        if quarter <= 8 {
            let (start, to) = (from.to_string(), due.due_on.to_string());
            let line = [("L-2023-0001", due.interest.to_string(), "100.00".to_owned())];
            let lines = line
                .each_ref()
                .map(|(loan, interest, discount)| (*loan, interest.as_str(), discount.as_str()));
            ledger = ledger.and([claim(
                &format!("C-{quarter}"),
                "bank",
                (&start, &to),
                &lines,
                "100.00",
            )]);
            from = due.due_on;
        }
        assert!(bytes_of(&ledger, "L-2023-0001") <= 512, "after quarter {quarter}");
    }
}
