//! Where does the evidence point at a system? Detectors over cubes, and one bound on false discoveries over all of them.
//!
//! Three detectors look at every outcome (a code of a data set) that can be a problem of a system: groups and areas
//! against the rest (`rates`), neighbouring areas over a stretch of time (`scan`), a series against its own past
//! (`trend`). Every test of every detector, also those that point the other way or are of no size, belongs to one
//! family; Benjamini and Hochberg's procedure over the whole of it gives each its q. A signal is a test with
//! q <= `Options::fdr` that shows *more* than expected, at least [`MIN_RATIO`] times (a large record makes a difference
//! of 2 % certain, and certain is not important), on at least [`MIN_COUNT`] events.
//!
//! An area inside a cluster of the same outcome is not told of twice: its own signal is left out of the list, and the
//! cluster names it among its settings (`areas_explained`) and says so (`caution-areas-explained`).
//!
//! What this module deliberately does not do is judge: a signal says that people should look.

mod facts;
mod rates;
mod scan;
mod score;
mod trend;

#[cfg(test)]
mod runs_tests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::evidence::signals::{
    self, AreaFigure, Detail, Detector, GroupFigure, Method, NewRun, Signal, TrendPoint,
};
use domain::kernel::clock::Day;
use domain::kernel::codes::EventKind;
use domain::kernel::ctx::Ctx;
use domain::kernel::ids::RunId;
use rayon::prelude::*;
use stats::fdr::{FdrMethod, adjust};
use tokio::sync::mpsc;

pub use score::score;

use crate::base::Base;
use crate::cubes::Engine;
use crate::period::Period;
use crate::said::{Caution, Choice, NotLooked, Setting};
use crate::{AnalyticsError, evidence};
use facts::{Facts, Grid, OutcomeFacts};

/// Smallest ratio over the rest that people are told about.
pub const MIN_RATIO: f64 = 1.2;

/// Fewest events of a signal: under it counts are not shown.
pub const MIN_COUNT: u64 = 11;

/// Fewer events than these, and a signal says that its size is uncertain.
const FEW_EVENTS: u64 = 30;

/// Days before the end of a record in which events may still be missing because they are written down late.
const LATE_DAYS: i64 = 28;

/// How to look.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The last day to look at; None: all there is.
    pub until: Option<Day>,
    /// Same evidence and seed, same signals, byte for byte; the number of threads does not matter.
    pub seed: u64,
    /// Random data sets that a space-time scan is compared with.
    pub replicates: u32,
    /// Coverage of intervals.
    pub level: f64,
    /// Accepted share of false discoveries among the signals.
    pub fdr: f64,
    /// Worker threads; 0 is one per core.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { until: None, seed: 1, replicates: 999, level: 0.95, fdr: 0.05, threads: 0 }
    }
}

/// Something a detector could not look at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    pub dataset: String,
    pub kind: EventKind,
    pub code: String,
    pub detector: Detector,
    pub why: NotLooked,
}

impl Note {
    fn stored(&self) -> signals::Note {
        signals::Note {
            dataset: self.dataset.clone(),
            kind: self.kind,
            code: self.code.clone(),
            detector: self.detector,
            key: self.why.key().to_owned(),
        }
    }
}

/// What a run found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Tests of the family, all detectors together.
    pub hypotheses: u64,
    /// Best first.
    pub signals: Vec<Signal>,
    /// Of the evidence that was read.
    pub fingerprint: String,
    pub notes: Vec<Note>,
}

/// One test of the family. Without a candidate it counts but cannot become a signal.
struct Test {
    p: f64,
    candidate: Option<Candidate>,
}

/// What a detector says of one test, before it is known whether it stands.
struct Candidate {
    key: String,
    detector: Detector,
    dimension: String,
    value: String,
    areas: Vec<String>,
    period: Period,
    observed: u64,
    expected: f64,
    ratio: f64,
    lower: f64,
    upper: f64,
    p: f64,
    base: Base,
    method: String,
    replicates: Option<u32>,
    options: Vec<(String, String)>,
    trend: Vec<TrendPoint>,
    /// The map of this signal's own time; None: that of the whole record.
    map: Option<Vec<AreaFigure>>,
}

/// What every signal of one outcome shows besides its own figures.
struct Shared {
    map: Vec<AreaFigure>,
    groups: Vec<GroupFigure>,
    system: String,
    options: Vec<(String, String)>,
}

impl Shared {
    fn new(outcome: &OutcomeFacts, grid: &Grid, groups: Vec<GroupFigure>) -> Self {
        let by_area = grid.by_area();
        let events: u64 = by_area.iter().map(|(n, _)| n).sum();
        let exposure: f64 = by_area.iter().map(|(_, amount)| amount).sum();
        let map = grid
            .areas
            .iter()
            .zip(&by_area)
            .map(|(area, (n, amount))| AreaFigure {
                area: area.clone(),
                observed: *n,
                expected: if exposure > 0.0 { events as f64 * amount / exposure } else { 0.0 },
            })
            .collect();
        // What may make the base of this outcome a poor one, for whoever checks the method.
        let mut options = Vec::new();
        if grid.left_out > 0 {
            options.push(Setting::EventsWithoutPlaceOrBase.of(grid.left_out));
        }
        if grid.is_approximate {
            options.push(Setting::Periods.chosen(Choice::MonthOfFirstDay));
        }
        if let Some(it) = grid.coverage.filter(|it| it.shared_days(outcome.span) < outcome.span.days()) {
            options.push(Setting::BaseCovers.of(format!("{}/{}", it.from, it.to)));
        }
        Self { map, groups, system: outcome.system(), options }
    }

    /// The series over the areas that `within` holds for, beside their share of what their denominators expect.
    fn trend(grid: &Grid, within: impl Fn(usize) -> bool, out: Option<(usize, usize)>) -> Vec<TrendPoint> {
        let all = grid.by_period(|_| true);
        let (events, exposure) =
            all.iter().fold((0, 0.0), |(events, exposure), (n, amount)| (events + n, exposure + amount));
        grid.periods
            .iter()
            .zip(grid.by_period(within))
            .enumerate()
            .map(|(at, (period, (n, amount)))| TrendPoint {
                from: period.from,
                to: period.to,
                observed: n,
                expected: (exposure > 0.0).then(|| events as f64 * amount / exposure),
                upper: None,
                stands_out: out.is_some_and(|(first, last)| (first..=last).contains(&at)),
            })
            .collect()
    }
}

/// What a signal is about, as one text that can stand in an address, e.g. `scan:casework:barrier:waitlist:LW12`. A rerun
/// finds the same key and updates the signal.
fn signal_key(detector: Detector, outcome: &OutcomeFacts, about: &[&str]) -> String {
    let key = &outcome.key;
    let mut parts = vec![detector.code(), &key.dataset, &key.kind, &key.code];
    parts.extend(about);
    parts.into_iter().map(slug).collect::<Vec<_>>().join(":")
}

/// A name as a part of a key: letters, digits, `_`, `.` and `-`. Where another letter had to go, a short hash of the name
/// keeps two names apart.
fn slug(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
    if name.chars().all(fits) {
        return name.to_owned();
    }
    let plain: String = name.chars().map(|letter| if fits(letter) { letter } else { '-' }).collect();
    let hash: String = blake3::hash(name.as_bytes()).to_hex().chars().take(6).collect();
    format!("{plain}.{hash}")
}

/// Where a run is, for the person who waits: stage (`evidence`, `rate_ratio`, `scan`, `trend`, `done`), done, total.
type Step = (&'static str, u64, u64);

/// Looks at everything with every detector and stores what stands out.
///
/// The evidence is topped up first (unless a lake is read, which is as old as its export). All signals and the run's end
/// are stored in one transaction: a run that is cut off leaves the signals of the run before. Errors are stored with the
/// run and returned.
pub async fn identify(
    ctx: &Ctx,
    engine: &Engine,
    options: &Options,
    progress: impl Fn(&str, u64, u64) + Send + Sync,
) -> Result<Outcome, AnalyticsError> {
    let new = NewRun {
        engine: engine.name(),
        seed: options.seed,
        replicates: options.replicates,
        until: options.until,
    };
    let run = signals::run_begin(ctx, &new).await?;
    match look(ctx, engine, options, &run, progress).await {
        Ok(outcome) => Ok(outcome),
        Err(error) => {
            // The run's row is for the people who wait for it; the error itself goes to the caller.
            signals::run_fail(&ctx.later(), &run, &error.to_string()).await?;
            Err(error)
        }
    }
}

async fn look(
    ctx: &Ctx,
    engine: &Engine,
    options: &Options,
    run: &RunId,
    progress: impl Fn(&str, u64, u64) + Send + Sync,
) -> Result<Outcome, AnalyticsError> {
    progress("evidence", 0, 2);
    if engine.is_live() {
        evidence::top_up(ctx).await?;
    }
    progress("evidence", 1, 2);
    signals::run_progress(ctx, run, "evidence", 1, 2).await?;
    let reader = engine.reader().await?;
    let facts = Arc::new(Facts::read(&reader, options).await?);
    drop(reader);

    let (send, mut steps) = mpsc::unbounded_channel::<Step>();
    let work = {
        let (facts, options) = (Arc::clone(&facts), options.clone());
        tokio::task::spawn_blocking(move || detect(&facts, &options, &send))
    };
    let mut stored = ("", 0);
    while let Some((stage, done, total)) = steps.recv().await {
        progress(stage, done, total);
        // The run's row is written at every tenth of a stage, not at every step.
        let tenth = done * 10 / total.max(1);
        if stored != (stage, tenth) {
            stored = (stage, tenth);
            signals::run_progress(ctx, run, stage, done, total).await?;
        }
    }
    let found = work.await.map_err(|_| AnalyticsError::Stopped)??;
    let outcome = Outcome {
        hypotheses: found.hypotheses,
        signals: found.signals,
        fingerprint: facts.fingerprint.clone(),
        notes: found.notes,
    };
    let notes: Vec<signals::Note> = outcome.notes.iter().map(Note::stored).collect();
    signals::run_finish(
        &ctx.later(),
        run,
        &outcome.fingerprint,
        outcome.hypotheses,
        options.seed,
        &outcome.signals,
        &notes,
    )
    .await?;
    progress("done", 1, 1);
    Ok(outcome)
}

struct Found {
    hypotheses: u64,
    signals: Vec<Signal>,
    notes: Vec<Note>,
}

/// The tests of one outcome by one detector.
type Tested = (Vec<Test>, Option<NotLooked>);

fn detect(
    facts: &Facts,
    options: &Options,
    steps: &mpsc::UnboundedSender<Step>,
) -> Result<Found, AnalyticsError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|_| AnalyticsError::Threads(options.threads))?;
    let total = facts.outcomes.len() as u64;
    let done = std::sync::atomic::AtomicU64::new(0);
    let step = |stage: &'static str| {
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        // Nobody listening is no reason to stop.
        let _ = steps.send((stage, done, total));
    };
    let restart = || done.store(0, std::sync::atomic::Ordering::Relaxed);

    let grids: Vec<Grid> = facts.outcomes.iter().map(|outcome| facts.grid(outcome)).collect();
    let pairs: Vec<(&OutcomeFacts, &Grid)> = facts.outcomes.iter().zip(&grids).collect();
    let rated: Vec<(Shared, Tested)> = pool.install(|| {
        pairs
            .par_iter()
            .map(|(outcome, grid)| {
                let dimensions = facts.dimensions(outcome);
                let mut tests = rates::groups(outcome, grid, &dimensions, options);
                tests.extend(rates::areas(outcome, grid, options));
                let shared = Shared::new(outcome, grid, rates::figures(&dimensions, options.level));
                step("rate_ratio");
                (shared, (tests, None))
            })
            .collect()
    });
    restart();
    // A scan uses all threads by itself.
    let scans: Vec<Tested> = pairs
        .iter()
        .map(|(outcome, grid)| {
            let tested = match scan::scan(facts, outcome, grid, options) {
                Ok(tests) => (tests, None),
                Err(why) => (vec![], Some(why)),
            };
            step("scan");
            tested
        })
        .collect();
    restart();
    let trends: Vec<Tested> = pool.install(|| {
        pairs
            .par_iter()
            .map(|(outcome, grid)| {
                let tested = match trend::trend(facts, outcome, grid, options) {
                    Ok(test) => (vec![test], None),
                    Err(why) => (vec![], Some(why)),
                };
                step("trend");
                tested
            })
            .collect()
    });

    let mut notes: BTreeSet<Note> = BTreeSet::new();
    let mut tests: Vec<(usize, Test)> = Vec::new();
    let mut shared: Vec<Shared> = Vec::new();
    for (at, ((of_outcome, rated), (scanned, trend))) in
        rated.into_iter().zip(scans.into_iter().zip(trends)).enumerate()
    {
        shared.push(of_outcome);
        let by_detector = Detector::ALL.into_iter().zip([rated, scanned, trend]);
        for (detector, (made, why)) in by_detector {
            tests.extend(made.into_iter().map(|test| (at, test)));
            if let (Some(why), Some(outcome)) = (why, facts.outcomes.get(at)) {
                let of = outcome.key.clone();
                notes.insert(Note { dataset: of.dataset, kind: outcome.kind, code: of.code, detector, why });
            }
        }
    }
    let hypotheses = tests.len() as u64;
    let signals = kept(facts, tests, &shared, hypotheses, options)?;
    Ok(Found { hypotheses, signals, notes: notes.into_iter().collect() })
}

/// The tests that stand, as signals, best first.
fn kept(
    facts: &Facts,
    tests: Vec<(usize, Test)>,
    shared: &[Shared],
    hypotheses: u64,
    options: &Options,
) -> Result<Vec<Signal>, AnalyticsError> {
    let p: Vec<Option<f64>> = tests.iter().map(|(_, test)| Some(test.p)).collect();
    let q = adjust(&p, FdrMethod::BenjaminiHochberg)?;
    let mut found: Vec<Signal> = Vec::new();
    for ((at, test), q) in tests.into_iter().zip(q) {
        let (Some(candidate), Some(q)) = (test.candidate, q.filter(|q| *q <= options.fdr)) else { continue };
        let (Some(outcome), Some(shared)) = (facts.outcomes.get(at), shared.get(at)) else { continue };
        found.push(signal(outcome, shared, candidate, q, hypotheses, options));
    }
    explained(&mut found);
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.key.cmp(&b.key)));
    Ok(found)
}

fn signal(
    outcome: &OutcomeFacts,
    shared: &Shared,
    it: Candidate,
    q: f64,
    hypotheses: u64,
    options: &Options,
) -> Signal {
    let cautions = cautions(outcome, &it);
    let mut settings = it.options;
    settings.extend(shared.options.iter().cloned());
    // All events inside make the ratio infinite; the interval's lower end is what can be said then.
    let ratio = if it.ratio.is_finite() { it.ratio } else { it.lower };
    Signal {
        key: it.key,
        detector: it.detector,
        dataset: outcome.key.dataset.clone(),
        kind: outcome.kind,
        code: outcome.key.code.clone(),
        system: shared.system.clone(),
        dimension: it.dimension,
        value: it.value,
        areas: it.areas,
        from: it.period.from,
        to: it.period.to,
        observed: it.observed,
        expected: it.expected,
        ratio,
        lower: it.lower,
        upper: it.upper.is_finite().then_some(it.upper),
        p: it.p,
        q,
        score: score(ratio, q, it.observed, it.expected),
        detail: Detail {
            base: it.base.label(),
            areas: it.map.unwrap_or_else(|| shared.map.clone()),
            trend: it.trend,
            groups: shared.groups.clone(),
            method: Method {
                name: it.method,
                replicates: it.replicates,
                seed: options.seed,
                hypotheses,
                options: settings,
            },
            cautions,
        },
    }
}

/// What could fool whoever reads a signal, as message keys of the pages.
fn cautions(outcome: &OutcomeFacts, it: &Candidate) -> Vec<String> {
    let mut keys = vec![Caution::RecordingEffort];
    if it.base == Base::Records {
        keys.push(Caution::NotPrevalence);
    }
    if matches!(it.base, Base::Records | Base::Counts) {
        keys.push(Caution::NoPopulation);
    }
    if it.observed < FEW_EVENTS {
        keys.push(Caution::SmallNumbers);
    }
    if it.detector != Detector::RateRatio && outcome.span.to.days_since(it.period.to) < LATE_DAYS {
        keys.push(Caution::LateRecords);
    }
    keys.into_iter().map(|it| it.key().to_owned()).collect()
}

/// Takes the signals of areas that lie in a cluster of the same outcome out of the list; the cluster names them.
fn explained(found: &mut Vec<Signal>) {
    let of = |signal: &Signal| (signal.dataset.clone(), signal.kind.code(), signal.code.clone());
    let mut inside: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for signal in found.iter().filter(|signal| signal.detector == Detector::Scan) {
        inside.entry(of(signal)).or_default().extend(signal.areas.iter().cloned());
    }
    let is_explained = |signal: &Signal| {
        signal.detector == Detector::RateRatio
            && !signal.areas.is_empty()
            && inside.get(&of(signal)).is_some_and(|areas| signal.areas.iter().all(|it| areas.contains(it)))
    };
    let mut taken: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for signal in found.iter().filter(|signal| is_explained(signal)) {
        taken.entry(of(signal)).or_default().extend(signal.areas.iter().cloned());
    }
    found.retain(|signal| !is_explained(signal));
    for cluster in found.iter_mut().filter(|signal| signal.detector == Detector::Scan) {
        let Some(taken) = taken.get(&of(cluster)) else { continue };
        let named: Vec<&str> =
            cluster.areas.iter().filter(|area| taken.contains(*area)).map(String::as_str).collect();
        if !named.is_empty() {
            cluster.detail.method.options.push((Setting::AreasExplained.key().to_owned(), named.join(", ")));
            cluster.detail.cautions.push(Caution::AreasExplained.key().to_owned());
        }
    }
}
