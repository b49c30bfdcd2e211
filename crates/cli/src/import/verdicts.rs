//! What the ledger finds about each line of a bank's claim, to be sent back to the bank.

use std::io::Write;

use almoner_domain::interest_discount::{BankLine, Claim, Finding, Verdict, hold_against};
use almoner_domain::money::Money;
use almoner_domain::state::State;

use crate::failure::Failure;
use crate::language::Language;
use crate::settings::Settings;
use crate::table::{Column, Table, count, yuan};
use crate::terminal::write_json;

/// Tells the verdict of every line (`--json`), or of every line that is not equal. `rows` are those of the file.
pub fn tell(
    state: &State,
    claim: &Claim,
    rows: &[u32],
    settings: &Settings,
) -> Result<(), Failure> {
    let language = settings.language;
    let mut table = Table::new(&[
        Column::number(language.say("row", "行")),
        Column::text(language.say("loan", "贷款")),
        Column::number(language.say("interest", "利息")),
        Column::number(language.say("computed", "核算利息")),
        Column::number(language.say("discount", "贴息")),
        Column::number(language.say("computed", "核算贴息")),
        Column::text(language.say("finding", "核对结果")),
    ]);
    let (mut equal, mut others) = (0, 0);
    for (row, line) in rows.iter().zip(&claim.lines) {
        let Finding { verdict: found, accepted } = hold_against(
            state,
            &BankLine {
                bank: claim.bank.as_ref(),
                loan: &line.loan,
                from: claim.from,
                to: claim.to,
                interest: line.interest,
                discount: line.discount,
            },
        );
        let (code, english, chinese) = words(&found);
        let computed = found.computed();
        if settings.json {
            write_json(&serde_json::json!({
                "row": row, "loan": line.loan, "verdict": code, "accepted": accepted,
                "english": english, "chinese": chinese,
                "interest": line.interest, "discount": line.discount,
                "computed_interest": computed.map(|computed| computed.interest),
                "computed_discount": computed.map(|computed| computed.discount),
            }))?;
            continue;
        }
        if matches!(found, Verdict::Equal { .. }) {
            equal += 1;
            continue;
        }
        others += 1;
        let figure = |amount: Option<Money>| amount.map(yuan).unwrap_or_default();
        table.row([
            row.to_string(),
            line.loan.to_string(),
            yuan(line.interest),
            figure(computed.map(|computed| computed.interest)),
            yuan(line.discount),
            figure(computed.map(|computed| computed.discount)),
            match (language, accepted) {
                (Language::En, true) => format!("{english}, which is allowed"),
                (Language::En, false) => english,
                (Language::Zh, true) => format!("{chinese}，允许"),
                (Language::Zh, false) => chinese,
            },
        ]);
    }
    if others > 0 {
        let (equal, others) = (count(equal), count(others));
        let told = match language {
            Language::En => format!("equal to the ledger's figures: {equal}; not equal: {others}"),
            Language::Zh => format!("与台账一致 {equal} 行，不一致 {others} 行："),
        };
        writeln!(std::io::stdout(), "{told}\n{table}\n")?;
    }
    Ok(())
}

/// A stable code, and what is said in both languages.
fn words(verdict: &Verdict) -> (&'static str, String, String) {
    let bank = |bank: &Option<almoner_domain::id::Id>| match bank {
        Some(bank) => bank.to_string(),
        None => "-".to_owned(),
    };
    let (code, english, chinese) = match verdict {
        Verdict::Equal { .. } => ("equal", "equal".into(), "一致".into()),
        Verdict::WithinTolerance { .. } => {
            ("within_tolerance", "within the tolerance".into(), "在容差内".into())
        }
        Verdict::InterestDiffers { difference, .. } => (
            "interest_differs",
            format!("the interest differs by {}", yuan(*difference)),
            format!("利息相差 {} 元", yuan(*difference)),
        ),
        Verdict::DiscountDiffers { difference, .. } => (
            "discount_differs",
            format!("the discount differs by {}", yuan(*difference)),
            format!("贴息相差 {} 元", yuan(*difference)),
        ),
        Verdict::OverCap { cap, .. } => (
            "over_cap",
            format!("computed on more principal than the {} that is discounted", yuan(*cap)),
            format!("超过贴息本金上限 {} 元计算", yuan(*cap)),
        ),
        Verdict::RepaidEarly { on, .. } => {
            ("repaid_early", format!("repaid early on {on}"), format!("已于 {on} 提前还款"))
        }
        Verdict::UnknownLoan => {
            ("unknown_loan", "the ledger has no such loan".into(), "台账中无此贷款".into())
        }
        Verdict::NotLent => ("not_lent", "not lent yet".into(), "尚未发放".into()),
        Verdict::NoDiscount => {
            ("no_discount", "no rule discounts its interest".into(), "不享受贴息".into())
        }
        Verdict::OtherBank { bank: lender } => {
            ("other_bank", format!("lent by {}", bank(lender)), format!("由 {} 发放", bank(lender)))
        }
        Verdict::ClaimedByTwoBanks { bank: lender, until } => (
            "claimed_by_two_banks",
            format!("lent by {} and claimed up to {until}", bank(lender)),
            format!("由 {} 发放且已申报至 {until}", bank(lender)),
        ),
        Verdict::BeforeDisbursement { disbursed_on } => (
            "before_disbursement",
            format!("no day of the period after {disbursed_on}, when it was lent"),
            format!("申报期内没有放款日 {disbursed_on} 之后的天数"),
        ),
        Verdict::AlreadyClaimed { until } => (
            "already_claimed",
            format!("claimed already up to {until}"),
            format!("已申报至 {until}"),
        ),
        Verdict::AfterMaturity { last } => (
            "after_maturity",
            format!("discounted only before {last}"),
            format!("贴息期至 {last} 前"),
        ),
        Verdict::OverLifetimeCount { count, maximum, .. } => (
            "over_lifetime_count",
            format!("the borrower had {count} discounted loans of at most {maximum}"),
            format!("借款人已享受贴息贷款 {count} 次，上限 {maximum} 次"),
        ),
        Verdict::ReferenceRateMissing { .. } => (
            "reference_rate_missing",
            "the contract names no reference rate".into(),
            "合同未载明基准利率".into(),
        ),
    };
    (code, english, chinese)
}
