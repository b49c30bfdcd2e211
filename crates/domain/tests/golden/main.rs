//! The bytes of events and the form of commands are contracts: one full example of each is kept here,
//! and one without every field that may be absent.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test, and these end it clearly")]

mod json;
mod spoil;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use almoner_domain::command::{Action, Command};
use almoner_domain::event::{BadEvent, Event};
use almoner_domain::refusal::{Refusal, Stage};

use json::{Json, field};

/// The examples of a folder by type: each type has one named `TYPE.json`, and more as `TYPE.WHAT.json`.
fn examples(folder: &str, kinds: &[&'static str]) -> BTreeMap<&'static str, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let mut examples: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    names.sort();
    for path in names {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let kind = kinds.iter().find(|kind| {
            name.strip_prefix(**kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        let kind = kind.unwrap_or_else(|| panic!("{name} is an example of no type"));
        examples.entry(kind).or_default().push(fs::read_to_string(&path).unwrap());
    }
    for kind in kinds {
        assert!(folder.join(format!("{kind}.json")).exists(), "{kind} has no example");
    }
    examples
}

fn events() -> BTreeMap<&'static str, Vec<String>> {
    examples("events", Event::KINDS)
}

fn commands() -> BTreeMap<&'static str, Vec<String>> {
    examples("commands", Action::KINDS)
}

/// The fields that are absent in some example and present in another.
fn optional(examples: &[String]) -> BTreeSet<String> {
    let fields = |text: &String| -> BTreeSet<String> {
        Json::read(text).places().iter().map(|place| field(place)).collect()
    };
    let all: Vec<BTreeSet<String>> = examples.iter().map(fields).collect();
    let every: BTreeSet<String> = all.iter().flatten().cloned().collect();
    every
        .into_iter()
        .filter(|name| {
            // Absent where the object around it is present: otherwise it is absent with that.
            let around = name.rsplit_once('.').map_or("", |(around, _)| around);
            all.iter().any(|one| !one.contains(name) && one.contains(around))
        })
        .collect()
}

fn read_canonical(kind: &str, data: &str) -> Result<Event, BadEvent> {
    Event::decode_canonical(kind, data, &mut Vec::new())
}

#[test]
fn every_event_is_read_and_written_as_its_example_stands() {
    for (kind, examples) in events() {
        for data in examples {
            let event =
                read_canonical(kind, &data).unwrap_or_else(|error| panic!("{error}\n{data}"));
            assert_eq!(event.kind(), kind);
            let mut written = Vec::new();
            event.encode(&mut written);
            assert_eq!(String::from_utf8(written).unwrap(), data);
            assert_eq!(Event::decode(kind, &data).unwrap(), event);
        }
    }
}

#[test]
fn every_event_can_stand_inside_another() {
    for (kind, examples) in events() {
        for data in examples {
            let reversal = format!(
                r#"{{"position":7,"effective_on":"2024-05-02","original":{{"kind":"{kind}","data":{data}}},"reason":"r","document":"d"}}"#
            );
            read_canonical("reversal.recorded.v1", &reversal)
                .unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

/// The names that a reader says it knows, from its message about one that it does not know.
fn known_fields(message: &str) -> Option<BTreeSet<String>> {
    let (_, list) = message.strip_prefix("unknown field `unknown`")?.split_once("expected")?;
    let names = list.split('`').skip(1).step_by(2);
    Some(names.map(ToOwned::to_owned).collect())
}

#[test]
fn the_examples_hold_every_field_that_there_is() {
    let mut checked = 0;
    let of_events = events().into_iter().map(|(kind, examples)| {
        let read = move |data: &str| match Event::decode(kind, data) {
            Err(BadEvent::BadData { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        (kind, examples, Box::new(read) as Box<dyn Fn(&str) -> String>)
    });
    let of_commands = commands().into_iter().map(|(kind, examples)| {
        let read = move |data: &str| match Command::read(kind, "2024-01-01", data) {
            Err(Refusal::FormInvalid { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        (kind, examples, Box::new(read) as Box<dyn Fn(&str) -> String>)
    });
    for (kind, examples, problem) in of_events.chain(of_commands) {
        // By the place of the object: the fields that the reader knows, and those that stand there.
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for data in &examples {
            let json = Json::read(data);
            for place in json.places() {
                let Json::Object(fields) = json.at(&place) else { continue };
                let more =
                    fields.iter().cloned().chain([("unknown".into(), Json::Word("1".into()))]);
                let message = problem(&json.with(&place, Json::Object(more.collect())).to_string());
                if let Some(names) = known_fields(&message) {
                    known.insert(field(&place), names);
                    let keys = fields.iter().map(|(key, _)| key.clone());
                    shown.entry(field(&place)).or_default().extend(keys);
                    checked += 1;
                }
            }
        }
        assert_eq!(shown, known, "{kind}");
        assert!(!known.is_empty(), "{kind}");
    }
    assert!(checked > 100);
}

#[test]
fn events_of_another_schema_are_refused() {
    let mut count = 0;
    for (kind, examples) in events() {
        let optional = optional(&examples);
        for data in &examples {
            for spoilt in spoil::broken(&Json::read(data), &optional) {
                let text = spoilt.json.to_string();
                let read = Event::decode(kind, &text);
                assert!(read.is_err(), "{kind}: {} is read: {text}", spoilt.how);
                assert!(read_canonical(kind, &text).is_err());
                count += 1;
            }
        }
    }
    assert!(count > 5_000, "{count}");
}

#[test]
fn other_spellings_of_an_event_are_refused_where_bytes_count() {
    for (kind, examples) in events() {
        for data in &examples {
            let json = Json::read(data);
            for spoilt in spoil::respelt(&json) {
                let text = spoilt.json.to_string();
                assert!(read_canonical(kind, &text).is_err(), "{kind}: {}: {text}", spoilt.how);
            }
            for json in spoil::reordered(&json) {
                let text = json.to_string();
                assert!(read_canonical(kind, &text).is_err(), "{kind}: {text}");
            }
            let spaced = [format!(" {data}"), format!("{data}\n"), data.replacen(':', ": ", 1)];
            for text in spaced {
                assert!(read_canonical(kind, &text).is_err(), "{text}");
            }
            let escaped = data.replacen("\":\"", "\":\"\\u0030", 1);
            assert!(read_canonical(kind, &escaped).is_err() || data == &escaped, "{escaped}");
        }
    }
    // An empty list is written as none.
    let data = events()["loan.approved.v1"][1].replace("}", r#","shares":[]}"#);
    assert!(matches!(
        read_canonical("loan.approved.v1", &data),
        Err(BadEvent::NotCanonical { .. })
    ));
}

#[test]
fn types_that_are_unknown_are_refused() {
    for kind in
        ["", "loan.applied", "loan.applied.v2", "LOAN.APPLIED.V1", "almoner.loan.applied.v1"]
    {
        assert_eq!(Event::decode(kind, "{}"), Err(BadEvent::UnknownType(kind.into())));
    }
    let refusal = Command::read("loan.aply", "2024-01-01", "{}").unwrap_err();
    assert_eq!(refusal.figures()[0], ("field", "command".to_owned()));
    assert!(refusal.english().contains("loan.apply"), "{refusal}");
    let refusal = Command::read("loan.apply", "2024-02-30", "{}").unwrap_err();
    assert_eq!(refusal.figures()[0], ("field", "effective_date".to_owned()));
}

#[test]
fn every_command_is_read_and_has_one_form() {
    for (kind, examples) in commands() {
        for data in examples {
            let command =
                Command::read(kind, "2024-05-01", &data).unwrap_or_else(|r| panic!("{kind}: {r}"));
            assert_eq!(command.action.kind(), kind);
            let form = String::from_utf8(command.canonical_form()).unwrap();
            assert_eq!(form, format!("{kind}\n2024-05-01\n{data}"));
            // Order and space are the clerk's own.
            let value: serde_json::Value = serde_json::from_str(&data).unwrap();
            let spaced = serde_json::to_string_pretty(&value).unwrap();
            let again = Command::read(kind, "2024-05-01", &spaced).unwrap();
            assert_eq!(again.canonical_form(), command.canonical_form());
        }
    }
}

#[test]
fn commands_of_another_form_are_refused_and_the_field_is_named() {
    let mut count = 0;
    for (kind, examples) in commands() {
        let optional = optional(&examples);
        for data in &examples {
            let json = Json::read(data);
            let all = spoil::broken(&json, &optional).into_iter().chain(spoil::respelt(&json));
            for spoilt in all {
                let text = spoilt.json.to_string();
                let read = Command::read(kind, "2024-05-01", &text);
                let Err(refusal) = read else { panic!("{kind}: {} is read: {text}", spoilt.how) };
                assert_eq!(refusal.code(), "form_invalid");
                assert_eq!(refusal.stage(), Stage::Form);
                let figures = refusal.figures();
                // Of a field that stands twice, and of an object written as a list, the first part that
                // is wrong may be named instead.
                let named = figures[0].1.as_str();
                let inside = spoilt.how.starts_with("second") || spoilt.how.starts_with("list");
                // A choice, as of the lender or of a figure in a list, is named as a whole.
                let choices = [
                    ".terms",
                    ".lender",
                    ".mode",
                    ".rule",
                    ".exactly",
                    ".exclusive",
                    ".margin",
                    ".reset",
                    ".overdue",
                    ".misuse",
                    "]",
                ];
                let choice = choices.iter().any(|end| named.ends_with(end));
                let at = named == spoilt.path
                    || (inside && named.starts_with(&spoilt.path))
                    || (choice && spoilt.path == format!("{named}.unknown"));
                assert!(
                    at,
                    "{kind}: {}: {named} instead of {}: {refusal}",
                    spoilt.how, spoilt.path
                );
                count += 1;
            }
        }
    }
    assert!(count > 2_000, "{count}");
}

#[test]
fn what_is_no_json_is_refused() {
    for data in ["", "{", "null", "[]", "\"x\"", "{}{}", "{\"loan\":\"L\"} x", "{\"loan\":\"L\",}"]
    {
        let refusal = Command::read("guarantee.commit", "2024-05-01", data).unwrap_err();
        assert_eq!(refusal.code(), "form_invalid", "{data}");
        assert!(refusal.figures()[0].1.starts_with("data"), "{data}: {refusal}");
        assert!(Event::decode("guarantee.committed.v1", data).is_err(), "{data}");
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Command::read("guarantee.commit", "2024-05-01", &deep).is_err());
    assert!(Event::decode("guarantee.committed.v1", &deep).is_err());
}
