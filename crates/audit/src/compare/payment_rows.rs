//! What the rows of payments and allocations of loans say.

use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::guarantee_fund::compensation::Compensated;
use almoner_domain::id::Id;
use almoner_domain::loan::disbursement::Disbursed;
use almoner_domain::loan::repayment::{Allocation, Repaid};
use almoner_domain::money::Money;

use super::rows::optional;

pub(super) fn disbursement(on: Date, event: &Disbursed, reversed_at: Option<u64>) -> String {
    let Disbursed { loan, amount, guaranteed, annual_rate, .. } = event;
    let (method, maturity) = (event.method.as_str(), last_due(on, event));
    let reversed_at = optional(reversed_at);
    format!(
        "{loan}\tdisbursement\t{on}\t{amount}\t{amount}\t0.00\t0.00\t0.00\t0.00\t{guaranteed}\t0.00\t\t\t{annual_rate}\t{method}\t{maturity}\t{reversed_at}"
    )
}

pub(super) fn last_due(on: Date, event: &Disbursed) -> Date {
    event.instalments.last().map_or(on, |last| last.due_on)
}

pub(super) fn repayment(on: Date, event: &Repaid, reversed_at: Option<u64>) -> String {
    let Repaid { loan, amount, overpaid, guarantee_released, .. } = event;
    let prepaid = event.prepaid.as_ref();
    let (early, early_interest) =
        prepaid.map_or((Money::ZERO, Money::ZERO), |prepaid| (prepaid.principal, prepaid.interest));
    let covered =
        |part: fn(&Allocation) -> Money| event.allocations.iter().map(part).sum::<Money>();
    let principal = covered(|one| one.principal) + early;
    let interest = covered(|one| one.interest) + early_interest;
    let (penalty, reversed_at) = (event.charged().total(), optional(reversed_at));
    format!(
        "{loan}\trepayment\t{on}\t{amount}\t{principal}\t{interest}\t{early}\t{early_interest}\t{overpaid}\t{guarantee_released}\t{penalty}\t\t\t\t\t\t{reversed_at}"
    )
}

pub(super) fn refund(on: Date, loan: &Id, amount: Money, reversed_at: Option<u64>) -> String {
    let reversed_at = optional(reversed_at);
    format!(
        "{loan}\trefund\t{on}\t{amount}\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t\t\t\t\t\t{reversed_at}"
    )
}

pub(super) fn compensation(on: Date, event: &Compensated, reversed_at: Option<u64>) -> String {
    let Compensated { loan, principal, interest, guarantee_released, .. } = event;
    let (amount, reversed_at) = (*principal + *interest, optional(reversed_at));
    format!(
        "{loan}\tcompensation\t{on}\t{amount}\t{principal}\t{interest}\t0.00\t0.00\t0.00\t{guarantee_released}\t0.00\t\t\t\t\t\t{reversed_at}"
    )
}

pub(super) fn recovery(on: Date, loan: &Id, amount: Money, reversed_at: Option<u64>) -> String {
    let reversed_at = optional(reversed_at);
    format!(
        "{loan}\trecovery\t{on}\t{amount}\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t\t\t\t\t\t{reversed_at}"
    )
}

pub(super) fn contract_change(
    on: Date,
    event: &Event,
    loan: &Id,
    reversed_at: Option<u64>,
) -> String {
    let reversed_at = optional(reversed_at);
    let (kind, rate, method, observed) = match event {
        Event::LoanExtended(_) => ("extension", None, None, None),
        Event::LoanRescheduled(event) => {
            let observed = Some((event.class, event.observed_until));
            ("rescheduling", None, Some(event.method), observed)
        }
        Event::LoanRateReset(event) => ("rate_reset", Some(event.rate), None, None),
        _ => return String::new(),
    };
    let (class, until) = observed.unzip();
    let (class, until) = (class.map_or("", |class| class.as_str()), optional(until));
    let (rate, method) = (optional(rate), method.map_or("", |method| method.as_str()));
    let maturity = event.schedule_change().and_then(|change| change.maturity);
    let maturity = optional(maturity.map(|(_, after)| after));
    format!(
        "{loan}\t{kind}\t{on}\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t{class}\t{until}\t{rate}\t{method}\t{maturity}\t{reversed_at}"
    )
}

/// What a charge adds to the penalty that a loan owes; a waiver takes it off.
pub(super) fn penalty_owed(event: &Event) -> Option<(&Id, Money)> {
    match event {
        Event::LoanPenaltyCharged(event) => Some((&event.loan, event.penalty + event.compound)),
        Event::LoanPenaltyWaived(event) => Some((&event.loan, -event.charges.total())),
        _ => None,
    }
}

pub(super) fn penalty(on: Date, loan: &Id, owed: Money, reversed_at: Option<u64>) -> String {
    let reversed_at = optional(reversed_at);
    let (kind, amount) = if owed.is_positive() { ("penalty", owed) } else { ("waiver", -owed) };
    format!(
        "{loan}\t{kind}\t{on}\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t0.00\t{amount}\t\t\t\t\t\t{reversed_at}"
    )
}

pub(super) fn principal(allocations: &[Allocation]) -> Money {
    allocations.iter().map(|one| one.principal).sum()
}

pub(super) fn allocation_key(position: u64, loan: &Id, allocation: &Allocation) -> String {
    format!("{loan}\t{position}\t{}", allocation.number)
}

pub(super) fn allocation(allocation: &Allocation, reversed_at: Option<u64>) -> String {
    let Allocation { principal, interest, .. } = allocation;
    format!("{principal}\t{interest}\t{}", optional(reversed_at))
}
