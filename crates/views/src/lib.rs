//! The views: SQL tables made from the log, and the questions that they answer.
//!
//! The log is the only truth (P1): every row here can be dropped and is made again by reading the log.
//! The same SQL runs on SQLite and PostgreSQL, in the same database as the log.
//!
//! - [`catch_up`], [`follow`] and [`rebuild`] make the rows. Rows and the position that they were made
//!   up to are committed together, so a crash can neither skip nor double.
//! - [`funds`], [`trial_balance`], [`journal`], [`loan`], [`loans`], [`arrears`], [`premiums`],
//!   [`mortgages`], [`wages`], [`demands`] and [`certificates`] answer, each in one snapshot of the database, for any
//!   [`AsOf`]: by effective date, by recorded position, by both (P12).
//! - [`Dump`] gives every row that an audit can derive by itself, in a fixed order.
//!
//! One event becomes rows in `rows.rs` and its children: that is the heart of it.

mod arrears;
mod balances;
mod build;
mod certificates;
mod claim_line;
mod demands;
mod dump;
mod error;
mod follow;
mod funds;
mod journal;
mod loan;
mod loan_row;
mod loans;
mod mortgages;
#[cfg(test)]
mod plans;
mod position;
mod premiums;
mod rows;
mod set;
mod snapshot;
mod standing;
mod table;
mod trial_balance;
mod wages;
mod write;

pub use arrears::{Arrears, ClassTotal, OverdueLoan, ProgrammeArrears, arrears};
pub use build::{built_up_to, catch_up, rebuild};
pub use certificates::{CertificateFigures, Certificates, certificates};
pub use claim_line::{ClaimLine, ClaimStage};
pub use demands::{Demands, PaymentDemand, demands};
pub use dump::{Dump, DumpRow};
pub use error::{BadRecord, ViewsError};
pub use follow::follow;
pub use funds::{
    CarryOver, FundAnswer, FundFigures, FundLine, Funds, Guarantees, Promise, PromiseKind, funds,
};
pub use journal::{Journal, JournalEvent, JournalFilter, JournalPosting, journal};
pub use loan::{Approval, Commitment, Disbursement, LoanAnswer, loan};
pub use loans::{LoanFilter, LoanSummary, Loans, loans};
pub use mortgages::{MortgageStage, MortgagedItem, Mortgages, mortgages};
pub use position::{day_of_question, position_known_at, wait_for};
pub use premiums::{PremiumArrear, Premiums, premiums};
pub use snapshot::AsOf;
pub use standing::{Allocation, Contract, Instalment, LoanStage, Observed, Payment, PaymentKind};
pub use trial_balance::{TrialBalance, TrialBalanceLine, trial_balance};
pub use wages::{WageCase, Wages, WorkerWages, wages};
