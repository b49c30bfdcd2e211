//! The built program from end to end, run as its users run it: in a folder of their own, with the exit
//! codes, outputs and files that scripts rely on.

#![cfg(test)]

mod audit;
mod demo;
mod dues;
mod failures;
mod help;
mod import;
mod init;
mod place;
mod presets;
mod queries;
mod reconcile;
mod record;
mod refusals;
mod schedule;
mod service;
mod settings;
