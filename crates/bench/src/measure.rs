//! How a measurement is made and printed.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

/// One line of output.
#[derive(Serialize)]
pub struct Line<'a> {
    /// What was measured.
    pub work: &'a str,
    /// Against what.
    pub against: &'a str,
    /// The unit of both.
    pub unit: &'a str,
    /// The median of ours.
    pub ours: f64,
    /// The median of the raw limit.
    pub raw: f64,
    /// The median of ours / raw, pair by pair.
    pub ratio: f64,
    /// The least (or, where less is better, the most) that is promised.
    pub promised: Option<f64>,
    /// Forced writes of 8 KiB a second on the same disk just before.
    pub fsync_per_second: f64,
    /// All ratios, in the order measured.
    pub ratios: Vec<f64>,
}

/// Prints a line.
pub fn print(line: &Line<'_>) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(line)?);
    Ok(())
}

/// The line of pairs (ours, raw).
pub fn line<'a>(
    work: &'a str,
    against: &'a str,
    unit: &'a str,
    pairs: &[(f64, f64)],
    promised: Option<f64>,
    fsync_per_second: f64,
) -> Line<'a> {
    let ratios: Vec<f64> = pairs.iter().map(|(ours, raw)| rounded(ours / raw)).collect();
    Line {
        work,
        against,
        unit,
        ours: rounded(median(pairs.iter().map(|pair| pair.0).collect())),
        raw: rounded(median(pairs.iter().map(|pair| pair.1).collect())),
        ratio: median(ratios.clone()),
        promised,
        fsync_per_second: rounded(fsync_per_second),
        ratios,
    }
}

/// The middle one of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn rounded(figure: f64) -> f64 {
    if figure.abs() < 100.0 { (figure * 1000.0).round() / 1000.0 } else { figure.round() }
}

/// How many a second.
pub fn per_second(count: u64, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of a few seconds is small")]
    let count = count as f64;
    count / took.as_secs_f64()
}

/// Forced writes of 8 KiB in place, a second.
pub fn fsync_probe(directory: &Path) -> anyhow::Result<f64> {
    use std::io::{Seek, SeekFrom, Write};
    let path = directory.join("fsync-probe");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    let block = [1_u8; 8192];
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < Duration::from_millis(500) {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    let figure = per_second(count, started.elapsed());
    std::fs::remove_file(path)?;
    Ok(figure)
}
