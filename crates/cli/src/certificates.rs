//! `almoner certificates`: how many certificates are issued against what is due.

use almoner_domain::id::Id;
use almoner_views::{CertificateFigures, Certificates};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, count};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Only certificates of this series
    series: Option<Id>,
    #[command(flatten)]
    when: When,
}

const AFTER_HELP: &str = "\
Held is issued and not withdrawn, and counts against those due; expired is said for the day of the question:
that of --as-of, or of the moment of --at or --known-at, or today. `almoner audit trace` tells about one
certificate or holder.";

/// Prints the figures.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let Question { store, as_of, day } = &question;
    let asked = command.series.as_ref();
    let certificates = almoner_views::certificates(store, *as_of, *day, asked).await?;
    if let (Some(series), []) = (asked, certificates.regions.as_slice()) {
        let hint = "`almoner certificates` lists them all";
        return Err(question.not_found(&format!("series of certificates {series}"), hint));
    }
    if settings.json {
        write_json(&certificates)?;
        return Ok(Exit::Done);
    }
    question.answer(&text(&certificates, settings.language), settings.language)
}

/// The figures for people.
fn text(certificates: &Certificates, language: Language) -> String {
    if certificates.regions.is_empty() {
        return language.say("there are no certificates\n", "尚无证件\n").to_owned();
    }
    let same = |a: &CertificateFigures, b: &CertificateFigures| a.series == b.series;
    let of_series = |figures: &[CertificateFigures]| {
        let series = figures.first().map(|first| first.series.to_string()).unwrap_or_default();
        format!("{series}\n{}\n", table(figures, language))
    };
    let parts: Vec<String> = certificates.regions.chunk_by(same).map(of_series).collect();
    parts.join("\n")
}

fn table(figures: &[CertificateFigures], language: Language) -> Table {
    let mut table = Table::new(&[
        Column::text(language.say("region", "地区")),
        Column::number(language.say("due", "应发")),
        Column::number(language.say("issued", "已发")),
        Column::number(language.say("withdrawn", "收回")),
        Column::number(language.say("held", "在用")),
        Column::number(language.say("expired", "已过期")),
        Column::number(language.say("still due", "未发")),
        Column::number(language.say("used", "使用人数")),
        Column::number(language.say("uses", "使用次数")),
    ]);
    let optional = |number: Option<u64>| number.map(count).unwrap_or_default();
    for one in figures {
        table.row([
            one.region.to_string(),
            optional(one.due),
            count(one.issued),
            count(one.withdrawn),
            count(one.held),
            count(one.expired),
            optional(one.missing),
            count(one.used),
            count(one.uses),
        ]);
    }
    table
}
