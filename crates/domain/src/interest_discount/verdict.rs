//! What the ledger finds when it holds a line of a bank against its own figures.

use super::segment::{Assume, Computed, Discounted};
use super::terms::DiscountTerms;
use crate::date::Date;
use crate::id::{Id, Pseudonym};
use crate::loan::Stage;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::State;

/// A line of a bank: the interest and the discount of a loan from `from` to before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankLine<'a> {
    /// The bank that files it.
    pub bank: Option<&'a Id>,
    /// The loan.
    pub loan: &'a Id,
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// The interest that the bank states.
    pub interest: Money,
    /// The discount that it claims.
    pub discount: Money,
}

/// What is found about a line. Where figures are compared, those of the ledger stand in `computed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both figures are the ledger's own.
    Equal {
        /// What the ledger computes.
        computed: Computed,
    },
    /// They differ by no more than the programme tolerates.
    WithinTolerance {
        /// What the ledger computes.
        computed: Computed,
    },
    /// The interest stated differs, and with it the discount.
    InterestDiffers {
        /// What the ledger computes.
        computed: Computed,
        /// What is stated less what is computed.
        difference: Money,
    },
    /// The interest agrees and the discount does not.
    DiscountDiffers {
        /// What the ledger computes.
        computed: Computed,
        /// What is claimed less what is computed.
        difference: Money,
    },
    /// The line is computed on all principal, as if there were no cap.
    OverCap {
        /// What the ledger computes.
        computed: Computed,
        /// The most principal that interest is discounted on.
        cap: Money,
    },
    /// The line is computed as if nothing had been repaid, or runs on after everything was.
    RepaidEarly {
        /// What the ledger computes.
        computed: Computed,
        /// The day from which less principal is discounted.
        on: Date,
    },
    /// There is no such loan, or it was closed long ago.
    UnknownLoan,
    /// The loan is not lent yet.
    NotLent,
    /// No rule discounts its interest.
    NoDiscount,
    /// Another bank lends it.
    OtherBank {
        /// The bank that lends.
        bank: Option<Id>,
    },
    /// Another bank lends it, and the same days are claimed already.
    ClaimedByTwoBanks {
        /// The bank that lends.
        bank: Option<Id>,
        /// The day from which it may be claimed for.
        until: Date,
    },
    /// The period holds no day, or begins before the loan was lent.
    BeforeDisbursement {
        /// When it was lent.
        disbursed_on: Date,
    },
    /// Days of the period are claimed or discounted already.
    AlreadyClaimed {
        /// The day from which it may be claimed for.
        until: Date,
    },
    /// Days of the period lie after maturity or after the months of the discount.
    AfterMaturity {
        /// The day before which it may be claimed for.
        last: Date,
    },
    /// The borrower has had as many discounted loans as a lifetime allows.
    OverLifetimeCount {
        /// Who.
        borrower: Pseudonym,
        /// How many there were.
        count: u16,
        /// How many there may be.
        maximum: u16,
    },
    /// The mode needs the reference rate of the contract, and the contract names none.
    ReferenceRateMissing {
        /// The programme.
        programme: Id,
        /// The version that needs it.
        version: u32,
    },
}

/// A verdict, and whether the line may be paid all the same: a bank may claim less than the ledger computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is found.
    pub verdict: Verdict,
    /// Whether the verdict is no reason to refuse the line.
    pub accepted: bool,
}

/// Holds a line against the ledger. Changes nothing and depends on nothing else.
#[must_use]
pub fn hold_against(state: &State, line: &BankLine<'_>) -> Finding {
    let refused = |verdict| Finding { verdict, accepted: false };
    let Ok(loan) = state.loan(line.loan) else { return refused(Verdict::UnknownLoan) };
    let Stage::Active(active) = &loan.stage else { return refused(Verdict::NotLent) };
    let discounted = match Discounted::of(state, loan, active) {
        Ok(Some(discounted)) => discounted,
        _ => return refused(Verdict::NoDiscount),
    };
    // The rules of the last day hold for the period as a whole; those of each day for what is computed.
    let Some(terms) = discounted.terms_on(line.to.plus_days(-1)) else {
        return refused(Verdict::NoDiscount);
    };
    let verdict = discounted.verdict(state, terms, state.bank_of(loan), line);
    let accepted = verdict.refusal(line, discounted.programme, terms).is_none();
    Finding { verdict, accepted }
}

impl Discounted<'_> {
    pub(super) fn verdict(
        &self,
        state: &State,
        terms: &DiscountTerms,
        bank: Option<&Id>,
        line: &BankLine<'_>,
    ) -> Verdict {
        let claimed = self.active.claimed.list();
        let overlapping =
            claimed.iter().filter(|other| other.from < line.to && line.from < other.to);
        let until = overlapping.map(|other| other.to).max();
        if bank != line.bank {
            let bank = bank.cloned();
            return match until {
                Some(until) => Verdict::ClaimedByTwoBanks { bank, until },
                None => Verdict::OtherBank { bank },
            };
        }
        if line.from < self.active.disbursed_on || line.to <= line.from {
            return Verdict::BeforeDisbursement { disbursed_on: self.active.disbursed_on };
        }
        if let Some(until) = until {
            return Verdict::AlreadyClaimed { until };
        }
        let last = self.active.discount_end(terms);
        if line.to > last {
            return Verdict::AfterMaturity { last };
        }
        let count = state.discounted_loans(self.borrower);
        if let Some(maximum) = terms.loans_per_borrower
            && claimed.is_empty()
            && count >= maximum
        {
            return Verdict::OverLifetimeCount { borrower: self.borrower, count, maximum };
        }
        self.compared(state, terms, line).unwrap_or_else(|refusal| match refusal {
            Refusal::ReferenceRateMissing { programme, version } => {
                Verdict::ReferenceRateMissing { programme, version }
            }
            _ => Verdict::NoDiscount,
        })
    }

    fn compared(
        &self,
        state: &State,
        terms: &DiscountTerms,
        line: &BankLine<'_>,
    ) -> Result<Verdict, Refusal> {
        let period = (line.from, line.to);
        let computed = self.computed(state, period, Assume::Nothing)?;
        let within = |computed: &Computed, tolerance| {
            distance(line.interest, computed.interest) <= tolerance
                && distance(line.discount, computed.discount) <= tolerance
        };
        if within(&computed, Money::ZERO) {
            return Ok(Verdict::Equal { computed });
        }
        let tolerance = terms.tolerance();
        if within(&computed, tolerance) {
            return Ok(Verdict::WithinTolerance { computed });
        }
        if let Some(cap) = terms.principal_cap {
            let uncapped = self.computed(state, period, Assume::NoCap)?;
            if uncapped != computed && within(&uncapped, tolerance) {
                return Ok(Verdict::OverCap { computed, cap });
            }
        }
        let unchanged = self.computed(state, period, Assume::NothingRepaid)?;
        let repaid = self.active.repaid_before_overdue();
        let on = repaid.iter().copied().find(|on| *on > line.from && *on < line.to);
        if let Some(on) = on
            && unchanged != computed
            && within(&unchanged, tolerance)
        {
            return Ok(Verdict::RepaidEarly { computed, on });
        }
        if let Some(on) = repaid.last().filter(|_| self.active.is_repaid())
            && *on <= line.from
        {
            return Ok(Verdict::RepaidEarly { computed, on: *on });
        }
        if distance(line.interest, computed.interest) > tolerance {
            let difference = line.interest - computed.interest;
            return Ok(Verdict::InterestDiffers { computed, difference });
        }
        let difference = line.discount - computed.discount;
        Ok(Verdict::DiscountDiffers { computed, difference })
    }
}

fn distance(one: Money, other: Money) -> Money {
    (one - other).max(other - one)
}

impl Verdict {
    /// What the ledger computes, where figures were compared.
    #[must_use]
    pub fn computed(&self) -> Option<&Computed> {
        match self {
            Self::Equal { computed }
            | Self::WithinTolerance { computed }
            | Self::InterestDiffers { computed, .. }
            | Self::DiscountDiffers { computed, .. }
            | Self::OverCap { computed, .. }
            | Self::RepaidEarly { computed, .. } => Some(computed),
            _ => None,
        }
    }

    /// Why a line of this verdict is refused; `None` when it may be paid. A bank may claim less than the
    /// ledger computes, never more than it tolerates.
    pub(super) fn refusal(
        &self,
        line: &BankLine<'_>,
        programme: &Id,
        terms: &DiscountTerms,
    ) -> Option<Refusal> {
        let loan = line.loan.clone();
        Some(match self {
            Self::Equal { .. } | Self::WithinTolerance { .. } => return None,
            Self::OverCap { computed, cap } => Refusal::DiscountOverCap {
                loan,
                claimed: line.discount,
                cap: *cap,
                maximum: computed.discount,
            },
            Self::RepaidEarly { computed, on } if line.discount > computed.discount => {
                Refusal::LoanRepaidEarly { loan, on: *on, maximum: computed.discount }
            }
            Self::RepaidEarly { computed, .. }
            | Self::InterestDiffers { computed, .. }
            | Self::DiscountDiffers { computed, .. } => {
                return over(computed, line, terms.tolerance());
            }
            Self::UnknownLoan | Self::NotLent => Refusal::UnknownLoan { loan },
            Self::NoDiscount => Refusal::NoDiscount { programme: programme.clone() },
            Self::OtherBank { bank } => Refusal::ClaimBankDiffers {
                loan,
                bank: name(bank.as_ref()),
                claimed: name(line.bank),
            },
            Self::ClaimedByTwoBanks { bank, until } => Refusal::ClaimedByTwoBanks {
                loan,
                bank: name(bank.as_ref()),
                claimed: name(line.bank),
                until: *until,
            },
            Self::BeforeDisbursement { disbursed_on } => {
                Refusal::BeforeDisbursement { loan, disbursed_on: *disbursed_on, date: line.from }
            }
            Self::AlreadyClaimed { until } => {
                Refusal::InterestAlreadyDiscounted { loan, until: *until, from: line.from }
            }
            Self::AfterMaturity { last } => {
                Refusal::BeyondDiscountPeriod { loan, last: *last, to: line.to }
            }
            Self::OverLifetimeCount { borrower, count, maximum } => {
                Refusal::DiscountedLoansOverLimit {
                    borrower: *borrower,
                    count: *count,
                    maximum: *maximum,
                }
            }
            Self::ReferenceRateMissing { programme, version } => {
                Refusal::ReferenceRateMissing { programme: programme.clone(), version: *version }
            }
        })
    }
}

/// Refused when a line claims more than is computed and tolerated.
fn over(computed: &Computed, line: &BankLine<'_>, tolerance: Money) -> Option<Refusal> {
    let loan = line.loan.clone();
    if line.interest > computed.interest + tolerance {
        let (claimed, actual) = (line.interest, computed.interest);
        return Some(Refusal::InterestOverActual { loan, claimed, actual });
    }
    // Where the bank charged less than the ledger computes, the discount shrinks with it.
    let charged = line.interest.min(computed.interest);
    let rest = computed.interest - charged;
    let parts = computed.discount.split(&[charged.fen(), rest.fen()]);
    let maximum = parts.and_then(|parts| parts.first().copied()).unwrap_or_default();
    (line.discount > maximum + tolerance).then_some(Refusal::DiscountOverShare {
        loan,
        claimed: line.discount,
        maximum,
    })
}

fn name(bank: Option<&Id>) -> String {
    bank.map_or_else(|| "-".to_owned(), ToString::to_string)
}
