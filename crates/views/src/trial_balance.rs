//! The trial balance: every account of every fund, and their sum, which is zero (P4).

use std::collections::BTreeMap;

use almoner_domain::account::Account;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_log::Store;
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::funds::balances;
use crate::snapshot::{AsOf, Snapshot};

/// The trial balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialBalance {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The accounts that are not zero, in the order of the chart, and in each the funds by name.
    pub lines: Vec<TrialBalanceLine>,
    /// The sum of the debits.
    pub debit: Money,
    /// The sum of the credits.
    pub credit: Money,
    /// Debits less credits: zero, or the books are wrong.
    pub sum: Money,
}

/// One account of one fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialBalanceLine {
    /// The code of the account.
    pub account: String,
    /// The fund; none where no fund is touched.
    pub fund: Option<Id>,
    /// The balance when it is a debit, else zero.
    pub debit: Money,
    /// The balance when it is a credit, else zero; written as a positive amount.
    pub credit: Money,
}

/// The trial balance.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn trial_balance(store: &Store, as_of: AsOf) -> Result<TrialBalance, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let mut sums: BTreeMap<(Account, Option<Id>), Money> = BTreeMap::new();
    for (account, pot, amount) in balances(&mut snapshot, bounds).await? {
        *sums.entry((account, pot.fund)).or_default() += amount;
    }
    let line = |((account, fund), amount): ((Account, Option<Id>), Money)| TrialBalanceLine {
        account: account.code().to_owned(),
        fund,
        debit: amount.or_zero(),
        credit: (-amount).or_zero(),
    };
    let lines: Vec<_> = sums.into_iter().filter(|(_, sum)| !sum.is_zero()).map(line).collect();
    let debit: Money = lines.iter().map(|line| line.debit).sum();
    let credit: Money = lines.iter().map(|line| line.credit).sum();
    let position = snapshot.known(as_of);
    Ok(TrialBalance { position, lines, debit, credit, sum: debit - credit })
}
