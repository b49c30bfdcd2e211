//! Penalty interest (罚息) on overdue and misused loans, and compound interest (复利) on unpaid interest.
//!
//! It is charged to a day, like interest on a settlement day: nothing runs at night. What changes the amounts that
//! it runs on, a repayment say, comes after it is charged to that day, so that a charge always looks at amounts
//! that stood still.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::date::Date;
use crate::day_count::{DayCount, year_fraction};
use crate::guarantee_fund::compensation::Compensation;
use crate::id::{Id, present};
use crate::loan::contract_terms::PenaltyTerms;
use crate::loan::disbursement::{bank_pot, last_of_loan};
use crate::loan::repayment::{Standing, lending_pot, not_before};
use crate::loan::{Active, Loan, lending_fund, terms, with_active};
use crate::money::Money;
use crate::programme::{Bucket, LoanTerms};
use crate::rate::Rate;
use crate::refusal::{Refusal, Word};
use crate::state::State;

/// Command `loan.charge_penalty`: penalty and compound interest are charged to the effective date, which is not
/// counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargePenalty {
    /// The loan.
    pub loan: Id,
}

/// Event `loan.penalty_charged.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyCharged {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// What it was computed from.
    pub lines: Vec<PenaltyLine>,
    /// Penalty interest: the lines on principal, added up exactly and rounded once.
    pub penalty: Money,
    /// Compound interest: the lines on interest, added up exactly and rounded once.
    pub compound: Money,
    /// The fund that lent, unless a bank did.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// The source that lent first, under which it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub source: Option<Id>,
    /// The day to which it was charged before.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub charged_to_before: Option<Date>,
    /// How the loan stood before, so that this can be reversed.
    pub before: Standing,
}

/// An amount that bears penalty or compound interest from a day to before another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyLine {
    /// What the amount is.
    pub on: Base,
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// The amount.
    pub amount: Money,
    /// The annual rate; for misused principal that is not overdue, what it is more than that of the contract, because
    /// its instalments hold the rest.
    pub rate: Rate,
}

/// What bears penalty or compound interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Principal that is overdue.
    OverduePrincipal,
    /// Principal of a misused loan that is not overdue.
    MisusedPrincipal,
    /// Interest that is overdue.
    OverdueInterest,
}

/// Penalty and compound interest of a loan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charges {
    /// Penalty interest.
    pub penalty: Money,
    /// Compound interest.
    pub compound: Money,
}

/// What the ledger knows of the penalty interest of a loan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PenaltyStanding {
    /// Charged and not paid.
    pub owed: Charges,
    /// The day to which it is charged.
    pub charged_to: Option<Date>,
    /// The day from which the loan was misused.
    pub misused_from: Option<Date>,
}

pub(crate) const PENALTY: Word = Word::new("penalty interest", "罚息");

impl Charges {
    /// Both together.
    #[must_use]
    pub fn total(&self) -> Money {
        self.penalty + self.compound
    }

    /// Covers what is owed in the order of the buckets. Gives what is left of the money.
    pub(crate) fn cover(&mut self, owed: Self, order: &[Bucket], mut left: Money) -> Money {
        for bucket in order {
            let (covered, owed) = match bucket {
                Bucket::Penalty => (&mut self.penalty, owed.penalty),
                Bucket::Compound => (&mut self.compound, owed.compound),
                Bucket::Interest | Bucket::Principal => continue,
            };
            let part = left.min(owed - *covered);
            *covered += part;
            left -= part;
        }
        left
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.penalty += other.penalty;
        self.compound += other.compound;
    }

    pub(crate) fn take(&mut self, other: Self) {
        self.penalty -= other.penalty;
        self.compound -= other.compound;
    }
}

/// What is to be charged, and from what.
struct Charge {
    lines: Vec<PenaltyLine>,
    charges: Charges,
}

impl Charge {
    /// What a loan is to be charged to a day.
    fn of(
        state: &State,
        terms: &LoanTerms,
        penalty: &PenaltyTerms,
        active: &Active,
        to: Date,
    ) -> Self {
        let lines = lines(state, terms, penalty, active, to);
        let sum = |of_interest: bool| {
            let lines =
                lines.iter().filter(|line| (line.on == Base::OverdueInterest) == of_interest);
            let exact = exact(lines, terms.day_count);
            exact.and_then(|exact| Money::round_fen(exact, terms.rounding)).unwrap_or_default()
        };
        Self { charges: Charges { penalty: sum(false), compound: sum(true) }, lines }
    }
}

/// The amounts that bear penalty and compound interest since it was last charged.
fn lines(
    state: &State,
    terms: &LoanTerms,
    penalty: &PenaltyTerms,
    active: &Active,
    to: Date,
) -> Vec<PenaltyLine> {
    let standing = active.penalty();
    let charged_to = standing.charged_to.unwrap_or(active.disbursed_on);
    let misused_from = standing.misused_from.unwrap_or(to).clamp(charged_to, to.max(charged_to));
    let resets: Vec<Date> = active.rate_resets().into_iter().map(|(day, _)| day).collect();
    let overdue = |contract| penalty.overdue.of(contract);
    let misuse = |contract| penalty.misuse.of(contract);
    // Of overdue and misuse the heavier one only (银发〔2003〕251号).
    let both = |contract| overdue(contract).max(misuse(contract));
    let more = |contract: Rate| Rate::within(misuse(contract).decimal() - contract.decimal());
    let mut lines = Vec::new();
    // Each rate of the contract bears its own days.
    let mut add = |on, from: Date, to: Date, amount: Money, of: &dyn Fn(Rate) -> Rate| {
        let mut from = from;
        while from < to && amount.is_positive() {
            let until = resets.iter().find(|day| **day > from).map_or(to, |day| to.min(*day));
            let rate = of(active.annual_rate_on(from));
            if rate > Rate::ZERO {
                lines.push(PenaltyLine { on, from, to: until, amount, rate });
            }
            from = until;
        }
    };
    for due in active.open.unpack() {
        // A payment on the next working day is in time (Civil Code article 203).
        let payable_until =
            if terms.working_days { state.calendar.on_or_after(due.due_on) } else { due.due_on };
        let from = payable_until.max(charged_to);
        let spans = [(from, to.min(misused_from), false), (from.max(misused_from), to, true)];
        for (from, to, is_misused) in spans {
            let of: &dyn Fn(Rate) -> Rate = if is_misused { &both } else { &overdue };
            add(Base::OverduePrincipal, from, to, due.principal, of);
            if penalty.compound {
                add(Base::OverdueInterest, from, to, due.interest, of);
            }
        }
    }
    let principal = active.not_overdue();
    for (index, (day, amount)) in principal.iter().enumerate() {
        let until = principal.get(index + 1).map_or(to, |(next, _)| *next);
        let from = (*day).max(misused_from);
        add(Base::MisusedPrincipal, from, until.min(to), *amount, &more);
    }
    lines
}

/// The sum of the lines in fen: divided once; `None` when it does not fit a decimal.
fn exact<'a>(lines: impl Iterator<Item = &'a PenaltyLine>, day_count: DayCount) -> Option<Decimal> {
    let (mut numerator, mut denominator) = (Decimal::ZERO, 1);
    for line in lines {
        let (parts, year) = year_fraction(line.from, line.to, day_count)?.parts_and_year();
        let yearly = line.amount.to_decimal_fen().checked_mul(line.rate.decimal())?;
        numerator = numerator.checked_add(yearly.checked_mul(Decimal::from(parts))?)?;
        // One day count parts the year in one way.
        denominator = year;
    }
    numerator.checked_div(Decimal::from(denominator))
}

/// Refused while penalty interest is to be charged to a day on which the amounts that it runs on change.
pub(crate) fn charged(state: &State, loan_id: &Id, loan: &Loan, on: Date) -> Result<(), Refusal> {
    let (_, terms) = terms(state, loan)?;
    let Some(penalty) = &terms.penalty else { return Ok(()) };
    let amount = Charge::of(state, terms, penalty, loan.active(loan_id)?, on).charges.total();
    if amount.is_positive() {
        return Err(Refusal::PenaltyNotCharged { loan: loan_id.clone(), amount, date: on });
    }
    Ok(())
}

impl ChargePenalty {
    pub(crate) fn decide(
        &self,
        state: &State,
        effective_on: Date,
    ) -> Result<PenaltyCharged, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let active = loan.active(&self.loan)?;
        not_before(&self.loan, active, effective_on)?;
        Compensation::none_open(state, &self.loan)?;
        let Some(penalty) = &terms.penalty else {
            let (programme, version) = (version.programme.clone(), version.version);
            return Err(Refusal::ContractChangeNotAllowed { programme, version, kind: PENALTY });
        };
        let Charge { lines, charges } = Charge::of(state, terms, penalty, active, effective_on);
        if charges.total().is_zero() {
            let (loan, date) = (self.loan.clone(), effective_on);
            return Err(Refusal::NothingToCharge { loan, date });
        }
        Ok(PenaltyCharged {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            lines,
            penalty: charges.penalty,
            compound: charges.compound,
            fund: lending_fund(terms).cloned(),
            source: active.shares.first().map(|share| share.source.clone()),
            charged_to_before: active.penalty().charged_to,
            before: Standing::of(active),
        })
    }
}

impl PenaltyCharged {
    const fn charges(&self) -> Charges {
        Charges { penalty: self.penalty, compound: self.compound }
    }

    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = penalty_pot(self.fund.as_ref(), self.source.as_ref(), &self.programme);
        let amount = self.charges().total();
        entry.transfer(Account::Penalty, Account::PenaltyContra, &pot, amount);
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| {
                happened.penalty.owed.add(self.charges());
                happened.penalty.charged_to = Some(effective_on);
            });
            active.changed_on = effective_on;
            active.last_position = position;
        });
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        last_of_loan(state.loan(&self.loan)?.active(&self.loan)?, position)
    }

    pub(crate) fn undo(&self, state: &mut State) {
        with_active(state, &self.loan, |active| {
            active.incidents.with(|happened| {
                happened.penalty.owed.take(self.charges());
                happened.penalty.charged_to = self.charged_to_before;
            });
            self.before.restore(active);
        });
    }
}

impl Active {
    /// What is known of penalty interest.
    #[must_use]
    pub fn penalty(&self) -> PenaltyStanding {
        self.incidents.get().map(|happened| happened.penalty.clone()).unwrap_or_default()
    }
}

/// Where penalty interest is counted: with the source that lent first, or with the programme where a bank lends.
pub(crate) fn penalty_pot(fund: Option<&Id>, source: Option<&Id>, programme: &Id) -> Pot {
    fund.map_or_else(|| bank_pot(programme), |fund| lending_pot(fund, source, programme))
}
