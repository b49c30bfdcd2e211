//! Arrears: what is overdue on a day, worked out for that day.
//!
//! What is open now stands in the instalments, so a question for today costs as much as there is overdue,
//! however old the log is. For another day or position, the loans on which money moved after it are
//! worked out anew from their payments; the others stand as they do now.

use std::collections::BTreeMap;

use almoner_domain::account::Account;
use almoner_domain::arrears::{Class, ClassThreshold, class, days_past_due};
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;
use almoner_domain::programme::Terms;
use almoner_log::{Row, Store};
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{AsOf, Bounds, Snapshot, damaged, date, id, money, named, optional_id};
use crate::standing::{Standing, standings};
use crate::table::values;

/// What is overdue on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrears {
    /// What was recorded up to this position is in the answer.
    pub position: u64,
    /// The day.
    pub on: Date,
    /// The loans with something overdue, by name.
    pub loans: Vec<OverdueLoan>,
    /// The sums of each programme with principal lent, by name.
    pub programmes: Vec<ProgrammeArrears>,
}

/// A loan with something overdue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueLoan {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version of the programme, whose rule table gives the class.
    pub version: u32,
    /// Who borrows.
    pub borrower: Pseudonym,
    /// The handling bank (经办银行), where a bank lends.
    pub bank: Option<Id>,
    /// All principal not yet repaid, overdue or not.
    pub open_principal: Money,
    /// Principal overdue.
    pub overdue_principal: Money,
    /// Interest overdue.
    pub overdue_interest: Money,
    /// The earliest unpaid due day.
    pub since: Date,
    /// Days past due, counted from that day.
    pub days_past_due: i32,
    /// The class by the rule table, and while a rescheduled loan is observed no better than that says.
    pub class: Class,
}

/// The arrears of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeArrears {
    /// The programme.
    pub programme: Id,
    /// All principal lent and not yet repaid: what portfolio at risk is a share of.
    pub open_principal: Money,
    /// How many loans have something overdue.
    pub overdue_loans: u32,
    /// Principal overdue.
    pub overdue_principal: Money,
    /// Interest overdue.
    pub overdue_interest: Money,
    /// Portfolio at risk: the open principal of loans more than 30 days past due.
    pub par_30: Money,
    /// The same for more than 60 days.
    pub par_60: Money,
    /// The same for more than 90 days.
    pub par_90: Money,
    /// The open principal by class (五级分类), best first; together the open principal.
    pub classes: Vec<ClassTotal>,
}

/// The loans of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassTotal {
    /// The class.
    pub class: Class,
    /// Their open principal.
    pub open_principal: Money,
}

// `CROSS JOIN` makes SQLite, which keeps no statistics here, take the tables in the order of the text:
// from the few rows of the question to the many of the tables. PostgreSQL sees no difference to `JOIN`.

/// The loans on which money moved that does not count or no longer counts: `$2` is the last position and
/// `$3` the last day that count.
const MOVED_LATER: &str = "
WITH moved AS (
    SELECT loan FROM payment WHERE view_set = $1 AND position > $2
    UNION SELECT loan FROM payment WHERE view_set = $1 AND paid_on > $3
    UNION SELECT loan FROM payment WHERE view_set = $1 AND reversed_at > $2)";

/// Loans that stand as they do now.
const UNMOVED: &str = "
SELECT loan.loan, loan.programme, loan.version, loan.borrower, loan.bank, loan.open_principal,
       CAST(sum(due.open_principal) AS BIGINT), CAST(sum(due.open_interest) AS BIGINT),
       min(due.due_on)
FROM instalment AS due CROSS JOIN loan
WHERE loan.view_set = $1 AND loan.loan = due.loan
  AND due.view_set = $1 AND due.valid_until IS NULL
  AND due.open_principal + due.open_interest > 0 AND due.payable_until_on < $3
  AND due.loan NOT IN (SELECT loan FROM moved)
GROUP BY loan.loan, loan.programme, loan.version, loan.borrower, loan.bank, loan.open_principal";

/// Loans that stood otherwise. As everywhere, all about them is as it was at the last payment that
/// counts.
const MOVED: &str = ", standing AS (
    SELECT payment.loan, max(payment.position) AS position,
           CAST(sum(CASE kind WHEN 'disbursement' THEN principal ELSE -principal END) AS BIGINT)
               AS open_principal
    FROM moved CROSS JOIN payment
    WHERE payment.view_set = $1 AND payment.loan = moved.loan
      AND payment.position <= $2 AND payment.paid_on <= $3
      AND (payment.reversed_at IS NULL OR payment.reversed_at > $2)
    GROUP BY payment.loan),
covered AS (
    SELECT allocation.loan, allocation.number, sum(allocation.principal) AS principal,
           sum(allocation.interest) AS interest
    FROM standing CROSS JOIN allocation
    WHERE allocation.view_set = $1 AND allocation.loan = standing.loan
      AND allocation.position <= standing.position
      AND (allocation.reversed_at IS NULL OR allocation.reversed_at > $2)
    GROUP BY allocation.loan, allocation.number),
due AS (
    SELECT standing.loan, standing.open_principal AS loan_open, instalment.due_on,
           instalment.principal - coalesce(covered.principal, 0) AS principal,
           instalment.interest - coalesce(covered.interest, 0) AS interest
    FROM standing CROSS JOIN instalment
    LEFT JOIN covered ON covered.loan = standing.loan AND covered.number = instalment.number
    WHERE instalment.view_set = $1 AND instalment.loan = standing.loan
      AND instalment.payable_until_on < $3 AND instalment.valid_from <= standing.position
      AND (instalment.valid_until IS NULL OR instalment.valid_until > standing.position))
SELECT loan.loan, loan.programme, loan.version, loan.borrower, loan.bank, due.loan_open,
       CAST(sum(due.principal) AS BIGINT), CAST(sum(due.interest) AS BIGINT), min(due.due_on)
FROM due CROSS JOIN loan
WHERE loan.view_set = $1 AND loan.loan = due.loan AND due.principal + due.interest > 0
GROUP BY loan.loan, loan.programme, loan.version, loan.borrower, loan.bank, due.loan_open";

/// By programme: what payments add to the open principal that count then and not now, less what those
/// add that count now and did not then.
const OPEN_THEN: &str = "
SELECT loan.programme, CAST(sum(
           CASE payment.kind WHEN 'disbursement' THEN payment.principal ELSE -payment.principal END
         * (CASE WHEN payment.position <= $2 AND payment.paid_on <= $3
                  AND (payment.reversed_at IS NULL OR payment.reversed_at > $2) THEN 1 ELSE 0 END
          - CASE WHEN payment.reversed_at IS NULL THEN 1 ELSE 0 END)) AS BIGINT)
FROM moved CROSS JOIN payment CROSS JOIN loan
WHERE payment.view_set = $1 AND payment.loan = moved.loan
  AND loan.view_set = $1 AND loan.loan = moved.loan
GROUP BY loan.programme";

/// Loans that were rescheduled and are still observed.
const OBSERVED: &str = "
SELECT DISTINCT loan.loan, loan.programme FROM payment CROSS JOIN loan
WHERE payment.view_set = $1 AND payment.observed_until_on >= $3
  AND payment.position <= $2 AND payment.paid_on <= $3
  AND loan.view_set = $1 AND loan.loan = payment.loan
ORDER BY loan.loan";

/// So many loans are looked up at once.
const LOANS_AT_ONCE: usize = 500;

/// What is overdue on a day, counting the payments received until then and recorded up to `position`
/// (or all that are recorded).
///
/// # Errors
/// When the views are not there or not yet at the position, or the database fails.
pub async fn arrears(
    store: &Store,
    on: Date,
    position: Option<u64>,
) -> Result<Arrears, ViewsError> {
    let as_of = AsOf { effective: Some(on), position };
    let mut snapshot = Snapshot::open(store).await?;
    let bounds = snapshot.bounds(as_of)?;
    let values = values![snapshot.set, bounds.position, bounds.day];
    let thresholds = thresholds(&mut snapshot).await?;

    let mut rows = snapshot.rows(&format!("{MOVED_LATER}{UNMOVED}"), &values).await?;
    rows.extend(snapshot.rows(&format!("{MOVED_LATER}{MOVED}"), &values).await?);
    let overdue = |row: &Row| overdue_loan(row, on, &thresholds);
    let mut loans = rows.iter().map(overdue).collect::<Result<Vec<_>, _>>()?;
    loans.sort_by(|a, b| a.loan.cmp(&b.loan));

    let mut programmes = open_principal(&mut snapshot, bounds).await?;
    for (loan, programme, standing) in observed(&mut snapshot, bounds).await? {
        let class = standing.observed_class(on);
        let index = loans.binary_search_by(|overdue| overdue.loan.cmp(&loan));
        match index.ok().and_then(|index| loans.get_mut(index)) {
            Some(overdue) => overdue.class = overdue.class.max(class),
            None => {
                let sums = programmes.entry(programme).or_default();
                *sums.classes.entry(class).or_default() += standing.open_principal;
            }
        }
    }
    for loan in &loans {
        programmes.entry(loan.programme.clone()).or_default().add(loan);
    }
    let position = snapshot.known(as_of);
    let programmes = programmes.into_iter().filter_map(|(name, sum)| sum.answer(name)).collect();
    Ok(Arrears { position, on, loans, programmes })
}

/// The rule table of each version of a loan programme.
pub(crate) async fn thresholds(
    snapshot: &mut Snapshot,
) -> Result<BTreeMap<(Id, u32), Vec<ClassThreshold>>, ViewsError> {
    let sql = "SELECT programme, version, terms FROM programme WHERE view_set = $1";
    let mut tables = BTreeMap::new();
    for row in snapshot.rows(sql, &[snapshot.set.into()]).await? {
        let terms = serde_json::from_str(row.text(2)?)
            .map_err(|error| damaged(format!("the terms of a programme: {error}")))?;
        if let Terms::Loan(terms) = terms {
            tables.insert((id(row.text(0)?)?, version(row.integer(1)?)?), terms.classes);
        }
    }
    Ok(tables)
}

fn version(number: i64) -> Result<u32, ViewsError> {
    u32::try_from(number).map_err(|_| damaged(format!("there is a version {number}")))
}

fn overdue_loan(
    row: &Row,
    on: Date,
    thresholds: &BTreeMap<(Id, u32), Vec<ClassThreshold>>,
) -> Result<OverdueLoan, ViewsError> {
    let key = (id(row.text(1)?)?, version(row.integer(2)?)?);
    let table = thresholds.get(&key).ok_or_else(|| damaged("a programme is missing"))?;
    let since = date(row.integer(8)?)?;
    let days_past_due = days_past_due(Some(since), on);
    let (programme, version) = key;
    Ok(OverdueLoan {
        loan: id(row.text(0)?)?,
        programme,
        version,
        borrower: named(row.text(3)?)?,
        bank: optional_id(row.optional_text(4)?)?,
        open_principal: money(row, 5)?,
        overdue_principal: money(row, 6)?,
        overdue_interest: money(row, 7)?,
        since,
        days_past_due,
        class: class(days_past_due, table),
    })
}

/// The sums of a programme.
#[derive(Default)]
struct Sums {
    open_principal: Money,
    loans: u32,
    principal: Money,
    interest: Money,
    /// Open principal of loans more than 30, 60 and 90 days past due.
    at_risk: [Money; 3],
    /// Open principal of overdue loans, and of rescheduled ones while they are observed.
    classes: BTreeMap<Class, Money>,
}

impl Sums {
    fn add(&mut self, loan: &OverdueLoan) {
        self.loans += 1;
        self.principal += loan.overdue_principal;
        self.interest += loan.overdue_interest;
        for (sum, days) in self.at_risk.iter_mut().zip([30, 60, 90]) {
            if loan.days_past_due > days {
                *sum += loan.open_principal;
            }
        }
        *self.classes.entry(loan.class).or_default() += loan.open_principal;
    }

    /// `None` for a programme without loans.
    fn answer(mut self, programme: Id) -> Option<ProgrammeArrears> {
        if self.open_principal.is_zero() && self.loans == 0 {
            return None;
        }
        let classed: Money = self.classes.values().copied().sum();
        *self.classes.entry(Class::Normal).or_default() += self.open_principal - classed;
        let [par_30, par_60, par_90] = self.at_risk;
        let total = |(class, open_principal)| ClassTotal { class, open_principal };
        Some(ProgrammeArrears {
            programme,
            open_principal: self.open_principal,
            overdue_loans: self.loans,
            overdue_principal: self.principal,
            overdue_interest: self.interest,
            par_30,
            par_60,
            par_90,
            classes: self.classes.into_iter().map(total).collect(),
        })
    }
}

/// The open principal of each programme: that of now from the balances, corrected for the question.
async fn open_principal(
    snapshot: &mut Snapshot,
    bounds: Bounds,
) -> Result<BTreeMap<Id, Sums>, ViewsError> {
    let mut sums: BTreeMap<Id, Sums> = BTreeMap::new();
    let now = "SELECT purpose, CAST(sum(amount) AS BIGINT) FROM balance
               WHERE view_set = $1 AND account IN ($2, $3) GROUP BY purpose";
    let accounts = (Account::BankLoan.code(), Account::LoanReceivable.code());
    let mut rows = snapshot.rows(now, &values![snapshot.set, accounts.0, accounts.1]).await?;
    let values = values![snapshot.set, bounds.position, bounds.day];
    rows.extend(snapshot.rows(&format!("{MOVED_LATER}{OPEN_THEN}"), &values).await?);
    for row in rows {
        sums.entry(id(row.text(0)?)?).or_default().open_principal += money(&row, 1)?;
    }
    Ok(sums)
}

/// Loans that may be observed after a rescheduling: loan, programme, and how they stand.
async fn observed(
    snapshot: &mut Snapshot,
    bounds: Bounds,
) -> Result<Vec<(Id, Id, Standing)>, ViewsError> {
    let values = values![snapshot.set, bounds.position, bounds.day];
    let rows = snapshot.rows(OBSERVED, &values).await?;
    let mut names = Vec::with_capacity(rows.len());
    for row in &rows {
        names.push(row.text(0)?.to_owned());
    }
    let mut found = BTreeMap::new();
    for some in names.chunks(LOANS_AT_ONCE) {
        found.extend(standings(snapshot, some, bounds).await?);
    }
    let mut observed = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(standing) = found.remove(row.text(0)?) {
            observed.push((id(row.text(0)?)?, id(row.text(1)?)?, standing));
        }
    }
    Ok(observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::{empty_views, plan};

    #[tokio::test]
    async fn arrears_of_another_day_are_found_by_indexes() {
        let (_directory, mut snapshot) = empty_views().await;
        let values = values![snapshot.set, 1_000_i64, 12_000_i64];
        for (question, by) in [
            (UNMOVED, "instalment_open (view_set=? AND payable_until_on<?)"),
            (MOVED, "payment_of_loan (view_set=? AND loan=? AND position<?)"),
            (OPEN_THEN, "payment_of_loan (view_set=? AND loan=?)"),
            (OBSERVED, "payment_observed (view_set=? AND observed_until_on>?)"),
        ] {
            let before = if question == OBSERVED { "" } else { MOVED_LATER };
            let steps = plan(&mut snapshot, &format!("{before}{question}"), &values).await;
            assert!(steps.iter().any(|step| step.ends_with(by)), "{by}: {steps:#?}");
        }
    }
}
