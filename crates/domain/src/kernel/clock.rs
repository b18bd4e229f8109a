//! Days and instants. The only file that reads the real clock.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};
use time::format_description::BorrowedFormatItem;
use time::macros::{date, format_description};
use time::{Date, Duration, Month, OffsetDateTime};

const ISO_DAY: &[BorrowedFormatItem<'static>] = format_description!("[year]-[month]-[day]");

/// A day of the calendar, from 1900-01-01 to 2100-12-31. Stored and shown as ISO text, which sorts as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day between 1900-01-01 and 2100-12-31, written like 2024-03-01, was expected")]
pub struct NotADay;

impl Day {
    pub const FIRST: Self = Self(date!(1900 - 01 - 01));
    pub const LAST: Self = Self(date!(2100 - 12 - 31));

    pub fn new(date: Date) -> Result<Self, NotADay> {
        let day = Self(date);
        if day < Self::FIRST || day > Self::LAST { Err(NotADay) } else { Ok(day) }
    }

    /// `2024-03-01` and nothing else.
    pub fn parse_iso(text: &str) -> Result<Self, NotADay> {
        if text.len() != 10 {
            return Err(NotADay);
        }
        Date::parse(text, ISO_DAY).map_err(|_| NotADay).and_then(Self::new)
    }

    pub fn from_ymd(year: i32, month: u8, day: u8) -> Option<Self> {
        let month = Month::try_from(month).ok()?;
        Date::from_calendar_date(year, month, day).ok().and_then(|date| Self::new(date).ok())
    }

    pub const fn date(self) -> Date {
        self.0
    }

    pub const fn year(self) -> i32 {
        self.0.year()
    }

    pub fn month(self) -> u8 {
        self.0.month().into()
    }

    /// The Monday of this day's week (ISO 8601).
    pub fn week_start(self) -> Self {
        let back = i64::from(self.0.weekday().number_days_from_monday());
        self.plus_days(-back)
    }

    pub fn month_start(self) -> Self {
        Self(self.0.replace_day(1).unwrap_or(self.0))
    }

    /// Stops at the ends of the calendar.
    pub fn plus_days(self, days: i64) -> Self {
        let date = self.0.checked_add(Duration::days(days)).unwrap_or(self.0);
        Self(date.clamp(Self::FIRST.0, Self::LAST.0))
    }

    /// The first of the month that lies `months` later.
    pub fn plus_months_start(self, months: i32) -> Self {
        let index = self.0.year() * 12 + i32::from(self.month()) - 1 + months;
        let month = u8::try_from(index.rem_euclid(12) + 1).unwrap_or(1);
        Self::from_ymd(index.div_euclid(12), month, 1).unwrap_or(self.month_start())
    }

    /// The first moment of this day, in UTC.
    pub fn starts_at(self) -> Instant {
        let seconds = self.0.midnight().assume_utc().unix_timestamp();
        Instant(0).plus_seconds(seconds)
    }

    /// Days from `earlier` to this day; negative when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).whole_days()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        Self::parse_iso(text)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse_iso(&text).map_err(serde::de::Error::custom)
    }
}

/// A moment, in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(i64);

impl Instant {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub fn millis(self) -> u64 {
        u64::try_from(self.0 / 1_000).unwrap_or(0)
    }

    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000_000
    }

    /// That hour of that day, UTC.
    pub fn on_day(day: Day, hour: u8) -> Self {
        let seconds = day.date().midnight().assume_utc().unix_timestamp();
        Self(seconds.saturating_mul(1_000_000)).plus_seconds(i64::from(hour) * 3_600)
    }

    /// The day in UTC.
    pub fn day(self) -> Day {
        self.utc().and_then(|at| Day::new(at.date()).ok()).unwrap_or(Day::FIRST)
    }

    /// `2024-03-01 14:05` in UTC, for lists.
    pub fn minute_text(self) -> String {
        match self.utc() {
            Some(at) => format!("{} {:02}:{:02}", self.day(), at.hour(), at.minute()),
            None => self.day().to_string(),
        }
    }

    fn utc(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).ok()
    }
}

/// Where `now` comes from: the real clock, or one that a test sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Real,
    Fixed(Instant),
    /// Stands still until a test moves it.
    Hand(Hand),
}

/// The hand of a clock that a test moves; every copy shows the same time.
#[derive(Debug, Clone, Copy)]
pub struct Hand(&'static AtomicI64);

impl Hand {
    /// A new hand. It is never freed, so that a clock stays as cheap to copy as an instant.
    pub fn at(start: Instant) -> Self {
        Self(Box::leak(Box::new(AtomicI64::new(start.0))))
    }

    pub fn advance_seconds(self, seconds: i64) {
        self.0.store(self.now().plus_seconds(seconds).0, Ordering::SeqCst);
    }

    fn now(self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

impl PartialEq for Hand {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Hand {}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the real clock")]
    pub fn now(self) -> Instant {
        match self {
            Self::Real => {
                let nanos = OffsetDateTime::now_utc().unix_timestamp_nanos();
                Instant(i64::try_from(nanos / 1_000).unwrap_or(i64::MAX))
            }
            Self::Fixed(at) => at,
            Self::Hand(hand) => hand.now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    #[test]
    fn a_day_reads_back_as_it_is_written() {
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
        for wrong in ["2023-02-29", "2024-2-9", "1899-12-31", "2024-02-29 ", "29.02.2024", ""] {
            assert_eq!(Day::parse_iso(wrong), Err(NotADay), "{wrong}");
        }
    }

    #[test]
    fn a_clock_with_a_hand_stands_still_until_it_is_moved() {
        let hand = Hand::at(Instant::from_micros(5));
        let clock = Clock::Hand(hand);
        assert_eq!(clock.now(), Instant::from_micros(5));
        hand.advance_seconds(2);
        assert_eq!(clock.now(), Instant::from_micros(2_000_005));
    }

    #[test]
    fn a_day_starts_at_midnight_in_utc() {
        let start = day("2024-02-29").starts_at();
        assert_eq!(start.day(), day("2024-02-29"));
        assert_eq!(start.plus_seconds(-1).day(), day("2024-02-28"));
        assert_eq!(day("1970-01-01").starts_at(), Instant::from_micros(0));
    }

    #[test]
    fn weeks_start_on_monday_and_months_on_the_first() {
        assert_eq!(day("2024-03-03").week_start(), day("2024-02-26"));
        assert_eq!(day("2024-02-26").week_start(), day("2024-02-26"));
        assert_eq!(day("2024-03-31").month_start(), day("2024-03-01"));
        assert_eq!(day("2024-11-30").plus_months_start(3), day("2025-02-01"));
        assert_eq!(day("2024-01-31").plus_months_start(-1), day("2023-12-01"));
    }
}
