//! Cases and what happens in them.
//!
//! A case is an episode of work with a client. What happens (a contact, a barrier, a crisis, a referral step, a service)
//! is appended with the day it happened apart from the moment it was recorded; a correction is a new row that
//! supersedes. This folder knows nothing of signals or causes: evidence reads from it by watermark.

/// Words of a fixed list that stand in a column as their code.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }
        }
    };
}

pub mod assessments;
pub mod barriers;
pub mod caseload;
pub mod cases;
pub mod contacts;
pub mod crises;
pub mod drafts;
pub mod intake;
pub mod plans;
pub mod quick_log;
pub mod referrals;
pub mod reviews;
mod store;
pub mod tasks;
#[cfg(test)]
pub(crate) mod test_bench;
pub mod timeline;

pub(crate) use store::STATEMENTS;
pub(crate) use store::event_withdraw;
pub use store::{cases_insert, event_ids, events_insert};

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
