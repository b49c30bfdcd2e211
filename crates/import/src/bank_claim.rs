//! Claims of banks for interest discount (贴息申请): the loans of a quarter.

use std::collections::BTreeMap;

use almoner_domain::id::Id;
use almoner_domain::interest_discount::ClaimLine;
use almoner_domain::money::Money;

use crate::Read;
use crate::columns::{Column, ColumnMap, Found};
use crate::fault::Reason;
use crate::reading::Reading;
use crate::table::Table;

/// A bank's claim without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankClaim {
    /// The loans in the order of the file, each with its row, from 1.
    pub lines: Vec<(u32, ClaimLine)>,
    /// The sum of the discounts.
    pub total: Money,
}

const LOAN: usize = 0;
const INTEREST: usize = 1;
const DISCOUNT: usize = 2;

const COLUMNS: [Column; 3] = [
    Column {
        name: "loan",
        headings: &["贷款编号", "合同编号", "合同号", "借款合同号", "借据号", "loan"],
        needed: true,
    },
    Column {
        name: "interest",
        headings: &["利息", "本期利息", "应付利息", "实际利息", "interest"],
        needed: true,
    },
    Column {
        name: "discount",
        headings: &["贴息", "贴息金额", "申请贴息", "申请贴息金额", "discount"],
        needed: true,
    },
];

/// Reads a claim. What the lines ask for is held against the ledger when the command is decided.
///
/// # Errors
/// Every bad cell of the file.
pub fn read_bank_claim(table: &Table, map: &ColumnMap) -> Read<BankClaim> {
    let found = Found::find(table, &COLUMNS, map)?;
    let rows = found.rows;
    let mut reading = Reading::of(found);
    let mut seen = BTreeMap::new();
    let mut claim = BankClaim { lines: Vec::new(), total: Money::ZERO };
    for row in rows {
        if reading.is_total(row, DISCOUNT, claim.total) {
            continue;
        }
        let loan: Option<Id> = reading.cell(row, LOAN, |cell| {
            let loan: Id = cell.parse().map_err(|_| Reason::NotAnIdentifier)?;
            match seen.insert(loan.clone(), row.number) {
                None => Ok(loan),
                Some(first) => Err(Reason::TwiceInFile { first }),
            }
        });
        let (interest, discount) = (reading.amount(row, INTEREST), reading.amount(row, DISCOUNT));
        if let (Some(loan), Some(interest), Some(discount)) = (loan, interest, discount) {
            claim.total += discount;
            claim.lines.push((row.number, ClaimLine { loan, interest, discount }));
        }
    }
    reading.finish(table, claim.lines.iter().map(|(row, _)| *row))?;
    Ok(claim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Read<BankClaim> {
        read_bank_claim(&Table::read(text.as_bytes()).unwrap(), &ColumnMap::default())
    }

    #[test]
    fn a_claim_of_a_bank_with_its_total() {
        let claim = read("合同编号,姓名,本期利息,申请贴息金额\nL-1,王某,\"1,996.94\",998.47\nL-2,李某,790,395\n合计,,2786.94,1393.47\n").unwrap();
        assert_eq!(claim.total.to_string(), "1393.47");
        let (row, line) = &claim.lines[0];
        assert_eq!((*row, line.loan.as_str()), (2, "L-1"));
        assert_eq!(
            (line.interest.to_string(), line.discount.to_string()),
            ("1996.94".into(), "998.47".into())
        );
    }

    #[test]
    fn every_bad_cell_is_named() {
        let faults = read("合同编号,利息,贴息\nL-1,790,395\nL-1,790,395\n贷款二,x,\n总计,1,1\n")
            .unwrap_err();
        let named: Vec<_> = faults
            .iter()
            .map(|fault| (fault.row, fault.column.as_str(), fault.reason.code()))
            .collect();
        let expected = [
            (3, "合同编号", "twice_in_file"),
            (4, "合同编号", "not_an_identifier"),
            (4, "利息", "not_an_amount"),
            (4, "贴息", "cell_empty"),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn a_bank_with_headings_of_its_own_has_a_map() {
        // The same as in a file: unit = "ten_thousand_yuan", [columns] interest = "应收息", discount = "财政负担".
        let map = serde_json::from_str(
            r#"{"unit":"ten_thousand_yuan","columns":{"interest":"应收息","discount":"财政负担"}}"#,
        )
        .unwrap();
        let table = Table::read("合同号;应收息;财政负担\nL-1;0.079;0.0395\n".as_bytes()).unwrap();
        assert_eq!(read_bank_claim(&table, &map).unwrap().total.to_string(), "395.00");
        let unknown = serde_json::from_str(r#"{"columns":{"intrest":"应收息"}}"#).unwrap();
        let faults = read_bank_claim(&table, &unknown).unwrap_err();
        assert_eq!(
            (faults[0].column.as_str(), faults[0].reason.code()),
            ("intrest", "column_missing")
        );
    }
}
