//! Connecting to NATS: where, with which credentials, and whether the connection stands.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, jetstream};
use tokio::sync::watch;

/// Where NATS is and how to log in. Printing it for debugging does not show the secrets.
#[derive(Clone)]
pub struct Connection {
    /// `nats://host:port` or `tls://host:port`; several, parted by commas, for a cluster.
    pub url: String,
    /// Who we are.
    pub credentials: Credentials,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// What the names of our answer subjects begin with, instead of `_INBOX`. Accounts that may
    /// subscribe only to a prefix of their own need it.
    pub inbox_prefix: Option<String>,
}

/// How to log in to NATS. Printing it for debugging does not show the secrets.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Without any, or with those in the URL.
    #[default]
    None,
    /// A user name and a password.
    UserAndPassword {
        /// The user's name.
        user: String,
        /// The user's password.
        password: String,
    },
    /// A token.
    Token(String),
    /// A file with the seed of an nkey (`SU…`).
    NkeySeedFile(PathBuf),
    /// A credentials file: a user's JWT and the seed of the user's nkey.
    CredentialsFile(PathBuf),
}

/// How the connection is encrypted. A `tls://` URL and a server that demands TLS get it anyway.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Do not connect without TLS.
    pub required: bool,
    /// Begin with TLS instead of turning to it after the server's greeting.
    pub first: bool,
    /// A PEM file of certificate authorities to trust beside the system's.
    pub root_certificates: Option<PathBuf>,
    /// The certificate by which we show who we are.
    pub client_certificate: Option<ClientCertificate>,
}

/// A client's certificate and its key.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// The PEM file of the certificate chain.
    pub certificate: PathBuf,
    /// The PEM file of the private key.
    pub key: PathBuf,
}

/// Why connecting to NATS cannot even be tried.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A file with credentials cannot be read or holds none.
    #[error("cannot use the NATS credentials in {}", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The address is none.
    #[error("cannot use the NATS address")]
    Address(#[source] async_nats::ConnectError),
}

/// Why NATS did not do what it was asked to. It may do so later.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// There is no connection, or it has just been lost.
    #[error("not connected to NATS{}", reason.as_ref().map(|it| format!(" ({it})")).unwrap_or_default())]
    NotConnected {
        /// What the last try to connect ended with.
        reason: Option<String>,
    },
    /// A request was refused or not answered.
    #[error("NATS did not {request}")]
    Request {
        /// What was asked for.
        request: &'static str,
        /// Why it was not done.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// How often a silent connection is tested, so that one that died without a word is noticed.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// The longest pause between two tries to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

impl Connection {
    /// A connection to this URL without further credentials.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            credentials: Credentials::None,
            tls: Tls::default(),
            inbox_prefix: None,
        }
    }

    /// Connects in the background and connects again whenever the connection is lost.
    pub(crate) async fn open(&self) -> Result<Link, ConnectError> {
        let (state, changes) = watch::channel(LinkState::default());
        let mut options = self
            .with_credentials(ConnectOptions::new())?
            .name("almoner")
            .retry_on_initial_connect()
            .ping_interval(PING_INTERVAL)
            .reconnect_delay_callback(pause_before)
            .require_tls(self.tls.required)
            .event_callback(move |event| {
                state.send_modify(|state| state.note(&event));
                std::future::ready(())
            });
        if self.tls.first {
            options = options.tls_first();
        }
        if let Some(file) = &self.tls.root_certificates {
            options = options.add_root_certificates(file.clone());
        }
        if let Some(client) = &self.tls.client_certificate {
            options =
                options.add_client_certificate(client.certificate.clone(), client.key.clone());
        }
        if let Some(prefix) = &self.inbox_prefix {
            options = options.custom_inbox_prefix(prefix);
        }
        let servers: Vec<&str> = self.url.split(',').map(str::trim).collect();
        let client = options.connect(servers).await.map_err(ConnectError::Address)?;
        Ok(Link { jetstream: jetstream::new(client.clone()), client, changes })
    }

    fn with_credentials(&self, options: ConnectOptions) -> Result<ConnectOptions, ConnectError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path)
                .map_err(|source| ConnectError::Credentials { path: path.to_owned(), source })
        };
        match &self.credentials {
            Credentials::None => Ok(options),
            Credentials::UserAndPassword { user, password } => {
                Ok(options.user_and_password(user.clone(), password.clone()))
            }
            Credentials::Token(token) => Ok(options.token(token.clone())),
            Credentials::NkeySeedFile(path) => Ok(options.nkey(read(path)?.trim().to_owned())),
            Credentials::CredentialsFile(path) => options
                .credentials(&read(path)?)
                .map_err(|source| ConnectError::Credentials { path: path.clone(), source }),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a user and a password before its `@`.
        let server = |url: &str| match url.rsplit_once('@') {
            Some((_, server)) => format!("…@{server}"),
            None => url.to_owned(),
        };
        let url: Vec<String> = self.url.split(',').map(server).collect();
        formatter
            .debug_struct("Connection")
            .field("url", &url.join(","))
            .field("credentials", &self.credentials)
            .field("tls", &self.tls)
            .field("inbox_prefix", &self.inbox_prefix)
            .finish()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("None"),
            Self::UserAndPassword { user, .. } => formatter
                .debug_struct("UserAndPassword")
                .field("user", user)
                .finish_non_exhaustive(),
            Self::Token(_) => formatter.write_str("Token(…)"),
            Self::NkeySeedFile(path) => formatter.debug_tuple("NkeySeedFile").field(path).finish(),
            Self::CredentialsFile(path) => {
                formatter.debug_tuple("CredentialsFile").field(path).finish()
            }
        }
    }
}

/// An open connection, which may be down at the moment.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    changes: watch::Receiver<LinkState>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkState {
    pub(crate) connected: bool,
    /// How often a connection was made. What was asked over an older one is never answered.
    pub(crate) connections: u64,
    /// What went wrong last; none once a connection stands again.
    pub(crate) last_error: Option<String>,
}

impl LinkState {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Connected => {
                self.connected = true;
                self.connections += 1;
                self.last_error = None;
            }
            Event::Disconnected | Event::Closed => self.connected = false,
            Event::ServerError(_) | Event::ClientError(_) => {
                self.last_error = Some(event.to_string());
            }
            Event::LameDuckMode | Event::Draining | Event::SlowConsumer(_) => {}
        }
    }
}

impl Link {
    pub(crate) fn state(&self) -> LinkState {
        self.changes.borrow().clone()
    }

    /// The server's version, once there was a connection.
    pub(crate) fn server_version(&self) -> Option<String> {
        Some(self.client.try_server_info()?.version).filter(|version| !version.is_empty())
    }

    /// Waits, for as long as it takes, until the connection stands.
    pub(crate) async fn connected(&self) -> LinkState {
        self.wait_for(|state| state.connected).await
    }

    /// As [`connected`](Self::connected), but not longer than `limit`.
    pub(crate) async fn connected_within(&self, limit: Duration) -> Result<LinkState, NatsError> {
        let connected = tokio::time::timeout(limit, self.connected()).await;
        connected.map_err(|_| NatsError::NotConnected { reason: self.state().last_error })
    }

    /// Waits until something happens that [`state`](Self::state) shows since this was last asked.
    pub(crate) async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            std::future::pending().await
        }
    }

    /// Returns as soon as the connection is no longer this one.
    pub(crate) async fn lost(&self, connection: u64) -> NatsError {
        let lost = |state: &LinkState| !state.connected || state.connections != connection;
        NatsError::NotConnected { reason: self.wait_for(lost).await.last_error }
    }

    async fn wait_for(&self, what: impl FnMut(&LinkState) -> bool) -> LinkState {
        let mut changes = self.changes.clone();
        let state = changes.wait_for(what).await.ok().map(|state| state.clone());
        match state {
            Some(state) => state,
            // Nobody reports any more. That happens only while the program ends.
            None => std::future::pending().await,
        }
    }
}

impl NatsError {
    /// For `map_err`: what was asked for, then why it was not done.
    pub(crate) fn on<E: Into<Box<dyn Error + Send + Sync>>>(
        request: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Request { request, source: source.into() }
    }
}

/// An error and its causes in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Doubles from 10 ms on.
fn pause_before(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    (Duration::from_millis(10) * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}
