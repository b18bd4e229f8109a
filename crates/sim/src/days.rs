//! Days and months of the simulated calendar.

use time::{Date, Duration, Month, Weekday};

/// Average days in a month: the unit in which rates and exposure are stated.
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// `2024-03-01`.
pub(crate) fn iso(day: Date) -> String {
    let (year, month, of_month) = day.to_calendar_date();
    format!("{year:04}-{:02}-{of_month:02}", u8::from(month))
}

/// The day `n` days after `day`.
pub(crate) fn plus(day: Date, n: u32) -> Date {
    day.saturating_add(Duration::days(i64::from(n)))
}

/// The day `n` days before `day`.
pub(crate) fn minus(day: Date, n: u32) -> Date {
    day.saturating_sub(Duration::days(i64::from(n)))
}

/// Whole days from `from` to `to`, 0 where `to` is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> u32 {
    u32::try_from((to - from).whole_days()).unwrap_or(0)
}

/// The first day of the month `n` months after the month of `day`.
pub(crate) fn month_start(day: Date, n: u32) -> Date {
    let zero_based = u32::from(u8::from(day.month())) - 1 + n;
    let year = day.year() + i32::try_from(zero_based / 12).unwrap_or(0);
    let month = u8::try_from(zero_based % 12 + 1)
        .ok()
        .and_then(|m| Month::try_from(m).ok())
        .unwrap_or(Month::January);
    Date::from_calendar_date(year, month, 1).unwrap_or(day)
}

/// Saturdays and Sundays become the Friday before, so that a week keeps its count.
pub(crate) fn weekday_before(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => minus(day, 1),
        Weekday::Sunday => minus(day, 2),
        _ => day,
    }
}

/// Saturdays and Sundays become the Monday after.
pub(crate) fn weekday_after(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => plus(day, 2),
        Weekday::Sunday => plus(day, 1),
        _ => day,
    }
}

/// Days in JSON as ISO text.
pub(crate) mod iso_day {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use time::{Date, macros::format_description};

    pub fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::iso(*day))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        let text = String::deserialize(from)?;
        Date::parse(&text, format_description!("[year]-[month]-[day]")).map_err(D::Error::custom)
    }
}

/// Days that may be missing, in JSON as ISO text or null.
pub(crate) mod iso_day_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use time::Date;

    #[derive(Serialize, Deserialize)]
    struct Day(#[serde(with = "super::iso_day")] Date);

    pub fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        day.map(Day).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        Ok(Option::<Day>::deserialize(from)?.map(|day| day.0))
    }
}
