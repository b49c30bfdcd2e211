//! The bytes of a record.

use almoner_log::{CommandDigest, MAX_RECORD_BYTES, Millis, Record, RecordError};
use proptest::prelude::*;

const GOLDEN: &str = concat!(
    r#"{"specversion":"1.0","id":"42","source":"/ledgers/411700","type":"almoner.loan.disbursed.v1","#,
    r#""subject":"loan/L-2002-0007","time":"2002-09-20T02:00:00.000Z","#,
    r#""datacontenttype":"application/json","effectivedate":"2002-09-20","#,
    r#""commandid":"k-1","commanddigest":"AAECAwQFBgcICQoLDA0O_w","actor":"clerk:017","#,
    r#""data":{"amount":"20000.00","lines":[{"a":1},[]],"note":"某 \"}{\" \\"}}"#,
);

const DATA: &str = r#"{"amount":"20000.00","lines":[{"a":1},[]],"note":"某 \"}{\" \\"}"#;

fn golden() -> Record<'static> {
    Record {
        position: 42,
        ledger: "411700",
        kind: "loan.disbursed.v1",
        subject: "loan/L-2002-0007",
        time: Millis(1_032_487_200_000),
        effective_date: "2002-09-20",
        command_id: "k-1",
        command_digest: CommandDigest([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]),
        actor: "clerk:017",
        data: DATA,
    }
}

fn encoded(record: &Record<'_>) -> Result<Vec<u8>, RecordError> {
    let mut out = Vec::new();
    record.encode(&mut out).map(|()| out)
}

#[test]
fn a_record_has_these_bytes_and_no_others() {
    assert_eq!(String::from_utf8(encoded(&golden()).unwrap()).unwrap(), GOLDEN);
    assert_eq!(Record::decode(GOLDEN.as_bytes()).unwrap(), golden());
}

#[test]
fn encoding_appends_and_takes_back_what_it_cannot_finish() {
    let mut out = b"before".to_vec();
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(MAX_RECORD_BYTES));
    let too_long = Record { data: &long, ..golden() };
    assert!(matches!(too_long.encode(&mut out), Err(RecordError::TooLong(_))));
    assert_eq!(out, b"before");
    golden().encode(&mut out).unwrap();
    assert_eq!(out, [b"before", GOLDEN.as_bytes()].concat());

    let room = MAX_RECORD_BYTES - GOLDEN.len() + DATA.len() - r#"{"text":""}"#.len();
    let longest = format!(r#"{{"text":"{}"}}"#, "x".repeat(room));
    let longest = encoded(&Record { data: &longest, ..golden() }).unwrap();
    assert_eq!(longest.len(), MAX_RECORD_BYTES);
    Record::decode(&longest).unwrap();
    let longer = [longest.as_slice(), b" "].concat();
    assert_eq!(Record::decode(&longer), Err(RecordError::TooLong(MAX_RECORD_BYTES + 1)));
}

#[test]
fn every_other_way_to_write_the_record_is_refused() {
    use RecordError::{Form, NotText, Value};
    let changes: &[(&str, &str, RecordError)] = &[
        // Order, missing, additional and repeated attributes.
        (
            r#""type":"almoner.loan.disbursed.v1","subject":"loan/L-2002-0007""#,
            r#""subject":"loan/L-2002-0007","type":"almoner.loan.disbursed.v1""#,
            Form("type"),
        ),
        (r#""subject":"loan/L-2002-0007","#, "", Form("subject")),
        (r#""actor":"clerk:017","#, r#""actor":"clerk:017","actor":"clerk:017","#, Form("data")),
        (r#""actor":"clerk:017","#, r#""actor":"clerk:017","extra":"1","#, Form("data")),
        (r#""data":"#, r#""data":{},"more":"#, Value("data")),
        (r#""datacontenttype":"application/json","#, "", Form("effectivedate")),
        (r#""application/json""#, r#""text/plain""#, Form("effectivedate")),
        (r#""1.0""#, r#""1.1""#, Form("id")),
        ("specversion", "SpecVersion", Form("id")),
        ("/ledgers/", "/Ledgers/", Form("source")),
        // White space.
        (r#"{"specversion""#, r#" {"specversion""#, Form("id")),
        (r#","id""#, r#", "id""#, Form("id")),
        (r#""id":"#, r#""id": "#, Form("id")),
        (r#""data":{"#, r#""data": {"#, Value("data")),
        (r#"{"amount":"#, r#"{"amount": "#, Value("data")),
        (r#"{"amount""#, "{\n\"amount\"", Value("data")),
        (r#"\\"}}"#, r#"\\"} }"#, Value("data")),
        (r#"\\"}}"#, "\\\\\"}}\n", Form("data")),
        // Escapes where none are needed.
        ("clerk:017", r"clerk\u003a017", Value("actor")),
        ("loan/L", r"loan\/L", Value("subject")),
        // Numbers.
        (r#""id":"42""#, r#""id":"042""#, Value("id")),
        (r#""id":"42""#, r#""id":"+42""#, Value("id")),
        (r#""id":"42""#, r#""id":"-42""#, Value("id")),
        (r#""id":"42""#, r#""id":"0""#, Value("id")),
        (r#""id":"42""#, r#""id":"""#, Value("id")),
        (r#""id":"42""#, r#""id":"4２""#, Value("id")),
        (r#""id":"42""#, r#""id":42"#, Form("id")),
        (r#""id":"42""#, r#""id":"9223372036854775808""#, Value("id")),
        (r#""id":"42""#, r#""id":"99999999999999999999""#, Value("id")),
        // Times and dates.
        ("02:00:00.000Z", "02:00:00Z", Value("time")),
        ("02:00:00.000Z", "02:00:00.0000Z", Value("time")),
        ("02:00:00.000Z", "02:00:00.000z", Value("time")),
        ("02:00:00.000Z", "02:00:00.000+00:00", Value("time")),
        ("02:00:00.000Z", "02:00:60.000Z", Value("time")),
        ("02:00:00.000Z", "24:00:00.000Z", Value("time")),
        ("20T02", "20 02", Value("time")),
        (r#""time":"2002-09-20"#, r#""time":"2002-09-31"#, Value("time")),
        (r#"effectivedate":"2002-09-20"#, r#"effectivedate":"2002-02-29"#, Value("effectivedate")),
        (r#"effectivedate":"2002-09-20"#, r#"effectivedate":"2002-9-20"#, Value("effectivedate")),
        (r#"effectivedate":"2002-09-20"#, r#"effectivedate":"20020920"#, Value("effectivedate")),
        (r#"effectivedate":"2002-09-20"#, r#"effectivedate":"+002-09-20"#, Value("effectivedate")),
        // Names.
        ("411700", "411/700", Value("source")),
        ("411700", "", Value("source")),
        ("k-1", "", Value("commandid")),
        ("k-1", "k 1", Value("commandid")),
        ("k-1", "某", Value("commandid")),
        ("k-1", "k\u{7f}", Value("commandid")),
        ("clerk:017", "clerk\t", Value("actor")),
        // Digests: length, padding, alphabet, bits that decoding would drop.
        ("AAECAwQFBgcICQoLDA0O_w", "AAECAwQFBgcICQoLDA0O", Value("commanddigest")),
        ("AAECAwQFBgcICQoLDA0O_w", "AAECAwQFBgcICQoLDA0O_w==", Value("commanddigest")),
        ("AAECAwQFBgcICQoLDA0O_w", "AAECAwQFBgcICQoLDA0O/w", Value("commanddigest")),
        ("AAECAwQFBgcICQoLDA0O_w", "AAECAwQFBgcICQoLDA0O_x", Value("commanddigest")),
        // The end.
        (r#"\\"}}"#, r#"\\"}}x"#, Form("data")),
        (r#"\\"}}"#, r#"\\"}}}"#, Value("data")),
        (r#"\\"}}"#, r#"\\"}"#, Value("data")),
        (r#"[{"a":1},[]]"#, r#"[{"a":1},[]"#, Value("data")),
        (DATA, "[]", Value("data")),
        (DATA, "1", Value("data")),
        (DATA, "", Value("data")),
        ("某", "\u{1}", Value("data")),
    ];
    for (from, to, expected) in changes {
        assert_eq!(GOLDEN.matches(from).count(), 1, "{from} is not just once in the record");
        let changed = GOLDEN.replace(from, to);
        assert_eq!(Record::decode(changed.as_bytes()), Err(expected.clone()), "{from} to {to}");
    }
    let mut not_text = GOLDEN.as_bytes().to_vec();
    let place = GOLDEN.find("某").unwrap();
    not_text[place] = 0xff;
    assert_eq!(Record::decode(&not_text), Err(NotText));
    for end in 0..GOLDEN.len() {
        assert!(Record::decode(&GOLDEN.as_bytes()[..end]).is_err(), "{end} bytes are no record");
    }
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let long = "x".repeat(101);
    for (record, part) in [
        (Record { position: 0, ..golden() }, "id"),
        (Record { position: u64::MAX, ..golden() }, "id"),
        (Record { ledger: "a b", ..golden() }, "source"),
        (Record { kind: "a\"b", ..golden() }, "type"),
        (Record { subject: &long, ..golden() }, "subject"),
        (Record { time: Millis(253_402_207_200_001), ..golden() }, "time"),
        (Record { time: Millis(i64::MAX), ..golden() }, "time"),
        (Record { time: Millis(-62_167_219_200_001), ..golden() }, "time"),
        (Record { effective_date: "2002-13-01", ..golden() }, "effectivedate"),
        (Record { command_id: &long, ..golden() }, "commandid"),
        (Record { actor: &long[..65], ..golden() }, "actor"),
        (Record { data: "{}{}", ..golden() }, "data"),
        (Record { data: "{\"a\":\"}", ..golden() }, "data"),
    ] {
        assert_eq!(encoded(&record), Err(RecordError::Value(part)));
    }
}

#[test]
fn moments_have_one_text_form() {
    for (millis, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (253_402_207_200_000, "9999-12-30T22:00:00.000Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    ] {
        assert_eq!(Millis(millis).to_string(), text);
        assert_eq!(text.parse(), Ok(Millis(millis)));
    }
    assert_eq!("9999-12-30T22:00:01.000Z".parse::<Millis>(), Err(RecordError::Value("time")));
    assert_eq!(Millis(i64::MIN).to_string(), "-9223372036854775808 ms since 1970");
}

#[test]
fn a_command_digest_is_the_first_half_of_a_sha_256() {
    // SHA-256 of "abc" is ba7816bf 8f01cfea 414140de 5dae2223 b003…
    let digest = CommandDigest::of(b"abc");
    assert_eq!(digest.0[..4], [0xba, 0x78, 0x16, 0xbf]);
    assert_eq!(digest.0[12..], [0x5d, 0xae, 0x22, 0x23]);
    assert_eq!(digest.to_string().parse(), Ok(digest));
    assert_eq!(digest.to_string().len(), 22);
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_to_the_same(
        position in 1..=i64::MAX as u64,
        ledger in "[A-Za-z0-9_-]{1,64}",
        kind in "[!#-\\[\\]-~]{1,100}",
        subject in "[!#-\\[\\]-~]{1,100}",
        time in -62_167_219_200_000..=253_402_207_200_000_i64,
        (year, month, day) in (0..=9999_u32, 1..=12_u32, 1..=28_u32),
        command_id in "[!#-\\[\\]-~]{1,100}",
        digest: [u8; 16],
        actor in "[!#-\\[\\]-~]{1,64}",
        text in "\\PC{0,40}",
        number: i64,
    ) {
        let effective_date = format!("{year:04}-{month:02}-{day:02}");
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        let data = format!(r#"{{"text":"{text}","list":[{number},{{}},[null,true]]}}"#);
        let record = Record {
            position,
            ledger: &ledger,
            kind: &kind,
            subject: &subject,
            time: Millis(time),
            effective_date: &effective_date,
            command_id: &command_id,
            command_digest: CommandDigest(digest),
            actor: &actor,
            data: &data,
        };
        let bytes = encoded(&record).unwrap();
        prop_assert_eq!(Record::decode(&bytes), Ok(record));
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Record::decode(&bytes).is_err());
    }

    #[test]
    fn whatever_is_decoded_is_encoded_to_the_same_bytes(
        changes in proptest::collection::vec((0..GOLDEN.len(), 0x20..0x7f_u8), 1..4),
    ) {
        let mut bytes = GOLDEN.as_bytes().to_vec();
        for (place, byte) in changes {
            bytes[place] = byte;
        }
        if let Ok(record) = Record::decode(&bytes) {
            prop_assert_eq!(encoded(&record), Ok(bytes));
        }
    }
}
