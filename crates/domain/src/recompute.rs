//! From the events of a command back to the command, so that an auditor can decide it again and hold the
//! outcome against what was recorded (design section 10).

use crate::command::Action;
use crate::event::Event;
use crate::interest_discount::{self, ClaimLine};
use crate::loan::{application, disbursement, repayment};
use crate::reversal_entry::Reverse;
use crate::subsidy_batch::{self, RosterLine};
use crate::{guarantee_fund, subsidy};

/// The commands that can have led to these events, in the order of their records. There is one for almost
/// all; what a borrower wanted done with money beyond what was due leaves no trace where there was none.
/// None where the events are not those of one command.
#[must_use]
pub fn commands_of(events: &[Event]) -> Vec<Action> {
    let Some((last, lines)) = events.split_last() else { return Vec::new() };
    let stands_alone = match last {
        Event::DiscountFiled(filed) => return claim(filed, lines).into_iter().collect(),
        Event::BatchApproved(approved) => return roster(approved, lines).into_iter().collect(),
        Event::BatchPaid(paid) => {
            let all = lines.iter().all(|line| matches!(line, Event::SubsidyPaid(_)));
            let pay = subsidy_batch::Pay {
                batch: paid.batch.clone(),
                total: paid.total,
                document: paid.document.clone(),
            };
            return all.then_some(Action::BatchPay(pay)).into_iter().collect();
        }
        alone => alone,
    };
    if lines.is_empty() { of_one(stands_alone) } else { Vec::new() }
}

fn of_one(event: &Event) -> Vec<Action> {
    vec![match event {
        Event::CalendarPublished(event) => Action::CalendarPublish(event.clone()),
        Event::ProgrammePublished(event) => Action::ProgrammePublish(Box::new(event.clone())),
        Event::FundOpened(event) => Action::FundOpen(event.clone()),
        Event::FundPledged(event) => Action::FundPledge(event.clone()),
        Event::FundReceived(event) => Action::FundReceive(event.clone()),
        Event::FundAllocated(event) => Action::FundAllocate(event.clone()),
        Event::LoanApplied(event) => Action::LoanApply(application::Apply {
            loan: event.loan.clone(),
            programme: event.programme.clone(),
            category: event.category.clone(),
            borrower: event.borrower,
            bank: event.bank.clone(),
            amount: event.amount,
            months: event.months,
        }),
        Event::LoanApproved(event) => Action::LoanApprove(application::Approve {
            loan: event.loan.clone(),
            amount: event.amount,
            annual_rate: event.annual_rate,
            method: event.method,
        }),
        Event::LoanCancelled(event) => Action::LoanCancel(application::Cancel {
            loan: event.loan.clone(),
            reason: event.reason.clone(),
        }),
        Event::LoanDisbursed(event) => Action::LoanDisburse(disbursement::Disburse {
            loan: event.loan.clone(),
            every: event.every,
            first_due_on: event.first_due_on,
        }),
        Event::LoanRepaid(event) => {
            let repay = |surplus| {
                let (loan, amount) = (event.loan.clone(), event.amount);
                Action::LoanRepay(repayment::Repay { loan, amount, surplus })
            };
            return [repayment::Surplus::NextInstalments, repayment::Surplus::Prepay]
                .map(repay)
                .into();
        }
        Event::LoanRefunded(event) => {
            Action::LoanRefund(repayment::Refund { loan: event.loan.clone(), amount: event.amount })
        }
        Event::GuaranteeCommitted(event) => {
            Action::GuaranteeCommit(guarantee_fund::Commit { loan: event.loan.clone() })
        }
        Event::DiscountApproved(event) => {
            Action::DiscountApprove(interest_discount::Approve { claim: event.claim.clone() })
        }
        Event::DiscountRejected(event) => Action::DiscountReject(interest_discount::Reject {
            claim: event.claim.clone(),
            reason: event.reason.clone(),
        }),
        Event::DiscountPaid(event) => {
            Action::DiscountPay(interest_discount::Pay { claim: event.claim.clone() })
        }
        Event::SubsidyApproved(grant) => Action::SubsidyApprove(subsidy::Approve {
            subsidy: grant.subsidy.clone(),
            programme: grant.programme.clone(),
            beneficiary: grant.beneficiary,
            household: grant.household,
            period: grant.period.clone(),
            amount: grant.amount,
        }),
        Event::SubsidyPaid(grant) => {
            Action::SubsidyPay(subsidy::Pay { subsidy: grant.subsidy.clone() })
        }
        Event::SubsidyCancelled(event) => Action::SubsidyCancel(subsidy::Cancel {
            subsidy: event.grant.subsidy.clone(),
            reason: event.reason.clone(),
        }),
        Event::SubsidyReturned(event) => Action::SubsidyReturn(subsidy::Return {
            payment: event.payment,
            amount: event.amount,
            reason: event.reason.clone(),
        }),
        Event::ReversalRecorded(event) => Action::Reverse(Reverse {
            position: event.position,
            reason: event.reason.clone(),
            document: event.document.clone(),
        }),
        // Lines and heads of lists do not stand alone.
        Event::DiscountClaimed(_)
        | Event::DiscountFiled(_)
        | Event::BatchApproved(_)
        | Event::BatchPaid(_) => return Vec::new(),
    }]
}

fn claim(filed: &interest_discount::Filed, lines: &[Event]) -> Option<Action> {
    let mut period = None;
    let mut read = Vec::with_capacity(lines.len());
    for line in lines {
        let Event::DiscountClaimed(line) = line else { return None };
        period = Some((line.from, line.to));
        read.push(ClaimLine {
            loan: line.loan.clone(),
            interest: line.interest,
            discount: line.discount,
        });
    }
    let (from, to) = period?;
    Some(Action::DiscountClaim(interest_discount::Claim {
        claim: filed.claim.clone(),
        programme: filed.programme.clone(),
        bank: filed.bank.clone(),
        from,
        to,
        lines: read,
        total: filed.total,
        document: filed.document.clone(),
    }))
}

fn roster(approved: &subsidy_batch::Approved, lines: &[Event]) -> Option<Action> {
    let line = |line: &Event| match line {
        Event::SubsidyApproved(grant) => Some(RosterLine {
            beneficiary: grant.beneficiary,
            household: grant.household,
            amount: grant.amount,
        }),
        _ => None,
    };
    Some(Action::BatchApprove(subsidy_batch::Approve {
        batch: approved.batch.clone(),
        programme: approved.programme.clone(),
        period: approved.period.clone(),
        lines: lines.iter().map(line).collect::<Option<_>>()?,
        total: approved.total,
        document: approved.document.clone(),
    }))
}
