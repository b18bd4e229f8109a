//! CUSUM: small shifts that last add up until they are over a bar.
//!
//! `C_t = max(0, C_(t-1) + s_t - k)`, an alarm at `C_t >= h`, where `s_t` is the standardised count.
//! Page 1954, doi:10.1093/biomet/41.1-2.100; the standardisation for small counts is Rossi, Lampugnani and
//! Marchi 1999, doi:10.1002/(SICI)1097-0258(19990830)18:16<2111::AID-SIM171>3.0.CO;2-Q. The mean comes from
//! the periods before the watch begins; counts more dispersed than Poisson raise false alarms.
//! Checked against: R surveillance 1.20.3 `algo.cusum` (`tests/trend_farrington.rs`).

/// How a count is put on a common scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standardise {
    /// `(x - m) / sqrt(m)`.
    Standard,
    /// `(x - 3m + 2 sqrt(x m)) / (2 sqrt(m))`, closer to normal for small counts.
    Rossi,
}

/// What the sum says of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Position in the series, from 0.
    pub at: usize,
    /// The count; a missing one leaves the sum as it was.
    pub observed: Option<f64>,
    /// Mean of the periods before the watch.
    pub expected: f64,
    /// The count at which the sum would reach the bar.
    pub upper_bound: f64,
    /// The running sum.
    pub sum: f64,
    /// The sum has reached `h`.
    pub alarm: bool,
}

/// What the caller can fix.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Error {
    /// Nothing before the watch to take a mean from.
    #[error("watch from period {from}: no count before it was reported")]
    NoHistory {
        /// First period watched, from 0.
        from: usize,
    },
    /// Only zeros before the watch: nothing to standardise with.
    #[error("watch from period {from}: all counts before it are zero, so no deviation has a scale")]
    ZeroMean {
        /// First period watched, from 0.
        from: usize,
    },
}

/// Watches from position `from` (from 0) to the end of the series.
///
/// # Errors
/// No history, or one of zeros only.
pub fn cusum(
    counts: &[Option<f64>],
    from: usize,
    k: f64,
    h: f64,
    standardise: Standardise,
) -> Result<Vec<Point>, Error> {
    let before: Vec<f64> = counts.iter().take(from).copied().flatten().collect();
    if before.is_empty() || from >= counts.len() {
        return Err(Error::NoHistory { from });
    }
    let m = before.iter().sum::<f64>() / before.len() as f64;
    if m <= 0.0 {
        return Err(Error::ZeroMean { from });
    }
    let root = m.sqrt();
    let mut sum = 0.0_f64;
    let mut points = Vec::with_capacity(counts.len() - from);
    for (at, observed) in counts.iter().enumerate().skip(from) {
        let room = h + k - sum;
        let upper = match standardise {
            Standardise::Standard => (root * room + m).ceil(),
            Standardise::Rossi => {
                let inner = 4.0 * m * m + 2.0 * m * root * room;
                // Under the root of a negative number the sum is over the bar already: any count alarms.
                if inner < 0.0 { 0.0 } else { 2.0 * root * room + 5.0 * m - 2.0 * inner.sqrt() }
            }
        };
        if let Some(x) = observed {
            let s = match standardise {
                Standardise::Standard => (x - m) / root,
                Standardise::Rossi => (x - 3.0 * m + 2.0 * (x * m).sqrt()) / (2.0 * root),
            };
            sum = (sum + s - k).max(0.0);
        }
        points.push(Point {
            at,
            observed: *observed,
            expected: m,
            upper_bound: upper.max(0.0),
            sum,
            alarm: observed.is_some() && sum >= h,
        });
    }
    Ok(points)
}
