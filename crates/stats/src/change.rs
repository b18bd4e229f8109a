//! Did a score really change between two times, or is it within what the instrument's own error makes?
//!
//! Estimand: the difference of two scores of one person over the standard error that measurement alone gives to such a
//! difference, `sd * sqrt(2) * sqrt(1 - reliability)`. Assumes that the error is the same at both times and that the
//! standard deviation and the reliability come from people like this one. Reference: Jacobson and Truax 1991,
//! 10.1037/0022-006X.59.1.12. Checked against arithmetic by hand, not against a peer.

/// What an instrument's makers say of a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// Standard deviation of the score among people before help, > 0.
    pub sd: f64,
    /// Test-retest reliability or internal consistency, in 0..1.
    pub reliability: f64,
}

/// The reliable change index: beyond 1.96 either way, chance alone makes such a difference in one of twenty. `None` where
/// the precision is out of range.
pub fn reliable_change(before: f64, after: f64, precision: Precision) -> Option<f64> {
    let Precision { sd, reliability } = precision;
    let is_known = sd > 0.0 && sd.is_finite() && (0.0..1.0).contains(&reliability);
    let error = sd * (2.0 * (1.0 - reliability)).sqrt();
    let index = (after - before) / error;
    (is_known && index.is_finite()).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a difference is 7.5 * sqrt(0.4) = 4.743416.
    #[test]
    fn a_difference_is_counted_in_errors_of_a_difference() {
        let precision = Precision { sd: 7.5, reliability: 0.8 };
        let index = reliable_change(32.5, 47.5, precision).unwrap();
        assert!((index - 15.0 / 4.743_416_490_252_569).abs() < 1e-12, "{index}");
        assert!((reliable_change(47.5, 32.5, precision).unwrap() + index).abs() < 1e-12);
    }

    #[test]
    fn without_precision_there_is_no_index() {
        assert_eq!(reliable_change(1.0, 2.0, Precision { sd: 0.0, reliability: 0.9 }), None);
        assert_eq!(reliable_change(1.0, 2.0, Precision { sd: 1.0, reliability: 1.0 }), None);
    }
}
