//! Wage arrears: what workers claim of an employer, what came in, and what each was paid.

use std::collections::BTreeMap;

use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_log::{Row, Store};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{AsOf, Snapshot, date, id, money, named};
use crate::table::values;

/// Wage cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wages {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The cases, by name.
    pub cases: Vec<WageCase>,
}

/// A case of workers against an employer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WageCase {
    /// The case.
    pub case: Id,
    /// Who owes the wages.
    pub employer: Pseudonym,
    /// The day on which it was filed.
    pub filed_on: Date,
    /// The day on which employer and workers came to an agreement (协调).
    pub coordinated_on: Option<Date>,
    /// What the workers claim.
    pub claimed: Money,
    /// What came from the employer.
    pub recovered: Money,
    /// What of that was paid to workers.
    pub paid: Money,
    /// What of it is still held for them.
    pub held: Money,
    /// What the employer still owes: claimed and not recovered.
    pub open: Money,
    /// What each worker claims and got, by pseudonym.
    pub workers: Vec<WorkerWages>,
}

/// The wages of a worker in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerWages {
    /// The worker.
    pub worker: Pseudonym,
    /// What the worker claims.
    pub claimed: Money,
    /// What the worker was paid.
    pub paid: Money,
    /// What the worker still waits for.
    pub unpaid: Money,
}

const ROWS: &str = "
SELECT wage_case, kind, employer, worker, amount, happened_on FROM wage
WHERE view_set = $1 AND position <= $2 AND happened_on <= $3
  AND (reversed_at IS NULL OR reversed_at > $2)";

/// The wage cases, all or the one with a name.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn wages(store: &Store, as_of: AsOf, case: Option<&Id>) -> Result<Wages, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let (mut sql, mut values) =
        (ROWS.to_owned(), Vec::from(values![snapshot.set, bounds.position, bounds.day]));
    if let Some(case) = case {
        sql.push_str(" AND wage_case = $4");
        values.push(case.as_str().into());
    }
    sql.push_str(" ORDER BY position, line");
    let mut cases: BTreeMap<Id, Sums> = BTreeMap::new();
    for row in snapshot.rows(&sql, &values).await? {
        take_in(&mut cases, &row)?;
    }
    let cases = cases.into_iter().map(|(case, sums)| sums.answer(case)).collect();
    Ok(Wages { position: snapshot.known(as_of), cases })
}

/// A case while it is added up.
struct Sums {
    employer: Pseudonym,
    filed_on: Date,
    coordinated_on: Option<Date>,
    recovered: Money,
    /// Claimed and paid.
    workers: BTreeMap<Pseudonym, (Money, Money)>,
}

fn take_in(cases: &mut BTreeMap<Id, Sums>, row: &Row) -> Result<(), ViewsError> {
    let case = id(row.text(0)?)?;
    let (amount, on) = (money(row, 4)?, date(row.integer(5)?)?);
    if let Some(employer) = row.optional_text(2)? {
        let filed = Sums {
            employer: named(employer)?,
            filed_on: on,
            coordinated_on: None,
            recovered: Money::ZERO,
            workers: BTreeMap::new(),
        };
        cases.entry(case.clone()).or_insert(filed);
    }
    // An agreement stays when the filing that it followed is taken back; it is then of no case.
    let Some(sums) = cases.get_mut(&case) else { return Ok(()) };
    let worker = row.optional_text(3)?.map(named).transpose()?;
    match (row.text(1)?, worker) {
        ("filed", Some(worker)) => sums.workers.entry(worker).or_default().0 += amount,
        ("paid", Some(worker)) => sums.workers.entry(worker).or_default().1 += amount,
        ("recovered", _) => sums.recovered += amount,
        _ => sums.coordinated_on = Some(on),
    }
    Ok(())
}

impl Sums {
    fn answer(self, case: Id) -> WageCase {
        let sum = |part: fn(&(Money, Money)) -> Money| self.workers.values().map(part).sum();
        let (claimed, paid): (Money, Money) = (sum(|one| one.0), sum(|one| one.1));
        let worker = |(worker, (claimed, paid)): (&Pseudonym, &(Money, Money))| WorkerWages {
            worker: *worker,
            claimed: *claimed,
            paid: *paid,
            unpaid: *claimed - *paid,
        };
        WageCase {
            case,
            employer: self.employer,
            filed_on: self.filed_on,
            coordinated_on: self.coordinated_on,
            claimed,
            recovered: self.recovered,
            paid,
            held: self.recovered - paid,
            open: claimed - self.recovered,
            workers: self.workers.iter().map(worker).collect(),
        }
    }
}

impl WageCase {
    /// Whether every worker has got all.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.claimed == self.paid
    }
}
