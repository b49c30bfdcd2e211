//! End-to-end and fault tests, and the checks that keep the tree tidy.
