//! Cells as they were meant: full-width letters and digits, odd spaces and the marks by which a spreadsheet is
//! told that something is text.

/// The cell without what only looks: full-width forms become plain ones, spaces at the ends and characters
/// that are not seen go, and so do the apostrophe and the `="…"` that keep a number a text.
pub fn normal(cell: &str) -> String {
    let plain: String = cell
        .chars()
        .filter_map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0),
            '\u{3000}' | '\u{A0}' | '\t' => Some(' '),
            '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' => None,
            _ => Some(c),
        })
        .collect();
    let plain = plain.trim();
    let plain = plain.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(plain);
    plain.strip_prefix('\'').unwrap_or(plain).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_is_taken_away() {
        assert_eq!(normal("　８５０．００　"), "850.00");
        assert_eq!(normal("'110105194912310021"), "110105194912310021");
        assert_eq!(normal("=\"0012\""), "0012");
        assert_eq!(normal("\u{FEFF}姓名\u{200B} "), "姓名");
        assert_eq!(normal("１１０１０５１９４９１２３１００２Ｘ"), "11010519491231002X");
    }
}
