//! Social-insurance premium arrears (欠缴): what an enterprise owes by insurance and month, with a late fee
//! (滞纳金) that is a pure function of the day and is fixed only when something is paid.

pub mod payment;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text};
use crate::money::Money;
use crate::month::Month;
use crate::programme::Version;
use crate::rate::{Rate, Rounding};
use crate::refusal::{Refusal, Word};
use crate::state::{Link, Name, State};

/// The most that is due for one month, and the highest rate a day. Together they keep a fee over the whole
/// range of dates below the largest amount that is read.
const MAX_DUE: Money = Money::from_yuan(1_000_000_000);
const MAX_DAILY: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// The terms of a programme that collects premium arrears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PremiumArrearsTerms {
    /// The insurance fund that premiums and fees go to.
    pub fund: Id,
    /// The source within the fund that they count as.
    pub source: Id,
    /// The late fees, each from its day until the next one's, oldest first; none before the first (Social
    /// Insurance Law article 86: 0.5 per mille from 2011-07-01; collection regulations article 13: 2 per mille
    /// before).
    pub late_fees: Vec<LateFeeRate>,
    /// How high a fee may grow.
    pub late_fee_limit: LateFeeLimit,
    /// In which order a payment covers what is due, month by month.
    pub application_order: Vec<PremiumBucket>,
    /// How a fee is rounded to fen.
    pub rounding: Rounding,
    /// The share of its valuation up to which a mortgaged item covers arrears (抵押率).
    pub mortgage_rate: Rate,
}

/// A late fee a day, as a share of the premium unpaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateFeeRate {
    /// The first day that it is charged for.
    pub from: Date,
    /// The share a day: `"0.0005"` is 0.5 per mille.
    pub daily: Rate,
}

/// How high a late fee may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateFeeLimit {
    /// Without limit.
    Unlimited,
    /// At most to the amount that was due (Administrative Compulsion Law article 45).
    AmountDue,
}

/// What a payment of arrears can cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PremiumBucket {
    /// The late fee.
    LateFee,
    /// The premium.
    Premium,
}

/// A social insurance (五险).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Insurance {
    /// 养老保险.
    Pension,
    /// 医疗保险.
    Medical,
    /// 失业保险.
    Unemployment,
    /// 工伤保险.
    WorkInjury,
    /// 生育保险.
    Maternity,
}

/// Command `premium_arrears.assess`: what an enterprise has left unpaid for a month of an insurance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assess {
    /// The programme.
    pub programme: Id,
    /// Who owes it.
    pub enterprise: Pseudonym,
    /// The insurance.
    pub insurance: Insurance,
    /// The month.
    pub month: Month,
    /// The premium due.
    pub amount: Money,
    /// The day on which it was due; the late fee runs from this day on.
    pub due_on: Date,
    /// The notice.
    pub document: Text,
}

/// Event `premium_arrears.assessed.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessed {
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// Who owes it.
    pub enterprise: Pseudonym,
    /// The insurance.
    pub insurance: Insurance,
    /// The month.
    pub month: Month,
    /// The premium due.
    pub amount: Money,
    /// The day on which it was due.
    pub due_on: Date,
    /// The notice.
    pub document: Text,
}

/// What is still owed for one month of one insurance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrear {
    /// The premium that was due.
    pub due: Money,
    /// The day on which it was due.
    pub due_on: Date,
    /// The premium not yet paid.
    pub premium: Money,
    /// The late fee charged so far and not yet paid.
    pub late_fee: Money,
    /// The late fee charged so far in all, which the limit counts.
    pub charged: Money,
    /// The fee is charged for the days before this one.
    pub charged_until: Date,
    /// The record that assessed it.
    pub assessed: Link,
}

/// What an enterprise owes under a programme, and its last payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PremiumAccount {
    /// What is not settled, by month and insurance.
    pub open: BTreeMap<(Month, Insurance), Arrear>,
    /// The last payment or auction that is not reversed.
    pub last: Option<Link>,
}

/// What an enterprise owes on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// Premium.
    pub premium: Money,
    /// Late fee up to that day.
    pub late_fee: Money,
}

impl PremiumAccount {
    /// Refused for a day before the last settlement or before something open was assessed: what is decided on all
    /// that is owed must not lie before a part of it.
    pub(crate) fn not_after(&self, on: Date) -> Result<(), Refusal> {
        let assessed = self.open.values().map(|arrear| arrear.assessed);
        assessed.chain(self.last).try_for_each(|link| link.not_after(on))
    }
}

impl Insurance {
    /// The name in both languages.
    #[must_use]
    pub const fn word(self) -> Word {
        match self {
            Self::Pension => Word::new("pension insurance", "养老保险"),
            Self::Medical => Word::new("medical insurance", "医疗保险"),
            Self::Unemployment => Word::new("unemployment insurance", "失业保险"),
            Self::WorkInjury => Word::new("work injury insurance", "工伤保险"),
            Self::Maternity => Word::new("maternity insurance", "生育保险"),
        }
    }
}

impl Owed {
    /// Both together.
    #[must_use]
    pub fn total(self) -> Money {
        self.premium + self.late_fee
    }
}

impl PremiumArrearsTerms {
    /// Why the terms cannot stand.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.late_fees.len() > 50 {
            return Err(("late_fees", "at most 50 are accepted"));
        }
        if !self.late_fees.windows(2).all(|pair| pair[0].from < pair[1].from) {
            return Err(("late_fees", "days must rise from line to line"));
        }
        if self.late_fees.iter().any(|rate| rate.daily.decimal() > MAX_DAILY) {
            return Err(("late_fees", "at most 0.01 a day is accepted"));
        }
        let mut order = self.application_order.clone();
        order.sort_by_key(|bucket| *bucket as u8);
        if order != [PremiumBucket::LateFee, PremiumBucket::Premium] {
            return Err(("application_order", "late_fee and premium must each stand once"));
        }
        if self.mortgage_rate == Rate::ZERO {
            return Err(("mortgage_rate", "must be above 0"));
        }
        Ok(())
    }

    /// The fee on a premium for the days from `from` until before `to`, in fen and not rounded.
    fn late_fee(&self, premium: Money, from: Date, to: Date) -> Decimal {
        let ends = self.late_fees.iter().skip(1).map(|next| next.from).chain([to]);
        let parts = self.late_fees.iter().zip(ends).map(|(rate, end)| {
            let days = from.max(rate.from).days_until(to.min(end)).max(0);
            premium.to_decimal_fen() * rate.daily.decimal() * Decimal::from(days)
        });
        parts.sum()
    }
}

impl Arrear {
    /// The late fee of the days since it was last charged until before `on`, rounded to fen and held to the limit.
    #[must_use]
    pub fn late_fee_since(&self, terms: &PremiumArrearsTerms, on: Date) -> Money {
        let exact = terms.late_fee(self.premium, self.charged_until, on);
        let fee = Money::round_fen(exact, terms.rounding).unwrap_or(self.due);
        match terms.late_fee_limit {
            LateFeeLimit::Unlimited => fee,
            LateFeeLimit::AmountDue => fee.min((self.due - self.charged).or_zero()),
        }
    }

    /// What is owed on a day: the premium, and the late fee charged and since then.
    #[must_use]
    pub fn owed(&self, terms: &PremiumArrearsTerms, on: Date) -> Owed {
        let late_fee = self.late_fee + self.late_fee_since(terms, on);
        Owed { premium: self.premium, late_fee }
    }
}

/// What an enterprise owes under a programme on a day, by the version of that day. A payment that is dated later
/// counts already: this looks forward from what is known, and never back.
///
/// # Errors
/// When no version of the programme is in force or it collects no arrears.
pub fn owed(
    state: &State,
    programme: &Id,
    enterprise: Pseudonym,
    on: Date,
) -> Result<Owed, Refusal> {
    let terms = state.version_in_force(programme, on)?.premium_arrears_terms()?;
    let mut owed = Owed::default();
    let account = state.premium_account(programme, enterprise);
    for arrear in account.into_iter().flat_map(|account| account.open.values()) {
        let one = arrear.owed(terms, on);
        owed.premium += one.premium;
        owed.late_fee += one.late_fee;
    }
    Ok(owed)
}

impl State {
    pub(crate) fn premium_account(
        &self,
        programme: &Id,
        enterprise: Pseudonym,
    ) -> Option<&PremiumAccount> {
        self.premium_accounts.get(&(programme.clone(), enterprise))
    }
}

impl Version {
    /// The terms of premium arrears; refused when the programme is of another kind.
    pub(crate) fn premium_arrears_terms(&self) -> Result<&PremiumArrearsTerms, Refusal> {
        match &self.terms {
            crate::programme::Terms::PremiumArrears(terms) => Ok(terms),
            _ => Err(self.wrong_kind(WORD)),
        }
    }
}

/// What the programmes are called.
pub(crate) const WORD: Word = Word::new("premium arrears", "欠缴");

impl Assess {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Assessed, Refusal> {
        positive("amount", self.amount)?;
        if self.amount > MAX_DUE {
            let problem = format!("at most {MAX_DUE} yuan are accepted for one month");
            return Err(Refusal::FormInvalid { field: "data.amount".into(), problem });
        }
        let version = state.version_in_force(&self.programme, effective_on)?;
        version.premium_arrears_terms()?;
        let (enterprise, insurance, month) = (self.enterprise, self.insurance, self.month);
        if state.is_used(Name::Premium { enterprise, insurance, month }) {
            let kind = insurance.word();
            return Err(Refusal::PremiumAssessedAlready { enterprise, kind, month });
        }
        Ok(Assessed {
            programme: self.programme.clone(),
            version: version.version,
            enterprise,
            insurance,
            month,
            amount: self.amount,
            due_on: self.due_on,
            document: self.document.clone(),
        })
    }
}

impl Assessed {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        let pot = Pot::of_programme(&self.programme);
        let (debit, credit) = (Account::PremiumArrears, Account::PremiumArrearsContra);
        entry.transfer(debit, credit, &pot, self.amount);
        entry
    }

    fn account(&self) -> (Id, Pseudonym) {
        (self.programme.clone(), self.enterprise)
    }

    fn name(&self) -> Name<'static> {
        Name::Premium { enterprise: self.enterprise, insurance: self.insurance, month: self.month }
    }

    fn arrear(&self, assessed: Link) -> Arrear {
        Arrear {
            due: self.amount,
            due_on: self.due_on,
            premium: self.amount,
            late_fee: Money::ZERO,
            charged: Money::ZERO,
            charged_until: self.due_on,
            assessed,
        }
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let arrear = self.arrear(Link { position, effective_on });
        let account = state.premium_accounts.entry(self.account()).or_default();
        account.open.insert((self.month, self.insurance), arrear);
        state.use_up(self.name());
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let account = state.premium_account(&self.programme, self.enterprise);
        let arrear = account.and_then(|account| account.open.get(&(self.month, self.insurance)));
        let untouched = |arrear: &Arrear| *arrear == self.arrear(arrear.assessed);
        if arrear.is_some_and(untouched) {
            return Ok(());
        }
        let later = account.and_then(|account| account.last).map_or(position, |last| last.position);
        Err(Refusal::ReverseLaterFirst { position, later })
    }

    pub(crate) fn undo(&self, state: &mut State) {
        if let Some(account) = state.premium_accounts.get_mut(&self.account()) {
            account.open.remove(&(self.month, self.insurance));
        }
        forget_empty(state, &self.account());
        state.free(self.name());
    }
}

/// Forgets an account that owes nothing and whose payments are all reversed.
fn forget_empty(state: &mut State, account: &(Id, Pseudonym)) {
    let empty = PremiumAccount::default();
    if state.premium_accounts.get(account).is_some_and(|known| *known == empty) {
        state.premium_accounts.remove(account);
    }
}

#[cfg(test)]
mod tests;
