//! Files of offices and banks: rosters and claims, good and bad.

use crate::place::{Place, Ran};

/// Two persons, one by the old number of fifteen digits; `living` pays 500 at most.
const ROSTER: &str = "困难职工生活救助花名册,,\r\n姓名,身份证号,金额（元）\r\n王某,11010519491231002X,５００\r\n李某,110105600101002,450.50\r\n合计,,950.50\r\n";

const ABOUT: &[&str] = &[
    "--programme",
    "living",
    "--batch",
    "B-7",
    "--period",
    "2024-07",
    "--effective-date",
    "2024-07-03",
    "--document",
    "公示2024-7",
];

fn import(place: &Place, file: &str, more: &[&str]) -> Ran {
    place.run(&[&["import", "roster", file], ABOUT, more].concat())
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn a_roster_in_gb18030_is_recorded_once_and_without_the_numbers() {
    let place = Place::with_half_year();
    place.write("名册.csv", gb18030(ROSTER));
    let recorded = import(&place, "名册.csv", &[]).done();
    assert_eq!(recorded.out, "2 lines over 950.50 yuan, recorded at 38 to 40\n");
    let paid = r#"{"command":"subsidy_batch.pay","key":"pay-7","effective_date":"2024-07-05","data":{"batch":"B-7","total":"950.50","document":"付款单7"}}"#;
    place.run_with_input(&["record", "-"], paid.as_bytes()).done();

    // The same file under another name and for another batch.
    place.write("again.csv", gb18030(ROSTER));
    let again = place.run(&[
        "import",
        "roster",
        "again.csv",
        "--programme",
        "living",
        "--batch",
        "B-8",
        "--period",
        "2024-08",
        "--effective-date",
        "2024-08-03",
        "--document",
        "公示2024-8",
    ]);
    assert_eq!(again.code, 1, "{again:#?}");
    assert!(again.out.contains("recorded before, at position 38"), "{again:#?}");

    // The same persons in another file keep their pseudonyms, and so their caps.
    place.write("more.csv", ROSTER.replace("450.50", "450.00").replace("950.50", "950.00"));
    let refused = place.run(&[
        "import",
        "roster",
        "more.csv",
        "--programme",
        "living",
        "--batch",
        "B-9",
        "--period",
        "2024-07",
        "--effective-date",
        "2024-07-09",
        "--document",
        "公示2024-7",
    ]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("[subsidy_paid_already]"), "{refused:#?}");
    // Lines are named by their rows in the file: the title is row 1, the headings are row 2.
    assert!(refused.out.contains("line 3:") && refused.out.contains("line 4:"), "{refused:#?}");

    let export = place.run(&["audit", "export", "bundle"]);
    assert_eq!(export.code, 0, "{export:#?}");
    let log = place.read("bundle/records.ndjson");
    assert!(!log.contains("11010519491231002X") && !log.contains("王某"));
    let register = place.read("almoner.subjects");
    assert!(register.contains("11010519491231002X,") && register.contains("110105196001010"));
    place.run(&["audit", "verify"]).done();
}

#[test]
fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let place = Place::with_half_year();
    place.write("roster.csv", ROSTER);
    let files = place.files();
    let said = import(&place, "roster.csv", &["--dry-run"]).done();
    assert_eq!(said.out, "2 lines over 950.50 yuan, good for 3 records; nothing was recorded\n");
    place.write("dear.csv", ROSTER.replace("５００", "501").replace("950.50", "951.50"));
    let said = import(&place, "dear.csv", &["--dry-run", "--lang", "zh"]).ended(1);
    assert!(said.out.contains("[payment_over_cap]") && said.out.contains("第 3 行"), "{said:#?}");
    assert_eq!(place.size(), 37);
    assert_eq!(place.files().len(), files.len() + 1, "{:?}", place.files());
}

#[test]
fn a_workbook_with_faults_is_reported_cell_by_cell() {
    let place = Place::with_half_year();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, heading) in ["姓名", "身份证号", "金额"].into_iter().enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), heading).unwrap();
    }
    sheet.write(1, 1, 110_105_194_912_310_020.0).unwrap();
    sheet.write(1, 2, 500).unwrap();
    sheet.write(2, 1, "110105194912310021").unwrap();
    sheet.write(2, 2, 0.125).unwrap();
    workbook.save(place.path("roster.xlsx")).unwrap();
    let said = import(&place, "roster.xlsx", &[]).ended(1);
    for part in ["rounded the number (1.1E+17)", "by the other digits it would be X", "3 faults"] {
        assert!(said.out.contains(part), "{part}: {said:#?}");
    }
    let json = import(&place, "roster.xlsx", &["--json"]).ended(1);
    let codes: Vec<_> = json.json_lines().iter().map(|line| line["code"].clone()).collect();
    assert_eq!(codes, ["rounded_number", "wrong_check_digit", "part_of_a_fen"]);
    assert_eq!(place.size(), 37);
    assert!(!place.files().contains(&"almoner.subjects".to_owned()));
}

#[test]
fn a_claim_of_a_bank_with_a_column_map() {
    let place = Place::with_half_year();
    place.write("claim.csv", "合同号\t应收息(万元)\t财政负担\nL-2\t0.01\t0.005\n");
    place.write("bank.toml", "unit = \"ten_thousand_yuan\"\n[columns]\ninterest = \"应收息（万元）\"\ndiscount = \"财政负担\"\n");
    let claim = |more: &[&str]| {
        let about = [
            "import",
            "bank-claim",
            "claim.csv",
            "--programme",
            "startup",
            "--claim",
            "C-2",
            "--bank",
            "rural-bank",
            "--from",
            "2024-04-20",
            "--to",
            "2024-07-20",
            "--effective-date",
            "2024-07-22",
            "--document",
            "贴息申报表2",
        ];
        place.run(&[&about, more].concat())
    };
    let unmapped = claim(&[]).ended(1);
    assert!(unmapped.out.contains("or name it with a column map"), "{unmapped:#?}");
    // A bank may claim less than the ledger computes; it is told all the same.
    let checked = claim(&["--map", "bank.toml", "--dry-run", "--json"]).done().json_lines();
    assert_eq!(checked[0]["verdict"], "interest_differs");
    assert_eq!(checked[0]["computed_interest"], "1996.94");
    assert_eq!(checked[0]["accepted"], true);
    let checked = claim(&["--map", "bank.toml", "--dry-run"]).done().out;
    assert!(checked.contains("the interest differs by -1,896.94, which is allowed"), "{checked}");
    assert_eq!(place.size(), 37);
    let recorded = claim(&["--map", "bank.toml"]).done();
    assert_eq!(recorded.out, "1 line over 50.00 yuan, recorded at 39 to 40\n");
    let wrong = claim(&["--map", "claim.csv"]).ended(2);
    assert!(wrong.err.contains("is no column map"), "{wrong:#?}");
}

#[test]
fn lines_that_differ_from_the_ledger_are_named_with_both_figures() {
    let place = Place::with_half_year();
    place.write("claim.csv", "合同号,利息,贴息\nL-2,9000.00,4500.00\nL-7,10.00,5.00\n");
    let claim = |more: &[&str]| {
        let about = ["import", "bank-claim", "claim.csv", "--programme", "startup", "--claim"];
        let period = ["C-2", "--bank", "rural-bank", "--from", "2024-04-20", "--to", "2024-07-20"];
        let rest = ["--effective-date", "2024-07-22", "--document", "贴息申报表2"];
        place.run(&[&about, &period[..], &rest, more].concat())
    };
    let said = claim(&[]).ended(1).out;
    let found = "\
equal to the ledger's figures: 0; not equal: 2
 row   loan   interest   computed   discount   computed   finding
───────────────────────────────────────────────────────────────────────────────────────────
   2   L-2    9,000.00   1,996.94   4,500.00     998.47   the interest differs by 7,003.06
   3   L-7       10.00                  5.00              the ledger has no such loan

refused [lines_refused]: 2 of 2 lines are refused";
    assert!(said.starts_with(found), "{said}");
    let said = claim(&["--lang", "zh"]).ended(1).out;
    assert!(said.contains("利息相差 7,003.06 元") && said.contains("台账中无此贷款"), "{said}");
    assert!(said.contains("仅登记收到文件（记录号 38）"), "{said}");
    // That the file came is in the log once, with its hash; the bank's next one is another version.
    assert_eq!(place.size(), 38);
    let said = claim(&["--json"]).ended(1).json_lines();
    let [.., refused, came] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(refused["refusal"]["code"], "lines_refused");
    assert_eq!(came["file_received"], 38);
    place.write("claim.csv", "合同号,利息,贴息\nL-2,1996.94,998.47\n");
    let recorded = claim(&[]).done();
    assert_eq!(recorded.out, "1 line over 998.47 yuan, recorded at 40 to 41\n");
    let journal = place.run(&["journal", "--subject", "claim/C-2", "--json"]).done().json_lines();
    let kinds: Vec<_> = journal.iter().map(|event| event["kind"].clone()).collect();
    let received = "interest_discount.file_received.v1";
    assert_eq!(kinds, [received, received, "interest_discount.filed.v1"], "{journal:?}");
}

#[test]
fn a_claim_rests_on_the_last_file_that_its_bank_sent_or_took_up_again() {
    let place = Place::with_half_year();
    let claim = |on: &str| {
        let about = ["import", "bank-claim", "claim.csv", "--programme", "startup", "--claim"];
        let period = ["C-2", "--bank", "rural-bank", "--from", "2024-04-20", "--to", "2024-07-20"];
        place.run(&[&about, &period[..], &["--effective-date", on, "--document", "表2"]].concat())
    };
    let (wrong, right) =
        ("合同号,利息,贴息\nL-2,9000.00,4500.00\n", "合同号,利息,贴息\nL-2,1996.94,998.47\n");
    place.write("claim.csv", right);
    // The day is mistyped: the period is not over. The file is on record all the same.
    claim("2024-07-01").ended(1);
    assert_eq!(place.size(), 38);
    place.write("claim.csv", wrong);
    claim("2024-07-22").ended(1);
    assert_eq!(place.size(), 39);
    // A day before that of the last file is refused, and so is the claim.
    place.write("claim.csv", right);
    let early = claim("2024-07-21").ended(1).out;
    assert!(early.contains("[before_original]"), "{early}");
    assert_eq!(place.size(), 39);
    let mistake = r#"{"command":"reversal.record","key":"r-1","effective_date":"2024-07-22","data":{"position":39,"reason":"日期","document":"说明"}}"#;
    place.run_with_input(&["record", "-"], mistake.as_bytes()).done();
    // The first one is the last again, and does not come twice.
    claim("2024-07-21").done();
    let journal = place.run(&["journal", "--subject", "claim/C-2", "--json"]).done().json_lines();
    let told: Vec<_> = journal.iter().map(|event| (&event["position"], &event["kind"])).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    place.run(&["audit", "prove", "42", "-o", "proof"]).done();
    let key = place.read("almoner.vkey");
    let check = ["audit", "check", "proof", "--vkey", key.trim(), "--json"];
    let filed = place.run(&check).done().json();
    assert!(filed["record"].as_str().unwrap().contains(r#""rests_on":{"position":38,"#), "{filed}");
    assert!(claim("2024-07-21").ended(1).out.contains("recorded before"));
}

#[test]
fn a_file_that_was_recorded_on_a_wrong_day_is_reversed_and_recorded_again() {
    let place = Place::with_half_year();
    place.write("claim.csv", "合同号,利息,贴息\nL-2,9000.00,4500.00\n");
    let claim = || {
        let about = ["import", "bank-claim", "claim.csv", "--programme", "startup", "--claim"];
        let period = ["C-2", "--bank", "rural-bank", "--from", "2024-04-20", "--to", "2024-07-20"];
        let rest = ["--effective-date", "2024-07-22", "--document", "表2", "--json"];
        place.run(&[&about, &period[..], &rest].concat()).ended(1).json_lines()
    };
    assert_eq!(claim().last().unwrap()["file_received"], 38);
    assert_eq!(claim().last().unwrap()["file_received"], 38);
    let mistake = r#"{"command":"reversal.record","key":"r-1","effective_date":"2024-07-22","data":{"position":38,"reason":"日期","document":"说明"}}"#;
    place.run_with_input(&["record", "-"], mistake.as_bytes()).done();
    assert_eq!(claim().last().unwrap()["file_received"], 40);
    assert_eq!(place.size(), 40);
}

#[test]
fn what_is_no_table_is_said() {
    let place = Place::with_ledger();
    place.write("photo.jpg", b"\xFF\xD8\xFF\xE0nothing");
    let said = import(&place, "photo.jpg", &[]).ended(1);
    assert!(said.err.contains("is not a table that can be imported"), "{said:#?}");
    let missing = import(&place, "missing.csv", &[]).ended(3);
    assert!(missing.err.contains("missing.csv cannot be read"), "{missing:#?}");
}
