//! `almoner presets`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::place::{Place, columns};

/// The presets as the program lists them.
fn presets(place: &Place) -> Vec<Value> {
    place.run(&["presets", "--json"]).done().json().as_array().unwrap().clone()
}

fn text<'a>(preset: &'a Value, field: &str) -> &'a str {
    preset[field].as_str().unwrap()
}

#[test]
fn they_are_listed_with_what_they_are_and_their_days_within_a_terminal() {
    let place = Place::new();
    for (language, about) in [("en", "about"), ("zh", "about_zh")] {
        let out = place.run(&["presets", "--lang", language]).done().out;
        for line in out.lines() {
            assert!(columns(line) <= 100, "{line}");
        }
        for preset in presets(&place) {
            let name = text(&preset, "name");
            let line = out.lines().find(|line| line.split_whitespace().next() == Some(name));
            let line = line.unwrap_or_else(|| panic!("{name}: {out}"));
            assert!(line.contains(text(&preset, about)), "{line}");
            assert!(line.contains(text(&preset, "effective_from")), "{line}");
        }
    }
    assert!(place.run(&["presets"]).done().out.contains("check the local document"));
}

#[test]
fn for_programs_each_has_its_place_programme_and_source() {
    let all = presets(&Place::new());
    assert_eq!(all.len(), 49);
    for preset in all {
        for field in ["name", "about", "about_zh", "programme", "kind", "place", "effective_from"] {
            assert!(!text(&preset, field).is_empty(), "{preset}");
        }
        assert!(text(&preset, "source").contains("example, check the local document"));
    }
}

/// Each preset shown and recorded by itself, in an order in which neither the dates nor the names rise.
#[test]
fn all_of_them_go_into_one_ledger_in_any_order() {
    let place = Place::with_ledger();
    let mut all = presets(&place);
    all.sort_by_key(|preset| text(preset, "name").chars().rev().collect::<String>());
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    for preset in &all {
        let name = text(preset, "name");
        let lines = place.run(&["presets", "show", name, "--funds"]).done().out;
        let receipts = place.run_with_input(&["record", "-", "--json"], lines.as_bytes()).done();
        assert_eq!(receipts.json_lines().len(), lines.lines().count(), "{name}");
        *versions.entry(text(preset, "programme").to_owned()).or_default() += 1;
    }
    // Eight funds, whatever names them how often, and each preset as a version of its programme.
    assert_eq!(place.size(), 8 + all.len() as u64);
    assert_eq!(versions["startup-loan"], 9);
    assert_eq!(versions["enterprise-loan"], 8);
    assert_eq!(versions["handan-loan"], 1);
    // Each is what its command, without a number, asked for.
    place.run(&["audit", "recompute"]).done();
    for preset in &all {
        // Without the funds, and once more: nothing new.
        let line = place.run(&["presets", "show", text(preset, "name")]).done().out;
        place.run_with_input(&["record", "-"], line.as_bytes()).done();
    }
    assert_eq!(place.size(), 8 + all.len() as u64);
}

#[test]
fn what_is_shown_can_be_recorded() {
    let place = Place::with_ledger();
    let lines = place.run(&["presets", "show", "startup-loan-2023", "--funds"]).done().out;
    assert_eq!(lines.lines().count(), 3);
    place.write("programme.ndjson", &lines);
    place.run(&["record", "programme.ndjson"]).done();
    let line = place.run(&["presets", "show", "startup-loan-2023"]).done().out;
    assert_eq!(Some(line.trim()), lines.lines().last());
}

#[test]
fn a_preset_that_does_not_exist_is_said_to() {
    Place::new()
        .run(&["presets", "show", "none"])
        .ended(2)
        .said(&["error: there is no preset none", "hint: `almoner presets` lists them all"]);
}
