//! Issues: systemic problems that people work on, from evidence to change.
//!
//! Owns an issue's words, its step and the evidence it holds as it stood when it was added. It does not know how a
//! signal is found, nor (yet) partners, strategies and delivery, which take over by id.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{edit, issue, issues, issues_of_signals, open};

use serde::{Deserialize, Serialize};

use crate::evidence::signals::Signal;
use crate::kernel::clock::Instant;
use crate::kernel::db::DbError;
use crate::kernel::ids::IssueId;

/// The five steps of a macro-level intervention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Identify,
    Partner,
    Strategise,
    Implement,
    Evaluate,
}

impl Step {
    pub const ALL: [Self; 5] =
        [Self::Identify, Self::Partner, Self::Strategise, Self::Implement, Self::Evaluate];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Partner => "partner",
            Self::Strategise => "strategise",
            Self::Implement => "implement",
            Self::Evaluate => "evaluate",
        }
    }

    pub(crate) fn from_code(code: &str) -> Result<Self, DbError> {
        Self::ALL
            .into_iter()
            .find(|step| step.code() == code)
            .ok_or_else(|| DbError::Stored("an issue step that this version does not know".to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    pub id: IssueId,
    pub title: String,
    pub description: String,
    /// Which system must change (a code of `kernel::codes::System`), or empty.
    pub system: String,
    pub step: Step,
    pub opened_at: Instant,
    pub opened_by: String,
    /// Grows with every edit, so that two people's edits cannot overwrite each other unseen.
    pub version: i64,
    /// How many signals it holds.
    pub n_signals: u64,
}

/// A signal as an issue holds it: its figures at the time.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldSignal {
    pub signal: Signal,
    pub added_at: Instant,
}

/// Which issue holds a signal as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalIssue {
    pub signal_key: String,
    pub issue: IssueId,
    pub title: String,
}

/// What to open an issue with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIssue {
    pub title: String,
    pub description: String,
    pub system: String,
    pub signal_key: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditIssue {
    pub id: IssueId,
    pub title: String,
    pub description: String,
    pub system: String,
    /// The version the form was filled from.
    pub version: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    #[error("save the issue: give it a title of 1 to 200 characters")]
    Title,
    #[error("save the issue: keep the description under 10,000 characters")]
    Description,
    #[error(
        "save the issue: somebody else changed it meanwhile; look at the newest version and apply your change to it"
    )]
    ChangedMeanwhile,
    #[error("find the issue")]
    NotFound,
    #[error("find the signal")]
    SignalNotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A title and description that may be stored, trimmed.
fn checked(title: &str, description: &str) -> Result<(String, String), IssueError> {
    let (title, description) = (title.trim(), description.trim());
    if title.is_empty() || title.chars().count() > 200 {
        return Err(IssueError::Title);
    }
    if description.chars().count() > 10_000 {
        return Err(IssueError::Description);
    }
    Ok((title.to_owned(), description.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_needs_a_title_of_reasonable_length() {
        assert!(matches!(checked("   ", ""), Err(IssueError::Title)));
        assert!(matches!(checked(&"x".repeat(201), ""), Err(IssueError::Title)));
        assert!(matches!(checked("x", &"y".repeat(10_001)), Err(IssueError::Description)));
        assert_eq!(checked(" Lost letters ", " a ").unwrap(), ("Lost letters".to_owned(), "a".to_owned()));
    }
}
