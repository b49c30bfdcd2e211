//! Certificates: how many are issued in a region against what is due there.

use std::collections::BTreeMap;

use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_log::Store;
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{AsOf, Snapshot, damaged, id};
use crate::table::values;

/// Certificates on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificates {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The day for which it is said what has expired.
    pub on: Date,
    /// The figures, by series and region.
    pub regions: Vec<CertificateFigures>,
}

/// The certificates of a series in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFigures {
    /// Which certificates.
    pub series: Id,
    /// The region.
    pub region: Id,
    /// How many persons are entitled to one (应发), where that is recorded.
    pub due: Option<u64>,
    /// How many were issued.
    pub issued: u64,
    /// How many of them were withdrawn.
    pub withdrawn: u64,
    /// How many are held: issued and not withdrawn. That is what counts against those due.
    pub held: u64,
    /// How many of those held have expired.
    pub expired: u64,
    /// How many were used at least once.
    pub used: u64,
    /// How often they were used.
    pub uses: u64,
    /// How many are due and not held.
    pub missing: Option<u64>,
}

/// How many records there are of each kind, and of how many certificates.
const COUNTS: &str = "
SELECT series, region, kind, count(*), count(DISTINCT certificate) FROM certificate
WHERE view_set = $1 AND position <= $2 AND happened_on <= $3
GROUP BY series, region, kind";

/// How many are due: what was recorded last.
const DUE: &str = "
SELECT series, region, number FROM certificate
WHERE view_set = $1 AND kind = 'due' AND position <= $2 AND happened_on <= $3
ORDER BY position";

/// How many are held and have expired on the day `$4`.
const EXPIRED: &str = "
SELECT issued.series, issued.region, count(*) FROM certificate AS issued
WHERE issued.view_set = $1 AND issued.kind = 'issued' AND issued.valid_until_on < $4
  AND issued.position <= $2 AND issued.happened_on <= $3
  AND NOT EXISTS (
      SELECT 1 FROM certificate AS later
      WHERE later.view_set = $1 AND later.certificate = issued.certificate
        AND later.kind = 'withdrawn' AND later.position <= $2 AND later.happened_on <= $3)
GROUP BY issued.series, issued.region";

/// How many certificates there are, all or of a series. What has expired is said for the effective day
/// asked for, or else for `today`.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn certificates(
    store: &Store,
    as_of: AsOf,
    today: Date,
    series: Option<&Id>,
) -> Result<Certificates, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let on = as_of.effective.unwrap_or(today);
    let mut regions: BTreeMap<(Id, Id), CertificateFigures> = BTreeMap::new();
    let counted = values![snapshot.set, bounds.position, bounds.day];
    for row in snapshot.rows(COUNTS, &counted).await? {
        let figures = figures(&mut regions, row.text(0)?, row.text(1)?)?;
        let (records, certificates) = (count(row.integer(3)?)?, count(row.integer(4)?)?);
        match row.text(2)? {
            "issued" => figures.issued = records,
            "used" => (figures.used, figures.uses) = (certificates, records),
            "withdrawn" => figures.withdrawn = records,
            _ => {}
        }
    }
    for row in snapshot.rows(DUE, &counted).await? {
        figures(&mut regions, row.text(0)?, row.text(1)?)?.due = Some(count(row.integer(2)?)?);
    }
    let values = values![snapshot.set, bounds.position, bounds.day, on.day_number()];
    for row in snapshot.rows(EXPIRED, &values).await? {
        figures(&mut regions, row.text(0)?, row.text(1)?)?.expired = count(row.integer(2)?)?;
    }
    regions.retain(|(of, _), _| series.is_none_or(|series| series == of));
    let regions = regions.into_values().map(CertificateFigures::summed).collect();
    Ok(Certificates { position: snapshot.known(as_of), on, regions })
}

fn figures<'a>(
    regions: &'a mut BTreeMap<(Id, Id), CertificateFigures>,
    series: &str,
    region: &str,
) -> Result<&'a mut CertificateFigures, ViewsError> {
    let (series, region) = (id(series)?, id(region)?);
    let none = CertificateFigures {
        series: series.clone(),
        region: region.clone(),
        due: None,
        issued: 0,
        withdrawn: 0,
        held: 0,
        expired: 0,
        used: 0,
        uses: 0,
        missing: None,
    };
    Ok(regions.entry((series, region)).or_insert(none))
}

fn count(number: i64) -> Result<u64, ViewsError> {
    u64::try_from(number).map_err(|_| damaged(format!("there are {number} of something")))
}

impl CertificateFigures {
    fn summed(mut self) -> Self {
        self.held = self.issued.saturating_sub(self.withdrawn);
        self.missing = self.due.map(|due| due.saturating_sub(self.held));
        self
    }
}
