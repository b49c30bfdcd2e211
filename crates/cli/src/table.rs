//! Tables for people: aligned by the width of the characters, amounts with separators.

use std::fmt;

use almoner_domain::money::Money;
use comfy_table::{CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, TableStyle};

/// A table.
pub struct Table {
    inner: comfy_table::Table,
}

/// A column: its heading, and on which side its contents stand.
pub struct Column<'a> {
    heading: &'a str,
    alignment: CellAlignment,
}

impl<'a> Column<'a> {
    /// A column of texts.
    pub fn text(heading: &'a str) -> Self {
        Self { heading, alignment: CellAlignment::Left }
    }

    /// A column of numbers.
    pub fn number(heading: &'a str) -> Self {
        Self { heading, alignment: CellAlignment::Right }
    }
}

impl Table {
    /// A table without rows yet.
    pub fn new(columns: &[Column<'_>]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner
            .load_style(
                TableStyle::new()
                    .header_separator(LineStyle::none().fill('─').junction('─'))
                    .content_lines(ContentLineStyle::none().junction(' '))
                    .header_lines(ContentLineStyle::none().junction(' ')),
            )
            // Lines are never broken: they stay whole for `grep` and for wide terminals.
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(columns.iter().map(|column| column.heading));
        for (column, wanted) in inner.column_iter_mut().zip(columns) {
            column.set_cell_alignment(wanted.alignment);
        }
        Self { inner }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.inner.add_row(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.trim_fmt())
    }
}

/// An amount for people: `1,234,567.00`.
pub fn yuan(amount: Money) -> String {
    grouped(&amount.to_string())
}

/// A count for people: `12,345`.
pub fn count(number: u64) -> String {
    separated(&number.to_string())
}

/// A number as a text gives it, with separators: `-1,234.5`.
pub fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    match rest.split_once('.') {
        Some((whole, part)) => format!("{sign}{}.{part}", separated(whole)),
        None => format!("{sign}{}", separated(rest)),
    }
}

fn separated(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How wide a terminal is taken to be.
const COLUMNS: usize = 100;

/// A text in lines of a terminal's width; the first begins with `first`, the others with `later`.
pub fn wrapped(text: &str, first: &str, later: &str) -> String {
    let mut lines = String::from(first);
    let mut used = first.len();
    for (index, word) in text.split(' ').enumerate() {
        let wide = width(word);
        // A long run of a script without spaces is broken where it stands.
        let needed = if wide > COLUMNS / 2 { 2 } else { wide };
        if index > 0 && used + 1 + needed > COLUMNS {
            lines.push('\n');
            lines.push_str(later);
            used = later.len();
        } else if index > 0 {
            lines.push(' ');
            used += 1;
        }
        for character in word.chars() {
            // Scripts without spaces break between any two characters.
            if used + width_of(character) > COLUMNS {
                lines.push('\n');
                lines.push_str(later);
                used = later.len();
            }
            lines.push(character);
            used += width_of(character);
        }
    }
    lines.push('\n');
    lines
}

fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// Chinese characters and their punctuation take two columns.
const fn width_of(character: char) -> usize {
    match character {
        '\u{2E80}'..='\u{FFEF}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_a_separator_every_three_digits() {
        for (fen, text) in [
            (0, "0.00"),
            (-5, "-0.05"),
            (12_345, "123.45"),
            (123_456, "1,234.56"),
            (-123_456_789, "-1,234,567.89"),
            (100_000_000_000_000, "1,000,000,000,000.00"),
        ] {
            assert_eq!(yuan(Money::from_fen(fen)), text);
        }
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(["-2000", "0.5", "1280000"].map(grouped), ["-2,000", "0.5", "1,280,000"]);
    }

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::new(&[Column::text("资金"), Column::number("left")]);
        table.row(["再就业扶助专项资金".to_owned(), yuan(Money::from_yuan(1_000))]);
        table.row(["union".to_owned(), yuan(Money::from_yuan(5))]);
        // Nine wide characters take eighteen columns.
        let expected = [
            " 资金                     left",
            "───────────────────────────────",
            " 再就业扶助专项资金   1,000.00",
            " union                    5.00",
        ];
        assert_eq!(table.to_string().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn long_texts_are_broken_at_the_width_of_a_terminal_and_lose_nothing() {
        let english = "a word and another ".repeat(20);
        let chinese = "财政兜底、企业负担三分之一。".repeat(20);
        for text in [english.trim(), &chinese] {
            let lines = wrapped(text, "- ", "  ");
            assert!(lines.lines().count() > 2);
            for line in lines.lines() {
                assert!(width(line) <= COLUMNS, "{line}");
            }
            let words: String = lines.replace(['\n', ' ', '-'], "");
            assert_eq!(words, text.replace(' ', ""));
        }
    }
}
