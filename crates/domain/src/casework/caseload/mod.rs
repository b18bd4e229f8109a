//! Who needs what: the board of a caseload, a person's day, and a supervisor's look over all workers.
//!
//! A case carries what the board shows of it (last contact, newest crisis, next task, the day from which it needs
//! action), so that 50,000 cases sort by need along an index. [`refresh`] takes that from events and tasks: of cases whose
//! events are newer than its watermark, and of those that a command has marked. The reasons in words are not stored:
//! [`tasks::needs`](super::tasks::needs) says them for the day on which somebody looks.

mod feed;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use feed::STATEMENTS as FEED_STATEMENTS;
pub use feed::{FeedEvent, feed, feed_is_there, feed_renew};
pub(crate) use store::STATEMENTS;
pub use store::{board, my_day, order_kept, order_write, refresh, refresh_all, remind, supervision};

use super::cases::{CaseState, Closure};
use super::tasks::{CaseFacts, Need, WorkerTasks};
use crate::kernel::clock::Day;
use crate::kernel::ids::{AccountId, CaseId, ClientId};

/// One line of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardLine {
    pub case: CaseId,
    pub client: ClientId,
    /// `Lucía M.`
    pub list_name: String,
    pub area_name: String,
    pub worker: AccountId,
    pub worker_name: String,
    pub weight: i64,
    pub facts: CaseFacts,
    /// The newest crisis as its code; its day stands in the facts.
    pub crisis_code: String,
    pub open_barriers: u64,
    pub open_referrals: u64,
    /// Why it needs action, the most urgent first; empty when it does not.
    pub needs: Vec<Need>,
}

listed! {
    /// In which order the board stands.
    Sort {
        /// What needs action first.
        Need = "need",
        Name = "name",
        /// The longest unseen first.
        Contact = "contact",
        /// The newest case first.
        Opened = "opened",
    }
}

/// Whose cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Those that this person leads.
    LedBy(AccountId),
    /// Those in which this person has a supporting part.
    SupportedBy(AccountId),
    /// The whole agency's; for supervisors.
    Everybody,
}

/// What the board shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardFilter {
    pub scope: Scope,
    /// Only these; None: every open case.
    pub state: Option<CaseState>,
    /// Only cases that need action today.
    pub only_needs: bool,
    pub sort: Sort,
    pub offset: i64,
    pub most: i64,
}

/// A page of the board.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Board {
    pub lines: Vec<BoardLine>,
    /// Open cases in the scope, and those of them that need action, whatever the filter.
    pub open: u64,
    pub in_need: u64,
    /// Sum of the weights of the open cases.
    pub weight: u64,
    /// Cases in which the person has a supporting part.
    pub supported: u64,
    pub has_more: bool,
}

/// A person's day, for the Corner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MyDay {
    pub tasks: WorkerTasks,
    /// Clients who need action for more than a task that stands above already.
    pub needs: Vec<BoardLine>,
    pub open: u64,
    pub lately: Vec<LatelyLine>,
}

/// Something that happened lately in one of the worker's cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatelyLine {
    pub on: Day,
    pub client: ClientId,
    pub list_name: String,
    pub kind: String,
    pub code: String,
}

/// One worker as the supervisor sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerLine {
    pub worker: AccountId,
    pub name: String,
    pub is_active: bool,
    pub clients: u64,
    pub weight: u64,
    pub in_need: u64,
    /// Active cases without a contact for longer than [`QUIET_DAYS`](super::tasks::QUIET_DAYS).
    pub quiet: u64,
    pub overdue: u64,
}

/// The supervisor's page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Supervision {
    pub workers: Vec<WorkerLine>,
    pub closures: Vec<Closure>,
}
