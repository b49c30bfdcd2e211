//! What cannot be done: exit codes, and texts that tell what to do.

use std::process::Stdio;

use crate::place::Place;

#[test]
fn a_store_that_is_not_there_is_told_with_what_makes_one() {
    let place = Place::new();
    for arguments in [
        &["funds"][..],
        &["arrears"],
        &["loan", "L-1"],
        &["journal"],
        &["trial-balance"],
        &["record", "-"],
        &["audit", "verify"],
        &["audit", "replay"],
        &["audit", "prove", "1"],
        &["audit", "trace", "loan/L-1"],
        &["audit", "export", "out"],
    ] {
        place.run(arguments).ended(3).said(&[
            "error: there is no file almoner.db",
            "hint: `almoner init --ledger ID` makes a ledger, `--store URL` names another store",
        ]);
    }
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_store_of_an_unknown_kind_is_refused_without_showing_its_password() {
    let place = Place::new();
    let ran = place.run(&["funds", "--store", "mysql://clerk:geheim@db/ledger"]).ended(3);
    ran.said(&[
        "error: the store's URL begins with neither sqlite:// nor postgres://",
        "hint: write `--store sqlite://almoner.db` or `--store postgres://…`",
    ]);
}

#[test]
fn a_file_that_is_no_database_is_told() {
    let place = Place::new();
    place.write("notes.db", "not a database, but long enough to be read as one by mistake");
    let ran = place.run(&["funds", "--store", "sqlite://notes.db"]).ended(3);
    assert!(ran.err.starts_with("error: the store sqlite://notes.db cannot be used\n"), "{ran:?}");
    assert!(ran.err.contains("file is not a database"), "{ran:?}");
}

#[test]
fn a_key_that_is_missing_or_wrong_records_nothing() {
    let place = Place::with_half_year();
    let other = Place::with_ledger();
    let line = r#"{"command":"fund.receive","key":"more","effective_date":"2024-06-10","data":{"fund":"guarantee","source":"city","amount":"1.00","document":"指标文9"}}"#;
    let record = |key: &str| place.run_with_input(&["record", "-", "--key", key], line.as_bytes());

    let ran = record("none.key").ended(3);
    assert!(ran.err.starts_with("error: the signing key none.key cannot be read\ncaused by: "));

    place.write("bad.key", "PRIVATE+KEY+almoner/411700+nonsense\n");
    let ran = record("bad.key").ended(3);
    let said = "error: bad.key holds no signing key\n\
                caused by: the key is not of the form name+id+base64\n";
    assert!(ran.err.ends_with(said), "{ran:?}");

    // Another key under the same name.
    std::fs::copy(other.path("almoner.key"), place.path("same_name.key")).unwrap();
    let ran = record("same_name.key").ended(3);
    let said = "error: same_name.key is not the key that signed the ledger's last checkpoint\n";
    assert!(ran.err.starts_with(said), "{ran:?}");
    assert!(ran.err.ends_with("hint: name the ledger's own key with `--key FILE`\n"), "{ran:?}");

    // The key of another ledger.
    place.run(&["init", "--ledger", "b", "--store", "sqlite://b.db"]).done();
    let ran = record("b.key").ended(3);
    assert!(ran.err.contains("not the key that signed"), "{ran:?}");
    assert_eq!(place.size(), 37);
    assert_eq!(place.run(&["funds", "--json"]).done().json()["position"], 37);
}

#[test]
fn a_store_restored_from_an_old_backup_is_not_recorded_in() {
    let place = Place::with_half_year();
    // The files as they were after `init`; the memory of the signer is newer.
    let old = Place::with_ledger();
    for file in ["almoner.key", "almoner.signed"] {
        std::fs::copy(place.path(file), old.path(file)).unwrap();
    }
    let ran = old.run_with_input(&["record", "-"], b"").ended(3);
    assert!(
        ran.err.contains("the log ends at position 0, but position 37 was signed before"),
        "{ran:?}"
    );
    assert!(ran.err.contains("\nhint: restore the newest backup"), "{ran:?}");
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    let place = Place::with_half_year();
    std::fs::create_dir(place.path("folder")).unwrap();
    for (arguments, name) in [
        (&["record", "missing.ndjson"][..], "missing.ndjson cannot be read"),
        (&["record", "folder"], "folder cannot be read"),
        (&["schedule", "missing.json"], "missing.json cannot be read"),
        (
            &["audit", "verify", "--vkey", "missing.vkey"],
            "the public key missing.vkey cannot be read",
        ),
        (&["audit", "verify", "--checkpoint", "missing"], "missing cannot be read"),
        (
            &["audit", "verify", "--save-checkpoint", "no/such/folder"],
            "no/such/folder cannot be written",
        ),
        (&["audit", "prove", "1", "-o", "no/such/folder"], "no/such/folder cannot be written"),
        (&["audit", "check", "missing"], "missing cannot be read"),
    ] {
        let ran = place.run(arguments).ended(3);
        assert!(ran.err.starts_with(&format!("error: {name}\ncaused by: ")), "{ran:?}");
    }
}

#[test]
fn wrong_arguments_end_with_2_and_say_what_is_right() {
    let place = Place::new();
    for (arguments, said) in [
        (&[][..], "Usage: almoner"),
        (&["bogus"], "unrecognized subcommand 'bogus'"),
        (&["funds", "--bogus"], "unexpected argument '--bogus'"),
        (&["record"], "<FILE.ndjson>"),
        (&["loan"], "<LOAN>"),
        (&["loan", "L 1"], "an identifier has 1 to 40 characters"),
        (&["funds", "--as-of", "2024-02-30"], "a date is written as in \"2002-09-20\""),
        (&["funds", "--at", "minus"], "invalid digit"),
        (&["funds", "--known-at", "noon"], "a time is written as in 2024-05-01T09:30:00+08:00"),
        (&["funds", "--at", "1", "--known-at", "2024-01-01"], "cannot be used with"),
        (&["journal", "--account", "assets:gold"], "assets:fund_bank"),
        (&["funds", "--lang", "fr"], "[possible values: en, zh]"),
        (&["audit"], "Usage: almoner audit"),
        (&["audit", "export", "out", "--format", "excel"], "hledger, beancount"),
        (&["completions", "cmd"], "[possible values: bash, elvish, fish, powershell, zsh]"),
    ] {
        let ran = place.run(arguments).ended(2);
        assert!(ran.err.contains(said), "{arguments:?}: {ran:?}");
        assert_eq!(ran.out, "");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let place = Place::with_half_year();
    for arguments in [&["journal"][..], &["--help"], &["funds"], &["completions", "bash"]] {
        let mut child =
            place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = child.wait_with_output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {ran:?}");
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{arguments:?}");
    }
}

#[test]
fn versions_and_completions_are_printed() {
    let place = Place::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(place.run(&["version"]).done().out, format!("almoner {version}\n"));
    assert_eq!(place.run(&["--version"]).done().out, format!("almoner {version}\n"));
    assert_eq!(place.run(&["version", "--json"]).done().json()["version"], version);
    for (shell, part) in [
        ("bash", "complete -F _almoner"),
        ("zsh", "#compdef almoner"),
        ("fish", "complete -c almoner"),
    ] {
        assert!(place.run(&["completions", shell]).done().out.contains(part), "{shell}");
    }
}
