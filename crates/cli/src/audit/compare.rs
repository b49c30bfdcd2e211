//! Whether every row of the views is what the log says: part of `almoner audit replay --compare`.

use almoner_audit::{Compared, Comparison, Difference, MAX_DIFFERENCES, Source};
use almoner_log::Store;
use almoner_views::{Dump, ViewsError};
use serde::Serialize;

use super::Bar;
use crate::failure::Failure;
use crate::language::Language;
use crate::table::count;

/// What came of a comparison.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The position at which both stand.
    position: u64,
    /// How many rows the views have.
    rows: u64,
    /// The rows on which log and views do not agree.
    differences: Vec<Difference>,
    /// Whether there are more than are listed.
    more: bool,
}

impl Outcome {
    /// Whether log and views agree.
    pub fn is_good(&self) -> bool {
        self.differences.is_empty()
    }

    /// For people.
    pub fn text(&self, language: Language) -> String {
        let (rows, position) = (count(self.rows), self.position);
        if self.is_good() {
            return match language {
                Language::En => format!(
                    "all {rows} rows of the views at position {position} are as the log says\n"
                ),
                Language::Zh => format!("视图在记录号 {position} 的全部 {rows} 行与日志一致\n"),
            };
        }
        let mut text =
            language.say("THE VIEWS ARE NOT WHAT THE LOG SAYS\n", "视图与日志不一致\n").to_owned();
        for Difference { table, key, log, view } in &self.differences {
            let nothing = language.say("no such row", "无此行");
            let shown = |row: &Option<String>| match row {
                Some(row) => row.replace('\t', " | "),
                None => nothing.to_owned(),
            };
            text.push_str(&format!("  {table} {}\n", key.replace('\t', " | ")));
            text.push_str(&format!("    {}: {}\n", language.say("log ", "日志"), shown(log)));
            text.push_str(&format!("    {}: {}\n", language.say("view", "视图"), shown(view)));
        }
        if self.more {
            text.push_str(&match language {
                Language::En => format!("  and more than these {MAX_DIFFERENCES}\n"),
                Language::Zh => format!("  以上仅列 {MAX_DIFFERENCES} 处，另有更多\n"),
            });
        }
        text.push_str(language.say(
            "`almoner views rebuild` makes the views anew from the log\n",
            "`almoner views rebuild` 可由日志重新生成视图\n",
        ));
        text
    }
}

/// Holds the views of a store, as they stand, against its log.
pub async fn compare(store: &Store) -> Result<Outcome, Failure> {
    let source = Source::Store(store.clone());
    let mut again = None;
    loop {
        let mut dump = Dump::begin(store).await.map_err(|error| match error {
            ViewsError::NotMade(_) => {
                let hint = "any question makes them, such as `almoner funds`";
                Failure::refused_with_hint("there are no views yet to compare", hint)
            }
            error => error.into(),
        })?;
        let bar = Bar::new();
        let begun = Comparison::begin(&source, dump.position(), again, &mut bar.progress()).await;
        drop(bar);
        let mut comparison = begun?;
        let mut rows = 0;
        loop {
            let page = dump.next_rows().await?;
            if page.is_empty() {
                break;
            }
            rows += page.len() as u64;
            for row in page {
                comparison.row(row.table, &row.key, &row.text);
            }
        }
        match comparison.end() {
            Compared::Same { position, rows } => {
                return Ok(Outcome { position, rows, differences: Vec::new(), more: false });
            }
            Compared::Differs { position, differences, more } => {
                return Ok(Outcome { position, rows, differences, more });
            }
            Compared::Again(suspects) => again = Some(suspects),
        }
    }
}
