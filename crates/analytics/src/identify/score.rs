//! In which order people should look at what was found.

/// The rank score of a signal, 0 or more: size times certainty times number of people's troubles.
///
/// - size: the natural logarithm of the ratio, at most that of 10 (a ratio of 300 over a tiny expectation is not thirty
///   times as bad as one of 10);
/// - certainty: `-log10 q` over 10, at most 1 (beyond one in ten thousand million, surer is not more urgent);
/// - count: `log10(1 + observed - expected)`, the order of magnitude of the events too many.
///
/// Each factor is a whole-number answer to "how much", "how sure", "how many", and a signal that is nothing in one of
/// them ranks last. No unit; only the order means something.
pub fn score(ratio: f64, q: f64, observed: u64, expected: f64) -> f64 {
    let size = ratio.clamp(1.0, 10.0).ln();
    let certainty = (-q.max(1e-10).log10() / 10.0).clamp(0.0, 1.0);
    let excess = (observed as f64 - expected).max(0.0);
    size * certainty * (1.0 + excess).log10()
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn more_of_anything_ranks_no_lower() {
        let base = score(2.0, 1e-4, 100, 50.0);
        assert!(score(3.0, 1e-4, 100, 50.0) > base);
        assert!(score(2.0, 1e-6, 100, 50.0) > base);
        assert!(score(2.0, 1e-4, 1000, 500.0) > base);
    }

    #[test]
    fn nothing_in_one_respect_is_nothing() {
        for it in [score(1.0, 1e-9, 100, 50.0), score(2.0, 1.0, 100, 50.0), score(2.0, 1e-9, 50, 50.0)] {
            assert!(it.abs() < 1e-12);
        }
    }

    #[test]
    fn a_vanishing_q_and_an_unbounded_ratio_stay_finite() {
        assert!((score(f64::INFINITY, 0.0, 11, 0.0) - 10.0_f64.ln() * 12.0_f64.log10()).abs() < 1e-12);
    }
}
