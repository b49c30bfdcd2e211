//! The numbers that stand for accounts and pots in the entries.

use std::collections::{BTreeMap, HashMap};

use almoner_domain::account::{Account, Pot};
use almoner_log::{Database, Row};

use crate::ViewsError;
use crate::snapshot::{damaged, optional_id};

/// Which number stands for which account and pot: given in the order in which the log first names them,
/// so that the same log always gives the same numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Balances {
    numbers: HashMap<Pot, BTreeMap<Account, i64>>,
    last: i64,
}

impl Balances {
    /// The numbers that a set has given so far.
    pub async fn load(database: &Database, set: i64) -> Result<Self, ViewsError> {
        let sql = "SELECT account, fund, source, purpose, number FROM balance
                   WHERE view_set = $1 ORDER BY number";
        let mut balances = Self::default();
        for row in database.rows(sql, &[set.into()]).await? {
            let (account, pot) = account_and_pot(&row, 0)?;
            balances.last = row.integer(4)?;
            balances.numbers.entry(pot).or_default().insert(account, balances.last);
        }
        Ok(balances)
    }

    /// The number of an account and pot, a new one the first time.
    pub fn number(&mut self, account: Account, pot: &Pot) -> i64 {
        if let Some(number) = self.numbers.get(pot).and_then(|accounts| accounts.get(&account)) {
            return *number;
        }
        self.last += 1;
        self.numbers.entry(pot.clone()).or_default().insert(account, self.last);
        self.last
    }
}

/// Reads an account and pot from four columns.
pub(crate) fn account_and_pot(row: &Row, first: usize) -> Result<(Account, Pot), ViewsError> {
    let code = row.text(first)?;
    let account =
        Account::from_code(code).ok_or_else(|| damaged(format!("there is no account {code}")))?;
    let part = |column: usize| optional_id(Some(row.text(column)?).filter(|text| !text.is_empty()));
    let pot = Pot { fund: part(first + 1)?, source: part(first + 2)?, purpose: part(first + 3)? };
    Ok((account, pot))
}
