//! Dates that differ by place: Callaway and Sant'Anna's estimate, places not begun yet as the comparison.
//!
//! The outcome is events per 1,000 of the base (or the count, where there is none), areas are weighted by their base.
//! The headline averages each cohort over its periods, then the cohorts by size. Where fewer than 30 units decide for
//! themselves when to begin (districts, say), its p and its interval are those of a shuffle of the dates among them: an
//! area's standard error would pretend that ten areas of one district are ten decisions. All other errors are the larger of
//! that by area and that summed by deciding unit.

use std::collections::BTreeMap;

use domain::evaluation::{PlaceStart, TimeStep};
use stats::staggered::aggregate::{self, Aggregate, Average};
use stats::staggered::{
    AttGt, Base as StatsBase, Controls, Options, Panel as StatsPanel, att_gt, bootstrap, imputation, prepare,
};

use super::panel::Panel;
use super::reached::Cell;
use super::result::{
    Assumption, AssumptionState, CohortEffect, CrossCheck, EffectEstimate, EventPoint, Good, Interval,
    SeriesPoint, Size, Step,
};
use super::{MIN_AFTER, MIN_BEFORE, Parts, Refusal, VISIBLE, assumption, verdict};
use crate::base::Base;
use crate::cubes::AreaRow;
use crate::said::{Caution, Choice, MethodName, PMethod, Premise, PremiseFigure, Setting};

/// Months that are joined where single ones hold too little.
const QUARTER: usize = 3;
const WEEKS_OF_QUARTER: usize = 13;
/// Events per area and month under which months are joined: the estimate rests on the one period before the change, and
/// of one or two events that is noise.
const THIN: f64 = 3.0;

/// Shuffles of the dates.
const SHUFFLES: u64 = 499;
/// Draws behind the band that holds for all points at once.
const DRAWS: usize = 999;
const SEED: u64 = 1;
/// With fewer units that decide, p and the interval come from the shuffle.
const MANY_UNITS: usize = 30;
/// With fewer units that have begun, errors that are summed by unit are too small.
const FEW_CLUSTERS: usize = 10;

/// Areas with their first treated period and the unit that decided.
struct Units {
    /// Row of the panel of each area that is used.
    rows: Vec<usize>,
    /// Which deciding unit each belongs to.
    unit_of: Vec<usize>,
    /// First treated period of each deciding unit.
    starts: Vec<Option<f64>>,
    dropped: usize,
}

impl Units {
    /// Whether some areas share a unit that decides for them.
    fn are_shared(&self) -> bool {
        self.starts.len() < self.rows.len()
    }
}

pub(super) fn estimate(
    panel: &Panel,
    areas: &[AreaRow],
    starts: &[PlaceStart],
    step: TimeStep,
    good: Good,
    level: f64,
) -> Result<Parts, Refusal> {
    known(areas, panel, starts)?;
    check(panel, &units(panel, areas, starts, Gaps::Kept)?, step)?;
    let joined = thicker(panel, starts, step);
    let step = if joined.is_some() { Step::Quarter } else { step.into() };
    let panel = joined.as_ref().unwrap_or(panel);
    let units = units(panel, areas, starts, Gaps::LeftOut)?;
    check_comparison(&units)?;
    if units.dropped > units.rows.len() {
        return Err(Refusal::PlacesWithGaps);
    }
    let columns = Columns::new(panel, &units);
    let fits = Fits::new(&columns, &units)?;
    let found = &fits.by_area;
    let group = fits.average(aggregate::group).ok_or(Refusal::NoComparison)?;
    let calendar = fits.average(aggregate::calendar);

    let treated = Treated::new(panel, &units, found);
    let expected_rate = treated.rate() - group.overall.att;
    if expected_rate <= 0.0 || expected_rate.is_nan() {
        return Err(Refusal::NothingExpected);
    }
    let shuffle =
        (units.starts.len() < MANY_UNITS).then(|| shuffled(&columns, &units, group.overall.att, level));
    let effect = effect(&group.overall, expected_rate, &treated, shuffle, good, level);
    let cross_check = cross_check(&columns, &units, expected_rate, &effect, level);

    let places_changed = units.unit_of.iter().filter(|unit| has_started(&units, **unit)).count();
    let earliest = units.starts.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let before = panel.periods.iter().enumerate().filter(|(at, _)| (*at as f64) < earliest).count();
    let size = Size {
        events: columns.events,
        periods_before: before as u64,
        periods_after: (panel.periods.len() - before) as u64,
        places_changed: places_changed as u64,
        places_compared: (units.rows.len() - places_changed) as u64,
        deciding_units: units.starts.len() as u64,
    };
    let mut cautions = Vec::new();
    if units.dropped > 0 {
        cautions.push(Caution::PlacesLeftOut);
    }
    if step == Step::Quarter {
        cautions.push(Caution::MonthsJoined);
    }
    if panel.exposure.is_none() {
        cautions.push(Caution::CountsNotRates);
    }
    if found.cut_from.is_some() {
        cautions.push(Caution::LastPlacesAreComparison);
    }
    if units.are_shared() && units.starts.iter().flatten().count() < FEW_CLUSTERS {
        cautions.push(Caution::FewClusters);
    }
    if cross_check.as_ref().is_some_and(|it| !it.agrees) {
        cautions.push(Caution::EstimatorsDisagree);
    }
    let event_study = event_study(&fits, level);
    Ok(Parts {
        measure: if panel.exposure.is_some() { "rate_per_1000" } else { "events" },
        base: if panel.exposure.is_some() { panel.base.clone() } else { Base::Counts },
        series: series(panel, &units, calendar.as_ref(), level),
        coefficients: vec![],
        assumptions: assumptions(found, &event_study, &units, before, step),
        options: vec![
            Setting::Step.chosen(step.choice()),
            Setting::Controls.chosen(Choice::NotYetBegun),
            Setting::BasePeriod.chosen(Choice::Universal),
            Setting::Weights.chosen(if panel.exposure.is_some() {
                Choice::BaseOfArea
            } else {
                Choice::Equal
            }),
            Setting::Headline.chosen(Choice::CohortsBySize),
            if shuffle.is_some() {
                Setting::Shuffles.of(SHUFFLES)
            } else {
                Setting::Shuffles.chosen(Choice::None)
            },
            Setting::PlacesLeftOut.of(units.dropped),
        ],
        method: MethodName::Staggered,
        step,
        changes: vec![],
        cohorts: cohorts(panel, found, &group, level),
        event_study,
        effect,
        cross_check,
        size,
        cautions,
    })
}

fn has_started(units: &Units, unit: usize) -> bool {
    units.starts.get(unit).copied().flatten().is_some()
}

/// Every name of the plan is that of an area or of a district.
fn known(areas: &[AreaRow], panel: &Panel, starts: &[PlaceStart]) -> Result<(), Refusal> {
    let is_known = |name: &str| {
        panel.areas.iter().any(|area| area == name)
            || areas.iter().any(|area| area.code == name || area.parent == name)
    };
    match starts.iter().find(|start| !is_known(&start.area)) {
        Some(start) => Err(Refusal::PlaceUnknown(start.area.clone())),
        None => Ok(()),
    }
}

/// The panel by quarters, where its months hold too little. Quarters begin with the first change.
fn thicker(panel: &Panel, starts: &[PlaceStart], step: TimeStep) -> Option<Panel> {
    let cells = panel.areas.iter().filter(|area| !area.is_empty()).count() * panel.periods.len();
    if step != TimeStep::Month || panel.n_events() as f64 >= THIN * cells as f64 {
        return None;
    }
    let first = panel.position(starts.iter().filter_map(|start| start.from).min()?)?;
    Some(panel.joined(QUARTER, first))
}

/// What happens to areas that have nobody at risk in some period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gaps {
    Kept,
    LeftOut,
}

/// Who is in the panel, and when each begins. A name that is no area is the district (parent) of areas.
fn units(panel: &Panel, areas: &[AreaRow], starts: &[PlaceStart], gaps: Gaps) -> Result<Units, Refusal> {
    let parents: BTreeMap<&str, &str> =
        areas.iter().map(|area| (area.code.as_str(), area.parent.as_str())).collect();
    let by_name: BTreeMap<&str, &PlaceStart> =
        starts.iter().map(|start| (start.area.as_str(), start)).collect();
    let by_district = starts.iter().any(|start| parents.values().any(|parent| *parent == start.area));
    let width = panel.periods.len();
    let mut units = Units { rows: vec![], unit_of: vec![], starts: vec![], dropped: 0 };
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for (row, area) in panel.areas.iter().enumerate() {
        if area.is_empty() {
            continue;
        }
        let at_risk = panel
            .exposure
            .as_ref()
            .is_none_or(|amounts| amounts.iter().skip(row * width).take(width).all(|amount| *amount > 0.0));
        if gaps == Gaps::LeftOut && !at_risk {
            units.dropped += 1;
            continue;
        }
        let parent = parents.get(area.as_str()).copied().unwrap_or("");
        let (name, start) = match (by_name.get(area.as_str()), by_name.get(parent)) {
            (Some(start), _) => (area.clone(), start.from),
            (None, Some(start)) => (parent.to_owned(), start.from),
            (None, None) if by_district && !parent.is_empty() => (parent.to_owned(), None),
            (None, None) => (area.clone(), None),
        };
        let next = numbers.len();
        let number = *numbers.entry(name).or_insert(next);
        if number == next {
            // A start after the last period is none yet; the period in which it falls is the first treated one.
            units.starts.push(start.and_then(|day| panel.position(day)).map(|at| at as f64));
        }
        units.rows.push(row);
        units.unit_of.push(number);
    }
    if units.rows.is_empty() {
        return Err(Refusal::NoComparison);
    }
    Ok(units)
}

/// One group's events beside everybody else's, by area and period; units that began before the record are left out.
pub(super) fn group_cells(
    everybody: &Panel,
    group: &Panel,
    areas: &[AreaRow],
    starts: &[PlaceStart],
    step: TimeStep,
) -> Result<Vec<Cell>, Refusal> {
    let units = units(everybody, areas, starts, Gaps::Kept)?;
    let width = everybody.periods.len();
    let stretch = match step {
        TimeStep::Month => QUARTER,
        TimeStep::Week => WEEKS_OF_QUARTER,
    };
    let mut cells = Vec::new();
    for (&row, &unit) in units.rows.iter().zip(&units.unit_of) {
        let start = units.starts.get(unit).copied().flatten();
        if start.is_some_and(|at| at <= 0.0) {
            continue;
        }
        let of_group = everybody.areas.get(row).and_then(|area| group.areas.binary_search(area).ok());
        for at in 0..width {
            let count = |panel: &Panel, row: usize| panel.counts.get(row * width + at).copied().unwrap_or(0);
            let events = of_group.map_or(0, |row| count(group, row));
            let exposure = match (&group.exposure, of_group) {
                (None, _) => 1.0,
                (Some(amounts), Some(row)) => amounts.get(row * width + at).copied().unwrap_or(0.0),
                (Some(_), None) => 0.0,
            };
            cells.push(Cell {
                area: row,
                unit,
                stretch: at / stretch,
                events: events as f64,
                others: count(everybody, row).saturating_sub(events) as f64,
                exposure,
                begun: start.is_some_and(|start| at as f64 >= start),
            });
        }
    }
    Ok(cells)
}

fn check(panel: &Panel, units: &Units, step: TimeStep) -> Result<(), Refusal> {
    let begun: Vec<f64> = units.starts.iter().flatten().copied().filter(|at| *at > 0.0).collect();
    let Some(latest) = begun.iter().copied().reduce(f64::max) else { return Err(Refusal::ChangeOutside) };
    let earliest = begun.iter().copied().fold(f64::INFINITY, f64::min);
    let count = |of: &dyn Fn(f64) -> bool| (0..panel.periods.len()).filter(|at| of(*at as f64)).count();
    // One cohort with a long enough past carries the estimate; the others have shorter ones.
    let before = count(&|at| at < latest);
    if before < MIN_BEFORE {
        return Err(Refusal::TooFewBefore { have: before, need: MIN_BEFORE, step });
    }
    let after = count(&|at| at >= earliest);
    if after < MIN_AFTER {
        return Err(Refusal::TooFewAfter { have: after, need: MIN_AFTER, step });
    }
    check_comparison(units)
}

/// Somebody began within the record, and somebody else later or never.
fn check_comparison(units: &Units) -> Result<(), Refusal> {
    let Some(latest) = units.starts.iter().flatten().copied().filter(|at| *at > 0.0).reduce(f64::max) else {
        return Err(Refusal::NoComparison);
    };
    let is_one_date = units.starts.iter().all(|start| start.is_some_and(|at| (at - latest).abs() < 0.5));
    if is_one_date { Err(Refusal::NoComparison) } else { Ok(()) }
}

/// The panel as the estimator reads it, without the dates.
#[derive(Debug, Clone)]
struct Columns {
    unit: Vec<usize>,
    time: Vec<f64>,
    outcome: Vec<f64>,
    weights: Option<Vec<f64>>,
    events: u64,
}

impl Columns {
    fn new(panel: &Panel, units: &Units) -> Self {
        let width = panel.periods.len();
        let mut columns = Self { unit: vec![], time: vec![], outcome: vec![], weights: None, events: 0 };
        let mut weights = Vec::new();
        for (unit, &row) in units.rows.iter().enumerate() {
            let amounts = panel.exposure.as_ref().and_then(|all| all.get(row * width..(row + 1) * width));
            let mean = amounts.map_or(1.0, |amounts| amounts.iter().sum::<f64>() / width as f64);
            for at in 0..width {
                let count = panel.counts.get(row * width + at).copied().unwrap_or(0);
                columns.events += count;
                columns.unit.push(unit);
                columns.time.push(at as f64);
                columns.outcome.push(match amounts.and_then(|amounts| amounts.get(at)) {
                    Some(amount) => 1000.0 * count as f64 / amount,
                    None => count as f64,
                });
                weights.push(mean);
            }
        }
        columns.weights = panel.exposure.is_some().then_some(weights);
        columns
    }

    /// First treated period of each row, when the deciding units have these starts.
    fn first_treated(&self, units: &Units, starts: &[Option<f64>]) -> Vec<Option<f64>> {
        self.unit
            .iter()
            .map(|unit| units.unit_of.get(*unit).and_then(|number| starts.get(*number)).copied().flatten())
            .collect()
    }

    /// The deciding unit of each row.
    fn deciding(&self, units: &Units) -> Vec<usize> {
        self.unit.iter().filter_map(|unit| units.unit_of.get(*unit).copied()).collect()
    }

    fn panel<'a>(&'a self, first_treated: &'a [Option<f64>], cluster: Option<&'a [usize]>) -> StatsPanel<'a> {
        StatsPanel {
            unit: &self.unit,
            time: &self.time,
            outcome: &self.outcome,
            first_treated,
            covariates: &[],
            weights: self.weights.as_deref(),
            cluster,
        }
    }
}

/// The estimate with errors by area and, where areas share a unit that decides for them, by unit too.
///
/// The larger one counts. By area, ten areas of one district are taken for ten decisions. By unit, a cohort of one unit has
/// no error at all, for its influences add up to nothing.
struct Fits {
    by_area: AttGt,
    by_unit: Option<AttGt>,
}

impl Fits {
    fn new(columns: &Columns, units: &Units) -> Result<Self, Refusal> {
        let first_treated = columns.first_treated(units, &units.starts);
        let by_area = fit(columns, &first_treated, None)?;
        let by_unit = if units.are_shared() {
            Some(fit(columns, &first_treated, Some(&columns.deciding(units)))?)
        } else {
            None
        };
        Ok(Self { by_area, by_unit })
    }

    fn average(&self, of: fn(&AttGt) -> Option<Aggregate>) -> Option<Aggregate> {
        let mut found = of(&self.by_area)?;
        if let Some(by_unit) = self.by_unit.as_ref().and_then(of) {
            found.overall.se = larger(found.overall.se, by_unit.overall.se);
            for (line, other) in found.by.iter_mut().zip(&by_unit.by) {
                line.average.se = larger(line.average.se, other.average.se);
            }
        }
        Some(found)
    }
}

fn larger(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

fn fit(
    columns: &Columns,
    first_treated: &[Option<f64>],
    cluster: Option<&[usize]>,
) -> Result<AttGt, Refusal> {
    let wrong = |error: stats::staggered::Error| match error {
        stats::staggered::Error::NoControls | stats::staggered::Error::NoNever => Refusal::NoComparison,
        stats::staggered::Error::NoTreated => Refusal::ChangeOutside,
        other => Refusal::Model(other.to_string()),
    };
    let prepared = prepare(columns.panel(first_treated, cluster)).map_err(wrong)?;
    let options = Options { controls: Controls::NotYet, base: StatsBase::Universal, ..Options::default() };
    att_gt(&prepared, &options).map_err(wrong)
}

/// What was seen in treated places after their start.
struct Treated {
    events: f64,
    exposure: f64,
    per: f64,
}

impl Treated {
    fn new(panel: &Panel, units: &Units, found: &AttGt) -> Self {
        let width = panel.periods.len();
        let mut it =
            Self { events: 0.0, exposure: 0.0, per: if panel.exposure.is_some() { 1000.0 } else { 1.0 } };
        for (&row, unit) in units.rows.iter().zip(&units.unit_of) {
            let Some(start) = units.starts.get(*unit).copied().flatten().filter(|at| *at > 0.0) else {
                continue;
            };
            for at in 0..width {
                let is_in = at as f64 >= start && found.cut_from.is_none_or(|cut| (at as f64) < cut);
                if is_in {
                    let cell = row * width + at;
                    it.events += panel.counts.get(cell).copied().unwrap_or(0) as f64;
                    it.exposure += panel
                        .exposure
                        .as_ref()
                        .map_or(1.0, |amounts| amounts.get(cell).copied().unwrap_or(0.0));
                }
            }
        }
        it
    }

    fn rate(&self) -> f64 {
        self.per * self.events / self.exposure.max(f64::MIN_POSITIVE)
    }
}

fn effect(
    overall: &Average,
    expected_rate: f64,
    treated: &Treated,
    shuffle: Option<Shuffled>,
    good: Good,
    level: f64,
) -> EffectEstimate {
    let percent = |att: f64| 100.0 * att / expected_rate;
    let (lower, upper) = match &shuffle {
        Some(shuffle) => (shuffle.lower, shuffle.upper),
        None => overall.interval(level).unwrap_or((f64::NEG_INFINITY, f64::INFINITY)),
    };
    let interval = Interval {
        value: percent(overall.att),
        // Without a limit nothing is excluded: from all gone to ten times as many.
        lower: if lower.is_finite() { percent(lower) } else { -100.0 },
        upper: if upper.is_finite() { percent(upper) } else { 900.0 },
    };
    let events = |att: f64| (treated.events - att * treated.exposure / treated.per).max(0.0);
    let p = shuffle.as_ref().map(|it| it.p).or_else(|| overall.p());
    // The error that such an interval would have if it were a normal one.
    let se = (upper - lower) / (2.0 * 1.96);
    EffectEstimate {
        percent: interval,
        observed: treated.events,
        expected: Interval {
            value: events(overall.att),
            lower: if upper.is_finite() { events(upper) } else { 0.0 },
            upper: if lower.is_finite() { events(lower) } else { treated.events * 10.0 },
        },
        p,
        p_method: if shuffle.is_some() { PMethod::Shuffle } else { PMethod::Wald }.key().to_owned(),
        smallest_visible_percent: se.is_finite().then(|| percent(VISIBLE * se)),
        verdict: verdict(interval, p, good),
    }
}

/// What shuffles of the dates among the deciding units say.
#[derive(Debug, Clone, Copy)]
struct Shuffled {
    /// The share of shuffles that give an effect at least as large: (1 + b) / (1 + B).
    p: f64,
    /// The effects, in the outcome's unit, that the same test would not reject; infinite where too few shuffles differ.
    lower: f64,
    upper: f64,
}

/// Shuffles the dates among the deciding units, whatever the number of their areas (Fisher's randomisation test), and turns
/// the test round into an interval, for an effect that is the same wherever and whenever it has begun.
///
/// The estimate is linear in the outcome. With an effect `t` taken out of the outcome, a shuffle that gives `a` for the
/// outcome and `b` for "has begun" gives `a - t b`, and the true dates `observed - t`. A shuffle speaks for `t` where
/// |a - t b| >= |observed - t|: between two roots, found once.
/// References: Rosenbaum 2002, Covariance adjustment in randomized experiments, 10.1214/ss/1042727942; MacKinnon and Webb
/// 2020, 10.1016/j.jeconom.2020.04.024 (few treated clusters).
fn shuffled(columns: &Columns, units: &Units, observed: f64, level: f64) -> Shuffled {
    let begun = columns.first_treated(units, &units.starts);
    let outcome = begun.iter().zip(&columns.time).map(|(start, time)| match start {
        Some(start) if time >= start => 1.0,
        _ => 0.0,
    });
    let has_begun = Columns { outcome: outcome.collect(), ..columns.clone() };
    let mut random = Random(SEED);
    let mut reached = 0_u64;
    let (mut lowers, mut uppers) = (Vec::new(), Vec::new());
    let mut starts = units.starts.clone();
    for _ in 0..SHUFFLES {
        random.shuffle(&mut starts);
        let first_treated = columns.first_treated(units, &starts);
        let att = |columns: &Columns| {
            let found = fit(columns, &first_treated, None).ok()?;
            Some(aggregate::group(&found)?.overall.att)
        };
        // A shuffle that cannot be estimated speaks for every effect.
        let (a, b) = att(columns).zip(att(&has_begun)).unwrap_or((f64::INFINITY, 1.0));
        reached += u64::from(a.abs() >= observed.abs() * (1.0 - 1e-12));
        let is_told_apart = b.abs() < 1.0 - 1e-9;
        let (one, other) = ((observed - a) / (1.0 - b), (observed + a) / (1.0 + b));
        lowers.push(if is_told_apart { one.min(other) } else { f64::NEG_INFINITY });
        uppers.push(if is_told_apart { one.max(other) } else { f64::INFINITY });
    }
    lowers.sort_by(f64::total_cmp);
    uppers.sort_by(|one, other| other.total_cmp(one));
    let all = (1 + SHUFFLES) as f64;
    // An effect stands while (1 + number that speak for it) / (1 + B) is over 1 - level.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to SHUFFLES"
    )]
    let needed = ((1.0 - level) * all + 1e-9).floor() as usize;
    let limit =
        |of: &[f64], none: f64| needed.checked_sub(1).and_then(|at| of.get(at)).copied().unwrap_or(none);
    Shuffled {
        p: (1 + reached) as f64 / all,
        lower: limit(&lowers, f64::NEG_INFINITY),
        upper: limit(&uppers, f64::INFINITY),
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014, 10.1145/2714064.2660195): a few hundred shuffles need no more.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            // The bias of a remainder is of the order of the list's length over 2^64.
            let other = usize::try_from(self.next() % (last as u64 + 1)).unwrap_or(0);
            list.swap(last, other);
        }
    }
}

fn cross_check(
    columns: &Columns,
    units: &Units,
    expected_rate: f64,
    effect: &EffectEstimate,
    level: f64,
) -> Option<CrossCheck> {
    let first_treated = columns.first_treated(units, &units.starts);
    let by = |cluster: Option<&[usize]>| {
        let prepared = prepare(columns.panel(&first_treated, cluster)).ok()?;
        Some(imputation::imputation(&prepared, 0).ok()?.overall)
    };
    let mut overall = by(None)?;
    if units.are_shared() {
        overall.se = larger(overall.se, by(Some(&columns.deciding(units))).and_then(|it| it.se));
    }
    let (lower, upper) = overall.interval(level)?;
    let percent = |att: f64| 100.0 * att / expected_rate;
    let found = Interval { value: percent(overall.att), lower: percent(lower), upper: percent(upper) };
    Some(CrossCheck {
        method: MethodName::Imputation.key().to_owned(),
        percent: found,
        agrees: super::agrees(effect, found),
    })
}

fn event_study(fits: &Fits, level: f64) -> Vec<EventPoint> {
    let Some(dynamic) = fits.average(aggregate::dynamic) else { return vec![] };
    // Draws by unit would be a handful of different ones; their shape is that of the areas, their size the larger error's.
    let band = aggregate::dynamic(&fits.by_area)
        .and_then(|by_area| bootstrap::critical_value_lines(&by_area.by, level, DRAWS, SEED));
    dynamic
        .by
        .iter()
        .map(|line| {
            let interval = line.average.interval(level);
            let half = band.zip(line.average.se).map(|(critical, se)| critical * se);
            let since = whole(line.key);
            EventPoint {
                since,
                effect: line.average.att,
                lower: interval.map(|it| it.0),
                upper: interval.map(|it| it.1),
                band_lower: half.map(|half| line.average.att - half),
                band_upper: half.map(|half| line.average.att + half),
                is_reference: since == -1,
            }
        })
        .collect()
}

/// A number of periods, which is whole already.
fn whole(periods: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a difference of two positions in a list")]
    let whole = periods.round() as i64;
    whole
}

fn cohorts(panel: &Panel, found: &AttGt, group: &Aggregate, level: f64) -> Vec<CohortEffect> {
    group
        .by
        .iter()
        .filter_map(|line| {
            let at = usize::try_from(whole(line.key)).ok()?;
            let size =
                found.groups.iter().zip(&found.cohort_sizes).find(|(g, _)| (**g - line.key).abs() < 0.5)?;
            let interval = line.average.interval(level);
            Some(CohortEffect {
                from: panel.periods.get(at)?.from,
                places: *size.1 as u64,
                effect: line.average.att,
                lower: interval.map(|it| it.0),
                upper: interval.map(|it| it.1),
            })
        })
        .collect()
}

/// The places that begin at some time, taken together, and what they would have shown without.
fn series(panel: &Panel, units: &Units, calendar: Option<&Aggregate>, level: f64) -> Vec<SeriesPoint> {
    let width = panel.periods.len();
    let per = if panel.exposure.is_some() { 1000.0 } else { 1.0 };
    let mut points = Vec::with_capacity(width);
    for (at, period) in panel.periods.iter().enumerate() {
        let (mut observed, mut exposure, mut begun) = (0.0, 0.0, 0.0);
        for (&row, unit) in units.rows.iter().zip(&units.unit_of) {
            let Some(start) = units.starts.get(*unit).copied().flatten().filter(|start| *start > 0.0) else {
                continue;
            };
            let cell = row * width + at;
            let amount = panel.exposure.as_ref().map_or(1.0, |all| all.get(cell).copied().unwrap_or(0.0));
            observed += panel.counts.get(cell).copied().unwrap_or(0) as f64;
            exposure += amount;
            if at as f64 >= start {
                begun += amount;
            }
        }
        let line = calendar
            .and_then(|it| it.by.iter().find(|line| (line.key - at as f64).abs() < 0.5))
            .filter(|_| begun > 0.0);
        let without = |att: f64| (observed - att * begun / per).max(0.0);
        let counterfactual = line.and_then(|line| {
            let (lower, upper) = line.average.interval(level)?;
            Some(Interval { value: without(line.average.att), lower: without(upper), upper: without(lower) })
        });
        points.push(SeriesPoint {
            from: period.from,
            to: period.to,
            observed,
            exposure: panel.exposure.as_ref().map(|_| exposure),
            fitted: None,
            counterfactual,
            after: begun > 0.0,
        });
    }
    points
}

fn assumptions(
    found: &AttGt,
    study: &[EventPoint],
    units: &Units,
    before: usize,
    step: Step,
) -> Vec<Assumption> {
    use AssumptionState::{CannotBeChecked, Checked, Weak};
    let past: Vec<&EventPoint> = study.iter().filter(|it| it.since < -1 && it.band_lower.is_some()).collect();
    let outside = past
        .iter()
        .filter(|it| it.band_lower.is_some_and(|low| low > 0.0) || it.band_upper.is_some_and(|up| up < 0.0))
        .count();
    let mut figures = vec![
        (PremiseFigure::PointsBefore, past.len().to_string()),
        (PremiseFigure::OutsideTheBand, outside.to_string()),
    ];
    if let Some(test) = &found.pretest {
        figures.push((PremiseFigure::PretestP, format!("{:.3}", test.p)));
    }
    let diverged = outside > 0 || found.pretest.is_some_and(|test| test.p < 0.05);
    // No point before the change says nothing in favour of parallel ways.
    let parallel = if past.len() < 3 {
        CannotBeChecked
    } else if diverged {
        Weak
    } else {
        Checked
    };
    let changed = units.starts.iter().flatten().count();
    let compared = units.starts.len() - changed;
    // Two years of months are two years of quarters too.
    let (enough, past_figure) = match step {
        Step::Quarter => (before * QUARTER, (PremiseFigure::MonthsBefore, (before * QUARTER).to_string())),
        Step::Week | Step::Month => (before, (PremiseFigure::Before, before.to_string())),
    };
    vec![
        assumption(Premise::ParallelBefore, parallel, &figures),
        assumption(
            Premise::EnoughPlaces,
            if changed >= 10 { Checked } else { Weak },
            &[(PremiseFigure::Changed, changed.to_string()), (PremiseFigure::Compared, compared.to_string())],
        ),
        assumption(Premise::EnoughPoints, if enough >= 24 { Checked } else { Weak }, &[past_figure]),
        assumption(Premise::NoAnticipation, CannotBeChecked, &[]),
        assumption(Premise::NoSpillOver, CannotBeChecked, &[]),
        assumption(Premise::RecordingUnchanged, CannotBeChecked, &[]),
    ]
}
