//! How the catalogue of refusals is declared.

/// Declares the catalogue: stage, code, figures, English text, Chinese text.
macro_rules! refusals {
    ($($stage:ident $code:literal $variant:ident { $($figure:ident: $type:ty),* } $english:literal $chinese:literal)*) => {
        /// Why a command is refused.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the text of each refusal stands beside it in the catalogue")]
        pub enum Refusal {
            $($variant { $($figure: $type),* },)*
            /// Lines of a list are refused; the list is refused as a whole.
            Lines {
                /// How many lines the list holds.
                lines: usize,
                /// How many of them are refused.
                refused: usize,
                /// The first refused lines by number (from 1), at most [`MAX_REPORTED_LINES`](super::MAX_REPORTED_LINES) of them.
                listed: Vec<(usize, Refusal)>,
            },
        }

        impl Refusal {
            /// Every code of the catalogue, in order.
            pub const CODES: &'static [&'static str] = &[$($code,)* "lines_refused"];

            /// The stable code.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* Self::Lines { .. } => "lines_refused" }
            }

            /// The stage of the check.
            #[must_use]
            pub fn stage(&self) -> Stage {
                match self {
                    $(Self::$variant { .. } => Stage::$stage,)*
                    Self::Lines { listed, .. } => {
                        listed.iter().map(|(_, refusal)| refusal.stage()).min().unwrap_or(Stage::Rule)
                    }
                }
            }

            /// The figures by name.
            #[must_use]
            pub fn figures(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$variant { $($figure),* } => vec![$((stringify!($figure), $figure.to_string())),*],)*
                    Self::Lines { lines, refused, .. } => {
                        vec![("lines", lines.to_string()), ("refused", refused.to_string())]
                    }
                }
            }

            /// The refusal in English.
            #[must_use]
            pub fn english(&self) -> String {
                match self {
                    $(Self::$variant { $($figure),* } => format!($english),)*
                    Self::Lines { lines, refused, listed } => {
                        let mut text = format!("{refused} of {lines} lines are refused, so nothing was recorded; the first {}:", listed.len());
                        for (line, refusal) in listed {
                            text.push_str(&format!("\n  line {line}: {} [{}]", refusal.english(), refusal.code()));
                        }
                        text
                    }
                }
            }

            /// The refusal in Chinese.
            #[must_use]
            pub fn chinese(&self) -> String {
                match self {
                    $(Self::$variant { $($figure),* } => format!($chinese),)*
                    Self::Lines { lines, refused, listed } => {
                        let mut text = format!("{lines} 行中有 {refused} 行被拒绝，整批未入账；前 {} 行：", listed.len());
                        for (line, refusal) in listed {
                            text.push_str(&format!("\n  第 {line} 行：{} [{}]", refusal.chinese(), refusal.code()));
                        }
                        text
                    }
                }
            }
        }
    };
}
