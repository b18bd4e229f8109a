//! What commands print: answers on standard output, everything else on standard error.
//!
//! Whoever reads may stop early (`groundswell analyze ... | head -1`). That ends a command quietly and well: a closed pipe
//! is not an error, and the printing macros, which panic on it, are used nowhere.

use std::io::{self, ErrorKind, Write};

use anyhow::Context as _;

use super::CliError;

/// Prints a command's answer: one JSON object, or the text for people.
///
/// # Errors
/// The answer could not be written for another reason than that nobody reads on, for example a full disk.
pub fn answer(json: bool, value: &serde_json::Value, text: &str) -> Result<(), CliError> {
    let line = if json { value.to_string() } else { text.trim_end().to_owned() };
    unless_closed(write_line(io::stdout().lock(), &line)).context("write the answer")?;
    Ok(())
}

/// Tells the person something beside the answer. Where standard error takes nothing there is nobody to tell.
pub fn note(text: &str) {
    let _ = write_line(io::stderr().lock(), text);
}

fn write_line(mut out: impl Write, line: &str) -> io::Result<()> {
    writeln!(out, "{line}")?;
    out.flush()
}

fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
