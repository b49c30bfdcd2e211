//! How a published figure is computed from the events of the ledger up to its day.

use std::collections::BTreeMap;

use almoner_domain::account::{Account, Entry};
use almoner_domain::event::Event;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::programme::Version;
use serde::Deserialize;
use serde_json::Value;

use super::derived::Labelled;
use super::published::Figure;

/// How a figure is computed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// The balance of an account, in a fund, of one source and for some purposes where these are given;
    /// credits of accounts that grow in credit are positive.
    Balance {
        /// The account.
        account: Account,
        /// The fund; none where the account stands in no fund.
        fund: Option<Id>,
        /// The source.
        source: Option<Id>,
        /// The purposes.
        #[serde(default)]
        purposes: Vec<Id>,
    },
    /// How many loans of the programmes were lent.
    LoansLent(Vec<Id>),
    /// How much the programmes lent.
    PrincipalLent(Vec<Id>),
    /// How much the programmes lent on average.
    AverageLent(Vec<Id>),
    /// How many receipts a fund had.
    Receipts(Id),
    /// How many sources a fund has.
    Sources(Id),
    /// The multiplier of a guarantee fund times its money in the bank.
    GuaranteeCeiling(Id),
    /// How many subsidies of a programme were paid and did not come back.
    SubsidiesPaid(Id),
    /// A term of a programme version.
    Term {
        /// The programme.
        programme: Id,
        /// The version.
        version: u32,
        /// Where it stands in the terms, as a JSON pointer.
        pointer: String,
    },
    /// What an enterprise paid of its premium arrears.
    PremiumsPaid(Labelled),
    /// What an enterprise was assessed less what it paid of it, late fees left out.
    PremiumsOwed(Labelled),
    /// The most months that an enterprise of the programme was assessed for.
    LongestArrears(Id),
    /// How many enterprises mortgaged assets for the programme.
    EnterprisesMortgaged(Id),
    /// How many items were mortgaged in a mortgage.
    ItemsMortgaged(Id),
    /// How many items of a mortgage were released.
    ItemsReleased(Id),
    /// What the auctions of a programme brought for arrears.
    AuctionProceeds(Id),
    /// Fees and taxes reduced or waived by departments.
    Relief(Items),
    /// How many persons, households or enterprises had them: in each department the most that had one of its items.
    ReliefBeneficiaries(Items),
    /// How many certificates were issued and not withdrawn.
    Certificates(Series),
    /// How many certificates are due.
    CertificatesDue(Series),
    /// The certificates issued as a share of those due.
    CertificatesShare(Series),
    /// What workers claim in wage cases whose names begin so.
    Claimed(String),
    /// What a worker claims on average in such cases.
    AverageClaim(String),
    /// Wages recovered in such cases.
    WagesRecovered(String),
    /// How many workers were paid in such cases.
    WorkersPaid(String),
    /// What a worker was paid on average in such cases.
    AverageWage(String),
    /// How many of such cases were coordinated.
    CasesCoordinated(String),
    /// How many of such cases were filed and not coordinated.
    CasesNotCoordinated(String),
    /// How many persons got something of a gift in kind.
    HandedOut(Id),
    /// What a pledge promises a month.
    MonthlyPledge(Id),
}

/// What some departments reduced or waived.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Items {
    departments: Vec<Id>,
    /// Only these fees, taxes or premiums, where some are given.
    #[serde(default)]
    items: Vec<Id>,
}

/// Certificates of some regions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    series: Id,
    regions: Vec<Id>,
}

impl Items {
    fn contain(&self, department: &Id, item: &Id) -> bool {
        self.departments.contains(department)
            && (self.items.is_empty() || self.items.contains(item))
    }
}

impl Series {
    fn contains(&self, series: &Id, region: &Id) -> bool {
        self.series == *series && self.regions.contains(region)
    }
}

/// What the events of a ledger add up to for one figure.
#[derive(Clone, Default)]
pub struct Tally {
    amount: Money,
    count: i64,
    /// What the count is held against.
    whole: i64,
    /// By person or enterprise, where each counts once or the greatest counts.
    by: BTreeMap<Pseudonym, i64>,
    /// By department, of which the greatest counts.
    by_department: BTreeMap<Id, i64>,
}

impl Tally {
    fn add(&mut self, sign: i64, amount: Money) {
        self.amount += if sign < 0 { -amount } else { amount };
    }
}

impl Measure {
    /// Takes an event in; `like` is a figure of the kind that is wanted.
    pub fn take(&self, event: &Event, entry: &Entry, like: Figure, tally: &mut Tally) {
        // What is reversed counts as if it had not been.
        let (event, sign) = match event {
            Event::ReversalRecorded(reversed) => (&*reversed.original, -1),
            event => (event, 1),
        };
        if let Self::Balance { account, fund, source, purposes } = self {
            for posting in entry.postings().iter().filter(|one| one.account == *account) {
                let pot = &posting.pot;
                let fits = pot.fund == *fund
                    && (source.is_none() || pot.source == *source)
                    && (purposes.is_empty()
                        || pot.purpose.as_ref().is_some_and(|one| purposes.contains(one)));
                if fits {
                    tally.amount += posting.amount;
                }
            }
            return;
        }
        self.take_fund(event, entry, sign, tally);
        self.take_premium(event, sign, tally);
        self.take_other(event, sign, like, tally);
    }

    /// Loans, funds, subsidies.
    fn take_fund(&self, event: &Event, entry: &Entry, sign: i64, tally: &mut Tally) {
        match (self, event) {
            (
                Self::LoansLent(programmes)
                | Self::PrincipalLent(programmes)
                | Self::AverageLent(programmes),
                Event::LoanDisbursed(lent),
            ) if programmes.contains(&lent.programme) => {
                tally.count += sign;
                tally.add(sign, lent.amount);
            }
            (Self::Receipts(fund), Event::FundReceived(received)) if received.fund == *fund => {
                tally.count += sign;
            }
            (Self::Sources(fund), Event::FundOpened(opened)) if opened.fund == *fund => {
                tally.count = i64::try_from(opened.sources.len()).unwrap_or(i64::MAX);
            }
            (Self::GuaranteeCeiling(fund), Event::FundOpened(opened)) if opened.fund == *fund => {
                tally.whole = opened.multiplier.map_or(0, i64::from);
            }
            (Self::GuaranteeCeiling(fund), _) => {
                let of_fund = entry.postings().iter().filter(|one| {
                    one.account == Account::FundBank && one.pot.fund.as_ref() == Some(fund)
                });
                tally.amount += of_fund.map(|posting| posting.amount).sum();
            }
            (Self::SubsidiesPaid(programme), Event::SubsidyPaid(paid))
                if paid.grant.programme == *programme =>
            {
                tally.count += sign;
            }
            // A part that comes back leaves a payment; the whole leaves none.
            (Self::SubsidiesPaid(programme), Event::SubsidyReturned(returned))
                if returned.programme == *programme && returned.freed_period.is_some() =>
            {
                tally.count -= sign;
            }
            (Self::MonthlyPledge(pledge), Event::FundPledged(pledged))
                if pledged.pledge == *pledge =>
            {
                let monthly = pledged.monthly.as_ref().map(|monthly| monthly.amount);
                tally.add(sign, monthly.unwrap_or_default());
            }
            (Self::HandedOut(gift), Event::InKindHandedOut(handed_out))
                if handed_out.gift == *gift =>
            {
                *tally.by.entry(handed_out.beneficiary).or_default() += sign;
            }
            _ => {}
        }
    }

    /// Premium arrears and what secures them.
    fn take_premium(&self, event: &Event, sign: i64, tally: &mut Tally) {
        match (self, event) {
            (Self::PremiumsOwed(enterprise), Event::PremiumAssessed(assessed))
                if assessed.enterprise == enterprise.0 =>
            {
                tally.add(sign, assessed.amount);
            }
            (Self::LongestArrears(programme), Event::PremiumAssessed(assessed))
                if assessed.programme == *programme =>
            {
                *tally.by.entry(assessed.enterprise).or_default() += sign;
            }
            (Self::PremiumsPaid(enterprise), Event::PremiumPaid(paid))
                if paid.settlement.enterprise == enterprise.0 =>
            {
                tally.add(sign, paid.amount);
            }
            (Self::PremiumsOwed(enterprise), Event::PremiumPaid(paid))
                if paid.settlement.enterprise == enterprise.0 =>
            {
                let premiums = paid.settlement.allocations.iter().map(|one| one.premium);
                tally.add(-sign, premiums.sum());
            }
            (Self::EnterprisesMortgaged(programme), Event::MortgageRegistered(registered))
                if registered.programme == *programme =>
            {
                *tally.by.entry(registered.enterprise).or_default() += sign;
            }
            (Self::ItemsMortgaged(mortgage), Event::MortgageRegistered(registered))
                if registered.mortgage == *mortgage =>
            {
                tally.count += sign * i64::try_from(registered.items.len()).unwrap_or(i64::MAX);
            }
            (Self::ItemsReleased(mortgage), Event::MortgageReleased(released))
                if released.mortgage == *mortgage =>
            {
                tally.count += sign;
            }
            (Self::AuctionProceeds(programme), Event::MortgageAuctioned(auctioned))
                if auctioned.settlement.programme == *programme =>
            {
                let settled = auctioned.settlement.allocations.iter();
                tally.add(sign, settled.map(|one| one.premium + one.late_fee).sum());
            }
            _ => {}
        }
    }

    /// Terms, relief, certificates, wages.
    fn take_other(&self, event: &Event, sign: i64, like: Figure, tally: &mut Tally) {
        match (self, event) {
            (Self::Term { programme, version, pointer }, Event::ProgrammePublished(published))
                if published.programme == *programme && published.version == *version =>
            {
                match term(published, pointer, like) {
                    Some(Figure::Amount(amount)) => tally.amount = amount,
                    Some(Figure::Count(number) | Figure::Percent(number)) => tally.count = number,
                    Some(Figure::Fraction { parts, of }) => {
                        tally.count = parts;
                        tally.whole = of;
                    }
                    None => {}
                }
            }
            (Self::Relief(items), Event::ReliefRecorded(recorded))
                if items.contain(&recorded.department, &recorded.item) =>
            {
                tally.add(sign, recorded.amount);
            }
            (Self::ReliefBeneficiaries(items), Event::ReliefRecorded(recorded))
                if items.contain(&recorded.department, &recorded.item) =>
            {
                let most = tally.by_department.entry(recorded.department.clone()).or_default();
                *most = (*most).max(i64::from(recorded.beneficiaries));
            }
            (
                Self::Certificates(series) | Self::CertificatesShare(series),
                Event::CertificateIssued(issued),
            ) if series.contains(&issued.series, &issued.region) => tally.count += 1,
            (
                Self::Certificates(series) | Self::CertificatesShare(series),
                Event::CertificateWithdrawn(withdrawn),
            ) if series.contains(&withdrawn.series, &withdrawn.region) => tally.count -= 1,
            (
                Self::CertificatesDue(series) | Self::CertificatesShare(series),
                Event::CertificateQuotaSet(quota),
            ) if series.contains(&quota.series, &quota.region) => {
                tally.whole += i64::from(quota.due);
            }
            (Self::Claimed(cases) | Self::AverageClaim(cases), Event::WagesFiled(filed))
                if is_of(&filed.case, cases) =>
            {
                tally.add(sign, filed.total);
                tally.count += sign * i64::from(filed.workers);
            }
            (Self::CasesNotCoordinated(cases), Event::WagesFiled(filed))
                if is_of(&filed.case, cases) =>
            {
                tally.count += sign;
            }
            (Self::CasesNotCoordinated(cases), Event::WagesCoordinated(coordinated))
                if is_of(&coordinated.case, cases) =>
            {
                tally.count -= 1;
            }
            (Self::CasesCoordinated(cases), Event::WagesCoordinated(coordinated))
                if is_of(&coordinated.case, cases) =>
            {
                tally.count += 1;
            }
            (Self::WagesRecovered(cases), Event::WagesRecovered(recovered))
                if is_of(&recovered.case, cases) =>
            {
                tally.add(sign, recovered.amount);
            }
            (Self::WorkersPaid(cases) | Self::AverageWage(cases), Event::WagesPaid(paid))
                if is_of(&paid.case, cases) =>
            {
                tally.add(sign, paid.total);
                tally.count += sign * i64::try_from(paid.wages.len()).unwrap_or(i64::MAX);
            }
            _ => {}
        }
    }

    /// What a tally comes to.
    pub fn figure(&self, tally: &Tally, like: Figure) -> Figure {
        let Tally { amount, count, whole, by, by_department } = tally;
        let (amount, count) = (*amount, *count);
        let persons = || by.values().filter(|times| **times > 0).count();
        match self {
            Self::Balance { account, .. } => Figure::Amount(match account {
                Account::FundCapital | Account::LoanInterest | Account::Overpayment => -amount,
                _ => amount,
            }),
            Self::PrincipalLent(_)
            | Self::PremiumsPaid(_)
            | Self::PremiumsOwed(_)
            | Self::AuctionProceeds(_)
            | Self::Relief(_)
            | Self::Claimed(_)
            | Self::WagesRecovered(_)
            | Self::MonthlyPledge(_) => Figure::Amount(amount),
            Self::AverageLent(_) | Self::AverageClaim(_) | Self::AverageWage(_) => {
                Figure::Amount(average(amount, count))
            }
            Self::GuaranteeCeiling(_) => {
                Figure::Amount(Money::from_fen(amount.fen().saturating_mul(*whole)))
            }
            Self::Term { .. } => match like {
                Figure::Amount(_) => Figure::Amount(amount),
                Figure::Count(_) => Figure::Count(count),
                Figure::Percent(_) => Figure::Percent(count),
                Figure::Fraction { .. } => Figure::Fraction { parts: count, of: *whole },
            },
            Self::CertificatesShare(_) => {
                let share = (count * 200 + whole).checked_div(whole * 2);
                Figure::Percent(share.unwrap_or_default())
            }
            Self::CertificatesDue(_) => Figure::Count(*whole),
            Self::ReliefBeneficiaries(_) => Figure::Count(by_department.values().sum()),
            Self::LongestArrears(_) => {
                Figure::Count(by.values().copied().max().unwrap_or_default())
            }
            Self::EnterprisesMortgaged(_) | Self::HandedOut(_) => {
                Figure::Count(i64::try_from(persons()).unwrap_or(i64::MAX))
            }
            Self::LoansLent(_)
            | Self::Receipts(_)
            | Self::Sources(_)
            | Self::SubsidiesPaid(_)
            | Self::ItemsMortgaged(_)
            | Self::ItemsReleased(_)
            | Self::Certificates(_)
            | Self::WorkersPaid(_)
            | Self::CasesCoordinated(_)
            | Self::CasesNotCoordinated(_) => Figure::Count(count),
        }
    }
}

fn is_of(case: &Id, prefix: &str) -> bool {
    case.as_str().starts_with(prefix)
}

/// Half a fen is rounded up.
pub fn average(amount: Money, count: i64) -> Money {
    let twice = i128::from(amount.fen()) * 2 + i128::from(count);
    let average = twice.checked_div(i128::from(count) * 2).unwrap_or_default();
    Money::from_fen(i64::try_from(average).unwrap_or(i64::MAX))
}

/// A term of a version: an amount, a number, a share as a percentage, or a weight among those of its list.
fn term(version: &Version, pointer: &str, like: Figure) -> Option<Figure> {
    let terms = serde_json::to_value(&version.terms).ok()?;
    match (terms.pointer(pointer)?, like) {
        (Value::String(text), Figure::Amount(_)) => text.parse().ok().map(Figure::Amount),
        (Value::String(text), Figure::Percent(_)) => percent(text).map(Figure::Percent),
        (Value::Object(part), Figure::Percent(_)) => {
            let number = |name: &str| part.get(name).and_then(Value::as_i64);
            (number("times")? * 100).checked_div(number("divided_by")?).map(Figure::Percent)
        }
        (bearer, Figure::Fraction { .. }) => {
            let weight = |one: &Value| one.get("weight").and_then(Value::as_i64);
            let (list, _) = pointer.rsplit_once('/')?;
            let all = terms.pointer(list)?.as_array()?.iter().map(weight);
            Some(Figure::Fraction { parts: weight(bearer)?, of: all.sum::<Option<i64>>()? })
        }
        (Value::Number(number), Figure::Count(_)) => number.as_i64().map(Figure::Count),
        _ => None,
    }
}

/// A share as a whole percentage: `0.5` is 50.
fn percent(share: &str) -> Option<i64> {
    let (whole, part) = share.split_once('.').unwrap_or((share, ""));
    let hundredths = format!("{part:0<2}");
    let (hundredths, rest) = hundredths.split_at_checked(2)?;
    let is_whole = rest.bytes().all(|digit| digit == b'0');
    let percent = whole.parse::<i64>().ok()? * 100 + hundredths.parse::<i64>().ok()?;
    is_whole.then_some(percent)
}
