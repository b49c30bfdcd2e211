//! Rust source files as tokens, and how to look for something in them.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A word, a mark or a literal of a source file. Brackets are tokens of their own.
#[derive(Debug, Clone)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// A source file.
#[derive(Debug)]
pub struct Source {
    pub path: PathBuf,
    pub lines: usize,
    pub tokens: Vec<Token>,
}

impl Source {
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines = text.lines().count();
        match tokens_of(&text) {
            Ok(tokens) => Self { path: path.to_path_buf(), lines, tokens },
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}

/// The places where these tokens stand one after the other.
pub fn places_of(tokens: &[Token], pattern: &[&str]) -> Vec<usize> {
    let fits = |window: &[Token]| {
        window.iter().zip(pattern).all(|(token, expected)| token.text == *expected)
    };
    let windows = tokens.windows(pattern.len()).enumerate();
    windows.filter(|(_, window)| fits(window)).map(|(at, _)| at).collect()
}

/// The lines on which such tokens begin.
pub fn lines_of(tokens: &[Token], pattern: &[&str]) -> Vec<usize> {
    let places = places_of(tokens, pattern);
    places.into_iter().filter_map(|at| Some(tokens.get(at)?.line)).collect()
}

/// The lines that name a path of two words, such as `std::fs`, also as `std::{fmt, fs}`.
pub fn lines_of_path(tokens: &[Token], first: &str, second: &str) -> Vec<usize> {
    let mut lines = lines_of(tokens, &[first, ":", ":", second]);
    for at in places_of(tokens, &[first, ":", ":", "{"]) {
        let group = tokens.get(at + 3..).unwrap_or_default();
        let mut depth = 0_usize;
        for (before, token) in group.iter().zip(group.iter().skip(1)).take(end_of_group(group)) {
            match before.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 1 && ["{", ","].contains(&before.text.as_str()) && token.text == second {
                lines.push(token.line);
            }
        }
    }
    lines
}

/// Where the bracket closes that the tokens begin with.
pub fn end_of_group(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// The lines and names of the functions marked `#[test]`, `#[tokio::test]` and the like.
pub fn tests_in(tokens: &[Token]) -> Vec<(usize, String)> {
    let mut tests = Vec::new();
    for at in places_of(tokens, &["#", "["]) {
        let attribute = tokens.get(at + 1..).unwrap_or_default();
        let (body, item) = attribute.split_at(end_of_group(attribute));
        let path = body.iter().skip(1).take_while(|token| token.text != "(");
        if path.last().is_none_or(|last| last.text != "test") {
            continue;
        }
        let name = item.iter().skip_while(|token| token.text != "fn").nth(1);
        tests.extend(name.map(|name| (name.line, name.text.clone())));
    }
    tests
}

/// Takes out every item marked `#[cfg(test)]`.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some(at) = places_of(rest, &MARK).first().copied() {
        let (before, item) = rest.split_at(at);
        kept.extend_from_slice(before);
        let position = |text: &str| item.iter().position(|token| token.text == text);
        let end = match (position("{"), position(";")) {
            (Some(brace), semicolon) if semicolon.is_none_or(|semicolon| brace < semicolon) => {
                brace + end_of_group(item.get(brace..).unwrap_or_default())
            }
            (_, Some(semicolon)) => semicolon,
            _ => item.len(),
        };
        rest = item.get(end + 1..).unwrap_or_default();
    }
    kept.extend_from_slice(rest);
    kept
}

/// Whether a token is a number such as `0.5`; `pair.0.1` and `dec!(0.5)` are none.
pub fn is_float(tokens: &[Token], at: usize) -> bool {
    let text = |at: Option<usize>| Some(tokens.get(at?)?.text.as_str());
    let number = text(Some(at)).unwrap_or_default();
    let begin = at - usize::from(text(at.checked_sub(1)) == Some("-"));
    let before = |steps: usize| text(begin.checked_sub(steps));
    let in_decimal = before(1) == Some("(") && before(2) == Some("!") && before(3) == Some("dec");
    number.starts_with(|first: char| first.is_ascii_digit())
        && number.contains('.')
        && before(1) != Some(".")
        && !in_decimal
}

fn tokens_of(text: &str) -> Result<Vec<Token>, proc_macro2::LexError> {
    let mut tokens = Vec::new();
    flatten(text.parse()?, &mut tokens);
    Ok(tokens)
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), tokens);
                let line = group.span_close().start().line;
                tokens.push(Token { text: close.to_owned(), line });
            }
            other => tokens.push(Token { text: other.to_string(), line }),
        }
    }
}

#[test]
fn words_in_comments_and_strings_are_not_found() {
    let text = "// dbg!(1)\n/// dbg!(2)\nfn f() { g(\"dbg!(3)\", r#\"dbg!(4)\"#);\n dbg!(5) }";
    let tokens = tokens_of(text).unwrap();
    assert_eq!(lines_of(&tokens, &["dbg", "!"]), [4]);
}

#[test]
fn a_path_is_found_alone_and_in_a_list() {
    let text =
        "use std::fs;\nuse std::{fmt::{self, io}, fs, net::{self}};\nlet net = std::fs::read();";
    let tokens = tokens_of(text).unwrap();
    assert_eq!(lines_of_path(&tokens, "std", "fs"), [1, 3, 2]);
    assert_eq!(lines_of_path(&tokens, "std", "net"), [2]);
    assert!(lines_of_path(&tokens, "std", "io").is_empty());
}

#[test]
fn test_items_are_taken_out_and_nothing_else() {
    let text =
        "a();\n#[cfg(test)]\nmod tests { fn b() { c(); } }\nd();\n#[cfg(test)]\nmod e;\nf();";
    let kept = without_tests(&tokens_of(text).unwrap());
    let names: Vec<&str> = kept.iter().map(|token| token.text.as_str()).collect();
    assert_eq!(names.concat(), "a();d();f();");
}

#[test]
fn tests_are_found_by_their_attribute() {
    let text = "#[test]\nfn a() {}\n#[cfg(test)]\nfn b() {}\n#[tokio::test(flavor = \"x\")]\n\
                #[should_panic]\nasync fn c() {}\nfn test() {}";
    let expected = [(2, "a".to_owned()), (7, "c".to_owned())];
    assert_eq!(tests_in(&tokens_of(text).unwrap()), expected);
}

#[test]
fn floats_are_told_from_decimals_and_fields() {
    let text = "0.5 + -1.5e3 + dec!(0.5) + dec!(-0.5) + pair.0.1 + 1..2 + 0x1 + \"0.5\" + 2.0";
    let tokens = tokens_of(text).unwrap();
    let floats: Vec<&str> = (0..tokens.len())
        .filter(|at| is_float(&tokens, *at))
        .map(|at| tokens[at].text.as_str())
        .collect();
    assert_eq!(floats, ["0.5", "1.5e3", "2.0"]);
}
