//! The threshold, and the one type that has passed it.

use std::fmt;

use serde::{Serialize, Serializer};

/// A value that has passed the privacy gate: shown, or hidden because too few people stand behind it.
///
/// There is no public constructor; ask a [`Policy`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disclosed<T>(Inner<T>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Inner<T> {
    Shown(T),
    Hidden { under: u64 },
}

impl<T> Disclosed<T> {
    pub(crate) const fn shown(value: T) -> Self {
        Self(Inner::Shown(value))
    }

    pub(crate) const fn hidden(under: u64) -> Self {
        Self(Inner::Hidden { under })
    }

    /// The value, when it may be shown.
    pub const fn value(&self) -> Option<&T> {
        match &self.0 {
            Inner::Shown(value) => Some(value),
            Inner::Hidden { .. } => None,
        }
    }

    /// "Fewer than this many": the bound to print when the value is hidden.
    pub const fn fewer_than(&self) -> Option<u64> {
        match self.0 {
            Inner::Shown(_) => None,
            Inner::Hidden { under } => Some(under),
        }
    }

    /// Another form of the same value (a formatted number, say); a hidden one stays hidden.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Disclosed<U> {
        match self.0 {
            Inner::Shown(value) => Disclosed::shown(form(value)),
            Inner::Hidden { under } => Disclosed::hidden(under),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Disclosed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Shown(value) => value.fmt(f),
            Inner::Hidden { under } => write!(f, "fewer than {under}"),
        }
    }
}

/// A shown value serialises as itself, a hidden one as `{"fewer_than": 11}`.
impl<T: Serialize> Serialize for Disclosed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        match &self.0 {
            Inner::Shown(value) => value.serialize(serializer),
            Inner::Hidden { under } => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("fewer_than", under)?;
                map.end()
            }
        }
    }
}

/// The smallest count that may be shown. Default 11 (counts of 1 to 10 are hidden); never below 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    threshold: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThresholdTooLow;

impl fmt::Display for ThresholdTooLow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disclosure threshold must be at least 5")
    }
}

impl std::error::Error for ThresholdTooLow {}

impl Default for Policy {
    fn default() -> Self {
        Self { threshold: 11 }
    }
}

impl Policy {
    pub const LOWEST: u64 = 5;

    pub const fn with_threshold(threshold: u64) -> Result<Self, ThresholdTooLow> {
        if threshold < Self::LOWEST { Err(ThresholdTooLow) } else { Ok(Self { threshold }) }
    }

    pub const fn threshold(&self) -> u64 {
        self.threshold
    }

    const fn is_small(&self, count: u64) -> bool {
        count > 0 && count < self.threshold
    }

    /// A count of people or events. Zero is shown: it points at nobody.
    pub const fn count(&self, count: u64) -> Disclosed<u64> {
        if self.is_small(count) { Disclosed::hidden(self.threshold) } else { Disclosed::shown(count) }
    }

    /// A figure computed from counts (a rate, a ratio, an interval): hidden as soon as one of the counts
    /// behind it is small, since the figure and its base would give the count back.
    pub fn derived<T>(&self, value: T, counts: &[u64]) -> Disclosed<T> {
        if counts.iter().any(|&count| self.is_small(count)) {
            Disclosed::hidden(self.threshold)
        } else {
            Disclosed::shown(value)
        }
    }

    /// A figure about no group of people at all (a number of runs, of hypotheses, of areas).
    pub const fn about_nobody<T>(&self, value: T) -> Disclosed<T> {
        Disclosed::shown(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_one_to_ten_are_hidden_and_zero_is_shown() {
        let policy = Policy::default();
        assert_eq!(policy.count(0).value(), Some(&0));
        for count in 1..=10 {
            assert_eq!(policy.count(count).value(), None);
            assert_eq!(policy.count(count).to_string(), "fewer than 11");
        }
        assert_eq!(policy.count(11).to_string(), "11");
    }

    #[test]
    fn a_rate_over_a_small_count_is_hidden_too() {
        let policy = Policy::default();
        assert_eq!(policy.derived(3.1, &[64, 9]).value(), None);
        assert_eq!(policy.derived(3.1, &[64, 21]).value(), Some(&3.1));
    }

    #[test]
    fn the_threshold_cannot_go_below_five() {
        assert_eq!(Policy::with_threshold(4), Err(ThresholdTooLow));
        assert!(Policy::with_threshold(5).is_ok());
    }

    #[test]
    fn a_hidden_value_serialises_with_its_bound() {
        let policy = Policy::default();
        assert_eq!(policy.count(3).map(|n| n * 2).fewer_than(), Some(11));
    }
}
