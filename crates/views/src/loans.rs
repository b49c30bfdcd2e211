//! The list of loans, and what of a loan stands in it.

use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::rate::Rate;
use almoner_domain::schedule::Method;
use almoner_log::{Row, Store, Value};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{AsOf, Bounds, Snapshot, damaged, date, id, named, optional_id, position};
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
    /// The annual rate, once approved.
    pub annual_rate: Option<Rate>,
    /// The repayment method, once approved.
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

/// A row of the table of loans, with the positions and dates that say which part of it counts.
#[derive(Clone, Debug)]
pub(crate) struct LoanRow {
    pub name: String,
    pub programme: Id,
    pub version: u32,
    pub category: Id,
    pub borrower: Pseudonym,
    pub bank: Option<Id>,
    pub months: u16,
    pub applied: Step,
    pub approved: Option<Step>,
    pub annual_rate: Option<Rate>,
    pub method: Option<Method>,
    pub fund: Option<Id>,
    pub guaranteed: Option<Step>,
    pub guarantee_fund: Option<Id>,
    pub cancelled: Option<Step>,
}

/// A step in the life of a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub amount: Money,
    pub on: Date,
    pub position: u64,
}

/// The columns that [`LoanRow`] is read from.
pub(crate) const LOAN_COLUMNS: &str = "loan, programme, version, category, borrower, bank, months,
    applied_amount, applied_on, applied_at, approved_amount, approved_on, approved_at, annual_rate,
    method, fund, guarantee, guaranteed_on, guaranteed_at, guarantee_fund, cancelled_on, cancelled_at";

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
                loans.push(row.summary(&standing, stage, bounds)?);
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

impl LoanRow {
    pub fn read(row: &Row) -> Result<Self, ViewsError> {
        let text = |column| row.optional_text(column);
        let small = |column: usize| {
            let number = row.integer(column)?;
            u32::try_from(number).map_err(|_| damaged(format!("{number} is out of range")))
        };
        let applied = Step::read(row, 7)?.ok_or_else(|| damaged("a loan without application"))?;
        Ok(Self {
            name: row.text(0)?.to_owned(),
            programme: id(row.text(1)?)?,
            version: small(2)?,
            category: id(row.text(3)?)?,
            borrower: named(row.text(4)?)?,
            bank: optional_id(text(5)?)?,
            months: u16::try_from(small(6)?).map_err(|_| damaged("a term is out of range"))?,
            applied,
            approved: Step::read(row, 10)?,
            annual_rate: text(13)?.map(named).transpose()?,
            method: text(14)?.map(named).transpose()?,
            fund: optional_id(text(15)?)?,
            guaranteed: Step::read(row, 16)?,
            guarantee_fund: optional_id(text(19)?)?,
            cancelled: Step::read_bare(row, Money::ZERO, 20)?,
        })
    }

    /// How far the loan has come; `None` when it does not exist yet.
    pub fn stage(&self, standing: &Standing, bounds: Bounds) -> Option<LoanStage> {
        let counts = |step: &Step| step.counts(bounds);
        if self.cancelled.as_ref().is_some_and(counts) {
            Some(LoanStage::Cancelled)
        } else if standing.disbursement.is_some() {
            Some(standing.stage())
        } else if self.approved.as_ref().is_some_and(counts) {
            Some(LoanStage::Approved)
        } else {
            counts(&self.applied).then_some(LoanStage::Applied)
        }
    }

    fn summary(
        &self,
        standing: &Standing,
        stage: LoanStage,
        bounds: Bounds,
    ) -> Result<LoanSummary, ViewsError> {
        let approved = self.approved.filter(|step| step.counts(bounds));
        let approved_amount = approved.map_or(self.applied.amount, |approved| approved.amount);
        Ok(LoanSummary {
            loan: id(&self.name)?,
            programme: self.programme.clone(),
            version: self.version,
            category: self.category.clone(),
            borrower: self.borrower,
            bank: self.bank.clone(),
            stage,
            amount: standing.disbursement.map_or(approved_amount, |(_, _, amount)| amount),
            months: self.months,
            annual_rate: self.annual_rate.filter(|_| approved.is_some()),
            method: self.method.filter(|_| approved.is_some()),
            disbursed_on: standing.disbursement.map(|(_, on, _)| on),
            open_principal: standing.open_principal,
            open_interest: standing.open_interest,
            overpaid: standing.overpaid,
        })
    }
}

impl Step {
    pub fn counts(&self, bounds: Bounds) -> bool {
        let at = i64::try_from(self.position).ok();
        bounds.count(at, Some(self.on.day_number().into()))
    }

    /// Reads an amount, a day and a position from three columns; `None` when it was not taken.
    fn read(row: &Row, first: usize) -> Result<Option<Self>, ViewsError> {
        match row.optional_integer(first)? {
            Some(amount) => Self::read_bare(row, Money::from_fen(amount), first + 1),
            None => Ok(None),
        }
    }

    fn read_bare(row: &Row, amount: Money, first: usize) -> Result<Option<Self>, ViewsError> {
        let (Some(on), Some(at)) = (row.optional_integer(first)?, row.optional_integer(first + 1)?)
        else {
            return Ok(None);
        };
        Ok(Some(Self { amount, on: date(on)?, position: position(at)? }))
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
