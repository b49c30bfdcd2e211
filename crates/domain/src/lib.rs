//! The rules of Almoner, pure: no clock, no randomness, no input or output (P6).
//!
//! [`command::decide`] turns a [`state::State`] and a [`command::Command`] into events or a
//! [`refusal::Refusal`]; [`state::State::evolve`] takes an event in; [`event::Event::entry`] is what it
//! posts. Each concept has one file, named by its term: its commands, events, rules, postings and tests
//! stand together.

pub mod account;
pub mod allocation_document;
pub mod arrears;
pub mod asset_mortgage;
pub mod budget_year;
mod by_hash;
pub mod calendar;
pub mod certificate;
mod check;
pub mod command;
pub mod date;
pub mod day_count;
pub mod event;
pub mod foregone_revenue;
pub mod fund;
pub mod guarantee_fund;
pub mod id;
pub mod in_kind;
pub mod interest_discount;
pub mod loan;
pub mod matching_fund;
pub mod money;
pub mod month;
pub mod parameter;
pub mod pledge;
pub mod premium_arrears;
pub mod programme;
pub mod rate;
pub mod recompute;
pub mod refusal;
pub mod reversal_entry;
pub mod schedule;
mod snapshot;
pub mod state;
pub mod subsidy;
pub mod subsidy_batch;
pub mod wage_arrears;

/// The most lines that one command may hold (a subsidy roster, a discount claim).
pub const MAX_LINES: usize = 20_000;
