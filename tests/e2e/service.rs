//! `almoner serve`, and `almoner audit follow` beside it; and the same ledger in PostgreSQL.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use almoner_test_servers::{Nats, nats_servers, shared_postgres};
use serde_json::Value;

use crate::place::{HALF_YEAR, Place, Ran};

/// The program as a service; killed if a test ends before it is stopped.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = place
            .command(&[&["serve", "--listen", "127.0.0.1:0", "--json"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let served: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(served["ledger"], "411700");
        let address = served["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        Self { child, address }
    }

    /// The status and body of an answer.
    fn get(&self, path: &str, token: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        write!(stream, "{head}Authorization: Bearer {token}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// Stops it as systemd does; its exit code.
    fn stop(&mut self) -> Option<i32> {
        let done = std::process::Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(done.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already where the test came to its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The token that may only read.
fn reader(place: &Place) -> String {
    let tokens = place.read("almoner.tokens");
    let line = tokens.lines().find(|line| line.starts_with("read ")).unwrap();
    line.split(' ').nth(2).unwrap().to_owned()
}

#[test]
fn a_service_answers_with_the_tokens_that_it_made_and_stops_when_told() {
    let place = Place::with_half_year();
    let mut service = Service::start(&place, &[]);
    let token = reader(&place);
    let path = "/v1/ledgers/411700/funds/relief?at_least=37";
    let (status, body) = service.get(path, &token);
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("307670.53"), "{body}");
    assert_eq!(service.get(path, "almoner_nobody").0, 401);

    // Commands given at the terminal meanwhile are seen at once.
    let line = r#"{"command":"fund.receive","key":"more","effective_date":"2024-06-10","data":{"fund":"relief","source":"union","amount":"1.00","document":"捐赠票据9"}}"#;
    place.run_with_input(&["record", "-"], line.as_bytes()).done();
    let (_, body) = service.get(&path.replace("37", "38"), &token);
    assert!(body.contains("307671.53"), "{body}");
    assert_eq!(service.stop(), Some(0));
    assert_eq!(place.size(), 38);
}

#[test]
fn a_service_that_cannot_start_says_why() {
    let place = Place::with_half_year();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = place.run(&["serve", "--listen", &address]).ended(3);
    assert!(ran.err.contains(&format!("error: cannot listen on {address}\n")), "{ran:?}");
    for (tokens, said) in [
        ("", "the service needs at least one token"),
        ("read reader short\n", "line 1: a token has 32 visible ASCII characters or more"),
        ("# comment\nread\n", "line 2: a line holds read or record, an actor, and a token"),
        ("write desk almoner_00000000000000000000000000000000\n", "may either read or record"),
    ] {
        place.write("tokens", tokens);
        let ran = place.run(&["serve", "--listen", "127.0.0.1:0", "--tokens", "tokens"]).ended(2);
        assert!(ran.err.contains(said), "{ran:?}");
    }
    place.run(&["serve", "--listen", "here"]).ended(2);
}

#[test]
fn an_auditor_follows_the_feed_into_a_store_of_the_own_and_gets_the_same_answers() {
    for binary in nats_servers().unwrap() {
        let nats = Nats::start(&binary).unwrap();
        let url = nats.url();
        let place = Place::with_half_year();
        let mut service = Service::start(&place, &["--nats", &url]);

        let auditor = Place::new();
        auditor.write("bureau.vkey", place.read("almoner.vkey"));
        let own = ["--store", "sqlite://own.db"];
        let key = ["--vkey", "bureau.vkey"];
        let follow = |until: &str| {
            let feed = ["audit", "follow", "--nats", &url, "--until", until, "--json"];
            auditor.run(&[&feed[..], &own, &key].concat()).done().json_lines()
        };
        assert_eq!(follow("37").last().unwrap()["last"], 37);

        let line = r#"{"command":"fund.receive","key":"more","effective_date":"2024-06-10","data":{"fund":"relief","source":"union","amount":"1.00","document":"捐赠票据9"}}"#;
        place.run_with_input(&["record", "-"], line.as_bytes()).done();
        // It goes on where it stopped, and is done at once where nothing is missing.
        assert_eq!(follow("38")[0]["first"], 38);
        assert!(follow("38").is_empty());
        assert_eq!(service.stop(), Some(0));

        let verify = [&["audit", "verify", "--json"][..], &own, &key].concat();
        let of_auditor = auditor.run(&verify).done().json();
        let of_bureau = place.run(&["audit", "verify", "--json"]).done().json();
        assert_eq!(of_auditor["size"], of_bureau["size"]);
        assert_eq!(
            auditor.run(&[&["funds"][..], &own].concat()).done().out,
            place.run(&["funds"]).done().out
        );
    }
}

#[test]
fn following_needs_a_feed_a_key_and_a_store_of_the_own() {
    let place = Place::with_half_year();
    let vkey = place.read("almoner.vkey");
    place
        .run(&["audit", "follow", "--vkey", vkey.trim()])
        .ended(2)
        .said(&["error: NATS is not named", "hint: `--nats nats://host:4222`"]);
    let feed = ["audit", "follow", "--nats", "nats://127.0.0.1:1"];
    place.run(&[&feed[..], &["--vkey", vkey.trim()]].concat()).ended(2).said(&[
        "error: almoner.key is there: this store is the bureau's own",
        "hint: follow into a store of your own: `--store sqlite://audit.db`",
    ]);
    let ran = Place::new().run(&feed).ended(2);
    assert!(ran.err.starts_with("error: there is no public key almoner.vkey\n"), "{ran:?}");
}

#[test]
fn a_ledger_in_postgresql_gives_the_same_answers() {
    let place = Place::new();
    let url = shared_postgres().unwrap().create_database().unwrap();
    let run = |arguments: &[&str]| -> Ran {
        Ran::of(place.command(arguments).env("ALMONER_STORE", &url).output().unwrap())
    };
    run(&["funds"]).ended(3);
    let ran = run(&["init", "--ledger", "411700"]).done();
    assert!(ran.out.starts_with("ledger 411700 is ready in postgres://127.0.0.1:"), "{ran:?}");
    assert_eq!(place.files(), ["almoner.key", "almoner.vkey"]);
    place.write("half_year.ndjson", HALF_YEAR);
    run(&["record", "half_year.ndjson"]).done();

    let embedded = Place::with_half_year();
    for question in [
        &["funds"][..],
        &["funds", "relief", "--as-of", "2024-02-01"],
        &["arrears", "--as-of", "2024-06-30"],
        &["loan", "L-1", "--as-of", "2024-06-30"],
        &["loan", "L-1", "--at", "22", "--as-of", "2024-06-30", "--json"],
        &["journal"],
        &["trial-balance"],
    ] {
        assert_eq!(run(question).done().out, embedded.run(question).done().out, "{question:?}");
    }
    run(&["audit", "verify"]).done();
    run(&["audit", "replay", "--compare"]).done();
    run(&["audit", "export", "bundle"]).done();
    run(&["demo"]).done();
    assert!(place.files().contains(&"almoner-demo.db".to_owned()));
    let ran = run(&["init", "--ledger", "411700"]).ended(3);
    assert!(ran.err.starts_with("error: the ledger 411700 exists already\n"), "{ran:?}");
}
