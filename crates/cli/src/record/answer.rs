//! How receipts and refusals are printed.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use almoner_domain::refusal::Refusal;
use almoner_ledger::Receipt;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::failure::Exit;
use crate::language::Language;
use crate::settings::Settings;
use crate::table::count;

/// A file of fewer bytes is recorded before anybody would look for a bar.
const LONG: u64 = 256 * 1024;

/// How often what is printed goes out at the latest, and how much is kept back at most.
const FLUSH_EVERY: Duration = Duration::from_millis(100);
const FLUSH_BYTES: usize = 64 * 1024;

/// The line that is answered.
pub struct Asked {
    line: u64,
    /// The command's key and name, where they could be read.
    named: Named,
}

/// Prints answers, and counts them.
pub struct Answers {
    json: bool,
    language: Language,
    bar: ProgressBar,
    begun: Instant,
    flushed: Instant,
    text: Vec<u8>,
    /// Whether nobody reads standard output any more. The rest of the input is recorded all the same.
    unheard: bool,
    recorded: u64,
    recorded_before: u64,
    refused: u64,
}

/// What a command calls itself, read before and beside everything else, so that a refusal of a command
/// that cannot be read still names it.
#[derive(Default, Deserialize)]
struct Named {
    key: Option<String>,
    command: Option<String>,
}

impl Asked {
    /// The line of a number and text.
    pub fn of(line: u64, text: &Result<String, String>) -> Self {
        let named = text.as_ref().ok().and_then(|text| serde_json::from_str(text).ok());
        Self { line, named: named.unwrap_or_default() }
    }
}

impl Answers {
    /// Shows progress on a terminal when the length is known and large.
    pub fn new(settings: &Settings, length: Option<u64>) -> Self {
        let bar = match length {
            Some(length) if length >= LONG && io::stderr().is_terminal() => {
                let bar = ProgressBar::new(length);
                let style = "{bar:40} {percent:>3} %  {bytes_per_sec}  {eta} left";
                bar.set_style(
                    ProgressStyle::with_template(style)
                        .unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                bar
            }
            _ => ProgressBar::hidden(),
        };
        let now = Instant::now();
        Self {
            json: settings.json,
            language: settings.language,
            bar,
            begun: now,
            flushed: now,
            text: Vec::new(),
            unheard: false,
            recorded: 0,
            recorded_before: 0,
            refused: 0,
        }
    }

    /// Tells how much of the input is read.
    pub fn read_up_to(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }

    /// Prints an answer.
    pub fn print(&mut self, asked: &Asked, outcome: &Result<Receipt, Refusal>) -> io::Result<()> {
        match outcome {
            Ok(receipt) if receipt.replayed => self.recorded_before += 1,
            Ok(_) => self.recorded += 1,
            Err(_) => self.refused += 1,
        }
        if self.json {
            self.write_json(asked, outcome)?;
        } else {
            self.write_text(asked, outcome)?;
        }
        if self.text.len() >= FLUSH_BYTES || self.flushed.elapsed() >= FLUSH_EVERY {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands over what is printed.
    pub fn flush(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() && !self.unheard {
            match self.bar.suspend(|| io::stdout().write_all(&text)) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.unheard = true,
                written => written?,
            }
        }
        self.flushed = Instant::now();
        Ok(())
    }

    /// Says on standard error how many there were.
    pub fn finish(mut self) -> io::Result<Exit> {
        self.flush()?;
        self.bar.finish_and_clear();
        let seconds = self.begun.elapsed().as_secs();
        let after = if seconds > 0 { format!(" in {seconds} s") } else { String::new() };
        let before = match self.recorded_before {
            0 => String::new(),
            before => format!(", {} recorded before", count(before)),
        };
        let summary = format!(
            "{} recorded{before}, {} refused{after}",
            count(self.recorded),
            count(self.refused)
        );
        // Standard error is only talk.
        let _ = writeln!(io::stderr(), "{summary}");
        Ok(if self.refused > 0 { Exit::Refused } else { Exit::Done })
    }

    fn write_json(&mut self, asked: &Asked, outcome: &Result<Receipt, Refusal>) -> io::Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "snake_case")]
        enum Outcome<'a> {
            Receipt(&'a Receipt),
            Refusal(&'a Refusal),
        }
        #[derive(Serialize)]
        struct Line<'a> {
            line: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            key: Option<&'a str>,
            #[serde(flatten)]
            outcome: Outcome<'a>,
        }
        let (key, outcome) = match outcome {
            // A receipt names its key itself.
            Ok(receipt) => (None, Outcome::Receipt(receipt)),
            Err(refusal) => (asked.named.key.as_deref(), Outcome::Refusal(refusal)),
        };
        serde_json::to_writer(&mut self.text, &Line { line: asked.line, key, outcome })?;
        self.text.push(b'\n');
        Ok(())
    }

    fn write_text(&mut self, asked: &Asked, outcome: &Result<Receipt, Refusal>) -> io::Result<()> {
        let language = self.language;
        let line = language.say("line", "行");
        let kind = asked.named.command.as_deref().unwrap_or("?");
        let key = asked.named.key.as_deref().unwrap_or("?");
        write!(self.text, "{line} {} {kind} {key}: ", asked.line)?;
        match outcome {
            Ok(receipt) => {
                let said = if receipt.replayed {
                    language.say("recorded before at", "此前已入账，记录号")
                } else {
                    language.say("recorded at", "已入账，记录号")
                };
                let Receipt { first, last, .. } = receipt;
                match first == last {
                    true => writeln!(self.text, "{said} {first}"),
                    false => {
                        writeln!(self.text, "{said} {first} {} {last}", language.say("to", "至"))
                    }
                }
            }
            Err(refusal) => {
                let said = language.say("refused", "被拒绝");
                writeln!(
                    self.text,
                    "{said} [{}]: {}",
                    refusal.code(),
                    language.refusal(refusal).replace('\n', "\n    ")
                )?;
                // Those of a form are its text already.
                let figures = match refusal {
                    Refusal::FormInvalid { .. } => Vec::new(),
                    _ => refusal.figures(),
                };
                let figures: Vec<String> =
                    figures.into_iter().map(|(name, value)| format!("{name} {value}")).collect();
                match figures.is_empty() {
                    true => Ok(()),
                    false => writeln!(self.text, "    {}", figures.join(" · ")),
                }
            }
        }
    }
}
