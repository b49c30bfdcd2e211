//! Statements of a bank or the treasury (对账单): what came in and went out of an account, day by day.

use almoner_domain::date::Date;
use almoner_domain::money::Money;

use crate::Read;
use crate::columns::{Column, ColumnMap, Found};
use crate::fault::Reason;
use crate::reading::Reading;
use crate::table::{Row, Table};

/// A statement without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankStatement {
    /// The lines in the order of the file.
    pub lines: Vec<StatementLine>,
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// The row of the file, from 1.
    pub row: u32,
    /// The day.
    pub on: Date,
    /// What came in; negative where it went out.
    pub amount: Money,
    /// The balance after it, where the file says it.
    pub balance: Option<Money>,
    /// What the bank writes about it.
    pub reference: String,
}

const DATE: usize = 0;
const RECEIVED: usize = 1;
const PAID: usize = 2;
const BALANCE: usize = 3;
const REFERENCE: usize = 4;

const COLUMNS: [Column; 5] = [
    Column {
        name: "date",
        headings: &["日期", "交易日期", "记账日期", "入账日期", "date"],
        needed: true,
    },
    Column {
        name: "received",
        headings: &["收入", "收入金额", "贷方金额", "贷方发生额", "转入金额", "received"],
        needed: true,
    },
    Column {
        name: "paid",
        headings: &["支出", "支出金额", "借方金额", "借方发生额", "转出金额", "paid"],
        needed: true,
    },
    Column { name: "balance", headings: &["余额", "账户余额", "balance"], needed: false },
    Column {
        name: "reference",
        headings: &["摘要", "凭证号", "用途", "附言", "备注", "reference"],
        needed: false,
    },
];

/// Reads a statement. Each line has an amount received or an amount paid.
///
/// # Errors
/// Every bad cell of the file.
pub fn read_bank_statement(table: &Table, map: &ColumnMap) -> Read<BankStatement> {
    let found = Found::find(table, &COLUMNS, map)?;
    let rows = found.rows;
    let mut reading = Reading::of(found);
    let mut statement = BankStatement { lines: Vec::new() };
    for row in rows {
        let said = |column| reading.found.cell(row, column);
        // Banks write the balance brought forward as a line without a movement.
        if is_nothing(said(RECEIVED)) && is_nothing(said(PAID)) {
            continue;
        }
        let reference = said(REFERENCE).to_owned();
        let balance = said(BALANCE).to_owned();
        let on = reading.cell(row, DATE, read_date);
        let amount = movement(&mut reading, row);
        let balance = match is_nothing(&balance) {
            true => (!balance.is_empty()).then_some(Money::ZERO),
            false => reading.amount(row, BALANCE),
        };
        if let (Some(on), Some(amount)) = (on, amount) {
            statement.lines.push(StatementLine { row: row.number, on, amount, balance, reference });
        }
    }
    reading.finish(table, statement.lines.iter().map(|line| line.row))?;
    Ok(statement)
}

/// Whether a cell holds no amount: nothing, a dash or zero.
fn is_nothing(cell: &str) -> bool {
    cell.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}

fn movement(reading: &mut Reading<'_>, row: &Row) -> Option<Money> {
    let has = |column| !is_nothing(reading.found.cell(row, column));
    match (has(RECEIVED), has(PAID)) {
        (true, true) => reading.take(row, PAID, Err(Reason::ReceivedAndPaid)),
        (true, false) => reading.amount(row, RECEIVED),
        (false, _) => reading.amount(row, PAID).map(|paid| -paid),
    }
}

/// Reads a day as banks write it: `2024-05-20`, `2024/5/20`, `20240520`, `2024年5月20日`, with a time behind it
/// perhaps.
fn read_date(cell: &str) -> Result<Date, Reason> {
    let digits = cell.len() == 8 && cell.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = match digits {
        true => vec![&cell[..4], &cell[4..6], &cell[6..]],
        false => {
            let day = cell.split([' ', 'T']).next().unwrap_or_default();
            day.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect()
        }
    };
    let [year, month, day] = parts.as_slice() else { return Err(Reason::NotADate) };
    let (year, month, day) = (year.parse(), month.parse(), day.parse());
    let (Ok(year), Ok(month), Ok(day)) = (year, month, day) else { return Err(Reason::NotADate) };
    Date::new(year, month, day).ok_or(Reason::NotADate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Read<BankStatement> {
        read_bank_statement(&Table::read(text.as_bytes()).unwrap(), &ColumnMap::default())
    }

    #[test]
    fn money_that_came_in_and_money_that_went_out() {
        let text = "交易日期,摘要,借方发生额,贷方发生额,余额\n\
            2024/1/1,上期结转,,,\"1,000.00\"\n\
            20240502,指标1,0.00,\"20,000.00\",\"21,000.00\"\n\
            2024年5月3日,支付令1,500.00,-,20500.00\n\
            2024-05-04 09:30:00,清户,\"20,500.00\",,0.00\n";
        let lines = read(text).unwrap().lines;
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.on.to_string(), line.amount.to_string(), line.balance.unwrap().fen()))
            .collect();
        let expected = [
            ("2024-05-02", "20000.00", 2_100_000),
            ("2024-05-03", "-500.00", 2_050_000),
            ("2024-05-04", "-20500.00", 0),
        ];
        assert_eq!(told, expected.map(|(on, amount, fen)| (on.into(), amount.into(), fen)));
        assert_eq!((lines[0].row, lines[0].reference.as_str()), (3, "指标1"));
    }

    #[test]
    fn every_bad_cell_is_named() {
        let text = "日期,收入,支出\n2024-02-30,5,\n2024-05-01,5,5\nMai,x,\n";
        let faults = read(text).unwrap_err();
        let named: Vec<_> = faults
            .iter()
            .map(|fault| (fault.row, fault.column.as_str(), fault.reason.code()))
            .collect();
        let expected = [
            (2, "日期", "not_a_date"),
            (3, "支出", "received_and_paid"),
            (4, "日期", "not_a_date"),
            (4, "收入", "not_an_amount"),
        ];
        assert_eq!(named, expected);
    }
}
