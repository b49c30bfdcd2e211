//! Runs a command beside a PostgreSQL server that all its tests share.
//!
//! `with-test-servers cargo nextest run` starts the server, names it to the command in
//! `ALMONER_TEST_POSTGRES`, and stops it when the command has ended. It ends with the command's
//! exit code, or with 3 when the server or the command could not be started.

use std::process::{Command, ExitCode};

use almoner_test_servers::{Postgres, PostgresOptions, ServerError};

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("with-test-servers: {error}");
            ExitCode::from(3)
        }
    }
}

fn run() -> Result<u8, ServerError> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: with-test-servers COMMAND [ARGUMENT ...]");
        return Ok(2);
    };
    let postgres = Postgres::start(PostgresOptions::default())?;
    let status = Command::new(&program)
        .args(arguments)
        .env("ALMONER_TEST_POSTGRES", postgres.url("postgres"))
        .status();
    match status {
        // A command that was ended by a signal has no code.
        Ok(status) => Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("with-test-servers: cannot run {}: {error}", program.display());
            Ok(3)
        }
    }
}
