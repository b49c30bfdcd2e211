//! From the events of a command back to the command, so that an auditor can decide it again and hold the
//! outcome against what was recorded (design section 10).

use crate::command::Action;
use crate::event::Event;
use crate::guarantee_fund::{
    self, claim_clock, compensation, counter_guarantee, handling_bank, recovery, reshare,
    settlement, write_off,
};
use crate::interest_discount::{self, ClaimLine};
use crate::loan::{
    application, disbursement, extension, misuse, penalty, rate_reset, repayment, rescheduling,
    waiver,
};
use crate::programme::publish::Publish;
use crate::reversal_entry::Reverse;
use crate::subsidy;
use crate::subsidy_batch::{self, RosterLine};
use crate::{
    allocation_document, asset_mortgage, budget_year, certificate, in_kind, pledge,
    premium_arrears, wage_arrears,
};

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

/// A command whose fields the event repeats.
macro_rules! repeated {
    ($event:ident, $action:ident, $($command:ident)::+ { $($field:ident),* }) => {
        Action::$action($($command)::+ { $($field: Clone::clone(&$event.$field)),* })
    };
}

fn of_one(event: &Event) -> Vec<Action> {
    vec![match event {
        Event::CalendarPublished(event) => Action::CalendarPublish(event.clone()),
        Event::ProgrammePublished(version) => {
            // Its number may have been left to the ledger.
            let numbered = Publish::from(version);
            let left_out = Publish { version: None, ..numbered.clone() };
            let publish = |one| Action::ProgrammePublish(Box::new(one));
            return [numbered, left_out].map(publish).into();
        }
        Event::FundOpened(event) => Action::FundOpen(event.clone()),
        Event::FundPledged(event) => Action::FundPledge(event.clone()),
        Event::FundReceived(event) => Action::FundReceive(event.clone()),
        Event::FundAllocated(event) => Action::FundAllocate(event.clone()),
        Event::LoanApplied(event) => repeated!(
            event,
            LoanApply,
            application::Apply {
                loan,
                programme,
                category,
                borrower,
                bank,
                amount,
                months,
                heads,
                spouse,
                joint_group
            }
        ),
        Event::LoanApproved(event) => {
            repeated!(
                event,
                LoanApprove,
                application::Approve {
                    loan,
                    amount,
                    annual_rate,
                    method,
                    reference_rate,
                    floating
                }
            )
        }
        Event::LoanCancelled(event) => {
            repeated!(event, LoanCancel, application::Cancel { loan, reason })
        }
        Event::LoanDisbursed(event) => {
            repeated!(
                event,
                LoanDisburse,
                disbursement::Disburse { loan, every, first_due_on, settlement_day }
            )
        }
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
            repeated!(event, LoanRefund, repayment::Refund { loan, amount })
        }
        Event::GuaranteeCommitted(event) => {
            repeated!(event, GuaranteeCommit, guarantee_fund::Commit { loan })
        }
        Event::DiscountApproved(event) => {
            repeated!(event, DiscountApprove, interest_discount::Approve { claim })
        }
        Event::DiscountRejected(event) => {
            repeated!(event, DiscountReject, interest_discount::Reject { claim, reason })
        }
        Event::DiscountPaid(event) => {
            repeated!(event, DiscountPay, interest_discount::Pay { claim })
        }
        Event::SubsidyApproved(event) => repeated!(
            event,
            SubsidyApprove,
            subsidy::Approve {
                subsidy,
                programme,
                beneficiary,
                household,
                period,
                amount,
                cost,
                months
            }
        ),
        Event::SubsidyPaid(event) => {
            Action::SubsidyPay(subsidy::Pay { subsidy: event.grant.subsidy.clone() })
        }
        Event::SubsidyCancelled(event) => Action::SubsidyCancel(subsidy::Cancel {
            subsidy: event.grant.subsidy.clone(),
            reason: event.reason.clone(),
        }),
        Event::SubsidyDemanded(event) => repeated!(
            event,
            SubsidyDemand,
            subsidy::demand::Demand { payment, amount, reason, document }
        ),
        Event::SubsidyReturned(event) => {
            repeated!(event, SubsidyReturn, subsidy::returned::Return { payment, amount, reason })
        }
        Event::ReversalRecorded(event) => {
            repeated!(event, Reverse, Reverse { position, reason, document })
        }
        Event::GuaranteeCompensated(event) => {
            repeated!(
                event,
                GuaranteeCompensate,
                compensation::Compensate { loan, principal, interest, document }
            )
        }
        Event::GuaranteeRecovered(event) => repeated!(
            event,
            GuaranteeRecover,
            recovery::Recover { loan, payer, holder, amount, costs, document }
        ),
        Event::GuaranteeSettled(event) => repeated!(
            event,
            GuaranteeSettle,
            settlement::Settle { loan, party, direction, amount, document }
        ),
        Event::GuaranteeWrittenOff(event) => {
            repeated!(event, GuaranteeWriteOff, write_off::WriteOff { loan, ground, document })
        }
        Event::GuaranteeReshareClaimed(event) => {
            repeated!(event, GuaranteeClaimReshare, reshare::ClaimReshare { loan, document })
        }
        Event::GuaranteeReshareReceived(event) => {
            repeated!(
                event,
                GuaranteeReceiveReshare,
                reshare::ReceiveReshare { loan, source, amount, document }
            )
        }
        Event::GuaranteeDemanded(event) => {
            repeated!(event, GuaranteeDemand, claim_clock::Demand { loan, document })
        }
        Event::GuaranteeBankResumed(event) => {
            repeated!(
                event,
                GuaranteeResumeBank,
                handling_bank::ResumeBank { programme, bank, document }
            )
        }
        Event::CounterGuaranteeRegistered(event) => {
            repeated!(
                event,
                CounterGuaranteeRegister,
                counter_guarantee::Register {
                    loan,
                    counter_guarantee,
                    kind,
                    guarantors,
                    value,
                    registration,
                    document
                }
            )
        }
        Event::CounterGuaranteeReleased(event) => {
            repeated!(
                event,
                CounterGuaranteeRelease,
                counter_guarantee::Release { loan, counter_guarantee, value, document }
            )
        }
        Event::CounterGuaranteeWaived(event) => Action::CounterGuaranteeWaive(event.clone()),
        Event::PremiumAssessed(event) => {
            repeated!(
                event,
                PremiumAssess,
                premium_arrears::Assess {
                    programme,
                    enterprise,
                    insurance,
                    month,
                    amount,
                    due_on,
                    document
                }
            )
        }
        Event::PremiumPaid(event) => Action::PremiumPay(premium_arrears::payment::Pay {
            programme: event.settlement.programme.clone(),
            enterprise: event.settlement.enterprise,
            amount: event.amount,
            named: event.named.clone(),
            document: event.document.clone(),
        }),
        Event::MortgageRegistered(event) => {
            repeated!(
                event,
                MortgageRegister,
                asset_mortgage::Register {
                    mortgage,
                    programme,
                    enterprise,
                    items,
                    expires_on,
                    document
                }
            )
        }
        Event::MortgageReleased(event) => {
            repeated!(event, MortgageRelease, asset_mortgage::Release { mortgage, item, document })
        }
        Event::MortgageAuctioned(event) => {
            repeated!(
                event,
                MortgageAuction,
                asset_mortgage::Auction { mortgage, item, proceeds, document }
            )
        }
        Event::WagesFiled(event) => repeated!(
            event,
            WagesFile,
            wage_arrears::File { case, employer, claims, total, document }
        ),
        Event::WagesCoordinated(event) => Action::WagesCoordinate(event.clone()),
        Event::WagesRecovered(event) => Action::WagesRecover(event.clone()),
        Event::WagesPaid(event) => Action::WagesPay(event.clone()),
        Event::CertificateQuotaSet(event) => Action::CertificateSetQuota(event.clone()),
        Event::CertificateIssued(event) => Action::CertificateIssue(event.clone()),
        Event::CertificateUsed(event) => {
            repeated!(event, CertificateUse, certificate::Use { certificate, purpose, document })
        }
        Event::CertificateWithdrawn(event) => {
            repeated!(event, CertificateWithdraw, certificate::Withdraw { certificate, reason })
        }
        Event::ReliefRecorded(event) => Action::ReliefRecord(event.clone()),
        Event::DiscountReturned(event) => {
            repeated!(event, DiscountReturn, interest_discount::Return { line, amount, reason })
        }
        Event::DiscountAdvanced(event) => repeated!(
            event,
            DiscountAdvance,
            interest_discount::Advance { advance, programme, fund, bank, year, amount, document }
        ),
        Event::DiscountSettled(event) => Action::DiscountSettle(interest_discount::Settle {
            advance: event.advance.clone(),
            claims: event.claims.iter().map(|settled| settled.claim.clone()).collect(),
            document: event.document.clone(),
        }),
        Event::UpperTierReceived(event) => Action::UpperTierReceive(event.clone()),
        Event::ParameterPublished(event) => Action::ParameterPublish(event.clone()),
        Event::BudgetYearOpened(event) => Action::BudgetYearOpen(event.clone()),
        Event::DiscountFileReceived(event) => repeated!(
            event,
            DiscountReceiveFile,
            interest_discount::ReceiveFile {
                claim,
                programme,
                bank,
                digest,
                lines,
                total,
                document
            }
        ),
        Event::BudgetYearClosed(event) => Action::BudgetYearClose(budget_year::Close {
            year: event.year,
            document: event.document.clone(),
        }),
        Event::AllocationRegistered(event) => Action::AllocationRegister(event.clone()),
        Event::AllocationCarried(event) => repeated!(
            event,
            AllocationCarry,
            allocation_document::Carry { fund, allocation, year, amount, document }
        ),
        Event::SurplusReturned(event) => repeated!(
            event,
            SurplusReturn,
            allocation_document::ReturnSurplus { fund, allocation, amount, document }
        ),
        Event::MatchingRequired(event) => Action::MatchingRequire(event.clone()),
        Event::PledgeWithdrawn(event) => {
            repeated!(event, PledgeWithdraw, pledge::Withdraw { fund, pledge, reason, document })
        }
        Event::BatchNoticed(event) => repeated!(
            event,
            BatchPostNotice,
            subsidy_batch::notice::PostNotice { batch, from, to, document }
        ),
        Event::SubsidyReissued(event) => {
            repeated!(event, SubsidyReissue, subsidy::reissue::Reissue { payment })
        }
        Event::InKindReceived(event) => Action::InKindReceive(event.clone()),
        Event::InKindHandedOut(event) => repeated!(
            event,
            InKindHandOut,
            in_kind::HandOut { fund, gift, beneficiary, quantity, document }
        ),
        Event::LoanExtended(event) => repeated!(
            event,
            LoanExtend,
            extension::Extend { loan, months, every, consent, document }
        ),
        Event::LoanRescheduled(event) => repeated!(
            event,
            LoanReschedule,
            rescheduling::Reschedule {
                loan,
                method,
                months,
                every,
                first_due_on,
                consent,
                document
            }
        ),
        Event::LoanPenaltyCharged(event) => {
            repeated!(event, LoanChargePenalty, penalty::ChargePenalty { loan })
        }
        Event::LoanMisused(event) => {
            repeated!(event, LoanRecordMisuse, misuse::RecordMisuse { loan, from, document })
        }
        Event::LoanRateReset(event) => {
            repeated!(event, LoanResetRate, rate_reset::ResetRate { loan, reference_rate })
        }
        Event::LoanPenaltyWaived(event) => {
            repeated!(event, LoanWaivePenalty, waiver::WaivePenalty { loan, charges, document })
        }
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
            cost: grant.cost,
            months: grant.months,
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
        made_by: approved.made_by.clone(),
    }))
}
