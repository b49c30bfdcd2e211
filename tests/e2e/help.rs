//! The help texts, word for word: they are what a user has. `ALMONER_WRITE_HELP=1` writes them anew.

use std::fs;
use std::path::PathBuf;

use crate::place::Place;

/// Every command, as the words that lead to it.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["demo"],
    &["init"],
    &["record"],
    &["presets"],
    &["presets", "show"],
    &["import"],
    &["import", "roster"],
    &["import", "bank-claim"],
    &["funds"],
    &["arrears"],
    &["loan"],
    &["premiums"],
    &["mortgages"],
    &["wages"],
    &["demands"],
    &["certificates"],
    &["discounts"],
    &["journal"],
    &["reconcile"],
    &["trial-balance"],
    &["schedule"],
    &["serve"],
    &["views"],
    &["views", "rebuild"],
    &["audit"],
    &["audit", "verify"],
    &["audit", "replay"],
    &["audit", "recompute"],
    &["audit", "follow"],
    &["audit", "trace"],
    &["audit", "prove"],
    &["audit", "check"],
    &["audit", "export"],
    &["completions"],
    &["version"],
];

#[test]
fn every_help_text_is_as_it_was_last_read_and_found_good() {
    let place = Place::new();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/help");
    let writes = std::env::var_os("ALMONER_WRITE_HELP").is_some();
    let mut files = Vec::new();
    for words in COMMANDS {
        let text = place.run(&[words, &["--help"][..]].concat()).done().out;
        assert_eq!(place.run(&[words, &["-h"][..]].concat()).done().out, text, "{words:?}");
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 132, "almoner {}: a line of {widest} characters", words.join(" "));
        let name = format!("{}.txt", [&["almoner"], *words].concat().join("_"));
        let path = folder.join(&name);
        files.push(name);
        if writes {
            fs::write(path, text).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            text,
            expected,
            "{}: if the new text is good, ALMONER_WRITE_HELP=1",
            path.display()
        );
    }
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(files.contains(&name), "{name} is of no command");
    }
}

#[test]
fn every_command_that_help_lists_is_tested_here() {
    let place = Place::new();
    for words in [&[][..], &["audit"], &["views"]] {
        let text = place.run(&[words, &["--help"][..]].concat()).done().out;
        let listed = text.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        for line in listed.lines() {
            let name = line.split_whitespace().next().unwrap();
            let command = [words, &[name]].concat();
            assert!(name == "help" || COMMANDS.contains(&command.as_slice()), "{command:?}");
        }
    }
}
