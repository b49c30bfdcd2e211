//! What an auditor does with a log: verify, replay, compare, prove, trace, export.
//!
//! Everything here opens a store or an exported bundle, never a server, and trusts nothing but the
//! public key of the log's signer. One job, one module:
//!
//! - [`verify()`] holds records, tiles, signatures and earlier checkpoints against each other.
//! - [`replay()`] folds the log from nothing: balances, trial balance, arrears on a day.
//! - [`Comparison`] holds every row of the views against the log.
//! - [`prove()`] makes a proof for one record, [`check_proof`] checks it without the log.
//! - [`trace()`] finds every record about one subject or pseudonym.
//! - [`export()`] writes a bundle that others can verify, and journals that they can add up.

mod compare;
mod export;
mod parse;
mod pass;
mod prove;
mod recompute;
mod replay;
mod source;
mod trace;
mod verify;

pub use compare::{Compared, Comparison, Difference, MAX_DIFFERENCES, Suspects};
pub use export::{ExportError, Exported, JournalFormat, export};
pub use parse::BadRecord;
pub use pass::Progress;
pub use prove::{ProofFault, ProveError, Proven, check_proof, prove};
pub use recompute::{How, MAX_RECOMPUTED_DIFFERENCES, Recomputed, Unequal, recompute};
pub use replay::{OverdueLoan, Replay, ReplayError, ReplayTo, replay, verify_and_replay};
pub use source::{Source, SourceError};
pub use trace::{About, Traced, trace};
pub use verify::{Conflict, Finding, FindingKind, MAX_FINDINGS, Verdict, verify};
