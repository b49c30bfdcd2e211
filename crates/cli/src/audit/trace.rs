//! `almoner audit trace`: every record about one subject or pseudonym.

use std::io::{self, Write};

use almoner_audit::{About, SourceError, trace};
use almoner_log::Record;

use super::{Audited, Bar};
use crate::failure::{Exit, Failure};
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// A subject as loan/L-1, or the 32 digits of a pseudonym
    about: String,
    #[command(flatten)]
    audited: Audited,
}

const AFTER_HELP: &str = "\
Of a pseudonym: every record that names it, and every later one of the loans and subsidies these are about.
With --json the records themselves, byte for byte, one a line.";

/// Prints records. That there are none is an answer too, but exit code 1, as with `grep`.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let source = command.audited.source(settings).await?;
    let about = match command.about.parse() {
        Ok(pseudonym) => About::Pseudonym(pseudonym),
        Err(_) => About::Subject(command.about.clone()),
    };
    let bar = Bar::new();
    let json = settings.json;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let traced = trace(&source, &about, &mut bar.progress(), |position, bytes| {
        write_record(&mut out, json, position, bytes).map_err(Stopped::Output)
    })
    .await;
    drop(bar);
    let traced = match traced {
        Ok(traced) => traced,
        Err(Stopped::Output(error)) => return Err(Failure::Output(error)),
        Err(Stopped::Source(error)) => return Err(error.into()),
    };
    out.flush()?;
    if traced.unreadable > 0 {
        let hint = "`almoner audit verify` tells which";
        let problem =
            format!("{} records cannot be read, and may be about anything", traced.unreadable);
        return Err(Failure::refused_with_hint(problem, hint));
    }
    if traced.found == 0 {
        let hint = "a subject is written as in loan/L-1, fund/F-1, subsidy/S-1";
        return Err(Failure::refused_with_hint(
            format!("no record is about {}", command.about),
            hint,
        ));
    }
    Ok(Exit::Done)
}

/// Why the records were not all printed.
enum Stopped {
    Source(SourceError),
    Output(io::Error),
}

impl From<SourceError> for Stopped {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

fn write_record(out: &mut impl Write, json: bool, position: u64, bytes: &[u8]) -> io::Result<()> {
    match Record::decode(bytes) {
        Ok(record) if !json => {
            let Record { effective_date, kind, subject, actor, data, time, .. } = record;
            writeln!(out, "{position}  {effective_date}  {kind}  {subject}  {actor}  {time}")?;
            writeln!(out, "    {data}")
        }
        _ => {
            out.write_all(bytes)?;
            out.write_all(b"\n")
        }
    }
}
