//! Cases and what happens in them.
//!
//! A case is an episode of work with a client. What happens (a contact, a barrier, a crisis, a referral step, a service)
//! is appended with the day it happened apart from the moment it was recorded; a correction is a new row that
//! supersedes. This folder knows nothing of signals or causes: evidence reads from it by watermark.

pub mod barriers;
pub mod contacts;
pub mod crises;
pub mod drafts;
mod store;
pub mod timeline;

pub(crate) use store::STATEMENTS;
pub use store::{caseload, cases_insert, events_insert};

use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::{EventKind, System};
use crate::kernel::ids::{AccountId, CaseId, ClientId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub id: CaseId,
    pub client: ClientId,
    pub area: String,
    pub stratum_id: i64,
    pub worker: AccountId,
    pub opened_on: Day,
    pub closed_on: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    pub case: CaseId,
    pub kind: EventKind,
    /// What it was, in the code list of its kind.
    pub code: String,
    pub system: Option<System>,
    pub organization: String,
    pub occurred_on: Day,
    /// The last day of something that lasted, a waitlist say.
    pub ended_on: Option<Day>,
    pub note: String,
    pub recorded_at: Instant,
    pub recorded_by: AccountId,
}

/// One line of a worker's caseload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseloadLine {
    pub case: CaseId,
    pub list_name: String,
    pub area_name: String,
    pub opened_on: Day,
    pub last_contact_on: Option<Day>,
    /// The newest barrier: its code and day.
    pub last_barrier: Option<(String, Day)>,
}

/// A worker's caseload as the home page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caseload {
    pub cases: Vec<CaseloadLine>,
    pub lately: Vec<LatelyLine>,
}

/// Something that happened lately in one of the worker's cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatelyLine {
    pub on: Day,
    pub list_name: String,
    pub kind: String,
    pub code: String,
}
