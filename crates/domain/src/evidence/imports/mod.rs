//! Files that were brought in, batch by batch.
//!
//! A batch is loaded in pieces, each committed with the number of source rows read so far, so that a crash loses
//! nothing and the same command goes on where it stopped; evidence sees a batch only once it is done. The same
//! content brought twice is one batch. A batch can be undone as a whole.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{
    batch, batches, begin, events_append, finish, labels_set, places_append, problems, problems_append, undo,
};

use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::EventKind;
use crate::kernel::db::DbError;
use crate::kernel::ids::{BatchId, CaseRef};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchKind {
    Areas,
    Population,
    Events,
}

impl BatchKind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Areas => "areas",
            Self::Population => "population",
            Self::Events => "events",
        }
    }

    pub(crate) fn from_code(code: &str) -> Result<Self, DbError> {
        [Self::Areas, Self::Population, Self::Events]
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or_else(|| DbError::Stored("a batch kind that this version does not know".to_owned()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Under way, or interrupted: the same command goes on.
    Loading,
    Done,
    Undone,
}

impl BatchState {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Done => "done",
            Self::Undone => "undone",
        }
    }

    pub(crate) fn from_code(code: &str) -> Result<Self, DbError> {
        [Self::Loading, Self::Done, Self::Undone]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or_else(|| DbError::Stored("a batch state that this version does not know".to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub seq: i64,
    pub id: BatchId,
    pub kind: BatchKind,
    pub dataset: String,
    pub title: String,
    pub file_name: String,
    pub state: BatchState,
    /// Rows of the file dealt with so far: good, bad and already known.
    pub rows_read: u64,
    pub rows_good: u64,
    pub rows_bad: u64,
    /// Rows whose own identifier had come in before.
    pub rows_known: u64,
    pub started_at: Instant,
    pub finished_at: Option<Instant>,
    pub started_by: String,
}

/// What is to be brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    pub kind: BatchKind,
    pub dataset: String,
    pub title: String,
    pub file_name: String,
    /// Of the file's bytes and of what decides how they are read.
    pub content_hash: String,
    /// The mapping as text, for the record.
    pub mapping: String,
}

/// Whether there is anything to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    New(Batch),
    /// An earlier import of the same content stopped after `rows_read` rows.
    Resume(Batch),
    AlreadyIn(Batch),
}

/// One event or count, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedEvent {
    pub kind: EventKind,
    pub code: String,
    pub system: String,
    pub area: String,
    pub from: Day,
    pub to: Day,
    pub case_ref: Option<CaseRef>,
    pub stratum_id: i64,
    pub n: i64,
    pub exposure: Option<f64>,
    /// Keyed hash of the row's own identifier: the same row is taken once.
    pub record_key: Option<String>,
}

/// How far a piece of a batch brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub rows_read: u64,
    pub rows_good: u64,
    pub rows_bad: u64,
}

/// Why a row was not taken. Names the place and what was expected, never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub line: u64,
    pub field: String,
    pub expected: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("go on with this import: another import of the same file is under way; wait for it to end")]
    Elsewhere,
    #[error("find the import batch")]
    NotFound,
    #[error("undo the import batch: it was undone already")]
    UndoneAlready,
    #[error(transparent)]
    Db(#[from] DbError),
}
