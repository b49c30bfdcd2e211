//! Asset mortgages: the items that secure premium arrears, and what became of each.

use std::collections::BTreeMap;

use almoner_domain::asset_mortgage::ItemKind;
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_log::{Row, Store};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{AsOf, Snapshot, damaged, date, id, money, named};

/// Mortgaged items on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mortgages {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The day for which it is said what has expired.
    pub on: Date,
    /// The items, by mortgage and name.
    pub items: Vec<MortgagedItem>,
}

/// A mortgaged item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MortgagedItem {
    /// The mortgage.
    pub mortgage: Id,
    /// The item within the mortgage.
    pub item: Id,
    /// The programme whose arrears it secures.
    pub programme: Id,
    /// Who owes and mortgages.
    pub enterprise: Pseudonym,
    /// What it is.
    pub kind: ItemKind,
    /// What it is worth.
    pub valuation: Money,
    /// The day on which it was mortgaged.
    pub registered_on: Date,
    /// The last day before an auction.
    pub expires_on: Date,
    /// Where it stands.
    pub stage: MortgageStage,
    /// The day on which it was released or auctioned.
    pub ended_on: Option<Date>,
    /// What it was sold for, less the costs of the auction.
    pub proceeds: Money,
    /// What of the proceeds went to the owner, because nothing more was owed.
    pub surplus: Money,
    /// What stayed due after the auction.
    pub shortfall: Money,
}

/// Where a mortgaged item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MortgageStage {
    /// It secures what is owed.
    Held,
    /// Held past its last day: it may be auctioned while something is owed.
    Expired,
    /// It went back to its owner (解押).
    Released,
    /// It was sold (拍卖).
    Auctioned,
}

const ROWS: &str = "
SELECT mortgage, item, kind, programme, enterprise, what, valuation, expires_on, proceeds, surplus,
       shortfall, happened_on
FROM mortgage
WHERE view_set = $1 AND position <= $2 AND happened_on <= $3
  AND (reversed_at IS NULL OR reversed_at > $2)";

/// Mortgaged items, all or those of an enterprise. What has expired is said for the effective day asked
/// for, or else for `today`.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn mortgages(
    store: &Store,
    as_of: AsOf,
    today: Date,
    enterprise: Option<Pseudonym>,
) -> Result<Mortgages, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let on = as_of.effective.unwrap_or(today);
    let mut items: BTreeMap<(Id, Id), MortgagedItem> = BTreeMap::new();
    for row in snapshot.lines_of(ROWS, bounds, enterprise).await? {
        let key = (id(row.text(0)?)?, id(row.text(1)?)?);
        if row.text(2)? == "registered" {
            items.insert(key, registered(&row, on)?);
        } else {
            let item = items.get_mut(&key).ok_or_else(|| damaged("an item was never mortgaged"))?;
            item.end(&row)?;
        }
    }
    let items = items.into_values().collect();
    Ok(Mortgages { position: snapshot.known(as_of), on, items })
}

fn registered(row: &Row, on: Date) -> Result<MortgagedItem, ViewsError> {
    let kind = row.optional_text(5)?.ok_or_else(|| damaged("a mortgaged item is of no kind"))?;
    let expires_on = date(row.integer(7)?)?;
    Ok(MortgagedItem {
        mortgage: id(row.text(0)?)?,
        item: id(row.text(1)?)?,
        programme: id(row.text(3)?)?,
        enterprise: named(row.text(4)?)?,
        kind: named(kind)?,
        valuation: money(row, 6)?,
        registered_on: date(row.integer(11)?)?,
        expires_on,
        stage: if expires_on < on { MortgageStage::Expired } else { MortgageStage::Held },
        ended_on: None,
        proceeds: Money::ZERO,
        surplus: Money::ZERO,
        shortfall: Money::ZERO,
    })
}

impl MortgagedItem {
    /// Whether it still secures what is owed.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.ended_on.is_none()
    }

    fn end(&mut self, row: &Row) -> Result<(), ViewsError> {
        self.stage = named(row.text(2)?)?;
        self.ended_on = Some(date(row.integer(11)?)?);
        (self.proceeds, self.surplus, self.shortfall) =
            (money(row, 8)?, money(row, 9)?, money(row, 10)?);
        Ok(())
    }
}
