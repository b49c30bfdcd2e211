//! Reversal entries (红字冲销): a mistake is reversed by an event that names the reversed one (P11).

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::date::Date;
use crate::event::Event;
use crate::id::Text;
use crate::refusal::Refusal;
use crate::state::{Original, State};

/// Command `reversal.record`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reverse {
    /// The position of the record to reverse.
    pub position: u64,
    /// Why.
    pub reason: Text,
    /// The approval that it rests on.
    pub document: Text,
}

/// Event `reversal.recorded.v1`. It carries what it reverses, so that it can be read and applied by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reversed {
    /// The position of the record reversed.
    pub position: u64,
    /// Its effective date.
    pub effective_on: Date,
    /// The event reversed.
    pub original: Box<Event>,
    /// Why.
    pub reason: Text,
    /// The approval that it rests on.
    pub document: Text,
}

impl Reverse {
    pub(crate) fn decide(
        &self,
        state: &State,
        original: Option<Original<'_>>,
        effective_on: Date,
    ) -> Result<Reversed, Refusal> {
        let original = original.ok_or(Refusal::UnknownRecord { position: self.position })?;
        if state.reversed.contains(&self.position) {
            return Err(Refusal::AlreadyReversed { position: self.position });
        }
        original.not_after(effective_on)?;
        let event = original.event;
        match event {
            Event::FundPledged(pledged) => pledged.check_undo(state, self.position)?,
            Event::FundReceived(received) => received.check_undo(state, self.position)?,
            Event::FundAllocated(allocated) => allocated.check_undo(state, self.position)?,
            Event::LoanDisbursed(disbursed) => disbursed.check_undo(state, self.position)?,
            Event::LoanRepaid(repaid) => repaid.check_undo(state, self.position)?,
            Event::LoanRefunded(refunded) => refunded.check_undo(state, self.position)?,
            Event::DiscountFileReceived(received) => received.check_undo(state, self.position)?,
            Event::DiscountPaid(paid) => paid.check_undo(state, self.position)?,
            Event::SurplusReturned(_) | Event::PledgeWithdrawn(_) => {}
            Event::AllocationRegistered(registered) => {
                registered.check_undo(state, self.position)?;
            }
            Event::AllocationCarried(carried) => carried.check_undo(state, self.position)?,
            Event::InKindReceived(received) => received.check_undo(state, self.position)?,
            Event::InKindHandedOut(_) => {}
            Event::MatchingRequired(required) => required.check_undo(state, self.position)?,
            Event::SubsidyPaid(paid) => paid.check_undo(state, self.position)?,
            Event::SubsidyReturned(returned) => returned.check_undo(state, self.position)?,
            Event::SubsidyDemanded(demanded) => demanded.check_undo(state, self.position)?,
            Event::GuaranteeCompensated(event) => event.check_undo(state, self.position)?,
            Event::GuaranteeRecovered(event) => event.check_undo(state, self.position)?,
            Event::GuaranteeSettled(event) => event.check_undo(state, self.position)?,
            Event::GuaranteeWrittenOff(event) => event.check_undo(state, self.position)?,
            Event::GuaranteeReshareClaimed(event) => event.check_undo(state, self.position)?,
            Event::GuaranteeReshareReceived(event) => event.check_undo(state, self.position)?,
            Event::PremiumAssessed(assessed) => assessed.check_undo(state, self.position)?,
            Event::PremiumPaid(paid) => paid.settlement.check_undo(state, self.position)?,
            Event::MortgageAuctioned(auctioned) => auctioned.check_undo(state, self.position)?,
            Event::WagesFiled(filed) => filed.check_undo(state, self.position)?,
            Event::WagesRecovered(recovered) => recovered.check_undo(state, self.position)?,
            Event::WagesPaid(paid) => paid.check_undo(state, self.position)?,
            Event::ReliefRecorded(_) => {}
            Event::DiscountReturned(returned) => returned.check_undo(state, self.position)?,
            Event::DiscountAdvanced(advanced) => advanced.check_undo(state, self.position)?,
            Event::DiscountSettled(settled) => settled.check_undo(state, self.position)?,
            Event::UpperTierReceived(received) => received.check_undo(state, self.position)?,
            Event::LoanExtended(extended) => extended.check_undo(state, self.position)?,
            Event::LoanRescheduled(event) => event.check_undo(state, self.position)?,
            Event::LoanPenaltyCharged(charged) => charged.check_undo(state, self.position)?,
            Event::LoanMisused(misused) => misused.check_undo(state, self.position)?,
            Event::LoanRateReset(reset) => reset.check_undo(state, self.position)?,
            Event::LoanPenaltyWaived(waived) => waived.check_undo(state, self.position)?,
            _ => {
                let (position, kind) = (self.position, event.kind());
                return Err(Refusal::NotReversible { position, kind });
            }
        }
        Ok(Reversed {
            position: self.position,
            effective_on: original.effective_on,
            original: Box::new(event.clone()),
            reason: self.reason.clone(),
            document: self.document.clone(),
        })
    }
}

impl Reversed {
    pub(crate) fn entry(&self) -> Entry {
        self.original.entry().reversed()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.reversed.insert(self.position);
        match &*self.original {
            Event::FundPledged(pledged) => pledged.undo(state),
            Event::FundReceived(received) => received.undo(state, self.position),
            Event::LoanDisbursed(disbursed) => disbursed.undo(state),
            Event::LoanRepaid(repaid) => repaid.undo(state),
            Event::LoanRefunded(refunded) => refunded.undo(state),
            Event::DiscountFileReceived(received) => received.undo(state),
            Event::DiscountPaid(paid) => paid.undo(state),
            Event::SurplusReturned(returned) => returned.undo(state, self.position),
            Event::PledgeWithdrawn(withdrawn) => withdrawn.undo(state, self.position),
            Event::AllocationRegistered(registered) => registered.undo(state),
            Event::AllocationCarried(carried) => carried.undo(state, self.position),
            Event::InKindReceived(received) => received.undo(state),
            Event::InKindHandedOut(handed_out) => handed_out.undo(state, self.position),
            Event::MatchingRequired(required) => required.undo(state),
            Event::SubsidyPaid(paid) => paid.clone().wait(state),
            Event::SubsidyReturned(returned) => returned.undo(state),
            Event::SubsidyDemanded(demanded) => demanded.undo(state, self.position),
            Event::GuaranteeCompensated(event) => event.undo(state),
            Event::GuaranteeRecovered(event) => event.undo(state),
            Event::GuaranteeSettled(event) => event.undo(state),
            Event::GuaranteeWrittenOff(event) => event.undo(state),
            Event::GuaranteeReshareClaimed(event) => event.undo(state),
            Event::GuaranteeReshareReceived(event) => event.undo(state),
            Event::PremiumAssessed(assessed) => assessed.undo(state),
            Event::PremiumPaid(paid) => paid.settlement.undo(state),
            Event::MortgageAuctioned(auctioned) => auctioned.undo(state),
            Event::WagesFiled(filed) => filed.undo(state),
            Event::WagesRecovered(recovered) => recovered.undo(state),
            Event::WagesPaid(paid) => paid.undo(state),
            Event::ReliefRecorded(recorded) => recorded.undo(state),
            Event::DiscountReturned(returned) => returned.undo(state),
            Event::DiscountAdvanced(advanced) => advanced.undo(state),
            Event::DiscountSettled(settled) => settled.undo(state),
            Event::LoanExtended(extended) => extended.undo(state),
            Event::LoanRescheduled(rescheduled) => rescheduled.undo(state),
            Event::LoanPenaltyCharged(charged) => charged.undo(state),
            Event::LoanMisused(misused) => misused.undo(state),
            Event::LoanRateReset(reset) => reset.undo(state),
            Event::LoanPenaltyWaived(waived) => waived.undo(state),
            // An allocation and money of an upper tier are nothing but their entries; other kinds are never reversed.
            _ => {}
        }
    }
}
