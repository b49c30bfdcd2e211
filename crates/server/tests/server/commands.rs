//! One command, and its receipt or refusal.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use almoner_log::Record;
use almoner_server::MOST_COMMAND_BYTES;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

on_both! {
    a_receipt_says_where_the_records_are
    the_same_key_gives_the_first_receipt_again_or_a_refusal
    a_refusal_explains_itself_in_the_language_of_the_caller
    a_caller_who_hangs_up_disturbs_nobody
}

async fn a_receipt_says_where_the_records_are(place: Place) {
    let (server, caller) = place.start().await;
    let answer = caller.post(&open_fund("k-1", "F")).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.text, r#"{"key":"k-1","first":1,"last":1,"replayed":false}"#);
    let location = answer.header("location").unwrap();
    assert_eq!(location, "/v1/ledgers/411700/records/1");
    assert_eq!(answer.header("idempotency-replayed"), None);

    // What is there is the very record, and the token's actor gave it.
    let record = caller.get(location).await;
    assert_eq!(record.header("content-type"), Some("application/cloudevents+json"));
    let stored = place.store().await.read(1, 1).await.unwrap();
    assert_eq!(record.text.as_bytes(), stored.iter().next().unwrap().1);
    let decoded = Record::decode(record.text.as_bytes()).unwrap();
    assert_eq!((decoded.command_id, decoded.actor), ("k-1", "portal"));

    // A command may name who acts.
    let mut named = open_fund("k-2", "G");
    named["actor"] = json!("clerk:017");
    caller.record(&named).await;
    let record = caller.get("records/2").await;
    assert_eq!(Record::decode(record.text.as_bytes()).unwrap().actor, "clerk:017");
    server.stop().await;
}

async fn the_same_key_gives_the_first_receipt_again_or_a_refusal(place: Place) {
    let (server, caller) = place.start().await;
    caller.record(&open_fund("k-1", "F")).await;
    let again = caller.post(&open_fund("k-1", "F")).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.text, r#"{"key":"k-1","first":1,"last":1,"replayed":true}"#);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("location"), Some("/v1/ledgers/411700/records/1"));

    let problem = caller.post(&open_fund("k-1", "G")).await.problem(409);
    assert_eq!(
        (&problem["code"], &problem["stage"]),
        (&json!("key_reused"), &json!("idempotency"))
    );
    assert_eq!(problem["figures"], json!({"key": "k-1", "position": "1"}));

    // The key may stand in the header alone, in both, but not in two minds.
    let mut unkeyed = open_fund("", "H");
    unkeyed.as_object_mut().unwrap().remove("key");
    let posted = |body: &Value, key: &str| {
        let request = caller.request(Method::POST, "commands").json(body);
        send(request.header("idempotency-key", key.to_owned()))
    };
    let answer = posted(&unkeyed, "\"k-2\"").await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["key"], "k-2");
    assert_eq!(posted(&unkeyed, "k-2").await.status, 200);
    assert_eq!(posted(&open_fund("k-2", "H"), "k-2").await.status, 200);
    let disagreeing = posted(&open_fund("k-2", "H"), "k-3").await.problem(422);
    assert_eq!(disagreeing["figures"]["field"], "key");
    assert_eq!(posted(&unkeyed, "").await.problem(400)["code"], "bad_header");
    let missing = caller.post(&unkeyed).await.problem(422);
    assert_eq!(
        (&missing["code"], &missing["figures"]["field"]),
        (&json!("form_invalid"), &json!("key"))
    );
    assert_eq!(place.store().await.head().await.unwrap().size, 2);
    server.stop().await;
}

async fn a_refusal_explains_itself_in_the_language_of_the_caller(place: Place) {
    let (server, caller) = place.start().await;
    caller.record_all(&lending_fund()).await;
    let post = |command: Value, language: &'static str| {
        let request = caller.request(Method::POST, "commands").json(&command);
        send(request.header("accept-language", language).header("x-request-id", "r-1"))
    };
    let answer = post(receive("k-1", "G", "1.00"), "en").await;
    answer.problem(404);
    assert_eq!(
        answer.json(),
        json!({
            "type": "urn:almoner:problem:unknown_fund",
            "title": "what is named does not exist, or exists already",
            "status": 404,
            "detail": "there is no fund G; open it first",
            "instance": "r-1",
            "code": "unknown_fund",
            "stage": "reference",
            "figures": {"fund": "G"},
        })
    );
    assert_eq!(answer.header("content-language"), Some("en"));
    assert_eq!(answer.header("vary"), Some("accept-language"));
    let answer = post(receive("k-1", "G", "1.00"), "zh-CN,zh;q=0.9,en;q=0.8").await;
    answer.problem(404);
    assert_eq!(
        answer.json(),
        json!({
            "type": "urn:almoner:problem:unknown_fund",
            "title": "所指对象不存在或已存在",
            "status": 404,
            "detail": "没有资金 G，请先开立",
            "instance": "r-1",
            "code": "unknown_fund",
            "stage": "reference",
            "figures": {"fund": "G"},
        })
    );
    assert_eq!(answer.header("content-language"), Some("zh-CN"));
    let elsewhere = caller.request(Method::GET, "funds?at=x").header("accept-language", "zh");
    let problem = send(elsewhere).await.problem(400);
    assert_eq!(problem["detail"], "参数 at 应为记录号，即整数");

    // The refused lines of a list stand apart, each with its own reason.
    let answer = post(roster("k-2", &["600.00", "400.00", "500.01"]), "zh").await;
    let problem = answer.problem(409);
    assert_eq!((&problem["code"], &problem["stage"]), (&json!("lines_refused"), &json!("limit")));
    assert_eq!(problem["figures"], json!({"lines": "3", "refused": "2"}));
    let lines = problem["lines"].as_array().unwrap();
    let numbers: Vec<&Value> = lines.iter().map(|line| &line["line"]).collect();
    assert_eq!(numbers, [1, 3]);
    assert_eq!(lines[1]["code"], "payment_over_cap");
    assert_eq!(lines[1]["detail"], "500.01 元超过项目 help 单次上限 500.00 元");
    assert_eq!(lines[1]["figures"]["cap"], "500.00");
    assert_eq!(place.store().await.head().await.unwrap().size, 4);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stage_of_refusal_has_its_status() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    caller.record_all(&lending_fund()).await;
    let mut field = open_fund("k", "X");
    field["data"]["colour"] = json!("red");
    let allocation = json!({
        "fund": "F", "source": "union", "purpose": "own", "amount": "5.00", "document": "memo",
    });
    let reversal = json!({"position": 1, "reason": "mistake", "document": "memo"});
    for (status, stage, code, refused) in [
        (422, "form", "form_invalid", field),
        (422, "form", "amount_zero", receive("k", "F", "0.00")),
        (422, "form", "date_in_future", receive_on("k", "F", "1.00", "2199-12-31")),
        (404, "reference", "unknown_fund", receive("k", "G", "1.00")),
        (409, "reference", "already_exists", open_fund("k", "F")),
        (409, "rule", "not_reversible", command("k", "reversal.record", "2024-01-01", reversal)),
        (409, "limit", "fund_overdrawn", command("k", "fund.allocate", "2024-01-01", allocation)),
        (409, "idempotency", "key_reused", open_fund("money", "X")),
    ] {
        let problem = caller.post(&refused).await.problem(status);
        assert_eq!((&problem["code"], &problem["stage"]), (&json!(code), &json!(stage)));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_command_is_refused_and_changes_nothing() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = caller.request(Method::POST, "commands");
        send(request.header("content-type", kind).body(body))
    };
    let problem =
        post("application/json", b"{\"command\":\n nonsense}".to_vec()).await.problem(400);
    assert_eq!(problem["code"], "malformed_json");
    assert_eq!(problem["figures"], json!({"line": "2", "column": "3"}));
    let problem = post("application/json", b"{\"a\":\"\xff\"}".to_vec()).await.problem(400);
    assert_eq!(problem["figures"], json!({"line": "1", "column": "7"}));
    assert_eq!(post("application/json", Vec::new()).await.problem(400)["code"], "malformed_json");
    assert_eq!(post("application/json", b"[]".to_vec()).await.problem(422)["code"], "form_invalid");
    let typed = open_fund("k-1", "F").to_string().into_bytes();
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let problem = post(kind, typed.clone()).await.problem(415);
        assert_eq!(problem["code"], "unsupported_media_type");
    }
    let untyped = caller.request(Method::POST, "commands").body(typed.clone());
    assert_eq!(send(untyped).await.problem(415)["code"], "unsupported_media_type");
    assert_eq!(place.store().await.head().await.unwrap().size, 0);
    assert_eq!(post("Application/JSON; charset=utf-8", typed).await.status, 201);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_may_be_as_long_as_said_and_no_longer() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    let post = |body: String| {
        let request = caller.request(Method::POST, "commands");
        send(request.header("content-type", "application/json").body(body))
    };
    let command = open_fund("k-1", "F").to_string();
    let padded = |length: usize| format!("{command}{}", " ".repeat(length - command.len()));
    let problem = post(padded(MOST_COMMAND_BYTES + 1)).await.problem(413);
    assert_eq!(problem["code"], "too_large");
    assert_eq!(problem["figures"], json!({"maximum": MOST_COMMAND_BYTES.to_string()}));
    assert_eq!(place.store().await.head().await.unwrap().size, 0);
    assert_eq!(post(padded(MOST_COMMAND_BYTES)).await.status, 201);
    server.stop().await;
}

async fn a_caller_who_hangs_up_disturbs_nobody(place: Place) {
    let (server, caller) = place.start().await;
    caller.record(&open_fund("fund", "F")).await;
    let others = tokio::spawn({
        let caller = caller.clone();
        async move {
            for number in 0..100 {
                caller.record(&receive(&format!("stays-{number}"), "F", "1.00")).await;
            }
        }
    });
    let address = caller.address;
    tokio::task::spawn_blocking(move || {
        for number in 0..50 {
            let body = receive(&format!("leaves-{number}"), "F", "1.00").to_string();
            let mut connection = TcpStream::connect(address).unwrap();
            write!(
                connection,
                "POST /v1/ledgers/{LEDGER}/commands HTTP/1.1\r\nhost: x\r\n\
                 authorization: Bearer {RECORD_TOKEN}\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            // Some hang up at once, some when the service has begun.
            std::thread::sleep(Duration::from_millis(number % 5));
            drop(connection);
        }
    })
    .await
    .unwrap();
    others.await.unwrap();
    // Whether a command of theirs was recorded is unknown to them, and asking again tells.
    for number in 0..50 {
        let answer = caller.post(&receive(&format!("leaves-{number}"), "F", "1.00")).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    let position = place.store().await.head().await.unwrap().size;
    assert_eq!(position, 151);
    let fund = caller.ask(&format!("funds/F?at_least={position}")).await;
    assert_eq!(fund["total"]["received"], "150.00");
    server.stop().await;
}
