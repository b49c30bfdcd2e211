//! Where NATS is, for `serve` and `audit follow`.

use std::path::PathBuf;

use almoner_feed::{ClientCertificate, Connection, Credentials};
use serde::Deserialize;

use crate::failure::Failure;

/// What the command line says of NATS.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// NATS server, as nats://host:4222 or tls://host:4222; several, parted by commas
    #[arg(long, value_name = "URL", env = "ALMONER_NATS", hide_env_values = true)]
    nats: Option<String>,
    /// NATS credentials file
    #[arg(long, value_name = "FILE", env = "ALMONER_NATS_CREDENTIALS", hide_env_values = true)]
    nats_credentials: Option<PathBuf>,
}

/// What `almoner.toml` says of NATS, under `[nats]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    url: Option<String>,
    /// A credentials file: a user's JWT and the seed of the user's nkey.
    credentials: Option<PathBuf>,
    /// A file with the seed of an nkey.
    nkey_seed: Option<PathBuf>,
    /// A PEM file of certificate authorities to trust beside the system's.
    root_certificates: Option<PathBuf>,
    /// PEM files by which we show who we are.
    client_certificate: Option<PathBuf>,
    client_key: Option<PathBuf>,
    /// Do not connect without TLS.
    #[serde(default)]
    tls: bool,
    inbox_prefix: Option<String>,
}

/// The connection that both describe together; none without an address.
pub fn connection(arguments: &Arguments, section: &Section) -> Result<Option<Connection>, Failure> {
    let Some(url) = arguments.nats.clone().or_else(|| section.url.clone()) else {
        return Ok(None);
    };
    let mut connection = Connection::new(url);
    let credentials = arguments.nats_credentials.clone().or_else(|| section.credentials.clone());
    connection.credentials = match (credentials, section.nkey_seed.clone()) {
        (Some(file), _) => Credentials::CredentialsFile(file),
        (None, Some(file)) => Credentials::NkeySeedFile(file),
        (None, None) => Credentials::None,
    };
    connection.tls.required = section.tls;
    connection.tls.root_certificates = section.root_certificates.clone();
    connection.tls.client_certificate =
        match (section.client_certificate.clone(), section.client_key.clone()) {
            (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
            (None, None) => None,
            _ => {
                let problem = "[nats] needs both client_certificate and client_key, or neither";
                return Err(Failure::usage(problem));
            }
        };
    connection.inbox_prefix = section.inbox_prefix.clone();
    Ok(Some(connection))
}
