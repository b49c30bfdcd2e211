//! A file as rows of cells: CSV in UTF-8 or GB18030, or the first sheet of a workbook.

use std::io::Cursor;

use calamine::{Data, Reader};

use crate::normal::normal;

/// The rows of a file that are not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Each with its number as a spreadsheet shows it, from 1.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1.
    pub number: u32,
    /// Its cells, made [`normal`].
    pub cells: Vec<String>,
}

/// Why a file is no table.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Neither UTF-8 nor GB18030.
    #[error(
        "the text is neither UTF-8 nor GB18030 (GBK, GB2312): save it as CSV UTF-8, or as a workbook"
    )]
    Encoding,
    /// Not a CSV file.
    #[error("the file is no CSV: {0}")]
    Csv(#[from] csv::Error),
    /// Not a workbook.
    #[error("the file is no workbook that can be read: {0}")]
    Workbook(#[from] calamine::Error),
    /// A workbook without a sheet.
    #[error("the workbook has no sheet")]
    NoSheet,
}

impl Table {
    /// Reads a file. A workbook (XLSX, XLS, ODS) is told by its first bytes, whatever it is called.
    ///
    /// # Errors
    /// [`Unreadable`] when it is neither.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let zip = bytes.starts_with(b"PK\x03\x04");
        let compound = bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
        if zip || compound { Self::of_workbook(bytes) } else { Self::of_csv(&text(bytes)?) }
    }

    fn of_csv(text: &str) -> Result<Self, Unreadable> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(text))
            .from_reader(text.as_bytes());
        let mut table = Self::default();
        let (mut at, mut number, mut quoted) = (0, 1, false);
        for record in reader.records() {
            let record = record?;
            // The row as a spreadsheet counts it: empty lines count, line ends within a cell do not.
            let first_cell = record.position().map_or(at, |position| position.byte() as usize);
            let ends = |byte: &&u8| matches!(byte, b'\r' | b'\n');
            let start = first_cell + text.as_bytes()[first_cell..].iter().take_while(ends).count();
            for byte in &text.as_bytes()[at..start] {
                quoted ^= *byte == b'"';
                number += u64::from(*byte == b'\n' && !quoted);
            }
            at = start;
            table.push(number, record.iter().map(normal).collect());
        }
        Ok(table)
    }

    fn of_workbook(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut workbook = calamine::open_workbook_auto_from_rs(Cursor::new(bytes))?;
        let sheet = workbook.worksheet_range_at(0).ok_or(Unreadable::NoSheet)??;
        let first = sheet.start().map_or(0, |(row, _)| row);
        let mut table = Self::default();
        for (number, row) in (u64::from(first) + 1..).zip(sheet.rows()) {
            table.push(number, row.iter().map(cell).collect());
        }
        Ok(table)
    }

    fn push(&mut self, number: u64, cells: Vec<String>) {
        if cells.iter().any(|cell| !cell.is_empty()) {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            self.rows.push(Row { number, cells });
        }
    }
}

/// The text of a CSV file. What is valid UTF-8 is UTF-8: a Chinese text in GB18030 practically never is.
fn text(bytes: &[u8]) -> Result<String, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, bad) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    if bad { Err(Unreadable::Encoding) } else { Ok(text.into_owned()) }
}

/// What parts the cells: whichever of comma, tab and semicolon the first lines have most of.
fn delimiter(text: &str) -> u8 {
    let start: Vec<u8> = text.lines().take(5).flat_map(str::bytes).collect();
    let count = |delimiter: u8| start.iter().filter(|byte| **byte == delimiter).count();
    let mut best = b',';
    for other in [b'\t', b';'] {
        if count(other) > count(best) {
            best = other;
        }
    }
    best
}

/// The text of a workbook's cell: a number as the sheet would show it, a day as `2024-05-01`.
fn cell(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        // A number of sixteen digits and more has lost its last ones; it is written so that it can be seen.
        Data::Float(number) if number.abs() >= 1e15 => format!("{number:E}").replace('E', "E+"),
        Data::Int(number) if number.unsigned_abs() >= 1_000_000_000_000_000 => {
            format!("{number}.E+0")
        }
        other => normal(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        let table = Table::read(bytes).unwrap();
        table.rows.into_iter().map(|row| (row.number, row.cells)).collect()
    }

    #[test]
    fn the_same_table_in_every_encoding() {
        let text = "姓名,金额\r\n王某,８５０\r\n\r\n\"李某\r\n（更正）\",900\r\n赵某,1";
        let expected = [
            (1, vec!["姓名".to_owned(), "金额".into()]),
            (2, vec!["王某".into(), "850".into()]),
            (4, vec!["李某\r\n(更正)".into(), "900".into()]),
            (5, vec!["赵某".into(), "1".into()]),
        ];
        assert_eq!(rows(text.as_bytes()), expected);
        assert_eq!(rows(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()), expected);
        let (gb18030, _, _) = encoding_rs::GB18030.encode(text);
        assert_eq!(rows(&gb18030), expected);
        assert_eq!(rows(text.replace(',', "\t").as_bytes()), expected);
        assert_eq!(rows(text.replace(',', ";").as_bytes()), expected);
    }

    #[test]
    fn a_rare_character_of_four_bytes_is_read() {
        let (gb18030, _, _) = encoding_rs::GB18030.encode("𠮷某,1\n");
        assert_eq!(rows(&gb18030), [(1, vec!["𠮷某".to_owned(), "1".into()])]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(matches!(Table::read(b"a,\xFF\xFF\xFF"), Err(Unreadable::Encoding)));
        assert!(matches!(Table::read(b"PK\x03\x04nonsense"), Err(Unreadable::Workbook(_))));
        assert_eq!(Table::read(b"").unwrap(), Table::default());
    }

    #[test]
    fn a_workbook_gives_what_its_cells_show() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write(1, 0, "身份证号").unwrap();
        sheet.write(1, 1, "金额").unwrap();
        sheet.write(2, 0, "11010519491231002X").unwrap();
        sheet.write(2, 1, 850.1).unwrap();
        sheet.write(3, 0, 110_105_194_912_310_020.0).unwrap();
        sheet.write(3, 1, 1_000).unwrap();
        let bytes = workbook.save_to_buffer().unwrap();
        let rows = rows(&bytes);
        assert_eq!(rows[0], (2, vec!["身份证号".to_owned(), "金额".into()]));
        assert_eq!(rows[1], (3, vec!["11010519491231002X".to_owned(), "850.1".into()]));
        assert!(rows[2].1[0].contains("E+"), "{:?}", rows[2]);
        assert_eq!(rows[2].1[1], "1000");
    }
}
