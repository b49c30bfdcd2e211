//! A server process that cannot outlive the process that started it.
//!
//! Two small shell scripts see to that, so that no unsafe code is needed:
//!
//! - The *watcher* runs beside each server. It reads the server's process id from a pipe that only
//!   we hold. When our process ends, however it ends, the system closes the pipe; the watcher then
//!   ends the server and removes its directory. Both run in process groups of their own, out of
//!   reach of a Ctrl-C or of a test runner that kills the group of a test.
//! - The *gate* becomes the server. It waits for a word from us before that, which comes after the
//!   watcher was told its process id. There is no moment at which a server runs unwatched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::ServerError;

/// How long a server may take to end before it is killed or the call fails.
const END_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

const WATCHER: &str = r#"
directory=$1 signal=$2 server=
# A process that has ended and was not waited for yet is a zombie, Z.
runs() { read -r stat <"/proc/$server/stat" && case $stat in *") Z "*) false ;; esac; }
while read -r line; do server=$line; done
if [ -n "$server" ] && kill -s "$signal" "$server"; then
    tries=0
    while [ "$tries" -lt 100 ] && runs; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -s KILL "$server"
fi
rm -rf -- "$directory"
"#;

const GATE: &str = r#"read -r go && exec "$@" </dev/null"#;

/// The system user that a server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User {
    /// Numeric user id.
    pub(crate) uid: u32,
    /// Numeric id of the user's first group.
    pub(crate) gid: u32,
}

/// A directory, the server that works in it, and the watcher of both.
#[derive(Debug)]
pub(crate) struct Process {
    directory: PathBuf,
    user: Option<User>,
    signal: &'static str,
    watcher: Child,
    server: Option<Child>,
}

impl Process {
    /// Makes a fresh directory named after `name` and starts its watcher. `user` is whom to run
    /// as, if not as we are; `signal` is what ends the server fastest without leaving anything.
    pub(crate) fn new(
        name: &str,
        user: Option<User>,
        signal: &'static str,
    ) -> Result<Self, ServerError> {
        let failed = |error: io::Error| {
            ServerError::new(format!("cannot prepare a directory for {name}: {error}"))
        };
        let directory = tempfile::Builder::new()
            .prefix(&format!("almoner-test-{name}-"))
            .tempdir()
            .map_err(failed)?
            .keep();
        if let Some(user) = user {
            chown(&directory, Some(user.uid), Some(user.gid)).map_err(failed)?;
        }
        let watcher = run_as(user, Command::new("sh").arg("-c").arg(WATCHER))
            .arg("watcher")
            .arg(&directory)
            .arg(signal)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        Ok(Self { directory, user, signal, watcher, server: None })
    }

    /// The directory, removed with this value.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Runs `program` to its end as the server's user and returns its standard output.
    pub(crate) fn run(&self, program: &Path, arguments: &[&str]) -> Result<String, ServerError> {
        run_to_end(
            run_as(self.user, &mut Command::new(program))
                .args(arguments)
                .current_dir(&self.directory),
        )
    }

    /// Starts the server. What it prints is added to the log.
    pub(crate) fn start(
        &mut self,
        program: &Path,
        arguments: &[String],
    ) -> Result<(), ServerError> {
        let failed = |error: io::Error| {
            ServerError::new(format!("cannot start {}: {error}", program.display()))
        };
        if self.server.is_some() {
            return Err(ServerError::new(format!("{} runs already", program.display())));
        }
        let log = self.open_log().map_err(failed)?;
        let server = run_as(self.user, Command::new("sh").arg("-c").arg(GATE))
            .arg("gate")
            .arg(program)
            .args(arguments)
            .current_dir(&self.directory)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        let pid = server.id().to_string();
        let gate = self.server.insert(server).stdin.take();
        self.tell_watcher(&pid).map_err(failed)?;
        match gate {
            Some(mut gate) => gate.write_all(b"go\n").map_err(failed),
            None => Err(ServerError::new("the server has no standard input")),
        }
    }

    /// The process id of the running server.
    pub(crate) fn id(&self) -> Result<u32, ServerError> {
        match &self.server {
            Some(server) => Ok(server.id()),
            None => Err(ServerError::new("the server is stopped")),
        }
    }

    /// How the server ended, if it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.server.as_mut()?.try_wait().ok()??;
        self.forget_server();
        Some(status)
    }

    /// Sends the server a signal and waits until it has ended.
    pub(crate) fn end(&mut self, signal: &str) -> Result<(), ServerError> {
        send_signal(signal, &[self.id()?])?;
        if wait_until(END_LIMIT, || self.ended().is_some()) {
            return Ok(());
        }
        Err(ServerError::new(format!(
            "the server did not end within {} s after {signal}{}",
            END_LIMIT.as_secs(),
            self.log_end()
        )))
    }

    /// The last lines of the server's log, to be put behind an error message.
    pub(crate) fn log_end(&self) -> String {
        let log = fs::read(self.log_path()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(20)..).unwrap_or_default();
        format!("; its log ends:\n{}", last.join("\n"))
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("server.log")
    }

    fn open_log(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(self.log_path())
    }

    fn forget_server(&mut self) {
        self.server = None;
        // A watcher that cannot be told is gone, and then it harms nobody.
        let _ = self.tell_watcher("");
    }

    fn tell_watcher(&mut self, pid: &str) -> io::Result<()> {
        match &mut self.watcher.stdin {
            Some(pipe) => pipe.write_all(format!("{pid}\n").as_bytes()),
            None => Err(io::Error::other("the watcher has no pipe")),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.server.is_some()
            && self.end(self.signal).is_err()
            && let Some(mut server) = self.server.take()
        {
            let _ = server.kill();
            let _ = server.wait();
            self.forget_server();
        }
        // The watcher removes the directory when its pipe closes.
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// Sends a signal to processes, all at once. Those that are gone already are no error.
pub(crate) fn send_signal(signal: &str, pids: &[u32]) -> Result<(), ServerError> {
    Command::new("sh")
        .args(["-c", r#"kill -s "$@""#, "kill", signal])
        .args(pids.iter().map(u32::to_string))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| ServerError::new(format!("cannot send {signal}: {error}")))?;
    Ok(())
}

/// The running processes whose parent is `parent`.
pub(crate) fn children_of(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| state_and_parent(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// Whether a process runs. One that has ended but was not waited for does not.
pub(crate) fn is_running(pid: u32) -> bool {
    state_and_parent(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// Looks again and again until `done` says so; false if it has not after `limit`.
pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    loop {
        if done() {
            return true;
        }
        if begin.elapsed() > limit {
            return false;
        }
        std::thread::sleep(POLL);
    }
}

/// The first folder in `PATH`, or else in `elsewhere`, that holds all these programs.
pub(crate) fn find_folder(programs: &[&str], elsewhere: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(elsewhere.iter().cloned())
        .find(|folder| programs.iter().all(|program| folder.join(program).is_file()))
}

/// Runs a command to its end and returns its standard output.
pub(crate) fn run_to_end(command: &mut Command) -> Result<String, ServerError> {
    let program = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| ServerError::new(format!("cannot run {program}: {error}")))?;
    let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        return Ok(printed);
    }
    Err(ServerError::new(format!(
        "{program} failed ({}): {printed} {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

fn run_as(user: Option<User>, command: &mut Command) -> &mut Command {
    match user {
        Some(user) => command.uid(user.uid).gid(user.gid),
        None => command,
    }
}

/// Reads `pid (name) state parent …`; the name may hold spaces and brackets.
fn state_and_parent(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    Some((state, parent))
}
