//! Where the money of the funds stands.

use std::collections::BTreeMap;

use almoner_domain::account::{Account, Pot};
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Text};
use almoner_domain::money::Money;
use almoner_domain::pledge::Monthly;
use almoner_log::{Store, Value};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::balances::account_and_pot;
use crate::snapshot::{AsOf, Bounds, Snapshot, damaged, date, id, money, named};
use crate::table::values;

/// The funds, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funds {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The funds.
    pub funds: Vec<FundAnswer>,
}

/// One fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundAnswer {
    /// The fund.
    pub fund: Id,
    /// Its name.
    pub name: Text,
    /// The figures by source and purpose, sources in the order in which payments draw on them.
    pub lines: Vec<FundLine>,
    /// Their sums.
    pub total: FundFigures,
    /// For a guarantee fund (担保基金): what it guarantees and may still guarantee.
    pub guarantees: Option<Guarantees>,
    /// Money that is promised to it, by name: pledges, allocation documents, matching duties.
    pub promises: Vec<Promise>,
}

/// The figures of one source and purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundLine {
    /// The source.
    pub source: Id,
    /// The programme that the money is for; none while it is not allocated.
    pub purpose: Option<Id>,
    /// The figures.
    #[serde(flatten)]
    pub figures: FundFigures,
}

/// What happened to the money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundFigures {
    /// Promised and not yet received.
    pub pledged: Money,
    /// Received; for a purpose, what was allocated to it.
    pub received: Money,
    /// Interest and penalty interest received on loans.
    pub interest: Money,
    /// Approved and not yet paid or lent.
    pub committed: Money,
    /// Paid for good: subsidies and interest discounts.
    pub spent: Money,
    /// Principal lent and not yet repaid.
    pub lent: Money,
    /// Interest discount paid to banks in advance and not yet settled.
    pub advanced: Money,
    /// Paid to banks for borrowers, less what was recovered or borne by others.
    pub compensated: Money,
    /// In the bank.
    pub bank: Money,
    /// What can still be approved: in the bank, less what is committed and what belongs to others: to borrowers
    /// who overpaid, and to those who share a loss that was recovered.
    pub left: Money,
}

/// The figures of a guarantee fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantees {
    /// How many times its own money in the bank it may guarantee (放大倍数).
    pub multiplier: u16,
    /// Live guaranteed principal (担保责任余额).
    pub liability: Money,
    /// Committed and not yet live.
    pub commitments: Money,
    /// What it can still take on; negative when its balance has fallen.
    pub free: Money,
}

/// Money promised to a fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// What kind of promise it is.
    pub kind: PromiseKind,
    /// Its name.
    pub promise: Id,
    /// The source that it will come from.
    pub source: Id,
    /// What it is for, where the document says it.
    pub purpose: Option<Id>,
    /// How much was promised.
    pub amount: Money,
    /// How much of it is due by now.
    pub due: Money,
    /// How much of it was received.
    pub received: Money,
    /// How much of it was given up.
    pub withdrawn: Money,
    /// How much of what was received went back, because it was kept too long.
    pub returned: Money,
    /// What was carried over last (结转).
    pub carried: Option<CarryOver>,
    /// When it is due, or the first month of it.
    pub due_on: Option<Date>,
    /// The budget year of an allocation document.
    pub year: Option<i64>,
    /// The agreement, announcement or document.
    pub document: Text,
}

/// Money that was unspent at the end of a year, and is kept for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarryOver {
    /// The year out of which it is carried.
    pub year: i64,
    /// How much of it was unspent.
    pub amount: Money,
}

/// Kinds of promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    /// Pledged by a giver (认捐).
    Pledge,
    /// Given by an upper tier (指标文).
    AllocationDocument,
    /// To be added as a condition (配套资金).
    MatchingFund,
}

/// The balances of all accounts and pots: the current ones, less the entries that do not count.
const BALANCES: &str = "
WITH later AS (
    SELECT balance, CAST(sum(amount) AS BIGINT) AS amount FROM (
        SELECT balance, amount FROM entry WHERE view_set = $1 AND position > $2
        UNION ALL
        SELECT balance, amount FROM entry
        WHERE view_set = $1 AND effective_on > $3 AND position <= $2) AS line
    GROUP BY balance)
SELECT balance.account, balance.fund, balance.source, balance.purpose,
       balance.amount - coalesce(later.amount, 0)
FROM balance LEFT JOIN later ON later.balance = balance.number
WHERE balance.view_set = $1
ORDER BY balance.account, balance.fund, balance.source, balance.purpose";

/// Where the money of the funds stands, or of one fund. What is due of promises is said for the effective day asked
/// for, or else for `today`.
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn funds(
    store: &Store,
    as_of: AsOf,
    today: Date,
    fund: Option<&Id>,
) -> Result<Funds, ViewsError> {
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let mut funds = opened_funds(&mut snapshot, bounds).await?;
    funds.retain(|name, _| fund.is_none_or(|fund| fund == name));
    for (account, pot, amount) in balances(&mut snapshot, bounds).await? {
        if let Some(fund) = pot.fund.as_ref().and_then(|fund| funds.get_mut(fund)) {
            fund.add(account, &pot, amount);
        }
    }
    add_promises(&mut snapshot, bounds, as_of.effective.unwrap_or(today), &mut funds).await?;
    let funds = funds.into_values().map(OpenedFund::answer).collect();
    Ok(Funds { position: snapshot.known(as_of), funds })
}

/// The balances of all accounts and pots, those that are zero included.
pub(crate) async fn balances(
    snapshot: &mut Snapshot,
    bounds: Bounds,
) -> Result<Vec<(Account, Pot, Money)>, ViewsError> {
    let values = values![snapshot.set, bounds.position, bounds.day];
    let rows = snapshot.rows(BALANCES, &values).await?;
    let balance = |row| {
        let (account, pot) = account_and_pot(row, 0)?;
        Ok((account, pot, money(row, 4)?))
    };
    rows.iter().map(balance).collect()
}

/// A fund while its figures are summed up.
struct OpenedFund {
    fund: Id,
    name: Text,
    multiplier: Option<u16>,
    /// The sources in order.
    sources: Vec<Id>,
    lines: BTreeMap<(usize, Option<Id>), FundFigures>,
    liability: Money,
    commitments: Money,
    /// Recovered and owed to those who share the loss: negative.
    recovery_owed: Money,
    promises: Vec<Promise>,
}

impl OpenedFund {
    fn add(&mut self, account: Account, pot: &Pot, amount: Money) {
        match account {
            Account::GuaranteeLiability => self.liability += amount,
            Account::GuaranteeCommitment => self.commitments += amount,
            _ => {}
        }
        let source = pot.source.as_ref();
        let Some(place) = self.sources.iter().position(|one| Some(one) == source) else { return };
        let line = self.lines.entry((place, pot.purpose.clone())).or_default();
        match account {
            Account::Pledge => line.pledged += amount,
            Account::FundCapital => line.received -= amount,
            Account::LoanInterest | Account::PenaltyInterest => line.interest -= amount,
            Account::Commitment => {
                line.committed += amount;
                line.left -= amount;
            }
            Account::Subsidy | Account::InterestDiscount => line.spent += amount,
            Account::LoanReceivable => line.lent += amount,
            Account::DiscountAdvance => line.advanced += amount,
            Account::CompensationReceivable
            | Account::RecoveryDue
            | Account::WriteOff
            | Account::RecoveryAfterWriteOff
            | Account::LossReshare => line.compensated += amount,
            Account::FundBank => {
                line.bank += amount;
                line.left += amount;
            }
            // What belongs to others is negative.
            Account::Overpayment => line.left += amount,
            Account::RecoveryOwed => {
                line.compensated += amount;
                line.left += amount;
                self.recovery_owed += amount;
            }
            _ => {}
        }
    }

    fn answer(self) -> FundAnswer {
        let mut total = FundFigures::default();
        let mut lines = Vec::new();
        for ((place, purpose), figures) in self.lines {
            total.add(&figures);
            if let Some(source) = self.sources.get(place).filter(|_| !figures.are_zero()) {
                lines.push(FundLine { source: source.clone(), purpose, figures });
            }
        }
        let guarantees = self.multiplier.map(|multiplier| {
            let own = total.bank + self.recovery_owed;
            let ceiling = own.fen().saturating_mul(i64::from(multiplier));
            Guarantees {
                multiplier,
                liability: self.liability,
                commitments: self.commitments,
                free: Money::from_fen(ceiling) - self.liability - self.commitments,
            }
        });
        let (fund, name, promises) = (self.fund, self.name, self.promises);
        FundAnswer { fund, name, lines, total, guarantees, promises }
    }
}

impl FundFigures {
    fn add(&mut self, other: &Self) {
        self.pledged += other.pledged;
        self.received += other.received;
        self.interest += other.interest;
        self.committed += other.committed;
        self.spent += other.spent;
        self.lent += other.lent;
        self.advanced += other.advanced;
        self.compensated += other.compensated;
        self.bank += other.bank;
        self.left += other.left;
    }

    fn are_zero(&self) -> bool {
        *self == Self::default()
    }
}

async fn opened_funds(
    snapshot: &mut Snapshot,
    bounds: Bounds,
) -> Result<BTreeMap<Id, OpenedFund>, ViewsError> {
    let sql = "SELECT fund.fund, fund.name, fund.multiplier, source.source
               FROM fund JOIN source ON source.view_set = fund.view_set AND source.fund = fund.fund
               WHERE fund.view_set = $1 AND fund.position <= $2 AND fund.opened_on <= $3
               ORDER BY fund.fund, source.number";
    let values = values![snapshot.set, bounds.position, bounds.day];
    let mut funds: BTreeMap<Id, OpenedFund> = BTreeMap::new();
    for row in snapshot.rows(sql, &values).await? {
        let fund = id(row.text(0)?)?;
        let multiplier = row.optional_integer(2)?.map(u16::try_from).transpose();
        let multiplier = multiplier.map_err(|_| damaged("a multiplier is out of range"))?;
        let opened = OpenedFund {
            fund: fund.clone(),
            name: named(row.text(1)?)?,
            multiplier,
            sources: Vec::new(),
            lines: BTreeMap::new(),
            liability: Money::ZERO,
            commitments: Money::ZERO,
            recovery_owed: Money::ZERO,
            promises: Vec::new(),
        };
        funds.entry(fund).or_insert(opened).sources.push(id(row.text(3)?)?);
    }
    Ok(funds)
}

/// How much of a promise is due by a day.
fn due_by(day: Date, amount: Money, due_on: Option<Date>, monthly: Option<Money>) -> Money {
    match (due_on, monthly) {
        (Some(first_due_on), Some(monthly)) => {
            let months = amount.fen().checked_div(monthly.fen()).unwrap_or_default();
            let months = u16::try_from(months).unwrap_or(u16::MAX);
            Monthly { amount: monthly, months, first_due_on }.due_by(day)
        }
        (Some(due_on), None) if day < due_on => Money::ZERO,
        _ => amount,
    }
}

async fn add_promises(
    snapshot: &mut Snapshot,
    bounds: Bounds,
    day: Date,
    funds: &mut BTreeMap<Id, OpenedFund>,
) -> Result<(), ViewsError> {
    let sql = "SELECT promise.fund, promise.kind, promise.promise, promise.source, promise.purpose,
                   promise.amount, promise.due_on, promise.monthly, promise.year, promise.document,
                   CAST(coalesce(sum(receipt.received), 0) AS BIGINT),
                   CAST(coalesce(sum(receipt.withdrawn), 0) AS BIGINT),
                   CAST(coalesce(sum(receipt.returned), 0) AS BIGINT)
               FROM promise LEFT JOIN receipt
                   ON receipt.view_set = $1 AND receipt.fund = promise.fund
                   AND receipt.promise = promise.promise AND receipt.kind = promise.kind
                   AND receipt.position <= $2 AND receipt.received_on <= $3
                   AND (receipt.reversed_at IS NULL OR receipt.reversed_at > $2)
               WHERE promise.view_set = $1 AND promise.fund IN ($list)
                   AND promise.position <= $2 AND promise.promised_on <= $3
                   AND (promise.reversed_at IS NULL OR promise.reversed_at > $2)
               GROUP BY promise.fund, promise.kind, promise.promise, promise.source, promise.purpose,
                   promise.amount, promise.due_on, promise.monthly, promise.year, promise.document,
                   promise.position
               ORDER BY promise.fund, promise.kind DESC, promise.promise, promise.position";
    let places: Vec<String> = (0..funds.len()).map(|number| format!("${}", number + 4)).collect();
    let mut values = Vec::from(values![snapshot.set, bounds.position, bounds.day]);
    values.extend(funds.keys().map(|fund| Value::from(fund.as_str())));
    if places.is_empty() {
        return Ok(());
    }
    let places = places.join(", ");
    let mut carried = carried_over(snapshot, &places, &values).await?;
    for row in snapshot.rows(&sql.replace("$list", &places), &values).await? {
        let (name, promise) = (id(row.text(0)?)?, id(row.text(2)?)?);
        let Some(fund) = funds.get_mut(&name) else { continue };
        let kind = named(row.text(1)?)?;
        let carried = match kind {
            PromiseKind::AllocationDocument => carried.remove(&(name, promise.clone())),
            PromiseKind::Pledge | PromiseKind::MatchingFund => None,
        };
        let amount = money(&row, 5)?;
        let due_on = row.optional_integer(6)?.map(date).transpose()?;
        let monthly = row.optional_integer(7)?.map(Money::from_fen);
        fund.promises.push(Promise {
            kind,
            promise,
            source: id(row.text(3)?)?,
            purpose: row.optional_text(4)?.map(id).transpose()?,
            amount,
            due: due_by(day, amount, due_on, monthly),
            received: money(&row, 10)?,
            withdrawn: money(&row, 11)?,
            returned: money(&row, 12)?,
            carried,
            due_on,
            year: row.optional_integer(8)?,
            document: named(row.text(9)?)?,
        });
    }
    Ok(())
}

/// The last carry-over of each allocation document: those of earlier years are part of it, or spent.
async fn carried_over(
    snapshot: &mut Snapshot,
    funds: &str,
    values: &[Value],
) -> Result<BTreeMap<(Id, Id), CarryOver>, ViewsError> {
    let sql = "SELECT fund, promise, carried_year, carried FROM receipt
               WHERE view_set = $1 AND fund IN ($list) AND position <= $2 AND received_on <= $3
                   AND carried_year IS NOT NULL AND (reversed_at IS NULL OR reversed_at > $2)
               ORDER BY carried_year";
    let sql = sql.replace("$list", funds);
    let mut last = BTreeMap::new();
    for row in snapshot.rows(&sql, values).await? {
        let carried = CarryOver { year: row.integer(2)?, amount: money(&row, 3)? };
        last.insert((id(row.text(0)?)?, id(row.text(1)?)?), carried);
    }
    Ok(last)
}
