//! The life of a referral: the statuses of a FHIR Task, and which step leads from which to which.
//!
//! Received is not closed, and closed says nothing of whether the client was helped: that is the
//! [`Outcome`](super::Outcome), which is asked for apart.

use super::coded;

coded! {
    /// Where a referral stands (FHIR Task.status; `ready` is left out, as in the SDOH profiles).
    State {
        Draft = "draft",
        Requested = "requested",
        /// The recipient has seen it and has not decided.
        Received = "received",
        Accepted = "accepted",
        Rejected = "rejected",
        InProgress = "in_progress",
        /// Waits at the recipient's: a waitlist.
        OnHold = "on_hold",
        Cancelled = "cancelled",
        Failed = "failed",
        Completed = "completed",
        EnteredInError = "entered_in_error",
    }
}

coded! {
    /// What can happen to a referral.
    Command {
        Send = "send",
        Receive = "receive",
        Accept = "accept",
        Wait = "wait",
        Start = "start",
        Reject = "reject",
        Complete = "complete",
        /// It was accepted, or waited for, and came to nothing.
        Fail = "fail",
        NoResponse = "no_response",
        /// We asked again.
        Ask = "ask",
        /// The client, or we, do not want it any more.
        Cancel = "cancel",
        /// What came of it for the client, said after it ended.
        SayOutcome = "say_outcome",
        EnterInError = "enter_in_error",
    }
}

impl State {
    /// Whether an answer or a service is still to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Received | Self::Accepted | Self::InProgress | Self::OnHold)
    }

    /// Whether it has ended; a draft has not begun.
    pub const fn is_over(self) -> bool {
        !self.is_open() && !matches!(self, Self::Draft)
    }

    /// Whether the recipient has promised nothing yet: the client waits.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Requested | Self::Received | Self::OnHold)
    }
}

impl Command {
    /// The code of the case event that the step leaves, in the words that the record already has.
    pub const fn event_code(self) -> Option<&'static str> {
        match self {
            Self::Send => Some("sent"),
            Self::Receive => Some("received"),
            Self::Accept => Some("accepted"),
            Self::Wait => Some("waitlisted"),
            Self::Start => Some("started"),
            Self::Reject => Some("declined"),
            Self::Complete => Some("completed"),
            Self::Fail => Some("failed"),
            Self::NoResponse => Some("no_response"),
            Self::Ask => Some("asked_again"),
            Self::Cancel => Some("cancelled"),
            Self::SayOutcome | Self::EnterInError => None,
        }
    }
}

/// The state forbids the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{command} a referral that is {state}")]
pub struct Forbidden {
    pub state: State,
    pub command: Command,
}

/// The state after a step, or that it is not possible now.
///
/// Accepting, receiving and waiting may be said again: the recipient names a new day.
pub const fn decide(state: State, command: Command) -> Result<State, Forbidden> {
    use Command as C;
    use State as S;
    let after = match (state, command) {
        (S::EnteredInError, _) => None,
        (_, C::EnterInError) => Some(S::EnteredInError),
        (S::Draft, C::Send) => Some(S::Requested),
        (S::Draft, C::Cancel) => Some(S::Cancelled),
        (S::Requested | S::Received, C::Receive) => Some(S::Received),
        (S::Requested | S::Received | S::Accepted | S::OnHold, C::Accept) => Some(S::Accepted),
        (S::Requested | S::Received | S::OnHold, C::Reject) => Some(S::Rejected),
        (S::Accepted | S::OnHold, C::Start) => Some(S::InProgress),
        (S::Requested | S::Received | S::Accepted | S::OnHold, C::NoResponse) => Some(S::Failed),
        (open, C::Wait) if open.is_open() => Some(S::OnHold),
        (open, C::Complete) if open.is_open() => Some(S::Completed),
        (open, C::Fail) if open.is_open() => Some(S::Failed),
        (open, C::Cancel) if open.is_open() => Some(S::Cancelled),
        (open, C::Ask) if open.is_open() => Some(open),
        (S::Completed | S::Failed | S::Rejected | S::Cancelled, C::SayOutcome) => Some(state),
        _ => None,
    };
    match after {
        Some(after) => Ok(after),
        None => Err(Forbidden { state, command }),
    }
}
