//! Fees and taxes reduced or waived (减免): revenue that a department forgoes, counted in memo accounts. No money
//! moves.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::id::{Id, Text};
use crate::money::Money;
use crate::refusal::{Refusal, Word};
use crate::state::{Name, State};

/// Command `foregone_revenue.record` and event `foregone_revenue.recorded.v1`: what a department reports for a
/// period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The department that forgoes it.
    pub department: Id,
    /// What kind of relief it is.
    pub kind: ReliefKind,
    /// Which fee, tax or premium.
    pub item: Id,
    /// The first day of the period.
    pub from: Date,
    /// The last day of the period.
    pub to: Date,
    /// How many persons, households or enterprises had it.
    pub beneficiaries: u32,
    /// How much in all.
    pub amount: Money,
    /// The report.
    pub document: Text,
}

/// A kind of relief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReliefKind {
    /// An administrative fee waived or reduced (行政事业性收费减免).
    Fee,
    /// A tax waived or reduced (税收减免).
    Tax,
    /// Medical and other service charges reduced (服务收费优惠).
    ServiceCharge,
    /// A social-insurance premium rate reduced (降低社保费率).
    PremiumReduction,
    /// Unemployment premiums given back to enterprises that keep their staff (稳岗返还).
    StabilisationRefund,
}

impl ReliefKind {
    const fn word(self) -> Word {
        match self {
            Self::Fee => Word::new("administrative fee", "行政事业性收费"),
            Self::Tax => Word::new("tax", "税收"),
            Self::ServiceCharge => Word::new("service charge", "服务收费"),
            Self::PremiumReduction => Word::new("premium reduction", "社保费率降低"),
            Self::StabilisationRefund => Word::new("stabilisation refund", "稳岗返还"),
        }
    }
}

impl Recorded {
    pub(crate) fn decide(&self, state: &State) -> Result<Self, Refusal> {
        positive("amount", self.amount)?;
        if self.to < self.from {
            let problem = format!("lies before {}", self.from);
            return Err(Refusal::FormInvalid { field: "data.to".into(), problem });
        }
        if state.is_used(self.name()) {
            return Err(Refusal::ReliefRecordedAlready {
                department: self.department.clone(),
                kind: self.kind.word(),
                item: self.item.clone(),
                from: self.from,
                to: self.to,
            });
        }
        Ok(self.clone())
    }

    /// By department: the pot's source is whose revenue it would have been.
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot { fund: None, source: Some(self.department.clone()), purpose: None };
        let (debit, credit) = (Account::ForegoneRevenue, Account::ForegoneRevenueContra);
        entry.transfer(debit, credit, &pot, self.amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.use_up(self.name());
    }

    pub(crate) fn undo(&self, state: &mut State) {
        state.free(self.name());
    }

    fn name(&self) -> Name<'_> {
        Name::Relief {
            department: &self.department,
            kind: self.kind,
            item: &self.item,
            from: self.from,
            to: self.to,
        }
    }
}
