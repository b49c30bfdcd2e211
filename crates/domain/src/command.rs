//! Commands: what is asked for, and the one place where it is decided.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::check::both;
use crate::date::Date;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::state::{Original, State};
use crate::{
    allocation_document, asset_mortgage, budget_year, calendar, certificate, foregone_revenue,
    fund, guarantee_fund, in_kind, interest_discount, loan, matching_fund, parameter, pledge,
    premium_arrears, programme, reversal_entry, subsidy, subsidy_batch, wage_arrears,
};

/// A command: what is asked for, and the date for which it is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The date for which it is true (P12).
    pub effective_on: Date,
    /// What is asked for.
    pub action: Action,
}

/// What decides beside the state: handed in, because nothing here has a clock or reads a store (P6).
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The business date of the moment.
    pub today: Date,
    /// The record that [`Command::refers_to`] names, when there is one.
    pub original: Option<Original<'a>>,
    /// Who asks.
    pub actor: &'a str,
}

/// Declares the commands: variant, payload, name.
macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident($payload:ty) $kind:literal)*) => {
        /// What is asked for.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Action { $($(#[$doc])* $variant($payload),)* }

        impl Action {
            /// Every command name, in order.
            pub const KINDS: &'static [&'static str] = &[$($kind,)*];

            /// The command name.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            fn read(kind: &str, data: &str) -> Result<Self, Refusal> {
                match kind {
                    $($kind => read_data(data).map(Self::$variant),)*
                    _ => Err(Refusal::FormInvalid {
                        field: "command".into(),
                        problem: format!("there is no command {kind}; there are {}", Self::KINDS.join(", ")),
                    }),
                }
            }
        }
    };
}

actions! {
    /// Publish the working-day table of a year.
    CalendarPublish(calendar::CalendarYear) "calendar.publish"
    /// Publish a version of a programme.
    ProgrammePublish(Box<programme::publish::Publish>) "programme.publish"
    /// Open a fund.
    FundOpen(fund::Opened) "fund.open"
    /// Record a pledge.
    FundPledge(fund::Pledged) "fund.pledge"
    /// Record money received.
    FundReceive(fund::Received) "fund.receive"
    /// Give received money a purpose.
    FundAllocate(fund::Allocated) "fund.allocate"
    /// Apply for a loan.
    LoanApply(loan::application::Apply) "loan.apply"
    /// Approve a loan.
    LoanApprove(loan::application::Approve) "loan.approve"
    /// Decline or withdraw a loan.
    LoanCancel(loan::application::Cancel) "loan.cancel"
    /// Lend.
    LoanDisburse(loan::disbursement::Disburse) "loan.disburse"
    /// Record a repayment.
    LoanRepay(loan::repayment::Repay) "loan.repay"
    /// Give overpaid money back.
    LoanRefund(loan::repayment::Refund) "loan.refund"
    /// Commit a guarantee.
    GuaranteeCommit(guarantee_fund::Commit) "guarantee.commit"
    /// Record that a bank sent a file for a discount claim.
    DiscountReceiveFile(interest_discount::ReceiveFile) "interest_discount.receive_file"
    /// File a discount claim.
    DiscountClaim(interest_discount::Claim) "interest_discount.claim"
    /// Approve a discount claim.
    DiscountApprove(interest_discount::Approve) "interest_discount.approve"
    /// Reject a discount claim.
    DiscountReject(interest_discount::Reject) "interest_discount.reject"
    /// Pay a discount claim.
    DiscountPay(interest_discount::Pay) "interest_discount.pay"
    /// Approve a subsidy.
    SubsidyApprove(subsidy::Approve) "subsidy.approve"
    /// Pay a subsidy.
    SubsidyPay(subsidy::Pay) "subsidy.pay"
    /// Withdraw an approval.
    SubsidyCancel(subsidy::Cancel) "subsidy.cancel"
    /// Record money of a payment that came back.
    SubsidyReturn(subsidy::returned::Return) "subsidy.return"
    /// Demand money of a payment back.
    SubsidyDemand(subsidy::demand::Demand) "subsidy.demand"
    /// Approve a roster.
    BatchApprove(subsidy_batch::Approve) "subsidy_batch.approve"
    /// Pay a roster.
    BatchPay(subsidy_batch::Pay) "subsidy_batch.pay"
    /// Reverse an entry.
    Reverse(reversal_entry::Reverse) "reversal.record"
    /// Compensate a bank.
    GuaranteeCompensate(guarantee_fund::compensation::Compensate) "guarantee.compensate"
    /// Record money recovered after compensation.
    GuaranteeRecover(guarantee_fund::recovery::Recover) "guarantee.recover"
    /// Pass recovered money on.
    GuaranteeSettle(guarantee_fund::settlement::Settle) "guarantee.settle"
    /// Write a claim off.
    GuaranteeWriteOff(guarantee_fund::write_off::WriteOff) "guarantee.write_off"
    /// Claim the part of the upper tier.
    GuaranteeClaimReshare(guarantee_fund::reshare::ClaimReshare) "guarantee.claim_reshare"
    /// Record the part of the upper tier received.
    GuaranteeReceiveReshare(guarantee_fund::reshare::ReceiveReshare) "guarantee.receive_reshare"
    /// Record a demand for payment.
    GuaranteeDemand(guarantee_fund::claim_clock::Demand) "guarantee.demand"
    /// Lift the suspension of a bank.
    GuaranteeResumeBank(guarantee_fund::handling_bank::ResumeBank) "guarantee.resume_bank"
    /// Register a counter-guarantee.
    CounterGuaranteeRegister(guarantee_fund::counter_guarantee::Register) "counter_guarantee.register"
    /// Release a counter-guarantee in part or whole.
    CounterGuaranteeRelease(guarantee_fund::counter_guarantee::Release) "counter_guarantee.release"
    /// Waive a counter-guarantee.
    CounterGuaranteeWaive(guarantee_fund::counter_guarantee::Waived) "counter_guarantee.waive"
    /// Assess premium arrears.
    PremiumAssess(premium_arrears::Assess) "premium_arrears.assess"
    /// Pay premium arrears.
    PremiumPay(premium_arrears::payment::Pay) "premium_arrears.pay"
    /// Mortgage assets for arrears.
    MortgageRegister(asset_mortgage::Register) "asset_mortgage.register"
    /// Release a mortgaged item.
    MortgageRelease(asset_mortgage::Release) "asset_mortgage.release"
    /// Auction a mortgaged item.
    MortgageAuction(asset_mortgage::Auction) "asset_mortgage.auction"
    /// File a wage case.
    WagesFile(wage_arrears::File) "wage_arrears.file"
    /// Record that a wage case is coordinated.
    WagesCoordinate(wage_arrears::Coordinated) "wage_arrears.coordinate"
    /// Record recovered wages.
    WagesRecover(wage_arrears::Recovered) "wage_arrears.recover"
    /// Pay recovered wages to workers.
    WagesPay(wage_arrears::Paid) "wage_arrears.pay"
    /// Record how many certificates are due.
    CertificateSetQuota(certificate::QuotaSet) "certificate.set_quota"
    /// Issue a certificate.
    CertificateIssue(certificate::Issued) "certificate.issue"
    /// Use a certificate.
    CertificateUse(certificate::Use) "certificate.use"
    /// Withdraw a certificate.
    CertificateWithdraw(certificate::Withdraw) "certificate.withdraw"
    /// Record fees or taxes reduced or waived.
    ReliefRecord(foregone_revenue::Recorded) "foregone_revenue.record"
    /// Record money of a paid discount that came back.
    DiscountReturn(interest_discount::Return) "interest_discount.return"
    /// Pay discount in advance.
    DiscountAdvance(interest_discount::Advance) "interest_discount.advance"
    /// Settle an advance.
    DiscountSettle(interest_discount::Settle) "interest_discount.settle"
    /// Record money of an upper tier.
    UpperTierReceive(interest_discount::UpperTierReceived) "interest_discount.upper_tier_receive"
    /// Publish the value of a parameter.
    ParameterPublish(parameter::Published) "parameter.publish"
    /// Open a budget year.
    BudgetYearOpen(budget_year::Opened) "budget_year.open"
    /// Close a budget year.
    BudgetYearClose(budget_year::Close) "budget_year.close"
    /// Register an allocation document.
    AllocationRegister(allocation_document::Registered) "allocation.register"
    /// Carry unspent money over.
    AllocationCarry(allocation_document::Carry) "allocation.carry"
    /// Give a surplus back.
    SurplusReturn(allocation_document::ReturnSurplus) "allocation.return_surplus"
    /// Record a matching duty.
    MatchingRequire(matching_fund::Required) "matching.require"
    /// Give a pledge up.
    PledgeWithdraw(pledge::Withdraw) "fund.withdraw_pledge"
    /// Post a roster in public.
    BatchPostNotice(subsidy_batch::notice::PostNotice) "subsidy_batch.post_notice"
    /// Make a payment again that came back.
    SubsidyReissue(subsidy::reissue::Reissue) "subsidy.reissue"
    /// Record a gift in kind.
    InKindReceive(in_kind::Received) "in_kind.receive"
    /// Hand a gift in kind out.
    InKindHandOut(in_kind::HandOut) "in_kind.hand_out"
    /// Extend a loan.
    LoanExtend(loan::extension::Extend) "loan.extend"
    /// Reschedule a loan.
    LoanReschedule(loan::rescheduling::Reschedule) "loan.reschedule"
    /// Charge penalty interest.
    LoanChargePenalty(loan::penalty::ChargePenalty) "loan.charge_penalty"
    /// Record that a loan is misused.
    LoanRecordMisuse(loan::misuse::RecordMisuse) "loan.record_misuse"
    /// Reset the rate of a loan.
    LoanResetRate(loan::rate_reset::ResetRate) "loan.reset_rate"
    /// Waive penalty interest.
    LoanWaivePenalty(loan::waiver::WaivePenalty) "loan.waive_penalty"
}

impl Command {
    /// Reads a command from its name, effective date and data.
    ///
    /// # Errors
    /// A refusal of stage form that names the field and what is accepted.
    pub fn read(kind: &str, effective_date: &str, data: &str) -> Result<Self, Refusal> {
        let effective_on = effective_date.parse().map_err(|error: crate::date::BadDate| {
            Refusal::FormInvalid { field: "effective_date".into(), problem: error.to_string() }
        })?;
        Ok(Self { effective_on, action: Action::read(kind, data)? })
    }

    /// The one form of a command: two bodies that say the same thing have the same bytes.
    #[must_use]
    pub fn canonical_form(&self) -> Vec<u8> {
        let mut form = format!("{}\n{}\n", self.action.kind(), self.effective_on).into_bytes();
        let written = serde_json::to_writer(&mut form, &self.action);
        // Writing plain structs into memory has nothing that can fail.
        debug_assert!(written.is_ok());
        form
    }

    /// The position of the record that must be looked up and handed to [`decide`].
    #[must_use]
    pub fn refers_to(&self) -> Option<u64> {
        match &self.action {
            Action::Reverse(reverse) => Some(reverse.position),
            Action::SubsidyReturn(back) => Some(back.payment),
            Action::SubsidyDemand(demand) => Some(demand.payment),
            Action::DiscountReturn(back) => Some(back.line),
            Action::SubsidyReissue(again) => Some(again.payment),
            _ => None,
        }
    }
}

/// Decides a command: the events that it leads to, or why it is refused. Changes nothing.
///
/// Checks run in one order: form, references, rules, limits; the idempotency of keys is checked by the
/// writer between form and references.
///
/// # Errors
/// The first refusal in that order.
pub fn decide(
    state: &State,
    command: &Command,
    context: Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let on = command.effective_on;
    if on > context.today {
        return Err(Refusal::DateInFuture { effective_on: on, today: context.today });
    }
    both(decide_action(state, command, context), state.budget_years.check(on))
}

fn decide_action(
    state: &State,
    command: &Command,
    context: Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let on = command.effective_on;
    let original = context.original;
    let one = |event: Event| vec![event];
    Ok(match &command.action {
        Action::CalendarPublish(action) => one(Event::CalendarPublished(action.decide()?)),
        Action::ProgrammePublish(action) => one(Event::ProgrammePublished(action.decide(state)?)),
        Action::FundOpen(action) => one(Event::FundOpened(action.decide(state)?)),
        Action::FundPledge(action) => one(Event::FundPledged(action.decide(state)?)),
        Action::FundReceive(action) => one(Event::FundReceived(action.decide(state, on)?)),
        Action::FundAllocate(action) => one(Event::FundAllocated(action.decide(state)?)),
        Action::LoanApply(action) => one(Event::LoanApplied(action.decide(state, on)?)),
        Action::LoanApprove(action) => one(Event::LoanApproved(action.decide(state, on)?)),
        Action::LoanCancel(action) => one(Event::LoanCancelled(action.decide(state, on)?)),
        Action::LoanDisburse(action) => one(Event::LoanDisbursed(action.decide(state, on)?)),
        Action::LoanRepay(action) => one(Event::LoanRepaid(action.decide(state, on)?)),
        Action::LoanRefund(action) => one(Event::LoanRefunded(action.decide(state, on)?)),
        Action::GuaranteeCommit(action) => one(Event::GuaranteeCommitted(action.decide(state)?)),
        Action::DiscountReceiveFile(action) => {
            one(Event::DiscountFileReceived(action.decide(state, on)?))
        }
        Action::DiscountClaim(action) => {
            let (lines, filed) = action.decide(state, on)?;
            let lines = lines.into_iter().map(Event::DiscountClaimed);
            lines.chain([Event::DiscountFiled(filed)]).collect()
        }
        Action::DiscountApprove(action) => one(Event::DiscountApproved(action.decide(state, on)?)),
        Action::DiscountReject(action) => one(Event::DiscountRejected(action.decide(state, on)?)),
        Action::DiscountPay(action) => one(Event::DiscountPaid(action.decide(state, on)?)),
        Action::SubsidyApprove(action) => one(Event::SubsidyApproved(action.decide(state, on)?)),
        Action::SubsidyPay(action) => one(Event::SubsidyPaid(action.decide(state, on)?)),
        Action::SubsidyCancel(action) => one(Event::SubsidyCancelled(action.decide(state, on)?)),
        Action::SubsidyReturn(action) => {
            one(Event::SubsidyReturned(action.decide(state, original, on)?))
        }
        Action::SubsidyDemand(action) => {
            one(Event::SubsidyDemanded(action.decide(state, original, on)?))
        }
        Action::BatchApprove(action) => {
            let (grants, approved) = action.decide(state, on, context.actor)?;
            let grants = grants.into_iter().map(Event::SubsidyApproved);
            grants.chain([Event::BatchApproved(approved)]).collect()
        }
        Action::BatchPay(action) => {
            let (lines, paid) = action.decide(state, on)?;
            let lines = lines.into_iter().map(Event::SubsidyPaid);
            lines.chain([Event::BatchPaid(paid)]).collect()
        }
        Action::Reverse(action) => {
            one(Event::ReversalRecorded(action.decide(state, original, on)?))
        }
        Action::GuaranteeCompensate(action) => {
            one(Event::GuaranteeCompensated(action.decide(state, on)?))
        }
        Action::GuaranteeRecover(action) => {
            one(Event::GuaranteeRecovered(action.decide(state, on)?))
        }
        Action::GuaranteeSettle(action) => one(Event::GuaranteeSettled(action.decide(state, on)?)),
        Action::GuaranteeWriteOff(action) => {
            one(Event::GuaranteeWrittenOff(action.decide(state, on)?))
        }
        Action::GuaranteeClaimReshare(action) => {
            one(Event::GuaranteeReshareClaimed(action.decide(state, on)?))
        }
        Action::GuaranteeReceiveReshare(action) => {
            one(Event::GuaranteeReshareReceived(action.decide(state, on)?))
        }
        Action::GuaranteeDemand(action) => one(Event::GuaranteeDemanded(action.decide(state, on)?)),
        Action::GuaranteeResumeBank(action) => {
            one(Event::GuaranteeBankResumed(action.decide(state, on)?))
        }
        Action::CounterGuaranteeRegister(action) => {
            one(Event::CounterGuaranteeRegistered(action.decide(state)?))
        }
        Action::CounterGuaranteeRelease(action) => {
            one(Event::CounterGuaranteeReleased(action.decide(state)?))
        }
        Action::CounterGuaranteeWaive(action) => {
            one(Event::CounterGuaranteeWaived(action.decide(state)?))
        }
        Action::PremiumAssess(action) => one(Event::PremiumAssessed(action.decide(state, on)?)),
        Action::PremiumPay(action) => one(Event::PremiumPaid(action.decide(state, on)?)),
        Action::MortgageRegister(action) => {
            one(Event::MortgageRegistered(action.decide(state, on)?))
        }
        Action::MortgageRelease(action) => one(Event::MortgageReleased(action.decide(state, on)?)),
        Action::MortgageAuction(action) => one(Event::MortgageAuctioned(action.decide(state, on)?)),
        Action::WagesFile(action) => one(Event::WagesFiled(action.decide(state)?)),
        Action::WagesCoordinate(action) => one(Event::WagesCoordinated(action.decide(state, on)?)),
        Action::WagesRecover(action) => one(Event::WagesRecovered(action.decide(state, on)?)),
        Action::WagesPay(action) => one(Event::WagesPaid(action.decide(state, on)?)),
        Action::CertificateSetQuota(action) => one(Event::CertificateQuotaSet(action.decide())),
        Action::CertificateIssue(action) => {
            one(Event::CertificateIssued(action.decide(state, on)?))
        }
        Action::CertificateUse(action) => one(Event::CertificateUsed(action.decide(state, on)?)),
        Action::CertificateWithdraw(action) => {
            one(Event::CertificateWithdrawn(action.decide(state, on)?))
        }
        Action::ReliefRecord(action) => one(Event::ReliefRecorded(action.decide(state)?)),
        Action::DiscountReturn(action) => {
            one(Event::DiscountReturned(action.decide(state, original, on)?))
        }
        Action::DiscountAdvance(action) => one(Event::DiscountAdvanced(action.decide(state)?)),
        Action::DiscountSettle(action) => one(Event::DiscountSettled(action.decide(state, on)?)),
        Action::UpperTierReceive(action) => one(Event::UpperTierReceived(action.decide(state)?)),
        Action::InKindReceive(action) => one(Event::InKindReceived(action.decide(state)?)),
        Action::InKindHandOut(action) => one(Event::InKindHandedOut(action.decide(state, on)?)),
        Action::ParameterPublish(action) => one(Event::ParameterPublished(action.decide(state)?)),
        Action::BudgetYearOpen(action) => one(Event::BudgetYearOpened(action.decide(state)?)),
        Action::BudgetYearClose(action) => one(Event::BudgetYearClosed(action.decide(state, on)?)),
        Action::AllocationRegister(action) => {
            one(Event::AllocationRegistered(action.decide(state)?))
        }
        Action::AllocationCarry(action) => one(Event::AllocationCarried(action.decide(state, on)?)),
        Action::SurplusReturn(action) => one(Event::SurplusReturned(action.decide(state, on)?)),
        Action::MatchingRequire(action) => one(Event::MatchingRequired(action.decide(state)?)),
        Action::PledgeWithdraw(action) => one(Event::PledgeWithdrawn(action.decide(state, on)?)),
        Action::BatchPostNotice(action) => one(Event::BatchNoticed(action.decide(state)?)),
        Action::SubsidyReissue(action) => {
            one(Event::SubsidyReissued(action.decide(state, original, on)?))
        }
        Action::LoanExtend(action) => one(Event::LoanExtended(action.decide(state, on)?)),
        Action::LoanReschedule(action) => one(Event::LoanRescheduled(action.decide(state, on)?)),
        Action::LoanChargePenalty(action) => {
            one(Event::LoanPenaltyCharged(action.decide(state, on)?))
        }
        Action::LoanRecordMisuse(action) => one(Event::LoanMisused(action.decide(state, on)?)),
        Action::LoanResetRate(action) => one(Event::LoanRateReset(action.decide(state, on)?)),
        Action::LoanWaivePenalty(action) => {
            one(Event::LoanPenaltyWaived(action.decide(state, on)?))
        }
    })
}

/// Reads JSON, and says at which field it went wrong.
fn read_data<T: DeserializeOwned + Serialize>(data: &str) -> Result<T, Refusal> {
    let mut deserializer = serde_json::Deserializer::from_str(data);
    let invalid = |field: String, problem: String| Refusal::FormInvalid { field, problem };
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = match error.path().to_string() {
            path if path == "." => "data".into(),
            path if path.starts_with('[') => format!("data{path}"),
            path => format!("data.{path}"),
        };
        invalid(field, error.into_inner().to_string())
    })?;
    let end = |error: serde_json::Error| invalid("data".into(), error.to_string());
    deserializer.end().map_err(end)?;
    // The reader also takes a list for an object, and an object for a word; what is accepted has one form.
    let given: Value = serde_json::from_str(data).map_err(end)?;
    let read = serde_json::to_value(&value).map_err(end)?;
    match difference("data".into(), &given, &read) {
        None => Ok(value),
        Some((field, None)) => Err(invalid(field, "it must not be here".into())),
        Some((field, Some(read))) => Err(invalid(field, format!("it must be written as {read}"))),
    }
}

/// The first place where what is given differs from how it was read, and how it was read there.
fn difference<'a>(
    path: String,
    given: &Value,
    read: &'a Value,
) -> Option<(String, Option<&'a Value>)> {
    match (given, read) {
        (Value::Object(given), Value::Object(read)) => {
            given.keys().chain(read.keys()).find_map(|key| {
                let path = format!("{path}.{key}");
                match (given.get(key), read.get(key)) {
                    (Some(given), Some(read)) => difference(path, given, read),
                    (_, read) => Some((path, read)),
                }
            })
        }
        (Value::Array(given), Value::Array(read)) if given.len() == read.len() => (0..)
            .zip(given.iter().zip(read))
            .find_map(|(index, (given, read))| difference(format!("{path}[{index}]"), given, read)),
        _ if given == read => None,
        _ => Some((path, Some(read))),
    }
}
