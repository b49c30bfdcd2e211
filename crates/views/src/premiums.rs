//! Premium arrears: what enterprises owe by insurance and month, with the late fee up to a day.

use std::collections::BTreeMap;

use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::month::Month;
use almoner_domain::premium_arrears::{Arrear, Insurance, PremiumArrearsTerms};
use almoner_domain::programme::Terms;
use almoner_domain::state::Link;
use almoner_log::{Row, Store};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{AsOf, Bounds, Snapshot, damaged, date, id, money, named, position};
use crate::table::values;

/// What enterprises owe in premiums on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Premiums {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The day up to which late fees are counted.
    pub on: Date,
    /// What was assessed, settled or not, by enterprise, programme, month and insurance.
    pub arrears: Vec<PremiumArrear>,
}

/// The arrears of an enterprise for a month of an insurance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PremiumArrear {
    /// Who owes it.
    pub enterprise: Pseudonym,
    /// The programme that collects it.
    pub programme: Id,
    /// The insurance.
    pub insurance: Insurance,
    /// The month.
    pub month: Month,
    /// The day on which it was due; the late fee runs from this day on.
    pub due_on: Date,
    /// The premium assessed.
    pub premium: Money,
    /// What of it is paid.
    pub paid: Money,
    /// What of it is not.
    pub open: Money,
    /// The late fee (滞纳金) in all: charged when something was paid, and run since then.
    pub late_fee: Money,
    /// What of it is paid.
    pub late_fee_paid: Money,
    /// What of it is not.
    pub late_fee_open: Money,
}

/// What counts of the assessments and payments, in the order of the log.
const ROWS: &str = "
SELECT enterprise, programme, month, insurance, kind, position, happened_on, amount, charged, late_fee,
       due_on
FROM premium
WHERE view_set = $1 AND position <= $2 AND happened_on <= $3
  AND (reversed_at IS NULL OR reversed_at > $2)";

/// The programmes that collect arrears, and which version is in force from when.
const VERSIONS: &str = "
SELECT programme, effective_from, effective_to, terms FROM programme
WHERE view_set = $1 AND position <= $2 ORDER BY programme, version";

/// What enterprises owe in premiums, or one enterprise. Late fees are counted up to the effective day
/// asked for, or else to `today`, by the version of the programme that is in force then; where none is, none
/// runs beyond what was charged.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn premiums(
    store: &Store,
    as_of: AsOf,
    today: Date,
    enterprise: Option<Pseudonym>,
) -> Result<Premiums, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let on = as_of.effective.unwrap_or(today);
    let mut accounts: BTreeMap<Key, Account> = BTreeMap::new();
    for row in snapshot.lines_of(ROWS, bounds, enterprise).await? {
        take_in(&mut accounts, &row)?;
    }
    let terms = terms_on(&mut snapshot, bounds, on).await?;
    let arrears = accounts.into_iter().map(|(key, account)| {
        let terms = terms.get(&key.1);
        account.answer(key, terms, on)
    });
    Ok(Premiums { position: snapshot.known(as_of), on, arrears: arrears.collect() })
}

/// Enterprise, programme, month, insurance.
type Key = (Pseudonym, Id, Month, Insurance);

/// What was assessed, what is left of it, and what was paid.
struct Account {
    arrear: Arrear,
    late_fee_paid: Money,
}

fn take_in(accounts: &mut BTreeMap<Key, Account>, row: &Row) -> Result<(), ViewsError> {
    let key = (named(row.text(0)?)?, id(row.text(1)?)?, named(row.text(2)?)?, named(row.text(3)?)?);
    let (happened_on, amount) = (date(row.integer(6)?)?, money(row, 7)?);
    if row.text(4)? == "assessed" {
        let due_on = date(row.integer(10)?)?;
        let assessed = Link { position: position(row.integer(5)?)?, effective_on: happened_on };
        let arrear = Arrear {
            due: amount,
            due_on,
            premium: amount,
            late_fee: Money::ZERO,
            charged: Money::ZERO,
            charged_until: due_on,
            assessed,
        };
        accounts.insert(key, Account { arrear, late_fee_paid: Money::ZERO });
        return Ok(());
    }
    let account = accounts.get_mut(&key).ok_or_else(|| damaged("a premium was never assessed"))?;
    let (charged, late_fee) = (money(row, 8)?, money(row, 9)?);
    let arrear = &mut account.arrear;
    arrear.premium -= amount;
    arrear.charged += charged;
    arrear.late_fee += charged - late_fee;
    arrear.charged_until = arrear.charged_until.max(happened_on);
    account.late_fee_paid += late_fee;
    Ok(())
}

impl Account {
    fn answer(self, key: Key, terms: Option<&PremiumArrearsTerms>, on: Date) -> PremiumArrear {
        let Self { arrear, late_fee_paid } = self;
        let since = terms.map_or(Money::ZERO, |terms| arrear.late_fee_since(terms, on));
        let (enterprise, programme, month, insurance) = key;
        PremiumArrear {
            enterprise,
            programme,
            insurance,
            month,
            due_on: arrear.due_on,
            premium: arrear.due,
            paid: arrear.due - arrear.premium,
            open: arrear.premium,
            late_fee: arrear.charged + since,
            late_fee_paid,
            late_fee_open: arrear.late_fee + since,
        }
    }
}

impl PremiumArrear {
    /// Premium and late fee that are not paid.
    #[must_use]
    pub fn owed(&self) -> Money {
        self.open + self.late_fee_open
    }
}

/// By programme, the terms of the version in force on a day.
async fn terms_on(
    snapshot: &mut Snapshot,
    bounds: Bounds,
    on: Date,
) -> Result<BTreeMap<Id, PremiumArrearsTerms>, ViewsError> {
    let day = i64::from(on.day_number());
    let mut terms = BTreeMap::new();
    for row in snapshot.rows(VERSIONS, &values![snapshot.set, bounds.position]).await? {
        let in_force =
            row.integer(1)? <= day && row.optional_integer(2)?.is_none_or(|to| day <= to);
        if !in_force {
            continue;
        }
        let found = serde_json::from_str(row.text(3)?)
            .map_err(|error| damaged(format!("the terms of a programme: {error}")))?;
        if let Terms::PremiumArrears(found) = found {
            terms.insert(id(row.text(0)?)?, found);
        }
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::{empty_views, plan};

    #[tokio::test]
    async fn what_one_enterprise_owes_is_found_by_an_index() {
        let (_directory, mut snapshot) = empty_views().await;
        let values = values![snapshot.set, 1_000_i64, 12_000_i64, "0".repeat(32)];
        let question = format!("{ROWS} AND enterprise = $4 ORDER BY position, line");
        let steps = plan(&mut snapshot, &question, &values).await;
        let by = "premium_of_enterprise (view_set=? AND enterprise=? AND position<?)";
        assert!(steps.iter().any(|step| step.ends_with(by)), "{steps:#?}");
    }
}
