//! `almoner audit check`: whether a proof holds, without any log.

use std::io::Write;
use std::path::PathBuf;

use almoner_audit::{Proven, check_proof};
use serde_json::json;

use super::PublicKey;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::language::Language;
use crate::settings::Settings;
use crate::terminal::write_json;

/// A record and a path of hashes are far shorter.
const MOST_BYTES: u64 = 1024 * 1024;

#[derive(Debug, clap::Args)]
pub struct Command {
    /// The proof; `-` is standard input
    file: PathBuf,
    #[command(flatten)]
    key: PublicKey,
}

/// Checks a proof and prints the record that it proves.
pub fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let text = input::read_text(&command.file, MOST_BYTES)?;
    let key = command.key.read(false, settings)?;
    let proven = check_proof(&text, &key).map_err(|error| {
        let problem = "the proof does not show that the log of this key has the record";
        Failure::Refused(anyhow::Error::new(error).context(problem))
    })?;
    let Proven { position, record, checkpoint } = proven;
    let record = String::from_utf8_lossy(&record);
    if settings.json {
        let log = &checkpoint.origin;
        let size = checkpoint.size;
        write_json(&json!({"log": log, "position": position, "size": size, "record": record}))?;
        return Ok(Exit::Done);
    }
    let told = match settings.language {
        Language::En => format!(
            "the proof holds: {} has this record at position {position} of {}",
            checkpoint.origin, checkpoint.size
        ),
        Language::Zh => format!(
            "证明成立：{} 的记录号 {position}（共 {} 条）确为此记录",
            checkpoint.origin, checkpoint.size
        ),
    };
    writeln!(std::io::stdout(), "{told}\n{record}")?;
    Ok(Exit::Done)
}
