//! What of a loan stands in its own row, and how much of that counts for an as-of.

use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::rate::Rate;
use almoner_domain::schedule::Method;
use almoner_log::Row;

use crate::ViewsError;
use crate::loan::Approval;
use crate::snapshot::{Bounds, damaged, date, id, named, optional_id, position};
use crate::standing::{LoanStage, Standing};

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

    /// The approval, if it counts.
    pub fn approval(&self, bounds: Bounds) -> Option<Approval> {
        let approved = self.approved.filter(|step| step.counts(bounds))?;
        Some(Approval {
            on: approved.on,
            amount: approved.amount,
            annual_rate: self.annual_rate?,
            method: self.method?,
            fund: self.fund.clone(),
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
