//! `almoner audit export`: the log as files that anyone's own program can verify.

use std::io::Write;
use std::path::PathBuf;

use almoner_audit::{ExportError, JournalFormat, export};
use serde_json::json;

use super::{Audited, Bar, PublicKey};
use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::settings::Settings;
use crate::table::count;
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// The folder to write; it must not exist or be empty
    folder: PathBuf,
    /// Also write a journal for this accounting program
    #[arg(long, value_enum, value_name = "PROGRAM")]
    format: Vec<Format>,
    #[command(flatten)]
    audited: Audited,
    #[command(flatten)]
    key: PublicKey,
}

const AFTER_HELP: &str = "\
records.ndjson   each line the exact bytes of a record, in order
checkpoint       the signed size and root of the Merkle tree (C2SP tlog-checkpoint)
log.vkey         the public key (C2SP signed-note)
tiles/           the tree and the records as C2SP tlog-tiles
journal.*        with --format: `hledger -f journal.hledger check`, `bean-check journal.beancount`";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Hledger,
    Beancount,
}

/// Writes a bundle.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let source = command.audited.source(settings).await?;
    let key = command.audited.key(&source, &command.key, settings).await?;
    let mut journals = Vec::new();
    for format in &command.format {
        let format = match format {
            Format::Hledger => JournalFormat::Hledger,
            Format::Beancount => JournalFormat::Beancount,
        };
        if !journals.contains(&format) {
            journals.push(format);
        }
    }
    let bar = Bar::new();
    let exported = export(&source, &key, &command.folder, &journals, &mut bar.progress()).await;
    drop(bar);
    let exported = exported.map_err(failure)?;
    let records = exported.records;
    if settings.json {
        let checkpoint = exported.checkpoint;
        write_json(
            &json!({"folder": command.folder, "records": records, "checkpoint": checkpoint}),
        )?;
        return Ok(Exit::Done);
    }
    let (folder, records) = (command.folder.display(), count(records));
    let told = match settings.language {
        Language::En => format!("{records} records are in {folder}, under this checkpoint:"),
        Language::Zh => format!("已导出 {records} 条记录至 {folder}，检查点如下："),
    };
    writeln!(std::io::stdout(), "{told}\n\n{}", exported.checkpoint.trim_end())?;
    Ok(Exit::Done)
}

fn failure(error: ExportError) -> Failure {
    let verify = "`almoner audit verify` tells what is wrong";
    match error {
        ExportError::Source(error) => error.into(),
        ExportError::File { .. } => Failure::Machine(error.into()),
        ExportError::NotEmpty(_) => {
            Failure::Usage(anyhow::Error::new(error).context("the folder is in use"))
        }
        ExportError::Empty => Failure::Refused(error.into()),
        _ => {
            let problem = "the log is not exported, because it is not good";
            let hinted = crate::failure::Hinted { problem: problem.into(), hint: verify.into() };
            Failure::Refused(anyhow::Error::new(error).context(hinted))
        }
    }
}
