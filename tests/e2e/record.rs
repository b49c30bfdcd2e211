//! `almoner record`: receipts, refusals, retries.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::json;

use crate::place::{HALF_YEAR, Place};

const OPEN: &str = r#"{"command":"fund.open","key":"open","effective_date":"2024-01-02","data":{"fund":"F","name":"资金","sources":[{"source":"s","kind":"union","name":"总工会"}]}}"#;

fn receive(key: &str, amount: &str) -> String {
    format!(
        r#"{{"command":"fund.receive","key":"{key}","effective_date":"2024-01-03","data":{{"fund":"F","source":"s","amount":"{amount}","document":"票据"}}}}"#
    )
}

#[test]
fn every_line_gets_its_receipt_in_order() {
    let place = Place::with_ledger();
    place.write("day.ndjson", format!("{OPEN}\n{}\n", receive("r-1", "5.00")));
    let ran = place.run(&["record", "day.ndjson"]).done();
    assert_eq!(
        ran.out,
        "line 1 fund.open open: recorded at 1\nline 2 fund.receive r-1: recorded at 2\n"
    );
    assert_eq!(ran.err, "2 recorded, 0 refused\n");
}

#[test]
fn the_same_file_again_gives_the_same_receipts_and_changes_nothing() {
    let place = Place::with_ledger();
    place.write("half_year.ndjson", HALF_YEAR);
    let first = place.run(&["record", "half_year.ndjson", "--json"]).done();
    let again = place.run(&["record", "half_year.ndjson", "--json"]).done();
    let replayed = first.out.replace(r#""replayed":false"#, r#""replayed":true"#);
    assert_eq!(again.out, replayed);
    assert_eq!(again.err, "0 recorded, 32 recorded before, 0 refused\n");
    assert_eq!(place.size(), 37);
    let last = first.json_lines().pop().unwrap();
    let receipt = json!({"key": "k-032", "first": 35, "last": 37, "replayed": false});
    assert_eq!(last, json!({"line": 32, "receipt": receipt}));
}

#[test]
fn after_a_refusal_the_next_lines_are_recorded_and_the_exit_code_is_1() {
    let place = Place::with_ledger();
    let lines = [OPEN, "no json", &receive("r-1", "0.00"), &receive("r-2", "7.00")].join("\n");
    let ran = place.run_with_input(&["record", "-"], lines.as_bytes()).ended(1);
    assert_eq!(
        ran.out.lines().collect::<Vec<_>>(),
        [
            "line 1 fund.open open: recorded at 1",
            "line 2 ? ?: refused [form_invalid]: the command cannot be read at the line: it is not JSON (from column 2 on)",
            "line 3 fund.receive r-1: refused [amount_zero]: amount is zero; an amount above 0.00 is needed",
            "    field amount",
            "line 4 fund.receive r-2: recorded at 2",
        ]
    );
    assert_eq!(ran.err, "2 recorded, 2 refused\n");
    assert_eq!(place.size(), 2);
}

#[test]
fn blank_lines_a_byte_order_mark_and_line_ends_of_windows_do_not_matter() {
    let place = Place::with_ledger();
    let text = format!("\u{feff}{OPEN}\r\n\r\n   \r\n{}\r\n\n", receive("r-1", "5.00"));
    let ran = place.run_with_input(&["record", "-", "--json"], text.as_bytes()).done();
    let lines: Vec<_> = ran.json_lines().iter().map(|line| line["line"].clone()).collect();
    assert_eq!(lines, [1, 4]);
}

#[test]
fn bytes_that_are_no_text_are_a_refusal() {
    let place = Place::with_ledger();
    let ran = place.run_with_input(&["record", "-", "--json"], b"\xff\xfe\xfa\n").ended(1);
    let refusal = &ran.json()["refusal"];
    assert_eq!(refusal["code"], "form_invalid");
    assert_eq!(refusal["figures"], json!({"field": "the line", "problem": "it is not UTF-8"}));
}

#[test]
fn an_empty_input_is_done_at_once() {
    let place = Place::with_ledger();
    place.run_with_input(&["record", "-"], b"").done().said(&["0 recorded, 0 refused"]);
}

#[test]
fn thousands_of_lines_that_build_on_each_other_are_decided_in_their_order() {
    let place = Place::with_ledger();
    let mut lines = vec![OPEN.to_owned()];
    // Each payment can be made only when the receipt right before it is recorded.
    lines.push(r#"{"command":"programme.publish","key":"p","effective_date":"2024-01-02","data":{"programme":"P","version":1,"name":"项目","place":"地","document":"文","effective_from":"2024-01-01","terms":{"subsidy":{"fund":"F"}}}}"#.to_owned());
    for number in 0..3_000 {
        lines.push(format!(
            r#"{{"command":"fund.receive","key":"r-{number}","effective_date":"2024-01-03","data":{{"fund":"F","source":"s","amount":"5.00","purpose":"P","document":"票据"}}}}"#
        ));
        lines.push(format!(
            r#"{{"command":"subsidy.approve","key":"a-{number}","effective_date":"2024-01-03","data":{{"subsidy":"S-{number}","programme":"P","beneficiary":"{number:032x}","household":"{number:032x}","period":"once","amount":"5.00"}}}}"#
        ));
    }
    let ran = place.run_with_input(&["record", "-", "--json"], lines.join("\n").as_bytes()).done();
    for (line, answer) in (1_u64..).zip(ran.json_lines()) {
        assert_eq!(answer["line"], line);
        assert_eq!(answer["receipt"]["first"], line);
    }
    let funds = place.run(&["funds", "F", "--json"]).done().json();
    assert_eq!(funds["funds"][0]["total"]["committed"], "15000.00");
}

#[test]
fn answers_come_while_the_input_is_still_open() {
    let place = Place::with_ledger();
    let mut child = place
        .command(&["record", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for (line, answer) in [
        (OPEN.to_owned(), "line 1 fund.open open: recorded at 1"),
        (receive("r-1", "5.00"), "line 2 fund.receive r-1: recorded at 2"),
    ] {
        writeln!(input, "{line}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), answer);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn whoever_acts_stands_in_the_record() {
    let place = Place::with_ledger();
    let of_clerk = receive("r-2", "5.00").replacen('{', r#"{"actor":"clerk:9","#, 1);
    let text = [OPEN, &receive("r-1", "5.00"), &of_clerk].join("\n");
    place.run_with_input(&["record", "-", "--actor", "desk:3"], text.as_bytes()).done();
    place.run_with_input(&["record", "-"], receive("r-3", "1.00").as_bytes()).done();
    let actors: Vec<_> = place
        .run(&["journal", "--json"])
        .done()
        .json_lines()
        .iter()
        .map(|event| event["actor"].clone())
        .collect();
    assert_eq!(actors, ["desk:3", "desk:3", "clerk:9", "cli"]);
}

#[test]
fn everything_is_recorded_when_nobody_reads_the_answers() {
    let place = Place::with_ledger();
    let mut text = OPEN.to_owned();
    for number in 0..2_000 {
        text.push('\n');
        text.push_str(&receive(&format!("r-{number}"), "1.00"));
    }
    place.write("day.ndjson", text);
    let mut child = place
        .command(&["record", "day.ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(place.size(), 2_001);
}

#[test]
fn receipts_and_refusals_are_said_in_chinese() {
    let place = Place::with_ledger();
    let lines = [OPEN, &receive("r-1", "0.00")].join("\n");
    let ran = place.run_with_input(&["record", "-", "--lang", "zh"], lines.as_bytes()).ended(1);
    assert_eq!(
        ran.out.lines().take(2).collect::<Vec<_>>(),
        [
            "行 1 fund.open open: 已入账，记录号 1",
            "行 2 fund.receive r-1: 被拒绝 [amount_zero]: amount 为零，金额须大于 0.00",
        ]
    );
}
