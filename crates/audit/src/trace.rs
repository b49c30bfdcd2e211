//! Trace: every record about one subject, or about one pseudonym.

use std::collections::BTreeSet;

use almoner_domain::id::Pseudonym;
use almoner_log::Record;
use serde::Serialize;

use crate::pass::{Progress, Range, pass};
use crate::source::{Beside, Chunk, Source, SourceError};

/// What to trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A record's subject, such as `loan/L-2002-0007`.
    Subject(String),
    /// A person, household or firm: every record that names the pseudonym, and every later record of
    /// the loans and subsidies that those are about, whether it names the pseudonym or not.
    Pseudonym(Pseudonym),
}

/// How a trace went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traced {
    /// How many records are about it.
    pub found: u64,
    /// How many records could not be read, and may be about anything.
    pub unreadable: u64,
}

/// Hands over every record about a subject or pseudonym, with its position, in order.
///
/// # Errors
/// When the source cannot be read, or `each` fails.
pub async fn trace<E: From<SourceError>>(
    source: &Source,
    about: &About,
    progress: Progress<'_>,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<Traced, E> {
    let end = source.extent().await?.end;
    let mut subjects = BTreeSet::new();
    let name = match about {
        About::Subject(subject) => {
            subjects.insert(subject.clone());
            None
        }
        About::Pseudonym(pseudonym) => Some(pseudonym.to_string()),
    };
    let mut traced = Traced::default();
    let range = Range { end, beside: Beside::Nothing };
    pass(
        source,
        range,
        progress,
        move |chunk| Marked::of(chunk, name.as_deref()),
        |marked| {
            for ((position, bytes), mark) in marked.chunk.records().zip(&marked.marks) {
                let is_of_subject = match &mark.subject {
                    Some(subject) if mark.names_it => {
                        subjects.insert(subject.clone());
                        true
                    }
                    Some(subject) => subjects.contains(subject),
                    None => {
                        traced.unreadable += 1;
                        false
                    }
                };
                if mark.names_it || is_of_subject {
                    traced.found += 1;
                    each(position, bytes)?;
                }
            }
            Ok::<_, E>(())
        },
    )
    .await?;
    Ok(traced)
}

/// A chunk, and what each record is about.
struct Marked {
    chunk: Chunk,
    marks: Vec<Mark>,
}

struct Mark {
    /// None when the record cannot be read.
    subject: Option<String>,
    /// Whether it names the pseudonym.
    names_it: bool,
}

impl Marked {
    fn of(chunk: Chunk, name: Option<&str>) -> Self {
        let mark = |(_, bytes): (u64, &[u8])| Mark {
            subject: Record::decode(bytes).ok().map(|record| record.subject.to_owned()),
            names_it: name.is_some_and(|name| String::from_utf8_lossy(bytes).contains(name)),
        };
        let marks = chunk.records().map(mark).collect();
        Self { chunk, marks }
    }
}
