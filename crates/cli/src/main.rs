//! The `almoner` program: every job of the ledger from a terminal.
//!
//! Each command has its file; `arguments` holds what they have in common on the command line,
//! `settings` where its values come from, `failure` what is said when something goes wrong.
//! Data goes to standard output, everything else to standard error.

mod arguments;
mod arrears;
mod audit;
mod certificates;
mod demands;
mod demo;
mod demo_command;
mod discounts;
mod failure;
mod funds;
mod import;
mod in_order;
mod init;
mod input;
mod journal;
mod language;
mod ledger_key;
mod loan;
mod mortgages;
mod nats;
mod open;
mod premiums;
mod presets;
mod question;
mod reconcile;
mod record;
mod schedule;
mod serve;
mod settings;
mod table;
mod terminal;
mod trial_balance;
mod views;
mod wages;

use std::io::Write;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use arguments::{Arguments, Command};
use failure::{Exit, Failure};
use settings::{Named, Settings};

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args_os().collect();
    let colour = terminal::colour(given.iter().any(|argument| argument == "--no-color"));
    let definition = Arguments::command().color(colour.for_clap());
    let matches = match definition.try_get_matches_from(given) {
        Ok(matches) => matches,
        Err(said) => return told_by_clap(&said),
    };
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(said) => return told_by_clap(&said),
    };
    let exit = match run(arguments, &matches) {
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

fn run(arguments: Arguments, matches: &ArgMatches) -> Result<Exit, Failure> {
    let Arguments { options, command } = arguments;
    match &command {
        Command::Serve(_) => terminal::log_of_service(options.verbose),
        _ => terminal::log_to_stderr(options.verbose),
    }
    if let Command::Completions(command) = command {
        return write_completions(command.shell);
    }
    let is_named = |option| matches.value_source(option) == Some(ValueSource::CommandLine);
    let named = Named {
        store: options.store.clone().filter(|_| is_named("store")),
        ledger: options.ledger.clone().filter(|_| is_named("ledger")),
        key: options.key.clone().filter(|_| is_named("key")),
    };
    let mut settings = Settings::of(options)?;
    if let Command::Demo(_) = command {
        settings = settings.for_demo(named);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::machine(error, "no threads can be started"))?;
    runtime.block_on(async {
        match command {
            Command::Demo(command) => demo_command::run(&command, &settings).await,
            Command::Init => init::run(&settings).await,
            Command::Record(command) => record::run(&command, &settings).await,
            Command::Presets(command) => presets::run(&command, &settings),
            Command::Import { command } => import::run(&command, &settings).await,
            Command::Funds(command) => funds::run(&command, &settings).await,
            Command::Arrears(command) => arrears::run(&command, &settings).await,
            Command::Loan(command) => loan::run(&command, &settings).await,
            Command::Premiums(command) => premiums::run(&command, &settings).await,
            Command::Mortgages(command) => mortgages::run(&command, &settings).await,
            Command::Wages(command) => wages::run(&command, &settings).await,
            Command::Demands(command) => demands::run(&command, &settings).await,
            Command::Certificates(command) => certificates::run(&command, &settings).await,
            Command::Discounts(command) => discounts::run(&command, &settings).await,
            Command::Journal(command) => journal::run(&command, &settings).await,
            Command::Reconcile(command) => reconcile::run(&command, &settings).await,
            Command::TrialBalance(command) => trial_balance::run(&command, &settings).await,
            Command::Serve(command) => serve::run(&command, &settings).await,
            Command::Schedule(command) => schedule::run(&command, &settings),
            Command::Views { command } => views::run(&command, &settings).await,
            Command::Audit { command } => audit::run(&command, &settings).await,
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
