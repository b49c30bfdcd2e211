//! What commands lead to: given what happened, when this is asked for, then these events and postings
//! follow, or this refusal.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test, and these end it clearly")]

mod asset_mortgages;
mod bearers;
mod borrowers;
mod budget_years;
mod certificates;
mod compensations;
mod counter_guarantees;
mod discount_claims;
mod discount_modes;
mod discount_world;
mod discounts;
mod extensions;
mod fineract_payments;
mod foregone_revenue;
mod fund_documents;
mod funds;
mod guarantees;
mod loans;
mod order_of_dates;
mod penalties;
mod practice;
mod premium_arrears;
mod prepayments;
mod programmes;
mod rate_resets;
mod refusals;
mod repayments;
mod reschedulings;
mod reversals;
mod roster_checks;
mod rosters;
mod subsidies;
mod subsidy_rules;
#[path = "../support/mod.rs"]
mod support;
mod verdicts;
mod wage_arrears;
