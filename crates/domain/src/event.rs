//! Events: what was decided. Their JSON is a contract for as long as anyone keeps the log.
//!
//! A type ends in a version. A breaking change is a new type beside the old one; old ones are read for
//! ever and never rewritten. Schemas are closed: unknown or repeated fields, nulls and numbers with a
//! fraction are refused, and decoding and encoding give the same bytes.

use serde::{Deserialize, Serialize};

use crate::account::Entry;
use crate::date::Date;
use crate::state::State;
use crate::{
    allocation_document, budget_year, calendar, fund, guarantee_fund, in_kind, interest_discount,
    loan, matching_fund, parameter, pledge, programme, reversal_entry, subsidy, subsidy_batch,
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
    SubsidyPaid(subsidy::Grant) "subsidy.paid.v1"
    /// An approval is withdrawn.
    SubsidyCancelled(subsidy::Cancelled) "subsidy.cancelled.v1"
    /// Money of a payment comes back.
    SubsidyReturned(subsidy::Returned) "subsidy.returned.v1"
    /// A roster is approved.
    BatchApproved(subsidy_batch::Approved) "subsidy_batch.approved.v1"
    /// A roster is paid.
    BatchPaid(subsidy_batch::Paid) "subsidy_batch.paid.v1"
    /// An entry is reversed.
    ReversalRecorded(reversal_entry::Reversed) "reversal.recorded.v1"
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
    SubsidyReissued(subsidy::Grant) "subsidy.reissued.v1"
    /// A gift in kind is received.
    InKindReceived(in_kind::Received) "in_kind.received.v1"
    /// A gift in kind is handed out.
    InKindHandedOut(in_kind::HandedOut) "in_kind.handed_out.v1"
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

    /// What the event is about, as `loan/L-1`; part of the record and of the trace.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::CalendarPublished(event) => format!("calendar/{}", event.year),
            Self::ProgrammePublished(event) => format!("programme/{}", event.programme),
            Self::FundOpened(event) => format!("fund/{}", event.fund),
            Self::FundPledged(event) => format!("fund/{}", event.fund),
            Self::FundReceived(event) => format!("fund/{}", event.fund),
            Self::FundAllocated(event) => format!("fund/{}", event.fund),
            Self::LoanApplied(event) => format!("loan/{}", event.loan),
            Self::LoanApproved(event) => format!("loan/{}", event.loan),
            Self::LoanCancelled(event) => format!("loan/{}", event.loan),
            Self::LoanDisbursed(event) => format!("loan/{}", event.loan),
            Self::LoanRepaid(event) => format!("loan/{}", event.loan),
            Self::LoanRefunded(event) => format!("loan/{}", event.loan),
            Self::GuaranteeCommitted(event) => format!("loan/{}", event.loan),
            Self::DiscountClaimed(event) => format!("loan/{}", event.loan),
            Self::DiscountFiled(event) => format!("claim/{}", event.claim),
            Self::DiscountApproved(event) => format!("claim/{}", event.claim),
            Self::DiscountRejected(event) => format!("claim/{}", event.claim),
            Self::DiscountPaid(event) => format!("claim/{}", event.claim),
            Self::SubsidyApproved(grant) | Self::SubsidyPaid(grant) => {
                format!("subsidy/{}", grant.subsidy)
            }
            Self::SubsidyCancelled(event) => format!("subsidy/{}", event.grant.subsidy),
            Self::SubsidyReturned(event) => format!("subsidy/{}", event.subsidy),
            Self::BatchApproved(event) => format!("batch/{}", event.batch),
            Self::BatchPaid(event) => format!("batch/{}", event.batch),
            Self::ReversalRecorded(event) => event.original.subject(),
            Self::ParameterPublished(event) => format!("parameter/{}", event.parameter),
            Self::BudgetYearOpened(event) => format!("budget_year/{}", event.year),
            Self::BudgetYearClosed(event) => format!("budget_year/{}", event.year),
            Self::AllocationRegistered(event) => format!("fund/{}", event.fund),
            Self::AllocationCarried(event) => format!("fund/{}", event.fund),
            Self::SurplusReturned(event) => format!("fund/{}", event.fund),
            Self::MatchingRequired(event) => format!("fund/{}", event.fund),
            Self::PledgeWithdrawn(event) => format!("fund/{}", event.fund),
            Self::BatchNoticed(event) => format!("batch/{}", event.batch),
            Self::SubsidyReissued(event) => format!("subsidy/{}", event.subsidy),
            Self::InKindReceived(event) => format!("fund/{}", event.fund),
            Self::InKindHandedOut(event) => format!("fund/{}", event.fund),
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
            Self::SubsidyPaid(grant) => grant.paid_entry(),
            Self::SubsidyCancelled(event) => event.entry(),
            Self::SubsidyReturned(event) => event.entry(),
            Self::ReversalRecorded(event) => event.entry(),
            Self::ParameterPublished(event) => event.entry(),
            Self::BudgetYearOpened(event) => event.entry(),
            Self::BudgetYearClosed(event) => event.entry(),
            Self::AllocationRegistered(event) => event.entry(),
            Self::AllocationCarried(event) => event.entry(),
            Self::SurplusReturned(event) => event.entry(),
            Self::MatchingRequired(event) => event.entry(),
            Self::PledgeWithdrawn(event) => event.entry(),
            Self::SubsidyReissued(event) => event.approved_entry(),
            Self::InKindReceived(event) => event.entry(),
            Self::InKindHandedOut(event) => event.entry(),
            // Applications and claims ask for money; the headers of rosters only sum up their lines.
            Self::LoanApplied(_)
            | Self::DiscountClaimed(_)
            | Self::DiscountFiled(_)
            | Self::BatchApproved(_)
            | Self::BatchNoticed(_)
            | Self::BatchPaid(_) => Entry::new(),
        }
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        match self {
            Self::CalendarPublished(event) => event.apply(state),
            Self::ProgrammePublished(event) => event.apply(state),
            Self::FundOpened(event) => event.apply(state),
            Self::FundPledged(event) => event.apply(state),
            Self::FundReceived(event) => event.apply(state, position),
            Self::LoanApplied(event) => event.apply(state),
            Self::LoanApproved(event) => event.apply(state),
            Self::LoanCancelled(event) => event.apply(state),
            Self::LoanDisbursed(event) => event.apply(state, position, effective_on),
            Self::LoanRepaid(event) => event.apply(state, position, effective_on),
            Self::LoanRefunded(event) => event.apply(state, position, effective_on),
            Self::GuaranteeCommitted(event) => event.apply(state),
            Self::DiscountClaimed(event) => event.apply(state, position),
            Self::DiscountFiled(event) => event.apply(state),
            Self::DiscountApproved(event) => event.apply(state),
            Self::DiscountRejected(event) => event.apply(state),
            Self::DiscountPaid(event) => event.apply(state),
            Self::SubsidyApproved(grant) => grant.apply_approved(state),
            Self::SubsidyPaid(grant) => grant.apply_paid(state),
            Self::SubsidyCancelled(event) => event.apply(state),
            Self::SubsidyReturned(event) => event.apply(state, position),
            Self::BatchApproved(event) => event.apply(state),
            Self::ReversalRecorded(event) => event.apply(state),
            Self::ParameterPublished(event) => event.apply(state),
            Self::BudgetYearOpened(event) => event.apply(state),
            Self::BudgetYearClosed(event) => event.apply(state),
            Self::AllocationRegistered(event) => event.apply(state),
            Self::AllocationCarried(event) => event.apply(state),
            Self::SurplusReturned(event) => event.apply(state),
            Self::MatchingRequired(event) => event.apply(state),
            Self::PledgeWithdrawn(event) => event.apply(state, position),
            Self::BatchNoticed(event) => event.apply(state),
            Self::SubsidyReissued(event) => event.apply_approved(state),
            Self::InKindReceived(event) => event.apply(state),
            Self::InKindHandedOut(event) => event.apply(state),
            // An allocation is nothing but its entry; the payment of a roster sums up its lines.
            Self::FundAllocated(_) | Self::BatchPaid(_) => {}
        }
    }
}
