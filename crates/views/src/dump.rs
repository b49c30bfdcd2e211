//! Every row that can be derived from the log, in a fixed order and a fixed text, so that an audit can hold
//! each against its own fold of the log.
//!
//! A row has the name of its table, a key and a text. Both are fields separated by one tab (U+0009),
//! which no field holds. A field that is absent is empty. Amounts are written as yuan with two places
//! (`20000.00`, `-0.05`), dates as `2002-09-20`, rates as decimal fractions, other numbers as plain
//! decimals; names and texts as they stand. "Position" is the position of a record, "day" the
//! effective date of a record.
//!
//! The tables come in this order, the rows of each ordered by the fields of the key, numbers by value
//! and texts by their bytes:
//!
//! | table | key | text |
//! | --- | --- | --- |
//! | `balance` | account code, fund, source, purpose | amount; balances of zero are left out |
//! | `entry` | position, line (from 1) | day, account code, fund, source, purpose, amount (debit positive), type, subject, document, reason |
//! | `loan` | loan | programme, version, category, borrower, bank, months, then of the application: amount, day, position; of the approval: amount, rate, method, fund, day, position; of the guarantee commitment: fund, amount, day, position; of the cancellation: day, position; of the disbursement: day, position, last due day; open principal, open interest, overpaid, open penalty, compensated, stage |
//! | `payment` | position | loan, kind, day, amount, principal, interest, prepaid principal, prepaid interest, overpaid, guarantee, penalty, class, observed until, annual rate, method, last due day, position of its reversal |
//! | `allocation` | loan, position, number | principal, interest, position of its reversal |
//! | `instalment` | loan, number, valid from | valid until, due day, last day to pay, principal, interest, open principal, open interest |
//! | `subsidy` | position | subsidy, batch, programme, version, beneficiary, household, year, period, fund, amount, day, day of payment, position of payment, position of cancellation, returned, stage |
//! | `demand` | position | kind, position of the payment, subsidy, programme, fund, beneficiary, amount, day, position of its reversal |
//! | `promise` | position | kind, fund, promise, source, purpose, amount, due day (of a pledge by the month the first), amount of a month, year, document, day, position of its reversal |
//! | `receipt` | position, kind of the promise | fund, promise, received, withdrawn, returned, carried, year out of which, day, position of its reversal |
//! | `claim` | claim | programme, bank, fund, lines, total, document, day, position |
//! | `claim_line` | position | claim, line, loan, from, to before, actual interest, interest stated, shares, discount |
//! | `claim_step` | position, claim | kind, position of the line, returned, day, position of its reversal |
//! | `premium` | position, line | kind, programme, enterprise, insurance, month, premium, late fee charged, late fee paid, due day, day, position of its reversal |
//! | `mortgage` | position, line | kind, mortgage, programme, enterprise, item, what it is, valuation, last day, proceeds, surplus, shortfall, day, position of its reversal |
//! | `wage` | position, line | kind, case, employer, worker, amount, day, position of its reversal |
//! | `certificate` | position | kind, series, region, certificate, holder, number due, last day, day |
//!
//! What a row says, event by event:
//!
//! - **entry, balance**: the postings of each event's entry, in order; the balances are their sums.
//!   Document and reason are those of the event that has such a field (a reversal has both).
//! - **loan**: made by `loan.applied`; each later event fills its fields. The reversal of a
//!   disbursement empties the fields of the disbursement. Open principal and interest are the sums over
//!   the loan's instalments that hold now, less the principal that was compensated and is not recovered;
//!   overpaid is the sum over its payments that are not reversed. The stage is `cancelled`, `compensated`
//!   (no principal is open, because a fund paid it), `settled` (lent, and nothing open or overpaid),
//!   `active`, `approved` or `applied`.
//! - **payment**: kind `disbursement` (amount and principal are the amount lent, guarantee what becomes
//!   live), `repayment` (principal and interest in all, those repaid early among them; guarantee what
//!   ends), `refund` (amount only), `compensation`, `recovery`, `penalty`, `waiver`, or a contract that
//!   changed: `extension`, `rescheduling`, `rate_reset`. Rate, method and last due day stand where they
//!   are new: at the disbursement, and at what changes them.
//! - **allocation**: the allocations of a repayment. Its reversal marks them.
//! - **instalment**: `loan.disbursed` adds its instalments, valid from its position. A repayment with an
//!   early part ends, at its position, the rows of the loan that hold and are due after its day, and
//!   adds the instalments after it. Its reversal ends those and adds copies of the ended rows, valid
//!   from the reversal's position. The reversal of a disbursement ends all rows that hold. Allocations
//!   lower the open amounts of the row of that number that holds, their reversal raises them.
//! - **subsidy**: made by `subsidy.approved`, its position and day; payment, cancellation and returned
//!   money fill its fields, and the reversal of a payment empties them. The stage is `cancelled`, `paid`
//!   or `approved`.
//! - **demand**: kind `demanded`, or `returned`: what of returned money had been demanded.
//! - **promise, receipt**: kind `pledge`, `allocation_document` or `matching_fund`. `fund.pledged`,
//!   `allocation.registered` and `matching.required` make promises; a receipt is made by `fund.received`
//!   for each promise that it names, by `fund.pledge_withdrawn`, `allocation.surplus_returned` and
//!   `allocation.carried`.
//! - **claim, claim_line, claim_step**: made by `interest_discount.filed` and `.claimed`; kind `approved`,
//!   `rejected`, `paid`, `settled` (one row for each claim of the settlement) or `returned` (with line and
//!   amount). The shares are those of the line's segments, each once, with spaces between.
//! - **premium**: kind `assessed`, `paid` or `auctioned`: the lines of a settlement, from 1.
//! - **mortgage**: kind `registered` (a row for each item, from 1), `released` or `auctioned`.
//! - **wage**: kind `filed` or `paid` (a row for each worker, from 1), `coordinated` or `recovered`.
//! - **certificate**: kind `due`, `issued`, `used` or `withdrawn`.
//! - Rows with a position of their reversal are written once and marked by it.

use almoner_domain::date::Date;
use almoner_domain::money::Money;
use almoner_log::{Row, Store, Value};

use crate::ViewsError;
use crate::snapshot::{Snapshot, damaged, date};

/// A row of the dump.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DumpRow {
    /// The table.
    pub table: &'static str,
    /// What the row is about.
    pub key: String,
    /// What it says.
    pub text: String,
}

/// The rows of the current set, page by page, all as they stand at one position.
pub struct Dump {
    snapshot: Snapshot,
    /// The tables still to come; the first is in work.
    tables: std::slice::Iter<'static, DumpTable>,
    table: Option<&'static DumpTable>,
    /// The key columns of the last row given.
    last: Option<Vec<Value>>,
}

/// How a table is read. The key comes first among the fields, and is a key of the table.
struct DumpTable {
    name: &'static str,
    from: &'static str,
    /// Columns of the key and how they are written.
    key: &'static [(&'static str, Form)],
    text: &'static [(&'static str, Form)],
}

/// How a field is written.
#[derive(Clone, Copy)]
enum Form {
    Plain,
    Amount,
    Day,
}

/// How many rows make a page.
const PAGE: i64 = 5_000;

use Form::{Amount, Day, Plain};

const TABLES: &[DumpTable] = &[
    DumpTable {
        name: "balance",
        from: "balance WHERE view_set = $1 AND amount <> 0",
        key: &[("account", Plain), ("fund", Plain), ("source", Plain), ("purpose", Plain)],
        text: &[("amount", Amount)],
    },
    DumpTable {
        name: "entry",
        from: "entry
               JOIN event ON event.view_set = $1 AND event.position = entry.position
               JOIN balance ON balance.view_set = $1 AND balance.number = entry.balance
               WHERE entry.view_set = $1",
        key: &[("entry.position", Plain), ("entry.line", Plain)],
        text: &[
            ("entry.effective_on", Day),
            ("balance.account", Plain),
            ("balance.fund", Plain),
            ("balance.source", Plain),
            ("balance.purpose", Plain),
            ("entry.amount", Amount),
            ("event.kind", Plain),
            ("event.subject", Plain),
            ("event.document", Plain),
            ("event.reason", Plain),
        ],
    },
    DumpTable {
        name: "loan",
        from: "loan WHERE view_set = $1",
        key: &[("loan", Plain)],
        text: &[
            ("programme", Plain),
            ("version", Plain),
            ("category", Plain),
            ("borrower", Plain),
            ("bank", Plain),
            ("months", Plain),
            ("applied_amount", Amount),
            ("applied_on", Day),
            ("applied_at", Plain),
            ("approved_amount", Amount),
            ("annual_rate", Plain),
            ("method", Plain),
            ("fund", Plain),
            ("approved_on", Day),
            ("approved_at", Plain),
            ("guarantee_fund", Plain),
            ("guarantee", Amount),
            ("guaranteed_on", Day),
            ("guaranteed_at", Plain),
            ("cancelled_on", Day),
            ("cancelled_at", Plain),
            ("disbursed_on", Day),
            ("disbursed_at", Plain),
            ("maturity_on", Day),
            ("open_principal", Amount),
            ("open_interest", Amount),
            ("overpaid", Amount),
            ("open_penalty", Amount),
            ("compensated", Amount),
            ("stage", Plain),
        ],
    },
    DumpTable {
        name: "payment",
        from: "payment WHERE view_set = $1",
        key: &[("position", Plain)],
        text: &[
            ("loan", Plain),
            ("kind", Plain),
            ("paid_on", Day),
            ("amount", Amount),
            ("principal", Amount),
            ("interest", Amount),
            ("prepaid_principal", Amount),
            ("prepaid_interest", Amount),
            ("overpaid", Amount),
            ("guarantee", Amount),
            ("penalty", Amount),
            ("class", Plain),
            ("observed_until_on", Day),
            ("annual_rate", Plain),
            ("method", Plain),
            ("maturity_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "allocation",
        from: "allocation WHERE view_set = $1",
        key: &[("loan", Plain), ("position", Plain), ("number", Plain)],
        text: &[("principal", Amount), ("interest", Amount), ("reversed_at", Plain)],
    },
    DumpTable {
        name: "instalment",
        from: "instalment WHERE view_set = $1",
        key: &[("loan", Plain), ("number", Plain), ("valid_from", Plain)],
        text: &[
            ("valid_until", Plain),
            ("due_on", Day),
            ("payable_until_on", Day),
            ("principal", Amount),
            ("interest", Amount),
            ("open_principal", Amount),
            ("open_interest", Amount),
        ],
    },
    DumpTable {
        name: "subsidy",
        from: "subsidy WHERE view_set = $1",
        key: &[("position", Plain)],
        text: &[
            ("subsidy", Plain),
            ("batch", Plain),
            ("programme", Plain),
            ("version", Plain),
            ("beneficiary", Plain),
            ("household", Plain),
            ("year", Plain),
            ("period", Plain),
            ("fund", Plain),
            ("amount", Amount),
            ("approved_on", Day),
            ("paid_on", Day),
            ("paid_at", Plain),
            ("cancelled_at", Plain),
            ("returned", Amount),
            ("stage", Plain),
        ],
    },
    DumpTable {
        name: "demand",
        from: "demand WHERE view_set = $1",
        key: &[("position", Plain)],
        text: &[
            ("kind", Plain),
            ("payment", Plain),
            ("subsidy", Plain),
            ("programme", Plain),
            ("fund", Plain),
            ("beneficiary", Plain),
            ("amount", Amount),
            ("happened_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "promise",
        from: "promise WHERE view_set = $1",
        key: &[("position", Plain)],
        text: &[
            ("kind", Plain),
            ("fund", Plain),
            ("promise", Plain),
            ("source", Plain),
            ("purpose", Plain),
            ("amount", Amount),
            ("due_on", Day),
            ("monthly", Amount),
            ("year", Plain),
            ("document", Plain),
            ("promised_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "receipt",
        from: "receipt WHERE view_set = $1",
        key: &[("position", Plain), ("kind", Plain)],
        text: &[
            ("fund", Plain),
            ("promise", Plain),
            ("received", Amount),
            ("withdrawn", Amount),
            ("returned", Amount),
            ("carried", Amount),
            ("carried_year", Plain),
            ("received_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "claim",
        from: "claim WHERE view_set = $1",
        key: &[("claim", Plain)],
        text: &[
            ("programme", Plain),
            ("bank", Plain),
            ("fund", Plain),
            ("lines", Plain),
            ("total", Amount),
            ("document", Plain),
            ("filed_on", Day),
            ("position", Plain),
        ],
    },
    DumpTable {
        name: "claim_line",
        from: "claim_line WHERE view_set = $1",
        key: &[("position", Plain)],
        text: &[
            ("claim", Plain),
            ("line", Plain),
            ("loan", Plain),
            ("from_on", Day),
            ("to_on", Day),
            ("actual_interest", Amount),
            ("interest", Amount),
            ("share", Plain),
            ("discount", Amount),
        ],
    },
    DumpTable {
        name: "claim_step",
        from: "claim_step WHERE view_set = $1",
        key: &[("position", Plain), ("claim", Plain)],
        text: &[
            ("kind", Plain),
            ("line", Plain),
            ("returned", Amount),
            ("happened_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "premium",
        from: "premium WHERE view_set = $1",
        key: &[("position", Plain), ("line", Plain)],
        text: &[
            ("kind", Plain),
            ("programme", Plain),
            ("enterprise", Plain),
            ("insurance", Plain),
            ("month", Plain),
            ("amount", Amount),
            ("charged", Amount),
            ("late_fee", Amount),
            ("due_on", Day),
            ("happened_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "mortgage",
        from: "mortgage WHERE view_set = $1",
        key: &[("position", Plain), ("line", Plain)],
        text: &[
            ("kind", Plain),
            ("mortgage", Plain),
            ("programme", Plain),
            ("enterprise", Plain),
            ("item", Plain),
            ("what", Plain),
            ("valuation", Amount),
            ("expires_on", Day),
            ("proceeds", Amount),
            ("surplus", Amount),
            ("shortfall", Amount),
            ("happened_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "wage",
        from: "wage WHERE view_set = $1",
        key: &[("position", Plain), ("line", Plain)],
        text: &[
            ("kind", Plain),
            ("wage_case", Plain),
            ("employer", Plain),
            ("worker", Plain),
            ("amount", Amount),
            ("happened_on", Day),
            ("reversed_at", Plain),
        ],
    },
    DumpTable {
        name: "certificate",
        from: "certificate WHERE view_set = $1",
        key: &[("position", Plain)],
        text: &[
            ("kind", Plain),
            ("series", Plain),
            ("region", Plain),
            ("certificate", Plain),
            ("holder", Plain),
            ("number", Plain),
            ("valid_until_on", Day),
            ("happened_on", Day),
        ],
    },
];

impl Dump {
    /// Begins a dump of the current set. Writers are not held up; what they write from now on is not in
    /// it.
    ///
    /// # Errors
    /// When the views are not there or the database fails.
    pub async fn begin(store: &Store) -> Result<Self, ViewsError> {
        let snapshot = Snapshot::open(store).await?;
        let mut tables = TABLES.iter();
        let table = tables.next();
        Ok(Self { snapshot, tables, table, last: None })
    }

    /// The position at which all rows stand.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.snapshot.position
    }

    /// The names of the tables, in order.
    pub fn tables() -> impl Iterator<Item = &'static str> {
        TABLES.iter().map(|table| table.name)
    }

    /// The next rows, some thousands at most; none at the end.
    ///
    /// # Errors
    /// When the database fails or a row holds what it cannot.
    pub async fn next_rows(&mut self) -> Result<Vec<DumpRow>, ViewsError> {
        while let Some(table) = self.table {
            let mut values = vec![Value::from(self.snapshot.set), PAGE.into()];
            values.extend(self.last.iter().flatten().cloned());
            let rows = self.snapshot.rows(&table.query(self.last.is_some()), &values).await?;
            if let Some(last) = rows.last() {
                self.last = last.values().get(..table.key.len()).map(<[Value]>::to_vec);
                return rows.iter().map(|row| table.read(row)).collect();
            }
            (self.table, self.last) = (self.tables.next(), None);
        }
        Ok(Vec::new())
    }
}

impl DumpTable {
    /// The statement for a page, from the beginning or after a key.
    fn query(&self, after: bool) -> String {
        let names = |fields: &[(&str, Form)]| {
            fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        };
        let key = names(self.key);
        let after = if after {
            let places: Vec<_> = (0..self.key.len()).map(|at| format!("${}", at + 3)).collect();
            format!("AND ({key}) > ({})", places.join(", "))
        } else {
            String::new()
        };
        format!(
            "SELECT {key}, {} FROM {} {after} ORDER BY {key} LIMIT $2",
            names(self.text),
            self.from
        )
    }

    fn read(&self, row: &Row) -> Result<DumpRow, ViewsError> {
        let mut values = row.values().iter();
        let mut fields = |fields: &[(&str, Form)]| -> Result<String, ViewsError> {
            let written = fields.iter().zip(&mut values);
            let written = written.map(|((_, form), value)| form.write(value));
            Ok(written.collect::<Result<Vec<_>, _>>()?.join("\t"))
        };
        Ok(DumpRow { table: self.name, key: fields(self.key)?, text: fields(self.text)? })
    }
}

impl Form {
    fn write(self, value: &Value) -> Result<String, ViewsError> {
        Ok(match (self, value) {
            (_, Value::Null) => String::new(),
            (Self::Plain, Value::Text(text)) => text.clone(),
            (Self::Plain, Value::Integer(number)) => number.to_string(),
            (Self::Amount, Value::Integer(fen)) => Money::from_fen(*fen).to_string(),
            (Self::Day, Value::Integer(day)) => Date::to_string(&date(*day)?),
            _ => return Err(damaged("a column holds another type than it should")),
        })
    }
}
