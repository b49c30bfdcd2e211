//! Amounts as people write them.

use almoner_domain::money::Money;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::fault::Reason;

/// In what a column's amounts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 元.
    Yuan,
    /// 万元.
    TenThousandYuan,
}

impl Unit {
    /// The unit that a heading or an amount names, `金额（万元）`.
    pub(crate) fn named_in(text: &str) -> Option<Self> {
        if text.contains("万元") {
            Some(Self::TenThousandYuan)
        } else if text.contains('元') {
            Some(Self::Yuan)
        } else {
            None
        }
    }
}

/// How a workbook shows numbers: it holds more digits than are meant, `0.30000000000000004`.
const DIGITS_OF_A_SPREADSHEET: u32 = 15;

/// Reads an amount: commas between thousands, a yuan sign, a unit behind it. It must be whole fen and above zero.
pub(crate) fn read_amount(cell: &str, unit: Unit) -> Result<Money, Reason> {
    let unit = Unit::named_in(cell).unwrap_or(unit);
    let number = cell.trim_end_matches(['万', '元', ' ']).trim_start_matches(['¥', '￥', ' ']);
    let number = without_commas(number).ok_or(Reason::NotAnAmount)?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || number.is_empty() || number.starts_with('.') || number.ends_with('.') {
        return Err(Reason::NotAnAmount);
    }
    let exact = Decimal::from_str_exact(&number).map_err(|_| Reason::NotAnAmount)?;
    let meant = exact.round_sf(DIGITS_OF_A_SPREADSHEET).ok_or(Reason::NotAnAmount)?;
    let fen_of_unit = match unit {
        Unit::Yuan => 100,
        Unit::TenThousandYuan => 1_000_000,
    };
    let fen = meant.checked_mul(Decimal::from(fen_of_unit)).ok_or(Reason::NotAnAmount)?;
    if !fen.is_integer() {
        return Err(Reason::PartOfAFen);
    }
    // The largest amount that a command may have.
    let text = fen.to_i64().map(Money::from_fen).map(|amount| amount.to_string());
    let amount: Money = text.and_then(|text| text.parse().ok()).ok_or(Reason::NotAnAmount)?;
    if amount.is_positive() { Ok(amount) } else { Err(Reason::AmountZero) }
}

/// The number without the commas that part its thousands; none when they stand elsewhere.
fn without_commas(number: &str) -> Option<String> {
    let (whole, part) = number.split_once('.').map_or((number, None), |(a, b)| (a, Some(b)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = whole.contains(',');
    if grouped && !(1..=3).contains(&first.len()) {
        return None;
    }
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        plain.push_str(group);
    }
    if let Some(part) = part {
        plain.push('.');
        plain.push_str(part);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(cell: &str) -> Result<String, Reason> {
        read_amount(cell, Unit::Yuan).map(|amount| amount.to_string())
    }

    #[test]
    fn amounts_as_people_write_them() {
        for (cell, amount) in [
            ("850", "850.00"),
            ("850.5", "850.50"),
            ("1,234.50", "1234.50"),
            ("12,345,678.00元", "12345678.00"),
            ("¥20,000", "20000.00"),
            ("125.7万元", "1257000.00"),
            ("0.30000000000000004", "0.30"),
            ("1200.1000000000001", "1200.10"),
        ] {
            assert_eq!(read(cell).as_deref(), Ok(amount), "{cell}");
        }
        assert_eq!(read_amount("125.7", Unit::TenThousandYuan), Ok(Money::from_yuan(1_257_000)));
        assert_eq!(read_amount("500元", Unit::TenThousandYuan), Ok(Money::from_yuan(500)));
    }

    #[test]
    fn what_is_no_amount_is_told_from_what_is_no_whole_fen() {
        for cell in
            ["", "-5", "(5)", "1.1E+17", "12,34", "1,2345.00", "abc", "1.2.3", ".5", "5.", "元"]
        {
            assert_eq!(read(cell), Err(Reason::NotAnAmount), "{cell}");
        }
        assert_eq!(read("0.005"), Err(Reason::PartOfAFen));
        assert_eq!(read_amount("0.0000005", Unit::TenThousandYuan), Err(Reason::PartOfAFen));
        assert_eq!(read("0.00"), Err(Reason::AmountZero));
        assert_eq!(read("9999999999999"), Err(Reason::NotAnAmount));
    }

    proptest! {
        #[test]
        fn every_amount_is_read_back_as_it_was_written(fen in 1_i64..1_000_000_000_000) {
            let amount = Money::from_fen(fen);
            prop_assert_eq!(read_amount(&amount.to_string(), Unit::Yuan), Ok(amount));
        }

        #[test]
        fn no_cell_brings_it_down(cell in ".{0,40}") {
            let _ = read_amount(&crate::normal::normal(&cell), Unit::Yuan);
        }
    }
}
