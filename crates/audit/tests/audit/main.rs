//! The audit, from outside: logs decided by the domain and kept by a real store, attacked in every way
//! that verifying promises to notice; proofs; exports, checked by programs that share no code with ours.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod attacks;
mod bundles;
mod comparing;
mod history;
mod journals;
mod programs;
mod proofs;
mod recomputing;
mod replaying;
mod tracing;
mod verifying;
mod world;
