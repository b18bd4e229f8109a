//! What somebody means to do, by when: in a case, or for themselves.
//!
//! A task is one line with a person and perhaps a day. It is checked off where it stands and comes back with one click;
//! whatever else happens to it (not needed, put off, handed on) has a reason that stays. Reminders are tasks that a rule
//! writes: the rule's key makes that happen once, and a reminder whose occasion has passed settles itself.
//!
//! This folder knows nothing of why a note, a referral or a change of law wants something done: whoever wants it says so
//! with a [`TaskSource`] and a key of their own.

mod commands;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use commands::{
    Assignee, TaskDetail, add, add_in, add_own, assignees, done, hand_on, has_tasks, not_needed, open_again,
    put_off, task,
};
pub(crate) use commands::{move_in, remind_in, settle_in};
pub use rules::{CaseFacts, FIRST_CONTACT_DAYS, Need, QUIET_DAYS, Reminder, begins_on, needs, reminders};
pub(crate) use store::STATEMENTS;
pub use store::{WorkerTasks, of_client, of_worker, worker_between};

use crate::kernel::access::AccessError;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, CaseId, ClientId, TaskId};

listed! {
    /// What kind of doing it is; a visit, a call or a court date stands in the calendar.
    TaskKind {
        ToDo = "to_do",
        Visit = "visit",
        Call = "call",
        Meeting = "meeting",
        Court = "court",
    }
}

listed! {
    /// What a task came from.
    TaskSource {
        /// Somebody wrote it by hand.
        Person = "person",
        /// From the same box as a note.
        Note = "note",
        /// A reminder; its key begins with the rule's code.
        Rule = "rule",
        Referral = "referral",
        /// Agreed in a review.
        Review = "review",
        /// A change of law or practice that may concern the client.
        Ripple = "ripple",
        /// A case came from another worker.
        Transfer = "transfer",
        Barrier = "barrier",
        Crisis = "crisis",
        /// A supervisor sent something back.
        Approval = "approval",
    }
}

listed! {
    TaskState {
        Open = "open",
        Done = "done",
        NotNeeded = "not_needed",
        /// A reminder whose occasion has passed.
        Settled = "settled",
    }
}

/// A task to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// What to do, in a line; at most [`TITLE_MOST`] letters.
    pub title: String,
    pub kind: TaskKind,
    pub due_on: Option<Day>,
    /// `09:30`, by the agency's clock; only with a day. Empty: any time.
    pub due_at: String,
    /// None: the one in the lead of the case.
    pub worker: Option<AccountId>,
    pub source: TaskSource,
    /// A second task with the same source and key is not written. Empty: no key, always written.
    pub source_key: String,
}

impl NewTask {
    /// A plain to-do without a day, for the one in the lead.
    pub fn new(source: TaskSource, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            kind: TaskKind::ToDo,
            due_on: None,
            due_at: String::new(),
            worker: None,
            source,
            source_key: String::new(),
        }
    }
}

/// Letters of a title at most.
pub const TITLE_MOST: usize = 200;

/// A task as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    pub id: TaskId,
    /// None: the worker's own, in no case.
    pub case: Option<CaseId>,
    pub client: Option<ClientId>,
    /// `Lucía M.`; empty without a client.
    pub client_list_name: String,
    pub worker: AccountId,
    pub worker_name: String,
    pub kind: TaskKind,
    /// Empty for a reminder: its words are the rule's.
    pub title: String,
    pub due_on: Option<Day>,
    pub due_at: String,
    /// When it asks for work: due, or put off to.
    pub act_on: Option<Day>,
    pub source: TaskSource,
    pub source_key: String,
    pub state: TaskState,
    pub made_at: Instant,
    pub ended_at: Option<Instant>,
    /// The reason of the last step, where it has one.
    pub last_reason: String,
    pub version: i64,
}

impl Task {
    /// The rule that wrote it; empty for others.
    pub fn rule(&self) -> &str {
        match self.source {
            TaskSource::Rule => self.source_key.split(':').next().unwrap_or_default(),
            _ => "",
        }
    }
}

/// What can be done with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskCommand {
    Done,
    /// With the reason.
    NotNeeded(String),
    /// Not before this day, with the reason.
    PutOff(Day, String),
    HandOn(AccountId, String),
    /// Takes back what ended it.
    OpenAgain,
}

#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error("write the task: say what there is to do")]
    TitleMissing,
    #[error("write the task: say it in at most {TITLE_MOST} letters")]
    TitleTooLong,
    #[error("write the task: a time is written like 09:30 and needs a day")]
    NotATime,
    #[error("change the task: give a reason")]
    ReasonMissing,
    #[error("put the task off: choose a day after today")]
    DayNotAhead,
    #[error("hand the task on: choose somebody who works with the client")]
    NotAWorker,
    /// The grant is for reading.
    #[error("write the task: the file was opened for reading only")]
    ReadOnly,
    /// Already done, or open again: somebody else was there first.
    #[error("change the task: it is {}", .0.code())]
    StateForbids(TaskState),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a command makes of a task: its state, its day of work and its worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    pub state: TaskState,
    pub act_on: Option<Day>,
    pub worker: AccountId,
    pub step: &'static str,
    pub reason: String,
}

/// Whether a command may be, and what comes of it. Only an open task is done, not needed, put off or handed on; only an
/// ended one opens again.
pub fn decide(task: &Task, command: &TaskCommand, today: Day) -> Result<After, TaskError> {
    let is_open = task.state == TaskState::Open;
    if is_open == matches!(command, TaskCommand::OpenAgain) {
        return Err(TaskError::StateForbids(task.state));
    }
    let kept = |state, step| After {
        state,
        act_on: task.act_on,
        worker: task.worker.clone(),
        step,
        reason: String::new(),
    };
    let reasoned = |reason: &str| match reason.trim() {
        "" => Err(TaskError::ReasonMissing),
        reason => Ok(reason.to_owned()),
    };
    match command {
        TaskCommand::Done => Ok(kept(TaskState::Done, "done")),
        TaskCommand::OpenAgain => Ok(kept(TaskState::Open, "open_again")),
        TaskCommand::NotNeeded(reason) => {
            Ok(After { reason: reasoned(reason)?, ..kept(TaskState::NotNeeded, "not_needed") })
        }
        TaskCommand::PutOff(to, reason) => {
            if *to <= today {
                return Err(TaskError::DayNotAhead);
            }
            Ok(After { reason: reasoned(reason)?, act_on: Some(*to), ..kept(TaskState::Open, "put_off") })
        }
        TaskCommand::HandOn(to, reason) => Ok(After {
            reason: reason.trim().to_owned(),
            worker: to.clone(),
            ..kept(TaskState::Open, "hand_on")
        }),
    }
}

/// The fields of a task to be written, as they go into the table.
fn checked(new: &NewTask) -> Result<NewTask, TaskError> {
    let title = new.title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() && new.source != TaskSource::Rule {
        return Err(TaskError::TitleMissing);
    }
    if title.chars().count() > TITLE_MOST {
        return Err(TaskError::TitleTooLong);
    }
    let due_at = clock_time(&new.due_at).ok_or(TaskError::NotATime)?;
    if !due_at.is_empty() && new.due_on.is_none() {
        return Err(TaskError::NotATime);
    }
    Ok(NewTask { title, due_at, ..new.clone() })
}

/// `9:30`, `09.30` or `0930` as `09:30`; empty stays empty.
fn clock_time(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_clean = text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ':' | '.' | 'h'));
    if !is_clean || !(3..=4).contains(&digits.len()) {
        return None;
    }
    let number: u16 = digits.parse().ok()?;
    let (hour, minute) = (number / 100, number % 100);
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}
