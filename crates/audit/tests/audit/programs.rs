//! Running programs that share no code with ours.

use std::path::Path;
use std::process::{Command, Output};

/// Runs a program; when it is not there, says which Debian package has it.
pub fn run(program: &str, package: &str, arguments: &[&str]) -> Output {
    match Command::new(program).args(arguments).output() {
        Ok(output) => output,
        Err(error) => panic!(
            "cannot run {program} ({error}): install the Debian package {package}, or let tests/run do it"
        ),
    }
}

/// What a program prints when it succeeds.
pub fn printed(program: &str, package: &str, arguments: &[&str]) -> String {
    let output = run(program, package, arguments);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What the independent verifier says of a bundle: what it prints, or what is wrong.
pub fn verified_by_python(folder: &Path, key: &str, earlier: &[&Path]) -> Result<String, String> {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/independent/verify_bundle.py");
    let mut arguments = vec![script.to_str().unwrap(), folder.to_str().unwrap(), "--key", key];
    if !earlier.is_empty() {
        arguments.push("--earlier");
        arguments.extend(earlier.iter().map(|path| path.to_str().unwrap()));
    }
    let output = run("python3", "python3", &arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(text(&output.stdout)),
        Some(1) => Err(text(&output.stderr)),
        other => panic!("the verifier ended with {other:?}: {}", text(&output.stderr)),
    }
}
