//! Tests of the proofs: known answers, other implementations as referees, tampering.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod growth;
mod oracles;
mod own_vectors;
mod shared_vectors;
mod tampering;
mod trees;
mod vectors;
