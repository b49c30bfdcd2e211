//! The published figures beside the ledger's own, place by place, and the sums that do not come out.

use serde_json::{Value, json};

use crate::demo::{Comparison, Figure, Place, Row, Status, SumRow};
use crate::language::Language;
use crate::table::{Column, Table, count, grouped, wrapped, yuan};

/// Every place with what it runs, what of that only partly, and what is not money.
pub fn text(comparison: &Comparison, language: Language) -> String {
    let mut text = String::from(language.say(
        "= the ledger equals what is published, ≈ when rounded as the report rounds;\n\
         c corrected, d derived, e an example; > means more than\n",
        "= 账簿与公开数字相等，≈ 按报道的位数舍入后相等；c 更正，d 推算，e 示例；> 表示“多于”\n",
    ));
    for place in &comparison.places {
        text.push_str(&format!("\n{}\n", heading(place, language)));
        text.push_str(&format!("{}\n", figures(comparison, place, language)));
        for record in &place.record {
            if let Some(partly) = &record.partly {
                let why = language.say(&partly.en, &partly.zh);
                let told =
                    format!("{}  {}{why}", record.seed, language.say("partly: ", "部分运行："));
                text.push_str(&wrapped(&told, " ", "        "));
            }
        }
        for one in &place.not_money {
            let why = language.say(&one.why.en, &one.why.zh);
            let told = format!("{}  {}{why}", one.seed, language.say("not money: ", "非资金："));
            text.push_str(&wrapped(&told, " ", "        "));
        }
    }
    text.push_str(&format!("\n{}\n", accounted(comparison, language)));
    text
}

fn heading(place: &Place, language: Language) -> String {
    match language {
        Language::En => format!("{} {}", place.name, place.zh),
        Language::Zh => place.zh.clone(),
    }
}

fn figures(comparison: &Comparison, place: &Place, language: Language) -> Table {
    let mut table = Table::new(&[
        Column::text(language.say("record", "记录")),
        Column::text(language.say("programme", "项目")),
        Column::text(language.say("figure", "内容")),
        Column::number(language.say("published", "公开数字")),
        Column::number(language.say("ledger", "账簿")),
        Column::text(""),
    ]);
    let prefix = format!("{}-", place.place);
    for row in comparison.rows().filter(|row| row.place.place == place.place) {
        let Row { record, published, ledger, difference, .. } = row;
        let programme = record.programme.as_str();
        let more = if published.at_least { "> " } else { "" };
        let mut mark = match (difference.is_zero(), published.rounded_to) {
            (true, None) => "=".to_owned(),
            (true, Some(_)) => "≈".to_owned(),
            (false, _) => figure(difference),
        };
        mark.push_str(match published.status {
            Status::Stated => "",
            Status::Corrected => " c",
            Status::Derived => " d",
            Status::Example => " e",
        });
        table.row([
            record.seed.clone(),
            programme.strip_prefix(&prefix).unwrap_or(programme).to_owned(),
            language.say(&published.what, &published.zh).to_owned(),
            format!("{more}{}", figure(published.figure)),
            figure(ledger),
            mark,
        ]);
    }
    table
}

/// How many records are run and how many are not.
fn accounted(comparison: &Comparison, language: Language) -> String {
    let run: usize = comparison.places.iter().map(|place| place.record.len()).sum();
    let records = comparison.places.iter().flat_map(|place| &place.record);
    let partly = records.filter(|record| record.partly.is_some()).count();
    let not_run = comparison.not_run().count();
    let figures = comparison.rows().count();
    let equal = comparison.rows().filter(|row| row.difference.is_zero()).count();
    match language {
        Language::En => format!(
            "{} records: {run} run, {partly} of them partly, {not_run} not money; {equal} of {figures} figures are equal.",
            run + not_run
        ),
        Language::Zh => format!(
            "共 {} 条记录：运行 {run} 条（其中部分运行 {partly} 条），非资金 {not_run} 条；{figures} 个数字中 {equal} 个相等。",
            run + not_run
        ),
    }
}

/// The sums of the sources that do not come out.
pub fn sums(comparison: &Comparison, language: Language) -> String {
    let mut text = String::new();
    for SumRow { sum, ledger } in comparison.sums() {
        let what = language.say(&sum.what.en, &sum.what.zh);
        text.push_str(&wrapped(
            &format!("{} ({}) {what}", sum.check, sum.seeds.join(", ")),
            "",
            "    ",
        ));
        let unit = language.say(&sum.unit.en, &sum.unit.zh);
        let [left, right, difference] =
            [&sum.left, &sum.right, &sum.difference].map(|one| grouped(one));
        let ledger = match ledger {
            None => String::new(),
            Some((own, _)) => {
                format!("{}{}", language.say("; the ledger has ", "；账簿为 "), figure(own))
            }
        };
        let numbers = match language {
            Language::En => {
                format!("{left} against {right} {unit}, a difference of {difference}{ledger}")
            }
            Language::Zh => format!("{left} 对 {right} {unit}，差 {difference}{ledger}"),
        };
        text.push_str(&wrapped(&numbers, "    ", "    "));
        text.push_str(&wrapped(language.say(&sum.why.en, &sum.why.zh), "    ", "    "));
    }
    text
}

/// For programs: the figures, those of which the ledger knows nothing, the records that are not run, the sums.
pub fn json(comparison: &Comparison) -> [(&'static str, Value); 4] {
    let figure = |row: Row<'_>| {
        json!({
            "seed": row.record.seed,
            "place": row.place.name,
            "programme": row.record.programme,
            "what": row.published.what,
            "name": row.published.name,
            "as_of": row.as_of,
            "published": row.published.figure.to_string(),
            "ledger": row.ledger.to_string(),
            "difference": row.difference.to_string(),
            "status": row.published.status.as_str(),
            "at_least": row.published.at_least,
            "rounded_to": row.published.rounded_to,
        })
    };
    let sum = |row: SumRow<'_>| {
        json!({
            "check": row.sum.check,
            "seeds": row.sum.seeds,
            "what": row.sum.what.en,
            "left": row.sum.left,
            "right": row.sum.right,
            "difference": row.sum.difference,
            "unit": row.sum.unit.en,
            "why": row.sum.why.en,
            "ledger": row.ledger.map(|(figure, _)| figure.to_string()),
        })
    };
    let records = comparison.places.iter().flat_map(|place| &place.record);
    let not_recorded = records.filter(|record| !record.beside.is_empty());
    let not_recorded =
        not_recorded.map(|record| json!({"seed": record.seed, "figures": record.beside}));
    let not_run = comparison
        .not_run()
        .map(|(place, one)| json!({"seed": one.seed, "place": place.name, "why": one.why.en}));
    [
        ("published", comparison.rows().map(figure).collect()),
        ("not_recorded", not_recorded.collect()),
        ("not_money", not_run.collect()),
        ("unreconciled", comparison.sums().map(sum).collect()),
    ]
}

fn figure(figure: Figure) -> String {
    match figure {
        Figure::Amount(amount) => yuan(amount),
        Figure::Count(number) => u64::try_from(number).map_or_else(|_| number.to_string(), count),
        Figure::Percent(_) | Figure::Fraction { .. } => figure.to_string(),
    }
}
