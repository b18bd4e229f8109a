//! The change review: what is working, what is not, what should be added, what taken away.
//!
//! Held with the client and family about the plan and the help, or with an office about its practice. What is agreed
//! becomes tasks. What an office agreed to can be kept as a precedent, written anew without anything that points to a
//! client, and is found again when another client meets the same office or the same barrier there.

mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::STATEMENTS;
pub use store::{hold, precedent_keep, precedent_withdraw, precedents, reviews};

use crate::casework::tasks::TaskError;
use crate::kernel::access::AccessError;
use crate::kernel::clock::Day;
use crate::kernel::codes::System;
use crate::kernel::db::DbError;

listed! {
    ItemKind {
        Working = "working",
        NotWorking = "not_working",
        Add = "add",
        TakeAway = "take_away",
    }
}

listed! {
    HeldWith {
        Client = "client",
        Family = "family",
        /// An office, on its practice.
        Office = "office",
    }
}

/// Letters of one line at most.
pub const WORDS_MOST: usize = 600;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewItem {
    pub kind: ItemKind,
    pub words: String,
    pub is_clients_words: bool,
    /// Agreed: the worker gets a task to see that it happens.
    pub is_agreed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    pub held_on: Day,
    pub held_with: HeldWith,
    /// With an office: which system, and which organization (or empty).
    pub system: Option<System>,
    pub organization: String,
    pub items: Vec<NewItem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: String,
    pub kind: ItemKind,
    pub words: String,
    pub is_clients_words: bool,
    pub is_agreed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub id: String,
    pub held_on: Day,
    pub held_with: HeldWith,
    pub system: Option<System>,
    pub organization: String,
    pub organization_name: String,
    pub recorded_by: String,
    pub items: Vec<Item>,
}

/// What an office once agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precedent {
    pub id: String,
    pub organization_name: String,
    pub system: Option<System>,
    /// Barrier code, or empty.
    pub barrier: String,
    pub words: String,
    pub agreed_on: Day,
    pub recorded_by: String,
    /// The caller kept it, or supervises.
    pub may_withdraw: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("hold the review: write at least one line, of at most {WORDS_MOST} letters each")]
    Words,
    #[error("hold the review: its day lies in the future")]
    InTheFuture,
    #[error("hold the review: name the system of the office")]
    NoSystem,
    #[error("keep the precedent: there is no such review with an office")]
    NoOffice,
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The lines of a review that hold words, trimmed; or what is wrong with it.
fn checked(ctx_day: Day, new: &NewReview) -> Result<Vec<NewItem>, ReviewError> {
    if new.held_on > ctx_day {
        return Err(ReviewError::InTheFuture);
    }
    if new.held_with == HeldWith::Office && new.system.is_none() {
        return Err(ReviewError::NoSystem);
    }
    let items: Vec<NewItem> = new
        .items
        .iter()
        .filter(|item| !item.words.trim().is_empty())
        .map(|item| NewItem { words: item.words.trim().to_owned(), ..item.clone() })
        .collect();
    if items.is_empty() || items.iter().any(|item| item.words.chars().count() > WORDS_MOST) {
        return Err(ReviewError::Words);
    }
    Ok(items)
}
