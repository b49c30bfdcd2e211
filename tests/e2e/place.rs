//! A folder to run the program in, and what came of a run.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The commands of a small bureau's half year; what each amounts to is said in `queries.rs`.
pub const HALF_YEAR: &str = include_str!("data/half_year.ndjson");

/// A folder of one's own.
pub struct Place {
    folder: TempDir,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A folder with a ledger `411700`.
    pub fn with_ledger() -> Self {
        let place = Self::new();
        place.run(&["init", "--ledger", "411700"]).done();
        place
    }

    /// A folder with a ledger in which the half year is recorded.
    pub fn with_half_year() -> Self {
        let place = Self::with_ledger();
        place.write("half_year.ndjson", HALF_YEAR);
        place.run(&["record", "half_year.ndjson"]).done();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The names of the files in the folder, without those that SQLite keeps beside a database.
    pub fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> =
            names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
        names.sort();
        names
    }

    /// The program, in this folder, with nothing of ours in its environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_almoner"));
        for (name, _) in std::env::vars_os() {
            let is_ours = name.to_str().is_some_and(|name| name.starts_with("ALMONER_"));
            if is_ours || name == "NO_COLOR" {
                command.env_remove(name);
            }
        }
        for name in ["LC_ALL", "LC_MESSAGES"] {
            command.env_remove(name);
        }
        command.env("LANG", "C.UTF-8").current_dir(self.folder.path()).args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs with a text on standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // Written beside the reading, for both pipes may be full at once.
        let writing = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        // A program that stops early does not read all.
        let _ = writing.join().unwrap();
        Ran::of(output)
    }

    /// The size of the log, as the audit counts it.
    pub fn size(&self) -> u64 {
        self.run(&["audit", "verify", "--json"]).json()["size"].as_u64().unwrap()
    }

    /// Runs another program on this folder's files.
    pub fn run_other(&self, program: &str, arguments: &[&str]) -> std::io::Result<Output> {
        Command::new(program).args(arguments).current_dir(self.folder.path()).output()
    }
}

/// How many columns a line takes on a terminal; Chinese characters take two.
pub fn columns(line: &str) -> usize {
    line.chars().map(|one| if one >= '\u{2E80}' { 2 } else { 1 }).sum()
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Panics unless the program ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub fn done(self) -> Self {
        self.ended(0)
    }

    /// The one JSON object on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.out) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {self:#?}"),
        }
    }

    /// The JSON objects on standard output, one a line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Panics unless standard error is exactly this.
    #[track_caller]
    pub fn said(&self, lines: &[&str]) {
        assert_eq!(self.err.lines().collect::<Vec<_>>(), lines, "{self:#?}");
    }
}
