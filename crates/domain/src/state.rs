//! The state of a ledger: what deciding needs to know, and nothing that the log or the views can tell.

mod lifetime;
mod name;
mod open_loans;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::account::Books;
use crate::asset_mortgage::Mortgage;
use crate::budget_year::BudgetYears;
use crate::by_hash::ByHash;
use crate::calendar::WorkingCalendar;
use crate::certificate::Certificates;
use crate::date::Date;
use crate::event::Event;
use crate::fund::Fund;
use crate::guarantee_fund::compensation::Compensation;
use crate::guarantee_fund::counter_guarantee::CounterGuarantees;
use crate::guarantee_fund::handling_bank::BankStanding;
use crate::id::{Id, Pseudonym, Text};
use crate::interest_discount::{DiscountAdvance, DiscountClaim, ReceivedFile, ReturnedPart};
use crate::loan::rate_reset::Floating;
use crate::loan::reference_rate::ReferenceRate;
use crate::loan::{Loan, SETTLED_LOAN_KEPT_DAYS, Stage};
use crate::money::Money;
use crate::premium_arrears::PremiumAccount;
use crate::programme::Version;
use crate::refusal::{Refusal, Word};
use crate::subsidy::Payment;
use crate::subsidy::demand::OpenDemand;
use crate::subsidy::rule::Had;
use crate::subsidy_batch::notice::Posting;
use crate::wage_arrears::WageCase;
pub(crate) use name::Name;

/// Everything that decides. Maps in the order of their keys, or such as are never walked (`ByHash`), so that
/// no answer depends on chance (P6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The working-day calendar.
    pub calendar: WorkingCalendar,
    /// Every programme version, in the order of publication.
    #[serde(with = "crate::snapshot::as_json")]
    versions: Vec<Version>,
    /// The versions of each programme, as indices, oldest first.
    programmes: BTreeMap<Id, Vec<u32>>,
    /// The funds.
    pub funds: BTreeMap<Id, Fund>,
    /// The balances.
    pub books: Books,
    /// Loans applied for, open, or settled not long ago.
    pub loans: BTreeMap<Id, Loan>,
    /// Settled loans by the day of their last change: those to forget stand first.
    pub(crate) settled: BTreeSet<(Date, Id)>,
    /// How many loans a borrower has open.
    borrowers: BTreeMap<Pseudonym, u32>,
    /// The spouses that applications name, by loan, kept as long as the loan.
    spouses: BTreeMap<Id, Pseudonym>,
    /// How many loans the spouse of a person has open.
    loans_of_spouses: BTreeMap<Pseudonym, u32>,
    /// Discount claims that are not rejected; paid ones too, because a payment can be reversed.
    pub claims: BTreeMap<Id, DiscountClaim>,
    /// The files that came for claims that are not filed yet, oldest first.
    pub(crate) claim_files: BTreeMap<Id, Vec<ReceivedFile>>,
    /// Subsidies that are approved and not paid.
    #[serde(with = "crate::snapshot::waiting")]
    pub subsidies: BTreeMap<Id, Payment>,
    /// Rosters that are not paid: the names of their subsidies.
    pub batches: BTreeMap<Id, BTreeSet<Id>>,
    /// What households have used of their yearly caps, by programme and calendar year.
    households: BTreeMap<(Id, i16), ByHash<Pseudonym, Money>>,
    /// What came back of which payment: positions and amounts, by position of the payment.
    pub(crate) returned: BTreeMap<u64, Vec<(Link, Money)>>,
    /// What is demanded back of which payment, by position of the payment.
    pub demands: BTreeMap<u64, OpenDemand>,
    /// Positions of the records that are reversed.
    pub(crate) reversed: BTreeSet<u64>,
    /// Names used up for ever: eight bytes each of a hash, because there are millions.
    /// Two names that share a hash (one chance in a million for ten million names) are told apart by
    /// nothing; the second is refused and can be given another name.
    used: ByHash<u64, ()>,
    /// The latest effective date seen.
    latest: Option<Date>,
    /// What guarantee funds bear for the loans of each bank, by fund and bank.
    pub bank_standings: BTreeMap<(Id, Id), BankStanding>,
    /// Compensated claims by loan, kept as long as the loan.
    pub compensations: BTreeMap<Id, Compensation>,
    /// Counter-guarantees by loan, kept as long as the loan.
    pub counter_guarantees: BTreeMap<Id, CounterGuarantees>,
    /// What enterprises owe of premiums, by programme.
    pub premium_accounts: BTreeMap<(Id, Pseudonym), PremiumAccount>,
    /// Mortgages that hold an item.
    pub mortgages: BTreeMap<Id, Mortgage>,
    /// Wage cases.
    pub wage_cases: BTreeMap<Id, WageCase>,
    /// Certificates that are not withdrawn.
    pub certificates: Certificates,
    /// The handling banks, each once; loans name them by number, from 1.
    banks: Vec<Id>,
    /// The reference rates of contracts, each once; loans name them by number, from 1.
    reference_rates: Vec<ReferenceRate>,
    /// Advances for interest discount; settled ones too, because a settlement can be reversed.
    pub advances: BTreeMap<Id, DiscountAdvance>,
    /// What came back of which line of a discount claim, by position of the line.
    pub(crate) discounts_returned: BTreeMap<u64, Vec<ReturnedPart>>,
    /// The values of parameters by the day from which they hold, by parameter and place.
    pub(crate) parameters: BTreeMap<(Id, Text), BTreeMap<Date, Money>>,
    /// How the rates of contracts float, each once; loans name them by number, from 1.
    floatings: Vec<Floating>,
    /// Budget years.
    pub budget_years: BudgetYears,
    /// Rosters that must be posted, until the year after theirs is closed.
    pub(crate) postings: BTreeMap<Id, Posting>,
    /// What beneficiaries have had of programmes that limit it for a lifetime.
    had: BTreeMap<Id, ByHash<Pseudonym, Had>>,
}

/// Whether something is counted or taken back.
#[derive(Clone, Copy)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

/// A record that a command refers to.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// Its position.
    pub position: u64,
    /// Its effective date.
    pub effective_on: Date,
    /// Its event.
    pub event: &'a Event,
}

/// A record that something rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Its position.
    pub position: u64,
    /// Its effective date.
    pub effective_on: Date,
}

impl Link {
    /// Refused when something that follows from the record is dated before it.
    pub(crate) fn not_after(self, date: Date) -> Result<(), Refusal> {
        let Self { position, effective_on } = self;
        if date < effective_on {
            return Err(Refusal::BeforeOriginal { position, effective_on, date });
        }
        Ok(())
    }
}

impl Original<'_> {
    /// Refused when something that follows from the record is dated before it.
    pub(crate) fn not_after(&self, date: Date) -> Result<(), Refusal> {
        Link { position: self.position, effective_on: self.effective_on }.not_after(date)
    }
}

impl State {
    /// Takes an event in. Total: what stands in the log happened, whatever it is.
    pub fn evolve(&mut self, position: u64, effective_on: Date, event: &Event) {
        self.books.post(&event.entry(), effective_on.year());
        event.apply(self, position, effective_on);
        self.latest = self.latest.max(Some(effective_on));
        self.forget_settled_loans();
    }

    /// A programme version by its index.
    pub(crate) fn version(&self, index: u32) -> Result<&Version, Refusal> {
        // Indices come from the state itself.
        self.versions.get(index as usize).ok_or_else(|| Refusal::FormInvalid {
            field: "version".into(),
            problem: "the loan names a programme version that was never published".into(),
        })
    }

    /// The index of a programme's version.
    pub(crate) fn version_index(&self, programme: &Id, version: u32) -> Option<u32> {
        let position = usize::try_from(version.checked_sub(1)?).ok()?;
        self.programmes.get(programme)?.get(position).copied()
    }

    /// A programme's version by its number.
    #[must_use]
    pub fn programme_version(&self, programme: &Id, version: u32) -> Option<&Version> {
        self.version(self.version_index(programme, version)?).ok()
    }

    /// The version that decides on a day: the latest published of those in force.
    pub fn version_in_force(&self, programme: &Id, date: Date) -> Result<&Version, Refusal> {
        let versions =
            self.programme(programme)?.iter().rev().filter_map(|&index| self.version(index).ok());
        let in_force = |version: &&Version| {
            version.effective_from <= date && version.effective_to.is_none_or(|to| date <= to)
        };
        versions
            .into_iter()
            .find(in_force)
            .ok_or_else(|| Refusal::NoVersionInForce { programme: programme.clone(), date })
    }

    /// The number that the next version of a programme must have.
    pub(crate) fn next_version(&self, programme: &Id) -> u32 {
        let published = self.programmes.get(programme).map_or(0, Vec::len);
        u32::try_from(published).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(crate) fn add_version(&mut self, version: Version) {
        let Ok(index) = u32::try_from(self.versions.len()) else { return };
        self.programmes.entry(version.programme.clone()).or_default().push(index);
        self.versions.push(version);
    }

    /// The versions of a programme; refused when it was never published.
    pub(crate) fn programme(&self, programme: &Id) -> Result<&[u32], Refusal> {
        let unknown = || Refusal::UnknownProgramme { programme: programme.clone() };
        self.programmes.get(programme).map(Vec::as_slice).ok_or_else(unknown)
    }

    /// A fund; refused when it was never opened.
    pub(crate) fn fund(&self, fund: &Id) -> Result<&Fund, Refusal> {
        self.funds.get(fund).ok_or_else(|| Refusal::UnknownFund { fund: fund.clone() })
    }

    /// A fund that has a source; refused otherwise.
    pub(crate) fn fund_source(&self, fund: &Id, source: &Id) -> Result<&Fund, Refusal> {
        let known = self.fund(fund)?;
        if known.sources.contains(source) {
            return Ok(known);
        }
        let names: Vec<_> = known.sources.iter().map(Id::as_str).collect();
        Err(Refusal::UnknownSource {
            fund: fund.clone(),
            source: source.clone(),
            known: names.join(", "),
        })
    }

    /// A loan; refused when it is unknown, or closed and forgotten.
    pub(crate) fn loan(&self, loan: &Id) -> Result<&Loan, Refusal> {
        self.loans.get(loan).ok_or_else(|| {
            if self.is_used(Name::Loan(loan)) {
                Refusal::LoanClosed { loan: loan.clone() }
            } else {
                Refusal::UnknownLoan { loan: loan.clone() }
            }
        })
    }

    /// Refused when a loan of this name exists or existed.
    pub(crate) fn unused_loan(&self, loan: &Id) -> Result<(), Refusal> {
        if self.loans.contains_key(loan) || self.is_used(Name::Loan(loan)) {
            let kind = Word::new("loan", "贷款");
            return Err(Refusal::AlreadyExists { kind, id: loan.clone() });
        }
        Ok(())
    }

    /// A discount claim; refused when it was never filed, or was rejected.
    pub(crate) fn claim(&self, claim: &Id) -> Result<&DiscountClaim, Refusal> {
        self.claims.get(claim).ok_or_else(|| Refusal::UnknownClaim { claim: claim.clone() })
    }

    /// An advance for interest discount; refused when there is none.
    pub(crate) fn advance(&self, advance: &Id) -> Result<&DiscountAdvance, Refusal> {
        let unknown = || Refusal::UnknownAdvance { advance: advance.clone() };
        self.advances.get(advance).ok_or_else(unknown)
    }

    /// A subsidy that waits for payment; refused otherwise.
    pub(crate) fn subsidy(&self, subsidy: &Id) -> Result<&Payment, Refusal> {
        self.subsidies
            .get(subsidy)
            .ok_or_else(|| Refusal::UnknownSubsidy { subsidy: subsidy.clone() })
    }

    /// What a household has used of its yearly cap; nothing is known of closed years.
    #[must_use]
    pub fn household_used(&self, programme: &Id, household: Pseudonym, year: i16) -> Money {
        let households = self.households.get(&(programme.clone(), year));
        let used = households.and_then(|households| households.get(&household));
        used.copied().unwrap_or_default()
    }

    pub(crate) fn add_household_used(
        &mut self,
        programme: &Id,
        household: Pseudonym,
        year: i16,
        amount: Money,
    ) {
        if self.budget_years.is_closed(year) {
            return;
        }
        let key = (programme.clone(), year);
        let households = self.households.entry(key.clone()).or_default();
        let used = households.get_or_default(household);
        *used += amount;
        if used.is_zero() {
            households.remove(&household);
            if households.is_empty() {
                self.households.remove(&key);
            }
        }
    }

    /// What a beneficiary has had of a programme that limits it.
    #[must_use]
    pub fn had(&self, programme: &Id, beneficiary: Pseudonym) -> Had {
        let had = self.had.get(programme).and_then(|all| all.get(&beneficiary));
        had.copied().unwrap_or_default()
    }

    pub(crate) fn count_had(
        &mut self,
        programme: &Id,
        beneficiary: Pseudonym,
        change: Had,
        sign: Sign,
    ) {
        let all = self.had.entry(programme.clone()).or_default();
        let had = all.get_or_default(beneficiary);
        *had = match sign {
            Sign::Plus => Had {
                months: had.months.saturating_add(change.months),
                times: had.times.saturating_add(change.times),
                amount: had.amount + change.amount,
            },
            Sign::Minus => Had {
                months: had.months.saturating_sub(change.months),
                times: had.times.saturating_sub(change.times),
                amount: had.amount - change.amount,
            },
        };
        if *had == Had::default() {
            all.remove(&beneficiary);
            if all.is_empty() {
                self.had.remove(programme);
            }
        }
    }

    /// The names of all programmes, in order.
    pub(crate) fn programme_names(&self) -> impl Iterator<Item = &Id> {
        self.programmes.keys()
    }

    /// Forgets what no decision asks for once a year is closed: the yearly caps of it, and rosters posted in
    /// the years before it.
    pub(crate) fn forget_years(&mut self) {
        let Some(closed) = self.budget_years.closed_to else { return };
        self.households.retain(|(_, year), _| *year > closed);
        self.postings.retain(|_, it| it.posted_to.unwrap_or(it.approved_on).year() >= closed);
    }

    /// Whether a name was used up.
    pub(crate) fn is_used(&self, name: Name<'_>) -> bool {
        self.used.get(&name.hash()).is_some()
    }

    pub(crate) fn use_up(&mut self, name: Name<'_>) {
        self.used.insert(name.hash(), ());
    }

    pub(crate) fn free(&mut self, name: Name<'_>) {
        self.used.remove(&name.hash());
    }

    /// The handling bank of a loan, where a bank lends.
    #[must_use]
    pub fn bank_of(&self, loan: &Loan) -> Option<&Id> {
        numbered(&self.banks, loan.bank?)
    }

    /// The number of a bank, which is new or known.
    pub(crate) fn bank_number(&mut self, bank: &Id) -> Option<NonZeroU32> {
        number_of(&mut self.banks, bank)
    }

    /// The reference rate of a number.
    #[must_use]
    pub fn reference_rate(&self, number: Option<NonZeroU32>) -> Option<&ReferenceRate> {
        numbered(&self.reference_rates, number?)
    }

    /// The number of a reference rate, which is new or known.
    pub(crate) fn reference_rate_number(&mut self, rate: &ReferenceRate) -> Option<NonZeroU32> {
        number_of(&mut self.reference_rates, rate)
    }

    /// How a rate floats, of a number.
    #[must_use]
    pub fn floating(&self, number: Option<NonZeroU32>) -> Option<&Floating> {
        numbered(&self.floatings, number?)
    }

    /// The number of how a rate floats, which is new or known.
    pub(crate) fn floating_number(&mut self, floating: &Floating) -> Option<NonZeroU32> {
        number_of(&mut self.floatings, floating)
    }

    /// Remembers of a loan only that its name was used.
    pub(crate) fn close_loan(&mut self, loan: &Id) {
        self.use_up(Name::Loan(loan));
    }

    /// Looks again whether a settled loan can be forgotten.
    pub(crate) fn may_be_forgotten(&mut self, loan: &Id) {
        if let Some(Loan { stage: Stage::Active(active), .. }) = self.loans.get(loan)
            && active.is_settled()
        {
            self.settled.insert((active.changed_on, loan.clone()));
        }
    }

    fn forget_settled_loans(&mut self) {
        let Some(latest) = self.latest else { return };
        let keep_from = latest.plus_days(-SETTLED_LOAN_KEPT_DAYS);
        while let Some((changed_on, _)) = self.settled.first() {
            if *changed_on >= keep_from {
                break;
            }
            if let Some((_, loan)) = self.settled.pop_first() {
                // What is still to be paid or given back says so again when it is done.
                let compensation = self.compensations.get(&loan);
                let security = self.counter_guarantees.get(&loan);
                if compensation.is_some_and(|known| !known.is_passed_on())
                    || security.is_some_and(CounterGuarantees::is_to_be_given_back)
                {
                    continue;
                }
                self.loans.remove(&loan);
                self.compensations.remove(&loan);
                self.counter_guarantees.remove(&loan);
                self.forget_spouse(&loan);
                self.close_loan(&loan);
            }
        }
    }
}

/// The number, from 1, of what a short list holds once; it is added when it is new.
fn number_of<T: Clone + PartialEq>(list: &mut Vec<T>, wanted: &T) -> Option<NonZeroU32> {
    let known = list.iter().position(|one| one == wanted);
    let index = known.unwrap_or_else(|| {
        list.push(wanted.clone());
        list.len() - 1
    });
    NonZeroU32::MIN.checked_add(u32::try_from(index).ok()?)
}

/// What has a number in a list.
fn numbered<T>(list: &[T], number: NonZeroU32) -> Option<&T> {
    list.get(usize::try_from(number.get() - 1).ok()?)
}
