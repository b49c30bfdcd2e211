//! `almoner loan`: everything about one loan.

use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_domain::schedule::Method;
use almoner_views::{ClaimStage, LoanAnswer, LoanStage, Payment, PaymentKind};

use crate::arrears::class;
use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = crate::question::AFTER_HELP_WITH_DAY)]
pub struct Command {
    /// The loan
    loan: Id,
    #[command(flatten)]
    when: When,
}

/// Prints a loan.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let Question { store, as_of, day } = &question;
    let Some(loan) = almoner_views::loan(store, &command.loan, *as_of, *day).await? else {
        let hint = "`almoner journal` shows what was recorded, `almoner arrears` what is overdue";
        return Err(question.not_found(&format!("loan {}", command.loan), hint));
    };
    if settings.json {
        write_json(&loan)?;
        return Ok(Exit::Done);
    }
    let language = settings.language;
    question.answer(&text(&loan, language), language)
}

fn text(loan: &LoanAnswer, language: Language) -> String {
    let mut text = facts(loan, language);
    if !loan.instalments.is_empty() {
        text.push_str(&format!("\n{}\n", instalments(loan, language)));
    }
    if !loan.payments.is_empty() {
        text.push_str(&format!("\n{}\n", payments(loan, language)));
    }
    if !loan.claims.is_empty() {
        text.push_str(&format!("\n{}\n", claims(loan, language)));
    }
    text
}

/// What can be said in a line each.
fn facts(loan: &LoanAnswer, language: Language) -> String {
    let mut text = format!("{}  {}\n", loan.loan, stage(loan.stage, language));
    let mut line = |english: &str, chinese: &str, value: String| {
        text.push_str(&format!("  {}: {value}\n", language.say(english, chinese)));
    };
    let (programme, version, category) = (&loan.programme, loan.version, &loan.category);
    line(
        "programme",
        "项目",
        match language {
            Language::En => format!("{programme}, version {version}, category {category}"),
            Language::Zh => format!("{programme}，第 {version} 版，类别 {category}"),
        },
    );
    line("borrower", "借款人", loan.borrower.to_string());
    if let Some(bank) = &loan.bank {
        line("bank", "经办银行", bank.to_string());
    }
    let months = loan.months;
    let applied = yuan(loan.applied_amount);
    line(
        "applied for",
        "申请",
        match language {
            Language::En => format!("{applied} for {months} months on {}", loan.applied_on),
            Language::Zh => format!("{applied} 元，{months} 个月，{}", loan.applied_on),
        },
    );
    if let Some(approval) = &loan.approval {
        let (amount, rate) = (yuan(approval.amount), approval.annual_rate);
        let method = method(approval.method, language);
        line(
            "approved",
            "批准",
            match language {
                Language::En => format!("{amount} at {rate} a year, {method}, on {}", approval.on),
                Language::Zh => format!("{amount} 元，年利率 {rate}，{method}，{}", approval.on),
            },
        );
        if let Some(fund) = &approval.fund {
            line("lent by fund", "放款资金", fund.to_string());
        }
    }
    if let Some(guarantee) = &loan.guarantee {
        let (fund, amount, live) = (&guarantee.fund, yuan(guarantee.amount), yuan(guarantee.live));
        line(
            "guaranteed",
            "担保",
            match language {
                Language::En => format!("{amount} by {fund} on {}, {live} live", guarantee.on),
                Language::Zh => format!("{fund} {amount} 元，{}，责任余额 {live} 元", guarantee.on),
            },
        );
    }
    if let Some(disbursement) = &loan.disbursement {
        let (amount, on) = (yuan(disbursement.amount), disbursement.on);
        line("lent", "放款", format!("{amount}  {on}"));
    }
    if let Some(contract) = &loan.contract {
        let (rate, method) = (contract.annual_rate, method(contract.method, language));
        let until = contract.maturity;
        line(
            "contract",
            "现行合同",
            match language {
                Language::En => format!("{rate} a year, {method}, until {until}"),
                Language::Zh => format!("年利率 {rate}，{method}，{until} 到期"),
            },
        );
    }
    if let Some(on) = loan.cancelled_on {
        line("cancelled on", "取消日期", on.to_string());
    }
    if let Some(of_class) = loan.class {
        line("principal out", "未还本金", yuan(loan.open_principal));
        line("interest to come", "未付利息", yuan(loan.open_interest));
        if !loan.overpaid.is_zero() {
            line("overpaid", "多收", yuan(loan.overpaid));
        }
        if !loan.open_penalty.is_zero() {
            line("penalty open", "未付罚息", yuan(loan.open_penalty));
        }
        if !loan.compensated.is_zero() {
            let compensated = yuan(loan.compensated);
            line(
                "compensated",
                "代偿",
                match language {
                    Language::En => format!("{compensated} of principal, not all recovered"),
                    Language::Zh => format!("本金 {compensated} 元，尚未全部追回"),
                },
            );
        }
        let overdue = yuan(loan.overdue_principal + loan.overdue_interest);
        let (on, days, of_class) = (loan.on, loan.days_past_due, class(of_class, language));
        let since = loan.overdue_since.map(|date| date.to_string()).unwrap_or_default();
        line(
            "overdue",
            "逾期",
            match (language, loan.overdue_since) {
                (Language::En, None) => format!("nothing on {on}, class {of_class}"),
                (Language::En, Some(_)) => {
                    format!("{overdue} on {on}, {days} days since {since}, class {of_class}")
                }
                (Language::Zh, None) => format!("{on} 无逾期，{of_class}"),
                (Language::Zh, Some(_)) => {
                    format!("{on} 逾期 {overdue} 元，自 {since} 起 {days} 天，{of_class}")
                }
            },
        );
    }
    if let Some(observed) = loan.observed {
        let (of_class, until) = (class(observed.class, language), observed.until);
        line(
            "observed",
            "观察期",
            match language {
                Language::En => format!("no better than {of_class} until {until}"),
                Language::Zh => format!("至 {until}，分类不优于{of_class}"),
            },
        );
    }
    text
}

fn instalments(loan: &LoanAnswer, language: Language) -> Table {
    let mut table = Table::new(&[
        Column::number(language.say("no.", "期数")),
        Column::text(language.say("due on", "到期日")),
        Column::text(language.say("in time until", "最迟还款日")),
        Column::number(language.say("principal", "本金")),
        Column::number(language.say("interest", "利息")),
        Column::number(language.say("principal open", "未还本金")),
        Column::number(language.say("interest open", "未付利息")),
    ]);
    for instalment in &loan.instalments {
        table.row([
            instalment.number.to_string(),
            instalment.due_on.to_string(),
            instalment.payable_until.to_string(),
            yuan(instalment.principal),
            yuan(instalment.interest),
            yuan(instalment.open_principal),
            yuan(instalment.open_interest),
        ]);
    }
    table
}

/// A column of amounts: whether it is shown, its heading in both languages, and where it comes from.
type RareAmount = (bool, &'static str, &'static str, fn(&Payment) -> Money);

fn payments(loan: &LoanAnswer, language: Language) -> Table {
    let any = |has: fn(&Payment) -> bool| loan.payments.iter().any(has);
    // Of money that only some loans see there is a column only where there is any.
    let rare: [RareAmount; 2] = [
        (any(|one| one.penalty.is_positive()), "penalty", "罚息", |one| one.penalty),
        (any(|one| one.overpaid.is_positive()), "overpaid", "多收", |one| one.overpaid),
    ];
    let reversed = any(|one| one.reversed_at.is_some());
    let mut columns = vec![
        Column::number(language.say("position", "记录号")),
        Column::text(language.say("date", "日期")),
        Column::text(language.say("what", "类型")),
        Column::number(language.say("amount", "金额")),
        Column::number(language.say("principal", "本金")),
        Column::number(language.say("interest", "利息")),
    ];
    let shown = || rare.iter().filter(|(is_shown, ..)| *is_shown);
    columns.extend(shown().map(|(_, en, zh, _)| Column::number(language.say(en, zh))));
    if reversed {
        columns.push(Column::text(language.say("reversed at", "冲销于")));
    }
    let mut table = Table::new(&columns);
    for payment in &loan.payments {
        let mut row = vec![
            payment.position.to_string(),
            payment.paid_on.to_string(),
            what(payment, language),
        ];
        let amounts = [payment.amount, payment.principal, payment.interest];
        let amounts = amounts.into_iter().chain(shown().map(|(.., amount)| amount(payment)));
        // Where only the contract changed, no money moved.
        let is_change = matches!(
            payment.kind,
            PaymentKind::Extension | PaymentKind::Rescheduling | PaymentKind::RateReset
        );
        row.extend(amounts.map(|amount| if is_change { String::new() } else { yuan(amount) }));
        if reversed {
            row.push(payment.reversed_at.map(|at| at.to_string()).unwrap_or_default());
        }
        table.row(row);
    }
    table
}

/// What happened, and of a contract that changed what is new.
fn what(payment: &Payment, language: Language) -> String {
    let said = match payment.kind {
        PaymentKind::Disbursement => language.say("lent", "放款"),
        PaymentKind::Repayment => language.say("repaid", "还款"),
        PaymentKind::Refund => language.say("refunded", "退款"),
        PaymentKind::Compensation => language.say("compensated", "代偿"),
        PaymentKind::Recovery => language.say("recovered", "追偿"),
        PaymentKind::Extension => language.say("extended until", "展期至"),
        PaymentKind::Rescheduling => language.say("rescheduled until", "重组至"),
        PaymentKind::RateReset => language.say("rate reset to", "利率重定价为"),
        PaymentKind::Penalty => language.say("penalty charged", "计收罚息"),
        PaymentKind::Waiver => language.say("penalty waived", "减免罚息"),
    };
    let anew = match payment.kind {
        PaymentKind::Extension | PaymentKind::Rescheduling => {
            payment.maturity.map(|maturity| maturity.to_string())
        }
        PaymentKind::RateReset => payment.annual_rate.map(|rate| rate.to_string()),
        _ => None,
    };
    anew.map_or_else(|| said.to_owned(), |anew| format!("{said} {anew}"))
}

fn claims(loan: &LoanAnswer, language: Language) -> Table {
    let mut columns = vec![
        Column::text(language.say("discount claim", "贴息申请")),
        Column::text(language.say("from", "自")),
        Column::text(language.say("to before", "至（不含）")),
        Column::number(language.say("interest", "利息")),
        Column::number(language.say("discount", "贴息")),
        Column::text(language.say("how far", "办理情况")),
        Column::text(language.say("since", "日期")),
    ];
    let returned = loan.claims.iter().any(|claim| claim.returned.is_positive());
    if returned {
        columns.push(Column::number(language.say("returned", "退回")));
    }
    let mut table = Table::new(&columns);
    for claim in &loan.claims {
        let mut row = vec![
            claim.claim.to_string(),
            claim.from.to_string(),
            claim.to.to_string(),
            yuan(claim.interest),
            yuan(claim.discount),
            claim_stage(claim.stage, language).to_owned(),
            claim.since.to_string(),
        ];
        if returned {
            row.push(yuan(claim.returned));
        }
        table.row(row);
    }
    table
}

fn claim_stage(stage: ClaimStage, language: Language) -> &'static str {
    match stage {
        ClaimStage::Claimed => language.say("claimed", "已申报"),
        ClaimStage::Rejected => language.say("rejected", "未通过"),
        ClaimStage::Approved => language.say("approved", "已批准"),
        ClaimStage::Paid => language.say("paid", "已拨付"),
        ClaimStage::Settled => language.say("settled", "已清算"),
        ClaimStage::Returned => language.say("all returned", "已全额退回"),
    }
}

fn method(method: Method, language: Language) -> &'static str {
    match method {
        Method::EqualInstalment => language.say("equal instalments", "等额本息"),
        Method::EqualPrincipal => language.say("equal principal", "等额本金"),
        Method::InterestOnly => language.say("interest only until the end", "按期付息到期还本"),
        Method::Bullet => language.say("all at the end", "到期一次还本付息"),
        Method::Flat => language.say("flat", "等本等息"),
    }
}

fn stage(stage: LoanStage, language: Language) -> &'static str {
    match stage {
        LoanStage::Applied => language.say("applied for", "已申请"),
        LoanStage::Approved => language.say("approved", "已批准"),
        LoanStage::Cancelled => language.say("cancelled", "已取消"),
        LoanStage::Active => language.say("active", "还款中"),
        LoanStage::Compensated => language.say("compensated, recovery is open", "已代偿，追偿中"),
        LoanStage::Settled => language.say("settled", "已结清"),
    }
}
