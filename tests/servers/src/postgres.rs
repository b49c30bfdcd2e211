//! PostgreSQL servers with the durability of a real installation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::ServerError;
use crate::ports::Port;
use crate::process::{
    Process, User, children_of, find_folder, is_running, run_to_end, send_signal, wait_until,
};

/// Names the URL of a running server that all tests share; `tests/run` sets it.
pub(crate) const SHARED_SERVER: &str = "ALMONER_TEST_POSTGRES";

/// How long a server may take until it answers; crash recovery is part of that.
const START_LIMIT: Duration = Duration::from_secs(120);

/// How often another port is tried when somebody else took the one we wanted.
const PORT_TRIES: usize = 5;

const INSTALL: &str = "install Debian's package `postgresql` (or run `tests/run --setup-only`)";

/// What a server is started with, beside the defaults.
#[derive(Debug, Clone, Default)]
pub struct PostgresOptions {
    /// Names and values of server settings, such as `("wal_sync_method", "fdatasync")`.
    /// They come after, and so win over, the one of our own: `max_connections=200`.
    pub settings: Vec<(String, String)>,
}

/// A PostgreSQL server of one's own, removed with all its data when dropped.
///
/// It has a superuser `postgres` without password, listens on loopback only, and leaves `fsync`,
/// `synchronous_commit` and `full_page_writes` on, as PostgreSQL does by default.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    port: Port,
    programs: PathBuf,
    options: PostgresOptions,
}

impl Postgres {
    /// Makes a new database cluster and starts a server on it.
    ///
    /// PostgreSQL refuses to run as root; a process of root runs it as the user `postgres`, whom
    /// Debian's package makes.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start(options: PostgresOptions) -> Result<Self, ServerError> {
        let programs = find_programs()?;
        // QUIT is an immediate shutdown: the data is about to be removed.
        let process = Process::new("postgres", user_to_run_as()?, "QUIT")?;
        let data = process.directory().join("data").display().to_string();
        process.run(
            &programs.join("initdb"),
            &[
                "--no-sync",
                "--no-locale",
                "--encoding=UTF8",
                "--auth=trust",
                "--username=postgres",
                "--pgdata",
                &data,
            ],
        )?;
        let mut postgres = Self { process, port: Port::reserve()?, programs, options };
        for _ in 1..PORT_TRIES {
            match postgres.start_again() {
                Err(error) if error.to_string().contains("Address already in use") => {
                    postgres.port = Port::reserve()?;
                }
                result => return result.map(|()| postgres),
            }
        }
        postgres.start_again()?;
        Ok(postgres)
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port.number)
    }

    /// Creates an empty database under a name of its own and returns its URL.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn create_database(&self) -> Result<String, ServerError> {
        create_database(&self.programs, &self.url("postgres"))
    }

    /// Stops the server as an administrator does: sessions are cut, the data is left clean.
    ///
    /// # Errors
    /// When the server is stopped already or does not end.
    pub fn stop(&mut self) -> Result<(), ServerError> {
        self.process.end("INT")
    }

    /// Starts the stopped or crashed server again: same data, same port.
    ///
    /// # Errors
    /// When the server runs already or does not start.
    pub fn start_again(&mut self) -> Result<(), ServerError> {
        let directory = self.process.directory().to_path_buf();
        let data = directory.join("data");
        let mut arguments: Vec<String> = [
            "-D",
            &data.display().to_string(),
            "-k",
            &directory.display().to_string(),
            "-p",
            &self.port.number.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=200",
        ]
        .map(str::to_owned)
        .to_vec();
        for (name, value) in &self.options.settings {
            arguments.extend(["-c".to_owned(), format!("{name}={value}")]);
        }
        self.process.start(&self.programs.join("postgres"), &arguments)?;

        let pid = self.process.id()?;
        let mut ended = None;
        let finished = wait_until(START_LIMIT, || {
            ended = self.process.ended();
            ended.is_some() || says_ready(&data, pid)
        });
        match ended {
            None if finished => Ok(()),
            None => {
                let log = self.process.log_end();
                self.process.end("KILL")?;
                let seconds = START_LIMIT.as_secs();
                Err(ServerError::new(format!("PostgreSQL is not ready after {seconds} s{log}")))
            }
            Some(status) => Err(ServerError::new(format!(
                "PostgreSQL ended at its start ({status}){}",
                self.process.log_end()
            ))),
        }
    }

    /// Crashes the server: kills the postmaster and every backend with SIGKILL at once.
    ///
    /// # Errors
    /// When the server is stopped already.
    pub fn kill_9(&mut self) -> Result<(), ServerError> {
        let postmaster = self.process.id()?;
        // A postmaster that stands still starts no further backend while we count them.
        send_signal("STOP", &[postmaster])?;
        let mut pids = children_of(postmaster);
        pids.push(postmaster);
        send_signal("KILL", &pids)?;
        self.process.end("KILL")?;
        // PostgreSQL refuses to start while a backend still holds the old shared memory.
        if wait_until(START_LIMIT, || !pids.iter().any(|pid| is_running(*pid))) {
            return Ok(());
        }
        Err(ServerError::new("a killed backend of PostgreSQL does not end"))
    }
}

impl Drop for Postgres {
    /// A crashed server leaves a shared memory segment behind, which the next start would reuse.
    /// There is no next start, and the system has room for only some thousand of them.
    fn drop(&mut self) {
        if self.process.id().is_ok() {
            return;
        }
        let pid_file = self.process.directory().join("data/postmaster.pid");
        let text = fs::read_to_string(pid_file).unwrap_or_default();
        let segment = text.lines().nth(6).and_then(|line| line.split_whitespace().nth(1));
        if let Some(segment) = segment {
            // Nothing can be done about a segment that cannot be removed.
            let _ = run_to_end(Command::new("ipcrm").args(["--shmem-id", segment]));
        }
    }
}

/// The one server that tests share which neither stop it nor change its settings.
#[derive(Debug)]
pub struct SharedPostgres {
    programs: PathBuf,
    url: String,
    /// Kept so that the server runs until this process ends.
    _own: Option<Postgres>,
}

impl SharedPostgres {
    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        with_database(&self.url, database)
    }

    /// Creates an empty database under a name of its own and returns its URL.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn create_database(&self) -> Result<String, ServerError> {
        create_database(&self.programs, &self.url("postgres"))
    }
}

/// The shared server: the one that the environment variable `ALMONER_TEST_POSTGRES` names (the URL
/// of a superuser), or else one that is started now and stopped when this process ends.
///
/// # Errors
/// When PostgreSQL is not installed or does not start.
pub fn shared_postgres() -> Result<&'static SharedPostgres, ServerError> {
    static SHARED: OnceLock<Result<SharedPostgres, ServerError>> = OnceLock::new();
    let start = || {
        let programs = find_programs()?;
        match std::env::var(SHARED_SERVER) {
            Ok(url) => Ok(SharedPostgres { programs, url, _own: None }),
            Err(_) => {
                let own = Postgres::start(PostgresOptions::default())?;
                Ok(SharedPostgres { programs, url: own.url("postgres"), _own: Some(own) })
            }
        }
    };
    SHARED.get_or_init(start).as_ref().map_err(ServerError::clone)
}

/// Runs SQL as psql does and returns what it prints, unaligned and without headings.
pub(crate) fn run_sql(programs: &Path, url: &str, sql: &str) -> Result<String, ServerError> {
    run_to_end(Command::new(programs.join("psql")).args([
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
        "--dbname",
        url,
        "--command",
        sql,
    ]))
}

fn create_database(programs: &Path, url: &str) -> Result<String, ServerError> {
    static COUNTER: AtomicU64 = AtomicU64::new(1);
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let name = format!(
        "test_{}_{}_{}",
        since.as_nanos(),
        process::id(),
        COUNTER.fetch_add(1, Ordering::Relaxed)
    );
    run_sql(programs, url, &format!("CREATE DATABASE {name}"))?;
    Ok(with_database(url, &name))
}

/// Puts a database name in the place of the one in a URL; what follows `?` stays.
fn with_database(url: &str, database: &str) -> String {
    let (address, parameters) = match url.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (url, String::new()),
    };
    let host = address.find("://").map_or(0, |at| at + "://".len());
    let end = address.get(host..).and_then(|rest| rest.find('/'));
    let server = end.and_then(|end| address.get(..host + end)).unwrap_or(address);
    format!("{server}/{database}{parameters}")
}

/// The eighth line of `postmaster.pid` is the server's state, the first one its process id. This
/// is what `pg_ctl` reads too; and it cannot be another server that has our port.
fn says_ready(data: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

/// The folder that holds `postgres`, `initdb` and `psql`. Debian keeps them out of `PATH`, one
/// folder for each version; the newest is taken.
fn find_programs() -> Result<PathBuf, ServerError> {
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    debian.sort_by(|a, b| b.cmp(a));
    let debian: Vec<PathBuf> = debian.into_iter().map(|(_, path)| path).collect();
    find_folder(&["postgres", "initdb", "psql"], &debian)
        .ok_or_else(|| ServerError::new(format!("no PostgreSQL server found: {INSTALL}")))
}

fn user_to_run_as() -> Result<Option<User>, ServerError> {
    let number = |arguments: &[&str]| {
        run_to_end(Command::new("id").args(arguments))?
            .parse::<u32>()
            .map_err(|error| ServerError::new(format!("id {arguments:?}: {error}")))
    };
    if number(&["-u"])? != 0 {
        return Ok(None);
    }
    match (number(&["-u", "postgres"]), number(&["-g", "postgres"])) {
        (Ok(uid), Ok(gid)) => Ok(Some(User { uid, gid })),
        _ => Err(ServerError::new(format!(
            "PostgreSQL does not run as root and there is no user `postgres`: {INSTALL}"
        ))),
    }
}

#[cfg(test)]
mod tests;
