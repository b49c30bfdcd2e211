//! `almoner demo`.

use std::collections::BTreeSet;

use crate::place::{Place, Ran, columns};

#[test]
fn it_loads_shows_and_audits_and_leaves_a_ledger_for_all_other_commands() {
    let place = Place::new();
    let demo = place.run(&["demo", "--json"]).done().json();
    assert_eq!(demo["good"], true);
    assert_eq!(demo["verdict"]["findings"], serde_json::json!([]));
    assert_eq!(demo["trial_balance"], "0.00");
    assert!(demo["published"].as_array().unwrap().len() > 140);
    for figure in demo["published"].as_array().unwrap() {
        assert_eq!(figure["published"], figure["ledger"], "{figure}");
    }
    assert_eq!(demo["unreconciled"].as_array().unwrap().len(), 13);
    let run = demo["published"].as_array().unwrap().iter().map(|one| one["seed"].as_str());
    let not_run = demo["not_money"].as_array().unwrap().iter().map(|one| one["seed"].as_str());
    assert_eq!(run.chain(not_run).collect::<BTreeSet<_>>().len(), 105);
    assert!(demo["refused"].as_array().unwrap().len() >= 16);
    for refused in demo["refused"].as_array().unwrap() {
        assert_eq!(refused["refusal"]["code"], refused["expected"], "{refused}");
    }
    let files = ["almoner-demo.db", "almoner-demo.key", "almoner-demo.signed", "almoner-demo.vkey"];
    assert_eq!(place.files(), files);

    let store = ["--store", "sqlite://almoner-demo.db", "--json"];
    let funds = place.run(&[&["funds"][..], &store].concat()).done().json();
    assert_eq!(funds, demo["funds"]);
    let verdict = place.run(&[&["audit", "verify"][..], &store].concat()).done().json();
    assert_eq!(verdict, demo["verdict"]);
}

#[test]
fn it_is_told_to_people_with_everything_that_can_be_copied() {
    let place = Place::new();
    let ran = place.run(&["demo"]).done();
    for part in [
        "== Where the money stands ==",
        "== Arrears ==",
        "== The published figures and the ledger's own ==",
        "105 records: 64 run, 1 of them partly, 41 not money; 149 of 149 figures are equal.",
        "== The thirteen sums of the sources that do not reconcile ==",
        "    695,500 against 69,600 yuan, a difference of 625,900; the ledger has 695,500.00",
        "== What the rules forbid is refused, and why ==",
        "the log is good: almoner/demo",
        "replayed from nothing, all accounts sum to 0.00",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    fits_a_terminal(&ran.out);
    let further = ran.out.split("== Look further ==").nth(1).unwrap();
    let commands: Vec<&str> =
        further.lines().filter_map(|line| line.trim().strip_prefix("almoner ")).collect();
    assert!(commands.len() >= 6);
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').collect();
        place.run(&arguments).done();
    }
}

/// Everything but the signature.
fn fits_a_terminal(told: &str) {
    for line in told.lines().filter(|line| !line.starts_with("— almoner/")) {
        assert!(columns(line) <= 100, "{line}");
    }
}

#[test]
fn in_chinese_nothing_is_left_in_english() {
    let told = Place::new().run(&["demo", "--lang", "zh"]).done().out;
    fits_a_terminal(&told);
    assert!(told.contains("\n郑州：生活救助 600 元；每次至多 500 元（S0-22）\n"), "{told}");
    let (before, further) = told.split_once("== 继续查看 ==").unwrap();
    assert!(further.contains("almoner audit verify"));
    // Names and codes are one word in any language; two English words in a row are a sentence.
    for line in before.lines().filter(|line| !line.contains("almoner")) {
        let words: Vec<&str> = line.split(' ').collect();
        let is_english =
            |word: &&str| word.len() > 1 && word.bytes().all(|one| one.is_ascii_lowercase());
        let sentence = words.windows(2).any(|pair| pair.iter().all(is_english));
        assert!(!sentence, "{line}");
    }
}

#[test]
fn it_overwrites_nothing_but_an_earlier_demo() {
    let place = Place::new();
    place.run(&["demo"]).done();
    let key = place.read("almoner-demo.key");
    place.run(&["demo"]).ended(2).said(&[
        "error: almoner-demo.db exists already",
        "hint: `almoner demo --force` begins anew if it is an earlier demo",
    ]);
    assert_eq!(place.read("almoner-demo.key"), key);
    place.run(&["demo", "--force"]).done();
    assert_ne!(place.read("almoner-demo.key"), key);

    let real = Place::with_half_year();
    real.write("notes.db", "my notes");
    for store in ["sqlite://almoner.db", "sqlite://notes.db"] {
        for ledger in ["demo", "411700"] {
            let ran = real.run(&["demo", "--force", "--store", store, "--ledger", ledger]).ended(2);
            assert!(ran.err.contains("it is no earlier demo and stays as it is"), "{ran:?}");
        }
    }
    assert_eq!(real.size(), 37);
    assert_eq!(real.read("notes.db"), "my notes");
}

#[test]
fn settings_for_real_work_are_left_alone() {
    let place = Place::with_half_year();
    place.write("almoner.toml", "store = \"sqlite://almoner.db\"\nledger = \"411700\"\n");
    let mut command = place.command(&["demo"]);
    command.env("ALMONER_STORE", "sqlite://almoner.db").env("ALMONER_KEY", "almoner.key");
    Ran::of(command.output().unwrap()).done();
    assert_eq!(place.size(), 37);
    assert!(place.files().contains(&"almoner-demo.db".to_owned()));
}
