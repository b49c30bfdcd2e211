//! Where each setting comes from: the command line, the environment, `almoner.toml`, in this order.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::arguments::Options;
use crate::failure::Failure;
use crate::language::Language;
use crate::nats;

/// Read when it is there and no other is named.
const DEFAULT_FILE: &str = "almoner.toml";

const DEFAULT_STORE: &str = "sqlite://almoner.db";

const DEMO_STORE: &str = "sqlite://almoner-demo.db";

const DEMO_LEDGER: &str = "demo";

/// What the command line itself names, without the environment.
#[derive(Debug)]
pub struct Named {
    /// The store.
    pub store: Option<String>,
    /// The ledger.
    pub ledger: Option<String>,
    /// The signing key.
    pub key: Option<PathBuf>,
}

/// What every command may need to know.
#[derive(Debug)]
pub struct Settings {
    /// The URL of the store.
    pub store: String,
    /// The ledger, where it was named.
    pub ledger: Option<String>,
    /// The file of the signing key.
    pub key: PathBuf,
    /// Whether to print JSON.
    pub json: bool,
    /// The language of headings and refusals.
    pub language: Language,
    /// What `almoner.toml` says beyond that.
    pub file: File,
}

/// What `almoner.toml` can say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    store: Option<String>,
    ledger: Option<String>,
    key: Option<PathBuf>,
    lang: Option<Language>,
    /// Who acts where a command names nobody.
    pub actor: Option<String>,
    /// Where the service listens.
    pub listen: Option<SocketAddr>,
    /// The file of the service's tokens.
    pub tokens: Option<PathBuf>,
    /// Where NATS is.
    #[serde(default)]
    pub nats: nats::Section,
}

impl Settings {
    /// Puts the settings together. The command line's options come with the environment's already
    /// filled in.
    ///
    /// # Errors
    /// When the file of settings cannot be read or says something that is not known.
    pub fn of(options: Options) -> Result<Self, Failure> {
        let file = match options.config {
            Some(path) => read_file(&path)?,
            None if Path::new(DEFAULT_FILE).exists() => read_file(Path::new(DEFAULT_FILE))?,
            None => File::default(),
        };
        let store =
            options.store.or_else(|| file.store.clone()).unwrap_or_else(|| DEFAULT_STORE.into());
        let key = options.key.or_else(|| file.key.clone()).unwrap_or_else(|| default_key(&store));
        Ok(Self {
            key,
            ledger: options.ledger.or_else(|| file.ledger.clone()),
            json: options.json,
            language: options.lang.or(file.lang).unwrap_or_else(Language::of_environment),
            store,
            file,
        })
    }

    /// The settings of a demo: a store and a ledger of its own, unless the command line itself names
    /// others; never those of the environment or the file, which are for real work.
    pub fn for_demo(self, named: Named) -> Self {
        let store = named.store.unwrap_or_else(|| DEMO_STORE.into());
        Self {
            key: named.key.unwrap_or_else(|| default_key(&store)),
            ledger: Some(named.ledger.unwrap_or_else(|| DEMO_LEDGER.into())),
            store,
            ..self
        }
    }

    /// The store as it can be shown: without a password.
    pub fn shown_store(&self) -> String {
        match self.store.split_once("://") {
            Some((scheme, rest)) if scheme.starts_with("postgres") => {
                let (_, place) = rest.rsplit_once('@').unwrap_or(("", rest));
                let (place, _) = place.split_once('?').unwrap_or((place, ""));
                format!("{scheme}://{place}")
            }
            _ => self.store.clone(),
        }
    }

    /// The file with the public half of the key.
    pub fn verifier_key(&self) -> PathBuf {
        self.key.with_extension("vkey")
    }

    /// The register of the pseudonyms in the log.
    pub fn subjects(&self) -> PathBuf {
        self.key.with_extension("subjects")
    }

    /// The file in which the signer keeps what it signed last.
    pub fn signer_memory(&self) -> PathBuf {
        self.key.with_extension("signed")
    }
}

/// Beside an SQLite file, under its name: two ledgers in one folder have two keys.
fn default_key(store: &str) -> PathBuf {
    match store.strip_prefix("sqlite://") {
        Some(file) if !file.is_empty() => Path::new(file).with_extension("key"),
        _ => PathBuf::from("almoner.key"),
    }
}

fn read_file(path: &Path) -> Result<File, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error: io::Error| {
        Failure::machine(error, format!("the settings in {} cannot be read", path.display()))
    })?;
    toml::from_str(&text).map_err(|error| {
        let problem = format!("the settings in {} cannot be followed", path.display());
        // The error shows the line at fault over several lines of its own.
        let shown = error.to_string();
        Failure::usage(format!("{problem}\n{}", shown.trim_end()))
    })
}
