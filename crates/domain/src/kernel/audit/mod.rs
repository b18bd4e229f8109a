//! The audit trail: who did what, on what, when; each entry sealed with the agency's key over the entry before it, so
//! that none can be changed, dropped or slipped in unseen.
//!
//! An entry is written in the transaction of the change (or the read of a client's file) that it tells of. It
//! names things by id and says which fields changed; it never repeats a client's words.

mod store;

pub(crate) use store::STATEMENTS;
pub use store::{Filter, actions, actors, entries, verify};

use crate::kernel::clock::Instant;
use crate::kernel::ctx::Ctx;
use crate::kernel::db::{DbError, Tx};

/// What an entry tells. `action` is noun.verb ("issue.open"), `subject_kind` a table's word ("issue").
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    pub action: &'static str,
    pub subject_kind: &'static str,
    pub subject_id: &'a str,
    /// Counts, field names, codes. No names, no notes.
    pub detail: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    pub at: Instant,
    pub actor: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub detail: String,
    pub request: String,
    pub seal: String,
}

/// What a walk along the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every seal fits; `entries` of them, the last one sealed `head`.
    Whole { entries: u64, head: String },
    /// The first entry that does not fit.
    BrokenAt { seq: i64 },
}

/// Appends one entry. It locks the head of the chain until the transaction ends, so entries (and the changes
/// they tell of) have one order.
pub async fn append(ctx: &Ctx, tx: &mut Tx, act: Act<'_>) -> Result<(), DbError> {
    store::append(ctx, tx, act).await
}

pub(crate) fn seal_of(keys: &crate::kernel::ctx::Keys, previous: &str, entry: &Entry) -> String {
    keys.seal(
        previous,
        &[
            &entry.seq.to_string(),
            &entry.at.micros().to_string(),
            &entry.actor,
            &entry.action,
            &entry.subject_kind,
            &entry.subject_id,
            &entry.detail,
            &entry.request,
        ],
    )
}
