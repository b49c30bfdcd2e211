//! The journal for beancount.
//!
//! Beancount's accounts begin with one of five roots, and the parts of a name consist of letters, digits
//! and hyphens and begin with a capital or digit. So `assets:fund_bank` of fund `F.2002`, source `union`
//! and no purpose is `Assets:FundBank:F-F-d2002:S-union:NoPurpose`, and memo accounts stand under
//! `Equity:Memo` and `Equity:MemoContra`. A hyphen, dot and underscore of an identifier are `--`, `-d`
//! and `-u`, so that no two accounts or pots share a name.

use std::fmt::Write;

use almoner_domain::account::{Account, Entry, Pot};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;

use super::journal::{CURRENCY, Totals};

pub(super) fn header(ledger: &str) -> String {
    format!(
        "; The entries of ledger {ledger}. Check them with: bean-check journal.beancount\n\
         ; The record of a transaction is its position. Accounts end in fund, source, purpose.\n\
         \n\
         option \"title\" \"Ledger {ledger}\"\n\
         option \"operating_currency\" \"{CURRENCY}\"\n"
    )
}

pub(super) fn transaction(position: u64, on: Date, event: &Event, entry: &Entry) -> String {
    let mut text = format!("\n{on} * \"{}\" \"{}\"\n", event.kind(), event.subject());
    // Writing to a string does not fail.
    let _ = writeln!(text, "  record: {position}");
    for posting in entry.postings() {
        let account = account(posting.account, &posting.pot);
        let _ = writeln!(text, "  {account}  {} {CURRENCY}", posting.amount);
    }
    text
}

/// The opening of every account, and its balance at the end. Beancount sorts by date, so that the place
/// in the file does not matter; a balance is that of the morning of its day.
pub(super) fn closing(totals: &Totals) -> String {
    let mut text = String::from("\n");
    for ((name, pot), first) in &totals.first_used {
        let _ = writeln!(text, "{first} open {} {CURRENCY}", account(*name, pot));
    }
    let Some(last) = totals.last else { return text };
    text.push('\n');
    let morning_after = match last {
        Date::LAST => "2200-01-01".to_owned(),
        _ => last.plus_days(1).to_string(),
    };
    for (name, pot, amount) in totals.balances() {
        let account = account(name, pot);
        // Without a stated tolerance a fen too many would pass.
        let _ = writeln!(text, "{morning_after} balance {account}  {amount} ~ 0.00 {CURRENCY}");
    }
    text
}

fn account(account: Account, pot: &Pot) -> String {
    let part = |prefix: char, id: &Option<Id>, absent: &str| match id {
        Some(id) => format!("{prefix}-{}", escaped(id)),
        None => absent.to_owned(),
    };
    let fund = part('F', &pot.fund, "NoFund");
    let source = part('S', &pot.source, "NoSource");
    let purpose = part('P', &pot.purpose, "NoPurpose");
    format!("{}:{fund}:{source}:{purpose}", chart_name(account))
}

/// `memo_contra:bank_loan` becomes `Equity:MemoContra:BankLoan`.
fn chart_name(account: Account) -> String {
    let code = account.code();
    let root = if code.starts_with("memo") { "Equity:" } else { "" };
    let parts: Vec<String> = code.split(':').map(capitalised).collect();
    format!("{root}{}", parts.join(":"))
}

/// `fund_bank` becomes `FundBank`.
fn capitalised(part: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    part.split('_').map(capital).collect()
}

fn escaped(id: &Id) -> String {
    let mut text = String::new();
    for letter in id.as_str().chars() {
        match letter {
            '-' => text.push_str("--"),
            '.' => text.push_str("-d"),
            '_' => text.push_str("-u"),
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_accounts_or_pots_share_a_name() {
        let ids = ["a", "A", "a-b", "a.b", "a_b", "a--b", "a-d", "ad", "NoFund", "1"];
        let mut ids: Vec<Option<Id>> = ids.iter().map(|id| id.parse().ok()).collect();
        assert!(ids.iter().all(Option::is_some));
        ids.push(None);
        let mut names = BTreeSet::new();
        let mut count = 0;
        for &chart in Account::ALL {
            for fund in &ids {
                for purpose in &ids {
                    let pot =
                        Pot { fund: fund.clone(), source: fund.clone(), purpose: purpose.clone() };
                    names.insert(account(chart, &pot));
                    count += 1;
                }
            }
        }
        assert_eq!(names.len(), count);
    }

    #[test]
    fn names_keep_to_beancounts_letters() {
        let pot = Pot { fund: "F.2002".parse().ok(), source: "union".parse().ok(), purpose: None };
        assert_eq!(account(Account::FundBank, &pot), "Assets:FundBank:F-F-d2002:S-union:NoPurpose");
        assert_eq!(chart_name(Account::BankLoanContra), "Equity:MemoContra:BankLoan");
    }
}
