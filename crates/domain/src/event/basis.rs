//! What an event rests on.

use super::Event;
use crate::id::Text;

impl Event {
    /// The document that it rests on and the reason that it gives, where it has them.
    #[must_use]
    pub fn document_and_reason(&self) -> (Option<&Text>, Option<&Text>) {
        match self {
            Self::CalendarPublished(event) => (Some(&event.document), None),
            Self::ProgrammePublished(event) => (Some(&event.document), None),
            Self::FundPledged(event) => (Some(&event.document), None),
            Self::FundReceived(event) => (Some(&event.document), None),
            Self::FundAllocated(event) => (Some(&event.document), None),
            Self::DiscountFileReceived(event) => (Some(&event.document), None),
            Self::DiscountFiled(event) => (Some(&event.document), None),
            Self::BatchApproved(event) => (Some(&event.document), None),
            Self::BatchPaid(event) => (Some(&event.document), None),
            Self::LoanCancelled(event) => (None, Some(&event.reason)),
            Self::DiscountRejected(event) => (None, Some(&event.reason)),
            Self::SubsidyCancelled(event) => (None, Some(&event.reason)),
            Self::SubsidyDemanded(event) => (Some(&event.document), Some(&event.reason)),
            Self::SubsidyReturned(event) => (None, Some(&event.reason)),
            Self::ReversalRecorded(event) => (Some(&event.document), Some(&event.reason)),
            Self::GuaranteeCompensated(event) => (Some(&event.document), None),
            Self::GuaranteeRecovered(event) => (Some(&event.document), None),
            Self::GuaranteeSettled(event) => (Some(&event.document), None),
            Self::GuaranteeWrittenOff(event) => (Some(&event.document), None),
            Self::GuaranteeReshareClaimed(event) => (Some(&event.document), None),
            Self::GuaranteeReshareReceived(event) => (Some(&event.document), None),
            Self::GuaranteeDemanded(event) => (Some(&event.document), None),
            Self::GuaranteeBankResumed(event) => (Some(&event.document), None),
            Self::CounterGuaranteeRegistered(event) => (Some(&event.document), None),
            Self::CounterGuaranteeReleased(event) => (Some(&event.document), None),
            Self::PremiumAssessed(event) => (Some(&event.document), None),
            Self::PremiumPaid(event) => (Some(&event.document), None),
            Self::MortgageRegistered(event) => (Some(&event.document), None),
            Self::MortgageReleased(event) => (Some(&event.document), None),
            Self::MortgageAuctioned(event) => (Some(&event.document), None),
            Self::WagesFiled(event) => (Some(&event.document), None),
            Self::WagesCoordinated(event) => (Some(&event.document), None),
            Self::WagesRecovered(event) => (Some(&event.document), None),
            Self::WagesPaid(event) => (Some(&event.document), None),
            Self::CertificateQuotaSet(event) => (Some(&event.document), None),
            Self::CertificateIssued(event) => (Some(&event.document), None),
            Self::CertificateUsed(event) => (Some(&event.document), None),
            Self::ReliefRecorded(event) => (Some(&event.document), None),
            Self::CounterGuaranteeWaived(event) => (Some(&event.document), Some(&event.reason)),
            Self::CertificateWithdrawn(event) => (None, Some(&event.reason)),
            Self::DiscountAdvanced(event) => (Some(&event.document), None),
            Self::DiscountSettled(event) => (Some(&event.document), None),
            Self::UpperTierReceived(event) => (Some(&event.document), None),
            Self::DiscountReturned(event) => (None, Some(&event.reason)),
            Self::LoanExtended(event) => (Some(&event.document), None),
            Self::LoanRescheduled(event) => (Some(&event.document), None),
            Self::LoanPenaltyWaived(event) => (Some(&event.document), None),
            Self::LoanMisused(event) => (Some(&event.document), None),
            Self::ParameterPublished(event) => (Some(&event.document), None),
            Self::BudgetYearOpened(event) => (Some(&event.document), None),
            Self::BudgetYearClosed(event) => (Some(&event.document), None),
            Self::AllocationRegistered(event) => (Some(&event.document), None),
            Self::AllocationCarried(event) => (Some(&event.document), None),
            Self::SurplusReturned(event) => (Some(&event.document), None),
            Self::MatchingRequired(event) => (Some(&event.document), None),
            Self::PledgeWithdrawn(event) => (Some(&event.document), Some(&event.reason)),
            Self::BatchNoticed(event) => (Some(&event.document), None),
            Self::InKindReceived(event) => (Some(&event.document), None),
            Self::InKindHandedOut(event) => (Some(&event.document), None),
            Self::FundOpened(_)
            | Self::LoanApplied(_)
            | Self::LoanApproved(_)
            | Self::LoanDisbursed(_)
            | Self::LoanRepaid(_)
            | Self::LoanRefunded(_)
            | Self::LoanRateReset(_)
            | Self::LoanPenaltyCharged(_)
            | Self::GuaranteeCommitted(_)
            | Self::DiscountClaimed(_)
            | Self::DiscountApproved(_)
            | Self::DiscountPaid(_)
            | Self::SubsidyApproved(_)
            | Self::SubsidyPaid(_)
            | Self::SubsidyReissued(_) => (None, None),
        }
    }
}
