//! The commands that are measured: a world of funds and programmes, and what clerks do in it all day.

use almoner_domain::command::Command;
use almoner_domain::id::Pseudonym;
use almoner_ledger::Submission;

/// The commands that set the world up.
pub fn world() -> anyhow::Result<Vec<Submission>> {
    let fund = r#"{"fund":"F","name":"Employment fund","sources":[{"source":"budget","kind":"fiscal","name":"City budget"},{"source":"union","kind":"union","name":"Union federation"}],"multiplier":10}"#;
    let subsidies = r#"{"programme":"S","version":1,"name":"Post subsidy","place":"Bench","document":"bench","effective_from":"2020-01-01","terms":{"subsidy":{"fund":"F","per_payment":"2000.00","per_household_year":"24000.00"}}}"#;
    let loans = r#"{"programme":"L","version":1,"name":"Guaranteed loans","place":"Bench","document":"bench","effective_from":"2020-01-01","terms":{"loan":{"lender":"bank","categories":[{"category":"person","name":"Persons","minimum":"1000.00","maximum":"300000.00"}],"maximum_months":36,"maximum_rate":"0.06","methods":["interest_only","equal_instalment"],"day_count":"actual/360","rounding":"half_up","application_order":["interest","principal"],"open_loans_per_borrower":1,"working_days":true,"guarantee":{"fund":"F","share":"0.8"},"discount":{"fund":"F","mode":{"interest_share":"0.5"},"months":36,"way":"direct"},"classes":[{"class":"special_mention","over_days":0},{"class":"substandard","over_days":90}]}}}"#;
    let receive = r#"{"fund":"F","source":"budget","amount":"900000000000.00","document":"bench"}"#;
    let allocate = r#"{"fund":"F","source":"budget","purpose":"S","amount":"800000000000.00","document":"bench"}"#;
    let commands = [
        ("fund.open", fund),
        ("programme.publish", subsidies),
        ("programme.publish", loans),
        ("fund.receive", receive),
        ("fund.allocate", allocate),
    ];
    let numbered = commands.iter().enumerate();
    numbered
        .map(|(number, (kind, data))| submission(kind, &format!("world-{number}"), data))
        .collect()
}

/// One approval of a subsidy: reads the state, holds two caps, draws on a fund, posts two lines.
pub fn approval(number: u64) -> anyhow::Result<Submission> {
    let person = Pseudonym::from_bits(u128::from(number) << 64 | 0x5eed);
    let data = format!(
        r#"{{"subsidy":"S-{number}","programme":"S","beneficiary":"{person}","household":"{person}","period":"2024-05","amount":"850.00"}}"#
    );
    submission("subsidy.approve", &format!("approve-{number}"), &data)
}

/// The payment of an approved subsidy.
pub fn payment(number: u64) -> anyhow::Result<Submission> {
    submission("subsidy.pay", &format!("pay-{number}"), &format!(r#"{{"subsidy":"S-{number}"}}"#))
}

/// The life of a guaranteed loan up to its first repayment: five commands.
pub fn loan(number: u64) -> anyhow::Result<Vec<Submission>> {
    let person = Pseudonym::from_bits(u128::from(number) << 64 | 0x10a4);
    let months = 36;
    let data = [
        (
            "loan.apply",
            format!(
                r#"{{"loan":"L-{number}","programme":"L","category":"person","borrower":"{person}","bank":"bank-1","amount":"200000.00","months":{months}}}"#
            ),
        ),
        (
            "loan.approve",
            format!(
                r#"{{"loan":"L-{number}","amount":"200000.00","annual_rate":"0.0395","method":"interest_only"}}"#
            ),
        ),
        ("guarantee.commit", format!(r#"{{"loan":"L-{number}"}}"#)),
        ("loan.disburse", format!(r#"{{"loan":"L-{number}","every":3}}"#)),
    ];
    data.iter().map(|(kind, data)| submission(kind, &format!("{kind}-{number}"), data)).collect()
}

/// A repayment of an instalment's interest.
pub fn repayment(loan: u64, number: u64) -> anyhow::Result<Submission> {
    let data = format!(r#"{{"loan":"L-{loan}","amount":"10.00","surplus":"next_instalments"}}"#);
    submission("loan.repay", &format!("repay-{loan}-{number}"), &data)
}

fn submission(kind: &str, key: &str, data: &str) -> anyhow::Result<Submission> {
    let command = Command::read(kind, "2024-05-20", data)?;
    Ok(Submission::new(key, "clerk:bench", command)?)
}
