//! `almoner presets`: programmes of published rules as examples, ready to be fitted to a place and recorded.
//!
//! Each is a file in `presets/`: the programme as `programme.publish` takes it. The funds that they name stand in
//! `presets/funds.toml`. The regimes of a national programme are versions of it; the rules of a place are a programme
//! of their own.

use std::collections::BTreeMap;
use std::io::Write;

use almoner_domain::command::{Action, Command as LedgerCommand};
use almoner_domain::date::Date;
use almoner_domain::id::Id;
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
    },
}

const AFTER_HELP: &str = "\
Without a command: lists the presets with what they are and the days on which they hold; --json adds
place, programme and source. All of them are examples; check the local document before you use one.

Presets that follow each other are versions of one programme: small-loan-2002 to startup-loan-2025 of
startup-loan, small-enterprise-loan-2006 to enterprise-loan-2025 of enterprise-loan. Record those that you
need, in any order: the ledger numbers them, and the day of a loan says which one decides. Rules of a
place (handan-loan-2022) are a programme of their own, beside the national one.";

const SHOW_AFTER_HELP: &str = "\
Fit the line to your place first: programme, place, fund, dates and figures.
  almoner presets show startup-loan-2023 --funds > programme.ndjson
  almoner record programme.ndjson

The ceiling of rates (maximum_rate) is one figure. Where the benchmark or LPR that it follows moves within a
regime, publish another version with the new figure from that day.

Presets share the funds of a bureau. Each opens a shared one with the same command, dated to the first
day of all presets that name it: the ledger records it once and answers with that receipt afterwards.
Once you changed a fund, or closed the year of that day, leave --funds out and open the fund yourself.";

/// The funds that programmes of presets name.
const FUNDS: &str = include_str!("../presets/funds.toml");

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
    "small-loan-2004"
    "small-loan-2008"
    "startup-loan-2016"
    "startup-loan-2018"
    "startup-loan-2020"
    "startup-loan-2021"
    "startup-loan-2023"
    "startup-loan-2025"
    "small-enterprise-loan-2006"
    "small-enterprise-loan-2008"
    "enterprise-loan-2016"
    "enterprise-loan-2018"
    "enterprise-loan-2020"
    "enterprise-loan-2021"
    "enterprise-loan-2023"
    "enterprise-loan-2025"
    "handan-loan-2022"
    "handan-enterprise-2022"
    "hunan-loan-2022"
    "flat-points-loan-2022"
    "zhengzhou-loan-2022"
    "shenzhen-loan-2024"
    "shenzhen-enterprise-2024"
    "zhumadian-loan-2002"
    "union-loan-2002"
    "union-discount-2002"
    "union-living-2002"
    "union-legal-aid-2002"
    "union-assistance-2015"
    "minimum-living-allowance-2002"
    "university-aid-2002"
    "medical-reduction-2002"
    "warmth-visits-2002"
    "basic-living-allowance-1998"
    "training-subsidy-2024"
    "social-insurance-subsidy-2024"
    "public-welfare-post-2024"
    "temporary-post-2020"
    "internship-subsidy-2024"
    "graduate-job-search-subsidy-2019"
    "one-time-startup-subsidy-2024"
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
    /// The programme, as the first version.
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
    /// The programme, as `programme.publish` takes it.
    programme: toml::Table,
}

/// A command as `almoner record` reads it.
#[derive(Clone, Serialize)]
struct Line {
    command: &'static str,
    key: String,
    effective_date: Date,
    data: toml::Table,
}

/// The file of the funds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Funds {
    /// Each as `fund.open` takes it.
    fund: Vec<toml::Table>,
}

/// All presets, and the commands that open the funds that they name.
struct Presets {
    presets: Vec<Preset>,
    funds: BTreeMap<Id, Line>,
}

impl Preset {
    fn read(name: &'static str, text: &str) -> anyhow::Result<Self> {
        let told = || format!("preset {name}");
        let file: File = toml::from_str(text).with_context(told)?;
        let data = serde_json::to_string(&file.programme)?;
        let from = file.programme.get("effective_from").and_then(toml::Value::as_str);
        let command = LedgerCommand::read("programme.publish", from.unwrap_or_default(), &data);
        match command.with_context(told)?.action {
            Action::ProgrammePublish(publish) => {
                Ok(Self { name, file, version: publish.as_version(1) })
            }
            action => anyhow::bail!("preset {name} is {}", action.kind()),
        }
    }

    fn kind(&self) -> &'static str {
        match self.version.terms {
            Terms::Loan(_) => "loan",
            Terms::Subsidy(_) => "subsidy",
            Terms::PremiumArrears(_) => "premium_arrears",
        }
    }

    /// The command that publishes the programme; the ledger numbers the version.
    fn line(&self) -> Line {
        Line {
            command: "programme.publish",
            key: format!("preset-{}", self.name),
            effective_date: self.version.effective_from,
            data: self.file.programme.clone(),
        }
    }

    fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "about": self.file.about,
            "about_zh": self.file.zh,
            "programme": self.version.programme,
            "kind": self.kind(),
            "place": self.version.place,
            "effective_from": self.version.effective_from,
            "effective_to": self.version.effective_to,
            "source": self.version.document,
        })
    }
}

impl Presets {
    fn read() -> anyhow::Result<Self> {
        let presets = PRESETS.iter().map(|(name, text)| Preset::read(name, text));
        let presets: Vec<Preset> = presets.collect::<Result<_, _>>()?;
        let file: Funds = toml::from_str(FUNDS).context("funds of presets")?;
        let funds = file.fund.into_iter().map(|data| {
            let name = data.get("fund").and_then(toml::Value::as_str).unwrap_or_default();
            let fund: Id = name.parse().with_context(|| format!("fund {name:?} of presets"))?;
            let naming = presets.iter().filter(|preset| preset.version.funds().contains(&&fund));
            // One day for all, so that whichever comes first opens the fund for the rest.
            let first = naming.map(|preset| preset.version.effective_from).min();
            let effective_date = first.with_context(|| format!("no preset names fund {fund}"))?;
            let key = format!("preset-fund-{fund}");
            Ok((fund, Line { command: "fund.open", key, effective_date, data }))
        });
        let funds: BTreeMap<Id, Line> = funds.collect::<anyhow::Result<_>>()?;
        Ok(Self { presets, funds })
    }

    /// The commands of a preset: the funds where they are asked for, then the programme.
    fn lines(&self, preset: &Preset, with_funds: bool) -> Vec<Line> {
        let named = preset.version.funds().into_iter().filter(|_| with_funds);
        let funds = named.filter_map(|fund| self.funds.get(fund).cloned());
        funds.chain([preset.line()]).collect()
    }
}

/// Lists the presets, or shows one.
pub fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let presets = Presets::read().map_err(Failure::Machine)?;
    match &command.command {
        Some(Asked::Show { name, funds }) => show(&presets, name, *funds)?,
        None if settings.json => {
            let all: Vec<Value> = presets.presets.iter().map(Preset::as_json).collect();
            write_json(&all)?;
        }
        None => write!(std::io::stdout(), "{}", text(&presets.presets, settings.language))?,
    }
    Ok(Exit::Done)
}

fn show(presets: &Presets, name: &str, funds: bool) -> Result<(), Failure> {
    let Some(preset) = presets.presets.iter().find(|preset| preset.name == name) else {
        let problem = format!("there is no preset {name}");
        let hint = "`almoner presets` lists them all".into();
        return Err(Failure::Usage(Hinted { problem, hint }.into()));
    };
    let mut out = std::io::stdout().lock();
    for line in presets.lines(preset, funds) {
        let line = serde_json::to_string(&line).map_err(|error| Failure::Machine(error.into()))?;
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn text(presets: &[Preset], language: Language) -> String {
    let mut table = Table::new(&[
        Column::text(language.say("preset", "预设")),
        Column::text(language.say("what it is", "内容")),
        Column::text(language.say("from", "起")),
        Column::text(language.say("to", "止")),
    ]);
    for preset in presets {
        let to = preset.version.effective_to.map(|to| to.to_string());
        table.row([
            preset.name.to_owned(),
            language.say(&preset.file.about, &preset.file.zh).to_owned(),
            preset.version.effective_from.to_string(),
            to.unwrap_or_default(),
        ]);
    }
    let said = language.say(
        "Amounts are in yuan. All of them are examples: check the local document.\n\
         `almoner presets show NAME` prints one with its place and source.",
        "金额单位为元。均为示例，请核对当地文件。\n\
         `almoner presets show NAME` 输出命令，含地点和来源。",
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

    /// The words that every preset says beside its source.
    const EXAMPLE: &str = "; example, check the local document";

    /// Decides a line and lets its events count.
    fn record(state: &mut State, line: &Line) -> Option<Event> {
        let data = serde_json::to_string(&line.data).unwrap();
        let on = line.effective_date.to_string();
        let command = LedgerCommand::read(line.command, &on, &data).unwrap();
        let (today, actor) = (command.effective_on, "clerk:test");
        let events = decide(state, &command, Context { today, original: None, actor });
        let events = events.unwrap_or_else(|refusal| panic!("{}: {refusal}", line.key));
        for event in &events {
            state.evolve(1, command.effective_on, event);
        }
        events.into_iter().last()
    }

    #[test]
    fn every_preset_is_accepted_once_its_funds_are_open() {
        let presets = Presets::read().unwrap();
        for preset in &presets.presets {
            let mut state = State::default();
            let lines = presets.lines(preset, true);
            let last = lines.iter().filter_map(|line| record(&mut state, line)).last();
            assert_eq!(last, Some(Event::ProgrammePublished(preset.version.clone())));
        }
    }

    #[test]
    fn in_whatever_order_they_are_recorded_the_regime_of_the_day_decides() {
        let presets = Presets::read().unwrap();
        for is_reversed in [false, true] {
            let mut lines: Vec<Vec<Line>> =
                presets.presets.iter().map(|preset| presets.lines(preset, true)).collect();
            if is_reversed {
                lines.reverse();
            }
            let mut state = State::default();
            let mut keys = BTreeSet::new();
            for line in lines.iter().flatten().filter(|line| keys.insert(line.key.clone())) {
                record(&mut state, line);
            }
            for Preset { name, version, .. } in &presets.presets {
                for day in [version.effective_from, version.effective_to.unwrap_or(Date::LAST)] {
                    let decides = state.version_in_force(&version.programme, day).unwrap();
                    assert_eq!(decides.terms, version.terms, "{name} on {day}");
                }
            }
        }
    }

    #[test]
    fn regimes_of_one_programme_follow_each_other_without_a_gap_or_a_day_in_two() {
        let presets = Presets::read().unwrap().presets;
        let mut regimes: BTreeMap<&Id, Vec<&Version>> = BTreeMap::new();
        for preset in &presets {
            regimes.entry(&preset.version.programme).or_default().push(&preset.version);
        }
        let longest = regimes.values().map(Vec::len).max();
        assert_eq!(longest, Some(9));
        for (programme, versions) in regimes {
            for pair in versions.windows(2) {
                let next = pair[0].effective_to.map(|to| to.plus_days(1));
                assert_eq!(next, Some(pair[1].effective_from), "{programme}");
            }
        }
    }

    #[test]
    fn every_preset_says_its_source_and_that_it_is_an_example() {
        for preset in Presets::read().unwrap().presets {
            let document = preset.version.document.as_str();
            let source = document.strip_suffix(EXAMPLE);
            assert!(source.is_some_and(|source| source.chars().count() > 5), "{}", preset.name);
        }
    }

    #[test]
    fn every_file_is_listed_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/presets");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            path.file_stem().unwrap().to_str().unwrap().to_owned()
        });
        let files = files.filter(|name| name != "funds");
        let listed: BTreeSet<String> = PRESETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed.len(), PRESETS.len());
        assert_eq!(files.collect::<BTreeSet<String>>(), listed);
    }
}
