//! The lines of a request's body, as they come in.

use axum::body::{Body, BodyDataStream};
use bytes::{Buf, BytesMut};
use futures::StreamExt;

use super::MOST_COMMAND_BYTES;

/// A line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1, blank ones counted.
    pub number: u64,
    /// Its text, or why it has none.
    pub text: Result<String, String>,
}

/// The lines of a body.
pub struct Lines {
    body: BodyDataStream,
    /// What came in after the last whole line.
    buffer: BytesMut,
    /// How much of that is known to have no end of line.
    searched: usize,
    number: u64,
    /// Whether the line in work is too long, and only its end is looked for.
    skipping: bool,
    ended: bool,
}

impl Lines {
    pub fn new(body: Body) -> Self {
        Self {
            body: body.into_data_stream(),
            buffer: BytesMut::new(),
            searched: 0,
            number: 0,
            skipping: false,
            ended: false,
        }
    }

    /// The next line; `None` at the end of the body, or when it breaks off: half a line is no line.
    /// May be dropped and called again.
    pub async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.take_line() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            match self.body.next().await {
                Some(Ok(chunk)) => self.buffer.extend_from_slice(&chunk),
                Some(Err(error)) => {
                    tracing::info!(%error, line = self.number, "a stream of commands broke off");
                    self.buffer.clear();
                    self.skipping = false;
                    self.ended = true;
                }
                None => {
                    self.ended = true;
                    // The last line may do without its end.
                    if !self.buffer.is_empty() || self.skipping {
                        self.buffer.extend_from_slice(b"\n");
                    }
                }
            }
        }
    }

    /// Takes the next line that is not blank out of the buffer, if its end is there.
    fn take_line(&mut self) -> Option<Line> {
        loop {
            let unseen = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(end) = unseen.iter().position(|byte| *byte == b'\n') else {
                if self.skipping || self.buffer.len() > MOST_COMMAND_BYTES {
                    self.skipping = true;
                    self.buffer.clear();
                }
                self.searched = self.buffer.len();
                return None;
            };
            let bytes = self.buffer.split_to(self.searched + end);
            self.buffer.advance(1);
            self.searched = 0;
            self.number += 1;
            let skipped = std::mem::take(&mut self.skipping);
            if skipped || bytes.len() > MOST_COMMAND_BYTES {
                let problem = format!("it is longer than {MOST_COMMAND_BYTES} bytes");
                return Some(Line { number: self.number, text: Err(problem) });
            }
            let Ok(text) = str::from_utf8(&bytes) else {
                return Some(Line { number: self.number, text: Err("it is not UTF-8".into()) });
            };
            let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
            let text = text.trim();
            if !text.is_empty() {
                return Some(Line { number: self.number, text: Ok(text.to_owned()) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use bytes::Bytes;

    use super::*;

    async fn lines_of(chunks: Vec<io::Result<Bytes>>) -> Vec<(u64, Result<String, String>)> {
        let mut lines = Lines::new(Body::from_stream(futures::stream::iter(chunks)));
        let mut found = Vec::new();
        while let Some(line) = lines.next().await {
            found.push((line.number, line.text));
        }
        found
    }

    fn good(chunks: &[&'static [u8]]) -> Vec<io::Result<Bytes>> {
        chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk))).collect()
    }

    #[tokio::test]
    async fn lines_are_found_wherever_the_chunks_are_cut() {
        let text = "\u{feff}{}\r\n\n  \n{\"a\":\"元\"}\n{\"b\":1}";
        let expected = [
            (1, Ok("{}".to_owned())),
            (4, Ok("{\"a\":\"元\"}".to_owned())),
            (5, Ok("{\"b\":1}".to_owned())),
        ];
        for size in 1..=text.len() {
            let chunks = text.as_bytes().chunks(size).map(|chunk| Ok(Bytes::from(chunk)));
            assert_eq!(lines_of(chunks.collect()).await, expected, "chunks of {size}");
        }
        assert_eq!(lines_of(good(&[b"", b"\n", b""])).await, []);
    }

    #[tokio::test]
    async fn half_a_line_is_not_taken_when_the_body_breaks_off() {
        let mut chunks = good(&[b"{}\n{\"a\"", b":1}"]);
        chunks.push(Err(io::Error::other("reset")));
        assert_eq!(lines_of(chunks).await, [(1, Ok("{}".to_owned()))]);
    }

    #[tokio::test]
    async fn a_line_that_cannot_be_is_answered_and_the_next_is_read() {
        let long = Bytes::from(vec![b'x'; MOST_COMMAND_BYTES / 2 + 1]);
        let mut chunks = good(&[b"\xff\n"]);
        chunks.extend([Ok(long.clone()), Ok(long.clone()), Ok(long)]);
        chunks.extend(good(&[b"\n{}\n"]));
        let found = lines_of(chunks).await;
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], (1, Err("it is not UTF-8".to_owned())));
        assert!(found[1].1.as_ref().unwrap_err().contains("longer than"));
        assert_eq!(found[2], (3, Ok("{}".to_owned())));
    }
}
