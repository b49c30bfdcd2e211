//! The writer's memory for each open loan.

use std::process::Command;

use almoner_domain::command::{Command as DomainCommand, Context, decide};
use almoner_domain::state::State;

use crate::measure::{Line, print};

const LOANS: u64 = 200_000;

/// Measures in a process of its own, so that nothing else is counted.
pub fn run() -> anyhow::Result<()> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).arg("--loans-in-memory").arg(LOANS.to_string()).output()?;
    anyhow::ensure!(output.status.success(), "the memory probe failed");
    let bytes: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    print(&Line {
        work: "memory of the writer, 200,000 open loans of twelve instalments",
        against: "512 bytes a loan",
        unit: "bytes a loan",
        ours: bytes.round(),
        raw: 512.0,
        ratio: (bytes / 512.0 * 1000.0).round() / 1000.0,
        promised: Some(1.0),
        fsync_per_second: 0.0,
        ratios: Vec::new(),
    })
}

/// Builds open loans in a state, and prints by how many bytes each made the process grow.
pub fn print_bytes_of_loans(loans: u64) -> anyhow::Result<()> {
    let mut state = State::default();
    let mut position = 0;
    for submission in crate::workload::world()? {
        take(&mut state, &mut position, submission.command())?;
    }
    let before = resident_bytes()?;
    for number in 0..loans {
        for submission in crate::workload::loan(number)? {
            take(&mut state, &mut position, submission.command())?;
        }
    }
    let grown = resident_bytes()?.saturating_sub(before);
    println!("{}", grown / loans);
    anyhow::ensure!(state.loans.len() as u64 == loans, "the loans are not there");
    Ok(())
}

fn take(state: &mut State, position: &mut u64, command: &DomainCommand) -> anyhow::Result<()> {
    let context = Context { today: command.effective_on, original: None, actor: "bench" };
    for event in decide(state, command, context)? {
        *position += 1;
        state.evolve(*position, command.effective_on, &event);
    }
    Ok(())
}

fn resident_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.map(str::parse::<u64>).transpose()?.unwrap_or_default() * 1024)
}
