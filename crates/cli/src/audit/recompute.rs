//! `almoner audit recompute`: every command decided again by the rules in force when it was decided.

use std::io::Write;

use almoner_audit::{How, MAX_RECOMPUTED_DIFFERENCES, Recomputed, Unequal, recompute};
use serde_json::{Value, json};

use super::{Audited, Bar};
use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::settings::Settings;
use crate::table::count;
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    #[command(flatten)]
    audited: Audited,
}

const AFTER_HELP: &str = "\
Each command is read back from its records and decided again in the state before it, by the programme version then
in force: schedules, interest, discounts, shares, caps and guarantees must come out as they were recorded. That
the records themselves are the signed ones is what `audit verify` tells.";

/// Recomputes a log.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let source = command.audited.source(settings).await?;
    let bar = Bar::new();
    let found = recompute(&source, &mut bar.progress()).await?;
    drop(bar);
    if settings.json {
        let differences: Vec<Value> = found.differences.iter().map(as_json).collect();
        write_json(&json!({
            "records": found.records, "commands": found.commands,
            "differences": differences, "more": found.more,
        }))?;
    } else {
        write!(std::io::stdout(), "{}", text(&found, settings.language))?;
    }
    Ok(if found.differences.is_empty() { Exit::Done } else { Exit::Refused })
}

fn as_json(unequal: &Unequal) -> Value {
    let how = match &unequal.how {
        How::Refused(refusal) => json!({"refused": refusal}),
        How::Otherwise { position, recorded, computed } => {
            json!({"otherwise": {"position": position, "recorded": recorded, "computed": computed}})
        }
        How::NotOfItsCommand => json!("not_of_its_command"),
    };
    json!({"position": unequal.position, "kind": unequal.kind, "how": how})
}

fn text(found: &Recomputed, language: Language) -> String {
    let (records, commands) = (count(found.records), count(found.commands));
    if found.differences.is_empty() {
        return match language {
            Language::En => format!(
                "all {records} records of {commands} commands come out of the rules as they were recorded\n"
            ),
            Language::Zh => {
                format!("{commands} 条命令的全部 {records} 条记录与当时规则的计算结果一致\n")
            }
        };
    }
    let mut text = language
        .say("THE RULES GIVE OTHER FIGURES THAN WERE RECORDED\n", "记录与规则计算结果不一致\n")
        .to_owned();
    for Unequal { position, kind, how } in &found.differences {
        text.push_str(&format!("  {position} {kind}\n"));
        match how {
            How::Refused(refusal) => {
                let said = language.say("the rules refuse it", "按规则应拒绝");
                text.push_str(&format!(
                    "    {said} [{}]: {}\n",
                    refusal.code(),
                    language.refusal(refusal)
                ));
            }
            How::Otherwise { position, recorded, computed } => {
                let nothing = language.say("nothing", "无");
                let shown =
                    |data: &str| if data.is_empty() { nothing.to_owned() } else { data.to_owned() };
                for (said, data) in [
                    (language.say("recorded", "记录"), shown(recorded)),
                    (language.say("computed", "计算"), shown(computed)),
                ] {
                    text.push_str(&format!("    {said} {position}: {data}\n"));
                }
            }
            How::NotOfItsCommand => {
                let said = language.say(
                    "its records are not those of the command whose digest they carry",
                    "记录与其命令摘要不符",
                );
                text.push_str(&format!("    {said}\n"));
            }
        }
    }
    if found.more {
        text.push_str(&match language {
            Language::En => format!("  and more than these {MAX_RECOMPUTED_DIFFERENCES}\n"),
            Language::Zh => format!("  以上仅列 {MAX_RECOMPUTED_DIFFERENCES} 处，另有更多\n"),
        });
    }
    text
}
