//! Who may ask what, and what is said to questions that cannot be.

use reqwest::Method;
use serde_json::json;

use crate::support::*;

/// Every path below a ledger that can be read, in a ledger with the loan `L-1`.
const READABLE: [&str; 16] = [
    "funds",
    "funds/F",
    "loans",
    "loans/L-1",
    "arrears",
    "arrears?on=2024-01-01",
    "trial-balance",
    "journal",
    "records",
    "records/1",
    "checkpoint",
    "tile/0/000.p/7",
    "tile/entries/000.p/7",
    "funds?as_of=2023-12-31",
    "journal?at=2",
    "trial-balance?known_at=2020-01-01T00:00:00Z",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_path_needs_a_token_but_those_of_health() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    caller.record_all(&lending_fund()).await;
    let last = caller.record_all(&lend("L-1", 1)).await;
    caller.ask(&format!("funds?at_least={last}")).await;

    let nobody = caller.with(None);
    let stranger = caller.with(Some(WRONG_TOKEN));
    let reader = caller.with(Some(READ_TOKEN));
    let outside = ["/v1/ledgers/other/funds", "/v1/anything", "/v1/ledgers/411700/nothing"];
    for path in READABLE.iter().chain(&outside).chain(&["commands"]) {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = send(nobody.request(method.clone(), path)).await;
            assert_eq!(answer.problem(401)["code"], "no_token", "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"almoner\""));
            let answer = send(stranger.request(method.clone(), path)).await;
            assert_eq!(answer.problem(401)["code"], "wrong_token", "{method} {path}");
        }
    }
    for path in READABLE {
        for holder in [&caller, &reader] {
            let answer = holder.get(path).await;
            assert!(answer.status.is_success(), "{path}: {answer:?}");
            assert!(answer.header("x-request-id").is_some());
        }
    }
    for path in ["/livez", "/readyz"] {
        assert_eq!(nobody.get(path).await.status, 200, "{path}");
        assert_eq!(stranger.get(path).await.status, 200, "{path}");
    }
    // Another scheme than bearer, and a token that only begins like one, open nothing.
    let basic = nobody.request(Method::GET, "funds").basic_auth("user", Some(RECORD_TOKEN));
    assert_eq!(send(basic).await.problem(401)["code"], "no_token");
    let beginning = caller.with(Some(&RECORD_TOKEN[..RECORD_TOKEN.len() - 1]));
    assert_eq!(beginning.get("funds").await.problem(401)["code"], "wrong_token");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_reads_records_nothing() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    let reader = caller.with(Some(READ_TOKEN));
    let refused = reader.post(&open_fund("k-1", "F")).await;
    assert_eq!(refused.problem(403)["code"], "read_only_token");
    let line = format!("{}\n", open_fund("k-1", "F"));
    assert_eq!(send(reader.ndjson(line)).await.problem(403)["code"], "read_only_token");
    assert_eq!(place.store().await.head().await.unwrap().size, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_exactly() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    caller.record_all(&lending_fund()).await;
    caller.ask("funds?at_least=4").await;

    for (path, code) in [
        ("/v1/ledgers/other/funds", "unknown_ledger"),
        ("/v1/ledgers/other/nothing", "no_such_path"),
        ("/v1/nothing", "no_such_path"),
        ("/v2/ledgers/411700/funds", "no_such_path"),
        ("/", "no_such_path"),
        ("nothing", "no_such_path"),
        ("funds/G", "unknown_fund"),
        ("funds/%20", "no_such_path"),
        ("loans/L-9", "unknown_loan"),
        ("records/5", "unknown_record"),
        ("records/0", "unknown_record"),
        ("records/one", "no_such_path"),
        ("funds?at=5", "unknown_record"),
        ("tile/0/000", "unknown_tile"),
        ("tile/0/000.p/5", "unknown_tile"),
        ("tile/1/000.p/1", "unknown_tile"),
        ("tile/entries/001.p/1", "unknown_tile"),
        ("tile/0/0", "unknown_tile"),
        ("tile/data/000", "unknown_tile"),
    ] {
        assert_eq!(caller.get(path).await.problem(404)["code"], code, "{path}");
    }
    let answer = caller.get("/v1/ledgers/other/funds").await;
    assert_eq!(answer.json()["figures"], json!({"ledger": "other"}));

    for (method, path, allowed) in [
        (Method::DELETE, "funds", "GET,HEAD"),
        (Method::PUT, "records/1", "GET,HEAD"),
        (Method::GET, "commands", "POST"),
        (Method::POST, "/livez", "GET,HEAD"),
    ] {
        let answer = send(caller.request(method, path)).await;
        assert_eq!(answer.problem(405)["code"], "method_not_allowed", "{path}");
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_make_no_sense_are_named() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    for (path, code, name) in [
        ("funds?colour=red", "unknown_parameter", "colour"),
        ("funds?on=2024-01-01", "unknown_parameter", "on"),
        ("arrears?as_of=2024-01-01", "unknown_parameter", "as_of"),
        ("funds/F?limit=1", "unknown_parameter", "limit"),
        ("records/1?from=1", "unknown_parameter", "from"),
        ("checkpoint?at=1", "unknown_parameter", "at"),
        ("tile/0/000?x=", "unknown_parameter", "x"),
        ("/livez?x=1", "unknown_parameter", "x"),
        ("/readyz?x=1", "unknown_parameter", "x"),
        ("funds?as_of=2024-02-30", "bad_parameter", "as_of"),
        ("funds?at=-1", "bad_parameter", "at"),
        ("funds?at=", "bad_parameter", "at"),
        ("funds?known_at=yesterday", "bad_parameter", "known_at"),
        ("funds?at=1&known_at=2024-01-01T00:00:00Z", "bad_parameter", "known_at"),
        ("funds?at=1&at=2", "bad_parameter", "at"),
        ("funds?limit=0", "bad_parameter", "limit"),
        ("funds?limit=501", "bad_parameter", "limit"),
        ("funds?cursor=nonsense", "bad_parameter", "cursor"),
        ("journal?account=cash", "bad_parameter", "account"),
        ("loans?stage=lost", "bad_parameter", "stage"),
        ("loans?borrower=me", "bad_parameter", "borrower"),
        ("records?limit=all", "bad_parameter", "limit"),
    ] {
        let problem = caller.get(path).await.problem(400);
        assert_eq!((&problem["code"], &problem["figures"]["name"]), (&json!(code), &json!(name)));
    }
    let answer =
        send(caller.request(Method::POST, "commands?dry=1").json(&open_fund("k", "F"))).await;
    assert_eq!(answer.problem(400)["code"], "unknown_parameter");
    assert_eq!(caller.get("funds?as_of=%FF").await.problem(400)["code"], "bad_parameter");
    assert_eq!(place.store().await.head().await.unwrap().size, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_the_id_that_it_came_with() {
    let place = Place::sqlite();
    let (server, caller) = place.start().await;
    let with_id = |id: &str| caller.request(Method::GET, "nothing").header("x-request-id", id);
    let answer = send(with_id("web-7f.1_A")).await;
    assert_eq!(answer.problem(404)["instance"], "web-7f.1_A");
    // One that could forge a line in a log is replaced.
    for id in ["a b", "x\" status=200", &"x".repeat(65)] {
        let answer = send(with_id(id)).await;
        assert_ne!(answer.problem(404)["instance"], json!(id));
    }
    let (first, second) = (caller.get("nothing").await, caller.get("nothing").await);
    assert_ne!(first.json()["instance"], second.json()["instance"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_tokens_or_address_does_not_start() {
    use almoner_server::{ServeError, Server};

    let place = Place::sqlite();
    let (server, _) = place.start().await;
    let mut without = place.options(None).await;
    without.tokens.clear();
    assert!(matches!(Server::start(without).await, Err(ServeError::NoToken)));
    let mut taken = place.options(None).await;
    taken.address = server.address();
    assert!(matches!(Server::start(taken).await, Err(ServeError::Listen { .. })));
    server.stop().await;
}
