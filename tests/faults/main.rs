//! The program killed at random moments under load: nothing that was acknowledged is lost or doubled.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use almoner_test_servers::shared_postgres;
use tempfile::TempDir;

/// How often the program is killed.
const KILLS: u64 = 20;

/// The fund of all commands.
const WORLD: &str = r#"{"command":"fund.open","key":"fund","effective_date":"2024-05-20","data":{"fund":"F","name":"Fund","sources":[{"source":"union","kind":"union","name":"Union"}]}}"#;

/// How many commands are new each time.
const COMMANDS: u64 = 300;

#[test]
fn fault_killed_at_random_moments_on_sqlite() {
    let directory = TempDir::new().unwrap();
    let url = format!("sqlite://{}", directory.path().join("ledger.db").display());
    killed_at_random_moments(&directory, &url);
}

#[test]
fn fault_killed_at_random_moments_on_postgres() {
    let directory = TempDir::new().unwrap();
    let url = shared_postgres().unwrap().create_database().unwrap();
    killed_at_random_moments(&directory, &url);
}

fn killed_at_random_moments(directory: &TempDir, url: &str) {
    let program = Program { url: url.into(), directory: directory.path().into() };
    program.succeeds(&["init", "--ledger", "test"]);
    let world = program.write("world.ndjson", &[WORLD.into()]);
    program.succeeds(&["record", &world]);

    let mut acknowledged: BTreeMap<String, u64> = BTreeMap::new();
    let mut all = Vec::new();
    for kill in 0..KILLS {
        let new: Vec<String> =
            (0..COMMANDS).map(|number| receive(kill * COMMANDS + number)).collect();
        all.extend(new.clone());
        let file = program.write(&format!("part-{kill}.ndjson"), &new);
        let answers = program.directory.join(format!("answers-{kill}"));
        let mut running = program
            .command(&["record", "--json", &file])
            .stdout(File::create(&answers).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Moments spread over start-up, recording and the end, the same in every run of this test.
        std::thread::sleep(Duration::from_millis(20 + (kill * 37) % 150));
        running.kill().unwrap();
        running.wait().unwrap();
        for (key, first) in receipts(&std::fs::read_to_string(&answers).unwrap()) {
            assert_eq!(acknowledged.insert(key, first), None);
        }
    }
    assert!(!acknowledged.is_empty(), "every kill came before the first receipt");

    // Everything is sent again: what was acknowledged gets the same receipt, the rest its first.
    let file = program.write("all.ndjson", &all);
    let output = program.succeeds(&["record", "--json", &file]);
    let last: BTreeMap<String, u64> =
        receipts(&String::from_utf8(output.stdout).unwrap()).into_iter().collect();
    assert_eq!(last.len() as u64, KILLS * COMMANDS);
    for (key, first) in &acknowledged {
        assert_eq!(last.get(key), Some(first), "the receipt of {key} changed");
    }
    let mut positions: Vec<u64> = last.values().copied().collect();
    positions.sort_unstable();
    // The fund is record 1; every command has one record, and there are no others.
    assert_eq!(positions, (2..=KILLS * COMMANDS + 1).collect::<Vec<u64>>());
    program.succeeds(&["audit", "verify"]);
    // A question makes the views; every row of them must be what the log gives.
    program.succeeds(&["funds"]);
    program.succeeds(&["audit", "replay", "--compare"]);
}

/// A file system that is full is a limit to how large the files of the program may grow.
#[test]
fn fault_the_disk_fills_in_the_middle_of_a_file_of_commands() {
    let directory = TempDir::new().unwrap();
    let url = format!("sqlite://{}", directory.path().join("ledger.db").display());
    let program = Program { url, directory: directory.path().into() };
    program.succeeds(&["init", "--ledger", "test"]);
    let world = program.write("world.ndjson", &[WORLD.into()]);
    program.succeeds(&["record", &world]);
    let commands: Vec<String> = (0..20_000).map(receive).collect();
    let file = program.write("commands.ndjson", &commands);

    let recording = program.command(&["record", "--json", &file]);
    let mut limited = Command::new("sh");
    // Blocks of 512 bytes; without the signal, a write beyond the limit fails as it does on a full disk.
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f 4096; exec "$@""#, "sh"]);
    limited.current_dir(&program.directory).arg(recording.get_program());
    let stopped = limited.args(recording.get_args()).output().unwrap();
    let said = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert_eq!(stopped.status.code(), Some(3), "{said}");
    assert!(said.contains("record it again when the cause is mended"), "{said}");
    let acknowledged = receipts(&String::from_utf8(stopped.stdout).unwrap());
    assert!(!acknowledged.is_empty() && acknowledged.len() < commands.len(), "{said}");

    // With room again the log verifies, and the same file goes on where it stopped.
    program.succeeds(&["audit", "verify"]);
    let output = program.succeeds(&["record", "--json", &file]);
    let all = receipts(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(all.len(), commands.len());
    assert_eq!(all[..acknowledged.len()], acknowledged);
    program.succeeds(&["audit", "verify"]);
    program.succeeds(&["funds"]);
    program.succeeds(&["audit", "replay", "--compare"]);
}

fn receive(number: u64) -> String {
    let mut line = String::new();
    write!(
        line,
        r#"{{"command":"fund.receive","key":"k-{number}","effective_date":"2024-05-20","data":{{"fund":"F","source":"union","amount":"1.00","document":"receipt {number}"}}}}"#
    )
    .unwrap();
    line
}

/// The receipts among the answers; a last line that the kill cut short is none.
fn receipts(answers: &str) -> Vec<(String, u64)> {
    answers
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|answer| {
            let receipt = answer.get("receipt").unwrap_or(&answer);
            Some((receipt.get("key")?.as_str()?.to_owned(), receipt.get("first")?.as_u64()?))
        })
        .collect()
}

struct Program {
    url: String,
    directory: PathBuf,
}

impl Program {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_almoner")));
        command
            .current_dir(&self.directory)
            .args(["--store", &self.url, "--key", "almoner.key"])
            .args(arguments);
        command
    }

    fn succeeds(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    fn write(&self, name: &str, lines: &[String]) -> String {
        std::fs::write(self.directory.join(name), lines.join("\n") + "\n").unwrap();
        name.into()
    }
}
