//! Every way to log in, and what those who are logged in may do.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use almoner_feed::{
    ClientCertificate, Connection, Credentials, Follower, PublishError, Publisher, Tls,
};
use almoner_proof::TileBuilder;
use almoner_test_servers::{Nats, nats_servers};
use tempfile::TempDir;

use crate::support::{Bureau, LEDGER};

/// How one connects to a server with credentials.
fn connection(server: &Nats, credentials: Credentials) -> Connection {
    Connection { credentials, ..Connection::new(server.url()) }
}

async fn publish(connection: &Connection) -> Result<u64, PublishError> {
    let bureau = Bureau::with(10).await;
    let mut publisher = Publisher::connect(connection, bureau.store.clone()).await.unwrap();
    publisher.publish_pending().await
}

async fn assert_refused(connection: &Connection) {
    let error = publish(connection).await.unwrap_err().to_string();
    assert!(error.contains("uthorization"), "{error}");
}

fn write(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn with_user_and_password() {
    for binary in nats_servers().unwrap() {
        let server =
            Nats::start_with(&binary, "authorization { user: bureau, password: \"open sesame\" }")
                .unwrap();
        let with = |password: &str| {
            connection(
                &server,
                Credentials::UserAndPassword {
                    user: "bureau".to_owned(),
                    password: password.to_owned(),
                },
            )
        };
        assert_eq!(publish(&with("open sesame")).await.unwrap(), 10);
        assert_refused(&with("open barley")).await;
        assert_refused(&connection(&server, Credentials::None)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token() {
    for binary in nats_servers().unwrap() {
        let server = Nats::start_with(&binary, "authorization { token: \"t0ken\" }").unwrap();
        let with = |token: &str| connection(&server, Credentials::Token(token.to_owned()));
        assert_eq!(publish(&with("t0ken")).await.unwrap(), 10);
        assert_refused(&with("t1ken")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_seed_of_an_nkey() {
    for binary in nats_servers().unwrap() {
        let files = tempfile::tempdir().unwrap();
        let user = nkeys::KeyPair::new_user();
        let users = format!("authorization {{ users: [{{ nkey: {} }}] }}", user.public_key());
        let server = Nats::start_with(&binary, &users).unwrap();
        let with = |seed: &str| {
            let file = write(&files, "seed", &format!("{seed}\n"));
            connection(&server, Credentials::NkeySeedFile(file))
        };
        assert_eq!(publish(&with(&user.seed().unwrap())).await.unwrap(), 10);
        assert_refused(&with(&nkeys::KeyPair::new_user().seed().unwrap())).await;

        let absent = connection(&server, Credentials::NkeySeedFile("/nowhere/seed".into()));
        let bureau = Bureau::new().await;
        let error = Publisher::connect(&absent, bureau.store.clone()).await.unwrap_err();
        assert!(error.to_string().contains("/nowhere/seed"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_credentials_file() {
    for binary in nats_servers().unwrap() {
        let files = tempfile::tempdir().unwrap();
        let operator = nkeys::KeyPair::new_operator();
        let (account, user) = (nkeys::KeyPair::new_account(), nkeys::KeyPair::new_user());
        let operator_jwt = jwt(&operator, &operator.public_key(), r#""type":"operator""#);
        let account_jwt = jwt(
            &operator,
            &account.public_key(),
            r#""type":"account","limits":{"subs":-1,"conn":-1,"leaf":-1,"imports":-1,"exports":-1,
               "data":-1,"payload":-1,"wildcards":true,"mem_storage":-1,"disk_storage":-1,
               "streams":-1,"consumer":-1}"#,
        );
        let user_jwt =
            jwt(&account, &user.public_key(), r#""type":"user","subs":-1,"data":-1,"payload":-1"#);
        // Operator mode wants a system account, which nobody here uses.
        let system = nkeys::KeyPair::new_account();
        let system_jwt = jwt(&operator, &system.public_key(), r#""type":"account""#);
        let server = Nats::start_with(
            &binary,
            &format!(
                "operator: {operator_jwt}\nsystem_account: {}\nresolver: MEMORY\n\
                 resolver_preload {{ {}: {account_jwt}, {}: {system_jwt} }}\n",
                system.public_key(),
                account.public_key(),
                system.public_key(),
            ),
        )
        .unwrap();
        let with = |seed: &str| {
            let text = format!(
                "-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n\
                 -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
            );
            connection(&server, Credentials::CredentialsFile(write(&files, "user.creds", &text)))
        };
        assert_eq!(publish(&with(&user.seed().unwrap())).await.unwrap(), 10);
        assert_refused(&with(&nkeys::KeyPair::new_user().seed().unwrap())).await;
    }
}

/// A JSON web token as NATS has them, signed by an nkey.
fn jwt(issuer: &nkeys::KeyPair, subject: &str, claims: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims: String = claims.split_whitespace().collect();
    let body = format!(
        r#"{{"jti":"{subject}","iat":1700000000,"iss":"{}","name":"test","sub":"{subject}","nats":{{{claims},"version":2}}}}"#,
        issuer.public_key()
    );
    let unsigned = format!("{}.{}", encode(r#"{"typ":"JWT","alg":"ed25519-nkey"}"#), encode(&body));
    let signature = issuer.sign(unsigned.as_bytes()).unwrap();
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_with_a_client_certificate() {
    for binary in nats_servers().unwrap() {
        let files = tempfile::tempdir().unwrap();
        let (authority, server_pair, client) = certificates(&files);
        let server = Nats::start_with(
            &binary,
            &format!(
                "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}",
                server_pair.certificate.display(),
                server_pair.key.display(),
                authority.display()
            ),
        )
        .unwrap();
        let tls = Tls {
            required: true,
            first: false,
            root_certificates: Some(authority),
            client_certificate: Some(client),
        };
        let good = Connection { tls: tls.clone(), ..Connection::new(server.url()) };
        assert_eq!(publish(&good).await.unwrap(), 10);

        let anonymous = Tls { client_certificate: None, ..tls.clone() };
        let anonymous = Connection { tls: anonymous, ..Connection::new(server.url()) };
        assert!(publish(&anonymous).await.is_err());
        let stranger = Tls { root_certificates: None, ..tls };
        let stranger = Connection { tls: stranger, ..Connection::new(server.url()) };
        assert!(publish(&stranger).await.is_err());
    }
}

/// A certificate authority and what it signed for a server at 127.0.0.1 and for a client.
fn certificates(files: &TempDir) -> (PathBuf, ClientCertificate, ClientCertificate) {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&authority_key).unwrap();
    let authority_file = write(files, "authority.pem", &certificate.pem());
    let issuer = Issuer::new(authority, authority_key);
    let pair = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        ClientCertificate {
            certificate: write(files, &format!("{name}.pem"), &certificate.pem()),
            key: write(files, &format!("{name}.key"), &key.serialize_pem()),
        }
    };
    (authority_file, pair("server"), pair("client"))
}

/// What a bureau gives an auditor: reading, and nothing else.
const BUREAU_AND_AUDITOR: &str = r#"
accounts {
  LEDGER {
    jetstream: enabled
    users: [
      { user: bureau, password: b, permissions: {
          publish: ["almoner.>", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.CREATE.*",
                    "$JS.API.STREAM.MSG.GET.*"]
          subscribe: ["_INBOX_bureau.>"] } }
      { user: auditor, password: a, permissions: {
          publish: ["$JS.API.STREAM.INFO.ALMONER_411700", "$JS.API.STREAM.INFO.ALMONER_411700_CHECKPOINTS",
                    "$JS.API.STREAM.MSG.GET.ALMONER_411700_CHECKPOINTS",
                    "$JS.API.CONSUMER.CREATE.ALMONER_411700.>",
                    "$JS.API.CONSUMER.CREATE.ALMONER_411700_CHECKPOINTS.>",
                    "$JS.API.CONSUMER.MSG.NEXT.ALMONER_411700.>",
                    "$JS.API.CONSUMER.MSG.NEXT.ALMONER_411700_CHECKPOINTS.>"]
          subscribe: ["_INBOX_auditor.>"] } }
    ]
  }
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_who_may_only_read_can_follow_and_not_write() {
    for binary in nats_servers().unwrap() {
        let server = Nats::start_with(&binary, BUREAU_AND_AUDITOR).unwrap();
        let as_user = |user: &str, password: &str| Connection {
            inbox_prefix: Some(format!("_INBOX_{user}")),
            ..connection(
                &server,
                Credentials::UserAndPassword {
                    user: user.to_owned(),
                    password: password.to_owned(),
                },
            )
        };
        let bureau = Bureau::with(1_500).await;
        let connection = as_user("bureau", "b");
        let mut publisher = Publisher::connect(&connection, bureau.store.clone()).await.unwrap();
        assert_eq!(publisher.publish_pending().await.unwrap(), 1_500);

        let auditor = as_user("auditor", "a");
        let key = bureau.verifier_key();
        let mut follower =
            Follower::connect(&auditor, LEDGER, key, TileBuilder::new()).await.unwrap();
        assert_eq!(follower.next().await.unwrap().size, 1_500);

        let options =
            async_nats::ConnectOptions::with_user_and_password("auditor".into(), "a".into())
                .custom_inbox_prefix("_INBOX_auditor");
        let client = options.connect(server.url()).await.unwrap();
        let mut jetstream = async_nats::jetstream::new(client);
        jetstream.set_timeout(Duration::from_millis(300));
        let forged = jetstream.publish(format!("almoner.{LEDGER}.loan.repaid"), "{}".into()).await;
        assert!(forged.unwrap().await.is_err());
        assert!(jetstream.delete_stream(format!("ALMONER_{LEDGER}")).await.is_err());
        let stream = jetstream.get_stream(format!("ALMONER_{LEDGER}")).await.unwrap();
        assert_eq!(stream.cached_info().state.messages, 1_500);
        assert!(stream.purge().await.is_err());
    }
}

#[test]
fn secrets_are_not_printed() {
    for credentials in [
        Credentials::UserAndPassword { user: "bureau".into(), password: "s3cret".into() },
        Credentials::Token("s3cret".into()),
    ] {
        let url = "nats://bureau:s3cret@one:4222,nats://bureau:s3cret@two:4222";
        let printed = format!("{:?}", Connection { credentials, ..Connection::new(url) });
        assert!(!printed.contains("s3cret"), "{printed}");
        assert!(printed.contains("one:4222") && printed.contains("two:4222"), "{printed}");
    }
}
