//! Referrals that come back, and the services that come of them.
//!
//! A referral goes to an organization for a need, with what the client agreed to share and a day by which an answer is
//! expected. Every step is kept with its day, who said it and their words, and stands in the record as a case event, so
//! that the evidence sees it. A recipient without an account answers by a link ([`links`]); one that stays silent past
//! the day makes a reminder ([`nudge`]) and, when the worker says so, a barrier. What a barrier or a task is, the
//! neighbouring folders know.

mod commands;
mod links;
mod nudge;
mod states;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::STATEMENTS;

pub use commands::{
    BarrierOf, NewService, Saved, barrier_record, link_new, record_step, save, service_record,
};
pub use links::{ADDRESS_MISSES, Answer, AnswerError, Asked, LINK_DAYS, Link, Opened, answer, open};
pub use nudge::nudge;
pub use states::{Command, Forbidden, State, decide};
pub use store::{
    Loaded, board, contact_before, insert_loaded, of_client, one, open_cases, organizations,
    services_of_client,
};

use super::barriers::BarrierError;
use crate::kernel::access::AccessError;
use crate::kernel::clock::{Day, Instant};
use crate::kernel::codes::System;
use crate::kernel::db::DbError;
use crate::kernel::ids::{AccountId, CaseId, ClientId, ReferralId};

/// An enum with a code for each variant.
macro_rules! coded {
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

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}
use coded;

coded! {
    /// What came of it for the client, whatever the recipient's papers say (HUD PATH).
    Outcome {
        Attained = "attained",
        NotAttained = "not_attained",
        /// Nobody could tell: asked, and not known.
        Unknown = "unknown",
    }
}

coded! {
    Urgency {
        Routine = "routine",
        Soon = "soon",
        Urgent = "urgent",
    }
}

/// The needs a referral can be for: the domains of the Gravity project, and what families we work with ask for besides.
pub const NEEDS: [&str; 30] = [
    "food",
    "housing_instability",
    "homelessness",
    "inadequate_housing",
    "utilities",
    "transport",
    "money",
    "material",
    "education",
    "employment",
    "childcare",
    "child_safety",
    "physical_health",
    "mental_health",
    "substance_use",
    "disability",
    "legal",
    "immigration",
    "language",
    "health_insurance",
    "medical_cost",
    "health_literacy",
    "digital_access",
    "social_connection",
    "stress",
    "partner_violence",
    "elder_abuse",
    "veteran",
    "return_from_custody",
    "other",
];

/// Why a recipient says no, or why it came to nothing: codes of barriers ([`MECHANISMS`](super::barriers::MECHANISMS)),
/// and three that are none.
pub const REASONS: [&str; 15] = [
    "capacity_closed",
    "waitlist",
    "ineligible",
    "age_limit",
    "catchment",
    "documents_missing",
    "coverage_denial",
    "cost",
    "language_access",
    "disability_access",
    "hours",
    "transport",
    NOT_REACHED,
    NOT_WANTED,
    OTHER,
];
const NOT_REACHED: &str = "not_reached";
const NOT_WANTED: &str = "not_wanted";
const OTHER: &str = "other";
/// The reason of a referral that nobody answered, and the code of the barrier that this is.
const NO_RESPONSE: &str = "no_response";

/// The code of the barrier that the way it ended speaks of; None where it says nothing of the kind.
pub fn barrier_code(referral: &Referral) -> Option<&str> {
    match (referral.state, referral.reason.as_str()) {
        (State::Rejected | State::Failed, NOT_REACHED | NOT_WANTED) => None,
        (State::Rejected | State::Failed, OTHER | "") => Some("provider_refusal"),
        (State::Rejected | State::Failed, code) => Some(code),
        _ => None,
    }
}

/// Days in which an answer is expected, unless said otherwise.
pub const ANSWER_DAYS: i64 = 14;
pub const ANSWER_DAYS_MOST: i64 = 90;
/// Where no day was named: days until we ask whether it began, whether there is a place, whether it goes on.
const CHECK_ACCEPTED_DAYS: i64 = 14;
const CHECK_WAITLIST_DAYS: i64 = 30;
const CHECK_IN_PROGRESS_DAYS: i64 = 60;
/// Days after a bad end in which the worker is asked for the barrier.
pub const BARRIER_OFFER_DAYS: i64 = 60;
/// The longest text of one field, in characters.
pub const TEXT_MOST: usize = 2_000;
const LINE_MOST: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    pub id: ReferralId,
    pub case: CaseId,
    pub client: ClientId,
    /// Empty: the recipient is not on our list of organizations.
    pub organization: String,
    pub recipient: String,
    pub system: Option<System>,
    /// Of [`NEEDS`].
    pub need: String,
    /// What is asked for, in words that the recipient reads.
    pub service: String,
    /// Why, for the letter.
    pub why: String,
    /// What is told about the client, and nothing else: what they agreed to.
    pub shares: String,
    pub consented_on: Option<Day>,
    pub urgency: Urgency,
    pub answer_days: i64,
    /// How the recipient reaches the sender.
    pub contact: String,
    pub state: State,
    pub outcome: Option<Outcome>,
    /// Of [`REASONS`], or `no_response`; empty where there is none.
    pub reason: String,
    pub created_on: Day,
    pub sent_on: Option<Day>,
    /// In this state since.
    pub since_on: Day,
    /// By when we should hear from the recipient.
    pub due_on: Option<Day>,
    /// The day the recipient named: of the answer, the beginning, or a free place.
    pub expected_on: Option<Day>,
    pub ended_on: Option<Day>,
    pub sent_by: AccountId,
    pub sent_by_name: String,
    pub version: i64,
    pub has_barrier: bool,
}

/// Something that happened to a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub command: Command,
    /// The state after it.
    pub state: State,
    pub on: Day,
    pub expected_on: Option<Day>,
    pub reason: String,
    pub outcome: Option<Outcome>,
    pub words: String,
    pub said_by: String,
    pub via: Via,
    /// Who recorded it; empty where the recipient did.
    pub recorded_by: String,
    pub recorded_at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Worker,
    /// The recipient, by the link.
    Link,
}

impl Via {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Link => "link",
        }
    }
}

/// A referral with all its steps, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithSteps {
    pub referral: Referral,
    pub steps: Vec<Step>,
    pub link: Option<LinkState>,
}

/// What is known of the link that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkState {
    pub expires_at: Instant,
    pub opened_at: Option<Instant>,
}

/// A line of the board: a referral and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardLine {
    pub referral: Referral,
    /// First name and initial.
    pub client_name: String,
    pub waits: Waits,
}

/// Something the client got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub what: String,
    pub provider: String,
    pub system: Option<System>,
    pub from: Day,
    pub to: Option<Day>,
    pub amount_hundredths: Option<i64>,
    pub unit: String,
    pub note: String,
    pub is_from_referral: bool,
}

/// Units in which a service can be counted; empty for none.
pub const UNITS: [&str; 6] = ["sessions", "hours", "days", "nights", "items", "dollars"];

/// What somebody records about a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    pub command: Command,
    pub on: Day,
    pub expected_on: Option<Day>,
    pub reason: String,
    pub outcome: Option<Outcome>,
    pub words: String,
    pub said_by: String,
}

impl NewStep {
    pub const fn plain(command: Command, on: Day) -> Self {
        Self {
            command,
            on,
            expected_on: None,
            reason: String::new(),
            outcome: None,
            words: String::new(),
            said_by: String::new(),
        }
    }
}

/// A referral as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReferral {
    pub case: CaseId,
    /// An organization of our list, or empty.
    pub organization: String,
    /// The name of a recipient that is not on it.
    pub recipient: String,
    pub system: Option<System>,
    pub need: String,
    pub service: String,
    pub why: String,
    pub shares: String,
    pub consented_on: Option<Day>,
    pub urgency: Urgency,
    pub answer_days: i64,
    pub contact: String,
}

/// Whether it goes out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Send,
    KeepAsDraft,
}

/// What is wrong with what was typed; each belongs to one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Recipient,
    /// A recipient that is not on our list needs its system.
    System,
    Service,
    /// Nothing goes out without the day on which the client agreed.
    Consent,
    ConsentLater,
    AnswerDays,
    Contact,
    TooLong,
    Reason,
    Outcome,
    /// The day of a step lies ahead, or before the referral was sent.
    Day,
    /// The named day lies before the step.
    ExpectedOn,
    What,
    Amount,
    Period,
}

#[derive(Debug, thiserror::Error)]
pub enum ReferralError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("record the referral: {0:?}")]
    Wrong(Vec<Wrong>),
    #[error("record the step: {0}")]
    Forbidden(#[from] Forbidden),
    #[error("record the referral: the case was closed")]
    CaseClosed,
    /// Somebody else was faster.
    #[error("record the step: the referral has changed meanwhile")]
    Changed,
    #[error(transparent)]
    Barrier(#[from] BarrierError),
    #[error("draw the random letters of a link: {0}")]
    Random(getrandom::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is wrong with a referral before it is kept or sent.
pub fn checked(new: &NewReferral, how: How, today: Day) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let is_sent = how == How::Send;
    let is_named = !new.organization.is_empty() || !new.recipient.trim().is_empty();
    if !is_named {
        wrong.push(Wrong::Recipient);
    }
    if is_sent && is_named && new.organization.is_empty() && new.system.is_none() {
        wrong.push(Wrong::System);
    }
    if new.service.trim().is_empty() {
        wrong.push(Wrong::Service);
    }
    match new.consented_on {
        None if is_sent => wrong.push(Wrong::Consent),
        Some(day) if day > today => wrong.push(Wrong::ConsentLater),
        _ => {}
    }
    if !(1..=ANSWER_DAYS_MOST).contains(&new.answer_days) {
        wrong.push(Wrong::AnswerDays);
    }
    if is_sent && new.contact.trim().is_empty() {
        wrong.push(Wrong::Contact);
    }
    let lines = [&new.recipient, &new.service, &new.contact];
    let texts = [&new.why, &new.shares];
    if lines.iter().any(|it| it.chars().count() > LINE_MOST)
        || texts.iter().any(|it| it.chars().count() > TEXT_MOST)
    {
        wrong.push(Wrong::TooLong);
    }
    wrong
}

/// What is wrong with a step before it is recorded on a referral.
pub fn step_checked(referral: &Referral, step: &NewStep, today: Day) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if step.on > today || referral.sent_on.is_some_and(|sent| step.on < sent) {
        wrong.push(Wrong::Day);
    }
    if step.expected_on.is_some_and(|expected| expected < step.on) {
        wrong.push(Wrong::ExpectedOn);
    }
    let needs_reason = matches!(step.command, Command::Reject | Command::Fail);
    if needs_reason && !REASONS.contains(&step.reason.as_str()) {
        wrong.push(Wrong::Reason);
    }
    if step.command == Command::SayOutcome && step.outcome.is_none() {
        wrong.push(Wrong::Outcome);
    }
    if step.words.chars().count() > TEXT_MOST || step.said_by.chars().count() > LINE_MOST {
        wrong.push(Wrong::TooLong);
    }
    wrong
}

/// By when we should hear from the recipient after a step that leads to `state`.
pub fn due_after(state: State, step: &NewStep, answer_days: i64) -> Option<Day> {
    if !state.is_open() {
        return None;
    }
    if step.command == Command::Ask {
        return Some(step.on.plus_days(answer_days));
    }
    let days = match state {
        State::Accepted => CHECK_ACCEPTED_DAYS,
        State::OnHold => CHECK_WAITLIST_DAYS,
        State::InProgress => CHECK_IN_PROGRESS_DAYS,
        _ => answer_days,
    };
    Some(step.expected_on.unwrap_or_else(|| step.on.plus_days(days)))
}

/// Who must act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// We, with what there is to do.
    Worker(Duty),
    Recipient,
    Nobody,
}

/// What a worker has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// It has not gone out.
    Send,
    /// No answer came: ask, or record that there is none.
    Chase,
    CheckBegun,
    CheckPlace,
    CheckGoing,
    /// It is done, says the recipient: what does the client say?
    AskClient,
    /// It came to nothing: what got in the way?
    NameBarrier,
}

impl Duty {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Chase => "chase",
            Self::CheckBegun => "check-begun",
            Self::CheckPlace => "check-place",
            Self::CheckGoing => "check-going",
            Self::AskClient => "ask-client",
            Self::NameBarrier => "name-barrier",
        }
    }
}

/// Who must act next, and for how long it has been so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    pub turn: Turn,
    pub since: Day,
    /// Whole days from `since` to today, not negative.
    pub days: i64,
}

/// Whose turn it is on a day.
pub fn waits(referral: &Referral, today: Day) -> Waits {
    let ended = referral.ended_on.unwrap_or(referral.since_on);
    let (turn, since) = match referral.state {
        State::Draft => (Turn::Worker(Duty::Send), referral.created_on),
        open if open.is_open() => match referral.due_on.filter(|due| *due < today) {
            Some(due) => {
                let duty = match open {
                    State::Accepted => Duty::CheckBegun,
                    State::OnHold => Duty::CheckPlace,
                    State::InProgress => Duty::CheckGoing,
                    _ => Duty::Chase,
                };
                (Turn::Worker(duty), due)
            }
            None if open.is_pending() && open != State::OnHold => {
                (Turn::Recipient, referral.sent_on.unwrap_or(referral.since_on))
            }
            None => (Turn::Recipient, referral.since_on),
        },
        State::Completed if referral.outcome.is_none() => (Turn::Worker(Duty::AskClient), ended),
        State::Rejected | State::Failed if offers_barrier(referral, today) => {
            (Turn::Worker(Duty::NameBarrier), ended)
        }
        _ => (Turn::Nobody, ended),
    };
    Waits { turn, since, days: today.days_since(since).max(0) }
}

/// Whether how it ended is news of a barrier that nobody has recorded.
pub fn offers_barrier(referral: &Referral, today: Day) -> bool {
    matches!(referral.state, State::Rejected | State::Failed)
        && !referral.has_barrier
        && barrier_code(referral).is_some()
        && referral.ended_on.is_some_and(|ended| today.days_since(ended) <= BARRIER_OFFER_DAYS)
}

/// How a referral's days were spent, up to its end or today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ageing {
    /// Since it was sent.
    pub total_days: i64,
    /// Without a promise: no answer, or on a waitlist.
    pub pending_days: i64,
    /// Accepted or under way.
    pub in_process_days: i64,
}

/// Counts the days between the steps of a referral.
pub fn ageing(referral: &Referral, steps: &[Step], today: Day) -> Ageing {
    let until = referral.ended_on.unwrap_or(today);
    let mut ageing = Ageing::default();
    let Some(sent_on) = referral.sent_on else { return ageing };
    ageing.total_days = until.days_since(sent_on).max(0);
    let ends = steps.iter().skip(1).map(|step| step.on).chain([until]);
    for (step, end) in steps.iter().zip(ends) {
        let days = end.min(until).days_since(step.on).max(0);
        if step.state.is_pending() {
            ageing.pending_days += days;
        } else if step.state.is_open() {
            ageing.in_process_days += days;
        }
    }
    ageing
}
