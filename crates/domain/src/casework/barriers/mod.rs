//! Barriers: what got in the way of a client, coded once so that it can be counted many ways.
//!
//! A barrier is a row of what happened in the case ([`EventKind::Barrier`](crate::kernel::codes::EventKind)), with its
//! axes beside it. One tap on a mechanism sets them all ([`Mechanism`]); whoever knows more says more. A correction is a
//! new row that supersedes the old one, and from then on only the new one counts. How a barrier ended is a fact of its
//! own. This folder counts other clients only as far as [`others`] hands the count to the privacy gate; it knows
//! nothing of signals.

mod axes;
mod mechanisms;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use axes::{
    Access, Burden, Confidence, How, Judgement, Level, Locus, NeedDomain, Severity, Verb, Verification,
};
pub use mechanisms::{LIST_VERSION, MECHANISMS, Mechanism, mechanism};
pub(crate) use store::STATEMENTS;
pub use store::{
    barriers, cases_to_record_in, correct, details_insert, events_recorded, organizations, others, record,
    record_in, reopen, resolve, resolve_in, usage, versions, withdraw,
};

use privacy::Disclosed;

use crate::kernel::access::AccessError;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::System;
use crate::kernel::db::DbError;
use crate::kernel::ids::CaseId;

/// A barrier to be recorded: [`NewBarrier::new`] is enough, everything else may stay as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBarrier {
    /// A code of [`MECHANISMS`].
    pub code: String,
    pub system: Option<System>,
    /// The id of the organization that it happened at; empty for none.
    pub organization: String,
    pub occurred_on: Day,
    /// What the worker notes about it.
    pub note: String,
    pub details: Details,
}

impl NewBarrier {
    pub fn new(code: impl Into<String>, occurred_on: Day) -> Self {
        Self {
            code: code.into(),
            system: None,
            organization: String::new(),
            occurred_on,
            note: String::new(),
            details: Details::default(),
        }
    }
}

/// The axes and what else is known. None: not said, and for burden, access, locus, severity and verb the
/// mechanism's own value is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    pub burden: Option<Burden>,
    pub access: Option<Access>,
    pub locus: Option<Locus>,
    pub severity: Option<Severity>,
    pub domain: Option<NeedDomain>,
    pub verb: Option<Verb>,
    pub preventable: Option<Judgement>,
    pub confidence: Option<Confidence>,
    /// None counts as unverified.
    pub verification: Option<Verification>,
    /// The rule or form that stood in the way, by name.
    pub rule: String,
    /// What the client or the worker did instead.
    pub workaround: String,
    /// What it cost the client: days lost, and money in the smallest unit of the agency's currency.
    pub cost_days: Option<u32>,
    pub cost_cents: Option<u32>,
    /// In the client's own words.
    pub own_words: String,
}

impl Details {
    /// The details with the mechanism's own values where nothing was said.
    #[must_use]
    pub fn or_usual_for(self, code: &str) -> Self {
        let Some(usual) = mechanism(code) else { return self };
        Self {
            burden: self.burden.or(Some(usual.burden)),
            access: self.access.or(Some(usual.access)),
            locus: self.locus.or(Some(usual.locus)),
            severity: self.severity.or(Some(usual.severity)),
            verb: self.verb.or(Some(usual.verb)),
            verification: self.verification.or(Some(Verification::Unverified)),
            ..self
        }
    }
}

/// A barrier as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barrier {
    /// Stays the same when the barrier is corrected.
    pub id: String,
    /// The row of what happened that holds now.
    pub event_id: String,
    pub case: CaseId,
    pub code: String,
    pub system: Option<System>,
    pub organization: String,
    pub organization_name: String,
    pub occurred_on: Day,
    pub note: String,
    pub recorded_at: Instant,
    /// Name of who recorded the row that holds now.
    pub recorded_by: String,
    pub details: Details,
    pub resolution: Option<Resolution>,
}

/// How a barrier ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    pub on: Day,
    pub how: How,
    pub note: String,
}

/// One of the rows that a barrier went through, for its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub code: String,
    pub occurred_on: Day,
    pub recorded_at: Instant,
    pub recorded_by: String,
}

/// Something that happened, as [`events_recorded`] hands it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub id: String,
    pub case: CaseId,
    pub kind: String,
    pub code: String,
    pub system: Option<System>,
    pub occurred_on: Day,
    pub recorded_by: String,
}

/// How often a mechanism was recorded lately: by this worker, and by the whole agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    pub code: String,
    pub n_own: u64,
    pub n_agency: u64,
}

/// Where the others were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In the client's area.
    Area,
    /// In the whole agency: too few in the area to say.
    Agency,
}

/// How many other clients met the same lately.
#[derive(Debug, Clone, PartialEq)]
pub struct Others {
    pub code: String,
    pub scope: Where,
    pub count: Disclosed<u64>,
}

/// Days that "lately" reaches back.
pub const LATELY_DAYS: i64 = 365;

/// The longest free text of a barrier, in characters.
pub const TEXT_MOST: usize = 2_000;
/// The most days that a barrier may have cost: ten years.
pub const COST_DAYS_MOST: u32 = 3_653;

#[derive(Debug, thiserror::Error)]
pub enum BarrierError {
    #[error("record the barrier: choose what got in the way from the list")]
    Code,
    #[error("record the barrier: its day lies in the future")]
    Future,
    #[error("record the barrier: no organization has this id")]
    Organization,
    #[error("record the barrier: a text is longer than {TEXT_MOST} characters")]
    TooLong,
    #[error("record the barrier: it cannot have cost more than {COST_DAYS_MOST} days")]
    CostDays,
    #[error("close the barrier: that day is before it happened or in the future")]
    ResolvedOn,
    /// Somebody corrected or closed it since the caller looked.
    #[error("change the barrier: somebody else changed it meanwhile")]
    ChangedMeanwhile,
    #[error("find the barrier")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<AccessError> for BarrierError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::NotFound => Self::NotFound,
            AccessError::Db(error) => Self::Db(error),
        }
    }
}

/// A barrier that may be written: the texts trimmed, the mechanism's own values filled in.
fn checked(new: &NewBarrier, today: Day) -> Result<NewBarrier, BarrierError> {
    if mechanism(&new.code).is_none() {
        return Err(BarrierError::Code);
    }
    if new.occurred_on > today {
        return Err(BarrierError::Future);
    }
    let text = |text: &str| {
        let text = text.trim();
        if text.chars().count() > TEXT_MOST { Err(BarrierError::TooLong) } else { Ok(text.to_owned()) }
    };
    if new.details.cost_days.is_some_and(|days| days > COST_DAYS_MOST) {
        return Err(BarrierError::CostDays);
    }
    let details = Details {
        rule: text(&new.details.rule)?,
        workaround: text(&new.details.workaround)?,
        own_words: text(&new.details.own_words)?,
        ..new.details.clone()
    };
    Ok(NewBarrier { note: text(&new.note)?, details: details.or_usual_for(&new.code), ..new.clone() })
}

/// The mechanisms in the order in which they are offered: those this worker records most, then the agency's, then the
/// list's own order.
pub fn ranked(usage: &[Usage]) -> Vec<&'static Mechanism> {
    let of =
        |code: &str| usage.iter().find(|it| it.code == code).map_or((0, 0), |it| (it.n_own, it.n_agency));
    let mut ranked: Vec<&'static Mechanism> = MECHANISMS.iter().collect();
    ranked.sort_by_key(|mechanism| std::cmp::Reverse(of(mechanism.code)));
    ranked
}
