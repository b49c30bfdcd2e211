//! The list of loans.

use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::rate::Rate;
use almoner_domain::schedule::Method;
use almoner_log::{Store, Value};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::loan_row::{LOAN_COLUMNS, LoanRow};
use crate::snapshot::{AsOf, Bounds, Snapshot, id};
use crate::standing::{LoanStage, Standing, standings};

/// Which loans a list shows. Every part that is given narrows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoanFilter {
    /// Only loans of this programme.
    pub programme: Option<Id>,
    /// Only loans of this borrower.
    pub borrower: Option<Pseudonym>,
    /// Only loans that have come so far.
    pub stage: Option<LoanStage>,
}

/// A page of the list of loans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loans {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The loans by name.
    pub loans: Vec<LoanSummary>,
    /// Where the next page begins, if there is one: to be handed in as `after`.
    pub next: Option<Id>,
}

/// A loan in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanSummary {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version of the programme that decides over it.
    pub version: u32,
    /// The category within the programme.
    pub category: Id,
    /// Who borrows.
    pub borrower: Pseudonym,
    /// The handling bank (经办银行), where a bank lends.
    pub bank: Option<Id>,
    /// How far it has come.
    pub stage: LoanStage,
    /// The amount lent; before that the amount approved, or applied for.
    pub amount: Money,
    /// The term in months.
    pub months: u16,
    /// The annual rate that holds, once approved.
    pub annual_rate: Option<Rate>,
    /// The repayment method that holds, once approved.
    pub method: Option<Method>,
    /// The day on which it was lent.
    pub disbursed_on: Option<Date>,
    /// Principal not yet repaid.
    pub open_principal: Money,
    /// Interest of the schedule not yet paid.
    pub open_interest: Money,
    /// Paid beyond what was owed, and not yet refunded.
    pub overpaid: Money,
}

/// The most loans on a page.
const LONGEST_PAGE: u32 = 500;

/// A page of the list of loans: at most `limit` (and 500) of them by name, after the one named `after`.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn loans(
    store: &Store,
    as_of: AsOf,
    filter: &LoanFilter,
    after: Option<&Id>,
    limit: u32,
) -> Result<Loans, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let limit = limit.clamp(1, LONGEST_PAGE);
    // The stage in the table is the one of now; for another time it is worked out, loan by loan.
    let now = as_of.effective.is_none() && snapshot.known(as_of) == snapshot.position;
    let mut after = after.map_or(String::new(), Id::to_string);
    let mut loans = Vec::new();
    // One more than was asked for tells whether there is a next page.
    let batch = limit + 1;
    loop {
        let (sql, values) = query(&snapshot, filter, now, &after, batch);
        let rows = snapshot.rows(&sql, &values).await?;
        let rows = rows.iter().map(LoanRow::read).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
        let mut found = standings(&mut snapshot, &names, bounds).await?;
        for row in &rows {
            let standing = found.remove(&row.name).unwrap_or_default();
            let Some(stage) = row.stage(&standing, bounds) else { continue };
            if filter.stage.is_none_or(|wanted| wanted == stage) {
                loans.push(LoanSummary::of(row, &standing, stage, bounds)?);
            }
        }
        match names.last().filter(|_| names.len() == batch as usize) {
            Some(last) if loans.len() <= limit as usize => after.clone_from(last),
            _ => break,
        }
    }
    let more = loans.len() > limit as usize;
    loans.truncate(limit as usize);
    let next = loans.last().filter(|_| more).map(|last| last.loan.clone());
    Ok(Loans { position: snapshot.known(as_of), loans, next })
}

impl LoanSummary {
    fn of(
        row: &LoanRow,
        standing: &Standing,
        stage: LoanStage,
        bounds: Bounds,
    ) -> Result<Self, ViewsError> {
        let approval = row.approval(bounds);
        let asked = approval.as_ref().map_or(row.applied.amount, |approval| approval.amount);
        Ok(Self {
            loan: id(&row.name)?,
            programme: row.programme.clone(),
            version: row.version,
            category: row.category.clone(),
            borrower: row.borrower,
            bank: row.bank.clone(),
            stage,
            amount: standing.disbursement.map_or(asked, |(_, _, amount)| amount),
            months: row.months,
            annual_rate: standing.annual_rate.or(approval.as_ref().map(|one| one.annual_rate)),
            method: standing.method.or(approval.map(|one| one.method)),
            disbursed_on: standing.disbursement.map(|(_, on, _)| on),
            open_principal: standing.open_principal,
            open_interest: standing.open_interest,
            overpaid: standing.overpaid,
        })
    }
}

/// The statement for the next rows.
fn query(
    snapshot: &Snapshot,
    filter: &LoanFilter,
    now: bool,
    after: &str,
    limit: u32,
) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![snapshot.set.into(), after.into(), limit.into()];
    let mut conditions = String::new();
    let mut only = |column: &str, value: String| {
        values.push(value.into());
        conditions += &format!(" AND {column} = ${}", values.len());
    };
    if let Some(programme) = &filter.programme {
        only("programme", programme.to_string());
    }
    if let Some(borrower) = &filter.borrower {
        only("borrower", borrower.to_string());
    }
    if let Some(stage) = filter.stage.filter(|_| now) {
        only("stage", stage.as_str().to_owned());
    }
    let sql = format!(
        "SELECT {LOAN_COLUMNS} FROM loan WHERE view_set = $1 AND loan > $2{conditions}
         ORDER BY loan LIMIT $3"
    );
    (sql, values)
}
