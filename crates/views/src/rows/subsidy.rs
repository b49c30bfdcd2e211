//! Rows of subsidies, and of what is demanded back of them.

use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::subsidy::demand::Demanded;
use almoner_domain::subsidy::returned::Returned;
use almoner_domain::subsidy::{Cancelled, Grant};

use super::{Changes, Recorded};
use crate::table::{Change, Table, values};

impl Changes<'_> {
    pub(super) fn subsidy_approved(&mut self, record: &Recorded<'_>, grant: &Grant) {
        self.insert(
            Table::Subsidy,
            values![
                self.set,
                record.position,
                grant.subsidy.as_str(),
                grant.batch.as_ref().map(Id::as_str),
                grant.programme.as_str(),
                grant.version,
                grant.beneficiary.to_string(),
                grant.household.to_string(),
                i64::from(grant.year),
                grant.period.as_str(),
                grant.fund.as_str(),
                grant.amount.fen(),
                record.effective_on.day_number(),
            ],
        );
    }

    pub(super) fn subsidy_paid(&mut self, record: &Recorded<'_>, grant: &Grant) {
        self.change(Change::SubsidyPaid, &grant.subsidy, record, []);
    }

    pub(super) fn subsidy_cancelled(&mut self, record: &Recorded<'_>, event: &Cancelled) {
        let sql = "UPDATE subsidy SET cancelled_at = $3 WHERE view_set = $1 AND subsidy = $2
                   AND paid_at IS NULL AND cancelled_at IS NULL";
        let subsidy = event.grant.subsidy.as_str();
        self.statement(record, sql, values![self.set, subsidy, record.position]);
    }

    /// Money of a payment came back, or with a negative amount did not after all.
    pub(super) fn subsidy_returned(
        &mut self,
        record: &Recorded<'_>,
        event: &Returned,
        amount: Money,
    ) {
        let sql = "UPDATE subsidy SET returned = returned + $4
                   WHERE view_set = $1 AND subsidy = $2 AND paid_at = $3";
        let payment = i64::try_from(event.payment).unwrap_or(i64::MAX);
        let values = values![self.set, event.subsidy.as_str(), payment, amount.fen()];
        self.statement(record, sql, values);
    }

    pub(super) fn subsidy_demanded(&mut self, record: &Recorded<'_>, event: &Demanded) {
        let Demanded { payment, subsidy, programme, fund, beneficiary, amount, .. } = event;
        let of = (*payment, subsidy, programme, fund, *beneficiary);
        self.demand(record, "demanded", of, *amount);
    }

    /// What came back may have been demanded, in whole or part.
    pub(super) fn demand_met(&mut self, record: &Recorded<'_>, event: &Returned) {
        let Returned { payment, subsidy, programme, fund, beneficiary, demanded, .. } = event;
        if let Some(demanded) = demanded {
            let of = (*payment, subsidy, programme, fund, *beneficiary);
            self.demand(record, "returned", of, *demanded);
        }
    }

    fn demand(
        &mut self,
        record: &Recorded<'_>,
        kind: &str,
        (payment, subsidy, programme, fund, beneficiary): (u64, &Id, &Id, &Id, Pseudonym),
        amount: Money,
    ) {
        self.insert(
            Table::Demand,
            values![
                self.set,
                record.position,
                kind,
                i64::try_from(payment).unwrap_or(i64::MAX),
                subsidy.as_str(),
                programme.as_str(),
                fund.as_str(),
                beneficiary.to_string(),
                amount.fen(),
                record.effective_on.day_number(),
            ],
        );
    }

    /// The subsidy waits for payment again.
    pub(super) fn reverse_subsidy(&mut self, record: &Recorded<'_>, grant: &Grant, reversed: i64) {
        let sql = "UPDATE subsidy SET paid_on = NULL, paid_at = NULL
                   WHERE view_set = $1 AND subsidy = $2 AND paid_at = $3";
        self.statement(record, sql, values![self.set, grant.subsidy.as_str(), reversed]);
    }
}
