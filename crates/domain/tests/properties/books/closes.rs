//! Closes of budget years, told from the entries of the log.

use std::collections::BTreeMap;

use almoner_domain::account::Posting;
use almoner_domain::budget_year::Side;
use almoner_domain::event::Event;
use almoner_domain::money::Money;

use crate::support::Ledger;

/// What a close says is what the entries dated up to its last day, and known by then, add up to.
pub(super) fn hold_the_balances_of_their_last_days(ledger: &Ledger) {
    for (index, (_, event)) in ledger.log.iter().enumerate() {
        let Event::BudgetYearClosed(closed) = event else { continue };
        let mut balances: BTreeMap<_, Money> = BTreeMap::new();
        for (on, earlier) in &ledger.log[..index] {
            if on.year() > closed.year {
                continue;
            }
            for Posting { account, pot, amount } in earlier.entry().postings() {
                *balances.entry((*account, pot.fund.clone(), pot.source.clone())).or_default() +=
                    *amount;
            }
        }
        balances.retain(|_, balance| !balance.is_zero());
        let said = closed.balances.iter().map(|one| {
            let balance = match one.side {
                Side::Debit => one.amount,
                Side::Credit => -one.amount,
            };
            ((one.account, one.fund.clone(), one.source.clone()), balance)
        });
        assert!(said.eq(balances), "{closed:?}");
    }
}
