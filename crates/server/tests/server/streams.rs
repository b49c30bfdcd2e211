//! Many commands in one request.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc;
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    two_thousand_commands_are_answered_line_by_line_in_order
    answers_come_while_lines_are_still_being_written
    a_stream_that_breaks_off_records_what_came_whole
}

async fn two_thousand_commands_are_answered_line_by_line_in_order(place: Place) {
    let (server, caller) = place.start().await;
    // Each fund is opened in one line and paid into in the next: only the order of the lines makes
    // that possible. Every tenth line is bad in one way or another.
    let line = |number: u32| match number % 10 {
        3 => "not json".to_owned(),
        5 => receive(&format!("k-{number}"), "unknown", "1.00").to_string(),
        7 => receive(&format!("k-{number}"), "F-0", "-1.00").to_string(),
        9 => open_fund("k-0", &format!("F-{number}")).to_string(),
        even if even % 2 == 0 && number % 20 < 10 => {
            open_fund(&format!("k-{number}"), &format!("F-{number}")).to_string()
        }
        _ => {
            receive(&format!("k-{number}"), &format!("F-{}", number / 20 * 20), "1.00").to_string()
        }
    };
    let lines: Vec<String> = (0..2_000).map(line).collect();
    let answer = send(caller.ndjson(lines.join("\n"))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let answers = answer.lines();
    assert_eq!(answers.len(), 2_000);
    let mut position = 0;
    for (number, answer) in (0..2_000_u32).zip(&answers) {
        assert_eq!(answer["line"], number + 1);
        let code = match number % 10 {
            3 | 7 => Some("form_invalid"),
            5 => Some("unknown_fund"),
            9 => Some("key_reused"),
            _ => None,
        };
        match code {
            Some(code) => {
                assert_eq!(answer["refusal"]["code"], code, "{answer}");
                assert!(answer["refusal"]["chinese"].is_string(), "{answer}");
                let key = if number % 10 == 3 { Value::Null } else { keyed(number) };
                assert_eq!(answer["key"], key, "{answer}");
            }
            None => {
                position += 1;
                let receipt = json!({
                    "key": keyed(number), "first": position, "last": position, "replayed": false,
                });
                assert_eq!(answer["receipt"], receipt, "{number}");
            }
        }
    }
    assert_eq!(place.store().await.head().await.unwrap().size, position);

    // The same again changes nothing and gives the same receipts.
    let again = send(caller.ndjson(lines.join("\r\n"))).await.lines();
    for (answer, again) in answers.iter().zip(&again) {
        match answer.get("receipt") {
            Some(receipt) => {
                assert_eq!(again["receipt"]["first"], receipt["first"]);
                assert_eq!(again["receipt"]["replayed"], true);
            }
            None => assert_eq!(again, answer),
        }
    }
    assert_eq!(place.store().await.head().await.unwrap().size, position);
    server.stop().await;
}

fn keyed(number: u32) -> Value {
    match number % 10 {
        9 => json!("k-0"),
        _ => json!(format!("k-{number}")),
    }
}

async fn answers_come_while_lines_are_still_being_written(place: Place) {
    let (server, caller) = place.start().await;
    let (lines, body) = mpsc::unbounded::<Result<Bytes, std::io::Error>>();
    let say = |text: String| lines.unbounded_send(Ok(Bytes::from(text))).unwrap();
    say(format!("{}\n", open_fund("k-1", "F")));
    let response = caller.ndjson(reqwest::Body::wrap_stream(body)).send().await.unwrap();
    let mut answers = response.bytes_stream();
    let mut next = async || {
        let answer = tokio::time::timeout(Duration::from_secs(20), answers.next()).await;
        let text = answer.unwrap()?.unwrap();
        Some(serde_json::from_slice::<Value>(&text).unwrap())
    };
    assert_eq!(next().await.unwrap()["receipt"]["last"], 1);
    for number in 2..20_u64 {
        let line = receive(&format!("k-{number}"), "F", "1.00").to_string();
        let (half, rest) = line.split_at(line.len() / 2);
        say(half.to_owned());
        tokio::time::sleep(Duration::from_millis(2)).await;
        say(format!("{rest}\n"));
        assert_eq!(next().await.unwrap()["receipt"]["last"], number);
    }
    // The last line does without its end.
    say(receive("k-20", "F", "1.00").to_string());
    drop(lines);
    assert_eq!(next().await.unwrap()["receipt"]["last"], 20);
    assert_eq!(next().await, None);
    server.stop().await;
}

async fn a_stream_that_breaks_off_records_what_came_whole(place: Place) {
    let (server, caller) = place.start().await;
    let mut chunks: Vec<Result<Bytes, std::io::Error>> =
        vec![Ok(format!("{}\n", open_fund("fund", "F")).into())];
    for number in 0..500 {
        chunks.push(Ok(format!("{}\n", receive(&format!("k-{number}"), "F", "1.00")).into()));
    }
    // Without its end this is no line, though it would be a command.
    chunks.push(Ok(receive("half", "F", "1.00").to_string().into()));
    chunks.push(Err(std::io::Error::other("the caller is gone")));
    let body = futures::stream::iter(chunks).then(|chunk| async {
        if chunk.is_err() {
            // What was written before must have left.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        chunk
    });
    let sent = caller.ndjson(reqwest::Body::wrap_stream(body)).send().await;
    // How much of the answer arrives is a matter of luck.
    if let Ok(response) = sent {
        let _ = response.bytes().await;
    }
    server.stop().await;
    let mut keys = keys_in_log(&place.store().await).await;
    assert_eq!(keys.remove(0), "fund");
    let expected: Vec<String> = (0..500).map(|number| format!("k-{number}")).collect();
    assert_eq!(keys, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_the_answers_is_not_read_from_and_holds_up_nobody() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    // Bad lines have long answers and cost nothing else. There are enough of them to fill every
    // buffer between here and there many times over.
    let line = Bytes::from(format!("{{\"key\":\"{}\"}}\n", "x".repeat(1_000)));
    let sent = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counter = sent.clone();
    let body = futures::stream::repeat(line).map(move |line| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok::<_, std::io::Error>(line)
    });
    let response = caller.ndjson(reqwest::Body::wrap_stream(body)).send().await.unwrap();
    let mut seen = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = sent.load(std::sync::atomic::Ordering::Relaxed);
        if now == seen {
            break;
        }
        seen = now;
        assert!(now < 200_000, "{now} lines were taken in though nobody reads the answers");
    }
    assert_eq!(caller.record(&receive("k-1", "F", "1.00")).await, 2);
    drop(response);
    server.stop().await;
}
