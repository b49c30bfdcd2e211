//! `almoner audit prove`: that one record is in the log, for someone who has nothing but the key.

use std::io::Write;
use std::path::PathBuf;

use almoner_audit::{ProveError, prove};

use super::{Audited, PublicKey};
use crate::failure::{Exit, Failure};
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// The position of the record
    position: u64,
    /// Write the proof to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    audited: Audited,
    #[command(flatten)]
    key: PublicKey,
}

const AFTER_HELP: &str = "\
The proof is one text file (C2SP tlog-proof) with the record, its path to the root and the signed
checkpoint. `almoner audit check FILE --vkey KEY` checks it, and so does any program for tlog-proof.";

/// Prints a proof.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let source = command.audited.source(settings).await?;
    let key = command.audited.key(&source, &command.key, settings).await?;
    let proof = match prove(&source, &key, command.position).await {
        Ok(proof) => proof,
        Err(
            error @ (ProveError::NoRecord { .. } | ProveError::Unsound(_) | ProveError::Tree(_)),
        ) => {
            return Err(Failure::Refused(error.into()));
        }
        Err(ProveError::Source(error)) => return Err(error.into()),
    };
    match &command.output {
        None => std::io::stdout().write_all(proof.as_bytes())?,
        Some(path) => std::fs::write(path, proof).map_err(|error| {
            Failure::machine(error, format!("{} cannot be written", path.display()))
        })?,
    }
    Ok(Exit::Done)
}
