//! The `almoner` program: every job of the ledger from a terminal.
//!
//! Each command has its file; `arguments` holds what they have in common on the command line,
//! `settings` where its values come from, `failure` what is said when something goes wrong.
//! Data goes to standard output, everything else to standard error.

mod arguments;
mod demo;
mod failure;
mod init;
mod input;
mod language;
mod ledger_key;
mod open;
mod record;
mod schedule;
mod settings;
mod table;
mod terminal;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use arguments::{Arguments, Command};
use failure::{Exit, Failure};
use settings::Settings;

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args_os().collect();
    let colour = terminal::colour(given.iter().any(|argument| argument == "--no-color"));
    let definition = Arguments::command().color(colour.for_clap());
    let matches = definition.try_get_matches_from(given);
    let arguments = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(said) => return told_by_clap(&said),
    };
    let exit = match run(arguments) {
        Ok(exit) => exit,
        Err(failure) => failure.tell(colour),
    };
    exit.into()
}

/// Prints help or what is wrong with the arguments.
fn told_by_clap(said: &clap::Error) -> ExitCode {
    // Whoever closed the pipe has read enough.
    let _ = said.print();
    if said.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { options, command } = arguments;
    terminal::log_to_stderr(options.verbose);
    if let Command::Completions(command) = command {
        return write_completions(command.shell);
    }
    let settings = Settings::of(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::machine(error, "no threads can be started"))?;
    runtime.block_on(async {
        match command {
            Command::Init => init::run(&settings).await,
            Command::Record(command) => record::run(&command, &settings).await,
            Command::Schedule(command) => schedule::run(&command, &settings),
            Command::Version => version(&settings),
            Command::Completions(_) => Ok(Exit::Done),
        }
    })
}

/// Prints what a shell needs to complete command lines.
fn write_completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "almoner", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}

fn version(settings: &Settings) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    if settings.json {
        terminal::write_json(&serde_json::json!({"name": "almoner", "version": version}))?;
    } else {
        writeln!(std::io::stdout(), "almoner {version}")?;
    }
    Ok(Exit::Done)
}
