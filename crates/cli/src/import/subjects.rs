//! The register of subjects: which pseudonym stands in the log for which number of a person or firm.
//!
//! It lies in a file of its own beside the store, readable by its owner only, and never in the log (P13):
//! who erases a line here makes the pseudonym mean nobody, and the log still verifies.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use almoner_domain::id::Pseudonym;

use crate::failure::Failure;

/// The register, with those who are new to it.
pub struct Subjects {
    file: PathBuf,
    known: BTreeMap<String, Pseudonym>,
    new: Vec<(String, Pseudonym)>,
}

impl Subjects {
    /// Reads the register; a file that is not there is an empty one.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let mut known = BTreeMap::new();
        let unreadable = |error| {
            Failure::machine(error, format!("the register {} cannot be read", file.display()))
        };
        match File::open(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(error)),
            Ok(opened) => {
                for (number, line) in (1..).zip(BufReader::new(opened).lines()) {
                    let line = line.map_err(unreadable)?;
                    let entry = line.split_once(',').and_then(|(subject, pseudonym)| {
                        Some((subject.to_owned(), pseudonym.parse().ok()?))
                    });
                    let Some((subject, pseudonym)) = entry else {
                        let file = file.display();
                        return Err(Failure::refused_with_hint(
                            format!("line {number} of the register {file} is no entry"),
                            "an entry is a number, a comma and 32 hexadecimal digits; without it, the \
                             same person would get a second pseudonym",
                        ));
                    };
                    known.insert(subject, pseudonym);
                }
            }
        }
        Ok(Self { file: file.to_owned(), known, new: Vec::new() })
    }

    /// The pseudonym of a number; one is drawn for a number that is new.
    pub fn pseudonym(&mut self, number: &str) -> Result<Pseudonym, Failure> {
        if let Some(pseudonym) = self.known.get(number) {
            return Ok(*pseudonym);
        }
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)
            .map_err(|error| Failure::machine(error, "no random pseudonym can be drawn"))?;
        let pseudonym = Pseudonym::from_bits(u128::from_be_bytes(bits));
        self.known.insert(number.to_owned(), pseudonym);
        self.new.push((number.to_owned(), pseudonym));
        Ok(pseudonym)
    }

    /// Writes the new ones to disk. This comes before anything is recorded: a pseudonym in the log that the register
    /// does not know would mean nobody.
    pub fn keep(&mut self) -> Result<(), Failure> {
        if self.new.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for (number, pseudonym) in &self.new {
            lines.push_str(&format!("{number},{pseudonym}\n"));
        }
        let written = || {
            let mut options = OpenOptions::new();
            let mut file = options.create(true).append(true).mode(0o600).open(&self.file)?;
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        };
        written().map_err(|error| {
            let file = self.file.display();
            Failure::machine(error, format!("the register {file} cannot be written"))
        })?;
        self.new.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_pseudonym() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("subjects.csv");
        let mut subjects = Subjects::read(&file).unwrap();
        let first = subjects.pseudonym("11010519491231002X").unwrap();
        let other = subjects.pseudonym("110105194912310046").unwrap();
        assert_ne!(first, other);
        subjects.keep().unwrap();
        let before = std::fs::read(&file).unwrap();
        let mut again = Subjects::read(&file).unwrap();
        assert_eq!(again.pseudonym("11010519491231002X").unwrap(), first);
        again.keep().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), before);
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_register_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("subjects.csv");
        std::fs::write(&file, "11010519491231002X,nobody\n").unwrap();
        assert!(matches!(Subjects::read(&file), Err(Failure::Refused(_))));
    }
}
