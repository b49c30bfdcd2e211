//! A server ends with the process that started it, even if that process is killed.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const WITH_TEST_SERVERS: &str = env!("CARGO_BIN_EXE_with-test-servers");

/// The `127.0.0.1:20000` in `postgres://postgres@127.0.0.1:20000/postgres`.
fn address_in(url: &str) -> &str {
    url.split(['@', '/']).nth(3).unwrap_or_default()
}

#[test]
fn a_killed_owner_leaves_no_server_and_no_files() {
    let directory = tempfile::tempdir().unwrap();
    // So that the server's own user may enter it.
    let opened = Command::new("chmod").arg("1777").arg(directory.path()).status().unwrap();
    assert!(opened.success());
    let mut owner = Command::new(WITH_TEST_SERVERS)
        // `cat` ends with this test, since it is we who hold the other end of its input.
        .args(["sh", "-c", "echo $ALMONER_TEST_POSTGRES; cat"])
        .env("TMPDIR", directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let address = address_in(url.trim());
    assert!(TcpStream::connect(address).is_ok());
    let entries = || {
        let names = std::fs::read_dir(directory.path()).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    assert!(entries().iter().any(|name| name.starts_with("almoner-test-postgres-")));

    owner.kill().unwrap();
    owner.wait().unwrap();
    let begin = Instant::now();
    while entries().iter().any(|name| name.starts_with("almoner-test-postgres-")) {
        assert!(begin.elapsed() < Duration::from_secs(30), "left behind: {:?}", entries());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_command_gets_the_server_and_gives_its_exit_code() {
    let output = Command::new(WITH_TEST_SERVERS)
        .args(["sh", "-c", "echo $ALMONER_TEST_POSTGRES; exit 7"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7));
    let url = String::from_utf8(output.stdout).unwrap();
    assert!(url.starts_with("postgres://postgres@127.0.0.1:"), "{url}");
    assert!(TcpStream::connect(address_in(url.trim())).is_err());
}

#[test]
fn wrong_use_exits_with_2_and_an_absent_command_with_3() {
    let code = |command: &mut Command| command.stderr(Stdio::null()).status().unwrap().code();
    assert_eq!(code(&mut Command::new(WITH_TEST_SERVERS)), Some(2));
    assert_eq!(code(Command::new(WITH_TEST_SERVERS).arg("/absent/program")), Some(3));
}
