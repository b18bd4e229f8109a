//! What a case needs, from its facts alone: the reasons on the caseload board, and the reminders that become tasks.

use crate::casework::cases::CaseState;
use crate::kernel::clock::Day;

/// Days without a contact after which a client counts as quiet.
pub const QUIET_DAYS: i64 = 28;

/// Days in which a new client should have been met.
pub const FIRST_CONTACT_DAYS: i64 = 5;

/// Days before its date on which a plan's review is asked for.
const REVIEW_AHEAD_DAYS: i64 = 7;

/// Days after a crisis in which nobody has spoken with the client: how much the board puts it ahead of other needs.
const CRISIS_AHEAD_DAYS: i64 = 60;

/// What the rules look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    pub state: CaseState,
    pub opened_on: Day,
    /// The last contact that reached the client.
    pub last_contact_on: Option<Day>,
    /// The newest crisis.
    pub crisis_on: Option<Day>,
    /// The earliest day on which an open task that somebody wrote asks for work. Reminders do not count: their
    /// occasion stands here itself.
    pub next_due_on: Option<Day>,
    /// The next open task that is a visit or a court date.
    pub next_date_on: Option<Day>,
    /// The waitlist's date, or the end of a hold.
    pub review_on: Option<Day>,
    pub plan_review_on: Option<Day>,
}

/// A reason for action, with the day it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A crisis, and no contact since.
    Crisis(Day),
    /// A task is due or overdue.
    Due(Day),
    /// A visit or a court date is today or tomorrow.
    DateNear(Day),
    /// Nobody has met a new client yet; the day the case was opened.
    NoFirstContact(Day),
    /// No contact since this day.
    Quiet(Day),
    /// The plan should be reviewed by this day.
    PlanReview(Day),
    /// The waitlist's date has passed.
    WaitlistOver(Day),
    /// The hold was to end on this day.
    HoldOver(Day),
}

impl Need {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Crisis(_) => "crisis",
            Self::Due(_) => "due",
            Self::DateNear(_) => "date_near",
            Self::NoFirstContact(_) => "no_first_contact",
            Self::Quiet(_) => "quiet",
            Self::PlanReview(_) => "plan_review",
            Self::WaitlistOver(_) => "waitlist_over",
            Self::HoldOver(_) => "hold_over",
        }
    }

    pub const fn day(self) -> Day {
        match self {
            Self::Crisis(day)
            | Self::Due(day)
            | Self::DateNear(day)
            | Self::NoFirstContact(day)
            | Self::Quiet(day)
            | Self::PlanReview(day)
            | Self::WaitlistOver(day)
            | Self::HoldOver(day) => day,
        }
    }

    /// The first day on which it is one.
    fn begins_on(self) -> Day {
        match self {
            Self::Crisis(day) | Self::Due(day) => day,
            Self::DateNear(day) => day.plus_days(-1),
            Self::NoFirstContact(opened) => opened.plus_days(FIRST_CONTACT_DAYS + 1),
            Self::Quiet(last) => last.plus_days(QUIET_DAYS + 1),
            Self::PlanReview(day) => day.plus_days(-REVIEW_AHEAD_DAYS),
            Self::WaitlistOver(day) | Self::HoldOver(day) => day.plus_days(1),
        }
    }

    /// Where it stands on the board beside the others: the earlier the more urgent.
    fn rank_on(self) -> Day {
        match self {
            Self::Crisis(_) => self.begins_on().plus_days(-CRISIS_AHEAD_DAYS),
            _ => self.begins_on(),
        }
    }
}

/// Everything that is or will be a need if nothing happens.
fn coming(facts: &CaseFacts) -> Vec<Need> {
    let mut needs = Vec::new();
    if facts.state.is_closed() {
        return needs;
    }
    let unanswered = facts.crisis_on.filter(|crisis| facts.last_contact_on.is_none_or(|last| last < *crisis));
    needs.extend(unanswered.map(Need::Crisis));
    needs.extend(facts.next_due_on.map(Need::Due));
    needs.extend(facts.next_date_on.map(Need::DateNear));
    if facts.state == CaseState::Active {
        match facts.last_contact_on {
            None => needs.push(Need::NoFirstContact(facts.opened_on)),
            Some(last) => needs.push(Need::Quiet(last)),
        }
        needs.extend(facts.plan_review_on.map(Need::PlanReview));
    }
    match facts.state {
        CaseState::Waitlist => needs.extend(facts.review_on.map(Need::WaitlistOver)),
        CaseState::OnHold => needs.extend(facts.review_on.map(Need::HoldOver)),
        _ => {}
    }
    needs
}

/// The needs of a case today, the most urgent first.
pub fn needs(facts: &CaseFacts, today: Day) -> Vec<Need> {
    let mut needs = coming(facts);
    needs.retain(|need| need.begins_on() <= today);
    needs.sort_by_key(|need| need.rank_on());
    // A visit that is due today is one need, not two.
    if needs.iter().any(|need| matches!(need, Need::DateNear(_))) {
        let near: Vec<Day> =
            needs.iter().filter(|it| matches!(it, Need::DateNear(_))).map(|it| it.day()).collect();
        needs.retain(|need| !matches!(need, Need::Due(day) if near.contains(day)));
    }
    needs
}

/// The day from which an open case needs action, put ahead for what weighs more: the order of the board. A case that
/// nothing will ever ask about stands last. None: the case is closed.
pub fn begins_on(facts: &CaseFacts) -> Option<Day> {
    if facts.state.is_closed() {
        return None;
    }
    Some(coming(facts).into_iter().map(Need::rank_on).min().unwrap_or(Day::LAST))
}

/// A task that a rule wants written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Within the case: the rule's code and the day that it is about, so that the same occasion reminds once.
    pub key: String,
    pub due_on: Day,
}

/// The reminders of a case today. Dates and due tasks have a task already; a crisis has a page of its own.
pub fn reminders(facts: &CaseFacts, today: Day) -> Vec<Reminder> {
    needs(facts, today)
        .into_iter()
        .filter_map(|need| {
            let due_on = match need {
                Need::Crisis(_) | Need::Due(_) | Need::DateNear(_) => return None,
                Need::PlanReview(day) => day,
                Need::NoFirstContact(_) | Need::Quiet(_) | Need::WaitlistOver(_) | Need::HoldOver(_) => {
                    need.begins_on()
                }
            };
            Some(Reminder { key: format!("{}:{}", need.code(), need.day()), due_on })
        })
        .collect()
}
