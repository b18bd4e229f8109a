//! Drafts: what was typed into a form and not sent yet, kept on the server from the first keystroke.
//!
//! A draft belongs to one author, one form and one record, and is found by all three or not at all: it cannot appear on
//! another client's page or before another person. It is the author's own, so reading it back asks for no more than the
//! page it stands on, which the author could not open without a grant.
//!
//! The first keystroke on a record opens its file like any other write (grant and audit entry); the ones after it only
//! change the author's own row, so the audit trail holds one entry for a text and not one for each second of typing.

mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::STATEMENTS;
pub use store::{discard, draft, drop_in, mine, save};

use crate::kernel::access::AccessError;
use crate::kernel::clock::Instant;
use crate::kernel::db::DbError;
use crate::kernel::ids::ClientId;

/// A form whose text is kept, and what its record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The log of a client's file; the record is the client.
    Log,
    /// The log in which the client is chosen last; it is the author's own and of no client until it is sent.
    Mine,
    /// The correction of a note; the record is the note.
    Correction,
    /// The answers of an assessment; the record is the client.
    Assessment,
}

impl Form {
    pub const ALL: [Self; 4] = [Self::Log, Self::Mine, Self::Correction, Self::Assessment];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Mine => "mine",
            Self::Correction => "correction",
            Self::Assessment => "assessment",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }
}

/// The record of [`Form::Mine`].
pub const OWN: &str = "own";

/// Bytes of one draft at most.
pub const FIELDS_MOST: usize = 200_000;

/// The name of the field that carries the key of a form: what was recorded under it is no draft any more.
pub const KEY_FIELD: &str = "key";

/// What was typed, in the order of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub fields: Vec<(String, String)>,
    pub updated_at: Instant,
}

impl Draft {
    /// What was typed into a field; empty where nothing was.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    pub fn all<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A draft in a list of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub form: Form,
    pub record: String,
    /// The client it is about; None for one that is of no client yet.
    pub client: Option<(ClientId, String)>,
    pub updated_at: Instant,
}

/// Which text on the server the caller's own came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// This version of the draft.
    Version(Instant),
    /// None: there was no draft when the page was opened.
    Nothing,
    /// Whatever there is: the author has seen both and wants this one.
    Anything,
}

#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    #[error("keep the draft: another window of yours holds a newer one")]
    Newer,
    #[error("keep the draft: the form was recorded already")]
    Done,
    #[error("keep the draft: it has more than {FIELDS_MOST} bytes")]
    TooLarge,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}
