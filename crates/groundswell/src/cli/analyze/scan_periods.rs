//! Calendar units for `analyze scan`: how a time in a file becomes a period, and a period days again.

use clap::ValueEnum;
use time::{Date, Month};

/// How finely time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// ISO days: 2021-03-14
    Day,
    /// Months: 2021-03, or a day of the month
    Month,
    /// Years: 2021, or a day of the year
    Year,
    /// Whole numbers in any unit
    Generic,
}

impl Precision {
    /// What the values look like; `None` when they are nothing known.
    pub fn guess(text: &str) -> Option<Precision> {
        if day(text).is_some() {
            Some(Precision::Day)
        } else if month(text).is_some() {
            Some(Precision::Month)
        } else if text.len() == 4 && year(text).is_some() {
            Some(Precision::Year)
        } else {
            text.parse::<i64>().ok().map(|_| Precision::Generic)
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Precision::Day => "day",
            Precision::Month => "month",
            Precision::Year => "year",
            Precision::Generic => "generic",
        }
    }

    /// Completes "expected ...".
    pub fn expectation(self) -> &'static str {
        match self {
            Precision::Day => "a day, as in 2021-03-14",
            Precision::Month => "a month, as in 2021-03, or a day",
            Precision::Year => "a year, as in 2021, or a day",
            Precision::Generic => "a whole number",
        }
    }

    /// Length of one unit in days, on average; a generic unit counts as one.
    pub fn unit_days(self) -> f64 {
        const YEAR: f64 = 365.2425;
        match self {
            Precision::Day | Precision::Generic => 1.0,
            Precision::Month => YEAR / 12.0,
            Precision::Year => YEAR,
        }
    }

    /// The number of the period a time lies in: consecutive periods have consecutive numbers.
    pub fn period(self, text: &str) -> Option<i64> {
        match self {
            Precision::Day => day(text).map(|d| i64::from(d.to_julian_day())),
            Precision::Month => {
                let (y, m) = month(text).or_else(|| day(text).map(|d| (d.year(), d.month())))?;
                Some(i64::from(y) * 12 + i64::from(u8::from(m)) - 1)
            }
            Precision::Year => {
                let y =
                    year(text).or_else(|| month(text).map(|m| m.0)).or_else(|| day(text).map(Date::year))?;
                Some(i64::from(y))
            }
            Precision::Generic => text.parse().ok().or_else(|| {
                // 12.0, as spreadsheets write whole numbers.
                text.strip_suffix(".0").and_then(|t| t.parse().ok())
            }),
        }
    }

    /// The first instant of a period, in days (generic: in its own unit).
    pub fn start(self, period: i64) -> Option<f64> {
        let whole = |days: i32| f64::from(days);
        match self {
            Precision::Generic => i32::try_from(period).ok().map(whole),
            _ => self.first_day(period).map(|d| whole(d.to_julian_day())),
        }
    }

    /// The first day of a period; none for generic.
    pub fn first_day(self, period: i64) -> Option<Date> {
        match self {
            Precision::Day => Date::from_julian_day(i32::try_from(period).ok()?).ok(),
            Precision::Month => {
                let month = Month::try_from(u8::try_from(period.rem_euclid(12) + 1).ok()?).ok()?;
                Date::from_calendar_date(i32::try_from(period.div_euclid(12)).ok()?, month, 1).ok()
            }
            Precision::Year => Date::from_calendar_date(i32::try_from(period).ok()?, Month::January, 1).ok(),
            Precision::Generic => None,
        }
    }

    /// The instant a population is known for: a day is that day, a month its 15th, a year its 1 July; a
    /// generic time is the middle of its unit. `near` is a year of the study, for years in two digits.
    pub fn census(self, text: &str, near: i64) -> Option<Census> {
        let at = |date: Date| f64::from(date.to_julian_day());
        if self == Precision::Generic {
            return text
                .parse::<f64>()
                .ok()
                .filter(|x| x.is_finite())
                .map(|x| Census { at: x + 0.5, short_year: false });
        }
        if let Some(date) = day(text) {
            return Some(Census { at: at(date), short_year: false });
        }
        if let Some((y, m)) = month(text) {
            return Date::from_calendar_date(y, m, 15).ok().map(|d| Census { at: at(d), short_year: false });
        }
        let mid_year = |y: i32| Date::from_calendar_date(y, Month::July, 1).ok().map(at);
        if let Some(y) = year(text) {
            return Some(Census { at: mid_year(y)?, short_year: false });
        }
        let digits = text.len() <= 2 && text.chars().all(|c| c.is_ascii_digit());
        let two: i64 = if digits { text.parse().ok()? } else { return None };
        // The year with these last digits that is nearest to the study.
        let century = near.div_euclid(100) * 100;
        let y = [century - 100, century, century + 100]
            .into_iter()
            .map(|c| c + two)
            .min_by_key(|y| (y - near).abs())?;
        Some(Census { at: mid_year(i32::try_from(y).ok()?)?, short_year: true })
    }
}

/// When a population was counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Census {
    /// In days, or in generic units.
    pub at: f64,
    /// Written in two digits, so the century was inferred.
    pub short_year: bool,
}

/// The parts of a date between hyphens or slashes, all digits.
fn parts(text: &str) -> Option<Vec<&str>> {
    // A time of day after the date is beside the point.
    let date = text.split(['T', ' ']).next()?;
    let parts: Vec<&str> = date.split(['-', '/']).collect();
    parts.iter().all(|p| !p.is_empty() && p.chars().all(|c| c.is_ascii_digit())).then_some(parts)
}

fn day(text: &str) -> Option<Date> {
    match parts(text)?.as_slice() {
        [y, m, d] if y.len() == 4 => Date::from_calendar_date(
            y.parse().ok()?,
            Month::try_from(m.parse::<u8>().ok()?).ok()?,
            d.parse().ok()?,
        )
        .ok(),
        _ => None,
    }
}

fn month(text: &str) -> Option<(i32, Month)> {
    match parts(text)?.as_slice() {
        [y, m] if y.len() == 4 => Some((y.parse().ok()?, Month::try_from(m.parse::<u8>().ok()?).ok()?)),
        _ => None,
    }
}

fn year(text: &str) -> Option<i32> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    match parts(text)?.as_slice() {
        [y] if y.len() == 4 => y.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_consecutive_across_the_turn_of_the_year() {
        let next = |p: Precision, a: &str, b: &str| p.period(b).zip(p.period(a)).map(|(b, a)| b - a);
        assert_eq!(next(Precision::Day, "2023-12-31", "2024/1/1"), Some(1));
        assert_eq!(next(Precision::Month, "2023-12", "2024-01-31"), Some(1));
        assert_eq!(next(Precision::Year, "1999", "2000-06-01"), Some(1));
        assert_eq!(next(Precision::Generic, "-1", "0"), Some(1));
        for (precision, text) in [
            (Precision::Day, "2023-02-29"),
            (Precision::Month, "2023-13"),
            (Precision::Year, "73"),
            (Precision::Generic, "1.5"),
        ] {
            assert_eq!(precision.period(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_ends_the_day_before_the_next_begins() {
        let first =
            |p: Precision, text: &str| p.period(text).and_then(|n| p.first_day(n)).map(|d| d.to_string());
        assert_eq!(first(Precision::Month, "2024-02-17").as_deref(), Some("2024-02-01"));
        assert_eq!(first(Precision::Year, "1985").as_deref(), Some("1985-01-01"));
    }

    #[test]
    fn a_census_of_a_year_stands_at_1_july_and_short_years_near_the_study() {
        let july = Date::from_calendar_date(1973, Month::July, 1)
            .map(|d| f64::from(d.to_julian_day()))
            .expect("a date");
        for text in ["1973", "73", "1973-07-01"] {
            assert_eq!(Precision::Year.census(text, 1985).map(|c| c.at), Some(july), "{text}");
        }
        assert!(Precision::Year.census("73", 1985).is_some_and(|c| c.short_year));
        assert_eq!(Precision::Year.census("soon", 1985), None);
    }

    #[test]
    fn the_precision_shows_in_the_values() {
        let cases = [
            ("2021-03-14", Some(Precision::Day)),
            ("2021-03", Some(Precision::Month)),
            ("2021", Some(Precision::Year)),
            ("17", Some(Precision::Generic)),
            ("March", None),
        ];
        for (text, precision) in cases {
            assert_eq!(Precision::guess(text), precision, "{text}");
        }
    }
}
