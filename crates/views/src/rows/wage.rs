//! Rows of wage arrears: what workers claim, what comes from the employer, what they are paid.

use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::wage_arrears::{Coordinated, Filed, Paid, Recovered};

use super::{Changes, Recorded};
use crate::table::{Table, values};

impl Changes<'_> {
    pub(super) fn wages_filed(&mut self, record: &Recorded<'_>, event: &Filed) {
        for (line, claim) in (1_i64..).zip(&event.claims) {
            let (employer, worker) = (Some(event.employer), Some(claim.worker));
            self.wage(record, line, "filed", &event.case, employer, worker, claim.amount);
        }
    }

    pub(super) fn wages_coordinated(&mut self, record: &Recorded<'_>, event: &Coordinated) {
        self.wage(record, 1, "coordinated", &event.case, None, None, Money::ZERO);
    }

    pub(super) fn wages_recovered(&mut self, record: &Recorded<'_>, event: &Recovered) {
        self.wage(record, 1, "recovered", &event.case, None, None, event.amount);
    }

    pub(super) fn wages_paid(&mut self, record: &Recorded<'_>, event: &Paid) {
        for (line, wage) in (1_i64..).zip(&event.wages) {
            self.wage(record, line, "paid", &event.case, None, Some(wage.worker), wage.amount);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the columns of a row")]
    fn wage(
        &mut self,
        record: &Recorded<'_>,
        line: i64,
        kind: &str,
        case: &Id,
        employer: Option<Pseudonym>,
        worker: Option<Pseudonym>,
        amount: Money,
    ) {
        self.insert(
            Table::Wage,
            values![
                self.set,
                record.position,
                line,
                kind,
                case.as_str(),
                employer.map(|employer| employer.to_string()),
                worker.map(|worker| worker.to_string()),
                amount.fen(),
                record.effective_on.day_number(),
            ],
        );
    }
}
