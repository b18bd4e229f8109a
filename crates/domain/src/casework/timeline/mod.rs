//! The timeline: everything that happened with a client, in all their cases, in one chronology.
//!
//! It only reads, and shows what stands: what a correction superseded is reachable from the note it belongs to. Notes
//! that are not for the reader are left out by the statement itself.

mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::STATEMENTS;
pub use store::{lines, look};

use crate::kernel::clock::{Day, Instant};
use crate::kernel::ids::CaseId;

/// What can be asked for alone, in the order of the filter.
pub const KINDS: [&str; 8] =
    ["contact", "barrier", "crisis", "referral", "service", "decision", "case", "task"];

/// Minutes without a look after which the next one counts as new.
pub const LOOK_MINUTES: i64 = 30;

/// Which lines to show; empty means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub kind: String,
    /// Words that stand in the line, in any case.
    pub text: String,
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Only what others recorded after this moment.
    pub since: Option<Instant>,
    /// Only lines before this one: the next page.
    pub before: Option<Cursor>,
    pub limit: i64,
}

/// A place in the chronology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub day: Day,
    pub at: i64,
    pub id: String,
}

impl Cursor {
    /// As it stands in an address.
    pub fn text(&self) -> String {
        format!("{}.{}.{}", self.day, self.at, self.id)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let day = Day::parse_iso(parts.next()?).ok()?;
        let at = parts.next()?.parse().ok()?;
        Some(Self { day, at, id: parts.next()?.to_owned() })
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub cursor: Cursor,
    /// The kind of an event, `case` or `task`.
    pub kind: String,
    /// What it was, in the code list of its kind; `opened` or `closed` of a case; empty for a task.
    pub code: String,
    pub until: Option<Day>,
    pub system: String,
    pub organization: String,
    /// What was written; for a task its title.
    pub words: String,
    pub client_words: String,
    /// Name of who recorded it.
    pub by: String,
    pub case: CaseId,
    pub recorded_at: Option<Instant>,
    /// Others recorded it since the reader looked last.
    pub is_new: bool,
    pub is_corrected: bool,
    /// A contact with its details: the note it belongs to.
    pub note: Option<NoteFacts>,
}

/// What a line says of a contact besides its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteFacts {
    pub id: String,
    pub medium: String,
    pub outcome: String,
    pub whom: String,
    pub minutes: Option<u32>,
    pub visibility: String,
    pub is_with_client: bool,
}

/// A page of the chronology, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines {
    pub lines: Vec<Line>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}
