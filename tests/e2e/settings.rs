//! Where settings come from: the command line, then the environment, then `almoner.toml`.

use crate::place::{Place, Ran};

fn ledger_of(ran: Ran) -> String {
    ran.done().json()["log"].as_str().unwrap().to_owned()
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let place = Place::new();
    for ledger in ["of-file", "of-environment", "of-line"] {
        let store = format!("sqlite://{ledger}.db");
        place.run(&["init", "--ledger", ledger, "--store", &store]).done();
    }
    place.write("almoner.toml", "store = \"sqlite://of-file.db\"\nledger = \"of-file\"\n");
    let verify = ["audit", "verify", "--json"];
    assert_eq!(ledger_of(place.run(&verify)), "almoner/of-file");
    let mut of_environment = place.command(&verify);
    of_environment
        .env("ALMONER_STORE", "sqlite://of-environment.db")
        .env("ALMONER_LEDGER", "of-environment");
    assert_eq!(ledger_of(Ran::of(of_environment.output().unwrap())), "almoner/of-environment");
    of_environment.args(["--store", "sqlite://of-line.db", "--ledger", "of-line"]);
    assert_eq!(ledger_of(Ran::of(of_environment.output().unwrap())), "almoner/of-line");
}

#[test]
fn the_file_can_hold_every_setting_that_is_not_for_one_run_only() {
    let place = Place::new();
    place.write(
        "almoner.toml",
        "store = \"sqlite://a.db\"\nledger = \"a\"\nkey = \"b.key\"\nactor = \"clerk:7\"\nlang = \"zh\"\n",
    );
    place.run(&["init"]).done();
    assert_eq!(place.files(), ["a.db", "almoner.toml", "b.key", "b.vkey"]);
    let line = r#"{"command":"fund.open","key":"k","effective_date":"2024-01-02","data":{"fund":"F","name":"资金","sources":[{"source":"s","kind":"union","name":"总工会"}]}}"#;
    let ran = place.run_with_input(&["record", "-"], line.as_bytes()).done();
    assert_eq!(ran.out, "行 1 fund.open k: 已入账，记录号 1\n");
    assert_eq!(place.run(&["journal", "--json"]).done().json()["actor"], "clerk:7");
    // An empty variable of the environment is none.
    assert!(place.run(&["funds", "--lang", "en"]).done().out.contains("source"));
}

#[test]
fn unknown_and_bad_settings_are_wrong_usage() {
    let place = Place::with_ledger();
    for (text, named) in [
        ("stroe = \"sqlite://a.db\"\n", "unknown field `stroe`"),
        ("store = 1\n", "store = 1"),
        ("lang = \"fr\"\n", "lang = \"fr\""),
        ("store\n", "line 1"),
    ] {
        place.write("almoner.toml", text);
        let ran = place.run(&["funds"]).ended(2);
        assert!(ran.err.starts_with("error: the settings in almoner.toml cannot be followed\n"));
        assert!(ran.err.contains(named), "{ran:?}");
    }
}

#[test]
fn a_file_of_settings_that_is_named_must_be_there() {
    let place = Place::with_ledger();
    let ran = place.run(&["funds", "--config", "other.toml"]).ended(3);
    assert!(ran.err.starts_with("error: the settings in other.toml cannot be read\ncaused by: "));
    place.write("other.toml", "lang = \"zh\"\n");
    assert_eq!(place.run(&["funds", "--config", "other.toml"]).done().out, "尚无资金\n");
    // Then almoner.toml is not read.
    place.write("almoner.toml", "nonsense = true\n");
    place.run(&["funds", "--config", "other.toml"]).done();
}

#[test]
fn nothing_is_coloured_unless_a_terminal_reads_it() {
    let place = Place::new();
    for arguments in [&["funds"][..], &["funds", "--no-color"], &["bogus"], &["--help"]] {
        let ran = place.run(arguments);
        assert!(!ran.err.contains('\u{1b}') && !ran.out.contains('\u{1b}'), "{ran:?}");
    }
}
