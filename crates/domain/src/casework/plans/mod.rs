//! The plan: what the client wants, which need it answers, who does what by when.
//!
//! A goal stands in the client's words. Its steps belong to somebody (the client, the worker, the family, an office);
//! a worker's step is also a task, so that it stands in the worker's day. A goal is never deleted: it is reached, or
//! dropped with a reason.

mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::STATEMENTS;
pub use store::{goal_add, goal_close, goals, step_add, step_close};

use crate::casework::tasks::TaskError;
use crate::kernel::access::AccessError;
use crate::kernel::clock::Day;
use crate::kernel::db::DbError;

listed! {
    GoalState {
        Open = "open",
        Reached = "reached",
        /// Part of it.
        Partly = "partly",
        Dropped = "dropped",
    }
}

listed! {
    StepState {
        Open = "open",
        Done = "done",
        Dropped = "dropped",
    }
}

listed! {
    /// Whose step it is.
    StepWho {
        Client = "client",
        Worker = "worker",
        Family = "family",
        Organization = "organization",
    }
}

/// Letters of a goal, a step or an outcome at most.
pub const WORDS_MOST: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGoal {
    pub title: String,
    /// A need's domain, or empty.
    pub need: String,
    pub due_on: Option<Day>,
    pub made_with_client: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    pub title: String,
    pub who: StepWho,
    /// Id of an organization; empty where none is meant.
    pub organization: String,
    pub due_on: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub id: String,
    pub title: String,
    pub who: StepWho,
    pub organization_name: String,
    pub due_on: Option<Day>,
    pub state: StepState,
    pub done_on: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    pub id: String,
    pub title: String,
    pub need: String,
    pub state: GoalState,
    pub set_on: Day,
    pub due_on: Option<Day>,
    pub closed_on: Option<Day>,
    pub outcome: String,
    pub made_with_client: bool,
    pub version: i64,
    pub steps: Vec<Step>,
}

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("write the plan: a goal or step needs 1 to {WORDS_MOST} letters")]
    Words,
    /// A goal that is dropped says why.
    #[error("close the goal: say in a few words why it is dropped")]
    Why,
    /// Somebody else changed the goal meanwhile.
    #[error("change the goal: it was changed meanwhile")]
    Changed,
    #[error("write the plan: there is no such goal or step, or it is closed")]
    Gone,
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Words of a goal or step, trimmed.
fn checked(words: &str) -> Result<String, PlanError> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > WORDS_MOST {
        return Err(PlanError::Words);
    }
    Ok(words.to_owned())
}
