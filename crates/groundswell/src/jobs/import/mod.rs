//! Bringing a file in: read it, take the good rows, write the bad ones to a file that can be mended and sent again.
//!
//! A thread reads and checks while the database stores, a bounded number of pieces ahead, so memory does not grow
//! with the file. Each piece commits together with how far it brings the batch: after a crash the same command
//! reads the file again from its start and stores from where it stopped.

mod events;
mod places;

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use domain::evidence::imports::{self, Batch, ImportError, Problem, Progress};
use interop::{FileProblem, RowProblem};

pub use events::{dry_run, events};
pub use places::{DryRun, PopulationOptions, areas, population};

/// A file on disk with the name that people know it by.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: PathBuf,
    pub name: String,
}

impl Source {
    pub fn at(path: &Path) -> Self {
        let name =
            path.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned());
        Self { path: path.to_owned(), name }
    }

    fn open(&self) -> Result<(File, u64), ImportFailure> {
        let unreadable = |source| ImportFailure::Unreadable { file: self.name.clone(), source };
        let file = File::open(&self.path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        Ok((file, length))
    }

    /// A hash of the file's bytes and of whatever decides how they are read.
    fn content_hash(&self, reading: &str) -> Result<String, ImportFailure> {
        let (mut file, _) = self.open()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(reading.as_bytes());
        hasher.update(&[0]);
        let mut buffer = vec![0_u8; 1 << 20];
        loop {
            let read = file
                .read(&mut buffer)
                .map_err(|source| ImportFailure::Unreadable { file: self.name.clone(), source })?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            hasher.update(bytes);
        }
        Ok(hasher.finalize().to_hex().to_string())
    }
}

/// How far a file has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tick {
    pub bytes: u64,
    pub bytes_total: u64,
    pub rows: u64,
    pub rows_bad: u64,
}

/// What came of a file.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// None after a dry run.
    pub batch: Option<Batch>,
    /// The same content had been brought in before: nothing was changed.
    pub already_in: bool,
    /// Rows that an earlier, interrupted import had stored.
    pub resumed_after: u64,
    pub rows: Progress,
    /// Events taken (a row may hold several, or none that the filters keep).
    pub events: u64,
    /// Rows whose own identifier had come in before.
    pub rows_known: u64,
    /// The first problems, in the order of the file.
    pub problems: Vec<Problem>,
    /// What is doubtful in rows that were taken, and about the file as a whole.
    pub warnings: Vec<String>,
    /// Where the bad rows were written to.
    pub bad_rows: Option<PathBuf>,
}

/// How many problems and warnings are kept for people to read; all bad rows go to the file of bad rows.
const PROBLEMS_KEPT: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    #[error("read {file}")]
    Unreadable {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("write the file of bad rows {file}")]
    BadRows {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{0}")]
    File(FileProblem),
    #[error(
        "bring in the file: not one of its {rows} rows could be read; the first problem is in line {line}, {field}: {expected}"
    )]
    NothingGood { rows: u64, line: u64, field: String, expected: String },
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("go on: the reading thread ended before its time")]
    ReaderEnded,
}

impl ImportFailure {
    /// Whether the person at the keyboard can put it right.
    pub fn is_theirs(&self) -> bool {
        match self {
            Self::Unreadable { .. } | Self::BadRows { .. } | Self::File(_) | Self::NothingGood { .. } => true,
            Self::Import(error) => !matches!(error, ImportError::Db(_)),
            Self::ReaderEnded => false,
        }
    }
}

impl From<domain::kernel::db::DbError> for ImportFailure {
    fn from(error: domain::kernel::db::DbError) -> Self {
        Self::Import(error.into())
    }
}

/// A row problem as it is kept: the column by name, what was expected and the kind of what was found.
fn problem_of(problem: &RowProblem) -> Problem {
    Problem {
        line: problem.line,
        field: problem.column.as_ref().map_or_else(
            || "the row".to_owned(),
            |column| format!("column {} \"{}\"", column.number, column.name),
        ),
        expected: format!("expected {}; found {}", problem.expected, problem.found),
    }
}

/// The bad rows under the file's own header, made when the first one comes. Readable by its owner only: it holds
/// client data.
struct BadRows {
    path: PathBuf,
    header: Vec<u8>,
    out: Option<BufWriter<File>>,
}

impl BadRows {
    fn new(path: PathBuf, header: &[u8]) -> Self {
        Self { path, header: header.to_owned(), out: None }
    }

    fn add(&mut self, raw: &[u8]) -> Result<(), ImportFailure> {
        let failed = |source| ImportFailure::BadRows { file: self.path.display().to_string(), source };
        let out = match &mut self.out {
            Some(out) => out,
            none => {
                let mut options = File::options();
                options.write(true).create(true).truncate(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let file = options.open(&self.path).map_err(failed)?;
                let mut out = BufWriter::new(file);
                out.write_all(&self.header).and_then(|()| out.write_all(b"\n")).map_err(failed)?;
                none.insert(out)
            }
        };
        out.write_all(raw).and_then(|()| out.write_all(b"\n")).map_err(failed)
    }

    /// Where they are, if there were any.
    fn finish(self) -> Result<Option<PathBuf>, ImportFailure> {
        match self.out {
            None => Ok(None),
            Some(mut out) => match out.flush() {
                Ok(()) => Ok(Some(self.path)),
                Err(source) => Err(ImportFailure::BadRows { file: self.path.display().to_string(), source }),
            },
        }
    }
}

/// Where the bad rows of a file go when nobody says otherwise: beside it.
pub fn bad_rows_beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    file.with_file_name(format!("{stem}.bad-rows.csv"))
}

/// A report on a batch that was there already.
fn already_in(batch: Batch) -> Report {
    Report {
        rows: Progress { rows_read: batch.rows_read, rows_good: batch.rows_good, rows_bad: batch.rows_bad },
        rows_known: batch.rows_known,
        batch: Some(batch),
        already_in: true,
        ..Report::default()
    }
}

/// Nothing good in a file that has rows is an error, and leaves no batch behind.
fn nothing_good(rows: Progress, problems: &[Problem]) -> Option<ImportFailure> {
    let first = problems.first()?;
    (rows.rows_good == 0 && rows.rows_bad > 0).then(|| ImportFailure::NothingGood {
        rows: rows.rows_bad,
        line: first.line,
        field: first.field.clone(),
        expected: first.expected.clone(),
    })
}

/// Takes a batch back that turned out to hold nothing.
async fn give_up(ctx: &domain::kernel::ctx::Ctx, batch: &Batch) -> Result<(), ImportFailure> {
    imports::undo(ctx, &batch.id).await?;
    Ok(())
}
