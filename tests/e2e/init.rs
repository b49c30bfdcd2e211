//! `almoner init`.

use crate::place::Place;

#[test]
fn it_makes_the_store_a_secret_key_and_a_public_key() {
    let place = Place::new();
    let ran = place.run(&["init", "--ledger", "411700"]).done();
    assert_eq!(place.files(), ["almoner.db", "almoner.key", "almoner.vkey"]);
    let key = place.read("almoner.key");
    assert!(key.starts_with("PRIVATE+KEY+almoner/411700+"), "{key}");
    let verifier_key = place.read("almoner.vkey");
    assert!(verifier_key.starts_with("almoner/411700+"), "{verifier_key}");
    assert!(ran.out.contains(verifier_key.trim()), "{ran:?}");
    assert!(!ran.out.contains(key.trim()), "{ran:?}");
    assert_eq!(ran.err, "");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_signing_key() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_ledger();
    let mode = || place.path("almoner.key").metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    place.run_with_input(&["record", "-"], b"").done().said(&["0 recorded, 0 refused"]);

    std::fs::set_permissions(place.path("almoner.key"), PermissionsExt::from_mode(0o644)).unwrap();
    let ran = place.run_with_input(&["record", "-"], b"").done();
    assert!(ran.err.contains("chmod 600 almoner.key"), "{ran:?}");
}

#[test]
fn two_ledgers_never_get_the_same_key() {
    let (one, other) = (Place::with_ledger(), Place::with_ledger());
    assert_ne!(one.read("almoner.vkey"), other.read("almoner.vkey"));
}

#[test]
fn a_ledger_that_exists_is_left_as_it_is() {
    let place = Place::with_half_year();
    let key = place.read("almoner.key");
    place.run(&["init", "--ledger", "411700"]).ended(3).said(&[
        "error: the ledger 411700 exists already",
        "hint: choose another name, or go on with the one that is there",
    ]);
    assert_eq!(place.read("almoner.key"), key);
    assert_eq!(place.size(), 37);
}

#[test]
fn a_second_ledger_of_a_store_needs_a_key_of_its_own() {
    let place = Place::with_half_year();
    place.run(&["init", "--ledger", "411702"]).ended(3).said(&[
        "error: almoner.signed shows that the key almoner.key has signed a log before",
        "hint: name another file with `--key FILE`; it is made when it does not exist",
    ]);
    let of_second = ["--ledger", "411702", "--key", "second.key"];
    place.run(&[&["init"][..], &of_second].concat()).done();
    // From here on a command must say which ledger it means.
    place.run(&["funds"]).ended(3).said(&[
        "error: no such ledger; the store has: 411700, 411702",
        "hint: choose one with `--ledger ID`",
    ]);
    let funds = place.run(&[&["funds", "--json"][..], &of_second].concat()).done().json();
    assert_eq!(funds["funds"], serde_json::json!([]));
    place.run(&["funds", "relief", "--ledger", "411700"]).done();
    place.run(&["audit", "verify", "--ledger", "411702"]).ended(2).said(&[
        "error: the key is that of almoner/411700",
        "hint: the store's ledger is 411702; name its key with `--vkey FILE`",
    ]);
}

#[test]
fn a_key_of_another_ledger_is_not_taken() {
    let place = Place::with_ledger();
    place.run(&["init", "--ledger", "411702", "--key", "almoner.key"]).ended(3).said(&[
        "error: almoner.key is the key of almoner/411700, not of almoner/411702",
        "hint: name another file with `--key FILE`; it is made when it does not exist",
    ]);
}

#[test]
fn a_key_that_was_left_by_an_interrupted_init_is_taken() {
    let place = Place::with_ledger();
    let key = place.read("almoner.key");
    std::fs::remove_file(place.path("almoner.db")).unwrap();
    place.run(&["init", "--ledger", "411700"]).done();
    assert_eq!(place.read("almoner.key"), key);
}

#[test]
fn it_needs_a_name_that_can_stand_in_records() {
    let place = Place::new();
    place.run(&["init"]).ended(2).said(&[
        "error: the new ledger needs a name",
        "hint: a county's region code is a good name: `almoner init --ledger 411700`",
    ]);
    for name in ["", "zhu madian", "驻马店", "a/b"] {
        let ran = place.run(&["init", "--ledger", name]).ended(2);
        assert!(ran.err.starts_with("error: a ledger's name has 1 to 64 characters"), "{ran:?}");
    }
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn with_json_it_tells_where_the_files_are() {
    let place = Place::new();
    let made = place.run(&["init", "--ledger", "411700", "--json"]).done().json();
    assert_eq!(made["ledger"], "411700");
    assert_eq!(made["key"], "almoner.key");
    assert_eq!(made["vkey"], "almoner.vkey");
    assert_eq!(made["verifier_key"], place.read("almoner.vkey").trim());
}
