//! `almoner premiums`: what enterprises owe in social-insurance premiums, and the late fees on them.

use std::collections::BTreeSet;

use almoner_domain::id::Pseudonym;
use almoner_domain::money::Money;
use almoner_domain::premium_arrears::Insurance;
use almoner_views::{PremiumArrear, Premiums};

use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::question::{Question, When};
use crate::settings::Settings;
use crate::table::{Column, Table, yuan};
use crate::terminal::write_json;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Only what this enterprise owes
    #[arg(long, value_name = "PSEUDONYM")]
    enterprise: Option<Pseudonym>,
    /// Also what is paid in full
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    when: When,
}

const AFTER_HELP: &str = "\
A late fee is what was charged when something was paid, and what has run since then up to the day of the
question: that of --as-of, or of the moment of --at or --known-at, or today.";

/// Prints what is owed.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let question = Question::open(&command.when, settings).await?;
    let Question { store, as_of, day } = &question;
    let mut premiums = almoner_views::premiums(store, *as_of, *day, command.enterprise).await?;
    premiums.arrears.retain(|one| command.all || one.owed().is_positive());
    if settings.json {
        write_json(&premiums)?;
        return Ok(Exit::Done);
    }
    question.answer(&text(&premiums, settings.language), settings.language)
}

/// The arrears for people, enterprise by enterprise.
fn text(premiums: &Premiums, language: Language) -> String {
    let on = premiums.on;
    if premiums.arrears.is_empty() {
        return match language {
            Language::En => format!("no premiums are owed on {on}\n"),
            Language::Zh => format!("{on} 没有欠缴社会保险费\n"),
        };
    }
    let mut text = match language {
        Language::En => format!("premiums owed on {on}\n"),
        Language::Zh => format!("{on} 欠缴社会保险费\n"),
    };
    let same = |a: &PremiumArrear, b: &PremiumArrear| {
        (a.enterprise, &a.programme) == (b.enterprise, &b.programme)
    };
    let mut all = Sums::default();
    let mut enterprises = BTreeSet::new();
    for of_enterprise in premiums.arrears.chunk_by(same) {
        let Some(first) = of_enterprise.first() else { continue };
        let (enterprise, programme) = (first.enterprise, &first.programme);
        enterprises.insert(enterprise);
        text.push_str(&match language {
            Language::En => format!("\nenterprise {enterprise}, programme {programme}\n"),
            Language::Zh => format!("\n企业 {enterprise}，项目 {programme}\n"),
        });
        let mut sums = Sums::default();
        let mut table = table(language);
        for one in of_enterprise {
            sums.add(one);
            let which = [insurance(one.insurance, language).to_owned(), one.month.to_string()];
            table.row(which.into_iter().chain(Sums::of(one).cells()));
        }
        if of_enterprise.len() > 1 {
            let total = [language.say("total", "合计").to_owned(), String::new()];
            table.row(total.into_iter().chain(sums.cells()));
        }
        all += sums;
        text.push_str(&format!("{table}\n"));
    }
    let enterprises = enterprises.len();
    if enterprises > 1 {
        let owed = yuan(all.open + all.late_fee_open);
        let (open, fee) = (yuan(all.open), yuan(all.late_fee_open));
        text.push_str(&match language {
            Language::En => format!(
                "\n{enterprises} enterprises owe {owed}: {open} of premium, {fee} of late fee\n"
            ),
            Language::Zh => {
                format!("\n{enterprises} 家企业共欠 {owed} 元：保险费 {open} 元，滞纳金 {fee} 元\n")
            }
        });
    }
    text
}

fn table(language: Language) -> Table {
    Table::new(&[
        Column::text(language.say("insurance", "险种")),
        Column::text(language.say("month", "月份")),
        Column::number(language.say("premium", "应缴")),
        Column::number(language.say("open", "欠缴")),
        Column::number(language.say("late fee", "滞纳金")),
        Column::number(language.say("fee paid", "已缴滞纳金")),
        Column::number(language.say("fee open", "欠缴滞纳金")),
    ])
}

/// Amounts of one line, or of several.
#[derive(Clone, Copy, Default)]
struct Sums {
    premium: Money,
    open: Money,
    late_fee: Money,
    late_fee_paid: Money,
    late_fee_open: Money,
}

impl Sums {
    fn of(one: &PremiumArrear) -> Self {
        Self {
            premium: one.premium,
            open: one.open,
            late_fee: one.late_fee,
            late_fee_paid: one.late_fee_paid,
            late_fee_open: one.late_fee_open,
        }
    }

    fn add(&mut self, one: &PremiumArrear) {
        *self += Self::of(one);
    }

    fn cells(self) -> [String; 5] {
        [self.premium, self.open, self.late_fee, self.late_fee_paid, self.late_fee_open].map(yuan)
    }
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.premium += other.premium;
        self.open += other.open;
        self.late_fee += other.late_fee;
        self.late_fee_paid += other.late_fee_paid;
        self.late_fee_open += other.late_fee_open;
    }
}

fn insurance(insurance: Insurance, language: Language) -> &'static str {
    match insurance {
        Insurance::Pension => language.say("pension", "养老"),
        Insurance::Medical => language.say("medical", "医疗"),
        Insurance::Unemployment => language.say("unemployment", "失业"),
        Insurance::WorkInjury => language.say("work injury", "工伤"),
        Insurance::Maternity => language.say("maternity", "生育"),
    }
}
