//! Stretches of whole days.

use domain::kernel::clock::Day;
use serde::{Deserialize, Serialize};

/// From a day to a day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: Day,
    pub to: Day,
}

impl Period {
    pub const fn new(from: Day, to: Day) -> Self {
        Self { from, to }
    }

    /// The month in which a day lies.
    pub fn month_of(day: Day) -> Self {
        let from = day.month_start();
        Self { from, to: from.plus_months_start(1).plus_days(-1) }
    }

    /// The week, Monday to Sunday, in which a day lies.
    pub fn week_of(day: Day) -> Self {
        let from = day.week_start();
        Self { from, to: from.plus_days(6) }
    }

    /// Days in it, at least 1.
    pub fn days(self) -> i64 {
        (self.to.days_since(self.from) + 1).max(1)
    }

    /// Days that two stretches share.
    pub fn shared_days(self, other: Self) -> i64 {
        (self.to.min(other.to).days_since(self.from.max(other.from)) + 1).max(0)
    }

    /// Every month from the one of the first day to the one of the last.
    pub fn months(first: Day, last: Day) -> Vec<Self> {
        let mut months = Vec::new();
        let mut month = Self::month_of(first);
        while month.from <= last {
            months.push(month);
            let next = Self::month_of(month.from.plus_months_start(1));
            if next.from <= month.from {
                break;
            }
            month = next;
        }
        months
    }

    /// Every week from the one of the first day to the one of the last.
    pub fn weeks(first: Day, last: Day) -> Vec<Self> {
        let mut weeks = Vec::new();
        let mut week = Self::week_of(first);
        while week.from <= last {
            weeks.push(week);
            let next = Self::week_of(week.from.plus_days(7));
            if next.from <= week.from {
                break;
            }
            week = next;
        }
        weeks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    #[test]
    fn months_and_weeks_follow_each_other_without_a_gap() {
        let months = Period::months(day("2023-11-15"), day("2024-03-01"));
        assert_eq!(months.len(), 5);
        assert_eq!(months[3], Period::new(day("2024-02-01"), day("2024-02-29")));
        let weeks = Period::weeks(day("2024-02-29"), day("2024-03-12"));
        assert_eq!(
            weeks.iter().map(|week| week.from.to_string()).collect::<Vec<_>>(),
            ["2024-02-26", "2024-03-04", "2024-03-11"]
        );
        assert!(weeks.iter().all(|week| week.days() == 7));
    }

    #[test]
    fn shared_days_are_counted_with_both_ends() {
        let march = Period::month_of(day("2024-03-10"));
        assert_eq!(march.shared_days(Period::new(day("2024-03-31"), day("2024-04-30"))), 1);
        assert_eq!(march.shared_days(Period::new(day("2024-04-01"), day("2024-04-30"))), 0);
    }
}
