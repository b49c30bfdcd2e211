//! Keeps the tree tidy: which crate may import which, what the pure core must not touch, what no
//! file may hold, and where things lie. Each message says what to do.
//!
//! Sources are read as Rust tokens, so words in comments and strings do not count.

#![expect(clippy::expect_used, clippy::panic, reason = "this is a test, and these end it clearly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use source::{
    Source, end_of_group, is_float, lines_of, lines_of_path, places_of, tests_in, without_tests,
};

#[path = "tidy/cases.rs"]
mod cases;
#[path = "tidy/source.rs"]
mod source;

// --- Cases -------------------------------------------------------------------------------------

#[test]
fn each_of_the_twenty_cases_of_practice_has_its_test() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (expected, (number, what, file, test)) in (1..).zip(cases::CASES) {
        assert_eq!(number, expected, "cases are listed by their numbers");
        let path = root().join(file);
        let source = sources.iter().find(|source| source.path == path);
        let is_test = |source: &Source| {
            let alone = tests_in(&source.tokens).iter().any(|(_, name)| name == test);
            // Those that run on both databases are listed once and made a test of each by a macro.
            let listed = source.tokens.iter().filter(|token| token.text == test).count() > 1;
            alone || (listed && !places_of(&source.tokens, &["on_both", "!"]).is_empty())
        };
        if !source.is_some_and(is_test) {
            wrong.push(format!("case {number} ({what}): {file} has no test {test}"));
        }
    }
    tidy(&wrong, "say in tests/tidy/cases.rs where the test of the case is now");
}

// --- Crates ------------------------------------------------------------------------------------

/// What each crate may import of ours: downwards only. Dev-dependencies do not count.
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    ("almoner-domain", &[]),
    ("almoner-proof", &[]),
    ("almoner-log", &["proof"]),
    ("almoner-ledger", &["domain", "log", "proof"]),
    ("almoner-views", &["domain", "log"]),
    ("almoner-feed", &["log", "proof"]),
    ("almoner-audit", &["domain", "log", "proof"]),
    ("almoner-import", &["domain"]),
    ("almoner-server", &["domain", "feed", "ledger", "log", "proof", "views"]),
    (
        "almoner",
        &["audit", "domain", "feed", "import", "ledger", "log", "proof", "server", "views"],
    ),
    (
        "almoner-bench",
        &["audit", "domain", "feed", "ledger", "log", "proof", "server", "test-servers", "views"],
    ),
    (
        "almoner-tests",
        &["audit", "domain", "feed", "ledger", "log", "proof", "server", "test-servers", "views"],
    ),
    ("almoner-test-servers", &[]),
];

#[test]
fn crates_import_downwards_only() {
    let metadata = metadata();
    let ours: BTreeSet<&str> =
        metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == package.name.as_str())
        else {
            wrong.push(format!("{} is new: add it to MAY_IMPORT in tests/tidy.rs", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let short = name.strip_prefix("almoner-").unwrap_or(name);
            if dependency.kind != DependencyKind::Development
                && ours.contains(name)
                && !allowed.contains(&short)
            {
                wrong.push(format!("{} must not import {name}", package.name));
            }
        }
    }
    tidy(&wrong, "move the code to the crate that may import what it needs (ARCHITECTURE.md)");
}

#[test]
fn the_core_depends_on_no_clock_randomness_runtime_or_database() {
    const FORBIDDEN: [&str; 15] = [
        "async-nats",
        "axum",
        "chrono",
        "fastrand",
        "futures",
        "getrandom",
        "rand",
        "reqwest",
        "rusqlite",
        "sqlx",
        "tempfile",
        "time",
        "tokio",
        "tracing",
        "uuid",
    ];
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        if !["almoner-domain", "almoner-proof"].contains(&package.name.as_str()) {
            continue;
        }
        for dependency in &package.dependencies {
            if dependency.kind != DependencyKind::Development
                && FORBIDDEN.contains(&dependency.name.as_str())
            {
                wrong.push(format!("{} depends on {}", package.name, dependency.name));
            }
        }
    }
    tidy(&wrong, "let the caller do that and pass in the result");
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let workspace = toml_file(&root().join("Cargo.toml"));
    let lint = |tool: &str, name: &str| {
        let value = workspace.get("workspace")?.get("lints")?.get(tool)?.get(name)?;
        value.as_str().or_else(|| value.get("level")?.as_str()).map(str::to_owned)
    };
    let mut wrong = Vec::new();
    if lint("rust", "unsafe_code").as_deref() != Some("forbid") {
        wrong.push("Cargo.toml: unsafe_code must be `forbid`".to_owned());
    }
    for name in [
        "dbg_macro",
        "expect_used",
        "float_arithmetic",
        "panic",
        "todo",
        "unimplemented",
        "unwrap_used",
    ] {
        if !matches!(lint("clippy", name).as_deref(), Some("warn" | "deny" | "forbid")) {
            wrong.push(format!("Cargo.toml: clippy::{name} must be on"));
        }
    }
    if lint("rust", "missing_docs").is_none_or(|level| level == "allow") {
        wrong.push("Cargo.toml: missing_docs must be on".to_owned());
    }
    for package in &metadata().packages {
        let manifest = package.manifest_path.as_std_path();
        let taken = toml_file(manifest)
            .get("lints")
            .and_then(|lints| lints.get("workspace")?.as_bool())
            .unwrap_or(false);
        if !taken {
            wrong.push(format!("{}: no `[lints] workspace = true`", short(manifest)));
        }
    }
    tidy(&wrong, "the lints keep unwrap, unsafe code and floats out; switch them on again");
}

#[test]
fn every_crate_says_what_it_is() {
    let mut wrong = Vec::new();
    for package in &metadata().packages {
        for target in &package.targets {
            let path = target.src_path.as_std_path();
            let said = read(path).lines().next().is_some_and(|line| {
                line.strip_prefix("//!").is_some_and(|text| !text.trim().is_empty())
            });
            if !said {
                wrong.push(short(path));
            }
        }
    }
    tidy(&wrong, "begin the file with a `//!` comment that says what the crate is for");
}

#[test]
fn every_test_program_is_registered() {
    let registered: BTreeSet<PathBuf> = metadata()
        .packages
        .iter()
        .flat_map(|package| &package.targets)
        .map(|target| target.src_path.clone().into_std_path_buf())
        .collect();
    let wrong: Vec<String> = entries(&root().join("tests"))
        .into_iter()
        .filter(|path| is_rust(path) && !registered.contains(path))
        .map(|path| short(&path))
        .collect();
    tidy(&wrong, "add a `[[test]]` with its name and path to tests/Cargo.toml, or it never runs");
}

// --- Sources -----------------------------------------------------------------------------------

#[test]
fn the_core_is_pure_and_without_floats() {
    const WORDS: [&str; 18] = [
        "HashMap",
        "HashSet",
        "Instant",
        "RandomState",
        "SystemTime",
        "async",
        "await",
        "dbg",
        "eprintln",
        "fastrand",
        "getrandom",
        "print",
        "println",
        "rand",
        "sqlx",
        "thread_local",
        "tokio",
        "uuid",
    ];
    const PATHS: [(&str, &str); 9] = [
        ("std", "env"),
        ("std", "fs"),
        ("std", "io"),
        ("std", "net"),
        ("std", "process"),
        ("std", "thread"),
        ("Timestamp", "now"),
        ("Zoned", "now"),
        ("TimeZone", "system"),
    ];
    let mut wrong = Vec::new();
    for source in sources_in(&["crates/domain/src"]) {
        let name = short(&source.path);
        if name.contains("/tests/") || name.ends_with("/tests.rs") {
            continue;
        }
        let tokens = without_tests(&source.tokens);
        for (place, token) in tokens.iter().enumerate() {
            let text = token.text.as_str();
            // The one map without order, which says there why nothing depends on it.
            let unordered = text == "HashMap" && name == "crates/domain/src/by_hash.rs";
            let forbidden = WORDS.contains(&text) && !unordered;
            if forbidden || text.contains("f64") || text.contains("f32") {
                wrong.push(at(&source, token.line, text));
            }
            if is_float(&tokens, place) {
                wrong.push(at(&source, token.line, &format!("the float {text}")));
            }
        }
        for (first, second) in PATHS {
            for line in lines_of_path(&tokens, first, second) {
                wrong.push(at(&source, line, &format!("{first}::{second}")));
            }
        }
    }
    tidy(
        &wrong,
        "the core gives the same result on every machine: pass in times and random bytes, take \
         BTreeMap for HashMap, Decimal or Money for floats, and leave I/O to the caller",
    );
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (pattern, name) in [
            (&["todo", "!"][..], "todo!"),
            (&["unimplemented", "!"], "unimplemented!"),
            (&["dbg", "!"], "dbg!"),
            (&["#", "[", "ignore"], "#[ignore]"),
        ] {
            let lines = lines_of(&source.tokens, pattern);
            wrong.extend(lines.into_iter().map(|line| at(&source, line, name)));
        }
    }
    tidy(&wrong, "finish it or take it out");
}

#[test]
fn lints_are_switched_off_only_with_a_reason() {
    let mut wrong = Vec::new();
    for source in sources() {
        for start in [&["#", "["][..], &["#", "!", "["]] {
            for name in ["allow", "expect"] {
                for place in places_of(&source.tokens, &[start, &[name, "("]].concat()) {
                    let attribute = source.tokens.get(place + start.len() - 1..);
                    let attribute = attribute.unwrap_or_default();
                    let body = attribute.get(..end_of_group(attribute)).unwrap_or_default();
                    if !body.iter().any(|token| token.text == "reason") {
                        let line = body.first().map_or(0, |token| token.line);
                        wrong.push(at(&source, line, &format!("{name}(…) without a reason")));
                    }
                }
            }
        }
    }
    tidy(&wrong, "write `#[expect(lint, reason = \"…\")]` on the smallest item, or obey the lint");
}

#[test]
fn fault_tests_are_named_so_that_the_everyday_run_leaves_them_out() {
    let mut wrong = Vec::new();
    for source in sources() {
        let file = source.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !file.starts_with("fault_") {
            continue;
        }
        for (line, name) in tests_in(&source.tokens) {
            if !name.starts_with("fault_") {
                wrong.push(at(&source, line, &name));
            }
        }
    }
    tidy(&wrong, "begin the test's name with `fault_`; `tests/run --quick` goes by that");
}

#[test]
fn files_stay_short() {
    const MOST_LINES: usize = 500;
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|source| source.lines > MOST_LINES)
        .map(|source| format!("{}: {} lines", short(&source.path), source.lines))
        .collect();
    tidy(&wrong, "one concept, one file: split it, or move its tests to a file of their own");
}

#[test]
fn every_source_file_is_part_of_its_crate() {
    let all = sources();
    let mut wrong = Vec::new();
    for source in &all {
        let path = short(&source.path);
        let stem = source.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if !path.contains("/src/") || path.contains("/src/bin/") || ["lib", "main"].contains(&stem)
        {
            continue;
        }
        let Some(mut folder) = source.path.parent() else { continue };
        let mut name = stem;
        if stem == "mod" {
            name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            folder = folder.parent().unwrap_or(folder);
        }
        let parents = [
            folder.join("lib.rs"),
            folder.join("main.rs"),
            folder.join("mod.rs"),
            folder.with_extension("rs"),
        ];
        let declared = all.iter().any(|parent| {
            parents.contains(&parent.path)
                && !lines_of(&parent.tokens, &["mod", name, ";"]).is_empty()
        });
        if !declared {
            wrong.push(short(&source.path));
        }
    }
    tidy(&wrong, "declare it with `mod` in its parent, or delete it: the compiler does not see it");
}

// --- Files -------------------------------------------------------------------------------------

#[test]
fn the_top_folder_holds_only_what_the_design_names() {
    const FOLDERS: [&str; 5] = ["crates", "deploy", "migrations", "target", "tests"];
    const FILES: [&str; 9] = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "deny.toml",
        "rust-toolchain.toml",
    ];
    // Stores, keys and bundles of someone who tried the program here.
    let ignored = std::fs::read_to_string(root().join(".gitignore")).unwrap();
    let is_ignored = |name: &str| {
        ignored.lines().any(|line| match line.strip_prefix('*') {
            Some(ending) => name.ends_with(ending),
            None => line.strip_prefix('/') == Some(name),
        })
    };
    let wrong: Vec<String> = entries(&root())
        .into_iter()
        .filter(|path| {
            let name = short(path);
            let allowed: &[&str] = if path.is_dir() { &FOLDERS } else { &FILES };
            !name.starts_with('.') && !allowed.contains(&name.as_str()) && !is_ignored(&name)
        })
        .map(|path| short(&path))
        .collect();
    tidy(&wrong, "move it into the folder it belongs to");
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| {
        let folder = root().join("migrations").join(database);
        let mut names = BTreeSet::new();
        for path in files_below(&folder) {
            let name = path.strip_prefix(&folder).expect("the file is in the folder");
            names.insert(name.display().to_string());
        }
        names
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    let wrong: Vec<String> = sqlite.symmetric_difference(&postgres).cloned().collect();
    tidy(&wrong, "add the file to the other one of migrations/sqlite and migrations/postgres");
}

// --- Reading the tree --------------------------------------------------------------------------

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests lie in the root").to_path_buf()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace")
}

fn sources() -> Vec<Source> {
    sources_in(&["crates", "tests"])
}

fn sources_in(folders: &[&str]) -> Vec<Source> {
    let files: Vec<PathBuf> =
        folders.iter().flat_map(|folder| files_below(&root().join(folder))).collect();
    let sources: Vec<Source> =
        files.into_iter().filter(|path| is_rust(path)).map(|path| Source::read(&path)).collect();
    assert!(!sources.is_empty(), "no Rust file in {folders:?}: the folders have moved");
    sources
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", short(path)))
}

fn toml_file(path: &Path) -> toml::Table {
    read(path).parse().unwrap_or_else(|error| panic!("{}: {error}", short(path)))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", short(folder)));
    let mut paths: Vec<PathBuf> =
        read.map(|entry| entry.expect("the entry can be read").path()).collect();
    paths.sort();
    paths
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// A line of a source, as compilers write it, and what is wrong with it.
fn at(source: &Source, line: usize, what: &str) -> String {
    format!("{}:{line}: {what}", short(&source.path))
}

/// A path as seen from the root.
fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn tidy(wrong: &[String], advice: &str) {
    assert!(wrong.is_empty(), "{}\n→ {advice}", wrong.join("\n"));
}
