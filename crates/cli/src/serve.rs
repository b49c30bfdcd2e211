//! `almoner serve`: the HTTP service, which also keeps the views up and feeds NATS.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use almoner_ledger::Clock;
use almoner_server::{Access, DEFAULT_ADDRESS, Options, ServeError, Server, Token, random_token};
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::terminal::write_json;
use crate::{ledger_key, nats, open};

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Where to listen [default: 127.0.0.1:8080]; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", env = "ALMONER_LISTEN", hide_env_values = true)]
    listen: Option<SocketAddr>,
    /// Who may use it [default: beside the signing key, as FILE.tokens]
    #[arg(long, value_name = "FILE", env = "ALMONER_TOKENS", hide_env_values = true)]
    tokens: Option<PathBuf>,
    #[command(flatten)]
    nats: nats::Arguments,
}

const AFTER_HELP: &str = "\
The file of tokens has one a line: what it may do (read or record), the actor for whom it records where a
command names nobody, and the token itself, at least 32 characters. It is made with one token of each kind
when it is not there. Requests bring one along: `Authorization: Bearer TOKEN`.

Prints the address when it answers. SIGTERM and Ctrl-C stop it after what is in hand.";

/// Serves until it is told to stop.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let path = command.tokens.clone().or_else(|| settings.file.tokens.clone());
    let path = path.unwrap_or_else(|| settings.key.with_extension("tokens"));
    let nats = nats::connection(&command.nats, &settings.file.nats)?;
    let options = Options {
        ledger: open::options(settings, Clock::System).await?,
        address: command.listen.or(settings.file.listen).unwrap_or(DEFAULT_ADDRESS),
        tokens: tokens(&path)?,
        nats,
    };
    let ledger = options.ledger.store.ledger().to_owned();
    let stop = Stop::listen()?;
    let server = Server::start(options).await.map_err(failure)?;
    let url = format!("http://{}", server.address());
    if settings.json {
        write_json(&json!({"ledger": ledger, "url": url}))?;
    } else {
        writeln!(io::stdout(), "ledger {ledger} is served at {url}")?;
    }
    stop.told().await;
    server.stop().await;
    Ok(Exit::Done)
}

/// The signals by which a service is told to stop.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let terminate = signal(SignalKind::terminate())
                .map_err(|error| Failure::machine(error, "signals cannot be listened to"))?;
            Ok(Self { terminate })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn told(self) {
        let interrupt = async {
            // Without Ctrl-C there is still the other signal.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        #[cfg(unix)]
        {
            let mut terminate = self.terminate;
            tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        interrupt.await;
    }
}

/// Reads the file of tokens; makes one where there is none.
fn tokens(path: &Path) -> Result<Vec<Token>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        Err(error) => {
            let problem = format!("the tokens in {} cannot be read", path.display());
            return Err(Failure::machine(error, problem));
        }
    };
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad =
            |problem: &str| Failure::usage(format!("{}, line {number}: {problem}", path.display()));
        let [access, actor, token] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(bad("a line holds read or record, an actor, and a token"));
        };
        let access = match access {
            "read" => Access::Read,
            "record" => Access::Record,
            _ => return Err(bad("a token may either read or record")),
        };
        tokens.push(Token::new(token, actor, access).map_err(|error| bad(&error.to_string()))?);
    }
    Ok(tokens)
}

fn make(path: &Path) -> Result<String, Failure> {
    let random = || {
        random_token().map_err(|error| {
            Failure::machine(error, "the system gives no random bytes for a token")
        })
    };
    let text = format!(
        "# Who may use the service: what (read, record), for whom, the token.\n\
         record portal {}\nread reader {}\n",
        random()?,
        random()?
    );
    ledger_key::write_secret(path, &text).map_err(|error| {
        Failure::machine(error, format!("{} cannot be written", path.display()))
    })?;
    tracing::info!("new tokens are in {}", path.display());
    Ok(text)
}

fn failure(error: ServeError) -> Failure {
    match error {
        ServeError::NoToken => Failure::Usage(error.into()),
        error => Failure::Machine(error.into()),
    }
}
