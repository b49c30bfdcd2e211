//! Premium arrears of an enterprise, derived from what it owed and paid: assessed month by month, paid.

use almoner_domain::command::Action;
use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_domain::premium_arrears::payment::Pay;
use almoner_domain::premium_arrears::{Assess, Insurance};
use serde::Deserialize;

use super::derived::{Amounts, Labelled};
use super::steps::{Step, What};

/// What one enterprise owes, a line a month.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PremiumLines {
    programme: Id,
    /// Its name in keys.
    key: String,
    /// Its pseudonym.
    enterprise: Labelled,
    insurance: Insurance,
    /// What is assessed for each month.
    amounts: Amounts,
    /// The last day of the first month.
    from: Date,
    /// What it pays.
    #[serde(default)]
    paid: Vec<Payment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payment {
    on: Date,
    amount: Money,
}

impl PremiumLines {
    /// The assessments, each on the last day of its month, and the payments.
    pub fn steps(&self, place: &str) -> anyhow::Result<Vec<Step>> {
        let key = |what: &str| format!("demo-{place}-premium-{}-{what}", self.key);
        let amounts = self.amounts.split(&format!("{place}/premiums/{}", self.key))?;
        let mut steps = Vec::new();
        for (months, amount) in (0..).zip(amounts) {
            let due_on = self.from.plus_months(months);
            let month = format!("{:04}-{:02}", due_on.year(), due_on.month());
            let assess = Assess {
                programme: self.programme.clone(),
                enterprise: self.enterprise.0,
                insurance: self.insurance,
                month: month.parse()?,
                amount,
                due_on,
                document: format!("derived: premium of {month} that was not paid").parse()?,
            };
            let what = What::Command(Action::PremiumAssess(assess));
            steps.push(Step { key: key(&month), on: due_on, what });
        }
        for payment in &self.paid {
            let pay = Pay {
                programme: self.programme.clone(),
                enterprise: self.enterprise.0,
                amount: payment.amount,
                named: None,
                document: "derived: receipt for premiums in arrears".parse()?,
            };
            let what = What::Command(Action::PremiumPay(pay));
            steps.push(Step { key: key(&format!("pay-{}", payment.on)), on: payment.on, what });
        }
        Ok(steps)
    }
}
