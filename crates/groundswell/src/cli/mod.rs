//! Commands. Each file owns one; all take `--json` and end with 0 (done), 1 (broken) or 2 (the person can fix it).

mod analyze;
mod audit;
mod demo;
mod disparity;
mod export;
mod identify;
mod import;
mod instrument;
mod output;
mod serve;
mod user;

pub use output::{answer, note};
pub use serve::BASE_ADDRESS;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// From case to cause, and back.
#[derive(Debug, Parser)]
#[command(name = "groundswell", version, about, long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look around: a simulated agency, served on this machine
    Demo(demo::DemoArgs),
    /// Run one statistical method on one CSV file, without a database
    Analyze(analyze::AnalyzeArgs),
    /// Look for systemic issues: every detector over the evidence
    Identify(identify::IdentifyArgs),
    /// Compare groups: how often something happens to each, against a reference
    Disparity(disparity::DisparityArgs),
    /// Write the code list of barriers; with the lake engine, the evidence as Parquet files
    Export(export::ExportArgs),
    /// Bring a file in: areas (GeoJSON), population or events (CSV)
    Import(import::ImportArgs),
    /// Instruments of assessments: check a file, add it, list them
    Instrument(instrument::InstrumentArgs),
    /// Serve the pages
    Serve(serve::ServeArgs),
    /// Accounts: add, list, roles, deactivate, set-password
    User(user::UserArgs),
    /// The audit trail: verify
    Audit(audit::AuditArgs),
}

/// How a command ends when it cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The person at the keyboard can put it right.
    #[error("{0}")]
    Theirs(String),
    #[error(transparent)]
    Ours(#[from] anyhow::Error),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        // Complaints about a log that nobody reads any more would be printed, and that would panic.
        .log_internal_errors(false)
        .init();
    let done = match cli.command {
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Analyze(args) => analyze::run(&args),
        Command::Identify(args) => block_on(identify::run(args)),
        Command::Disparity(args) => block_on(disparity::run(args)),
        Command::Export(args) => block_on(export::run(args)),
        Command::Import(args) => block_on(import::run(args)),
        Command::Instrument(args) => block_on(instrument::run(args)),
        Command::Serve(args) => block_on(serve::run(args)),
        Command::User(args) => block_on(user::run(args)),
        Command::Audit(args) => block_on(audit::run(args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError::Theirs(message)) => {
            note(&format!("could not {message}"));
            ExitCode::from(2)
        }
        Err(CliError::Ours(error)) => {
            note(&format!("could not {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::Error::from(error).context("start the runtime"))?;
    runtime.block_on(work)
}

/// An error and everything behind it, as one line: `read events.csv: no such file`.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

impl From<crate::site::SiteError> for CliError {
    fn from(error: crate::site::SiteError) -> Self {
        match &error {
            crate::site::SiteError::Db(_) => Self::Ours(anyhow::Error::from(error)),
            _ => Self::Theirs(chain(&error)),
        }
    }
}

impl From<domain::kernel::db::DbError> for CliError {
    fn from(error: domain::kernel::db::DbError) -> Self {
        Self::Ours(error.into())
    }
}
