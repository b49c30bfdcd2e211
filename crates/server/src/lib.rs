//! The service: one process that records commands, keeps the views and feeds NATS, behind HTTP.
//!
//! ```text
//! POST /v1/ledgers/{ledger}/commands               one command, or one a line and an answer a line
//! GET  /v1/ledgers/{ledger}/funds[/{fund}]         balances
//!                          /loans[/{loan}]         loans, their schedules and payments
//!                          /arrears?on=DATE        what is overdue
//!                          /trial-balance
//!                          /journal                events and their entries
//!                          /records[/{position}]   the exact record bytes
//!                          /checkpoint             the signed size and root of the log
//!                          /tile/…                 the Merkle tree (C2SP tlog-tiles)
//! GET  /livez, /readyz                             whether it runs, whether it can be used
//! ```
//!
//! Questions take `as_of=DATE` (effective), `at=POSITION` or `known_at=TIME` (recorded), and
//! `at_least=POSITION` to wait for one's own entry. Lists take `limit` and `cursor`. Whatever cannot be
//! done is answered with a problem (RFC 9457) in Chinese or English.
//!
//! Each resource has its file; `request` is what happens around all of them, `auth` who may ask,
//! `query` and `page` what can stand after the question mark, `problem` what is said when something
//! cannot be done. A description of all this for programs (OpenAPI) comes with the full service.

mod arrears;
mod auth;
mod background;
mod commands;
mod funds;
mod health;
mod journal;
mod language;
mod loans;
mod page;
mod problem;
mod query;
mod records;
mod request;
mod routes;
mod service;
mod tree;
mod trial_balance;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use almoner_feed::{ConnectError, Connection, Publisher};
use almoner_ledger::{Ledger, LedgerError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use auth::{Access, Token, TokenError, random_token};
pub use commands::MOST_COMMAND_BYTES;

use background::Background;
use service::{Service, told};

/// Where the service listens when nothing else is said: on this machine only, because what goes over
/// the wire is not encrypted.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How long requests in hand may take to finish when the service stops.
const FINISH_LIMIT: Duration = Duration::from_secs(10);

/// How long the writer may take to stop. It never needs as long unless it lost its database; what has a
/// receipt is on disk, and the rest is asked again.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What the service is started with.
pub struct Options {
    /// The ledger to serve. Its store must be at this program's version.
    pub ledger: almoner_ledger::Options,
    /// Where to listen; port 0 takes any that is free.
    pub address: SocketAddr,
    /// Who may use it; one at least.
    pub tokens: Vec<Token>,
    /// Where to publish the log, if anywhere.
    pub nats: Option<Connection>,
}

/// Why the service cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nobody could use it.
    #[error("the service needs at least one token")]
    NoToken,
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random(#[from] getrandom::Error),
    /// The ledger cannot be started.
    #[error("the ledger cannot be started")]
    Ledger(#[from] LedgerError),
    /// NATS can never be reached this way.
    #[error("the feed cannot be started")]
    Nats(#[from] ConnectError),
}

/// A running service.
pub struct Server {
    address: SocketAddr,
    ledger: Ledger,
    http: JoinHandle<io::Result<()>>,
    background: Background,
    stopping: watch::Sender<bool>,
}

/// Serves until `stop` is ready, then finishes what is in hand and stops.
///
/// # Errors
/// When the service cannot be started.
pub async fn serve(options: Options, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let server = Server::start(options).await?;
    stop.await;
    server.stop().await;
    Ok(())
}

impl Server {
    /// Starts the service. It answers as soon as this returns; views that have far to go say so in
    /// `/readyz`.
    ///
    /// # Errors
    /// When the address is taken, the ledger does not start, or the tokens or credentials are no good.
    pub async fn start(options: Options) -> Result<Self, ServeError> {
        if options.tokens.is_empty() {
            return Err(ServeError::NoToken);
        }
        let failed = |source| ServeError::Listen { address: options.address, source };
        let listener = TcpListener::bind(options.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "others can reach this address, and what is sent there, tokens included, is not \
                 encrypted: put a proxy with TLS before it"
            );
        }
        let store = options.ledger.store.clone();
        let ledger = Ledger::start(options.ledger).await?;
        let publisher = match &options.nats {
            Some(connection) => Some(Publisher::connect(connection, store.clone()).await?),
            None => None,
        };
        let feed = publisher.as_ref().map(Publisher::status);
        let background = Background::start(&store, ledger.durable(), publisher);
        let (stopping, told_to_stop) = watch::channel(false);
        let service = Service::new(
            store,
            ledger.clone(),
            options.tokens,
            background.views(),
            feed,
            told_to_stop.clone(),
        )?;
        let http = axum::serve(listener, routes::router(service));
        let http = tokio::spawn(http.with_graceful_shutdown(told(told_to_stop)).into_future());
        tracing::info!(%address, "serving");
        Ok(Self { address, ledger, http, background, stopping })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, finishes those in hand, and stops: first the writer, then what reads
    /// after it, so that views and feed come to the end of the log.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.stopping.send_replace(true);
        if timeout(FINISH_LIMIT, self.http).await.is_err() {
            tracing::warn!("some requests took too long to finish and are cut off");
        }
        if timeout(STOP_LIMIT, self.ledger.stop()).await.is_err() {
            tracing::warn!(
                "the writer has lost its database and is left behind; nothing that has a receipt is lost"
            );
        }
        self.background.stop().await;
        tracing::info!("stopped");
    }
}
