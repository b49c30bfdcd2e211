//! What the rows of subsidies must be.

use std::collections::BTreeMap;

use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_domain::subsidy::Grant;

use super::Tally;
use super::rows::optional;

/// Every subsidy by its name, which no other ever has: one row for its approval, and one for each time that it
/// was made again.
#[derive(Debug, Default)]
pub(super) struct SubsidyRows(BTreeMap<Id, Vec<SubsidyRow>>);

#[derive(Debug)]
struct SubsidyRow {
    /// What the approval says, already in the row's form.
    approved: String,
    approved_at: u64,
    paid: Option<(Date, u64)>,
    cancelled_at: Option<u64>,
    returned: Money,
}

impl SubsidyRows {
    pub(super) fn take_in(&mut self, position: u64, on: Date, event: &Event) {
        match event {
            Event::SubsidyApproved(grant) => self.wait(position, on, grant),
            Event::SubsidyReissued(event) => self.wait(position, on, &event.grant),
            Event::SubsidyPaid(event) => {
                self.change(&event.grant.subsidy, None, |row| row.paid = Some((on, position)));
            }
            Event::SubsidyCancelled(event) => {
                self.change(&event.grant.subsidy, None, |row| row.cancelled_at = Some(position));
            }
            Event::SubsidyReturned(event) => {
                let payment = Some(event.payment);
                self.change(&event.subsidy, payment, |row| row.returned += event.amount);
            }
            Event::ReversalRecorded(reversal) => match &*reversal.original {
                Event::SubsidyPaid(event) => {
                    self.change(&event.grant.subsidy, Some(reversal.position), |row| {
                        row.paid = None
                    });
                }
                Event::SubsidyReturned(event) => {
                    let payment = Some(event.payment);
                    self.change(&event.subsidy, payment, |row| row.returned -= event.amount);
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub(super) fn finish(self, tally: &mut Tally) {
        for row in self.0.into_values().flatten() {
            tally.add("subsidy", &row.approved_at.to_string(), &row.text());
        }
    }

    fn wait(&mut self, position: u64, on: Date, grant: &Grant) {
        let rows = self.0.entry(grant.subsidy.clone()).or_default();
        rows.push(SubsidyRow::of(position, on, grant));
    }

    /// Changes the row with a payment, or the one that waits for payment.
    fn change(&mut self, subsidy: &Id, payment: Option<u64>, change: impl FnOnce(&mut SubsidyRow)) {
        let mut rows = self.0.get_mut(subsidy).into_iter().flatten();
        let found = rows.find(|row| {
            row.paid.map(|(_, position)| position) == payment && row.cancelled_at.is_none()
        });
        if let Some(row) = found {
            change(row);
        }
    }
}

impl SubsidyRow {
    fn of(position: u64, on: Date, grant: &Grant) -> Self {
        let Grant { subsidy, programme, version, beneficiary, household, .. } = grant;
        let Grant { year, period, fund, amount, .. } = grant;
        let batch = optional(grant.batch.as_ref());
        let approved = format!(
            "{subsidy}\t{batch}\t{programme}\t{version}\t{beneficiary}\t{household}\t{year}\t{period}\t{fund}\t{amount}\t{on}"
        );
        let (paid, cancelled_at) = (None, None);
        Self { approved, approved_at: position, paid, cancelled_at, returned: Money::ZERO }
    }

    fn text(&self) -> String {
        let stage = match (self.cancelled_at, self.paid) {
            (Some(_), _) => "cancelled",
            (None, Some(_)) => "paid",
            (None, None) => "approved",
        };
        let (paid_on, paid_at) = self.paid.unzip();
        format!(
            "{}\t{}\t{}\t{}\t{}\t{stage}",
            self.approved,
            optional(paid_on),
            optional(paid_at),
            optional(self.cancelled_at),
            self.returned
        )
    }
}
