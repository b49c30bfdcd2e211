//! What is read from a file or, as `-`, from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// An opened input.
pub struct Input {
    /// The bytes.
    pub bytes: Box<dyn Read + Send>,
    /// How many there are, where that is known.
    pub length: Option<u64>,
    /// What to call it.
    pub name: String,
}

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path) -> Result<Input, Failure> {
    if path == Path::new("-") {
        let name = "standard input".into();
        return Ok(Input { bytes: Box::new(io::stdin()), length: None, name });
    }
    let opened = File::open(path).and_then(|file| {
        let length = file.metadata()?;
        if length.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok((file, length))
    });
    let (file, about) = opened.map_err(|error| cannot_read(error, path))?;
    let length = about.is_file().then_some(about.len());
    Ok(Input { bytes: Box::new(file), length, name: path.display().to_string() })
}

/// Reads all of it as text, at most `most` bytes.
pub fn read_text(path: &Path, most: u64) -> Result<String, Failure> {
    let Input { bytes, name, .. } = open(path)?;
    let mut text = String::new();
    let read = bytes.take(most.saturating_add(1)).read_to_string(&mut text);
    read.map_err(|error| Failure::machine(error, format!("{name} cannot be read")))?;
    if text.len() as u64 > most {
        return Err(Failure::usage(format!("{name} is longer than {most} bytes")));
    }
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn cannot_read(error: io::Error, path: &Path) -> Failure {
    Failure::machine(error, format!("{} cannot be read", path.display()))
}
