//! Crises: what happened to a client that should not happen to anyone, what came before, and whether it had to be.
//!
//! A crisis is a row of what happened in the case, with its setting, level and systems beside it; recording one takes
//! a tap and a day. What came before ([`candidates`]) is drawn from the client's own record and ticked by the worker; the
//! review says whether it could have been prevented, what was tried and what was missing, and may record the barrier it
//! found in the same step. This folder knows nothing of how crises are counted over many clients.

mod kinds;
mod store;
#[cfg(test)]
mod tests;

pub use kinds::{CRISES, CrisisKind, crisis_kind};
pub(crate) use store::STATEMENTS;
pub use store::{
    HeldReview, board, candidates, correct, crises, details_insert, record, record_in, review, tick, usage,
    withdraw,
};

use crate::kernel::access::AccessError;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::{System, codes};
use crate::kernel::db::DbError;
use crate::kernel::ids::{CaseId, ClientId};

use super::barriers::{BarrierError, Judgement, NewBarrier, TEXT_MOST};

codes! {
    /// Where it happened.
    Setting {
        Home = "home",
        School = "school",
        Street = "street",
        Hospital = "hospital",
        Shelter = "shelter",
        /// A foster family or a group home.
        Placement = "placement",
        Custody = "custody",
        Work = "work",
        Office = "office",
        Elsewhere = "elsewhere",
    }
}

codes! {
    /// How fast somebody must act.
    CrisisLevel {
        Immediate = "1",
        /// Within 24 hours.
        Day = "2",
        /// Within three days.
        ThreeDays = "3",
    }
}

impl CrisisLevel {
    const fn number(self) -> i64 {
        match self {
            Self::Immediate => 1,
            Self::Day => 2,
            Self::ThreeDays => 3,
        }
    }
}

/// A crisis to be recorded: [`NewCrisis::new`] is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCrisis {
    /// A code of [`CRISES`].
    pub code: String,
    pub occurred_on: Day,
    /// The last day of something that lasted.
    pub ended_on: Option<Day>,
    /// None: the kind's usual one.
    pub level: Option<CrisisLevel>,
    pub setting: Option<Setting>,
    pub foreseeable: Option<Judgement>,
    /// The systems that had a part in it; the first is the one that the record counts it under. Empty: the kind's own.
    pub systems: Vec<System>,
    pub note: String,
}

impl NewCrisis {
    pub fn new(code: impl Into<String>, occurred_on: Day) -> Self {
        Self {
            code: code.into(),
            occurred_on,
            ended_on: None,
            level: None,
            setting: None,
            foreseeable: None,
            systems: Vec::new(),
            note: String::new(),
        }
    }
}

/// A crisis as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crisis {
    /// Stays the same when the crisis is corrected.
    pub id: String,
    pub event_id: String,
    pub case: CaseId,
    pub code: String,
    pub occurred_on: Day,
    pub ended_on: Option<Day>,
    pub level: CrisisLevel,
    pub setting: Option<Setting>,
    pub foreseeable: Option<Judgement>,
    pub systems: Vec<System>,
    pub note: String,
    pub recorded_at: Instant,
    pub recorded_by: String,
    /// Ids of the rows of what happened before, as ticked.
    pub antecedents: Vec<String>,
    pub review: Option<Review>,
}

/// What a look back found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub preventable: Judgement,
    pub tried: String,
    pub missing: String,
    /// The mechanism that stood in the way; empty for none.
    pub barrier_code: String,
    pub on: Day,
    pub by: String,
    /// Counts up; a form holds the one it was filled from.
    pub version: i64,
}

/// A review to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    pub preventable: Judgement,
    pub tried: String,
    pub missing: String,
    /// The mechanism that stood in the way; empty for none. With `record`, the barrier is recorded too.
    pub barrier_code: String,
    pub record: Option<NewBarrier>,
    /// The version that the caller saw; 0 when there was no review.
    pub version: i64,
}

/// Something that happened before a crisis and may have led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub event_id: String,
    pub kind: String,
    pub code: String,
    pub system: String,
    pub organization_name: String,
    pub occurred_on: Day,
    /// What tends to lead to a crisis: a referral that failed, a waitlist, another barrier.
    pub is_suggested: bool,
    pub is_ticked: bool,
}

/// How far back antecedents are looked for.
pub const BEFORE_DAYS: i64 = 90;

/// Days after which a crisis without a review is overdue, unless a supervisor asks for another number.
pub const REVIEW_DAYS: i64 = 14;

/// What a supervisor sees: the newest crises of the clients that exist for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Board {
    /// Not reviewed, the oldest first.
    pub open: Vec<BoardLine>,
    /// Reviewed or not, the newest first.
    pub newest: Vec<BoardLine>,
    /// Number by kind over the last year, the most frequent first: code, all, of those reviewed, of those preventable
    /// at least in part.
    pub kinds: Vec<BoardKind>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardLine {
    pub id: String,
    pub client: ClientId,
    /// First name and initial.
    pub list_name: String,
    pub worker: String,
    pub code: String,
    pub level: CrisisLevel,
    pub occurred_on: Day,
    pub preventable: Option<Judgement>,
    /// Full days since it happened.
    pub days: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardKind {
    pub code: String,
    pub n: u64,
    pub n_reviewed: u64,
    pub n_preventable: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum CrisisError {
    #[error("record the crisis: choose what happened from the list")]
    Code,
    #[error("record the crisis: its day lies in the future")]
    Future,
    #[error("record the crisis: it cannot end before it began")]
    Ended,
    #[error("record the crisis: a text is longer than {TEXT_MOST} characters")]
    TooLong,
    #[error("change the crisis: somebody else changed it meanwhile")]
    ChangedMeanwhile,
    #[error("find the crisis")]
    NotFound,
    /// The barrier that the review found could not be recorded.
    #[error(transparent)]
    Barrier(BarrierError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<AccessError> for CrisisError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::NotFound,
            AccessError::Db(error) => Self::Db(error),
        }
    }
}

/// A crisis that may be written: what was not said is the kind's usual.
fn checked(new: &NewCrisis, today: Day) -> Result<NewCrisis, CrisisError> {
    let kind = crisis_kind(&new.code).ok_or(CrisisError::Code)?;
    if new.occurred_on > today || new.ended_on.is_some_and(|day| day > today) {
        return Err(CrisisError::Future);
    }
    if new.ended_on.is_some_and(|day| day < new.occurred_on) {
        return Err(CrisisError::Ended);
    }
    let mut systems: Vec<System> = Vec::new();
    for system in new.systems.iter().copied() {
        if !systems.contains(&system) {
            systems.push(system);
        }
    }
    if systems.is_empty() {
        systems.extend(kind.system);
    }
    let level = new.level.or(Some(kind.level));
    Ok(NewCrisis { level, systems, note: short(&new.note)?, ..new.clone() })
}

fn short(text: &str) -> Result<String, CrisisError> {
    let text = text.trim();
    if text.chars().count() > TEXT_MOST { Err(CrisisError::TooLong) } else { Ok(text.to_owned()) }
}

/// Whether something that happened is likely to have led to a crisis: a referral that came to nothing, a waitlist, or
/// another barrier.
fn is_likely(kind: &str, code: &str) -> bool {
    match kind {
        "barrier" => true,
        "referral" => FAILED_REFERRALS.contains(&code),
        _ => false,
    }
}

/// Codes of referral steps that say that nothing came of it.
const FAILED_REFERRALS: [&str; 6] =
    ["declined", "no_response", "rejected", "failed", "cancelled", "withdrawn"];

/// The order in which candidates are offered: failed referrals and waitlists, other barriers, decisions, the rest.
fn rank(kind: &str, code: &str) -> u8 {
    match kind {
        "referral" if FAILED_REFERRALS.contains(&code) => 0,
        "barrier" if code == "waitlist" => 0,
        "barrier" => 1,
        "decision" | "crisis" => 2,
        "referral" | "service" => 3,
        _ => 4,
    }
}

/// The kinds in the order in which they are offered: the agency's most frequent first.
pub fn ranked(usage: &[(String, u64)]) -> Vec<&'static CrisisKind> {
    let of = |code: &str| usage.iter().find(|(it, _)| it == code).map_or(0, |(_, n)| *n);
    let mut ranked: Vec<&'static CrisisKind> = CRISES.iter().collect();
    ranked.sort_by_key(|kind| std::cmp::Reverse(of(kind.code)));
    ranked
}
