//! Assessments: versioned instruments, what was answered, scores and the needs that come out of them.
//!
//! Every question may be left out, and "doesn't know", "prefers not to answer" and "not asked" are kept apart. An
//! assessment is never edited: a correction is a new one that supersedes. Nothing here decides who gets help; a level
//! says what to do next. Whether a score changed is held against the instrument's own error where its makers published
//! one ([`answers::change`]).

mod answers;
mod instrument;
mod store;

pub use answers::{
    Answer, AnswerFault, Answers, Change, NeedNamed, Score, TEXT_MOST, change, needs, read, scores, shows,
};
pub use instrument::{
    Choice, Condition, Direction, Instrument, InstrumentError, Item, ItemKind, Level, Missing, NEEDS, Scale,
    ScaleMethod, Words,
};
pub(crate) use store::STATEMENTS;
pub use store::{
    AssessmentError, Kept, Need, NeedState, NewAssessment, add_instrument, assessment, assessments,
    instrument, instruments, need_close, needs_of, record, record_in,
};

/// The instruments that come with Groundswell, in its own words.
const SHIPPED: [&str; 3] = [
    include_str!("../../../instruments/needs-and-strengths.toml"),
    include_str!("../../../instruments/social-needs.toml"),
    include_str!("../../../instruments/administrative-burden.toml"),
];

listed! {
    /// When in the work an assessment is made (HUD's data collection stages).
    Stage {
        Entry = "entry",
        Update = "update",
        Annual = "annual",
        Exit = "exit",
        AfterExit = "after_exit",
    }
}

#[cfg(test)]
mod tests;
