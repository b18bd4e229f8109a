//! Did a change work? From a locked plan to an estimate with its interval, assumptions and verdict.

mod result;

pub use result::{
    Assumption, AssumptionState, ChangeEffect, Coefficient, CohortEffect, CrossCheck, DesignName,
    EffectEstimate, EvaluationResult, EventPoint, Good, GroupResult, Interval, SeriesPoint, Size, Verdict,
};
