//! `almoner presets`: programmes of published rules as examples, ready to be fitted to a place and recorded.
//!
//! Each is a file in `presets/`: the programme as `programme.publish` takes it, and the funds that it needs.

use std::io::Write;

use almoner_domain::command::{Action, Command as LedgerCommand};
use almoner_domain::date::Date;
use almoner_domain::programme::{Terms, Version};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure, Hinted};
use crate::language::Language;
use crate::settings::Settings;
use crate::table::{Column, Table};
use crate::terminal::write_json;

/// Lists and shows presets.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    #[command(subcommand)]
    command: Option<Asked>,
}

#[derive(Debug, clap::Subcommand)]
enum Asked {
    /// Print the command that publishes a preset, one line of JSON for `almoner record`
    #[command(after_help = SHOW_AFTER_HELP)]
    Show {
        /// Its name in the list
        name: String,
        /// Print the commands that open the funds it needs, too
        #[arg(long)]
        funds: bool,
        /// Which version of the programme it is, where the ledger has earlier ones
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        version: u32,
    },
}

const AFTER_HELP: &str = "\
Without a command: lists the presets with place, dates and source. All of them are examples; check the
local document before you use one.";

const SHOW_AFTER_HELP: &str = "\
Fit the line to your place first: programme, place, fund, dates and figures.
  almoner presets show startup-loan-2023 --funds > programme.ndjson
  almoner record programme.ndjson";

/// The words that every preset says beside its source.
const EXAMPLE: &str = "; example, check the local document";

/// Declares the files, in the order in which they are listed.
macro_rules! presets {
    ($($name:literal)*) => {
        const PRESETS: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../presets/", $name, ".toml"))),)*
        ];
    };
}

presets! {
    "small-loan-2002"
    "small-enterprise-loan-2006"
    "small-loan-2008"
    "small-enterprise-loan-2008"
    "startup-loan-2016"
    "enterprise-loan-2016"
    "startup-loan-2018"
    "enterprise-loan-2018"
    "startup-loan-2020"
    "startup-loan-2021"
    "enterprise-loan-2021"
    "handan-loan-2022"
    "handan-enterprise-2022"
    "hunan-loan-2022"
    "flat-points-loan-2022"
    "zhengzhou-loan-2022"
    "startup-loan-2023"
    "enterprise-loan-2023"
    "shenzhen-loan-2024"
    "shenzhen-enterprise-2024"
    "startup-loan-2025"
    "zhumadian-loan-2002"
    "union-loan-2002"
    "union-discount-2002"
    "union-living-2002"
    "union-legal-aid-2002"
    "union-assistance-2015"
    "minimum-living-2002"
    "university-aid-2002"
    "medical-reduction-2002"
    "warmth-visits-2002"
    "basic-living-1998"
    "training-subsidy-2024"
    "social-insurance-2024"
    "public-welfare-post-2024"
    "temporary-post-2020"
    "internship-subsidy-2024"
    "job-search-subsidy-2019"
    "start-up-subsidy-2024"
    "venue-rent-subsidy-2019"
    "job-expansion-subsidy-2024"
    "job-introduction-2024"
    "transport-subsidy-2020"
    "accident-insurance-2020"
    "new-hire-subsidy-2020"
    "premium-arrears-2011"
}

/// A preset.
struct Preset {
    name: &'static str,
    file: File,
    version: Version,
}

/// Its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What it is, in English.
    about: String,
    /// The same in Chinese.
    zh: String,
    /// The funds that it needs, as `fund.open` takes them.
    fund: Vec<toml::Table>,
    /// The programme, as `programme.publish` takes it.
    programme: toml::Table,
}

/// A command as `almoner record` reads it.
#[derive(Serialize)]
struct Line {
    command: &'static str,
    key: String,
    effective_date: Date,
    data: toml::Table,
}

impl Preset {
    fn read(name: &'static str, text: &str) -> anyhow::Result<Self> {
        let told = || format!("preset {name}");
        let file: File = toml::from_str(text).with_context(told)?;
        let data = serde_json::to_string(&file.programme)?;
        let from = file.programme.get("effective_from").and_then(toml::Value::as_str);
        let command = LedgerCommand::read("programme.publish", from.unwrap_or_default(), &data);
        match command.with_context(told)?.action {
            Action::ProgrammePublish(version) => Ok(Self { name, file, version: *version }),
            action => anyhow::bail!("preset {name} is {}", action.kind()),
        }
    }

    fn all() -> anyhow::Result<Vec<Self>> {
        PRESETS.iter().map(|(name, text)| Self::read(name, text)).collect()
    }

    /// The document without the words that all have in common.
    fn source(&self) -> &str {
        let document = self.version.document.as_str();
        document.strip_suffix(EXAMPLE).unwrap_or(document)
    }

    fn kind(&self, language: Language) -> &'static str {
        match self.version.terms {
            Terms::Loan(_) => language.say("loan", "贷款"),
            Terms::Subsidy(_) => language.say("subsidy", "补贴"),
            Terms::PremiumArrears(_) => language.say("premium arrears", "欠缴"),
        }
    }

    /// The commands: the funds where they are asked for, the programme as a version.
    fn lines(&self, funds: bool, version: u32) -> Vec<Line> {
        let effective_date = self.version.effective_from;
        let funds = self.file.fund.iter().filter(|_| funds).map(|fund| {
            let name = fund.get("fund").and_then(toml::Value::as_str).unwrap_or_default();
            let key = format!("preset-{}-fund-{name}", self.name);
            Line { command: "fund.open", key, effective_date, data: fund.clone() }
        });
        let key = format!("preset-{}", self.name);
        let mut data = self.file.programme.clone();
        data.insert("version".to_owned(), i64::from(version).into());
        let programme = Line { command: "programme.publish", key, effective_date, data };
        funds.chain([programme]).collect()
    }

    fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "about": self.file.about,
            "about_zh": self.file.zh,
            "kind": self.kind(Language::En),
            "place": self.version.place,
            "effective_from": self.version.effective_from,
            "effective_to": self.version.effective_to,
            "source": self.version.document,
        })
    }
}

/// Lists the presets, or shows one.
pub fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let presets = Preset::all().map_err(Failure::Machine)?;
    match &command.command {
        Some(Asked::Show { name, funds, version }) => show(&presets, name, *funds, *version)?,
        None if settings.json => {
            let all: Vec<Value> = presets.iter().map(Preset::as_json).collect();
            write_json(&all)?;
        }
        None => write!(std::io::stdout(), "{}", text(&presets, settings.language))?,
    }
    Ok(Exit::Done)
}

fn show(presets: &[Preset], name: &str, funds: bool, version: u32) -> Result<(), Failure> {
    let Some(preset) = presets.iter().find(|preset| preset.name == name) else {
        let problem = format!("there is no preset {name}");
        let hint = "`almoner presets` lists them all".into();
        return Err(Failure::Usage(Hinted { problem, hint }.into()));
    };
    let mut out = std::io::stdout().lock();
    for line in preset.lines(funds, version) {
        let line = serde_json::to_string(&line).map_err(|error| Failure::Machine(error.into()))?;
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn text(presets: &[Preset], language: Language) -> String {
    let mut table = Table::new(&[
        Column::text(language.say("preset", "预设")),
        Column::text(language.say("place", "地点")),
        Column::text(language.say("from", "起")),
        Column::text(language.say("to", "止")),
        Column::text(language.say("source", "来源")),
    ]);
    for preset in presets {
        let to = preset.version.effective_to.map(|to| to.to_string());
        table.row([
            preset.name.to_owned(),
            preset.version.place.to_string(),
            preset.version.effective_from.to_string(),
            to.unwrap_or_default(),
            preset.source().to_owned(),
        ]);
    }
    let said = language.say(
        "All of them are examples: check the local document. `almoner presets show NAME` prints one.",
        "均为示例，请核对当地文件。`almoner presets show NAME` 输出命令。",
    );
    format!("{table}\n\n{said}\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use almoner_domain::command::{Context, decide};
    use almoner_domain::event::Event;
    use almoner_domain::state::State;

    use super::*;

    #[test]
    fn every_preset_is_accepted_once_its_funds_are_open() {
        for preset in Preset::all().unwrap() {
            let mut state = State::default();
            let mut last = None;
            for (position, line) in (1..).zip(preset.lines(true, 1)) {
                let data = serde_json::to_string(&line.data).unwrap();
                let on = line.effective_date.to_string();
                let command = LedgerCommand::read(line.command, &on, &data).unwrap();
                let (today, actor) = (command.effective_on, "clerk:test");
                let events = decide(&state, &command, Context { today, original: None, actor });
                for event in events.unwrap_or_else(|refusal| panic!("{}: {refusal}", preset.name)) {
                    state.evolve(position, command.effective_on, &event);
                    last = Some(event);
                }
            }
            assert_eq!(last, Some(Event::ProgrammePublished(preset.version)));
        }
    }

    #[test]
    fn every_preset_says_its_source_and_that_it_is_an_example() {
        for preset in Preset::all().unwrap() {
            assert!(preset.version.document.as_str().ends_with(EXAMPLE), "{}", preset.name);
            assert!(preset.source().chars().count() > 5, "{}", preset.name);
        }
    }

    #[test]
    fn every_file_is_listed_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/presets");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        });
        let listed: BTreeSet<String> = PRESETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed.len(), PRESETS.len());
        assert_eq!(files.collect::<BTreeSet<String>>(), listed);
    }
}
