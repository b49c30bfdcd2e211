//! The journal for hledger.
//!
//! `assets:fund_bank:F-2002:union:-` is the account `assets:fund_bank` of the fund `F-2002`, its source
//! `union`, and no purpose. No identifier is `-`, so that no two pots share an account.

use std::fmt::Write;

use almoner_domain::account::{Account, Entry, Pot};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;

use super::journal::{CURRENCY, Totals};

pub(super) fn header(ledger: &str) -> String {
    format!(
        "; The entries of ledger {ledger}. Check them with: hledger -f journal.hledger balance\n\
         ; A transaction's code is the position of its record. Accounts end in fund, source, purpose.\n\
         \n\
         commodity 1000.00 {CURRENCY}\n"
    )
}

pub(super) fn transaction(position: u64, on: Date, event: &Event, entry: &Entry) -> String {
    let mut text = format!("\n{on} ({position}) {} {}\n", event.kind(), event.subject());
    for posting in entry.postings() {
        let account = account(posting.account, &posting.pot);
        // Writing to a string does not fail.
        let _ = writeln!(text, "    {account}  {} {CURRENCY}", posting.amount);
    }
    text
}

/// A last transaction that moves nothing and asserts every balance.
pub(super) fn closing(totals: &Totals) -> String {
    let Some(last) = totals.last else { return String::new() };
    let mut text = format!("\n{last} balances\n");
    for (name, pot, amount) in totals.balances() {
        let account = account(name, pot);
        let _ = writeln!(text, "    {account}  0.00 {CURRENCY} = {amount} {CURRENCY}");
    }
    text
}

fn account(account: Account, pot: &Pot) -> String {
    let part = |id: &Option<Id>| id.as_ref().map_or("-", Id::as_str).to_owned();
    let (fund, source, purpose) = (part(&pot.fund), part(&pot.source), part(&pot.purpose));
    format!("{}:{fund}:{source}:{purpose}", account.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_its_code_and_pot() {
        let pot = Pot { fund: "F.1".parse().ok(), source: None, purpose: "L-1".parse().ok() };
        assert_eq!(
            account(Account::GuaranteeLiability, &pot),
            "memo:guarantee_liability:F.1:-:L-1"
        );
    }
}
