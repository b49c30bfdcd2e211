//! Numbers of persons and firms, held against their check digits.

use crate::fault::Reason;

/// A citizen number (公民身份号码, GB 11643) of eighteen characters. An old one of fifteen is taken as what it became:
/// with the century of birth and the check digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CitizenId(String);

/// A unified social credit code (统一社会信用代码, GB 32100) of eighteen characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnifiedCreditCode(String);

/// Weights of the first seventeen digits of a citizen number.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The check characters by the remainder of the weighted sum divided by eleven.
const CHECKS: &[u8; 11] = b"10X98765432";

/// The characters of a unified social credit code by their values: letters that look like digits are left out.
const CODE_CHARACTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

impl CitizenId {
    /// Reads a number as it stands in a cell, fifteen digits or eighteen characters.
    ///
    /// # Errors
    /// When a spreadsheet has turned it into a rounded number, its length or form is another, the day of birth
    /// does not exist, or the check digit is wrong.
    pub fn read(cell: &str) -> Result<Self, Reason> {
        let number = cell.replace(' ', "").to_ascii_uppercase();
        if is_rounded(&number) {
            return Err(Reason::RoundedNumber);
        }
        if !number.is_ascii() {
            return Err(Reason::NotACitizenId);
        }
        let body = match number.len() {
            15 => format!("{}19{}", &number[..6], &number[6..]),
            18 => number[..17].to_owned(),
            _ => return Err(Reason::NotACitizenId),
        };
        let ends_well = number.ends_with(|c: char| c.is_ascii_digit() || c == 'X');
        if !body.bytes().all(|byte| byte.is_ascii_digit()) || !ends_well {
            return Err(Reason::NotACitizenId);
        }
        if !is_a_day(&body[6..14]) {
            return Err(Reason::NoSuchBirthday);
        }
        let check = check_digit(&body);
        if number.len() == 18 && number.as_bytes()[17] != check {
            // Fifteen digits kept, three lost.
            if number.ends_with("000") {
                return Err(Reason::RoundedNumber);
            }
            return Err(Reason::WrongCheckDigit { expected: char::from(check) });
        }
        Ok(Self(format!("{body}{}", char::from(check))))
    }

    /// The eighteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UnifiedCreditCode {
    /// Reads a code as it stands in a cell.
    ///
    /// # Errors
    /// When its length or characters are others, or the check character is wrong.
    pub fn read(cell: &str) -> Result<Self, Reason> {
        let code = cell.replace(' ', "").to_ascii_uppercase();
        if is_rounded(&code) {
            return Err(Reason::RoundedNumber);
        }
        let value = |byte| CODE_CHARACTERS.iter().position(|character| *character == byte);
        let values: Option<Vec<usize>> = code.bytes().map(value).collect();
        let Some([body @ .., check]) = values.as_deref().filter(|values| values.len() == 18) else {
            return Err(Reason::NotACreditCode);
        };
        // The weights are the powers of three modulo thirty-one.
        let (sum, _) = body
            .iter()
            .fold((0, 1), |(sum, weight), value| (sum + value * weight, weight * 3 % 31));
        let expected = (31 - sum % 31) % 31;
        if *check != expected {
            let expected = char::from(CODE_CHARACTERS[expected]);
            return Err(Reason::WrongCheckDigit { expected });
        }
        Ok(Self(code))
    }

    /// The eighteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a spreadsheet took the number for an amount: `1.1E+17`.
fn is_rounded(number: &str) -> bool {
    number.contains("E+") || number.contains('.')
}

fn check_digit(body: &str) -> u8 {
    let digits = body.bytes().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    CHECKS[(sum % 11) as usize]
}

/// Whether the eight digits of a day of birth name a day. People were born before the first day that the ledger knows.
fn is_a_day(digits: &str) -> bool {
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse().ok());
    let date = || {
        let (year, month, day): (i16, i16, i16) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
        jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    date().is_some_and(|date| (1850..2100).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citizen_number_holds_its_check_digit() {
        // The example of GB 11643-1999.
        assert_eq!(CitizenId::read("11010519491231002x").unwrap().as_str(), "11010519491231002X");
        assert_eq!(
            CitizenId::read("110105194912310021"),
            Err(Reason::WrongCheckDigit { expected: 'X' })
        );
        assert_eq!(CitizenId::read("110105194913310021"), Err(Reason::NoSuchBirthday));
        assert_eq!(CitizenId::read("110105190002290021"), Err(Reason::NoSuchBirthday));
        for cell in ["", "12345", "11010519491231002Y", "1101051949123１0021", "abcdefghijklmno"] {
            assert_eq!(CitizenId::read(cell), Err(Reason::NotACitizenId), "{cell}");
        }
    }

    #[test]
    fn an_old_number_of_fifteen_digits_is_the_same_person() {
        assert_eq!(CitizenId::read("110105491231002").unwrap().as_str(), "11010519491231002X");
    }

    #[test]
    fn a_number_that_a_spreadsheet_rounded_is_told_apart() {
        for cell in ["1.10105194912310E+17", "1.1E+17", "110105194912310000"] {
            assert_eq!(CitizenId::read(cell), Err(Reason::RoundedNumber), "{cell}");
        }
    }

    #[test]
    fn a_credit_code_holds_its_check_character() {
        // The example of GB 32100-2015.
        assert!(UnifiedCreditCode::read("91350100M000100Y43").is_ok());
        assert!(matches!(
            UnifiedCreditCode::read("91350100M000100Y44"),
            Err(Reason::WrongCheckDigit { expected: '3' })
        ));
        for cell in ["", "91350100M000100Y4", "91350100M000100I43", "贷款"] {
            assert_eq!(UnifiedCreditCode::read(cell), Err(Reason::NotACreditCode), "{cell}");
        }
    }
}
