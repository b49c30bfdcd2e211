//! Wage cases derived from how many workers got how much: filed, coordinated, recovered, paid out.

use almoner_domain::command::Action;
use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_domain::wage_arrears::{Coordinated, File, Paid, Recovered, Wage};
use anyhow::Context;
use serde::Deserialize;

use super::derived::{Amounts, pseudonym};
use super::steps::{Step, What};

/// Cases whose workers claim so much together; the workers are spread evenly over them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WageCases {
    /// What their names begin with.
    prefix: String,
    /// How many.
    cases: u32,
    /// How many of them are coordinated; the others go their way without an agreement.
    #[serde(default)]
    coordinated: u32,
    /// What the workers claim.
    amounts: Amounts,
    /// The day of the first.
    from: Date,
    /// On how many days from then on they are filed.
    #[serde(default = "one")]
    days: u32,
    /// So many days after filing everything is recovered and, a week later, paid; never when absent.
    #[serde(default)]
    recovered_after: Option<i32>,
    /// What the claims are for.
    about: String,
}

const fn one() -> u32 {
    1
}

const WEEK: i32 = 7;

impl WageCases {
    /// What happens with the cases.
    pub fn steps(&self, place: &str) -> anyhow::Result<Vec<Step>> {
        let label = format!("{place}/wages/{}", self.prefix);
        let amounts = self.amounts.split(&label)?;
        let workers = u64::from(self.amounts.lines);
        let mut steps = Vec::new();
        for case in 0..self.cases {
            let bound =
                |case: u32| usize::try_from(u64::from(case) * workers / u64::from(self.cases));
            let (first, last) = (bound(case)?, bound(case + 1)?);
            let wage = |(number, amount): (u32, _)| Wage {
                worker: pseudonym(&format!("{label}/worker"), number),
                amount,
            };
            let amounts = amounts.get(first..last).context("a case has no workers")?;
            let wages = (u32::try_from(first)? + 1..).zip(amounts.iter().copied()).map(wage);
            let later = u64::from(case) * u64::from(self.days) / u64::from(self.cases);
            let filed_on = self.from.plus_days(i32::try_from(later)?);
            self.case(place, case + 1, wages.collect(), filed_on, &mut steps)?;
        }
        Ok(steps)
    }

    fn case(
        &self,
        place: &str,
        number: u32,
        wages: Vec<Wage>,
        filed_on: Date,
        steps: &mut Vec<Step>,
    ) -> anyhow::Result<()> {
        let case: Id = format!("{}-{number:02}", self.prefix).parse()?;
        let total = wages.iter().map(|wage| wage.amount).sum();
        let mut push = |what: &str, on, action| {
            let key = format!("demo-{place}-wages-{case}-{what}");
            steps.push(Step { key, on, what: What::Command(action) });
        };
        let file = File {
            case: case.clone(),
            employer: pseudonym(&format!("{place}/wages/{}/employer", self.prefix), number),
            claims: wages.clone(),
            total,
            document: format!("derived: {}", self.about).parse()?,
        };
        push("file", filed_on, Action::WagesFile(file));
        if number <= self.coordinated {
            let document = "derived: agreement of employer and workers".parse()?;
            let coordinated = Coordinated { case: case.clone(), document };
            push("coordinate", filed_on.plus_days(WEEK), Action::WagesCoordinate(coordinated));
        }
        if let Some(days) = self.recovered_after {
            let document = "derived: receipt for the employer".parse()?;
            let recovered = Recovered { case: case.clone(), amount: total, document };
            push("recover", filed_on.plus_days(days), Action::WagesRecover(recovered));
            let document = "derived: list of the workers paid".parse()?;
            let paid = Paid { case: case.clone(), wages, total, document };
            push("pay", filed_on.plus_days(days + WEEK), Action::WagesPay(paid));
        }
        Ok(())
    }
}
