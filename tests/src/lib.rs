//! Tests across crates: end to end, under faults, in a browser; and the checks that keep the tree
//! tidy. Each `*.rs` beside `Cargo.toml` is one test program; this library holds what they share.
