//! Measures Almoner beside its raw limits, in one run on one machine.
//!
//! Every line of output is a JSON object: what was measured, the raw limit of the same minute, their ratio,
//! and the ratio that is promised. `cargo run --release -p almoner-bench` runs everything;
//! `-- append` (or another name) one part.

#![expect(
    clippy::float_arithmetic,
    reason = "a bench works with seconds and ratios, never with money"
)]

mod append;
mod measure;
mod memory;
mod replay;
mod workload;

use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures Almoner beside its raw limits.
#[derive(Parser)]
struct Arguments {
    /// What to measure; everything when absent.
    parts: Vec<Part>,
    /// Seconds for each timed piece.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How often each pair is measured; the median is printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Of the append rows, only those whose name has this text.
    #[arg(long, default_value = "")]
    only: String,
    /// Records in the log that is verified and replayed.
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Used by the bench itself: build this many open loans, and print the memory they take.
    #[arg(long, hide = true)]
    loans_in_memory: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Commands recorded a second, on SQLite and PostgreSQL.
    Append,
    /// The writer's memory for each open loan.
    Memory,
    /// A log verified and replayed.
    Replay,
    /// Start-up from a snapshot.
    Start,
    /// Views built from nothing.
    Views,
    /// The log published on NATS.
    Feed,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(loans) = arguments.loans_in_memory {
        return memory::print_bytes_of_loans(loans);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let seconds = Duration::from_secs(arguments.seconds);
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    if wanted(Part::Append) {
        append::run(seconds, arguments.rounds, &arguments.only).await?;
    }
    if wanted(Part::Memory) {
        memory::run()?;
    }
    let large = replay::Wanted {
        replay: wanted(Part::Replay),
        start: wanted(Part::Start),
        views: wanted(Part::Views),
        feed: wanted(Part::Feed),
    };
    if large.replay || large.start || large.views || large.feed {
        replay::run(large, arguments.records, arguments.rounds).await?;
    }
    Ok(())
}
