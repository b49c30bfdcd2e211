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
            Event::DiscountPaid(_) | Event::SurplusReturned(_) | Event::PledgeWithdrawn(_) => {}
            Event::AllocationRegistered(registered) => {
                registered.check_undo(state, self.position)?;
            }
            Event::MatchingRequired(required) => required.check_undo(state, self.position)?,
            Event::SubsidyPaid(grant) => grant.check_undo_paid(state, self.position)?,
            Event::SubsidyReturned(returned) => returned.check_undo(state, self.position)?,
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
            Event::DiscountPaid(paid) => paid.undo(state),
            Event::SurplusReturned(returned) => returned.undo(state),
            Event::PledgeWithdrawn(withdrawn) => withdrawn.undo(state, self.position),
            Event::AllocationRegistered(registered) => registered.undo(state),
            Event::MatchingRequired(required) => required.undo(state),
            Event::SubsidyPaid(grant) => grant.wait(state),
            Event::SubsidyReturned(returned) => returned.undo(state),
            // An allocation is nothing but its entry; other kinds are never reversed.
            _ => {}
        }
    }
}
