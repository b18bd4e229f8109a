//! Days as tables write them.

use time::{Date, Month};

use crate::words::{self, Phrase};

/// How the days of a file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateStyle {
    /// Year first, or month first with slashes or dashes, or with the month's English name.
    #[default]
    Auto,
    /// Year first only: 2024-03-01, 2024/3/1, 20240301, each also with a time after it.
    Iso,
    /// Month first: 3/1/2024, 03-01-24, or with the month's name.
    Us,
    /// Day first: 1/3/2024, 1.3.24, or with the month's name.
    Eu,
}

impl DateStyle {
    /// All styles, for a list to choose from.
    pub const ALL: [DateStyle; 4] = [DateStyle::Auto, DateStyle::Iso, DateStyle::Us, DateStyle::Eu];

    /// The word in a mapping file.
    pub fn as_str(self) -> &'static str {
        match self {
            DateStyle::Auto => "auto",
            DateStyle::Iso => "iso",
            DateStyle::Us => "us",
            DateStyle::Eu => "eu",
        }
    }

    /// The style of a word in a mapping file.
    pub fn parse(word: &str) -> Option<DateStyle> {
        DateStyle::ALL.into_iter().find(|style| style.as_str() == word)
    }

    pub(crate) fn expected(self) -> &'static Phrase {
        match self {
            DateStyle::Auto => &words::DAY_AUTO,
            DateStyle::Iso => &words::DAY_ISO,
            DateStyle::Us => &words::DAY_US,
            DateStyle::Eu => &words::DAY_EU,
        }
    }
}

/// Why a text is no usable day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateFault {
    NotADate,
    /// 30 February, day 0, month 0.
    NoSuchDay,
    /// Month above 12 where the day could be a month: the file has the day first.
    DayFirst,
    Before1900,
    Future,
}

/// Reads a day. Two-digit years are taken as the last such year that is not after `today`.
pub(crate) fn parse(text: &str, style: DateStyle, today: Date) -> Result<Date, DateFault> {
    let day = shape(text.trim(), style, today)?;
    if day.year() < 1900 {
        return Err(DateFault::Before1900);
    }
    if day > today {
        return Err(DateFault::Future);
    }
    Ok(day)
}

fn shape(value: &str, style: DateStyle, today: Date) -> Result<Date, DateFault> {
    let bytes = value.as_bytes();
    // The common case first, without splitting: 2024-03-01.
    if let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = bytes
        && matches!(style, DateStyle::Auto | DateStyle::Iso)
        && let (Some(y), Some(m), Some(d)) =
            (number(&[*y1, *y2, *y3, *y4]), number(&[*m1, *m2]), number(&[*d1, *d2]))
        && is_time(rest)
    {
        return calendar(y, m, d);
    }
    if bytes.len() == 8 && bytes.iter().all(u8::is_ascii_digit) {
        if !matches!(style, DateStyle::Auto | DateStyle::Iso) {
            return Err(DateFault::NotADate);
        }
        let part = |from: usize, to: usize| bytes.get(from..to).and_then(number).unwrap_or(0);
        return calendar(part(0, 4), part(4, 6), part(6, 8));
    }
    let Some(parts) = Parts::of(value) else {
        return Err(DateFault::NotADate);
    };
    let year = |text: &str, month: u32, day: u32| year_of(text, month, day, today);
    match (parts.month_name, style) {
        (Some(_), DateStyle::Iso) => Err(DateFault::NotADate),
        (Some((month, 0)), _) => {
            // Mar 1, 2024
            let d = short(parts.texts[1])?;
            calendar(year(parts.texts[2], month, d)?, month, d)
        }
        (Some((month, 1)), _) => {
            // 1 Mar 2024
            let d = short(parts.texts[0])?;
            calendar(year(parts.texts[2], month, d)?, month, d)
        }
        (Some(_), _) => Err(DateFault::NotADate),
        (None, _) if parts.texts[0].len() == 4 => {
            if !matches!(style, DateStyle::Auto | DateStyle::Iso) {
                return Err(DateFault::NotADate);
            }
            let y = number(parts.texts[0].as_bytes()).ok_or(DateFault::NotADate)?;
            calendar(y, short(parts.texts[1])?, short(parts.texts[2])?)
        }
        (None, DateStyle::Iso) => Err(DateFault::NotADate),
        (None, DateStyle::Auto | DateStyle::Us) => {
            let (m, d) = (short(parts.texts[0])?, short(parts.texts[1])?);
            if m > 12 && (1..=12).contains(&d) {
                return Err(DateFault::DayFirst);
            }
            calendar(year(parts.texts[2], m, d)?, m, d)
        }
        (None, DateStyle::Eu) => {
            let (d, m) = (short(parts.texts[0])?, short(parts.texts[1])?);
            calendar(year(parts.texts[2], m, d)?, m, d)
        }
    }
}

/// Three parts of a date, and which of them is a month's name.
struct Parts<'a> {
    texts: [&'a str; 3],
    month_name: Option<(u32, usize)>,
}

impl<'a> Parts<'a> {
    fn of(value: &'a str) -> Option<Parts<'a>> {
        if value.len() > 40 || !value.is_ascii() {
            return None;
        }
        let mut texts = [""; 3];
        let mut rest = value;
        let [first, second, third] = &mut texts;
        let mut split_at = None;
        for slot in [first, second] {
            let at = rest.find([' ', '/', '-', '.', ','])?;
            let (part, tail) = rest.split_at(at);
            split_at = split_at.or(tail.chars().next());
            *slot = part;
            rest = tail.trim_start_matches([' ', '/', '-', '.', ',']);
            // "3//1" or "3-,1" is no date; only a comma or a full stop may carry a space with it.
            let joint = tail.get(..tail.len() - rest.len()).unwrap_or_default();
            if joint.trim_end_matches(' ').len() > 1 {
                return None;
            }
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (year, time) = rest.split_at(end);
        *third = year;
        if !is_time(time.as_bytes()) {
            return None;
        }
        let mut month_name = None;
        for (n, text) in texts.iter().enumerate() {
            if text.is_empty() {
                return None;
            }
            if !text.bytes().all(|b| b.is_ascii_digit()) {
                if month_name.is_some() {
                    return None;
                }
                month_name = Some((month_number(text)?, n));
            }
        }
        Some(Parts { texts, month_name })
    }
}

fn month_number(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_ascii_lowercase();
    let name = if name == "sept" { "sep" } else { name.as_str() };
    if name.len() < 3 {
        return None;
    }
    (1..)
        .zip(NAMES)
        .find(|(_, full)| *full == name || (name.len() == 3 && full.starts_with(name)))
        .map(|(n, _)| n)
}

/// One or two digits.
fn short(text: &str) -> Result<u32, DateFault> {
    match text.len() {
        1 | 2 => number(text.as_bytes()).ok_or(DateFault::NotADate),
        _ => Err(DateFault::NotADate),
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

fn year_of(text: &str, month: u32, day: u32, today: Date) -> Result<u32, DateFault> {
    let n = number(text.as_bytes()).ok_or(DateFault::NotADate)?;
    match text.len() {
        4 => Ok(n),
        2 => {
            let this_century = calendar(2000 + n, month, day);
            // 29 February may exist in 2000 + n only, so an impossible day keeps this century.
            Ok(if this_century.is_ok_and(|date| date > today) { 1900 + n } else { 2000 + n })
        }
        _ => Err(DateFault::NotADate),
    }
}

fn calendar(year: u32, month: u32, day: u32) -> Result<Date, DateFault> {
    let year = i32::try_from(year).map_err(|_| DateFault::NotADate)?;
    let month = u8::try_from(month).ok().and_then(|m| Month::try_from(m).ok()).ok_or(DateFault::NoSuchDay)?;
    let day = u8::try_from(day).map_err(|_| DateFault::NoSuchDay)?;
    Date::from_calendar_date(year, month, day).map_err(|_| DateFault::NoSuchDay)
}

/// What may follow a date: nothing, or a time of day, with or without an offset or AM/PM.
fn is_time(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [b'T' | b't' | b' ', tail @ ..] => {
            tail.first().is_some_and(u8::is_ascii_digit)
                && tail.len() <= 30
                && tail.contains(&b':')
                && tail.iter().all(|b| {
                    b.is_ascii_digit()
                        || matches!(
                            b,
                            b':' | b'.'
                                | b','
                                | b' '
                                | b'+'
                                | b'-'
                                | b'Z'
                                | b'z'
                                | b'A'
                                | b'a'
                                | b'P'
                                | b'p'
                                | b'M'
                                | b'm'
                        )
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 24);

    #[test]
    fn every_usual_way_to_write_a_day_is_read() {
        for text in [
            "2024-03-01",
            "2024-03-01T05:47:56Z",
            "2024-03-01 05:47:56",
            "2024-03-01T00:00:00.000",
            "2024-03-01T05:47:56+02:00",
            "2024/03/01",
            "2024-3-1",
            "20240301",
            "3/1/2024",
            "03/01/24",
            "3-1-2024",
            "03/01/2024 12:00:00 AM",
            "Mar 1, 2024",
            "March 1, 2024",
            "mar. 1, 2024",
            "1 Mar 2024",
            "01-MAR-2024",
            "1-Mar-24",
            "  2024-03-01  ",
        ] {
            assert_eq!(parse(text, DateStyle::Auto, TODAY), Ok(date!(2024 - 03 - 01)), "{text}");
        }
        assert_eq!(parse("1/3/2024", DateStyle::Eu, TODAY), Ok(date!(2024 - 03 - 01)));
        assert_eq!(parse("1.3.24", DateStyle::Eu, TODAY), Ok(date!(2024 - 03 - 01)));
    }

    #[test]
    fn what_is_no_day_is_told_apart() {
        use DateFault::*;
        for (text, fault) in [
            ("", NotADate),
            ("soon", NotADate),
            ("2024-02-30", NoSuchDay),
            ("2/30/2024", NoSuchDay),
            ("20240230", NoSuchDay),
            ("2023-02-29", NoSuchDay),
            ("2024-00-10", NoSuchDay),
            ("2024-13-01", NoSuchDay),
            ("25/12/2024", DayFirst),
            ("1899-12-31", Before1900),
            ("0001-01-01", Before1900),
            ("2026-11-25", Future),
            ("9999-12-31", Future),
            ("45352", NotADate),
            ("3//1/2024", NotADate),
            ("3/1/202", NotADate),
            ("2024-03-01x", NotADate),
            ("2024-03-01T", NotADate),
            ("2024-03", NotADate),
            ("Mar 1 Mar", NotADate),
            ("M 1, 2024", NotADate),
            ("１/３/２０２４", NotADate),
        ] {
            assert_eq!(parse(text, DateStyle::Auto, TODAY), Err(fault), "{text}");
        }
        assert_eq!(parse("3/1/2024", DateStyle::Iso, TODAY), Err(NotADate));
        assert_eq!(parse("2024-03-01", DateStyle::Us, TODAY), Err(NotADate));
        assert_eq!(parse("Mar 1, 2024", DateStyle::Iso, TODAY), Err(NotADate));
    }

    #[test]
    fn a_two_digit_year_is_never_in_the_future() {
        assert_eq!(parse("11/24/26", DateStyle::Us, TODAY), Ok(TODAY));
        assert_eq!(parse("11/25/26", DateStyle::Us, TODAY), Ok(date!(1926 - 11 - 25)));
        assert_eq!(parse("1/1/99", DateStyle::Us, TODAY), Ok(date!(1999 - 01 - 01)));
    }
}
