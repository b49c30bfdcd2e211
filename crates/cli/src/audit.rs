//! `almoner audit`: the jobs of someone who need not trust the bureau.

pub mod check;
mod compare;
pub mod export;
pub mod follow;
pub mod prove;
pub mod recompute;
pub mod replay;
pub mod trace;
pub mod verify;

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use almoner_audit::Source;
use almoner_proof::VerifierKey;
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::{Exit, Failure, Hinted};
use crate::settings::Settings;
use crate::{ledger_key, open};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Check every record, the tree, the signatures, and earlier checkpoints
    Verify(verify::Command),
    /// Add the log up from nothing: balances and arrears
    Replay(replay::Command),
    /// Decide every command again by the rules, and compare
    Recompute(recompute::Command),
    /// Prove the log live from NATS and keep it in a store of one's own
    Follow(follow::Command),
    /// Print every record about a loan, a subsidy, a person
    Trace(trace::Command),
    /// Write a proof that a record is in the log
    Prove(prove::Command),
    /// Check a proof; needs nothing but the public key
    Check(check::Command),
    /// Write the log as files that anyone's own program can verify
    Export(export::Command),
}

/// Runs an audit command.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    match command {
        Command::Verify(command) => verify::run(command, settings).await,
        Command::Replay(command) => replay::run(command, settings).await,
        Command::Recompute(command) => recompute::run(command, settings).await,
        Command::Follow(command) => follow::run(command, settings).await,
        Command::Trace(command) => trace::run(command, settings).await,
        Command::Prove(command) => prove::run(command, settings).await,
        Command::Check(command) => check::run(command, settings),
        Command::Export(command) => export::run(command, settings).await,
    }
}

/// What to audit: the store, or an exported bundle.
#[derive(Debug, clap::Args)]
pub struct Audited {
    /// Audit this exported bundle instead of the store
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
}

impl Audited {
    async fn source(&self, settings: &Settings) -> Result<Source, Failure> {
        match &self.bundle {
            Some(folder) => Ok(Source::Bundle(folder.clone())),
            None => Ok(Source::Store(open::store(settings).await?)),
        }
    }

    /// The public key to check with, of the log in the source.
    async fn key(
        &self,
        source: &Source,
        given: &PublicKey,
        settings: &Settings,
    ) -> Result<VerifierKey, Failure> {
        let key = given.read(self.bundle.is_some(), settings)?;
        if let Source::Store(store) = source
            && key.name() != ledger_key::name(store.ledger())
        {
            let hinted = Hinted {
                problem: format!("the key is that of {}", key.name()),
                hint: format!(
                    "the store's ledger is {}; name its key with `--vkey FILE`",
                    store.ledger()
                ),
            };
            return Err(Failure::Usage(hinted.into()));
        }
        Ok(key)
    }
}

/// The public key that is trusted, and nothing else.
#[derive(Debug, clap::Args)]
pub struct PublicKey {
    /// Public key, a file or its text [default: beside the signing key, as FILE.vkey]
    #[arg(long, value_name = "KEY", env = "ALMONER_VKEY", hide_env_values = true)]
    vkey: Option<String>,
}

impl PublicKey {
    /// The key, of a bundle or of a store.
    pub fn read(&self, is_bundle: bool, settings: &Settings) -> Result<VerifierKey, Failure> {
        let Some(given) = &self.vkey else {
            let path = settings.verifier_key();
            if path.exists() {
                return read_file(&path);
            }
            if is_bundle || !settings.key.exists() {
                let hint = if is_bundle {
                    "take it from the bureau itself: the bundle's own log.vkey proves only that the \
                     bundle agrees with itself (`--vkey DIR/log.vkey` accepts that)"
                } else {
                    "name it with `--vkey FILE`"
                };
                let problem = format!("there is no public key {}", path.display());
                return Err(Failure::Usage(Hinted { problem, hint: hint.into() }.into()));
            }
            return Ok(ledger_key::read(&settings.key)?.verifier_key());
        };
        let path = Path::new(given);
        if path.exists() || !given.contains('+') {
            return read_file(path);
        }
        parse(given, "the text of --vkey")
    }
}

fn read_file(path: &Path) -> Result<VerifierKey, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::machine(error, format!("the public key {} cannot be read", path.display()))
    })?;
    parse(text.trim(), &path.display().to_string())
}

fn parse(text: &str, place: &str) -> Result<VerifierKey, Failure> {
    VerifierKey::parse(text)
        .map_err(|error| Failure::machine(error, format!("{place} holds no public key")))
}

/// Shows on a terminal how far a pass over a long log has come.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that is seen when the pass takes long.
    pub fn new() -> Self {
        let bar =
            if io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let style =
            ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} records  {eta} left");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// What the audit calls.
    pub fn progress(&self) -> impl FnMut(u64, u64) + Send + use<> {
        let bar = self.0.clone();
        move |done, end| {
            bar.set_length(end);
            bar.set_position(done);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
