//! What an estimate says, as it is stored and as pages read it.
//!
//! Counts here are exact: whoever shows them passes them through the privacy gate first (a point of a series may be
//! small). Figures of groups with few events are left out already.

use domain::evaluation::TimeStep;
use domain::kernel::clock::Day;
use domain::kernel::codes::EventKind;
use serde::{Deserialize, Serialize};

use crate::base::Base;
use crate::said::Choice;

/// How long a period of a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Week,
    Month,
    Quarter,
}

impl Step {
    /// Its word in keys: `week`, `month` or `quarter`.
    pub const fn code(self) -> &'static str {
        self.choice().key()
    }

    pub(crate) const fn choice(self) -> Choice {
        match self {
            Self::Week => Choice::Week,
            Self::Month => Choice::Month,
            Self::Quarter => Choice::Quarter,
        }
    }
}

impl From<TimeStep> for Step {
    fn from(step: TimeStep) -> Self {
        match step {
            TimeStep::Week => Self::Week,
            TimeStep::Month => Self::Month,
        }
    }
}

/// A value with its interval at `EvaluationResult::level`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub value: f64,
    pub lower: f64,
    pub upper: f64,
}

/// Which way the outcome moved, from the point of view of the people it happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Better,
    Worse,
    CannotTell,
}

/// Whether less of the outcome is good news (barriers, crises, denials) or more of it is (services received).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    Fewer,
    More,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesignName {
    InterruptedTimeSeries,
    Staggered,
}

/// How sure one may be of what an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssumptionState {
    /// Looked at, and nothing speaks against it.
    Checked,
    /// Looked at, and it is shaky.
    Weak,
    /// The data cannot say.
    CannotBeChecked,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assumption {
    /// Message key, `assumption-...`.
    pub key: String,
    pub state: AssumptionState,
    /// The figures behind the state, name to value, e.g. `durbin_watson` `1.92`.
    pub figures: Vec<(String, String)>,
}

/// What the change did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectEstimate {
    /// Change in percent of what was to be expected without it; -30 is three tenths fewer.
    pub percent: Interval,
    /// Events after the change (in the places that have it).
    pub observed: f64,
    /// Events to be expected there without it.
    pub expected: Interval,
    /// Two-sided p of "nothing changed".
    pub p: Option<f64>,
    /// How p was found: `wald` or `shuffle`.
    pub p_method: String,
    /// The smallest change, in percent, that data like these would show in four cases of five.
    pub smallest_visible_percent: Option<f64>,
    pub verdict: Verdict,
}

/// One change of an interrupted series, when there are several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeEffect {
    pub on: Day,
    /// Change of the level in percent.
    pub percent: Interval,
    pub p: Option<f64>,
    pub observed: f64,
    pub expected: Interval,
}

/// A point of the series. For a staggered design: the treated places taken together, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesPoint {
    pub from: Day,
    pub to: Day,
    pub observed: f64,
    pub exposure: Option<f64>,
    /// What the model says.
    pub fitted: Option<Interval>,
    /// What it says of the same point had nothing changed.
    pub counterfactual: Option<Interval>,
    pub after: bool,
}

/// A coefficient of the regression; on the log scale for counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    pub name: String,
    pub estimate: Option<f64>,
    pub se: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub p: Option<f64>,
}

/// The effect at one time since the change, in the unit of `EvaluationResult::measure`; negative times are before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventPoint {
    /// Periods since the change; 0 is its first period.
    pub since: i64,
    pub effect: f64,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// The band that holds for all points at once.
    pub band_lower: Option<f64>,
    pub band_upper: Option<f64>,
    /// The period just before the change, to which all are compared: 0 by definition.
    pub is_reference: bool,
}

/// Places that began together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortEffect {
    pub from: Day,
    pub places: u64,
    pub effect: f64,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// A second estimator with other assumptions, beside the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossCheck {
    /// `imputation` (Borusyak, Jaravel and Spiess) or `level_and_slope`.
    pub method: String,
    pub percent: Interval,
    /// Same direction and less than one standard error apart.
    pub agrees: bool,
}

/// The same estimate for one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupResult {
    pub value: String,
    /// None: too few events, or the group's own series cannot carry an estimate.
    pub effect: Option<EffectEstimate>,
    /// p adjusted for the number of groups looked at.
    pub q: Option<f64>,
    /// Why there is no estimate, as a message key `reason-...`, else empty.
    pub reason: String,
    /// Places and times of a roll-out taken together: needs fewer events, assumes more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<PooledEffect>,
}

/// What a roll-out did to one group, by a regression over all places and times, and whether it reached the group less than
/// everybody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PooledEffect {
    /// Stands for the group's own estimate where the group has too few events for one.
    pub effect: EffectEstimate,
    /// Events of the group that the regression read.
    pub events: f64,
    /// The ratio of the group's rate with the change to its rate without it, over the same ratio of everybody else: 1.4
    /// where the others' rate fell by three tenths and the group's did not. None: it cannot be told.
    pub against_others: Option<Interval>,
    /// Two-sided p of "as the others".
    pub against_others_p: Option<f64>,
    /// That p, adjusted for the number of groups looked at.
    pub against_others_q: Option<f64>,
}

/// How much data an estimate stands on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub events: u64,
    pub periods_before: u64,
    pub periods_after: u64,
    pub places_changed: u64,
    pub places_compared: u64,
    /// Units that decide on their own when to begin (districts, where the starts were given by district).
    pub deciding_units: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationResult {
    pub design: DesignName,
    /// Page under docs/method.
    pub method: String,
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    /// The one group looked at, or empty.
    pub dimension: String,
    pub value: String,
    /// How long a period of the series is. A roll-out with few events may be estimated by quarters where months were asked
    /// for.
    pub step: Step,
    pub from: Day,
    pub to: Day,
    pub base: Base,
    /// `events`, or `rate_per_1000` of the base.
    pub measure: String,
    pub level: f64,
    pub good: Good,
    pub size: Size,
    pub effect: EffectEstimate,
    pub changes: Vec<ChangeEffect>,
    pub series: Vec<SeriesPoint>,
    pub coefficients: Vec<Coefficient>,
    pub event_study: Vec<EventPoint>,
    pub cohorts: Vec<CohortEffect>,
    pub cross_check: Option<CrossCheck>,
    pub assumptions: Vec<Assumption>,
    pub groups_of: String,
    pub groups: Vec<GroupResult>,
    /// Message keys.
    pub cautions: Vec<String>,
    /// Settings, name to value.
    pub options: Vec<(String, String)>,
    /// Of the evidence that was read.
    pub fingerprint: String,
}
