//! `almoner audit`, by somebody who has only what the bureau hands out.

use std::fs;

use crate::place::Place;

/// Verifies a bundle with nothing of ours: see there.
const VERIFIER: &str = include_str!("../independent/verify_bundle.py");

#[test]
fn a_good_log_is_verified_and_its_checkpoint_kept_for_the_next_time() {
    let place = Place::with_half_year();
    let ran = place.run(&["audit", "verify", "--save-checkpoint", "last"]).done();
    assert!(ran.out.starts_with("the log is good: almoner/411700\n  37 records, "), "{ran:?}");
    assert!(place.read("last").starts_with("almoner/411700\n37\n"));

    let line = r#"{"command":"fund.receive","key":"more","effective_date":"2024-06-10","data":{"fund":"guarantee","source":"city","amount":"1.00","document":"指标文9"}}"#;
    place.run_with_input(&["record", "-"], line.as_bytes()).done();
    let arguments = ["audit", "verify", "--checkpoint", "last", "--json"];
    let verdict = place.run(&arguments).done().json();
    assert_eq!([&verdict["records"], &verdict["earlier"]], [38, 1]);
    assert_eq!(verdict["findings"], serde_json::json!([]));
}

#[test]
fn a_changed_record_is_found_although_the_database_was_talked_into_it() {
    let place = Place::with_half_year();
    let sql = "DROP TRIGGER record_no_update;
        UPDATE record SET bytes = CAST(replace(CAST(bytes AS TEXT), '300000.00', '390000.00') AS BLOB)
        WHERE position = 8;";
    let script = "import sqlite3, sys\nsqlite3.connect('almoner.db').executescript(sys.argv[1])";
    match place.run_other("python3", &["-c", script, sql]) {
        Ok(done) => assert!(done.status.success(), "{done:?}"),
        Err(error) => {
            println!("skipped: python3 is not here ({error})");
            return;
        }
    }
    let ran = place.run(&["audit", "verify"]).ended(1);
    assert!(ran.out.starts_with("THE LOG IS NOT GOOD: almoner/411700\n"), "{ran:?}");
    let verdict = place.run(&["audit", "verify", "--json"]).ended(1).json();
    assert_ne!(verdict["findings"], serde_json::json!([]));
    let ran = place.run(&["audit", "export", "out"]).ended(1);
    assert!(ran.err.ends_with("hint: `almoner audit verify` tells what is wrong\n"), "{ran:?}");
    assert!(!place.path("out").exists());
}

#[test]
fn another_history_under_the_same_key_contradicts_the_checkpoint_that_was_kept() {
    let place = Place::with_half_year();
    place.run(&["audit", "verify", "--save-checkpoint", "last"]).done();
    // The bureau throws its store away and records another story with the same key.
    for file in ["almoner.db", "almoner.db-wal", "almoner.db-shm", "almoner.signed"] {
        let _ = fs::remove_file(place.path(file));
    }
    place.run(&["init", "--ledger", "411700"]).done();
    let other = crate::place::HALF_YEAR.replace("300000.00", "390000.00");
    place.run_with_input(&["record", "-"], other.as_bytes()).done();
    place.run(&["audit", "verify"]).done();
    let ran = place.run(&["audit", "verify", "--checkpoint", "last"]).ended(1);
    assert!(ran.out.contains("THE LOG IS NOT GOOD"), "{ran:?}");
    assert!(ran.out.contains("signed two histories"), "{ran:?}");
}

#[test]
fn the_public_key_is_a_file_or_a_text_and_must_be_the_logs() {
    let place = Place::with_half_year();
    let text = place.read("almoner.vkey").trim().to_owned();
    place.run(&["audit", "verify", "--vkey", &text]).done();
    fs::rename(place.path("almoner.vkey"), place.path("of_bureau")).unwrap();
    place.run(&["audit", "verify", "--vkey", "of_bureau"]).done();
    // The signing key gives it too; without either there is nothing to trust.
    place.run(&["audit", "verify"]).done();
    fs::rename(place.path("almoner.key"), place.path("away")).unwrap();
    place
        .run(&["audit", "verify"])
        .ended(2)
        .said(&["error: there is no public key almoner.vkey", "hint: name it with `--vkey FILE`"]);
    // Another bureau's key under the same name verifies nothing.
    let other = Place::with_ledger().read("almoner.vkey");
    place.run(&["audit", "verify", "--vkey", other.trim()]).ended(1);
}

#[test]
fn a_proof_holds_without_the_log_and_not_when_a_character_is_changed() {
    let place = Place::with_half_year();
    place.run(&["audit", "prove", "29", "-o", "proof"]).done();
    assert_eq!(place.run(&["audit", "prove", "29"]).done().out, place.read("proof"));

    let auditor = Place::new();
    let key = place.read("almoner.vkey");
    auditor.write("proof", place.read("proof"));
    let check = ["audit", "check", "proof", "--vkey", key.trim(), "--json"];
    let proven = auditor.run(&check).done().json();
    assert_eq!(proven["position"], 29);
    assert_eq!(proven["size"], 37);
    assert!(proven["record"].as_str().unwrap().contains("interest_discount.paid.v1"), "{proven}");

    let proof = place.read("proof");
    let (from, to) = if proof.contains('A') { ("A", "B") } else { ("B", "A") };
    auditor.write("proof", proof.replacen(from, to, 1));
    let ran = auditor.run(&check).ended(1);
    let said =
        "error: the proof does not show that the log of this key has the record\ncaused by: ";
    assert!(ran.err.starts_with(said), "{ran:?}");
    let ran = place.run(&["audit", "prove", "38"]).ended(1);
    ran.said(&["error: there is no record 38; the log is signed up to 37"]);
}

#[test]
fn a_replay_adds_up_to_what_the_views_say() {
    let place = Place::with_half_year();
    let replay = place.run(&["audit", "replay", "--as-of", "2024-06-30", "--json"]).done().json();
    assert_eq!(replay["position"], 37);
    assert_eq!(replay["sum"], "0.00");
    assert_eq!(replay["arrears"][0]["principal"], "3000.00");
    let balances = replay["balances"].as_array().unwrap();
    let stalls = balances
        .iter()
        .find(|balance| balance["account"] == "assets:fund_bank" && balance["purpose"] == "stalls");
    assert_eq!(stalls.unwrap()["amount"], "90069.00");
    let earlier = place.run(&["audit", "replay", "--at", "22"]).done().out;
    assert!(earlier.starts_with("replayed up to position 22, recorded "), "{earlier}");
    place
        .run(&["audit", "replay", "--at", "38"])
        .ended(1)
        .said(&["error: the log ends at 37, before position 38"]);
}

#[test]
fn views_that_somebody_changed_are_held_against_the_log() {
    let place = Place::with_half_year();
    let compare = ["audit", "replay", "--compare", "--json"];
    place.run(&compare).ended(1).said(&[
        "error: there are no views yet to compare",
        "hint: any question makes them, such as `almoner funds`",
    ]);
    place.run(&["funds"]).done();
    let compared = place.run(&compare).done().json()["compared"].clone();
    assert_eq!(compared["position"], 37);
    assert_eq!(compared["differences"], serde_json::json!([]));

    let sql = "UPDATE balance SET amount = amount + 100 WHERE purpose = 'living'";
    if !damaged(&place, sql) {
        return;
    }
    let compared = place.run(&compare).ended(1).json()["compared"].clone();
    let differences = compared["differences"].as_array().unwrap();
    let bank =
        differences.iter().find(|row| row["key"].as_str().unwrap().starts_with("assets:fund_bank"));
    assert_eq!([&bank.unwrap()["log"], &bank.unwrap()["view"]], ["8600.00", "8601.00"]);
    let text = place.run(&["audit", "replay", "--compare"]).ended(1).out;
    assert!(text.contains("THE VIEWS ARE NOT WHAT THE LOG SAYS"), "{text}");
    // The log itself is as it was, and the views can be made from it again.
    place.run(&["audit", "verify"]).done();
    assert_eq!(
        place.run(&["views", "rebuild", "--json"]).done().json(),
        serde_json::json!({"position": 37})
    );
    let compared = place.run(&compare).done().json()["compared"].clone();
    assert_eq!(compared["differences"], serde_json::json!([]));
    let text = place.run(&["views", "rebuild"]).done().out;
    assert_eq!(text, "the views are made anew from the log, up to position 37\n");
    let text = place.run(&["views", "rebuild", "--lang", "zh"]).done().out;
    assert_eq!(text, "视图已由日志重新生成，截至记录号 37\n");
}

#[test]
fn a_view_row_that_answers_with_nonsense_leads_to_a_rebuild() {
    let place = Place::with_half_year();
    // Nobody has asked yet: the rebuild makes the views.
    place.run(&["views", "rebuild"]).done();
    let good = place.run(&["funds", "--json"]).done().out;
    if !damaged(&place, "UPDATE balance SET account = 'assets:pocket' WHERE number = 1") {
        return;
    }
    let asked = place.run(&["funds"]).ended(3);
    asked.said(&[
        "error: the views are damaged: there is no account assets:pocket",
        "hint: `almoner views rebuild` makes the views anew from the log",
    ]);
    place.run(&["views", "rebuild"]).done();
    assert_eq!(place.run(&["funds", "--json"]).done().out, good);
}

/// Changes the store behind the program's back; says so and returns `false` where that cannot be done.
fn damaged(place: &Place, sql: &str) -> bool {
    let script = "import sqlite3, sys\nsqlite3.connect('almoner.db', isolation_level=None).execute(sys.argv[1])";
    match place.run_other("python3", &["-c", script, sql]) {
        Ok(done) => {
            assert!(done.status.success(), "{done:?}");
            true
        }
        Err(error) => {
            println!("skipped: python3 is not here ({error})");
            false
        }
    }
}

#[test]
fn everything_about_a_loan_or_a_person_is_found() {
    let place = Place::with_half_year();
    let positions = |about: &str| -> Vec<String> {
        let ran = place.run(&["audit", "trace", about, "--json"]).done();
        let id = |record: &serde_json::Value| record["id"].as_str().unwrap().to_owned();
        ran.json_lines().iter().map(id).collect()
    };
    assert_eq!(positions("loan/L-1"), ["14", "15", "16", "21", "22", "23", "24"]);
    // The person's subsidy of May, and the line of the roster.
    assert_eq!(positions(&format!("{:032x}", 3)), ["30", "31", "32", "35"]);
    let text = place.run(&["audit", "trace", "subsidy/S-1"]).done().out;
    assert!(
        text.starts_with("30  2024-05-06  subsidy.approved.v1  subsidy/S-1  clerk:017  "),
        "{text}"
    );
    place.run(&["audit", "trace", "loan/L-9"]).ended(1).said(&[
        "error: no record is about loan/L-9",
        "hint: a subject is written as in loan/L-1, fund/F-1, subsidy/S-1",
    ]);
}

#[test]
fn an_exported_bundle_is_verified_by_ourselves_and_by_a_program_that_shares_nothing_with_us() {
    let place = Place::with_half_year();
    place.run(&["audit", "export", "bundle"]).done();
    let key = place.read("almoner.vkey");

    // An auditor who has the bundle and the key, and no store.
    let auditor = Place::new();
    fs::rename(place.path("bundle"), auditor.path("bundle")).unwrap();
    auditor.write("bureau.vkey", &key);
    auditor.run(&["audit", "verify", "--bundle", "bundle"]).ended(2).said(&[
        "error: there is no public key almoner.vkey",
        "hint: take it from the bureau itself: the bundle's own log.vkey proves only that the bundle \
         agrees with itself (`--vkey DIR/log.vkey` accepts that)",
    ]);
    let trusted = ["--bundle", "bundle", "--vkey", "bureau.vkey"];
    auditor.run(&[&["audit", "verify"][..], &trusted].concat()).done();
    auditor.run(&[&["audit", "prove", "5", "-o", "proof"][..], &trusted].concat()).done();
    auditor.run(&["audit", "check", "proof", "--vkey", "bureau.vkey"]).done();
    auditor.run(&["audit", "trace", "loan/L-1", "--bundle", "bundle"]).done();
    let replay = auditor.run(&["audit", "replay", "--bundle", "bundle", "--json"]).done().json();
    assert_eq!(replay["sum"], "0.00");

    auditor.write("verify_bundle.py", VERIFIER);
    let key = auditor.read("bureau.vkey");
    let arguments = ["verify_bundle.py", "bundle", "--key", key.trim()];
    let verify = || auditor.run_other("python3", &arguments);
    match verify() {
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stdout);
            assert!(done.status.success(), "{done:?}");
            assert!(said.starts_with("good: almoner/411700: 37 records, "), "{said}");
        }
        Err(error) => {
            println!("skipped: python3 is not here ({error})");
            return;
        }
    }
    let records = auditor.read("bundle/records.ndjson");
    auditor.write("bundle/records.ndjson", records.replacen("300000.00", "390000.00", 1));
    assert!(!verify().unwrap().status.success());
    auditor.run(&[&["audit", "verify"][..], &trusted].concat()).ended(1);
}

#[test]
fn an_export_overwrites_nothing_and_of_an_empty_log_there_is_none() {
    let place = Place::with_half_year();
    fs::create_dir(place.path("taken")).unwrap();
    place.write("taken/notes", "mine");
    place
        .run(&["audit", "export", "taken"])
        .ended(2)
        .said(&["error: the folder is in use", "caused by: taken exists and is not empty"]);
    let exported = place.run(&["audit", "export", "out", "--json"]).done().json();
    assert_eq!(exported["records"], 37);
    let empty = Place::with_ledger();
    empty.run(&["audit", "export", "out"]).ended(1).said(&["error: the log is empty"]);
    assert!(!empty.path("out").exists());
}

#[test]
fn accounting_programs_add_the_exported_journals_up_to_the_same_balances() {
    let place = Place::with_half_year();
    let formats = ["--format", "hledger", "--format", "beancount"];
    place.run(&[&["audit", "export", "out"][..], &formats].concat()).done();
    for (program, arguments) in [
        ("hledger", &["-f", "out/journal.hledger", "check"][..]),
        ("bean-check", &["out/journal.beancount"]),
    ] {
        match place.run_other(program, arguments) {
            Ok(done) => assert!(done.status.success(), "{program}: {done:?}"),
            Err(error) => println!("skipped: {program} is not here ({error})"),
        }
    }
}

#[test]
fn every_command_of_the_half_year_comes_out_of_the_rules() {
    let place = Place::with_half_year();
    let said = place.run(&["audit", "recompute"]).done();
    let good = "all 37 records of 32 commands come out of the rules as they were recorded\n";
    assert_eq!(said.out, good);
    place.run(&["audit", "export", "bundle"]).done();
    let of_bundle = place.run(&["audit", "recompute", "--bundle", "bundle", "--json"]).done();
    let expected =
        serde_json::json!({"records": 37, "commands": 32, "differences": [], "more": false});
    assert_eq!(of_bundle.json(), expected);
}

#[test]
fn a_figure_that_the_rules_do_not_give_is_shown_beside_theirs() {
    let place = Place::with_half_year();
    place.run(&["audit", "export", "bundle"]).done();
    let records = place.read("bundle/records.ndjson");
    let claimed = r#""actual_interest":"1996.94""#;
    assert!(records.contains(claimed));
    place
        .write("bundle/records.ndjson", records.replace(claimed, r#""actual_interest":"1996.95""#));
    let said = place.run(&["audit", "recompute", "--bundle", "bundle"]).ended(1);
    assert!(said.out.starts_with("THE RULES GIVE OTHER FIGURES THAN WERE RECORDED\n"), "{said:#?}");
    assert!(said.out.contains("recorded 26: ") && said.out.contains("\"1996.95\""), "{said:#?}");
    assert!(said.out.contains("computed 26: ") && said.out.contains("\"1996.94\""), "{said:#?}");
    let said = place.run(&["audit", "recompute", "--bundle", "bundle", "--lang", "zh"]).ended(1);
    assert!(said.out.starts_with("记录与规则计算结果不一致\n"), "{said:#?}");
    let json = place.run(&["audit", "recompute", "--bundle", "bundle", "--json"]).ended(1).json();
    assert_eq!(json["differences"][0]["how"]["otherwise"]["position"], 26);
}
