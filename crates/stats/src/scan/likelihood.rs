//! The log likelihood ratio of a window and, for a given ratio, the boundary at which it is reached.
//!
//! Letters: `c` cases and `m` measure inside (expected cases for Poisson, people for Bernoulli), `C` and
//! `M` their totals. Both ratios are the maximum of functions linear in (c, m), hence convex; the search
//! in `engine` stands on that.

/// A model's log likelihood ratio.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likelihood {
    cases: f64,
    measure: f64,
    bernoulli: bool,
}

/// Which side of "as expected".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    High,
    Low,
}

/// x ln(x / y), and 0 when x is 0.
fn x_ln(x: f64, y: f64) -> f64 {
    if x > 0.0 { x * (x / y).ln() } else { 0.0 }
}

impl Likelihood {
    pub(super) fn poisson(cases: f64) -> Likelihood {
        Likelihood { cases, measure: cases, bernoulli: false }
    }

    pub(super) fn bernoulli(cases: f64, people: f64) -> Likelihood {
        Likelihood { cases, measure: people, bernoulli: true }
    }

    pub(super) fn total_cases(&self) -> f64 {
        self.cases
    }

    /// Cases expected in a window of this measure.
    pub(super) fn expected(&self, m: f64) -> f64 {
        self.cases * m / self.measure
    }

    /// The side a window is on, or `None` exactly as expected.
    pub(super) fn side(&self, c: f64, m: f64) -> Option<Side> {
        let difference = c * self.measure - m * self.cases;
        if difference > 0.0 {
            Some(Side::High)
        } else if difference < 0.0 {
            Some(Side::Low)
        } else {
            None
        }
    }

    /// The log likelihood ratio, either side.
    pub(super) fn score(&self, c: f64, m: f64) -> f64 {
        let (rest_c, rest_m) = (self.cases - c, (self.measure - m).max(0.0));
        if self.bernoulli {
            let p = self.cases / self.measure;
            // Against the same probability inside and out: sum of observed ln(observed / expected).
            x_ln(c, m * p)
                + x_ln(m - c, m * (1.0 - p))
                + x_ln(rest_c, rest_m * p)
                + x_ln(rest_m - rest_c, rest_m * (1.0 - p))
        } else {
            x_ln(c, m) + x_ln(rest_c, rest_m)
        }
    }

    /// The measure at which `c` cases reach `level` on this side: below it on the high side, above it on
    /// the low side, the score is larger. Where no possible measure reaches it, the extreme one.
    pub(super) fn boundary(&self, c: f64, level: f64, side: Side) -> f64 {
        let even = c * self.measure / self.cases;
        let extreme = match (side, self.bernoulli) {
            (Side::High, false) => 0.0,
            (Side::High, true) => c,
            (Side::Low, false) => self.measure,
            (Side::Low, true) => self.measure - (self.cases - c),
        };
        let reaches = |m: f64| self.score(c, m) >= level;
        if !reaches(extreme) {
            return extreme;
        }
        let (mut inside, mut outside) = (extreme, even);
        if side == Side::High && !self.bernoulli {
            // c ln(c/m) - c is less than the score, so this measure certainly reaches the level.
            inside = c * (-1.0 - level / c.max(f64::MIN_POSITIVE)).exp();
        }
        for _ in 0..80 {
            // The geometric middle while the two differ by orders of magnitude.
            let middle = if inside > 0.0 && outside / inside > 4.0 {
                (inside * outside).sqrt()
            } else {
                0.5 * (inside + outside)
            };
            if (outside - inside).abs() <= 1e-7 * outside.abs() {
                break;
            }
            if reaches(middle) {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        // The end that does not reach the level: the boundary is never drawn too strictly.
        outside
    }
}

/// How many straight lines stand for the boundary.
pub(super) const LANES: usize = 16;

/// No line is steeper: a window of less measure than one over this does not occur.
const STEEPEST: f64 = 1e30;

/// A boundary as straight lines. A window scoring above the level lies beyond at least one of them:
/// high: c - slope m > offset; low: slope m - c > offset. The reverse need not hold.
///
/// The set of windows at or below the level is convex, so its boundary, c as a function of m, bends
/// one way, and the chord between two of its points lies on the safe side.
#[derive(Debug, Clone)]
pub(super) struct Boundary {
    pub(super) slope: [f32; LANES],
    pub(super) offset: [f32; LANES],
    /// The same lines in full precision, for tests of single windows.
    exact: [(f64, f64); LANES],
    /// The grid of counts: line j serves counts from `grid[j]` to `grid[j + 1]`.
    grid: Vec<f64>,
    /// The same grid's measures on the boundary, a little widened.
    measures: Vec<f32>,
    side: Side,
}

impl Boundary {
    pub(super) fn new(likelihood: &Likelihood, level: f64, side: Side) -> Boundary {
        let grid = grid(likelihood.total_cases(), side);
        let mut points: Vec<(f64, f64)> =
            grid.iter().map(|&c| (likelihood.boundary(c, level, side), c)).collect();
        match side {
            // One case is the least a high window can hold: from half a case at no measure at all.
            Side::High => points[0] = (0.0, 0.5),
            Side::Low => {
                if let Some(last) = points.last_mut() {
                    *last = (likelihood.measure, likelihood.cases);
                }
            }
        }
        let measures = points.iter().map(|p| narrow(p.0)).collect();
        let mut boundary = Boundary {
            slope: [0.0; LANES],
            offset: [f32::INFINITY; LANES],
            exact: [(0.0, f64::INFINITY); LANES],
            measures,
            grid,
            side,
        };
        for (j, pair) in points.windows(2).enumerate() {
            let ((m0, c0), (m1, c1)) = (pair[0], pair[1]);
            // Single precision holds no steeper line, and a flatter one through the same point is safe.
            let slope = ((c1 - c0) / (m1 - m0).max(f64::MIN_POSITIVE)).min(STEEPEST);
            let offset = match side {
                Side::High => c0 - slope * m0,
                Side::Low => slope * m0 - c0,
            };
            boundary.slope[j] = narrow(slope);
            boundary.offset[j] = narrow(offset);
            boundary.exact[j] = (slope, offset);
        }
        boundary
    }

    /// The lines that any window of at most these cases and between these measures could lie beyond.
    pub(super) fn lanes(
        &self,
        most_cases: f32,
        least_measure: f32,
        most_measure: f32,
    ) -> std::ops::Range<usize> {
        // Line j serves measures from point j to point j + 1; rounding is allowed for.
        let margin = 1e-5;
        let lines = self.measures.len() - 1;
        let start =
            (0..lines).find(|&j| self.measures[j + 1] * (1.0 + margin) >= least_measure).unwrap_or(lines);
        let end = match self.side {
            Side::High => (0..lines).rev().find(|&j| narrow(self.grid[j]) <= most_cases),
            Side::Low => (0..lines).rev().find(|&j| self.measures[j] * (1.0 - margin) <= most_measure),
        };
        start..end.map_or(start, |j| (j + 1).max(start))
    }

    /// For each whole count, the line that serves it.
    pub(super) fn line_of_count(&self, cases: u32) -> Vec<u8> {
        let mut line = 0_u8;
        (0..=cases)
            .map(|c| {
                while usize::from(line) + 2 < self.grid.len()
                    && f64::from(c) > self.grid[usize::from(line) + 1]
                {
                    line += 1;
                }
                line
            })
            .collect()
    }

    /// Whether a window can score above the level; `line` from `line_of_count`.
    pub(super) fn may_exceed(&self, c: f64, m: f64, line: u8) -> bool {
        let (slope, offset) = self.exact[usize::from(line)];
        let beyond = match self.side {
            Side::High => c - slope * m,
            Side::Low => slope * m - c,
        };
        beyond > offset - 1e-9 * (1.0 + c)
    }
}

/// Counts at which the boundary is computed: every one at first, then in a geometric progression.
fn grid(cases: f64, side: Side) -> Vec<f64> {
    let first = if side == Side::High { 0.5 } else { 0.0 };
    let mut grid = vec![first, 1.0, 2.0, 3.0, 4.0];
    let ratio = (cases / 4.0).max(1.0).powf(1.0 / (LANES as f64 - 4.0));
    while grid.len() <= LANES {
        let last = grid[grid.len() - 1];
        let next = (last * ratio).round().max(last + 1.0);
        grid.push(if grid.len() == LANES { next.max(cases) } else { next });
    }
    // A small data set needs fewer; the last point is all cases.
    while grid.len() > 2 && grid[grid.len() - 2] >= cases {
        grid.pop();
    }
    if let Some(last) = grid.last_mut() {
        *last = cases;
    }
    grid
}

/// To single precision; callers allow for the rounding.
#[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is the purpose")]
pub(super) fn narrow(x: f64) -> f32 {
    x as f32
}
