//! What holds on each day, told by effective dates.

use std::collections::{BTreeMap, BTreeSet};

use almoner_domain::account::{Account, Pot};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::money::Money;

use crate::support::Ledger;

/// Of the records that were not reversed, memo accounts are nowhere negative at the end of a day.
pub fn hold(ledger: &Ledger) {
    let reversed = |event: &Event| match event {
        Event::ReversalRecorded(reversal) => Some(reversal.position),
        _ => None,
    };
    let taken_back: BTreeSet<u64> =
        ledger.log.iter().filter_map(|(_, event)| reversed(event)).collect();
    let mut days: BTreeMap<Date, Vec<&Event>> = BTreeMap::new();
    for (position, (on, event)) in (1..).zip(&ledger.log) {
        if reversed(event).is_none() && !taken_back.contains(&position) {
            days.entry(*on).or_default().push(event);
        }
    }
    let mut balances: BTreeMap<(Account, Pot, String), Money> = BTreeMap::new();
    for (on, events) in days {
        for event in &events {
            for posting in event.entry().postings() {
                if posting.account.code().starts_with("memo:") {
                    let of = subject(posting.account, event);
                    let key = (posting.account, posting.pot.clone(), of);
                    *balances.entry(key).or_default() += posting.amount;
                }
            }
        }
        for ((account, pot, subject), balance) in &balances {
            assert!(
                !balance.fen().is_negative(),
                "{} of {subject} {pot:?} on {on}: {balance}",
                account.code()
            );
        }
    }
}

/// What a balance is told of. Premiums are paid by auctions of mortgages too, and discounts are claimed by loan and paid
/// by claim: those are told by their pots alone.
fn subject(account: Account, event: &Event) -> String {
    match account {
        Account::PremiumArrears | Account::LateFee | Account::TierShare => String::new(),
        _ => event.subject(),
    }
}
