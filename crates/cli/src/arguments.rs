//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::language::Language;
use crate::{
    arrears, audit, certificates, demands, demo_command, discounts, funds, import, init, journal,
    loan, mortgages, premiums, presets, reconcile, record, schedule, serve, trial_balance, views,
    wages,
};

/// An event-sourced ledger for public subsidies and micro-loans
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP)]
pub struct Arguments {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
To begin: `almoner demo` shows a ledger of published programmes, `almoner init --ledger ID` makes one
of your own, `almoner COMMAND --help` tells more about a command.

What an option does not say is taken from the environment, then from almoner.toml.
Exit codes: 0 done, 1 refused or a check failed, 2 wrong usage, 3 could not run (files, connections).";

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// sqlite://FILE or postgres://… [default: sqlite://almoner.db]
    #[arg(long, global = true, value_name = "URL", env = "ALMONER_STORE", hide_env_values = true)]
    pub store: Option<String>,
    /// Which ledger, where the store has several
    #[arg(long, global = true, value_name = "ID", env = "ALMONER_LEDGER", hide_env_values = true)]
    pub ledger: Option<String>,
    /// Signing key [default: beside the SQLite file, as FILE.key; else almoner.key]
    #[arg(long, global = true, value_name = "FILE", env = "ALMONER_KEY", hide_env_values = true)]
    pub key: Option<PathBuf>,
    /// Settings [default: almoner.toml, if there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ALMONER_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// Print JSON: one object, or one a line
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of headings and refusals [default: from LANG]
    #[arg(long, global = true, value_enum, env = "ALMONER_LANG", hide_env_values = true)]
    pub lang: Option<Language>,
    /// Print without colours, as with NO_COLOR=1
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Tell what is being done; -vv tells more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load published programmes into a ledger of their own, and show and audit it
    Demo(demo_command::Command),
    /// Create a ledger and the key that signs it
    #[command(after_help = init::AFTER_HELP)]
    Init,
    /// Submit commands and print a receipt or a refusal for each
    Record(record::Command),
    /// List programmes of published rules, or print one for `almoner record`
    Presets(presets::Command),
    /// Record a file of an office or a bank: a roster, a claim
    Import {
        #[command(subcommand)]
        command: import::Command,
    },
    /// Show where the money of the funds stands
    Funds(funds::Command),
    /// Show what is overdue on a day
    Arrears(arrears::Command),
    /// Show everything about a loan
    Loan(loan::Command),
    /// Show what enterprises owe in social-insurance premiums, with late fees
    Premiums(premiums::Command),
    /// Show what is mortgaged for premiums, released and auctioned
    Mortgages(mortgages::Command),
    /// Show what employers owe their workers
    Wages(wages::Command),
    /// Show what of subsidies is demanded back, and who owes it
    Demands(demands::Command),
    /// Show how many certificates are issued against those due
    Certificates(certificates::Command),
    /// Show how far interest discounts are: accrued, claimed, approved, paid, returned
    Discounts(discounts::Command),
    /// Show the recorded events with their entries
    Journal(journal::Command),
    /// Hold the money of a fund against a statement of its bank or the treasury
    Reconcile(reconcile::Command),
    /// Show every account and that they sum to zero
    TrialBalance(trial_balance::Command),
    /// Compute the repayment schedule of a loan; needs no ledger
    Schedule(schedule::Command),
    /// Serve over HTTP, keep the views up and feed NATS
    Serve(serve::Command),
    /// Make the views anew, the tables that answer questions
    Views {
        #[command(subcommand)]
        command: views::Command,
    },
    /// Verify, replay, follow, trace, prove and export the log
    Audit {
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Print what a shell needs to complete command lines
    Completions(Completions),
    /// Print the version
    Version,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
