//! Derived lines: amounts that sum to a published total, and pseudonyms, both the same every time.

use almoner_domain::id::Pseudonym;
use almoner_domain::money::Money;
use anyhow::{Context, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// How a total is cut into lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// How many lines.
    pub lines: u32,
    /// What they sum to.
    pub total: Money,
    /// The least of a line.
    pub minimum: Money,
    /// The most of a line.
    pub maximum: Money,
    /// Each line lies a whole number of steps above the minimum.
    pub step: Money,
}

impl Amounts {
    /// The lines: spread evenly around what is left on average, and in sum exactly the total.
    ///
    /// # Errors
    /// When no lines within the limits sum to the total.
    pub fn split(&self, label: &str) -> anyhow::Result<Vec<Money>> {
        let fen = |money: Money| i128::from(money.fen());
        ensure!(self.step.is_positive(), "{label}: the step must be above 0.00");
        ensure!(self.minimum <= self.maximum, "{label}: the minimum lies above the maximum");
        let lines = i128::from(self.lines);
        let spare = fen(self.total) - lines * fen(self.minimum);
        let most = (fen(self.maximum) - fen(self.minimum)) / fen(self.step);
        let mut left = spare / fen(self.step);
        ensure!(
            spare >= 0 && spare % fen(self.step) == 0 && left <= lines * most,
            "{label}: no {lines} lines from {} to {} in steps of {} sum to {}",
            self.minimum,
            self.maximum,
            self.step,
            self.total,
        );
        let one = |index: u32| {
            let later = i128::from(self.lines - index - 1);
            let least = (left - later * most).max(0);
            let mean = left / (later + 1);
            let half = (mean - least).min(most.min(left) - mean);
            let drawn = i128::from(number(label, index)) % (2 * half + 1);
            let steps = mean - half + drawn;
            left -= steps;
            let amount = fen(self.minimum) + steps * fen(self.step);
            i64::try_from(amount).map(Money::from_fen).context("the amount is too large")
        };
        (0..self.lines).map(one).collect()
    }
}

/// The pseudonym of a person, household or firm of the demo, named by a label (`dingxi/graduate`) and
/// a number. A real one is drawn at random; these must be the same every time.
pub fn pseudonym(label: &str, number: u32) -> Pseudonym {
    let digest = digest(label, number);
    Pseudonym::from_bits(
        digest.iter().take(16).fold(0, |bits, &byte| (bits << 8) | u128::from(byte)),
    )
}

/// The pseudonym of a label and a number, as data files write them: `dingxi/graduate/17`.
pub fn named(name: &str) -> anyhow::Result<Pseudonym> {
    let (label, number) = name.rsplit_once('/').context("a pseudonym has no number")?;
    Ok(pseudonym(label, number.parse()?))
}

/// A pseudonym that a data file names in that way.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Labelled(pub Pseudonym);

impl TryFrom<String> for Labelled {
    type Error = anyhow::Error;

    fn try_from(name: String) -> anyhow::Result<Self> {
        named(&name).map(Self)
    }
}

fn number(label: &str, number: u32) -> u64 {
    let digest = digest(label, number);
    digest.iter().take(8).fold(0, |bits, &byte| (bits << 8) | u64::from(byte))
}

fn digest(label: &str, number: u32) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix("almoner demo");
    // Labels hold no zero byte, so that it parts them from what stands around them.
    hash.update([0]);
    hash.update(label);
    hash.update([0]);
    hash.update(number.to_be_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_keep_to_their_limits_and_sum_to_the_total(
            lines in 1..400_u32,
            minimum in 0..1_000_000_i64,
            most in 0..5_000_i64,
            step in 1..10_000_i64,
            part in 0..=1_000_i64,
        ) {
            let spare = i64::from(lines) * most * part / 1_000;
            let amounts = Amounts {
                lines,
                total: Money::from_fen(i64::from(lines) * minimum + spare * step),
                minimum: Money::from_fen(minimum),
                maximum: Money::from_fen(minimum + most * step),
                step: Money::from_fen(step),
            };
            let split = amounts.split("test").unwrap();
            prop_assert_eq!(split.len(), lines as usize);
            prop_assert_eq!(split.iter().copied().sum::<Money>(), amounts.total);
            for line in &split {
                prop_assert!((amounts.minimum..=amounts.maximum).contains(line));
                prop_assert_eq!((line.fen() - minimum) % step, 0);
            }
            prop_assert_eq!(split, amounts.split("test").unwrap());
        }
    }

    #[test]
    fn a_total_out_of_reach_is_refused() {
        let amounts = |total| Amounts {
            lines: 10,
            total: Money::from_yuan(total),
            minimum: Money::from_yuan(10),
            maximum: Money::from_yuan(20),
            step: Money::from_yuan(5),
        };
        for total in [100, 105, 200] {
            amounts(total).split("test").unwrap();
        }
        for total in [95, 101, 205] {
            assert!(amounts(total).split("test").is_err(), "{total}");
        }
    }

    #[test]
    fn lines_differ_from_each_other_and_from_label_to_label() {
        let amounts = Amounts {
            lines: 50,
            total: Money::from_yuan(75_000),
            minimum: Money::from_yuan(1_000),
            maximum: Money::from_yuan(2_000),
            step: Money::from_yuan(10),
        };
        let (first, second) = (amounts.split("first").unwrap(), amounts.split("second").unwrap());
        assert_ne!(first, second);
        assert!(first.iter().collect::<std::collections::BTreeSet<_>>().len() > 20);
    }

    #[test]
    fn pseudonyms_differ_by_label_and_number() {
        let all = [pseudonym("a", 1), pseudonym("a", 2), pseudonym("b", 1)];
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
        assert_eq!(pseudonym("a", 1), all[0]);
    }
}
