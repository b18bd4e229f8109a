//! Did a change work? From a locked plan to an estimate with its interval, assumptions and verdict.
//!
//! The series or panel comes from the cubes, zero-filled; `stats::its` or `stats::staggered` estimates; what the result
//! rests on is looked at and said. Where the data cannot carry an estimate there is none, and the [`Refusal`] says what
//! would unlock it. "Cannot tell" is a verdict, and then the smallest change that could have been seen stands beside it.

mod panel;
mod reached;
mod result;
mod rollout;
mod series;

#[cfg(test)]
mod tests;

use domain::evaluation::{Design, Plan, TimeStep};
use domain::kernel::codes::EventKind;
use domain::kernel::ctx::Ctx;
use serde::{Deserialize, Serialize};
use stats::fdr::{FdrMethod, adjust};

pub use result::{
    Assumption, AssumptionState, ChangeEffect, Coefficient, CohortEffect, CrossCheck, DesignName,
    EffectEstimate, EvaluationResult, EventPoint, Good, GroupResult, Interval, PooledEffect, SeriesPoint,
    Size, Step, Verdict,
};

use crate::base::Base;
use crate::cubes::Engine;
use crate::said::{Caution, MethodName, NoGroupEstimate, PMethod, Premise, PremiseFigure};
use crate::{AnalyticsError, evidence};
use panel::{Panel, Source};

/// Coverage of every interval.
const LEVEL: f64 = 0.95;
/// Fewest periods before a change.
pub const MIN_BEFORE: usize = 8;
/// Fewest periods after it.
pub const MIN_AFTER: usize = 3;
/// Standard errors that an effect must reach to be seen in four cases of five at the 5 % level: 1.96 + 0.84.
const VISIBLE: f64 = 2.8;
/// Fewest events of a group, before and after the first change, for an estimate of its own.
const MIN_GROUP_EVENTS: u64 = 11;

/// Why there is no estimate, and what would unlock one: a sentence for the person who planned it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("estimate the change: only {have} whole {} lie before it; at least {need} are needed, so bring in older records", steps(*.step))]
    TooFewBefore { have: usize, need: usize, step: TimeStep },
    #[error("estimate the change: only {have} whole {} lie after it; at least {need} are needed, so come back later", steps(*.step))]
    TooFewAfter { have: usize, need: usize, step: TimeStep },
    #[error(
        "estimate the change: the evidence holds no event of this kind; bring in records or choose another code"
    )]
    NoEvents,
    #[error(
        "estimate the change: the record does not reach over the day of the change; bring in records from before and after it"
    )]
    ChangeOutside,
    #[error(
        "estimate the change: every place began at the same time, so none is left to compare with; add places that began later or never, or choose the design before and after"
    )]
    NoComparison,
    #[error("estimate the change: the counts are over periods longer than a week; choose months")]
    CountsOverLongerPeriods,
    #[error("estimate the change: the evidence holds no event of this group; choose another group")]
    GroupUnknown,
    #[error("estimate the change: no area and no district is called {0}; name it as the map does")]
    PlaceUnknown(String),
    #[error(
        "estimate the change: in most places nobody was at risk in some period; look at a larger group or a longer record"
    )]
    PlacesWithGaps,
    #[error("estimate the change: without it nothing would be left to compare with")]
    NothingExpected,
    #[error("estimate the change: it cannot be told from the trend; bring in a longer record")]
    NotApartFromTrend,
    #[error("estimate the change: {0}")]
    Model(String),
}

/// A refusal as it is kept with its evaluation: what a page needs to say it in its reader's language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalNote {
    /// Message key, one of [`Refusal::KEYS`].
    pub key: String,
    /// Whole periods that there are, that are needed, and how long one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub have: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// A name that the plan gives and the map does not know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
}

impl Refusal {
    /// Every key that a refusal (or a failure of the program, the last) may have.
    pub const KEYS: [&'static str; 13] = [
        "unable-too-few-before",
        "unable-too-few-after",
        "unable-no-events",
        "unable-change-outside",
        "unable-no-comparison",
        "unable-counts-over-longer-periods",
        "unable-group-unknown",
        "unable-place-unknown",
        "unable-places-with-gaps",
        "unable-nothing-expected",
        "unable-not-apart-from-trend",
        "unable-model",
        RefusalNote::BROKEN,
    ];

    /// Message key, `unable-...`, for pages that say it in the reader's language.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::TooFewBefore { .. } => "unable-too-few-before",
            Self::TooFewAfter { .. } => "unable-too-few-after",
            Self::NoEvents => "unable-no-events",
            Self::ChangeOutside => "unable-change-outside",
            Self::NoComparison => "unable-no-comparison",
            Self::CountsOverLongerPeriods => "unable-counts-over-longer-periods",
            Self::GroupUnknown => "unable-group-unknown",
            Self::PlaceUnknown(_) => "unable-place-unknown",
            Self::PlacesWithGaps => "unable-places-with-gaps",
            Self::NothingExpected => "unable-nothing-expected",
            Self::NotApartFromTrend => "unable-not-apart-from-trend",
            Self::Model(_) => "unable-model",
        }
    }

    /// What is kept of it. The text of a model that did not settle is for the log.
    pub fn note(&self) -> RefusalNote {
        let of_key = RefusalNote { key: self.key().to_owned(), ..RefusalNote::default() };
        match self {
            Self::TooFewBefore { have, need, step } | Self::TooFewAfter { have, need, step } => RefusalNote {
                have: Some(*have as u64),
                need: Some(*need as u64),
                step: Some((*step).into()),
                ..of_key
            },
            Self::PlaceUnknown(place) => RefusalNote { place: place.clone(), ..of_key },
            _ => of_key,
        }
    }
}

impl RefusalNote {
    /// The key of a failure that nobody who plans can do anything about.
    pub const BROKEN: &'static str = "unable-broken";
}

impl EstimateError {
    /// What is kept with the evaluation.
    pub fn note(&self) -> RefusalNote {
        match self {
            Self::Refused(refusal) => refusal.note(),
            Self::Broken(_) => RefusalNote { key: RefusalNote::BROKEN.to_owned(), ..RefusalNote::default() },
        }
    }
}

const fn steps(step: TimeStep) -> &'static str {
    match step {
        TimeStep::Week => "weeks",
        TimeStep::Month => "months",
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Broken(#[from] AnalyticsError),
}

/// What an estimator gives; the rest of the result is the plan.
struct Parts {
    method: MethodName,
    step: Step,
    measure: &'static str,
    base: Base,
    size: Size,
    effect: EffectEstimate,
    changes: Vec<ChangeEffect>,
    series: Vec<SeriesPoint>,
    coefficients: Vec<Coefficient>,
    event_study: Vec<EventPoint>,
    cohorts: Vec<CohortEffect>,
    cross_check: Option<CrossCheck>,
    assumptions: Vec<Assumption>,
    cautions: Vec<Caution>,
    options: Vec<(String, String)>,
}

/// Estimates what a plan asks for.
///
/// A plan with a dimension and a value looks at that group only; with a dimension alone it looks at everybody and, beside
/// that, at every group of the dimension by itself (who was reached, and who was not).
pub async fn estimate(ctx: &Ctx, engine: &Engine, plan: &Plan) -> Result<EvaluationResult, EstimateError> {
    if engine.is_live() {
        evidence::top_up(ctx).await?;
    }
    let reader = engine.reader().await?;
    let source = Source::read(&reader, plan, step_of(&plan.design)).await?;
    drop(reader);
    let plan = plan.clone();
    // Minutes of arithmetic at worst: not on the thread that answers requests.
    tokio::task::spawn_blocking(move || from_source(&source, &plan))
        .await
        .map_err(|_| EstimateError::Broken(AnalyticsError::Stopped))?
}

const fn step_of(design: &Design) -> TimeStep {
    match design {
        Design::InterruptedTimeSeries { step, .. } | Design::Staggered { step, .. } => *step,
    }
}

fn from_source(source: &Source, plan: &Plan) -> Result<EvaluationResult, EstimateError> {
    let one_group = (!plan.value.is_empty()).then_some(plan.value.as_str());
    if one_group.is_some_and(|value| !source.groups().any(|group| group == value)) {
        return Err(Refusal::GroupUnknown.into());
    }
    let panel = source.panel(one_group);
    let good = good(plan.kind, &plan.code);
    let mut parts = run(&panel, source, plan, good)?;
    if source.is_approximate {
        parts.cautions.push(Caution::PeriodsApproximate);
    }
    parts.cautions.push(Caution::RecordingEffort);
    let by_group = one_group.is_none() && !plan.dimension.is_empty();
    let groups = if by_group { groups(source, plan, good)? } else { vec![] };
    let is_pooled =
        |it: &GroupResult| it.effect.as_ref().is_some_and(|effect| effect.p_method == PMethod::Pooled.key());
    if groups.iter().any(is_pooled) {
        parts.cautions.push(Caution::SmallGroupsPooled);
    }
    let (Some(first), Some(last)) = (panel.periods.first(), panel.periods.last()) else {
        return Err(Refusal::NoEvents.into());
    };
    Ok(EvaluationResult {
        design: match plan.design {
            Design::InterruptedTimeSeries { .. } => DesignName::InterruptedTimeSeries,
            Design::Staggered { .. } => DesignName::Staggered,
        },
        method: parts.method.key().to_owned(),
        dataset: plan.dataset.clone(),
        kind: plan.kind,
        code: plan.code.clone(),
        dimension: if by_group { String::new() } else { plan.dimension.clone() },
        value: plan.value.clone(),
        step: parts.step,
        from: first.from,
        to: last.to,
        base: parts.base,
        measure: parts.measure.to_owned(),
        level: LEVEL,
        good,
        size: parts.size,
        effect: parts.effect,
        changes: parts.changes,
        series: parts.series,
        coefficients: parts.coefficients,
        event_study: parts.event_study,
        cohorts: parts.cohorts,
        cross_check: parts.cross_check,
        assumptions: parts.assumptions,
        groups_of: if by_group { plan.dimension.clone() } else { String::new() },
        groups,
        cautions: parts.cautions.into_iter().map(|it| it.key().to_owned()).collect(),
        options: parts.options,
        fingerprint: source.fingerprint.clone(),
    })
}

fn run(panel: &Panel, source: &Source, plan: &Plan, good: Good) -> Result<Parts, Refusal> {
    if panel.n_events() == 0 {
        return Err(Refusal::NoEvents);
    }
    match &plan.design {
        Design::InterruptedTimeSeries { changed_on, step, model } => {
            series::estimate(panel, changed_on, *step, *model, good, LEVEL)
        }
        Design::Staggered { starts, step } => {
            rollout::estimate(panel, &source.areas, starts, *step, good, LEVEL)
        }
    }
}

fn groups(source: &Source, plan: &Plan, good: Good) -> Result<Vec<GroupResult>, EstimateError> {
    let first = match &plan.design {
        Design::InterruptedTimeSeries { changed_on, .. } => changed_on.iter().min().copied(),
        Design::Staggered { starts, .. } => starts.iter().filter_map(|start| start.from).min(),
    };
    let everybody = source.panel(None);
    let mut results: Vec<GroupResult> = Vec::new();
    for value in source.groups() {
        let panel = source.panel(Some(value));
        let at = first.and_then(|day| panel.position(day)).unwrap_or(0);
        let (counts, _) = panel.series();
        let before: f64 = counts.iter().take(at).sum();
        let after: f64 = counts.iter().skip(at).sum();
        let few = before.min(after) < MIN_GROUP_EVENTS as f64;
        let (effect, reason) = if few {
            (None, Some(NoGroupEstimate::TooFewEvents))
        } else {
            match run(&panel, source, plan, good) {
                Ok(parts) => (Some(parts.effect), None),
                Err(_) => (None, Some(NoGroupEstimate::NoEstimate)),
            }
        };
        let pooled = match &plan.design {
            Design::Staggered { starts, step } => {
                let cells = rollout::group_cells(&everybody, &panel, &source.areas, starts, *step)?;
                reached::pooled(&cells, good, LEVEL)
            }
            Design::InterruptedTimeSeries { .. } => None,
        };
        let effect = effect.or_else(|| Some(pooled.as_ref()?.effect.clone()));
        let reason = reason.filter(|_| effect.is_none()).map(|it| it.key().to_owned()).unwrap_or_default();
        results.push(GroupResult { value: value.to_owned(), effect, q: None, reason, pooled });
    }
    let p: Vec<Option<f64>> =
        results.iter().map(|result| result.effect.as_ref().and_then(|effect| effect.p)).collect();
    let adjusted = adjust(&p, FdrMethod::BenjaminiHochberg).map_err(AnalyticsError::from)?;
    let against: Vec<Option<f64>> =
        results.iter().map(|result| result.pooled.as_ref().and_then(|it| it.against_others_p)).collect();
    let against_adjusted = adjust(&against, FdrMethod::BenjaminiHochberg).map_err(AnalyticsError::from)?;
    for ((result, q), against_q) in results.iter_mut().zip(adjusted).zip(against_adjusted) {
        result.q = q;
        if let Some(pooled) = &mut result.pooled {
            pooled.against_others_q = against_q;
        }
    }
    Ok(results)
}

/// Whether fewer or more of an outcome is what people hope for.
fn good(kind: EventKind, code: &str) -> Good {
    match kind {
        EventKind::Barrier | EventKind::Crisis | EventKind::Decision => Good::Fewer,
        EventKind::Referral if matches!(code, "declined" | "no_response") => Good::Fewer,
        EventKind::Referral | EventKind::Service | EventKind::Contact => Good::More,
    }
}

/// Better or worse only when the interval leaves out "no change" and p says the same.
fn verdict(percent: Interval, p: Option<f64>, good: Good) -> Verdict {
    if p.is_none_or(|p| p > 1.0 - LEVEL) {
        return Verdict::CannotTell;
    }
    match (percent.upper < 0.0, percent.lower > 0.0, good) {
        (true, _, Good::Fewer) | (_, true, Good::More) => Verdict::Better,
        (true, _, Good::More) | (_, true, Good::Fewer) => Verdict::Worse,
        (false, false, _) => Verdict::CannotTell,
    }
}

/// Same direction, and no further apart than one standard error of the headline.
fn agrees(effect: &EffectEstimate, other: Interval) -> bool {
    let se = (effect.percent.upper - effect.percent.lower) / (2.0 * 1.96);
    let apart = (effect.percent.value - other.value).abs();
    apart <= se && effect.percent.value * other.value >= 0.0
}

fn assumption(premise: Premise, state: AssumptionState, figures: &[(PremiseFigure, String)]) -> Assumption {
    Assumption {
        key: premise.key().to_owned(),
        state,
        figures: figures.iter().map(|(figure, value)| (figure.key().to_owned(), value.clone())).collect(),
    }
}
