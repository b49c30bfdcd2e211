//! What is wrong with a cell or a row.

use std::fmt;

use almoner_domain::money::Money;

/// A bad cell: where it is, what stands there, and why it cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row as the spreadsheet numbers it, from 1.
    pub row: u32,
    /// The heading of the column; empty for the row as a whole.
    pub column: String,
    /// What stands in the cell.
    pub value: String,
    /// Why it cannot be taken.
    pub reason: Reason,
}

/// Declares the reasons: code, English text, Chinese text.
macro_rules! reasons {
    ($($(#[$doc:meta])* $code:literal $variant:ident $({ $($figure:ident: $type:ty),* })? $english:literal $chinese:literal)*) => {
        /// Why a cell or a row cannot be taken.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the text of each reason stands beside it")]
        pub enum Reason { $($variant $({ $($figure: $type),* })?,)* }

        impl Reason {
            /// The stable code.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }

            /// The reason in English.
            #[must_use]
            pub fn english(&self) -> String {
                match self { $(Self::$variant $({ $($figure),* })? => format!($english),)* }
            }

            /// The reason in Chinese.
            #[must_use]
            pub fn chinese(&self) -> String {
                match self { $(Self::$variant $({ $($figure),* })? => format!($chinese),)* }
            }
        }
    };
}

reasons! {
    "column_missing" ColumnMissing { accepted: String }
        "no row of headings names this column; accepted are {accepted}, or name it with a column map"
        "没有表头包含此列；可用的列名：{accepted}，或用列映射文件指定"
    "column_twice" ColumnTwice
        "two columns have a heading for this; name the right one with a column map"
        "有两列都符合此项，请用列映射文件指定"
    "cell_empty" CellEmpty
        "the cell is empty"
        "单元格为空"
    "not_an_amount" NotAnAmount
        "this is no amount; accepted are figures such as 850, 1,234.50 or 125.7万元, above zero and without exponent"
        "不是有效金额；可接受如 850、1,234.50、125.7万元，须大于零，不得用科学计数"
    "part_of_a_fen" PartOfAFen
        "the amount is not a whole number of fen; two places of a yuan are accepted"
        "金额不是整数分，最多两位小数（元）"
    "amount_zero" AmountZero
        "the amount is zero; lines without money are left out of the file"
        "金额为零；没有金额的行请删除"
    "not_a_number_of_months" NotANumberOfMonths
        "this is no number of months; a whole number such as 3 is accepted"
        "不是有效月数，应为整数，如 3"
    "not_a_date" NotADate
        "this is no date; accepted are 2024-05-20, 2024/5/20, 20240520 and 2024年5月20日"
        "不是有效日期；可接受 2024-05-20、2024/5/20、20240520、2024年5月20日"
    "received_and_paid" ReceivedAndPaid
        "this line was received and paid; one of the two is accepted"
        "同一行既有收入又有支出，只能填一项"
    "rounded_number" RoundedNumber
        "the spreadsheet has rounded the number (1.1E+17), its last digits are lost: format the column as text and type it again"
        "电子表格已将号码舍入（1.1E+17），末位丢失：请将该列设为文本后重新录入"
    "not_a_citizen_id" NotACitizenId
        "this is no citizen number of 18 characters (or 15 digits, the old form)"
        "不是 18 位公民身份号码（或 15 位旧号）"
    "no_such_birthday" NoSuchBirthday
        "the day of birth in the number does not exist"
        "号码中的出生日期不存在"
    "wrong_check_digit" WrongCheckDigit { expected: char }
        "the check digit is wrong; by the other digits it would be {expected}, so one of them is mistyped"
        "校验码错误；按其余数字应为 {expected}，号码中有录入错误"
    "not_a_credit_code" NotACreditCode
        "this is no unified social credit code of 18 characters"
        "不是 18 位统一社会信用代码"
    "not_an_identifier" NotAnIdentifier
        "this is no identifier of the ledger: 1 to 40 characters from A-Z a-z 0-9 . _ -, no run of eleven or more digits"
        "不是台账编号：1 至 40 个字符（A-Z a-z 0-9 . _ -），不得含 11 位以上连续数字"
    "twice_in_file" TwiceInFile { first: u32 }
        "this stands in row {first} already"
        "与第 {first} 行重复"
    "other_name" OtherName { first: u32, name: String }
        "row {first} has the same number with another name, {name}"
        "与第 {first} 行号码相同而姓名不同（{name}）"
    "total_differs" TotalDiffers { stated: Money, sum: Money }
        "the file states a total of {stated}, its rows sum to {sum}"
        "表中合计为 {stated}，各行之和为 {sum}"
    "no_rows" NoRows
        "there are no rows below the headings"
        "表头之下没有数据行"
    "too_many_rows" TooManyRows { maximum: usize }
        "one file may have {maximum} rows; split it"
        "单个文件最多 {maximum} 行，请拆分"
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, value, reason } = self;
        write!(f, "row {row}, {column}, {value:?}: {} [{}]", reason.english(), reason.code())
    }
}
