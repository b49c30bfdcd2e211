//! What a demo prints.

use serde_json::json;

use super::{Refused, Shown, beside};
use crate::language::Language;
use crate::settings::Settings;
use crate::table::{Column, Table, count, wrapped, yuan};
use crate::{arrears, audit};

impl Shown {
    /// Whether everything came out as it must.
    pub fn is_good(&self) -> bool {
        self.verdict.is_good()
            && self.trial_balance.as_ref().is_ok_and(|sum| sum.is_zero())
            && self.comparison.rows().all(|row| row.difference.is_zero())
            && self.comparison.sums().all(|row| row.ledger.is_none_or(|(_, is_right)| is_right))
            && self.refused.iter().all(Refused::is_as_expected)
    }

    /// For programs.
    pub fn as_json(&self) -> serde_json::Value {
        let refused: Vec<_> = self
            .refused
            .iter()
            .map(|refused| {
                json!({
                    "about": refused.about.en,
                    "about_zh": refused.about.zh,
                    "expected": refused.expected,
                    "refusal": refused.outcome.as_ref().err(),
                })
            })
            .collect();
        let mut all = json!({
            "ledger": self.ledger,
            "store": self.store,
            "records": self.records,
            "funds": self.funds,
            "arrears": self.arrears,
            "refused": refused,
            "verdict": self.verdict,
            "trial_balance": self.trial_balance.as_ref().ok(),
            "good": self.is_good(),
        });
        if let Some(fields) = all.as_object_mut() {
            let more = beside::json(&self.comparison);
            fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
        }
        all
    }

    /// For people.
    pub fn text(&self, settings: &Settings) -> String {
        let language = settings.language;
        let (records, store, seconds) = (count(self.records), &self.store, &self.seconds);
        let told = match language {
            Language::En => format!(
                "{records} records of ten places are in {store}: loaded, checked, added up in {seconds} s."
            ),
            Language::Zh => {
                format!("十地 {records} 条记录已写入 {store}，装载、核验、汇总共用 {seconds} 秒。")
            }
        };
        let parts = [
            (None, wrapped(&told, "", "")),
            (Some(("Where the money stands", "资金余额")), self.funds(language)),
            (Some(("Arrears", "逾期")), self.arrears(language)),
            (
                Some(("The published figures and the ledger's own", "公开数字与账簿数字对照")),
                beside::text(&self.comparison, language),
            ),
            (
                Some((
                    "The thirteen sums of the sources that do not reconcile",
                    "来源中不能平衡的十三项",
                )),
                beside::sums(&self.comparison, language),
            ),
            (
                Some(("What the rules forbid is refused, and why", "违反规定的命令被拒绝及其理由")),
                self.refusals(language),
            ),
            (Some(("The audit", "审计")), self.audit(language)),
            (Some(("Look further", "继续查看")), self.further(settings)),
        ];
        let mut text = String::new();
        for (heading, part) in parts {
            if let Some((english, chinese)) = heading {
                text.push_str(&format!("\n== {} ==\n\n", language.say(english, chinese)));
            }
            text.push_str(&part);
        }
        text
    }

    /// The first overdue loans, and the sums of all; `almoner arrears` tells more.
    fn arrears(&self, language: Language) -> String {
        const SHOWN: usize = 12;
        let mut loans = Table::new(&[
            Column::text(language.say("loan", "贷款")),
            Column::text(language.say("programme", "项目")),
            Column::number(language.say("overdue", "逾期")),
            Column::text(language.say("since", "逾期起")),
            Column::number(language.say("days", "天数")),
            Column::text(language.say("class", "五级分类")),
        ]);
        for loan in self.arrears.loans.iter().take(SHOWN) {
            loans.row([
                loan.loan.to_string(),
                loan.programme.to_string(),
                yuan(loan.overdue_principal + loan.overdue_interest),
                loan.since.to_string(),
                loan.days_past_due.to_string(),
                arrears::class(loan.class, language).to_owned(),
            ]);
        }
        let more = self.arrears.loans.len().saturating_sub(SHOWN);
        let mut programmes = Table::new(&[
            Column::text(language.say("programme", "项目")),
            Column::number(language.say("principal out", "贷款余额")),
            Column::number(language.say("loans overdue", "逾期笔数")),
            Column::number(language.say("overdue", "逾期")),
            Column::number(language.say("at risk (par90)", "超90天贷款余额")),
        ]);
        for programme in &self.arrears.programmes {
            programmes.row([
                programme.programme.to_string(),
                yuan(programme.open_principal),
                count(programme.overdue_loans.into()),
                yuan(programme.overdue_principal + programme.overdue_interest),
                yuan(programme.par_90),
            ]);
        }
        let on = self.arrears.on;
        let (told, more) = match language {
            Language::En => (
                format!("overdue on {on}"),
                format!("and {more} more: `almoner arrears`, as below"),
            ),
            Language::Zh => {
                (format!("{on} 逾期情况"), format!("另有 {more} 笔：见下面的 `almoner arrears`"))
            }
        };
        format!("{told}\n{loans}\n{more}\n\n{programmes}\n")
    }

    /// One line a fund; `almoner funds` tells more.
    fn funds(&self, language: Language) -> String {
        let mut table = Table::new(&[
            Column::text(language.say("fund", "资金")),
            Column::number(language.say("received", "到账")),
            Column::number(language.say("spent", "已支出")),
            Column::number(language.say("out", "在外")),
            Column::number(language.say("bank", "存款")),
            Column::number(language.say("left", "可用")),
        ]);
        for fund in &self.funds.funds {
            let total = &fund.total;
            // Lent to borrowers, advanced to banks, or paid to banks in the place of borrowers.
            let out = total.lent + total.advanced + total.compensated;
            let amounts = [total.received, total.spent, out, total.bank, total.left];
            table.row([fund.fund.to_string()].into_iter().chain(amounts.map(yuan)));
        }
        let more = language.say(
            "out: lent, advanced, paid to banks for borrowers; by source and purpose: `almoner funds`",
            "在外：在贷、预拨及代偿；按来源和用途：`almoner funds`",
        );
        format!("{table}\n\n{more}\n")
    }

    fn refusals(&self, language: Language) -> String {
        let mut text = String::new();
        for refused in &self.refused {
            text.push_str(&wrapped(language.say(&refused.about.en, &refused.about.zh), "", "  "));
            let outcome = match (&refused.outcome, language) {
                (Err(refusal), _) => format!("[{}] {}", refusal.code(), language.refusal(refusal)),
                (Ok(receipt), Language::En) => {
                    format!("recorded at {}, which must not happen", receipt.first)
                }
                (Ok(receipt), Language::Zh) => format!("已记录于 {}，本不应发生", receipt.first),
            };
            for line in outcome.lines() {
                text.push_str(&wrapped(line, "    ", "      "));
            }
            if !refused.is_as_expected() {
                let expected = language.say("expected: ", "应为：");
                text.push_str(&format!("    {expected}{}\n", refused.expected));
            }
        }
        text
    }

    fn audit(&self, language: Language) -> String {
        let mut text = audit::verify::text(&self.verdict, language);
        text.push_str(&match (&self.trial_balance, language) {
            (Ok(sum), Language::En) => {
                format!("  replayed from nothing, all accounts sum to {sum}\n")
            }
            (Ok(sum), Language::Zh) => format!("  从零重放，全部科目合计 {sum}\n"),
            (Err(error), _) => format!("  {error}\n"),
        });
        if let Some(checkpoint) = &self.verdict.checkpoint {
            let told = language.say("the signed checkpoint:", "签名检查点：");
            text.push_str(&format!("  {told}\n\n{}\n", checkpoint.trim_end()));
        }
        text
    }

    fn further(&self, settings: &Settings) -> String {
        // Written so that each line can be copied as it stands.
        let store = format!("--store {}", settings.store);
        let mut text = String::new();
        for command in [
            "funds zhumadian-discount --as-of 2002-12-31",
            "arrears --as-of 2004-12-31",
            "loan ZZ-D-0001",
            "premiums --as-of 2002-12-31",
            "mortgages --as-of 2002-12-31 --all",
            "wages --as-of 2002-12-31",
            "certificates",
            "journal --fund zhengzhou-assistance --limit 10",
            "trial-balance",
            "audit verify",
            "audit export almoner-demo-bundle --format hledger",
        ] {
            text.push_str(&format!("  almoner {command} {store}\n"));
        }
        text
    }
}

impl Refused {
    fn is_as_expected(&self) -> bool {
        self.outcome.as_ref().is_err_and(|refusal| refusal.code() == self.expected)
    }
}
