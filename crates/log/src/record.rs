//! The bytes of a record: one compact CloudEvents 1.0 JSON object whose form is fixed to the byte.
//!
//! The same bytes are stored, hashed, published and exported, so there is exactly one way to write
//! a record and [`Record::decode`] takes no other.

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use sha2::{Digest, Sha256};

/// No record is longer, so that it fits an entry bundle of tlog-tiles, whose lengths are 16 bits.
pub const MAX_RECORD_BYTES: usize = 60_000;

/// The longest ledger name, in bytes.
pub const MAX_LEDGER_BYTES: usize = 64;

/// The longest type, subject and command id, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// The longest actor, in bytes.
const MAX_ACTOR_BYTES: usize = 64;

/// One record, borrowed from wherever its texts are.
///
/// Every text but `data` is visible ASCII without `"` and `\`: what is written needs no escape, and
/// what is read can be borrowed as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The place in the ledger, from 1; the CloudEvents `id`.
    pub position: u64,
    /// The ledger's name; `source` is `/ledgers/` and this. See [`is_ledger_name`].
    pub ledger: &'a str,
    /// What kind of event, such as `loan.disbursed.v1`; the CloudEvents `type` is `almoner.` and this.
    /// 1 to 100 characters.
    pub kind: &'a str,
    /// What the event is about, such as `loan/L-2002-0007`; 1 to 100 characters.
    pub subject: &'a str,
    /// When the ledger learnt it.
    pub time: Millis,
    /// The date for which it is true, as `2002-09-20`.
    pub effective_date: &'a str,
    /// The idempotency key of the command that caused it; 1 to 100 characters.
    pub command_id: &'a str,
    /// What the command said, so that the same key with another body is noticed.
    pub command_digest: CommandDigest,
    /// Who gave the command, such as `clerk:017`; 1 to 64 characters.
    pub actor: &'a str,
    /// The event itself: the text of a compact JSON object. Its meaning is checked by whoever knows
    /// the type.
    pub data: &'a str,
}

/// A moment in milliseconds since 1970-01-01T00:00:00Z, written as `2002-09-20T02:00:00.000Z`; from the
/// year 0 to the end of the year 9999 less two days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

/// The first 16 bytes of SHA-256 over a command's canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommandDigest(pub [u8; 16]);

/// Why something is not a record, or cannot become one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The bytes do not have the one form of a record; names the part where they leave it.
    #[error("the record is not in the fixed form at `{0}`")]
    Form(&'static str),
    /// An attribute has a value that no record may have.
    #[error("the record's `{0}` is not allowed")]
    Value(&'static str),
    /// The bytes are not UTF-8.
    #[error("the record is not UTF-8")]
    NotText,
    /// The record is longer than [`MAX_RECORD_BYTES`].
    #[error("the record has {0} bytes, more than the {MAX_RECORD_BYTES} allowed")]
    TooLong(usize),
}

impl<'a> Record<'a> {
    /// Appends the record's bytes to `out`; leaves `out` as it was on an error.
    ///
    /// # Errors
    /// When an attribute has a value that no record may have, or the record is too long.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), RecordError> {
        self.check()?;
        let start = out.len();
        let time = self.time.digits().ok_or(RecordError::Value("time"))?;
        // Writing to a vector does not fail.
        let _ = write!(out, r#"{{"specversion":"1.0","id":"{}""#, self.position);
        for part in [
            r#","source":"/ledgers/"#,
            self.ledger,
            r#"","type":"almoner."#,
            self.kind,
            r#"","subject":""#,
            self.subject,
            r#"","time":""#,
        ] {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(&time);
        for part in [
            r#"","datacontenttype":"application/json","effectivedate":""#,
            self.effective_date,
            r#"","commandid":""#,
            self.command_id,
            r#"","commanddigest":""#,
        ] {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(&self.command_digest.digits());
        for part in [r#"","actor":""#, self.actor, r#"","data":"#, self.data, "}"] {
            out.extend_from_slice(part.as_bytes());
        }
        let length = out.len() - start;
        if length > MAX_RECORD_BYTES {
            out.truncate(start);
            return Err(RecordError::TooLong(length));
        }
        Ok(())
    }

    /// Reads a record. It takes only the form that [`encode`](Self::encode) writes, byte for byte:
    /// every attribute in its order, nothing between, before or after.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD_BYTES {
            return Err(RecordError::TooLong(bytes.len()));
        }
        let mut rest = str::from_utf8(bytes).map_err(|_| RecordError::NotText)?;
        let rest = &mut rest;
        let id = attribute(rest, r#"{"specversion":"1.0","id":""#, "id")?;
        let ledger = attribute(rest, r#","source":"/ledgers/"#, "source")?;
        let kind = attribute(rest, r#","type":"almoner."#, "type")?;
        let subject = attribute(rest, r#","subject":""#, "subject")?;
        let time = attribute(rest, r#","time":""#, "time")?;
        let effective_date = attribute(
            rest,
            r#","datacontenttype":"application/json","effectivedate":""#,
            "effectivedate",
        )?;
        let command_id = attribute(rest, r#","commandid":""#, "commandid")?;
        let digest = attribute(rest, r#","commanddigest":""#, "commanddigest")?;
        let actor = attribute(rest, r#","actor":""#, "actor")?;
        let data = rest
            .strip_prefix(r#","data":"#)
            .and_then(|rest| rest.strip_suffix('}'))
            .ok_or(RecordError::Form("data"))?;

        let record = Self {
            position: parse_position(id).ok_or(RecordError::Value("id"))?,
            ledger,
            kind,
            subject,
            time: time.parse().map_err(|_| RecordError::Value("time"))?,
            effective_date,
            command_id,
            command_digest: digest.parse().map_err(|_| RecordError::Value("commanddigest"))?,
            actor,
            data,
        };
        record.check()?;
        Ok(record)
    }

    /// What holds for every record, written or read.
    fn check(&self) -> Result<(), RecordError> {
        let in_range = (1..=i64::MAX as u64).contains(&self.position);
        for (good, name) in [
            (in_range, "id"),
            (is_ledger_name(self.ledger), "source"),
            (is_name(self.kind, MAX_NAME_BYTES), "type"),
            (is_name(self.subject, MAX_NAME_BYTES), "subject"),
            (is_date(self.effective_date.as_bytes()), "effectivedate"),
            (is_name(self.command_id, MAX_NAME_BYTES), "commandid"),
            (is_name(self.actor, MAX_ACTOR_BYTES), "actor"),
            (is_one_compact_object(self.data.as_bytes()), "data"),
        ] {
            if !good {
                return Err(RecordError::Value(name));
            }
        }
        Ok(())
    }
}

impl Millis {
    /// The text form; `None` where there is none.
    fn digits(self) -> Option<[u8; 24]> {
        let moment = jiff::Timestamp::from_millisecond(self.0).ok()?;
        let moment = Offset::UTC.to_datetime(moment);
        let year = u16::try_from(moment.year()).ok()?;
        let mut digits = *b"0000-00-00T00:00:00.000Z";
        let milliseconds = moment.subsec_nanosecond() / 1_000_000;
        put_digits(&mut digits[0..4], u32::from(year));
        put_digits(&mut digits[5..7], moment.month().unsigned_abs().into());
        put_digits(&mut digits[8..10], moment.day().unsigned_abs().into());
        put_digits(&mut digits[11..13], moment.hour().unsigned_abs().into());
        put_digits(&mut digits[14..16], moment.minute().unsigned_abs().into());
        put_digits(&mut digits[17..19], moment.second().unsigned_abs().into());
        put_digits(&mut digits[20..23], milliseconds.unsigned_abs());
        Some(digits)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.digits() {
            Some(digits) => f.write_str(&String::from_utf8_lossy(&digits)),
            None => write!(f, "{} ms since 1970", self.0),
        }
    }
}

impl FromStr for Millis {
    type Err = RecordError;

    /// Reads exactly the form `2002-09-20T02:00:00.000Z`.
    fn from_str(text: &str) -> Result<Self, RecordError> {
        parse_time(text.as_bytes()).map(Self).ok_or(RecordError::Value("time"))
    }
}

impl CommandDigest {
    /// The digest of a command's canonical form.
    pub fn of(canonical: &[u8]) -> Self {
        Self(first_half(Sha256::digest(canonical).into()))
    }

    fn digits(self) -> [u8; 22] {
        let mut digits = [0; 22];
        // 16 bytes are always 22 characters, so the slice always fits.
        let _ = URL_SAFE_NO_PAD.encode_slice(self.0, &mut digits);
        digits
    }
}

impl fmt::Display for CommandDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.digits()))
    }
}

impl FromStr for CommandDigest {
    type Err = RecordError;

    /// Reads 22 characters of base64url without padding, in the one way that they are written.
    fn from_str(text: &str) -> Result<Self, RecordError> {
        let mut digest = [0; 16];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut digest) {
            Ok(16) => Ok(Self(digest)),
            _ => Err(RecordError::Value("commanddigest")),
        }
    }
}

/// Whether a text can name a ledger: 1 to 64 of `A-Z a-z 0-9 _ -`. It stands in the records' source,
/// in the checkpoint's origin and in names of the feed, which have no room for more.
pub fn is_ledger_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=MAX_LEDGER_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

pub(crate) fn first_half(hash: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

/// Takes `prefix`, the value and its closing quote from the front of `rest`; returns the value.
fn attribute<'a>(
    rest: &mut &'a str,
    prefix: &str,
    name: &'static str,
) -> Result<&'a str, RecordError> {
    let after = rest.strip_prefix(prefix).ok_or(RecordError::Form(name))?;
    let (value, after) = after.split_once('"').ok_or(RecordError::Form(name))?;
    *rest = after;
    Ok(value)
}

/// Visible ASCII without quote and backslash.
fn is_name(text: &str, longest: usize) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21..=0x7e) && byte != b'"' && byte != b'\\';
    (1..=longest).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_date(text: &[u8]) -> bool {
    parse_date(text).is_some()
}

/// Whether the text is one pair of braces with balanced brackets inside and no white space between
/// its tokens. This pins down where `data` ends; that the inside is proper JSON shows when it is
/// read as its type.
fn is_one_compact_object(text: &[u8]) -> bool {
    if text.first() != Some(&b'{') {
        return false;
    }
    let mut depth = 0_usize;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => loop {
                match bytes.next() {
                    Some(b'"') => break,
                    Some(b'\\') => _ = bytes.next(),
                    Some(0x20..) => {}
                    _ => return false,
                }
            },
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            0..=b' ' => return false,
            _ => {}
        }
    }
    depth == 0 && bytes.as_slice().is_empty()
}

/// A decimal number from 1 without leading zero.
fn parse_position(text: &str) -> Option<u64> {
    if text.starts_with(['0', '+']) { None } else { text.parse().ok() }
}

fn parse_date(text: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let year = parse_digits(&[*y1, *y2, *y3, *y4])?;
    let month = parse_digits(&[*m1, *m2])?;
    let day = parse_digits(&[*d1, *d2])?;
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

fn parse_time(text: &[u8]) -> Option<i64> {
    let (date, time) = text.split_at_checked(10)?;
    let [b'T', h1, h2, b':', m1, m2, b':', s1, s2, b'.', f1, f2, f3, b'Z'] = time else {
        return None;
    };
    let moment = DateTime::from_parts(
        parse_date(date)?,
        jiff::civil::Time::new(
            parse_digits(&[*h1, *h2])?.try_into().ok()?,
            parse_digits(&[*m1, *m2])?.try_into().ok()?,
            parse_digits(&[*s1, *s2])?.try_into().ok()?,
            parse_digits(&[*f1, *f2, *f3])?.checked_mul(1_000_000)?,
        )
        .ok()?,
    );
    Some(Offset::UTC.to_timestamp(moment).ok()?.as_millisecond())
}

fn parse_digits(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0'))
    })
}

/// Writes the last digits of the number, as many as there is room for.
fn put_digits(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
