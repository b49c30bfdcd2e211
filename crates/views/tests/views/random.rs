//! Random histories: a small ledger in which everything happens, mistakes and late records too.

use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::loan::Stage;

use crate::history::{History, Recorded, date};

/// Numbers that look random and are the same every time (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// From 0 to before `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        if list.is_empty() { None } else { Some(list[self.below(list.len() as u64) as usize]) }
    }
}

const CLASSES: &str = r#"[{"class":"special_mention","over_days":0},{"class":"substandard","over_days":20},{"class":"doubtful","over_days":45},{"class":"loss","over_days":80}]"#;

/// Funds and programmes: loans of a bank with guarantee and discount, loans of a fund, a subsidy.
pub fn small_ledger(ledger: &str) -> History {
    let mut history = History::new(ledger, "2024-01-02");
    let on = "2024-01-02";
    history.must("calendar.publish", on, r#"{"year":2024,"holidays":["2024-02-12","2024-05-01","2024-10-01"],"working_weekends":["2024-02-04"],"document":"notice"}"#);
    history.must("fund.open", on, r#"{"fund":"F","name":"Fund","sources":[{"source":"union","kind":"union","name":"Union"},{"source":"fiscal","kind":"fiscal","name":"Budget"}]}"#);
    history.must("fund.open", on, r#"{"fund":"G","name":"Guarantees","sources":[{"source":"fiscal","kind":"fiscal","name":"Budget"}],"multiplier":5}"#);
    let loan = |programme: &str, lender: &str, rest: &str| {
        format!(
            r#"{{"programme":"{programme}","version":1,"name":"{programme}","place":"Zhumadian","document":"document","effective_from":"2024-01-01","terms":{{"loan":{{"lender":{lender},"categories":[{{"category":"micro","name":"micro","minimum":"100.00","maximum":"50000.00"}}],"maximum_months":24,"maximum_rate":"0.1","methods":["equal_instalment","equal_principal","interest_only","bullet","flat"],"day_count":"actual/365","rounding":"half_up","application_order":["interest","principal"],"open_loans_per_borrower":3,"working_days":true,{rest}"classes":{CLASSES}}}}}}}"#
        )
    };
    let rest = r#""guarantee":{"fund":"G","share":"0.8"},"discount":{"fund":"F","mode":{"interest_share":"0.5"},"months":24,"way":"in_advance"},"#;
    history.must("programme.publish", on, &loan("BANK", r#""bank""#, rest));
    history.must("programme.publish", on, &loan("OWN", r#"{"fund":{"fund":"F"}}"#, ""));
    history.must("programme.publish", on, r#"{"programme":"HELP","version":1,"name":"Help","place":"Zhumadian","document":"document","effective_from":"2024-01-01","terms":{"subsidy":{"fund":"F"}}}"#);
    for (fund, source) in [("F", "union"), ("F", "fiscal"), ("G", "fiscal")] {
        history.must("fund.receive", on, &format!(r#"{{"fund":"{fund}","source":"{source}","amount":"200000.00","document":"receipt"}}"#));
    }
    for purpose in ["BANK", "OWN", "HELP"] {
        for source in ["union", "fiscal"] {
            history.must("fund.allocate", on, &format!(r#"{{"fund":"F","source":"{source}","purpose":"{purpose}","amount":"50000.00","document":"indicator"}}"#));
        }
    }
    history
}

/// A history of so many accepted commands over the better part of a year.
pub fn random_history(ledger: &str, seed: u64, commands: usize) -> History {
    let mut history = small_ledger(ledger);
    let mut random = Random(seed);
    let end = history.events.len() + commands;
    while history.events.len() < end {
        if random.below(3) == 0 {
            let next = history.today.plus_days(random.below(6) as i32);
            history.today = next.min(date("2024-12-20"));
        }
        let late = if random.below(3) == 0 { random.below(15) as i32 } else { 0 };
        let on = history.today.plus_days(-late).max(date("2024-01-02"));
        let (kind, data) = random_command(&history, &mut random, on);
        // A loan comes about in the order of its days; what follows is kept in order by the rules.
        let in_order =
            ["loan.apply", "loan.approve", "loan.cancel", "loan.disburse", "guarantee.commit"];
        let on = if in_order.contains(&kind) { history.today } else { on };
        // What the rules refuse leaves nothing behind.
        let _ = history.submit(kind, on, &data);
    }
    history
}

/// Goes on with funds and cases of their own, in which the kinds of events come up that chance does not bring.
pub fn other_kinds(history: &mut History) {
    history.today = date("2024-12-20");
    for line in include_str!("../../../../tests/data/other_kinds.ndjson").lines() {
        let line: OtherKind<'_> = serde_json::from_str(line).unwrap();
        history.must(line.command, line.effective_date, line.data.get());
    }
    let payment = history.last() - 1;
    // A contract is changed by mistake.
    let plan = r#"{"loan":"K-6","method":"interest_only","months":9,"every":3,"document":"重组2"}"#;
    let changed = history.must("loan.reschedule", "2022-03-20", plan);
    let mistake = format!(r#"{{"position":{changed},"reason":"录入错误","document":"审批1"}}"#);
    history.must("reversal.record", "2022-03-21", &mistake);
    // The bank sends a line of the last roster back; it is made again and paid.
    let back = format!(r#"{{"payment":{payment},"amount":"2030.00","reason":"账号有误"}}"#);
    history.must("subsidy.return", "2021-03-12", &back);
    let reissue = format!(r#"{{"payment":{payment}}}"#);
    history.must("subsidy.reissue", "2021-03-13", &reissue);
    let again = r#"{"batch":"N-1","total":"2030.00","document":"支付令2"}"#;
    history.must("subsidy_batch.pay", "2021-03-14", again);
    // A payment is demanded back, and a part of it comes.
    let payment = payment - 1;
    let demand = format!(
        r#"{{"payment":{payment},"amount":"600.00","reason":"重复享受","document":"追回决定1"}}"#
    );
    history.must("subsidy.demand", "2021-03-20", &demand);
    let part = format!(r#"{{"payment":{payment},"amount":"250.00","reason":"追回"}}"#);
    history.must("subsidy.return", "2021-04-01", &part);
    // Settles the advance, takes that back once, and gives a part of the claim back.
    let claimed = |known: &Recorded| matches!(known.event, Event::DiscountClaimed(_));
    let line = history.events.iter().rposition(claimed).unwrap() + 1;
    let settlement = r#"{"advance":"Y-1","claims":["T-1"],"document":"清算1"}"#;
    let settled = history.must("interest_discount.settle", "2023-01-10", settlement);
    let mistake = format!(r#"{{"position":{settled},"reason":"录入错误","document":"审批1"}}"#);
    history.must("reversal.record", "2023-01-11", &mistake);
    history.must("interest_discount.settle", "2023-01-12", settlement);
    let part = format!(r#"{{"line":{line},"amount":"80.00","reason":"多报"}}"#);
    history.must("interest_discount.return", "2023-02-03", &part);
}

#[derive(serde::Deserialize)]
struct OtherKind<'a> {
    command: &'a str,
    effective_date: &'a str,
    #[serde(borrow)]
    data: &'a serde_json::value::RawValue,
}

fn random_command(history: &History, random: &mut Random, on: Date) -> (&'static str, String) {
    let loans: Vec<_> = history.state.loans.iter().collect();
    let in_stage = |wanted: fn(&Stage) -> bool| -> Vec<&str> {
        let loans = loans.iter().filter(|(_, loan)| wanted(&loan.stage));
        loans.map(|(name, _)| name.as_str()).collect()
    };
    let applied = in_stage(|stage| matches!(stage, Stage::Applied(_)));
    let approved = in_stage(|stage| matches!(stage, Stage::Approved(_)));
    let active = in_stage(|stage| matches!(stage, Stage::Active(_)));
    let number = history.last();
    let none = || "none";
    match random.below(42) {
        0 => (
            "fund.pledge",
            format!(
                r#"{{"fund":"F","pledge":"P{}","source":"union","amount":"{}","document":"agreement"}}"#,
                random.below(6),
                yuan(random, 9_000)
            ),
        ),
        1 => (
            "fund.receive",
            format!(
                r#"{{"fund":"F","source":"union","amount":"{}","pledge":"P{}","document":"receipt"}}"#,
                yuan(random, 5_000),
                random.below(6)
            ),
        ),
        2 => (
            "fund.receive",
            format!(
                r#"{{"fund":"F","source":"fiscal","amount":"{}","purpose":"OWN","document":"receipt"}}"#,
                yuan(random, 5_000)
            ),
        ),
        3 => (
            "fund.allocate",
            format!(
                r#"{{"fund":"F","source":"union","purpose":"HELP","amount":"{}","document":"indicator"}}"#,
                yuan(random, 5_000)
            ),
        ),
        4..=8 => {
            let (programme, bank) =
                if random.below(2) == 0 { ("BANK", r#""bank":"ICBC","#) } else { ("OWN", "") };
            let months = [1, 2, 3, 6, 12][random.below(5) as usize];
            (
                "loan.apply",
                format!(
                    r#"{{"loan":"L-{number}","programme":"{programme}","category":"micro","borrower":"{:032x}",{bank}"amount":"{}","months":{months}}}"#,
                    random.below(30),
                    yuan(random, 9_000)
                ),
            )
        }
        9..=12 => {
            let method = ["equal_instalment", "equal_principal", "interest_only", "bullet", "flat"]
                [random.below(5) as usize];
            (
                "loan.approve",
                format!(
                    r#"{{"loan":"{}","amount":"{}","annual_rate":"0.06","method":"{method}"}}"#,
                    latest(&applied).unwrap_or_else(none),
                    yuan(random, 3_000)
                ),
            )
        }
        13 => (
            "loan.cancel",
            format!(
                r#"{{"loan":"{}","reason":"withdrawn"}}"#,
                random.pick(&applied).or(random.pick(&approved)).unwrap_or_else(none)
            ),
        ),
        14 | 15 => (
            "guarantee.commit",
            format!(r#"{{"loan":"{}"}}"#, random.pick(&approved).unwrap_or_else(none)),
        ),
        16..=19 => (
            "loan.disburse",
            format!(r#"{{"loan":"{}","every":1}}"#, random.pick(&approved).unwrap_or_else(none)),
        ),
        20..=27 => {
            let loan = random.pick(&active).unwrap_or_else(none);
            let surplus = if random.below(2) == 0 { "prepay" } else { "next_instalments" };
            (
                "loan.repay",
                format!(
                    r#"{{"loan":"{loan}","amount":"{}","surplus":"{surplus}"}}"#,
                    payment(history, random, loan, on)
                ),
            )
        }
        28 => (
            "loan.refund",
            format!(
                r#"{{"loan":"{}","amount":"{}"}}"#,
                random.pick(&active).unwrap_or_else(none),
                yuan(random, 50)
            ),
        ),
        29 | 40 => {
            let loan = random.pick(&active).unwrap_or_else(none);
            (
                "interest_discount.claim",
                format!(
                    r#"{{"claim":"C-{number}","programme":"BANK","bank":"ICBC","from":"{}","to":"{on}","lines":[{{"loan":"{loan}","interest":"0.20","discount":"0.10"}}],"total":"0.10","document":"list"}}"#,
                    on.plus_days(-20)
                ),
            )
        }
        30 | 31 | 41 => {
            let claims: Vec<&str> =
                history.state.claims.keys().map(|claim| claim.as_str()).collect();
            let claim = random.pick(&claims).unwrap_or_else(none);
            match random.below(5) {
                0 | 1 => (
                    "interest_discount.reject",
                    format!(r#"{{"claim":"{claim}","reason":"not complete"}}"#),
                ),
                2 => ("interest_discount.pay", format!(r#"{{"claim":"{claim}"}}"#)),
                _ => ("interest_discount.approve", format!(r#"{{"claim":"{claim}"}}"#)),
            }
        }
        32 => (
            "subsidy.approve",
            format!(
                r#"{{"subsidy":"S-{number}","programme":"HELP","beneficiary":"{:032x}","household":"{:032x}","period":"2024-{:02}","amount":"{}"}}"#,
                random.below(20),
                random.below(9),
                on.month(),
                yuan(random, 300)
            ),
        ),
        33 => {
            let lines: Vec<String> = (0..=random.below(3))
                .map(|_| {
                    format!(
                        r#"{{"beneficiary":"{:032x}","household":"{:032x}","amount":"1.00"}}"#,
                        random.below(900),
                        random.below(9)
                    )
                })
                .collect();
            (
                "subsidy_batch.approve",
                format!(
                    r#"{{"batch":"B-{number}","programme":"HELP","period":"2024-{:02}","lines":[{}],"total":"{}.00","document":"roster"}}"#,
                    on.month(),
                    lines.join(","),
                    lines.len()
                ),
            )
        }
        34 => {
            let batches: Vec<_> = history.state.batches.iter().collect();
            let batch = random.pick(&batches);
            (
                "subsidy_batch.pay",
                format!(
                    r#"{{"batch":"{}","total":"{}.00","document":"order"}}"#,
                    batch.map_or("none", |(name, _)| name.as_str()),
                    batch.map_or(0, |(_, waiting)| waiting.len())
                ),
            )
        }
        35 => {
            let waiting: Vec<&str> =
                history.state.subsidies.keys().map(|name| name.as_str()).collect();
            let subsidy = random.pick(&waiting).unwrap_or_else(none);
            match random.below(3) {
                0 => (
                    "subsidy.cancel",
                    format!(r#"{{"subsidy":"{subsidy}","reason":"moved away"}}"#),
                ),
                _ => ("subsidy.pay", format!(r#"{{"subsidy":"{subsidy}"}}"#)),
            }
        }
        36 => {
            let paid =
                history.events.iter().filter(|one| matches!(one.event, Event::SubsidyPaid(_)));
            let paid: Vec<u64> = paid.map(|one| one.position).collect();
            let payment = random.pick(&paid).unwrap_or(1);
            let amount = yuan(random, 2);
            match random.below(3) {
                0 => (
                    "subsidy.demand",
                    format!(
                        r#"{{"payment":{payment},"amount":"{amount}","reason":"paid twice","document":"finding"}}"#
                    ),
                ),
                _ => (
                    "subsidy.return",
                    format!(
                        r#"{{"payment":{payment},"amount":"{amount}","reason":"account closed"}}"#
                    ),
                ),
            }
        }
        _ => {
            // Mostly what happened lately: older money events are refused for the later ones.
            let most = if random.below(2) == 0 { 4 } else { number };
            let back = 1 + random.below(most);
            (
                "reversal.record",
                format!(
                    r#"{{"position":{},"reason":"mistake","document":"approval"}}"#,
                    number.saturating_sub(back) + 1
                ),
            )
        }
    }
}

/// An amount up to so many yuan.
fn yuan(random: &mut Random, most: u64) -> String {
    format!("{}.{:02}", 1 + random.below(most), random.below(100))
}

/// The loan applied for last, so that loans are approved in the order of their days.
fn latest<'a>(applied: &[&'a str]) -> Option<&'a str> {
    applied.last().copied()
}

/// A payment as they come: what is due, a part of it, or more.
fn payment(history: &History, random: &mut Random, loan: &str, on: Date) -> String {
    let Some(Stage::Active(active)) =
        loan.parse().ok().and_then(|loan| history.state.loans.get(&loan)).map(|loan| &loan.stage)
    else {
        return "1.00".into();
    };
    let open = active.open.unpack();
    let due: i64 = open
        .iter()
        .filter(|due| due.due_on <= on)
        .map(|due| (due.principal + due.interest).fen())
        .sum();
    let all: i64 = open.iter().map(|due| (due.principal + due.interest).fen()).sum();
    let fen = match random.below(6) {
        0 => due,
        1 => due / 2,
        2 => due + all / 3,
        3 => all,
        4 => all + 500,
        _ => all / 5,
    };
    almoner_domain::money::Money::from_fen(fen.max(1)).to_string()
}
