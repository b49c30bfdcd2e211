//! A running service, and a caller.

use std::net::SocketAddr;
use std::path::PathBuf;

use almoner_domain::money::Money;
use almoner_feed::Connection;
use almoner_ledger::Clock;
use almoner_log::{Record, Store};
use almoner_proof::{SigningKey, VerifierKey};
use almoner_server::{Access, Options, ServeError, Server, Token};
use almoner_test_servers::shared_postgres;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const LEDGER: &str = "411700";

/// May submit commands; acts as `portal`.
pub const RECORD_TOKEN: &str = "almoner_test_token_that_may_record_0001";
/// May only ask.
pub const READ_TOKEN: &str = "almoner_test_token_that_may_read_000002";
pub const WRONG_TOKEN: &str = "almoner_test_token_of_somebody_else_003";

/// Runs a scenario on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::support::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::support::Place::postgres()).await;
            })*
        }
    };
}
pub(crate) use on_both;

/// A store of its own, and a place for the signer's memory.
pub struct Place {
    pub url: String,
    directory: TempDir,
}

impl Place {
    pub fn sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite://{}", directory.path().join("ledger.db").display());
        Self { url, directory }
    }

    pub fn postgres() -> Self {
        Self::at(shared_postgres().unwrap().create_database().unwrap())
    }

    pub fn at(url: String) -> Self {
        Self { url, directory: TempDir::new().unwrap() }
    }

    pub fn signer_memory(&self) -> PathBuf {
        self.directory.path().join("signed")
    }

    pub async fn store(&self) -> Store {
        Store::open(&self.url, Some(LEDGER)).await.unwrap()
    }

    pub async fn options(&self, nats: Option<Connection>) -> Options {
        let ledger = almoner_ledger::Options {
            store: self.store().await,
            key: signing_key(),
            signer_memory: self.signer_memory(),
            clock: Clock::System,
        };
        let tokens = vec![
            Token::new(RECORD_TOKEN, "portal", Access::Record).unwrap(),
            Token::new(READ_TOKEN, "union", Access::Read).unwrap(),
        ];
        Options { ledger, address: SocketAddr::from(([127, 0, 0, 1], 0)), tokens, nats }
    }

    /// Makes the ledger and serves it.
    pub async fn start(&self) -> (Server, Caller) {
        Store::create(&self.url, LEDGER).await.unwrap();
        self.start_again().await
    }

    pub async fn start_again(&self) -> (Server, Caller) {
        self.try_start(None).await.unwrap()
    }

    pub async fn start_feeding(&self, nats: Connection) -> (Server, Caller) {
        Store::create(&self.url, LEDGER).await.unwrap();
        self.try_start(Some(nats)).await.unwrap()
    }

    pub async fn try_start(
        &self,
        nats: Option<Connection>,
    ) -> Result<(Server, Caller), ServeError> {
        let server = Server::start(self.options(nats).await).await?;
        let caller = Caller::new(server.address(), RECORD_TOKEN);
        Ok((server, caller))
    }
}

pub fn signing_key() -> SigningKey {
    SigningKey::new(&format!("almoner/{LEDGER}"), [5; 32]).unwrap()
}

pub fn verifier_key() -> VerifierKey {
    signing_key().verifier_key()
}

/// Whoever calls the service.
#[derive(Clone)]
pub struct Caller {
    pub http: reqwest::Client,
    pub address: SocketAddr,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The lines of an answer in NDJSON.
    pub fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The problem, which must have the status and say so in every way that it should.
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["instance"].as_str(), self.header("x-request-id"), "{self:?}");
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("urn:almoner:problem:{code}"), "{self:?}");
        assert!(!problem["title"].as_str().unwrap().is_empty(), "{self:?}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{self:?}");
        problem
    }
}

impl Caller {
    pub fn new(address: SocketAddr, token: &str) -> Self {
        Self { http: reqwest::Client::new(), address, token: Some(token.to_owned()) }
    }

    pub fn with(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// A request to a path: one below the ledger, or with a slash at its beginning any other.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/v1/ledgers/{LEDGER}/{path}"),
        };
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// What a question is answered with, which must be possible.
    pub async fn ask(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        answer.json()
    }

    pub async fn post(&self, command: &Value) -> Answer {
        send(self.request(Method::POST, "commands").json(command)).await
    }

    /// Posts a command that must be recorded; returns its last position.
    pub async fn record(&self, command: &Value) -> u64 {
        let answer = self.post(command).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{command}: {answer:?}");
        answer.json()["last"].as_u64().unwrap()
    }

    pub async fn record_all(&self, commands: &[Value]) -> u64 {
        let mut last = 0;
        for command in commands {
            last = self.record(command).await;
        }
        last
    }

    pub fn ndjson(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        let request = self.request(Method::POST, "commands");
        request.header("content-type", "application/x-ndjson").body(body)
    }
}

pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

pub fn command(key: &str, kind: &str, on: &str, data: Value) -> Value {
    json!({"command": kind, "key": key, "effective_date": on, "data": data})
}

pub fn open_fund(key: &str, fund: &str) -> Value {
    let data = json!({
        "fund": fund, "name": "Fund",
        "sources": [{"source": "union", "kind": "union", "name": "Union"}],
    });
    command(key, "fund.open", "2023-01-01", data)
}

pub fn receive(key: &str, fund: &str, amount: &str) -> Value {
    receive_on(key, fund, amount, "2024-05-20")
}

pub fn receive_on(key: &str, fund: &str, amount: &str, on: &str) -> Value {
    let data = json!({"fund": fund, "source": "union", "amount": amount, "document": "receipt"});
    command(key, "fund.receive", on, data)
}

pub fn person(number: u32) -> String {
    format!("{number:032x}")
}

/// A fund, a programme that lends out of it with money for that, and one that pays subsidies out of it.
/// Ends at position 4.
pub fn lending_fund() -> Vec<Value> {
    let terms = json!({"loan": {
        "lender": {"fund": {"fund": "F"}},
        "categories": [
            {"category": "store", "name": "个体门店", "minimum": "5000.00", "maximum": "300000.00"},
        ],
        "maximum_months": 36,
        "maximum_rate": "0.08",
        "methods": ["equal_principal"],
        "day_count": "whole_period",
        "rounding": "half_up",
        "application_order": ["interest", "principal"],
        "open_loans_per_borrower": 2,
        "working_days": false,
        "classes": [{"class": "special_mention", "over_days": 0}],
    }});
    let version = json!({
        "programme": "own", "version": 1, "name": "example", "place": "Zhumadian",
        "document": "example 1", "effective_from": "2020-01-01", "terms": terms,
    });
    let mut help = version.clone();
    help["programme"] = json!("help");
    help["terms"] = json!({"subsidy": {"fund": "F", "per_payment": "500.00"}});
    let money = json!({
        "fund": "F", "source": "union", "amount": "1000000.00", "purpose": "own",
        "document": "receipt",
    });
    vec![
        open_fund("open", "F"),
        command("programme", "programme.publish", "2023-01-01", version),
        command("money", "fund.receive", "2023-01-02", money),
        command("help", "programme.publish", "2023-01-01", help),
    ]
}

/// A roster of the subsidy programme, a line for each amount.
pub fn roster(key: &str, amounts: &[&str]) -> Value {
    let line = |(number, amount): (u32, &&str)| json!({"beneficiary": person(number), "household": person(number + 1_000), "amount": amount});
    let lines: Vec<Value> = (1..).zip(amounts).map(line).collect();
    let total: Money = amounts.iter().map(|amount| amount.parse::<Money>().unwrap()).sum();
    let data = json!({
        "batch": key, "programme": "help", "period": "2024-05", "lines": lines, "total": total,
        "document": "notice",
    });
    command(key, "subsidy_batch.approve", "2024-05-01", data)
}

/// A loan of 12,000.00 over twelve months, lent on 2023-06-05. Takes three positions.
pub fn lend(loan: &str, number: u32) -> Vec<Value> {
    let applied = json!({
        "loan": loan, "programme": "own", "category": "store", "borrower": person(number),
        "amount": "12000.00", "months": 12,
    });
    let approved = json!({
        "loan": loan, "amount": "12000.00", "annual_rate": "0.06", "method": "equal_principal",
    });
    vec![
        command(&format!("apply-{loan}"), "loan.apply", "2023-06-01", applied),
        command(&format!("approve-{loan}"), "loan.approve", "2023-06-02", approved),
        command(
            &format!("disburse-{loan}"),
            "loan.disburse",
            "2023-06-05",
            json!({"loan": loan, "every": 1}),
        ),
    ]
}

/// Every record of a store by its position, with its command key.
pub async fn keys_in_log(store: &Store) -> Vec<String> {
    let mut keys = Vec::new();
    loop {
        let records = store.read(keys.len() as u64 + 1, 10_000).await.unwrap();
        if records.is_empty() {
            return keys;
        }
        let key = |bytes: &[u8]| Record::decode(bytes).unwrap().command_id.to_owned();
        keys.extend(records.iter().map(|(_, bytes)| key(bytes)));
    }
}
