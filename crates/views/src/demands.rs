//! Money of subsidies that is demanded back: who owes what of which payment.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_log::{Row, Store};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{AsOf, Snapshot, date, id, money, named, position};
use crate::table::values;

/// What of payments is demanded back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demands {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// By payment, in the order of their records.
    pub demands: Vec<PaymentDemand>,
}

/// What of a payment is demanded back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDemand {
    /// The position of the payment's record.
    pub payment: u64,
    /// The subsidy.
    pub subsidy: Id,
    /// The programme.
    pub programme: Id,
    /// The fund that paid.
    pub fund: Id,
    /// Who owes it.
    pub beneficiary: Pseudonym,
    /// The day of the first demand.
    pub demanded_on: Date,
    /// What was demanded.
    pub demanded: Money,
    /// What of that came back.
    pub returned: Money,
    /// What is still owed.
    pub open: Money,
}

const ROWS: &str = "
SELECT kind, payment, subsidy, programme, fund, beneficiary, amount, happened_on FROM demand
WHERE view_set = $1 AND position <= $2 AND happened_on <= $3
  AND (reversed_at IS NULL OR reversed_at > $2)";

/// What is demanded back, of all or of one person.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn demands(
    store: &Store,
    as_of: AsOf,
    beneficiary: Option<Pseudonym>,
) -> Result<Demands, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let (mut sql, mut values) =
        (ROWS.to_owned(), Vec::from(values![snapshot.set, bounds.position, bounds.day]));
    if let Some(beneficiary) = beneficiary {
        sql.push_str(" AND beneficiary = $4");
        values.push(beneficiary.to_string().into());
    }
    sql.push_str(" ORDER BY position");
    let mut demands = BTreeMap::new();
    for row in snapshot.rows(&sql, &values).await? {
        take_in(&mut demands, &row)?;
    }
    Ok(Demands { position: snapshot.known(as_of), demands: demands.into_values().collect() })
}

fn take_in(demands: &mut BTreeMap<u64, PaymentDemand>, row: &Row) -> Result<(), ViewsError> {
    let (payment, amount, on) =
        (position(row.integer(1)?)?, money(row, 6)?, date(row.integer(7)?)?);
    let demand = match demands.entry(payment) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(PaymentDemand {
            payment,
            subsidy: id(row.text(2)?)?,
            programme: id(row.text(3)?)?,
            fund: id(row.text(4)?)?,
            beneficiary: named(row.text(5)?)?,
            demanded_on: on,
            demanded: Money::ZERO,
            returned: Money::ZERO,
            open: Money::ZERO,
        }),
    };
    if row.text(0)? == "demanded" {
        demand.demanded_on = demand.demanded_on.min(on);
        demand.demanded += amount;
    } else {
        demand.returned += amount;
    }
    demand.open = demand.demanded - demand.returned;
    Ok(())
}
