//! The rules of Almoner, pure: no clock, no randomness, no input or output (P6).
pub mod date;
pub mod id;
pub mod money;
pub mod rate;
pub mod schedule;
pub mod day_count;

/// The most lines that one command may hold (a subsidy roster, a discount claim).
pub const MAX_LINES: usize = 20_000;
