//! What the readers of all kinds of files have in common: cells taken or named, totals, the number of rows.

use almoner_domain::MAX_LINES;
use almoner_domain::money::Money;

use crate::amount::read_amount;
use crate::columns::Found;
use crate::fault::{Fault, Reason};
use crate::table::{Row, Table};

/// What marks a row that sums up all rows above it.
const TOTALS: [&str; 3] = ["合计", "总计", "total"];

/// A file while it is read.
pub(crate) struct Reading<'a> {
    pub found: Found<'a>,
    faults: Vec<Fault>,
}

impl<'a> Reading<'a> {
    pub fn of(found: Found<'a>) -> Self {
        Self { found, faults: Vec::new() }
    }

    /// Takes what was read from a cell, or names the cell.
    pub fn take<T>(&mut self, row: &Row, column: usize, read: Result<T, Reason>) -> Option<T> {
        read.map_err(|reason| self.faults.push(self.found.fault(row, column, reason))).ok()
    }

    /// The cell of a row, read by `read` unless it is empty.
    pub fn cell<T>(
        &mut self,
        row: &Row,
        column: usize,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        let cell = self.found.cell(row, column);
        let read = if cell.is_empty() { Err(Reason::CellEmpty) } else { read(cell) };
        self.take(row, column, read)
    }

    pub fn amount(&mut self, row: &Row, column: usize) -> Option<Money> {
        let unit = self.found.unit(column);
        self.cell(row, column, |cell| read_amount(cell, unit))
    }

    /// Holds a row of totals against the sum of the lines above; whether the row was one.
    pub fn is_total(&mut self, row: &Row, column: usize, sum: Money) -> bool {
        let mut words = row.cells.iter().filter(|cell| !cell.is_empty());
        let sums_up = words.next().is_some_and(|word| {
            let word: String = word.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
            TOTALS.contains(&word.to_lowercase().as_str())
        });
        if sums_up && !self.found.cell(row, column).is_empty() {
            // With faults above, the sum is not the file's.
            let known = self.faults.is_empty();
            if let Some(stated) = self.amount(row, column).filter(|stated| known && *stated != sum)
            {
                let differs: Result<(), _> = Err(Reason::TotalDiffers { stated, sum });
                self.take(row, column, differs);
            }
        }
        sums_up
    }

    /// Ends the reading of a file whose lines stand in `rows`.
    ///
    /// # Errors
    /// Every fault of the file.
    pub fn finish(
        mut self,
        table: &Table,
        rows: impl IntoIterator<Item = u32>,
    ) -> Result<(), Vec<Fault>> {
        let whole =
            |row, reason| Fault { row, column: String::new(), value: String::new(), reason };
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() && self.faults.is_empty() {
            let row = table.rows.last().map_or(1, |row| row.number);
            self.faults.push(whole(row, Reason::NoRows));
        }
        if let Some(beyond) = rows.nth(MAX_LINES) {
            self.faults.push(whole(beyond, Reason::TooManyRows { maximum: MAX_LINES }));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }
}
