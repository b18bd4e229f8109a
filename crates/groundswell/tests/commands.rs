//! Commands as processes: a reader that stops early, a run that was killed, a run beside another.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn groundswell(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundswell"));
    command.args(arguments);
    command
}

fn identify(folder: &Path) -> Output {
    let data = folder.display().to_string();
    groundswell(&["identify", "--replicates", "99", "--json", "--data", &data]).output().expect("the program")
}

#[test]
fn a_reader_that_stops_early_ends_a_command_quietly() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.csv");
    let many: String = (0..20_000).map(|i| format!("0.{i:05}\n")).collect();
    std::fs::write(&file, format!("p\n{many}")).expect("a file");
    let file = file.display().to_string();
    for json in [&[][..], &["--json"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command =
            groundswell(&[&["analyze", "fdr", &file, "--p", "p", "--method", "bh"], json].concat());
        let output = command.stdout(writer).output().expect("the program");
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_message_that_nobody_hears_keeps_its_exit_code() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = groundswell(&["analyze", "fdr", "absent.csv", "--p", "p", "--method", "bh"]);
    let status = command.stdout(Stdio::null()).stderr(writer).status().expect("the program");
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_run_beside_another_is_refused_and_marks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    // What another process holds while it looks for signals.
    let lock = File::create(folder.path().join("identify.lock")).expect("a file");
    lock.lock().expect("the lock");
    let output = identify(folder.path());
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("wait until it is done"), "{message}");
    drop(lock);
    let output = identify(folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
