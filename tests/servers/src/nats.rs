//! NATS servers with JetStream, in every version that is installed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::ServerError;
use crate::ports::Port;
use crate::process::{Process, find_folder, run_to_end, wait_until};

/// Lists the server binaries to test with, separated by colons; `tests/run` sets it.
const SERVERS: &str = "ALMONER_TEST_NATS_SERVERS";

/// Where `tests/run` installs a newer server than Debian's, under the project's root.
const TOOLS: &str = "target/test-tools";

/// How long a server may take until it answers; reading its streams is part of that.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How often another port is tried when somebody else took the one we wanted.
const PORT_TRIES: usize = 5;

/// A NATS server with JetStream, removed with all its streams when dropped.
///
/// It listens on loopback only and asks for no credentials unless its configuration says so.
#[derive(Debug)]
pub struct Nats {
    process: Process,
    port: Port,
    binary: PathBuf,
    version: String,
    /// What stands in its configuration besides where it listens and keeps its streams.
    configuration: String,
}

impl Nats {
    /// Starts a server with an empty store. `binary` is one of [`nats_servers`].
    ///
    /// # Errors
    /// When the binary is not a NATS server or does not start.
    pub fn start(binary: &Path) -> Result<Self, ServerError> {
        Self::start_with(binary, "")
    }

    /// As [`Nats::start`], with more in its configuration, such as who may log in.
    ///
    /// # Errors
    /// As [`Nats::start`], and when the server does not accept the configuration.
    pub fn start_with(binary: &Path, configuration: &str) -> Result<Self, ServerError> {
        // It prints `nats-server: v2.9.10`.
        let printed = run_to_end(Command::new(binary).arg("--version"))?;
        let version = printed
            .strip_prefix("nats-server: v")
            .ok_or_else(|| {
                ServerError::new(format!("{} is no NATS server: {printed}", binary.display()))
            })?
            .to_owned();
        let mut nats = Self {
            process: Process::new("nats", None, "KILL")?,
            port: Port::reserve()?,
            binary: binary.to_path_buf(),
            version,
            configuration: configuration.to_owned(),
        };
        for _ in 1..PORT_TRIES {
            match nats.start_again() {
                Err(error) if error.to_string().contains("address already in use") => {
                    nats.port = Port::reserve()?;
                }
                result => return result.map(|()| nats),
            }
        }
        nats.start_again()?;
        Ok(nats)
    }

    /// The URL that clients connect to.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port.number)
    }

    /// The server's version, such as `2.9.10`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Stops the server as an administrator does.
    ///
    /// # Errors
    /// When the server is stopped already or does not end.
    pub fn stop(&mut self) -> Result<(), ServerError> {
        self.process.end("TERM")
    }

    /// Crashes the server with SIGKILL.
    ///
    /// # Errors
    /// When the server is stopped already.
    pub fn kill_9(&mut self) -> Result<(), ServerError> {
        self.process.end("KILL")
    }

    /// Starts the stopped or crashed server again: same streams, same port.
    ///
    /// # Errors
    /// When the server runs already or does not start.
    pub fn start_again(&mut self) -> Result<(), ServerError> {
        let directory = self.process.directory();
        let store = directory.join("store");
        let configuration = directory.join("nats.conf");
        let port = self.port.number;
        // Nobody else's server has this name, so that no other that took our port is mistaken.
        let name = directory.file_name().unwrap_or_default().display().to_string();
        fs::write(
            &configuration,
            format!(
                "listen: \"127.0.0.1:{port}\"\nserver_name: \"{name}\"\n\
                 jetstream {{ store_dir: \"{}\" }}\n{}\n",
                store.display(),
                self.configuration
            ),
        )
        .map_err(|error| {
            ServerError::new(format!("cannot write {}: {error}", configuration.display()))
        })?;
        self.process
            .start(&self.binary, &["--config".to_owned(), configuration.display().to_string()])?;

        let mut ended = None;
        let finished = wait_until(START_LIMIT, || {
            ended = self.process.ended();
            ended.is_some() || greets(port, &name)
        });
        match ended {
            None if finished => Ok(()),
            None => {
                let log = self.process.log_end();
                self.process.end("KILL")?;
                let seconds = START_LIMIT.as_secs();
                Err(ServerError::new(format!("NATS is not ready after {seconds} s{log}")))
            }
            Some(status) => Err(ServerError::new(format!(
                "NATS ended at its start ({status}){}",
                self.process.log_end()
            ))),
        }
    }
}

/// Every NATS server on this machine, so that the feed is tested with the oldest and the newest
/// version we support: those that the environment variable `ALMONER_TEST_NATS_SERVERS` lists
/// (separated by colons), or else Debian's and the one that `tests/run` installs.
///
/// # Errors
/// When there is none.
pub fn nats_servers() -> Result<Vec<PathBuf>, ServerError> {
    let servers: Vec<PathBuf> = match std::env::var_os(SERVERS) {
        Some(list) => std::env::split_paths(&list).collect(),
        None => installed_servers(),
    };
    if let Some(absent) = servers.iter().find(|server| !server.is_file()) {
        return Err(ServerError::new(format!("{SERVERS} lists {}: no file", absent.display())));
    }
    if servers.is_empty() {
        return Err(ServerError::new(
            "no NATS server found: install Debian's package `nats-server` \
             (or run `tests/run --setup-only`)",
        ));
    }
    Ok(servers)
}

fn installed_servers() -> Vec<PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(TOOLS);
    let mut servers: Vec<PathBuf> = fs::read_dir(tools)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/nats-server")))
        .filter(|server| server.is_file())
        .collect();
    servers.sort();
    let debian = find_folder(&["nats-server"], &[PathBuf::from("/usr/sbin")]);
    servers.extend(debian.map(|folder| folder.join("nats-server")));
    servers
}

/// A server greets each client with a line `INFO {"server_name":…}` as soon as it can be used.
fn greets(port: u16, name: &str) -> bool {
    let Ok(connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let mut line = String::new();
    connection.set_read_timeout(Some(Duration::from_secs(1))).is_ok()
        && BufReader::new(connection).read_line(&mut line).is_ok()
        && line.contains(&format!("\"{name}\""))
        && line.contains("\"jetstream\":true")
}

#[cfg(test)]
mod tests;
