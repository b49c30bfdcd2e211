//! The register of subjects: which pseudonym stands in the log for which number of a person or firm.
//!
//! It lies in a file of its own beside the store, readable by its owner only, and never in the log (P13):
//! who erases a line here makes the pseudonym mean nobody, and the log still verifies.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use almoner_domain::id::Pseudonym;

use crate::failure::Failure;

/// The register, with those who are new to it.
pub struct Subjects {
    path: PathBuf,
    /// Held locked, so that two imports at once do not draw two pseudonyms for one number. None where the
    /// register is only looked at and not there.
    file: Option<File>,
    known: BTreeMap<String, Pseudonym>,
    new: Vec<(String, Pseudonym)>,
}

impl Subjects {
    /// Opens the register to add to it; it is made where there is none. Another import that has it open is
    /// waited for.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let open = || {
            let mut options = OpenOptions::new();
            let file = options.read(true).append(true).create(true).mode(0o600).open(path)?;
            file.lock()?;
            Ok(file)
        };
        let file = open().map_err(|error: io::Error| {
            Failure::machine(error, format!("the register {} cannot be opened", path.display()))
        })?;
        Self::read(path, Some(file))
    }

    /// Looks at the register and changes nothing; a file that is not there is an empty one.
    pub fn look(path: &Path) -> Result<Self, Failure> {
        match File::open(path) {
            Ok(file) => Self::read(path, Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::read(path, None),
            Err(error) => {
                let problem = format!("the register {} cannot be read", path.display());
                Err(Failure::machine(error, problem))
            }
        }
    }

    fn read(path: &Path, file: Option<File>) -> Result<Self, Failure> {
        let mut text = String::new();
        if let Some(mut file) = file.as_ref() {
            file.read_to_string(&mut text).map_err(|error| {
                Failure::machine(error, format!("the register {} cannot be read", path.display()))
            })?;
        }
        let mut known = BTreeMap::new();
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            // The last line ends, too: a pseudonym that was cut off is told from a whole one.
            let entry = line.strip_suffix('\n').and_then(|line| line.split_once(','));
            let entry = entry.and_then(|(subject, pseudonym)| {
                Some((subject.to_owned(), pseudonym.parse::<Pseudonym>().ok()?))
            });
            let is_new = entry
                .is_some_and(|(subject, pseudonym)| known.insert(subject, pseudonym).is_none());
            if !is_new {
                return Err(Failure::refused_with_hint(
                    format!("line {number} of the register {} is no new entry", path.display()),
                    "an entry is a number that stands in no other line, a comma and 32 hexadecimal \
                     digits; without it, the same person would get a second pseudonym",
                ));
            }
        }
        Ok(Self { path: path.to_owned(), file, known, new: Vec::new() })
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
        let written = self.file.as_ref().map_or(Err(io::ErrorKind::NotFound.into()), |mut file| {
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| {
            let path = self.path.display();
            Failure::machine(error, format!("the register {path} cannot be written"))
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
        let mut subjects = Subjects::open(&file).unwrap();
        let first = subjects.pseudonym("11010519491231002X").unwrap();
        let other = subjects.pseudonym("110105194912310046").unwrap();
        assert_ne!(first, other);
        subjects.keep().unwrap();
        drop(subjects);
        let before = std::fs::read(&file).unwrap();
        let mut again = Subjects::open(&file).unwrap();
        assert_eq!(again.pseudonym("11010519491231002X").unwrap(), first);
        again.keep().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), before);
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn another_import_at_the_same_time_waits_and_draws_no_second_pseudonym() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("subjects.csv");
        let mut first = Subjects::open(&file).unwrap();
        let drawn = first.pseudonym("11010519491231002X").unwrap();
        let other = std::thread::spawn({
            let file = file.clone();
            move || Subjects::open(&file).unwrap().pseudonym("11010519491231002X").unwrap()
        });
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!other.is_finished());
        first.keep().unwrap();
        drop(first);
        assert_eq!(other.join().unwrap(), drawn);
    }

    #[test]
    fn to_look_at_a_register_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("subjects.csv");
        assert!(Subjects::look(&file).unwrap().pseudonym("11010519491231002X").is_ok());
        assert!(!file.exists());
    }

    #[test]
    fn a_damaged_register_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("subjects.csv");
        let good = "11010519491231002X,00ff00000000000000000000000000a1";
        let twice = format!("{good}\n{good}\n");
        for bad in ["11010519491231002X,nobody\n", good, &twice, "\n"] {
            std::fs::write(&file, bad).unwrap();
            assert!(matches!(Subjects::open(&file), Err(Failure::Refused(_))), "{bad:?}");
        }
    }
}
