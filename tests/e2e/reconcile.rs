//! `almoner reconcile`: a fund held against a statement of its bank.

use crate::place::{Place, Ran};

const COMMANDS: &str = r#"{"command":"fund.open","key":"k-1","effective_date":"2024-05-20","data":{"fund":"F","name":"Fund","sources":[{"source":"union","kind":"union","name":"Union"}]}}
{"command":"programme.publish","key":"k-2","effective_date":"2024-05-20","data":{"programme":"post","version":1,"name":"posts","place":"city","document":"notice","effective_from":"2020-01-01","terms":{"subsidy":{"fund":"F"}}}}
{"command":"fund.receive","key":"k-3","effective_date":"2024-05-20","data":{"fund":"F","source":"union","amount":"20000.00","purpose":"post","document":"receipt 17"}}
{"command":"fund.receive","key":"k-4","effective_date":"2024-05-20","data":{"fund":"F","source":"union","amount":"7.00","document":"receipt 18"}}
{"command":"reversal.record","key":"k-5","effective_date":"2024-05-21","data":{"position":4,"reason":"typed twice","document":"approval"}}
{"command":"subsidy_batch.approve","key":"k-6","effective_date":"2024-05-21","data":{"batch":"B","programme":"post","period":"2024-05","lines":[{"beneficiary":"000000000000000000000000000000a1","household":"000000000000000000000000000000a1","amount":"300.00"},{"beneficiary":"000000000000000000000000000000a2","household":"000000000000000000000000000000a2","amount":"200.00"}],"total":"500.00","document":"roster"}}
{"command":"subsidy_batch.pay","key":"k-7","effective_date":"2024-05-22","data":{"batch":"B","total":"500.00","document":"order 1"}}
{"command":"subsidy.approve","key":"k-8","effective_date":"2024-05-25","data":{"subsidy":"S-1","programme":"post","beneficiary":"000000000000000000000000000000a3","household":"000000000000000000000000000000a3","period":"2024-05","amount":"100.00"}}
{"command":"subsidy.pay","key":"k-9","effective_date":"2024-05-25","data":{"subsidy":"S-1"}}
"#;

fn place() -> Place {
    let place = Place::with_ledger();
    place.write("commands.ndjson", COMMANDS);
    place.run(&["record", "commands.ndjson"]).done();
    place
}

fn reconcile(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&["reconcile", "statement.csv", "--fund", "F"], more].concat())
}

#[test]
fn what_stands_on_one_side_only_is_listed_and_explains_the_difference() {
    let place = place();
    place.write(
        "statement.csv",
        "日期,摘要,支出,收入,余额\n2024-05-21,receipt 17,,20000.00,20000.00\n2024-05-22,treasury,500.00,,19500.00\n2024-05-26,fee,10.00,,19490.00\n",
    );
    let said = reconcile(&place, &[]).ended(1);
    assert_eq!(
        said.out,
        "\
F, 2024-05-21 to 2024-05-26: 2 movements stand on both sides

 only in     row / position   date          amount   what
─────────────────────────────────────────────────────────────────
 statement                4   2024-05-26    -10.00   fee
 ledger                  13   2024-05-25   -100.00   subsidy/S-1

balance in the ledger on 2024-05-26: 19,400.00, by the statement: 19,490.00
"
    );
    let said = reconcile(&place, &["--lang", "zh"]).ended(1);
    assert!(said.out.starts_with("F，2024-05-21 至 2024-05-26：2 笔一致\n"), "{said:#?}");
    let json = reconcile(&place, &["--json"]).ended(1).json();
    assert_eq!(json["unexplained"], "0.00");
    assert_eq!(json["only_in_ledger"][0]["position"], 13);
    // With days that lie further apart than is allowed, nothing is matched by chance.
    let strict = reconcile(&place, &["--days", "0", "--json"]).ended(1).json();
    assert_eq!(strict["matched"], 1);
}

#[test]
fn a_statement_that_agrees_is_good_and_an_older_difference_is_named() {
    let place = place();
    let lines = "date,reference,paid,received,balance\n2024-05-25,S-1,100.00,,19400.00\n2024-05-22,order 1,500.00,,19500.00\n2024-05-20,receipt 17,,20000.00,20000.00\n";
    place.write("statement.csv", lines);
    let said = reconcile(&place, &[]).done();
    assert!(
        said.out.ends_with(
            "balance in the ledger on 2024-05-25: 19,400.00, by the statement: 19,400.00\n"
        ),
        "{said:#?}"
    );
    place.write("statement.csv", lines.replace("19400.00", "19450.00"));
    let said = reconcile(&place, &[]).ended(1);
    assert!(said.out.contains("50.00 of the difference comes from before 2024-05-20"), "{said:#?}");
    // A mistake that was reversed only after the statement ends still stands in the ledger's balance of that day.
    place.write("statement.csv", "date,paid,received,balance\n2024-05-20,,20000.00,20000.00\n");
    let json = reconcile(&place, &["--json"]).ended(1).json();
    assert_eq!(json["only_in_ledger"][0]["amount"], "7.00");
    assert_eq!(json["unexplained"], "0.00");
    let said = place.run(&["reconcile", "statement.csv", "--fund", "G"]).ended(1);
    assert!(said.err.contains("there is no fund G"), "{said:#?}");
    place.write("statement.csv", "date,paid,received\nMay,1,2\n");
    let said = reconcile(&place, &[]).ended(1);
    assert!(said.out.contains("this is no date"), "{said:#?}");
}
