//! What lies in `deploy/`, tried with real servers.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use almoner_feed::{Connection, Credentials, Follower};
use almoner_log::{Database, Store};
use almoner_proof::TileBuilder;
use almoner_test_servers::{Postgres, PostgresOptions, nats_servers};
use async_nats::jetstream::{self, stream};
use nkeys::KeyPair;
use tempfile::TempDir;

use crate::support::*;

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file)
}

/// A NATS server with the configuration that we deliver, on another port and with its files elsewhere.
struct Delivered {
    server: Child,
    url: String,
    directory: TempDir,
    publisher: KeyPair,
    auditor: KeyPair,
    administrator: KeyPair,
}

impl Delivered {
    fn start(binary: &Path) -> Self {
        let directory = TempDir::new().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (publisher, auditor) = (KeyPair::new_user(), KeyPair::new_user());
        let administrator = KeyPair::new_user();
        // The only change: its files lie here.
        let delivered = fs::read_to_string(deploy("nats/nats-server.conf")).unwrap();
        assert!(delivered.contains("\"/var/lib/nats\""));
        let store = directory.path().join("store").display().to_string();
        let file = directory.path().join("nats-server.conf");
        fs::write(&file, delivered.replace("/var/lib/nats", &store)).unwrap();
        // The shell ends the server when its own input ends, and that is when we end.
        let server = Command::new("sh")
            .args(["-c", r#""$@" & cat >/dev/null; kill -9 $!"#, "sh"])
            .arg(binary)
            .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
            .arg("--config")
            .arg(file)
            .env("ALMONER_NATS_PUBLISHER", publisher.public_key())
            .env("ALMONER_NATS_AUDITOR", auditor.public_key())
            .env("ALMONER_NATS_ADMINISTRATOR", administrator.public_key())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(directory.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while !greets(port) {
            let log = || fs::read_to_string(directory.path().join("log")).unwrap();
            assert!(begin.elapsed() < Duration::from_secs(30), "{}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        let url = format!("nats://127.0.0.1:{port}");
        Self { server, url, directory, publisher, auditor, administrator }
    }

    /// As our own programs connect.
    fn connection(&self, user: &KeyPair, name: &str) -> Connection {
        let seed = self.directory.path().join(name);
        fs::write(&seed, user.seed().unwrap()).unwrap();
        Connection {
            credentials: Credentials::NkeySeedFile(seed),
            inbox_prefix: Some(format!("_INBOX_{name}")),
            ..Connection::new(&self.url)
        }
    }

    /// As anybody's program connects.
    async fn jetstream(&self, user: &KeyPair, name: &str) -> jetstream::Context {
        let options = async_nats::ConnectOptions::with_nkey(user.seed().unwrap());
        let options = options.custom_inbox_prefix(format!("_INBOX_{name}"));
        let mut jetstream = jetstream::new(options.connect(&self.url).await.unwrap());
        jetstream.set_timeout(Duration::from_millis(500));
        jetstream
    }
}

impl Drop for Delivered {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        self.server.wait().unwrap();
    }
}

fn greets(port: u16) -> bool {
    let Ok(connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let mut line = String::new();
    connection.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    BufReader::new(connection).read_line(&mut line).is_ok_and(|_| line.starts_with("INFO"))
}

/// Whether a server knows `sync_interval: always`, which came with 2.10.
fn is_recent(binary: &Path) -> bool {
    let printed = Command::new(binary).arg("--version").output().unwrap().stdout;
    let printed = String::from_utf8(printed).unwrap();
    let version = printed.trim().trim_start_matches("nats-server: v");
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next(), parts.next()) >= (Some(2), Some(10))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nats_configuration_lets_the_service_publish_and_an_auditor_only_read() {
    let binaries: Vec<PathBuf> =
        nats_servers().unwrap().into_iter().filter(|binary| is_recent(binary)).collect();
    if binaries.is_empty() {
        println!("skipped: there is no NATS server of version 2.10 or newer");
    }
    for binary in binaries {
        let nats = Delivered::start(&binary);
        let place = Place::sqlite();
        let connection = nats.connection(&nats.publisher, "publisher");
        let (server, caller) = place.start_feeding(connection).await;
        caller.record(&open_fund("fund", "F")).await;
        for number in 0..20 {
            caller.record(&receive(&format!("k-{number}"), "F", "1.00")).await;
        }
        server.stop().await;

        let connection = nats.connection(&nats.auditor, "auditor");
        let mut follower =
            Follower::connect(&connection, LEDGER, verifier_key(), TileBuilder::new())
                .await
                .unwrap();
        let mut size = 0;
        while size < 21 {
            let next = tokio::time::timeout(Duration::from_secs(30), follower.next()).await;
            size = next.unwrap().unwrap().size;
        }
        let records = format!("ALMONER_{LEDGER}");
        let subject = format!("almoner.{LEDGER}.loan.repaid");
        for (user, name) in [(&nats.auditor, "auditor"), (&nats.publisher, "publisher")] {
            let jetstream = nats.jetstream(user, name).await;
            let stream = jetstream.get_stream(&records).await.unwrap();
            assert!(stream.purge().await.is_err(), "{name}");
            assert!(stream.delete_message(1).await.is_err(), "{name}");
            assert!(jetstream.delete_stream(&records).await.is_err(), "{name}");
            let mut config = stream.cached_info().config.clone();
            config.max_messages = 1;
            assert!(jetstream.update_stream(config).await.is_err(), "{name}");
        }
        let jetstream = nats.jetstream(&nats.auditor, "auditor").await;
        assert!(jetstream.publish(subject, "{}".into()).await.unwrap().await.is_err());
        let other = stream::Config { name: "OTHER".into(), ..stream::Config::default() };
        assert!(jetstream.create_stream(other).await.is_err());

        let administrator = nats.jetstream(&nats.administrator, "administrator").await;
        let count = async |name: &str| {
            administrator.get_stream(name).await.unwrap().cached_info().state.messages
        };
        assert_eq!(count(&records).await, 21);
        let checkpoints = format!("{records}_CHECKPOINTS");
        assert!(administrator.delete_stream(&checkpoints).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_needs_no_more_rights_in_postgresql_than_a_writer_has() {
    let postgres = Postgres::start(PostgresOptions::default()).unwrap();
    let administrator = postgres.create_database().unwrap();
    Store::create(&administrator, LEDGER).await.unwrap();
    let database = Database::open(&administrator).await.unwrap();
    let roles = fs::read_to_string(deploy("postgres/roles.sql")).unwrap();
    for statement in roles.split_inclusive(";\n") {
        database.execute(statement, &[]).await.unwrap();
    }

    let place = Place::at(administrator.replace("postgres@", "almoner_service@"));
    let (server, caller) = place.start_again().await;
    caller.record_all(&lending_fund()).await;
    let last = caller.record_all(&lend("L-1", 1)).await;
    let loan = caller.ask(&format!("loans/L-1?at_least={last}")).await;
    assert_eq!(loan["stage"], "active");
    server.stop().await;
    // A stop leaves a snapshot.
    let rows = database.rows("SELECT count(*) FROM snapshot", &[]).await.unwrap();
    assert_eq!(rows[0].integer(0).unwrap(), 1);

    let service = Database::open(&place.url).await.unwrap();
    for forbidden in [
        "UPDATE record SET bytes = 'x' WHERE position = 1",
        "DELETE FROM record",
        "TRUNCATE record",
        "ALTER TABLE record DISABLE TRIGGER no_change",
        "DROP TABLE record",
        "CREATE TABLE other (a INTEGER)",
        "SET ROLE almoner_owner",
    ] {
        assert!(service.execute(forbidden, &[]).await.is_err(), "{forbidden}");
    }

    let auditor = administrator.replace("postgres@", "almoner_auditor@");
    let reading = Database::open(&auditor).await.unwrap();
    for forbidden in
        ["INSERT INTO ledger (name) VALUES ('x')", "DELETE FROM loan", "DELETE FROM snapshot"]
    {
        assert!(reading.execute(forbidden, &[]).await.is_err(), "{forbidden}");
    }
    let store = Store::open(&auditor, Some(LEDGER)).await.unwrap();
    assert_eq!(store.head().await.unwrap().size, last);
    assert_eq!(keys_in_log(&store).await.len() as u64, last);
    let balance = almoner_views::trial_balance(&store, almoner_views::AsOf::default()).await;
    assert!(balance.unwrap().sum.is_zero());
}
