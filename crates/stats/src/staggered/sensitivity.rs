//! How wrong may parallel trends be before the conclusion changes?
//!
//! Relative magnitudes (Rambachan and Roth 2023, doi:10.1093/restud/rdad018): assume that after treatment
//! the difference in trends between two neighbouring periods is at most `m_bar` times the largest one seen
//! before it. The effect `e` periods after treatment is then known up to `m_bar (e + 1)` times that largest
//! difference. The interval here is a projection: it takes the worst case over a region that holds the
//! effect and all differences before treatment at once (multiplier bootstrap). It is valid and wider than the
//! conditional tests of the paper's software, so a conclusion that survives here survives there. At
//! `m_bar = 0` it is the band for the effect alone, made wider by the joint coverage.

use super::aggregate::{Aggregate, Line, Parts};
use super::bootstrap::Draws;
use super::{AttGt, Base, same};

/// The bounds at one `m_bar`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// Time since treatment; `None`: the average over all times from 0 on.
    pub event_time: Option<f64>,
    /// How much larger than before treatment violations may be.
    pub m_bar: f64,
    /// Bounds if estimates before treatment had no error.
    pub identified: (f64, f64),
    /// Bounds with sampling error.
    pub interval: (f64, f64),
}

/// What bounds are wanted for.
struct Target<'a> {
    event_time: Option<f64>,
    att: f64,
    influence: &'a [f64],
    parts: &'a Parts,
    /// Steps from the last period before treatment over which differences can add up.
    steps: f64,
}

/// Why there are no bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoBounds {
    /// Fewer than one difference before treatment that has a standard error.
    NoPre,
    /// No draws, or influence functions that do not vary.
    NoDraws,
}

/// Bounds for the average over all times since treatment and for each of them, at every `m_bar`.
///
/// # Errors
/// [`NoBounds`].
pub fn relative_magnitudes(
    a: &AttGt,
    dynamic: &Aggregate,
    m_bars: &[f64],
    level: f64,
    draws: &Draws,
) -> Result<Vec<Bound>, NoBounds> {
    let reference = -1.0 - a.anticipation;
    let before: Vec<&Line> =
        dynamic.by.iter().filter(|l| l.key < reference || same(l.key, reference)).collect();
    // Differences between neighbouring periods before treatment, with their influence.
    let mut differences: Vec<(f64, Vec<f64>, Parts)> = Vec::new();
    match a.base {
        Base::Varying => {
            for l in before.iter().filter(|l| l.average.se.is_some()) {
                differences.push((l.average.att, l.influence.clone(), l.parts.clone()));
            }
        }
        Base::Universal => {
            for w in before.windows(2) {
                let influence: Vec<f64> =
                    w[1].influence.iter().zip(&w[0].influence).map(|(a, b)| a - b).collect();
                let minus = w[0].parts.iter().map(|(c, f)| (*c, -f));
                let parts = w[1].parts.iter().copied().chain(minus).collect();
                differences.push((w[1].average.att - w[0].average.att, influence, parts));
            }
        }
    }
    differences.retain(|(_, i, _)| a.se(i) > 1e-14);
    if differences.is_empty() {
        return Err(NoBounds::NoPre);
    }
    let largest = differences.iter().map(|(d, _, _)| d.abs()).fold(0.0, f64::max);
    let after: Vec<&Line> = dynamic.by.iter().filter(|l| l.key > -1e-9 && l.average.se.is_some()).collect();
    let mean_steps =
        after.iter().map(|l| l.key + 1.0 + a.anticipation).sum::<f64>() / after.len().max(1) as f64;
    let mut targets: Vec<Target<'_>> = Vec::new();
    if dynamic.overall.se.is_some() {
        targets.push(Target {
            event_time: None,
            att: dynamic.overall.att,
            influence: &dynamic.overall_influence,
            parts: &dynamic.overall_parts,
            steps: mean_steps,
        });
    }
    for l in &after {
        targets.push(Target {
            event_time: Some(l.key),
            att: l.average.att,
            influence: &l.influence,
            parts: &l.parts,
            steps: l.key + 1.0 + a.anticipation,
        });
    }
    let mut out = Vec::new();
    for Target { event_time, att, influence, parts, steps } in targets {
        let mut all: Vec<Parts> = differences.iter().map(|(_, _, p)| p.clone()).collect();
        all.push(parts.clone());
        let c = draws.combinations(&all, level).ok_or(NoBounds::NoDraws)?;
        let worst = differences.iter().map(|(d, i, _)| d.abs() + c * a.se(i)).fold(0.0, f64::max);
        let half = c * a.se(influence);
        for &m_bar in m_bars {
            let known = m_bar * steps * largest;
            let unsure = half + m_bar * steps * worst;
            out.push(Bound {
                event_time,
                m_bar,
                identified: (att - known, att + known),
                interval: (att - unsure, att + unsure),
            });
        }
    }
    Ok(out)
}
