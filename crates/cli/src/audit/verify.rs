//! `almoner audit verify`: records, tree, signatures, earlier checkpoints.

use std::io::Write;
use std::path::PathBuf;

use almoner_audit::{Verdict, verify};

use super::{Audited, Bar, PublicKey};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::language::Language;
use crate::settings::Settings;
use crate::table::count;
use crate::terminal::write_json;

/// A checkpoint is a few lines.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    #[command(flatten)]
    audited: Audited,
    #[command(flatten)]
    key: PublicKey,
    /// A checkpoint that was kept from before; may be given several times
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Keep the newest checkpoint here for the next time, if all is good
    #[arg(long, value_name = "FILE")]
    save_checkpoint: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Only an earlier checkpoint shows that the log was not cut or rewritten with the real key, so keep one
each time: `almoner audit verify --checkpoint last --save-checkpoint last`.";

/// Verifies a log and prints the verdict.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let mut earlier = Vec::new();
    for path in &command.checkpoint {
        earlier.push(input::read_text(path, MOST_BYTES)?);
    }
    let source = command.audited.source(settings).await?;
    let key = command.audited.key(&source, &command.key, settings).await?;
    let bar = Bar::new();
    let verdict = verify(&source, &key, &earlier, &mut bar.progress()).await?;
    drop(bar);
    if let (Some(path), Some(checkpoint), true) =
        (&command.save_checkpoint, &verdict.checkpoint, verdict.is_good())
    {
        std::fs::write(path, checkpoint).map_err(|error| {
            Failure::machine(error, format!("{} cannot be written", path.display()))
        })?;
    }
    if settings.json {
        write_json(&verdict)?;
    } else {
        write!(std::io::stdout(), "{}", text(&verdict, settings.language))?;
    }
    Ok(if verdict.is_good() { Exit::Done } else { Exit::Refused })
}

/// A verdict for people.
pub fn text(verdict: &Verdict, language: Language) -> String {
    let Verdict { log, findings, unlisted, .. } = verdict;
    let (records, tiles) = (count(verdict.records), count(verdict.tiles));
    let (checkpoints, earlier) = (count(verdict.checkpoints), count(verdict.earlier));
    let read = match language {
        Language::En => format!(
            "{records} records, {tiles} tiles and {checkpoints} signed checkpoints checked, \
             {earlier} earlier checkpoints kept"
        ),
        Language::Zh => format!(
            "已核验 {records} 条记录、{tiles} 个树块、{checkpoints} 个签名检查点，{earlier} 个早先检查点相符"
        ),
    };
    if verdict.is_good() {
        return format!("{}{log}\n  {read}\n", language.say("the log is good: ", "日志完好："));
    }
    let mut text =
        format!("{}{log}\n  {read}\n", language.say("THE LOG IS NOT GOOD: ", "日志有误："));
    for finding in findings {
        text.push_str(&format!("  {finding}\n"));
    }
    if *unlisted > 0 {
        let more = count(*unlisted);
        text.push_str(&match language {
            Language::En => format!("  and {more} more\n"),
            Language::Zh => format!("  另有 {more} 处\n"),
        });
    }
    if !verdict.conflicts.is_empty() {
        let proves = language.say(
            "two signed checkpoints contradict each other, which proves to anyone that the key's holder \
             signed two histories:",
            "以下签名检查点互相矛盾，足以向任何人证明密钥持有者签署了两份历史：",
        );
        text.push_str(&format!("  {proves}\n"));
        for conflict in &verdict.conflicts {
            text.push_str(&format!("\n{}\n{}\n", conflict.earlier, conflict.stored));
        }
    }
    text
}
