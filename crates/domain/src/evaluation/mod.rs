//! Evaluations: did a change work?
//!
//! The plan (what changed, where, from when, which outcome, which design) is locked before outcomes after the change
//! are read; the estimate then carries the evidence's fingerprint and the code's version. How an estimate is computed
//! is `analytics`' business; here it is kept.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{evaluation, evaluations, lock, result_set};

use serde::{Deserialize, Serialize};

use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::EventKind;
use crate::kernel::db::DbError;
use crate::kernel::ids::EvaluationId;

/// What is to be estimated. Once locked it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub title: String,
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    pub design: Design,
    /// Limit to one group, e.g. language Spanish; empty: everybody.
    #[serde(default)]
    pub dimension: String,
    #[serde(default)]
    pub value: String,
    /// The smallest change worth having, as a share (0.1 = 10 %).
    pub smallest_effect: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "design", rename_all = "snake_case")]
pub enum Design {
    /// One date for everybody and no comparison: before and after, with trend and season.
    InterruptedTimeSeries { changed_on: Vec<Day>, step: TimeStep, model: SeriesModel },
    /// Dates that differ by place; places without a date are the comparison.
    Staggered { starts: Vec<PlaceStart>, step: TimeStep },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeStep {
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesModel {
    /// Counts: quasi-Poisson with season.
    QuasiPoisson,
    /// Rates: least squares with Newey-West errors.
    NeweyWest,
}

/// The first day of the change in one area (or in every area of a district, by its name).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceStart {
    pub area: String,
    /// None: never.
    pub from: Option<Day>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    pub id: EvaluationId,
    pub plan: Plan,
    pub locked_at: Instant,
    pub locked_by: String,
    /// None until the estimate is there.
    pub estimate: Option<Estimate>,
    pub failure: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    pub fingerprint: String,
    pub code_version: String,
    /// The result as `analytics` wrote it.
    pub result: serde_json::Value,
}

#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    #[error("lock the plan: give it a title of 1 to 200 characters")]
    Title,
    #[error("lock the plan: name at least one day of change")]
    NoDate,
    #[error("find the evaluation")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Plan {
    /// Whether this plan may be locked.
    pub fn check(&self) -> Result<(), EvaluationError> {
        let title = self.title.trim();
        if title.is_empty() || title.chars().count() > 200 {
            return Err(EvaluationError::Title);
        }
        let has_date = match &self.design {
            Design::InterruptedTimeSeries { changed_on, .. } => !changed_on.is_empty(),
            Design::Staggered { starts, .. } => starts.iter().any(|start| start.from.is_some()),
        };
        if has_date { Ok(()) } else { Err(EvaluationError::NoDate) }
    }
}
