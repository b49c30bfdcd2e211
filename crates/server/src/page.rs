//! Lists, page by page.
//!
//! A cursor holds the whole question as it was first asked, with the position that the first page was
//! answered at, and where the next page begins. So all pages of a list show the same moment, however
//! much is recorded meanwhile.

use almoner_domain::id::Id;
use almoner_domain::refusal::Word;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::query::Parameters;

/// How many items a page has, when nothing is said and at most.
const LIMIT: u32 = 100;
const MOST: u32 = 500;

const NUMBER: Word = Word::new("a whole number from 1 to 500", "1 至 500 的整数");
const NOT_WITH_CURSOR: Word =
    Word::new("to be left out, because the cursor says it already", "省略，因为 cursor 已经包含");
const CURSOR: Word =
    Word::new("what an answer of this list gave as next_cursor", "此列表上次返回的 next_cursor");

/// What a list answers.
#[derive(Debug, Serialize)]
pub struct Listed<T> {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// This page.
    pub items: Vec<T>,
    /// For the next page, if there is one.
    pub next_cursor: Option<String>,
}

/// Which page is asked for.
#[derive(Debug)]
pub struct Page {
    /// How many items it may have.
    pub limit: u32,
    list: &'static str,
    after: Option<String>,
    question: Vec<(String, String)>,
}

/// What stands in a cursor.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    list: String,
    question: Vec<(String, String)>,
    after: String,
}

impl Page {
    /// Takes the page out of the parameters. When there is a cursor, its question takes their place.
    pub fn take(list: &'static str, parameters: &mut Parameters) -> Result<Self, Problem> {
        let bad = |name: &str, expected| Problem::BadParameter { name: name.to_owned(), expected };
        let limit = parameters.read("limit", NUMBER)?.unwrap_or(LIMIT);
        if !(1..=MOST).contains(&limit) {
            return Err(bad("limit", NUMBER));
        }
        let mut after = None;
        if let Some(text) = parameters.take("cursor") {
            if let Some((name, _)) = parameters.0.first() {
                return Err(bad(name, NOT_WITH_CURSOR));
            }
            let cursor = read(&text).filter(|cursor| cursor.list == list);
            let cursor = cursor.ok_or_else(|| bad("cursor", CURSOR))?;
            parameters.0 = cursor.question;
            after = Some(cursor.after);
        }
        Ok(Self { limit, list, after, question: parameters.0.clone() })
    }

    /// The place after which the page begins; none for the first page.
    pub fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let bad = |_| Problem::BadParameter { name: "cursor".into(), expected: CURSOR };
        self.after.as_deref().map(|after| after.parse().map_err(bad)).transpose()
    }

    /// Says something in the cursor that the question left open.
    pub fn settle(&mut self, name: &str, value: String) {
        self.question.retain(|(one, _)| one != name);
        self.question.push((name.to_owned(), value));
    }

    /// Cuts the page out of a whole list that is sorted by name.
    pub fn cut<T>(
        self,
        position: u64,
        items: Vec<T>,
        name: impl Fn(&T) -> &Id,
    ) -> Result<Listed<T>, Problem> {
        let after: Option<Id> = self.after()?;
        let limit = self.limit as usize;
        let begins = |item: &T| after.as_ref().is_none_or(|after| name(item) > after);
        let mut items: Vec<T> = items.into_iter().filter(begins).take(limit + 1).collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| name(last).to_string());
        Ok(self.answer(position, items, next))
    }

    /// The answer. `next` is the place after which the next page begins.
    pub fn answer<T>(mut self, position: u64, items: Vec<T>, next: Option<String>) -> Listed<T> {
        for said_by_position in ["known_at", "at_least"] {
            self.question.retain(|(name, _)| name != said_by_position);
        }
        self.settle("at", position.to_string());
        let (list, question) = (self.list.to_owned(), self.question);
        let next_cursor = next.map(|after| write(&Cursor { list, question, after }));
        Listed { position, items, next_cursor }
    }
}

fn write(cursor: &Cursor) -> String {
    // Plain texts have nothing that cannot be written.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).unwrap_or_default())
}

fn read(text: &str) -> Option<Cursor> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(pairs: &[(&str, &str)]) -> Result<(Page, Vec<(String, String)>), Problem> {
        let pairs = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let mut parameters = Parameters(pairs.collect());
        let page = Page::take("funds", &mut parameters)?;
        Ok((page, parameters.0))
    }

    fn ids(names: &[&str]) -> Vec<Id> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn the_pages_of_a_list_make_up_the_whole_at_one_position() {
        let all = ids(&["a", "b", "c", "d", "e"]);
        let (first, _) =
            page(&[("limit", "2"), ("as_of", "2024-05-01"), ("at_least", "7")]).unwrap();
        let mut listed = first.cut(9, all.clone(), |id| id).unwrap();
        let mut found = listed.items;
        while let Some(cursor) = listed.next_cursor {
            let (next, question) = page(&[("limit", "2"), ("cursor", &cursor)]).unwrap();
            let said: Vec<_> = question.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(said, [("as_of", "2024-05-01"), ("at", "9")]);
            listed = next.cut(9, all.clone(), |id| id).unwrap();
            found.extend(listed.items);
        }
        assert_eq!(found, all);
    }

    #[test]
    fn a_cursor_of_another_list_or_beside_another_question_is_refused() {
        let (first, _) = page(&[("limit", "1")]).unwrap();
        let cursor = first.cut(1, ids(&["a", "b"]), |id| id).unwrap().next_cursor.unwrap();
        assert!(page(&[("cursor", &cursor)]).is_ok());
        assert!(page(&[("cursor", &cursor), ("at", "1")]).is_err());
        assert!(page(&[("cursor", "e30")]).is_err());
        assert!(page(&[("cursor", "%")]).is_err());
        let mut parameters = Parameters(vec![("cursor".into(), cursor)]);
        assert!(Page::take("loans", &mut parameters).is_err());
        assert!(page(&[("limit", "0")]).is_err());
        assert!(page(&[("limit", "501")]).is_err());
    }
}
