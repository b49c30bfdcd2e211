//! How the program talks: colours, JSON, the log on standard error.

use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::fmt::format::{DefaultFields, Format};

/// Whether standard error gets colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// Colours are for people: not for files and pipes, and not where `NO_COLOR` is set.
pub fn colour(switched_off: bool) -> Colour {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if switched_off || no_color || !io::stderr().is_terminal() { Colour::Off } else { Colour::On }
}

impl Colour {
    /// The word before the colon of a message.
    pub fn label(self, label: &str) -> String {
        let colour = match label {
            "error" => AnsiColor::Red,
            "hint" => AnsiColor::Cyan,
            _ => AnsiColor::Yellow,
        };
        match self {
            Self::Off => label.into(),
            Self::On => {
                let style = Style::new().bold().fg_color(Some(colour.into()));
                format!("{style}{label}{style:#}")
            }
        }
    }

    /// The same for help and complaints about arguments. Help goes to standard output, so that it
    /// is judged there anew.
    pub fn for_clap(self) -> clap::ColorChoice {
        match self {
            Self::On => clap::ColorChoice::Auto,
            Self::Off => clap::ColorChoice::Never,
        }
    }
}

/// Sends the program's log to standard error: warnings, with `-v` what is being done.
/// `ALMONER_LOG` sets it in detail, such as `almoner_feed=debug`.
pub fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    log(level).without_time().with_target(false).init();
}

/// The same for a service, which tells what it does and when.
pub fn log_of_service(verbose: u8) {
    log(if verbose == 0 { "info" } else { "debug" }).init();
}

fn log(level: &str) -> SubscriberBuilder<DefaultFields, Format, EnvFilter, fn() -> io::Stderr> {
    let filter = EnvFilter::try_from_env("ALMONER_LOG");
    // The database driver warns of statements that take a second, as some questions do.
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(format!("{level},sqlx=error")));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr as fn() -> io::Stderr)
        .with_ansi(colour(false) == Colour::On)
}

/// Writes one line of JSON.
pub fn write_json(value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    io::stdout().write_all(&line)
}
