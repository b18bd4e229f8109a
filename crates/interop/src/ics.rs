//! A calendar that other programs subscribe to: iCalendar text (RFC 5545).
//!
//! Lines end in CRLF and are folded at 75 octets between letters; text is escaped; an entry keeps its UID for as long as
//! the thing it stands for lives, and its SEQUENCE counts the changes.

use domain::kernel::clock::{Day, Instant};

/// One entry: a day, or a moment of a day by the clock of wherever the reader is ("floating" time).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Never changes, and is nobody else's.
    pub uid: String,
    pub summary: String,
    pub day: Day,
    /// `09:30`; empty for the whole day.
    pub time: String,
    /// How often it was changed.
    pub sequence: i64,
    pub made_at: Instant,
    pub is_done: bool,
}

/// The most octets of a line, without its end.
const LINE_MOST: usize = 75;

/// The calendar's text.
pub fn calendar(name: &str, entries: &[Entry]) -> String {
    let mut out = String::with_capacity(200 + entries.len() * 200);
    for text in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Groundswell//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ] {
        line(&mut out, text);
    }
    line(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    for entry in entries {
        line(&mut out, "BEGIN:VEVENT");
        line(&mut out, &format!("UID:{}", escaped(&entry.uid)));
        line(&mut out, &format!("DTSTAMP:{}", stamp(entry.made_at)));
        line(&mut out, &format!("SEQUENCE:{}", entry.sequence.max(0)));
        let day = entry.day.to_string().replace('-', "");
        if entry.time.is_empty() {
            line(&mut out, &format!("DTSTART;VALUE=DATE:{day}"));
        } else {
            line(&mut out, &format!("DTSTART:{day}T{}00", entry.time.replace(':', "")));
        }
        line(&mut out, &format!("SUMMARY:{}", escaped(&entry.summary)));
        // What has been done keeps its place and takes no time any more.
        line(&mut out, if entry.is_done { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" });
        line(&mut out, "CLASS:PRIVATE");
        line(&mut out, "END:VEVENT");
    }
    line(&mut out, "END:VCALENDAR");
    out
}

/// `2024-03-01 14:05` as `20240301T140500Z`.
fn stamp(at: Instant) -> String {
    let text: String = at.minute_text().chars().filter(char::is_ascii_digit).collect();
    let (day, time) = text.split_at_checked(8).unwrap_or((&text, "0000"));
    format!("{day}T{time}00Z")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push_str("\\n"),
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// Adds a line, folded between letters so that no piece is longer than allowed.
fn line(out: &mut String, text: &str) {
    let mut used = 0;
    for letter in text.chars() {
        if used + letter.len_utf8() > LINE_MOST {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(letter);
        used += letter.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(summary: &str, time: &str) -> Entry {
        Entry {
            uid: "01JX@groundswell".to_owned(),
            summary: summary.to_owned(),
            day: Day::parse_iso("2027-05-12").unwrap(),
            time: time.to_owned(),
            sequence: 2,
            made_at: Instant::from_micros(1_750_000_000_000_000),
            is_done: false,
        }
    }

    /// Reads iCalendar text as RFC 5545 has it: unfold, then `name[;parameters]:value`, components well nested.
    fn parsed(text: &str) -> Vec<Vec<(String, String)>> {
        assert!(text.ends_with("\r\n"));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "a bare line end");
        for line in text.split("\r\n") {
            assert!(line.len() <= 75, "{} octets", line.len());
        }
        let mut nest = Vec::new();
        let mut events = Vec::new();
        for line in text.replace("\r\n ", "").split_terminator("\r\n") {
            let (name, value) = line.split_once(':').unwrap();
            match name {
                "BEGIN" => {
                    nest.push(value.to_owned());
                    if value == "VEVENT" {
                        events.push(Vec::new());
                    }
                }
                "END" => assert_eq!(nest.pop().as_deref(), Some(value)),
                _ if nest.last().is_some_and(|it| it == "VEVENT") => {
                    events.last_mut().unwrap().push((name.to_owned(), value.to_owned()));
                }
                _ => assert_eq!(nest, ["VCALENDAR"]),
            }
        }
        assert!(nest.is_empty());
        events
    }

    #[test]
    fn a_long_line_in_any_letters_is_folded_and_unfolds_to_what_it_was() {
        let long = "Ñandú, ".repeat(40);
        let text = calendar("Rosa; day", &[entry(&long, ""), entry("L. M. · visit", "09:30")]);
        let events = parsed(&text);
        let value = |event: usize, name: &str| {
            events[event].iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap()
        };
        assert_eq!(value(0, "SUMMARY"), long.replace(',', "\\,"));
        assert_eq!(value(0, "DTSTART;VALUE=DATE"), "20270512");
        assert_eq!(value(1, "DTSTART"), "20270512T093000");
        assert_eq!(value(1, "DTSTAMP"), "20250615T150600Z");
        assert_eq!((value(1, "UID"), value(1, "SEQUENCE")), ("01JX@groundswell".to_owned(), "2".to_owned()));
    }

    #[test]
    fn an_empty_calendar_is_a_calendar() {
        assert!(parsed(&calendar("", &[])).is_empty());
    }
}
