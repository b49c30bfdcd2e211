//! Events: what was decided. Their JSON is a contract for as long as anyone keeps the log.
//!
//! A type ends in a version. A breaking change is a new type beside the old one; old ones are read for
//! ever and never rewritten. Schemas are closed: unknown or repeated fields, nulls and numbers with a
//! fraction are refused, and decoding and encoding give the same bytes.

mod basis;
mod schedule_change;
mod subject;

pub use schedule_change::ScheduleChange;
use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::date::Date;
use crate::state::{Link, State};
use crate::{
    allocation_document, asset_mortgage, budget_year, calendar, certificate, foregone_revenue,
    fund, guarantee_fund, in_kind, interest_discount, loan, matching_fund, parameter, pledge,
    premium_arrears, programme, reversal_entry, subsidy, subsidy_batch, wage_arrears,
};

/// Declares the events: variant, payload, type.
macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident($payload:ty) $kind:literal)*) => {
        /// An event. In a record it stands as its type and data; inside another event as
        /// `{"kind": …, "data": …}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "data", deny_unknown_fields)]
        pub enum Event { $($(#[$doc])* #[serde(rename = $kind)] $variant($payload),)* }

        impl Event {
            /// Every type, in order.
            pub const KINDS: &'static [&'static str] = &[$($kind,)*];

            /// The type.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind,)* }
            }

            /// Reads the data of a record of a type, fast, from a log that is trusted. The reader takes
            /// some other spellings of the same fact, a list for an object, say; only
            /// [`Event::decode_canonical`] refuses these.
            ///
            /// # Errors
            /// [`BadEvent`] when the type is unknown or the data is not of its schema.
            pub fn decode(kind: &str, data: &str) -> Result<Self, BadEvent> {
                let event = match kind {
                    $($kind => serde_json::from_str(data).map(Self::$variant),)*
                    _ => return Err(BadEvent::UnknownType(kind.into())),
                };
                event.map_err(|error| BadEvent::BadData { kind: kind.into(), problem: error.to_string() })
            }

            /// Writes the data of a record.
            pub fn encode(&self, out: &mut Vec<u8>) {
                let written = match self { $(Self::$variant(payload) => serde_json::to_writer(out, payload),)* };
                // Writing plain structs into memory has nothing that can fail.
                debug_assert!(written.is_ok());
            }
        }
    };
}

events! {
    /// The working-day table of a year.
    CalendarPublished(calendar::CalendarYear) "calendar.published.v1"
    /// A version of a programme.
    ProgrammePublished(programme::Version) "programme.published.v1"
    /// A fund is opened.
    FundOpened(fund::Opened) "fund.opened.v1"
    /// Money is promised.
    FundPledged(fund::Pledged) "fund.pledged.v1"
    /// Money is received.
    FundReceived(fund::Received) "fund.received.v1"
    /// Money gets a purpose.
    FundAllocated(fund::Allocated) "fund.allocated.v1"
    /// A loan is applied for.
    LoanApplied(loan::application::Applied) "loan.applied.v1"
    /// A loan is approved.
    LoanApproved(loan::application::Approved) "loan.approved.v1"
    /// A loan is declined or withdrawn.
    LoanCancelled(loan::application::Cancelled) "loan.cancelled.v1"
    /// A loan is lent.
    LoanDisbursed(loan::disbursement::Disbursed) "loan.disbursed.v1"
    /// A loan is repaid in part or whole.
    LoanRepaid(loan::repayment::Repaid) "loan.repaid.v1"
    /// Overpaid money goes back.
    LoanRefunded(loan::repayment::Refunded) "loan.refunded.v1"
    /// A guarantee is committed.
    GuaranteeCommitted(guarantee_fund::Committed) "guarantee.committed.v1"
    /// A bank sent a file for a discount claim.
    DiscountFileReceived(interest_discount::FileReceived) "interest_discount.file_received.v1"
    /// One loan of a discount claim.
    DiscountClaimed(interest_discount::Claimed) "interest_discount.claimed.v1"
    /// A discount claim as a whole.
    DiscountFiled(interest_discount::Filed) "interest_discount.filed.v1"
    /// A discount claim is approved.
    DiscountApproved(interest_discount::Approved) "interest_discount.approved.v1"
    /// A discount claim is rejected.
    DiscountRejected(interest_discount::Rejected) "interest_discount.rejected.v1"
    /// A discount claim is paid.
    DiscountPaid(interest_discount::Paid) "interest_discount.paid.v1"
    /// A subsidy is approved.
    SubsidyApproved(subsidy::Grant) "subsidy.approved.v1"
    /// A subsidy is paid.
    SubsidyPaid(subsidy::Payment) "subsidy.paid.v1"
    /// An approval is withdrawn.
    SubsidyCancelled(subsidy::Cancelled) "subsidy.cancelled.v1"
    /// Money of a payment comes back.
    SubsidyReturned(subsidy::returned::Returned) "subsidy.returned.v1"
    /// Money of a payment is demanded back.
    SubsidyDemanded(subsidy::demand::Demanded) "subsidy.demanded.v1"
    /// A roster is approved.
    BatchApproved(subsidy_batch::Approved) "subsidy_batch.approved.v1"
    /// A roster is paid.
    BatchPaid(subsidy_batch::Paid) "subsidy_batch.paid.v1"
    /// An entry is reversed.
    ReversalRecorded(reversal_entry::Reversed) "reversal.recorded.v1"
    /// A bank is compensated.
    GuaranteeCompensated(guarantee_fund::compensation::Compensated) "guarantee.compensated.v1"
    /// Money is recovered after compensation.
    GuaranteeRecovered(guarantee_fund::recovery::Recovered) "guarantee.recovered.v1"
    /// Recovered money is passed on.
    GuaranteeSettled(guarantee_fund::settlement::Settled) "guarantee.settled.v1"
    /// A claim is written off.
    GuaranteeWrittenOff(guarantee_fund::write_off::WrittenOff) "guarantee.written_off.v1"
    /// The part of the upper tier is claimed.
    GuaranteeReshareClaimed(guarantee_fund::reshare::ReshareClaimed) "guarantee.reshare_claimed.v1"
    /// The part of the upper tier is received.
    GuaranteeReshareReceived(guarantee_fund::reshare::ReshareReceived) "guarantee.reshare_received.v1"
    /// A borrower is asked to pay.
    GuaranteeDemanded(guarantee_fund::claim_clock::Demanded) "guarantee.demanded.v1"
    /// The suspension of a bank is lifted.
    GuaranteeBankResumed(guarantee_fund::handling_bank::BankResumed) "guarantee.bank_resumed.v1"
    /// A counter-guarantee is given.
    CounterGuaranteeRegistered(guarantee_fund::counter_guarantee::Registered) "counter_guarantee.registered.v1"
    /// A counter-guarantee is released in part or whole.
    CounterGuaranteeReleased(guarantee_fund::counter_guarantee::Released) "counter_guarantee.released.v1"
    /// A counter-guarantee is waived.
    CounterGuaranteeWaived(guarantee_fund::counter_guarantee::Waived) "counter_guarantee.waived.v1"
    /// Premium arrears are assessed.
    PremiumAssessed(premium_arrears::Assessed) "premium_arrears.assessed.v1"
    /// Premium arrears are paid.
    PremiumPaid(premium_arrears::payment::Paid) "premium_arrears.paid.v1"
    /// Assets are mortgaged for arrears.
    MortgageRegistered(asset_mortgage::Registered) "asset_mortgage.registered.v1"
    /// A mortgaged item is released.
    MortgageReleased(asset_mortgage::Released) "asset_mortgage.released.v1"
    /// A mortgaged item is auctioned.
    MortgageAuctioned(asset_mortgage::Auctioned) "asset_mortgage.auctioned.v1"
    /// A wage case is filed.
    WagesFiled(wage_arrears::Filed) "wage_arrears.filed.v1"
    /// A wage case is coordinated.
    WagesCoordinated(wage_arrears::Coordinated) "wage_arrears.coordinated.v1"
    /// Wages are recovered.
    WagesRecovered(wage_arrears::Recovered) "wage_arrears.recovered.v1"
    /// Recovered wages are paid to workers.
    WagesPaid(wage_arrears::Paid) "wage_arrears.paid.v1"
    /// The number of certificates due in a region.
    CertificateQuotaSet(certificate::QuotaSet) "certificate.quota_set.v1"
    /// A certificate is issued.
    CertificateIssued(certificate::Issued) "certificate.issued.v1"
    /// A certificate is used.
    CertificateUsed(certificate::Used) "certificate.used.v1"
    /// A certificate is withdrawn.
    CertificateWithdrawn(certificate::Withdrawn) "certificate.withdrawn.v1"
    /// Fees or taxes are reduced or waived.
    ReliefRecorded(foregone_revenue::Recorded) "foregone_revenue.recorded.v1"
    /// Money of a paid discount comes back.
    DiscountReturned(interest_discount::Returned) "interest_discount.returned.v1"
    /// Discount is paid in advance.
    DiscountAdvanced(interest_discount::Advanced) "interest_discount.advanced.v1"
    /// An advance is settled.
    DiscountSettled(interest_discount::Settled) "interest_discount.settled.v1"
    /// An upper tier pays towards discounts.
    UpperTierReceived(interest_discount::UpperTierReceived) "interest_discount.upper_tier_received.v1"
    /// A parameter gets a value.
    ParameterPublished(parameter::Published) "parameter.published.v1"
    /// A budget year is opened.
    BudgetYearOpened(budget_year::Opened) "budget_year.opened.v1"
    /// A budget year is closed.
    BudgetYearClosed(budget_year::Closed) "budget_year.closed.v1"
    /// An allocation document is registered.
    AllocationRegistered(allocation_document::Registered) "allocation.registered.v1"
    /// Unspent money is carried over.
    AllocationCarried(allocation_document::Carried) "allocation.carried.v1"
    /// A surplus goes back.
    SurplusReturned(allocation_document::SurplusReturned) "allocation.surplus_returned.v1"
    /// Matching money is due.
    MatchingRequired(matching_fund::Required) "matching.required.v1"
    /// A pledge will not come.
    PledgeWithdrawn(pledge::Withdrawn) "fund.pledge_withdrawn.v1"
    /// A roster is posted in public.
    BatchNoticed(subsidy_batch::notice::Noticed) "subsidy_batch.noticed.v1"
    /// A payment that came back is made again.
    SubsidyReissued(subsidy::reissue::Reissued) "subsidy.reissued.v1"
    /// A gift in kind is received.
    InKindReceived(in_kind::Received) "in_kind.received.v1"
    /// A gift in kind is handed out.
    InKindHandedOut(in_kind::HandedOut) "in_kind.handed_out.v1"
    /// A loan is extended.
    LoanExtended(loan::extension::Extended) "loan.extended.v1"
    /// A loan is rescheduled.
    LoanRescheduled(loan::rescheduling::Rescheduled) "loan.rescheduled.v1"
    /// Penalty interest is charged.
    LoanPenaltyCharged(loan::penalty::PenaltyCharged) "loan.penalty_charged.v1"
    /// A loan is misused.
    LoanMisused(loan::misuse::Misused) "loan.misused.v1"
    /// The rate of a loan is reset.
    LoanRateReset(loan::rate_reset::RateReset) "loan.rate_reset.v1"
    /// Penalty interest is waived.
    LoanPenaltyWaived(loan::waiver::PenaltyWaived) "loan.penalty_waived.v1"
}

/// Why the type and data of a record are no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadEvent {
    /// This program knows no such type.
    UnknownType(String),
    /// The data is not of the type's schema.
    BadData {
        /// The type.
        kind: String,
        /// What is wrong.
        problem: String,
    },
    /// The data can be read, but is not written as the type's schema writes it.
    NotCanonical {
        /// The type.
        kind: String,
    },
}

impl std::fmt::Display for BadEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownType(kind) => write!(f, "unknown event type {kind}"),
            Self::BadData { kind, problem } => write!(f, "bad data for {kind}: {problem}"),
            Self::NotCanonical { kind } => {
                write!(f, "the data of this {kind} is not written the one way it can be")
            }
        }
    }
}

impl std::error::Error for BadEvent {}

impl Event {
    /// Reads the data of a record and checks that writing it again gives the same bytes; `scratch` is
    /// a buffer to use over and over.
    ///
    /// # Errors
    /// [`BadEvent`] as [`Event::decode`], or when the bytes differ.
    pub fn decode_canonical(
        kind: &str,
        data: &str,
        scratch: &mut Vec<u8>,
    ) -> Result<Self, BadEvent> {
        let event = Self::decode(kind, data)?;
        scratch.clear();
        event.encode(scratch);
        if scratch.as_slice() == data.as_bytes() {
            Ok(event)
        } else {
            Err(BadEvent::NotCanonical { kind: kind.into() })
        }
    }

    /// The entry that the event posts: empty where no money, promise or burden moves.
    #[must_use]
    pub fn entry(&self) -> Entry {
        match self {
            Self::CalendarPublished(event) => event.entry(),
            Self::ProgrammePublished(event) => event.entry(),
            Self::FundOpened(event) => event.entry(),
            Self::FundPledged(event) => event.entry(),
            Self::FundReceived(event) => event.entry(),
            Self::FundAllocated(event) => event.entry(),
            Self::LoanApproved(event) => event.entry(),
            Self::LoanCancelled(event) => event.entry(),
            Self::LoanDisbursed(event) => event.entry(),
            Self::LoanRepaid(event) => event.entry(),
            Self::LoanRefunded(event) => event.entry(),
            Self::GuaranteeCommitted(event) => event.entry(),
            Self::DiscountApproved(event) => event.entry(),
            Self::DiscountRejected(event) => event.entry(),
            Self::DiscountPaid(event) => event.entry(),
            Self::SubsidyApproved(grant) => grant.approved_entry(),
            Self::SubsidyPaid(event) => event.entry(),
            Self::SubsidyCancelled(event) => event.entry(),
            Self::SubsidyReturned(event) => event.entry(),
            Self::SubsidyDemanded(event) => event.entry(),
            Self::ReversalRecorded(event) => event.entry(),
            Self::GuaranteeCompensated(event) => event.entry(),
            Self::GuaranteeRecovered(event) => event.entry(),
            Self::GuaranteeSettled(event) => event.entry(),
            Self::GuaranteeWrittenOff(event) => event.entry(),
            Self::GuaranteeReshareClaimed(event) => event.entry(),
            Self::GuaranteeReshareReceived(event) => event.entry(),
            Self::GuaranteeDemanded(event) => event.entry(),
            Self::GuaranteeBankResumed(event) => event.entry(),
            Self::CounterGuaranteeRegistered(event) => event.entry(),
            Self::CounterGuaranteeReleased(event) => event.entry(),
            Self::CounterGuaranteeWaived(event) => event.entry(),
            Self::PremiumAssessed(event) => event.entry(),
            Self::PremiumPaid(event) => event.entry(),
            Self::MortgageRegistered(event) => event.entry(),
            Self::MortgageReleased(event) => event.entry(),
            Self::MortgageAuctioned(event) => event.entry(),
            Self::WagesFiled(event) => event.entry(),
            Self::WagesRecovered(event) => event.entry(),
            Self::WagesPaid(event) => event.entry(),
            Self::ReliefRecorded(event) => event.entry(),
            // An agreement moves nothing, and certificates give rights, not money.
            Self::WagesCoordinated(_)
            | Self::CertificateQuotaSet(_)
            | Self::CertificateIssued(_)
            | Self::CertificateUsed(_)
            | Self::CertificateWithdrawn(_) => Entry::new(),
            Self::DiscountReturned(event) => event.entry(),
            Self::DiscountAdvanced(event) => event.entry(),
            Self::DiscountSettled(event) => event.entry(),
            Self::UpperTierReceived(event) => event.entry(),
            Self::ParameterPublished(event) => event.entry(),
            Self::BudgetYearOpened(event) => event.entry(),
            Self::BudgetYearClosed(event) => event.entry(),
            Self::AllocationRegistered(event) => event.entry(),
            Self::AllocationCarried(event) => event.entry(),
            Self::SurplusReturned(event) => event.entry(),
            Self::MatchingRequired(event) => event.entry(),
            Self::PledgeWithdrawn(event) => event.entry(),
            Self::SubsidyReissued(event) => event.entry(),
            Self::InKindReceived(event) => event.entry(),
            Self::InKindHandedOut(event) => event.entry(),
            // Applications and claims ask for money; the headers of rosters only sum up their lines.
            Self::LoanApplied(_)
            | Self::DiscountFileReceived(_)
            | Self::DiscountClaimed(_)
            | Self::DiscountFiled(_)
            | Self::BatchApproved(_)
            | Self::BatchNoticed(_)
            | Self::BatchPaid(_) => Entry::new(),
            // Other days and amounts fall due; none of them is money yet.
            Self::LoanExtended(_)
            | Self::LoanRescheduled(_)
            | Self::LoanMisused(_)
            | Self::LoanRateReset(_) => Entry::new(),
            Self::LoanPenaltyCharged(event) => event.entry(),
            Self::LoanPenaltyWaived(event) => event.entry(),
        }
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let link = Link { position, effective_on };
        match self {
            Self::CalendarPublished(event) => event.apply(state),
            Self::ProgrammePublished(event) => event.apply(state),
            Self::FundOpened(event) => event.apply(state),
            Self::FundPledged(event) => event.apply(state, link),
            Self::FundReceived(event) => event.apply(state, position),
            Self::LoanApplied(event) => event.apply(state, link),
            Self::LoanApproved(event) => event.apply(state, link),
            Self::LoanCancelled(event) => event.apply(state),
            Self::LoanDisbursed(event) => event.apply(state, position, effective_on),
            Self::LoanRepaid(event) => event.apply(state, position, effective_on),
            Self::LoanRefunded(event) => event.apply(state, position, effective_on),
            Self::GuaranteeCommitted(event) => event.apply(state, link),
            Self::DiscountFileReceived(event) => event.apply(state, link),
            Self::DiscountClaimed(event) => event.apply(state, position),
            Self::DiscountFiled(event) => event.apply(state, link),
            Self::DiscountApproved(event) => event.apply(state, link),
            Self::DiscountRejected(event) => event.apply(state),
            Self::DiscountPaid(event) => event.apply(state, link),
            Self::SubsidyApproved(grant) => grant.apply_approved(state, link),
            Self::SubsidyPaid(event) => event.apply(state),
            Self::SubsidyCancelled(event) => event.apply(state),
            Self::SubsidyReturned(event) => event.apply(state, link),
            Self::SubsidyDemanded(event) => event.apply(state, link),
            Self::BatchApproved(event) => event.apply(state, effective_on),
            Self::ReversalRecorded(event) => event.apply(state),
            Self::GuaranteeCompensated(event) => event.apply(state, position, effective_on),
            Self::GuaranteeRecovered(event) => event.apply(state, position, effective_on),
            Self::GuaranteeSettled(event) => event.apply(state, position, effective_on),
            Self::GuaranteeWrittenOff(event) => event.apply(state, position, effective_on),
            Self::GuaranteeReshareClaimed(event) => event.apply(state, position, effective_on),
            Self::GuaranteeReshareReceived(event) => event.apply(state, position, effective_on),
            Self::GuaranteeDemanded(event) => event.apply(state, effective_on),
            Self::GuaranteeBankResumed(event) => event.apply(state),
            Self::CounterGuaranteeRegistered(event) => event.apply(state),
            Self::CounterGuaranteeReleased(event) => event.apply(state),
            Self::CounterGuaranteeWaived(event) => event.apply(state),
            Self::PremiumAssessed(event) => event.apply(state, position, effective_on),
            Self::PremiumPaid(event) => event.settlement.apply(state, position, effective_on),
            Self::MortgageRegistered(event) => event.apply(state, position, effective_on),
            Self::MortgageReleased(event) => event.apply(state),
            Self::MortgageAuctioned(event) => event.apply(state, position, effective_on),
            Self::WagesFiled(event) => event.apply(state, position, effective_on),
            Self::WagesCoordinated(event) => event.apply(state, effective_on),
            Self::WagesRecovered(event) => event.apply(state, position, effective_on),
            Self::WagesPaid(event) => event.apply(state, position, effective_on),
            Self::CertificateQuotaSet(event) => event.apply(state),
            Self::CertificateIssued(event) => event.apply(state, position, effective_on),
            Self::CertificateWithdrawn(event) => event.apply(state),
            Self::ReliefRecorded(event) => event.apply(state),
            // A certificate can be used again.
            Self::CertificateUsed(_) => {}
            Self::DiscountReturned(event) => event.apply(state, position),
            Self::DiscountAdvanced(event) => event.apply(state, link),
            Self::DiscountSettled(event) => event.apply(state, link),
            // An allocation is nothing but its entry, and so is money of an upper tier; the payment of a
            // roster sums up its lines.
            Self::FundAllocated(_) | Self::BatchPaid(_) | Self::UpperTierReceived(_) => {}
            Self::ParameterPublished(event) => event.apply(state),
            Self::BudgetYearOpened(event) => event.apply(state),
            Self::BudgetYearClosed(event) => event.apply(state),
            Self::AllocationRegistered(event) => event.apply(state, link),
            Self::AllocationCarried(event) => event.apply(state, position),
            Self::SurplusReturned(event) => event.apply(state, position),
            Self::MatchingRequired(event) => event.apply(state, link),
            Self::PledgeWithdrawn(event) => event.apply(state, position),
            Self::BatchNoticed(event) => event.apply(state),
            Self::SubsidyReissued(event) => event.apply(state, link),
            Self::InKindReceived(event) => event.apply(state, link),
            Self::InKindHandedOut(event) => event.apply(state, position),
            Self::LoanExtended(event) => event.apply(state, position, effective_on),
            Self::LoanRescheduled(event) => event.apply(state, position, effective_on),
            Self::LoanPenaltyCharged(event) => event.apply(state, position, effective_on),
            Self::LoanMisused(event) => event.apply(state, position, effective_on),
            Self::LoanRateReset(event) => event.apply(state, position, effective_on),
            Self::LoanPenaltyWaived(event) => event.apply(state, position, effective_on),
        }
    }
}
