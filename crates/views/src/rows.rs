//! From one event to its rows: pure, so that it is the same on every machine and engine (P6).
//!
//! The rows of many events are written together. Within a [`Group`] new rows are written first, then
//! the changes for many rows at once; these commute, so their order does not matter. What changes rows
//! in any other way is a [`Step::Statement`] of its own. It depends on earlier events of the same subject
//! only, so it is enough to write first what waits for that subject; where it depends on others, all that waits is
//! written first.

mod certificate;
mod contract;
mod discount;
mod fund;
mod loan;
mod mortgage;
mod premium;
mod reversal;
mod subsidy;
mod wage;

use std::collections::{BTreeMap, HashSet};

use almoner_domain::account::{Account, Pot};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::{Id, Text};
use almoner_domain::money::Money;
use almoner_log::Value;

use crate::balances::Balances;
use crate::table::{Change, Table, values};

/// An event, and what its record says about it.
#[derive(Clone, Debug)]
pub(crate) struct Recorded<'a> {
    pub position: i64,
    pub effective_on: Date,
    /// Milliseconds since 1970.
    pub time: i64,
    pub subject: &'a str,
    pub actor: &'a str,
    pub event: Event,
}

/// What is to be written, in order.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Group(Group),
    Statement(&'static str, Vec<Value>),
}

/// Rows and changes that may be written in any order, but new rows first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// New rows, one after the other.
    pub new: BTreeMap<Table, Vec<Value>>,
    /// Changes that set values.
    pub set: BTreeMap<Change, Vec<Value>>,
    /// By number: what is added to a balance, and what the number stands for.
    pub balances: BTreeMap<i64, (Account, Pot, Money)>,
    /// By loan: what is added to what is open.
    pub loans_open: BTreeMap<Id, LoanOpen>,
    /// By loan and number: what is added to open principal and interest.
    pub instalments_open: BTreeMap<(Id, u16), (Money, Money)>,
    subjects: HashSet<String>,
}

/// What is added to what is open of a loan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LoanOpen {
    pub principal: Money,
    pub interest: Money,
    pub overpaid: Money,
    pub penalty: Money,
    /// Principal that a guarantee fund paid to the bank and that is not recovered.
    pub compensated: Money,
}

/// Collects what a run of events has to write.
#[derive(Debug)]
pub(crate) struct Changes<'a> {
    set: i64,
    balances: &'a mut Balances,
    steps: Vec<Step>,
    group: Group,
}

impl<'a> Changes<'a> {
    pub fn new(set: i64, balances: &'a mut Balances) -> Self {
        Self { set, balances, steps: Vec::new(), group: Group::default() }
    }

    /// Adds what one event has to write.
    pub fn add(&mut self, record: &Recorded<'_>) {
        self.add_event(record);
        self.add_entry(record);
        match &record.event {
            Event::ProgrammePublished(event) => self.programme_published(record, event),
            Event::FundOpened(event) => self.fund_opened(record, event),
            Event::FundPledged(event) => self.fund_pledged(record, event),
            Event::FundReceived(event) => self.fund_received(record, event),
            Event::LoanApplied(event) => self.loan_applied(record, event),
            Event::LoanApproved(event) => self.loan_approved(record, event),
            Event::LoanCancelled(event) => self.loan_cancelled(record, event),
            Event::LoanDisbursed(event) => self.loan_disbursed(record, event),
            Event::LoanRepaid(event) => self.loan_repaid(record, event),
            Event::LoanRefunded(event) => self.loan_refunded(record, event),
            Event::LoanExtended(_) => self.schedule_changed(record, "extension"),
            Event::LoanRescheduled(_) => self.schedule_changed(record, "rescheduling"),
            Event::LoanRateReset(_) => self.schedule_changed(record, "rate_reset"),
            Event::LoanPenaltyCharged(event) => self.penalty_charged(record, event),
            Event::LoanPenaltyWaived(event) => self.penalty_waived(record, event),
            Event::GuaranteeCommitted(event) => self.guarantee_committed(record, event),
            Event::DiscountClaimed(event) => self.discount_claimed(record, event),
            Event::DiscountFiled(event) => self.discount_filed(record, event),
            Event::DiscountApproved(event) => self.claim_step(record, &event.claim, "approved"),
            Event::DiscountRejected(event) => self.claim_step(record, &event.claim, "rejected"),
            Event::DiscountPaid(event) => self.claim_step(record, &event.claim, "paid"),
            Event::SubsidyApproved(grant) => self.subsidy_approved(record, grant),
            Event::SubsidyPaid(paid) => self.subsidy_paid(record, &paid.grant),
            Event::SubsidyCancelled(event) => self.subsidy_cancelled(record, event),
            Event::SubsidyReturned(event) => {
                self.subsidy_returned(record, event, event.amount);
                self.demand_met(record, event);
            }
            Event::SubsidyDemanded(event) => self.subsidy_demanded(record, event),
            Event::ReversalRecorded(event) => self.reversal_recorded(record, event),
            Event::GuaranteeCompensated(event) => self.loan_compensated(record, event),
            Event::GuaranteeRecovered(event) => self.loan_recovered(record, event),
            Event::DiscountSettled(event) => self.discount_settled(record, event),
            Event::DiscountReturned(event) => self.discount_returned(record, event),
            Event::AllocationRegistered(event) => self.allocation_registered(record, event),
            Event::MatchingRequired(event) => self.matching_required(record, event),
            Event::PledgeWithdrawn(event) => self.pledge_withdrawn(record, event),
            Event::AllocationCarried(event) => self.allocation_carried(record, event),
            Event::SurplusReturned(event) => self.surplus_returned(record, event),
            Event::PremiumAssessed(event) => self.premium_assessed(record, event),
            Event::PremiumPaid(event) => self.premium_settled(record, "paid", &event.settlement),
            Event::MortgageRegistered(event) => self.mortgage_registered(record, event),
            Event::MortgageReleased(event) => self.mortgage_released(record, event),
            Event::MortgageAuctioned(event) => self.mortgage_auctioned(record, event),
            Event::WagesFiled(event) => self.wages_filed(record, event),
            Event::WagesCoordinated(event) => self.wages_coordinated(record, event),
            Event::WagesRecovered(event) => self.wages_recovered(record, event),
            Event::WagesPaid(event) => self.wages_paid(record, event),
            Event::CertificateQuotaSet(event) => self.certificates_due(record, event),
            Event::CertificateIssued(event) => self.certificate_issued(record, event),
            Event::CertificateUsed(event) => self.certificate_used(record, event),
            Event::CertificateWithdrawn(event) => self.certificate_withdrawn(record, event),
            Event::SubsidyReissued(event) => self.subsidy_approved(record, &event.grant),
            // These are rows of `event`, and what they move is entries.
            Event::CalendarPublished(_)
            | Event::LoanMisused(_)
            | Event::DiscountAdvanced(_)
            | Event::UpperTierReceived(_)
            | Event::FundAllocated(_)
            | Event::BatchApproved(_)
            | Event::BatchPaid(_)
            | Event::GuaranteeSettled(_)
            | Event::GuaranteeWrittenOff(_)
            | Event::GuaranteeReshareClaimed(_)
            | Event::GuaranteeReshareReceived(_)
            | Event::GuaranteeDemanded(_)
            | Event::GuaranteeBankResumed(_)
            | Event::CounterGuaranteeRegistered(_)
            | Event::CounterGuaranteeReleased(_)
            | Event::CounterGuaranteeWaived(_)
            | Event::ReliefRecorded(_)
            | Event::ParameterPublished(_)
            | Event::BudgetYearOpened(_)
            | Event::BudgetYearClosed(_)
            | Event::DiscountFileReceived(_)
            | Event::BatchNoticed(_)
            | Event::InKindReceived(_)
            | Event::InKindHandedOut(_) => {}
        }
        self.group.subjects.insert(record.subject.to_owned());
    }

    /// Everything collected, in order.
    pub fn finish(mut self) -> Vec<Step> {
        self.close_group();
        self.steps
    }

    fn add_event(&mut self, record: &Recorded<'_>) {
        let (document, reason) = record.event.document_and_reason();
        let reverses = match &record.event {
            Event::ReversalRecorded(event) => {
                Some(i64::try_from(event.position).unwrap_or(i64::MAX))
            }
            _ => None,
        };
        self.insert(
            Table::Event,
            values![
                self.set,
                record.position,
                record.effective_on.day_number(),
                record.time,
                record.event.kind(),
                record.subject,
                record.actor,
                document.map(Text::as_str),
                reason.map(Text::as_str),
                reverses,
            ],
        );
    }

    fn add_entry(&mut self, record: &Recorded<'_>) {
        for (line, posting) in (1_i64..).zip(record.event.entry().postings()) {
            let number = self.balances.number(posting.account, &posting.pot);
            self.insert(
                Table::Entry,
                values![
                    self.set,
                    record.position,
                    line,
                    record.effective_on.day_number(),
                    number,
                    posting.amount.fen(),
                ],
            );
            let added = self
                .group
                .balances
                .entry(number)
                .or_insert_with(|| (posting.account, posting.pot.clone(), Money::ZERO));
            added.2 += posting.amount;
        }
    }

    fn insert<const N: usize>(&mut self, table: Table, row: [Value; N]) {
        self.group.new.entry(table).or_default().extend(row);
    }

    /// A change of the row with a name: what happened to it, when, and what the event says besides.
    fn change<const N: usize>(
        &mut self,
        change: Change,
        name: &Id,
        record: &Recorded<'_>,
        besides: [Value; N],
    ) {
        let day = record.effective_on.day_number();
        let row = values![self.set, name.as_str(), day, record.position];
        self.group.set.entry(change).or_default().extend(row.into_iter().chain(besides));
    }

    /// A statement that reads or changes rows of the record's subject.
    fn statement<const N: usize>(
        &mut self,
        record: &Recorded<'_>,
        sql: &'static str,
        values: [Value; N],
    ) {
        if self.group.subjects.contains(record.subject) {
            self.close_group();
        }
        self.steps.push(Step::Statement(sql, values.into()));
    }

    fn close_group(&mut self) {
        self.steps.push(Step::Group(std::mem::take(&mut self.group)));
    }
}

/// The plain name of a kind, as events write it.
fn word(kind: &impl serde::Serialize) -> String {
    // Writing a kind without fields has nothing that can fail.
    let written = serde_json::to_value(kind).ok();
    written.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned()
}
