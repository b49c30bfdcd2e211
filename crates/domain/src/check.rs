//! Checks that many commands make.

use crate::money::Money;
use crate::refusal::{MAX_REPORTED_LINES, Refusal};

/// Refuses an amount of zero.
pub(crate) fn positive(field: &'static str, amount: Money) -> Result<(), Refusal> {
    if amount.is_positive() { Ok(()) } else { Err(Refusal::AmountZero { field }) }
}

/// Refuses an empty or endless list.
pub(crate) fn lines_within_limit(lines: usize) -> Result<(), Refusal> {
    if (1..=crate::MAX_LINES).contains(&lines) {
        Ok(())
    } else {
        Err(Refusal::TooManyLines { lines, maximum: crate::MAX_LINES })
    }
}

/// Refuses a list whose stated total is not the sum of its lines.
pub(crate) fn total_agrees(stated: Money, sum: Money) -> Result<(), Refusal> {
    if stated == sum {
        Ok(())
    } else {
        Err(Refusal::BatchTotalDiffers { stated, sum, difference: stated - sum })
    }
}

/// Collects decided lines; when some are refused, they are named in one refusal.
pub(crate) fn accept_lines<T>(
    decided: impl ExactSizeIterator<Item = Result<T, Refusal>>,
) -> Result<Vec<T>, Refusal> {
    let lines = decided.len();
    let mut accepted = Vec::with_capacity(lines);
    let (mut refused, mut listed) = (0, Vec::new());
    for (number, line) in (1..).zip(decided) {
        match line {
            Ok(line) => accepted.push(line),
            Err(refusal) => {
                refused += 1;
                if listed.len() < MAX_REPORTED_LINES {
                    listed.push((number, refusal));
                }
            }
        }
    }
    if refused == 0 { Ok(accepted) } else { Err(Refusal::Lines { lines, refused, listed }) }
}

/// Two checks of one command: of two refusals, the one that stands earlier in the order of checks.
pub(crate) fn both<T>(
    first: Result<T, Refusal>,
    second: Result<(), Refusal>,
) -> Result<T, Refusal> {
    match (first, second) {
        (Err(first), Err(second)) if second.stage() < first.stage() => Err(second),
        (Err(refusal), _) | (Ok(_), Err(refusal)) => Err(refusal),
        (Ok(accepted), Ok(())) => Ok(accepted),
    }
}
