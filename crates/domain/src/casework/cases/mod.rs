//! How a case moves: planned, on a waitlist, active, on hold, finished, cancelled; who works on it; what a supervisor
//! looks at afterwards.
//!
//! [`decide`] says which step a state allows and what comes of it. A step takes effect at once and is written down in
//! `case_change`, which the file's timeline shows. Closing a case stands as "to be approved" until a supervisor has
//! looked; nothing waits for it, and the supervisor can send it back. `client_case.closed_on` is the first day on which
//! a case is no longer open and moves with the state, because caseload and evidence count by it.

mod commands;
mod store;
#[cfg(test)]
mod tests;

pub use commands::{
    Closure, Handover, ImportedFacts, Kept, OpenCase, approve, assign, case_open, change_state, closures,
    facts_write, import_facts, open_in, send_back, transfer, transfer_many, unassign,
};
pub(crate) use store::STATEMENTS;
pub use store::{Worker, changes, of_client, workers};

use crate::kernel::access::AccessError;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, CaseId};

listed! {
    /// Where a case stands.
    CaseState {
        /// Agreed, not begun.
        Planned = "planned",
        Waitlist = "waitlist",
        Active = "active",
        OnHold = "on_hold",
        /// Was active and has ended.
        Finished = "finished",
        /// Ended before it began.
        Cancelled = "cancelled",
        /// Should never have been a case; it counts nowhere.
        EnteredInError = "entered_in_error",
    }
}

impl CaseState {
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled | Self::EnteredInError)
    }
}

listed! {
    /// Why a case ended.
    EndReason {
        GoalsMet = "goals_met",
        Completed = "completed",
        NoLongerNeeds = "no_longer_needs",
        Withdrew = "withdrew",
        Transferred = "transferred",
        ReferredOut = "referred_out",
        LostContact = "lost_contact",
        MovedAway = "moved_away",
        Ineligible = "ineligible",
        AgencyLacksResources = "agency_lacks_resources",
        EndedForViolence = "ended_for_violence",
        EndedForRules = "ended_for_rules",
        EndedForNonPayment = "ended_for_non_payment",
        TimeLimit = "time_limit",
        ProgrammeEnded = "programme_ended",
        Deceased = "deceased",
        Other = "other",
    }
}

listed! {
    /// What somebody does on a case.
    Part {
        Lead = "lead",
        Support = "support",
    }
}

listed! {
    /// What changed in a case.
    ChangeKind {
        Opened = "opened",
        State = "state",
        Transfer = "transfer",
        Assigned = "assigned",
        Unassigned = "unassigned",
        Programme = "programme",
        Weight = "weight",
        PlanReview = "plan_review",
        Approved = "approved",
        SentBack = "sent_back",
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseCommand {
    /// Work begins.
    Start,
    /// Waits for a place; with the day it is expected, if there is one.
    Wait(Option<Day>),
    /// Rests, until a day if there is one.
    Hold(Option<Day>),
    Resume,
    /// Ends on this day (today or before), for this reason. A case that was active finishes, another is cancelled.
    Close(EndReason, Day),
    /// Comes back after it ended.
    Reopen,
    /// Was a mistake.
    EnteredInError,
}

impl CaseCommand {
    /// Every kind of step, for the buttons of a page: those that [`decide`] allows are offered.
    pub fn all(today: Day) -> [Self; 7] {
        [
            Self::Start,
            Self::Wait(None),
            Self::Hold(None),
            Self::Resume,
            Self::Close(EndReason::GoalsMet, today),
            Self::Reopen,
            Self::EnteredInError,
        ]
    }

    pub const fn code(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Wait(_) => "wait",
            Self::Hold(_) => "hold",
            Self::Resume => "resume",
            Self::Close(..) => "close",
            Self::Reopen => "reopen",
            Self::EnteredInError => "entered_in_error",
        }
    }

    /// Steps that need a word of why.
    const fn needs_note(&self) -> bool {
        matches!(self, Self::Hold(_) | Self::Reopen | Self::EnteredInError)
    }
}

/// What [`decide`] looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: CaseState,
    pub opened_on: Day,
    pub closed_on: Option<Day>,
}

/// What a step makes of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    pub state: CaseState,
    pub closed_on: Option<Day>,
    pub end_reason: Option<EndReason>,
    /// The waitlist's date, or the end of the hold.
    pub review_on: Option<Day>,
    /// A supervisor looks at it afterwards.
    pub wants_approval: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Not from here: what is true now.
    #[error("change the case: it is {}", .0.code())]
    StateForbids(CaseState),
    #[error("change the case: somebody else changed it a moment ago")]
    Changed,
    #[error("change the case: say why")]
    NoteMissing,
    #[error("close the case: the day lies between the opening and today")]
    DayOutside,
    #[error("change the case: choose a day after today")]
    DayNotAhead,
    #[error("change the case: the weight is from {WEIGHT_LEAST} to {WEIGHT_MOST}")]
    WeightOutside,
    #[error("hand the case over: the lead or a supervisor does that")]
    NotYours,
    #[error("hand the case over: choose a caseworker who is active and does not lead it already")]
    NotAWorker,
    /// The new worker would not see the client.
    #[error("hand the case over: the client is restricted, and the person is not named")]
    NotNamed,
    #[error("open a case: the client has an open case already")]
    AlreadyOpen,
    #[error("decide on the closing: it has been decided")]
    Decided,
    #[error("write in the file: it was opened for reading only")]
    ReadOnly,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// How much work a case is beside others; an ordinary one is 1.
pub const WEIGHT_LEAST: i64 = 1;
pub const WEIGHT_MOST: i64 = 5;

/// Whether a step may be, and what comes of it.
pub fn decide(case: Standing, command: &CaseCommand, today: Day) -> Result<Moved, CaseError> {
    use CaseState::{Active, Cancelled, EnteredInError, Finished, OnHold, Planned, Waitlist};
    let open = |state, review_on: Option<Day>| {
        if review_on.is_some_and(|day| day <= today) {
            return Err(CaseError::DayNotAhead);
        }
        Ok(Moved { state, closed_on: None, end_reason: None, review_on, wants_approval: false })
    };
    match (case.state, command) {
        (Planned | Waitlist, CaseCommand::Start) | (OnHold, CaseCommand::Resume) => open(Active, None),
        // A new date for the same waitlist or hold is a step too.
        (Planned | Waitlist, CaseCommand::Wait(until)) => open(Waitlist, *until),
        (Active | OnHold, CaseCommand::Hold(until)) => open(OnHold, *until),
        (Finished | Cancelled, CaseCommand::Reopen) => open(Active, None),
        (Planned | Waitlist | Active | OnHold, CaseCommand::Close(reason, on)) => {
            if *on < case.opened_on || *on > today {
                return Err(CaseError::DayOutside);
            }
            let state = if matches!(case.state, Active | OnHold) { Finished } else { Cancelled };
            Ok(Moved {
                state,
                closed_on: Some(*on),
                end_reason: Some(*reason),
                review_on: None,
                wants_approval: true,
            })
        }
        // Nobody was at risk in a case that was none: it is over on the day it began.
        (Planned | Waitlist | Active | OnHold | Finished | Cancelled, CaseCommand::EnteredInError) => {
            Ok(Moved {
                state: EnteredInError,
                closed_on: Some(case.opened_on),
                end_reason: None,
                review_on: None,
                wants_approval: true,
            })
        }
        (state, _) => Err(CaseError::StateForbids(state)),
    }
}

/// The steps that a state allows, for the buttons of a page.
pub fn steps(case: Standing, today: Day) -> Vec<&'static str> {
    let allowed = |command: &CaseCommand| decide(case, command, today).is_ok();
    CaseCommand::all(today).iter().filter(|command| allowed(command)).map(CaseCommand::code).collect()
}

/// A case as the file shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseBox {
    pub id: CaseId,
    pub standing: Standing,
    pub programme: String,
    pub weight: i64,
    pub end_reason: Option<EndReason>,
    pub review_on: Option<Day>,
    pub plan_review_on: Option<Day>,
    pub lead: AccountId,
    pub lead_name: String,
    pub version: i64,
    /// The closing, where a supervisor has to look at it or sent it back.
    pub approval: Option<Approval>,
}

/// A closing that waits for a supervisor, or was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub id: String,
    pub state: ApprovalState,
    pub note: String,
}

listed! {
    ApprovalState {
        Asked = "asked",
        Approved = "approved",
        SentBack = "sent_back",
    }
}

/// Somebody's part in a case, with its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub account: AccountId,
    pub name: String,
    pub part: Part,
    pub from: Day,
    /// None: still.
    pub to: Option<Day>,
}

/// One change of a case, for the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub seq: i64,
    pub case: CaseId,
    pub kind: ChangeKind,
    /// Codes of what it was and became: states, parts, weights; empty where it says nothing.
    pub from: String,
    pub to: String,
    /// The code of an end reason, or empty.
    pub reason: String,
    /// The day that the change is about.
    pub day: Day,
    pub note: String,
    /// Whom it is about: the new worker, say.
    pub person: String,
    pub at: Instant,
    /// Name of who did it.
    pub by: String,
}
