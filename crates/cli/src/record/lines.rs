//! The lines of an input, read by a thread of their own, so that a slow pipe holds up no answer.

use std::io::{self, BufRead, BufReader, Read};

use tokio::sync::mpsc;

use crate::input::Input;

/// The longest line, in bytes: far more than the longest list of a command needs.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// How many lines are read ahead.
const AHEAD: usize = 512;

/// A line that is not blank.
pub struct Line {
    /// Its number, from 1, blank ones counted.
    pub number: u64,
    /// How many bytes the input has up to its end.
    pub end: u64,
    /// Its text, or why it has none.
    pub text: Result<String, String>,
}

/// Starts reading. After a failure to read nothing more comes.
pub fn read(input: Input) -> mpsc::Receiver<io::Result<Line>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    // A thread that nobody waits for: a read of standard input cannot be called off.
    std::thread::spawn(move || {
        let mut lines = Lines { bytes: BufReader::new(input.bytes), number: 0, end: 0 };
        while let Some(line) = lines.next().transpose() {
            let failed = line.is_err();
            if sender.blocking_send(line).is_err() || failed {
                break;
            }
        }
    });
    receiver
}

struct Lines<R> {
    bytes: BufReader<R>,
    number: u64,
    end: u64,
}

impl<R: Read> Lines<R> {
    fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let most = MOST_BYTES as u64 + 1;
            self.bytes.by_ref().take(most).read_until(b'\n', &mut bytes)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            self.end += bytes.len() as u64;
            if bytes.len() > MOST_BYTES {
                self.skip_line(&bytes)?;
                return Ok(Some(self.line(Err(format!("it is longer than {MOST_BYTES} bytes")))));
            }
            let Ok(text) = String::from_utf8(bytes) else {
                return Ok(Some(self.line(Err("it is not UTF-8".into()))));
            };
            let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { &text };
            let text = text.trim();
            if !text.is_empty() {
                return Ok(Some(self.line(Ok(text.to_owned()))));
            }
        }
    }

    fn line(&self, text: Result<String, String>) -> Line {
        Line { number: self.number, end: self.end, text }
    }

    /// Reads over the rest of a line that began too long.
    fn skip_line(&mut self, begin: &[u8]) -> io::Result<()> {
        let mut ended = begin.ends_with(b"\n");
        while !ended {
            let part = self.bytes.fill_buf()?;
            if part.is_empty() {
                break;
            }
            let newline = part.iter().position(|byte| *byte == b'\n');
            let read = newline.map_or(part.len(), |at| at + 1);
            ended = newline.is_some();
            self.bytes.consume(read);
            self.end += read as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(bytes: &[u8]) -> Vec<(u64, u64, Result<String, String>)> {
        let mut lines = Lines { bytes: BufReader::new(bytes), number: 0, end: 0 };
        std::iter::from_fn(|| lines.next().unwrap())
            .map(|line| (line.number, line.end, line.text))
            .collect()
    }

    #[test]
    fn blank_lines_a_mark_and_line_ends_of_windows_are_passed_over() {
        let found = lines_of("\u{feff}{}\r\n\r\n  \n{\"a\":1}".as_bytes());
        assert_eq!(found, [(1, 7, Ok("{}".into())), (4, 19, Ok("{\"a\":1}".into()))]);
        assert_eq!(lines_of(b""), []);
    }

    #[test]
    fn a_line_that_is_no_text_is_refused_and_the_next_is_read() {
        let found = lines_of(b"\xff\xfe\n{}\n");
        assert_eq!(found[0].0, 1);
        assert!(found[0].2.as_ref().unwrap_err().contains("not UTF-8"));
        assert_eq!(found[1], (2, 6, Ok("{}".into())));
    }

    #[test]
    fn a_line_without_end_is_refused_and_the_next_is_read() {
        let mut bytes = vec![b'x'; MOST_BYTES + 70_000];
        bytes.extend_from_slice(b"\n{}");
        let found = lines_of(&bytes);
        assert!(found[0].2.as_ref().unwrap_err().contains("longer than"));
        assert_eq!(found[1], (2, MOST_BYTES as u64 + 70_003, Ok("{}".into())));
    }
}
