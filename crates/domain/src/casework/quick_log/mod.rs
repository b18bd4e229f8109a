//! The quick log: a note, a barrier and a task from one box, recorded together or not at all.
//!
//! It owns no facts: the note is a contact's, the barrier a barrier's, the task a task's, each written by its own folder
//! in one transaction. Each form carries a key; what was recorded under it once is not recorded again, however often the
//! button was pressed.

mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::STATEMENTS;
pub use store::log;

use super::barriers::{BarrierError, NewBarrier};
use super::contacts::{Contact, ContactError, Remark, Visibility};
use super::drafts;
use super::tasks::{NewTask, TaskError};
use crate::kernel::access::AccessError;
use crate::kernel::db::DbError;
use crate::kernel::ids::{CaseId, ClientId};

/// What came from the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickLog {
    /// The key of the form.
    pub key: String,
    pub client: ClientId,
    /// None: the case that is worked on now.
    pub case: Option<CaseId>,
    /// A contact that says nothing is not recorded where there is a barrier or a task.
    pub contact: Contact,
    pub visibility: Visibility,
    pub barriers: Vec<NewBarrier>,
    pub task: Option<NewTask>,
    /// The form that it was typed into: its draft is done with.
    pub form: drafts::Form,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logged {
    /// The id of the note.
    pub note: Option<String>,
    pub n_barriers: usize,
    pub has_task: bool,
    pub remarks: Vec<Remark>,
    /// The form had been recorded before: nothing was recorded now.
    pub was_done: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The client has no case to record in.
    #[error("record it: this client has no case yet")]
    NoCase,
    #[error("record it: the form has no key")]
    NoKey,
    #[error(transparent)]
    Contact(#[from] ContactError),
    #[error(transparent)]
    Barrier(#[from] BarrierError),
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}
