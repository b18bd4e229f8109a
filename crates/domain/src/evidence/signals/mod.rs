//! Findings of the detectors, and the runs that made them.
//!
//! A signal is keyed by what it is about, so a rerun updates it instead of adding another; the same evidence and
//! seed give the same rows, byte for byte. Figures here are exact: pages show them through the privacy gate.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{
    dismiss, restore, run, run_begin, run_fail, run_finish, run_progress, run_starts_interrupt, runs, signal,
    signals,
};

use serde::{Deserialize, Serialize};

use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::EventKind;
use crate::kernel::db::DbError;
use crate::kernel::ids::RunId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// One area or group against the rest: rate ratio with exact interval.
    RateRatio,
    /// Kulldorff's space-time scan: neighbouring areas over a stretch of time.
    Scan,
    /// A count above what its own past leads to expect (Farrington flexible).
    Trend,
}

impl Detector {
    pub const ALL: [Self; 3] = [Self::RateRatio, Self::Scan, Self::Trend];

    pub const fn code(self) -> &'static str {
        match self {
            Self::RateRatio => "rate_ratio",
            Self::Scan => "scan",
            Self::Trend => "trend",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// What a signal is, with the figures behind its pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// What it is about, as one text: detector, data set, code, place or group.
    pub key: String,
    pub detector: Detector,
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    pub system: String,
    /// The group dimension and value that stand out, or empty.
    pub dimension: String,
    pub value: String,
    /// Codes of the areas that stand out.
    pub areas: Vec<String>,
    pub from: Day,
    pub to: Day,
    pub observed: u64,
    pub expected: f64,
    /// Observed rate over the rate elsewhere (or over expectation), with its interval; `upper` none = unbounded.
    pub ratio: f64,
    pub lower: f64,
    pub upper: Option<f64>,
    /// Of this test alone, and adjusted over every test of the run.
    pub p: f64,
    pub q: f64,
    /// What signals are ranked by.
    pub score: f64,
    pub detail: Detail,
}

/// The figures of a signal's pictures and tables, and how it was computed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// What rates are measured against, e.g. `client-months`, `rental units`, `rows' own denominator`.
    pub base: String,
    pub areas: Vec<AreaFigure>,
    pub trend: Vec<TrendPoint>,
    pub groups: Vec<GroupFigure>,
    pub method: Method,
    /// What could fool us, as message keys of the pages.
    pub cautions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaFigure {
    pub area: String,
    pub observed: u64,
    pub expected: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrendPoint {
    pub from: Day,
    pub to: Day,
    pub observed: u64,
    pub expected: Option<f64>,
    /// Above this the count stands out.
    pub upper: Option<f64>,
    pub stands_out: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupFigure {
    pub dimension: String,
    pub value: String,
    pub events: u64,
    pub exposure: f64,
    /// Against all the other groups of the dimension.
    pub ratio: Option<f64>,
    pub lower: f64,
    pub upper: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Page under docs/method.
    pub name: String,
    pub replicates: Option<u32>,
    pub seed: u64,
    /// Tests in the family of this run.
    pub hypotheses: u64,
    /// Further settings, name to value.
    pub options: Vec<(String, String)>,
}

/// Where a stored signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalState {
    Live,
    /// The newest run did not find it any more.
    Gone,
    Dismissed,
}

impl SignalState {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Gone => "gone",
            Self::Dismissed => "dismissed",
        }
    }

    pub(crate) fn from_code(code: &str) -> Result<Self, DbError> {
        [Self::Live, Self::Gone, Self::Dismissed]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or_else(|| DbError::Stored("a signal state that this version does not know".to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct StoredSignal {
    pub signal: Signal,
    pub state: SignalState,
    /// Why it was dismissed.
    pub reason: String,
    pub fingerprint: String,
    pub first_fingerprint: String,
}

/// Which signals to list; empty text means any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalFilter {
    pub state: SignalState,
    pub detector: String,
    pub dataset: String,
    pub code: String,
    pub limit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    Running,
    Done,
    Failed,
    /// The process ended before the run did; nothing of it was kept.
    Interrupted,
}

impl RunState {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    pub(crate) fn from_code(code: &str) -> Result<Self, DbError> {
        [Self::Running, Self::Done, Self::Failed, Self::Interrupted]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or_else(|| DbError::Stored("a run state that this version does not know".to_owned()))
    }
}

/// One run of the detectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: RunId,
    pub state: RunState,
    pub started_at: Instant,
    pub finished_at: Option<Instant>,
    pub engine: String,
    pub seed: u64,
    pub replicates: u32,
    pub until: Option<Day>,
    pub fingerprint: String,
    pub hypotheses: u64,
    pub found: u64,
    /// What it is doing, and how far along.
    pub stage: String,
    pub done: u64,
    pub total: u64,
    pub message: String,
    /// What it could not look at.
    pub notes: Vec<Note>,
}

/// An outcome that a detector could not look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    pub detector: Detector,
    /// Why, as a message key of the pages.
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    pub engine: String,
    pub seed: u64,
    pub replicates: u32,
    pub until: Option<Day>,
}

#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    #[error("find the signal")]
    NotFound,
    #[error("dismiss the signal: a reason is needed, so that others can follow it")]
    ReasonMissing,
    #[error(transparent)]
    Db(#[from] DbError),
}
