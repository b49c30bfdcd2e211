//! Published figures, and the ledger's own to hold beside them.

use std::fmt;

use almoner_domain::account::{Account, Entry};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use anyhow::Context;
use serde::Deserialize;

const PUBLISHED: &str = include_str!("data/published.toml");

/// A published figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The record of the seed facts that it stands in.
    pub seed: String,
    /// The place.
    pub place: String,
    /// The programme or fund.
    pub programme: Id,
    /// What it says.
    pub what: String,
    /// The day for which it is true.
    pub as_of: Date,
    /// The figure.
    pub figure: Figure,
    /// How sure it is.
    pub status: Status,
    /// Whether the report says "more than" it.
    #[serde(default)]
    pub at_least: bool,
    /// How the ledger comes to its own.
    pub measure: Measure,
}

/// How sure a published figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As printed.
    Stated,
    /// Printed with an error whose correction is plausible.
    Corrected,
    /// Computed from figures that are printed.
    Derived,
}

impl Status {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Corrected => "corrected",
            Self::Derived => "derived",
        }
    }
}

/// A figure, or the difference of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Money.
    Amount(Money),
    /// How many.
    Count(i64),
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::Count(count) => f.pad(&count.to_string()),
        }
    }
}

/// How a figure is computed from the events of the ledger up to its day.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// The balance of an account in a fund, of one source where that is given and for some purposes
    /// where they are; credits of accounts that grow in credit are positive.
    Balance {
        /// The account.
        account: Account,
        /// The fund.
        fund: Id,
        /// The source.
        source: Option<Id>,
        /// The purposes.
        #[serde(default)]
        purposes: Vec<Id>,
    },
    /// How many loans of the programmes were lent.
    LoansLent {
        /// The programmes.
        programmes: Vec<Id>,
    },
    /// How much the programmes lent.
    PrincipalLent {
        /// The programmes.
        programmes: Vec<Id>,
    },
    /// How much the programmes lent on average.
    AverageLent {
        /// The programmes.
        programmes: Vec<Id>,
    },
    /// How many receipts a fund had.
    Receipts {
        /// The fund.
        fund: Id,
    },
    /// How many sources a fund has.
    Sources {
        /// The fund.
        fund: Id,
    },
    /// The multiplier of a guarantee fund times its money in the bank.
    GuaranteeCeiling {
        /// The fund.
        fund: Id,
    },
    /// How many subsidies of a programme were paid and did not come back.
    SubsidiesPaid {
        /// The programme.
        programme: Id,
    },
}

impl fmt::Display for Measure {
    /// The measure for people: `balance of memo:commitment in zhumadian-discount`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |ids: &[Id]| ids.iter().map(Id::as_str).collect::<Vec<_>>().join(" and ");
        match self {
            Self::Balance { account, fund, source, purposes } => {
                write!(f, "balance of {} in {fund}", account.code())?;
                if let Some(source) = source {
                    write!(f, ", from {source}")?;
                }
                if !purposes.is_empty() {
                    write!(f, ", for {}", list(purposes))?;
                }
                Ok(())
            }
            Self::LoansLent { programmes } => write!(f, "number of loans of {}", list(programmes)),
            Self::PrincipalLent { programmes } => {
                write!(f, "principal lent by {}", list(programmes))
            }
            Self::AverageLent { programmes } => {
                write!(f, "principal of the average loan of {}", list(programmes))
            }
            Self::Receipts { fund } => write!(f, "number of receipts of {fund}"),
            Self::Sources { fund } => write!(f, "number of sources of {fund}"),
            Self::GuaranteeCeiling { fund } => write!(f, "multiplier times bank balance of {fund}"),
            Self::SubsidiesPaid { programme } => {
                write!(f, "number of subsidies of {programme} paid and not returned")
            }
        }
    }
}

/// The published figures.
fn published() -> anyhow::Result<Vec<Published>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        published: Vec<Published>,
    }
    let file: File = toml::from_str(PUBLISHED).context("demo data of published figures")?;
    Ok(file.published)
}

/// The published figures beside those of a ledger, whose events are taken in one by one.
pub struct Comparison {
    figures: Vec<(Published, Tally)>,
}

/// What the events of a ledger add up to for one figure.
#[derive(Clone, Copy, Default)]
struct Tally {
    amount: Money,
    count: i64,
}

/// One line of the comparison.
pub struct Row<'a> {
    /// What is published.
    pub published: &'a Published,
    /// What the ledger says.
    pub ledger: Figure,
    /// The ledger's figure less the published one.
    pub difference: Figure,
}

impl Comparison {
    /// A comparison with an empty ledger.
    ///
    /// # Errors
    /// When the data file cannot be read.
    pub fn new() -> anyhow::Result<Self> {
        let figures = published()?.into_iter().map(|figure| (figure, Tally::default()));
        Ok(Self { figures: figures.collect() })
    }

    /// Takes an event of the ledger in; those of the whole log must come, in any order.
    pub fn take(&mut self, effective_on: Date, event: &Event) {
        let entry = event.entry();
        for (published, tally) in &mut self.figures {
            if effective_on <= published.as_of {
                published.measure.take(event, &entry, tally);
            }
        }
    }

    /// The lines, in the order of the published figures.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.figures.iter().map(|(published, tally)| {
            let ledger = published.measure.figure(tally);
            let difference = match (ledger, published.figure) {
                (Figure::Amount(ours), Figure::Amount(theirs)) => Figure::Amount(ours - theirs),
                (Figure::Count(ours), Figure::Count(theirs)) => {
                    Figure::Count(ours.saturating_sub(theirs))
                }
                // A figure that is measured as something else is off by all of itself.
                (ours, _) => ours,
            };
            Row { published, ledger, difference }
        })
    }
}

impl Measure {
    fn take(&self, event: &Event, entry: &Entry, tally: &mut Tally) {
        // What is reversed counts as if it had not been.
        let (event, sign) = match event {
            Event::ReversalRecorded(reversed) => (&*reversed.original, -1),
            event => (event, 1),
        };
        match (self, event) {
            (Self::Balance { account, fund, source, purposes }, _) => {
                let mut add = |amount| tally.amount += amount;
                for posting in entry.postings().iter().filter(|one| one.account == *account) {
                    let pot = &posting.pot;
                    let fits = pot.fund.as_ref() == Some(fund)
                        && (source.is_none() || pot.source == *source)
                        && (purposes.is_empty()
                            || pot.purpose.as_ref().is_some_and(|one| purposes.contains(one)));
                    if fits {
                        add(posting.amount);
                    }
                }
            }
            (
                Self::LoansLent { programmes }
                | Self::PrincipalLent { programmes }
                | Self::AverageLent { programmes },
                Event::LoanDisbursed(lent),
            ) if programmes.contains(&lent.programme) => {
                tally.count += sign;
                tally.amount += if sign < 0 { -lent.amount } else { lent.amount };
            }
            (Self::Receipts { fund }, Event::FundReceived(received)) if received.fund == *fund => {
                tally.count += sign;
            }
            (Self::Sources { fund }, Event::FundOpened(opened)) if opened.fund == *fund => {
                tally.count = i64::try_from(opened.sources.len()).unwrap_or(i64::MAX);
            }
            (Self::GuaranteeCeiling { fund }, Event::FundOpened(opened))
                if opened.fund == *fund =>
            {
                tally.count = opened.multiplier.map_or(0, i64::from);
            }
            (Self::GuaranteeCeiling { fund }, _) => {
                let of_fund = entry.postings().iter().filter(|one| {
                    one.account == Account::FundBank && one.pot.fund.as_ref() == Some(fund)
                });
                tally.amount += of_fund.map(|posting| posting.amount).sum();
            }
            (Self::SubsidiesPaid { programme }, Event::SubsidyPaid(grant))
                if grant.programme == *programme =>
            {
                tally.count += sign;
            }
            // A part that comes back leaves a payment; the whole leaves none.
            (Self::SubsidiesPaid { programme }, Event::SubsidyReturned(returned))
                if returned.programme == *programme && returned.freed_period.is_some() =>
            {
                tally.count -= sign;
            }
            _ => {}
        }
    }

    fn figure(&self, tally: &Tally) -> Figure {
        let Tally { amount, count } = *tally;
        match self {
            Self::Balance { account, .. } => Figure::Amount(match account {
                Account::FundCapital | Account::LoanInterest | Account::Overpayment => -amount,
                _ => amount,
            }),
            Self::PrincipalLent { .. } => Figure::Amount(amount),
            Self::AverageLent { .. } => Figure::Amount(average(amount, count)),
            Self::GuaranteeCeiling { .. } => {
                Figure::Amount(Money::from_fen(amount.fen().saturating_mul(count)))
            }
            Self::LoansLent { .. }
            | Self::Receipts { .. }
            | Self::Sources { .. }
            | Self::SubsidiesPaid { .. } => Figure::Count(count),
        }
    }
}

/// Half a fen is rounded up.
fn average(amount: Money, count: i64) -> Money {
    let twice = i128::from(amount.fen()) * 2 + i128::from(count);
    let average = twice.checked_div(i128::from(count) * 2).unwrap_or_default();
    Money::from_fen(i64::try_from(average).unwrap_or(i64::MAX))
}
