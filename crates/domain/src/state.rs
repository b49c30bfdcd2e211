//! The state of a ledger: what deciding needs to know, and nothing that the log or the views can tell.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::account::Books;
use crate::budget_year::BudgetYears;
use crate::by_hash::ByHash;
use crate::calendar::WorkingCalendar;
use crate::date::Date;
use crate::event::Event;
use crate::fund::Fund;
use crate::id::{Id, Pseudonym, Text};
use crate::interest_discount::DiscountClaim;
use crate::loan::{Loan, SETTLED_LOAN_KEPT_DAYS};
use crate::money::Money;
use crate::programme::Version;
use crate::refusal::{MAX_REPORTED_LINES, Refusal, Word};
use crate::subsidy::Grant;
use crate::subsidy::rule::Had;

/// Everything that decides. Maps in the order of their keys, or such as are never walked ([`ByHash`]), so that
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
    /// Discount claims that are not rejected; paid ones too, because a payment can be reversed.
    pub claims: BTreeMap<Id, DiscountClaim>,
    /// Subsidies that are approved and not paid.
    #[serde(with = "crate::snapshot::waiting")]
    pub subsidies: BTreeMap<Id, Grant>,
    /// Rosters that are not paid: the names of their subsidies.
    pub batches: BTreeMap<Id, BTreeSet<Id>>,
    /// What households have used of their yearly caps, by programme and calendar year.
    households: BTreeMap<(Id, i16), ByHash<Pseudonym, Money>>,
    /// What came back of which payment: positions and amounts, by position of the payment.
    pub(crate) returned: BTreeMap<u64, Vec<(u64, Money)>>,
    /// Positions of the records that are reversed.
    pub(crate) reversed: BTreeSet<u64>,
    /// Names used up for ever: eight bytes each of a hash, because there are millions.
    /// Two names that share a hash (one chance in a million for ten million names) are told apart by
    /// nothing; the second is refused and can be given another name.
    used: ByHash<u64, ()>,
    /// The latest effective date seen.
    latest: Option<Date>,
    /// The values of parameters by the day from which they hold, by parameter and place.
    pub(crate) parameters: BTreeMap<(Id, Text), BTreeMap<Date, Money>>,
    /// Budget years.
    pub budget_years: BudgetYears,
    /// The last days of public notices, by batch, until the year after theirs is closed.
    pub(crate) notices: BTreeMap<Id, Date>,
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

/// A name that can be used once.
#[derive(Clone, Copy)]
pub(crate) enum Name<'a> {
    Loan(&'a Id),
    Claim(&'a Id),
    /// A subsidy that came alone; those of a batch are used up with it.
    Subsidy(&'a Id),
    Batch(&'a str),
    /// What a programme pays a beneficiary once.
    Period {
        programme: &'a Id,
        period: &'a Id,
        beneficiary: Pseudonym,
    },
    /// A donation receipt of a fund.
    Receipt(&'a Id, &'a Id),
}

impl Original<'_> {
    /// Refused when something that follows from the record is dated before it.
    pub(crate) fn not_after(&self, date: Date) -> Result<(), Refusal> {
        if date < self.effective_on {
            let (position, effective_on) = (self.position, self.effective_on);
            return Err(Refusal::BeforeOriginal { position, effective_on, date });
        }
        Ok(())
    }
}

impl State {
    /// Takes an event in. Total: what stands in the log happened, whatever it is.
    pub fn evolve(&mut self, position: u64, effective_on: Date, event: &Event) {
        self.books.post(&event.entry());
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

    /// A subsidy that waits for payment; refused otherwise.
    pub(crate) fn subsidy(&self, subsidy: &Id) -> Result<&Grant, Refusal> {
        self.subsidies
            .get(subsidy)
            .ok_or_else(|| Refusal::UnknownSubsidy { subsidy: subsidy.clone() })
    }

    /// How many loans a borrower has open.
    #[must_use]
    pub fn open_loans(&self, borrower: Pseudonym) -> u32 {
        self.borrowers.get(&borrower).copied().unwrap_or_default()
    }

    pub(crate) fn count_open_loan(&mut self, borrower: Pseudonym, change: i32) {
        let open = self.borrowers.entry(borrower).or_default();
        *open = open.saturating_add_signed(change);
        if *open == 0 {
            self.borrowers.remove(&borrower);
        }
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

    /// Forgets what no decision asks for once a year is closed: the yearly caps of it, and notices of the
    /// years before it.
    pub(crate) fn forget_years(&mut self) {
        let Some(closed) = self.budget_years.closed_to else { return };
        self.households.retain(|(_, year), _| *year > closed);
        self.notices.retain(|_, to| to.year() >= closed);
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

    /// Remembers of a loan only that its name was used.
    pub(crate) fn close_loan(&mut self, loan: &Id) {
        self.use_up(Name::Loan(loan));
    }

    fn forget_settled_loans(&mut self) {
        let Some(latest) = self.latest else { return };
        let keep_from = latest.plus_days(-SETTLED_LOAN_KEPT_DAYS);
        while let Some((changed_on, _)) = self.settled.first() {
            if *changed_on >= keep_from {
                break;
            }
            if let Some((_, loan)) = self.settled.pop_first() {
                self.loans.remove(&loan);
                self.close_loan(&loan);
            }
        }
    }
}

/// Refuses an amount of zero.
pub(crate) fn positive(field: &'static str, amount: Money) -> Result<(), Refusal> {
    if amount.is_positive() { Ok(()) } else { Err(Refusal::AmountZero { field }) }
}

/// Refuses an empty or endless list.
pub(crate) fn lines_within_limit(lines: usize) -> Result<(), Refusal> {
    if (1..=crate::MAX_LINES).contains(&lines) {
        Ok(())
    } else {
        Err(Refusal::TooManyLines { lines, maximum: crate::MAX_LINES })
    }
}

/// Refuses a list whose stated total is not the sum of its lines.
pub(crate) fn total_agrees(stated: Money, sum: Money) -> Result<(), Refusal> {
    if stated == sum {
        Ok(())
    } else {
        Err(Refusal::BatchTotalDiffers { stated, sum, difference: stated - sum })
    }
}

/// Collects decided lines; when some are refused, they are named in one refusal.
pub(crate) fn accept_lines<T>(
    decided: impl ExactSizeIterator<Item = Result<T, Refusal>>,
) -> Result<Vec<T>, Refusal> {
    let lines = decided.len();
    let mut accepted = Vec::with_capacity(lines);
    let (mut refused, mut listed) = (0, Vec::new());
    for (number, line) in (1..).zip(decided) {
        match line {
            Ok(line) => accepted.push(line),
            Err(refusal) => {
                refused += 1;
                if listed.len() < MAX_REPORTED_LINES {
                    listed.push((number, refusal));
                }
            }
        }
    }
    if refused == 0 { Ok(accepted) } else { Err(Refusal::Lines { lines, refused, listed }) }
}

/// Two checks of one command: of two refusals, the one that stands earlier in the order of checks.
pub(crate) fn both<T>(
    first: Result<T, Refusal>,
    second: Result<(), Refusal>,
) -> Result<T, Refusal> {
    match (first, second) {
        (Err(first), Err(second)) if second.stage() < first.stage() => Err(second),
        (Err(refusal), _) | (Ok(_), Err(refusal)) => Err(refusal),
        (Ok(accepted), Ok(())) => Ok(accepted),
    }
}

impl Name<'_> {
    fn hash(self) -> u64 {
        let mut hash = Sha256::new();
        // An identifier holds no zero byte, so that it ends there.
        let mut id = |kind: u8, id: &str| {
            hash.update([kind]);
            hash.update(id);
            hash.update([0]);
        };
        match self {
            Self::Loan(loan) => id(b'l', loan.as_str()),
            Self::Claim(claim) => id(b'c', claim.as_str()),
            Self::Subsidy(subsidy) => id(b's', subsidy.as_str()),
            Self::Batch(batch) => id(b'b', batch),
            Self::Receipt(fund, number) => {
                id(b'r', fund.as_str());
                id(b'r', number.as_str());
            }
            Self::Period { programme, period, beneficiary } => {
                id(b'p', programme.as_str());
                id(b'p', period.as_str());
                hash.update(beneficiary.to_bits().to_be_bytes());
            }
        }
        let digest = hash.finalize();
        digest.iter().take(8).fold(0, |number, &byte| (number << 8) | u64::from(byte))
    }
}
