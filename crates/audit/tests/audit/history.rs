//! Histories for tests: one told by hand in which every account is used, and many told by chance.

use almoner_domain::date::Date;
use almoner_domain::event::Event;

use crate::world::World;

/// Funds, programmes and money, so that the rest is possible.
pub fn begin(world: &mut World) {
    for (kind, data) in [
        (
            "calendar.publish",
            r#"{"year":2024,"holidays":["2024-05-01","2024-05-02","2024-05-03"],"working_weekends":["2024-05-11"],"document":"国办发明电〔2023〕7号"}"#,
        ),
        (
            "fund.open",
            r#"{"fund":"F.1","name":"就业专项资金","sources":[{"source":"budget","kind":"fiscal","name":"市财政"},{"source":"Union_1","kind":"union","name":"总工会"}]}"#,
        ),
        (
            "fund.open",
            r#"{"fund":"G-1","name":"担保基金","sources":[{"source":"budget","kind":"fiscal","name":"市财政"}],"multiplier":5}"#,
        ),
        (
            "programme.publish",
            r#"{"programme":"post","version":1,"name":"岗位补贴","place":"某市","document":"某文","effective_from":"2020-01-01","terms":{"subsidy":{"fund":"F.1","per_payment":"5000.00"}}}"#,
        ),
        (
            "programme.publish",
            r#"{"programme":"own-loans","version":1,"name":"帮扶借款","place":"某市","document":"某文","effective_from":"2020-01-01","terms":{"loan":{"lender":{"fund":{"fund":"F.1"}},"categories":[{"category":"person","name":"个人","minimum":"100.00","maximum":"300000.00"}],"maximum_months":36,"maximum_rate":"0.06","methods":["equal_instalment","equal_principal","interest_only","bullet"],"day_count":"actual/360","rounding":"half_up","application_order":["interest","principal"],"open_loans_per_borrower":2,"working_days":false,"classes":[{"class":"special_mention","over_days":0},{"class":"substandard","over_days":90},{"class":"doubtful","over_days":270},{"class":"loss","over_days":360}]}}}"#,
        ),
        (
            "programme.publish",
            r#"{"programme":"bank_loans","version":1,"name":"创业担保贷款","place":"某市","document":"某文","effective_from":"2020-01-01","terms":{"loan":{"lender":"bank","categories":[{"category":"person","name":"个人","minimum":"100.00","maximum":"300000.00"}],"maximum_months":36,"maximum_rate":"0.06","methods":["equal_instalment","interest_only"],"day_count":"whole_period","rounding":"half_up","application_order":["interest","principal"],"open_loans_per_borrower":1,"working_days":true,"guarantee":{"fund":"G-1","share":"0.8"},"discount":{"fund":"F.1","mode":{"interest_share":"0.5"},"months":24,"way":"direct"},"classes":[{"class":"special_mention","over_days":0},{"class":"substandard","over_days":90}]}}}"#,
        ),
        (
            "fund.pledge",
            r#"{"fund":"F.1","pledge":"P1","source":"Union_1","amount":"500000.00","document":"认捐书"}"#,
        ),
        (
            "fund.receive",
            r#"{"fund":"F.1","source":"Union_1","amount":"300000.00","pledge":"P1","document":"票据1"}"#,
        ),
        (
            "fund.receive",
            r#"{"fund":"F.1","source":"budget","amount":"9000000.00","document":"指标1"}"#,
        ),
        (
            "fund.receive",
            r#"{"fund":"G-1","source":"budget","amount":"2000000.00","document":"指标2"}"#,
        ),
        (
            "fund.allocate",
            r#"{"fund":"F.1","source":"budget","purpose":"post","amount":"3000000.00","document":"指标3"}"#,
        ),
        (
            "fund.allocate",
            r#"{"fund":"F.1","source":"budget","purpose":"own-loans","amount":"150000.00","document":"指标4"}"#,
        ),
        (
            "fund.allocate",
            r#"{"fund":"F.1","source":"Union_1","purpose":"own-loans","amount":"200000.00","document":"指标5"}"#,
        ),
        (
            "fund.allocate",
            r#"{"fund":"F.1","source":"budget","purpose":"bank_loans","amount":"1000000.00","document":"指标6"}"#,
        ),
    ] {
        world.command("2024-01-02", kind, data);
    }
}

/// One of everything, so that every account and every kind of event is used.
pub fn tell(world: &mut World) {
    begin(world);
    // A loan of the fund itself: repaid, overpaid, refunded; and another that goes bad.
    lend_own(world, "O-1", 1, "200000.00");
    world.command(
        "2024-02-15",
        "loan.repay",
        r#"{"loan":"O-1","amount":"9000.00","surplus":"next_instalments"}"#,
    );
    world.command(
        "2024-03-20",
        "loan.repay",
        r#"{"loan":"O-1","amount":"250000.00","surplus":"next_instalments"}"#,
    );
    world.command("2024-03-21", "loan.refund", r#"{"loan":"O-1","amount":"1000.00"}"#);
    lend_own(world, "O-2", 2, "60000.00");
    world.command(
        "2024-02-20",
        "loan.repay",
        r#"{"loan":"O-2","amount":"20000.00","surplus":"prepay"}"#,
    );
    // Loans of a bank, guaranteed and discounted.
    for number in 1..=3 {
        lend_bank(world, &format!("B-{number}"), 100 + number, "120000.00");
    }
    world.command(
        "2024-04-15",
        "loan.repay",
        r#"{"loan":"B-1","amount":"15000.00","surplus":"prepay"}"#,
    );
    world.command("2024-04-16", "interest_discount.claim", r#"{"claim":"C-1","programme":"bank_loans","bank":"bank-1","from":"2024-01-15","to":"2024-04-15","lines":[{"loan":"B-2","interest":"1000.00","discount":"500.00"},{"loan":"B-3","interest":"900.00","discount":"450.00"}],"total":"950.00","document":"申报1"}"#);
    world.command("2024-04-18", "interest_discount.approve", r#"{"claim":"C-1"}"#);
    world.command("2024-04-20", "interest_discount.pay", r#"{"claim":"C-1"}"#);
    world.command("2024-04-21", "interest_discount.claim", r#"{"claim":"C-2","programme":"bank_loans","bank":"bank-1","from":"2024-04-15","to":"2024-04-20","lines":[{"loan":"B-2","interest":"10.00","discount":"5.00"}],"total":"5.00","document":"申报2"}"#);
    world.command(
        "2024-04-22",
        "interest_discount.reject",
        r#"{"claim":"C-2","reason":"材料不全"}"#,
    );
    // A loan that is approved and withdrawn, so that its guarantee ends.
    apply_bank(world, "B-9", 109, "50000.00");
    world.command("2024-01-12", "loan.cancel", r#"{"loan":"B-9","reason":"申请人撤回"}"#);
    // Subsidies, one by one and as a roster; one is returned, one withdrawn.
    for (number, period) in ["2024-01", "2024-02", "2024-03"].into_iter().enumerate() {
        let data = format!(
            r#"{{"subsidy":"S-{number}","programme":"post","beneficiary":"{0}","household":"{0}","period":"{period}","amount":"850.50"}}"#,
            person(1)
        );
        world.command("2024-03-01", "subsidy.approve", &data);
    }
    world.command("2024-03-02", "subsidy.pay", r#"{"subsidy":"S-0"}"#);
    let payment = world.size();
    let data = format!(r#"{{"payment":{payment},"amount":"100.25","reason":"支付退票"}}"#);
    world.command("2024-03-05", "subsidy.return", &data);
    world.command("2024-03-06", "subsidy.cancel", r#"{"subsidy":"S-1","reason":"重复申报"}"#);
    world.command("2024-03-07", "subsidy.pay", r#"{"subsidy":"S-2"}"#);
    reverse(world, "2024-03-08", world.size());
    roster(world, "R-1", 40);
    // A repayment that was a mistake.
    world.command(
        "2024-05-20",
        "loan.repay",
        r#"{"loan":"B-3","amount":"4000.00","surplus":"next_instalments"}"#,
    );
    reverse(world, "2024-06-01", world.size());
}

/// Funds and cases of their own, in which the kinds of events come up that [`tell`] does not tell.
pub fn other_kinds(world: &mut World) {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        command: &'a str,
        effective_date: &'a str,
        #[serde(borrow)]
        data: &'a serde_json::value::RawValue,
    }
    for line in include_str!("../../../../tests/data/other_kinds.ndjson").lines() {
        let line: Line<'_> = serde_json::from_str(line).unwrap();
        world.command(line.effective_date, line.command, line.data.get());
    }
    let payment = world.size() - 1;
    send_back_and_reissue(world, payment);
    demand_back(world, payment - 1);
    mend_what_was_carried_and_handed_out(world);
    change_contracts_by_mistake(world);
    settle_and_return(world);
}

/// Contracts of [`other_kinds`] are changed, and changed back by reversal.
fn change_contracts_by_mistake(world: &mut World) {
    for (date, kind, data) in [
        ("2022-03-20", "loan.charge_penalty", r#"{"loan":"K-5"}"#),
        (
            "2022-03-20",
            "loan.waive_penalty",
            r#"{"loan":"K-5","charges":{"penalty":"0.50","compound":"0.00"},"document":"减免2"}"#,
        ),
        (
            "2022-03-20",
            "loan.reschedule",
            r#"{"loan":"K-6","method":"interest_only","months":9,"every":3,"document":"重组2"}"#,
        ),
        ("2022-03-20", "loan.extend", r#"{"loan":"K-4","months":3,"every":3,"document":"展期2"}"#),
        ("2022-03-20", "loan.repay", r#"{"loan":"K-6","amount":"5000.00","surplus":"prepay"}"#),
    ] {
        world.command(date, kind, data);
        reverse(world, date, world.size());
    }
}

/// The bank sends a line of the last roster of [`other_kinds`] back (recorded, reversed, recorded again); it is made
/// again and paid, and that payment is reversed.
fn send_back_and_reissue(world: &mut World, payment: u64) {
    let back = format!(r#"{{"payment":{payment},"amount":"2030.00","reason":"账号有误"}}"#);
    world.command("2021-03-11", "subsidy.return", &back);
    reverse(world, "2021-03-12", world.size());
    world.command("2021-03-12", "subsidy.return", &back);
    world.command("2021-03-13", "subsidy.reissue", &format!(r#"{{"payment":{payment}}}"#));
    let again = r#"{"batch":"N-1","total":"2030.00","document":"支付令2"}"#;
    world.command("2021-03-14", "subsidy_batch.pay", again);
    reverse(world, "2021-03-15", world.size() - 1);
}

/// A payment is demanded back; a part of it comes.
fn demand_back(world: &mut World, payment: u64) {
    let demand = format!(
        r#"{{"payment":{payment},"amount":"600.00","reason":"重复享受","document":"追回决定1"}}"#
    );
    world.command("2021-03-20", "subsidy.demand", &demand);
    reverse(world, "2021-03-21", world.size());
    world.command("2021-03-21", "subsidy.demand", &demand);
    let part = format!(r#"{{"payment":{payment},"amount":"250.00","reason":"追回"}}"#);
    world.command("2021-04-01", "subsidy.return", &part);
    reverse(world, "2021-04-02", world.size());
    world.command("2021-04-02", "subsidy.return", &part);
}

/// The carry-over and the hand-out of [`other_kinds`] were mistaken.
fn mend_what_was_carried_and_handed_out(world: &mut World) {
    for kind in ["allocation.carried.v1", "in_kind.handed_out.v1"] {
        let mistaken = world.events.iter().rposition(|(_, event)| event.kind() == kind).unwrap();
        reverse(world, "2021-04-03", mistaken as u64 + 1);
    }
    let carry =
        r#"{"fund":"U-1","allocation":"A-1","year":2001,"amount":"900.00","document":"结转2"}"#;
    world.command("2021-04-04", "allocation.carry", carry);
}

/// Settles the advance of [`other_kinds`], takes that back once, and gives a part of the claim back.
fn settle_and_return(world: &mut World) {
    let claimed = |(_, event): &(Date, Event)| matches!(event, Event::DiscountClaimed(_));
    let line = world.events.iter().rposition(claimed).unwrap() + 1;
    let settlement = r#"{"advance":"Y-1","claims":["T-1"],"document":"清算1"}"#;
    world.command("2023-01-10", "interest_discount.settle", settlement);
    reverse(world, "2023-01-11", world.size());
    world.command("2023-01-12", "interest_discount.settle", settlement);
    let part = format!(r#"{{"line":{line},"amount":"80.00","reason":"多报"}}"#);
    world.command("2023-02-01", "interest_discount.return", &part);
    reverse(world, "2023-02-02", world.size());
    world.command("2023-02-03", "interest_discount.return", &part);
}

/// Takes back, after [`other_kinds`], what was recorded by mistake of premiums, wages and promises; some of it is
/// recorded again.
pub fn take_back_dues(world: &mut World) {
    let last = |world: &World, wanted: fn(&Event) -> bool| {
        world.events.iter().rposition(|(_, event)| wanted(event)).unwrap() as u64 + 1
    };
    let auctioned = last(world, |event| matches!(event, Event::MortgageAuctioned(_)));
    reverse(world, "2013-01-06", auctioned);
    world.command(
        "2013-01-07",
        "asset_mortgage.auction",
        r#"{"mortgage":"M-1","item":"hall-2","proceeds":"600000.00","document":"拍卖2"}"#,
    );
    world.command("2013-02-01", "premium_arrears.assess", r#"{"programme":"collect","enterprise":"000003b6000000000000000000abcdef","insurance":"maternity","month":"2013-01","amount":"70.00","due_on":"2013-01-31","document":"核定3"}"#);
    reverse(world, "2013-02-02", world.size());
    for case in ["W-2", "W-2"] {
        let data = format!(
            r#"{{"case":"{case}","employer":"{0}","claims":[{{"worker":"{0}","amount":"5.00"}}],"total":"5.00","document":"投诉2"}}"#,
            person(7)
        );
        world.command("2024-02-20", "wage_arrears.file", &data);
        let agreed = format!(r#"{{"case":"{case}","document":"协议2"}}"#);
        world.command("2024-02-20", "wage_arrears.coordinate", &agreed);
        reverse(world, "2024-02-20", world.size() - 1);
    }
    let paid = last(world, |event| matches!(event, Event::WagesPaid(_)));
    reverse(world, "2024-02-21", paid);
    let recovered = last(world, |event| matches!(event, Event::WagesRecovered(_)));
    reverse(world, "2024-02-22", recovered);
    let withdrawn = last(world, |event| matches!(event, Event::PledgeWithdrawn(_)));
    reverse(world, "2021-03-01", withdrawn);
    let returned = last(world, |event| matches!(event, Event::SurplusReturned(_)));
    reverse(world, "2021-03-01", returned);
}

/// Approves and pays a roster of so many lines.
pub fn roster(world: &mut World, batch: &str, lines: u128) {
    let line = |number| {
        let person = person(1_000_000 + number);
        format!(r#"{{"beneficiary":"{person}","household":"{person}","amount":"300.00"}}"#)
    };
    let listed: Vec<String> = (0..lines).map(line).collect();
    let total = lines * 300;
    let data = format!(
        r#"{{"batch":"{batch}","programme":"post","period":"{batch}","lines":[{}],"total":"{total}.00","document":"公示1"}}"#,
        listed.join(",")
    );
    world.command("2024-04-01", "subsidy_batch.approve", &data);
    let data = format!(r#"{{"batch":"{batch}","total":"{total}.00","document":"支付令1"}}"#);
    world.command("2024-04-03", "subsidy_batch.pay", &data);
}

/// Reverses the record at a position.
pub fn reverse(world: &mut World, date: &str, position: u64) {
    let data = format!(r#"{{"position":{position},"reason":"录入错误","document":"审批1"}}"#);
    world.command(date, "reversal.record", &data);
}

/// Lends money of the fund: half a year, due monthly from 15 February 2024.
pub fn lend_own(world: &mut World, loan: &str, borrower: u128, amount: &str) {
    let borrower = person(borrower);
    world.command("2024-01-10", "loan.apply", &format!(r#"{{"loan":"{loan}","programme":"own-loans","category":"person","borrower":"{borrower}","amount":"{amount}","months":6}}"#));
    world.command("2024-01-12", "loan.approve", &format!(r#"{{"loan":"{loan}","amount":"{amount}","annual_rate":"0.0395","method":"equal_instalment"}}"#));
    world.command("2024-01-15", "loan.disburse", &format!(r#"{{"loan":"{loan}","every":1}}"#));
}

/// A bank lends: a year, interest due quarterly from 15 April 2024.
pub fn lend_bank(world: &mut World, loan: &str, borrower: u128, amount: &str) {
    apply_bank(world, loan, borrower, amount);
    world.command("2024-01-15", "loan.disburse", &format!(r#"{{"loan":"{loan}","every":3}}"#));
}

fn apply_bank(world: &mut World, loan: &str, borrower: u128, amount: &str) {
    let borrower = person(borrower);
    world.command("2024-01-08", "loan.apply", &format!(r#"{{"loan":"{loan}","programme":"bank_loans","category":"person","borrower":"{borrower}","bank":"bank-1","amount":"{amount}","months":12}}"#));
    world.command("2024-01-09", "loan.approve", &format!(r#"{{"loan":"{loan}","amount":"{amount}","annual_rate":"0.0395","method":"interest_only"}}"#));
    world.command("2024-01-10", "guarantee.commit", &format!(r#"{{"loan":"{loan}"}}"#));
}

/// The pseudonym of a person with a number.
pub fn person(number: u128) -> String {
    format!("{:032x}", number << 96 | 0xabcdef)
}

/// A history of so many records: everything told by hand, then rosters; committed in batches.
pub async fn long(world: &mut World, records: u64) {
    tell(world);
    world.commit().await;
    let mut batch = 0;
    while world.size() < records {
        batch += 1;
        roster(world, &format!("X-{batch}"), 7);
        world.commit().await;
    }
}

/// A history told by chance: each number is a choice. What is refused did not happen.
pub fn by_chance(world: &mut World, choices: &[u32]) {
    begin(world);
    for (kind, data) in [
        (
            "programme.publish",
            r#"{"programme":"strict-loans","version":1,"name":"小额借款","place":"某市","document":"某文","effective_from":"2020-01-01","terms":{"loan":{"lender":{"fund":{"fund":"F.1"}},"categories":[{"category":"person","name":"个人","minimum":"100.00","maximum":"300000.00"}],"maximum_months":36,"maximum_rate":"0.06","methods":["equal_instalment","equal_principal","interest_only","bullet"],"day_count":"actual/360","rounding":"half_up","application_order":["penalty","compound","interest","principal"],"open_loans_per_borrower":2,"working_days":false,"extension":{"times":3,"months":24},"rescheduling":{"times":3,"months":24,"class":"substandard","observed_months":6},"penalty":{"overdue":{"uplift":"0.5"},"misuse":{"uplift":"1"},"compound":true},"classes":[{"class":"special_mention","over_days":0},{"class":"substandard","over_days":90},{"class":"doubtful","over_days":270},{"class":"loss","over_days":360}]}}}"#,
        ),
        (
            "fund.allocate",
            r#"{"fund":"F.1","source":"budget","purpose":"strict-loans","amount":"150000.00","document":"指标7"}"#,
        ),
    ] {
        world.command("2024-01-02", kind, data);
    }
    for (turn, choice) in choices.iter().enumerate() {
        let (what, which, how_much) = (choice % 16, (choice / 16) % 8, (choice / 128) % 5000);
        // Days go on, and now and then something is recorded late.
        let day = (turn as u64 + 14).saturating_sub(if how_much % 7 == 0 { 9 } else { 0 });
        let date = date(day.min(700));
        let (loan, person) = (format!("L-{which}"), person(u128::from(which)));
        let programme =
            ["own-loans", "bank_loans", "strict-loans", "bank_loans"][which as usize % 4];
        let bank = if which % 2 == 0 { "" } else { r#""bank":"bank-1","# };
        let method = if which % 2 == 0 { "equal_instalment" } else { "interest_only" };
        let _ = match what {
            0 | 1 => world.try_command(&date, "loan.apply", &format!(r#"{{"loan":"{loan}","programme":"{programme}","category":"person","borrower":"{person}",{bank}"amount":"{}.37","months":6}}"#, 1000 + how_much * 3)),
            2 | 3 => world.try_command(&date, "loan.approve", &format!(r#"{{"loan":"{loan}","amount":"{}.00","annual_rate":"0.05","method":"{method}"}}"#, 1000 + how_much * 2)),
            4 => world.try_command(&date, "guarantee.commit", &format!(r#"{{"loan":"{loan}"}}"#)),
            5 => world.try_command(&date, "loan.disburse", &format!(r#"{{"loan":"{loan}","every":{}}}"#, 1 + which % 3)),
            6 => world.try_command(&date, "loan.repay", &format!(r#"{{"loan":"{loan}","amount":"{how_much}.19","surplus":"next_instalments"}}"#)),
            7 => world.try_command(&date, "loan.repay", &format!(r#"{{"loan":"{loan}","amount":"{how_much}.19","surplus":"prepay"}}"#)),
            8 => {
                let position = world.size().saturating_sub(u64::from(which));
                world.try_command(&date, "reversal.record", &format!(r#"{{"position":{position},"reason":"录入错误","document":"审批"}}"#))
            }
            9 => world.try_command(&date, "subsidy.approve", &format!(r#"{{"subsidy":"S-{turn}","programme":"post","beneficiary":"{person}","household":"{person}","period":"{}","amount":"{}.50"}}"#, how_much % 50, how_much % 1000)),
            10 => {
                let waiting: Vec<_> = world.state.subsidies.keys().cloned().collect();
                let subsidy = waiting.get(how_much as usize % waiting.len().max(1));
                subsidy.is_some_and(|subsidy| {
                    world.try_command(&date, "subsidy.pay", &format!(r#"{{"subsidy":"{subsidy}"}}"#))
                })
            }
            11 => world.try_command(&date, "loan.extend", &format!(r#"{{"loan":"{loan}","months":{},"every":{},"document":"展期"}}"#, 1 + how_much % 9, 1 + how_much % 3)),
            12 => world.try_command(&date, "loan.reschedule", &format!(r#"{{"loan":"{loan}","method":"equal_principal","months":{},"every":1,"document":"重组"}}"#, 1 + how_much % 9)),
            13 => world.try_command(&date, "loan.charge_penalty", &format!(r#"{{"loan":"{loan}"}}"#)),
            14 => world.try_command(&date, "loan.record_misuse", &format!(r#"{{"loan":"{loan}","from":"{date}","document":"检查"}}"#)),
            _ => world.try_command(&date, "loan.refund", &format!(r#"{{"loan":"{loan}","amount":"{}.19"}}"#, how_much % 100)),
        };
    }
}

/// The date so many days after the beginning of 2024.
pub fn date(days: u64) -> String {
    let first: almoner_domain::date::Date = "2024-01-01".parse().unwrap();
    first.plus_days(i32::try_from(days).unwrap()).to_string()
}
