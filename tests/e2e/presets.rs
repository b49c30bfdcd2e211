//! `almoner presets`.

use crate::place::Place;

#[test]
fn they_are_listed_with_place_dates_and_source() {
    let place = Place::new();
    let out = place.run(&["presets"]).done().out;
    for line in ["small-loan-2002", "startup-loan-2023", "premium-arrears-2011"] {
        assert!(out.lines().any(|one| one.trim().starts_with(line)), "{line}: {out}");
    }
    assert!(out.contains("check the local document"));
    let all = place.run(&["presets", "--json"]).done().json();
    for preset in all.as_array().unwrap() {
        for field in ["name", "place", "effective_from", "source"] {
            assert!(!preset[field].as_str().unwrap().is_empty(), "{preset}");
        }
        assert!(preset["source"].as_str().unwrap().contains("example, check the local document"));
    }
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
