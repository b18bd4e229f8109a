//! The search for the best window: exact, though it looks closely at very few windows.
//!
//! A table of 1,000 locations by 104 weeks has half a million circles and two thousand million
//! cylinders, to be searched again in every replicate. Three observations make that cheap:
//!
//! 1. **A better window lies beyond a straight line.** The likelihood ratio is convex in (cases,
//!    measure), so the windows that beat a given level lie beyond a bent boundary, which a few chords
//!    replace on the safe side (`likelihood::Boundary`).
//! 2. **Beyond a line is a largest partial sum.** Whether any stretch of time lies beyond the line
//!    "cases - slope * measure > offset" is the largest sum over a stretch, found in one pass over the
//!    periods (Bentley 1984, 10.1145/358234.381162) instead of one test per stretch; all lines go through
//!    the pass side by side.
//! 3. **Nested circles bound each other.** In a run of nested circles no window holds more cases than in
//!    the largest or less measure than in the smallest, so one pass with these two can dismiss the whole run.
//!
//! What survives is tested window by window in full precision. The level is the best score so far, which
//! rises quickly; a window at or below it can be skipped because only the maximum is wanted.

use super::Rates;
use super::geometry::Circles;
use super::likelihood::{Boundary, Likelihood, Side, narrow};
use super::simulate::Sparse;

/// Circles share a run while the largest holds at most this much more measure than the smallest. A run
/// that cannot be dismissed is halved, so the exact value matters little.
const RUN_GROWTH: f64 = 1.3;

/// Levels of halving: enough for a run of 2^32 circles, which is all a u32 can number.
const DEEPEST: usize = 34;

/// Which stretches of time are windows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Windows {
    /// Any of at most this many periods.
    Any { longest: usize },
    /// Those that end with the last period.
    Ongoing { longest: usize },
}

/// The best window found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Best {
    pub(super) score: f64,
    pub(super) circle: usize,
    /// First period.
    pub(super) start: usize,
    /// One past the last period.
    pub(super) end: usize,
    pub(super) cases: u32,
    pub(super) measure: f64,
}

pub(super) struct Engine<'a> {
    measure: &'a [f64],
    periods: usize,
    likelihood: Likelihood,
    windows: Windows,
    sides: Vec<Side>,
    /// For each side, the boundary line of every count.
    lines: Vec<Vec<u8>>,
}

/// What one centre's circles measure; worked out once and shared by all replicates.
struct Center<'a> {
    circles: &'a Circles,
    /// First and last circle of each run.
    runs: Vec<(usize, usize)>,
    /// Measure by period of every circle, one after the other, in full and in single precision.
    measure: Vec<f64>,
    measure_narrow: Vec<f32>,
    /// Least measure of a single period, and measure of all periods, of every circle.
    least: Vec<f32>,
    total: Vec<f32>,
}

/// What a search carries from circle to circle.
struct Search {
    level: f64,
    best: Option<Best>,
    /// One per side, drawn for `drawn_at`, at most a little below `level`.
    boundaries: Vec<Boundary>,
    drawn_at: f64,
}

/// Working memory, reused. Cases by period have one row per level of halving.
struct Scratch {
    cases: Vec<Vec<u32>>,
    narrow: Vec<f32>,
    cases_before: Vec<u32>,
    measure_before: Vec<f64>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        measure: &'a [f64],
        periods: usize,
        likelihood: Likelihood,
        rates: Rates,
        windows: Windows,
    ) -> Engine<'a> {
        let sides = match rates {
            Rates::High => vec![Side::High],
            Rates::Low => vec![Side::Low],
            Rates::Both => vec![Side::High, Side::Low],
        };
        let total = whole(likelihood.total_cases());
        let lines =
            sides.iter().map(|&side| Boundary::new(&likelihood, 1.0, side).line_of_count(total)).collect();
        Engine { measure, periods, likelihood, windows, sides, lines }
    }

    /// The best window of the circles round one centre; `None` when no window deviates.
    pub(super) fn best_of_center(&self, circles: &Circles, cases: &Sparse) -> Option<Best> {
        let mut search = self.search_from(0.0);
        self.search(&self.center(circles), cases, &mut search, &mut self.scratch());
        search.best
    }

    /// The best score over all circles, for each replicate.
    pub(super) fn maxima(&self, circles: &[Circles], replicates: &[Sparse]) -> Vec<f64> {
        let mut searches: Vec<Search> = replicates.iter().map(|_| self.search_from(0.0)).collect();
        let mut scratch = self.scratch();
        for circles in circles {
            let center = self.center(circles);
            for (replicate, search) in replicates.iter().zip(&mut searches) {
                self.search(&center, replicate, search, &mut scratch);
            }
        }
        searches.iter().map(|s| s.level).collect()
    }

    fn search_from(&self, level: f64) -> Search {
        Search { level, best: None, boundaries: self.boundaries(level), drawn_at: level }
    }

    fn boundaries(&self, level: f64) -> Vec<Boundary> {
        self.sides.iter().map(|&side| Boundary::new(&self.likelihood, level, side)).collect()
    }

    fn scratch(&self) -> Scratch {
        let n = self.periods;
        Scratch {
            cases: vec![vec![0; n]; DEEPEST],
            narrow: vec![0.0; n],
            cases_before: vec![0; n + 1],
            measure_before: vec![0.0; n + 1],
        }
    }

    fn center<'c>(&self, circles: &'c Circles) -> Center<'c> {
        let n = self.periods;
        let mut center = Center {
            circles,
            runs: Vec::new(),
            measure: Vec::with_capacity(n * circles.len()),
            measure_narrow: Vec::with_capacity(n * circles.len()),
            least: Vec::with_capacity(circles.len()),
            total: Vec::with_capacity(circles.len()),
        };
        let mut profile = vec![0.0; n];
        let mut limit = 0.0;
        for k in 0..circles.len() {
            for &location in circles.added(k) {
                let row = &self.measure[location as usize * n..][..n];
                profile.iter_mut().zip(row).for_each(|(sum, m)| *sum += m);
            }
            let total: f64 = profile.iter().sum();
            match center.runs.last_mut() {
                Some(run) if total <= limit => run.1 = k,
                _ => {
                    center.runs.push((k, k));
                    limit = total * RUN_GROWTH;
                }
            }
            center.measure.extend_from_slice(&profile);
            center.measure_narrow.extend(profile.iter().map(|&m| narrow(m)));
            center.least.push(profile.iter().fold(f32::INFINITY, |least, &m| least.min(narrow(m))));
            center.total.push(narrow(total));
        }
        center
    }

    fn search(&self, center: &Center<'_>, data: &Sparse, search: &mut Search, scratch: &mut Scratch) {
        scratch.cases[0].fill(0);
        let mut inside = 0;
        for &(first, last) in &center.runs {
            inside += add_cases(&mut scratch.cases[0], data, center.circles.added(first));
            // The halving leaves the first row holding the largest circle, where the next run goes on.
            inside = self.search_run(center, data, search, scratch, 0, (first, last), inside);
        }
    }

    /// Searches the nested circles `first..=last`. On entry row `depth` of the cases holds the smallest
    /// circle with `inside` cases; on return the largest one, whose cases are returned.
    #[expect(clippy::too_many_arguments, reason = "the recursion's state; a struct would only rename it")]
    fn search_run(
        &self,
        center: &Center<'_>,
        data: &Sparse,
        search: &mut Search,
        scratch: &mut Scratch,
        depth: usize,
        (first, last): (usize, usize),
        inside: u32,
    ) -> u32 {
        if first == last {
            to_f32(&mut scratch.narrow, &scratch.cases[depth]);
            let promising =
                self.sides.iter().zip(&search.boundaries).any(|(&side, boundary)| {
                    self.beyond(side, boundary, &scratch.narrow, inside, center, first)
                });
            if promising {
                self.windows(center, first, depth, search, scratch);
            }
            return inside;
        }
        let (here, below) = scratch.cases.split_at_mut(depth + 1);
        below[0].copy_from_slice(&here[depth]);
        let mut total = inside;
        for k in first + 1..=last {
            total += add_cases(&mut here[depth], data, center.circles.added(k));
        }
        let promising = self.sides.iter().zip(&search.boundaries).any(|(&side, boundary)| match side {
            Side::High => {
                to_f32(&mut scratch.narrow, &here[depth]);
                self.beyond(side, boundary, &scratch.narrow, total, center, first)
            }
            Side::Low => {
                to_f32(&mut scratch.narrow, &below[0]);
                self.beyond(side, boundary, &scratch.narrow, inside, center, last)
            }
        });
        if promising {
            let middle = first.midpoint(last);
            let mut reached =
                self.search_run(center, data, search, scratch, depth + 1, (first, middle), inside);
            reached += add_cases(&mut scratch.cases[depth + 1], data, center.circles.added(middle + 1));
            self.search_run(center, data, search, scratch, depth + 1, (middle + 1, last), reached);
        }
        total
    }

    /// Whether any stretch of time with these cases (`total` in all) and the measure of circle `circle` may
    /// lie beyond the boundary.
    fn beyond(
        &self,
        side: Side,
        boundary: &Boundary,
        cases: &[f32],
        total: u32,
        center: &Center<'_>,
        circle: usize,
    ) -> bool {
        let measure = &center.measure_narrow[circle * self.periods..][..self.periods];
        let (most_cases, most_measure) = (total as f32, center.total[circle]);
        let lanes = boundary.lanes(most_cases, center.least[circle], most_measure);
        // A bound on the rounding of the sums: on the high side each stays below the cases, on the low side
        // below slope times measure, and every period adds a few units in the last place of that.
        let rounding = self.periods as f32 * 8.0 * f32::EPSILON;
        let slack = |j: usize| {
            let size = if side == Side::High { most_cases } else { boundary.slope[j] * most_measure };
            rounding * size + 4.0 * f32::EPSILON * boundary.offset[j].abs()
        };
        let (mut from, to) = (lanes.start, lanes.end);
        while from < to {
            let wide = to - from > 4;
            let mut slopes = [0.0; 8];
            let width = if wide { 8 } else { 4 };
            let taken = width.min(to - from);
            slopes[..taken].copy_from_slice(&boundary.slope[from..from + taken]);
            let largest = match (side, wide) {
                (Side::High, true) => self.largest_sums::<true, 8>(&slopes, cases, measure),
                (Side::High, false) => self.largest_sums::<true, 4>(&slopes, cases, measure),
                (Side::Low, true) => self.largest_sums::<false, 8>(&slopes, cases, measure),
                (Side::Low, false) => self.largest_sums::<false, 4>(&slopes, cases, measure),
            };
            if (0..taken).any(|i| largest[i] > boundary.offset[from + i] - slack(from + i)) {
                return true;
            }
            from += taken;
        }
        false
    }

    /// For each slope, the largest sum of "cases - slope * measure" (`HIGH`) or its negative over a stretch
    /// of time. The lanes are independent, so the compiler puts them side by side in a register.
    fn largest_sums<const HIGH: bool, const N: usize>(
        &self,
        slopes: &[f32; 8],
        cases: &[f32],
        measure: &[f32],
    ) -> [f32; 8] {
        let mut slope = [0.0_f32; N];
        slope.copy_from_slice(&slopes[..N]);
        let mut largest = [0.0_f32; N];
        let mut sum = [0.0_f32; N];
        match self.windows {
            Windows::Any { .. } => {
                // Longer stretches than allowed may slip in; they are told apart window by window.
                for (&c, &m) in cases.iter().zip(measure) {
                    for j in 0..N {
                        let step = if HIGH { c - slope[j] * m } else { slope[j] * m - c };
                        let next = sum[j] + step;
                        sum[j] = if next > 0.0 { next } else { 0.0 };
                        largest[j] = if largest[j] > sum[j] { largest[j] } else { sum[j] };
                    }
                }
            }
            Windows::Ongoing { longest } => {
                for (&c, &m) in cases.iter().zip(measure).rev().take(longest) {
                    for j in 0..N {
                        sum[j] += if HIGH { c - slope[j] * m } else { slope[j] * m - c };
                        largest[j] = if largest[j] > sum[j] { largest[j] } else { sum[j] };
                    }
                }
            }
        }
        let mut wide = [0.0; 8];
        wide[..N].copy_from_slice(&largest);
        wide
    }

    /// Every window of one circle in full precision.
    fn windows(
        &self,
        center: &Center<'_>,
        circle: usize,
        depth: usize,
        search: &mut Search,
        scratch: &mut Scratch,
    ) {
        let n = self.periods;
        let cases = &scratch.cases[depth];
        let measure = &center.measure[circle * n..][..n];
        for t in 0..n {
            scratch.cases_before[t + 1] = scratch.cases_before[t] + cases[t];
            scratch.measure_before[t + 1] = scratch.measure_before[t] + measure[t];
        }
        for ((&side, boundary), lines) in self.sides.iter().zip(&search.boundaries).zip(&self.lines) {
            let (starts, longest) = match self.windows {
                Windows::Any { longest } => (0, longest),
                Windows::Ongoing { longest } => (n - longest.min(n), longest),
            };
            for (start, &first_cases) in cases.iter().enumerate().skip(starts) {
                // An empty first or last period only adds measure: without it the window is better.
                if side == Side::High && first_cases == 0 {
                    continue;
                }
                let (c0, m0) = (scratch.cases_before[start], scratch.measure_before[start]);
                let first_end = if matches!(self.windows, Windows::Ongoing { .. }) { n } else { start + 1 };
                for end in first_end..=(start + longest).min(n) {
                    let c = scratch.cases_before[end] - c0;
                    let m = scratch.measure_before[end] - m0;
                    if !boundary.may_exceed(f64::from(c), m, lines[c as usize])
                        || self.likelihood.side(f64::from(c), m) != Some(side)
                    {
                        continue;
                    }
                    let score = self.likelihood.score(f64::from(c), m);
                    if score > search.level {
                        search.level = score;
                        search.best = Some(Best { score, circle, start, end, cases: c, measure: m });
                    }
                }
            }
        }
        // A boundary for a lower level lets more through than needed but never too little.
        if search.level > search.drawn_at * 1.01 {
            search.boundaries = self.boundaries(search.level);
            search.drawn_at = search.level;
        }
    }
}

fn add_cases(profile: &mut [u32], data: &Sparse, locations: &[u32]) -> u32 {
    let mut added = 0;
    for &location in locations {
        for &(period, count) in data.of(location) {
            profile[period as usize] += count;
            added += count;
        }
    }
    added
}

fn to_f32(into: &mut [f32], from: &[u32]) {
    into.iter_mut().zip(from).for_each(|(x, &c)| *x = c as f32);
}

/// A total of cases, already known to fit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of u32 checked to fit u32"
)]
fn whole(cases: f64) -> u32 {
    cases as u32
}
