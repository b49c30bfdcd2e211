//! Rosters of subsidies (花名册): who gets how much.

use std::collections::BTreeMap;

use almoner_domain::money::Money;

use crate::Read;
use crate::columns::{Column, ColumnMap, Found};
use crate::fault::Reason;
use crate::person::{CitizenId, UnifiedCreditCode};
use crate::reading::Reading;
use crate::table::{Row, Table};

/// A roster without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The lines in the order of the file.
    pub rows: Vec<RosterRow>,
    /// Their sum.
    pub total: Money,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRow {
    /// The row of the file, from 1.
    pub row: u32,
    /// The number of the person or firm that gets it.
    pub beneficiary: String,
    /// The number of the head of the household; the beneficiary's own where the file names none.
    pub household: String,
    /// How much.
    pub amount: Money,
    /// The cost that the beneficiary had, where the file names it.
    pub cost: Option<Money>,
    /// For how many months it is, where the file says so.
    pub months: Option<u16>,
}

const NUMBER: usize = 0;
const NAME: usize = 1;
const HOUSEHOLD: usize = 2;
const AMOUNT: usize = 3;
const COST: usize = 4;
const MONTHS: usize = 5;

const COLUMNS: [Column; 6] = [
    Column {
        name: "number",
        headings: &[
            "身份证号",
            "身份证号码",
            "公民身份号码",
            "身份证",
            "证件号码",
            "统一社会信用代码",
            "number",
        ],
        needed: true,
    },
    Column { name: "name", headings: &["姓名", "户名", "单位名称", "name"], needed: false },
    Column {
        name: "household",
        headings: &["户主身份证号", "户主身份证号码", "户主公民身份号码", "household"],
        needed: false,
    },
    Column {
        name: "amount",
        headings: &["金额", "补贴金额", "发放金额", "实发金额", "补助金额", "amount"],
        needed: true,
    },
    Column {
        name: "cost",
        headings: &["费用", "费用金额", "发票金额", "实际费用", "cost"],
        needed: false,
    },
    Column {
        name: "months", headings: &["月数", "补贴月数", "发放月数", "months"], needed: false
    },
];

/// Reads a roster. A row of totals is held against the sum of the lines.
///
/// # Errors
/// Every bad cell of the file.
pub fn read_roster(table: &Table, map: &ColumnMap) -> Read<Roster> {
    let found = Found::find(table, &COLUMNS, map)?;
    let rows = found.rows;
    let mut reading = Reading::of(found);
    let mut seen = BTreeMap::new();
    let mut roster = Roster { rows: Vec::new(), total: Money::ZERO };
    for row in rows {
        if reading.is_total(row, AMOUNT, roster.total) {
            continue;
        }
        let beneficiary = reading.cell(row, NUMBER, read_number);
        let beneficiary = beneficiary.and_then(|number| {
            let name = reading.found.cell(row, NAME);
            let once = once(&mut seen, row, name, number);
            reading.take(row, NUMBER, once)
        });
        let household = match reading.found.cell(row, HOUSEHOLD) {
            "" => beneficiary.clone(),
            _ => reading.cell(row, HOUSEHOLD, read_number),
        };
        let amount = reading.amount(row, AMOUNT);
        let stated = |reading: &Reading<'_>, column| !reading.found.cell(row, column).is_empty();
        let cost = if stated(&reading, COST) { reading.amount(row, COST) } else { None };
        let months = if stated(&reading, MONTHS) {
            reading.cell(row, MONTHS, |cell| cell.parse().map_err(|_| Reason::NotANumberOfMonths))
        } else {
            None
        };
        if let (Some(beneficiary), Some(household), Some(amount)) = (beneficiary, household, amount)
        {
            roster.total += amount;
            let row = row.number;
            roster.rows.push(RosterRow { row, beneficiary, household, amount, cost, months });
        }
    }
    reading.finish(table, roster.rows.iter().map(|line| line.row))?;
    Ok(roster)
}

/// A roster pays a beneficiary once; the same number under two names is a mistake in one of them.
fn once<'a>(
    seen: &mut BTreeMap<String, (u32, &'a str)>,
    row: &Row,
    name: &'a str,
    number: String,
) -> Result<String, Reason> {
    match seen.get(&number) {
        None => {
            seen.insert(number.clone(), (row.number, name));
            Ok(number)
        }
        Some((first, other)) if *other == name => Err(Reason::TwiceInFile { first: *first }),
        Some((first, other)) => Err(Reason::OtherName { first: *first, name: (*other).to_owned() }),
    }
}

/// The number of a person or a firm. Numbers of persons begin with the region, 1 to 8; codes of firms with 9, or hold
/// letters.
fn read_number(cell: &str) -> Result<String, Reason> {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let of_person = cell.starts_with(|c| ('1'..='8').contains(&c)) && digits + 1 >= cell.len();
    let rounded = cell.contains("E+");
    if of_person || rounded || cell.len() == 15 {
        CitizenId::read(cell).map(|id| id.as_str().to_owned())
    } else if cell.len() == 18 {
        UnifiedCreditCode::read(cell).map(|code| code.as_str().to_owned())
    } else {
        Err(Reason::NotACitizenId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "11010519491231002X";

    fn read(text: &str) -> Read<Roster> {
        read_roster(&Table::read(text.as_bytes()).unwrap(), &ColumnMap::default())
    }

    fn faults(text: &str) -> Vec<(u32, String, &'static str)> {
        let faults = read(text).unwrap_err();
        faults.into_iter().map(|fault| (fault.row, fault.column, fault.reason.code())).collect()
    }

    #[test]
    fn a_roster_below_a_title_with_a_total() {
        let roster = read(&format!(
            "2024年5月岗位补贴花名册,,,\n序号,姓名,身份证号,补贴金额（元）\n1,王某,{ID},850.00\n2,某公司,91350100M000100Y43,\"1,200\"\n合计,,,2050.00\n"
        ))
        .unwrap();
        assert_eq!(roster.total, Money::from_yuan(2_050));
        assert_eq!(roster.rows[0].beneficiary, ID);
        assert_eq!(roster.rows[0].household, ID);
        assert_eq!((roster.rows[1].row, roster.rows[1].amount), (4, Money::from_yuan(1_200)));
    }

    #[test]
    fn what_a_line_cost_and_for_how_many_months_it_is() {
        let text =
            format!("身份证号,金额,发票金额,月数\n{ID},850,1700.00,3\n91350100M000100Y43,5,,\n");
        let roster = read(&text).unwrap();
        let stated = |line: usize| (roster.rows[line].cost, roster.rows[line].months);
        assert_eq!(stated(0), (Some(Money::from_yuan(1_700)), Some(3)));
        assert_eq!(stated(1), (None, None));
        let text = format!("身份证号,金额,费用,月数\n{ID},850,x,三\n");
        let expected = [
            (2, "费用".to_owned(), "not_an_amount"),
            (2, "月数".to_owned(), "not_a_number_of_months"),
        ];
        assert_eq!(faults(&text), expected);
    }

    #[test]
    fn yuan_and_ten_thousand_yuan_in_one_book() {
        let text = format!("身份证号,金额(万元)\n{ID},0.085\n91350100M000100Y43,500元\n");
        assert_eq!(read(&text).unwrap().total, Money::from_yuan(1_350));
    }

    #[test]
    fn every_bad_cell_is_named() {
        let text = format!(
            "姓名,身份证号,金额\n王某,{ID},850\n李某,{ID},850\n王某,{ID},850\n赵某,1.1E+17,abc\n钱某,,0\n孙某,110105194912310021,1.005\n"
        );
        let expected = [
            (3, "身份证号", "other_name"),
            (4, "身份证号", "twice_in_file"),
            (5, "身份证号", "rounded_number"),
            (5, "金额", "not_an_amount"),
            (6, "身份证号", "cell_empty"),
            (6, "金额", "amount_zero"),
            (7, "身份证号", "wrong_check_digit"),
            (7, "金额", "part_of_a_fen"),
        ];
        assert_eq!(
            faults(&text),
            expected.map(|(row, column, code)| (row, column.to_owned(), code))
        );
    }

    #[test]
    fn an_old_number_and_a_new_one_are_one_person() {
        let text = format!("姓名,身份证号,金额\n王某,{ID},850\n王某,110105491231002,850\n");
        assert_eq!(faults(&text), [(3, "身份证号".to_owned(), "twice_in_file")]);
    }

    #[test]
    fn a_wrong_total_is_named_with_both_figures() {
        let text = format!("身份证号,金额\n{ID},850\n合 计,851\n");
        let faults = read(&text).unwrap_err();
        let (stated, sum) = (Money::from_yuan(851), Money::from_yuan(850));
        assert_eq!(faults[0].reason, Reason::TotalDiffers { stated, sum });
    }

    #[test]
    fn headings_that_are_missing_or_stand_twice_are_named() {
        assert_eq!(faults("姓名,金额\n王某,1\n"), [(1, "number".to_owned(), "column_missing")]);
        let text = format!("身份证号,金额,补贴金额\n{ID},1,2\n");
        assert_eq!(faults(&text), [(1, "amount".to_owned(), "column_twice")]);
        assert_eq!(faults("身份证号,金额\n"), [(1, String::new(), "no_rows")]);
        assert_eq!(faults(""), [(1, String::new(), "no_rows")]);
    }

    #[test]
    fn a_file_of_twenty_thousand_rows_is_read_and_one_more_is_refused() {
        let number = |serial: usize| {
            let body = format!("110105{:04}0101{:03}", 1950 + serial / 1000, serial % 1000);
            // Whatever its check digit is, the old form has none.
            format!("{}{}", &body[..6], &body[8..])
        };
        let rows = |count: usize| {
            let lines: String =
                (0..count).map(|serial| format!("{},850\n", number(serial))).collect();
            format!("身份证号,金额\n{lines}")
        };
        assert_eq!(read(&rows(20_000)).unwrap().rows.len(), 20_000);
        assert_eq!(faults(&rows(20_001)), [(20_002, String::new(), "too_many_rows")]);
    }

    proptest::proptest! {
        #[test]
        fn no_file_brings_it_down(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            if let Ok(table) = Table::read(&bytes) {
                let _ = read_roster(&table, &ColumnMap::default());
            }
        }

        #[test]
        fn no_cell_brings_it_down(cells in proptest::collection::vec(".{0,20}", 1..40)) {
            let rows: String = cells.chunks(3).map(|cells| format!("{}\n", cells.join(","))).collect();
            let text = format!("姓名,身份证号,金额\n{rows}");
            if let Ok(table) = Table::read(text.as_bytes()) {
                let _ = read_roster(&table, &ColumnMap::default());
            }
        }
    }
}
