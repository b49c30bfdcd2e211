//! Which column holds what: found by headings, or named by a column map (列映射) of the bank or office.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::amount::Unit;
use crate::fault::{Fault, Reason};
use crate::table::{Row, Table};

/// Headings stand within the first rows, below a title perhaps.
const ROWS_ABOVE_DATA: usize = 20;

/// How one bank or office writes its files.
///
/// ```toml
/// unit = "ten_thousand_yuan"      # where the headings do not say 元 or 万元
/// [columns]
/// amount = "本期实发"              # the heading of the column that holds the amount
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMap {
    /// In what amounts are written where neither the heading nor the cell says it; yuan when absent.
    #[serde(default)]
    unit: Option<MapUnit>,
    /// The heading of each column by what it holds.
    #[serde(default)]
    columns: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MapUnit {
    Yuan,
    TenThousandYuan,
}

/// A column that a file of some kind has.
pub(crate) struct Column {
    /// What it holds: its name in a column map.
    pub name: &'static str,
    /// The headings by which it is found.
    pub headings: &'static [&'static str],
    /// Whether the file is nothing without it.
    pub needed: bool,
}

/// The columns of a file.
pub(crate) struct Found<'a> {
    /// The rows below the headings.
    pub rows: &'a [Row],
    /// For each column where it is, as its heading says it, and in what its amounts are.
    places: Vec<Option<Place>>,
}

struct Place {
    index: usize,
    heading: String,
    unit: Unit,
}

impl ColumnMap {
    /// The first name in the map that is no column of the file's kind.
    pub(crate) fn unknown(&self, columns: &[Column]) -> Option<&str> {
        let known = |name: &str| columns.iter().any(|column| column.name == name);
        self.columns.keys().map(String::as_str).find(|name| !known(name))
    }
}

impl<'a> Found<'a> {
    /// Finds the row of headings: the first that has every needed column.
    pub fn find(table: &'a Table, columns: &[Column], map: &ColumnMap) -> Result<Self, Vec<Fault>> {
        let fault = |row: u32, column: &str, value: &str, reason| Fault {
            row,
            column: column.into(),
            value: value.into(),
            reason,
        };
        if let Some(name) = map.unknown(columns) {
            let known: Vec<_> = columns.iter().map(|column| column.name).collect();
            let accepted = known.join("、");
            return Err(vec![fault(1, name, "", Reason::ColumnMissing { accepted })]);
        }
        let missing = |row: &Row| -> Vec<&Column> {
            let needed = columns.iter().filter(|column| column.needed);
            needed.filter(|column| places(row, column, map).is_empty()).collect()
        };
        let candidates = table.rows.iter().take(ROWS_ABOVE_DATA);
        let Some((index, row)) = candidates.enumerate().min_by_key(|(_, row)| missing(row).len())
        else {
            return Err(vec![fault(1, "", "", Reason::NoRows)]);
        };
        let mut faults: Vec<Fault> = missing(row)
            .into_iter()
            .map(|column| {
                let wanted = map.columns.get(column.name).cloned();
                let accepted = wanted.unwrap_or_else(|| column.headings.join("、"));
                fault(row.number, column.name, "", Reason::ColumnMissing { accepted })
            })
            .collect();
        let mut found = Vec::new();
        for column in columns {
            let mut all = places(row, column, map);
            if all.len() > 1 {
                let headings: Vec<_> = all.iter().map(|place| place.heading.as_str()).collect();
                faults.push(fault(
                    row.number,
                    column.name,
                    &headings.join("、"),
                    Reason::ColumnTwice,
                ));
            }
            found.push(all.pop());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let rows = table.rows.get(index + 1..).unwrap_or_default();
        Ok(Self { rows, places: found })
    }

    /// What a row has in a column; empty where the file has no such column.
    pub fn cell<'r>(&self, row: &'r Row, column: usize) -> &'r str {
        let place = self.places.get(column).and_then(Option::as_ref);
        place.and_then(|place| row.cells.get(place.index)).map_or("", String::as_str)
    }

    /// In what a column's amounts are.
    pub fn unit(&self, column: usize) -> Unit {
        let place = self.places.get(column).and_then(Option::as_ref);
        place.map_or(Unit::Yuan, |place| place.unit)
    }

    /// That a cell cannot be taken.
    pub fn fault(&self, row: &Row, column: usize, reason: Reason) -> Fault {
        let place = self.places.get(column).and_then(Option::as_ref);
        Fault {
            row: row.number,
            column: place.map(|place| place.heading.clone()).unwrap_or_default(),
            value: self.cell(row, column).to_owned(),
            reason,
        }
    }
}

/// Where a row of headings names a column.
fn places(row: &Row, column: &Column, map: &ColumnMap) -> Vec<Place> {
    let mapped = map.columns.get(column.name);
    let of_map = match map.unit {
        Some(MapUnit::TenThousandYuan) => Unit::TenThousandYuan,
        Some(MapUnit::Yuan) | None => Unit::Yuan,
    };
    let cells = row.cells.iter().enumerate();
    let named = cells.filter(|(_, cell)| {
        let plain = plain(cell);
        match mapped {
            Some(heading) => **cell == crate::normal::normal(heading),
            None => column.headings.contains(&plain.as_str()),
        }
    });
    let place = |(index, cell): (usize, &String)| Place {
        index,
        heading: cell.clone(),
        unit: Unit::named_in(cell).unwrap_or(of_map),
    };
    named.map(place).collect()
}

/// A heading without what stands in brackets and without spaces: `金额 (万元)` is `金额`.
fn plain(heading: &str) -> String {
    let before = heading.split(['(', '[', '【']).next().unwrap_or(heading);
    before.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase()
}
